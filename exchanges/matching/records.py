"""What countries can show for a need: practices, adoptions and exchanges, added up in the database.

One statement per need, joined into one query; only sums come back, one row per country.
"""

from dataclasses import dataclass, field

from django.db import connection

from exchanges.enums import ExchangeStatus
from practices.models import PracticeIndex

# An exchange that was never agreed, or was broken off, is no record.
_NOT_GIVEN = [ExchangeStatus.PROPOSED, ExchangeStatus.DECLINED, ExchangeStatus.CANCELLED]

# Which of the asked subjects a row is about is one number with a bit for each. Grouped by it and by the whole list of
# countries first, which is quicker than by each of them: there are fewer lists than practices. The best practice has
# most in common, then the better evidence, then more adoptions: one number that is compared, its last bits the id.
_PRACTICES = """
    SELECT {need}, iso3, sum(count)::bigint, sum(evidence)::bigint, sum(adoptions)::bigint, bit_or(about),
           max((bit_count(about::bit(64)) << 56) + best)
    FROM (
        SELECT countries, {about} AS about, count(*), sum(evidence) AS evidence, sum(adoptions_count) AS adoptions,
               max((evidence::bigint << 52) + (least(adoptions_count, 1023)::bigint << 42) + practice_id) AS best
        FROM practices_practiceindex
        WHERE (areas && %s::varchar[] OR topics && %s::varchar[]) {among}
        GROUP BY 1, 2
    ) AS listed, unnest(countries) AS iso3
    {only}
    GROUP BY iso3
"""
_ID_BITS = (1 << 42) - 1
_EXCHANGES = """
    SELECT {need}, given.country_id, count(*), count(about), coalesce(bit_or(about), 0), bit_or({forms})
    FROM (SELECT DISTINCT country_id, exchange_id FROM exchanges_party
          WHERE role = 'provider' AND country_id IS NOT NULL {only}) AS given
    JOIN exchanges_exchange AS exchange ON exchange.id = given.exchange_id AND exchange.status <> ALL(%s)
    LEFT JOIN (
        SELECT exchange_id, bit_or(1::bigint << array_position(%s::varchar[], subject) - 1) AS about
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
    by_id = {ask.need_id: ask for ask in asks}
    for need_id, iso3, count, evidence, adoptions, about, best in _rows(_practices_of, asks, country):
        row = found._row(need_id, iso3)
        row.practices_count, row.evidence_sum, row.adoptions_count = count, evidence, adoptions
        row.documented, row.best_practice_id = _of_bits(about, by_id[need_id].subjects), best & _ID_BITS


def _practices_of(ask, country):
    tests = ["%s = ANY(areas)"] * len(ask.areas) + ["%s = ANY(topics)"] * len(ask.topics)
    sql = _PRACTICES.format(
        need=int(ask.need_id),
        about=_as_bits(tests),
        among="AND countries @> ARRAY[%s]::varchar[]" if country else "",
        only="WHERE iso3 = %s" if country else "",
    )
    only = [country] if country else []
    return sql, [*ask.subjects, list(ask.areas), list(ask.topics), *only, *only]


def _add_exchanges(found, asks, country):
    by_id = {ask.need_id: ask for ask in asks}
    for need_id, iso3, count, here_count, about, forms in _rows(_exchanges_of, asks, country):
        row, ask = found._row(need_id, iso3), by_id[need_id]
        row.given_count, row.here_count = count, here_count
        row.given, row.forms = _of_bits(about, ask.subjects), _of_bits(forms, ask.modalities)


def _exchanges_of(ask, country):
    sql = _EXCHANGES.format(
        need=int(ask.need_id),
        forms=_as_bits(["%s = ANY(exchange.modalities)"] * len(ask.modalities)),
        only="AND country_id = %s" if country else "",
        narrow="WHERE exchange_id IN (SELECT exchange_id FROM exchanges_party WHERE country_id = %s)"
        if country
        else "",
    )
    only = [country] if country else []
    subjects = [list(ask.subjects), list(ask.areas), list(ask.topics)]
    return sql, [*ask.modalities, *only, _NOT_GIVEN, *subjects, *only]


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


def _as_bits(tests):
    """SQL for one number whose bits are the answers to ``tests``, the first the lowest."""
    return " | ".join(f"(({test})::int::bigint << {place})" for place, test in enumerate(tests)) or "0::bigint"


def _of_bits(number, names):
    return frozenset(name for place, name in enumerate(names) if number >> place & 1)
