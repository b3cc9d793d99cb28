"""A portal full of practices, offers, needs, exchanges and figures: one real row of each kind, copied in SQL.

Whoever measures pages of many rows calls ``fill`` once; what is there already is not made again. The same numbers give
the same rows. Countries and areas are as uneven as in life: some have many times as many as others.
"""

import os

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from countries.models import Country, IndicatorValue
from exchanges.enums import UNDER_WAY, ExchangeStatus
from exchanges.models import Exchange, FollowUp, Need, NeedCountry, Offer, Party
from practices import facets
from practices.models import Adoption, ChallengeArea, Practice, PracticeIndex, Topic, Version
from practices.serial import raise_public_serial
from tests.exchanges_make import make_exchange, make_need, make_offer
from tests.make import make_practice

IS_LONG = os.environ.get("SSC_LONG") == "1"
PRACTICES = int(os.environ.get("SSC_BENCH_PRACTICES", 100_000 if IS_LONG else 20_000))
EXCHANGES = int(os.environ.get("SSC_BENCH_EXCHANGES", 20_000))
NEEDS_PER_EXCHANGE = 0.5
OFFERS_PER_EXCHANGE = 0.25
FIGURES = 50_000

# OFFSET 0 keeps what is drawn by lot from being drawn again wherever it is mentioned.
_PRACTICES = """
    CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS
    SELECT n, lead, countries, areas, topics, adopters,
           ARRAY(SELECT DISTINCT %(regions)s::jsonb ->> iso FROM unnest(countries) AS iso
                 WHERE %(regions)s::jsonb ->> iso <> '' ORDER BY 1) AS regions,
           2000 + floor(25 * {year})::int AS start_year,
           now() - {age} * interval '1095 days' AS published_at,
           1 + floor(5 * {evidence})::int AS evidence
    FROM generate_series(1, %(count)s) AS n,
         LATERAL (SELECT {lead} AS lead, {area} AS area, ARRAY[{topic}] AS topics OFFSET 0) AS a,
         LATERAL (SELECT CASE WHEN {is_shared} < 0.15 AND {further} <> lead THEN ARRAY[lead, {further}]
                              ELSE ARRAY[lead] END AS countries,
                         CASE WHEN {is_broad} < 0.25 AND {second} <> area THEN ARRAY[area, {second}]
                              ELSE ARRAY[area] END AS areas,
                         CASE WHEN {is_adopted} < 0.2
                              THEN ARRAY(SELECT DISTINCT iso FROM unnest(ARRAY[{first}, {next}, {third}]) AS iso
                                         WHERE iso <> lead)
                              ELSE '{{}}' END AS adopters OFFSET 0) AS b
"""
_EXCHANGES = """
    CREATE TEMPORARY TABLE exchanged ON COMMIT DROP AS
    SELECT n, provider, areas, topics, way, 2005 + floor(20 * {year})::int AS start_year,
           ARRAY(SELECT DISTINCT iso FROM unnest(ARRAY[{first}, {second}, {third}]) WITH ORDINALITY AS u (iso, place)
                 WHERE iso <> provider AND place <= 1 + floor(3 * {width})) AS beneficiaries
    FROM generate_series(1, %(count)s) AS n,
         LATERAL (SELECT {provider} AS provider, floor(9 * {way})::int AS way, {area} AS area,
                         ARRAY[{topic}] AS topics OFFSET 0) AS a,
         LATERAL (SELECT CASE WHEN {is_broad} < 0.2 AND {other} <> area THEN ARRAY[area, {other}]
                              ELSE ARRAY[area] END AS areas) AS b
"""
# Every country and indicator that has a figure gets one for each year back, made of its latest one.
_FIGURES = """
    INSERT INTO countries_indicatorvalue (country_id, indicator_id, year, value, source, imported_at)
    SELECT country_id, indicator_id, n, value * (1 + (latest - n) * CASE better WHEN 'lower' THEN 0.02 ELSE -0.01 END),
           f.source, imported_at
    FROM (SELECT DISTINCT ON (country_id, indicator_id) *, year AS latest FROM countries_indicatorvalue
          ORDER BY country_id, indicator_id, year DESC) AS f
    JOIN countries_indicator AS i ON i.code = indicator_id, generate_series(1951, latest) AS n
    WHERE NOT EXISTS (SELECT FROM countries_indicatorvalue AS o
                      WHERE (o.country_id, o.indicator_id, o.year) = (f.country_id, f.indicator_id, n))
    ORDER BY n DESC, country_id, indicator_id LIMIT greatest(0, %s)
"""


def fill(practices=PRACTICES, exchanges=EXCHANGES):
    """Make so many practices (a fifth of them adopted), exchanges, half as many needs, a quarter as many offers, all
    public, and figures until there are FIGURES.
    """
    if PracticeIndex.objects.count() >= practices:
        return
    with transaction.atomic():
        _fill_practices(practices)
        facets.rebuild()
        _fill_exchanges(
            exchanges,
            needs_count=int(exchanges * NEEDS_PER_EXCHANGE),
            offers_count=int(exchanges * OFFERS_PER_EXCHANGE),
        )
        _fill_figures()
        raise_public_serial()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as the server itself does some time after many rows have come


class _Chances:
    """SQL for values that depend on ``n`` alone; each mention is another chance."""

    def __init__(self, *, after=0):
        """``after``: how many chances others have taken."""
        self._count = after
        self._south = list(Country.objects.filter(is_global_south=True).order_by("iso3").values_list("iso3", flat=True))
        self._areas = list(ChallengeArea.objects.values_list("slug", flat=True))
        self._topics = list(Topic.objects.filter(merged_into=None).order_by("slug").values_list("slug", flat=True))

    def chance(self):
        """From 0 to below 1."""
        self._count += 1
        return f"(abs(hashint8extended(n, {self._count}) %% 1000000) / 1000000.0)"

    def country(self):
        return self._of(self._south)

    def area(self):
        return self._of(self._areas)

    def topic(self):
        return self._of(self._topics)

    def _of(self, values):
        """One of ``values``, the first ones more often."""
        listed = ", ".join(f"'{value}'" for value in values)
        return f"(ARRAY[{listed}])[1 + floor({len(values)} * power({self.chance()}, 1.6))::int]"


def _fill_practices(count):
    chances = _Chances()
    countries = {name: chances.country() for name in ("lead", "further", "first", "next", "third")}
    areas = {name: chances.area() for name in ("area", "second")}
    numbers = {name: chances.chance() for name in ("year", "age", "evidence", "is_shared", "is_broad", "is_adopted")}
    numbers["topic"] = chances.topic()
    regions = dict(Country.objects.values_list("iso3", "unicef_region"))
    template = make_practice(title="A practice of many", country="PER", adoptions=[{"country": "COL"}])
    adoption, base = template.adoptions.get(), _last_id(Practice)
    version_base = _last_id(Version)
    with connection.cursor() as cursor:
        cursor.execute(
            _PRACTICES.format(**countries, **areas, **numbers),
            {"count": count, "regions": Jsonb(regions)},
        )
    _copy(
        Version, template.live_id, "wanted", id=f"{version_base} + n", practice_id=f"{base} + n", title="'Number ' || n"
    )
    _copy(
        Practice,
        template.pk,
        "wanted",
        id=f"{base} + n",
        reference="'SSC-' || lead || '-1900-' || n",
        reference_year="1900",
        reference_number="n",
        slug="'number-' || n",
        country_id="lead",
        live_id=f"{version_base} + n",
        published_at="w.published_at",
        revalidated_on="w.published_at::date",
    )
    _copy(
        PracticeIndex,
        template.pk,
        "wanted",
        practice_id=f"{base} + n",
        ordinal=f"{template.index.ordinal} + n",
        published_at="w.published_at",
        title_key="'number ' || n",
        country="lead",
        countries="w.countries",
        regions="w.regions",
        areas="w.areas",
        topics="w.topics",
        evidence="w.evidence",
        start_year="w.start_year",
        adoptions_count="cardinality(adopters)",
        adoption_countries="adopters",
        document="""t.document || jsonb_build_object(
            'reference', 'SSC-' || lead || '-1900-' || n, 'slug', 'number-' || n, 'country', lead,
            'countries', w.countries, 'areas', w.areas, 'topics', w.topics, 'evidence', w.evidence,
            'title', jsonb_build_object('en', 'Number ' || n), 'adoptions_count', cardinality(adopters),
            'published_at', w.published_at)""",
    )
    _copy(
        Adoption,
        adoption.pk,
        "(SELECT n, adopter, start_year, row_number() OVER () AS place FROM wanted, unnest(adopters) AS adopter)",
        id=f"{_last_id(Adoption)} + place",
        practice_id=f"{base} + n",
        country_id="adopter",
        year="start_year + 3",
    )


def _fill_exchanges(count, *, needs_count, offers_count):
    chances = _Chances(after=100)
    countries = {name: chances.country() for name in ("provider", "first", "second", "third")}
    areas = {name: chances.area() for name in ("area", "other")}
    numbers = {name: chances.chance() for name in ("year", "way", "width", "is_broad")} | {"topic": chances.topic()}
    with connection.cursor() as cursor:
        cursor.execute(_EXCHANGES.format(**countries, **areas, **numbers), {"count": count})
    need_base = _fill_needs(needs_count)
    _fill_offers(offers_count)
    template, base = make_exchange("proposed"), _last_id(Exchange)
    recorded = "way = 8"
    _copy(
        Exchange,
        template.pk,
        "exchanged",
        id=f"{base} + n",
        code="'EX-1900-' || n",
        code_year="1900",
        code_number="n",
        form_key="NULL",
        status=f"CASE WHEN {recorded} THEN 'recorded' ELSE 'proposed' END",
        need_id=f"CASE WHEN n <= {needs_count} AND way > 2 AND cardinality(beneficiaries) > 0 THEN {need_base} + n END",
        start_year="w.start_year",
        end_year="w.start_year + 2",
        published_at="now() - n * interval '1 minute'",
    )
    parties = """(SELECT n, country, role, row_number() OVER () AS place FROM exchanged,
        LATERAL (SELECT provider AS country, 'provider' AS role UNION ALL
                 SELECT unnest(beneficiaries), 'beneficiary') AS p)"""
    _copy(
        Party,
        template.parties.first().pk,
        parties,
        id=f"{_last_id(Party)} + place",
        exchange_id=f"{base} + n",
        country_id="w.country",
        role="w.role",
    )
    _relate(Exchange, "exchanged", base)
    stages = (*UNDER_WAY, ExchangeStatus.CLOSED, ExchangeStatus.FOLLOWED_UP)
    for place, stage in enumerate(stages, start=1):
        closing = "closed_at = now(), lessons = 'Begin early.'," if stage == ExchangeStatus.CLOSED else ""
        _move(Exchange, base, stage, f"way BETWEEN {place} AND 7", closing)
    closed = Exchange.objects.filter(pk__gt=base, status__in=[ExchangeStatus.CLOSED, ExchangeStatus.FOLLOWED_UP])
    FollowUp.objects.bulk_create(
        FollowUp(exchange_id=pk, days=30, due_on=template.created_at.date(), done_at=template.created_at, outcome=word)
        for pk in closed.values_list("pk", flat=True)
        for word in [("in_use", "practice", "stopped")[pk % 3]]
    )


def _fill_needs(count):
    """Needs that are open, matched or closed, asked by those that benefit, a third for a practice. Returns the id
    before theirs.
    """
    template = make_need("draft", joined=["COL"])
    base, practice, joined = _last_id(Need), _last_id(Practice), template.joined.get()
    wanted = f"(SELECT * FROM exchanged WHERE n <= {count} AND cardinality(beneficiaries) > 0)"
    _copy(
        Need,
        template.pk,
        wanted,
        id=f"{base} + n",
        code="'ND-1900-' || n",
        code_year="1900",
        code_number="n",
        country_id="w.beneficiaries[1]",
        practice_id=f"CASE WHEN mod(n, 3) = 0 THEN {practice} - mod(n, 1000) END",
        form_key="gen_random_uuid()",
        opened_at="now() - n * interval '1 hour'",
    )
    _relate(Need, wanted, base)
    _copy(
        NeedCountry,
        joined.pk,
        f"(SELECT n, beneficiaries[2] AS iso3 FROM {wanted} AS w WHERE cardinality(beneficiaries) > 1)",
        id=f"{joined.pk} + n",
        need_id=f"{base} + n",
        country_id="iso3",
    )
    for place, status in enumerate(("open", "matched", "closed")):
        _move(Need, base, status, f"way >= {2 * place}")
    return base


def _fill_offers(count):
    """Offers of the countries that provide, most of them open."""
    template = make_offer("draft")
    base = _last_id(Offer)
    wanted = f"(SELECT * FROM exchanged WHERE n <= {count})"
    _copy(
        Offer,
        template.pk,
        wanted,
        id=f"{base} + n",
        code="'OF-1900-' || n",
        code_year="1900",
        code_number="n",
        country_id="provider",
        form_key="gen_random_uuid()",
        opened_at="now() - n * interval '1 hour'",
    )
    _relate(Offer, wanted, base)
    _move(Offer, base, "open", "true")
    _move(Offer, base, "closed", "way = 8")


def _fill_figures():
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, [FIGURES - IndicatorValue.objects.count()])


def _move(model, base, status, condition, facts=""):
    """Bring the copies of ``model`` for which ``condition`` holds to ``status``; ``facts``: other columns, as SQL."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {model._meta.db_table} AS t SET {facts} status = %s FROM exchanged AS w "
            f"WHERE t.id = {base} + n AND {condition}",
            [status],
        )


def _relate(model, source, base):
    """Give the copies of ``model`` their areas and topics."""
    name = model._meta.model_name
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO exchanges_{name}_challenge_areas ({name}_id, challengearea_id) "
            f"SELECT {base} + n, unnest(areas) FROM {source} AS w"
        )
        cursor.execute(
            f"INSERT INTO exchanges_{name}_topics ({name}_id, topic_id) "
            f"SELECT {base} + n, unnest(topics) FROM {source} AS w"
        )


def _last_id(model):
    return model.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _copy(model, template, source, **columns):
    """Copy the row ``template`` of ``model`` once for each row of ``source`` (``w``), with other ``columns`` (SQL)."""
    table, key = model._meta.db_table, model._meta.pk.column
    names = [field.column for field in model._meta.concrete_fields if not getattr(field, "generated", False)]
    assert columns.keys() <= set(names), columns.keys() - set(names)
    values = ", ".join(columns.get(name, f"t.{name}") for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {table} AS t, {source} AS w "
            f"WHERE t.{key} = %s",
            [template],
        )
        if key == "id":
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
