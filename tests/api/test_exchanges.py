"""Exchanges, offers and needs in the API: the contract key by key, the same answers as on the pages, clear refusals."""

import csv
import io
import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from tests.exchanges_make import make_exchange, make_match, make_need, make_offer
from tests.make import make_country, make_practice
from tests.people import make_user

pytestmark = pytest.mark.django_db

PAGES = {"exchanges": "/exchanges/", "offers": "/exchanges/offers/", "needs": "/exchanges/needs/"}
MAKE = {"exchanges": make_exchange, "offers": make_offer, "needs": make_need}
ASSISTANCE = {
    "code", "title", "summary", "text_language", "country", "status", "challenge_areas", "topics", "modalities",
    "languages", "cost_sharing", "starts_on", "ends_on", "expires_on", "published_at", "closed_at", "url",
}  # fmt: skip
ROWS = {
    "exchanges": {
        "code", "title", "topic", "text_language", "form", "status", "providers", "beneficiaries", "facilitators",
        "challenge_areas", "topics", "modalities", "languages", "start_year", "end_year", "starts_on", "ends_on",
        "amount", "currency", "amount_text", "practices", "is_verified", "published_at", "closed_at", "url",
    },
    "offers": ASSISTANCE | {"organisation", "regions", "capacity_count", "practices"},
    "needs": ASSISTANCE | {"joined", "practice", "interested_count"},
}  # fmt: skip
DETAILS = {
    "exchanges": ROWS["exchanges"] | {
        "objective", "outputs", "outcome", "lessons", "ending_note", "need", "parties", "milestones", "activities",
        "adoptions", "projects", "contributions", "documents", "follow_ups", "history", "sources",
    },
    "offers": ROWS["offers"] | {"capacity_note", "conditions", "closing_note", "history"},
    "needs": ROWS["needs"] | {"outcome", "beneficiaries", "budget_note", "closing_note", "exchanges", "history"},
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_a_list_answers_with_count_neighbours_and_rows(api, name):
    row = MAKE[name]()

    answer = api(f"/{name}/")

    assert set(answer) == {"count", "next", "previous", "results"}
    assert (answer["count"], answer["next"], answer["previous"]) == (1, None, None)
    assert set(answer["results"][0]) == ROWS[name]
    assert answer["results"][0]["code"] == row.code
    assert answer["results"][0]["url"] == f"http://testserver{row.get_absolute_url()}"


@pytest.mark.parametrize("name", PAGES)
def test_one_has_what_its_row_has_and_more(api, name):
    row = MAKE[name]()

    detail = api(f"/{name}/{row.code}/")

    assert set(detail) == DETAILS[name]
    assert {key: detail[key] for key in ROWS[name]} == api(f"/{name}/")["results"][0]


def test_an_exchange_has_all_that_is_public_and_nothing_that_is_for_its_parties(client, milk):
    response = client.get(f"/api/v1/exchanges/{milk.code}/")
    answer = response.json()

    assert b"PRIVATE" not in response.content
    assert (answer["providers"], answer["beneficiaries"]) == (["COL"], ["PER"])
    assert answer["facilitators"] == ["An agency", "BGD"]
    assert answer["parties"][-1] == {
        "role": "facilitator",
        "phase": "preparing",
        "country": "BGD",
        "organisation": None,
        "institution": "",
    }
    assert (answer["amount"], answer["currency"], answer["practices"]) == ("310000.50", "USD", ["milk-banks"])
    assert answer["need"] == milk.need.code
    assert [row["women"] for row in answer["activities"]] == [3, None]
    assert answer["milestones"] == [
        {"title": "Bank opened", "due_on": "2026-03-02", "status": "planned", "done_on": None}
    ]
    assert answer["documents"] == [{"title": "A public report", "url": "https://example.org/", "language": "en"}]
    assert answer["adoptions"] == [
        {"practice": "milk-banks", "country": "PER", "year": 2024, "result": "Fewer infections"}
    ]
    assert answer["projects"] == [{"code": milk.projects.get().code, "title": "A project", "fund": "a-fund"}]
    assert answer["contributions"] == [
        {
            "kind": "cash",
            "country": "KEN",
            "organisation": None,
            "committed": "2500.00",
            "disbursed": "0.00",
            "currency": "KES",
            "value_on": "2026-03-02",
            "quantity": None,
        }
    ]
    assert answer["follow_ups"] == [{"days": 30, "outcome": "in_use", "done_at": "2026-03-03T00:00:00+00:00"}]
    assert [event["status"] for event in answer["history"]] == ["proposed", "agreed", "preparing", "running"]


def test_a_need_tells_who_joined_and_what_came_of_it(api):
    practice = make_practice(title="Milk banks")
    need = make_need("matched", country="PER", joined=["COL"], practice=practice)
    make_match(need, "BGD", country_answer="accepted")
    public = make_exchange(need=need)
    make_exchange("proposed", need=need)
    make_exchange(need=need, visibility="partners")

    answer = api(f"/needs/{need.code}/")

    assert (answer["joined"], answer["practice"], answer["interested_count"]) == (["COL"], "milk-banks", 1)
    assert answer["exchanges"] == [public.code]


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("exchanges", {"status": "proposed"}),
        ("exchanges", {"status": "declined"}),
        ("exchanges", {"visibility": "partners"}),
        ("offers", {"status": "draft"}),
        ("offers", {"status": "endorsement"}),
        ("offers", {"visibility": "partners"}),
        ("needs", {"status": "draft"}),
        ("needs", {"status": "endorsement"}),
        ("needs", {"visibility": "partners"}),
    ],
)
def test_what_is_not_public_is_not_there_for_anybody(client, problem, name, facts):
    row = MAKE[name](**facts, title="Secret")
    client.force_login(make_user(Role.OFFICER, country=getattr(row, "country_id", "BGD")))

    for query in ("", "?q=secret", "?status=closed", "?facets=1&country=BGD", "?format=csv"):
        response = client.get(f"/api/v1/{name}/{query}")
        assert b"Secret" not in response.getvalue()
    counts = client.get(f"/api/v1/{name}/?facets=1").json()["facets"]
    assert {option["count"] for options in counts.values() for option in options} <= {0}
    assert problem(f"/api/v1/{name}/{row.code}/")[0] == 404


def test_a_need_that_is_for_partners_is_not_named_by_its_exchange(api):
    exchange = make_exchange(need=make_need(visibility="partners"))

    assert api(f"/exchanges/{exchange.code}/")["need"] is None


@pytest.mark.parametrize("status", ["closed", "expired", "paused"])
def test_what_is_over_stays_readable(api, status):
    offer = make_offer(status)

    assert api(f"/offers/{offer.code}/")["status"] == status
    assert api("/offers/")["count"] == 0
    assert api(f"/offers/?status={status}")["count"] == 1


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("exchanges", ""),
        ("exchanges", "country=COL&country=KEN"),
        ("exchanges", "region=LAC&ordering=title"),
        ("exchanges", "status=under_way&area=nutrition"),
        ("exchanges", "q=exchange&page_size=3&page=2"),
        ("exchanges", "provider=COL&year_from=2015"),
        ("exchanges", "form=triangular&modality=study_visit"),
        ("offers", "ordering=expires_on"),
        ("offers", "status=ended"),
        ("needs", "country=COL"),
        ("needs", "area=wash&area=nutrition&page_size=2"),
    ],
)
def test_a_page_and_the_api_give_the_same_rows_in_the_same_order(client, api, name, query):
    for number, area in enumerate(["nutrition", "wash", "nutrition", "climate", "wash"]):
        make_exchange(
            ["running", "recorded", "closed", "agreed", "running"][number],
            providers=["COL" if number % 2 else "BGD"],
            areas=[area],
            form="triangular" if number % 2 else "bilateral",
            start_year=2010 + number,
        )
        make_offer(
            ["open", "closed", "open", "expired", "open"][number], areas=[area], expires_on=date(2027, 9 - number, 1)
        )
        make_need(areas=[area], joined=["COL"] if number % 2 else [])
    make_exchange("recorded", providers=["KEN"], beneficiaries=["SEN"], areas=["nutrition"], form="triangular")

    page = client.get(f"{PAGES[name]}?{query}").content.decode()
    pattern = r'<article class="panel mcard.*?<h3><a href="/exchanges/(?:offers/|needs/)?([^/]+)/"'
    answer = api(f"/{name}/?{query}")

    assert re.findall(pattern, page, re.S) == [row["code"] for row in answer["results"]]
    assert answer["count"] >= 1


def test_facets_give_value_label_and_count(api):
    make_exchange(areas=["nutrition"], form="regional")
    make_exchange(areas=["wash"])

    answer = api("/exchanges/?facets=1&area=wash")

    assert answer["facets"]["area"] == [
        {"value": "nutrition", "label": "Nutrition", "count": 1},
        {"value": "wash", "label": "Wash", "count": 1},
    ]
    assert {one["value"]: one["count"] for one in answer["facets"]["form"]} == {
        "bilateral": 1,
        "triangular": 0,
        "regional": 0,
    }
    assert list(answer["facets"]) == ["status", "area", "region", "country", "form", "modality", "language", "topic"]


@pytest.mark.parametrize("name", PAGES)
def test_a_table_has_the_whole_list_and_no_formulas(client, name):
    for _number in range(3):
        MAKE[name](title="=cmd()")

    response = client.get(f"/api/v1/{name}/?format=csv&fields=code,title")
    rows = list(csv.reader(io.StringIO(response.getvalue().decode())))

    assert response["Content-Disposition"] == f'attachment; filename="{name}.csv"'
    assert rows[0] == ["code", "title"]
    assert [row[1] for row in rows[1:]] == ["'=cmd()"] * 3
    assert (
        len(list(csv.reader(io.StringIO(client.get(f"/api/v1/{name}/?format=csv&page_size=2").getvalue().decode()))))
        == 3
    )


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    ("query", "field", "says"),
    [
        ("colour=red", "colour", "Known parameters: q, area"),
        ("area=space", "area", "space"),
        ("country=XXX", "country", "XXX"),
        ("status=draft", "status", "draft"),
        ("status=proposed", "status", "proposed"),
        ("ordering=random", "ordering", "random"),
        ("year_from=soon", "year_from", "number"),
        ("practice=nothing", "practice", "nothing"),
        ("page=0", "page", "1"),
        ("page_size=101", "page_size", "100"),
        ("facets=yes", "facets", "0, 1"),
        ("fields=title,secrets", "fields", "code"),
    ],
)
def test_bad_input_is_refused_by_name(problem, name, query, field, says):
    status, errors, _detail = problem(f"/api/v1/{name}/?{query}")

    assert status == 400
    assert list(errors) == [field]
    assert says in errors[field]


@pytest.mark.parametrize("name", PAGES)
def test_what_there_is_not_is_a_404_that_leads_on(problem, name):
    make_country("KEN")

    status, _errors, detail = problem(f"/api/v1/{name}/XX-1999-1/")
    assert (status, f"/api/v1/{name}/" in detail) == (404, True)
    assert problem(f"/api/v1/{name}/?page=2")[0] == 404
    assert problem(f"/api/v1/{name}/?format=pdf")[0] == 406


def test_only_reading_is_possible(client):
    exchange = make_exchange()

    for address in ("/api/v1/exchanges/", f"/api/v1/exchanges/{exchange.code}/"):
        for method in ("post", "put", "patch", "delete"):
            assert getattr(client, method)(address).status_code == 405


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("query", ["", "?facets=1", "?format=csv"])
def test_a_list_takes_as_many_queries_for_three_rows_as_for_one(client, name, query):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/api/v1/{name}/{query}").getvalue()
        return len(captured)

    MAKE[name]()
    queries()  # the names behind codes are kept from now on
    one = queries()
    MAKE[name]()
    MAKE[name]()
    assert queries() == one
