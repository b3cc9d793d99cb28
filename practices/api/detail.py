"""One practice, or one published version of it, as the API gives it in full; causes no query. Contacts are not public.

Practices and versions are loaded ``with_content()``, a version with its review card.
"""

from django.urls import reverse
from django.utils.translation import get_language

from practices import citations
from practices.api.serializers import evidence_in_words, practice_row
from practices.enums import CountryRole, Criterion, PracticeStatus
from practices.evidence import assess_version
from practices.models.file import DOCUMENT, RENDITIONS
from practices.narrative import SECTIONS


def practice_detail(practice, card, addresses):
    """One practice in full; the texts in the language of ``card`` where they are translated, else as written."""
    texts, languages = sections(practice, card.title_language)
    return (
        practice_row(card, addresses)
        | content(practice.live, addresses)
        | {
            "provenance_note": str(card.provenance_text),
            "verified_sources": practice.verified_sources,
            "unverified_parts": practice.unverified_parts,
            "sections": texts,
            "section_languages": languages,
            "adoptions": adoptions(practice),
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
                {name: value for name, value in one.items() if name not in {"summary", "sections"}}
                for one in translations(practice, addresses)
            ],
            "versions": [
                {
                    "number": one.number,
                    "published_at": one.published_at.isoformat(),
                    "url": _permanent(practice, one, addresses),
                }
                for one in practice.published_versions
            ],
            "citation": _citation(practice, addresses),
            "brief_url": f"{addresses.page(practice.slug)}brief.pdf",
            "revalidated_on": practice.revalidated_on.isoformat(),
            "review_due_on": practice.review_due_on.isoformat(),
            "is_review_due": practice.is_review_due,
        }
    )


def version_detail(practice, version, addresses):
    """A published ``version`` of ``practice`` in full, in the language in which it was written."""
    level, reasons = assess_version(version, list(practice.adoptions.all()), lead_country=practice.country_id)
    roles = {role: [] for role in CountryRole}
    for row in version.country_rows.all():
        roles[CountryRole(row.role)].append(row.country_id)
    texts = _texts(version)
    topics = dict.fromkeys(row.topic.merged_into_id or row.topic_id for row in version.topic_rows.all())
    return {
        "reference": practice.reference,
        "slug": practice.slug,
        "version": version.number,
        "is_current": version.pk == practice.live_id,
        "superseded_by": None if version.pk == practice.live_id else practice.live.number,
        "published_at": version.published_at.isoformat(),
        "title": version.title,
        "summary": version.summary,
        "language": version.language,
        "countries": roles[CountryRole.LEAD] + roles[CountryRole.FURTHER],
        "partner_countries": roles[CountryRole.PARTNER],
        "challenge_areas": [row.area_id for row in version.area_rows.all()],
        "topics": list(topics),
        "sdg_targets": [row.target_id for row in version.target_rows.all()],
        "kind": version.kind,
        "scale": version.scale,
        "setting": version.setting,
        "start_year": version.start_year,
        "end_year": version.end_year,
        "evidence": evidence_in_words(get_language(), level, tuple(map(tuple, reasons))),
        "sections": texts,
        **content(version, addresses),
        "licence": version.licence,
        "url": _permanent(practice, version, addresses),
        "current_url": addresses.page(practice.slug),
    }


def content(version, addresses):
    """What a ``version`` says beside its narrative and what a row of a list holds of it."""
    return {
        "results": [_result(row) for row in version.results.all()],
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
        "references": [
            {"title": reference.title, "publisher": reference.publisher, "year": reference.year, "url": reference.url}
            for reference in version.references.all()
        ],
        "attachments": [_attachment(row, addresses) for row in version.file_rows.all() if row.file.is_shown],
        "consent_statement": version.consent_statement,
        "review_card": _review_card(version),
    }


def sections(practice, language):
    """({section: text}, {section: language of the text}): translated ones in ``language``, the rest as written."""
    version = practice.live
    translated = {}
    if language != version.language:
        translated = next((row.sections for row in practice.translations.all() if row.language == language), {})
    texts, languages = {}, {}
    for name, own in _texts(version).items():
        is_translated = isinstance(translated.get(name), str) and bool(translated[name])
        texts[name] = translated[name] if is_translated else own
        if texts[name]:
            languages[name] = language if is_translated else version.language
    return texts, languages


def _texts(version):
    """{section: text} as ``version`` was written."""
    return {
        name: getattr(version, column) if column else "\n\n".join(lesson.text for lesson in version.lessons.all())
        for name, column in SECTIONS.items()
    }


def adoptions(practice):
    """The countries that took ``practice`` over, in the order of their years."""
    return [
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
    ]


def translations(practice, addresses):
    """The translations of ``practice`` with their texts; ``url``: its page in that language."""
    digest = practice.live.content_digest
    return [
        {
            "language": one.language,
            "title": one.title,
            "summary": one.summary,
            "sections": {name: one.sections[name] for name in SECTIONS if isinstance(one.sections.get(name), str)},
            "origin": one.origin,
            "is_reviewed": one.is_reviewed,
            "is_stale": bool(one.source_digest) and one.source_digest != digest,
            "url": addresses.page_in(one.language, practice.slug),
        }
        for one in practice.translations.all()
    ]


def version_entry(practice, entry, addresses):
    """A version in the history of ``practice``; ``entry``: a practices.history.Entry."""
    version = entry.version
    return {
        "number": version.number,
        "published_at": version.published_at.isoformat(),
        "url": _permanent(practice, version, addresses),
        "title": version.title,
        "is_current": version.pk == practice.live_id,
        "note": entry.note,
        "moments": [{"at": one.at.isoformat(), "what": str(one.label), "who": str(one.who)} for one in entry.moments],
    }


def _permanent(practice, version, addresses):
    """The address of the page of ``version`` that never changes."""
    return f"{addresses.page(practice.slug)}v/{version.number}/"


def _citation(practice, addresses):
    version = practice.live
    file = addresses.base_url + reverse("practices:cite", args=[practice.slug, "bib"]).removesuffix("bib")
    return {
        "text": citations.sentence(practice, version),
        "url": citations.permalink(practice, version),
        "bibtex": f"{file}bib",
        "ris": f"{file}ris",
        "csl_json": f"{file}json",
    }


def _review_card(version):
    """What the public learns of the review of ``version``; None where it was not reviewed."""
    card = getattr(version, "review_card", None)
    return card and {
        "label": card.label,
        "score": float(card.score),
        "scores": [{"criterion": one.value, "score": card.scores[one]} for one in Criterion if one in card.scores],
        "reviewers_count": card.reviewers_count,
        "reviewers": card.reviewers,
        "reviewed_on": card.reviewed_on.isoformat(),
    }


def _result(row):
    return {
        "name": row.name,
        "unit": row.unit,
        "baseline": row.baseline,
        "baseline_year": row.baseline_year,
        "latest": row.latest,
        "latest_year": row.latest_year,
        "source": row.source,
        "is_verified": row.is_verified,
        "method": row.method,
    }


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
