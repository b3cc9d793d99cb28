"""Bodies that no client library would send, on every address that takes one: refused at once, and nothing breaks."""

import json
import time

import pytest

from accounts.enums import Role, Scope
from practices.models import Submission
from ssc_portal.api_docs import schema
from tests.people import bearer, make_key, make_user
from tests.submissions import make_draft

MANY = ", ".join(f'"member{number}": 1' for number in range(100_000))
BODIES = {
    "10,000 deep": b"[" * 10_000 + b"]" * 10_000,
    "10,000 deep in objects": b'{"title": ' * 10_000 + b"1" + b"}" * 10_000,
    "100,000 members": f"{{{MANY}}}".encode(),
    "the last of 100,000 members twice": f'{{{MANY}, "member99999": 1}}'.encode(),
    "a member twice": b'{"title": "One", "title": "Two"}',
    "NaN": b'{"title": NaN}',
    "infinity": b'{"title": -Infinity}',
    "30 MB": b'{"title": "' + b"a" * 30 * 1024 * 1024 + b'"}',
    "NUL": b'{"title": "a\\u0000b"}',
    "NUL as it is": b'{"title": "a\x00b"}',
    "half a pair": b'{"title": "a\\ud800b"}',
    "not UTF-8": b'{"title": "a\xffb"}',
    "an endless number": b'{"title": ' + b"9" * 100_000 + b"}",
    "cut off": b'{"title": "a',
    "two": b'{"title": "a"} {"title": "b"}',
    "a list": b"[]",
    "a number": b"1",
    "null": b"null",
    "a text": b'"title"',
}


def taking_bodies():
    return [
        (method, path)
        for path, methods in schema()["paths"].items()
        for method, operation in methods.items()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    ]


@pytest.fixture
def writer(db):
    return make_user(Role.OFFICER, Role.CURATOR, country="BGD")


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_raw_body_is_refused(client, writer, body):
    draft = make_draft(writer)
    _key, text = make_key(*Scope, user=writer, second_factor=True)
    known = {"id": draft.pk, "submission": draft.pk}
    client.raise_request_exception = False

    addresses = taking_bodies()
    for method, path in addresses:
        names = [one["name"] for one in schema()["paths"][path][method]["parameters"] if one["in"] == "path"]
        address = path.format(**{name: known.get(name, 1) for name in names})
        began = time.process_time()
        response = client.generic(method, address, body, "application/json", headers=bearer(text))
        took = time.process_time() - began

        assert 400 <= response.status_code < 500, (method, path, response.content[:300])
        assert response["Content-Type"] == "application/problem+json"
        assert json.loads(response.content)["detail"]
        assert len(response.content) < 20_000, (method, path)
        assert took < 1, (method, path)
    assert ("post", "/api/v1/submissions/") in addresses


def test_a_text_in_another_encoding_or_form_is_refused(client, writer):
    _key, text = make_key(*Scope, user=writer)
    for kind, body in (
        ("text/plain", b'{"title": "a"}'),
        ("application/x-www-form-urlencoded", b"title=a"),
        ("application/xml", b"<title>a</title>"),
    ):
        response = client.generic("POST", "/api/v1/submissions/", body, kind, headers=bearer(text))
        assert response.status_code == 415, kind
    assert not Submission.objects.exists()
