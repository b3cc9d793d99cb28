"""How the portal says that something did not work: a page for people, problem details (RFC 9457) for programs.

Whatever goes wrong below ``/api/`` and ``/feeds/`` is answered as ``application/problem+json`` with ``type`` (the
address that explains it), ``title``, ``status``, ``detail``, ``instance``, ``request_id`` and, where fields are wrong,
``errors``, a list of ``{"field", "message"}``. Everything else is answered with a page. Both work without the database.
"""

import copy
import logging

import orjson
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.utils.html import format_html
from django.utils.translation import get_language_from_path, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from rest_framework import exceptions, status
from rest_framework.settings import api_settings

from accounts.api.authentication import CHALLENGE
from countries.api.documentation import problem_examples
from countries.api.refusals import Refusal
from practices.refusals import FileRefused, Incomplete, NotHere, Retracted, TransitionError

logger = logging.getLogger(__name__)

PROGRAM_PREFIXES = ("/api/", "/feeds/")
CONTENT_TYPE = "application/problem+json"

# slug of the type: (status, title, what it means and what to do). The slugs are part of the API's contract.
TYPES = {
    "bad-request": (400, _("Request not understood"), _("The request is malformed. Read the detail and send it anew.")),
    "validation-error": (
        400,
        _("Invalid parameters"),
        _("A parameter or field is unknown or has a value that is not allowed. “errors” names each of them."),
    ),
    "not-authenticated": (
        401,
        _("Sign-in needed"),
        _("The address asks for credentials; none or wrong ones came."),
    ),
    "permission-denied": (403, _("Not allowed"), _("You may read this, but not do that.")),
    "not-found": (404, _("Not found"), _("There is nothing at this address, or nothing that you may know of.")),
    "method-not-allowed": (
        405,
        _("Method not allowed"),
        _("The header “Allow” lists the methods that work here."),
    ),
    "not-acceptable": (406, _("Format not available"), _("Ask for one of the formats that the address offers.")),
    "conflict": (409, _("Conflict"), _("The thing is in another state than the request takes for granted.")),
    "idempotency-key-in-use": (
        409,
        _("The first request is still being worked on"),
        _("A request with this Idempotency-Key has not been answered yet. Send the same again in a moment."),
    ),
    "gone": (
        410,
        _("Retracted"),
        _("It was published once and has been retracted. The detail says why."),
    ),
    "precondition-failed": (
        412,
        _("Changed meanwhile"),
        _(
            "Somebody saved since you read it, and nothing was overwritten. “current” is the ETag now, “differences” "
            "lists the fields in which your text and the stored one differ."
        ),
    ),
    "too-large": (413, _("Request too large"), _("Send less at once.")),
    "unsupported-media-type": (415, _("Media type not supported"), _("Send JSON.")),
    "incomplete": (
        422,
        _("Something is still missing"),
        _("The step asks for more than there is. “errors” names each field and what to do."),
    ),
    "file-refused": (422, _("File not taken"), _("The detail says why, and which files are taken. Nothing was kept.")),
    "idempotency-key-reused": (
        422,
        _("Another request had this key"),
        _("Another request was sent with this Idempotency-Key. Take a new key for each request."),
    ),
    "precondition-required": (
        428,
        _("Say what you saw"),
        _("A change names the state that its writer saw: send the ETag of what you read as “If-Match”."),
    ),
    "too-many-requests": (429, _("Too many requests"), _("The header “Retry-After” says how many seconds to wait.")),
    "server-error": (500, _("Server error"), _("The mistake is ours. Quote the request id when you write to us.")),
    "unavailable": (503, _("Not available now"), _("The portal is too busy or being repaired. Try again in a minute.")),
    "no-room": (
        507,
        _("No room"),
        _("The portal has no room for files just now. Nothing was kept. Try again tomorrow."),
    ),
}
# Of several kinds with one status, the first stands for what says no more than its status.
SLUG_OF_STATUS = {code: slug for slug, (code, _title, _meaning) in reversed(TYPES.items())}


def is_for_programs(request):
    """Whether ``request`` is answered with problem details."""
    return request.path_info.startswith(PROGRAM_PREFIXES)


def type_address(slug):
    """The address that explains problems of the type ``slug``, relative to the portal; it never changes."""
    return f"/developers/problems/#{slug}"


def problem(request, slug, detail="", errors=None, **extensions):
    """A response with problem details of the type ``slug``, a key of TYPES.

    ``errors``: [{"field", "message"}]; ``extensions``: further members of the body. Raises KeyError for another slug.
    """
    code, title, meaning = TYPES[slug]
    body = {
        "type": type_address(slug),
        "title": str(title),
        "status": code,
        "detail": str(detail or meaning),
        "instance": request.get_full_path(),
        "request_id": getattr(request, "id", ""),
        **extensions,
    }
    if errors is not None:
        body["errors"] = errors
    response = HttpResponse(orjson.dumps(body), status=code, content_type=CONTENT_TYPE)
    add_never_cache_headers(response)
    return response


def exception_handler(exception, context):
    """Django REST framework's hook: an exception within an API view becomes problem details.

    Returns None for what is a bug, so that it is reported and answered with 500.
    """
    request = context["request"]._request
    if isinstance(exception, Http404):
        return problem(request, "not-found")
    if isinstance(exception, Retracted):
        return gone(request, exception.practice)
    if isinstance(exception, Incomplete):
        return incomplete(request, exception)
    if isinstance(exception, TransitionError):
        return conflict(request, exception)
    if isinstance(exception, FileRefused):
        return file_refused(request, exception)
    if isinstance(exception, PermissionDenied):
        return problem(request, "permission-denied", str(exception))
    if isinstance(exception, RequestDataTooBig):
        return too_large(request, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    if isinstance(exception, (BadRequest, SuspiciousOperation)):
        return problem(request, "bad-request")
    if not isinstance(exception, exceptions.APIException):
        return None
    if isinstance(exception, exceptions.ValidationError):
        errors = list(_flat(exception.detail))
        response = problem(request, "validation-error", errors=errors)
    elif isinstance(exception, Refusal):
        response = problem(request, exception.slug, exception.detail, **exception.members)
    else:
        slug = SLUG_OF_STATUS.get(exception.status_code)
        if slug is None:
            slug = "bad-request" if status.is_client_error(exception.status_code) else "server-error"
        detail = exception.detail if isinstance(exception.detail, str) else ""
        response = problem(request, slug, detail)
    if getattr(exception, "auth_header", None):
        response["WWW-Authenticate"] = exception.auth_header
    if getattr(exception, "wait", None):
        response["Retry-After"] = str(int(exception.wait))
    return response


def _flat(detail, path=""):
    """The nested ``detail`` of a ValidationError as {"field", "message"}, one per message: "results[2].unit"."""
    if isinstance(detail, dict):
        for key, value in detail.items():
            if isinstance(key, int):  # a place in a list
                yield from _flat(value, f"{path}[{key}]")
                continue
            inner = "" if key == api_settings.NON_FIELD_ERRORS_KEY else key
            yield from _flat(value, ".".join(part for part in (path, inner) if part))
    elif isinstance(detail, (list, tuple)):
        for position, value in enumerate(detail):
            is_nested = isinstance(value, (dict, list, tuple))
            yield from _flat(value, f"{path}[{position}]" if is_nested else path)
    else:
        yield {"field": path, "message": str(detail)}


def page(request, code, **context):
    """The page ``<code>.html`` with the status ``code``, in the language of the address.

    Falls back to a page of a few words where the template cannot be rendered, for example without the database.
    """
    # The page must not ask the database who is signed in: it may be the database that is away.
    reader, request.user = getattr(request, "user", None), AnonymousUser()
    language = get_language_from_path(request.path_info) or settings.LANGUAGE_CODE
    if code == 400:
        request = _without_address(request)
    with translation.override(language):
        try:
            content = render_to_string(f"{code}.html", {"status": code, **context}, request)
        except Exception:
            logger.exception("The page for status %s could not be rendered.", code)
            content = _bare_page(code, getattr(request, "id", ""))
    if reader is not None:
        request.user = reader
    response = HttpResponse(content, status=code)
    response["Content-Language"] = language
    add_never_cache_headers(response)
    return response


def _without_address(request):
    """A copy of ``request`` that asks for the home page: what could not be read is not repeated in links."""
    copied = copy.copy(request)
    copied.META = {**request.META, "QUERY_STRING": ""}
    copied.path_info = "/"
    return copied


def _bare_page(code, request_id):
    """A page without design, in the active language, for the case that nothing else can be shown."""
    _slug, (_code, title, meaning) = next(item for item in TYPES.items() if item[1][0] == code)
    return format_html(
        '<!doctype html><html lang="{}" dir="{}"><head><meta charset="utf-8"><title>{}</title></head>'
        '<body><h1>{}</h1><p>{}</p><p>{}</p><p><a href="/">SSC Portal</a></p></body></html>',
        translation.get_language(),
        "rtl" if translation.get_language_bidi() else "ltr",
        title,
        title,
        meaning,
        gettext("Request id: %(id)s") % {"id": request_id},
    )


def answer(request, slug, detail="", **context):
    """The answer of the type ``slug``: problem details for programs, a page for people."""
    if is_for_programs(request):
        return problem(request, slug, detail)
    return page(request, TYPES[slug][0], detail=detail, **context)


def bad_request(request, exception=None):
    """handler400. Only a BadRequest speaks for itself; other exceptions may quote what an attacker sent.

    Django takes a session that the database did not save for one that was deleted.
    """
    if isinstance(exception, SessionInterrupted) and _is_of_the_database(exception):
        return unavailable(request)
    detail = str(exception) if isinstance(exception, BadRequest) else ""
    return answer(request, "bad-request", detail)


def _is_of_the_database(exception):
    """Whether the database went away in what led to ``exception``."""
    while exception is not None and not isinstance(exception, (OperationalError, InterfaceError)):
        exception = exception.__context__
    return exception is not None


def permission_denied(request, exception=None):
    """handler403. What the refusing code said is meant for the reader."""
    return answer(request, "permission-denied", str(exception or ""))


def csrf_failure(request, reason=""):
    """A form that did not come from a page of ours, or whose page stood open too long. ``reason`` is for the log."""
    return answer(
        request, "permission-denied", gettext("This form has expired. Go back, reload the page and send it again.")
    )


def method_not_allowed(request, allowed):
    """405 for a method that is not among ``allowed``, a list of those that are."""
    response = answer(request, "method-not-allowed")
    response["Allow"] = ", ".join(allowed)
    return response


def not_found(request, exception=None):
    """handler404. Only a NotHere speaks for itself; other exceptions may quote what somebody typed."""
    return answer(request, "not-found", str(exception) if isinstance(exception, NotHere) else "")


def gone(request, practice):
    """410 for the retracted ``practice``: when and why, and nothing of its content."""
    if is_for_programs(request):
        return problem(
            request,
            "gone",
            practice.retraction_reason,
            reference=practice.reference,
            retracted_at=practice.retracted_at,
        )
    return page(request, 410, practice=practice)


def conflict(request, error):
    """409 for the TransitionError ``error``: what hinders it, the state that it is in, and the way back."""
    if is_for_programs(request):
        return problem(request, "conflict", str(error), current_status=error.status)
    items = [getattr(item, "text", item) for item in getattr(error, "items", [])]
    back_url = request.path.rpartition("/do/")[0] + "/" if "/do/" in request.path else request.path
    return page(request, 409, detail=str(error), items=items, back_url=back_url)


def incomplete(request, error):
    """422 for the Incomplete ``error``, in the API: each thing that is missing, and the state that it is in."""
    errors = [
        {"field": getattr(item, "field", ""), "message": str(getattr(item, "text", item))} for item in error.items
    ]
    return problem(request, "incomplete", str(error), errors, current_status=error.status)


def file_refused(request, refusal):
    """The answer to a file that was not taken, in the API: 422, 429 beyond what a person may send a day, 507."""
    slug = {429: "too-many-requests", 507: "no-room"}.get(refusal.status, "file-refused")
    return refusal.noted_on(problem(request, slug, refusal.sentence))


def not_authenticated(request, refusal):
    """401 for a key that opens nothing: ``refusal`` says why."""
    response = problem(request, "not-authenticated", str(refusal))
    response["WWW-Authenticate"] = CHALLENGE
    return response


def too_many_requests(request, exception=None):
    """handler429, which sign-in asks for when somebody has tried too often."""
    response = answer(request, "too-many-requests")
    response["Retry-After"] = "60"
    return response


def too_large(request, limit):
    """413 for a request that says to bring more than ``limit`` bytes; nothing of it was read."""
    limit = filesizeformat(limit)
    text = gettext("This is too much at once: at most %(limit)s are taken. Send fewer or smaller files.")
    return answer(request, "too-large", text % {"limit": limit})


def server_error(request):
    """handler500."""
    return answer(request, "server-error")


def unavailable(request):
    """503 while the database does not answer or a query took too long."""
    response = answer(request, "unavailable")
    response["Retry-After"] = "60"
    return response


@require_safe
def catalogue(request):
    """The page that the ``type`` of every problem leads to."""
    types = [
        (slug, code, title, meaning, orjson.dumps(_example(slug), option=orjson.OPT_INDENT_2).decode())
        for slug, (code, title, meaning) in TYPES.items()
    ]
    return render(request, "developers/problems.html", {"types": types})


def _example(slug):
    """A body of the type ``slug``: the one of the API reference, which is in English and leaves two kinds out."""
    shown = {example["type"]: example for example in problem_examples()}
    code, title, meaning = TYPES[slug]
    return shown.get(type_address(slug)) or {
        "type": type_address(slug),
        "title": str(title),
        "status": code,
        "detail": str(meaning),
        "instance": "/api/v1/practices/",
        "request_id": "7d3c1c2bb0a14f0f8f0d6f2f0a9b6c55",
    }
