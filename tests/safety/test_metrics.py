"""Figures for monitoring: counted only when somebody asks for them, and never where visitors are."""

import datetime
import re

import pytest
from django.core.exceptions import MiddlewareNotUsed
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import resolve
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest

import ssc_portal
from accounts.enums import Channel
from accounts.models import OutboxMessage, Pulse
from accounts.tasks import deliver_outbox, nudge
from practices.serial import public_serial
from practices.tasks import make_briefs
from ssc_portal.metrics.requests import REGISTRY, RequestCountMiddleware
from ssc_portal.metrics.state import State
from tests.make import make_practice
from tests.people import make_user


def figures(registry):
    """{name with labels: value} as a monitoring system reads it."""
    text = generate_latest(registry).decode()
    return {name: float(value) for name, value in re.findall(r"^(ssc_\S+) (\S+)$", text, re.MULTILINE)}


@pytest.fixture
def state():
    registry = CollectorRegistry()
    registry.register(State())
    return lambda: figures(registry)


def empty_queue():
    with ssc_portal.celery_app.connection_for_write() as broker:
        broker.default_channel.queue_purge("celery")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "/fr/metrics/", "/api/v1/metrics/"])
def test_no_visitor_finds_them(client, path):
    assert client.get(path, follow=True).status_code == 404


def test_nothing_is_counted_when_nobody_asks(settings):
    settings.METRICS_PORT = 0
    with pytest.raises(MiddlewareNotUsed):
        RequestCountMiddleware(lambda request: HttpResponse())


def test_requests_are_counted_by_route_and_strangers_add_none(settings, tmp_path):
    settings.METRICS_PORT, settings.METRICS_DIR = 9100, tmp_path / "metrics"

    def answer(request):
        if request.path.startswith("/practices/"):
            request.resolver_match = resolve(request.path)
        return HttpResponse(status=404 if "none" in request.path else 200)

    counted, ask = RequestCountMiddleware(answer), RequestFactory()
    before = figures(REGISTRY)
    for path in ("/practices/", "/practices/solar-pumps/", "/practices/floating-schools/", "/none/1/", "/none/2/"):
        counted(ask.get(path))
    counted(ask.generic("BREW", "/none/"))

    added = {name: value - before.get(name, 0) for name, value in figures(REGISTRY).items()}
    assert {name: value for name, value in added.items() if name.startswith("ssc_requests_total") and value} == {
        'ssc_requests_total{method="GET",route="practices:list",status="200"}': 1,
        'ssc_requests_total{method="GET",route="practices:detail",status="200"}': 2,
        'ssc_requests_total{method="GET",route="none",status="404"}': 2,
        'ssc_requests_total{method="other",route="none",status="404"}': 1,
    }
    assert added['ssc_request_seconds_count{route="practices:detail"}'] == 2


@pytest.mark.django_db(transaction=True)
def test_they_tell_how_database_and_queue_stand(state):
    make_practice()
    user, now = make_user(), timezone.now()
    for number, facts in enumerate(
        [
            {"due_at": now - datetime.timedelta(minutes=3)},
            {"due_at": now - datetime.timedelta(minutes=1)},
            {"due_at": now + datetime.timedelta(hours=1)},
            {"dead_at": now},
            {"sent_at": now},
        ]
    ):
        OutboxMessage.objects.create(kind="practices.submitted", key=str(number), user=user, path="/", **facts)
    OutboxMessage.objects.create(kind="practices.submitted", key="list", user=user, path="/", channel=Channel.LIST_ONLY)
    Pulse.objects.create(name="beat", at=now - datetime.timedelta(seconds=40))
    empty_queue()
    nudge(deliver_outbox)
    nudge(make_briefs, [])

    found = state()

    assert {name: value for name, value in found.items() if name.startswith("ssc_outbox_messages")} == {
        'ssc_outbox_messages{state="due"}': 2,
        'ssc_outbox_messages{state="later"}': 1,
        'ssc_outbox_messages{state="dead"}': 1,
    }
    assert 180 <= found["ssc_outbox_oldest_due_seconds"] < 240
    assert 40 <= found['ssc_pulse_age_seconds{name="beat"}'] < 100
    assert found["ssc_queue_tasks"] == 2
    assert found["ssc_live_practices"] == 1
    assert found["ssc_public_serial"] == public_serial()
    assert sum(value for name, value in found.items() if name.startswith("ssc_database_connections")) >= 1
    assert (found['ssc_up{part="database"}'], found['ssc_up{part="queue"}']) == (1, 1)
    empty_queue()


@pytest.mark.django_db(transaction=True)
def test_what_is_away_is_said_to_be_away_and_the_rest_is_told(state, settings):
    connection.close()
    settings_dict, host = connection.settings_dict, connection.settings_dict["HOST"]
    settings_dict["HOST"] = "/nowhere"
    try:
        found = state()
    finally:
        connection.close()
        settings_dict["HOST"] = host

    assert (found['ssc_up{part="database"}'], found['ssc_up{part="queue"}']) == (0, 1)
    assert "ssc_public_serial" not in found
