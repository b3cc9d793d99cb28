"""Who helped whom: exchanges between a country that provides and one that benefits."""

from dataclasses import dataclass

from django.db.models import Count, F, Q

from exchanges.enums import PartyRole
from exchanges.models import Party


@dataclass(frozen=True)
class Flow:
    """Exchanges from ``provider`` to ``beneficiary`` (ISO3); ``areas``: ((slug, exchanges), …), the most first."""

    provider: str
    beneficiary: str
    count: int
    areas: tuple


def pair_counts(scope):
    """[(provider, beneficiary, exchanges)] of ``scope``, the most first. One statement.

    Countries only: what organisations provide is not a flow between countries. An exchange with several beneficiaries
    is part of several flows; where countries or regions are chosen, only flows from or to them are given.
    """
    counted = _pairs(scope).values_list("country", "other").annotate(count=Count("exchange", distinct=True))
    return list(counted.order_by("-count", "country", "other"))


def with_areas(scope, pairs):
    """[Flow] of ``pairs`` (some of ``pair_counts(scope)``), in their order. One statement."""
    providers, beneficiaries = {pair[0] for pair in pairs}, {pair[1] for pair in pairs}
    rows = (
        _pairs(scope)
        .filter(country__in=providers, other__in=beneficiaries, exchange__challenge_areas__isnull=False)
        .values_list("country", "other", "exchange__challenge_areas")
        .annotate(count=Count("exchange", distinct=True))
        .order_by("-count", "exchange__challenge_areas__position")
    )
    areas = {}
    for provider, beneficiary, slug, count in rows:
        areas.setdefault((provider, beneficiary), []).append((slug, count))
    return [Flow(*pair, tuple(areas.get(pair[:2], ()))) for pair in pairs]


def _pairs(scope):
    """Parties that provide, each joined with every country (``other``) that benefits from the same exchange."""
    rows = (
        Party.objects.order_by()
        .filter(role=PartyRole.PROVIDER, country__isnull=False, exchange__in=scope.exchanges())
        .filter(exchange__parties__role=PartyRole.BENEFICIARY, exchange__parties__country__isnull=False)
        .annotate(other=F("exchange__parties__country"))
        .exclude(country=F("other"))
    )
    if scope.country:
        rows = rows.filter(Q(country__in=scope.country) | Q(other__in=scope.country))
    if scope.region:
        rows = rows.annotate(other_region=F("exchange__parties__country__unicef_region"))
        rows = rows.filter(Q(country__unicef_region__in=scope.region) | Q(other_region__in=scope.region))
    return rows
