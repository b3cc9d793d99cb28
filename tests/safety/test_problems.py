"""What the portal says when something did not work: a page for people, problem details for programs."""

import html
import json
import logging
import re

import pytest
from django.db import connection
from django.utils.module_loading import import_string

from countries.api.documentation import ProblemSerializer
from practices.enums import PracticeStatus
from practices.models import Practice
from ssc_portal import problems
from tests.make import make_practice

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.safety.failing_urls")]


@pytest.fixture
def retracted_practice():
    practice = make_practice(title="Solar pumps")
    Practice.objects.filter(pk=practice.pk).update(
        status=PracticeStatus.RETRACTED,
        retracted_at="2026-05-04T10:00:00Z",
        retraction_reason="The figures were wrong.",
    )
    return practice


def problem_of(answer):
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["request_id"] == answer["X-Request-Id"]
    assert body["instance"] == answer.request["PATH_INFO"]
    assert body["title"]
    assert body["detail"]
    assert body["type"].startswith("/developers/problems/#")
    return body


@pytest.mark.parametrize(
    ("how", "status", "slug", "detail"),
    [
        ("bug", 500, "server-error", ""),
        ("conflict", 409, "conflict", "It is in review."),
        ("credentials", 401, "not-authenticated", ""),
        ("forbidden", 403, "permission-denied", "Ask your focal point."),
        ("missing", 404, "not-found", ""),
        ("throttled", 429, "too-many-requests", ""),
        ("invalid", 400, "validation-error", ""),
    ],
)
def test_a_failure_below_the_api_is_problem_details(visitor, how, status, slug, detail):
    answer = visitor.get(f"/api/fail/{how}/")

    body = problem_of(answer)
    assert (body["status"], body["type"]) == (status, problems.type_address(slug))
    if detail:
        assert body["detail"] == detail
    assert "secret" not in answer.content.decode()
    assert "No Practice" not in answer.content.decode()


def test_wrong_fields_are_named_one_by_one(visitor):
    assert visitor.get("/api/fail/invalid/").json()["errors"] == [
        {"field": "area", "message": "“nutritoin” is not a challenge area."},
        {"field": "results[1].unit", "message": "This field is required."},
        {"field": "", "message": "The end is before the start."},
    ]
    assert visitor.get("/api/fail/invalid-list/").json()["errors"] == [{"field": "", "message": "Send an object."}]


def test_a_throttled_program_is_told_how_long_to_wait(visitor):
    assert visitor.get("/api/fail/throttled/")["Retry-After"] == "18"


def test_a_wrong_method_is_told_the_right_ones(visitor):
    answer = visitor.delete("/api/fail/echo/")

    assert problem_of(answer)["type"] == problems.type_address("method-not-allowed")
    assert set(answer["Allow"].split(", ")) == {"GET", "POST", "OPTIONS"}


def test_a_format_that_nobody_makes(visitor):
    answer = visitor.get("/api/v1/practices/", headers={"Accept": "application/x-dvi"})

    assert problem_of(answer)["type"] == problems.type_address("not-acceptable")


def test_a_body_in_another_format(visitor):
    answer = visitor.generic("POST", "/api/fail/echo/", "<practice/>", "application/xml")

    assert problem_of(answer)["type"] == problems.type_address("unsupported-media-type")


@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff", b'{"a": NaN}', b"\x00", b'"' + b"a" * (3 * 1024 * 1024) + b'"'],
    ids=["half", "bytes", "NaN", "NUL", "3 MB"],
)
def test_a_body_that_cannot_be_read(visitor, body):
    answer = visitor.generic("POST", "/api/fail/echo/", body, "application/json")

    assert answer.status_code in {400, 413}
    problem_of(answer)


@pytest.mark.parametrize(
    "path", ["/api/", "/api/v1/no-such-list/", "/api/v2/practices/", "/api/v1/practices/no-such-one/"]
)
def test_an_address_that_the_api_does_not_have(visitor, path):
    assert problem_of(visitor.get(path))["type"] == problems.type_address("not-found")


def test_titles_are_translated_and_types_are_not(visitor, settings):
    bodies = [visitor.get(f"/api/fail/missing/?lang={code}").json() for code, _name in settings.LANGUAGES]

    assert {body["type"] for body in bodies} == {"/developers/problems/#not-found"}


def test_every_type_is_explained_at_its_address(visitor):
    page = visitor.get("/developers/problems/").content.decode()

    for slug, (code, title, meaning) in problems.TYPES.items():
        assert f'id="{slug}"' in page
        for text in (str(code), str(title), str(meaning)):
            assert text in page


def test_every_type_has_an_example_in_its_own_words(visitor):
    page = html.unescape(visitor.get("/developers/problems/").content.decode())
    shown = [json.loads(text) for text in re.findall(r"<code>({.*?})</code>", page, re.DOTALL)]

    assert [body["type"] for body in shown] == [problems.type_address(slug) for slug in problems.TYPES]
    for body, (code, title, _meaning) in zip(shown, problems.TYPES.values(), strict=True):
        assert (body["status"], body["title"]) == (code, title)
        assert ProblemSerializer(data=body).is_valid()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/fail/bug/", 500),
        ("/fail/template/", 500),
        ("/fail/busy/", 503),
        ("/fail/forbidden/", 403),
        ("/fail/missing/", 404),
        ("/no/such/page/", 404),
        ("/de/", 404),
        ("/de/practices/", 404),
        ("/xx/about/", 404),
        ("/FR/about/", 404),
        ("/practices/no-such-practice/", 404),
        ("/countries/XXX/", 404),
        ("/areas/no-such-area/", 404),
    ],
)
def test_a_failure_of_a_page_is_a_page_in_the_design(visitor, path, status):
    answer = visitor.get(path)

    page = answer.content.decode()
    assert answer.status_code == status
    assert "/static/css/ssc" in page
    assert answer["X-Request-Id"] in page
    for internal in ("Traceback", "ZeroDivision", "TemplateDoesNotExist", "secret", "No Practice matches", "django"):
        assert internal not in page
    assert re.search(r'href="/(fr/)?"', page)


@pytest.mark.parametrize("method", ["FOO", "TRACE", "CONNECT", "PROPFIND"])
@pytest.mark.parametrize("path", ["/about/", "/accounts/login/", "/healthz", "/no/such/page/"])
def test_a_method_that_nobody_knows(visitor, method, path):
    answer = visitor.generic(method, path)

    assert answer.status_code == 405
    assert answer["Allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
    assert "This address does not take that" in answer.content.decode()


def test_a_method_that_the_page_does_not_take(visitor):
    answer = visitor.put("/developers/problems/")

    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
    assert "This address does not take that" in answer.content.decode()


def test_a_method_that_nobody_knows_below_the_api(visitor):
    body = problem_of(visitor.generic("FOO", "/api/v1/practices/"))

    assert body["type"] == problems.type_address("method-not-allowed")


def test_a_refusal_says_what_the_refusing_code_said(visitor):
    assert "Ask your focal point." in visitor.get("/fail/forbidden/").content.decode()


@pytest.mark.parametrize(
    ("prefix", "language", "direction"), [("/ar", "ar", "rtl"), ("/fr", "fr", "ltr"), ("", "en", "ltr")]
)
def test_a_failure_speaks_the_language_of_the_address(visitor, prefix, language, direction):
    answer = visitor.get(f"{prefix}/no/such/page/", headers={"Accept-Language": "pt"})

    assert answer["Content-Language"] == language
    assert f'<html lang="{language}" dir="{direction}"' in answer.content.decode()


def test_a_page_that_fails_for_a_signed_in_person_does_not_ask_who_they_are(visitor, django_user_model):
    visitor.force_login(django_user_model.objects.create_user("amina@example.org", name="Amina"))

    answer = visitor.get("/fail/bug/")

    assert answer.status_code == 500
    assert "Amina" not in answer.content.decode()


def test_a_query_that_takes_too_long_is_told_to_come_back(visitor):
    answer = visitor.get("/fail/slow/")

    assert (answer.status_code, answer["Retry-After"]) == (503, "60")


@pytest.mark.parametrize(
    "path", ["/no/such/page/", "/fail/bug/", "/fail/forbidden/", "/fail/busy/", "/%00", "/healthz"]
)
def test_failures_are_told_without_the_database(visitor, path, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("The database was asked.")

    monkeypatch.setattr(connection, "cursor", refuse)

    answer = visitor.get(path)

    assert answer.status_code in {200, 400, 403, 404, 500, 503}
    assert "Request id" in answer.content.decode() or path == "/healthz"


def test_when_even_the_page_of_the_failure_fails_a_few_words_remain(visitor, settings):
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [], "APP_DIRS": True}]

    answer = visitor.get("/fr/no/such/page/")

    assert answer.status_code == 404
    assert '<html lang="fr" dir="ltr">' in answer.content.decode()
    assert answer["X-Request-Id"] in answer.content.decode()


def test_a_retracted_practice_is_a_tombstone_with_date_and_reason(visitor, retracted_practice):
    answer = visitor.get("/fail/retracted/")

    page = answer.content.decode()
    assert answer.status_code == 410
    assert "The figures were wrong." in page
    assert retracted_practice.reference in page
    assert "2026" in page
    assert "Solar pumps" not in page


def test_a_retracted_practice_in_the_api(visitor, retracted_practice):
    body = problem_of(visitor.get("/api/fail/retracted/"))

    assert (body["status"], body["type"]) == (410, problems.type_address("gone"))
    assert (body["detail"], body["reference"]) == ("The figures were wrong.", retracted_practice.reference)
    assert body["retracted_at"].startswith("2026-05-04T10:00:00")


@pytest.mark.parametrize("given", ["", "short", "a" * 65, "with space", "line\nbreak", "<script>", "-begins-badly"])
def test_a_request_gets_an_id_of_its_own_when_it_brings_none_that_will_do(visitor, given):
    ids = {visitor.get("/healthz", headers={"X-Request-Id": given})["X-Request-Id"] for _ in range(2)}

    assert len(ids) == 2
    assert all(re.fullmatch(r"[0-9a-f]{32}", value) for value in ids)


def test_a_well_formed_id_is_kept(visitor):
    answer = visitor.get("/api/fail/missing/", headers={"X-Request-Id": "partner-4711.abc"})

    assert (answer["X-Request-Id"], answer.json()["request_id"]) == ("partner-4711.abc", "partner-4711.abc")


def test_the_log_names_the_request(visitor, settings):
    lines = []
    handler = logging.Handler()
    handler.addFilter(import_string(settings.LOGGING["filters"]["request_id"]["()"])())
    handler.emit = lambda record: lines.append((record.name, record.request_id))
    logging.getLogger("django.request").addHandler(handler)
    try:
        answer = visitor.get("/fail/bug/")
    finally:
        logging.getLogger("django.request").removeHandler(handler)

    assert ("django.request", answer["X-Request-Id"]) in lines
