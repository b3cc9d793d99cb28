"""Resources: funds, their calls, the projects that they pay for, contributions; and the figures of each month."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from countries.enums import IncomeGroup, UnicefRegion
from exchanges.enums import ContributionKind, ProjectStatus
from exchanges.models.common import PERSON, Coded, Maintained, is_known_currency, is_not_negative
from exchanges.querysets import CallQuerySet, ContributionQuerySet, FundQuerySet, ProjectQuerySet


class Fund(Maintained):
    """A fund or standing mechanism. Administrators maintain all, members of the host organisation their own.

    ``size_text`` is the size as its source words it, ``size`` the same as a number where there is one.
    """

    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=255)
    organisation = models.ForeignKey(
        "accounts.Organisation",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="funds",
        verbose_name=_("host organisation"),
    )
    host = models.TextField(_("host"), blank=True)
    since_year = models.PositiveSmallIntegerField(_("since"), null=True, blank=True)
    size_text = models.TextField(_("size, as the source says it"), blank=True)
    size = models.DecimalField(_("size"), max_digits=18, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    size_as_of = models.PositiveSmallIntegerField(_("year of the size"), null=True, blank=True)
    eligibility = models.TextField(_("who may apply"), blank=True)
    challenge_areas = models.ManyToManyField("practices.ChallengeArea", related_name="funds", blank=True)
    link = models.URLField(_("address"), max_length=500, blank=True)
    note = models.TextField(_("note"), blank=True)
    sources = models.JSONField(_("sources"), default=list, blank=True, help_text=_("[{title, publisher, year, url}]"))
    is_verified = models.BooleanField(_("a public source was seen"), default=False)
    external_id = models.CharField(_("external identifier"), max_length=120, unique=True, null=True, blank=True)

    objects = FundQuerySet.as_manager()

    class Meta:
        verbose_name = _("fund")
        verbose_name_plural = _("funds")
        ordering = ["name"]
        constraints = [
            is_not_negative("size", "fund_size_not_negative"),
            is_known_currency("fund_known_currency", amount="size"),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("exchanges:fund", args=[self.slug])


class Call(Maintained):
    """A time in which a fund takes applications. Empty regions, income groups and areas stand for all."""

    fund = models.ForeignKey(Fund, models.CASCADE, related_name="calls")
    title = models.CharField(_("title"), max_length=200)
    opens_on = models.DateField(_("opens on"))
    closes_on = models.DateField(_("closes on"))
    eligibility = models.TextField(_("who may apply"), blank=True)
    challenge_areas = models.ManyToManyField("practices.ChallengeArea", related_name="calls", blank=True)
    regions = ArrayField(
        models.CharField(max_length=4, choices=UnicefRegion), verbose_name=_("regions"), default=list, blank=True
    )
    income_groups = ArrayField(
        models.CharField(max_length=3, choices=IncomeGroup), verbose_name=_("income groups"), default=list, blank=True
    )
    amount = models.DecimalField(_("largest amount"), max_digits=18, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    link = models.URLField(_("address"), max_length=500, blank=True)

    objects = CallQuerySet.as_manager()

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        ordering = ["-closes_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_on__gte=F("opens_on")),
                name="call_does_not_close_before_it_opens",
                violation_error_message=_("The last day is before the first."),
            ),
            is_not_negative("amount", "call_amount_not_negative"),
            is_known_currency("call_known_currency"),
        ]

    def __str__(self):
        return self.title


class Project(Coded, Maintained):
    """What a fund pays for: where, on what, how much and what came of it."""

    fund = models.ForeignKey(Fund, models.PROTECT, related_name="projects", verbose_name=_("fund"))
    title = models.TextField(_("title"))
    description = models.TextField(_("description"), blank=True)
    status = models.CharField(_("status"), max_length=10, choices=ProjectStatus, default=ProjectStatus.RUNNING)
    countries = models.ManyToManyField("countries.Country", related_name="projects", blank=True)
    challenge_areas = models.ManyToManyField("practices.ChallengeArea", related_name="projects", blank=True)
    exchanges = models.ManyToManyField("exchanges.Exchange", related_name="projects", blank=True)
    start_year = models.PositiveSmallIntegerField(_("start year"), null=True, blank=True)
    end_year = models.PositiveSmallIntegerField(_("end year"), null=True, blank=True)
    amount_text = models.TextField(_("amount, as the source says it"), blank=True)
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    outcome = models.TextField(_("what came of it"), blank=True)
    sources = models.JSONField(_("sources"), default=list, blank=True, help_text=_("[{title, publisher, year, url}]"))
    is_verified = models.BooleanField(_("a public source was seen"), default=False)
    external_id = models.CharField(_("external identifier"), max_length=120, unique=True, null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = _("project")
        verbose_name_plural = _("projects")
        ordering = ["-start_year", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["code_year", "code_number"], name="project_code_once"),
            models.CheckConstraint(
                condition=Q(end_year__isnull=True) | Q(start_year__isnull=True) | Q(end_year__gte=F("start_year")),
                name="project_end_year_not_before_start_year",
                violation_error_message=_("The end year is before the start year."),
            ),
            is_not_negative("amount", "project_amount_not_negative"),
            is_known_currency("project_known_currency"),
        ]

    def get_absolute_url(self):
        return reverse("exchanges:project", args=[self.code])


class Contribution(Maintained):
    """What a country or organisation gives to a fund, a project or an exchange: money, or things and time.

    Amounts stand in their own currency with the day of their value; nothing is converted. ``quantity`` counts what
    is not money: pieces, days, places.
    """

    kind = models.CharField(_("kind"), max_length=16, choices=ContributionKind)
    country = models.ForeignKey(
        "countries.Country",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="contributions",
        verbose_name=_("country"),
    )
    organisation = models.ForeignKey(
        "accounts.Organisation",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="contributions",
        verbose_name=_("organisation"),
    )
    fund = models.ForeignKey(Fund, models.PROTECT, null=True, blank=True, related_name="contributions")
    project = models.ForeignKey(Project, models.PROTECT, null=True, blank=True, related_name="contributions")
    exchange = models.ForeignKey(
        "exchanges.Exchange", models.PROTECT, null=True, blank=True, related_name="contributions"
    )
    description = models.CharField(_("what it is"), max_length=255, blank=True)
    committed = models.DecimalField(_("committed"), max_digits=18, decimal_places=2, null=True, blank=True)
    disbursed = models.DecimalField(_("disbursed"), max_digits=18, decimal_places=2, default=0)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    value_on = models.DateField(_("value date"), null=True, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=2, null=True, blank=True)
    source = models.TextField(_("source"), blank=True)
    recorded_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    external_id = models.CharField(_("external identifier"), max_length=120, unique=True, null=True, blank=True)

    objects = ContributionQuerySet.as_manager()

    class Meta:
        verbose_name = _("contribution")
        verbose_name_plural = _("contributions")
        ordering = ["-value_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(country__isnull=False, organisation__isnull=True)
                | Q(country__isnull=True, organisation__isnull=False),
                name="contribution_comes_from_a_country_or_an_organisation",
            ),
            models.CheckConstraint(
                condition=Q(fund__isnull=False) | Q(project__isnull=False) | Q(exchange__isnull=False),
                name="contribution_goes_somewhere",
            ),
            is_not_negative("committed", "contribution_committed_not_negative"),
            is_not_negative("disbursed", "contribution_disbursed_not_negative"),
            is_not_negative("quantity", "contribution_quantity_not_negative"),
            is_known_currency("contribution_known_currency", amount="committed"),
            models.CheckConstraint(
                condition=Q(disbursed=0) | Q(committed__gte=F("disbursed")),
                name="contribution_disbursed_at_most_committed",
                violation_error_message=_("No more is disbursed than was committed."),
            ),
            models.CheckConstraint(
                condition=Q(committed__isnull=False) | Q(quantity__isnull=False),
                name="contribution_says_how_much",
                violation_error_message=_("Say how much: an amount, or a quantity."),
            ),
            models.CheckConstraint(
                condition=~Q(kind=ContributionKind.CASH) | Q(committed__isnull=False, value_on__isnull=False),
                name="contribution_in_cash_has_amount_and_value_date",
                violation_error_message=_("Cash has an amount, a currency and a value date."),
            ),
        ]

    def __str__(self):
        return f"{self.kind} · {self.pk}"


class ImpactFigure(models.Model):
    """One figure of the impact page as it stood at the end of a month. Written once by the monthly task."""

    month = models.DateField(_("month"), help_text=_("Its first day."))
    measure = models.CharField(_("measure"), max_length=60)
    value = models.DecimalField(_("value"), max_digits=18, decimal_places=2)

    class Meta:
        verbose_name = _("figure of a month")
        verbose_name_plural = _("figures of months")
        ordering = ["month", "measure"]
        constraints = [models.UniqueConstraint(fields=["month", "measure"], name="impact_figure_once_a_month")]

    def __str__(self):
        return f"{self.month:%Y-%m} · {self.measure}"
