"""Keys at the door of the API: who is let in as whom, and who is answered 401 or 403."""

from datetime import timedelta

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from accounts.api.authentication import KeyAuthentication, SessionAuthentication
from accounts.api.permissions import Needs
from accounts.enums import Scope
from tests.make import make_practice
from tests.people import bearer, make_key, make_user, sign_in

pytestmark = pytest.mark.django_db
WRONG = {
    "unknown": "Bearer ssc_aaaaaaaa_" + "a" * 43,
    "malformed": "Bearer hello",
    "empty": "",
    "of another kind": "Basic dXNlcjpwYXNz",
}


@pytest.fixture
def answers(settings):
    """Whole answers are kept, as in life; what others kept is forgotten."""
    settings.ANSWERS_KEPT_SECONDS = 60
    caches["answers"].clear()
    yield
    caches["answers"].clear()


class Desk(APIView):
    """An address that only somebody with the scope ``draft`` may use."""

    authentication_classes = [KeyAuthentication, SessionAuthentication]
    permission_classes = [Needs(Scope.DRAFT)]

    def post(self, request):
        return Response({"user": request.user.pk, "key": getattr(request.auth, "pk", None)})


def post(**headers):
    request = APIRequestFactory(enforce_csrf_checks=True).post("/api/v1/desk/", {}, format="json", headers=headers)
    return Desk.as_view()(request)


def test_a_key_is_its_person(client):
    key, text = make_key(Scope.DRAFT)

    answer = post(**bearer(text))

    assert (answer.status_code, answer.data) == (200, {"user": key.user.pk, "key": key.pk})


def test_nobody_is_asked_for_a_key():
    answer = post()

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="SSC Portal"'


def test_a_key_without_the_scope_is_told_which_one():
    _key, text = make_key()

    answer = post(**bearer(text))

    assert answer.status_code == 403
    assert b"draft" in answer.content


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("path", ["/api/v1/practices/", "/api/v1/countries/", "/api/v1/", "/api/v1/schema/"])
def test_a_wrong_key_is_refused_where_nobody_needs_one(client, answers, path, wrong):
    make_practice()
    kept = client.get(path)
    assert kept.status_code == 200

    answer = client.get(path, HTTP_AUTHORIZATION=wrong, HTTP_IF_NONE_MATCH=kept["ETag"])

    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer["WWW-Authenticate"] == 'Bearer realm="SSC Portal"'
    assert answer.json()["type"] == "/developers/problems/#not-authenticated"
    assert "no-store" in answer["Cache-Control"]


def test_what_a_key_reads_is_kept_by_nobody(client):
    make_practice()
    _key, text = make_key()

    answer = client.get("/api/v1/practices/", headers=bearer(text))

    assert (answer.status_code, answer.json()["count"]) == (200, 1)
    assert (answer["Cache-Control"], "ETag" in answer) == ("private, no-store", False)
    assert "Authorization" in answer["Vary"]


@pytest.mark.parametrize("end", ["revoke", "expire", "close"])
def test_a_key_that_ended_is_refused_at_the_next_request(client, end):
    key, text = make_key()
    assert client.get("/api/v1/practices/", headers=bearer(text)).status_code == 200

    if end == "revoke":
        key.revoked_at = timezone.now()
    elif end == "expire":
        key.created_at, key.expires_at = timezone.now() - timedelta(days=1), timezone.now()
    else:
        key.user.is_active = False
        key.user.save()
    key.save()

    assert client.get("/api/v1/practices/", headers=bearer(text)).status_code == 401


def test_a_cookie_says_nothing_about_a_reader_of_the_api(client):
    make_practice()
    sign_in(client, make_user())

    assert client.get("/api/v1/practices/").status_code == 200
    assert client.get("/api/v1/practices/", HTTP_AUTHORIZATION="Bearer wrong").status_code == 401


@pytest.mark.parametrize("origin", ["https://example.org", "null", "http://testserver.example.org"])
def test_other_origins_read_and_change_nothing(origin):
    _key, text = make_key(Scope.DRAFT)
    headers = bearer(text) | {"Origin": origin}

    read = Client().get("/api/v1/practices/", headers=headers)
    changed = Client().post("/api/v1/submissions/", "{}", "application/json", headers=headers)

    assert read["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in changed
    assert not {"Access-Control-Allow-Credentials"} & {*read.headers, *changed.headers}


def test_browsers_may_send_a_key_from_other_origins():
    answer = Client().options(
        "/api/v1/practices/", HTTP_ORIGIN="https://example.org", HTTP_ACCESS_CONTROL_REQUEST_METHOD="GET"
    )

    assert "Authorization" in answer["Access-Control-Allow-Headers"]
    assert (answer["Access-Control-Allow-Origin"], answer["Access-Control-Allow-Methods"]) == (
        "*",
        "GET, HEAD, OPTIONS",
    )
    assert "Access-Control-Allow-Credentials" not in answer
