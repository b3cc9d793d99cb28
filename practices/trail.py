"""Where a practice began and which countries took it over, as a list and as arcs on a time line."""

from dataclasses import dataclass

# The drawing: viewBox 0 0 720 190, the time line at this height, the origin at its start.
LINE_Y, ORIGIN_X, LAST_X = 52, 30, 680
# More countries than this, or longer names, would run into each other: then their codes stand there.
NAMES_SIDE_BY_SIDE, NAME_LENGTH = 4, 14
MOST_ARCS = 9


@dataclass(frozen=True)
class Stop:
    """One country on the time line: ``x``, its label, the year and the path from the origin."""

    x: int
    label: str
    year: int
    path: str


def origin(edition):
    """The first step of the list: {name, url, year, text}."""
    country = edition.practice.country
    return {"name": country.name, "url": country.get_absolute_url(), "year": edition.version.start_year, "text": ""}


def steps(edition):
    """The adoptions in the order of their years, those without a year last: what partials/trail.html shows."""
    language = edition.version.language
    return [
        {
            "name": row.country.name,
            "url": row.country.get_absolute_url(),
            "year": row.year,
            "text": row.note,
            "kept": row.kept,
            "changed": row.changed,
            "result": row.result,
            "source": row.source,
            "language": language if language != edition.language else "",
            "iso3": row.country_id,
        }
        for row in edition.practice.adoptions.all()
    ]


def stops(adoptions):
    """The arcs: a Stop per dated step of ``adoptions`` (as ``steps`` gives them), evenly spaced in their order.

    Empty when fewer than two are dated (a list says it better) or there are too many to draw.
    """
    dated = [step for step in adoptions if step["year"]]
    if not 2 <= len(dated) <= MOST_ARCS:
        return []
    gap = (LAST_X - ORIGIN_X) / len(dated)
    with_names = len(dated) <= NAMES_SIDE_BY_SIDE and all(len(step["name"]) <= NAME_LENGTH for step in dated)
    drawn = []
    for position, step in enumerate(dated, start=1):
        x = round(ORIGIN_X + gap * position)
        depth = LINE_Y + round(40 + 110 * position / len(dated))
        path = f"M{ORIGIN_X} {LINE_Y}C{ORIGIN_X} {depth} {x} {depth} {x} {LINE_Y}"
        drawn.append(Stop(x, step["name"] if with_names else step["iso3"], step["year"], path))
    return drawn
