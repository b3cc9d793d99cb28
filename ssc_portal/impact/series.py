"""How the figures of months developed: first and latest, and a small line between them."""

from dataclasses import dataclass

WIDTH, HEIGHT, MARGIN = 96, 28, 3
LEAST_MONTHS = 2


@dataclass(frozen=True)
class Series:
    """One measure over months (2026-10): ``line`` is path data in a viewBox of 96 by 28, on a zero baseline."""

    label: str
    first_month: str
    first: int
    latest_month: str
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
        first_month=months[0]["month"],
        first=values[0],
        latest_month=months[-1]["month"],
        latest=values[-1],
        line=_line(values),
    )


def _line(values):
    largest = max(values) or 1
    wide, high = WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN
    points = (
        f"{round(MARGIN + wide * place / (len(values) - 1))} {round(HEIGHT - MARGIN - high * value / largest)}"
        for place, value in enumerate(values)
    )
    return "M" + "L".join(points)
