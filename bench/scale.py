"""The portal over a corpus of many practices, each work as a ratio to the bare work of ``reference`` in the same run.

``SSC_BENCH_CORPUS`` names the file: JSON Lines as ``import_practices`` takes them. Counts are compared before anything
is timed, for a filter that is ignored looks fast. A few works are timed once more over the first tenth, for growth.
"""

import gzip
import itertools
import os
import resource
import time
from pathlib import Path
from statistics import quantiles

import orjson
from django.core.management import call_command
from django.db import connection
from django.test import RequestFactory
from django.test.client import ClientHandler

from bench import reference
from bench.measuring import Figure, side_by_side_taken
from practices.enums import Provenance
from practices.models import Practice, PracticeIndex

CORPUS = os.environ.get("SSC_BENCH_CORPUS", "")
AREAS = ["newborn-health", "nutrition", "wash", "climate", "emergencies", "learning"]
COUNTRIES = ["IND", "BRA", "KEN", "ETH", "NGA", "MEX", "RWA", "VNM"]
WORDS = ["water sanitation", "newborn care", "stunting feeding", "climate adaptation", "teachers literacy",
         "flood warning", "cholera epidemic", "drought seeds", "latrines hygiene", "school meals", "girls dropout",
         "reading assessment", "cyclone shelter", "solar energy", "midwives training", "mangroves carbon"]  # fmt: skip
ROUNDS = 24
P95_LIMIT = 3
PAGE_BYTES = 20_000


class Asker(RequestFactory):
    """Asks the whole portal, as a server does, without keeping what templates were rendered with."""

    handler = ClientHandler(enforce_csrf_checks=False)

    def request(self, **request):
        return self.handler(self._base_environ(**request))


def rows():
    """The rows of the corpus, one by one."""
    with Path(CORPUS).open("rb") as lines:
        for line in lines:
            yield orjson.loads(line)


def figures():
    """[Figure] of import, lists, search, facets and one practice."""
    count = sum(row["status"] == "published" for row in rows())
    bare = reference.load(rows())
    before = Practice.objects.count()
    start = time.perf_counter()
    call_command("import_practices", CORPUS, create_topics=True, verbosity=0)
    ours = time.perf_counter() - start
    assert Practice.objects.count() - before == count
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{count:,} practices imported, {count / ours:,.0f} rows/s, bare {count / bare:,.0f}; {memory} MiB at most")
    yield Figure(f"Import of {count:,}, searchable", ours, bare, 1 / 0.7)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    yield from _works()


def _works():
    turns = {name: itertools.cycle(values) for name, values in {"a": AREAS, "c": COUNTRIES, "w": WORDS}.items()}

    def pair(query, bare, *names):
        """Functions that ask the portal and do the bare work, both for the same next values."""
        values = []

        def ours():
            values[:] = [next(turns[name]) for name in names]
            return _get(query.format(*values))

        def theirs():
            reference.answer(bare(*values))

        return ours, theirs

    works = [
        ("W1 list, 20 rows", "/api/v1/practices/", reference.newest, "", 3),
        ("W2 area and country with count", "/api/v1/practices/?area={}&country={}", reference.narrowed, "ac", 3),
        ("W3 two words, ranked", "/api/v1/practices/?q={}", reference.ranked, "w", 1.25),
        ("W4u page with facets", "/practices/", reference.browsed, "", 5),
        ("W4f facets, area and country", "/practices/?area={}&country={}", reference.browsed_narrowed, "ac", 2.5),
        ("W4q facets and words", "/practices/?q={}&ordering=-published_at", reference.browsed_by_words, "w", 3),
    ]
    for what, query, bare, names, limit in works:
        yield _figure(what, *pair(query, bare, *names), limit)
    imported = PracticeIndex.objects.filter(practice__provenance=Provenance.IMPORTED).order_by("-published_at")
    slugs = list(imported.values_list("document__slug", "practice__external_id")[:ROUNDS])
    turn = itertools.cycle(slugs)
    here = []

    def page():
        here[:] = next(turn)
        return _get(f"/practices/{here[0]}/")

    def bare_page():
        reference.answer(reference.one(here[1]))

    yield _figure("W5 one practice", page, bare_page, 8)


def _figure(what, ours, bare, limit):
    response = ours()
    size = len(gzip.compress(response.content, 6))

    def portal():
        ours()

    taken = side_by_side_taken(portal, bare, rounds=ROUNDS)
    figure = Figure(what, *(sorted(some)[len(some) // 2] for some in taken), limit)
    p95 = quantiles(taken[0], n=20)[-1]
    notes = [f"{size / 1000:.1f} kB", f"p95 {p95 / figure.portal:.1f}x its median"]
    print(f"  {what}: {', '.join(notes)}")
    return figure


def _get(address):
    response = Asker().get(address)
    assert response.status_code == 200, f"{address} answers {response.status_code}."
    return response
