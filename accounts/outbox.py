"""The outbox: whoever has to tell somebody writes a row in the same transaction, and the row is kept until it is sent.

What the person chose decides whether a message is sent by itself, waits for the e-mail of the day or stands in their
list alone (``accounts/preferences.py``); a row is written in every case, so that nobody is told twice.
"""

import itertools
import json
import logging
import smtplib
from contextlib import suppress
from functools import partial

from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone, translation

from accounts.kinds import Kind
from accounts.mailing import mail_for
from accounts.mime import mailbox
from accounts.models import Notification, OutboxMessage, User
from accounts.preferences import channel_for
from accounts.sending import LEASE, TRIES, at_once, note_surely, wait_after
from accounts.tasks import deliver_outbox, nudge

logger = logging.getLogger(__name__)

# A mail server that says "never" (5xx) is asked so often, for some say it in error.
TRIES_WHEN_REFUSED = 3


def tell(users, kind, *, key, path, context, about=""):
    """Promise each of ``users`` a message of ``kind`` (a Kind), once per ``key``: a row to send, a line in their list.

    Call it in the transaction that causes the message. ``path``: the address that it leads to, without a language;
    ``context``: JSON-able values for the template; ``about``: what it is about ("submission:7"): to one person,
    messages about the same thing are sent in this order. Raises TypeError when ``kind`` is no Kind, and nothing when
    the queue is away: the row is the promise.
    """
    if not isinstance(kind, Kind):
        raise TypeError(f"{kind!r} is not one of the kinds of messages.")
    people = {f"{key}:{user.pk}": user for user in users if user.is_active}
    facts = {"kind": kind, "path": path, "context": context, "about": about}
    with transaction.atomic():
        # What was promised before needs one query, however many were told: reminders come back every hour.
        known = set(OutboxMessage.objects.filter(key__in=people).values_list("key", flat=True))
        promised = [user for own, user in people.items() if own not in known and _promise(user, own, facts)]
        Notification.objects.bulk_create(
            Notification(user=user, kind=kind, path=path, context=context) for user in promised
        )
        if promised:
            transaction.on_commit(lambda: nudge(deliver_outbox))


def _promise(user, key, facts):
    """Write the row to send; False when ``key`` was promised by somebody in the same moment."""
    facts = facts | {"user": user, "channel": channel_for(user, facts["kind"])}
    return OutboxMessage.objects.get_or_create(key=key, defaults=facts)[1]


# Sending


def deliver_due(limit=None):
    """Try the messages that are due, at most ``limit`` of them. Returns how many were sent.

    Several senders work side by side. Each message is leased on its own just before it is sent, so that no two send the
    same one however slow the mail server is. One that fails waits longer each time and does not hinder the others. When
    the server itself is away each sender ends its round with the message that found it so.
    """
    numbers = iter(range(limit)) if limit else itertools.count()  # shared: each number is given to one sender
    return sum(at_once(lambda: _send(numbers)))


def _send(numbers):
    """Send one message for each of ``numbers`` that is left, through one line. Returns how many were sent.

    That one was sent is noted with the very next statement, which leases the one after it in the same round trip.
    """
    sent_count, sent = 0, None
    with _Line() as line:
        for _number in numbers:
            lease = partial(_lease_next, sent)
            row, sent = note_surely(lease) if sent else lease(), None
            if row is None:
                break
            try:
                is_sent = _deliver(row, line)
            except _ServerAwayError:
                break
            if is_sent:
                sent = {"sent": row.pk, "sent_at": timezone.now()}
                sent_count += 1
        if sent:
            note_surely(partial(_note_sent, sent))
    return sent_count


def _columns(model, *names):
    """``names`` in the order of ``model``, as its rows are made."""
    return [field.attname for field in model._meta.concrete_fields if field.attname in names]


# What is needed of a message and of its reader; anything else is fetched when it is asked for.
_MESSAGE = _columns(OutboxMessage, "id", "kind", "key", "user_id", "path", "context", "attempts_count")
_READER = _columns(User, "id", "email", "name", "language", "time_zone", "is_active")
# One statement, for it runs once for every message: the row that has been due for longest, unless somebody is at it or
# its reader has not got an earlier message about the same thing yet.
_LEASE_NEXT = f"""
UPDATE accounts_outboxmessage message SET leased_until = %(until)s, attempts_count = attempts_count + 1
FROM accounts_user reader
WHERE reader.id = message.user_id AND message.id = (
    SELECT due.id FROM accounts_outboxmessage due
    WHERE due.channel = 'at_once' AND due.sent_at IS NULL AND due.dead_at IS NULL AND due.due_at <= %(now)s
      AND (due.leased_until IS NULL OR due.leased_until < %(now)s)
      AND (due.about = '' OR NOT EXISTS (
          SELECT FROM accounts_outboxmessage earlier
          WHERE earlier.user_id = due.user_id AND earlier.about = due.about AND earlier.id < due.id
            AND earlier.channel = 'at_once' AND earlier.sent_at IS NULL AND earlier.dead_at IS NULL))
    ORDER BY due.due_at, due.id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING {", ".join([*(f"message.{name}" for name in _MESSAGE), *(f"reader.{name}" for name in _READER)])}
"""  # noqa: S608 - of names that stand here


# As plain, for the same reason; whoever holds the lease by now.
_NOTE_SENT = """
UPDATE accounts_outboxmessage SET sent_at = %(sent_at)s, last_error = '', leased_until = NULL
WHERE id = %(sent)s AND sent_at IS NULL
"""


def _note_sent(sent):
    """Note that a message was sent. ``sent``: its number and the moment, as above."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE_SENT, sent)


def _lease_next(sent=None):
    """The next message, leased and ready to be sent by nobody else; or None. Notes first what was ``sent``, if any.

    Both are one transaction, and what is leased comes after what is noted: the next message about the same thing is
    free by then. The try is counted here, so that a message that brings its worker down is given up like any other.
    """
    now = timezone.now()
    with connection.cursor() as cursor:
        statements = f"{_NOTE_SENT}; {_LEASE_NEXT}" if sent else _LEASE_NEXT
        cursor.execute(statements, {"now": now, "until": now + LEASE, **(sent or {})})
        if sent:
            cursor.nextset()
        facts = cursor.fetchone()
    if facts is None:
        return None
    row = OutboxMessage.from_db(connection.alias, _MESSAGE, facts[: len(_MESSAGE)])
    row.context = json.loads(row.context)
    row.user = User.from_db(connection.alias, _READER, facts[len(_MESSAGE) :])
    return row


class _ServerAwayError(Exception):
    """The mail server cannot be spoken with: no message is to blame."""


class _Line:
    """The line to the mail server, opened for the first message and kept for those after it."""

    def __enter__(self):
        self._backend = get_connection()
        return self

    def __exit__(self, *error):
        self._hang_up()

    def send(self, mail):
        """Send ``mail``. Raises what the mail server or the network says, the line is new for the next one then."""
        try:
            if isinstance(self._backend, EmailBackend):
                self._say(mail, sender=mailbox(mail.from_email), reader=mailbox(mail.to[0]))
            else:
                self._backend.send_messages([mail])
        except Exception:
            self._hang_up()
            raise

    def _say(self, mail, *, sender, reader):
        data = mail.as_sent()
        server = self._begin(sender)
        code, answer = server.rcpt(reader)
        if code not in {250, 251}:
            raise smtplib.SMTPRecipientsRefused({reader: (code, answer)})
        code, answer = server.data(data)
        if code != 250:
            raise smtplib.SMTPDataError(code, answer)

    def _begin(self, sender):
        """The server, once it has agreed to a message from ``sender``.

        A server may end a line that it finds too long, or go. That shows here, where nothing of the message has been
        said: it is begun again on a new line, and no try of it is lost.
        """
        with suppress(OSError):  # of which smtplib's errors are a part
            if self._backend.connection is not None and self._backend.connection.mail(sender)[0] == 250:
                return self._backend.connection
        self._hang_up()
        self._backend.open()
        server = self._backend.connection
        server.ehlo_or_helo_if_needed()
        code, answer = server.mail(sender)
        if code != 250:
            raise smtplib.SMTPSenderRefused(code, answer, sender)
        return server

    def _hang_up(self):
        with suppress(OSError):
            self._backend.close()


def _deliver(row, line):
    """Send ``row``, and note what came of it unless it was sent. Returns whether it was; raises _ServerAwayError."""
    if not row.user.is_active:
        _note(row, dead_at=timezone.now(), last_error="The account is closed.")
        return False
    if row.attempts_count > TRIES:  # its worker never came back to say so
        _give_up(row, "No worker survived it.")
        return False
    try:
        line.send(mail_for(row))
    except Exception as error:  # whatever is wrong with one message, the others go out
        _postpone(row, error)
        if _is_away(error):
            raise _ServerAwayError from error
        return False
    return True


def _is_away(error):
    """Whether ``error`` says that the server answers nobody, rather than what it thinks of one message."""
    of_nobody = (
        smtplib.SMTPServerDisconnected,
        smtplib.SMTPConnectError,
        smtplib.SMTPHeloError,
        smtplib.SMTPAuthenticationError,
        smtplib.SMTPNotSupportedError,
        smtplib.SMTPSenderRefused,
    )
    is_network = isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException)
    return is_network or isinstance(error, of_nobody)


def _is_refused_for_good(error):
    """Whether the server said of this reader or this message that it will never take it (5xx)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500


def _postpone(row, error):
    reason = f"{type(error).__name__}: {error}"[:500]
    if row.attempts_count >= (TRIES_WHEN_REFUSED if _is_refused_for_good(error) else TRIES):
        _give_up(row, reason)
        return
    facts = {"due_at": timezone.now() + wait_after(row.attempts_count), "last_error": reason}
    if not isinstance(error, OSError):  # neither the network nor the server: its own words are broken
        facts["about"] = ""  # and those after it do not wait until somebody has mended them
    _note(row, **facts)
    logger.warning("Message %s could not be sent: %s", row.pk, type(error).__name__)


def _give_up(row, reason):
    """Keep ``row`` as what could not be sent, and tell the administrators, once an hour at most."""
    now = timezone.now()
    with transaction.atomic():
        is_noted = _note(row, dead_at=now, last_error=reason)
        if is_noted and row.kind != Kind.UNDELIVERED:
            with translation.override("en"):
                path = reverse("operations")
            tell(
                User.objects.administrators(),
                Kind.UNDELIVERED,
                key=f"undelivered:{now:%Y-%m-%dT%H}",
                path=path,
                context={"moment": now.isoformat()},
            )
    logger.error("Message %s was given up after %s tries: %s", row.pk, row.attempts_count, reason.partition(":")[0])


def _note(row, **facts):
    """Store ``facts`` and end the lease. Returns whether it did: not when another worker has sent it or holds it."""
    rows = OutboxMessage.objects.filter(pk=row.pk, sent_at=None, attempts_count=row.attempts_count)
    return rows.update(leased_until=None, **facts) > 0


@transaction.atomic
def send_again(rows):
    """Begin anew with those of ``rows`` (a queryset of messages) that were given up. Returns how many.

    Raises nothing for what was never given up or whose reader has left: it is left alone.
    """
    count = (
        rows.filter(user__is_active=True)
        .exclude(dead_at=None)
        .update(dead_at=None, due_at=timezone.now(), attempts_count=0, last_error="")
    )
    if count:
        transaction.on_commit(lambda: nudge(deliver_outbox))
    return count
