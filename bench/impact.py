"""The impact page over many rows, against exactly the SQL that it asks for."""

from django.conf import settings
from django.test import Client

from bench.filling import EXCHANGES, PRACTICES, fill
from bench.measuring import page_and_its_sql

LIMIT = 5
ROUNDS = 8
ADDRESSES = (
    "/impact/",
    "/impact/?area=wash",
    "/impact/?country=PER",
    "/impact/?region=SA&year_from=2015",
    "/impact/adoptions/",
    "/api/v1/impact/flows/",
    "/api/v1/impact/matrix/",
)


def figures():
    """[Figure] of each of ADDRESSES, as an anonymous reader without a cache asks for it."""
    fill()
    print(f"{PRACTICES:,} practices, {EXCHANGES:,} exchanges")
    assert settings.DEBUG is False, "Django keeps every statement while it debugs."
    return [page_and_its_sql(Client(), address, limit=LIMIT, rounds=ROUNDS) for address in ADDRESSES]
