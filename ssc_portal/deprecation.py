"""How programs learn that something of the API will go: headers (RFC 9745, RFC 8594), marks in the OpenAPI document.

What is meant stands in ``ssc_portal.api_history.DEPRECATED``, and there alone.
"""

from datetime import UTC, datetime, time

from django.conf import settings
from django.utils.http import http_date

from ssc_portal import api_history

EXPLAINED_AT = "/developers/changes/#deprecated"


class DeprecationMiddleware:
    """Adds ``Deprecation``, ``Sunset`` and a ``Link`` to answers of the API that were asked for in a way that will go.

    Where several ways were used, the one that goes first is told.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        used = [one for one in api_history.DEPRECATED if one.concerns(request)]
        if used:
            first = min(used, key=lambda one: one.until)
            response["Deprecation"] = f"@{_seconds(first.since)}"
            response["Sunset"] = http_date(_seconds(first.until))
            response["Link"] = f'<{settings.SITE_URL}{EXPLAINED_AT}>; rel="deprecation sunset"; type="text/html"'
        return response


def _seconds(day):
    """The beginning of ``day`` (UTC) in seconds since 1970."""
    return int(datetime.combine(day, time(), UTC).timestamp())


def mark_deprecated(result, generator, request, public):
    """A hook of drf-spectacular: marks the operations and parameters, and says until when they work."""
    for one in api_history.DEPRECATED:
        operation = result["paths"][one.path][one.method.lower()]
        (marked,) = (
            [known for known in operation["parameters"] if known["name"] == one.parameter]
            if one.parameter
            else [operation]
        )
        marked["deprecated"] = True
        marked["description"] = f"{marked['description']} Works until {one.until}. {one.instead}"
    return result
