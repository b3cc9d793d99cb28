"""Whole answers that anonymous readers got, kept and given again before a view has run.

Each is kept under its ETag, which is made of all that an answer depends on (``ssc_portal.caching``), and forgotten
soon, for any publication makes new ones. Where a view says more closely what its answers depend on, they are kept
under that as well, and longer: a publication of something else does not touch them. Nothing is ever thrown away here:
once something has changed, nobody asks for the old answers, and the cache forgets them.
"""

from django.conf import settings
from django.core.cache import caches
from django.http import HttpResponse

from practices.serial import public_serial

# What is larger is rare, and the cache has room for many answers rather than for a few.
LARGEST = 512 * 1024  # bytes
# As many times as long is an answer kept under what its view says that it depends on.
LONGER = 144


def keep(request, response):
    """Keep ``response``, as the view and the middleware around it made it, under the keys of ``request``: its ETag, and
    its ``lasting_key`` if it has one and nothing was published while the answer was made.

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
        and getattr(response, "kept_under", None) != request.public_etag
    ):
        answer = response.content, dict(response.headers)
        caches["answers"].set(request.public_etag, answer, settings.ANSWERS_KEPT_SECONDS)
        is_new = request.lasting_key and not hasattr(response, "kept_under")
        if is_new and request.public_serial == public_serial():
            caches["answers"].set(request.lasting_key, answer, settings.ANSWERS_KEPT_SECONDS * LONGER)


def kept(key):
    """The answer that is kept under ``key``, or None."""
    answer = caches["answers"].get(key) if settings.ANSWERS_KEPT_SECONDS else None
    if answer is None:
        return None
    content, headers = answer
    response = HttpResponse(content, headers=headers)
    response.kept_under = key
    return response
