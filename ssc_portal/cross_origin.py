"""Lets programs in other people's pages read the API and the feeds, and nothing else."""

from django.http import HttpResponse
from django.utils.cache import patch_vary_headers

OPEN_PREFIXES = ("/api/v1/", "/feeds/")
METHODS = "GET, HEAD, OPTIONS"
REQUEST_HEADERS = "Accept, Accept-Language, Authorization, If-None-Match, X-Request-Id"
ANSWER_HEADERS = (
    "Allow, Content-Disposition, Content-Language, Deprecation, ETag, Link, RateLimit-Limit, RateLimit-Remaining, "
    "RateLimit-Reset, Retry-After, Sunset, WWW-Authenticate, X-Request-Id"
)
PREFLIGHT_SECONDS = 24 * 3600


class CrossOriginMiddleware:
    """Answers to reading requests may be used by any origin, always without cookies; preflights are answered here.

    A program in another's page may read with a key, which it shows itself, but change nothing with it.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not request.path_info.startswith(OPEN_PREFIXES) or request.method not in {"GET", "HEAD", "OPTIONS"}:
            return self.get_response(request)
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            response = HttpResponse(status=204)
            response["Access-Control-Allow-Methods"] = METHODS
            response["Access-Control-Allow-Headers"] = REQUEST_HEADERS
            response["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
            patch_vary_headers(response, ["Access-Control-Request-Method"])
        else:
            response = self.get_response(request)
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = ANSWER_HEADERS
        response["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response
