"""The outbox: whoever has to tell somebody writes a row in the same transaction, and the row is kept until it is sent.

The words of a kind such as "practices.submitted" are the template ``practices/messages/submitted.txt``: its first line
is the subject and the line in the list of notifications, the rest the paragraphs of the e-mail.
"""

import datetime
import hashlib
import logging
import random

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Q
from django.template import Context
from django.template.loader import get_template, render_to_string
from django.utils import timezone, translation

from accounts.models import Notification, OutboxMessage
from accounts.tasks import deliver_outbox, nudge

logger = logging.getLogger(__name__)

LEASE = datetime.timedelta(seconds=60)
FIRST_WAIT, LONGEST_WAIT = datetime.timedelta(seconds=10), datetime.timedelta(hours=6)
TRIES = 12
AT_ONCE = 20


def tell(users, kind, *, key, path, context):
    """Promise each of ``users`` a message of ``kind``, once per ``key``: a row to send and a line in their list.

    Call it in the transaction that causes the message. ``path``: the address that it leads to, without a language;
    ``context``: JSON-able values for the template. Raises nothing when the queue is away: the row is the promise.
    """
    people = {user.pk: user for user in users if user.is_active}
    if not people:
        return
    with transaction.atomic():
        keys = {f"{key}:{pk}": pk for pk in people}
        known = set(OutboxMessage.objects.filter(key__in=keys).values_list("key", flat=True))
        fresh = [
            OutboxMessage(kind=kind, key=name, user_id=pk, path=path, context=context)
            for name, pk in keys.items()
            if name not in known
        ]
        OutboxMessage.objects.bulk_create(fresh)
        Notification.objects.bulk_create(
            Notification(user_id=row.user_id, kind=kind, path=path, context=context) for row in fresh
        )
        transaction.on_commit(lambda: nudge(deliver_outbox))


def deliver_due(limit=AT_ONCE, now=None):
    """Send up to ``limit`` messages that are due; each is leased first, so that no two workers send the same one.

    One that fails waits longer each time and does not hinder the others. Returns how many were tried.
    """
    rows = _lease(limit, now or timezone.now())
    for row in rows:
        _deliver(row)
    return len(rows)


def _lease(limit, now):
    with transaction.atomic():
        due = OutboxMessage.objects.filter(
            Q(leased_until=None) | Q(leased_until__lt=now), sent_at=None, dead_at=None, due_at__lte=now
        )
        rows = list(due.select_for_update(skip_locked=True, of=("self",)).select_related("user")[:limit])
        OutboxMessage.objects.filter(pk__in=[row.pk for row in rows]).update(leased_until=now + LEASE)
    return rows


def _deliver(row):
    if not row.user.is_active:
        row.dead_at, row.last_error = timezone.now(), "The account is closed."
    else:
        row.attempts_count += 1
        try:
            mail_for(row).send()
            row.sent_at, row.last_error = timezone.now(), ""
        except Exception as error:  # whatever is wrong with one message, the others go out
            _postpone(row, error)
    row.leased_until = None
    row.save(update_fields=["leased_until", "attempts_count", "sent_at", "dead_at", "due_at", "last_error"])


def _postpone(row, error):
    row.last_error = f"{type(error).__name__}: {error}"[:500]
    if row.attempts_count >= TRIES:
        row.dead_at = timezone.now()
        logger.error("Message %s was given up after %s tries: %s", row.pk, row.attempts_count, type(error).__name__)
        return
    wait = min(FIRST_WAIT * 2 ** (row.attempts_count - 1), LONGEST_WAIT)
    row.due_at = timezone.now() + wait * random.uniform(0.8, 1.2)  # noqa: S311 - spreads tries, keeps no secret
    logger.warning("Message %s could not be sent: %s", row.pk, type(error).__name__)


# Words


def words(kind, context, user):
    """(subject, [paragraph]) of a message in the language and time zone of ``user``."""
    app, _dot, name = kind.partition(".")
    with translation.override(user.language), timezone.override(user.time_zone):
        template = get_template(f"{app}/messages/{name}.txt").template
        # Plain text: what becomes HTML is escaped there.
        text = template.render(Context({**context, "user": user}, autoescape=False))
    lines = text.strip().split("\n")
    paragraphs = [" ".join(part.split()) for part in "\n".join(lines[1:]).split("\n\n")]
    return " ".join(lines[0].split()), [part for part in paragraphs if part]


def address(path, language):
    """The whole address of ``path`` in ``language``."""
    return settings.SITE_URL + ("" if language == settings.LANGUAGE_CODE else f"/{language}") + path


def mail_for(row):
    """The e-mail for ``row``: text and HTML, to one person, in their language."""
    user = row.user
    url = address(row.path, user.language)
    subject, paragraphs = words(row.kind, row.context, user)
    context = {"subject": subject, "paragraphs": paragraphs, "url": url, "user": user}
    with translation.override(user.language):
        context |= {"language": user.language, "direction": "rtl" if translation.get_language_bidi() else "ltr"}
        text = render_to_string("messages/mail.txt", context)
        html = render_to_string("messages/mail.html", context)
    digest = hashlib.sha256(row.key.encode()).hexdigest()[:32]
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    mail = EmailMultiAlternatives(subject, text, to=[user.email], headers={"Message-ID": f"<{digest}@{domain}>"})
    mail.attach_alternative(html, "text/html")
    return mail
