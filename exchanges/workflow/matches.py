"""Matches: who could answer a need, and what both sides say to it."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from exchanges import changes, permissions
from exchanges.enums import Answer, MatchOrigin, NeedStatus, OfferStatus
from exchanges.models import Match, Need
from exchanges.workflow import telling
from exchanges.workflow.moves import allow, expect, locked, stated
from practices.refusals import TransitionError

# Matches found by the portal that score at least so much are told to both sides.
TOLD_FROM = 0.5
SIDES = ("need", "country")


@transaction.atomic
def keep(need, found):
    """Store what the matching found: ``found`` is [Candidate], the best first. Returns the matches that are new.

    What somebody has answered or proposed stays, with its score brought up to date; what the portal found before and
    nobody spoke of goes when it is found no more. The sides are told of each new match once.
    """
    need = locked(need)
    if need.status != NeedStatus.OPEN:
        return []
    stored = {match.country_id: match for match in need.matches.select_for_update(of=("self",))}
    now, new = timezone.now(), []
    for candidate in found:
        match = stored.pop(candidate.country.pk, None)
        if match is None:
            match = Match(need=need, country=candidate.country)
            new.append(match)
        match.score, match.reasons, match.updated_at = candidate.score, candidate.reasons, now
        if match.origin == MatchOrigin.SYSTEM and not match.exchange_id:
            match.offer, match.practice = candidate.offer, candidate.practice
        match.save()
    untouched = [match.pk for match in stored.values() if _is_untouched(match)]
    Match.objects.filter(pk__in=untouched).delete()
    _tell_of_found(need, [match for match in new if match.score >= TOLD_FROM])
    return new


def _is_untouched(match):
    return (
        match.origin == MatchOrigin.SYSTEM
        and match.need_answer == match.country_answer == Answer.PENDING
        and match.exchange_id is None
    )


def _tell_of_found(need, matches):
    """One message to the asking side however many there are, one to each country that could help."""
    if not matches:
        return
    telling.say(
        "match_found",
        telling.voices(need.country_id),
        key=f"{need.code}:{timezone.localdate()}",
        about=need,
        path=telling.address("assistance:matches", need.code),
    )
    for match in matches:
        telling.say(
            "match_found",
            telling.voices(match.country_id),
            key=f"{need.code}:{match.country_id}",
            about=need,
            path=telling.address("assistance:matches", need.code),
        )


@transaction.atomic
def volunteer(need, *, by, country, offer=None, note=""):
    """Say that ``country`` could answer the need, perhaps with one of its offers. Returns the Match."""
    need = locked(need)
    allow(permissions.may_volunteer(by, country.pk, need))
    match = _offered(need, country, offer)
    match.country_answer, match.country_answered_by = Answer.ACCEPTED, by
    match.country_answered_at, match.country_reason = timezone.now(), note.strip()
    match.origin = MatchOrigin.PROVIDER if match.pk is None else match.origin
    match.save()
    changes.note(need)  # it says how many countries could help
    _say("match_volunteered", match, telling.voices(need.country_id), by=by, letter=note)
    return match


@transaction.atomic
def propose(need, country, *, by, note, offer=None):
    """A broker proposes that ``country`` answers the need, and says why. Returns the Match."""
    need = locked(need)
    allow(permissions.may_broker(by, need))
    if permissions.writes_for(by, country.pk):
        raise PermissionDenied(_("A curator proposes no country of their own."))
    match = _offered(need, country, offer)
    match.origin, match.proposed_by, match.note = MatchOrigin.BROKER, by, stated(note)
    match.save()
    both = [*telling.voices(need.country_id), *telling.voices(country.pk)]
    _say("match_proposed", match, both, by=by, letter=match.note)
    return match


def _offered(need, country, offer):
    """The match of ``need`` and ``country``, kept or begun; refused where it makes no sense."""
    expect(need, {NeedStatus.OPEN})
    if country.pk == need.country_id or need.joined.filter(country=country).exists():
        raise TransitionError(_("A country does not answer its own need."), status=need.status)
    if offer and (offer.country_id != country.pk or offer.status != OfferStatus.OPEN):
        raise TransitionError(_("This offer is not open."), status=offer.status)
    match = Match.objects.select_for_update(of=("self",)).filter(need=need, country=country).first()
    match = match or Match(need=need, country=country)
    match.offer = offer or match.offer
    return match


@transaction.atomic
def answer(match, *, by, side, accept, reason=""):
    """One side accepts or declines, with a reason when it declines. ``side``: "need" or "country"."""
    need = locked(match.need)
    match = Match.objects.select_for_update(of=("self",)).select_related("need").get(pk=match.pk)
    allow(side in SIDES and permissions.may_answer_match(by, match, side))
    expect(need, {NeedStatus.OPEN, NeedStatus.MATCHED})
    if match.exchange_id:
        raise TransitionError(_("An exchange has been made of this match already."), status=need.status)
    reason = reason.strip() if accept else stated(reason)
    setattr(match, f"{side}_answer", Answer.ACCEPTED if accept else Answer.DECLINED)
    setattr(match, f"{side}_reason", reason)
    setattr(match, f"{side}_answered_by", by)
    setattr(match, f"{side}_answered_at", timezone.now())
    match.save()
    if side == "country":
        changes.note(need)
    other = match.country_id if side == "need" else need.country_id
    _say("match_accepted" if accept else "match_declined", match, telling.voices(other), by=by, letter=reason)
    return match


def moves(match, user):
    """What ``user`` could do now: a set of "accept-need", "decline-need", "accept-country", "decline-country"."""
    if match.need.status not in {NeedStatus.OPEN, NeedStatus.MATCHED} or match.exchange_id:
        return set()
    found = set()
    for side in SIDES:
        if permissions.may_answer_match(user, match, side):
            given = getattr(match, f"{side}_answer")
            found |= {f"accept-{side}"} if given != Answer.ACCEPTED else set()
            found |= {f"decline-{side}"} if given != Answer.DECLINED else set()
    return found


def _say(kind, match, users, *, by, letter=""):
    need = Need.objects.get(pk=match.need_id)
    telling.say(
        kind,
        users,
        key=f"{match.pk}:{kind}:{timezone.now().isoformat()}",
        about=need,
        path=telling.address("assistance:matches", need.code),
        by=by,
        letter=letter,
    )
