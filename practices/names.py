"""The names behind codes (countries, areas, topics), loaded once per public serial and process, shared by all lists."""

from dataclasses import dataclass
from functools import lru_cache

from countries.models import Country
from countries.names import by_name
from practices.models import ChallengeArea, SdgGoal, SdgTarget, Topic


@dataclass(frozen=True)
class Names:
    """Reference rows by code: countries by ISO3, areas and topics by slug, goals by number, targets by code."""

    countries: dict
    areas: dict
    topics: dict
    goals: dict
    targets: dict

    def countries_by_name(self):
        return by_name(self.countries.values())


@lru_cache(maxsize=2)
def names(serial):
    """The reference rows as of the public ``serial``."""
    return Names(
        countries={row.iso3: row for row in Country.objects.all()},
        areas={row.slug: row for row in ChallengeArea.objects.all()},
        topics={row.slug: row for row in Topic.objects.select_related("merged_into", "area")},
        goals={row.number: row for row in SdgGoal.objects.all()},
        targets={row.code: row for row in SdgTarget.objects.all()},
    )
