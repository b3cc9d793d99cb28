"""A practice: the stable identity of what was published, and the rows that live on while its versions are frozen."""

import datetime

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from countries.addresses import address
from practices.enums import (
    REVIEW_PERIOD_YEARS,
    Label,
    Language,
    LinkKind,
    PracticeStatus,
    Provenance,
    TranslationOrigin,
)
from practices.querysets import PracticeQuerySet


class Practice(models.Model):
    """What the world reads. A row exists only after the first publication; slug, country and reference never change."""

    reference = models.CharField(_("reference"), max_length=40, unique=True)
    reference_year = models.PositiveSmallIntegerField(_("year of the reference"))
    reference_number = models.PositiveIntegerField(_("number of the reference"))
    slug = models.CharField(_("slug"), max_length=120, unique=True, validators=[RegexValidator(r"^[a-z0-9-]+$")])
    country = models.ForeignKey(
        "countries.Country", models.PROTECT, related_name="practices", verbose_name=_("lead country")
    )
    status = models.CharField(_("status"), max_length=10, choices=PracticeStatus, default=PracticeStatus.LIVE)
    live = models.OneToOneField(
        "practices.Version", models.PROTECT, null=True, related_name="live_practice", verbose_name=_("live version")
    )
    external_id = models.CharField(_("external identifier"), max_length=120, unique=True, null=True, blank=True)
    import_digest = models.CharField(_("digest of the imported row"), max_length=64, blank=True)
    provenance = models.CharField(_("provenance"), max_length=20, choices=Provenance, default=Provenance.COUNTRY)
    is_verified = models.BooleanField(_("main facts seen in a public source"), default=True)
    verified_sources = ArrayField(models.TextField(), verbose_name=_("where they were seen"), default=list, blank=True)
    unverified_parts = ArrayField(models.TextField(), verbose_name=_("unverified parts"), default=list, blank=True)
    label = models.CharField(_("label"), max_length=12, choices=Label, blank=True, default=Label.NONE)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged_practices")
    published_at = models.DateTimeField(_("first published at"))
    updated_at = models.DateTimeField(_("updated at"))
    revalidated_on = models.DateField(_("found valid on"))
    is_review_due = models.BooleanField(_("review due"), default=False)
    retracted_at = models.DateTimeField(_("retracted at"), null=True, blank=True)
    retraction_reason = models.TextField(_("reason of the retraction"), blank=True)

    objects = PracticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("practice")
        verbose_name_plural = _("practices")
        ordering = ["-published_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["country", "reference_year", "reference_number"], name="practice_reference_number_once"
            ),
            models.CheckConstraint(
                condition=~Q(status=PracticeStatus.RETRACTED)
                | (Q(retracted_at__isnull=False) & ~Q(retraction_reason="")),
                name="practice_retracted_says_when_and_why",
            ),
        ]

    def __str__(self):
        return self.reference

    def get_absolute_url(self):
        return address("practices:detail", self.slug)

    @property
    def review_due_on(self):
        """The day from which the practice has to be looked at again, three years after it was last found valid."""
        try:
            return self.revalidated_on.replace(year=self.revalidated_on.year + REVIEW_PERIOD_YEARS)
        except ValueError:  # 29 February
            return datetime.date(self.revalidated_on.year + REVIEW_PERIOD_YEARS, 3, 1)


class Translation(models.Model):
    """The text of a practice in another language. It is stale when the text it was made from has changed."""

    practice = models.ForeignKey(Practice, models.CASCADE, related_name="translations")
    language = models.CharField(_("language"), max_length=2, choices=Language)
    origin = models.CharField(_("origin"), max_length=8, choices=TranslationOrigin, default=TranslationOrigin.HUMAN)
    is_reviewed = models.BooleanField(_("reviewed by a native speaker"), default=False)
    source_digest = models.CharField(_("digest of the source text"), max_length=64, blank=True)
    title = models.TextField(_("title"))
    summary = models.TextField(_("summary"), blank=True)
    sections = models.JSONField(_("sections"), default=dict, blank=True)

    class Meta:
        verbose_name = _("translation")
        verbose_name_plural = _("translations")
        ordering = ["practice_id", "language"]
        constraints = [models.UniqueConstraint(fields=["practice", "language"], name="translation_once_per_language")]

    def __str__(self):
        return self.title


class Adoption(models.Model):
    """Another country that took a practice over: what it kept, what it changed and what came of it."""

    practice = models.ForeignKey(Practice, models.CASCADE, related_name="adoptions")
    country = models.ForeignKey("countries.Country", models.PROTECT, related_name="adoptions")
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    note = models.TextField(_("what happened"), blank=True)
    kept = models.TextField(_("what was kept"), blank=True)
    changed = models.TextField(_("what was changed"), blank=True)
    result = models.TextField(_("result"), blank=True)
    source = models.TextField(_("source"), blank=True)

    class Meta:
        verbose_name = _("adoption")
        verbose_name_plural = _("adoptions")
        ordering = ["practice_id", models.F("year").asc(nulls_last=True), "pk"]

    def __str__(self):
        return f"{self.practice_id} → {self.country_id}"


class PracticeLink(models.Model):
    """One practice that adapts, builds on or contradicts another."""

    practice = models.ForeignKey(Practice, models.CASCADE, related_name="links")
    target = models.ForeignKey(Practice, models.CASCADE, related_name="links_from")
    kind = models.CharField(_("kind"), max_length=12, choices=LinkKind)

    class Meta:
        verbose_name = _("link between practices")
        verbose_name_plural = _("links between practices")
        constraints = [
            models.UniqueConstraint(fields=["practice", "target", "kind"], name="practice_link_once"),
            models.CheckConstraint(condition=~Q(practice=models.F("target")), name="practice_link_not_to_itself"),
        ]

    def __str__(self):
        return f"{self.practice_id} {self.kind} {self.target_id}"


class Position(models.Model):
    """When what the public may read of something changed last; it stays when that is public no more.

    Written by ``practices.changes`` alone, in the order of commits. Subclasses have what it is about as their key.
    """

    changed_at = models.DateTimeField(_("changed at"), unique=True)

    class Meta:
        abstract = True

    def __str__(self):
        return f"{self.pk}: {self.changed_at.isoformat()}"


class PublicChange(Position):
    """When what the public may read of a practice changed last."""

    practice = models.OneToOneField(Practice, models.CASCADE, primary_key=True, related_name="public_change")

    class Meta:
        verbose_name = _("change of a practice")
        verbose_name_plural = _("changes of practices")


class Contact(models.Model):
    """Whom to ask about a practice. Never public; apart from the versions, so that it can go."""

    practice = models.OneToOneField(Practice, models.CASCADE, related_name="contact")
    name = models.TextField(_("name"), blank=True)
    organisation = models.TextField(_("organisation"), blank=True)
    email = models.EmailField(_("e-mail"), blank=True)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")

    def __str__(self):
        return self.name


class Brief(models.Model):
    """The PDF brief of a version in one language, made by a worker after publication and kept in storage."""

    version = models.ForeignKey("practices.Version", models.CASCADE, related_name="briefs")
    language = models.CharField(_("language"), max_length=2, choices=Language)
    file = models.FileField(_("file"), upload_to="briefs/")
    size = models.PositiveIntegerField(_("size in bytes"))
    made_at = models.DateTimeField(_("made at"), auto_now=True)

    class Meta:
        verbose_name = _("brief")
        verbose_name_plural = _("briefs")
        constraints = [models.UniqueConstraint(fields=["version", "language"], name="brief_once_per_language")]

    def __str__(self):
        return self.file.name
