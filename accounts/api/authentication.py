"""Who asks something of the API: a program that shows a key, or a person who is signed in on the pages."""

import copy

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied

from accounts import keys

CHALLENGE = 'Bearer realm="SSC Portal"'


def shown_key(request):
    """The ApiKey that the HttpRequest ``request`` shows, with its person; None where it shows nothing.

    Asked for by whoever counts requests and by whoever answers them, it is looked up once. Raises keys.Refused for
    whatever else stands in the header ``Authorization``.
    """
    if "HTTP_AUTHORIZATION" not in request.META:
        return None
    if not hasattr(request, "shown_key"):
        try:
            request.shown_key = _key_in(request.META["HTTP_AUTHORIZATION"])
        except keys.Refused as refusal:
            request.shown_key = refusal
    if isinstance(request.shown_key, keys.Refused):
        raise request.shown_key
    return request.shown_key


def _key_in(header):
    scheme, _space, text = header.strip().partition(" ")
    if scheme.lower() != "bearer":
        raise keys.Refused(_("Show a key: “Authorization: Bearer ssc_…”."))
    return keys.opened_by(text.strip())


class KeyAuthentication(authentication.BaseAuthentication):
    """``Authorization: Bearer ssc_<prefix>_<secret>``: the person in ``request.user``, the ApiKey in ``request.auth``.

    Whatever else stands in the header is answered with 401, so that nobody takes a public answer for that of their key.
    """

    def authenticate(self, request):
        try:
            key = shown_key(request._request)
        except keys.Refused as refusal:
            raise AuthenticationFailed(str(refusal)) from refusal
        return (key.user, key) if key is not None else None

    def authenticate_header(self, request):
        return CHALLENGE


class SessionAuthentication(authentication.SessionAuthentication):
    """The person who is signed in on the pages, with their cookie; what changes anything needs the CSRF token too.

    It stands in ``X-CSRFToken``: no body is read before it is known that a page of ours sent it.
    """

    def enforce_csrf(self, request):
        bodiless = copy.copy(request._request)
        if bodiless.method == "POST":  # in whose body alone a token is looked for
            bodiless.method = "PUT"
        try:
            super().enforce_csrf(bodiless)
        except PermissionDenied as refusal:
            raise PermissionDenied(
                _("With a session, what changes anything needs the token of the portal's pages in “X-CSRFToken”.")
            ) from refusal


class KeyScheme(OpenApiAuthenticationExtension):
    """How the OpenAPI document speaks of keys."""

    target_class = KeyAuthentication
    name = "key"

    def get_security_definition(self, auto_schema):
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "ssc_<prefix>_<secret>",
            "description": "A key, made at `/accounts/keys/`. Reading needs none, and gets a higher rate with one.",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    """How the OpenAPI document speaks of the cookie of the pages."""

    target_class = SessionAuthentication
    name = "session"

    def get_security_definition(self, auto_schema):
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "The session of the portal's own pages. What changes anything also sends `X-CSRFToken`.",
        }
