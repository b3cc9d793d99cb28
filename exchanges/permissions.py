"""Who may do what with offers, needs, matches, exchanges and funds: pure questions about a person and a thing.

Whether the state allows it is asked of ``workflow``; who may read a row is ``visible_to`` in ``querysets.py``.
"""

from exchanges.models import Fund
from practices.models import CountryOffice
from practices.permissions import is_focal_point_of, writes_for


def _is_present(user):
    return user.is_authenticated and user.is_active


def may_write_for(user, country_id):
    """Officers and the focal point of the country write its offers and needs."""
    return writes_for(user, country_id)


def may_speak_for(user, country_id):
    """Whoever opens, answers and signs for a country: its focal point; any officer where it asks for no endorsement."""
    if is_focal_point_of(user, country_id):
        return True
    return writes_for(user, country_id) and country_id not in _guarded(user)


def _guarded(user):
    """Those of the countries of ``user`` that ask for endorsement; one query, kept with the person."""
    if not hasattr(user, "_guarded_countries"):
        offices = CountryOffice.objects.filter(asks_for_endorsement=True, country__in=user.country_codes)
        user._guarded_countries = set(offices.values_list("pk", flat=True))
    return user._guarded_countries


# Offers and needs


def may_edit(user, row):
    """An offer or need: anybody who writes for the country; once it is open, whoever speaks for it."""
    if row.opened_at is None:
        return writes_for(user, row.country_id)
    return may_speak_for(user, row.country_id)


def may_send(user, row):
    return writes_for(user, row.country_id)


def may_endorse(user, row):
    return is_focal_point_of(user, row.country_id)


def may_end(user, row):
    """Pause, resume, close or withdraw: whoever may change it."""
    return may_edit(user, row)


def may_join_need(user, need, country_id):
    """Another country asks for the same; its voice says so."""
    return country_id != need.country_id and may_speak_for(user, country_id)


# Matches


def may_volunteer(user, country_id, need):
    """Say for a country that it could answer the need."""
    return country_id != need.country_id and may_speak_for(user, country_id)


def may_broker(user, need):
    """A curator who does not belong to the asking country proposes who could answer it."""
    return _is_present(user) and user.is_curator and not writes_for(user, need.country_id)


def may_answer_match(user, match, side):
    """``side``: "need" for the asking country, "country" for the one that would provide."""
    return may_speak_for(user, match.need.country_id if side == "need" else match.country_id)


def may_begin_exchange(user, need):
    """The asking country makes an exchange of what both sides accepted."""
    return may_speak_for(user, need.country_id)


# Exchanges


def parties_of(user, exchange):
    """The parties that ``user`` belongs to, by country or organisation, as a list; one query for the person."""
    if not _is_present(user):
        return []
    own = user.organisation_ids
    return [
        party
        for party in exchange.parties.all()
        if (party.country_id and writes_for(user, party.country_id)) or (party.organisation_id in own)
    ]


def is_party(user, exchange):
    return bool(parties_of(user, exchange))


def may_read_inside(user, exchange):
    """Messages, budget, reports and appraisals are for the parties alone."""
    return is_party(user, exchange)


def may_work_on(user, exchange):
    """Parties keep activities, milestones, commitments and the like."""
    return is_party(user, exchange)


def may_sign(user, party):
    """The voice of the country; a member of the organisation."""
    if not _is_present(user):
        return False
    if party.country_id:
        return may_speak_for(user, party.country_id)
    return party.organisation_id in user.organisation_ids


def may_speak_in(user, exchange):
    """Whether ``user`` is the voice of one of the parties: declines, cancels, moves it on and closes it."""
    return any(may_sign(user, party) for party in parties_of(user, exchange))


def may_have_calendar(user):
    """A calendar of one's own exchanges is for those who can be a party: by country or by organisation."""
    return _is_present(user) and (user.is_officer or user.is_partner)


def may_propose_exchange(user, parties):
    """An exchange is proposed by the voice of one of its countries. ``parties``: dicts with a ``country``."""
    return any(party.get("country") and may_speak_for(user, party["country"].pk) for party in parties)


# Resources


def may_maintain_fund(user, fund):
    """Administrators maintain all funds, members of the host organisation their own."""
    if not _is_present(user):
        return False
    return user.is_administrator or (fund.organisation_id is not None and fund.organisation_id in user.organisation_ids)


def maintains_a_fund(user):
    """Whether the person maintains any fund as a member of its host organisation. One query for members of one."""
    return bool(user.organisation_ids) and Fund.objects.filter(organisation__in=user.organisation_ids).exists()


def may_add_fund(user):
    return _is_present(user) and user.is_administrator


def may_record_contribution(user, *, fund=None, exchange=None):
    """To a fund or its projects: who maintains it; to an exchange that was agreed here: its parties."""
    if fund is not None:
        return may_maintain_fund(user, fund)
    return exchange is not None and not exchange.is_recorded and may_work_on(user, exchange)
