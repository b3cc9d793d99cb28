"""The API door to one's own webhooks: what the pages of ``webhook_views`` offer, by the same form and functions."""

import hashlib
import json

from allauth.core import ratelimit
from django.core.exceptions import ValidationError as Broken
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.api.permissions import Needs, ShownLately
from accounts.api.private import PrivateViewSet, tagged
from accounts.api.webhook_bodies import NewWebhookBody, WebhookBody
from accounts.api.webhook_documentation import describe_webhooks
from accounts.api.webhook_rows import delivery_row, webhook_row
from accounts.enums import Scope, WebhookStatus
from accounts.forms import WebhookForm
from accounts.webhooks import keeping
from countries.api.bodies import NothingBody, sent
from countries.api.parameters import LANG, PAGE, PAGE_SIZE, read
from countries.api.reading import envelope, window
from countries.api.refusals import TooMany
from countries.api.writing import check_unchanged

DELIVERIES_PER_PAGE = 30
# So long it takes at most until one more may be sent by hand: ACCOUNT_RATE_LIMITS counts by the hour.
HOUR = 3600


class _OfWebhooks(PrivateViewSet):
    """Webhooks of the caller, and those of nobody else."""

    permission_classes = [Needs(Scope.WEBHOOKS), ShownLately]

    def _found(self, pk):
        read(self.request.query_params, [LANG])
        return get_object_or_404(self.request.user.webhooks, pk=pk)

    def _taken(self, pk):
        """The webhook, nobody else changing or removing it meanwhile; call it in a transaction."""
        read(self.request.query_params, [LANG])
        return get_object_or_404(self.request.user.webhooks.select_for_update(), pk=pk)

    def _promised(self, send):
        """The answer to a delivery that ``send()`` promises, unless that was asked for very often."""
        if not ratelimit.consume(self.request, action="webhook", user=self.request.user):
            raise TooMany(_("Too many tries. Wait an hour, then try again."), wait=HOUR)
        row = send()
        address = reverse("api:webhook-delivery-detail", args=[row.endpoint_id, row.pk])
        return Response(delivery_row(row), status=201, headers={"Location": self.request.build_absolute_uri(address)})


class WebhookViewSet(_OfWebhooks):
    """Where the caller's own systems are told what becomes public."""

    lookup_value_regex = "[0-9]{1,9}"

    # Reading

    def list(self, request):
        read(request.query_params, [LANG])
        rows = [webhook_row(row, request) for row in request.user.webhooks.all()]
        return Response({"count": len(rows), "results": rows})

    def retrieve(self, request, pk):
        return self._answer(self._found(pk))

    def _answer(self, row, *, secret=None, **more):
        return tagged(_seen(row), webhook_row(row, self.request, secret=secret), **more)

    # Writing

    @transaction.atomic
    def create(self, request):
        read(request.query_params, [LANG])
        values = _checked(sent(NewWebhookBody, request))
        row, secret = _kept(lambda: keeping.add(request.user, **values))
        address = request.build_absolute_uri(reverse("api:webhook-detail", args=[row.pk]))
        return self._answer(row, secret=secret, status=201, headers={"Location": address})

    @transaction.atomic
    def partial_update(self, request, pk):
        row = self._taken(pk)
        values = sent(WebhookBody, request)
        check_unchanged(request, _seen(row), lambda: _differences(row, values))
        status = values.pop("status", row.status)
        if values:
            wanted = _checked({"address": row.address, "kinds": row.kinds} | values)
            row = _kept(lambda: keeping.change(row, by=request.user, **wanted))
        if status != row.status:
            move = keeping.switch_on if status == WebhookStatus.ACTIVE else keeping.pause
            row = move(row, by=request.user)
        return self._answer(row)

    @transaction.atomic
    def destroy(self, request, pk):
        row = self._taken(pk)
        check_unchanged(request, _seen(row), list)
        keeping.remove(row, by=request.user)
        return Response(status=204)

    # Moves

    @action(detail=True, methods=["post"])
    @transaction.atomic
    def secret(self, request, pk):
        row = self._taken(pk)
        sent(NothingBody, request)
        secret = keeping.renew_secret(row, by=request.user)
        row.refresh_from_db()
        return self._answer(row, secret=secret)

    @action(detail=True, methods=["post"])
    @transaction.atomic
    def test(self, request, pk):
        row = self._taken(pk)
        sent(NothingBody, request)
        return self._promised(lambda: keeping.send_test(row))


class WebhookDeliveryViewSet(_OfWebhooks):
    """What was sent to one webhook in the last month, what was answered, and what waits."""

    lookup_value_regex = "[0-9]{1,18}"
    list_parameters = [PAGE, PAGE_SIZE, LANG]

    def list(self, request, webhook):
        chosen = read(request.query_params, self.list_parameters)
        rows = self._rows(get_object_or_404(request.user.webhooks, pk=webhook)).order_by("-pk")
        count = rows.count()
        page, last, shown = window(chosen, count, default_size=DELIVERIES_PER_PAGE, is_whole=False)
        found = [delivery_row(row) for row in rows[shown]]
        return Response(envelope(request, found, count=count, page=page, last=last))

    def retrieve(self, request, webhook, pk):
        return Response(delivery_row(self._row(webhook, pk)))

    @action(detail=True, methods=["post"])
    @transaction.atomic
    def again(self, request, webhook, pk):
        row = get_object_or_404(self._rows(self._taken(webhook)), pk=pk)
        sent(NothingBody, request)
        return self._promised(lambda: keeping.send_again(row))

    def _rows(self, webhook):
        return webhook.deliveries.select_related("event", "endpoint")

    def _row(self, webhook, pk):
        return get_object_or_404(self._rows(self._found(webhook)), pk=pk)


def _said(row):
    """{member: value} of what the owner of ``row`` can change."""
    return {"address": row.address, "kinds": row.kinds, "status": row.status}


def _seen(row):
    """``row`` with the digest of what its owner can change in the place of a revision."""
    row.revision = hashlib.sha256(json.dumps(_said(row)).encode()).hexdigest()[:16]
    return row


def _differences(row, values):
    stored = _said(row)
    return [
        {"field": name, "yours": yours, "stored": stored[name]}
        for name, yours in values.items()
        if yours != stored[name]
    ]


def _checked(values):
    """The clean ``values`` of a webhook. Raises ValidationError with what its form has to say to them."""
    form = WebhookForm(values)
    if not form.is_valid():
        raise ValidationError({name: list(texts) for name, texts in form.errors.items()})
    return form.cleaned_data


def _kept(write):
    """What ``write()`` gives; what it refuses is a ValidationError of the API."""
    try:
        return write()
    except Broken as refusal:
        raise ValidationError(refusal.messages) from None


describe_webhooks(WebhookViewSet, WebhookDeliveryViewSet)
