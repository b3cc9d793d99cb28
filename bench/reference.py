"""The bare work that the portal is compared with: hand-written SQL over tables of its own, JSON built by PostgreSQL.

``load`` fills a schema ``reference`` from the corpus file that the portal imports too. Each work is one statement that
answers with one JSON text, behind a bare Django view: this module is its URLconf, ``BareHandler`` asks it without any
middleware.
"""

import time

from django.db import connection
from django.http import HttpResponse
from django.test.client import ClientHandler
from django.test.utils import override_settings
from django.urls import path
from psycopg.types.json import Jsonb

CONFIGURATIONS = {"en": "english", "fr": "french", "es": "spanish", "pt": "portuguese", "ar": "arabic"}
FACETS = {"area": "areas", "country": "ARRAY[country]", "goal": "goals", "evidence": "ARRAY[evidence::text]"}
FACETS |= {"year": "ARRAY[start_year::text]"}
PAGE = 20
# What a row of a list gives.
_ROW = """json_build_object('reference', p.key, 'title', p.title, 'summary', p.summary, 'language', p.language,
    'country', p.country, 'areas', p.areas, 'targets', p.targets, 'topics', p.topics, 'evidence', p.evidence,
    'scale', p.scale, 'start_year', p.start_year, 'reach', p.reach, 'published_at', p.published_at)"""

_TABLES = """
    DROP SCHEMA IF EXISTS reference CASCADE;
    CREATE SCHEMA reference;
    CREATE TABLE reference.practice (
        id int, key text, title text, summary text, sections jsonb, language text, configuration regconfig,
        country text, partners text[], areas text[], targets text[], topics text[], evidence smallint, scale text,
        start_year smallint, end_year smallint, reach bigint, cost bigint, status text, published_at timestamptz,
        updated_at timestamptz, contact jsonb, sources jsonb, words tsvector
    );
"""
_COLUMNS = """id, key, title, summary, sections, language, configuration, country, partners, areas, targets, topics,
    evidence, scale, start_year, end_year, reach, cost, status, published_at, updated_at, contact, sources"""
# Searchable: that is what an import is compared with.
_SEARCHABLE = """
    UPDATE reference.practice SET words = setweight(to_tsvector(configuration, title), 'A')
        || setweight(to_tsvector(configuration, summary), 'B')
        || setweight(to_tsvector(configuration, concat_ws(' ', sections ->> 'challenge', sections ->> 'approach',
                                                          sections ->> 'results', sections ->> 'lessons')), 'C');
    ALTER TABLE reference.practice ADD PRIMARY KEY (id);
    CREATE UNIQUE INDEX ON reference.practice (key);
    CREATE INDEX ON reference.practice USING gin (words) WITH (fastupdate = off);
    CREATE INDEX ON reference.practice (published_at DESC, id DESC) WHERE status = 'published';
    CREATE INDEX ON reference.practice (country, published_at DESC) WHERE status = 'published';
"""
# A narrow table to search in, and a bit string per value to count with.
_DERIVED = """
    CREATE TABLE reference.narrow WITH (toast_tuple_target = 128) AS
    SELECT id, published_at, country, areas, evidence, start_year,
           ARRAY(SELECT DISTINCT split_part(one, '.', 1) FROM unnest(targets) AS one) AS goals, words,
           setweight(to_tsvector(configuration, title), 'A')
           || setweight(to_tsvector(configuration, left(summary, 200)), 'B') AS short
    FROM reference.practice WHERE status = 'published' ORDER BY id;
    ALTER TABLE reference.narrow ALTER words SET STORAGE EXTERNAL, ALTER short SET STORAGE EXTERNAL,
        ADD PRIMARY KEY (id);
    CREATE INDEX ON reference.narrow USING gin (words) WITH (fastupdate = off);
    CREATE INDEX ON reference.narrow (country, published_at DESC, id DESC);
    CREATE TABLE reference.bits (facet text, value text, bits bit varying, PRIMARY KEY (facet, value));
    ALTER TABLE reference.bits ALTER bits SET STORAGE EXTERNAL;
"""


def load(rows):
    """Load ``rows`` (dicts of the corpus). Returns the seconds until all of it could be searched."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        start = time.perf_counter()
        with cursor.copy(f"COPY reference.practice ({_COLUMNS}) FROM STDIN") as copy:
            for number, row in enumerate(rows, start=1):
                copy.write_row(_columns(number, row))
        for statement in filter(str.strip, _SEARCHABLE.split(";")):
            cursor.execute(statement)
        seconds = time.perf_counter() - start
        for statement in filter(str.strip, _DERIVED.split(";")):
            cursor.execute(statement)
        for facet, values in FACETS.items():
            _write_bits(cursor, facet, values)
        cursor.execute("VACUUM ANALYZE reference.practice, reference.narrow, reference.bits")
    return seconds


def _columns(number, row):
    return (
        number, row["external_id"], row["title"], row["summary"], Jsonb(row["sections"]), row["language"],
        CONFIGURATIONS[row["language"]], row["country"], row["partner_countries"], row["challenge_areas"],
        row["sdg_targets"], row["tags"], row["evidence_level"], row["scale"], row["start_year"], row["end_year"],
        row["beneficiaries"], row["cost_usd"], row["status"], row["published_at"], row["updated_at"],
        Jsonb(row["contact"]), Jsonb(row["references"]),
    )  # fmt: skip


def _write_bits(cursor, facet, values):
    cursor.execute(f"SELECT id, {values} FROM reference.narrow")
    found, last = {}, 0
    for pk, some in cursor.fetchall():
        last = max(last, pk)
        for value in some:
            found.setdefault(value, []).append(pk)
    with cursor.copy("COPY reference.bits FROM STDIN") as copy:
        for value, ids in found.items():
            digits = bytearray(b"0") * (last + 1)
            for pk in ids:
                digits[pk] = 49
            copy.write_row((facet, value, digits.decode()))


def copied():
    """Take all published practices with all of their text out of the database, newest first. Returns how many."""
    rows = f"SELECT {_COLUMNS} FROM reference.practice WHERE status = 'published' ORDER BY published_at DESC, id DESC"
    with connection.cursor() as cursor, cursor.copy(f"COPY ({rows}) TO STDOUT") as copy:
        return sum(1 for _row in copy)


# The works: each returns (statement, parameters).


def newest():
    """The newest practices and how many there are."""
    return (
        f"""SELECT json_build_object('count', (SELECT bit_count(bit_or(bits)) FROM reference.bits
        WHERE facet = 'evidence'), 'results', (SELECT json_agg({_ROW}) FROM (SELECT * FROM reference.practice
        WHERE status = 'published' ORDER BY published_at DESC, id DESC LIMIT {PAGE}) AS p))::text
        """,
        {},
    )


def narrowed(area, country):
    """The newest of an area and a country, and how many there are."""
    where = "FROM reference.narrow WHERE country = %(country)s AND areas @> ARRAY[%(area)s]"
    return (
        f"""SELECT json_build_object('count', (SELECT count(*) {where}), 'results', (SELECT json_agg({_ROW})
        FROM (SELECT id {where} ORDER BY published_at DESC, id DESC LIMIT {PAGE}) AS n
        JOIN reference.practice AS p USING (id)))::text""",
        {"area": area, "country": country},
    )


def ranked(words):
    """The best answers to words, and how many there are."""
    return (
        f"""WITH h AS MATERIALIZED (SELECT id, ts_rank(short, q) AS rank
            FROM reference.narrow, websearch_to_tsquery('english', %(words)s) AS q WHERE words @@ q)
        SELECT json_build_object('count', (SELECT count(*) FROM h), 'results', (SELECT json_agg({_ROW})
        FROM (SELECT id FROM h ORDER BY rank DESC, id LIMIT {PAGE}) AS n
        JOIN reference.practice AS p USING (id)))::text""",
        {"words": words},
    )


def browsed():
    """The newest practices with all facets."""
    return (
        f"""SELECT json_build_object('count', (SELECT sum(bit_count(bits)) FROM reference.bits
        WHERE facet = 'evidence'), 'facets', (SELECT json_object_agg(facet, counts) FROM (SELECT facet,
            json_object_agg(value, bit_count(bits)) AS counts FROM reference.bits GROUP BY facet) AS f),
        'results', (SELECT json_agg({_ROW}) FROM (SELECT * FROM reference.practice
        WHERE status = 'published' ORDER BY published_at DESC, id DESC LIMIT {PAGE}) AS p))::text""",
        {},
    )


def browsed_narrowed(area, country):
    """The newest of an area and a country, with facets that each ignore their own choice."""
    one = "(SELECT bits FROM reference.bits WHERE facet = '{0}' AND value = %({0})s)"
    where = "FROM reference.narrow WHERE country = %(country)s AND areas @> ARRAY[%(area)s]"
    return (
        f"""WITH c AS MATERIALIZED (SELECT {one.format("area")} AS area, {one.format("country")} AS country),
        n AS (SELECT b.facet, value, bit_count(bits & CASE b.facet WHEN 'area' THEN country WHEN 'country' THEN area
              ELSE area & country END) AS count FROM reference.bits AS b, c)
        SELECT json_build_object('count', (SELECT bit_count(area & country) FROM c),
        'facets', (SELECT json_object_agg(facet, counts) FROM (SELECT facet, json_object_agg(value, count) AS counts
            FROM n WHERE count > 0 GROUP BY facet) AS f),
        'results', (SELECT json_agg({_ROW}) FROM (SELECT id {where} ORDER BY published_at DESC, id DESC LIMIT {PAGE})
            AS n JOIN reference.practice AS p USING (id)))::text""",
        {"area": area, "country": country},
    )


def browsed_by_words(words):
    """The newest that hold words, with all facets, in one pass over them."""
    lists = {"areas": "area", "goals": "goal"}
    facets = [
        f"""'{name}', (SELECT json_object_agg(value, count) FROM (SELECT value, count(*) AS count
            FROM h, unnest({column}) AS value GROUP BY value) AS f)"""
        for column, name in lists.items()
    ]
    facets += [
        f"""'{column}', (SELECT json_object_agg({column}, count) FROM (SELECT {column}, count(*) AS count
            FROM h GROUP BY {column}) AS f)"""
        for column in ("country", "evidence", "start_year")
    ]
    return (
        f"""WITH h AS MATERIALIZED (SELECT id, published_at, country, areas, goals, evidence, start_year
            FROM reference.narrow WHERE words @@ websearch_to_tsquery('english', %(words)s))
        SELECT json_build_object('count', (SELECT count(*) FROM h), {", ".join(facets)}, 'results',
        (SELECT json_agg({_ROW}) FROM (SELECT id FROM h ORDER BY published_at DESC, id DESC LIMIT {PAGE}) AS n
        JOIN reference.practice AS p USING (id)))::text""",
        {"words": words},
    )


def one(key):
    """One practice with all of its text."""
    return (
        """SELECT row_to_json(p)::text FROM (SELECT id, key, title, summary, sections, language, country, partners,
        areas, targets, topics, evidence, scale, start_year, end_year, reach, cost, published_at, updated_at, contact,
        sources FROM reference.practice WHERE key = %(key)s) AS p""",
        {"key": key},
    )


WORKS = {work.__name__: work for work in (newest, narrowed, ranked, browsed, browsed_narrowed, browsed_by_words, one)}


def answer(request, name):
    """The bare view: what the work ``name`` answers to the parameters of the query string."""
    with connection.cursor() as cursor:
        cursor.execute(*WORKS[name](**request.GET.dict()))
        return HttpResponse(cursor.fetchone()[0], content_type="application/json")


urlpatterns = [path("<str:name>/", answer)]


class BareHandler(ClientHandler):
    """Answers from the URLconf of this module, as a Django project would that has nothing else."""

    def load_middleware(self, is_async=False):
        with override_settings(MIDDLEWARE=[]):
            super().load_middleware(is_async)

    def get_response(self, request):
        request.urlconf = __name__
        return super().get_response(request)
