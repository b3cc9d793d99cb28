"""The lists of exchanges, offers and needs over many rows, against exactly the SQL that they ask for."""

from django.conf import settings
from django.db.models import Q
from django.test import Client

from bench.filling import fill
from bench.measuring import page_and_its_sql
from exchanges.models import Exchange, Need, Offer

LIMIT = 5
ROUNDS = 6
_OF_PERU = Q(pk__in=Exchange.objects.filter(parties__country="PER").values("pk"))
# Each address with the rows that it should find.
LISTS = {
    "/exchanges/": Exchange.objects.live(),
    "/exchanges/?country=PER": Exchange.objects.live().filter(_OF_PERU),
    "/exchanges/?area=wash&q=number": Exchange.objects.live().filter(challenge_areas="wash", title__contains="number"),
    "/exchanges/offers/": Offer.objects.live(),
    "/exchanges/offers/?country=PER": Offer.objects.live().filter(country="PER"),
    "/exchanges/needs/": Need.objects.live(),
    "/exchanges/needs/?area=wash": Need.objects.live().filter(challenge_areas="wash"),
    "/api/v1/exchanges/": Exchange.objects.live(),
    "/api/v1/exchanges/?facets=1&country=PER": Exchange.objects.live().filter(_OF_PERU),
    "/api/v1/offers/": Offer.objects.live(),
    "/api/v1/needs/": Need.objects.live(),
}


def figures():
    """[Figure] of each of LISTS, as an anonymous reader asks for it."""
    fill()
    assert settings.DEBUG is False, "Django keeps every statement while it debugs."
    return [_figure(Client(), address, rows.count()) for address, rows in LISTS.items()]


def _figure(client, address, count):
    def check(response):
        found = response.json()["count"] if address.startswith("/api/") else response.context["listing"].count
        assert found == count > 0, f"{address} finds {found} of {count}."

    what = f"{address} {count:,} rows"
    return page_and_its_sql(client, address, limit=LIMIT, rounds=ROUNDS, check=check, what=what)
