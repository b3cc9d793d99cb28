"""The words for regions and income groups."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class UnicefRegion(models.TextChoices):
    """UNICEF programme regions; a country without a programme has none."""

    EAPR = "EAPR", _("East Asia and the Pacific")
    ECA = "ECA", _("Europe and Central Asia")
    ESA = "ESA", _("Eastern and Southern Africa")
    LAC = "LAC", _("Latin America and the Caribbean")
    MENA = "MENA", _("Middle East and North Africa")
    SA = "SA", _("South Asia")
    WCA = "WCA", _("West and Central Africa")


class IncomeGroup(models.TextChoices):
    """World Bank income groups; a country that is not classified has none."""

    LOW = "LI", _("Low income")
    LOWER_MIDDLE = "LMI", _("Lower-middle income")
    UPPER_MIDDLE = "UMI", _("Upper-middle income")
    HIGH = "HI", _("High income")
