"""How well a practice fits a country: how like it are the countries that carry the practice out, and why."""

from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import get_language

from countries.models import Country
from countries.similarity import Similar, similar_countries
from practices.enums import CountryRole

SHOWN = 3


@dataclass(frozen=True)
class Fit:
    """``rows``: the countries that carry the practice out and are most like ``country``, the best first.

    ``is_home``: whether ``country`` carries it out itself.
    """

    country: Country
    rows: list[Similar]
    is_home: bool


def fit(edition, country):
    """The Fit of the practice of ``edition`` for ``country``, by the indicators of its primary area."""
    carried_out = {row.country_id for row in edition.version.country_rows.all() if row.role != CountryRole.PARTNER}
    carried_out |= {adoption.country_id for adoption in edition.practice.adoptions.all()}
    area = edition.primary_area.slug if edition.primary_area else None
    rows = similar_countries(country, area=area, among=carried_out - {country.pk}) if carried_out - {country.pk} else []
    return Fit(country, rows[:SHOWN], country.pk in carried_out)


def asked(request, names):
    """The country that a reader asks for, or whose officer reads; None otherwise."""
    if code := request.GET.get("fit", ""):
        return names.countries.get(code.upper())
    if request.user.is_authenticated and request.user.is_officer:
        return request.user.countries().order_by("iso3").first()
    return None


def choices(names):
    """The countries that a reader may choose: ((ISO3, name), …) of the global South, by name."""
    return _choices(names, get_language())


@lru_cache(maxsize=10)
def _choices(names, language):
    return tuple(pair for pair in names.labels("countries") if names.countries[pair[0]].is_global_south)
