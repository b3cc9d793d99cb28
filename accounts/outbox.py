"""The outbox: whoever has to tell somebody writes a row in the same transaction, and the row is kept until it is sent.

The words of a kind such as "practices.submitted" are the template ``practices/messages/submitted.txt``: its first line
is the subject and the line in the list of notifications, the rest the paragraphs of the e-mail.
"""

import datetime
import hashlib
import logging
import random
import re

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Q
from django.template import Context, TemplateDoesNotExist
from django.template.loader import get_template, render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts import links
from accounts.models import Notification, OutboxMessage
from accounts.tasks import deliver_outbox, nudge

logger = logging.getLogger(__name__)

LEASE = datetime.timedelta(seconds=60)
FIRST_WAIT, LONGEST_WAIT = datetime.timedelta(seconds=10), datetime.timedelta(hours=6)
# Two and a half days: a mail server may be away for a weekend.
TRIES = 20
AT_ONCE = 20
_BLANK_LINE = re.compile(r"\r?\n[ \t]*\r?\n")


def tell(users, kind, *, key, path, context):
    """Promise each of ``users`` a message of ``kind``, once per ``key``: a row to send and a line in their list.

    Call it in the transaction that causes the message. ``path``: the address that it leads to, without a language;
    ``context``: JSON-able values for the template. Raises nothing when the queue is away: the row is the promise.
    """
    people = {user.pk: user for user in users if user.is_active}
    with transaction.atomic():
        promised = [pk for pk in people if _promise(pk, kind, key=f"{key}:{pk}", path=path, context=context)]
        Notification.objects.bulk_create(
            Notification(user_id=pk, kind=kind, path=path, context=context) for pk in promised
        )
        if promised:
            transaction.on_commit(lambda: nudge(deliver_outbox))


def _promise(user_id, kind, *, key, path, context):
    """Write the row to send; False when ``key`` was promised before, also by somebody in the same moment."""
    facts = {"user_id": user_id, "kind": kind, "path": path, "context": context}
    return OutboxMessage.objects.get_or_create(key=key, defaults=facts)[1]


def deliver_due(limit=AT_ONCE):
    """Try up to ``limit`` messages that are due. Returns how many were sent.

    Each is leased on its own just before it is sent, so that no two workers send the same one however slow the mail
    server is. One that fails waits longer each time and does not hinder the others.
    """
    sent_count = 0
    for _number in range(limit):
        row = _lease_next()
        if row is None:
            break
        sent_count += _deliver(row)
    return sent_count


def _lease_next():
    """The message that has been due for longest, leased in a transaction that ends before it is sent; or None.

    The try is counted here, so that a message that brings its worker down is given up like any other.
    """
    now = timezone.now()
    with transaction.atomic():
        due = OutboxMessage.objects.filter(
            Q(leased_until=None) | Q(leased_until__lt=now), sent_at=None, dead_at=None, due_at__lte=now
        )
        row = due.select_for_update(skip_locked=True, of=("self",)).select_related("user").first()
        if row:
            row.leased_until = now + LEASE
            row.attempts_count += 1
            row.save(update_fields=["leased_until", "attempts_count"])
    return row


def _deliver(row):
    """Send ``row`` and note what came of it. Returns whether it was sent."""
    if not row.user.is_active:
        _note(row, dead_at=timezone.now(), last_error="The account is closed.")
        return False
    if row.attempts_count > TRIES:  # its worker never came back to say so
        _give_up(row, "No worker survived it.")
        return False
    try:
        mail_for(row).send()
    except Exception as error:  # whatever is wrong with one message, the others go out
        _postpone(row, error)
        return False
    _note(row, sent_at=timezone.now(), last_error="")
    return True


def _postpone(row, error):
    reason = f"{type(error).__name__}: {error}"[:500]
    if row.attempts_count >= TRIES:
        _give_up(row, reason)
        return
    wait = min(FIRST_WAIT * 2 ** (row.attempts_count - 1), LONGEST_WAIT)
    wait *= random.uniform(0.8, 1.2)  # noqa: S311 - spreads tries, keeps no secret
    _note(row, due_at=timezone.now() + wait, last_error=reason)
    logger.warning("Message %s could not be sent: %s", row.pk, type(error).__name__)


def _give_up(row, reason):
    _note(row, dead_at=timezone.now(), last_error=reason)
    logger.error("Message %s was given up after %s tries: %s", row.pk, TRIES, reason.partition(":")[0])


def _note(row, **facts):
    """Store ``facts`` and end the lease, unless another worker has sent the message since.

    What was sent is noted always; anything else only by the worker that still holds the lease.
    """
    rows = OutboxMessage.objects.filter(pk=row.pk, sent_at=None)
    if "sent_at" not in facts:
        rows = rows.filter(attempts_count=row.attempts_count)
    rows.update(leased_until=None, **facts)


# Words


def words(kind, context, user, url=""):
    """(subject, [paragraph]) of a message in the language that is spoken and the time zone of ``user``."""
    app, _dot, name = kind.partition(".")
    with timezone.override(user.time_zone):
        template = get_template(f"{app}/messages/{name}.txt").template
        # Plain text: what becomes HTML is escaped there. The title stands in the first line and must not end it.
        said = {"title": " ".join(str(context.get("title", "")).split()), "deadline": _date(context.get("deadline"))}
        text = template.render(Context({**context, **said, "user": user, "url": url}, autoescape=False))
    subject, _end, body = text.strip().partition("\n")
    paragraphs = [" ".join(part.split()) for part in _BLANK_LINE.split(body)]
    return " ".join(subject.split()), [part for part in paragraphs if part]


def _date(text):
    """An ISO date as the active language writes it; nothing for none."""
    return date_format(datetime.date.fromisoformat(text), "DATE_FORMAT") if text else ""


def subject_of(kind, context, user):
    """The line for a list of notifications, in the language of the page that it stands on."""
    try:
        return words(kind, context, user)[0]
    except TemplateDoesNotExist:  # a kind that this release does not know: the list around it is still read
        return context.get("title") or _("Open it in SSC Portal")


def localized(path, language):
    """``path``, an address without a language, as the address in ``language``."""
    return path if language == settings.LANGUAGE_CODE else f"/{language}{path}"


def mail_for(row):
    """The e-mail for ``row``: text and HTML, to one person, in their language. Answers go to ``reply_to``, if any."""
    user = row.user
    url = settings.SITE_URL + localized(links.path_for(row), user.language)
    with translation.override(user.language):
        subject, paragraphs = words(row.kind, row.context, user, url)
        context = {"subject": subject, "paragraphs": paragraphs, "url": url, "user": user}
        context |= {"language": user.language, "direction": "rtl" if translation.get_language_bidi() else "ltr"}
        text = render_to_string("messages/mail.txt", context)
        html = render_to_string("messages/mail.html", context)
    digest = hashlib.sha256(row.key.encode()).hexdigest()[:32]
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    headers = {"Message-ID": f"<{digest}@{domain}>"}
    answers = [row.context["reply_to"]] if row.context.get("reply_to") else None
    # An address that is to become theirs, or was until now, is not the person's.
    to = row.context.get("to") or user.email
    mail = EmailMultiAlternatives(subject, text, to=[to], headers=headers, reply_to=answers)
    mail.attach_alternative(html, "text/html")
    return mail
