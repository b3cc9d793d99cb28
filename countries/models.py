"""Countries: the ground on which everything else stands."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from countries.enums import IncomeGroup, UnicefRegion
from countries.names import in_language


class Country(models.Model):
    """A country as the United Nations names it, with the groups that it belongs to."""

    iso3 = models.CharField(_("ISO 3166-1 alpha-3"), max_length=3, primary_key=True)
    iso2 = models.CharField(_("ISO 3166-1 alpha-2"), max_length=2, unique=True)
    m49 = models.CharField(_("UN M49 code"), max_length=3, unique=True)
    names = models.JSONField(_("names"), help_text=_("In five languages: {language: name}."))
    un_status = models.CharField(_("status at the United Nations"), max_length=40, blank=True)
    un_region = models.CharField(_("UN region"), max_length=60, blank=True)
    un_subregion = models.CharField(_("UN subregion"), max_length=60, blank=True)
    unicef_region = models.CharField(_("UNICEF region"), max_length=4, choices=UnicefRegion, blank=True, db_index=True)
    income_group = models.CharField(_("income group"), max_length=3, choices=IncomeGroup, blank=True)
    is_ldc = models.BooleanField(_("least developed country"), default=False)
    is_lldc = models.BooleanField(_("landlocked developing country"), default=False)
    is_sids = models.BooleanField(_("small island developing state"), default=False)
    is_g77 = models.BooleanField(_("member of the Group of 77"), default=False)
    is_developing_region = models.BooleanField(_("in a developing region"), default=False)
    is_global_south = models.BooleanField(_("global South"), default=False)
    capital_name = models.CharField(_("capital"), max_length=80, blank=True)
    capital_latitude = models.FloatField(_("latitude of the capital, degrees"), null=True, blank=True)
    capital_longitude = models.FloatField(_("longitude of the capital, degrees"), null=True, blank=True)
    official_languages = ArrayField(models.CharField(max_length=20), verbose_name=_("official languages"), default=list)

    class Meta:
        verbose_name = _("country")
        verbose_name_plural = _("countries")
        ordering = ["iso3"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("countries:detail", args=[self.iso3])

    @property
    def name(self):
        """The country's name in the active language."""
        return in_language(self.names)

    @property
    def groups(self):
        """The groups that the country belongs to, as labels in the active language."""
        flags = [
            (self.is_ldc, _("Least developed country (list of December 2025)")),
            (self.is_lldc, _("Landlocked developing country")),
            (self.is_sids, _("Small island developing state")),
            (self.is_g77, _("Group of 77")),
        ]
        return [label for is_member, label in flags if is_member]
