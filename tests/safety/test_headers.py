"""Every answer of every route carries the safe headers, and no anonymous reader gets a cookie or inline code."""

import base64
import hashlib
import itertools
import re
from functools import partial
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client, override_settings
from django.urls import resolve
from django.utils import translation

from practices.names import names
from ssc_portal import dumps
from ssc_portal.management.commands.routes import routes
from tests.exchanges_make import make_exchange, make_fund, make_need, make_offer, make_project
from tests.figures import make_indicator
from tests.make import make_area, make_practice, make_topic, make_update

pytestmark = pytest.mark.django_db

LANGUAGE_PREFIXES = ["", *(f"/{code}" for code, _name in settings.LANGUAGES if code != "en")]
# Whoever opens this page is about to sign in; its form needs a token against forgery, and the token a cookie.
SIGN_IN = "account_login"
SAMPLES = {"number": "1", "iso3": "COL", "format": "json", "code": "3.2", "slug": "kangaroo-mother-care"}
SAMPLES_OF_ROUTE = {
    "practices:area": {"slug": "nutrition"},
    "practices:changes": {"number": "2"},
    "api:area-detail": {"slug": "nutrition"},
    "api:dump-file": {"file": "practices.jsonl.gz"},
    "api:topic-detail": {"slug": "stunting"},
    "api:indicator-detail": {"code": "stunting"},
    "api:indicator-values": {"code": "stunting"},
    **{
        name: {"code": "EX-2025-1"}
        for name in ("exchanges:detail", "exchanges:calendar", "exchanges:agreement", "api:exchange-detail")
    },
    **{name: {"code": "OF-2025-1"} for name in ("exchanges:offer", "api:offer-detail")},
    **{name: {"code": "ND-2025-1"} for name in ("exchanges:need", "api:need-detail")},
    **{name: {"code": "PR-2025-1"} for name in ("exchanges:project", "api:project-detail", "api:project-thread")},
    **{name: {"slug": "a-fund"} for name in ("exchanges:fund", "api:fund-detail")},
    "impact-list": {"name": "needs"},
    "impact-csv": {"name": "flows"},
}
# Pages with a form that a visitor sends: a cookie protects it.
FORMS_OF_VISITORS = {SIGN_IN, "mfa_login_webauthn", "countries:contact", "account_reset_password", "apply"}
# Pages below /accounts/ that somebody has to be signed in for, or about to be.
OF_PEOPLE = (
    "unsubscribe|notifications|privacy|again|security|invitations|applications|login/code|elsewhere|keys|webhooks"
)
LINKS_OF_MAILS = {"confirm-address", "confirm-application", "invitation"}
# Pages that send a visitor to the sign-in.
SIGN_IN_FIRST = {"exchanges:agreement"}
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


@pytest.fixture
def practice():
    return make_rows()


@pytest.fixture(scope="module")
def answers(django_db_setup, django_db_blocker, tmp_path_factory):
    """[(route, address, answer)]: what a visitor gets on every route, asked once for all tests that look at it."""
    visitor, found = Client(raise_request_exception=False), []
    with django_db_blocker.unblock(), translation.override("en"), transaction.atomic():
        names.cache_clear()
        make_rows()
        with override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media")):
            dumps.write()
            for route, address in addresses():
                answer = visitor.get(address)
                if answer.streaming:  # a file is closed once it is read
                    answer.getvalue()
                found.append((route, address, answer))
                visitor.cookies.clear()
        transaction.set_rollback(True)
    return found


def make_rows():
    """One row of each kind that the samples name; returns the practice."""
    make_area("nutrition")
    make_topic("stunting")
    practice = make_practice(
        title="Kangaroo mother care",
        country="COL",
        targets=["3.2"],
        translations={"fr": {"title": "Méthode kangourou"}},
    )
    make_indicator("stunting")
    make_offer(code="OF-2025-1")
    make_need(code="ND-2025-1")
    exchange = make_exchange(code="EX-2025-1")
    make_project(make_fund(slug="a-fund"), code="PR-2025-1", exchanges=[exchange])
    return make_update(practice, title="Kangaroo mother care", targets=["3.2"], summary="Fewer died.")


@pytest.fixture
def visitor():
    return Client(raise_request_exception=False)


def addresses():
    """(route, address) for every route that can be read, in every language it exists in, filled with samples."""
    for route in routes():
        if "GET" in route["methods"]:
            samples = SAMPLES | SAMPLES_OF_ROUTE.get(route["name"], {})
            address = PARAMETER.sub(partial(_sample, samples), route["pattern"])
            for prefix in LANGUAGE_PREFIXES if route["has_languages"] else [""]:
                yield route, prefix + address


def _sample(samples, parameter):
    return samples.get(parameter[1], "x")


def directives(answer):
    policy = answer["Content-Security-Policy"]
    return {name: values for name, *values in (part.split() for part in policy.split(";"))}


def assert_safe_headers(answer, *, may_have_nonce=False):
    policy = directives(answer)
    assert policy["default-src"] == ["'none'"]
    for name in ("object-src", "base-uri", "frame-ancestors"):
        assert policy[name] == ["'none'"]
    assert policy["form-action"] == ["'self'"]
    assert policy["img-src"] == ["'self'", "data:"]
    sources = list(itertools.chain.from_iterable(policy.values()))
    assert not [source for source in sources if "unsafe" in source or "*" in source or source.startswith("http")]
    if not may_have_nonce:
        assert policy["script-src"] == ["'self'", settings.THEME_LINE_HASH]
        assert policy["style-src"] == ["'self'"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] in {"same-origin", "cross-origin"}
    assert answer["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "geolocation=()" in answer["Permissions-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
    assert len(answer["X-Request-Id"]) >= 8
    assert "Server" not in answer
    assert "X-Powered-By" not in answer


# Scripts of these types are read by others, never run.
DATA = {"application/ld+json", "application/json"}


class Inline(HTMLParser):
    """Collects what a strict policy would stop: inline code and styles, and things from other hosts."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self._script = None
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag == "style" or "style" in values:
            self.found.append(f"<{tag} style>")
        for name, value in attributes:
            if name.startswith("on"):
                self.found.append(f"<{tag} {name}>")
            if name in {"href", "src", "action", "formaction"} and re.match(
                r"\s*(javascript|vbscript):", value or "", re.I
            ):
                self.found.append(f"<{tag} {name}={value}>")
        source = values.get("src") or (
            values.get("href") if values.get("rel") in {"stylesheet", "preload", "icon"} else ""
        )
        if source and re.match(r"(https?:)?//", source):
            self.found.append(f"<{tag} {source}>")
        if values.get("target") == "_blank" and "noopener" not in values.get("rel", ""):
            self.found.append(f"<{tag} target=_blank>")
        if tag == "script" and "src" not in values and values.get("type") not in DATA:
            self._script = ""

    def handle_data(self, data):
        if self._script is not None:
            self._script += data

    def handle_endtag(self, tag):
        if tag == "script" and self._script is not None:
            if hash_of(self._script) != settings.THEME_LINE_HASH:
                self.found.append(f"<script>{self._script[:60]}")
            self._script = None


def hash_of(script):
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def test_every_route_answers_a_visitor_safely_and_sets_no_cookie(answers):
    for route, address, answer in answers:
        try:
            assert answer.status_code < 500
            assert_safe_headers(answer, may_have_nonce=route["name"] == "api:docs")
            assert route["name"] in FORMS_OF_VISITORS or not answer.cookies
            is_page = answer["Content-Type"].startswith("text/html") if answer.has_header("Content-Type") else False
            if is_page and not answer.streaming and route["name"] != "api:docs":
                assert Inline(answer.content.decode()).found == []
        except AssertionError as failed:
            raise AssertionError(f"{address} ({answer.status_code}): {failed}") from failed
    assert len(answers) > 60


def test_the_routes_of_readers_are_found(answers):
    """Otherwise the test above might look at nothing but pages that say "not found"."""
    for route, address, answer in answers:
        if not address.startswith("/desk/"):
            # What is only for some people leads to the sign-in page; what these numbers and words name is not there.
            expected = {200, 302} if route["name"] in {"account_logout", "practices:compare"} else {200}
            if re.match(
                r"(/\w\w)?/(workspace|review|preview|files|exchanges/[^/]+/documents|calendars|administration|"
                rf"accounts/({OF_PEOPLE}))/",
                address,
            ):
                expected = {302, 404, 405}
            if route["name"] in LINKS_OF_MAILS:
                expected = {410}
            if route["name"] in SIGN_IN_FIRST:
                expected = {302}
            if re.match(r"/api/v1/(submissions|reviews|assistance|webhooks|practices/[^/]+/contact)/", address):
                expected = {401, 404, 405}
            assert answer.status_code in expected, f"{address}: {answer.status_code}"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options", "head"])
@pytest.mark.parametrize(
    "address", ["/", "/practices/", "/api/v1/practices/", "/accounts/logout/", "/healthz", "/desk/"]
)
def test_other_methods_are_answered_safely_too(visitor, practice, method, address):
    answer = getattr(visitor, method)(address)

    assert answer.status_code < 500
    assert_safe_headers(answer)
    assert not answer.cookies


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/no/such/page/", 404),
        ("/about", 301),
        ("/%00", 400),
        ("/about/?q=%ff", 400),
        ("/desk/", 302),
        ("/fail/bug/", 500),
        ("/fail/busy/", 503),
        ("/fail/forbidden/", 403),
        ("/api/fail/bug/", 500),
        ("/api/fail/throttled/", 429),
    ],
)
@pytest.mark.urls("tests.safety.failing_urls")
def test_failures_and_redirects_are_answered_safely(visitor, address, status):
    answer = visitor.get(address)

    assert answer.status_code == status
    assert_safe_headers(answer)
    assert not answer.cookies


def test_a_foreign_host_is_refused_safely(visitor):
    answer = visitor.get("/", HTTP_HOST="evil.example")

    assert answer.status_code == 400
    assert_safe_headers(answer)


def test_files_carry_the_headers_too(visitor, tmp_path, settings):
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "a.css").write_text("a{}")
    settings.STATIC_ROOT = tmp_path / "static"
    settings.WHITENOISE_AUTOREFRESH = True

    answer = Client().get("/static/a.css")

    assert answer.status_code == 200
    assert b"".join(answer) == b"a{}"
    answer.close()
    assert_safe_headers(answer)
    assert "Access-Control-Allow-Origin" not in answer


def test_https_is_remembered_for_years(settings):
    settings.SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True

    answer = Client().get("/healthz", secure=True)

    assert answer["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains; preload"


def test_the_theme_line_is_the_one_that_the_policy_allows():
    template = (settings.BASE_DIR / "templates" / "partials" / "theme_line.html").read_text()

    (line,) = re.findall(r"<script>(.*?)</script>", template, re.DOTALL)
    assert hash_of(line) == settings.THEME_LINE_HASH


def test_no_page_for_readers_holds_a_token_against_forgery(visitor, practice):
    for address in ("/", "/practices/", f"/practices/{practice.slug}/", "/countries/", "/about/", "/no/such/page/"):
        page = visitor.get(address).content.decode()
        assert "csrf" not in page.lower()


def test_whom_to_tell_about_a_weakness(client):
    answer = client.get("/.well-known/security.txt")

    fields = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert fields["Contact"].startswith(("mailto:", "https://"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", fields["Expires"])
    assert fields["Canonical"].endswith("/.well-known/security.txt")
    assert resolve("/.well-known/security.txt").view_name == "security-txt"
