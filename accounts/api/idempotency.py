"""``Idempotency-Key``: a request that is sent again, because its answer got lost, is done once.

What a request did, its answer and that it was answered are written in one transaction. So a key whose request failed or
died is free again, and one whose answer never arrived gives that answer.
"""

import hashlib
import json
import re

from allauth.mfa.adapter import get_adapter
from django.db import connection, transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.permissions import SAFE_METHODS

from accounts.models import KeptAnswer
from countries.api.refusals import KeyInUse, KeyReused

HEADER = "Idempotency-Key"
_WELL_FORMED = re.compile(r"[\x21-\x7e]{1,200}")
_KEPT_HEADERS = ("Content-Type", "Content-Language", "ETag", "Location")


class _AnsweredBefore(Exception):
    def __init__(self, answer):
        super().__init__()
        self.answer = answer


class IdempotentMixin:
    """A view whose unsafe calls take an ``Idempotency-Key``, up to 200 visible ASCII characters, each person's own.

    Only what was done is kept: a refusal changes nothing, and leaves the key free for the request put right.
    """

    _call = None

    def dispatch(self, request, *args, **kwargs):
        if request.method in SAFE_METHODS or HEADER not in request.headers:
            return super().dispatch(request, *args, **kwargs)
        with transaction.atomic():
            response = super().dispatch(request, *args, **kwargs)
            if self._call is None:  # refused before anything was done, or answered before
                return response
            if response.status_code >= 400:
                transaction.set_rollback(True)
                return response
            if hasattr(response, "render"):
                response.render()
            _keep(*self._call, response)
            return response

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if request.method not in SAFE_METHODS and HEADER in request.headers and request.user.is_authenticated:
            self._call = _begun(request)

    def handle_exception(self, exception):
        if isinstance(exception, _AnsweredBefore):
            return exception.answer
        return super().handle_exception(exception)


def _begun(request):
    """(person, key, digest of the request), nobody else using the key until the transaction ends.

    Raises ParseError for a malformed key, KeyInUse, KeyReused, and _AnsweredBefore with the answer of the first time.
    """
    user, key = request.user, request.headers[HEADER]
    if not _WELL_FORMED.fullmatch(key):
        raise ParseError(_("An Idempotency-Key has 1 to 200 visible ASCII characters, for example a UUID."))
    number = hashlib.sha256(f"{user.pk} {key}".encode()).digest()[:8]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [int.from_bytes(number, signed=True)])
        (is_free,) = cursor.fetchone()
    if not is_free:
        raise KeyInUse(_("The first request with this Idempotency-Key is still being worked on."))
    digest = _digest(request._request)
    known = KeptAnswer.objects.current().filter(user=user, key=key).first()
    if known is None:
        return user, key, digest
    if known.digest != digest:
        raise KeyReused(_("Another request was sent with this Idempotency-Key. Take a new key for each request."))
    raise _AnsweredBefore(_read(known))


def _digest(request):
    """What tells the HttpRequest ``request`` from others: method, address and body; of parts what they hold."""
    found = hashlib.sha256(f"{request.method} {request.get_full_path()} {request.content_type}\n".encode())
    if request.content_type != "multipart/form-data":
        found.update(request.body)
        return found.hexdigest()
    # The boundary between parts is another one each time.
    parts = sorted(request.POST.lists())
    for name, uploads in sorted(request.FILES.lists()):
        for upload in uploads:
            content = hashlib.sha256()
            for chunk in upload.chunks():
                content.update(chunk)
            upload.seek(0)
            parts.append((name, upload.name, content.hexdigest()))
    found.update(json.dumps(parts).encode())
    return found.hexdigest()


def _keep(user, key, digest, response):
    """Encrypted: an answer may hold what nobody but its reader should know, such as a secret that is shown once."""
    answer = {
        "status": response.status_code,
        "headers": {name: response[name] for name in _KEPT_HEADERS if name in response},
        "body": response.content.decode(),
    }
    KeptAnswer.objects.filter(user=user, key=key).delete()  # of more than a day ago
    KeptAnswer.objects.create(user=user, key=key, digest=digest, answer=get_adapter().encrypt(json.dumps(answer)))


def _read(known):
    answer = json.loads(get_adapter().decrypt(known.answer))
    response = HttpResponse(answer["body"], status=answer["status"], headers=answer["headers"])
    response["Idempotency-Replayed"] = "true"
    return response
