"""The page of a country over many rows, against exactly the SQL that it asks for."""

from django.conf import settings
from django.db.models import Count
from django.test import Client

from bench.filling import fill
from bench.measuring import page_and_its_sql
from exchanges.models import Exchange, Offer, Party
from practices.models import Adoption, PracticeIndex

LIMIT = 5
ROUNDS = 8
OTHERS = ("BRA", "TUV")


def figures():
    """[Figure] of the country that has most exchanges, of one with fewer and of one with few."""
    fill()
    assert settings.DEBUG is False, "Django keeps every statement while it debugs."
    return [_figure(Client(), iso3) for iso3 in (busiest(), *OTHERS)]


def busiest():
    """The country that is a party to most exchanges, as ISO3."""
    parties = Party.objects.filter(country__isnull=False).order_by().values("country")
    return parties.annotate(count=Count("pk")).order_by("-count").values_list("country", flat=True)[0]


def _figure(client, iso3):
    there_are = {
        "led": PracticeIndex.objects.filter(country=iso3).count(),
        "adopted": Adoption.objects.filter(country=iso3).values("practice").distinct().count(),
        "exchanges": Exchange.objects.live().filter(parties__country=iso3).distinct().count(),
        "offers": Offer.objects.live().filter(country=iso3).count(),
    }

    def check(response):
        page = response.context
        assert there_are == {
            "led": page["counts"]["led"],
            "adopted": page["adopted"].count,
            "exchanges": page["exchanged"].count,
            "offers": page["assistance"].offers_count,
        }
        assert page["exchanged"].rows
        assert page["similar"]

    what = f"/countries/{iso3}/: {there_are['exchanges']:,} exchanges, {there_are['led']:,} practices"
    return page_and_its_sql(client, f"/countries/{iso3}/", limit=LIMIT, rounds=ROUNDS, check=check, what=what)
