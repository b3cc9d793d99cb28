"""A reader of the API, and practices to read."""

import pytest
from django.core.management import call_command

from tests.make import make_practice


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
def seeds(db):
    """The documented practices of the fixtures."""
    call_command("load_fixtures", verbosity=0)
