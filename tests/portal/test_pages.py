"""The pages of the portal itself: what they show, in which language, and what they leave out."""

import pytest
from django.db import connections
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import reverse
from django.utils import translation

from practices.models import ChallengeArea, Practice, ValidityCheck
from ssc_portal import context
from tests.people import make_user

PAGES = ["home", "about", "privacy", "accessibility", "contact", "developers"]
LANGUAGES = ["en", "fr", "es", "pt", "ar"]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_names_its_other_languages(client, db, seeds, name):
    with translation.override("ar"):
        html = client.get(reverse(name)).content.decode()

    assert '<html lang="ar" dir="rtl"' in html
    assert [f'hreflang="{code}"' in html for code in [*LANGUAGES, "x-default"]] == [True] * 6
    assert "bootstrap.rtl.min" in html


@pytest.mark.parametrize("name", PAGES)
def test_a_reader_gets_no_cookie_and_no_token(client, db, seeds, name):
    with translation.override("en"):
        response = client.get(reverse(name))

    assert response.status_code == 200
    assert not response.cookies
    assert "csrfmiddlewaretoken" not in response.content.decode()


def test_a_signed_in_reader_finds_the_way_out(client, db, seeds):
    client.force_login(make_user(name="Lucía Quispe"))

    html = client.get("/").content.decode()

    assert "Lucía Quispe" in html
    assert f'action="{reverse("account_logout")}"' in html
    assert "csrfmiddlewaretoken" in html


def test_home_counts_what_is_there(client, db, seeds):
    response = client.get("/")
    given = response.context

    assert given["practices_count"] == Practice.objects.live().count() == 51
    assert [item["area"] for item in given["areas"]] == list(ChallengeArea.objects.all())
    assert sum(country["count"] for country in given["map_countries"]) >= 51
    assert len(given["latest"]) == 3
    assert "This map is for illustration only." in response.content.decode()


def test_home_stands_without_any_practice(client, db):
    response = client.get("/")

    assert response.status_code == 200
    assert "More practices will follow." in response.content.decode()


def test_about_says_when_validity_was_last_checked(client, db):
    before = client.get("/about/").content.decode()
    check = ValidityCheck.objects.create(practices_count=51, due_count=0)
    after = client.get("/about/").content.decode()

    assert "was last checked on" not in before
    assert f"was last checked on {check.checked_at.day} {check.checked_at:%B %Y}" in after


def test_the_quick_start_shows_a_real_answer(client, db, seeds):
    html = client.get("/developers/").content.decode()

    assert "SSC-" in html
    assert "/api/v1/practices/?area=nutrition&amp;ordering=-evidence" in html


@pytest.mark.parametrize("code", [400, 403, 404, 410, 429])
def test_error_pages_ask_no_database(rf, code):
    request = rf.get("/fr/nowhere/")
    request.COOKIES["sessionid"] = "someone"
    with connections["default"].execute_wrapper(_refuse):
        html = render_to_string(f"{code}.html", {"status": code}, request)

    assert "<h1" in html


@pytest.mark.parametrize("code", [500, 503])
def test_broken_pages_need_nothing_at_all(code):
    with connections["default"].execute_wrapper(_refuse):
        html = render_to_string(f"{code}.html")

    assert "<h1" in html


def _refuse(execute, sql, params, many, context):
    raise AssertionError(f"An error page asked the database: {sql}")


@pytest.mark.parametrize(
    ("address", "french"),
    [
        ("/", "/fr/"),
        ("/practices/?q=l%27eau&area=wash", "/fr/practices/?q=l%27eau&area=wash"),
        ("/ar/countries/", "/fr/countries/"),
        ("/fr/about/", "/fr/about/"),
        ("/french-fries/", "/fr/french-fries/"),
        ("//elsewhere.example/", "/fr/elsewhere.example/"),
        ("/api/v1/docs/", "/fr/"),
    ],
)
def test_the_language_menu_leads_to_the_same_page(address, french):
    request = RequestFactory().get("/")
    request.path_info, _mark, request.META["QUERY_STRING"] = address.partition("?")

    urls = {language["code"]: language["url"] for language in context.portal(request)["languages"]}

    assert urls["fr"] == french
    assert not urls["en"].startswith("//")
