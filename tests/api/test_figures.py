"""Similar countries, indicators and figures in the API."""

import csv
import io
import re

import pytest

from tests.api.test_schema import complain
from tests.figures import make_figures, make_indicator
from tests.make import make_country

pytestmark = pytest.mark.django_db


def table(client, path):
    response = client.get(f"/api/v1{path}")
    assert response.status_code == 200
    return list(csv.DictReader(io.StringIO(response.getvalue().decode())))


@pytest.fixture
def kenya(db):
    indicator = make_indicator()
    for iso3, value in {"KEN": 20, "UGA": 21, "COL": 2, "ZMB": 30}.items():
        make_country(iso3, income_group="LMI", unicef_region="LAC" if iso3 == "COL" else "ESA")
        make_figures(iso3, indicator, {2010: 40, 2020: value})
    make_indicator("water_basic", area="wash")


def test_similar_countries_come_with_their_reasons(api, kenya):
    answer = api("/countries/ken/similar/")

    assert set(answer) == {"count", "results"}
    assert answer["count"] == 3
    assert [row["country"] for row in answer["results"]] == ["UGA", "ZMB", "COL"]
    first = answer["results"][0]
    assert set(first) == {"country", "name", "score", "confidence", "reasons", "url"}
    assert {reason["factor"] for reason in first["reasons"]} == {"indicators", "region", "income", "status", "language"}
    assert first["url"] == "http://testserver/countries/UGA/"


@pytest.mark.parametrize(
    ("query", "factors"),
    [
        ("factor=region", ["region"]),
        ("factor=income&factor=region&area=nutrition", ["region", "income"]),
        ("factor=region&page_size=1", ["region"]),
        ("factors=income,region", ["region", "income"]),
    ],
)
def test_factors_can_be_switched_off(api, kenya, query, factors):
    answer = api(f"/countries/KEN/similar/?{query}")

    assert sorted(reason["factor"] for reason in answer["results"][0]["reasons"]) == sorted(factors)
    assert answer["count"] == 3
    assert len(answer["results"]) == (1 if "page_size" in query else 3)


def test_the_page_of_a_country_and_the_api_compare_by_the_same_factors(client, api, kenya):
    for query in ("factor=region", "factor=income&factor=status", ""):
        rows = api(f"/countries/KEN/similar/?{query}")["results"]
        page = client.get(f"/countries/KEN/?{query}").content.decode()
        shown = re.findall(r'<h3 class="mb-1"><a href="/countries/([A-Z]{3})/"', page.partition('id="similar"')[2])
        assert shown == [row["country"] for row in rows][: len(shown)], query
        assert shown


def test_reasons_speak_the_language_asked_for(api, kenya):
    answer = api("/countries/KEN/similar/?lang=fr&factor=indicators")

    assert "Stunting fr" in answer["results"][0]["reasons"][0]["text"]


def test_the_indicators_of_a_country(api, kenya):
    answer = api("/countries/KEN/indicators/")

    assert (answer["count"], answer["next"]) == (2, None)
    stunting, water = answer["results"]
    assert stunting["indicator"] == "stunting"
    assert (stunting["first"], stunting["latest"]) == ({"year": 2010, "value": 40}, {"year": 2020, "value": 20})
    assert (stunting["trend"], stunting["trend_text"]) == ("improving", "Improving")
    assert stunting["comparison"] == {
        "income_group": "LMI",
        "better_percent": 67,
        "countries_count": 3,
        "text": "Better than 67 % of the 3 other lower-middle-income countries with a figure.",
    }
    assert (water["latest"], water["trend"], water["gap"]) == (None, None, "No figure.")
    assert [row["indicator"] for row in api("/countries/KEN/indicators/?area=wash")["results"]] == ["water_basic"]


def test_an_indicator_with_the_latest_figure_of_each_country(api, kenya):
    answer = api("/indicators/stunting/")

    assert (answer["name"], answer["better"], answer["countries_count"]) == ("Stunting", "lower", 4)
    assert (answer["first_year"], answer["last_year"]) == (2010, 2020)
    assert answer["values"][1] == {"country": "KEN", "year": 2020, "value": 20, "source": "A survey"}
    assert len(answer["values"]) == 4


def test_the_list_of_indicators_can_be_narrowed_by_area(api, kenya):
    assert [row["code"] for row in api("/indicators/?area=wash")["results"]] == ["water_basic"]
    assert "values" not in api("/indicators/")["results"][0]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("page_size=3", [("COL", 2020), ("COL", 2010), ("KEN", 2020)]),
        ("year_from=2015", [("COL", 2020), ("KEN", 2020), ("UGA", 2020), ("ZMB", 2020)]),
        ("year_to=2015&region=LAC", [("COL", 2010)]),
        ("income_group=HI", []),
    ],
)
def test_all_figures_of_an_indicator(api, kenya, query, found):
    answer = api(f"/indicators/stunting/values/?{query}")

    assert [(row["country"], row["year"]) for row in answer["results"]] == found


def test_tables(client, kenya):
    assert [row["code"] for row in table(client, "/indicators/?format=csv")] == ["stunting", "water_basic"]
    assert len(table(client, "/indicators/stunting/values/?format=csv")) == 8
    stunting, water = table(client, "/countries/KEN/indicators/?format=csv")
    assert (stunting["latest_value"], stunting["points"]) == ("20.0", "2010: 40.0; 2020: 20.0")
    assert (water["latest_value"], water["gap"]) == ("", "No figure.")


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/countries/KEN/similar/?colour=red", "colour"),
        ("/countries/KEN/similar/?area=space", "area"),
        ("/countries/KEN/similar/?factor=region&factor=weather", "factor"),
        ("/countries/KEN/similar/?page_size=0", "page_size"),
        ("/countries/KEN/indicators/?page=0", "page"),
        ("/countries/KEN/indicators/?fields=secret", "fields"),
        ("/indicators/?q=x", "q"),
        ("/indicators/stunting/?area=wash", "area"),
        ("/indicators/stunting/values/?year_from=soon", "year_from"),
    ],
)
def test_an_unknown_parameter_or_value_is_refused(problem, kenya, path, field):
    status, errors, _detail = problem(f"/api/v1{path}")

    assert (status, list(errors)) == (400, [field])


@pytest.mark.parametrize(
    "path",
    [
        "/countries/XXX/similar/",
        "/countries/XXX/indicators/",
        "/countries/%00/similar/",
        "/indicators/none/",
        "/indicators/none/values/",
        "/indicators/stunting/values/?page=9",
    ],
)
def test_what_is_not_there(client, kenya, path):
    response = client.get(f"/api/v1{path}")

    assert response.status_code in {400, 404}
    assert response["Content-Type"] == "application/problem+json"


def test_what_is_not_there_leads_to_the_list(problem, kenya):
    assert "/api/v1/countries/ has all" in problem("/api/v1/countries/XXX/similar/")[2]


def test_nothing_can_be_written(client, kenya):
    for path in ("/countries/KEN/similar/", "/indicators/", "/indicators/stunting/values/"):
        assert client.post(f"/api/v1{path}").status_code == 405


@pytest.mark.parametrize(
    ("described", "path"),
    [
        ("/countries/{iso3}/similar/", "/countries/PER/similar/?area=wash"),
        ("/countries/{iso3}/similar/", "/countries/COK/similar/"),
        ("/countries/{iso3}/indicators/", "/countries/COK/indicators/?lang=ar"),
        ("/indicators/", "/indicators/"),
        ("/indicators/{code}/", "/indicators/stunting/"),
        ("/indicators/{code}/values/", "/indicators/stunting/values/"),
    ],
)
def test_answers_are_as_described(client, db, seeds, described, path):
    assert complain(f"/api/v1{described}", client.get(f"/api/v1{path}")) == []


def test_lists_ask_the_same_number_of_queries_however_long(client, kenya, django_assert_num_queries):
    for count in (1, 3):
        for number in range(count):
            make_figures("KEN", make_indicator(f"i{count}{number}"), {2020: 10})
        with django_assert_num_queries(5):  # the serial, the country, indicators, its figures, those of its peers
            client.get("/api/v1/countries/KEN/indicators/")
        with django_assert_num_queries(4):  # the serial, count, rows, what there is of each
            client.get("/api/v1/indicators/")
