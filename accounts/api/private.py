"""What endpoints share that are for people with an account: who asks, what they may bring, what is done once."""

from django.http import HttpResponse
from rest_framework import viewsets
from rest_framework.response import Response

from accounts.api.authentication import KeyAuthentication, SessionAuthentication
from accounts.api.idempotency import IdempotentMixin
from countries.api.bodies import StrictJsonParser
from countries.api.renderers import FormatNegotiation, JsonRenderer
from countries.api.writing import etag_of


class PrivateViewSet(IdempotentMixin, viewsets.ViewSet):
    """An endpoint for keys and sessions: JSON in, JSON out; ``permission_classes`` say which scope it takes."""

    authentication_classes = [KeyAuthentication, SessionAuthentication]
    content_negotiation_class = FormatNegotiation
    renderer_classes = [JsonRenderer]
    parser_classes = [StrictJsonParser]

    def options(self, request, *args, **kwargs):
        return HttpResponse(status=204, headers={"Allow": ", ".join(self.allowed_methods)})


def tagged(row, shape, *, status=200, headers=None):
    """The answer ``shape`` with the ETag of ``row``, which has a revision; a change of it takes it as ``If-Match``."""
    return Response(shape, status=status, headers={"ETag": etag_of(row), **(headers or {})})
