"""The list of what the portal told a person."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from accounts.outbox import localized, subject_of
from accounts.paging import Pages

ROWS_PER_PAGE = 30


@require_safe
@login_required
def notifications(request):
    """What the person was told, the newest first."""
    page = Paginator(request.user.notifications.all(), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    rows = [(row, subject_of(row.kind, row.context, request.user)) for row in page]
    unread_count = request.user.unread_count()
    context = {
        "rows": rows,
        "listing": Pages(page, request.GET),
        "unread_count": unread_count,
        "time_zone": request.user.time_zone,
    }
    return render(request, "account/notifications.html", context)


@require_safe
@login_required
def open_notification(request, pk):
    """Mark one of the person's own notifications as read and go where it leads, in the language of the page."""
    row = get_object_or_404(request.user.notifications, pk=pk)
    if row.read_at is None and request.method == "GET":
        row.read_at = timezone.now()
        row.save(update_fields=["read_at"])
    path = localized(row.path, get_language())
    return redirect(path if url_has_allowed_host_and_scheme(path, allowed_hosts=None) else "notifications")


@require_POST
@login_required
def read_notifications(request):
    """Mark all of the person's notifications as read."""
    request.user.notifications.filter(read_at=None).update(read_at=timezone.now())
    return redirect("notifications")
