"""The Atom feed of a query, read by an XML parser."""

from xml.etree import ElementTree

import pytest

from practices.publication import retract
from tests.make import make_practice

ATOM = "{http://www.w3.org/2005/Atom}"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def feed(client, query="", **headers):
    response = client.get(f"/feeds/practices.atom?{query}", headers=headers)
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    return ElementTree.fromstring(response.content)  # noqa: S314 - our own answer


def links(element):
    return [dict(link.attrib) for link in element.findall(f"{ATOM}link")]


def test_an_entry_has_all_that_rfc_4287_asks_for(client, kangaroo):
    root = feed(client, "area=nutrition")

    assert root.tag == f"{ATOM}feed"
    assert root.get(LANGUAGE) == "en"
    assert [root.findtext(f"{ATOM}{name}") for name in ("title", "author/" + ATOM + "name")] == [
        "SSC Portal: practices, Nutrition",
        "SSC Portal",
    ]
    assert root.findtext(f"{ATOM}id").endswith("/feeds/practices.atom?area=nutrition")
    assert {"rel": "self", "href": "http://testserver/feeds/practices.atom?area=nutrition"} in links(root)
    (entry,) = root.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}id") == f"tag:localhost,2026:{kangaroo.reference}"
    assert entry.findtext(f"{ATOM}title") == "Kangaroo mother care"
    assert entry.findtext(f"{ATOM}summary") == "Small babies are carried skin to skin."
    assert entry.findtext(f"{ATOM}updated") == root.findtext(f"{ATOM}updated")
    categories = {one.get("term"): one.get("label") for one in entry.findall(f"{ATOM}category")}
    assert categories == {"newborn-health": "Newborn health", "nutrition": "Nutrition"}


def test_an_entry_links_every_language_once(client, kangaroo):
    (entry,) = feed(client).findall(f"{ATOM}entry")

    alternates = [link for link in links(entry) if link["rel"] == "alternate"]
    kinds = [(link.get("type"), link.get("hreflang")) for link in alternates]
    assert len(kinds) == len(set(kinds))
    assert {
        "rel": "alternate",
        "type": "text/html",
        "hreflang": "fr",
        "href": f"http://testserver/fr/practices/{kangaroo.slug}/",
    } in alternates
    assert f"http://testserver/api/v1/practices/{kangaroo.slug}/" in [link["href"] for link in alternates]


@pytest.mark.parametrize(("query", "headers"), [("lang=fr", {}), ("", {"Accept-Language": "fr"})])
def test_a_feed_speaks_the_language_asked_for(client, kangaroo, query, headers):
    root = feed(client, query, **headers)
    (entry,) = root.findall(f"{ATOM}entry")

    assert (root.get(LANGUAGE), entry.get(LANGUAGE)) == ("fr", "fr")
    assert entry.findtext(f"{ATOM}title") == "Méthode mère kangourou"


def test_what_is_not_translated_says_its_own_language(client, kangaroo):
    (entry,) = feed(client, "lang=ar").findall(f"{ATOM}entry")

    assert entry.get(LANGUAGE) == "ar"
    assert entry.find(f"{ATOM}summary").get(LANGUAGE) == "en"


def test_a_feed_holds_the_fifty_newest_and_leads_on(client, db):
    made = [make_practice(title=f"Practice {number}").reference for number in range(52)][::-1]

    root = feed(client)
    ids = [entry.findtext(f"{ATOM}id").rpartition(":")[2] for entry in root.findall(f"{ATOM}entry")]

    assert ids == made[:50]
    (following,) = [link["href"] for link in links(root) if link["rel"] == "next"]
    rest = ElementTree.fromstring(client.get(following).content)  # noqa: S314 - our own answer
    assert len(rest.findall(f"{ATOM}entry")) == 2


def test_words_do_not_change_that_the_newest_come_first(client, db):
    make_practice(title="Water water water")
    make_practice(title="Wells", summary="Some water.")

    titles = [entry.findtext(f"{ATOM}title") for entry in feed(client, "q=water").findall(f"{ATOM}entry")]

    assert titles == ["Wells", "Water water water"]


def test_a_retracted_practice_leaves_the_feed(client, kangaroo):
    retract(kangaroo, reason="Made up.")

    assert feed(client).findall(f"{ATOM}entry") == []


def test_characters_that_xml_cannot_hold_are_left_out(client, db):
    make_practice(title="Wells \x0b\ufffe& <b>pumps</b>", summary="A\x01B")

    (entry,) = feed(client).findall(f"{ATOM}entry")

    assert entry.findtext(f"{ATOM}title") == "Wells & <b>pumps</b>"
    assert entry.findtext(f"{ATOM}summary") == "AB"


@pytest.mark.parametrize("query", ["colour=red", "area=space", "view=map", "lang=xx", "page_size=500", "format=json"])
def test_an_unknown_parameter_or_value_is_refused(problem, kangaroo, query):
    status, errors, _detail = problem(f"/feeds/practices.atom?{query}")

    assert (status, list(errors)) == (400, [query.partition("=")[0]])


def test_a_feed_is_answered_whatever_the_reader_accepts_and_kept_by_caches(client, kangaroo):
    first = client.get("/feeds/practices.atom", headers={"Accept": "text/html"})

    assert first.status_code == 200
    again = client.get("/feeds/practices.atom", headers={"Accept": "text/html", "If-None-Match": first["ETag"]})
    assert again.status_code == 304


def test_the_browse_page_offers_a_feed_that_exists(client, kangaroo):
    html = client.get("/practices/?area=nutrition").content.decode()

    assert "/feeds/practices.atom?area=nutrition" in html
    feed(client, "area=nutrition")
