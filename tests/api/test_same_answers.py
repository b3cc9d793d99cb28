"""A page, the API, the feed and the exports answer one query string with the same rows, in the same order.

Query strings are put together at random from what there is to choose; ``SSC_LONG=1`` tries ten times as many.
"""

import csv
import io
import json
import os
import random
import re
from urllib.parse import urlencode

import pytest

from exchanges.filters import ExchangeFilter, NeedFilter, OfferFilter
from exchanges.resource_filters import FundFilter, ProjectFilter
from practices.filters import ORDERINGS
from tests.exchanges_make import make_exchange, make_need, make_offer
from tests.make import make_practice

pytestmark = pytest.mark.django_db

IS_LONG = os.environ.get("SSC_LONG") == "1"
QUERIES = 300 if IS_LONG else 30
QUERIES_OF_ROWS = 100 if IS_LONG else 10  # for each of the lists of exchanges
WORDS = ["water", "kangroo mother", "école", "children or women", '"small babies"', "health -school", "niños", "مياه"]
ONE_VALUE = {"q", "ordering", "year_from", "year_to", "page_size", "page"}
# Name of a list → (page, filter class, what on the page precedes the name of each row).
ROWS = {
    "exchanges": ("/exchanges/", ExchangeFilter, r'<h3><a href="/exchanges/'),
    "offers": ("/exchanges/offers/", OfferFilter, r'<h3><a href="/exchanges/offers/'),
    "needs": ("/exchanges/needs/", NeedFilter, r'<h3><a href="/exchanges/needs/'),
    "funds": ("/funds/", FundFilter, r'<h2><a href="/funds/'),
    "projects": ("/projects/", ProjectFilter, r'<h2><a href="/projects/'),
}


@pytest.fixture
def more_practices(seeds):
    """Practices beside the seeds that differ in little, so that orders have to break ties."""
    dice = random.Random(11)
    for number in range(25):
        make_practice(
            title=dice.choice(["Water for schools", "Água para escolas", "A", "Ärzte", "Health posts"]),
            language=dice.choice(["en", "fr", "es"]),
            country=dice.choice(["PER", "KEN", "BGD"]),
            further=dice.sample(["COL", "SEN", "VNM"], 2),
            areas=dice.sample(["nutrition", "wash", "climate"], 2),
            targets=dice.sample(["3.2", "6.1"], 1),
            scale=dice.choice(["", "pilot", "national"]),
            start_year=dice.choice([None, 2001, 2015]),
            evaluation_type=dice.choice(["none", "comparison"]),
            adoptions=[{"country": "VNM", "result": "Less illness"}] * (number % 3),
            translations={"ar": {"title": "مياه"}} if number % 4 == 0 else {},
        )


def queries(known, orderings, count, *, seed):
    """``count`` query strings as lists of pairs; ``known``: {filter: [values]}."""
    dice = random.Random(os.urandom(8) if IS_LONG else seed)
    known = known | {"q": WORDS, "ordering": list(orderings), "page_size": ["1", "5", "20", "100"]}
    known |= {"year_from": ["2000", "2015"], "year_to": ["1999", "2018"], "page": ["1", "2", "3"]}
    for _number in range(count):
        chosen = []
        for name in dice.sample(sorted(known), dice.choice([0, 1, 1, 2, 2, 3, 4])):
            many = 1 if name in ONE_VALUE else dice.choice([1, 1, 2, 3])
            chosen += [(name, value) for value in dice.sample(known[name], min(many, len(known[name])))]
        yield chosen


def facet_values(answer):
    """{filter: [values that leave something]} as an answer with facets has them."""
    found = {name: [one["value"] for one in options if one["count"]] for name, options in answer["facets"].items()}
    return {name: values for name, values in found.items() if values}


def without(pairs, *names):
    return urlencode([pair for pair in pairs if pair[0] not in names])


def rows_said(html):
    """How many rows the page says that the whole list has."""
    return int(re.search(r"CSV \(([\d,]+) rows?\)", html)[1].replace(",", ""))


def test_every_surface_gives_the_same_practices(client, more_practices):
    known = facet_values(client.get("/api/v1/practices/?facets=1&page_size=1").json())
    known |= {"partner_country": ["VNM", "MEX", "BRA"], "sdg": ["3", "2.2", "6", "6.1"]}
    found = beyond = 0
    for pairs in queries(known, ORDERINGS, QUERIES, seed=7):
        query = urlencode(pairs)
        response = client.get(f"/api/v1/practices/?{query}")
        if response.status_code == 404:  # the last page was before it: the API says so, a page shows the last one
            assert dict(pairs)["page"] != "1", query
            beyond += 1
            pairs = [pair for pair in pairs if pair[0] != "page"]
            query = urlencode(pairs)
            response = client.get(f"/api/v1/practices/?{query}")
        answer, chosen = response.json(), dict(pairs)
        listed = [row["slug"] for row in answer["results"]]
        page = client.get(f"/practices/?{query}").content.decode()
        assert slugs_on_page(page) == listed, query
        assert rows_said(page) == answer["count"], query

        # The feed has another order and length where nothing is said about them.
        feed = [*pairs, *({"page_size": "20"}.items() if "page_size" not in chosen else [])]
        if "ordering" not in chosen:
            feed.append(("ordering", "relevance" if "q" in chosen else "-published_at"))
        assert slugs_in_feed(client.get(f"/feeds/practices.atom?{urlencode(feed)}").content.decode()) == listed, query

        whole = without(pairs, "page", "page_size")
        table = csv.DictReader(io.StringIO(text_of(client, f"/api/v1/practices/?{whole}&format=csv"), newline=""))
        everything = [row["slug"] for row in table]
        lines = text_of(client, f"/api/v1/practices/?{whole}&format=jsonl").splitlines()
        assert [json.loads(line)["slug"] for line in lines] == everything, query
        assert len(everything) == answer["count"], query
        size = int(chosen.get("page_size", 20))
        start = (int(chosen.get("page", 1)) - 1) * size
        assert everything[start : start + size] == listed, query
        found += bool(listed)
    assert found >= QUERIES / 2
    assert beyond < QUERIES / 2


def slugs_on_page(html):
    """The practices in the list of the browse page, in their order; what only comes close is not part of the answer."""
    answer = html[html.index('id="results"') : html.index("</main>")].partition('<div class="empty')[0]
    return list(dict.fromkeys(re.findall(r'href="/practices/([a-z0-9-]+)/"', answer)))


def slugs_in_feed(xml):
    return re.findall(r'href="http://testserver/api/v1/practices/([a-z0-9-]+)/"', xml)


def text_of(client, address):
    return client.get(address).getvalue().decode()


@pytest.mark.parametrize("name", ROWS)
def test_pages_of_exchanges_and_funds_give_what_the_api_gives(client, seeds, name):
    for number in range(6):
        areas = [["nutrition", "wash"], ["wash"], ["climate"]][number % 3]
        make_offer(["open", "closed", "expired"][number % 3], areas=areas, title=["Water", "Milk"][number % 2])
        make_need(["open", "matched"][number % 2], areas=areas, joined=["COL"], title="Water")
        make_exchange(["running", "agreed", "cancelled"][number % 3], areas=areas, start_year=2000 + number)
    page_address, filter_class, before = ROWS[name]
    known = facet_values(client.get(f"/api/v1/{name}/?facets=1&page_size=1").json())
    is_dated = "year_from" in filter_class.base_filters
    found = 0
    for pairs in queries(known, filter_class.ORDERINGS, QUERIES_OF_ROWS, seed=name):
        kept = [pair for pair in pairs if pair[0] != "page" and (is_dated or not pair[0].startswith("year_"))]
        query = urlencode(kept)
        answer = client.get(f"/api/v1/{name}/?{query}").json()
        listed = [row.get("code") or row["slug"] for row in answer["results"]]
        page = client.get(f"{page_address}?{query}").content.decode()
        shown = page[page.index("<main") : page.index("</main>")].partition('<div class="empty')[0]
        assert re.findall(before + r'([^/"]+)/"', shown) == listed, query
        if answer["count"]:
            assert rows_said(page) == answer["count"], query

        whole = without(kept, "page_size")
        table = csv.DictReader(io.StringIO(text_of(client, f"/api/v1/{name}/?{whole}&format=csv"), newline=""))
        everything = [row.get("code") or row["slug"] for row in table]
        assert len(everything) == answer["count"], query
        assert everything[: int(dict(kept).get("page_size", 20))] == listed, query
        found += bool(listed)
    assert found >= QUERIES_OF_ROWS / 3
