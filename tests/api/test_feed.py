"""The Atom feed of a query, read by an XML parser."""

import re
from html import unescape
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


QUERIES = ["", "area=wash", "area=wash&area=nutrition", "country=PER&ordering=title", "q=water", "q=water&area=wash",
           "q=water&ordering=relevance", "evidence=1&ordering=-evidence", "year_from=2012&kind=practice",
           "ordering=-adoptions", "page_size=2&page=2", "language=fr", "sdg=6&sdg=3.2"]  # fmt: skip


def test_every_query_of_a_list_gives_the_same_practices_in_the_same_order(client, db):
    for number in range(6):
        make_practice(
            title=f"{'Water' if number % 2 else 'Meals'} {9 - number}",
            areas=["wash" if number % 3 else "nutrition"],
            country="PER" if number % 2 else "BGD",
            start_year=2005 + number,
            targets=["6.1"] if number % 2 else ["3.2"],
            translations={"fr": {"title": "Titre"}} if number == 4 else None,
            adoptions=[{"country": "VNM"}] if number == 2 else [],
        )
    for query in QUERIES:
        # Feeds give the newest first where nothing else is asked for.
        asked = query if "ordering" in query else f"{query}&ordering=-published_at"
        rows = client.get(f"/api/v1/practices/?{asked}").json()
        root = feed(client, query)
        entries = root.findall(f"{ATOM}entry")
        found = [entry.findtext(f"{ATOM}id").rpartition(":")[2] for entry in entries]
        assert found == [row["reference"] for row in rows["results"]], query
        assert {link["href"] for link in links(root) if link["rel"] == "self"} == {
            f"http://testserver/feeds/practices.atom?{query}".removesuffix("?")
        }
        assert bool(rows["next"]) == any(link["rel"] == "next" for link in links(root))
        newest = max((entry.findtext(f"{ATOM}updated") for entry in entries), default=None)
        assert newest is None or root.findtext(f"{ATOM}updated") == newest


def test_a_page_leads_feed_readers_to_its_own_query(client, kangaroo):
    html = client.get("/fr/practices/?area=nutrition&q=baby&page=1").content.decode()

    (link,) = re.findall(r'<link rel="alternate" type="application/atom\+xml"[^>]* href="([^"]+)"', html)
    assert unescape(link) == "/feeds/practices.atom?area=nutrition&q=baby&lang=fr"
    assert client.get(unescape(link)).status_code == 200


def test_the_browse_page_offers_a_feed_that_exists(client, kangaroo):
    html = client.get("/practices/?area=nutrition").content.decode()

    assert "/feeds/practices.atom?area=nutrition" in html
    feed(client, "area=nutrition")
