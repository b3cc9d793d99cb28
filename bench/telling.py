"""Sending what was promised: one process of a worker, and a server on this machine that takes everything at once.

What is measured is the portal's own work and its database's, on cores that it shares with that server. A real server
that is further away lets each sender wait; how much a worker would do meanwhile says the work each.
"""

import subprocess
import sys
import time
from contextlib import contextmanager

from django.test import override_settings

from accounts.kinds import Kind
from accounts.models import OutboxMessage, WebhookDelivery, WebhookEndpoint
from accounts.outbox import deliver_due
from accounts.webhooks.announcing import Happening, announce
from accounts.webhooks.keeping import new_secret
from accounts.webhooks.sending import SECRETS
from accounts.webhooks.sending import deliver_due as deliver_webhooks
from bench.measuring import Duration
from ssc_portal.mail_url import mail_settings
from tests.people import make_user

COUNT, READERS, ENDPOINTS = 1_000, 20, 100
# As outside tests.
SENDERS = 4
# So many are sent in a second at least.
RATE = 200
CONTEXT = {"title": "Skilled care at birth", "country": "BGD", "actor": "", "letter": "Well done.", "deadline": ""}


def figures():
    """[Duration] of one e-mail and of one webhook among COUNT, each about something of which is told in order."""
    return [_of_mail(), _of_webhooks()]


def _of_mail():
    OutboxMessage.objects.all().delete()
    readers = [make_user(language=language) for language in ("en", "fr", "es", "pt", "ar") * (READERS // 5)]
    with _sink("tests.smtp_sink") as url, override_settings(**mail_settings(url), SENDERS=SENDERS):
        _promise(READERS, readers)
        deliver_due()  # a worker that has spoken every language before
        _promise(COUNT, readers)
        with _Watch() as watch:
            sent_count = deliver_due()
    assert sent_count == COUNT, f"Only {sent_count} were sent."
    return watch.duration("e-mails")


def _of_webhooks():
    WebhookEndpoint.objects.all().delete()
    owner = make_user()
    with _sink("tests.webhook_sink") as place, override_settings(WEBHOOK_ALLOW=[place], SENDERS=SENDERS):
        WebhookEndpoint.objects.bulk_create(
            WebhookEndpoint(
                user=owner, address=f"http://{place}/{number}", kinds=["need.opened"],
                secret=SECRETS.encrypt(new_secret()),
            )
            for number in range(ENDPOINTS)
        )  # fmt: skip
        announce(
            [
                Happening("need.opened", f"need:{number}", {"code": f"ND-2026-{number}", "status": "open"}, "/", "/")
                for number in range(COUNT // ENDPOINTS)
            ]
        )
        with _Watch() as watch:
            while deliver_webhooks():
                pass
    sent_count = WebhookDelivery.objects.exclude(sent_at=None).count()
    assert sent_count == COUNT, f"Only {sent_count} were sent."
    return watch.duration(f"webhooks to {ENDPOINTS} addresses")


class _Watch:
    """How long COUNT of something took by the clock, and how long this process worked on it."""

    def __enter__(self):
        self._start, self._cpu_start = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *trouble):
        self._taken, self._cpu = time.perf_counter() - self._start, time.process_time() - self._cpu_start

    def duration(self, what):
        each = f"{COUNT / self._taken:.0f} in a second, {self._cpu / COUNT * 1000:.1f} ms of its processor each"
        return Duration(f"Sending one of {COUNT:,} {what} ({each})", self._taken / COUNT, 1 / RATE)


def _promise(count, readers):
    OutboxMessage.objects.bulk_create(
        OutboxMessage(
            user=readers[number % READERS], kind=Kind.STUDY_PUBLISHED, key=f"bench-{count}-{number}",
            path="/workspace/", about=f"submission:{number % 200}", context=CONTEXT,
        )
        for number in range(count)
    )  # fmt: skip


@contextmanager
def _sink(module):
    """The address of a server in a process of its own, as a real one is. ``module``: what is run."""
    with subprocess.Popen(
        [sys.executable, "-m", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process.stdout.readline().strip()
        process.stdin.close()
