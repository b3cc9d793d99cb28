"""Changing an agreement that all sides have signed: open → agreed or dropped.

The agreed text stays in force, and is what everybody reads, until all sides have signed the change.
"""

import copy

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from exchanges import changes, permissions, terms
from exchanges.enums import AmendmentStatus, EventKind
from exchanges.models import Amendment, Signature
from exchanges.refusals import Stale
from exchanges.workflow.exchanges import FROM, refuse_incomplete, say, set_values, unsigned
from exchanges.workflow.moves import allow, checked, expect, is_public, locked, note_event, refuse, stated, write
from practices.refusals import TransitionError


def open_of(exchange):
    """The change that waits for signatures, or None."""
    return exchange.amendment_rows.filter(status=AmendmentStatus.OPEN).select_related("changed_by").first()


def head_of(exchange):
    """The revision on which a change is written now: that of the open one, else the one in force."""
    amendment = open_of(exchange)
    return amendment.revision if amendment else exchange.agreement_revision


@transaction.atomic
def propose(exchange, *, by, revision, values, reason):
    """Propose to change what is agreed to ``values`` (as ``terms.agreed`` gives them), or change that proposal.

    Every signature under a proposal before is void then. Returns the Amendment. Raises Stale when somebody saved since
    ``revision``, and ValidationError when the text is incomplete or changes nothing.
    """
    exchange = locked(exchange)
    allow(permissions.may_work_on(by, exchange))
    expect(exchange, FROM["amend"])
    if head_of(exchange) != revision:
        raise Stale(exchange)
    if not reason.strip():
        refuse("reason", _("Say why the agreement is changed: the other side reads it before it signs."))
    _refuse_unfit(exchange, values)
    amendment = open_of(exchange) or Amendment(exchange=exchange, replaces=exchange.agreement_revision)
    amendment.revision = _next_revision(exchange)
    amendment.terms, amendment.reason = terms.kept(values), reason.strip()
    amendment.changed_by, amendment.changed_at = by, timezone.now()
    amendment.save()
    event = note_event(exchange, EventKind.AMENDMENT, by=by, note=amendment.reason)
    say("amendment_proposed", exchange, by=by, key=event.pk, letter=amendment.reason)
    return amendment


def _refuse_unfit(exchange, values):
    """Nothing is proposed that could not come into force: the exchange is tried out with ``values``, unsaved."""
    if terms.kept(values) == terms.kept(terms.agreed(exchange)):
        refuse("terms", _("This is what is agreed already. Change something first."))
    trial = copy.copy(exchange)
    set_values(trial, values)
    refuse_incomplete(trial)
    checked(trial)


def _next_revision(exchange):
    """No number is given twice, also not that of a change that was dropped: signatures name it."""
    used = exchange.amendment_rows.order_by("-revision").values_list("revision", flat=True).first()
    return max(used or 0, exchange.agreement_revision) + 1


@transaction.atomic
def sign(exchange, *, by, party, revision):
    """Sign the change as ``revision`` for ``party``; with the last signature that is needed it is in force."""
    exchange = locked(exchange)
    allow(party.exchange_id == exchange.pk and permissions.may_sign(by, party))
    expect(exchange, FROM["amend"])
    amendment = _open(exchange)
    if amendment.revision != revision:
        raise Stale(exchange)
    waiting = {(row.country_id, row.organisation_id) for row in unsigned(exchange, revision)}
    if (party.country_id, party.organisation_id) not in waiting:
        raise TransitionError(_("This side has signed already."), status=exchange.status)
    Signature.objects.create(exchange=exchange, party=party, signed_by=by, revision=revision)
    event = note_event(exchange, EventKind.SIGNED, by=by, note=party.name)
    if unsigned(exchange, revision):
        say("signed", exchange, by=by, key=event.pk)
    else:
        _bring_into_force(exchange, amendment, by)
    return exchange


def _bring_into_force(exchange, amendment, by):
    """Write the text that all have signed in the place of the one before, which the amendment keeps."""
    amendment.replaced = terms.kept(terms.agreed(exchange))
    values = terms.read(amendment.terms)
    set_values(exchange, values)
    exchange.agreement_revision, exchange.updated_at = amendment.revision, timezone.now()
    write(exchange, values)
    amendment.status, amendment.ended_at = AmendmentStatus.AGREED, timezone.now()
    amendment.save()
    event = note_event(exchange, EventKind.AMENDED, by=by, note=amendment.reason)
    if is_public(exchange):
        changes.note(exchange)
    say("amended", exchange, by=None, key=event.pk, letter=amendment.reason)


@transaction.atomic
def drop(exchange, *, by, note):
    """Give the proposed change up, for a reason that the other side reads; what is agreed stays as it is."""
    exchange = locked(exchange)
    allow(permissions.may_speak_in(by, exchange))
    expect(exchange, FROM["amend"])
    amendment = _open(exchange)
    amendment.status, amendment.ended_at, amendment.ending_note = AmendmentStatus.DROPPED, timezone.now(), stated(note)
    amendment.save()
    event = note_event(exchange, EventKind.DROPPED, by=by, note=amendment.ending_note)
    say("amendment_dropped", exchange, by=by, key=event.pk, letter=amendment.ending_note)
    return exchange


def _open(exchange):
    amendment = open_of(exchange)
    if amendment is None:
        raise TransitionError(_("No change of the agreement waits for signatures any more."), status=exchange.status)
    return amendment
