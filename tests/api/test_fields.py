"""``fields`` names members, and with dots members of what stands in them or is expanded."""

import pytest

from tests.exchanges_make import make_need, make_offer
from tests.figures import make_figures, make_indicator

PATHS = {
    "practices": ("title,evidence.level,results.name", {"title", "evidence", "results"}),
    "countries": ("iso3,capital.name", {"iso3", "capital"}),
    "sdg-targets": ("code,goal.number", {"code", "goal"}),
}


@pytest.mark.parametrize(("name", "asked"), PATHS.items())
def test_a_dot_leads_into_an_object_and_into_each_object_of_a_list(api, kangaroo, name, asked):
    fields, members = asked
    whole, rows = api(f"/{name}/")["results"], api(f"/{name}/?fields={fields}")["results"]

    assert [set(row) for row in rows] == [members] * len(rows)
    for row, full in zip(rows, whole, strict=True):
        for path in fields.split(","):
            first, _dot, then = path.partition(".")
            assert pick(row[first], then) == pick(full[first], then)
    assert {"evidence": {"level"}, "capital": {"name"}, "goal": {"number"}}.items() >= {
        first: set(value) for first, value in rows[0].items() if isinstance(value, dict)
    }.items()


def pick(value, path):
    if not path:
        return value
    return [one[path] for one in value] if isinstance(value, list) else value[path]


def test_one_takes_paths_as_its_list_does(api, kangaroo):
    answer = api(f"/practices/{kangaroo.slug}/?fields=slug,references.title,sections.challenge")

    assert answer["references"] == [{"title": "Twenty years"}]
    assert answer["sections"] == {"challenge": "Too few incubators."}
    assert api("/countries/COL/?fields=capital.name,capital.latitude").keys() == {"capital"}


def test_the_whole_stands_above_a_part_of_it(api, kangaroo):
    (row,) = api("/practices/?fields=evidence.level,evidence")["results"]

    assert set(row["evidence"]) == {"level", "label", "reasons"}


def test_a_path_into_what_stands_behind_a_code_expands_it(api, db):
    make_offer(country="BGD", areas=["nutrition"])
    need = make_need(country="PER", joined=["KEN"])

    (offer,) = api("/offers/?fields=code,country.iso3,country.capital.name,challenge_areas.slug")["results"]
    assert offer["country"] == {"iso3": "BGD", "capital": {"name": offer["country"]["capital"]["name"]}}
    assert offer["challenge_areas"] == [{"slug": "nutrition"}]
    assert api(f"/needs/{need.code}/?fields=joined.iso3") == {"joined": [{"iso3": "KEN"}]}
    assert api("/needs/?fields=country")["results"] == [{"country": "PER"}]


def test_a_path_takes_parts_of_what_is_expanded(api, milk):
    (row,) = api("/exchanges/?expand=activities,need&fields=code,activities.title")["results"]

    assert row["activities"] == [{"title": "Visit"}, {"title": "Talk"}]
    assert set(row) == {"code", "activities", "need"}
    assert row["need"]["code"] == milk.need.code
    make_figures("PER", make_indicator(), {2018: 12.5})
    rows = api("/countries/?fields=indicators.year")["results"]
    assert {"indicators": [{"year": 2018}]} in rows


def test_lines_and_tables_take_them_too(client, kangaroo):
    lines = client.get("/api/v1/practices/?format=jsonl&fields=slug,evidence.level").getvalue().decode()
    table = client.get("/api/v1/countries/?format=csv&fields=iso3,capital.name").getvalue().decode()

    assert lines.startswith(f'{{"slug":"{kangaroo.slug}","evidence":{{"level":')
    assert table.splitlines()[0] == "iso3,capital_name"


@pytest.mark.parametrize(
    "path",
    [
        "/practices/?fields=evidence.colour",
        "/practices/?fields=match.snippet",
        "/practices/?fields=title.length",
        "/exchanges/?fields=need.country.name",
        "/offers/?fields=country.",
        "/offers/?fields=.country",
        "/countries/KEN/?fields=capital.mayor",
        "/funds/?fields=calls.secret",
    ],
)
def test_a_path_that_leads_nowhere_is_named(problem, kangaroo, path):
    status, errors, _detail = problem(f"/api/v1{path}")

    assert (status, list(errors)) == (400, ["fields"])
