"""Alive and ready: what a load balancer may rely on."""

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test.utils import CaptureQueriesContext

import ssc_portal
from ssc_portal import health

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def forget_migrations():
    health._is_migrated.cache_clear()
    yield
    health._is_migrated.cache_clear()


def test_alive_asks_nobody_and_names_the_start(client, settings):
    settings.START_TOKEN = "this-very-start"

    with CaptureQueriesContext(connection) as queries:
        answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "start_token": "this-very-start"})
    assert len(queries) == 0


def test_ready_names_what_was_looked_at(client, settings):
    settings.START_TOKEN = "this-very-start"

    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "checks": {"database": "ok", "migrations": "ok", "disk": "ok", "broker": "ok"},
        "start_token": "this-very-start",
        "version": ssc_portal.__version__,
    }


def test_a_lost_broker_degrades_and_does_not_stop_the_portal(client, monkeypatch, tmp_path):
    monkeypatch.setattr(ssc_portal.celery_app.conf, "broker_url", f"redis+socket://{tmp_path}/nobody.sock")

    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["checks"]["broker"]) == ("degraded", "failed")


def test_without_the_database_the_portal_is_not_ready_but_alive(client, monkeypatch):
    def refuse(*args, **kwargs):
        raise OperationalError("connection to server at 10.0.0.7 failed: password of ssc_app")

    monkeypatch.setattr(connection, "cursor", refuse)

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["status"] == "unavailable"
    assert answer.json()["checks"]["database"] == answer.json()["checks"]["migrations"] == "failed"
    assert "10.0.0.7" not in answer.content.decode()
    assert client.get("/healthz").status_code == 200


def test_with_a_migration_to_apply_the_portal_is_not_ready_until_it_is_applied(client):
    row = MigrationRecorder.Migration.objects.filter(app="practices").latest("pk")
    row.delete()
    assert client.get("/readyz").json()["checks"]["migrations"] == "failed"

    row.save()
    assert client.get("/readyz").json()["checks"]["migrations"] == "ok"


def test_with_a_full_disk_the_portal_is_not_ready(client, monkeypatch):
    monkeypatch.setattr(health, "LEAST_FREE_BYTES", 2**60)

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["checks"]["disk"]) == (503, "failed")


def test_only_reading_is_allowed(client):
    assert client.post("/healthz").status_code == 405
    assert client.post("/readyz").status_code == 405
