"""How the figures of months developed: first and latest, and a small line between them."""

import datetime
from dataclasses import dataclass

WIDTH, HEIGHT, MARGIN = 96, 28, 3
LEAST_MONTHS = 2


@dataclass(frozen=True)
class Series:
    """One measure from its first month to its latest (first days of them).

    ``line`` is path data in a viewBox of 96 by 28, on a zero baseline.
    """

    label: str
    first_month: datetime.date
    first: int
    latest_month: datetime.date
    latest: int
    line: str


def development(rows):
    """[Series] of ``rows`` (those of the table of months), one for each measure with at least two months."""
    by_measure = {}
    for row in rows:
        by_measure.setdefault(row["measure"], []).append(row)
    return [_series(months) for months in by_measure.values() if len(months) >= LEAST_MONTHS]


def _series(months):
    values = [row["value"] for row in months]
    return Series(
        label=months[0]["label"],
        first_month=_first_day(months[0]),
        first=values[0],
        latest_month=_first_day(months[-1]),
        latest=values[-1],
        line=_line(values),
    )


def _first_day(row):
    return datetime.date.fromisoformat(f"{row['month']}-01")


def _line(values):
    largest = max(values) or 1
    wide, high = WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN
    points = (
        f"{round(MARGIN + wide * place / (len(values) - 1))} {round(HEIGHT - MARGIN - high * value / largest)}"
        for place, value in enumerate(values)
    )
    return "M" + "L".join(points)
