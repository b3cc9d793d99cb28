"""One practice in a list, as every list page and the API show it: read from the index document, no query on access."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import NamedTuple

import orjson
from django.urls import reverse
from django.utils import formats
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from countries.addresses import address
from practices.directions import language_attributes
from practices.enums import EvidenceLevel, Kind, Label, Language, Provenance, Scale, Section
from practices.evidence import reasons_in_words


@dataclass(frozen=True)
class Result:
    """One result indicator, with its numbers formatted for the reader's language."""

    name: str
    unit: str
    baseline: float | None
    baseline_year: int | None
    latest: float | None
    latest_year: int | None
    source: str
    is_verified: bool = True
    method: str = ""

    @classmethod
    def of(cls, row):
        """The Result that shows ``row``, a ResultIndicator."""
        return cls(
            name=row.name,
            unit=row.unit,
            baseline=row.baseline,
            baseline_year=row.baseline_year,
            latest=row.latest,
            latest_year=row.latest_year,
            source=row.source,
            is_verified=row.is_verified,
            method=row.method,
        )

    @property
    def has_pair(self):
        """Whether there is a figure before and a figure after."""
        return self.baseline is not None and self.latest is not None

    @property
    def unit_sign(self):
        """A unit short enough to stand beside the number."""
        return "%" if self.unit.startswith("%") else ""

    @property
    def baseline_text(self):
        return _number_text(self.baseline)

    @property
    def latest_text(self):
        return _number_text(self.latest)

    @property
    def years_text(self):
        """From when to when it was counted, or when; "" where nobody says."""
        first, last = self.baseline_year, self.latest_year
        if self.has_pair and first and last and first != last:
            return _("%(first)s to %(last)s") % {"first": first, "last": last}
        return str(last or first or "")


def _number_text(value):
    """``value`` in the reader's way of writing numbers; 70.0 is written 70."""
    if value is None:
        return ""
    value = int(value) if float(value).is_integer() else value
    return formats.number_format(value, use_l10n=True, force_grouping=abs(value) >= 10_000)


class Standing(NamedTuple):
    """How sure a practice is and who took it up; many practices have the same."""

    evidence: int
    label: str
    is_verified: bool
    adoptions_count: int

    @property
    def evidence_label(self):
        return EvidenceLevel(self.evidence).label

    @property
    def label_text(self):
        return Label(self.label).label if self.label else ""


@lru_cache(maxsize=10)
def _start_of_comparing(language):
    """What the address begins with at which readers of ``language``, the active one, compare a practice."""
    return f"{reverse('practices:compare')}?ref="


class Card:
    """A practice as a list shows it, in ``language``. Made from an index document and the reference ``names``."""

    def __init__(self, document, names, language, *, found=None):
        """``found``: the search.Found that says why it is in a list of words searched."""
        self._document, self._names, self.language, self.found = document, names, language, found
        self._text = None

    @classmethod
    def read(cls, text, names, language, *, found=None):
        """The Card of a document that is still JSON ``text``; of what was drawn (``drawn_key``) it is never read."""
        card = cls(None, names, language, found=found)
        card._text = text
        return card

    @property
    def document(self):
        if self._document is None:
            self._document = orjson.loads(self._text)
        return self._document

    @property
    def text(self):
        """The document as JSON text."""
        return self._text or orjson.dumps(self._document).decode()

    @cached_property
    def drawn_key(self):
        """All that a card or a row shows, in short: what is drawn of it once need not be drawn again."""
        return blake2b(self.text.encode(), digest_size=16).digest(), self._names, self.language, self.found

    def __getattr__(self, name):
        """Plain facts: reference, slug, languages, start_year, end_year, label, is_verified, adoptions_count …"""
        try:
            return self.document[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def url(self):
        return address("practices:detail", self.slug)

    @property
    def compare_url(self):
        return f"{_start_of_comparing(get_language())}{self.reference}"

    @property
    def compare_label(self):
        """What a program reads aloud of the link to ``compare_url``."""
        return _("Compare: %(title)s") % {"title": self.title}

    @property
    def original_language(self):
        return self.document["language"]

    def _shown(self, texts):
        """(language, text): the reader's language where there is one, else the original."""
        language = self.language if self.language in texts else self.original_language
        return language, texts.get(language, "")

    @property
    def title(self):
        return self._shown(self.document["title"])[1]

    @property
    def title_language(self):
        return self._shown(self.document["title"])[0]

    @property
    def title_attributes(self):
        return language_attributes(self.title_language)

    @property
    def summary(self):
        return self._shown(self.document["summary"])[1]

    @property
    def summary_language(self):
        return self._shown(self.document["summary"])[0]

    @property
    def summary_attributes(self):
        return language_attributes(self.summary_language)

    @property
    def result_attributes(self):
        """The attributes of what names and counts results, which nobody translates."""
        return language_attributes(self.original_language)

    @property
    def available_languages(self):
        return tuple(self.languages)

    @cached_property
    def country(self):
        return self._names.countries[self.document["country"]]

    @cached_property
    def countries(self):
        return [self._names.countries[code] for code in self.document["countries"]]

    @cached_property
    def partner_countries(self):
        return [self._names.countries[code] for code in self.document["partner_countries"]]

    @cached_property
    def areas(self):
        return [self._names.areas[slug] for slug in self.document["areas"]]

    @property
    def primary_area(self):
        return self.areas[0] if self.areas else None

    @cached_property
    def topics(self):
        return [self._names.topics[slug] for slug in self.document["topics"]]

    @cached_property
    def targets(self):
        return [self._names.targets[code] for code in self.document["targets"]]

    @property
    def snippet(self):
        """A piece of the text in which words were found, as safe HTML with them marked; "" for none."""
        return self.found.snippet if self.found else ""

    @property
    def snippet_attributes(self):
        return language_attributes(self.found.language)

    @property
    def matched_language(self):
        """The language of the text in which words were found; "" where none were searched."""
        return self.found.language if self.found else ""

    @property
    def matched_language_name(self):
        return Language(self.matched_language).label if self.matched_language else ""

    @property
    def found_in(self):
        """The names of the sections in which words were found."""
        return [Section(key).label for key in self.found.sections] if self.found else []

    @property
    def found_as(self):
        """Other names of what was asked for, under which it was found."""
        return self.found.names if self.found else ()

    @property
    def standing(self):
        return Standing(self.evidence, self.label, self.is_verified, self.adoptions_count)

    @property
    def evidence_label(self):
        return self.standing.evidence_label

    @property
    def evidence_reasons(self):
        return reasons_in_words(self.document["evidence_reasons"])

    @property
    def scale_label(self):
        return Scale(self.scale).label if self.scale else ""

    @property
    def kind_label(self):
        return Kind(self.kind).label

    @property
    def provenance_text(self):
        return Provenance(self.provenance).label

    @cached_property
    def published_at(self):
        return parse_datetime(self.document["published_at"])

    @cached_property
    def updated_at(self):
        return parse_datetime(self.document["updated_at"])

    @cached_property
    def results(self):
        return [Result(**row) for row in self.document["results"]]

    @cached_property
    def headline(self):
        """The result to show first: one with a before and an after, else one with a latest figure, else None."""
        for wanted in (lambda row: row.has_pair, lambda row: row.latest is not None):
            for row in self.results:
                if wanted(row):
                    return row
        return None
