"""The words for regions, income groups, lists of countries and indicators."""

from django.db import models
from django.utils.translation import gettext_lazy as _

# The slugs of the six challenge areas never change; what they say about themselves belongs to the practices.
AREAS = ("newborn-health", "nutrition", "wash", "climate", "emergencies", "learning")


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
    """World Bank income groups, the lowest first; a country that is not classified has none."""

    LOW = "LI", _("Low income")
    LOWER_MIDDLE = "LMI", _("Lower-middle income")
    UPPER_MIDDLE = "UMI", _("Upper-middle income")
    HIGH = "HI", _("High income")


class ListedAs(models.TextChoices):
    """What a country is by a list that somebody keeps, and that changes."""

    LDC = "ldc", _("Least developed country")
    LLDC = "lldc", _("Landlocked developing country")
    SIDS = "sids", _("Small island developing state")
    G77 = "g77", _("Group of 77")
    GLOBAL_SOUTH = "global_south", _("Global South")
    INCOME_GROUP = "income_group", _("Income group")
    UNICEF_REGION = "unicef_region", _("UNICEF region")


class Better(models.TextChoices):
    """In which direction the figures of an indicator improve."""

    LOWER = "lower", _("Lower is better")
    HIGHER = "higher", _("Higher is better")


class Unit(models.TextChoices):
    """What a figure counts. Each indicator says of what, in its own words."""

    PERCENT = "percent", _("percent")
    PER_1000 = "per_1000", _("per 1,000")
    PER_100000 = "per_100000", _("per 100,000")
    MICROGRAMS = "ug_m3", _("micrograms per cubic metre")


# No figure in a unit is above this; the lowest is zero for all of them.
LARGEST = {Unit.PERCENT: 100, Unit.PER_1000: 1_000, Unit.PER_100000: 100_000, Unit.MICROGRAMS: 1_000}
FIRST_YEAR = 1950


class SimilarityFactor(models.TextChoices):
    """What two countries may have in common; each can be switched off."""

    INDICATORS = "indicators", _("Indicators")
    REGION = "region", _("Region")
    INCOME = "income", _("Income group")
    STATUS = "status", _("Least developed, landlocked or small island state")
    LANGUAGE = "language", _("Official language")


class Trend(models.TextChoices):
    """What became of an indicator between its first and its latest figure."""

    IMPROVING = "improving", _("Improving")
    WORSENING = "worsening", _("Worsening")
    UNCHANGED = "unchanged", _("Unchanged")
