"""The words for roles and for kinds of organisations."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a membership entitles to. One person may hold several."""

    OFFICER = "officer", _("Country officer")
    FOCAL_POINT = "focal_point", _("Focal point")
    CURATOR = "curator", _("Curator")
    PARTNER = "partner", _("Partner")
    ADMINISTRATOR = "administrator", _("Administrator")


# A focal point is an officer who also endorses for the country.
COUNTRY_ROLES = (Role.OFFICER, Role.FOCAL_POINT)


class OrganisationKind(models.TextChoices):
    """What sort of organisation it is."""

    GOVERNMENT = "government", _("Government")
    UN = "un", _("United Nations")
    NGO = "ngo", _("Non-governmental organisation")
    ACADEMIC = "academic", _("University or research institute")
    PRIVATE = "private", _("Private sector")
    MULTILATERAL = "multilateral", _("Multilateral organisation")
    COMMUNITY = "community", _("Community organisation")
    OTHER = "other", _("Other")
