"""What parties write down about their exchange: activities, milestones, commitments, documents, budget, reports."""

from django.db import transaction

from exchanges import changes, permissions
from exchanges.models import Activity, Attendance, Document, Milestone
from exchanges.workflow.exchanges import FROM
from exchanges.workflow.moves import allow, checked, expect, is_public, locked

# What readers of an exchange see; everything else is for its parties.
TOLD = (Activity, Document, Milestone)


@transaction.atomic
def save_row(row, *, by, attendance=None):
    """Write ``row``, new or changed, of an exchange that is not over. Returns it.

    ``attendance``: unsaved Attendance rows that take the place of those of an Activity.
    """
    exchange = locked(row.exchange)
    allow(permissions.may_work_on(by, exchange))
    expect(exchange, FROM["keep_rows"])
    party = getattr(row, "party", None)
    allow(party is None or party.exchange_id == exchange.pk)
    checked(row)
    row.save()
    if isinstance(row, Activity) and attendance is not None:
        row.attendance.all().delete()
        for one in attendance:
            one.activity = row
        Attendance.objects.bulk_create(attendance)
    if is_public(exchange) and isinstance(row, TOLD):
        changes.note(exchange)
    return row


@transaction.atomic
def remove_row(row, *, by):
    """Take ``row`` away."""
    exchange = locked(row.exchange)
    allow(permissions.may_work_on(by, exchange))
    expect(exchange, FROM["keep_rows"])
    row.delete()
    if isinstance(row, Document) and row.file:
        row.file.discard()
    if is_public(exchange) and isinstance(row, TOLD):
        changes.note(exchange)
