"""Signing in elsewhere, by OpenID Connect, against a provider on this machine."""

import base64
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, urlsplit

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache
from django.test import Client

from accounts.models import AuditEvent, User
from tests.people import app_code, make_user, set_up_app, sign_in

pytestmark = pytest.mark.django_db

BEGIN, BACK = "/accounts/elsewhere/elsewhere/login/", "/accounts/elsewhere/elsewhere/callback/"


class Provider(ThreadingHTTPServer):
    """Knows one person, ``claims``, and checks that a code is asked for by who began (PKCE)."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answers)
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        self.claims, self.challenge = {}, ""

    def send_back(self, location):
        """What the provider answers, once its person agrees, to a browser that was sent to ``location``."""
        asked = dict(parse_qsl(urlsplit(location).query))
        self.challenge = asked["code_challenge"]
        assert asked["redirect_uri"] == f"http://testserver{BACK}"
        return f"{BACK}?code=a-code&state={asked['state']}"


class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/.well-known/openid-configuration":
            names = ("issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
            self.answer({name: f"{self.server.address}/{name}" for name in names})
        else:
            self.answer(self.server.claims)

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        verifier = form.get("code_verifier", [""])[0]
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if (form["code"], digest) != (["a-code"], self.server.challenge):
            self.answer({"error": "invalid_grant"}, 400)
            return
        facts = {"iss": f"{self.server.address}/issuer", "aud": "the-portal", "exp": 4_000_000_000, "iat": 1}
        token = jwt.encode({**facts, **self.server.claims}, "a key of the provider that is long", algorithm="HS256")
        self.answer({"access_token": "a-token", "token_type": "Bearer", "id_token": token})

    def answer(self, facts, status=200):
        body = json.dumps(facts).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Says nothing."""


@pytest.fixture
def provider(settings):
    cache.clear()
    server = Provider()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.OIDC_ISSUER, settings.OIDC_NAME = server.address, "Our ministry"
    app = {"provider_id": "elsewhere", "name": "Our ministry", "client_id": "the-portal", "secret": "s"}
    app["settings"] = {"server_url": server.address, "oauth_pkce_enabled": True}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    yield server
    server.shutdown()
    server.server_close()


def come_back(client, provider, begin=BEGIN):
    """Go there and come back. Returns the portal's answer."""
    return client.get(provider.send_back(client.post(begin)["Location"]))


def is_signed_in(client):
    return "_auth_user_id" in client.session


def test_without_a_provider_there_is_no_such_way(client):
    assert "/elsewhere/" not in client.get("/accounts/login/").content.decode()
    assert client.post(BEGIN).status_code == 404
    assert client.get(BACK).status_code == 404


def test_who_has_an_account_signs_in_by_the_address_that_is_verified_there(client, provider):
    user = make_user(email="amina@example.org")
    provider.claims = {"sub": "77", "email": "Amina@example.org", "email_verified": True, "phone_number": "555-0100"}
    assert "Our ministry" in client.get("/fr/accounts/login/").content.decode()

    come_back(client, provider, f"/fr{BEGIN}")

    assert client.session["_auth_user_id"] == str(user.pk)
    kept = SocialAccount.objects.get()
    assert (kept.user, kept.uid, kept.extra_data) == (user, "77", {})


def test_the_account_there_stays_connected_when_the_address_changes(client, provider):
    user = make_user(email="amina@example.org")
    provider.claims = {"sub": "77", "email": "amina@example.org", "email_verified": True}
    come_back(Client(), provider)
    user.email = "other@example.org"
    user.save()

    come_back(client, provider)

    assert client.session["_auth_user_id"] == str(user.pk)
    assert SocialAccount.objects.get().extra_data == {}


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "amina@example.org", "email_verified": False},
        {"email": "amina@example.org"},
        {"email": "nobody@example.org", "email_verified": True},
        {"email": "former@example.org", "email_verified": True},
        {},
    ],
)
def test_nobody_else_is_let_in_or_joins(client, provider, claims):
    make_user(email="amina@example.org")
    make_user(email="former@example.org", is_active=False)
    provider.claims = {"sub": "77", **claims}

    answer = come_back(client, provider)

    assert (answer.status_code, is_signed_in(client)) == (403, False)
    assert "did not vouch" in answer.content.decode()
    assert User.objects.count() == 2
    assert not SocialAccount.objects.exists()
    assert AuditEvent.objects.filter(action="sign_in_failed").count() == 1


def test_an_account_that_is_closed_stays_closed_though_it_was_connected(client, provider):
    user = make_user(email="amina@example.org")
    provider.claims = {"sub": "77", "email": "amina@example.org", "email_verified": True}
    come_back(Client(), provider)
    user.is_active = False
    user.save()

    assert come_back(client, provider).status_code == 403
    assert not is_signed_in(client)


def test_the_second_factor_is_asked_for_all_the_same(client, provider):
    user, own = make_user(email="amina@example.org"), Client()
    sign_in(own, user)
    secret = set_up_app(own)
    provider.claims = {"sub": "77", "email": "amina@example.org", "email_verified": True}

    assert come_back(client, provider)["Location"] == "/accounts/login/code/"
    assert not is_signed_in(client)
    client.post("/accounts/login/code/", {"code": app_code(secret, 1)})
    assert is_signed_in(client)


@pytest.mark.parametrize("query", ["", "?code=a-code", "?code=a-code&state=made-up", "?error=access_denied&state=x"])
def test_coming_back_without_having_gone_signs_nobody_in(client, provider, query):
    make_user(email="amina@example.org")
    provider.claims = {"sub": "77", "email": "amina@example.org", "email_verified": True}

    assert client.get(BACK + query).status_code == 403
    assert not is_signed_in(client)


def test_an_answer_for_another_browser_is_refused(client, provider):
    make_user(email="amina@example.org")
    provider.claims = {"sub": "77", "email": "amina@example.org", "email_verified": True}
    address = provider.send_back(Client().post(BEGIN)["Location"])

    assert client.get(address).status_code == 403
    assert not is_signed_in(client)


def test_a_provider_that_is_away_is_told_in_a_page_of_ours(client, provider, settings):
    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    app["settings"]["server_url"] = "http://127.0.0.1:9"

    answer = client.post(BEGIN)

    assert answer.status_code == 403
    assert "You are not signed in" in answer.content.decode()


def test_who_always_signs_in_elsewhere_shows_it_again_by_doing_so(client, provider):
    user = make_user(email="amina@example.org")
    user.set_unusable_password()
    user.save()
    client.force_login(user)

    assert client.get("/accounts/security/address/")["Location"] == "/accounts/logout/"
    client.post("/accounts/logout/")
    provider.claims = {"sub": "77", "email": "amina@example.org", "email_verified": True}
    come_back(client, provider)

    assert client.get("/accounts/security/address/").status_code == 200
