"""``manage.py load_demo``: seven accounts for a newcomer to try the portal, and work under way. Never in production."""

from django.conf import settings
from django.contrib.auth.models import Permission
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.enums import OrganisationKind, Role
from accounts.models import Membership, Organisation, User
from countries.models import Country
from practices.models import ChallengeArea
from ssc_portal.demo import ACCOUNTS, PARTNER_ORGANISATION
from ssc_portal.demo_assistance import load_demo_assistance
from ssc_portal.demo_work import load_demo_work


class Command(BaseCommand):
    help = "Make the demo accounts with the password of SSC_DEMO_PASSWORD. Harmless to repeat; refused in production."

    @transaction.atomic
    def handle(self, **options):
        if settings.IS_PRODUCTION:
            raise CommandError(_("Demo accounts have a public password; a production must not have them."))
        partner, _made = Organisation.objects.get_or_create(
            slug=PARTNER_ORGANISATION[0],
            defaults={"name": PARTNER_ORGANISATION[1], "kind": OrganisationKind.NGO},
        )
        for account in ACCOUNTS:
            user, _made = User.objects.get_or_create(
                email=account.email,
                defaults={"name": account.name, "language": account.language, "time_zone": account.time_zone},
            )
            if not user.check_password(settings.DEMO_PASSWORD):
                user.set_password(settings.DEMO_PASSWORD)
                user.save()
            Membership.objects.get_or_create(
                user=user,
                role=account.role,
                country=_country(account.country),
                organisation=partner if account.role == Role.PARTNER else None,
            )
            if account.role == Role.ADMINISTRATOR:
                _open_the_desk(user)
        self.stdout.write(_("%(number)d demo accounts.") % {"number": len(ACCOUNTS)})
        if ChallengeArea.objects.exists():
            count = load_demo_work()
            self.stdout.write(_("%(number)d case studies under way.") % {"number": count})
            count = load_demo_assistance()
            self.stdout.write(_("%(number)d offers, needs and exchanges under way.") % {"number": count})


def _country(iso3):
    if not iso3:
        return None
    try:
        return Country.objects.get(iso3=iso3)
    except Country.DoesNotExist as missing:
        raise CommandError(_("There are no countries yet. Run “manage.py load_fixtures” first.")) from missing


def _open_the_desk(user):
    """Let ``user`` into the desk, to maintain people and reference data; what is reviewed changes elsewhere."""
    if not user.is_staff:
        user.is_staff = True
        user.save()
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label__in=["accounts", "countries", "exchanges", "practices"])
    )
