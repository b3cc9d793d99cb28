"""What every request passes: an id, safe headers, a check that it can be read, a language, and answers to refusals."""

import logging
import re
import uuid
from contextlib import suppress
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.core.exceptions import BadRequest
from django.db import InterfaceError, OperationalError
from django.http import HttpResponseNotAllowed
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts import second_factor, sessions
from exchanges.permissions import maintains_a_fund
from practices.refusals import Retracted, TransitionError
from ssc_portal import problems, request_ids

REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f]")
UNDECODED_BYTE = re.compile(r"%[89A-Fa-f][0-9A-Fa-f]")
# A browser would take "//host" and "/\\host" in a link for another site, and no address of the portal needs them.
MISLEADING_SLASHES = re.compile(r"//|\\")
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
LANGUAGES_BY_NEGOTIATION = ("/api/", "/feeds/")
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "autoplay",
        "browsing-topics",
        "camera",
        "display-capture",
        "encrypted-media",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "picture-in-picture",
        "screen-wake-lock",
        "usb",
        "xr-spatial-tracking",
    )
)


class RequestIdMiddleware:
    """One id per request: in ``request.id``, in the log and in the answer's ``X-Request-Id``.

    A well-formed id that came with the request is kept, so that a proxy or a partner can follow it.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        given = request.headers.get("X-Request-Id", "")
        request.id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        request_ids.remember(request.id)
        response = self.get_response(request)
        response["X-Request-Id"] = request.id
        return response


class SecurityHeadersMiddleware:
    """The headers that Django has no setting for, on every answer: pages, files, redirects and errors."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response


class WellFormedRequestMiddleware:
    """Answers 400 to a request that cannot be read, before anything tries to: bytes that are not UTF-8, NUL and other
    control characters, an endless query string, a host that is not ours; 413 to more than a request may bring; 405 to a
    method that nobody knows.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method not in METHODS:
            return problems.method_not_allowed(request, METHODS)
        request.get_host()  # DisallowedHost is answered with 400
        _refuse_unreadable_address(request)
        _refuse_unreadable_cookies(request)
        if request.method not in {"GET", "HEAD", "OPTIONS"}:
            if _declared_length(request) > settings.REQUEST_LIMIT:
                return problems.too_large(request, settings.REQUEST_LIMIT)
            _refuse_unreadable_form(request)
        return self.get_response(request)


def _declared_length(request):
    """How many bytes the request says that it brings; of one that does not say, none are read."""
    said = request.META.get("CONTENT_LENGTH") or "0"
    return int(said) if said.isascii() and said.isdecimal() else 0


def _refuse_unreadable_address(request):
    # Django keeps a byte that is not UTF-8 as %XX; no address of the portal holds such a thing otherwise.
    if any(wrong.search(request.path_info) for wrong in (CONTROL_CHARACTER, UNDECODED_BYTE, MISLEADING_SLASHES)):
        raise BadRequest(_("The address holds characters that do not belong there."))
    query = request.META.get("QUERY_STRING", "")
    if len(query) > settings.QUERY_STRING_LIMIT:
        raise BadRequest(_("The query is too long. Use fewer or shorter search words and filters."))
    if not _is_readable(query.encode("latin-1", "replace")):
        raise BadRequest(_("The query holds characters that cannot be read."))


def _refuse_unreadable_cookies(request):
    # A quoted cookie may spell a NUL, on which a database would stumble.
    if any(CONTROL_CHARACTER.search(value) for value in request.COOKIES.values()):
        raise BadRequest(_("A cookie holds characters that cannot be read."))


def _refuse_unreadable_form(request):
    if request.content_type == "application/x-www-form-urlencoded":
        readable = _is_readable(request.body)
    elif request.content_type == "multipart/form-data":
        texts = [*request.POST, *request.FILES, *(value for _name, values in request.POST.lists() for value in values)]
        # What is not UTF-8 was replaced while the parts were read.
        readable = not any("\x00" in text or "\ufffd" in text for text in texts)
    else:
        readable = True
    if not readable:
        raise BadRequest(_("The form holds characters that cannot be read."))


def _is_readable(encoded):
    """Whether the URL-encoded bytes ``encoded`` are UTF-8 text without NUL."""
    try:
        return "\x00" not in unquote_to_bytes(encoded).decode("utf-8")
    except UnicodeDecodeError:
        return False


class LanguageMiddleware(LocaleMiddleware):
    """Pages speak the language of their address; the API and the feeds that of ``lang`` or ``Accept-Language``.

    A page therefore never varies with the reader's browser, and a cache may keep one copy of it.
    """

    def process_request(self, request):
        if not request.path_info.startswith(LANGUAGES_BY_NEGOTIATION):
            return super().process_request(request)
        language = request.GET.get("lang")
        if language not in dict(settings.LANGUAGES):
            language = translation.get_language_from_request(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        return None

    def process_response(self, request, response):
        response.headers.setdefault("Content-Language", translation.get_language())
        if request.path_info.startswith(LANGUAGES_BY_NEGOTIATION):
            patch_vary_headers(response, ["Accept-Language"])
        return response


class SessionLifetimeMiddleware:
    """Ends sessions that were idle for 12 hours or are 7 days old; asks nothing of readers without one."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            with suppress(OperationalError, InterfaceError):  # the view says what it can without the database
                sessions.keep(request)
        return self.get_response(request)


class SecondFactorMiddleware:
    """Opens nothing but setting up or showing a second factor to people of whom one is demanded, until they did so.

    Demanded of curators, administrators, who may enter the desk and who maintains a fund, where
    ``SECOND_FACTOR_DEMANDED``. Asks the database only while a session has not shown one.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if not settings.SECOND_FACTOR_DEMANDED or settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        if request.resolver_match.view_name in second_factor.ADDRESSES_WITHOUT:
            return None
        try:
            way = self._way(request)
        except (OperationalError, InterfaceError):
            return problems.unavailable(request)
        if way is None:
            return None
        if problems.is_for_programs(request):
            return problems.problem(
                request, "permission-denied", _("Your role asks for a second factor. Sign in on the portal's pages.")
            )
        query = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
        return redirect(f"{reverse(way)}?{query}".rstrip("?"))

    def _way(self, request):
        """The name of the address at which the reader first has to show a second factor; None where they need not."""
        user = request.user
        if not user.is_authenticated or second_factor.was_shown(request):
            return None
        is_demanded = second_factor.is_demanded_of(user) or maintains_a_fund(user)
        return second_factor.way_for(user) if is_demanded else None


class RefusalMiddleware:
    """Turns the refusals of views into answers: retracted, not possible now, a wrong method, a database too busy."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and not response.content:
            return problems.method_not_allowed(request, response["Allow"].split(", "))
        return response

    def process_exception(self, request, exception):
        if isinstance(exception, Retracted):
            return problems.gone(request, exception.practice)
        if isinstance(exception, TransitionError):
            return problems.conflict(request, exception)
        if isinstance(exception, (OperationalError, InterfaceError)):
            logging.getLogger("django.request").error("The database did not answer: %s", type(exception).__name__)
            return problems.unavailable(request)
        return None
