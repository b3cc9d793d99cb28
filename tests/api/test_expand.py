"""``expand`` adds to rows what otherwise takes a request for each, in a fixed number of statements."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.test_practices import DETAIL, ROW
from tests.exchanges_make import make_exchange
from tests.figures import make_figures, make_indicator
from tests.make import make_country, make_practice, make_update

OF_ROWS = "countries,results,sections,lessons,adoptions,review_card"


def test_rows_say_of_what_is_expanded_what_the_practice_says(api, kangaroo):
    make_practice(title="Another one", country="PER")
    for language in ("en", "fr"):
        for row in api(f"/practices/?expand={OF_ROWS}&lang={language}")["results"]:
            one = api(f"/practices/{row['slug']}/?lang={language}&expand=countries")
            assert set(row) == ROW | {"sections", "section_languages", "lessons", "adoptions", "review_card"}
            assert row == {name: one[name] for name in row}


def test_countries_come_in_full_in_the_place_of_their_codes(api, kangaroo):
    (row,) = api("/practices/?expand=countries&lang=fr")["results"]

    assert [country["iso3"] for country in row["countries"]] == ["COL", "PER"]
    assert row["countries"][0] == api("/countries/COL/?lang=fr")


def test_fields_take_nothing_from_what_is_expanded(api, kangaroo):
    (row,) = api("/practices/?fields=title&expand=lessons")["results"]

    assert set(row) == {"title", "lessons"}
    assert set(api(f"/practices/{kangaroo.slug}/?fields=title&expand=related")) == {"title", "related"}


def test_one_practice_can_bring_its_history_and_what_is_related(api, kangaroo):
    make_practice(title="Skin to skin", areas=["newborn-health"], topics=["kangaroo"])
    updated = make_update(kangaroo, title="Kangaroo mother care", areas=["newborn-health"], topics=["kangaroo"])

    answer = api(f"/practices/{updated.slug}/?expand=versions,related")

    assert set(answer) == DETAIL | {"related"}
    assert answer["versions"] == api(f"/practices/{updated.slug}/versions/")["results"]
    assert answer["related"] == api(f"/practices/{updated.slug}/related/")["results"]
    assert [row["title"] for row in answer["related"]] == ["Skin to skin"]


def test_lines_are_expanded_as_rows_are(api, client, kangaroo):
    make_practice(title="Another one")
    lines = client.get(f"/api/v1/practices/?format=jsonl&expand={OF_ROWS}").getvalue().splitlines()

    assert [json.loads(line) for line in lines] == api(f"/practices/?expand={OF_ROWS}")["results"]


@pytest.mark.parametrize("path", ["/practices/", "/exchanges/", "/countries/"])
def test_what_cannot_be_expanded_is_named(problem, kangaroo, path):
    status, errors, _detail = problem(f"/api/v1{path}?expand=contacts")

    assert (status, list(errors)) == (400, ["expand"])


def test_countries_bring_the_latest_figure_of_each_indicator(api, db):
    for country, years in {"KEN": {2010: 40.0, 2020: 20.0}, "PER": {2018: 12.5}}.items():
        make_figures(country, make_indicator(), years)
    make_country("BGD")

    rows = {row["iso3"]: row["indicators"] for row in api("/countries/?expand=indicators")["results"]}

    assert {code: [(one["indicator"], one["year"], one["value"]) for one in rows[code]] for code in rows} == {
        "KEN": [("stunting", 2020, 20)],
        "PER": [("stunting", 2018, 12.5)],
        "BGD": [],
    }
    assert api("/countries/KEN/?expand=indicators")["indicators"] == rows["KEN"]
    assert "indicators" not in api("/countries/KEN/")


def test_exchanges_bring_what_hangs_on_them(api, milk):
    (row,) = api("/exchanges/?expand=parties,activities,documents,contributions&fields=code")["results"]
    one = api(f"/exchanges/{milk.code}/")

    assert set(row) == {"code", "parties", "activities", "documents", "contributions"}
    assert row == {name: one[name] for name in row}


@pytest.mark.parametrize(
    "path",
    [
        f"/practices/?expand={OF_ROWS}",
        "/exchanges/?expand=parties,milestones,activities,adoptions,projects,contributions,documents,follow_ups,sources",
        "/countries/?expand=indicators",
    ],
)
def test_expanding_asks_as_often_for_many_rows_as_for_few(client, milk, path):
    def queries():
        client.get(f"/api/v1{path}")
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/api/v1{path}").status_code == 200
        return len(captured)

    make_figures("PER", make_indicator(), {2018: 12.5})
    facts = {
        "topics": ["one"],
        "targets": ["3.2"],
        "institutions": ["A ministry"],
        "results": [{"name": "Reach"}],
        "lessons": [{"text": "One."}],
        "adoptions": [{"country": "PER"}],
        "translations": {"fr": {"title": "Deux"}},
    }
    make_practice(**facts)
    before = queries()
    for country in ("KEN", "SEN", "EGY"):
        make_practice(country=country, **facts)
        make_exchange("running", practices=[make_practice(**facts)])
        make_figures(country, make_indicator(), {2018: 12.5})

    assert queries() == before
