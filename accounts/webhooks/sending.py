"""Sending: what is due to the endpoints that rest least, one thing at a time to each, and what came of it.

An endpoint that does not answer rests, longer each time; one thing has lost a try then, and not all that waits.
"""

import json
import logging
import time
import uuid
from datetime import datetime, timedelta
from typing import NamedTuple

import httpx
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from standardwebhooks import Webhook

from accounts.ciphers import Cipher
from accounts.enums import WebhookStatus
from accounts.kinds import Kind
from accounts.models import WebhookDelivery, WebhookEndpoint
from accounts.outbox import tell
from accounts.sending import LEASE, TRIES, at_once, note_surely, wait_after
from accounts.webhooks import reaching

logger = logging.getLogger(__name__)

SECRETS = Cipher("accounts.webhook")
# A round gives its worker back after so long, for mail is sent by the same ones; whatever is left is taken up anew.
ROUND_SECONDS = 20
SWITCHED_OFF_AFTER = timedelta(days=5)
GONE, TOO_MANY = 410, 429
# So much of an answer is kept for whoever looks for what is wrong.
EXCERPT = 500
# Of this number is the lock of PostgreSQL that lets one round run at a time, so that the other worker is left to mail.
ROUND_LOCK = 7_105_003

# One statement, for it runs once for each: the endpoint that was served longest ago among those that are awake, what
# has been due to it for longest, unless something earlier about the same thing has not arrived.
_LEASE_NEXT = """
WITH chosen AS (
    SELECT endpoint.id AS endpoint_id, next.id
    FROM accounts_webhookendpoint endpoint
    JOIN accounts_user owner ON owner.id = endpoint.user_id AND owner.is_active
    CROSS JOIN LATERAL (
        SELECT due.id FROM accounts_webhookdelivery due
        WHERE due.endpoint_id = endpoint.id AND due.sent_at IS NULL AND due.dead_at IS NULL AND due.due_at <= %(now)s
          AND NOT EXISTS (
              SELECT FROM accounts_webhookdelivery earlier
              WHERE earlier.endpoint_id = due.endpoint_id AND earlier.about = due.about AND earlier.id < due.id
                AND earlier.sent_at IS NULL AND earlier.dead_at IS NULL)
        ORDER BY due.due_at, due.id LIMIT 1) next
    WHERE endpoint.status = 'active' AND (endpoint.leased_until IS NULL OR endpoint.leased_until < %(now)s)
      AND (endpoint.rests_until IS NULL OR endpoint.rests_until <= %(now)s)
    ORDER BY endpoint.leased_until NULLS FIRST LIMIT 1 FOR UPDATE OF endpoint SKIP LOCKED
), taken AS (
    UPDATE accounts_webhookdelivery delivery SET attempts_count = attempts_count + 1
    FROM chosen WHERE delivery.id = chosen.id AND delivery.sent_at IS NULL AND delivery.dead_at IS NULL
    RETURNING delivery.id, delivery.endpoint_id, delivery.event_id, delivery.attempts_count
)
UPDATE accounts_webhookendpoint endpoint SET leased_until = %(until)s
FROM taken JOIN accounts_publicevent event ON event.id = taken.event_id
WHERE endpoint.id = taken.endpoint_id
RETURNING taken.id, taken.endpoint_id, taken.attempts_count, event.key, event.kind, event.data, event.at,
          endpoint.address, endpoint.secret, endpoint.former_secret, endpoint.former_until, endpoint.failures_count,
          endpoint.failing_since
"""


class Leased(NamedTuple):
    """A delivery that nobody else sends meanwhile, with what is needed of its event and its endpoint; as above."""

    pk: int
    endpoint_id: int
    attempts_count: int
    key: uuid.UUID
    kind: str
    data: str  # as JSON
    at: datetime
    address: str
    secret: str
    former_secret: str
    former_until: datetime | None
    failures_count: int
    failing_since: datetime | None


def deliver_due():
    """Send what is due. Returns whether more may be due than could be sent in one round.

    One round runs at a time: while another one does, this one leaves it to that.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [ROUND_LOCK])
        if not cursor.fetchone()[0]:
            return False
    try:
        deadline = time.monotonic() + ROUND_SECONDS
        return any(at_once(lambda: _send_until(deadline)))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [ROUND_LOCK])


def _send_until(deadline):
    """Send one after the other until nothing is due, or the ``deadline`` has passed: whether it has."""
    while time.monotonic() < deadline:
        began = timezone.now()
        row = _lease_next(began)
        if row is None:
            return False
        _deliver(row, began)
    return True


def _lease_next(now):
    """The next delivery (Leased), or None.

    The try is counted here, so that one that brings its worker down is given up like any other.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LEASE_NEXT, {"now": now, "until": now + LEASE})
        row = cursor.fetchone()
    return row and Leased(*row)


def _deliver(row, began):
    """Send ``row`` and note what came of it."""
    if row.attempts_count > TRIES:  # its worker never came back to say so
        _note(row, began, {"dead_at": timezone.now(), "last_error": "No worker survived it."}, {})
        return
    facts = {"status": None, "answer": "", "took_ms": None}
    try:
        body = body_of(row)
        answer = reaching.post(row.address, body=body, headers=headers_of(row, body))
    except Exception as error:  # whatever is wrong with one endpoint, the others are served
        reason, is_away = f"{type(error).__name__}: {error}", True
    else:
        facts = {"status": answer.status, "answer": answer.text[:EXCERPT], "took_ms": answer.took_ms}
        if 200 <= answer.status < 300:
            noted = {**facts, "sent_at": timezone.now(), "began": began, "id": row.pk, "endpoint": row.endpoint_id}
            note_surely(lambda: _note_arrived(noted))
            return
        reason, is_away = f"HTTP {answer.status}", answer.status >= 500 or answer.status == TOO_MANY
    _postpone(row, began, facts | {"last_error": reason[:EXCERPT]}, is_away=is_away)


def _postpone(row, began, facts, *, is_away):
    """Try ``row`` again later or give it up; let its endpoint rest where that answers nobody, or switch it off."""
    now = timezone.now()
    since = row.failing_since or now
    if row.attempts_count >= TRIES:
        facts["dead_at"] = now
    else:
        facts["due_at"] = now + wait_after(row.attempts_count)
    rest = {"failing_since": since, "failures_count": row.failures_count + 1}
    if is_away:
        rest["rests_until"] = now + wait_after(row.failures_count + 1)
    with transaction.atomic():
        _note(row, began, facts, rest)
        if facts["status"] == GONE or now - since >= SWITCHED_OFF_AFTER:
            _switch_off(row, "gone" if facts["status"] == GONE else "failing")
    what = facts["last_error"].partition(":")[0]
    logger.warning("Delivery %s to webhook %s failed: %s", row.pk, row.endpoint_id, what)


# As plain as the statement above, for the same reason: it arrived, and its endpoint is well.
_NOTE_ARRIVED = """
WITH served AS (
    UPDATE accounts_webhookendpoint
    SET leased_until = %(began)s, failures_count = 0, failing_since = NULL, rests_until = NULL WHERE id = %(endpoint)s
)
UPDATE accounts_webhookdelivery
SET sent_at = %(sent_at)s, status = %(status)s, took_ms = %(took_ms)s, answer = %(answer)s, last_error = ''
WHERE id = %(id)s AND sent_at IS NULL
"""


def _note_arrived(facts):
    """Note what arrived, whoever holds the lease by now."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE_ARRIVED, facts)


def _note(row, began, facts, of_endpoint):
    """Store ``facts`` of ``row`` and ``of_endpoint``, and end the lease, unless somebody else has made a try since."""
    with transaction.atomic():
        WebhookEndpoint.objects.filter(pk=row.endpoint_id).update(leased_until=began, **of_endpoint)
        rows = WebhookDelivery.objects.filter(pk=row.pk, sent_at=None, attempts_count=row.attempts_count)
        rows.update(**facts)


def _switch_off(row, reason):
    """Send nothing more to the endpoint of ``row``, give up what waits, and tell whose it is."""
    now = timezone.now()
    endpoint = WebhookEndpoint.objects.select_for_update().select_related("user").get(pk=row.endpoint_id)
    if endpoint.status == WebhookStatus.DISABLED:
        return
    endpoint.status = WebhookStatus.DISABLED
    endpoint.save(update_fields=["status"])
    waiting = endpoint.deliveries.filter(sent_at=None, dead_at=None)
    waiting.update(dead_at=now, last_error="The webhook was switched off.")
    tell(
        [endpoint.user],
        Kind.WEBHOOK_SWITCHED_OFF,
        key=f"webhook-off:{endpoint.pk}:{now.isoformat()}",
        path=f"/accounts/webhooks/{endpoint.pk}/",
        context={"title": httpx.URL(endpoint.address).host, "reason": reason},
    )


# What is sent


def body_of(row):
    """What the event of ``row`` (a Leased) is sent as, in bytes: the same however often it is sent."""
    event = {"type": row.kind, "timestamp": row.at.isoformat(), "data": json.loads(row.data)}
    return json.dumps(event, ensure_ascii=False).encode()


def headers_of(row, body):
    """The headers of Standard Webhooks for a try that is made now, signed with the secret, and the one before while
    that works: each receiver finds one that it knows.
    """
    now, key = timezone.now(), message_id(row.key)
    return {
        "Content-Type": "application/json",
        "User-Agent": f"SSC-Portal-Webhooks (+{settings.SITE_URL}/developers/)",
        "webhook-id": key,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(key, now, body.decode()) for secret in _secrets(row, now)),
    }


def message_id(key):
    """By what receivers know the event with ``key`` (a UUID) again: its ``webhook-id``."""
    return f"msg_{key.hex}"


def _secrets(row, now):
    secrets = [SECRETS.decrypt(row.secret)]
    if row.former_secret and row.former_until > now:
        secrets.append(SECRETS.decrypt(row.former_secret))
    return secrets
