"""The portal's addresses and a few that fail in every way that a view can fail."""

from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import path
from rest_framework import exceptions, renderers
from rest_framework.decorators import api_view, parser_classes, permission_classes, renderer_classes
from rest_framework.parsers import JSONParser
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from practices.models import Practice
from practices.refusals import Retracted
from ssc_portal import urls as portal

handler400, handler403, handler404 = portal.handler400, portal.handler403, portal.handler404
handler429, handler500 = portal.handler429, portal.handler500

FAILURES = {
    "bug": lambda: 1 / 0,
    "busy": OperationalError("canceling statement due to statement timeout: SELECT secret FROM somewhere"),
    "forbidden": PermissionDenied("Ask your focal point."),
    "missing": Http404("No Practice matches the given query."),
}


def fail(request, how):
    failure = FAILURES[how]
    if callable(failure):
        failure()
    raise failure


def retracted(request):
    raise Retracted(Practice.objects.get())


def broken_template(request):
    return render(request, "no-such-template.html")


def slow_query(request):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '20ms'")
        cursor.execute("SELECT pg_sleep(2)")


def with_cookie(request):
    response = HttpResponse("chosen")
    response.set_cookie("theme", "dark")
    return response


API_FAILURES = {
    "bug": ZeroDivisionError("secret internals"),
    "conflict": type("Conflict", (exceptions.APIException,), {"status_code": 409})("It is in review."),
    "credentials": exceptions.NotAuthenticated(),
    "forbidden": exceptions.PermissionDenied("Ask your focal point."),
    "missing": Http404("No Practice matches the given query."),
    "throttled": exceptions.Throttled(wait=17.2),
    "invalid": exceptions.ValidationError(
        {
            "area": ["“nutritoin” is not a challenge area."],
            "results": [{}, {"unit": ["This field is required."]}],
            "non_field_errors": ["The end is before the start."],
        }
    ),
    "invalid-list": exceptions.ValidationError("Send an object."),
}


@api_view(["GET", "POST"])
@permission_classes([AllowAny])
@parser_classes([JSONParser])
@renderer_classes([renderers.JSONRenderer])
def api_fail(request, how):
    if how == "echo":
        return Response(request.data)
    raise API_FAILURES[how]


@api_view(["GET"])
@permission_classes([AllowAny])
def api_retracted(request):
    raise Retracted(Practice.objects.get())


urlpatterns = [
    *portal.urlpatterns,
    path("fail/retracted/", retracted),
    path("fail/template/", broken_template),
    path("fail/slow/", slow_query),
    path("fail/cookie/", with_cookie),
    path("fail/<str:how>/", fail),
    path("api/fail/retracted/", api_retracted),
    path("api/fail/<str:how>/", api_fail),
]
