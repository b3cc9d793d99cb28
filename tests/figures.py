"""Indicators and figures for tests, made by plain functions."""

from countries.models import Indicator, IndicatorValue
from tests.make import make_country


def make_indicator(code="stunting", **facts):
    """An indicator, made once: a share in percent of which less is better, unless ``facts`` say otherwise."""
    name = code.replace("_", " ").capitalize()
    defaults = {
        "names": {language: f"{name} {language}" for language in ("en", "fr", "es", "pt", "ar")} | {"en": name},
        "unit": "percent",
        "units": {"en": "% of children", "fr": "% des enfants"},
        "better": "lower",
        "area": "nutrition",
        "source": "A survey",
        "licence": "CC BY 4.0",
        "position": Indicator.objects.count() + 1,
    } | facts
    return Indicator.objects.get_or_create(code=code, defaults=defaults)[0]


def make_figures(iso3, indicator, points, *, source="A survey"):
    """Figures of the country ``iso3``: ``points`` is {year: value}."""
    country = make_country(iso3)
    return IndicatorValue.objects.bulk_create(
        IndicatorValue(country=country, indicator=indicator, year=year, value=value, source=source)
        for year, value in points.items()
    )
