"""Countries, areas, topics and SDG targets in the API."""

import csv
import io
import json

import pytest

from practices.models import Topic
from tests.make import make_country, make_practice, make_topic

LISTS = ["countries", "areas", "topics", "sdg-targets"]


@pytest.fixture
def some(kangaroo):
    make_practice(areas=["wash"], topics=["wells"], targets=["6.1"], country="KEN")


@pytest.mark.parametrize("name", LISTS)
def test_every_list_has_the_same_envelope_and_its_rows_lead_to_themselves(api, some, name):
    answer = api(f"/{name}/?page_size=1")

    assert set(answer) == {"count", "next", "previous", "results"}
    assert answer["count"] > 1
    assert answer["next"].endswith(f"/api/v1/{name}/?page_size=1&page=2")
    (row,) = answer["results"]
    key = {"countries": "iso3", "sdg-targets": "code"}.get(name, "slug")
    assert api(f"/{name}/{row[key]}/") == row


def test_a_country(api, db):
    make_country(
        "KEN",
        iso2="KE",
        names={code: f"Kenya {code}" for code in ("en", "fr", "es", "pt", "ar")},
        capital_name="Nairobi",
        capital_latitude=-1.28,
        capital_longitude=36.82,
        is_ldc=True,
        income_group="LMI",
        official_languages=["sw", "en"],
    )

    country = api("/countries/ken/?lang=fr")

    assert (country["iso3"], country["name"], country["unicef_region"]) == ("KEN", "Kenya fr", "ESA")
    assert country["capital"] == {"name": "Nairobi", "latitude": -1.28, "longitude": 36.82}
    assert country["url"] == "http://testserver/fr/countries/KEN/"
    assert api("/countries/KEN/?fields=iso3") == {"iso3": "KEN"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("region=SA", ["BGD"]),
        ("region=SA&region=ESA", ["BGD", "KEN"]),
        ("group=ldc", ["BGD"]),
        ("group=ldc&group=sids", ["BGD", "FJI"]),
        ("income_group=UMI&region=LAC", ["COL"]),
    ],
)
def test_countries_can_be_narrowed(api, db, query, found):
    make_country("BGD", is_ldc=True)
    make_country("KEN")
    make_country("FJI", is_sids=True)
    make_country("COL", income_group="UMI")
    make_country("PER", income_group="LMI")

    assert [row["iso3"] for row in api(f"/countries/?{query}")["results"]] == found


def test_practices_are_counted_per_area_topic_and_target(api, some):
    counts = {
        name: {row[key]: row["practices_count"] for row in api(f"/{name}/")["results"]}
        for name, key in (("areas", "slug"), ("topics", "slug"), ("sdg-targets", "code"))
    }

    assert counts == {
        "areas": {"newborn-health": 1, "nutrition": 1, "wash": 1},
        "topics": {"kangaroo": 1, "wells": 1},
        "sdg-targets": {"3.2": 1, "6.1": 1},
    }


def test_topics_and_targets_can_be_narrowed(api, some):
    assert [row["slug"] for row in api("/topics/?area=wash")["results"]] == ["wells"]
    assert [row["code"] for row in api("/sdg-targets/?sdg=6")["results"]] == ["6.1"]


def test_a_merged_topic_leads_to_what_it_became(client, api, some):
    old = make_topic("boreholes", "wash")
    Topic.objects.filter(pk=old.pk).update(merged_into="wells")

    response = client.get("/api/v1/topics/boreholes/")

    assert (response.status_code, response["Location"]) == (301, "/api/v1/topics/wells/")
    assert "boreholes" not in [row["slug"] for row in api("/topics/")["results"]]


@pytest.mark.parametrize(
    "path",
    ["/countries/XXX/", "/countries/KENYA/", "/areas/space/", "/topics/none/", "/sdg-targets/99.9/", "/countries/%00/"],
)
def test_an_unknown_code_is_not_found(client, some, path):
    response = client.get(f"/api/v1{path}")

    assert response.status_code in {400, 404}
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("query", ["colour=red", "page=0", "page_size=101", "fields=secret", "lang=xx", "q=x"])
def test_an_unknown_parameter_or_value_is_refused(problem, some, name, query):
    status, errors, _detail = problem(f"/api/v1/{name}/?{query}")

    assert (status, list(errors)) == (400, [query.partition("=")[0]])


@pytest.mark.parametrize("name", LISTS)
def test_a_page_beyond_the_last_is_not_there(problem, some, name):
    assert problem(f"/api/v1/{name}/?page=1000000000")[0] == 404


@pytest.mark.parametrize("name", LISTS)
def test_lists_come_as_table_and_linked_data(client, some, name):
    table = client.get(f"/api/v1/{name}/?format=csv").getvalue().decode()
    linked = json.loads(client.get(f"/api/v1/{name}/?format=jsonld").getvalue())
    count = client.get(f"/api/v1/{name}/").json()["count"]

    assert len(list(csv.DictReader(io.StringIO(table)))) == count
    assert (linked["numberOfItems"], len(linked["itemListElement"])) == (count, count)


def test_countries_go_on_a_map(client, db):
    make_country("KEN", capital_latitude=-1.28, capital_longitude=36.82)

    (feature,) = json.loads(client.get("/api/v1/countries/?format=geojson").getvalue())["features"]

    assert feature["geometry"]["coordinates"] == [36.82, -1.28]
