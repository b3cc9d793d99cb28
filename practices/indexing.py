"""Build what is derived from live practices: the index rows that lists read and the words that search asks.

Called in the transaction that publishes, retracts or changes a living row, and by ``manage.py reindex``.
"""

from django.db import connection, transaction
from django.utils import translation

from countries.names import in_language, sort_key
from practices.enums import CountryRole, Language
from practices.evidence import assess_version
from practices.models import Practice, PracticeIndex, PracticeText
from practices.serial import raise_public_serial

# One publisher at a time: every writer of derived rows first takes this advisory lock of its transaction.
PUBLICATION_LOCK = 7_346_105
BATCH = 500

_INSERT_TEXTS = """
    INSERT INTO practices_practicetext (practice_id, language, title, summary, body, names, fuzzy, vector)
    SELECT practice_id, language, title, summary, results || E'\\n' || rest, names,
           lower(public.unaccent(title || ' ' || summary || ' ' || names)),
           setweight(to_tsvector(configuration, title), 'A')
           || setweight(to_tsvector(configuration, summary || ' ' || names), 'B')
           || setweight(to_tsvector(configuration, results), 'C')
           || setweight(to_tsvector(configuration, rest), 'D')
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
         AS n (practice_id, language, title, summary, results, rest, names),
         LATERAL (SELECT ('ssc_' || language)::regconfig AS configuration) AS c
"""


def lock_publication():
    """Wait until no other transaction publishes. Must be called inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PUBLICATION_LOCK])


@transaction.atomic
def rebuild(practice_ids=None):
    """Rebuild the derived rows of the given practices (ids; all when None) and raise the public serial.

    Practices that are not live lose theirs. Returns how many practices have rows afterwards. Raises nothing.
    """
    lock_publication()
    if practice_ids is None:
        practice_ids = list(Practice.objects.order_by("pk").values_list("pk", flat=True))
    PracticeIndex.objects.filter(practice__in=practice_ids).delete()
    PracticeText.objects.filter(practice__in=practice_ids).delete()
    written = 0
    for start in range(0, len(practice_ids), BATCH):
        chunk = practice_ids[start : start + BATCH]
        practices = list(Practice.objects.live().filter(pk__in=chunk).with_content())
        PracticeIndex.objects.bulk_create([_index_row(practice) for practice in practices])
        _insert_texts([row for practice in practices for row in _text_rows(practice)])
        written += len(practices)
    raise_public_serial()
    return written


def _index_row(practice):
    version = practice.live
    rows = list(version.country_rows.all())
    carried_out = [row.country for row in rows if row.role != CountryRole.PARTNER]
    partners = [row.country_id for row in rows if row.role == CountryRole.PARTNER]
    adoptions = list(practice.adoptions.all())
    translations = list(practice.translations.all())
    targets = [row.target for row in version.target_rows.all()]
    results = list(version.results.all())
    level, reasons = assess_version(version, adoptions, lead_country=practice.country_id)
    languages = [version.language, *sorted({row.language for row in translations} - {version.language})]
    areas = [row.area_id for row in version.area_rows.all()]
    topics = [_current(row.topic).slug for row in version.topic_rows.all()]
    document = {
        "reference": practice.reference,
        "slug": practice.slug,
        "version": version.number,
        "language": version.language,
        "languages": languages,
        "title": {version.language: version.title} | {row.language: row.title for row in translations},
        "summary": {version.language: version.summary}
        | {row.language: row.summary for row in translations if row.summary},
        "country": practice.country_id,
        "countries": [country.pk for country in carried_out],
        "partner_countries": partners,
        "areas": areas,
        "topics": topics,
        "targets": [target.code for target in targets],
        "kind": version.kind,
        "scale": version.scale,
        "setting": version.setting,
        "start_year": version.start_year,
        "end_year": version.end_year,
        "evidence": level,
        "evidence_reasons": reasons,
        "label": practice.label,
        "provenance": practice.provenance,
        "is_verified": practice.is_verified and not practice.unverified_parts,
        "adoptions_count": len({row.country_id for row in adoptions}),
        "licence": version.licence,
        "results": [
            {
                "name": result.name,
                "unit": result.unit,
                "baseline": _number(result.baseline),
                "baseline_year": result.baseline_year,
                "latest": _number(result.latest),
                "latest_year": result.latest_year,
                "source": result.source,
                "is_verified": result.is_verified,
            }
            for result in results
        ],
        "published_at": practice.published_at.isoformat(),
        "updated_at": practice.updated_at.isoformat(),
    }
    return PracticeIndex(
        practice=practice,
        published_at=practice.published_at,
        title_key=sort_key(version.title),
        country=practice.country_id,
        countries=document["countries"],
        partner_countries=partners,
        regions=sorted({country.unicef_region for country in carried_out if country.unicef_region}),
        areas=areas,
        topics=topics,
        goals=sorted({target.goal_id for target in targets}),
        targets=document["targets"],
        languages=languages,
        evidence=level,
        scale=version.scale,
        kind=version.kind,
        start_year=version.start_year,
        end_year=version.end_year,
        adoptions_count=document["adoptions_count"],
        adoption_countries=sorted({row.country_id for row in adoptions}),
        document=document,
    )


def _current(topic):
    return topic.merged_into or topic


def _number(value):
    """A whole number as int, so that 70 is not shown as 70.0."""
    return int(value) if value is not None and value.is_integer() else value


def _text_rows(practice):
    """One row of words per language: the version's own language and each translation."""
    version = practice.live
    yield _own_words(practice, version)
    for row in practice.translations.all():
        if row.language != version.language:
            sections = dict(row.sections)
            results = sections.pop("results", "")
            rest = "\n".join(text for text in sections.values() if isinstance(text, str))
            yield practice.pk, row.language, row.title, row.summary, results, rest, _names(version, row.language)


def _own_words(practice, version):
    results = [version.results_narrative]
    results += [" ".join([row.name, row.unit]) for row in version.results.all()]
    rest = [
        version.challenge,
        version.objectives,
        " ".join(version.beneficiary_groups),
        version.approach,
        version.setting,
        version.places,
        version.enabling_conditions,
        version.constraints,
        version.what_did_not_work,
        version.equity,
        version.sustainability,
        version.replication_keep,
        version.replication_change,
        version.replication_preconditions,
        version.replication_support,
        version.learnt_from,
        version.shared_with,
        version.funding,
        *(row.text for row in version.lessons.all()),
        *(f"{row.title} {row.text}" for row in version.building_blocks.all()),
        *(row.organisation.name for row in version.institution_rows.all()),
        *(f"{row.organisation.name} {row.role}" for row in version.partner_roles.all()),
        *(f"{row.country.name} {row.note} {row.result}" for row in practice.adoptions.all()),
    ]
    return (
        practice.pk,
        version.language,
        version.title,
        version.summary,
        "\n".join(filter(None, results)),
        "\n".join(filter(None, rest)),
        _names(version, version.language),
    )


def _names(version, language):
    """Names of countries, areas, topics and targets in ``language``, so that they are found in it."""
    with translation.override(language):
        names = [in_language(row.country.names) for row in version.country_rows.all()]
        names += [row.area.name for row in version.area_rows.all()]
        names += [_current(row.topic).name for row in version.topic_rows.all()]
        names += [row.target.text for row in version.target_rows.all()]
    return ", ".join(filter(None, names))


def _insert_texts(rows):
    if not rows:
        return
    known = set(Language.values)
    columns = list(zip(*(row for row in rows if row[1] in known), strict=True))
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_TEXTS, [list(column) for column in columns])
