"""The page on which administrators see what waits, what was given up and what still beats, and send again."""

import datetime
import os

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import ssc_portal
from accounts.enums import AuditAction, Channel, Role
from accounts.kinds import Kind
from accounts.models import AuditEvent, OutboxMessage, Pulse
from accounts.outbox import deliver_due
from accounts.tasks import send_daily_mail, sweep_outbox
from tests.people import make_user

pytestmark = pytest.mark.django_db
PAGE, AGAIN = "/administration/", "/administration/send-again/"
CONTEXT = {"title": "Not public yet", "country": "BGD", "actor": "", "letter": "", "deadline": ""}


@pytest.fixture
def client():
    client = Client()
    client.force_login(make_user(Role.ADMINISTRATOR))
    return client


def make_message(user=None, *, is_dead=False, **facts):
    if is_dead:
        facts |= {"dead_at": timezone.now(), "attempts_count": 12}
    number = OutboxMessage.objects.count()
    facts = {"kind": Kind.STUDY_CLAIMED, "path": "/workspace/", "key": f"k-{number}", "context": CONTEXT} | facts
    return OutboxMessage.objects.create(user=user or make_user(), **facts)


def numbers(client):
    """The figures of the queue: due, being tried again, waiting for a daily e-mail, given up."""
    context = client.get(PAGE).context
    return context["queue"]["due"], context["queue"]["tried"], context["daily_count"], context["dead_count"]


def test_it_counts_what_waits_and_says_why_something_failed_but_not_what_it_was_about(client):
    later = timezone.now() + datetime.timedelta(hours=1)
    make_message()
    make_message(attempts_count=3, due_at=later, last_error="TimeoutError: timed out")
    make_message(channel=Channel.DAILY)
    make_message(channel=Channel.LIST_ONLY)
    make_message(sent_at=timezone.now())
    make_message(is_dead=True, last_error="SMTPRecipientsRefused: 550 <gone@example.org>")

    page = client.get(PAGE).content.decode()

    assert numbers(client) == (1, 1, 1, 1)
    assert "TimeoutError: timed out" in page
    assert "SMTPRecipientsRefused: 550 &lt;gone@example.org&gt;" in page
    assert "Not public yet" not in page


def test_one_that_was_given_up_is_sent_again(client, mailoutbox):
    row, other = make_message(is_dead=True), make_message(is_dead=True)

    answer = client.post(AGAIN, {"message": row.pk})
    deliver_due()

    row.refresh_from_db()
    other.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert [message.to for message in mailoutbox] == [[row.user.email]]
    assert (row.dead_at, other.dead_at is not None) == (None, True)
    event = AuditEvent.objects.get(action=AuditAction.SENT_AGAIN)
    assert (event.actor.is_administrator, event.changes) == (True, {"messages": [0, 1]})


def test_all_that_were_given_up_are_sent_again_but_not_to_those_who_left(client, mailoutbox):
    for _number in range(3):
        make_message(is_dead=True)
    make_message(make_user(is_active=False), is_dead=True)

    client.post(AGAIN, {"all": "1"})
    deliver_due()

    assert len(mailoutbox) == 3
    assert numbers(client) == (0, 0, 0, 1)


def test_nothing_else_is_sent_again(client):
    waiting, sent = make_message(), make_message(sent_at=timezone.now())

    for value in (waiting.pk, sent.pk, 0, "", "x", "9" * 30):
        assert client.post(AGAIN, {"message": value}).status_code == 404
    assert client.get(AGAIN).status_code == 405
    assert OutboxMessage.objects.filter(attempts_count=0).count() == 2


def test_it_says_when_each_beat_was_last_heard_and_which_is_late(client, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    assert [beat.at for beat in client.get(PAGE).context["beats"]] == [None] * 4

    sweep_outbox()
    send_daily_mail()
    manifest = tmp_path / "backups" / "one" / "manifest.json"
    manifest.parent.mkdir(parents=True)
    manifest.write_text("{}")
    heard = client.get(PAGE).context["beats"]
    Pulse.objects.update(at=timezone.now() - datetime.timedelta(hours=2))
    two_days_ago = timezone.now().timestamp() - 2 * 86400
    os.utime(manifest, (two_days_ago, two_days_ago))
    late = client.get(PAGE).context["beats"]

    assert [(beat.at is not None, beat.is_late) for beat in heard] == [(True, False)] * 4
    assert [beat.is_late for beat in late] == [True] * 4


def test_a_queue_that_is_away_is_said(client, monkeypatch, tmp_path):
    assert dict(client.get(PAGE).context["checks"])["Queue"] is True

    monkeypatch.setattr(ssc_portal.celery_app.conf, "broker_url", f"redis+socket://{tmp_path}/nobody.sock")

    assert dict(client.get(PAGE).context["checks"])["Queue"] is False


def test_the_number_of_queries_does_not_grow_with_the_rows(client):
    make_message(is_dead=True)
    make_message(attempts_count=1)
    client.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        client.get(PAGE)
    for _number in range(10):
        make_message(is_dead=True)
        make_message(attempts_count=1)
    with CaptureQueriesContext(connection) as many:
        client.get(PAGE)

    assert len(many) == len(few)
