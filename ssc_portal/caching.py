"""Which answers may be kept: public ones by everybody's caches, private ones by nobody."""

import functools
import hashlib
import secrets

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.db import DatabaseError
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.http import HttpResponseNotModified
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags

import ssc_portal
from accounts.models import Organisation
from exchanges.changes import note_naming_organisation
from practices import changes
from practices.models import Practice
from practices.serial import public_serial
from ssc_portal.kept_answers import keep, kept

# Anybody may keep an answer for so long without asking whether it still holds: a publication is seen within it.
PUBLIC = "public, max-age=5"
PRIVATE = "private, no-store"
MACHINE_PREFIXES = ("/api/", "/feeds/")
# By which htmx asks for a part of a page, or for the whole of one that it has forgotten.
HTMX_HEADERS = ("HX-Request", "HX-History-Restore-Request")

# What is the same code gives the same answer. Between releases, code changes with every start.
RELEASE = ssc_portal.__version__
if not settings.IS_HARDENED:
    RELEASE += f"+{settings.START_TOKEN or secrets.token_hex(8)}"


def uncached(view):
    """Mark ``view`` as one whose answers nobody keeps; no serial is read for it."""

    @functools.wraps(view)
    def wrapper(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response

    wrapper.is_uncached = True
    return wrapper


class PublicCacheMiddleware:
    """Lets everybody's caches keep what an anonymous reader got; answers 304, or with what another reader got, before
    the view has run.

    The ETag is made of the public serial and of all that an answer depends on, never of the body, so it costs one small
    query. The serial is read before the view runs: an answer may be newer than its ETag says, never older.
    Whoever brings a session or credentials gets answers that no cache keeps. A view that states its own
    ``Cache-Control`` keeps it: ``no-store`` for everybody, anything else for anonymous readers.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.public_etag = request.public_serial = request.lasting_key = None
        response = self._at_hand(request) or self.get_response(request)
        is_for_programs = request.path_info.startswith(MACHINE_PREFIXES)
        patch_vary_headers(response, ["Cookie", *(["Accept", "Authorization"] if is_for_programs else HTMX_HEADERS)])
        stated = response.get("Cache-Control", "")
        if "no-store" in stated:
            return response
        if not _is_anonymous_read(request) or response.cookies:
            response["Cache-Control"] = PRIVATE
        elif stated:
            return response
        elif request.public_etag and response.status_code in {200, 304}:
            keep(request, response)
            response["Cache-Control"] = PUBLIC
            response["ETag"] = request.public_etag
        elif response.status_code in {301, 308}:
            response["Cache-Control"] = PUBLIC
        else:
            response["Cache-Control"] = "no-store"
        return response

    def _at_hand(self, request):
        """The answer to ``request`` that needs no view, or None. Notes under which keys the view's is to be kept.

        It is looked for here and not in ``process_view``, so that a request which is answered so passes nothing else.
        """
        if not _is_anonymous_read(request):
            return None
        try:
            match = resolve(request.path_info)
            if getattr(match.func, "is_uncached", False):
                return None
            return self._unchanged_or_kept(request, match)
        except (Resolver404, DatabaseError):  # the view decides what it can show without the database
            return None

    def _unchanged_or_kept(self, request, match):
        request.public_serial = public_serial()
        request.public_etag = _etag(request, request.public_serial)
        asked = [tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))]
        if request.public_etag.removeprefix("W/") in asked:
            return HttpResponseNotModified()
        answer = kept(request.public_etag)
        if answer is None and hasattr(match.func, "state"):
            state = match.func.state(request.public_serial, **match.kwargs)
            request.lasting_key = _etag(request, state) if state else None
            answer = kept(request.lasting_key) if state else None
        return answer


def _is_anonymous_read(request):
    return (
        request.method in {"GET", "HEAD"}
        and settings.SESSION_COOKIE_NAME not in request.COOKIES
        and CookieStorage.cookie_name not in request.COOKIES  # something to be told once, as after signing out
        and "Authorization" not in request.headers
    )


def _etag(request, state):
    """A weak ETag for what ``request`` asks while all that is public, or all that its view shows, is at ``state``.

    Weak, because a proxy may compress the answer. An answer depends on its address, which it may name, and on the day,
    for some say what is open or over today; a page on whether htmx asks for a part of it; an answer for programs on the
    format and the language that they prefer.
    """
    parts = [str(state), RELEASE, str(timezone.localdate()), request.scheme, request.get_host()]
    parts.append(request.get_full_path())
    if request.path_info.startswith(MACHINE_PREFIXES):
        parts += [request.headers.get("Accept", ""), request.LANGUAGE_CODE]
    else:
        parts += [request.headers.get(name, "") for name in HTMX_HEADERS]
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return f'W/"{digest[:32]}"'


@receiver(post_save, sender=Organisation)
def _note_renamed_organisation(sender, instance, created, **kwargs):
    # Practices and exchanges show the names of organisations, and accounts know nothing of them.
    if not created:
        changes.note(list(Practice.objects.naming(instance).values_list("pk", flat=True)))
        note_naming_organisation(instance)
