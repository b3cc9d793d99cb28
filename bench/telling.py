"""Sending what was promised: one worker, one line to a mail server on this machine that takes everything."""

import subprocess
import sys
import time
from contextlib import contextmanager

from django.test import override_settings

from accounts.kinds import Kind
from accounts.models import OutboxMessage
from accounts.outbox import deliver_due
from bench.measuring import Duration
from ssc_portal.mail_url import mail_settings
from tests.people import make_user

COUNT, READERS = 1_000, 20
# So many are sent in a second at least.
RATE = 200
CONTEXT = {"title": "Skilled care at birth", "country": "BGD", "actor": "", "letter": "Well done.", "deadline": ""}


def figures():
    """[Duration] of one message among COUNT, each about something of which its reader is told in order."""
    OutboxMessage.objects.all().delete()
    readers = [make_user(language=language) for language in ("en", "fr", "es", "pt", "ar") * (READERS // 5)]
    with _sink() as url, override_settings(**mail_settings(url), SENDERS=4):
        _promise(READERS, readers)
        deliver_due()  # a worker that has spoken every language before
        _promise(COUNT, readers)
        start = time.perf_counter()
        sent_count = deliver_due()
        taken = time.perf_counter() - start
    assert sent_count == COUNT, f"Only {sent_count} were sent."
    what = f"Sending one of {COUNT:,} e-mails ({COUNT / taken:.0f} in a second)"
    return [Duration(what, taken / COUNT, 1 / RATE)]


def _promise(count, readers):
    OutboxMessage.objects.bulk_create(
        OutboxMessage(
            user=readers[number % READERS], kind=Kind.STUDY_PUBLISHED, key=f"bench-{count}-{number}",
            path="/workspace/", about=f"submission:{number % 200}", context=CONTEXT,
        )
        for number in range(count)
    )  # fmt: skip


@contextmanager
def _sink():
    """The address of a mail server in a process of its own, as a real one is."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.smtp_sink"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process.stdout.readline().strip()
        process.stdin.close()
