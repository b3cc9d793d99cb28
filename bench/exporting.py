"""Exports of everything, as a server streams them, against ``COPY`` of the same practices with all of their text.

Over the corpus of ``scale``, once that has imported it.
"""

import os
import time
from pathlib import Path
from statistics import median

from bench import reference
from bench.measuring import Duration, Figure, Size, side_by_side_taken
from bench.scale import Asker
from practices.models import PracticeIndex

FORMATS = {"csv": "CSV", "jsonl": "JSON Lines"}
ROUNDS = 6
LIMIT = 1 / 0.5
FIRST_BYTE_LIMIT = 0.5  # seconds
GROWTH_LIMIT = 16_000  # kB
MANY = 1_000


def figures():
    """[Figure, Duration, Size] of each format: seconds for so many rows, until the first byte, and memory."""
    practices_count, bare_count = PracticeIndex.objects.count(), reference.copied()

    def bare():
        reference.copied()

    for kind, name in FORMATS.items():
        firsts, growths = [], []

        def portal(kind=kind, firsts=firsts, growths=growths):
            first, growth, lines = _streamed(kind)
            # A text of several lines stands in quotes: there may be more lines than rows.
            assert lines >= practices_count, f"{lines} lines for {practices_count} practices."
            firsts.append(first)
            growths.append(growth)

        ours, theirs = side_by_side_taken(portal, bare, rounds=ROUNDS)
        portal_seconds, bare_seconds = median(ours) / practices_count * MANY, median(theirs) / bare_count * MANY
        print(f"  {name}: {MANY / portal_seconds:,.0f} rows/s, COPY {MANY / bare_seconds:,.0f}")
        yield Figure(f"W6 {MANY:,} of {practices_count:,} as {name}", portal_seconds, bare_seconds, LIMIT)
        yield Duration(f"W6 first byte of {name}", median(firsts), FIRST_BYTE_LIMIT)
        yield Size(f"W6 memory that {name} takes", max(growths[2:]), GROWTH_LIMIT)


def _streamed(kind):
    """(seconds until the first byte, kB by which the process grew meanwhile, lines) of an export."""
    before, start = _memory(), time.perf_counter()
    response = Asker().get(f"/api/v1/practices/?format={kind}")
    assert response.status_code == 200, f"The export answers {response.status_code}."
    first, growth, lines = None, 0, 0
    for number, part in enumerate(response.streaming_content):
        first = first or time.perf_counter() - start
        lines += part.count(b"\n")
        if not number % 10:
            growth = max(growth, _memory() - before)
    response.close()
    return first, growth, lines


def _memory():
    """What the process holds now, in kB (on Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1000
