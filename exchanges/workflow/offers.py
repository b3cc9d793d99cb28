"""The moves of an offer: draft → [endorsement] → open ⇄ paused → closed | expired."""

from django.db import transaction
from django.utils import timezone

from exchanges import permissions
from exchanges.enums import EventKind, OfferStatus
from exchanges.models import Offer
from exchanges.workflow import assistance
from exchanges.workflow.moves import allow, expect, locked, move

S = OfferStatus
# ``migrations/0002_moves.py`` keeps the same arrows as a second lock in the database.
NEXT = {
    S.DRAFT: {S.ENDORSEMENT, S.OPEN, S.CLOSED},
    S.ENDORSEMENT: {S.OPEN, S.DRAFT, S.CLOSED},
    S.OPEN: {S.PAUSED, S.CLOSED, S.EXPIRED},
    S.PAUSED: {S.OPEN, S.CLOSED, S.EXPIRED},
    S.CLOSED: set(),
    S.EXPIRED: set(),
}
FROM = {
    "edit": {S.DRAFT, S.OPEN, S.PAUSED},
    "send": {S.DRAFT},
    "endorse": {S.ENDORSEMENT},
    "send_back": {S.ENDORSEMENT},
    "pause": {S.OPEN},
    "resume": {S.PAUSED},
    "close": {S.DRAFT, S.ENDORSEMENT, S.OPEN, S.PAUSED},
}
_WHO = {
    "edit": permissions.may_edit,
    "send": permissions.may_send,
    "endorse": permissions.may_endorse,
    "send_back": permissions.may_endorse,
    "pause": permissions.may_end,
    "resume": permissions.may_end,
    "close": permissions.may_end,
}


def moves(offer, user):
    """The names of the moves that ``user`` could make now, as a set: what a page offers."""
    return {name for name, states in FROM.items() if offer.status in states and _WHO[name](user, offer)}


@transaction.atomic
def start(by, country, *, form_key, values):
    """Begin an offer of ``country`` as a draft."""
    return assistance.start(Offer, by, country, form_key=form_key, values=values)


@transaction.atomic
def edit(offer, *, by, revision, values):
    """Change the text on the ``revision`` that was read; Stale when somebody saved since."""
    return assistance.edit(offer, FROM["edit"], by=by, revision=revision, values=values)


@transaction.atomic
def send(offer, *, by):
    """Open it, or hand it to the focal point where the country asks for endorsement."""
    return assistance.send(offer, S, NEXT, by=by)


@transaction.atomic
def endorse(offer, *, by):
    return assistance.endorse(offer, S, NEXT, by=by)


@transaction.atomic
def send_back(offer, *, by, note):
    return assistance.send_back(offer, S, NEXT, by=by, note=note)


@transaction.atomic
def pause(offer, *, by):
    """Take it off the lists for a while."""
    offer = locked(offer)
    allow(permissions.may_end(by, offer))
    expect(offer, FROM["pause"])
    move(offer, S.PAUSED, EventKind.PAUSED, by=by, arrows=NEXT)
    return offer


@transaction.atomic
def resume(offer, *, by):
    offer = locked(offer)
    allow(permissions.may_end(by, offer))
    expect(offer, FROM["resume"])
    move(offer, S.OPEN, EventKind.RESUMED, by=by, arrows=NEXT)
    assistance.queue_matching(offer)
    return offer


@transaction.atomic
def close(offer, *, by, note):
    return assistance.end(offer, FROM["close"], S.CLOSED, EventKind.CLOSED, NEXT, by=by, note=note)


def expire_due(today=None):
    """Close the offers whose last day is over. Returns how many."""
    over = Offer.objects.filter(status__in=[S.OPEN, S.PAUSED], expires_on__lt=today or timezone.localdate())
    return sum(_expire(offer) for offer in over)


@transaction.atomic
def _expire(offer):
    return assistance.expire(offer, {S.OPEN, S.PAUSED}, S.EXPIRED, NEXT)


def remind_of_expiry(now=None):
    return assistance.remind_of_expiry(Offer, [S.OPEN, S.PAUSED], now)
