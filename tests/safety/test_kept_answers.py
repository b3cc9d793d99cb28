"""Whole answers are given again to those who would get the same ones, and to nobody else."""

import datetime
from unittest.mock import patch

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from practices.publication import retract
from practices.serial import raise_public_serial
from ssc_portal import kept_answers
from ssc_portal.cache_backend import ForgetfulRedisCache
from tests.make import make_practice, make_update
from tests.people import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.safety.failing_urls")]

OWN_TO_EACH_ANSWER = {"X-Request-Id", "RateLimit-Remaining", "RateLimit-Reset"}


@pytest.fixture(autouse=True)
def answers(settings):
    """The cache in which this test keeps answers; what others kept is forgotten."""
    settings.ANSWERS_KEPT_SECONDS = 60
    caches["answers"].clear()
    yield caches["answers"]
    caches["answers"].clear()


def asked(client, address, **headers):
    """(answer, whether it had been kept): one that had costs a single statement, for the public serial."""
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address, headers=headers)
    return answer, len(queries) == 1


def headers_of(answer):
    return {name: value for name, value in answer.headers.items() if name not in OWN_TO_EACH_ANSWER}


@pytest.mark.parametrize(
    "address",
    ["/", "/practices/", "/ar/practices/?q=water", "/practices/solar-pumps/", "/api/v1/practices/", "/sitemap.xml",
     "/api/v1/practices/solar-pumps/?format=jsonld", "/practices/solar-pumps/cite.bib"],
)  # fmt: skip
def test_the_second_reader_gets_what_the_first_one_got_byte_by_byte(visitor, address):
    make_practice(title="Solar pumps")

    first, was_kept = asked(visitor, address)
    second, is_kept = asked(Client(), address)

    assert (first.status_code, was_kept, is_kept) == (200, False, True)
    assert second.content == first.content
    assert headers_of(second) == headers_of(first)
    assert second["X-Request-Id"] != first["X-Request-Id"]


def test_it_is_what_the_view_would_have_made(visitor, settings):
    make_practice(title="Solar pumps")
    visitor.get("/practices/")
    kept = visitor.get("/practices/")
    settings.ANSWERS_KEPT_SECONDS = 0

    made, is_kept = asked(visitor, "/practices/")

    assert not is_kept
    assert (made.content, headers_of(made)) == (kept.content, headers_of(kept))


def test_caches_and_browsers_may_do_with_it_what_they_could_before(visitor):
    visitor.get("/practices/")

    answer, is_kept = asked(visitor, "/practices/")

    assert is_kept
    assert answer["Cache-Control"] == "public, max-age=5"
    assert {name.strip() for name in answer["Vary"].split(",")} >= {"Cookie", "HX-Request"}
    assert visitor.get("/practices/", headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_a_head_request_is_answered_from_it_and_never_kept(visitor):
    head = visitor.head("/practices/")
    get, was_kept = asked(visitor, "/practices/")

    with CaptureQueriesContext(connection) as queries:
        again = visitor.head("/practices/")

    assert not was_kept
    assert len(queries) == 1
    assert (head.content, again.content) == (b"", b"")
    assert again["Content-Length"] == str(len(get.content))


def test_nobody_gets_what_was_true_before_something_was_published(visitor):
    practice = make_practice(title="Solar pumps", summary="As it was.")
    for address in ("/practices/", "/practices/solar-pumps/", "/api/v1/practices/"):
        assert b"As it was." in visitor.get(address).content

    make_update(practice, title="Solar pumps", summary="As it is.")

    for address in ("/practices/", "/practices/solar-pumps/", "/api/v1/practices/"):
        answer, is_kept = asked(visitor, address)
        assert (b"As it was." in answer.content, b"As it is." in answer.content, is_kept) == (False, True, False)


def test_nobody_gets_what_has_been_retracted(visitor):
    practice = make_practice(title="Solar pumps")
    visitor.get("/practices/solar-pumps/")

    retract(practice, reason="The figures were wrong.")

    assert visitor.get("/practices/solar-pumps/").status_code == 410


def test_any_rise_of_the_serial_is_enough(visitor):
    visitor.get("/about/")
    raise_public_serial()

    assert not asked(visitor, "/about/")[1]


def test_nobody_gets_what_was_true_yesterday(visitor):
    visitor.get("/funds/")
    tomorrow = timezone.localdate() + datetime.timedelta(days=1)

    with patch.object(timezone, "localdate", return_value=tomorrow):
        assert not asked(visitor, "/funds/")[1]


def test_each_language_is_kept_apart(visitor):
    english = visitor.get("/practices/")
    french, is_kept = asked(visitor, "/fr/practices/")
    assert not is_kept
    assert french["Content-Language"] == "fr" != english["Content-Language"]

    english = visitor.get("/api/v1/practices/", headers={"Accept-Language": "en"})
    spanish, is_kept = asked(visitor, "/api/v1/practices/", **{"Accept-Language": "es"})

    assert not is_kept
    assert (english["Content-Language"], spanish["Content-Language"]) == ("en", "es")


def test_a_part_for_htmx_is_no_page_and_a_page_is_no_part(visitor):
    def ask(**headers):
        return b"<html" in visitor.get("/practices/", headers=headers).content

    restoring = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    for _time in range(2):
        assert [ask(), ask(**{"HX-Request": "true"}), ask(**restoring)] == [True, False, True]


def test_each_host_scheme_query_and_format_is_kept_apart(visitor):
    make_practice(title="Solar pumps")

    def url(**kwargs):
        return visitor.get("/api/v1/practices/", **kwargs).json()["results"][0]["url"]

    for _time in range(2):
        assert url() == "http://testserver/practices/solar-pumps/"
        assert url(secure=True) == "https://testserver/practices/solar-pumps/"
        assert url(headers={"Host": "localhost"}) == "http://localhost/practices/solar-pumps/"
    assert not asked(visitor, "/api/v1/practices/?page=1")[1]
    for accepted in ("application/json", "application/ld+json"):
        answer = visitor.get("/api/v1/practices/solar-pumps/", headers={"Accept": accepted})
        assert answer["Content-Type"] == accepted


def test_who_is_signed_in_gets_their_own_page_and_leaves_nothing_behind(visitor):
    member = Client()
    member.force_login(make_user(Role.OFFICER, name="Amina Rahman"))
    visitor.get("/about/")

    own, is_kept = asked(member, "/about/")

    assert not is_kept
    assert "Amina Rahman" in own.content.decode()
    assert (own["Cache-Control"], own.has_header("ETag")) == ("private, no-store", False)
    assert "Amina Rahman" not in visitor.get("/about/").content.decode()


@pytest.mark.parametrize("first", ["visitor", "member"])
def test_a_session_credentials_or_a_message_are_never_answered_from_it(visitor, answers, first):
    if first == "visitor":
        visitor.get("/about/")
    with_session, with_message = Client(), Client()
    with_session.cookies["sessionid"] = "ended-long-ago-and-forgotten"
    with_message.cookies["messages"] = "something that is told once"

    for answer in (
        with_session.get("/about/"),
        with_message.get("/about/"),
        visitor.get("/about/", headers={"Authorization": "Bearer something"}),
    ):
        assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
        assert not answer.has_header("ETag")
    if first == "member":
        assert not asked(visitor, "/about/")[1]


@pytest.mark.parametrize(
    "address",
    ["/no/such/page/", "/practices/no-such-practice/", "/api/v1/practices/?area=bogus", "/about", "/accounts/login/",
     "/fail/cookie/", "/healthz", "/desk/", "/api/v1/practices/?format=csv", "/.well-known/security.txt"],
)  # fmt: skip
def test_failures_redirects_cookies_and_streams_are_not_kept(visitor, answers, address):
    first, second = visitor.get(address), visitor.get(address)

    assert first.status_code == second.status_code
    assert not answers._cache.get_client(None).keys("answers:*")


def test_what_did_not_exist_is_found_once_it_does(visitor):
    assert visitor.get("/practices/solar-pumps/").status_code == 404

    make_practice(title="Solar pumps")

    assert visitor.get("/practices/solar-pumps/").status_code == 200


def test_large_answers_are_made_for_each_reader(visitor, monkeypatch):
    monkeypatch.setattr(kept_answers, "LARGEST", 1000)
    visitor.get("/practices/")

    assert not asked(visitor, "/practices/")[1]


def test_without_the_cache_every_answer_is_made_and_nothing_piles_up(visitor, monkeypatch, tmp_path):
    away = ForgetfulRedisCache(f"unix://{tmp_path}/no-cache-here.sock", {})
    monkeypatch.setattr(kept_answers, "caches", {"answers": away})
    make_practice(title="Solar pumps")

    for _time in range(2):
        answer, is_kept = asked(visitor, "/practices/")
        assert (answer.status_code, is_kept) == (200, False)
        assert b"Solar pumps" in answer.content
    assert away.get("anything") is None
    assert away.absence.failure_count == 1
