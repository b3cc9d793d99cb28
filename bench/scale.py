"""The portal over a corpus of many practices, each work as a ratio to the bare work of ``reference`` in the same run.

``SSC_BENCH_CORPUS`` names the file: JSON Lines as ``import_practices`` takes them. Counts are compared before anything
is timed, for a filter that is ignored looks fast. Each work is timed when nobody has asked it since something was
published (no answer is kept), when somebody has, and when the reader has the answer already. A few works are timed
once more over the first tenth, for growth.
"""

import gzip
import itertools
import os
import resource
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import quote_plus

import orjson
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection
from django.test import RequestFactory, override_settings
from django.test.client import ClientHandler

from bench import reference
from bench.measuring import Figure, Size, seconds, side_by_side_taken
from practices.enums import Provenance
from practices.models import Practice, PracticeIndex
from practices.related import keep

CORPUS = os.environ.get("SSC_BENCH_CORPUS", "")
AREAS = ["newborn-health", "nutrition", "wash", "climate", "emergencies", "learning"]
COUNTRIES = ["IND", "BRA", "KEN", "ETH", "NGA", "MEX", "RWA", "VNM"]
WORDS = ["water sanitation", "newborn care", "stunting feeding", "climate adaptation", "teachers literacy",
         "flood warning", "cholera epidemic", "drought seeds", "latrines hygiene", "school meals", "girls dropout",
         "reading assessment", "cyclone shelter", "solar energy", "midwives training", "mangroves carbon"]  # fmt: skip
ROUNDS = 24
P95_LIMIT = 3
PAGE_LIMIT = 20  # kB
UNCHANGED_LIMIT = 0.3
LIST_GROWTH, PAGE_GROWTH = 2, 5  # from the first tenth to all of it
API, PAGE = "/api/v1/practices/", "/practices/"


class Asker(RequestFactory):
    """Asks the whole portal, as a server does, without keeping what templates were rendered with."""

    handler = ClientHandler(enforce_csrf_checks=False)

    def request(self, **request):
        return self.handler(self._base_environ(**request))


class BareAsker(Asker):
    """Asks the bare work in the same way."""

    handler = reference.BareHandler(enforce_csrf_checks=False)


@dataclass(frozen=True)
class Work:
    """One thing that is asked in turns, each as (address, address of the bare work). Limits are ratios, or None.

    ``again``: the limit once the answer is kept; ``growth``: from the first tenth of the corpus to all of it.
    """

    what: str
    turns: list
    limit: float
    again: float
    growth: float | None = None
    is_page: bool = False


def rows():
    """The rows of the corpus, one by one."""
    with Path(CORPUS).open("rb") as lines:
        for line in lines:
            yield orjson.loads(line)


def figures():
    """[Figure or Size] of import, lists, search, facets and one practice."""
    count = sum(row["status"] == "published" for row in rows())
    bare = reference.load(rows())
    before = Practice.objects.count()
    with tempfile.TemporaryDirectory() as folder, override_settings(ANSWERS_KEPT_SECONDS=600):
        with Path(CORPUS).open("rb") as lines:
            many = sum(1 for _line in lines)
        tenth, rest = split(Path(CORPUS), many // 10, Path(folder))
        ours = import_file(tenth)
        keep_related()
        small = {work.what: _made(work) for work in _works() if work.growth}
        ours += import_file(rest)
        keep_related()
        assert Practice.objects.count() - before == count
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"{count:,} practices imported, {count / ours:,.0f} rows/s, bare {count / bare:,.0f}; {memory} MiB at most"
        )
        yield Figure(f"Import of {count:,}, searchable", ours, bare, 1 / 0.7)
        for work in _works():
            _compare_counts(work, others_count=before)
            yield from _timed(work, small.get(work.what))


def split(corpus, count, folder):
    """The first ``count`` rows of the file ``corpus`` and the rest of it, as files in ``folder``."""
    first, rest = folder / "first.jsonl", folder / "rest.jsonl"
    with corpus.open("rb") as lines:
        with first.open("wb") as file:
            file.writelines(itertools.islice(lines, count))
        with rest.open("wb") as file:
            shutil.copyfileobj(lines, file)
    return first, rest


def import_file(path):
    """Import the rows of ``path``. Returns the seconds until all of them could be searched."""
    start = time.perf_counter()
    call_command("import_practices", str(path), create_topics=True, verbosity=0)
    taken = time.perf_counter() - start
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return taken


def keep_related():
    """What the worker does after an import, for the practices whose pages are asked."""
    keep(list(newest().values_list("pk", flat=True)[:ROUNDS]))


def newest():
    imported = PracticeIndex.objects.filter(practice__provenance=Provenance.IMPORTED)
    return imported.order_by("-published_at", "-practice_id")


def _works():
    """[Work]; pages of practices are those published last."""
    narrowed = [
        f"area={AREAS[number % len(AREAS)]}&country={COUNTRIES[number % len(COUNTRIES)]}" for number in range(ROUNDS)
    ]
    words = [quote_plus(WORDS[number % len(WORDS)]) for number in range(ROUNDS)]
    ones = newest().values_list("document__slug", "practice__external_id")[:ROUNDS]

    return [
        Work("W1 list, 20 rows", [(API, "/newest/")] * ROUNDS, 3, 3, LIST_GROWTH),
        Work(
            "W2 area and country with count",
            [(f"{API}?{one}", f"/narrowed/?{one}") for one in narrowed],
            3,
            3,
            LIST_GROWTH,
        ),
        Work("W3 two words, ranked", [(f"{API}?q={one}", f"/ranked/?words={one}") for one in words], 1.25, 1.25),
        Work("W4u page with facets", [(PAGE, "/browsed/")] * ROUNDS, 5, 5, PAGE_GROWTH, is_page=True),
        Work(
            "W4f facets, area and country",
            [(f"{PAGE}?{one}", f"/browsed_narrowed/?{one}") for one in narrowed],
            2.5,
            2.5,
            PAGE_GROWTH,
            is_page=True,
        ),
        Work(
            "W4q facets and words",
            [(f"{PAGE}?q={one}&ordering=-published_at", f"/browsed_by_words/?words={one}") for one in words],
            3,
            3,
            PAGE_GROWTH,
            is_page=True,
        ),
        Work(
            "W5 one practice",
            [(f"{PAGE}{slug}/", f"/one/?key={key}") for slug, key in ones],
            8,
            4,
            LIST_GROWTH,
            is_page=True,
        ),
        Work(
            "W5 one practice as data",
            [(f"{API}{slug}/", f"/one/?key={key}") for slug, key in ones],
            4,
            4,
            LIST_GROWTH,
        ),
    ]


def _compare_counts(work, *, others_count):
    """Find out in the API that the portal narrows as the bare work does; ``others_count``: practices that only the
    portal has."""
    for address, bare_address in work.turns:
        path, _mark, query = address.partition("?")
        if path not in {API, PAGE}:
            continue
        ours = orjson.loads(get(f"{API}?{query}").content)["count"]
        theirs = orjson.loads(get(bare_address, BareAsker).content)["count"]
        # Words also find a concept by its other names.
        highest = Practice.objects.count() if "q=" in query else theirs + others_count
        assert min(theirs, 1) <= ours <= highest, f"{address} finds {ours}, the bare work {theirs}."
        assert ours >= theirs or "q=" in query, f"{address} finds {ours}, the bare work {theirs}."


def _timed(work, tenth):
    """[Figure or Size] of one work: asked first, asked again, and by a reader who has the answer.

    ``tenth``: the seconds that it took over a tenth of the corpus, if they were measured.
    """
    made, bare = side_by_side_taken(_portal(work), _bare(work), rounds=ROUNDS)
    yield Figure(f"{work.what}: first", median(made), median(bare), work.limit)
    yield Figure(f"{work.what}: 95 of 100 beside the median", quantiles(made, n=20)[-1], median(made), P95_LIMIT)
    if tenth:
        yield Figure(f"{work.what}: all beside a tenth", median(made), tenth, work.growth)
    for address, _bare_address in work.turns:
        get(address)
    kept, bare = side_by_side_taken(_portal(work, forgets=False), _bare(work), rounds=ROUNDS)
    yield Figure(f"{work.what}: again", median(kept), median(bare), work.again)
    tags = [get(address)["ETag"] for address, _bare_address in work.turns]
    turn = itertools.cycle(zip(work.turns, tags, strict=True))

    def unchanged():
        (address, _bare_address), tag = next(turn)
        assert Asker().get(address, headers={"If-None-Match": tag}).status_code == 304

    yield Figure(f"{work.what}: unchanged", seconds(unchanged, rounds=ROUNDS), median(made), UNCHANGED_LIMIT)
    if work.is_page:
        sizes = [len(gzip.compress(get(address).content, 6)) / 1000 for address, _bare_address in work.turns]
        yield Size(f"{work.what}: largest page, compressed", max(sizes), PAGE_LIMIT)


def _made(work):
    """The median of the seconds that the portal needs where no answer is kept."""
    made, _bare_taken = side_by_side_taken(_portal(work), _bare(work), rounds=ROUNDS)
    return median(made)


def _portal(work, *, forgets=True):
    """A function that asks the next address of ``work``; ``forgets``: then throws away what was kept, untimed."""
    addresses = itertools.cycle([address for address, _bare_address in work.turns])

    def ask():
        get(next(addresses))
        return caches["answers"].clear if forgets else None

    return ask


def _bare(work):
    addresses = itertools.cycle([bare_address for _address, bare_address in work.turns])

    def ask():
        get(next(addresses), BareAsker)

    return ask


def get(address, asker=Asker):
    response = asker().get(address)
    assert response.status_code == 200, f"{address} answers {response.status_code}."
    return response
