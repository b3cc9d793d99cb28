"""What all writing by API has in common: each request once, nothing overwritten unseen, nothing passed over."""

import datetime
import json
import threading
import time
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import KeptAnswer, Organisation
from accounts.tasks import forget_answers
from tests.api.writing_urls import NoteViewSet
from tests.people import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.api.writing_urls")]
NOTES = "/api/notes/"


def signed_in(user=None):
    client = Client(raise_request_exception=False)
    client.force_login(user or make_user())
    return client


@pytest.fixture
def writer():
    return signed_in()


def send(client, body, key=None, method="post", address=NOTES, **headers):
    if key:
        headers["Idempotency-Key"] = str(key)
    content = body if isinstance(body, bytes) else json.dumps(body)
    return getattr(client, method)(address, content, content_type="application/json", headers=headers)


def kind(answer):
    assert answer["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"].rpartition("#")[2]


# Once


def test_the_same_request_again_is_done_once_and_answered_alike(writer):
    first, again = (send(writer, {"name": "A"}, key="k-1") for _time in range(2))

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    for header in ("Content-Type", "Location", "Content-Language"):
        assert first[header] == again[header]
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert again["Cache-Control"] == "private, no-store"
    assert Organisation.objects.count() == 1


def test_without_a_key_it_is_done_again(writer):
    for _time in range(2):
        send(writer, {"name": "A"})

    assert Organisation.objects.count() == 2
    assert not KeptAnswer.objects.exists()


def test_a_key_stands_for_one_request_only(writer):
    send(writer, {"name": "A"}, key="k-1")

    assert kind(send(writer, {"name": "B"}, key="k-1")) == (422, "idempotency-key-reused")
    elsewhere = send(writer, {"name": "A"}, key="k-1", method="patch", address=f"{NOTES}1/")
    assert kind(elsewhere) == (422, "idempotency-key-reused")
    assert Organisation.objects.count() == 1


def test_what_was_refused_leaves_the_key_free_and_nothing_behind(writer):
    assert kind(send(writer, {"name": "refused"}, key="k-1")) == (400, "validation-error")
    assert not Organisation.objects.exists()
    assert not KeptAnswer.objects.exists()

    assert send(writer, {"name": "mended"}, key="k-1").status_code == 201


def test_what_died_half_way_leaves_the_key_free_and_nothing_behind(writer):
    assert send(writer, {"name": "dies"}, key="k-1").status_code == 500
    assert not Organisation.objects.exists()

    assert send(writer, {"name": "lives"}, key="k-1").status_code == 201


def test_each_person_has_keys_of_their_own(writer):
    send(writer, {"name": "A"}, key="k-1")
    other = send(signed_in(), {"name": "A"}, key="k-1")

    assert "Idempotency-Replayed" not in other
    assert Organisation.objects.count() == 2


def test_after_a_day_a_key_is_forgotten(writer):
    for _time in range(2):
        assert "Idempotency-Replayed" not in send(writer, {"name": "A"}, key="k-1")
        KeptAnswer.objects.update(created_at=timezone.now() - datetime.timedelta(hours=24))
    assert Organisation.objects.count() == 2
    send(writer, {"name": "B"}, key="k-2")

    forget_answers()

    assert KeptAnswer.objects.get().key == "k-2"


def test_nobody_without_an_account_uses_up_a_key(writer):
    user = make_user()
    assert send(Client(), {"name": "A"}, key="k-1").status_code == 403
    assert not KeptAnswer.objects.exists()
    assert send(signed_in(user), {"name": "A"}, key="k-1").status_code == 201


@pytest.mark.parametrize("key", [" ", "two words", "ü", "k" * 201])
def test_a_key_is_visible_ascii(writer, key):
    answer = writer.post(NOTES, "{}", content_type="application/json", HTTP_IDEMPOTENCY_KEY=key)

    assert kind(answer) == (400, "bad-request")


def test_what_is_kept_cannot_be_read_in_the_database(writer):
    send(writer, {"name": "A"}, key="k-1")

    assert "zyxsecret" not in KeptAnswer.objects.get().answer


def test_parts_are_the_same_whatever_stands_between_them(writer):
    def attach(content):
        file = SimpleUploadedFile("a.txt", content)
        return writer.post(NOTES, {"name": "A", "file": file}, headers={"Idempotency-Key": "k-1"})

    # The file is no member of a note; that it is asked for says that parts were read.
    assert kind(attach(b"one")) == (400, "validation-error")
    with_name = writer.post(NOTES, {"name": "A"}, headers={"Idempotency-Key": "k-2"})
    again = writer.post(NOTES, {"name": "A"}, headers={"Idempotency-Key": "k-2"})
    assert (with_name.status_code, again.content) == (201, with_name.content)
    assert kind(writer.post(NOTES, {"name": "B"}, headers={"Idempotency-Key": "k-2"}))[0] == 422


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_is_done_and_the_other_told_to_wait():
    user, answers = make_user(), []
    NoteViewSet.entered.clear()
    NoteViewSet.may_go_on.clear()

    def first():
        try:
            answers.append(send(signed_in(user), {"name": "waits"}, key="k-1"))
        finally:
            connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert NoteViewSet.entered.wait(20)
    meanwhile = send(signed_in(user), {"name": "waits"}, key="k-1")
    NoteViewSet.may_go_on.set()
    thread.join()
    after = send(signed_in(user), {"name": "waits"}, key="k-1")

    assert kind(meanwhile) == (409, "idempotency-key-in-use")
    assert meanwhile["Retry-After"] == "1"
    assert answers[0].status_code == 201
    assert after.content == answers[0].content
    assert Organisation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_at_once_leave_one_row():
    user, statuses, together = make_user(), [], threading.Barrier(4)
    NoteViewSet.may_go_on.set()
    clients = [signed_in(user) for _number in range(4)]

    def run(client):
        try:
            together.wait()
            statuses.append(send(client, {"name": "A"}, key="k-1").status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    assert Organisation.objects.count() == 1


# Nothing overwritten unseen


@pytest.fixture
def stored():
    return Organisation.objects.create(slug="stored", name="Stored")


def change(client, stored, **headers):
    return send(client, {"name": "Longer name"}, method="patch", address=f"{NOTES}{stored.pk}/", **headers)


@pytest.mark.parametrize("headers", [{}, {"If-Match": "*"}, {"If-Match": "nonsense"}])
def test_a_change_says_what_its_writer_saw(writer, stored, headers):
    assert kind(change(writer, stored, **headers)) == (428, "precondition-required")
    stored.refresh_from_db()
    assert stored.name == "Stored"


@pytest.mark.parametrize("tag", ['"{pk}-6"', 'W/"{pk}-6"', '"other", "{pk}-6"'])
def test_who_saw_what_is_stored_may_change_it(writer, stored, tag):
    assert change(writer, stored, **{"If-Match": tag.format(pk=stored.pk)}).status_code == 204
    stored.refresh_from_db()
    assert stored.name == "Longer name"


def test_who_comes_second_is_shown_where_the_texts_differ(writer, stored):
    answer = change(writer, stored, **{"If-Match": f'"{stored.pk}-5"'})

    assert kind(answer) == (412, "precondition-failed")
    assert answer.json()["current"] == f'"{stored.pk}-6"'
    assert answer.json()["differences"] == [{"field": "name", "yours": "Longer name", "stored": "Stored"}]
    stored.refresh_from_db()
    assert stored.name == "Stored"


# Nothing passed over


def test_unknown_and_read_only_members_are_named(writer):
    body = {"name": "x" * 21, "colour": "red", "id": 7, "places": [{"name": "A"}, {"name": "B", "size": 1}]}

    answer = send(writer, body)

    assert kind(answer) == (400, "validation-error")
    named = {error["field"] for error in answer.json()["errors"]}
    assert named == {"name", "colour", "id", "places[1].size"}
    assert not Organisation.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"name": NaN}',
        b'{"name": 1e999}',
        b'{"name": "A", "name": "B"}',
        b'{"places": [{"name": "A", "name": "B"}]}',
        b'{"name": "\\u0000"}',
        b'{"\\u0000": 1}',
        b'{"name": "\\ud800"}',
        b'{"name": "\xff"}',
        b'{"name": ' + b"9" * 5000 + b"}",
        b"[" * 21 + b"]" * 21,
        b"[" * 10_000 + b"]" * 10_000,
        b"[" * 1_000_000,
    ],
)
def test_what_is_not_quite_json_is_refused(writer, body):
    answer = send(writer, body, key=uuid.uuid4()) if body else send(writer, b" ", key=uuid.uuid4())

    assert kind(answer) == (400, "bad-request")


def test_a_hundred_thousand_members_are_refused_soon(writer):
    body = {f"m{number}": 1 for number in range(100_000)}
    began = time.monotonic()

    answer = send(writer, body)

    assert kind(answer) == (400, "validation-error")
    assert len(answer.json()["errors"]) < 50
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("key", [None, "k-1"])
def test_too_much_at_once_is_refused(writer, key):
    assert kind(send(writer, b'{"name": "' + b"x" * 2_100_000 + b'"}', key=key)) == (413, "too-large")


def test_what_is_not_an_object_is_refused(writer):
    for body in ([], "text", 7, None, [{"name": "A"}]):
        assert kind(send(writer, body)) == (400, "validation-error")


def test_other_media_types_are_refused(writer):
    answer = writer.post(NOTES, "name=A", content_type="application/x-www-form-urlencoded")

    assert kind(answer) == (415, "unsupported-media-type")
