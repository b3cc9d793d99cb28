"""People for tests, made by plain functions."""

import itertools
import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from accounts import keys
from accounts.enums import COUNTRY_ROLES, Role
from accounts.models import Membership, User
from tests.make import make_country, make_organisation

PASSWORD = "a long enough pass phrase"
_numbers = itertools.count(1)


def make_user(*roles, country="BGD", email=None, **facts):
    """A person who signs in with PASSWORD and holds ``roles`` (values of Role), where needed for ``country``."""
    facts.setdefault("name", "Some Body")
    user = User.objects.create_user(email or f"person-{next(_numbers)}@example.org", PASSWORD, **facts)
    for role in roles:
        make_membership(user, role, country=country)
    return user


def make_membership(user, role, country="BGD", **facts):
    """A membership with the country or organisation that ``role`` demands."""
    if role in COUNTRY_ROLES:
        facts.setdefault("country", make_country(country))
    if role == Role.PARTNER:
        facts.setdefault("organisation", make_organisation())
    return Membership.objects.create(user=user, role=role, **facts)


def make_key(*scopes, user=None, days=30, **facts):
    """(ApiKey, its clear text) of ``user``, or of somebody without a role, for ``scopes`` (values of Scope)."""
    return keys.make(user or make_user(), name=facts.pop("name", "A key"), scopes=scopes, days=days, **facts)


def bearer(text):
    """The header by which a request shows the key ``text``, as ``headers`` of a client's method."""
    return {"Authorization": f"Bearer {text}"}


def sign_in(client, user, password=PASSWORD):
    """Sign in on the page, as people do; what only lets in who did so lately does so after it."""
    return client.post("/accounts/login/", {"login": user.email, "password": password})


def app_code(secret, periods=0):
    """What an app with ``secret`` shows now, or showed or will show so many ``periods`` of 30 s from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + periods))


def set_up_app(client):
    """Set up an app for who is signed in with ``client``. Returns its secret; its code of this moment is used up."""
    client.get("/accounts/security/app/")
    secret = client.session["mfa.totp.secret"]
    client.post("/accounts/security/app/", {"code": app_code(secret)})
    return secret
