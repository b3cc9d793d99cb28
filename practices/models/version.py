"""A version: the whole content of a practice at one moment. Once published the database keeps it frozen."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from practices.enums import (
    CONTENT_LICENCE,
    CountryRole,
    EvaluationType,
    Kind,
    Language,
    LessonKind,
    Scale,
)
from practices.querysets import VersionQuerySet


class Version(models.Model):
    """The content of a case study: text, facts and the rows below it.

    While ``practice`` is empty it is unpublished work. Publishing numbers it, sets ``frozen_at`` and from then on the
    database refuses to change or delete the row and all rows below it.
    """

    practice = models.ForeignKey(
        "practices.Practice", models.PROTECT, null=True, blank=True, related_name="versions", verbose_name=_("practice")
    )
    number = models.PositiveIntegerField(_("number"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    frozen_at = models.DateTimeField(_("frozen at"), null=True, blank=True)
    content_digest = models.CharField(_("digest of the content"), max_length=64, blank=True)

    language = models.CharField(_("language"), max_length=2, choices=Language, default=Language.EN)
    title = models.TextField(_("title"))
    summary = models.TextField(_("summary"), blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.PRACTICE)
    scale = models.CharField(_("scale"), max_length=16, choices=Scale, blank=True)
    scale_note = models.TextField(_("note on the scale"), blank=True)
    setting = models.TextField(_("setting"), blank=True)
    places = models.TextField(_("places"), blank=True)
    start_year = models.PositiveSmallIntegerField(_("start year"), null=True, blank=True)
    end_year = models.PositiveSmallIntegerField(_("end year"), null=True, blank=True)

    challenge = models.TextField(_("challenge"), blank=True)
    objectives = models.TextField(_("objectives"), blank=True)
    beneficiary_groups = ArrayField(models.TextField(), verbose_name=_("who it serves"), default=list, blank=True)
    beneficiaries_count = models.BigIntegerField(_("people reached"), null=True, blank=True)
    beneficiaries_note = models.TextField(_("people reached by age, sex and disability"), blank=True)
    approach = models.TextField(_("approach"), blank=True)
    results_narrative = models.TextField(_("results"), blank=True)
    evaluation_type = models.CharField(
        _("evaluation"), max_length=20, choices=EvaluationType, default=EvaluationType.NONE
    )
    evaluation_note = models.TextField(_("note on the evaluation"), blank=True)
    enabling_conditions = models.TextField(_("enabling conditions"), blank=True)
    constraints = models.TextField(_("constraints"), blank=True)
    what_did_not_work = models.TextField(_("what did not work"), blank=True)

    cost_setup = models.DecimalField(_("set-up cost"), max_digits=16, decimal_places=2, null=True, blank=True)
    cost_yearly = models.DecimalField(_("yearly cost"), max_digits=16, decimal_places=2, null=True, blank=True)
    cost_currency = models.CharField(_("currency"), max_length=3, blank=True)
    cost_year = models.PositiveSmallIntegerField(_("year of the cost"), null=True, blank=True)
    cost_note = models.TextField(_("note on the cost"), blank=True)
    funding = models.TextField(_("funding"), blank=True)

    equity = models.TextField(_("equity and safeguarding"), blank=True)
    sustainability = models.TextField(_("sustainability"), blank=True)
    replication_keep = models.TextField(_("what must stay"), blank=True)
    replication_change = models.TextField(_("what may change"), blank=True)
    replication_preconditions = models.TextField(_("preconditions"), blank=True)
    replication_support = models.TextField(_("support offered"), blank=True)
    learnt_from = models.TextField(_("learnt from"), blank=True)
    shared_with = models.TextField(_("shared with"), blank=True)
    licence = models.CharField(_("licence"), max_length=40, default=CONTENT_LICENCE)
    consent_statement = models.TextField(_("consent and clearance"), blank=True)

    challenge_areas = models.ManyToManyField("practices.ChallengeArea", through="practices.VersionArea")
    topics = models.ManyToManyField("practices.Topic", through="practices.VersionTopic")
    sdg_targets = models.ManyToManyField("practices.SdgTarget", through="practices.VersionTarget")
    countries = models.ManyToManyField("countries.Country", through="practices.VersionCountry")
    lead_institutions = models.ManyToManyField("accounts.Organisation", through="practices.VersionInstitution")

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ["practice_id", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["practice", "number"], name="version_number_once_per_practice"),
            models.CheckConstraint(
                condition=Q(practice__isnull=True, number__isnull=True, published_at__isnull=True)
                | Q(practice__isnull=False, number__isnull=False, published_at__isnull=False),
                name="version_published_has_practice_number_and_date",
            ),
            models.CheckConstraint(
                condition=Q(end_year__isnull=True)
                | Q(start_year__isnull=True)
                | Q(end_year__gte=models.F("start_year")),
                name="version_does_not_end_before_it_starts",
                violation_error_message=_("The end year is before the start year."),
            ),
        ]

    def __str__(self):
        return self.title


class VersionRow(models.Model):
    """A row below a version: frozen with it."""

    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        abstract = True
        ordering = ["position", "pk"]

    def __str__(self):
        return f"{self.version_id}.{self.position}"


class VersionArea(VersionRow):
    """A challenge area of a version; the first is the primary one."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="area_rows")
    area = models.ForeignKey("practices.ChallengeArea", models.PROTECT, related_name="+")

    class Meta(VersionRow.Meta):
        constraints = [models.UniqueConstraint(fields=["version", "area"], name="version_area_once")]


class VersionTopic(VersionRow):
    """A topic of a version."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="topic_rows")
    topic = models.ForeignKey("practices.Topic", models.PROTECT, related_name="+")

    class Meta(VersionRow.Meta):
        constraints = [models.UniqueConstraint(fields=["version", "topic"], name="version_topic_once")]


class VersionTarget(VersionRow):
    """An SDG target of a version."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="target_rows")
    target = models.ForeignKey("practices.SdgTarget", models.PROTECT, related_name="+")

    class Meta(VersionRow.Meta):
        constraints = [models.UniqueConstraint(fields=["version", "target"], name="version_target_once")]


class VersionCountry(VersionRow):
    """A country of a version: where it is led, where else it is carried out, or a partner in it."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="country_rows")
    country = models.ForeignKey("countries.Country", models.PROTECT, related_name="+")
    role = models.CharField(_("role"), max_length=8, choices=CountryRole)

    class Meta(VersionRow.Meta):
        constraints = [
            models.UniqueConstraint(fields=["version", "country"], name="version_country_once"),
            models.UniqueConstraint(
                fields=["version"], condition=Q(role=CountryRole.LEAD), name="version_has_one_lead_country"
            ),
        ]


class VersionInstitution(VersionRow):
    """An institution that leads a practice."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="institution_rows")
    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")

    class Meta(VersionRow.Meta):
        constraints = [models.UniqueConstraint(fields=["version", "organisation"], name="version_institution_once")]


class PartnerRole(VersionRow):
    """An organisation that took part, and what it did."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="partner_roles")
    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    role = models.TextField(_("role"), blank=True)


class ResultIndicator(VersionRow):
    """One measured result: a figure before, a figure after, the years, and who says so."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="results")
    name = models.TextField(_("name"))
    unit = models.TextField(_("unit"), blank=True)
    baseline = models.FloatField(_("baseline"), null=True, blank=True)
    baseline_year = models.PositiveSmallIntegerField(_("baseline year"), null=True, blank=True)
    latest = models.FloatField(_("latest"), null=True, blank=True)
    latest_year = models.PositiveSmallIntegerField(_("latest year"), null=True, blank=True)
    source = models.TextField(_("source"), blank=True)
    method = models.TextField(_("method"), blank=True)
    is_verified = models.BooleanField(_("seen in a public source"), default=True)


class Lesson(VersionRow):
    """What others should know: what worked, or what failed."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="lessons")
    kind = models.CharField(_("kind"), max_length=8, choices=LessonKind, default=LessonKind.WORKED)
    text = models.TextField(_("text"))
    for_whom = models.TextField(_("for whom"), blank=True)


class BuildingBlock(VersionRow):
    """One part of the approach that can be named and copied."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="building_blocks")
    title = models.TextField(_("title"))
    text = models.TextField(_("text"), blank=True)


class Reference(VersionRow):
    """A publication that the case study rests on."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="references")
    title = models.TextField(_("title"))
    publisher = models.TextField(_("publisher"), blank=True)
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    url = models.URLField(_("address"), max_length=1000, blank=True)
