"""What the figures of a country say: first and latest, which way they went, and where that leaves it among its peers.

Everything is read from figures as they were published. Where one is missing or old, the words say so.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from countries.enums import Better, IncomeGroup, Trend
from countries.figures import Point, Scale, latest_points
from countries.models import Country, Indicator, IndicatorValue

# Less than one part in a hundred is no change: figures are estimates.
UNCHANGED_WITHIN = 0.01
# A figure is called old once it is so many years behind.
OLD_AFTER_YEARS = 5
# Being better than one or two others says nothing.
FEWEST_PEERS = 3
# In standard deviations: so near is "where you are", and so much further is "better now".
NEAR = 0.15
BETTER_BY = 0.25


@dataclass(frozen=True)
class Comparison:
    """``better_count`` of the ``countries_count`` other countries of the income group have a worse figure."""

    income_group: IncomeGroup
    better_count: int
    countries_count: int

    @property
    def share_percent(self) -> int:
        return round(100 * self.better_count / self.countries_count)

    @property
    def text(self) -> str:
        """A sentence in the active language, with the base."""
        return _better_than(self.income_group, self.share_percent, self.countries_count)


@dataclass(frozen=True)
class Line:
    """One indicator of one country.

    ``points``: its figures, the oldest first, perhaps none. ``source``: of the latest one. ``comparison``: None without
    a figure, an income group or enough peers.
    """

    indicator: Indicator
    points: tuple[Point, ...] = ()
    source: str = ""
    comparison: Comparison | None = None

    @property
    def first(self) -> Point | None:
        return self.points[0] if self.points else None

    @property
    def latest(self) -> Point | None:
        return self.points[-1] if self.points else None

    @property
    def trend(self) -> Trend | None:
        """From the first to the latest figure; None with fewer than two, and where years cannot be compared."""
        if len(self.points) < 2 or not self.indicator.is_comparable_over_time:
            return None
        first, latest = self.first.value, self.latest.value
        if abs(latest - first) <= UNCHANGED_WITHIN * max(abs(first), abs(latest)):
            return Trend.UNCHANGED
        return Trend.IMPROVING if self.indicator.is_better(latest, first) else Trend.WORSENING

    @property
    def trend_text(self) -> str:
        """The trend in a word, or why there is none; "" without a figure."""
        if self.trend:
            return str(self.trend.label)
        if not self.points:
            return ""
        if not self.indicator.is_comparable_over_time:
            return _("Figures jump from year to year, so no trend is read into them.")
        return _("One figure only, so there is no trend.")

    @property
    def is_old(self) -> bool:
        """Whether there is a figure, but none of the last years."""
        return bool(self.points) and self.latest.year < timezone.localdate().year - OLD_AFTER_YEARS

    @property
    def gap_text(self) -> str:
        """What is missing, in words: no figure, or none since a year; "" when nothing is."""
        if not self.points:
            return _("No figure.")
        return _("No figure since %(year)d.") % {"year": self.latest.year} if self.is_old else ""


def indicator_lines(country: Country) -> list[Line]:
    """Every indicator with what is known of ``country``, in the order of the indicators: three queries.

    An indicator without a figure has a line too, so that the gap is seen.
    """
    indicators = list(Indicator.objects.all())
    points, sources = defaultdict(list), {}
    rows = IndicatorValue.objects.filter(country=country).order_by("indicator_id", "year")
    for code, year, value, source in rows.values_list("indicator_id", "year", "value", "source"):
        points[code].append(Point(year, value))
        sources[code] = source
    peers = latest_points(points, income_group=country.income_group) if points and country.income_group else {}
    return [
        Line(
            indicator=indicator,
            points=tuple(points.get(indicator.code, ())),
            source=sources.get(indicator.code, ""),
            comparison=_compared(country, indicator, peers.get(indicator.code, {})),
        )
        for indicator in indicators
    ]


def _compared(country, indicator, peers):
    """The Comparison of ``country`` with the others among ``peers`` ({iso3: Point} of its income group), or None."""
    own = peers.get(country.iso3)
    others = [point.value for iso3, point in peers.items() if iso3 != country.iso3]
    if own is None or len(others) < FEWEST_PEERS:
        return None
    better_count = sum(indicator.is_better(own.value, value) for value in others)
    return Comparison(IncomeGroup(country.income_group), better_count, len(others))


def _better_than(group, share, count):
    # One sentence for each group: languages bend their words in different ways.
    texts = {
        IncomeGroup.LOW: ngettext(
            "Better than %(share)d %% of the %(count)d other low-income country with a figure.",
            "Better than %(share)d %% of the %(count)d other low-income countries with a figure.",
            count,
        ),
        IncomeGroup.LOWER_MIDDLE: ngettext(
            "Better than %(share)d %% of the %(count)d other lower-middle-income country with a figure.",
            "Better than %(share)d %% of the %(count)d other lower-middle-income countries with a figure.",
            count,
        ),
        IncomeGroup.UPPER_MIDDLE: ngettext(
            "Better than %(share)d %% of the %(count)d other upper-middle-income country with a figure.",
            "Better than %(share)d %% of the %(count)d other upper-middle-income countries with a figure.",
            count,
        ),
        IncomeGroup.HIGH: ngettext(
            "Better than %(share)d %% of the %(count)d other high-income country with a figure.",
            "Better than %(share)d %% of the %(count)d other high-income countries with a figure.",
            count,
        ),
    }
    return texts[group] % {"share": share, "count": count}


@dataclass(frozen=True)
class Started:
    """A country that was where another one is (``then``) and has a better figure by now (``latest``)."""

    country: Country
    then: Point
    latest: Point


def started_where_you_are(country: Country, indicator: Indicator) -> list[Started]:
    """Countries of the global South that were once where ``country`` is by its latest figure and are better off now.

    The one with the best figure first. Empty where ``country`` has no figure or years cannot be compared.
    """
    return starters(country, [indicator])[indicator.code]


def starters(country: Country, indicators: Iterable[Indicator]) -> dict[str, list[Started]]:
    """``started_where_you_are`` for each of ``indicators``, by code, in three queries however many there are.

    ``then`` is the earlier figure nearest to that of ``country``, the most recent of equally near ones.
    """
    indicators = list(indicators)
    latest = latest_points([indicator.code for indicator in indicators])
    searches = {}
    for indicator in indicators:
        search = _Search(country, indicator, latest[indicator.code])
        if search.is_possible:
            searches[indicator.code] = search
    found = {indicator.code: [] for indicator in indicators}
    if not searches:
        return found
    candidates = {iso3 for search in searches.values() for iso3 in search.better_now}
    countries = Country.objects.filter(is_global_south=True).in_bulk(candidates)
    near = Q(pk__in=[])
    for search in searches.values():
        near |= search.near
    then = defaultdict(dict)
    rows = IndicatorValue.objects.filter(near, country__in=countries).points()
    for code, iso3, year, value in rows.order_by("year"):
        if searches[code].is_nearer(iso3, Point(year, value), then[code].get(iso3)):
            then[code][iso3] = Point(year, value)
    for code, search in searches.items():
        rows = [Started(countries[iso3], point, search.better_now[iso3]) for iso3, point in then[code].items()]
        sign = 1 if search.indicator.better == Better.LOWER else -1
        found[code] = sorted(rows, key=lambda row, sign=sign: (sign * row.latest.value, row.country.iso3))
    return found


class _Search:
    """What to look for with one indicator: who is better now, and which figures are near."""

    def __init__(self, country, indicator, latest):
        self.indicator = indicator
        self.own = latest.get(country.iso3)
        self.better_now = {}
        if self.own is None or not indicator.is_comparable_over_time:
            return
        scale = Scale(indicator, [point.value for point in latest.values()])
        here = scale.position(self.own.value)
        sign = 1 if indicator.better == Better.HIGHER else -1
        self.better_now = {
            iso3: point
            for iso3, point in latest.items()
            if sign * (scale.position(point.value) - here) >= BETTER_BY and iso3 != country.iso3
        }
        # Whose figures they are is looked at when they are there: hundreds of codes make a statement slow to read.
        self.near = Q(
            indicator=indicator.code,
            value__range=(scale.value_at(here - NEAR), scale.value_at(here + NEAR)),
        )

    @property
    def is_possible(self):
        return bool(self.better_now)

    def is_nearer(self, iso3, point, other):
        """Whether ``point`` is an earlier figure of ``iso3``, at least as near as the older ``other`` (or None)."""
        if iso3 not in self.better_now or point.year >= self.better_now[iso3].year:
            return False
        return other is None or abs(point.value - self.own.value) <= abs(other.value - self.own.value)
