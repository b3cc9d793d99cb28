"""Promising: an event and a row for each endpoint that chose it, in the transaction that made something public."""

from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction

from accounts.models import PublicEvent, WebhookEndpoint
from accounts.tasks import deliver_webhooks, nudge


class Happening(NamedTuple):
    """Something that the public may know. ``about``: "practice:7"; ``facts``: JSON-able and public; ``path`` and
    ``api_path``: where it is read, without language and host."""

    kind: str
    about: str
    facts: dict
    path: str
    api_path: str


# However many events and endpoints there are. To one endpoint they go in the order of their ids.
_PROMISE = """
INSERT INTO accounts_webhookdelivery
    (endpoint_id, event_id, about, created_at, due_at, attempts_count, last_error, answer)
SELECT endpoint.id, event.id, event.about, event.at, event.at, 0, '', ''
FROM accounts_publicevent event
JOIN accounts_webhookendpoint endpoint ON endpoint.status = 'active' AND event.kind = ANY(endpoint.kinds)
JOIN accounts_user owner ON owner.id = endpoint.user_id AND owner.is_active
WHERE event.id = ANY(%s)
ORDER BY event.id
"""


@transaction.atomic
def announce(happenings):
    """Promise those who listen to them the ``happenings`` (a list of Happening), in three statements at most.

    Call it in the transaction that makes them so. Where nobody listens nothing is written.
    """
    kinds = {happening.kind for happening in happenings}
    if not kinds or not WebhookEndpoint.objects.listening().filter(kinds__overlap=sorted(kinds)).exists():
        return
    events = PublicEvent.objects.bulk_create(
        PublicEvent(
            kind=happening.kind,
            about=happening.about,
            data={
                **happening.facts,
                "url": settings.SITE_URL + happening.path,
                "api": settings.SITE_URL + happening.api_path,
            },
        )
        for happening in happenings
    )
    with connection.cursor() as cursor:
        cursor.execute(_PROMISE, [[event.pk for event in events]])
    transaction.on_commit(lambda: nudge(deliver_webhooks))
