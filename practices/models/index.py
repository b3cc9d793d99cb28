"""What is derived from live practices for search, facets and caches. All of it can be thrown away and rebuilt."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from practices.enums import EvidenceLevel, Kind, Language, Scale


def _codes(size):
    return ArrayField(models.CharField(max_length=size), default=list)


class PracticeIndex(models.Model):
    """One narrow row per live practice: what lists filter, count and sort by, and the document that a card shows.

    Rows are written by ``practices.indexing`` in the transaction that publishes or retracts; a practice that is not
    live has none. ``document`` holds what a list row needs in every language, so that a list costs one query.
    """

    practice = models.OneToOneField("practices.Practice", models.CASCADE, primary_key=True, related_name="index")
    published_at = models.DateTimeField()
    title_key = models.TextField()
    country = models.CharField(max_length=3)
    countries = _codes(3)
    partner_countries = _codes(3)
    regions = _codes(4)
    areas = _codes(40)
    topics = _codes(60)
    goals = ArrayField(models.PositiveSmallIntegerField(), default=list)
    targets = _codes(5)
    languages = _codes(2)
    evidence = models.PositiveSmallIntegerField(choices=EvidenceLevel)
    scale = models.CharField(max_length=16, choices=Scale, blank=True)
    kind = models.CharField(max_length=12, choices=Kind)
    start_year = models.PositiveSmallIntegerField(null=True)
    end_year = models.PositiveSmallIntegerField(null=True)
    adoptions_count = models.PositiveIntegerField(default=0)
    adoption_countries = _codes(3)
    document = models.JSONField()

    class Meta:
        verbose_name = _("index row of a practice")
        verbose_name_plural = _("index rows of practices")
        indexes = [
            models.Index(models.F("published_at").desc(), models.F("practice").desc(), name="index_newest_first"),
            models.Index(
                "country", models.F("published_at").desc(), models.F("practice").desc(), name="index_country_newest"
            ),
            models.Index(
                "country",
                models.F("evidence").desc(),
                models.F("published_at").desc(),
                models.F("practice").desc(),
                name="index_country_strongest",
            ),
            GinIndex(fields=["areas", "topics", "targets", "countries"], name="index_codes"),
            GinIndex(fields=["partner_countries"], name="index_partners"),
        ]

    def __str__(self):
        return str(self.practice_id)


class PracticeText(models.Model):
    """The words of a live practice in one language, weighted: title, summary, results and the rest."""

    practice = models.ForeignKey("practices.Practice", models.CASCADE, related_name="texts")
    language = models.CharField(max_length=2, choices=Language)
    title = models.TextField()
    summary = models.TextField()
    body = models.TextField()
    names = models.TextField()
    fuzzy = models.TextField(help_text="Title, summary and names, lower case and without accents, for trigrams.")
    vector = SearchVectorField()

    class Meta:
        verbose_name = _("words of a practice")
        verbose_name_plural = _("words of practices")
        constraints = [models.UniqueConstraint(fields=["practice", "language"], name="text_once_per_language")]
        indexes = [
            GinIndex(fields=["vector"], name="text_vector", fastupdate=False),
            GinIndex(fields=["fuzzy"], opclasses=["gin_trgm_ops"], name="text_fuzzy"),
        ]

    def __str__(self):
        return self.title


class PublicState(models.Model):
    """One row: the serial of what the public may read. Whatever changes that raises it in the same transaction."""

    serial = models.PositiveBigIntegerField(default=1)

    class Meta:
        verbose_name = _("public state")
        verbose_name_plural = _("public state")

    def __str__(self):
        return str(self.serial)


class ValidityCheck(models.Model):
    """One run of the nightly check: how many practices were looked at and how many have a review due."""

    checked_at = models.DateTimeField(_("checked at"), auto_now_add=True)
    practices_count = models.PositiveIntegerField(_("practices"))
    due_count = models.PositiveIntegerField(_("with a review due"))

    class Meta:
        verbose_name = _("validity check")
        verbose_name_plural = _("validity checks")
        get_latest_by = "checked_at"
        ordering = ["checked_at"]

    def __str__(self):
        return self.checked_at.isoformat()
