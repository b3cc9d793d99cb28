"""What is derived from live practices for search, facets and caches. All of it can be thrown away and rebuilt."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from practices.enums import EvidenceLevel, Kind, Language, Scale


def _codes(size):
    return ArrayField(models.CharField(max_length=size), default=list)


def _order(name, *columns):
    """An index for one order of lists; it holds the ordinals, so that no row is read to see whether it is chosen."""
    return models.Index(*columns, name=name, include=["ordinal"])


class PracticeIndex(models.Model):
    """One narrow row per live practice: what lists filter, count and sort by, and the document that a card shows.

    Rows are written by ``practices.indexing`` in the transaction that publishes or retracts; a practice that is not
    live has none. ``document`` holds what a list row needs in every language, so that a list costs one query.
    """

    practice = models.OneToOneField("practices.Practice", models.CASCADE, primary_key=True, related_name="index")
    ordinal = models.PositiveIntegerField(unique=True, help_text="Its place in all bit strings (FacetBits).")
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
    related = models.JSONField(
        null=True, help_text="The practices most like it, best first: [{id, words in common}]; null until computed."
    )

    class Meta:
        verbose_name = _("index row of a practice")
        verbose_name_plural = _("index rows of practices")
        indexes = [
            _order("index_newest_first", models.F("published_at").desc(), models.F("practice").desc()),
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
            _order("index_title", models.F("title_key"), models.F("practice")),
            _order(
                "index_strongest",
                models.F("evidence").desc(),
                models.F("published_at").desc(),
                models.F("practice").desc(),
            ),
            _order(
                "index_most_adopted",
                models.F("adoptions_count").desc(),
                models.F("published_at").desc(),
                models.F("practice").desc(),
            ),
            GinIndex(fields=["topics", "countries"], name="index_codes"),
            GinIndex(fields=["partner_countries"], name="index_partners"),
        ]

    def __str__(self):
        return str(self.practice_id)


class BitStringField(models.Field):
    """A PostgreSQL ``bit varying``; read and written by ``practices.facets`` alone."""

    def db_type(self, connection):
        return "bit varying"


class FacetBits(models.Model):
    """Which live practices of one segment of the ordinals (``practices.bits``) have one value of one facet.

    All strings have the length of a segment. Where none has the value there is no row, but for the value that all have.
    """

    pk = models.CompositePrimaryKey("facet", "value", "segment")
    facet = models.CharField(max_length=20)
    value = models.CharField(max_length=60)
    segment = models.PositiveSmallIntegerField()
    bits = BitStringField()

    class Meta:
        verbose_name = _("bit string of a facet")
        verbose_name_plural = _("bit strings of facets")

    def __str__(self):
        return f"{self.facet}={self.value}, segment {self.segment}"


class PracticeText(models.Model):
    """The words of a live practice in one language.

    ``vector`` has all of them: title (weight A), summary (B), names and results (C), the rest (D); a word of its own
    stands where each section begins. ``short`` has title and summary alone, ``heading`` the title. All are made by the
    language's own configuration. Whatever is long is stored apart from the heap, so that a search reads few pages.
    """

    practice = models.ForeignKey("practices.Practice", models.CASCADE, related_name="texts")
    ordinal = models.PositiveIntegerField()
    language = models.CharField(max_length=2, choices=Language)
    published_at = models.DateTimeField()
    title = models.TextField()
    summary = models.TextField()
    sections = models.JSONField(help_text="{section: text}")
    vector = SearchVectorField()
    short = SearchVectorField()
    heading = SearchVectorField()

    class Meta:
        verbose_name = _("words of a practice")
        verbose_name_plural = _("words of practices")
        constraints = [models.UniqueConstraint(fields=["practice", "language"], name="text_once_per_language")]
        indexes = [GinIndex(fields=[name], name=f"text_{name}") for name in ("vector", "short", "heading")]

    def __str__(self):
        return self.title


class SearchWord(models.Model):
    """One word of titles, summaries and names, lower case and without accents: what a misspelt word may have meant."""

    word = models.CharField(max_length=40, primary_key=True)
    texts_count = models.PositiveIntegerField(default=0, help_text="Rows of PracticeText that hold it.")

    class Meta:
        verbose_name = _("word for spelling")
        verbose_name_plural = _("words for spelling")
        indexes = [GinIndex(fields=["word"], opclasses=["gin_trgm_ops"], name="word_trigrams")]

    def __str__(self):
        return self.word


class SearchTerm(models.Model):
    """One name of a concept in one language; ``lexemes`` are its words as that language's configuration stems them.

    A query that holds one name of a concept also finds the others. Concepts are those of ``fixtures/terms.json`` and
    the names of countries, areas, topics and SDG targets; for these, ``code`` is the word that stands in the vectors of
    the practices that they belong to.
    """

    concept = models.CharField(max_length=80)
    language = models.CharField(max_length=2, choices=Language)
    text = models.TextField()
    lexemes = ArrayField(models.TextField())
    places = ArrayField(models.PositiveSmallIntegerField(), help_text="Where each word stands in the name.")
    code = models.CharField(max_length=80, blank=True)

    class Meta:
        verbose_name = _("term for search")
        verbose_name_plural = _("terms for search")
        indexes = [models.Index(fields=["concept"], name="term_concept")]

    def __str__(self):
        return self.text


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
