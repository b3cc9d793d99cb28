"""Real addresses, queries and headers, mangled at random: a reader gets what is there, or is told what is wrong.

``SSC_LONG=1`` mangles many more, in other ways each time.
"""

import json
import os
import re
from urllib.parse import quote, urlsplit

import pytest
from django.db import transaction
from django.test import Client, override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from practices.api.parameters import FILTERS
from tests.safety.addresses import public_seeds
from tests.safety.planting import plant

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(1800)]

IS_LONG = os.environ.get("SSC_LONG") == "1"
REQUESTS = 3_000 if IS_LONG else 200
MEANT = {200, 204, 304, 400, 403, 404, 405, 406, 410}
MOVED = {301, 302, 308}

ODD = [
    "%00", "%FF", "%C3%28", "%ED%A0%80", "%", "%zz", "%25", "%2F", "%2e%2e", "..", ".", "%0A", "%0D%0ASet-Cookie:a=b",
    "%E2%80%AE", "%EF%BB%BF", "%F0%9F%92%A7", "%D9%85%D8%A7%D8%A1", "%D9%A3", "%EF%BC%93", "-1", "0", "1_0", "1e999",
    "NaN", "9" * 30, "9" * 400, "2147483648", "9223372036854775808", "null", "true", "[]", "{}", "'", '"', "\\",
    "<script>", "{{7*7}}", "${7*7}", "=cmd", ";", "*", "+", "a" * 300, "a" * 5000, "",
]  # fmt: skip
NAMES = [parameter.name for parameter in FILTERS] + [
    "page", "page_size", "view", "facets", "fields", "format", "lang", "ref", "fit", "factor", "status", "year", "next",
    "expand", "cursor", "modified_since", "form", "modality", "provider", "beneficiary", "fund", "colour", "_method",
]  # fmt: skip
VALUES = [
    "nutrition", "wash", "COL", "BGD", "LAC", "3", "3.2", "fr", "ar", "csv", "jsonl", "geojson", "jsonld", "pdf", "map",
    "1", "2", "100", "2020", "title", "-evidence", "relevance", "water", "ended", "region", "national", "practice",
]  # fmt: skip
HEADERS = {
    "Accept": ["text/csv", "application/geo+json", "application/xml;q=0", "*/*;q=x", "text/html, */*", "a/b;q=0.5;c=d"],
    "Accept-Encoding": ["br", "gzip;q=0", "identity;q=0, *;q=0"],
    "Accept-Language": ["ar", "fr-CA, en;q=0.5", "de, *;q=0", "x" * 1000, "en;q=1e9", "-", ",,,;"],
    "Authorization": ["Bearer x", "Basic %%%", "Basic eDp5", "Token", "Digest a=b"],
    "Cache-Control": ["no-cache", "max-age=0", "only-if-cached"],
    "Content-Length": ["0", "17", "-1", "x"],
    "Content-Type": ["application/json", "multipart/form-data", "multipart/form-data; boundary=\xff",
                     "text/plain; charset=x"],
    "Cookie": ["sessionid=x", "sessionid=" + "y" * 32, "csrftoken=z", "theme=dark", "a=b; a=c; =; ;", 'messages="[["',
               "django_language=xx"],
    "Forwarded": ["for=1.2.3.4;host=evil.example;proto=https"],
    "Host": ["evil.example", "localhost", "testserver:80", "a b", "[::1", "testserver."],
    "HX-Boosted": ["true"],
    "HX-Current-URL": ["http://evil.example/", "http://[", "\xff"],
    "HX-Current-URL-URI-AutoEncoded": ["true"],
    "HX-History-Restore-Request": ["true"],
    "HX-Request": ["true", "false", "1"],
    "HX-Target": ["main", "%FF"],
    "If-Match": ["*", '"a"'],
    "If-Modified-Since": ["Sat, 29 Oct 1994 19:43:31 GMT", "yesterday", "Sat, 29 Oct 99999 19:43:31 GMT"],
    "If-None-Match": ["*", '"a"', 'W/"', '"' + "x" * 5000 + '"', ",,,"],
    "Idempotency-Key": ["a"],
    "Origin": ["null", "http://evil.example"],
    "Range": ["bytes=0-0", "bytes=5-1", "bytes=-", "rows=1-2", "bytes=0-" + "9" * 40],
    "Referer": ["http://evil.example/", "\xff"],
    "Sec-Fetch-Site": ["cross-site", "none", "x"],
    "User-Agent": ["", "\xff\xfe", "x" * 4000],
    "X-CSRFToken": ["x"],
    "X-Forwarded-For": ["1.2.3.4", "not an address", "::1, ,"],
    "X-Forwarded-Host": ["evil.example"],
    "X-Forwarded-Port": ["x"],
    "X-Forwarded-Proto": ["https", "gopher"],
    "X-HTTP-Method-Override": ["DELETE", "x"],
    "X-Requested-With": ["XMLHttpRequest"],
    "X-Request-Id": ["12345678", "\xff" * 9, "a" * 5000],
}  # fmt: skip
METHODS = ["GET"] * 12 + ["HEAD", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"]


@pytest.fixture(scope="module")
def seeds(django_db_setup, django_db_blocker, tmp_path_factory):
    """Addresses below every public route, of rows that stay for all tests of this file."""
    media = override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media"))
    with django_db_blocker.unblock(), transaction.atomic(), media:
        yield public_seeds(plant(), languages=("", "/ar"))
        transaction.set_rollback(True)


odd_texts = st.sampled_from(ODD) | st.text(max_size=12).map(lambda text: quote(text.encode("utf-8", "surrogatepass")))


@st.composite
def paths(draw, addresses):
    """A real path, or one with pieces exchanged, left out, doubled or put in."""
    parts = urlsplit(draw(st.sampled_from(addresses))).path.split("/")
    for _turn in range(draw(st.sampled_from([0, 0, 1, 1, 1, 2]))):
        place = draw(st.integers(1, max(1, len(parts) - 1)))
        how = draw(st.sampled_from(["exchange", "put in", "leave out", "double", "end", "cut", "shout", "flip"]))
        here = parts[place] if place < len(parts) else ""
        if how == "exchange":
            parts[place : place + 1] = [draw(odd_texts)]
        elif how == "put in":
            parts.insert(place, draw(odd_texts))
        elif how == "leave out":
            parts[place : place + 1] = []
        elif how == "double":
            parts.insert(place, here)
        elif how == "end":
            parts[place : place + 1] = [here + draw(odd_texts)]
        elif how == "cut":
            parts[place : place + 1] = [here[: draw(st.integers(0, len(here)))]]
        elif how == "shout":
            parts[place : place + 1] = [here.swapcase()]
        else:
            at = draw(st.integers(0, len(here)))
            parts[place : place + 1] = [here[:at] + draw(st.sampled_from("a-Z0.%_~é\u202e")) + here[at + 1 :]]
    return "/" + "/".join(parts[1:])


@st.composite
def queries(draw, addresses):
    """A query: of a real address, of parameters that there are and are not, or of anything; sometimes without end."""
    how = draw(st.sampled_from(["none", "real", "pairs", "pairs", "pairs", "anything", "long"]))
    if how == "none":
        return ""
    if how == "real":
        return urlsplit(draw(st.sampled_from(addresses))).query
    if how == "anything":
        return draw(st.text(st.characters(max_codepoint=255, exclude_characters="#"), max_size=60))
    pairs = draw(
        st.lists(
            st.tuples(st.sampled_from(NAMES) | odd_texts, st.sampled_from(VALUES) | odd_texts), min_size=1, max_size=5
        )
    )
    query = draw(st.sampled_from(["&", "&", "&", ";", "&&"])).join(f"{name}={value}" for name, value in pairs)
    return query if how == "pairs" else "&".join([query] * draw(st.integers(2, 300)))


# What a server lets through: no control characters in the value of a header.
header_texts = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=40)


@st.composite
def headers(draw):
    names = draw(st.lists(st.sampled_from(sorted(HEADERS)), max_size=3, unique=True))
    return {name: draw(st.sampled_from(HEADERS[name]) | header_texts) for name in names}


def ask(method, path, query, headers):
    """The answer to a request as it comes over the wire, whatever bytes it is made of."""
    environ = {"PATH_INFO": _on_the_wire(path), "QUERY_STRING": query.encode("utf-8", "replace").decode("latin-1")}
    client = Client(raise_request_exception=False)
    return client.generic(method, "/", b"", headers=headers, **environ)


def _on_the_wire(path):
    return re.sub(
        "%([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), path.encode("utf-8", "replace").decode("latin-1")
    )


def assert_meant(request, answer):
    """That ``answer`` was meant, and that it helps: whatever is refused comes with words that say what is wrong."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    told = (request, answer.status_code, content[:2000])
    if answer.status_code in MOVED:
        assert re.match("/(?![/\\\\])", answer["Location"]), (told, answer["Location"])
    else:
        refused = {401} if "Authorization" in request[3] else set()  # a key that is shown has to be a good one
        assert answer.status_code in MEANT | refused, told
    if answer.status_code >= 400 and request[0] != "HEAD":
        assert_told(request, answer, content.decode())
    for name, value in answer.headers.items():
        assert "evil.example" not in value, (told, name)


def assert_told(request, answer, text):
    """That ``text`` says what is wrong: to programs in the ``detail`` of a problem, to people below a heading."""
    assert "no-store" in answer["Cache-Control"], request
    assert "Traceback" not in text, request
    is_for_programs = answer["Content-Type"] == "application/problem+json"
    assert is_for_programs or not request[1].startswith(("/api/", "/feeds/")), request
    if is_for_programs:
        body = json.loads(text)
        assert body["status"] == answer.status_code, request
        assert body["detail"], request
        assert all(error["message"] for error in body.get("errors", [])), request
    else:
        heading, _, words = text.partition("<h1")[2].partition("</h1>")
        assert len(re.sub("<[^>]*>|\\s", "", words.partition("</main>")[0])) > 20, (request, heading, text)


@given(data=st.data())
@settings(
    max_examples=REQUESTS,
    deadline=None,
    derandomize=not IS_LONG,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_request_gets_an_answer_that_was_meant(seeds, data):
    request = (
        data.draw(st.sampled_from(METHODS)),
        data.draw(paths(seeds)),
        data.draw(queries(seeds)),
        data.draw(headers()),
    )

    assert_meant(request, ask(*request))
