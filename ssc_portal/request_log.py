"""One line in the log for every request: what was asked, by whom, what came of it and how long it took."""

import logging
import time

from ssc_portal.log_lines import discreet

logger = logging.getLogger("ssc_portal.requests")

# Parts of an address that open what they name to whoever knows them.
SECRET_PARTS = ("token", "key")


class RequestLogMiddleware:
    """Writes the line when the answer is made; of one that is streamed, its beginning.

    A person is a number, and only where the view has asked who it is. The query is left out, for people search for
    sensitive things, and so are addresses of the network.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        began = time.perf_counter()
        response = self.get_response(request)
        facts = {
            "user": user_number(request),
            "method": request.method,
            "route": route(request),
            "path": shown_path(request),
            "status": response.status_code,
            "duration_ms": round((time.perf_counter() - began) * 1000, 1),
        }
        logger.info("%(method)s %(path)s %(status)d %(duration_ms).0f ms", facts, extra=facts)
        return response


def user_number(request):
    """The number of who is signed in, if anybody has asked for it yet: to ask would read the session. Else None."""
    user = getattr(request, "_cached_user", None)
    return user.pk if user is not None else None


def route(request):
    """The name of the route, such as "practices:detail"; None where none was looked for or found."""
    match = request.resolver_match
    return (match.view_name or match.route) if match else None


def shown_path(request):
    """The path of ``request`` without the parts that are secrets."""
    path = request.path
    if request.resolver_match:
        for name in SECRET_PARTS:
            if value := request.resolver_match.kwargs.get(name):
                path = path.replace(str(value), "…")
    return discreet(path)
