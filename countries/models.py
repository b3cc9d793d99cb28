"""Countries and their figures: the ground on which everything else stands."""

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from countries.addresses import address
from countries.enums import FIRST_YEAR, Better, IncomeGroup, ListedAs, UnicefRegion, Unit
from countries.names import in_language
from countries.querysets import IndicatorValueQuerySet


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
        return address("countries:detail", self.iso3)

    @property
    def name(self):
        """The country's name in the active language."""
        return in_language(self.names)

    @cached_property
    def lists(self):
        """The lists that countries stand on, by code; one query, kept with the country."""
        return {row.code: row for row in StatusList.objects.all()}

    @property
    def groups(self):
        """The groups that the country belongs to, each with the date of its list, in the active language."""
        memberships = [
            (self.is_ldc, ListedAs.LDC),
            (self.is_lldc, ListedAs.LLDC),
            (self.is_sids, ListedAs.SIDS),
            (self.is_g77, ListedAs.G77),
        ]
        return [self._group_label(code) for is_member, code in memberships if is_member]

    def _group_label(self, code):
        if code not in self.lists:
            return code.label
        return gettext("%(group)s (list of %(date)s)") % {"group": code.label, "date": self.lists[code].as_of_text}


class StatusList(models.Model):
    """A list of countries that somebody keeps: whose it is and of when, since membership changes."""

    code = models.CharField(_("list"), max_length=20, primary_key=True, choices=ListedAs)
    as_of = models.CharField(
        _("as of"),
        max_length=10,
        validators=[RegexValidator(r"^\d{4}(-\d{2}(-\d{2})?)?$")],
        help_text=_("A year, month or day, as exact as the source is: 2024, 2025-12 or 2026-11-24."),
    )
    source = models.CharField(_("source"), max_length=300)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("list of countries")
        verbose_name_plural = _("lists of countries")
        ordering = ["code"]

    def __str__(self):
        return f"{self.get_code_display()} ({self.as_of})"

    @property
    def as_of_text(self):
        """The date in the active language, as exact as it is known."""
        year, *rest = map(int, self.as_of.split("-"))
        if not rest:
            return str(year)
        month, *day = rest
        form = "DATE_FORMAT" if day else "YEAR_MONTH_FORMAT"
        return date_format(date(year, month, day[0] if day else 1), form)


class Indicator(models.Model):
    """What is measured: in which unit, which direction is better, and who publishes it."""

    code = models.CharField(
        _("code"), max_length=40, primary_key=True, validators=[RegexValidator(r"^[a-z][a-z0-9_]*$")]
    )
    names = models.JSONField(_("names"), help_text=_("In five languages: {language: name}."))
    unit = models.CharField(_("unit"), max_length=12, choices=Unit)
    units = models.JSONField(_("unit in words"), help_text=_("In five languages: {language: what follows a figure}."))
    better = models.CharField(_("better"), max_length=6, choices=Better)
    # The slug of a challenge area, as plain text: the areas themselves live above this floor.
    area = models.CharField(_("challenge area"), max_length=40, db_index=True)
    sdg = models.CharField(_("SDG indicator"), max_length=10, blank=True)
    source = models.CharField(_("source"), max_length=300)
    licence = models.CharField(_("licence"), max_length=80)
    note = models.TextField(_("note"), blank=True)
    is_comparable_over_time = models.BooleanField(
        _("comparable over time"),
        default=True,
        help_text=_("Off where figures jump from year to year, so that no trend is read into them."),
    )
    position = models.PositiveSmallIntegerField(_("position"))

    class Meta:
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        ordering = ["position", "code"]

    def __str__(self):
        return self.name

    @property
    def name(self):
        """The indicator's name in the active language."""
        return in_language(self.names)

    @property
    def unit_name(self):
        """What follows a figure, in the active language: "deaths per 1,000 live births"."""
        return in_language(self.units)

    def is_better(self, value, other):
        """Whether the figure ``value`` is better than ``other``; the same is not."""
        return value < other if self.better == Better.LOWER else value > other


class IndicatorValue(models.Model):
    """One figure of one country in one year, as its source gives it. Nothing is ever filled in between.

    ``value`` is a binary float: figures are estimates to compare and to standardise, and a float gives back every
    digit that the source wrote. Money, which must add up to the cent, is Decimal elsewhere.
    """

    country = models.ForeignKey(
        Country, models.PROTECT, related_name="figures", db_index=False, verbose_name=_("country")
    )
    indicator = models.ForeignKey(
        Indicator, models.PROTECT, related_name="figures", db_index=False, verbose_name=_("indicator")
    )
    year = models.PositiveSmallIntegerField(_("year"))
    value = models.FloatField(_("value"))
    source = models.CharField(_("source"), max_length=300)
    imported_at = models.DateTimeField(_("imported at"), default=timezone.now)

    objects = IndicatorValueQuerySet.as_manager()

    class Meta:
        verbose_name = _("figure")
        verbose_name_plural = _("figures")
        ordering = ["indicator_id", "country_id", "year"]
        constraints = [
            models.CheckConstraint(
                condition=Q(value__gte=0, value__lt=float("inf")) & Q(year__gte=FIRST_YEAR, year__lte=2100),
                name="figure_is_possible",
            ),
            models.UniqueConstraint(fields=["country", "indicator", "year"], name="figure_once_a_year"),
        ]
        indexes = [
            # First and latest figures of an indicator are read from this index alone; one country's from the one above.
            models.Index(fields=["indicator", "country", "-year"], include=["value"], name="figure_latest"),
        ]

    def __str__(self):
        return f"{self.country_id} {self.indicator_id} {self.year}: {self.value}"


class IndicatorRevision(models.Model):
    """What a figure was before an import changed it. Rows are only ever added; the database refuses anything else."""

    figure = models.ForeignKey(IndicatorValue, models.PROTECT, related_name="revisions", verbose_name=_("figure"))
    value = models.FloatField(_("value until then"))
    source = models.CharField(_("source until then"), max_length=300)
    imported_at = models.DateTimeField(_("imported at"))
    replaced_at = models.DateTimeField(_("replaced at"))

    class Meta:
        verbose_name = _("replaced figure")
        verbose_name_plural = _("replaced figures")
        ordering = ["-replaced_at", "-pk"]

    def __str__(self):
        return f"{self.figure_id}: {self.value} until {self.replaced_at:%Y-%m-%d}"
