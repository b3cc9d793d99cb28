"""What e-mails and webhooks have in common when they are sent: patience that grows, several senders, and surety.

How each is leased stands with it (``outbox.py``, ``webhooks/sending.py``), for an e-mail waits for its reader and a
webhook for its endpoint.
"""

import random
import threading
import time
from datetime import timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

# So long nobody else takes what one sender is at.
LEASE = timedelta(seconds=60)
# 10 s, 30 s, 90 s ... 6 h: the twelfth and last try is made 27 hours after the first.
FIRST_WAIT, LONGEST_WAIT, SLOWER = timedelta(seconds=10), timedelta(hours=6), 3
TRIES = 12


def wait_after(tries_count):
    """How long to wait after so many tries have failed, a fifth more or less, so that tries are spread."""
    # Beyond ten it is the longest anyway.
    wait = min(FIRST_WAIT * SLOWER ** min(tries_count - 1, 10), LONGEST_WAIT)
    return wait * random.uniform(0.8, 1.2)  # noqa: S311 - keeps no secret


def at_once(send):
    """Let ``settings.SENDERS`` senders, each with a connection of its own, call ``send()``. Returns what they return.

    While one waits for a server the others work. Raises what one of them raised, after all have ended.
    """
    if settings.SENDERS == 1:
        return [send()]
    results, errors = [], []

    def run():
        try:
            results.append(send())
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    senders = [threading.Thread(target=run, name=f"sender-{number}") for number in range(settings.SENDERS)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    if errors:
        raise errors[0]
    return results


def note_surely(note):
    """Call ``note()``, which writes that something was sent, if need be until a database that is just starting again
    takes it: it would be sent twice otherwise. Gives up before the lease ends, and raises what the database raised.
    """
    deadline = time.monotonic() + LEASE.total_seconds() * 0.75
    while True:
        try:
            return note()
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block or time.monotonic() > deadline:
                raise
            connection.close()
            time.sleep(0.5)
