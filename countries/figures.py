"""Figures as points in time, and the scale on which those of different indicators can be compared."""

import math
from statistics import fmean
from typing import NamedTuple

from django.db import connection

from countries.enums import Unit

# One probe of the index for each country and indicator, so it costs the same however many years there are.
_LATEST = """
    SELECT pair.indicator_id, pair.country_id, figure.year, figure.value
    FROM (
        SELECT indicator_id, iso3 AS country_id
        FROM unnest(%(codes)s::varchar[]) AS indicator_id CROSS JOIN countries_country
        WHERE %(income_group)s IN ('', income_group)
    ) AS pair
    CROSS JOIN LATERAL (
        SELECT year, value FROM countries_indicatorvalue AS stored
        WHERE stored.indicator_id = pair.indicator_id AND stored.country_id = pair.country_id
        ORDER BY year DESC LIMIT 1
    ) AS figure
"""


class Point(NamedTuple):
    """The figure of one year, in the unit of its indicator."""

    year: int
    value: float


def latest_points(codes, *, income_group=""):
    """The latest figures of the indicators ``codes``: {code: {iso3: Point}}, one query.

    ``income_group``: of the countries of that group alone. A country without a figure has no entry.
    """
    points = {code: {} for code in codes}
    with connection.cursor() as cursor:
        cursor.execute(_LATEST, {"codes": list(points), "income_group": income_group})
        for code, iso3, year, value in cursor.fetchall():
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
        self._mean = mean = fmean(transformed) if transformed else 0.0
        squares = [(value - mean) ** 2 for value in transformed]
        self._deviation = deviation = math.sqrt(fmean(squares)) if squares else 0.0
        # What ``position`` gives for each of ``values``, in their order.
        self.positions = [(value - mean) / deviation if deviation else 0.0 for value in transformed]

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
