"""The list of what the portal told a person: their own, read when opened, leading only into the portal."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Notification
from tests.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return make_user()


@pytest.fixture
def client(user):
    client = Client()
    client.force_login(user)
    return client


def make_notification(user, *, kind="practices.claimed", path="/workspace/", title="Skilled care"):
    context = {"title": title, "country": "BGD", "actor": "", "letter": "", "deadline": ""}
    return Notification.objects.create(user=user, kind=kind, path=path, context=context)


def test_a_person_sees_and_opens_their_own_only(client, user):
    own = make_notification(user, title="Of one's own", kind="practices.unknown")
    others = make_notification(make_user(), title="Of somebody else", kind="practices.unknown")

    page = client.get("/accounts/notifications/").content.decode()
    assert ("Of one&#x27;s own" in page, "Of somebody else" in page) == (True, False)
    assert client.get(f"/accounts/notifications/{own.pk}/").status_code == 302
    assert client.get(f"/accounts/notifications/{others.pk}/").status_code == 404
    client.post("/accounts/notifications/read/")
    others.refresh_from_db()
    assert others.read_at is None


def test_opening_one_marks_it_as_read_and_leads_to_it_in_the_language_of_the_page(client, user):
    row = make_notification(user, path="/workspace/submissions/7/")

    answer = client.get(f"/fr/accounts/notifications/{row.pk}/")

    row.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, "/fr/workspace/submissions/7/")
    assert row.read_at is not None


@pytest.mark.parametrize("path", ["//elsewhere.example/", "https://elsewhere.example/", "javascript:alert(1)"])
def test_none_leads_out_of_the_portal(client, user, path):
    row = make_notification(user, path=path)

    assert client.get(f"/accounts/notifications/{row.pk}/")["Location"] == "/accounts/notifications/"


def test_marking_all_as_read_leaves_none_unread(client, user):
    make_notification(user)
    make_notification(user)

    client.post("/accounts/notifications/read/")

    assert user.unread_count() == 0


def test_a_kind_that_this_release_does_not_know_does_not_break_the_list(client, user):
    make_notification(user, kind="practices.from_the_future", title="Known by its title")

    answer = client.get("/accounts/notifications/")

    assert answer.status_code == 200
    assert "Known by its title" in answer.content.decode()


def test_a_script_in_a_title_is_text(client, user):
    make_notification(user, title="<script>alert(1)</script>")

    page = client.get("/accounts/notifications/").content.decode()

    assert ("<script>alert(1)" in page, "&lt;script&gt;alert(1)" in page) == (False, True)


def test_the_number_of_queries_does_not_grow_with_the_rows(client, user):
    make_notification(user)
    client.get("/accounts/notifications/")
    with CaptureQueriesContext(connection) as few:
        client.get("/accounts/notifications/")
    for _number in range(20):
        make_notification(user)
    with CaptureQueriesContext(connection) as many:
        client.get("/accounts/notifications/")

    assert len(many) == len(few)


def test_who_is_not_signed_in_is_asked_to():
    assert "/accounts/login/" in Client().get("/accounts/notifications/")["Location"]
