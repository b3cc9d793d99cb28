"""A practice in a list of the API: made from its index document, without a query and without models."""

from functools import lru_cache, partial
from operator import itemgetter
from urllib.parse import urljoin

import orjson
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from countries.addresses import address
from countries.api.serializers import point
from practices.enums import EvidenceLevel
from practices.evidence import reasons_in_words


class Addresses:
    """Absolute addresses of practices' pages in the active language, made without asking the URL resolver per row.

    ``base_url``: where the portal is at home, for the names of things in linked data. Without a ``request`` all
    addresses are there.
    """

    def __init__(self, request=None):
        self.absolute = request.build_absolute_uri if request else partial(urljoin, f"{settings.SITE_URL}/")
        self.start = self.absolute(address("practices:detail", "0")).removesuffix("0/")
        self.base_url = settings.SITE_URL or request.build_absolute_uri("/").removesuffix("/")

    def page(self, slug):
        return f"{self.start}{slug}/"

    def page_in(self, language, slug):
        """The page in another language than the active one."""
        return self.absolute(address("practices:detail", slug, language))

    def file(self, file, rendition):
        return self.base_url + reverse("practices:file", args=[file.key, rendition])


# Members of a row that the index document has as they are.
_AS_INDEXED = (
    "languages", "countries", "partner_countries", "topics", "kind", "scale", "setting", "start_year", "end_year",
    "label", "is_verified", "provenance", "adoptions_count", "results", "licence", "version", "published_at",
    "updated_at",
)  # fmt: skip


def practice_row(card, addresses):
    """One row of a list: what the index document of ``card`` (practices.cards.Card) holds, without a detour."""
    return _row(card.document, card.language, addresses.start)


def kept_row(card, addresses):
    """The same, kept by this process: most publications change one row of a page or none."""
    return dict(_kept_row(card.text, card.language, addresses.start))


@lru_cache(maxsize=1000)  # 10 MB at most
def _kept_row(text, language, start):
    return _row(orjson.loads(text), language, start)


def _row(document, language, start):
    """``start``: what the addresses of all practices' pages begin with in ``language``."""
    original = document["language"]
    title_language = language if language in document["title"] else original
    summary_language = language if language in document["summary"] else original
    row = {
        "reference": document["reference"],
        "slug": document["slug"],
        "title": document["title"].get(title_language, ""),
        "summary": document["summary"].get(summary_language, ""),
        "language": original,
        "text_language": title_language,
        "summary_language": summary_language,
        "translated_from": original if title_language != original else None,
        "challenge_areas": document["areas"],
        "sdg_targets": document["targets"],
        "evidence": evidence_in_words(language, document["evidence"], tuple(map(tuple, document["evidence_reasons"]))),
        "url": f"{start}{document['slug']}/",
    }
    for name in _AS_INDEXED:
        row[name] = document[name]
    return row


@lru_cache(maxsize=2000)
def evidence_in_words(language, level, reasons):
    """A level of evidence and its ``reasons`` (tuples of code and value), in words of ``language``, the active one."""
    return {
        "level": level,
        "label": str(EvidenceLevel(level).label),
        "reasons": list(map(str, reasons_in_words(reasons))),
    }


def match_of(card):
    """Where the words of the search were found: the language, and a snippet as HTML with <mark>; None without words."""
    if not card.matched_language:
        return None
    return {
        "language": card.matched_language,
        "snippet": str(card.snippet),
        "sections": list(card.found.sections),
        "names": list(card.found_as),
    }


# Members of a row that a table shows in another shape: member → {heading: function of a row}.
_OWN_COLUMNS = {
    "evidence": {
        "evidence_level": lambda row: row["evidence"]["level"],
        "evidence_label": lambda row: row["evidence"]["label"],
        "evidence_reasons": lambda row: " ".join(row["evidence"]["reasons"]),
    },
    "results": {"results": lambda row: " | ".join(_result_in_words(result) for result in row["results"])},
}


def columns(members):
    """The columns of a table of rows with ``members``: {heading: function of a row}."""
    read = {}
    for member in members:
        read |= _OWN_COLUMNS.get(member) or {member: itemgetter(member)}
    return read


def _result_in_words(result):
    """A result in one line: name: before (year) → after (year) unit [source]."""
    figures = [
        f"{result[key]}" + (f" ({result[f'{key}_year']})" if result[f"{key}_year"] else "")
        for key in ("baseline", "latest")
        if result[key] is not None
    ]
    source = f" [{result['source']}]" if result["source"] else ""
    return f"{result['name']}: {' → '.join(figures)} {result['unit']}".strip() + source


def practice_feature(row, card):
    """A ``row`` as a GeoJSON feature; it lies at the capital of the country that leads the practice."""
    country = card.country
    return {
        "type": "Feature",
        "id": row["reference"],
        "geometry": point(country.capital_latitude, country.capital_longitude),
        "properties": row
        | {"position": _("Capital of the country that leads the practice, not the place of the work")},
    }
