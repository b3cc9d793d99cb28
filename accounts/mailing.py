"""The words of messages, and the e-mail that is made of them.

The words of a kind are a template (``Kind.template``): its first line is the subject and the line in the list of
notifications, the rest the paragraphs of the e-mail.
"""

import datetime
import hashlib
import re

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.template import Context, TemplateDoesNotExist
from django.template.loader import get_template, render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts import links
from accounts.enums import Role
from accounts.kinds import Kind, Weight, template_of
from accounts.mime import Mail
from accounts.models import User

SAFETY = Kind.of_weight(Weight.SAFETY)
_BLANK_LINE = re.compile(r"\r?\n[ \t]*\r?\n")
_signer = Signer(salt="accounts.unsubscribe")


def words(kind, context, user, url=""):
    """(subject, [paragraph]) of a message in the language that is spoken and the time zone of ``user``.

    Raises TemplateDoesNotExist for a ``kind`` that this release does not know.
    """
    with timezone.override(user.time_zone):
        template = get_template(template_of(kind)).template
        # Plain text: what becomes HTML is escaped there. The title stands in the first line and must not end it.
        said = {
            "title": " ".join(str(context.get("title", "")).split()),
            "deadline": _date(context.get("deadline")),
            "moment": _moment(context.get("moment")),
            "role": Role(context["role"]).label if context.get("role") in Role.values else "",
        }
        text = template.render(Context({**context, **said, "user": user, "url": url}, autoescape=False))
    subject, _end, body = text.strip().partition("\n")
    paragraphs = [" ".join(part.split()) for part in _BLANK_LINE.split(body)]
    return " ".join(subject.split()), [part for part in paragraphs if part]


def _date(text):
    """An ISO date, or the day of an ISO moment where the reader is, as the active language writes it."""
    if not text:
        return ""
    if "T" in text:
        return date_format(timezone.localtime(datetime.datetime.fromisoformat(text)), "DATE_FORMAT")
    return date_format(datetime.date.fromisoformat(text), "DATE_FORMAT")


def _moment(text):
    """An ISO moment as the reader's clock shows it, in the active language; nothing for none."""
    return date_format(timezone.localtime(datetime.datetime.fromisoformat(text)), "DATETIME_FORMAT") if text else ""


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
    """The e-mail for ``row``: text and HTML, to one person, in their language. Answers go to ``reply_to``, if any.

    That of a day lists what it gathered. All but those about the account's safety can be ended by one click
    (RFC 8058), without signing in.
    """
    user = row.user
    with translation.override(user.language):
        url = settings.SITE_URL + localized(links.path_for(row), user.language)
        subject, paragraphs = words(row.kind, row.context, user, url)
        context = {
            "subject": subject,
            "paragraphs": paragraphs,
            "items": _gathered(row) if row.kind == Kind.DIGEST else [],
            "url": url,
            "user": user,
            "settings_url": settings.SITE_URL + reverse("notification-settings"),
            "stop_url": "" if row.kind in SAFETY else settings.SITE_URL + reverse("unsubscribe", args=[token_of(user)]),
            "language": user.language,
            "direction": "rtl" if translation.get_language_bidi() else "ltr",
        }
        text = render_to_string("messages/mail.txt", context)
        html = render_to_string("messages/mail.html", context)
    mail = Mail(
        subject,
        text,
        from_email=settings.BOUNCE_EMAIL,  # of the envelope: refusals after the fact come back here
        # An address that is to become theirs, or was until now, is not the person's.
        to=[row.context.get("to") or user.email],
        headers=_headers(row, context["stop_url"]),
        reply_to=[row.context["reply_to"]] if row.context.get("reply_to") else None,
    )
    mail.attach_alternative(html, "text/html")
    return mail


def _headers(row, stop_url):
    digest = hashlib.sha256(row.key.encode()).hexdigest()[:32]
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    headers = {
        "From": settings.DEFAULT_FROM_EMAIL,
        "Message-ID": f"<{digest}@{domain}>",
        "Auto-Submitted": "auto-generated",  # so that "I am away" is not answered to a machine
    }
    if stop_url:
        headers |= {"List-Unsubscribe": f"<{stop_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return headers


def _gathered(row):
    """[(line, address)] of what the daily mail ``row`` tells, in the order in which it happened."""
    user = row.user
    return [
        (subject_of(told.kind, told.context, user), settings.SITE_URL + localized(told.path, user.language))
        for told in row.gathered.order_by("pk")
    ]


# The link that ends e-mails


def token_of(user):
    """What the link in an e-mail says instead of signing in: that ``user`` wants no more of them."""
    return _signer.sign_object(user.pk)


def user_for(token):
    """The active person whom ``token`` was sent to; None when nobody was sent it."""
    try:
        return User.objects.filter(pk=_signer.unsign_object(token), is_active=True).first()
    except (BadSignature, ValueError):
        return None
