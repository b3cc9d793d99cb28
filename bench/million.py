"""A million practices beside 100,000: what grows with their number, and how much.

They are copies of one practice, made in SQL, as uneven in country, area, topic and year as in life: enough for all that
does not look for words. Nothing that is asked is kept from before.
"""

import itertools
from statistics import median

from django.core.cache import caches
from django.test import override_settings

from bench.filling import grow
from bench.measuring import Duration, Figure, side_by_side_taken
from bench.scale import API, AREAS, COUNTRIES, PAGE, Asker
from practices.models import PracticeIndex

FEW, MANY = 100_000, 1_000_000
ROUNDS = 24
LIMIT = 3
FACETS_LIMIT = 0.15  # seconds
_NARROWED = [f"area={area}&country={country}" for area, country in itertools.product(AREAS[:4], COUNTRIES[:6])]
# Each asks its addresses in turn.
WORKS = {
    "W1 list, 20 rows": [API],
    "W2 area and country with count": [f"{API}?{one}" for one in _NARROWED],
    "W4u page with facets": [PAGE],
    "W4f facets, area and country": [f"{PAGE}?{one}" for one in _NARROWED],
    "W5 one practice": [f"{PAGE}number-{number}/" for number in range(1, ROUNDS + 3)],
}
FILTERED_FACETS = [f"{API}?facets=1&{one}" for one in _NARROWED]


def figures():
    """[Figure or Duration] of WORKS over MANY beside FEW, and of the filtered facets over MANY."""
    with override_settings(ANSWERS_KEPT_SECONDS=600):
        grow(1, FEW)
        few = {what: _taken(addresses) for what, addresses in WORKS.items()}
        grow(FEW + 1, MANY)
        assert PracticeIndex.objects.count() >= MANY
        for what, addresses in WORKS.items():
            # The pages and lists that the two compare are 20 rows of the same kind.
            yield Figure(f"{what}: {MANY:,} beside {FEW:,}", _taken(addresses), few[what], LIMIT)
        yield Duration(f"Filtered facets over {MANY:,}", _taken(FILTERED_FACETS), FACETS_LIMIT)


def _taken(addresses):
    """The median of the seconds that one of ``addresses`` takes, asked in turn, when no answer is kept."""
    turns = itertools.cycle(addresses)

    def ask():
        address = next(turns)
        response = Asker().get(address)
        assert response.status_code == 200, f"{address} answers {response.status_code}."
        return caches["answers"].clear

    return median(side_by_side_taken(ask, lambda: None, rounds=ROUNDS)[0])
