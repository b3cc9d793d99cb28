"""A practice as the API gives it. Rows of lists are made from index documents, without a query and without models."""

from functools import lru_cache
from operator import itemgetter

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from countries.api.serializers import point
from practices.enums import CountryRole, EvidenceLevel, PracticeStatus
from practices.evidence import reasons_in_words
from practices.models.file import DOCUMENT, RENDITIONS

# Name in the API → column of Version; ``lessons`` is made of its rows.
SECTIONS = {
    "challenge": "challenge",
    "objectives": "objectives",
    "approach": "approach",
    "results": "results_narrative",
    "enabling_conditions": "enabling_conditions",
    "constraints": "constraints",
    "what_did_not_work": "what_did_not_work",
    "lessons": None,
    "equity": "equity",
    "sustainability": "sustainability",
    "replication_keep": "replication_keep",
    "replication_change": "replication_change",
    "replication_preconditions": "replication_preconditions",
    "replication_support": "replication_support",
    "learnt_from": "learnt_from",
    "shared_with": "shared_with",
}


class Addresses:
    """Absolute addresses of practices' pages in the active language, made without asking the URL resolver per row.

    ``base_url``: where the portal is at home, for the names of things in linked data.
    """

    def __init__(self, request):
        pattern = request.build_absolute_uri(reverse("practices:detail", args=["0"]))
        self._start = pattern.removesuffix("0/")
        self.base_url = settings.SITE_URL or request.build_absolute_uri("/").removesuffix("/")

    def page(self, slug):
        return f"{self._start}{slug}/"

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
    document, language = card.document, card.language
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
        "evidence": _evidence(language, document["evidence"], tuple(map(tuple, document["evidence_reasons"]))),
        "url": addresses.page(document["slug"]),
    }
    for name in _AS_INDEXED:
        row[name] = document[name]
    return row


@lru_cache(maxsize=2000)
def _evidence(language, level, reasons):
    """The evidence of a row, in words of ``language``, the active one."""
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


def practice_detail(practice, card, addresses):
    """One practice in full; the texts in the language of ``card`` where they are translated, else as written.

    ``practice`` is loaded with ``with_content()``. Contacts are never public.
    """
    version = practice.live
    row = practice_row(card, addresses)
    texts, languages = _sections(practice, card.title_language)
    return row | {
        "provenance_note": str(card.provenance_text),
        "verified_sources": practice.verified_sources,
        "unverified_parts": practice.unverified_parts,
        "results": [
            result | {"method": own.method} for result, own in zip(row["results"], version.results.all(), strict=True)
        ],
        "sections": texts,
        "section_languages": languages,
        "lessons": [
            {"kind": lesson.kind, "text": lesson.text, "for_whom": lesson.for_whom} for lesson in version.lessons.all()
        ],
        "building_blocks": [{"title": block.title, "text": block.text} for block in version.building_blocks.all()],
        "places": version.places,
        "scale_note": version.scale_note,
        "beneficiaries": {
            "groups": version.beneficiary_groups,
            "count": version.beneficiaries_count,
            "note": version.beneficiaries_note,
        },
        "evaluation": {"type": version.evaluation_type, "note": version.evaluation_note},
        "cost": {
            "setup": _amount(version.cost_setup),
            "yearly": _amount(version.cost_yearly),
            "currency": version.cost_currency,
            "year": version.cost_year,
            "note": version.cost_note,
            "funding": version.funding,
        },
        "lead_institutions": [_organisation(row.organisation) for row in version.institution_rows.all()],
        "partners": [_organisation(row.organisation) | {"role": row.role} for row in version.partner_roles.all()],
        "country_roles": [
            {"country": row.country_id, "role": CountryRole(row.role).value} for row in version.country_rows.all()
        ],
        "adoptions": [
            {
                "country": adoption.country_id,
                "year": adoption.year,
                "note": adoption.note,
                "kept": adoption.kept,
                "changed": adoption.changed,
                "result": adoption.result,
                "source": adoption.source,
            }
            for adoption in practice.adoptions.all()
        ],
        "references": [
            {"title": reference.title, "publisher": reference.publisher, "year": reference.year, "url": reference.url}
            for reference in version.references.all()
        ],
        "attachments": [_attachment(row, addresses) for row in version.file_rows.all() if row.file.is_shown],
        "links": [
            {
                "kind": link.kind,
                "reference": link.target.reference,
                "slug": link.target.slug,
                "url": addresses.page(link.target.slug),
            }
            for link in practice.links.all()
            if link.target.status == PracticeStatus.LIVE
        ],
        "translations": [
            {
                "language": translation.language,
                "title": translation.title,
                "origin": translation.origin,
                "is_reviewed": translation.is_reviewed,
                "is_stale": bool(translation.source_digest) and translation.source_digest != version.content_digest,
            }
            for translation in practice.translations.all()
        ],
        "versions": [
            {
                "number": one.number,
                "published_at": one.published_at.isoformat(),
                "url": f"{addresses.page(practice.slug)}v/{one.number}/",
            }
            for one in practice.versions.all()
        ],
        "revalidated_on": practice.revalidated_on.isoformat(),
        "review_due_on": practice.review_due_on.isoformat(),
    }


def _sections(practice, language):
    """({section: text}, {section: language of the text}): translated ones in ``language``, the rest as written."""
    version = practice.live
    translated = {}
    if language != version.language:
        translated = next((row.sections for row in practice.translations.all() if row.language == language), {})
    texts, languages = {}, {}
    for name, column in SECTIONS.items():
        own = getattr(version, column) if column else "\n\n".join(lesson.text for lesson in version.lessons.all())
        is_translated = isinstance(translated.get(name), str) and bool(translated[name])
        texts[name] = translated[name] if is_translated else own
        if texts[name]:
            languages[name] = language if is_translated else version.language
    return texts, languages


def _attachment(row, addresses):
    """A picture or document that everybody is shown; a picture comes in its renditions."""
    file = row.file
    return {
        "kind": file.kind,
        "name": file.name,
        "caption": row.caption,
        "alt": row.alt,
        "credit": row.credit,
        "licence": row.licence,
        "size": None if file.is_image else file.size,
        "checksum": None if file.is_image else file.checksum,
        "url": addresses.file(file, RENDITIONS[-1] if file.is_image else DOCUMENT),
        "renditions": [_rendition(file, name, addresses) for name in RENDITIONS if name in file.renditions],
    }


def _rendition(file, name, addresses):
    made = file.renditions[name]
    sizes = {key: made[key] for key in ("width", "height", "size")}
    return {"name": name, **sizes, "url": addresses.file(file, name)}


def _organisation(organisation):
    return {"name": organisation.name, "kind": organisation.kind, "country": organisation.country_id}


def _amount(value):
    return None if value is None else float(value)


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
