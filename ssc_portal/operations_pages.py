"""How the portal does behind its pages, for administrators: what waits to be sent, was given up, or should beat."""

import datetime
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Min, Q
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts import audit
from accounts.enums import AuditAction
from accounts.models import OutboxMessage, Pulse
from accounts.outbox import send_again
from accounts.paging import Pages
from ssc_portal.health import OK, checks

ROWS_PER_PAGE = 30
# The rows of messages that are being tried again; there are more only while the mail server is away.
TRIED_SHOWN = 20
MINUTE, HOUR = datetime.timedelta(minutes=1), datetime.timedelta(hours=1)
# What should happen again and again: (name of its Pulse, in words, after how long it is late).
PULSES = (
    ("beat", gettext_lazy("The clock asked for a sweep"), MINUTE),
    ("sweep", gettext_lazy("All messages that were due were tried"), 10 * MINUTE),
    ("daily mail", gettext_lazy("Daily e-mails were gathered"), HOUR),
)
BACKUP_LATE = 26 * HOUR
CHECKS = {
    "database": gettext_lazy("Database"),
    "migrations": gettext_lazy("Migrations"),
    "disk": gettext_lazy("Free disk space"),
    "broker": gettext_lazy("Queue"),
}


@dataclass(frozen=True)
class Beat:
    """One line of what should happen again and again. ``at`` is None when nothing is known of it."""

    words: str
    at: datetime.datetime | None
    late_after: datetime.timedelta

    @property
    def is_late(self):
        return self.at is not None and timezone.now() - self.at > self.late_after


@require_safe
@login_required
def operations(request):
    """What waits, what is tried again, what was given up and why; what beats, and since when it does not."""
    _expect_administrator(request)
    waiting = OutboxMessage.objects.waiting()
    dead = OutboxMessage.objects.undeliverable().order_by("-dead_at", "-pk").select_related("user")
    page = Paginator(dead, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    now = timezone.now()
    context = {
        "queue": waiting.aggregate(
            due=Count("pk", filter=Q(due_at__lte=now)),
            tried=Count("pk", filter=Q(attempts_count__gt=0)),
            oldest_at=Min("created_at", filter=Q(due_at__lte=now)),
        ),
        "daily_count": OutboxMessage.objects.for_daily_mail().count(),
        "tried": waiting.filter(attempts_count__gt=0).select_related("user")[:TRIED_SHOWN],
        "dead": page,
        "dead_count": page.paginator.count,
        "listing": Pages(page, request.GET),
        "beats": _beats(),
        "checks": [(CHECKS[name], found == OK) for name, found in checks().items()],
        "time_zone": request.user.time_zone,
    }
    return render(request, "portal/operations.html", context)


@require_POST
@login_required
def resend(request):
    """Begin anew with one message that was given up (``message``: its id), or with all of them (``all``)."""
    _expect_administrator(request)
    rows = OutboxMessage.objects.undeliverable()
    if "all" not in request.POST:
        rows = rows.filter(pk=request.POST.get("message", "")) if request.POST.get("message", "").isdecimal() else None
        if rows is None or not rows.exists():
            raise Http404
    with transaction.atomic():
        count = send_again(rows)
        if count:
            audit.record(AuditAction.SENT_AGAIN, actor=request.user, changes={"messages": [0, count]})
    if count:
        text = ngettext("%(count)d message is being sent again.", "%(count)d messages are being sent again.", count)
        messages.success(request, text % {"count": count})
    else:
        messages.warning(request, _("Nothing was sent: those whom it was for have left the portal."))
    return redirect("operations")


def _expect_administrator(request):
    """For everybody else there is no such page."""
    if not request.user.is_administrator:
        raise Http404


def _beats():
    """[Beat] of everything that should happen again and again; the last backup is known where it lies in its place."""
    last = dict(Pulse.objects.values_list("name", "at"))
    beats = [Beat(words, last.get(name), late) for name, words, late in PULSES]
    return [*beats, Beat(_("The last backup was made"), _last_backup_at(), BACKUP_LATE)]


def _last_backup_at():
    folder = settings.VAR_DIR / "backups"
    made = [manifest.stat().st_mtime for manifest in folder.glob("*/manifest.json")]
    return datetime.datetime.fromtimestamp(max(made), datetime.UTC) if made else None
