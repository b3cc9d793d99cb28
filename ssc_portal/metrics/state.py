"""How database and queue stand at the moment somebody asks."""

from django.db import DatabaseError, connection
from django.utils import timezone
from kombu.exceptions import OperationalError
from prometheus_client.core import GaugeMetricFamily

import ssc_portal
from accounts.models import OutboxMessage, Pulse
from practices.models import Practice
from practices.serial import public_serial
from ssc_portal.health import IMPATIENT

QUEUE = "celery"
CONNECTIONS = """
SELECT coalesce(state, 'other'), count(*) FROM pg_stat_activity WHERE datname = current_database() GROUP BY 1
"""


class State:
    """Collects gauges; what does not answer is 0 in ``ssc_up`` and gives no figures."""

    def collect(self):
        up = GaugeMetricFamily("ssc_up", "Whether a part of the portal answers: 1 or 0.", labels=["part"])
        for part, figures, failures in (
            ("database", _database, DatabaseError),
            ("queue", _queue, (OperationalError, OSError)),
        ):
            try:
                found = list(figures())
            except failures:
                found = []
            up.add_metric([part], 1 if found else 0)
            yield from found
        yield up


def _database():
    try:
        now = timezone.now()
        to_send = OutboxMessage.objects.waiting()
        due = to_send.filter(due_at__lte=now)
        messages = _gauge(
            "ssc_outbox_messages", "Messages that were not sent: due, to be tried later, given up.", "state"
        )
        messages.add_metric(["due"], due.count())
        messages.add_metric(["later"], to_send.filter(due_at__gt=now).count())
        messages.add_metric(["dead"], OutboxMessage.objects.undeliverable().count())
        yield messages
        oldest = due.order_by("due_at").values_list("due_at", flat=True).first()
        waits = (now - oldest).total_seconds() if oldest else 0
        yield _gauge(
            "ssc_outbox_oldest_due_seconds", "How long the oldest message that is due has waited.", value=waits
        )
        pulses = _gauge("ssc_pulse_age_seconds", "How long ago what happens again and again last did.", "name")
        for name, at in Pulse.objects.order_by("name").values_list("name", "at"):
            pulses.add_metric([name], (now - at).total_seconds())
        yield pulses
        connections = _gauge("ssc_database_connections", "Connections to the database.", "state")
        with connection.cursor() as cursor:
            for state, count in cursor.execute(CONNECTIONS).fetchall():
                connections.add_metric([state], count)
        yield connections
        yield _gauge("ssc_public_serial", "Rises with everything that readers may see.", value=public_serial())
        yield _gauge("ssc_live_practices", "Practices that readers see.", value=Practice.objects.live().count())
    finally:
        connection.close()  # each answer is made by a thread of its own


def _queue():
    with ssc_portal.celery_app.connection_for_read(transport_options=IMPATIENT) as broker:
        broker.ensure_connection(max_retries=1, timeout=1, interval_start=0, interval_step=0)
        waiting = broker.default_channel.queue_declare(QUEUE).message_count  # of every priority
        yield _gauge("ssc_queue_tasks", "Tasks that wait for a worker.", value=waiting)


def _gauge(name, text, *labels, value=None):
    return GaugeMetricFamily(name, text, labels=labels or None, value=value)
