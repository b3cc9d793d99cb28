"""Webhooks: what becomes public is promised in its own transaction and sent, in order, however the receiver behaves."""

import datetime
import json
import uuid

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import WebhookKind, WebhookStatus
from accounts.models import OutboxMessage, PublicEvent, WebhookDelivery, WebhookEndpoint
from accounts.sending import LEASE, TRIES
from accounts.webhooks import keeping
from accounts.webhooks.announcing import Happening, announce
from accounts.webhooks.sending import SWITCHED_OFF_AFTER, _lease_next, deliver_due
from practices.publication import retract
from tests.make import make_practice, make_update
from tests.people import make_user
from tests.webhook_sink import WebhookSink

pytestmark = pytest.mark.django_db


@pytest.fixture
def sink(settings):
    """A receiver that the portal may send to."""
    with WebhookSink() as receiver:
        settings.WEBHOOK_ALLOW = [receiver.place]
        settings.SITE_URL = "https://portal.example"
        yield receiver


def listen(sink, path="/hook", kinds=WebhookKind.values, user=None):
    """A webhook at ``path`` of the sink, and its secret."""
    return keeping.add(user or make_user(), address=f"http://{sink.place}{path}", kinds=list(kinds))


def happen(number=1, kind=WebhookKind.PRACTICE_PUBLISHED, about="practice:7"):
    announce([Happening(kind, about, {"version": number}, "/practices/a/", "/api/v1/practices/a/")])


def make_due():
    """Let the time pass until everything may be tried again."""
    past = timezone.now() - datetime.timedelta(seconds=1)
    WebhookDelivery.objects.update(due_at=past)
    WebhookEndpoint.objects.update(rests_until=None)


def versions(sink):
    return [taken.event["data"]["version"] for taken in sink.taken]


# Promising


def test_a_practice_that_is_published_updated_and_retracted_is_told_with_public_facts_alone(sink):
    _row, secret = listen(sink)

    practice = make_practice()
    make_update(practice)
    practice.refresh_from_db()
    retract(practice, reason="It could not be checked.")
    deliver_due()

    address = f"https://portal.example/practices/{practice.slug}/"
    api = f"https://portal.example/api/v1/practices/{practice.slug}/"
    facts = {"reference": practice.reference, "slug": practice.slug, "url": address, "api": api}
    assert [taken.verified(secret) for taken in sink.taken] == [
        {"type": kind, "timestamp": event.at.isoformat(), "data": {**facts, "version": version}}
        for (kind, version), event in zip(
            [("practice.published", 1), ("practice.updated", 2), ("practice.retracted", 2)],
            PublicEvent.objects.order_by("pk"),
            strict=True,
        )
    ]


def test_what_is_undone_is_not_told(sink):
    listen(sink)

    with transaction.atomic():
        make_practice()
        transaction.set_rollback(True)
    deliver_due()

    assert (PublicEvent.objects.count(), sink.taken) == (0, [])


def test_where_nobody_listens_nothing_is_written(sink):
    listen(sink, kinds=[WebhookKind.NEED_OPENED])
    row, _secret = listen(sink, "/paused")
    keeping.pause(row, by=row.user)
    row, _secret = listen(sink, "/closed", user=make_user(is_active=False))

    make_practice()

    assert (PublicEvent.objects.count(), WebhookDelivery.objects.count()) == (0, 0)


@pytest.mark.parametrize(("happenings_count", "listeners_count"), [(1, 1), (50, 3)])
def test_much_that_happens_at_once_costs_as_much_as_little(sink, happenings_count, listeners_count):
    for number in range(listeners_count):
        listen(sink, f"/{number}")
    happenings = [
        Happening(WebhookKind.PRACTICE_PUBLISHED, f"practice:{number}", {}, "/", "/")
        for number in range(happenings_count)
    ]

    with CaptureQueriesContext(connection) as queries:
        announce(happenings)

    assert WebhookDelivery.objects.count() == happenings_count * listeners_count
    assert len([query for query in queries if "SAVEPOINT" not in query["sql"]]) == 3


# Sending


def test_each_endpoint_is_told_in_order_what_it_chose(sink):
    listen(sink, "/all")
    listen(sink, "/needs", kinds=[WebhookKind.NEED_OPENED])

    for number in range(4):
        happen(number)
    happen(9, WebhookKind.NEED_OPENED, "need:1")
    deliver_due()

    assert [taken.event["data"]["version"] for taken in sink.taken if taken.path == "/all"] == [0, 1, 2, 3, 9]
    assert [taken.event["data"]["version"] for taken in sink.taken if taken.path == "/needs"] == [9]
    assert WebhookDelivery.objects.filter(sent_at=None).count() == 0


def test_a_refusal_is_tried_again_under_the_same_id_and_what_follows_about_the_same_thing_waits(sink):
    listen(sink)
    for number in range(2):
        happen(number)
    happen(5, about="practice:8")
    sink.answers = lambda taken: 422 if taken.event["data"]["version"] == 0 else 204

    deliver_due()
    first = WebhookDelivery.objects.order_by("pk").first()
    before = versions(sink)
    sink.answers = lambda taken: 200
    make_due()
    deliver_due()

    assert (before, versions(sink)) == ([0, 5], [0, 5, 0, 1])
    assert (first.status, first.attempts_count, first.last_error) == (422, 1, "HTTP 422")
    assert sink.taken[0].key == sink.taken[2].key
    assert sink.taken[0].body == sink.taken[2].body
    assert len({taken.key for taken in sink.taken}) == 3


@pytest.mark.parametrize("trouble", [500, 503, 429, "away", "slow"])
def test_an_endpoint_that_answers_nobody_rests_and_the_others_are_served(sink, settings, monkeypatch, trouble):
    monkeypatch.setattr("accounts.webhooks.reaching.SECONDS", 0.3)
    with WebhookSink() as other:
        settings.WEBHOOK_ALLOW = [sink.place, other.place]
        troubled, _secret = listen(other)
        listen(sink)
        other.answers = lambda taken: trouble if isinstance(trouble, int) else 204
        other.seconds_each = 0.6 if trouble == "slow" else 0
        for number in range(5):
            happen(number, about=f"practice:{number}")
        if trouble != "away":
            deliver_due()
    deliver_due()

    troubled.refresh_from_db()
    tries = sorted(troubled.deliveries.values_list("attempts_count", flat=True))
    assert versions(sink) == [0, 1, 2, 3, 4]
    assert (tries, troubled.failures_count) == ([0, 0, 0, 0, 1], 1)
    assert 7 <= (troubled.rests_until - timezone.now()).total_seconds() <= 12


def test_an_endpoint_that_is_back_gets_everything_and_is_forgiven(sink):
    row, _secret = listen(sink)
    for number in range(3):
        happen(number)
    sink.answers = lambda taken: 500
    deliver_due()
    sink.answers = lambda taken: 204
    make_due()
    deliver_due()

    row.refresh_from_db()
    assert versions(sink) == [0, 0, 1, 2]
    assert (row.failures_count, row.failing_since, row.rests_until) == (0, None, None)


def test_after_the_last_try_it_is_given_up_and_the_next_goes_out(sink):
    listen(sink)
    happen(0)
    happen(1)
    sink.answers = lambda taken: 400 if taken.event["data"]["version"] == 0 else 204

    for _number in range(TRIES + 1):
        make_due()
        deliver_due()

    assert versions(sink) == [0] * TRIES + [1]
    first, second = WebhookDelivery.objects.order_by("pk")
    assert (first.attempts_count, first.dead_at is not None, first.sent_at) == (TRIES, True, None)
    assert second.sent_at is not None


@pytest.mark.parametrize("reason", ["gone", "failing"])
def test_one_that_is_gone_or_fails_for_days_is_switched_off_and_its_owner_is_told(sink, reason):
    row, _secret = listen(sink)
    happen(0)
    happen(1)
    sink.answers = lambda taken: 410 if reason == "gone" else 500
    if reason == "failing":
        row.failing_since = timezone.now() - SWITCHED_OFF_AFTER
        row.save()

    deliver_due()
    make_due()
    deliver_due()

    row.refresh_from_db()
    message = OutboxMessage.objects.get()
    assert len(sink.taken) == 1
    assert row.status == WebhookStatus.DISABLED
    assert WebhookDelivery.objects.filter(dead_at=None).count() == 0
    assert (message.user, message.kind) == (row.user, "accounts.webhook_switched_off")
    assert message.context == {"title": "127.0.0.1", "reason": reason}


def test_what_a_worker_left_behind_is_sent_when_its_lease_is_over(sink):
    listen(sink)
    happen(0)
    began = timezone.now()
    left = _lease_next(began)

    during = _lease_next(timezone.now())
    after = _lease_next(began + LEASE + datetime.timedelta(seconds=1))

    assert (left.pk, during, after.pk) == (left.pk, None, left.pk)
    assert after.attempts_count == 2


def test_an_owner_whose_account_is_closed_is_sent_nothing(sink):
    row, _secret = listen(sink)
    happen(0)
    row.user.is_active = False
    row.user.save()

    deliver_due()

    assert sink.taken == []


@pytest.mark.django_db(transaction=True)
def test_several_senders_keep_the_order_and_send_nothing_twice(sink, settings):
    settings.SENDERS = 4
    for number in range(5):
        listen(sink, f"/{number}")
    for number in range(12):
        happen(number, about=f"practice:{number % 3}")

    deliver_due()

    for number in range(5):
        got = [taken.event["data"]["version"] for taken in sink.taken if taken.path == f"/{number}"]
        assert [sorted(got), [[one for one in got if one % 3 == thing] for thing in range(3)]] == [
            list(range(12)),
            [[one for one in range(12) if one % 3 == thing] for thing in range(3)],
        ]


# What is sent again, and forgotten


def test_sent_again_it_carries_the_same_id(sink):
    row, _secret = listen(sink)
    happen(0)
    deliver_due()

    keeping.send_again(row.deliveries.get())
    deliver_due()

    first, again = sink.taken
    assert (first.key, first.body) == (again.key, again.body)
    assert uuid.UUID(first.key.removeprefix("msg_")) == PublicEvent.objects.get().key
    assert row.deliveries.exclude(sent_at=None).count() == 2


def test_a_test_event_goes_to_one_alone(sink):
    row, secret = listen(sink, "/one")
    listen(sink, "/other")

    keeping.send_test(row)
    deliver_due()

    (taken,) = sink.taken
    assert (taken.path, taken.verified(secret)["type"]) == ("/one", "webhook.test")


def test_what_happened_long_ago_is_forgotten(sink):
    listen(sink)
    happen(0)
    deliver_due()
    PublicEvent.objects.update(at=timezone.now() - keeping.KEPT - datetime.timedelta(minutes=1))
    happen(1)

    keeping.forget_old()

    assert [event.data["version"] for event in PublicEvent.objects.all()] == [1]
    assert WebhookDelivery.objects.count() == 1


def test_the_body_is_read_as_json_whatever_it_holds(sink):
    listen(sink)
    announce([Happening(WebhookKind.NEED_OPENED, "need:1", {"code": "É\u2028"}, "/", "/")])

    deliver_due()

    assert json.loads(sink.taken[0].body)["data"]["code"] == "É\u2028"
    assert sink.taken[0].headers["Content-Type"] == "application/json"
