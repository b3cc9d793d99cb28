"""A reader of the API, and practices and exchanges to read."""

from datetime import UTC, date, datetime
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections

from exchanges.models import Activity, Attendance, Document, FollowUp, Message, Milestone, Party
from tests.exchanges_make import make_contribution, make_exchange, make_fund, make_need, make_project
from tests.make import make_country, make_organisation, make_practice
from tests.people import make_user


@pytest.fixture
def application():
    """The portal as a server sees it, save that it leaves the connection open in which the test has its rows."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield WSGIHandler()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


class _Silent(WSGIRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture
def site(db, application):
    """The address of a running portal. It shares the connection of the test, so that it has the same rows."""
    shared = connections["default"]
    server = make_server("127.0.0.1", 0, application, handler_class=_Silent)

    def serve():
        connections["default"] = shared
        server.serve_forever(poll_interval=0.02)

    shared.inc_thread_sharing()
    thread = Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    shared.dec_thread_sharing()


@pytest.fixture
def api(client, db):
    """``api(path)``: the parsed answer to GET below /api/v1, which must be a 200."""

    def get(path, **headers):
        response = client.get(f"/api/v1{path}", headers=headers)
        assert response.status_code == 200, response.content
        return response.json()

    return get


@pytest.fixture
def problem(client, db):
    """``problem(path)``: (status, {field: message}, detail) of an answer that must be problem details."""

    def get(path, **headers):
        response = client.get(path, headers=headers)
        body = response.json()
        assert response["Content-Type"] == "application/problem+json"
        assert {"type", "title", "status", "detail", "instance", "request_id"} <= set(body)
        assert body["status"] == response.status_code
        errors = {error["field"]: error["message"] for error in body.get("errors", [])}
        return response.status_code, errors, body["detail"]

    return get


@pytest.fixture
def kangaroo(db):
    """A practice with something in every place."""
    return make_practice(
        title="Kangaroo mother care",
        summary="Small babies are carried skin to skin.",
        country="COL",
        further=["PER"],
        partners=["VNM"],
        areas=["newborn-health", "nutrition"],
        topics=["kangaroo"],
        targets=["3.2"],
        scale="national",
        start_year=1978,
        challenge="Too few incubators.",
        approach="Carry the baby.",
        results_narrative="More babies live.",
        evaluation_type="randomised",
        results=[
            {
                "name": "Coverage",
                "unit": "%",
                "baseline": 10.0,
                "baseline_year": 1990,
                "latest": 75.5,
                "latest_year": 2022,
                "source": "Register",
                "method": "Count",
            }
        ],
        lessons=[{"kind": "worked", "text": "Train teams."}, {"kind": "failed", "text": "Single courses."}],
        references=[
            {"title": "Twenty years", "publisher": "Pediatrics", "year": 2017, "url": "https://example.org/20"}
        ],
        institutions=["Fundación Canguro"],
        translations={
            "fr": {
                "title": "Méthode mère kangourou",
                "summary": "Peau contre peau.",
                "sections": {"challenge": "Trop peu de couveuses."},
            },
            "ar": {"title": "رعاية الكنغر"},
        },
        adoptions=[{"country": "VNM", "year": 2001, "result": "Fewer infections", "source": "Ministry"}],
        contact={"name": "Secret Person", "email": "secret.person@example.org"},
    )


@pytest.fixture
def milk(db):
    """An exchange with something public in every place and something private in others."""
    practice = make_practice(
        title="Milk banks", adoptions=[{"country": "PER", "year": 2024, "result": "Fewer infections"}]
    )
    exchange = make_exchange(
        "running",
        title="Human milk in Lima",
        providers=["COL"],
        beneficiaries=["PER"],
        facilitators=[make_organisation("An agency")],
        areas=["newborn-health"],
        topics=["breastfeeding"],
        practices=[practice],
        adoptions=[practice.adoptions.get()],
        need=make_need(),
        objective="Fewer newborns die.",
        cost_share="PRIVATE shares",
        amount="310000.50",
        currency="USD",
    )
    Party.objects.create(
        exchange=exchange, country=make_country("BGD"), role="facilitator", phase="preparing", position=9
    )
    day = date(2026, 3, 2)
    visit = Activity.objects.create(
        exchange=exchange, title="Visit", modality="study_visit", starts_on=day, ends_on=day, note="PRIVATE note"
    )
    Attendance.objects.create(activity=visit, institution="One", women_count=3, men_count=1)
    Activity.objects.create(exchange=exchange, title="Talk", modality="remote_advice", starts_on=day, ends_on=day)
    Milestone.objects.create(exchange=exchange, title="Bank opened", due_on=day, note="PRIVATE note")
    person = make_user()
    Message.objects.create(exchange=exchange, author=person, text="PRIVATE message")
    for title, is_public in (("A public report", True), ("PRIVATE report", False)):
        Document.objects.create(
            exchange=exchange, title=title, url="https://example.org/", is_public=is_public, added_by=person
        )
    FollowUp.objects.create(exchange=exchange, days=90, due_on=day)
    done = {"outcome": "in_use", "note": "PRIVATE note", "done_at": datetime(2026, 3, 3, tzinfo=UTC)}
    FollowUp.objects.create(exchange=exchange, days=30, due_on=day, **done)
    make_project(make_fund("A fund", slug="a-fund"), title="A project", exchanges=[exchange])
    make_contribution(exchange=exchange, country="KEN", committed=2500, currency="KES", value_on=day)
    return exchange
