"""What exchanges plan, for calendar programs (RFC 5545), by the day.

Anybody reads activities and milestones of what is public. A person who belongs to a party reads those of their own
exchanges, with what was promised and the checks that are due, at a secret address: calendar programs do not sign in.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from exchanges import permissions
from exchanges.enums import ExchangeStatus, MilestoneStatus
from exchanges.models import Activity, CalendarAddress, Commitment, Exchange, FollowUp, Milestone

CONTENT_TYPE = "text/calendar; charset=utf-8"
# What is over for longer does not stand in the calendar of all exchanges.
DAYS_KEPT = 365
MOST_ENTRIES = 5000
LINE_OCTETS = 75
ALSO_LOADED = {Activity: ("country",), Commitment: ("party__country", "party__organisation")}
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
# A calendar holds at least one component.
_UTC = [
    "BEGIN:VTIMEZONE",
    "TZID:UTC",
    "BEGIN:STANDARD",
    "DTSTART:19700101T000000",
    "TZOFFSETFROM:+0000",
    "TZOFFSETTO:+0000",
    "END:STANDARD",
    "END:VTIMEZONE",
]


@require_safe
def of_one(request, code):
    """The calendar of one public exchange."""
    exchange = get_object_or_404(Exchange.objects.live(), code=code)
    with _language_of(request):
        return _answer(request, Exchange.objects.filter(pk=exchange.pk), name=exchange.title, file_name=exchange.code)


@require_safe
def of_all(request):
    """What all public exchanges plan, and what took place in the last year."""
    since = timezone.localdate() - timedelta(days=DAYS_KEPT)
    with _language_of(request):
        return _answer(request, Exchange.objects.live(), name=_("Exchanges"), file_name="exchanges", since=since)


# The calendar of one person


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def address(request):
    """Make the secret address of one's own calendar, make it anew, or end it. It is told once, after it was made."""
    if not permissions.may_have_calendar(request.user):
        raise PermissionDenied(_("A calendar of their own exchanges is for country officers and partners."))
    token = ""
    if request.method == "POST" and "end" in request.POST:
        end_address(request.user)
        messages.success(request, _("The address has ended. A calendar program that still has it gets nothing more."))
        return redirect("assistance:calendar")
    if request.method == "POST":
        token = make_address(request.user)
    context = {
        "kept": CalendarAddress.objects.filter(user=request.user).first(),
        "token_url": settings.SITE_URL + reverse("exchanges:own-calendar", args=[token]) if token else "",
    }
    response = render(request, "exchanges/workspace/calendar.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


def make_address(user):
    """A new secret address for ``user``, in the place of the last. Returns its token, of which the digest is kept."""
    token = secrets.token_urlsafe(32)
    facts = {"token_digest": _digest(token), "made_at": timezone.now()}
    CalendarAddress.objects.update_or_create(user=user, defaults=facts)
    return token


def end_address(user):
    CalendarAddress.objects.filter(user=user).delete()


def _digest(token):
    return hashlib.sha256(token.encode()).hexdigest()


@require_safe
def of_person(request, token):
    """What the exchanges of the person who was given ``token`` plan, as far as they may read them today."""
    kept = CalendarAddress.objects.filter(token_digest=_digest(token)).select_related("user").first()
    if kept is None or not permissions.may_have_calendar(kept.user):
        raise Http404
    own = Exchange.objects.of_parties(kept.user).exclude(status=ExchangeStatus.DECLINED)
    since = timezone.localdate() - timedelta(days=DAYS_KEPT)
    with translation.override(_asked(request) or kept.user.language):
        response = _answer(
            request, own, name=_("Our exchanges"), file_name="our-exchanges", since=since, of_parties=True
        )
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


# What stands in a calendar


def _language_of(request):
    """The language that the query asks for, else that of the request; what was written stays as it was written."""
    return translation.override(_asked(request) or translation.get_language())


def _asked(request):
    """The language that the query asks for; nothing for none that the portal speaks."""
    asked = request.GET.get("lang", "")
    return asked if asked in dict(settings.LANGUAGES) else ""


def _answer(request, exchanges, *, name, file_name, since=None, of_parties=False):
    events = _events(request, exchanges, since, of_parties=of_parties)
    response = HttpResponse(write(events, name=name), content_type=CONTENT_TYPE)
    response["Content-Disposition"] = f'inline; filename="{file_name}.ics"'
    return response


def _events(request, exchanges, since, *, of_parties):
    """The VEVENTs of ``exchanges``, each a list of content lines, the earliest first.

    ``of_parties``: with what the parties alone read, and links to their working pages.
    """
    base_url = settings.SITE_URL or request.build_absolute_uri("/").removesuffix("/")
    frame = Frame(base_url, urlsplit(base_url).netloc, of_parties)
    kinds = [(Activity, "starts_on", "ends_on", _activity), (Milestone, "due_on", "due_on", _milestone)]
    if of_parties:
        kinds += [(Commitment, "due_on", "due_on", _commitment), (FollowUp, "due_on", "due_on", _check)]
    found = []
    for kind, (model, first, last, lines_of) in enumerate(kinds):
        rows = model.objects.filter(exchange__in=exchanges).select_related("exchange", *ALSO_LOADED.get(model, ()))
        rows = rows.filter(**{f"{last}__gte": since}) if since else rows
        for row in rows.order_by(first, "pk")[:MOST_ENTRIES]:
            found.append(((getattr(row, first), kind, row.pk), lines_of(row, frame)))
    return [lines for _key, lines in sorted(found, key=lambda entry: entry[0])]


@dataclass(frozen=True)
class Frame:
    """For whom a calendar is: where its links lead, and the name of the portal in its identifiers."""

    base_url: str
    host: str
    is_of_parties: bool

    def url_of(self, exchange):
        page = reverse("assistance:exchange", args=[exchange.code]) if self.is_of_parties else None
        return self.base_url + (page or exchange.get_absolute_url())


def _activity(row, frame):
    place = ", ".join(filter(None, [row.place, row.country.name if row.country_id else ""]))
    lines = [
        *_opening(row, "activity", row.starts_on, row.ends_on, frame),
        f"SUMMARY:{text(row.title)}",
        f"CATEGORIES:{text(row.get_modality_display())}",
    ]
    if place:
        lines.append(f"LOCATION:{text(place)}")
    return [*lines, *_closing(row, frame)]


def _milestone(row, frame):
    title = _("Milestone: %(title)s") % {"title": row.title}
    return [
        *_opening(row, "milestone", row.due_on, row.due_on, frame),
        f"SUMMARY:{text(title)}",
        f"CATEGORIES:{text(row.get_status_display())}",
        *_closing(row, frame, is_done=row.status == MilestoneStatus.DONE),
    ]


def _commitment(row, frame):
    title = _("Promised by %(name)s: %(what)s") % {"name": row.party.name, "what": row.text}
    return [
        *_opening(row, "commitment", row.due_on, row.due_on, frame),
        f"SUMMARY:{text(title)}",
        *_closing(row, frame, is_done=row.done_on is not None),
    ]


def _check(row, frame):
    title = _("Check %(days)d days after the closing") % {"days": row.days}
    return [
        *_opening(row, "check", row.due_on, row.due_on, frame),
        f"SUMMARY:{text(title)}",
        *_closing(row, frame, is_done=row.done_at is not None),
    ]


def _opening(row, kind, first, last, frame):
    """Days are dates, the same everywhere; the day after the last one is the first on which it is over."""
    return [
        "BEGIN:VEVENT",
        f"UID:{row.exchange.code}-{kind}-{row.pk}@{frame.host}",
        f"DTSTAMP:{row.created_at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{first:%Y%m%d}",
        f"DTEND;VALUE=DATE:{last + timedelta(days=1):%Y%m%d}",
    ]


def _closing(row, frame, *, is_done=False):
    is_off = row.exchange.status == ExchangeStatus.CANCELLED and not is_done
    return [
        f"DESCRIPTION:{text(row.exchange.title)}",
        f"URL:{frame.url_of(row.exchange)}",
        f"STATUS:{'CANCELLED' if is_off else 'CONFIRMED'}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def write(events, *, name):
    """A calendar called ``name`` of ``events`` (lists of content lines), as bytes."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//SSC Portal//Exchanges//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{text(name)}",
        f"X-WR-CALNAME:{text(name)}",
        *(line for event in events for line in event),
        *([] if events else _UTC),
        "END:VCALENDAR",
    ]
    return b"".join(folded(line) for line in lines)


def text(value):
    """``value`` as a TEXT: what has a meaning of its own escaped, breaks kept, other control characters left out."""
    value = _CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    return value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def folded(line):
    """``line`` as octets, broken so that none is longer than 75, never within a character."""
    parts, part = [], b""
    for character in line:
        octets = character.encode()
        # From the second on, the blank that continues a line counts too.
        if len(part) + len(octets) > LINE_OCTETS - bool(parts):
            parts.append(part)
            part = b""
        part += octets
    return b"\r\n ".join([*parts, part]) + b"\r\n"
