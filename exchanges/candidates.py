"""Who could answer a need, as one reader may see it: for the asking country all, for one that could help its own."""

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from exchanges import permissions
from exchanges.enums import Answer, MatchOrigin
from exchanges.models import Match


def candidates(need, user):
    """The matches of ``need`` that ``user`` may see, for cards, in the order of the page. Raises PermissionDenied."""
    rows = sorted(Match.objects.visible_to(user).filter(need=need).for_cards(), key=_place)
    is_asking = permissions.may_write_for(user, need.country_id)
    if not (is_asking or is_brokered_by(user, need) or rows):
        raise PermissionDenied(_("Only the countries concerned and curators see who could answer a need."))
    return rows


def is_brokered_by(user, need):
    """Whether ``user`` looks for somebody who answers ``need``, which is or was open."""
    return permissions.may_broker(user, need) and need.opened_at is not None


def _place(match):
    """What people took up comes first, then the portal's ideas by how well they fit, and what was declined last."""
    is_taken_up = match.origin != MatchOrigin.SYSTEM or Answer.ACCEPTED in (match.need_answer, match.country_answer)
    return match.is_declined, not match.is_accepted, not is_taken_up, -match.score, match.country.name


def by_weight(reasons):
    """The stored ``reasons`` of a match, the weightiest first."""
    return sorted(reasons, key=lambda reason: -reason["points"] * reason["weight"])
