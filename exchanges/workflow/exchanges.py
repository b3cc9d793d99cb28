"""The moves of an exchange: proposed → agreed → preparing → running → reporting → closed → followed up."""

import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.mornings import A_DAY, those_who_reached
from exchanges import changes, permissions
from exchanges.enums import (
    FOLLOW_UP_DAYS,
    AmendmentStatus,
    EventKind,
    ExchangeForm,
    ExchangeStatus,
    MilestoneStatus,
    NeedStatus,
    PartyRole,
)
from exchanges.models import (
    Amendment,
    Appraisal,
    Commitment,
    Exchange,
    FollowUp,
    Match,
    Message,
    Milestone,
    Need,
    Party,
    Signature,
)
from exchanges.workflow import needs, telling
from exchanges.workflow.moves import (
    allow,
    begin,
    checked,
    expect,
    fresh,
    locked,
    move,
    note_event,
    refuse,
    relate,
    stated,
    write,
)
from practices.refusals import TransitionError

S = ExchangeStatus
# ``migrations/0002_moves.py`` keeps the same arrows as a second lock in the database.
NEXT = {
    S.PROPOSED: {S.AGREED, S.DECLINED, S.CANCELLED},
    S.AGREED: {S.PREPARING, S.CANCELLED},
    S.PREPARING: {S.RUNNING, S.CANCELLED},
    S.RUNNING: {S.REPORTING, S.CANCELLED},
    S.REPORTING: {S.CLOSED, S.CANCELLED},
    S.CLOSED: {S.FOLLOWED_UP},
    S.FOLLOWED_UP: set(),
    S.DECLINED: set(),
    S.CANCELLED: set(),
    S.RECORDED: set(),
}
OPEN = {S.PROPOSED, S.AGREED, S.PREPARING, S.RUNNING, S.REPORTING}
FROM = {
    "edit_agreement": {S.PROPOSED},
    "amend": {S.AGREED, S.PREPARING, S.RUNNING, S.REPORTING},
    "sign": {S.PROPOSED},
    "decline": {S.PROPOSED},
    "cancel": OPEN,
    "prepare": {S.AGREED},
    "start_work": {S.PREPARING},
    "begin_reporting": {S.RUNNING},
    "close": {S.REPORTING},
    "appraise": {S.REPORTING, S.CLOSED},
    "record_follow_up": {S.CLOSED},
    "post": {*OPEN, S.CLOSED, S.FOLLOWED_UP},
    "keep_rows": {*OPEN, S.CLOSED},
}
_VOICE = {"sign", "decline", "cancel", "prepare", "start_work", "begin_reporting", "close", "record_follow_up"}
SIGNING_ROLES = (PartyRole.PROVIDER, PartyRole.BENEFICIARY)
AGREEMENT_FIELDS = (
    "title",
    "form",
    "language",
    "topic",
    "objective",
    "outputs",
    "cost_share",
    "starts_on",
    "ends_on",
    "modalities",
    "languages",
    "challenge_areas",
    "topics",
    "practices",
    "visibility",
)


def moves(exchange, user):
    """The names of the moves that ``user`` could make now, as a set: what a page offers."""
    if not permissions.is_party(user, exchange):
        return set()
    speaks = permissions.may_speak_in(user, exchange)
    found = {name for name, states in FROM.items() if exchange.status in states and (speaks or name not in _VOICE)}
    if "sign" in found and not unsigned_of(exchange, user):
        found.remove("sign")
    return found


def unsigned_of(exchange, user, revision=None):
    """The parties for which ``user`` could still sign the agreement as it stands, or another ``revision`` of it."""
    missing = {party.pk for party in unsigned(exchange, revision)}
    return [
        party
        for party in permissions.parties_of(user, exchange)
        if party.pk in missing and permissions.may_sign(user, party)
    ]


def unsigned(exchange, revision=None):
    """The parties whose signature the agreement, or another ``revision`` of it, still needs: every one that provides or
    benefits, once."""
    signed = set(
        Signature.objects.filter(exchange=exchange, revision=revision or exchange.agreement_revision).values_list(
            "party__country_id", "party__organisation_id"
        )
    )
    waiting = {}
    for party in exchange.parties.all():
        key = (party.country_id, party.organisation_id)
        if party.role in SIGNING_ROLES and key not in signed:
            waiting.setdefault(key, party)
    return list(waiting.values())


# Beginning


@transaction.atomic
def propose(by, *, form_key, values, parties, need=None, matches=()):
    """Begin an exchange between ``parties``: [{"country" or "organisation", "role", "phase", "institution"}].

    Raises ValidationError unless there are a country that provides and another one that benefits.
    """
    if not permissions.may_propose_exchange(by, parties):
        raise PermissionDenied(_("An exchange is proposed by a country that takes part in it."))
    _refuse_unfit_parties(parties)

    def make():
        exchange = Exchange(proposed_by=by, form_key=form_key, need=need)
        set_values(exchange, values)
        return exchange, write_rest

    def write_rest(exchange):
        relate(exchange, values)
        _write_parties(exchange, parties)
        Match.objects.filter(pk__in=[match.pk for match in matches]).update(exchange=exchange)
        event = note_event(exchange, EventKind.PROPOSED, by=by)
        say("proposed", exchange, by=by, key=event.pk)

    return begin(Exchange, by, form_key, make)


@transaction.atomic
def from_matches(matches, *, by, form_key, title=""):
    """Make one exchange of accepted matches of one need: several providers are pooled, joined countries benefit too.

    The need becomes matched. Returns the Exchange.
    """
    if not matches or len({match.need_id for match in matches}) != 1:
        raise TransitionError(_("Choose at least one country that both sides accepted."))
    need = locked(matches[0].need)
    known = Exchange.objects.filter(form_key=form_key, proposed_by=by).first()
    if known:
        return known
    allow(permissions.may_begin_exchange(by, need))
    expect(need, {NeedStatus.OPEN})
    matches = list(
        Match.objects.select_for_update(of=("self",))
        .filter(pk__in=[match.pk for match in matches])
        .select_related("country", "practice", "offer__organisation")
    )
    if any(not match.is_accepted or match.exchange_id for match in matches):
        raise TransitionError(_("Choose at least one country that both sides accepted."), status=need.status)
    exchange = propose(
        by,
        form_key=form_key,
        values=_values_of(need, matches, title),
        parties=_parties_of(need, matches),
        need=need,
        matches=matches,
    )
    move(need, NeedStatus.MATCHED, EventKind.MATCHED, by=by, note=exchange.code, arrows=needs.NEXT)
    return exchange


def _values_of(need, matches, title):
    countries_count = 1 + len(matches) + need.joined.count()
    practices = {match.practice_id: match.practice for match in matches if match.practice}
    if need.practice_id:
        practices[need.practice_id] = need.practice
    return {
        "title": title or need.title,
        "language": need.language,
        "topic": need.summary,
        "objective": need.outcome,
        "form": ExchangeForm.BILATERAL if countries_count == 2 else ExchangeForm.REGIONAL,
        "starts_on": need.starts_on,
        "ends_on": need.ends_on,
        "modalities": need.modalities,
        "languages": need.languages,
        "visibility": need.visibility,
        "challenge_areas": list(need.challenge_areas.all()),
        "topics": list(need.topics.all()),
        "practices": list(practices.values()),
    }


def _parties_of(need, matches):
    asking = [need.country, *(joined.country for joined in need.joined.select_related("country"))]
    providing = [
        {
            "country": match.country,
            "role": PartyRole.PROVIDER,
            "institution": match.offer.organisation.name if match.offer and match.offer.organisation else "",
        }
        for match in matches
    ]
    return providing + [{"country": country, "role": PartyRole.BENEFICIARY} for country in asking]


def _refuse_unfit_parties(parties):
    providing = {
        party["country"].pk for party in parties if party.get("country") and party["role"] == PartyRole.PROVIDER
    }
    benefiting = {
        party["country"].pk for party in parties if party.get("country") and party["role"] == PartyRole.BENEFICIARY
    }
    if not providing or not benefiting:
        refuse("parties", _("Name a country that provides and a country that benefits."))
    if len(providing | benefiting) < 2:
        refuse("parties", _("A country has no exchange with itself. Name another country."))
    seen = {}
    for party in parties:
        key = (party.get("country") or party.get("organisation")).pk, bool(party.get("country"))
        phase = party.get("phase", "")
        others = seen.setdefault(key, {})
        if phase in others or (others and "" in {phase, *others}):
            refuse("parties", _("A party plays one role in a phase. Choose other phases, or leave one of them out."))
        others[phase] = party["role"]


def _write_parties(exchange, parties):
    for position, party in enumerate(parties):
        Party.objects.create(
            exchange=exchange,
            country=party.get("country"),
            organisation=party.get("organisation"),
            role=party["role"],
            phase=party.get("phase", ""),
            institution=party.get("institution", ""),
            position=position,
        )


def set_values(exchange, values):
    many = {field.name for field in Exchange._meta.many_to_many}
    for name, value in values.items():
        if name not in many:
            setattr(exchange, name, value)
    _set_years(exchange)


def _set_years(exchange):
    """Lists filter by years; those of an exchange with days are the years of its days."""
    exchange.start_year = exchange.starts_on.year if exchange.starts_on else None
    exchange.end_year = exchange.ends_on.year if exchange.ends_on else None


# The agreement


@transaction.atomic
def edit_agreement(exchange, *, by, revision, values, parties=None):
    """Change the agreement, on the ``revision`` that was read; every signature so far is void then.

    Raises Stale when another side saved since: nothing is written.
    """
    exchange = locked(exchange)
    allow(permissions.may_work_on(by, exchange))
    expect(exchange, FROM["edit_agreement"])
    fresh(exchange, revision, "agreement_revision")
    values = {name: value for name, value in values.items() if name in AGREEMENT_FIELDS}
    exchange.agreement_revision += 1
    exchange.updated_at = timezone.now()
    set_values(exchange, values)
    write(exchange, values)
    if parties is not None:
        _replace_parties(exchange, parties, by)
    event = note_event(exchange, EventKind.EDITED, by=by)
    say("agreement_changed", exchange, by=by, key=event.pk)
    return exchange


def _replace_parties(exchange, parties, by):
    """Write ``parties`` in the place of those that stand; what a party left behind (a signature) keeps its row."""
    _refuse_unfit_parties(parties)
    if not permissions.may_propose_exchange(by, parties) and not any(party.get("organisation") for party in parties):
        refuse("parties", _("Your own country has to stay a party."))
    kept = {}
    for row in exchange.parties.all():
        kept[row.country_id, row.organisation_id, row.phase] = row
    wanted = []
    for position, party in enumerate(parties):
        country, organisation = party.get("country"), party.get("organisation")
        key = (country and country.pk, organisation and organisation.pk, party.get("phase", ""))
        row = kept.pop(key, None) or Party(
            exchange=exchange, country=country, organisation=organisation, phase=party.get("phase", "")
        )
        row.role, row.institution, row.position = party["role"], party.get("institution", ""), position
        wanted.append(row)
    for row in kept.values():
        if row.signatures.exists() or row.commitments.exists() or row.budget_lines.exists() or row.reports.exists():
            refuse(
                "parties", _("“%(party)s” has signed or promised something and stays a party.") % {"party": row.name}
            )
        row.delete()
    for row in wanted:
        row.save()


@transaction.atomic
def sign(exchange, *, by, party, revision):
    """Sign the agreement as ``revision`` for ``party``; with the last signature that is needed it is agreed."""
    exchange = locked(exchange)
    allow(party.exchange_id == exchange.pk and permissions.may_sign(by, party))
    expect(exchange, FROM["sign"])
    fresh(exchange, revision, "agreement_revision")
    refuse_incomplete(exchange)
    waiting = {(row.country_id, row.organisation_id) for row in unsigned(exchange)}
    if (party.country_id, party.organisation_id) not in waiting:
        raise TransitionError(_("This side has signed already."), status=exchange.status)
    Signature.objects.create(exchange=exchange, party=party, signed_by=by, revision=exchange.agreement_revision)
    event = note_event(exchange, EventKind.SIGNED, by=by, note=party.name)
    if unsigned(exchange):
        say("signed", exchange, by=by, key=event.pk)
        return exchange
    exchange.published_at = timezone.now()
    event = move(exchange, S.AGREED, EventKind.AGREED, by=by, arrows=NEXT)
    say("agreed", exchange, by=None, key=event.pk)
    return exchange


def refuse_incomplete(exchange):
    """What every agreement says."""
    for name in ("objective", "outputs", "cost_share"):
        if not getattr(exchange, name).strip():
            refuse(name, _("The agreement says this before anybody signs it."))
    for name in ("starts_on", "ends_on"):
        if getattr(exchange, name) is None:
            refuse(name, _("The agreement names its first and its last day."))


@transaction.atomic
def decline(exchange, *, by, note):
    """Say no to a proposal, for a reason that the other side reads; the need is open again."""
    return _end(exchange, "decline", S.DECLINED, EventKind.DECLINED, "declined", by, note)


@transaction.atomic
def cancel(exchange, *, by, note):
    """End it before it was carried out."""
    return _end(exchange, "cancel", S.CANCELLED, EventKind.CANCELLED, "cancelled", by, note)


def _end(exchange, name, to, kind, message, by, note):
    exchange = _taken(exchange, name, by)
    need = _its_need(exchange)
    exchange.ending_note = stated(note)
    _drop_amendment(exchange)
    event = move(exchange, to, kind, by=by, note=exchange.ending_note, arrows=NEXT)
    say(message, exchange, by=by, key=event.pk, letter=exchange.ending_note)
    if need:
        _reopen(need, exchange, by)
    return exchange


def _its_need(exchange):
    """The need that ``exchange`` answers, or None. Locked before the exchange moves: after a move nobody else publishes
    until the end, and whoever moves the need itself, and waits for that, has it locked.
    """
    return locked(Need(pk=exchange.need_id)) if exchange.need_id else None


def _drop_amendment(exchange):
    """A change that not all have signed when the exchange ends is not made any more."""
    open_one = Amendment.objects.filter(exchange=exchange, status=AmendmentStatus.OPEN)
    open_one.update(status=AmendmentStatus.DROPPED, ended_at=timezone.now())


def _reopen(need, exchange, by):
    """The need of an exchange that fell through is open again, unless another one answers it."""
    Match.objects.filter(exchange=exchange).update(exchange=None)
    others = Exchange.objects.filter(need=need).exclude(status__in=[S.DECLINED, S.CANCELLED])
    if need.status == NeedStatus.MATCHED and not others.exists():
        move(need, NeedStatus.OPEN, EventKind.REOPENED, by=by, note=exchange.code, arrows=needs.NEXT)


# From the agreement to the closing


@transaction.atomic
def prepare(exchange, *, by):
    return _advance(exchange, "prepare", S.PREPARING, EventKind.PREPARING, by)


@transaction.atomic
def start_work(exchange, *, by):
    return _advance(exchange, "start_work", S.RUNNING, EventKind.STARTED, by)


@transaction.atomic
def begin_reporting(exchange, *, by):
    return _advance(exchange, "begin_reporting", S.REPORTING, EventKind.REPORTING, by)


def _advance(exchange, name, to, kind, by):
    exchange = _taken(exchange, name, by)
    event = move(exchange, to, kind, by=by, arrows=NEXT)
    say("moved", exchange, by=by, key=event.pk)
    return exchange


@transaction.atomic
def close(exchange, *, by, lessons, outcome):
    """Close it with its lessons and what came of it; three checks follow."""
    exchange = _taken(exchange, "close", by)
    need = _its_need(exchange)
    if not lessons.strip():
        refuse("lessons", _("Write down what was learnt: without lessons an exchange stays open."))
    if not outcome.strip():
        refuse("outcome", _("Say what came of it."))
    exchange.lessons, exchange.outcome, exchange.closed_at = lessons.strip(), outcome.strip(), timezone.now()
    _drop_amendment(exchange)
    event = move(exchange, S.CLOSED, EventKind.CLOSED, by=by, arrows=NEXT)
    today = timezone.localdate()
    FollowUp.objects.bulk_create(
        FollowUp(exchange=exchange, days=days, due_on=today + datetime.timedelta(days=days)) for days in FOLLOW_UP_DAYS
    )
    say("closed", exchange, by=by, key=event.pk)
    if need and need.status == NeedStatus.MATCHED:
        need.closed_at = timezone.now()
        move(need, NeedStatus.CLOSED, EventKind.CLOSED, by=by, note=exchange.code, arrows=needs.NEXT)
    return exchange


@transaction.atomic
def appraise(exchange, *, by, party, values):
    """One side judges the exchange; it may change its mind until the follow-ups are done. Returns the Appraisal."""
    exchange = locked(exchange)
    allow(party.exchange_id == exchange.pk and permissions.may_sign(by, party))
    expect(exchange, FROM["appraise"])
    appraisal = Appraisal.objects.select_for_update(of=("self",)).filter(party=party).first()
    appraisal = appraisal or Appraisal(exchange=exchange, party=party)
    appraisal.author = by
    write(appraisal, values)
    note_event(exchange, EventKind.APPRAISED, by=by, note=party.name)
    return appraisal


@transaction.atomic
def record_follow_up(follow_up, *, by, outcome, note, adoption=None):
    """Say what is left of the exchange some time after; the last of the three checks ends it."""
    exchange = _taken(follow_up.exchange, "record_follow_up", by)
    follow_up = FollowUp.objects.select_for_update(of=("self",)).get(pk=follow_up.pk, exchange=exchange)
    if follow_up.done_at:
        raise TransitionError(_("This check has been made already."), status=exchange.status)
    if adoption and not exchange.practices.filter(pk=adoption.practice_id).exists():
        refuse("adoption", _("This adoption is of a practice that was not part of the exchange."))
    follow_up.outcome, follow_up.note = outcome, note.strip()
    follow_up.done_at, follow_up.done_by = timezone.now(), by
    checked(follow_up)
    follow_up.save()
    if adoption:
        exchange.adoptions.add(adoption)
    changes.note(exchange)  # and the impact page counts how many needs were followed up
    if not exchange.followup_rows.filter(done_at=None).exists():
        move(exchange, S.FOLLOWED_UP, EventKind.FOLLOWED_UP, by=by, arrows=NEXT)
    return follow_up


@transaction.atomic
def post(exchange, *, by, text):
    """Write to the other parties. Returns the Message."""
    exchange = locked(exchange)
    allow(permissions.may_read_inside(by, exchange))
    expect(exchange, FROM["post"])
    message = Message.objects.create(exchange=exchange, author=by, text=stated(text))
    say("message", exchange, by=by, key=f"message-{message.pk}", letter=message.text, part="messages")
    return message


def _taken(exchange, name, by):
    """The locked exchange, once person and state allow the move ``name``."""
    exchange = locked(exchange)
    allow(permissions.is_party(by, exchange) and (name not in _VOICE or permissions.may_speak_in(by, exchange)))
    expect(exchange, FROM[name])
    return exchange


# Telling


def path_of(exchange, part=None):
    if part:
        return telling.address("assistance:exchange-part", exchange.code, part)
    return telling.address("assistance:exchange", exchange.code)


def say(kind, exchange, *, by, key, letter="", part=None, deadline=None):
    telling.say(
        kind,
        telling.people_of(exchange),
        key=f"{exchange.code}:{key}",
        about=exchange,
        path=path_of(exchange, part),
        by=by,
        letter=letter,
        deadline=deadline,
    )


def remind(now=None):
    """Remind the parties of what is due: milestones and commitments in a week, follow-ups from their day on.

    ``now``: an aware datetime. Each person is reminded of each once, in their morning. Returns how many rows are due.
    """
    now = now or timezone.now()
    week = datetime.timedelta(days=7)
    # What has been due for a month was spoken of.
    since, soon, today = now.date() - datetime.timedelta(days=30), now.date() + week + A_DAY, now.date() + A_DAY
    count = 0
    milestones = Milestone.objects.exclude(status=MilestoneStatus.DONE).filter(due_on__range=(since, soon))
    commitments = Commitment.objects.filter(done_on=None, due_on__range=(since, soon))
    for rows, part in ((milestones, "milestones"), (commitments, "milestones")):
        for row in rows.filter(exchange__status__in=OPEN).select_related("exchange"):
            key = f"{row._meta.model_name}-{row.pk}-{row.due_on}"
            count += _remind_of("due", row, since=row.due_on - week, now=now, key=key, part=part)
    checks = FollowUp.objects.due(today).filter(exchange__status=S.CLOSED, due_on__gte=since)
    for row in checks.select_related("exchange"):
        count += _remind_of("follow_up", row, since=row.due_on, now=now, key=f"follow-up-{row.days}")
    return count


def _remind_of(kind, row, *, since, now, key, part=None):
    """Tell whoever has reached the day ``since`` that ``row`` is due. Returns whether anybody has."""
    exchange = row.exchange
    users = those_who_reached(telling.people_of(exchange), since, now)
    with transaction.atomic():
        telling.say(
            kind,
            users,
            key=f"{exchange.code}:{key}",
            about=exchange,
            path=path_of(exchange, part),
            deadline=row.due_on,
        )
    return bool(users)
