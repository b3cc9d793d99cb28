"""The portal's addresses and one below the API that writes down what it is sent: what all writing has in common."""

import threading

from django.db import transaction
from django.urls import path
from rest_framework import serializers, viewsets
from rest_framework.authentication import SessionAuthentication
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from accounts.api.idempotency import IdempotentMixin
from accounts.models import Organisation
from countries.api.bodies import StrictJsonParser, StrictSerializer
from countries.api.writing import check_unchanged
from ssc_portal import urls as portal

handler400, handler403, handler404 = portal.handler400, portal.handler403, portal.handler404
handler429, handler500 = portal.handler429, portal.handler500


class PlaceSerializer(StrictSerializer):
    name = serializers.CharField()


class NoteSerializer(StrictSerializer):
    name = serializers.CharField(max_length=20)
    places = PlaceSerializer(many=True, required=False)
    id = serializers.IntegerField(read_only=True)


class NoteViewSet(IdempotentMixin, viewsets.ViewSet):
    """Organisations, for want of something smaller. With the two events a test holds a request half done."""

    authentication_classes = [SessionAuthentication]
    permission_classes = [IsAuthenticated]
    parser_classes = [StrictJsonParser, MultiPartParser]
    entered, may_go_on = threading.Event(), threading.Event()

    def create(self, request):
        note = NoteSerializer(data=request.data)
        note.is_valid(raise_exception=True)
        name = note.validated_data["name"]
        number = Organisation.objects.count()
        made = Organisation.objects.create(slug=f"note-{number}", name=f"{name} {number}")
        if name == "dies":
            raise ZeroDivisionError
        if name == "waits":
            self.entered.set()
            assert self.may_go_on.wait(20)
        if name == "refused":
            raise serializers.ValidationError({"name": ["Not this one."]})
        return Response({"id": made.pk, "secret": "zyxsecret"}, status=201, headers={"Location": f"/notes/{made.pk}/"})

    @transaction.atomic
    def partial_update(self, request, pk):
        row = Organisation.objects.select_for_update().get(pk=pk)
        row.revision = len(row.name)  # changes with every save of these tests
        name = request.data["name"]
        check_unchanged(request, row, lambda: [{"field": "name", "yours": name, "stored": row.name}])
        Organisation.objects.filter(pk=pk).update(name=name)
        return Response(status=204)


urlpatterns = [
    *portal.urlpatterns,
    path("api/notes/", NoteViewSet.as_view({"post": "create"})),
    path("api/notes/<int:pk>/", NoteViewSet.as_view({"patch": "partial_update"})),
]
