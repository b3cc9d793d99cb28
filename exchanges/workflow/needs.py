"""The moves of a need: draft → [endorsement] → open → matched → closed | withdrawn; countries that join it."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from exchanges import changes, permissions
from exchanges.enums import EventKind, NeedStatus
from exchanges.models import Match, Need, NeedCountry
from exchanges.workflow import assistance, telling
from exchanges.workflow.moves import allow, expect, locked, note_event
from practices.refusals import TransitionError

S = NeedStatus
# ``migrations/0002_moves.py`` keeps the same arrows as a second lock in the database.
NEXT = {
    S.DRAFT: {S.ENDORSEMENT, S.OPEN, S.WITHDRAWN},
    S.ENDORSEMENT: {S.OPEN, S.DRAFT, S.WITHDRAWN},
    S.OPEN: {S.MATCHED, S.CLOSED, S.WITHDRAWN},
    S.MATCHED: {S.OPEN, S.CLOSED, S.WITHDRAWN},
    S.CLOSED: set(),
    S.WITHDRAWN: set(),
}
FROM = {
    "edit": {S.DRAFT, S.OPEN},
    "send": {S.DRAFT},
    "endorse": {S.ENDORSEMENT},
    "send_back": {S.ENDORSEMENT},
    "close": {S.OPEN, S.MATCHED},
    "withdraw": {S.DRAFT, S.ENDORSEMENT, S.OPEN, S.MATCHED},
}
_WHO = {
    "edit": permissions.may_edit,
    "send": permissions.may_send,
    "endorse": permissions.may_endorse,
    "send_back": permissions.may_endorse,
    "close": permissions.may_end,
    "withdraw": permissions.may_end,
}


def moves(need, user):
    """The names of the moves that ``user`` could make now, as a set: what a page offers."""
    return {name for name, states in FROM.items() if need.status in states and _WHO[name](user, need)}


@transaction.atomic
def start(by, country, *, form_key, values):
    """Begin a need of ``country`` as a draft."""
    return assistance.start(Need, by, country, form_key=form_key, values=values)


@transaction.atomic
def edit(need, *, by, revision, values):
    """Change the text on the ``revision`` that was read; Stale when somebody saved since."""
    return assistance.edit(need, FROM["edit"], by=by, revision=revision, values=values)


@transaction.atomic
def send(need, *, by):
    """Open it, or hand it to the focal point where the country asks for endorsement."""
    return assistance.send(need, S, NEXT, by=by)


@transaction.atomic
def endorse(need, *, by):
    return assistance.endorse(need, S, NEXT, by=by)


@transaction.atomic
def send_back(need, *, by, note):
    return assistance.send_back(need, S, NEXT, by=by, note=note)


@transaction.atomic
def close(need, *, by, note):
    """Say that it is answered, or that it is over, and how."""
    return assistance.end(need, FROM["close"], S.CLOSED, EventKind.CLOSED, NEXT, by=by, note=note)


@transaction.atomic
def withdraw(need, *, by, note):
    return assistance.end(need, FROM["withdraw"], S.WITHDRAWN, EventKind.WITHDRAWN, NEXT, by=by, note=note)


@transaction.atomic
def join(need, *, by, country):
    """Say that ``country`` needs the same; one exchange may then serve both."""
    need = locked(need)
    allow(permissions.may_join_need(by, need, country.pk))
    expect(need, {S.OPEN})
    if Match.objects.filter(need=need, country=country, country_answer="accepted").exists():
        raise TransitionError(_("This country has offered to answer the need."), status=need.status)
    _joined, is_new = NeedCountry.objects.get_or_create(need=need, country=country, defaults={"joined_by": by})
    if is_new:
        Match.objects.filter(need=need, country=country, exchange=None).delete()
        event = note_event(need, EventKind.JOINED, by=by, note=country.pk)
        telling.say(
            "joined",
            telling.office(need.country_id),
            key=f"{need.code}:{event.pk}",
            about=need,
            path=assistance.path_of(need),
            by=by,
            letter=country.pk,
        )
        assistance.queue_matching(need)
        changes.note(need)
    return need


@transaction.atomic
def leave(need, *, by, country):
    """Take back that ``country`` needs the same."""
    need = locked(need)
    allow(permissions.may_join_need(by, need, country.pk))
    expect(need, {S.OPEN})
    if NeedCountry.objects.filter(need=need, country=country).delete()[0]:
        changes.note(need)
    return need


def expire_due(today=None):
    """Close the needs whose last day is over. Returns how many."""
    over = Need.objects.filter(status=S.OPEN, expires_on__lt=today or timezone.localdate())
    return sum(_expire(need) for need in over)


@transaction.atomic
def _expire(need):
    return assistance.expire(need, {S.OPEN}, S.CLOSED, NEXT)


def remind_of_expiry(now=None):
    return assistance.remind_of_expiry(Need, [S.OPEN], now)
