"""Count the requests of this process."""

import time

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from prometheus_client import CollectorRegistry, Counter, Histogram

from ssc_portal.middleware import METHODS
from ssc_portal.request_log import route

REGISTRY = CollectorRegistry()
ANSWERS = Counter("ssc_requests", "Requests answered.", ["route", "method", "status"], registry=REGISTRY)
SECONDS = Histogram(
    "ssc_request_seconds",
    "Time until a request was answered, of a streamed answer until its beginning.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
# Whatever else is asked for: files, and addresses that do not exist. Strangers must not be able to add routes.
NO_ROUTE = "none"


class RequestCountMiddleware:
    """Counts each request by its route and status, when somebody is there to ask for the figures."""

    def __init__(self, get_response):
        if not settings.METRICS_PORT:
            raise MiddlewareNotUsed
        settings.METRICS_DIR.mkdir(parents=True, exist_ok=True)
        self.get_response = get_response

    def __call__(self, request):
        began = time.perf_counter()
        response = self.get_response(request)
        name = route(request) or NO_ROUTE
        method = request.method if request.method in METHODS else "other"
        ANSWERS.labels(name, method, response.status_code).inc()
        SECONDS.labels(name).observe(time.perf_counter() - began)
        return response
