"""Timing two things side by side on a machine that others use as well."""

import random
import time
from dataclasses import dataclass
from statistics import median

from django.db import connection

READS = ("SELECT", "WITH")
WRITES = ("UPDATE", "INSERT", "DELETE")


@dataclass(frozen=True)
class Figure:
    """One line of the report: medians in seconds of the portal and of the bare work, and how often that may be."""

    what: str
    portal: float
    bare: float
    limit: float

    @property
    def ratio(self):
        return self.portal / self.bare

    @property
    def is_met(self):
        return self.ratio <= self.limit

    @property
    def cells(self):
        """What stands under the head of the report."""
        return f"{self.portal * 1000:7.2f}ms {self.bare * 1000:7.2f}ms {self.ratio:6.1f}x {self.limit:5.3g}x"


@dataclass(frozen=True)
class Duration:
    """One line of the report: the median in seconds of something of the portal, and how long it may take."""

    what: str
    portal: float
    limit: float

    @property
    def is_met(self):
        return self.portal <= self.limit

    @property
    def cells(self):
        return f"{self.portal * 1000:7.2f}ms {'':9} {'':7} {self.limit * 1000:4.0f}ms"


@dataclass(frozen=True)
class Size:
    """One line of the report: how large something is in kB, and how large it may be."""

    what: str
    portal: float
    limit: float

    @property
    def is_met(self):
        return self.portal <= self.limit

    @property
    def cells(self):
        return f"{self.portal:7.1f}kB {'':9} {'':7} {self.limit:4.0f}kB"


def page_and_its_sql(client, address, *, limit, rounds, check=None, what=None):
    """The Figure of a page against exactly the SQL that it asks for.

    ``check``: function of the response, called before anything is measured: a page that is broken is quick.
    """

    def page():
        response = client.get(address)
        assert response.status_code == 200, f"{address} answers {response.status_code}."
        return response

    response = page()
    if check:
        check(response)
    with Recorder() as recorder:
        page()

    def portal():
        page()

    def bare():
        replay(recorder.reads)

    return Figure(what or address, *side_by_side(portal, bare, rounds=rounds), limit)


def seconds(work, *, rounds):
    """The median of how long ``work`` takes."""
    taken = []
    for number in range(rounds + 2):
        start = time.perf_counter()
        work()
        if number > 1:  # the first two warm up
            taken.append(time.perf_counter() - start)
    return median(taken)


def side_by_side(portal, bare, *, rounds):
    """Medians in seconds of ``portal`` and ``bare``, called in turn; each may return a function that runs untimed."""
    ours, theirs = side_by_side_taken(portal, bare, rounds=rounds)
    return median(ours), median(theirs)


def side_by_side_taken(portal, bare, *, rounds, in_turn=True):
    """As ``side_by_side``, but all seconds of each.

    Not ``in_turn``, which comes first is left to chance in every round: in a fixed order what comes back regularly,
    such as the collection of garbage, may fall upon the same one again and again.
    """
    taken = {portal: [], bare: []}
    for number in range(rounds + 2):
        for work in (portal, bare) if in_turn else random.sample((portal, bare), 2):
            start = time.perf_counter()
            afterwards = work()
            seconds = time.perf_counter() - start
            if afterwards:
                afterwards()
            if number > 1:  # the first two warm up
                taken[work].append(seconds)
    return taken[portal], taken[bare]


class Recorder:
    """Keeps the statements (sql, parameters) that run inside ``with``."""

    def __enter__(self):
        self.statements = []
        self._wrapper = connection.execute_wrapper(self._keep)
        self._wrapper.__enter__()
        return self

    def __exit__(self, *error):
        return self._wrapper.__exit__(*error)

    def _keep(self, execute, sql, params, many, context):
        self.statements.append((sql, params))
        return execute(sql, params, many, context)

    @property
    def writes(self):
        return [(sql, params) for sql, params in self.statements if sql.startswith(WRITES)]

    @property
    def reads(self):
        return [(sql, params) for sql, params in self.statements if sql.lstrip().startswith(READS)]


def replay(statements):
    """Run ``statements`` on a bare cursor and fetch what they answer."""
    with connection.cursor() as wrapped:
        cursor = wrapped.cursor  # below Django's own wrapper
        for sql, params in statements:
            cursor.execute(sql, params)
            if cursor.description:
                cursor.fetchall()
