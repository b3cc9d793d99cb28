"""A million practices beside their first 100,000: what grows with their number, and how much.

``SSC_BENCH_MILLION`` names the file, as ``SSC_BENCH_CORPUS`` does for 100,000. It is imported as a portal would import
it: the first rows, then all others in one go. Nothing that is asked is kept from before.
"""

import itertools
import os
import resource
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from django.core.cache import caches
from django.test import override_settings

from bench.measuring import Duration, Figure, side_by_side_taken
from bench.scale import API, AREAS, COUNTRIES, PAGE, WORDS, get, import_file, keep_related, newest, split
from practices.models import PracticeIndex

CORPUS = os.environ.get("SSC_BENCH_MILLION", "")
FEW = 100_000
ROUNDS = 24
LIST_GROWTH, PAGE_GROWTH = 3, 5
IMPORT_LIMIT = 1.1  # seconds per row beside those of the first: linear
FACETS_LIMIT = 0.15  # seconds
_NARROWED = [f"area={area}&country={country}" for area, country in itertools.product(AREAS[:4], COUNTRIES[:6])]
_WORDS = [f"q={words}" for words in WORDS]
FILTERED_FACETS = [f"{API}?facets=1&{one}" for one in _NARROWED]


@dataclass(frozen=True)
class Stand:
    """What was measured over so many practices: seconds per imported row, and of each work, medians."""

    count: int
    row: float
    works: dict


def figures():
    """[Figure or Duration] of the import and of all works over the whole file beside its first rows."""
    with tempfile.TemporaryDirectory() as folder, override_settings(ANSWERS_KEPT_SECONDS=600):
        first, rest = split(Path(CORPUS), FEW, Path(folder))
        few = _stand(first)
        many = _stand(rest)
        yield Figure(f"Import of a row: {many.count:,} beside {few.count:,}", many.row, few.row, IMPORT_LIMIT)
        for what, seconds in many.works.items():
            # What is found by words grows with the number of practices that hold them.
            limit = many.count / few.count if "words" in what else PAGE_GROWTH if "facets" in what else LIST_GROWTH
            yield Figure(f"{what}: {many.count:,} beside {few.count:,}", seconds, few.works[what], limit)
        yield Duration(f"Filtered facets over {many.count:,}", _taken(FILTERED_FACETS), FACETS_LIMIT)


def _stand(path):
    """Import ``path``, then measure everything that is in the portal."""
    before = PracticeIndex.objects.count()
    taken = import_file(path)
    count = PracticeIndex.objects.count()
    keep_related()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{count - before:,} practices imported, {(count - before) / taken:,.0f} rows/s; {memory} MiB at most",
        flush=True,
    )
    works = {
        "W1 list, 20 rows": [API],
        "W2 area and country with count": [f"{API}?{one}" for one in _NARROWED],
        "W3 two words, ranked": [f"{API}?{one}" for one in _WORDS],
        "W4u page with facets": [PAGE],
        "W4f facets, area and country": [f"{PAGE}?{one}" for one in _NARROWED],
        "W4q facets and words": [f"{PAGE}?{one}&ordering=-published_at" for one in _WORDS],
        "W5 one practice": [
            f"{PAGE}{slug}/" for slug in newest().values_list("document__slug", flat=True)[: ROUNDS + 2]
        ],
    }
    return Stand(count, taken / (count - before), {what: _taken(addresses) for what, addresses in works.items()})


def _taken(addresses):
    """The median of the seconds that one of ``addresses`` takes, asked in turn, when no answer is kept."""
    turns = itertools.cycle(addresses)

    def ask():
        get(next(turns))
        return caches["answers"].clear

    return median(side_by_side_taken(ask, lambda: None, rounds=ROUNDS)[0])
