"""Who is told of what, and where the message leads. The words are templates/exchanges/messages/<kind>.txt."""

from django.urls import reverse
from django.utils import translation

from accounts.enums import COUNTRY_ROLES, Role
from accounts.kinds import Kind
from accounts.models import User
from accounts.outbox import tell


def office(*country_ids):
    """Everybody who writes for one of the countries."""
    return list(
        User.objects.filter(memberships__role__in=COUNTRY_ROLES, memberships__country__in=country_ids).distinct()
    )


def focal_points(country_id):
    return list(User.objects.filter(memberships__role=Role.FOCAL_POINT, memberships__country=country_id).distinct())


def voices(country_id):
    """Its focal points; all its officers where it has none."""
    return focal_points(country_id) or office(country_id)


def people_of(exchange):
    """Everybody who belongs to a party of the exchange."""
    countries = [party.country_id for party in exchange.parties.all() if party.country_id]
    organisations = [party.organisation_id for party in exchange.parties.all() if party.organisation_id]
    members = User.objects.filter(memberships__organisation__in=organisations).distinct()
    return list({user.pk: user for user in [*office(*countries), *members]}.values())


def say(kind, users, *, key, about, path, by=None, letter="", deadline=None):
    """Promise ``users`` a message about a row with a title and a code; who caused it is not told.

    ``kind``: the value of a Kind of this floor, without "exchanges.". Raises ValueError when there is none.
    """
    told = [user for user in users if by is None or user.pk != by.pk]
    tell(
        told,
        Kind(f"exchanges.{kind}"),
        key=f"exchanges.{kind}:{key}",
        about=about.code,
        path=path,
        context={
            "title": about.title,
            "code": about.code,
            "country": getattr(about, "country_id", None) or "",
            "status": about.status,
            "actor": by.name if by else "",
            "letter": letter,
            "deadline": deadline.isoformat() if deadline else "",
        },
    )


def address(name, *args):
    """The path of a page without a language prefix, as messages keep it."""
    with translation.override("en"):
        return reverse(name, args=args)
