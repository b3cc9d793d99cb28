"""People for tests, made by plain functions."""

import itertools

from accounts.enums import COUNTRY_ROLES, Role
from accounts.models import Membership, User
from tests.make import make_country, make_organisation

PASSWORD = "a long enough pass phrase"
_numbers = itertools.count(1)


def make_user(*roles, country="BGD", email=None, **facts):
    """A person who signs in with PASSWORD and holds ``roles`` (values of Role), where needed for ``country``."""
    facts.setdefault("name", "Some Body")
    user = User.objects.create_user(email or f"person-{next(_numbers)}@example.org", PASSWORD, **facts)
    for role in roles:
        make_membership(user, role, country=country)
    return user


def make_membership(user, role, country="BGD", **facts):
    """A membership with the country or organisation that ``role`` demands."""
    if role in COUNTRY_ROLES:
        facts.setdefault("country", make_country(country))
    if role == Role.PARTNER:
        facts.setdefault("organisation", make_organisation())
    return Membership.objects.create(user=user, role=role, **facts)
