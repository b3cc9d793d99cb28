"""The OpenAPI document: valid, complete, and true of every answer."""

import io
import json
import re
from datetime import date

import pytest
import yaml
from django.core.management import call_command
from django.urls import reverse
from jsonschema import Draft202012Validator

from practices.models import Practice, ReviewCard
from practices.publication import retract
from ssc_portal import problems
from ssc_portal.api_docs import schema
from ssc_portal.impact.tables import TABLES
from tests.exchanges_make import make_exchange, make_need, make_offer
from tests.make import make_country, make_practice, make_update

# Below the address of a practice.
PARTS = ("versions", "differences", "translations", "adoptions", "related")

UNSAFE = {"post", "put", "patch", "delete"}
_REVIEW_MOVES = ["claim", "join", "release", "reassign", "review", "file", "requests", "requests/{asked}/close"]
_REVIEW_MOVES += ["comments", "letter", "request-changes", "publish", "decline"]
REVIEWS = ["", "{id}/", "retractions/", *(f"{{id}}/{move}/" for move in _REVIEW_MOVES)]
_MOVES = ["send", "endorse", "send-back", "close"]
_OF_KIND = {"offers": ["pause", "resume"], "needs": ["withdraw", "join", "leave", "volunteer", "matches"]}
_OF_STUDY = ["submit", "endorse", "send-back", "withdraw", "comments", "change-requests/{number}/answer"]
_FILES = ["{submission}/files/", "{submission}/files/{id}/"]
SUBMISSIONS = ["", "{id}/", *(f"{{id}}/{move}/" for move in _OF_STUDY), *_FILES]
ASSISTANCE = {
    name: ["", "{code}/", *(f"{{code}}/{move}/" for move in [*_MOVES, *moves])] for name, moves in _OF_KIND.items()
} | {"matches": ["{id}/", "{id}/accept/", "{id}/decline/"]}

_DELIVERIES = ["{webhook}/deliveries/", "{webhook}/deliveries/{id}/", "{webhook}/deliveries/{id}/again/"]
WEBHOOKS = ["", "{id}/", "{id}/secret/", "{id}/test/", *_DELIVERIES]


def operations():
    return [(path, method, operation) for path, item in schema()["paths"].items() for method, operation in item.items()]


def closed(node):
    """``node`` of the document with every described object having all members that it describes and no others."""
    if isinstance(node, dict):
        node = whole(node)
        shut = {"additionalProperties": False} if node.get("type") == "object" and "properties" in node else {}
        return shut | {key: closed(value) for key, value in node.items()}
    return [closed(value) for value in node] if isinstance(node, list) else node


def whole(node):
    """``node`` where nobody asks for ``fields``: not a part of what it may be."""
    return {key: value for key, value in node.items() if key != "anyOf"} | node["anyOf"][0] if "anyOf" in node else node


def wrong(shape, value):
    """What is wrong with ``value``, measured by the schema ``shape``."""
    validator = Draft202012Validator(closed({**shape, "components": schema()["components"]}))
    return [error.message for error in validator.iter_errors(value)]


def complain(path, response):
    """What is wrong with ``response``, measured by what the document says about ``path``."""
    described = schema()["paths"][path]["get"]["responses"][str(response.status_code)]["content"]
    media_type = response["Content-Type"].partition(";")[0]
    return wrong(described[media_type]["schema"], json.loads(response.getvalue()))


def test_it_is_valid_and_without_warnings(capsys):
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=io.StringIO())

    assert capsys.readouterr().err == ""


def test_it_is_served_as_json_and_yaml(client, db):
    as_json, as_yaml = client.get("/api/v1/schema/"), client.get("/api/v1/schema/?format=yaml")

    assert as_json["Content-Type"] == "application/json"
    assert as_json.json()["openapi"].startswith("3.1")
    assert as_yaml["Content-Type"].startswith("application/vnd.oai.openapi")
    assert yaml.safe_load(as_yaml.content)["paths"].keys() == as_json.json()["paths"].keys()


def test_every_list_and_every_one_is_described():
    assert {path for path, _method, _operation in operations()} == {
        f"/api/v1/{name}/{one}"
        for name, key in {
            "practices": "slug",
            "countries": "iso3",
            "areas": "slug",
            "topics": "slug",
            "sdg-targets": "code",
            "indicators": "code",
            "exchanges": "code",
            "offers": "code",
            "needs": "code",
            "funds": "slug",
            "projects": "code",
        }.items()
        for one in ("", f"{{{key}}}/")
    } | {
        *(f"/api/v1/practices/{{slug}}/{part}/" for part in PARTS),
        "/api/v1/practices/{slug}/versions/{number}/",
        "/api/v1/practices/{slug}/contact/",
        "/api/v1/countries/{iso3}/similar/",
        "/api/v1/countries/{iso3}/indicators/",
        "/api/v1/indicators/{code}/values/",
        "/api/v1/projects/{code}/thread/",
        "/api/v1/dump/",
        "/api/v1/catalog/",
        *(f"/api/v1/impact/{name}/" for name in TABLES),
        *(f"/api/v1/webhooks/{one}" for one in WEBHOOKS),
        *(f"/api/v1/reviews/{one}" for one in REVIEWS),
        *(f"/api/v1/submissions/{one}" for one in SUBMISSIONS),
        *(f"/api/v1/assistance/{name}/{one}" for name, moves in ASSISTANCE.items() for one in moves),
    }


def test_every_operation_has_a_name_of_its_own_and_words():
    names = [operation["operationId"] for _path, _method, operation in operations()]
    tags = {tag["name"]: tag["description"] for tag in schema()["tags"]}

    assert len(set(names)) == len(names)
    for path, method, operation in operations():
        where = f"{method} {path}"
        assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)+", operation["operationId"]), where
        assert operation["summary"], where
        assert operation["description"], where
        assert len(operation["tags"]) == 1, where
        assert tags[operation["tags"][0]], where


def test_every_parameter_and_body_is_described_and_exemplified():
    for path, method, operation in operations():
        for parameter in operation.get("parameters", []):
            where = f"{method} {path} {parameter['name']}"
            assert parameter["description"], where
            assert parameter["schema"], where
            assert parameter["in"] != "path" or parameter["examples"], where
        assert method in UNSAFE or "requestBody" not in operation, path
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
            if media_type == "application/json":
                assert content["examples"], f"{method} {path}"
                for example in content["examples"].values():
                    assert wrong(content["schema"], example["value"]) == [], f"{method} {path}"


def test_every_answer_is_described_and_exemplified():
    for path, method, operation in operations():
        for status, response in operation["responses"].items():
            where = f"{method} {path} {status}"
            assert response["description"], where
            if status >= "400":
                assert list(response["content"]) == ["application/problem+json"], where
            for media_type, content in response.get("content", {}).items():
                assert content["schema"], where
                if media_type in {"application/json", "application/problem+json"}:
                    assert content["examples"], where
                for example in content.get("examples", {}).values():
                    assert wrong(content["schema"], example["value"]) == [], where
                    if status >= "400":
                        assert_is_known_problem(int(status), example["value"])


def assert_is_known_problem(status, body):
    code, title, _meaning = problems.TYPES[body["type"].removeprefix(problems.type_address(""))]
    assert (body["status"], body["title"], code) == (status, str(title), status)


def test_every_operation_names_what_it_may_always_answer():
    for path, method, operation in operations():
        where = f"{method} {path}"
        assert {status[0] for status in operation["responses"]} >= {"2", "4", "5"}, where
        brings = "requestBody" in operation or any(one["in"] == "query" for one in operation.get("parameters", []))
        always = {"401", "429", "503"} | ({"400"} if brings else set())
        always |= {"403", "413", "415"} if "requestBody" in operation else set()
        assert always <= set(operation["responses"]), where
        assert operation["responses"]["429"]["headers"]["Retry-After"], where
        assert operation["responses"]["401"]["headers"]["WWW-Authenticate"], where


def test_every_operation_says_who_may_call_it():
    schemes = schema()["components"]["securitySchemes"]
    assert {one["type"] for one in schemes.values()} <= {"http", "apiKey"}
    for path, method, operation in operations():
        for way in operation["security"]:
            assert set(way) <= set(schemes), path
        if method in UNSAFE:
            assert {} not in operation["security"], f"{method} {path}: nobody writes without saying who they are"


def test_the_parameters_described_are_those_that_are_known(client, db):
    for path, method, operation in operations():
        if "{" in path or method != "get" or {} not in operation["security"]:
            continue
        described = {parameter["name"] for parameter in operation["parameters"]}
        (error,) = client.get(f"{path}?colour=red").json()["errors"]
        known = error["message"].partition("Known parameters: ")[2].rstrip(".").split(", ")
        assert set(known) == described, path


@pytest.mark.parametrize(
    "query", ["", "?facets=1", "?q=kangaroo&facets=1", "?lang=ar", "?q=kangroo", "?format=geojson"]
)
def test_lists_are_as_described(client, kangaroo, query):
    make_practice(start_year=None, results=[{"name": "Reach"}])

    assert complain("/api/v1/practices/", client.get(f"/api/v1/practices/{query}")) == []


def test_practices_are_as_described(client, db, seeds):
    for practice in Practice.objects.all():
        for language in ("en", "fr"):
            response = client.get(f"/api/v1/practices/{practice.slug}/?lang={language}")
            assert complain("/api/v1/practices/{slug}/", response) == [], practice.slug


def test_the_parts_of_practices_are_as_described(client, kangaroo, seeds):
    version = make_update(kangaroo, title="Kangaroo mother care, again", country="COL").live
    ReviewCard.objects.create(
        version=version,
        label="good",
        score="4.2",
        scores={"equity": 4},
        reviewers_count=2,
        reviewed_on=date(2026, 5, 1),
    )
    for practice in [kangaroo, *Practice.objects.exclude(pk=kangaroo.pk)[:2]]:
        for part in ("", *(f"{part}/" for part in PARTS)):
            if part == "differences/" and practice != kangaroo:
                continue
            response = client.get(f"/api/v1/practices/{practice.slug}/{part}")
            assert complain(f"/api/v1/practices/{{slug}}/{part}", response) == [], (practice.slug, part)
    for number in (1, 2):
        response = client.get(f"/api/v1/practices/{kangaroo.slug}/versions/{number}/")
        assert complain("/api/v1/practices/{slug}/versions/{number}/", response) == []


@pytest.mark.parametrize(
    ("name", "key"), [("countries", "iso3"), ("areas", "slug"), ("topics", "slug"), ("sdg-targets", "code")]
)
def test_reference_lists_are_as_described(client, db, seeds, name, key):
    listed = client.get(f"/api/v1/{name}/")
    assert complain(f"/api/v1/{name}/", listed) == []

    one = client.get(f"/api/v1/{name}/{listed.json()['results'][0][key]}/")
    assert complain(f"/api/v1/{name}/{{{key}}}/", one) == []


def test_countries_on_a_map_are_as_described(client, db):
    make_country("KEN", capital_latitude=-1.28, capital_longitude=36.82)

    assert complain("/api/v1/countries/", client.get("/api/v1/countries/?format=geojson")) == []


@pytest.mark.parametrize("name", ["exchanges", "offers", "needs"])
def test_exchanges_offers_and_needs_are_as_described(client, db, seeds, name):
    make_offer("expired", regions=["LAC"], capacity_count=2, practices=[Practice.objects.first()])
    make_need("matched", joined=["KEN"], practice=Practice.objects.first())
    for status in ("running", "followed_up", "cancelled"):
        make_exchange(status)

    for query in ("", "?facets=1", "?status=ended" if name != "exchanges" else "?status=completed"):
        listed = client.get(f"/api/v1/{name}/{query}")
        assert complain(f"/api/v1/{name}/", listed) == []
        for row in listed.json()["results"]:
            one = client.get(f"/api/v1/{name}/{row['code']}/")
            assert complain(f"/api/v1/{name}/{{code}}/", one) == []


def test_an_exchange_with_everything_is_as_described(client, milk):
    assert complain("/api/v1/exchanges/{code}/", client.get(f"/api/v1/exchanges/{milk.code}/")) == []


def test_errors_are_as_described(client, kangaroo):
    path = "/api/v1/practices/"
    assert complain(path, client.get(f"{path}?colour=red")) == []
    assert complain(path, client.get(f"{path}?page=9")) == []
    assert complain(path, client.get(f"{path}?format=pdf")) == []
    one = "/api/v1/practices/{slug}/"
    assert complain(one, client.get(f"{path}nothing/")) == []
    retract(kangaroo, reason="Made up.")
    gone = client.get(f"{path}{kangaroo.slug}/")
    assert gone.status_code == 410
    assert {"reference", "retracted_at"} <= set(gone.json())


def test_the_reference_page_needs_nothing_from_elsewhere(client, db):
    response = client.get(reverse("api:docs"))
    html = response.content.decode()

    assert response.status_code == 200
    assert "unsafe" not in response["Content-Security-Policy"]
    assert 'data-schema="/api/v1/schema/"' in html
    assert "swagger-ui-bundle" in html
