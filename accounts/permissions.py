"""Who lets whom into the portal: pure questions about a person."""

from accounts.enums import COUNTRY_ROLES, Role

# A focal point also invites officers of their own country.
INVITED_BY_CURATORS = {Role.OFFICER, Role.FOCAL_POINT, Role.PARTNER}


def _is_present(user):
    return user.is_authenticated and user.is_active


def roles_to_invite(user):
    """The roles that ``user`` may invite others to, somewhere, in the order of Role."""
    if not _is_present(user):
        return []
    if user.is_administrator:
        return list(Role)
    roles = set(INVITED_BY_CURATORS) if user.is_curator else set()
    if user.is_focal_point:
        roles.add(Role.OFFICER)
    return [role for role in Role if role in roles]


def may_invite(user, role, country_id=None):
    """Whether ``user`` may let somebody in as ``role``, for the country with the ISO3 code ``country_id`` if any.

    Administrators everybody, curators officers, focal points and partners, focal points officers of their country.
    """
    if not _is_present(user):
        return False
    if user.is_administrator or (user.is_curator and role in INVITED_BY_CURATORS):
        return True
    return role == Role.OFFICER and country_id in focal_countries(user)


def may_see_invitations(user):
    return bool(roles_to_invite(user))


def focal_countries(user):
    """The ISO3 codes of the countries that ``user`` is the focal point of."""
    return {country for role, country, _organisation in user.held if role == Role.FOCAL_POINT}


def may_decide(user, application):
    """Who may invite to a role decides who gets it; nobody decides on their own application."""
    is_own = _is_present(user) and user.pk == application.user_id
    country_id = application.country_id if application.role in COUNTRY_ROLES else None
    return not is_own and may_invite(user, application.role, country_id)
