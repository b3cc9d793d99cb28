"""Webhooks and what was sent to them, as their owner gets them from the API."""

from django.urls import reverse
from django.utils import timezone

from accounts.webhooks.sending import message_id


def webhook_row(row, request, *, secret=None):
    """One webhook; ``secret``: the one that was just made, which is shown this once."""
    is_overlapping = row.former_until is not None and row.former_until > timezone.now()
    shape = {
        "id": row.pk,
        "address": row.address,
        "kinds": row.kinds,
        "status": row.status,
        "created_at": row.created_at,
        "failing_since": row.failing_since,
        "rests_until": row.rests_until,
        "former_secret_until": row.former_until if is_overlapping else None,
        "url": request.build_absolute_uri(reverse("webhook", args=[row.pk])),
    }
    return shape | {"secret": secret} if secret else shape


def delivery_row(row):
    """One delivery, loaded with its event."""
    is_waiting = row.sent_at is None and row.dead_at is None
    return {
        "id": row.pk,
        "message_id": message_id(row.event.key),
        "kind": row.event.kind,
        "code": row.event.code or None,
        "created_at": row.created_at,
        "due_at": row.due_at if is_waiting else None,
        "sent_at": row.sent_at,
        "dead_at": row.dead_at,
        "attempts_count": row.attempts_count,
        "answer_status": row.status,
        "answer": row.answer,
        "took_ms": row.took_ms,
        "last_error": row.last_error,
    }
