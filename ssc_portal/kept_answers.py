"""Whole answers that anonymous readers got, kept under their ETag and given again before a view has run.

An ETag is made of all that an answer depends on (``ssc_portal.caching``), so nothing is ever thrown away here: once
something public has changed, nobody asks for the old ones, and the cache forgets them.
"""

from django.conf import settings
from django.core.cache import caches
from django.http import HttpResponse

# What is larger is rare, and the cache has room for many answers rather than for a few.
LARGEST = 512 * 1024  # bytes


def keep(request, response):
    """Keep ``response``, as the view and the middleware around it made it, under the ETag of ``request``.

    Nothing is kept that is not a whole 200 to a GET, that is streamed or large, or that holds a nonce: the header that
    goes with it is new with every answer.
    """
    if (
        settings.ANSWERS_KEPT_SECONDS
        and request.method == "GET"
        and response.status_code == 200
        and not response.streaming
        and len(response.content) <= LARGEST
        and not request.csp_nonce  # true once a template has asked for it
        and not getattr(response, "was_kept", False)
    ):
        answer = response.content, dict(response.headers)
        caches["answers"].set(request.public_etag, answer, settings.ANSWERS_KEPT_SECONDS)


def kept(request):
    """The answer that is kept under the ETag of ``request``, or None."""
    answer = caches["answers"].get(request.public_etag) if settings.ANSWERS_KEPT_SECONDS else None
    if answer is None:
        return None
    content, headers = answer
    response = HttpResponse(content, headers=headers)
    response.was_kept = True
    return response
