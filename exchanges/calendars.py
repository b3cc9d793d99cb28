"""What public exchanges plan, for calendar programs (RFC 5545): activities and milestones, by the day."""

import re
from datetime import UTC, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from exchanges.enums import ExchangeStatus, MilestoneStatus
from exchanges.models import Activity, Exchange, Milestone

CONTENT_TYPE = "text/calendar; charset=utf-8"
# What is over for longer does not stand in the calendar of all exchanges.
DAYS_KEPT = 365
MOST_ENTRIES = 5000
LINE_OCTETS = 75
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


def _language_of(request):
    """The language that the query asks for, else that of the request; what was written stays as it was written."""
    asked = request.GET.get("lang", "")
    return translation.override(asked if asked in dict(settings.LANGUAGES) else translation.get_language())


def _answer(request, exchanges, *, name, file_name, since=None):
    response = HttpResponse(write(_events(request, exchanges, since), name=name), content_type=CONTENT_TYPE)
    response["Content-Disposition"] = f'inline; filename="{file_name}.ics"'
    return response


def _events(request, exchanges, since):
    """The VEVENTs of ``exchanges``, each a list of content lines, the earliest first."""
    base_url = settings.SITE_URL or request.build_absolute_uri("/").removesuffix("/")
    host = urlsplit(base_url).netloc
    activities = Activity.objects.filter(exchange__in=exchanges).select_related("exchange", "country")
    milestones = Milestone.objects.filter(exchange__in=exchanges).select_related("exchange")
    if since:
        activities, milestones = activities.filter(ends_on__gte=since), milestones.filter(due_on__gte=since)
    found = [
        (row.starts_on, row.pk, _activity(row, host, base_url))
        for row in activities.order_by("starts_on", "pk")[:MOST_ENTRIES]
    ]
    found += [
        (row.due_on, row.pk, _milestone(row, host, base_url))
        for row in milestones.order_by("due_on", "pk")[:MOST_ENTRIES]
    ]
    return [lines for _day, _pk, lines in sorted(found, key=lambda entry: entry[:2])]


def _activity(row, host, base_url):
    place = ", ".join(filter(None, [row.place, row.country.name if row.country_id else ""]))
    lines = [
        *_opening(row, f"{row.exchange.code}-activity-{row.pk}@{host}", row.starts_on, row.ends_on),
        f"SUMMARY:{text(row.title)}",
        f"CATEGORIES:{text(row.get_modality_display())}",
    ]
    if place:
        lines.append(f"LOCATION:{text(place)}")
    return [*lines, *_closing(row, base_url, is_off=row.exchange.status == ExchangeStatus.CANCELLED)]


def _milestone(row, host, base_url):
    is_off = row.exchange.status == ExchangeStatus.CANCELLED and row.status != MilestoneStatus.DONE
    title = _("Milestone: %(title)s") % {"title": row.title}
    return [
        *_opening(row, f"{row.exchange.code}-milestone-{row.pk}@{host}", row.due_on, row.due_on),
        f"SUMMARY:{text(title)}",
        f"CATEGORIES:{text(row.get_status_display())}",
        *_closing(row, base_url, is_off=is_off),
    ]


def _opening(row, uid, first, last):
    """Days are dates, the same everywhere; the day after the last one is the first on which it is over."""
    return [
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"DTSTAMP:{row.created_at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{first:%Y%m%d}",
        f"DTEND;VALUE=DATE:{last + timedelta(days=1):%Y%m%d}",
    ]


def _closing(row, base_url, *, is_off):
    return [
        f"DESCRIPTION:{text(row.exchange.title)}",
        f"URL:{base_url}{row.exchange.get_absolute_url()}",
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
