"""What offers and needs have in common: beginning, changing, sending, endorsing, expiring."""

import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.mornings import A_DAY, day_of
from accounts.tasks import nudge
from exchanges import changes, permissions
from exchanges.enums import EXPIRY_REMINDER_DAYS, EventKind
from exchanges.workflow import telling
from exchanges.workflow.moves import (
    allow,
    begin,
    expect,
    fresh,
    is_public,
    locked,
    move,
    note_event,
    refuse,
    relate,
    stated,
    write,
)


def start(model, by, country, *, form_key, values):
    """Begin an offer or need of ``country`` as a draft. The same ``form_key`` again gives the row that it began."""
    if not permissions.may_write_for(by, country.pk):
        raise PermissionDenied(_("Only the officers of a country write what it offers and needs."))

    def make():
        row = model(country=country, lead=by, form_key=form_key)
        many = {field.name for field in model._meta.many_to_many}
        for name, value in values.items():
            if name not in many:
                setattr(row, name, value)
        return row, write_rest

    def write_rest(row):
        relate(row, values)
        note_event(row, EventKind.CREATED, by=by)

    return begin(model, by, form_key, make)


def edit(row, states, *, by, revision, values):
    """Change the text, on the ``revision`` that ``by`` read. Raises Stale when somebody saved since."""
    row = locked(row)
    allow(permissions.may_edit(by, row))
    expect(row, states)
    fresh(row, revision)
    row.revision += 1
    row.updated_at = timezone.now()
    write(row, values)
    if row.opened_at:
        note_event(row, EventKind.EDITED, by=by)
        queue_matching(row)
    if is_public(row):
        changes.note(row)
    return row


def send(row, S, arrows, *, by):
    """Open it, or hand it to the focal point where the country asks for endorsement."""
    row = locked(row)
    allow(permissions.may_send(by, row))
    expect(row, {S.DRAFT})
    _refuse_incomplete(row)
    if permissions.may_speak_for(by, row.country_id):
        return open_(row, S, arrows, by=by)
    event = move(row, S.ENDORSEMENT, EventKind.ASKED_ENDORSEMENT, by=by, arrows=arrows)
    _say("asked_endorsement", row, telling.focal_points(row.country_id), event)
    return row


def endorse(row, S, arrows, *, by):
    """Open it for the country."""
    row = locked(row)
    allow(permissions.may_endorse(by, row))
    expect(row, {S.ENDORSEMENT})
    row.endorsed_by = by
    return open_(row, S, arrows, by=by)


def open_(row, S, arrows, *, by):
    row.opened_at = row.opened_at or timezone.now()
    event = move(row, S.OPEN, EventKind.OPENED, by=by, arrows=arrows)
    _say("opened", row, telling.office(row.country_id), event)
    queue_matching(row)
    return row


def send_back(row, S, arrows, *, by, note):
    """Give it back to its authors, with what the focal point wants changed."""
    row = locked(row)
    allow(permissions.may_endorse(by, row))
    expect(row, {S.ENDORSEMENT})
    event = move(row, S.DRAFT, EventKind.SENT_BACK, by=by, note=stated(note), arrows=arrows)
    _say("sent_back", row, [row.lead], event)
    return row


def end(row, states, to, kind, arrows, *, by, note):
    """Close or withdraw it, and say why."""
    row = locked(row)
    allow(permissions.may_end(by, row))
    expect(row, states)
    row.closed_at, row.closing_note = timezone.now(), stated(note)
    event = move(row, to, kind, by=by, note=row.closing_note, arrows=arrows)
    _say("closed", row, telling.office(row.country_id), event)
    return row


def expire(row, states, to, arrows):
    """Close what is over by its own date; the calendar acts, nobody is named."""
    row = locked(row)
    if row.status not in states or not row.is_expiring:
        return False
    row.closed_at = timezone.now()
    event = move(row, to, EventKind.EXPIRED, by=None, arrows=arrows)
    _say("expired", row, telling.office(row.country_id), event)
    return True


def remind_of_expiry(model, states, now=None):
    """Remind the country of what expires soon, once for each of EXPIRY_REMINDER_DAYS, each person in their morning.

    ``now``: an aware datetime. Returns of how many rows somebody has to be told.
    """
    now = now or timezone.now()
    first, last = now.date() - A_DAY, now.date() + A_DAY + datetime.timedelta(days=max(EXPIRY_REMINDER_DAYS))
    rows = model.objects.filter(status__in=states, expires_on__gte=first, expires_on__lte=last)
    count = 0
    for row in rows:
        due = {}
        for user in telling.office(row.country_id):
            left = (row.expires_on - day_of(user, now)).days
            days = min((days for days in EXPIRY_REMINDER_DAYS if 0 <= left <= days), default=None)
            if days:
                due.setdefault(days, []).append(user)
        for days, users in due.items():
            with transaction.atomic():
                telling.say(
                    "expiring",
                    users,
                    key=f"{row.code}:{row.expires_on}:{days}",
                    about=row,
                    path=path_of(row),
                    deadline=row.expires_on,
                )
        count += bool(due)
    return count


def _refuse_incomplete(row):
    """What every reader needs before it is let out."""
    if not row.summary.strip():
        refuse("summary", _("Say in a few sentences what it is about."))
    if not row.modalities:
        refuse("modalities", _("Choose at least one form of assistance."))
    if not row.languages:
        refuse("languages", _("Choose at least one working language."))
    if not row.challenge_areas.exists():
        refuse("challenge_areas", _("Choose at least one challenge area."))
    if row.is_expiring:
        refuse("expires_on", _("This day is over. Choose a later one."))


def path_of(row):
    return telling.address(f"exchanges:{row._meta.model_name}", row.code)


def _say(kind, row, users, event):
    telling.say(
        kind,
        users,
        key=f"{row.code}:{event.pk}",
        about=row,
        path=path_of(row),
        by=event.actor,
        letter=event.note,
        deadline=row.expires_on,
    )


def queue_matching(row):
    """Let a worker look for who fits, once this is committed; the daily task makes up for a lost queue."""
    from exchanges import tasks

    task = getattr(tasks, f"match_{row._meta.model_name}")
    transaction.on_commit(lambda: nudge(task, row.pk))
