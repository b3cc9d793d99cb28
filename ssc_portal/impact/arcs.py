"""Arcs between capitals on the world map of static/map/world.svg, in whole numbers of its own projection."""

import math
from dataclasses import dataclass

# Equal Earth (Šavrič, Patterson, Jenny 2018) as static/map/world.svg was drawn: 1200 wide, 84° north at the top.
_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796
_M = math.sqrt(3) / 2
WIDTH, HEIGHT = 1200, 521
_SCALE = WIDTH / 5.4144
_NORTH = 84

BEND = 0.18  # how far an arc bows, as a part of its length
HEAD = 9  # length of an arrow's head
STEPS = (1, 2, 4, 8)  # the smallest numbers of exchanges of the four widths of an arc
LETTER, LINE = 8, 16  # about the width and height of a letter in the map's own units
LABELS = 10


def _plane(latitude, longitude):
    angle = math.asin(_M * math.sin(math.radians(latitude)))
    square = angle * angle
    sixth = square**3
    x = math.radians(longitude) * math.cos(angle)
    x /= _M * (_A1 + 3 * _A2 * square + sixth * (7 * _A3 + 9 * _A4 * square))
    return x, angle * (_A1 + _A2 * square + sixth * (_A3 + _A4 * square))


_TOP = _plane(_NORTH, 0)[1]


def position(country):
    """(x, y) of the capital of ``country`` on the map, or None where it has none."""
    if country.capital_latitude is None or country.capital_longitude is None:
        return None
    x, y = _plane(country.capital_latitude, country.capital_longitude)
    return round(WIDTH / 2 + _SCALE * x), round(_SCALE * (_TOP - y))


@dataclass(frozen=True)
class Arc:
    """The drawing of a flow: ``path`` and ``head`` are path data; ``width``: 1 (few exchanges) to 4; ``area``: slug.

    ``url`` and ``words``: where it leads and what it says; a page that links its arcs puts them in.
    """

    flow: object
    path: str
    head: str
    width: int
    area: str
    url: str = ""
    words: str = ""


@dataclass(frozen=True)
class Dot:
    """A country on the map; ``label``: (x, y, anchor) of its name, None where there is no room for it."""

    country: object
    x: int
    y: int
    label: tuple | None = None


def draw(flows, countries):
    """The Arcs of ``flows`` and the Dots of their countries, the largest flows drawn last, above the others.

    ``countries``: {iso3: Country}. A flow of a country without a capital is left out; the table has it.
    """
    places = {iso3: place for iso3 in _ends(flows) if (place := position(countries[iso3]))}
    arcs = [
        _arc(flow, places[flow.provider], places[flow.beneficiary])
        for flow in flows
        if flow.provider in places and flow.beneficiary in places
    ]
    drawn = [iso3 for iso3 in places if any(iso3 in (arc.flow.provider, arc.flow.beneficiary) for arc in arcs)]
    labels = _labels([(iso3, places[iso3], str(countries[iso3].name)) for iso3 in drawn])
    return arcs[::-1], [Dot(countries[iso3], *places[iso3], labels.get(iso3)) for iso3 in drawn]


def _ends(flows):
    """The countries of ``flows``, each once, those of the largest flows first."""
    return dict.fromkeys(iso3 for flow in flows for iso3 in (flow.provider, flow.beneficiary))


def _arc(flow, start, end):
    """An arc that bows to the left of its way, so that two countries that help each other have two arcs."""
    (x1, y1), (x2, y2) = start, end
    cx, cy = (x1 + x2) / 2 + BEND * (y2 - y1), (y1 + y2) / 2 - BEND * (x2 - x1)
    area = flow.areas[0][0] if flow.areas else ""
    width = sum(flow.count >= smallest for smallest in STEPS)
    path = f"M{x1} {y1}Q{round(cx)} {round(cy)} {x2} {y2}"
    return Arc(flow, path, _head(cx, cy, x2, y2), width, area)


def _head(cx, cy, x, y):
    """A triangle that points at (x, y) coming from (cx, cy)."""
    length = math.hypot(x - cx, y - cy) or 1
    dx, dy = (x - cx) / length, (y - cy) / length
    tip_x, tip_y = x - 4 * dx, y - 4 * dy  # beside the dot
    back_x, back_y = tip_x - HEAD * dx, tip_y - HEAD * dy
    half = HEAD / 2
    corners = [(tip_x, tip_y), (back_x - half * dy, back_y + half * dx), (back_x + half * dy, back_y - half * dx)]
    return "M" + "L".join(f"{round(a)} {round(b)}" for a, b in corners) + "z"


def _labels(places):
    """Where names find room beside their dots, for the first LABELS of ``places`` [(iso3, (x, y), name)].

    Returns {iso3: (x, y, anchor)}. A name goes after its dot, before, above or below, wherever it covers neither
    another name nor a dot.
    """
    taken = [(x - 5, y - 5, x + 5, y + 5) for _iso3, (x, y), _name in places]
    found = {}
    for iso3, (x, y), name in places[:LABELS]:
        wide = LETTER * len(name)
        for left, base, anchor in (
            (x + 8, y + 5, "start"),
            (x - 8, y + 5, "end"),
            (x, y - 9, "middle"),
            (x, y + 19, "middle"),
        ):
            begin = {"start": left, "end": left - wide, "middle": left - wide / 2}[anchor]
            box = (begin, base - LINE + 4, begin + wide, base + 4)
            inside = box[0] >= 0 and box[2] <= WIDTH and box[1] >= 0 and box[3] <= HEIGHT
            if inside and not any(_overlap(box, other) for other in taken):
                found[iso3] = (left, base, anchor)
                taken.append(box)
                break
    return found


def _overlap(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
