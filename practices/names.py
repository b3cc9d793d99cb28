"""The names behind codes (countries, areas, topics), loaded once per process and shared by all lists."""

from dataclasses import dataclass
from functools import lru_cache

from django.db import connection
from django.utils.translation import get_language

from countries.models import Country
from countries.names import by_name
from practices.models import ChallengeArea, SdgGoal, SdgTarget, Topic

_TABLES = (Country, ChallengeArea, Topic, SdgGoal, SdgTarget)
_DIGEST = "(SELECT string_agg(row::text, '' ORDER BY row.{key}) FROM {table} AS row)"
# What all rows hold, as one short text: most publications leave the names as they were.
_STATE = "SELECT md5(concat({}))".format(
    ", ".join(_DIGEST.format(key=model._meta.pk.column, table=model._meta.db_table) for model in _TABLES)
)


@dataclass(frozen=True, eq=False)
class Names:
    """Reference rows by code: countries by ISO3, areas and topics by slug, goals by number, targets by code.

    One object stands for one ``state`` of all these rows, so it may be part of the key of what is made from it.
    """

    state: str
    countries: dict
    areas: dict
    topics: dict
    goals: dict
    targets: dict

    def countries_by_name(self):
        return by_name(self.countries.values())

    def labels(self, kind):
        """[(code, name in the active language)] of one kind ("countries", "topics" …), countries by name."""
        return _labels(self, kind, get_language())


@lru_cache(maxsize=2)
def names(serial):
    """The reference rows as of the public ``serial``; one small query where they are still the same."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE)
        (state,) = cursor.fetchone()
    return _names(state)


@lru_cache(maxsize=2)
def _names(state):
    return Names(
        state=state,
        countries={row.iso3: row for row in Country.objects.all()},
        areas={row.slug: row for row in ChallengeArea.objects.all()},
        topics={row.slug: row for row in Topic.objects.select_related("merged_into", "area")},
        goals={row.number: row for row in SdgGoal.objects.all()},
        targets={row.code: row for row in SdgTarget.objects.all()},
    )


@lru_cache(maxsize=50)
def _labels(names, kind, language):
    if kind == "countries":
        return [(row.iso3, row.name) for row in names.countries_by_name()]
    return [(code, row.name) for code, row in getattr(names, kind).items()]
