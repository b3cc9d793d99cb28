"""What owners do with their webhooks: add, change, pause, renew the secret, try, send again, remove."""

import base64
import secrets
from datetime import timedelta
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.enums import AuditAction, WebhookStatus
from accounts.models import PublicEvent, User, WebhookDelivery, WebhookEndpoint
from accounts.tasks import deliver_webhooks, nudge
from accounts.webhooks.sending import SECRETS

MOST = 10
SECRET_BYTES = 32
# So long both secrets sign, so that a receiver can change over without missing anything.
OVERLAP = timedelta(hours=24)
KEPT = timedelta(days=30)
TEST = "webhook.test"


def new_secret():
    return f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"


@transaction.atomic
def add(user, *, address, kinds):
    """Make a webhook of ``user``. Returns it and its secret, which is never shown again.

    Raises ValidationError when they have it already, or as many as anybody may have.
    """
    User.objects.select_for_update().get(pk=user.pk)  # two at once count each other
    if user.webhooks.count() >= MOST:
        raise ValidationError(_("You have %(count)d webhooks, which is the most.") % {"count": MOST})
    secret = new_secret()
    row = WebhookEndpoint(user=user, address=address, kinds=kinds, secret=SECRETS.encrypt(secret))
    row.full_clean()
    row.save()
    audit.record(AuditAction.WEBHOOK_ADDED, actor=user, subject=row, changes={"host": ["", urlsplit(address).hostname]})
    return row, secret


@transaction.atomic
def change(row, *, by, address, kinds):
    """Let ``row`` be told of ``kinds`` from now on, at ``address``; a new address counts as one that has never failed.

    Raises ValidationError when its owner has another webhook with this address.
    """
    row = _locked(row)
    changes = {"kinds": [",".join(row.kinds), ",".join(kinds)]}
    if address != row.address:
        changes["host"] = [urlsplit(row.address).hostname, urlsplit(address).hostname]
        row.failures_count, row.failing_since, row.rests_until = 0, None, None
    row.address, row.kinds = address, kinds
    row.full_clean()
    row.save(update_fields=["address", "kinds", "failures_count", "failing_since", "rests_until"])
    audit.record(AuditAction.WEBHOOK_CHANGED, actor=by, subject=row, changes=changes)
    return row


@transaction.atomic
def renew_secret(row, *, by):
    """Give ``row`` a new secret and return it; the one before signs too, for OVERLAP."""
    row = _locked(row)
    secret = new_secret()
    row.former_secret, row.former_until = row.secret, timezone.now() + OVERLAP
    row.secret = SECRETS.encrypt(secret)
    row.save(update_fields=["secret", "former_secret", "former_until"])
    audit.record(AuditAction.WEBHOOK_SECRET_MADE, actor=by, subject=row)
    return secret


@transaction.atomic
def pause(row, *, by):
    """Send nothing to ``row`` until it is switched on again; of what happens meanwhile it is not told."""
    return _set_status(row, WebhookStatus.PAUSED, by)


@transaction.atomic
def switch_on(row, *, by):
    """Go on sending to ``row``, as to one that has never failed."""
    row = _set_status(row, WebhookStatus.ACTIVE, by)
    row.failures_count, row.failing_since, row.rests_until = 0, None, None
    row.save(update_fields=["failures_count", "failing_since", "rests_until"])
    transaction.on_commit(lambda: nudge(deliver_webhooks))
    return row


@transaction.atomic
def remove(row, *, by):
    """Delete ``row`` and what was sent to it."""
    audit.record(AuditAction.WEBHOOK_REMOVED, actor=by, subject=row)
    row.delete()


@transaction.atomic
def send_test(row):
    """Send an event to ``row`` that says nothing, and to nobody else. Returns its delivery."""
    event = PublicEvent.objects.create(kind=TEST, about=f"webhook:{row.pk}", data={"webhook": row.pk})
    return _promise(row, event)


@transaction.atomic
def send_again(delivery):
    """Send the event of ``delivery`` once more, under the same id. Returns the new delivery."""
    return _promise(delivery.endpoint, delivery.event)


def _promise(row, event):
    transaction.on_commit(lambda: nudge(deliver_webhooks))
    return WebhookDelivery.objects.create(endpoint=row, event=event, about=event.about)


def _locked(row):
    return WebhookEndpoint.objects.select_for_update().get(pk=row.pk)


def _set_status(row, status, by):
    row = _locked(row)
    audit.record(AuditAction.WEBHOOK_CHANGED, actor=by, subject=row, changes={"status": [row.status, status]})
    row.status = status
    row.save(update_fields=["status"])
    return row


def forget_old(now=None):
    """Delete what happened more than KEPT ago, with its deliveries, which have arrived or were given up long since."""
    PublicEvent.objects.filter(at__lt=(now or timezone.now()) - KEPT).delete()
