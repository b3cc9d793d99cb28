"""What will go is announced in every answer that still makes use of it, in the OpenAPI document and on a page."""

from datetime import date

import pytest

from ssc_portal import api_docs, api_history
from ssc_portal.api_history import Deprecation

SINCE, UNTIL = date(2026, 12, 1), date(2027, 12, 1)


@pytest.fixture
def declare(monkeypatch):
    """``declare(Deprecation, …)``: these and no others."""

    def declare(*ones):
        monkeypatch.setattr(api_history, "DEPRECATED", list(ones))
        api_docs.schema.cache_clear()

    yield declare
    api_docs.schema.cache_clear()


def an_operation(**facts):
    return Deprecation(
        **{"method": "GET", "path": "/api/v1/topics/{slug}/", "since": SINCE, "until": UNTIL, "instead": "Use lists."}
        | facts
    )


def a_parameter(**facts):
    return an_operation(path="/api/v1/practices/", parameter="scale", instead="Use `q`.", **facts)


def headers(response):
    return {name: response[name] for name in ("Deprecation", "Sunset", "Link") if name in response}


TOLD = {
    "Deprecation": "@1796083200",
    "Sunset": "Wed, 01 Dec 2027 00:00:00 GMT",
    "Link": '<http://localhost:8000/developers/changes/#deprecated>; rel="deprecation sunset"; type="text/html"',
}


def test_an_operation_says_so_whatever_it_answers(client, db, declare):
    declare(an_operation())

    assert headers(client.get("/api/v1/topics/nothing/")) == TOLD
    assert headers(client.head("/api/v1/topics/nothing/")) == TOLD
    assert headers(client.get("/api/v1/topics/")) == {}
    assert headers(client.post("/api/v1/topics/nothing/")) == {}
    assert headers(client.get("/api/v1/topics/nothing/more/")) == {}


def test_a_parameter_says_so_where_it_is_used(client, db, declare):
    declare(a_parameter())

    assert headers(client.get("/api/v1/practices/?scale=national")) == TOLD
    assert headers(client.get("/api/v1/practices/?kind=practice")) == {}


def test_an_unchanged_answer_says_so_too(client, db, declare):
    declare(a_parameter())
    etag = client.get("/api/v1/practices/?scale=national")["ETag"]

    unchanged = client.get("/api/v1/practices/?scale=national", headers={"If-None-Match": etag})

    assert (unchanged.status_code, headers(unchanged)) == (304, TOLD)


def test_what_goes_first_is_told(client, db, declare):
    declare(a_parameter(until=date(2028, 1, 1)), a_parameter(until=UNTIL))

    assert headers(client.get("/api/v1/practices/?scale=national")) == TOLD


def test_programs_in_other_peoples_pages_may_read_it(client, db):
    exposed = client.get("/api/v1/topics/")["Access-Control-Expose-Headers"].split(", ")

    assert set(TOLD) <= set(exposed)


def test_the_document_marks_it(declare):
    declare(an_operation(), a_parameter())
    paths = api_docs.schema()["paths"]

    assert paths["/api/v1/topics/{slug}/"]["get"]["deprecated"] is True
    assert paths["/api/v1/topics/{slug}/"]["get"]["description"].endswith("Works until 2027-12-01. Use lists.")
    marked = [one["name"] for one in paths["/api/v1/practices/"]["get"]["parameters"] if one.get("deprecated")]
    assert marked == ["scale"]
    assert "deprecated" not in paths["/api/v1/practices/"]["get"]


def test_the_page_names_it(client, db, declare):
    declare()
    assert "Nothing." in client.get("/developers/changes/").content.decode()
    declare(a_parameter())

    html = client.get("/developers/changes/").content.decode()

    assert "works until 1 December 2027, announced on 1 December 2026." in html
    assert "Nothing." not in html


def test_what_is_declared_is_there_and_is_announced_long_enough():
    for one in api_history.DEPRECATED:
        assert one.method.lower() in api_docs.schema()["paths"][one.path]
        months = (one.until.year - one.since.year) * 12 + one.until.month - one.since.month
        assert months >= api_history.NOTICE_MONTHS


def test_the_newest_changes_come_first(client, db):
    html = client.get("/developers/changes/").content.decode()

    days = [one.on for one in api_history.CHANGES]
    assert days == sorted(days, reverse=True)
    for one in api_history.CHANGES:
        assert str(one.what) in html
