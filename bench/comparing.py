"""How long it takes to find the countries that are most like one, and those that could answer a need."""

from statistics import median

from bench.filling import fill
from bench.measuring import Duration, seconds
from bench.profiles import busiest
from countries.models import Country
from countries.similarity import similar_countries
from exchanges.enums import NeedStatus
from exchanges.matching import rank_providers
from exchanges.models import Need

SIMILARITY_LIMIT = 0.050
MATCHING_LIMIT = 0.150
ROUNDS = 15
NEEDS = 5


def figures():
    """[Duration] of one comparison and of matching one need."""
    fill()
    country = Country.objects.get(pk=busiest())
    others_count = Country.objects.filter(is_global_south=True).exclude(pk=country.pk).count()
    assert len(similar_countries(country)) == others_count
    needs = list(Need.objects.filter(status=NeedStatus.OPEN).order_by("-pk")[:NEEDS])
    assert all(len(rank_providers(need)) == 10 for need in needs)
    compared = seconds(lambda: similar_countries(country), rounds=ROUNDS)
    matched = median(seconds(lambda need=need: rank_providers(_fresh(need)), rounds=ROUNDS) for need in needs)
    return [
        Duration(f"Countries like {country.pk}, of {others_count}", compared, SIMILARITY_LIMIT),
        Duration(f"Who could answer a need, median of {NEEDS} needs", matched, MATCHING_LIMIT),
    ]


def _fresh(need):
    """The need without what was loaded for it before."""
    return Need.objects.get(pk=need.pk)
