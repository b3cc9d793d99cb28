"""``expand`` adds to rows what otherwise takes a request for each, in a fixed number of statements."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.test_practices import DETAIL, ROW
from tests.exchanges_make import make_call, make_exchange, make_fund, make_need, make_offer, make_project
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


@pytest.mark.parametrize("name", ["practices", "exchanges", "offers", "needs", "funds", "projects", "countries"])
def test_what_cannot_be_expanded_is_named_with_what_can(problem, kangaroo, name):
    status, errors, _detail = problem(f"/api/v1/{name}/?expand=contacts")

    assert (status, list(errors)) == (400, ["expand"])
    assert {"practices": "review_card", "countries": "indicators"}.get(name, "challenge_areas") in errors["expand"]


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


@pytest.fixture
def thread(milk):
    """The exchange, a need that it answers and others joined, an offer, and the project of a fund that pays for it."""
    practice = milk.practices.get()
    need = make_need(practice=practice, joined=["KEN"], topics=["breastfeeding"])
    type(milk).objects.filter(pk=milk.pk).update(need=need)
    make_offer(practices=[practice], topics=["breastfeeding"])
    project = milk.projects.get()
    project.fund.challenge_areas.set(milk.challenge_areas.all())
    make_call(project.fund).challenge_areas.set(milk.challenge_areas.all())
    return {"exchanges": milk.code, "needs": need.code, "projects": project.code, "funds": "a-fund"}


BEHIND = {
    "exchanges": {"challenge_areas": "areas", "topics": "topics", "practices": "practices", "need": "needs"},
    "offers": {"country": "countries", "challenge_areas": "areas", "topics": "topics", "practices": "practices"},
    "needs": {"country": "countries", "joined": "countries", "challenge_areas": "areas", "topics": "topics",
              "practice": "practices", "exchanges": "exchanges"},
    "funds": {"challenge_areas": "areas", "projects": "projects"},
    "projects": {"fund": "funds", "countries": "countries", "challenge_areas": "areas", "exchanges": "exchanges"},
}  # fmt: skip


@pytest.mark.parametrize("name", BEHIND)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_a_code_stands_for_comes_as_its_own_list_gives_it(api, thread, name, language):
    rows = api(f"/{name}/?expand={','.join(BEHIND[name])}&lang={language}")["results"]
    (row,) = [row for row in rows if name == "offers" or thread[name] in {row.get("code"), row.get("slug")}]
    key = row.get("code") or row["slug"]
    one = api(f"/{name}/{key}/?expand={','.join(BEHIND[name])}&lang={language}")

    for member, others in BEHIND[name].items():
        listed = api(f"/{others}/?lang={language}")["results"]
        given = row[member] if isinstance(row[member], list) else [row[member]]
        assert given, member
        assert all(behind in listed for behind in given), member
        assert one[member] == row[member], member


def test_exchanges_bring_the_countries_that_take_part_and_funds_their_calls(api, thread):
    (row,) = api("/exchanges/?expand=countries&fields=code")["results"]
    assert [country["iso3"] for country in row["countries"]] == ["COL", "PER", "BGD"]
    assert api(f"/exchanges/{row['code']}/?expand=countries")["countries"] == row["countries"]
    assert "countries" not in api(f"/exchanges/{row['code']}/")

    fund = api("/funds/?expand=calls&fields=slug")["results"]
    assert [one["calls"] for one in fund if one["slug"] == "a-fund"] == [api("/funds/a-fund/")["calls"]]


def test_what_is_not_public_is_not_expanded(api, milk):
    type(milk.need).objects.update(visibility="partners")
    type(milk).objects.update(visibility="public")

    assert [row["need"] for row in api("/exchanges/?expand=need")["results"]] == [None]
    assert api("/needs/?expand=exchanges")["results"] == []
    type(milk).objects.update(visibility="partners")
    assert [row["exchanges"] for row in api("/projects/?expand=exchanges")["results"]] == [[]]


@pytest.mark.parametrize(
    "path",
    [
        f"/practices/?expand={OF_ROWS}",
        "/exchanges/?expand=parties,milestones,activities,adoptions,projects,contributions,documents,follow_ups,sources",
        "/countries/?expand=indicators",
        *(f"/{name}/?expand={','.join(members)}" for name, members in BEHIND.items()),
        "/exchanges/?expand=countries",
        "/funds/?expand=calls",
    ],
)
def test_expanding_asks_as_often_for_many_rows_as_for_few(client, thread, path):
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
        practice = make_practice(**facts)
        need = make_need(country=country, practice=practice, joined=["BGD"], topics=["one"])
        exchange = make_exchange("running", practices=[practice], need=need, topics=["one"])
        make_offer(practices=[practice], topics=["one"])
        make_call(make_project(make_fund(areas=["nutrition"]), exchanges=[exchange]).fund)
        make_figures(country, make_indicator(), {2018: 12.5})

    assert queries() == before
