"""Forms that another site makes a signed-in browser send are refused everywhere, before any view sees them."""

import re

import pytest
from django.test import Client

from accounts.enums import Role
from ssc_portal.management.commands.routes import routes
from tests.people import make_user, sign_in

pytestmark = pytest.mark.django_db

FILLED = {"int": "1", "slug": "a", "path": "1", "uuid": "00000000-0000-4000-8000-000000000000"}
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


def address_of(pattern):
    """``pattern`` with something in the place of each of its parts that fits there; in the API numbers fit anywhere."""
    other = "1" if pattern.startswith("/api/") else "a"
    return re.sub(r"<(?:(\w+):)?\w+>", lambda part: FILLED.get(part[1], other), pattern)


# A reader's mail program posts to the first by itself; it asks for a signed token of its own, whoever is signed in.
# The second only reads: its protocol lets harvesters send a long question as a form.
NEED_NONE = {"unsubscribe", "practices:oai"}
ROUTES = [
    (address_of(row["pattern"]), sorted(UNSAFE.intersection(row["methods"])))
    for row in routes()
    if row["name"] not in NEED_NONE
]
ROUTES = [(address, methods) for address, methods in ROUTES if methods]


@pytest.fixture
def signed_in(db):
    client = Client(enforce_csrf_checks=True)
    page = client.get("/accounts/login/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    user = make_user(*Role.values, is_staff=True, is_superuser=True)
    form = {"login": user.email, "password": "a long enough pass phrase", "csrfmiddlewaretoken": token}
    assert client.post("/accounts/login/", form).status_code == 302
    return client


def refusals(client, *, wanted=("POST",), **options):
    """[(method, address, status)] of every one of the ``wanted`` methods of every route that did not answer 403."""
    found = []
    for address, methods in ROUTES:
        for method in methods:
            if method not in wanted:
                continue
            answer = client.generic(method, address, "a=b", **options)
            if answer.status_code != 403:
                found.append((method, address, answer.status_code))
    return found


FORM = "application/x-www-form-urlencoded"


def test_every_route_that_changes_something_asks_for_a_token(signed_in):
    assert len(ROUTES) > 60
    assert refusals(signed_in, wanted=UNSAFE, content_type=FORM) == []


@pytest.mark.parametrize("content_type", ["text/plain", "application/json"])
def test_another_content_type_is_no_way_round_it(signed_in, content_type):
    assert refusals(signed_in, content_type=content_type) == []


def test_a_token_that_was_made_up_is_none(signed_in):
    assert refusals(signed_in, content_type=FORM, headers={"X-CSRFToken": "a" * 32}) == []


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver.evil.example"])
def test_a_right_token_from_another_origin_is_refused(signed_in, origin):
    headers = {"X-CSRFToken": signed_in.cookies["csrftoken"].value, "Origin": origin}

    assert refusals(signed_in, content_type=FORM, headers=headers) == []


def test_the_right_token_from_the_portal_is_accepted(signed_in):
    headers = {"X-CSRFToken": signed_in.cookies["csrftoken"].value, "Origin": "http://testserver"}

    assert signed_in.post("/accounts/notifications/read/", headers=headers).status_code == 302


def test_who_is_signed_in_is_recognised_by_nothing_but_the_cookie(signed_in):
    user = make_user()
    sign_in(client := Client(), user)
    key = client.session.session_key

    assert Client().get(f"/accounts/notifications/?sessionid={key}").status_code == 302
    assert Client().get("/accounts/notifications/", headers={"Authorization": f"Session {key}"}).status_code == 302
