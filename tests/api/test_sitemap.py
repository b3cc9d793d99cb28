"""What search engines are told."""

from xml.etree import ElementTree

import pytest

from practices.publication import retract
from ssc_portal import sitemaps
from tests.make import make_practice

MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
LINK = "{http://www.w3.org/1999/xhtml}link"
HOME = "http://portal.example"


@pytest.fixture(autouse=True)
def at_home(settings):
    settings.SITE_URL = HOME


def addresses(client, path="/sitemap.xml"):
    """{address: {language: address}} of a sitemap file."""
    response = client.get(path)
    assert (response.status_code, response["Content-Type"]) == (200, "application/xml; charset=utf-8")
    root = ElementTree.fromstring(response.content)  # noqa: S314 - our own answer
    return {
        url.findtext(f"{MAP}loc"): {link.get("hreflang"): link.get("href") for link in url.findall(LINK)}
        for url in root.findall(f"{MAP}url")
    }


def test_every_page_is_named_in_every_language(client, kangaroo):
    found = addresses(client)

    path = f"/practices/{kangaroo.slug}/"
    expected = {code: f"{HOME}/{code}{path}" for code in ("fr", "es", "pt", "ar")} | {"en": HOME + path}
    for address in expected.values():
        assert found[address] == expected | {"x-default": HOME + path}
    for path in ("/", "/practices/", "/areas/nutrition/", "/countries/", "/countries/COL/", "/about/", "/developers/"):
        assert HOME + path in found
        assert f"{HOME}/ar{path}" in found


def test_every_address_answers(client, kangaroo):
    for address in addresses(client):
        assert client.get(address.removeprefix(HOME)).status_code == 200, address


def test_a_retracted_practice_is_not_named(client, kangaroo):
    retract(kangaroo, reason="Made up.")

    assert not [address for address in addresses(client) if kangaroo.slug in address]


def test_many_practices_fill_several_files(client, db, monkeypatch):
    monkeypatch.setattr(sitemaps, "PAGES_PER_FILE", 2)
    made = [make_practice().slug for _number in range(5)]

    index = ElementTree.fromstring(client.get("/sitemap.xml").content)  # noqa: S314 - our own answer
    files = [one.findtext(f"{MAP}loc") for one in index.findall(f"{MAP}sitemap")]
    parts = [addresses(client, file.removeprefix(HOME)) for file in files]

    assert files == [f"{HOME}/sitemap-{number}.xml" for number in range(4)]
    named = {address for part in parts for address in part}
    assert {f"{HOME}/practices/{slug}/" for slug in made} < named
    assert f"{HOME}/about/" in named
    assert client.get("/sitemap-4.xml").status_code == 404


def test_robots_are_told_where_the_sitemap_is(client, db):
    response = client.get("/robots.txt")
    lines = response.content.decode().splitlines()

    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert f"Sitemap: {HOME}/sitemap.xml" in lines
    assert "Disallow: /fr/accounts/" in lines
    assert "Disallow: /" not in lines


def test_without_a_known_home_the_host_of_the_request_is_named(client, db, settings):
    settings.SITE_URL = ""

    assert "Sitemap: http://testserver/sitemap.xml" in client.get("/robots.txt").content.decode()
