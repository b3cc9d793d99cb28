"""A key opens nothing once it has ended, at no address for programs, by no method, and never more than its scopes."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from ssc_portal.management.commands.routes import routes
from ssc_portal.throttling import PREFIXES
from tests.people import bearer, make_key, make_user

pytestmark = pytest.mark.django_db
READING = {"GET", "HEAD"}
FILLED = {"uuid": "00000000-0000-4000-8000-000000000000"}
# {(method, address): name of its route} of all that is made for programs, and of an address that there is not.
ASKED = {
    (method, re.sub(r"<(?:(\w+):)?\w+>", lambda part: FILLED.get(part[1], "1"), row["pattern"])): row["name"]
    for row in routes()
    for method in row["methods"]
    if row["pattern"].startswith(PREFIXES) or row["name"] == "impact-csv"
} | {("GET", "/api/v1/no-such-thing/"): ""}
# What is asked of /oai/ may come in a POST, and changes nothing.
WRITING = [which for which, name in ASKED.items() if which[0] not in READING and name != "practices:oai"]
ENDS = {
    "revoked": lambda key: {"revoked_at": timezone.now()},
    "expired": lambda key: {"created_at": key.created_at - timedelta(days=99), "expires_at": timezone.now()},
}


def asked(method, address, **options):
    return Client(enforce_csrf_checks=True).generic(method, address, "{}", "application/json", **options)


@pytest.mark.parametrize("end", [*ENDS, "closed account"])
def test_a_key_that_ended_is_refused_at_every_address(end):
    key, text = make_key("draft", "assistance", "review", "webhooks", user=make_user(*Role.values))
    if end in ENDS:
        type(key).objects.filter(pk=key.pk).update(**ENDS[end](key))
    else:
        type(key.user).objects.filter(pk=key.user_id).update(is_active=False)

    answers = {which: asked(*which, headers=bearer(text)) for which in ASKED}

    assert len(answers) > 100
    assert {"practices:feed", "practices:oai", "api:dump-file", "api:docs", "impact-csv"} <= set(ASKED.values())
    assert len(WRITING) > 20
    assert [which for which, answer in answers.items() if answer.status_code != 401] == []
    assert {answer["WWW-Authenticate"] for answer in answers.values()} == {'Bearer realm="SSC Portal"'}
    assert {answer.json()["type"] for which, answer in answers.items() if which[0] != "HEAD"} == {
        "/developers/problems/#not-authenticated"
    }
    assert [which for which, answer in answers.items() if "no-store" not in answer["Cache-Control"]] == []


@pytest.mark.parametrize("shown", ["Bearer ssc_aaaaaaaa_guess", "Basic bm9ib2R5OmtleQ==", "ssc_aaaaaaaa_guess", ""])
def test_whatever_is_no_key_is_refused_wherever_it_is_shown(shown):
    public = ("/feeds/practices.atom", "/oai/?verb=Identify", "/api/v1/practices/", "/api/v1/dump/", "/api/v1/docs/")

    answers = [asked("GET", address, headers={"Authorization": shown}) for address in public]

    assert {answer.status_code for answer in answers} == {401}


def test_nobody_changes_anything_without_a_key_or_a_session():
    answers = {which: asked(*which).status_code for which in WRITING}

    assert {which: status for which, status in answers.items() if status != 401} == {}


def test_a_key_that_only_reads_changes_nothing():
    _key, text = make_key(user=make_user(*Role.values))

    answers = {which: asked(*which, headers=bearer(text)).status_code for which in WRITING}

    assert {which: status for which, status in answers.items() if status != 403} == {}
