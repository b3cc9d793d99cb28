"""Figures as points in time, and the scale on which those of different indicators can be compared."""

import math
from dataclasses import dataclass
from statistics import fmean, pstdev

from countries.enums import Unit
from countries.models import IndicatorValue


@dataclass(frozen=True, order=True)
class Point:
    """The figure of one year, in the unit of its indicator."""

    year: int
    value: float


def latest_points(codes, **narrowed):
    """The latest figures of the indicators ``codes``: {code: {iso3: Point}}, one query.

    ``narrowed``: lookups on the figures, such as ``country__income_group``. Without a figure, no entry.
    """
    points = {code: {} for code in codes}
    rows = IndicatorValue.objects.filter(indicator__in=points, **narrowed).latest_each().points()
    for code, iso3, year, value in rows:
        points[code][iso3] = Point(year, value)
    return points


class Scale:
    """Where a figure stands among all countries, in standard deviations from their mean (a z-score).

    Rates and concentrations lie close together at the bottom and far apart at the top, so their logarithm is
    standardised; shares in percent are taken as they are.
    """

    def __init__(self, indicator, values):
        """``values``: the latest figure of every country that has one."""
        self._is_logarithmic = indicator.unit != Unit.PERCENT
        transformed = [self._transform(value) for value in values]
        self._mean = fmean(transformed) if transformed else 0.0
        self._deviation = pstdev(transformed) if len(transformed) > 1 else 0.0

    @property
    def is_flat(self):
        """Whether all countries have the same figure (or there is at most one), so that nothing can be told apart."""
        return self._deviation == 0

    def position(self, value):
        """``value`` in standard deviations from the mean; 0 on a flat scale."""
        return 0.0 if self.is_flat else (self._transform(value) - self._mean) / self._deviation

    def value_at(self, position):
        """The figure that stands at ``position``: the inverse of ``position()``; never below zero."""
        transformed = self._mean + position * self._deviation
        return max(0.0, math.expm1(transformed) if self._is_logarithmic else transformed)

    def _transform(self, value):
        return math.log1p(value) if self._is_logarithmic else value
