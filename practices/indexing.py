"""Build what is derived from live practices: index rows and bit strings that lists read, words that search asks.

Called in the transaction that publishes, retracts or changes a living row, and by ``manage.py reindex``.
"""

import datetime
from collections import Counter
from struct import Struct
from typing import NamedTuple

import orjson
from django.db import connection, transaction
from django.db.models import TextField
from django.db.models.functions import MD5, Cast
from psycopg.sql import SQL, Literal

from countries.names import sort_key
from practices import changes as public_changes
from practices import facets
from practices.content_rows import held, unsaved
from practices.copying import copy_rows
from practices.enums import CountryRole, Language
from practices.evidence import assess_version
from practices.models import Practice, PracticeIndex, PracticeText
from practices.vocabulary import code_of, note_words, words_in
from practices.wording import IN_FRONT, mark_of, plain

# One publisher at a time: every writer of derived rows first takes this advisory lock of its transaction.
PUBLICATION_LOCK = 7_346_105
BATCH = 500
# After more than this many at once, what is related to each is computed from the list of those that lack it.
RELATED_AT_ONCE = 100
_LANGUAGES = set(Language.values)

# Made and written apart: what is made may come from another connection, ahead of the publication. Rows are read and
# written as COPY has them in binary, so that nobody reads a vector in between.
_MAKE_TEXTS = SQL("""
    COPY (
        SELECT number, language, title, summary, sections, heading, short,
               short || codes::tsvector || setweight(to_tsvector(configuration, results), 'C')
               || setweight(to_tsvector(configuration, rest), 'D')
        FROM json_to_recordset({rows}::json)
             AS n (number int, language text, title text, summary text, sections jsonb, codes text, results text,
                   rest text),
             LATERAL (SELECT ('ssc_' || language)::regconfig AS configuration OFFSET 0) AS c,
             LATERAL (SELECT setweight(to_tsvector(configuration, ssc_plain(title)), 'A') AS heading OFFSET 0) AS h,
             LATERAL (SELECT heading || setweight(to_tsvector(configuration, ssc_plain(summary)), 'B') AS short
                      OFFSET 0) AS s
    ) TO STDOUT (FORMAT binary)
""")
_WRITE_TEXTS = """
    COPY practices_practicetext
        (practice_id, ordinal, published_at, language, title, summary, sections, heading, short, vector)
    FROM STDIN (FORMAT binary)
"""
_COPY_BEGINS, _COPY_ENDS = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
# Of a row that was made: how many columns, then how long the first is and its value; these make way for three others.
_MADE = Struct("!hii")
_WRITTEN = Struct("!hiqiiiq")
_FIRST_MOMENT = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
_MICROSECOND = datetime.timedelta(microseconds=1)


class Text(NamedTuple):
    """The words of a practice in one language: those for spelling, and the row without what says whose it is."""

    words: set
    row: bytes


def lock_publication():
    """Wait until no other transaction publishes. Must be called inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PUBLICATION_LOCK])


@transaction.atomic
def rebuild(practice_ids=None, *, at_hand=()):
    """Rebuild the derived rows of the given practices (ids; all when None), note that these changed and raise the
    public serial. Of all practices, those changed whose index document did.

    ``at_hand``: those practices, live, as instances that hold all that ``with_content`` would load, and perhaps their
    texts (``make_texts``); without them the practices are read in batches. Practices that are not live lose their rows.
    Returns how many practices have rows afterwards. Raises nothing.
    """
    lock_publication()
    before = None
    if practice_ids is None:
        practice_ids = list(Practice.objects.order_by("pk").values_list("pk", flat=True))
        before = _digests()
    # What is published for the first time has no rows yet, and nothing names it.
    first = {practice.pk for practice in at_hand if practice.live.number == 1}
    changes, words, written = {}, Counter(), 0
    for start in range(0, len(practice_ids), BATCH):
        batch = practice_ids[start : start + BATCH]
        practices = at_hand[start : start + BATCH] or list(Practice.objects.live().filter(pk__in=batch).with_content())
        written += _rebuild([pk for pk in batch if pk not in first], practices, changes, words)
    facets.write(changes)
    note_words(words)
    public_changes.note(practice_ids if before is None else _differing(before), first=first)
    transaction.on_commit(lambda: _queue_related(practice_ids))
    return written


def _digests():
    """{practice id: digest of its index document}."""
    digest = MD5(Cast("document", TextField()))
    return dict(PracticeIndex.objects.annotate(digest=digest).values_list("pk", "digest"))


def _differing(before):
    """The ids of practices whose document is another one than in ``before`` (``_digests``), or there in one only."""
    return sorted({pk for pk, _digest in before.items() ^ _digests().items()})


def _queue_related(practice_ids):
    from accounts.tasks import nudge
    from practices.tasks import relate

    nudge(relate, practice_ids if len(practice_ids) <= RELATED_AT_ONCE else [])


def _rebuild(practice_ids, practices, changes, words):
    """Rebuild the rows of one batch: those of ``practice_ids`` go, those of ``practices``, which are live, come. Notes
    in ``changes`` and ``words`` what that changes for bit strings and spelling. Returns how many practices are live.
    """
    old = _forget(practice_ids, words) if practice_ids else {}
    ordinals = {pk: row.ordinal for pk, row in old.items()}
    _note(changes, old.values(), place=0)
    fresh = [practice.pk for practice in practices if practice.pk not in ordinals]
    ordinals |= zip(fresh, _free_ordinals(len(fresh), changes), strict=True)
    rows = [_index_row(practice, ordinals[practice.pk]) for practice in practices]
    copy_rows(PracticeIndex, rows)
    _note(changes, rows, place=1)
    make_texts([practice for practice in practices if not hasattr(practice, "made_texts")])
    for practice in practices:
        for text in practice.made_texts:
            words.update(text.words)
    _write_texts(practices, ordinals)
    return len(practices)


def _forget(practice_ids, words):
    """Delete the rows of practices and take their words back in ``words``. Returns their index rows, {id: row}."""
    old = {row.pk: row for row in PracticeIndex.objects.filter(pk__in=practice_ids).defer("document")}
    texts = PracticeText.objects.filter(practice__in=practice_ids)
    for title, summary in texts.values_list("title", "summary"):
        words.subtract(words_in(title, summary))
    texts.delete()
    PracticeIndex.objects.filter(pk__in=practice_ids).delete()
    return old


def make_texts(practices):
    """Let PostgreSQL make the texts of ``practices``, which hold all that ``with_content`` would load, and let each
    hold them as ``made_texts``, a list of Text. That takes most of the time of a publication, and needs no lock.
    """
    rows, owners = [], []
    for practice in practices:
        practice.made_texts = []
        for row in _text_rows(practice):
            rows.append(row | {"number": len(rows)})
            owners.append(practice)
    if not rows:
        return
    statement = _MAKE_TEXTS.format(rows=Literal(orjson.dumps(rows).decode())).as_string()
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for sent in copy:
            made = bytes(sent).removeprefix(_COPY_BEGINS)
            if made in (b"", _COPY_ENDS):
                continue
            _columns, _size, number = _MADE.unpack_from(made)
            words = words_in(rows[number]["title"], rows[number]["summary"])
            owners[number].made_texts.append(Text(words, made[_MADE.size :]))


def _write_texts(practices, ordinals):
    with connection.cursor() as cursor, cursor.copy(_WRITE_TEXTS) as copy:
        copy.write(_COPY_BEGINS)
        for practice in practices:
            moment = (practice.published_at - _FIRST_MOMENT) // _MICROSECOND
            whose = _WRITTEN.pack(10, 8, practice.pk, 4, ordinals[practice.pk], 8, moment)
            copy.write(b"".join([part for text in practice.made_texts for part in (whose, text.row)]))
        copy.write(_COPY_ENDS)


def _free_ordinals(count, changes):
    """``count`` ordinals that neither a row nor an earlier batch of this rebuild has taken."""
    if not count:
        return []
    _cleared, taken = changes.get((facets.ALL, ""), (set(), set()))
    free = [one for one in facets.free_ordinals(count + len(taken)) if one not in taken]
    return free[:count]


def _note(changes, rows, *, place):
    """Note the bits of ``rows`` in ``changes``: as taken back (place 0) or set (1)."""
    for row in rows:
        for key in facets.values_of(row):
            changes.setdefault(key, (set(), set()))[place].add(row.ordinal)


def _index_row(practice, ordinal):
    version = practice.live
    rows = held(version, "country_rows")
    carried_out = [row.country for row in rows if row.role != CountryRole.PARTNER]
    partners = [row.country_id for row in rows if row.role == CountryRole.PARTNER]
    adoptions = held(practice, "adoptions")
    translations = held(practice, "translations")
    targets = [row.target for row in held(version, "target_rows")]
    results = held(version, "results")
    level, reasons = assess_version(version, adoptions, lead_country=practice.country_id)
    languages = [version.language, *sorted({row.language for row in translations} - {version.language})]
    areas = [row.area_id for row in held(version, "area_rows")]
    topics = [_current(row.topic).slug for row in held(version, "topic_rows")]
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
    return unsaved(
        PracticeIndex,
        practice=practice,
        ordinal=ordinal,
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
    """What the words of each language are made of: the version's own language and each translation."""
    version = practice.live
    codes = _codes(version)
    texts = [(version.language, version.title, version.summary, _own_sections(practice, version))]
    texts += [
        (row.language, row.title, row.summary, {key: text for key, text in row.sections.items() if text})
        for row in held(practice, "translations")
        if row.language != version.language
    ]
    for language, title, summary, sections in texts:
        if language not in _LANGUAGES:
            continue
        marked = {key: f"{mark_of(key)}\n{text}\n" for key, text in sections.items()}
        results = "".join(text for key, text in marked.items() if key in IN_FRONT)
        rest = "".join(text for key, text in marked.items() if key not in IN_FRONT)
        rest += " ".join(row.target.code for row in held(version, "target_rows"))
        yield {
            "language": language,
            "title": title,
            "summary": summary,
            "sections": sections,
            "codes": codes,
            "results": plain(results),
            "rest": plain(rest),
        }


def _own_sections(practice, version):
    """{section: its text} of the version in its own language, for the sections that hold something."""
    fields = {
        "results": [
            version.results_narrative,
            *(" ".join([row.name, row.unit]) for row in held(version, "results")),
        ],
        "lessons": [row.text for row in held(version, "lessons")],
        "challenge": [version.challenge, version.objectives],
        "beneficiaries": [" ".join(version.beneficiary_groups)],
        "approach": [version.approach, *(f"{row.title} {row.text}" for row in held(version, "building_blocks"))],
        "setting": [version.setting, version.places],
        "enabling_conditions": [version.enabling_conditions],
        "constraints": [version.constraints, version.what_did_not_work],
        "equity": [version.equity],
        "sustainability": [version.sustainability],
        "replication": [
            version.replication_keep,
            version.replication_change,
            version.replication_preconditions,
            version.replication_support,
        ],
        "south_south": [
            version.learnt_from,
            version.shared_with,
            *(f"{row.country.name} {row.note} {row.result}" for row in held(practice, "adoptions")),
        ],
        "partners": [
            *(row.organisation.name for row in held(version, "institution_rows")),
            *(f"{row.organisation.name} {row.role}" for row in held(version, "partner_roles")),
        ],
        "funding": [version.funding],
    }
    texts = {key: "\n".join(filter(None, texts)) for key, texts in fields.items()}
    return {key: text for key, text in texts.items() if text.strip()}


def _codes(version):
    """The words that stand for countries, areas, topics (weight C) and targets (D) of ``version``, as a tsvector."""
    weighted = [(code_of("country", row.country_id), "C") for row in held(version, "country_rows")]
    weighted += [
        (code_of("region", row.country.unicef_region), "C")
        for row in held(version, "country_rows")
        if row.role != CountryRole.PARTNER and row.country.unicef_region
    ]
    weighted += [(code_of("area", row.area_id), "C") for row in held(version, "area_rows")]
    weighted += [(code_of("topic", _current(row.topic).slug), "C") for row in held(version, "topic_rows")]
    weighted += [(code_of("target", row.target_id), "D") for row in held(version, "target_rows")]
    return " ".join(
        f"'{code}':{place}{weight}" for place, (code, weight) in enumerate(dict.fromkeys(weighted), start=1)
    )
