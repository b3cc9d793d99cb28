"""Timing two things side by side on a machine that others use as well."""

import time
from dataclasses import dataclass
from statistics import median

from django.db import connection

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


def side_by_side(portal, bare, *, rounds):
    """Medians in seconds of ``portal`` and ``bare``, called in turn; each may return a function that runs untimed."""
    taken = {portal: [], bare: []}
    for number in range(rounds + 2):
        for work in (portal, bare):
            start = time.perf_counter()
            afterwards = work()
            seconds = time.perf_counter() - start
            if afterwards:
                afterwards()
            if number > 1:  # the first two warm up
                taken[work].append(seconds)
    return median(taken[portal]), median(taken[bare])


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
        return [(sql, params) for sql, params in self.statements if sql.startswith("SELECT")]


def replay(statements):
    """Run ``statements`` on a bare cursor and fetch what they answer."""
    with connection.cursor() as wrapped:
        cursor = wrapped.cursor  # below Django's own wrapper
        for sql, params in statements:
            cursor.execute(sql, params)
            if cursor.description:
                cursor.fetchall()
