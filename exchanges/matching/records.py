"""What countries can show for a need: practices, adoptions and exchanges, added up in the database.

One statement per need, joined into one query; only sums come back, one row per country.
"""

from dataclasses import dataclass, field

from django.db import connection

from exchanges.enums import ExchangeStatus
from practices.models import PracticeIndex

# An exchange that was never agreed, or was broken off, is no record.
_NOT_GIVEN = [ExchangeStatus.PROPOSED, ExchangeStatus.DECLINED, ExchangeStatus.CANCELLED]

# Grouped by the whole list of countries, which is quicker than by each of them and as good: few lists have several.
# The best practice has most in common, then the better evidence, then more adoptions: one number that is compared.
_PRACTICES = """
    SELECT {need}, countries, count(*), sum(evidence), sum(adoptions_count),
           ARRAY[{flags}]::boolean[],
           max((({shared})::bigint << 56) + (evidence::bigint << 52) + (least(adoptions_count, 1023)::bigint << 42)
               + practice_id)
    FROM practices_practiceindex
    WHERE (areas && %s::varchar[] OR topics && %s::varchar[]) {only}
    GROUP BY countries
"""
_ID_BITS = (1 << 42) - 1
_EXCHANGES = """
    SELECT {need}, given.country_id, count(*), count(*) FILTER (WHERE subjects IS NOT NULL),
           ARRAY[{flags}]::boolean[], ARRAY[{forms}]::boolean[]
    FROM (SELECT DISTINCT country_id, exchange_id FROM exchanges_party
          WHERE role = 'provider' AND country_id IS NOT NULL {only}) AS given
    JOIN exchanges_exchange AS exchange ON exchange.id = given.exchange_id AND exchange.status <> ALL(%s)
    LEFT JOIN (
        SELECT exchange_id, array_agg(subject) AS subjects
        FROM (SELECT exchange_id, challengearea_id AS subject FROM exchanges_exchange_challenge_areas
              WHERE challengearea_id = ANY(%s)
              UNION ALL
              SELECT exchange_id, topic_id FROM exchanges_exchange_topics WHERE topic_id = ANY(%s)) AS named
        {narrow}
        GROUP BY exchange_id
    ) AS touched USING (exchange_id)
    GROUP BY given.country_id
"""


@dataclass
class Record:
    """What one country can show for one need.

    ``documented`` and ``given``: the slugs of asked areas and topics that its live practices and its exchanges are
    about; ``forms``: the asked forms of assistance that it has given; ``has_documented`` and ``has_adopted`` are about
    the practice that is wanted. ``here`` counts exchanges on what is asked, among all that it has given.
    """

    practices_count: int = 0
    evidence_sum: int = 0
    adoptions_count: int = 0
    documented: frozenset = frozenset()
    best_practice_id: int | None = None
    given_count: int = 0
    here_count: int = 0
    given: frozenset = frozenset()
    forms: frozenset = frozenset()
    has_documented: bool = False
    has_adopted: bool = False

    @property
    def subjects(self):
        return self.documented | self.given


@dataclass
class Records:
    """{(id of the need, ISO3): Record}; a country without anything to show has an empty one."""

    rows: dict = field(default_factory=dict)

    def of(self, ask, iso3):
        return self.rows.get((ask.need_id, iso3)) or Record()

    def countries(self, ask):
        """Countries that can show something for ``ask``: ISO3 codes."""
        return {iso3 for need_id, iso3 in self.rows if need_id == ask.need_id}

    def _row(self, need_id, iso3):
        return self.rows.setdefault((need_id, iso3), Record())


def records(asks, country=None):
    """The Records of all countries for each of ``asks``, or of ``country`` (ISO3) alone. At most three queries."""
    found = Records()
    if not asks:
        return found
    _add_practices(found, asks, country)
    _add_exchanges(found, asks, country)
    _add_wanted(found, asks, country)
    return found


def _add_practices(found, asks, country):
    by_id, best = {ask.need_id: ask for ask in asks}, {}
    for need_id, places, count, evidence, adoptions, flags, largest in _rows(_practices_of, asks, country):
        for iso3 in places if country is None else [country]:
            row = found._row(need_id, iso3)
            row.practices_count += count
            row.evidence_sum += evidence
            row.adoptions_count += adoptions
            row.documented |= _flagged(by_id[need_id].subjects, flags)
            best[need_id, iso3] = max(best.get((need_id, iso3), 0), largest)
            row.best_practice_id = best[need_id, iso3] & _ID_BITS


def _practices_of(ask, country):
    tests = ["%s = ANY(areas)"] * len(ask.areas) + ["%s = ANY(topics)"] * len(ask.topics)
    sql = _PRACTICES.format(
        need=int(ask.need_id),
        flags=", ".join(f"bool_or({test})" for test in tests),
        shared=" + ".join(f"({test})::int" for test in tests) or "0",
        only="AND countries @> ARRAY[%s]::varchar[]" if country else "",
    )
    return sql, [*ask.subjects, *ask.subjects, list(ask.areas), list(ask.topics), *([country] if country else [])]


def _add_exchanges(found, asks, country):
    by_id = {ask.need_id: ask for ask in asks}
    for need_id, iso3, count, here, flags, forms in _rows(_exchanges_of, asks, country):
        row, ask = found._row(need_id, iso3), by_id[need_id]
        row.given_count, row.here_count = count, here
        row.given, row.forms = _flagged(ask.subjects, flags), _flagged(ask.modalities, forms)


def _exchanges_of(ask, country):
    sql = _EXCHANGES.format(
        need=int(ask.need_id),
        flags=", ".join(["coalesce(bool_or(%s = ANY(subjects)), false)"] * len(ask.subjects)),
        forms=", ".join(["bool_or(%s = ANY(exchange.modalities))"] * len(ask.modalities)),
        only="AND country_id = %s" if country else "",
        narrow="WHERE exchange_id IN (SELECT exchange_id FROM exchanges_party WHERE country_id = %s)"
        if country
        else "",
    )
    only = [country] if country else []
    return sql, [*ask.subjects, *ask.modalities, *only, _NOT_GIVEN, list(ask.areas), list(ask.topics), *only]


def _add_wanted(found, asks, country):
    """Who documented the practice that is wanted, and who took it over; nobody when it is no longer live."""
    wanted = {ask.practice_id for ask in asks} - {None}
    if not wanted:
        return
    rows = PracticeIndex.objects.filter(pk__in=wanted).values_list("pk", "countries", "adoption_countries")
    places = {pk: (documented, adopted) for pk, documented, adopted in rows}
    for ask in asks:
        documented, adopted = places.get(ask.practice_id, ([], []))
        for iso3 in documented:
            if country in {None, iso3}:
                row = found._row(ask.need_id, iso3)
                row.has_documented, row.best_practice_id = True, ask.practice_id
        for iso3 in adopted:
            if country in {None, iso3}:
                found._row(ask.need_id, iso3).has_adopted = True


def _rows(statement, asks, country):
    """The rows of the statements of all ``asks``, in one query."""
    parts = [statement(ask, country) for ask in asks]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(sql for sql, _values in parts), [one for _sql, row in parts for one in row])
        return cursor.fetchall()


def _flagged(names, flags):
    return frozenset(name for name, flag in zip(names, flags, strict=True) if flag)
