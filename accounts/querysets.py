"""Which people and which memberships."""

import datetime

from django.contrib.auth.models import BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.enums import COUNTRY_ROLES, ApplicationStatus, Channel, InvitationStatus, Role, WebhookStatus
from accounts.permissions import INVITED_BY_CURATORS, focal_countries

# For so long an answer is given again to whoever sends the same request with the same Idempotency-Key.
ANSWERS_KEPT = datetime.timedelta(hours=24)


class MembershipQuerySet(models.QuerySet):
    def in_countries(self):
        """Memberships by which somebody writes for a country."""
        return self.filter(role__in=COUNTRY_ROLES)

    def of_curators(self):
        return self.filter(role=Role.CURATOR)

    def named_for(self, user):
        """What ``user`` holds as the audit names it: {"officer BGD", "partner some-organisation", "curator"}."""
        rows = self.filter(user=user).values_list("role", "country_id", "organisation__slug")
        return {" ".join(part for part in row if part) for row in rows}


class _JoiningQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Rows about roles that ``user`` may let people into; without such a role, none."""
        rows = Q(pk__in=[])
        if user.is_authenticated and user.is_administrator:
            return self.all()
        if user.is_authenticated and user.is_curator:
            rows |= Q(role__in=INVITED_BY_CURATORS)
        if user.is_authenticated and user.is_focal_point:
            rows |= Q(role=Role.OFFICER, country__in=focal_countries(user))
        return self.filter(rows)


class InvitationQuerySet(_JoiningQuerySet):
    def open(self):
        return self.filter(status=InvitationStatus.OPEN, expires_at__gt=timezone.now())


class ApplicationQuerySet(_JoiningQuerySet):
    def waiting(self):
        return self.filter(status=ApplicationStatus.WAITING)

    def undecided(self):
        return self.filter(status__in=[ApplicationStatus.UNCONFIRMED, ApplicationStatus.WAITING])


class ApiKeyQuerySet(models.QuerySet):
    def current(self):
        """Keys that open something: neither revoked nor expired."""
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())

    def ended(self):
        return self.exclude(revoked_at=None, expires_at__gt=timezone.now())


class OutboxQuerySet(models.QuerySet):
    def still_to_send(self):
        """What will be sent, by itself or in the e-mail of a day."""
        return self.filter(sent_at=None, dead_at=None).exclude(channel=Channel.LIST_ONLY)

    def waiting(self):
        """What will be sent by itself: now, or when it is tried again."""
        return self.filter(channel=Channel.AT_ONCE, sent_at=None, dead_at=None)

    def for_daily_mail(self):
        """What waits for the e-mail of the day of its reader."""
        return self.filter(channel=Channel.DAILY, sent_at=None, dead_at=None)

    def undeliverable(self):
        """What was given up."""
        return self.exclude(dead_at=None)


class WebhookQuerySet(models.QuerySet):
    def listening(self):
        """Those that are told of what happens now."""
        return self.filter(status=WebhookStatus.ACTIVE, user__is_active=True)


DEMO_DOMAIN = "demo.example"


class KeptAnswerQuerySet(models.QuerySet):
    def current(self):
        """Answers that are still given again."""
        return self.filter(created_at__gt=timezone.now() - ANSWERS_KEPT)

    def outlived(self):
        """Answers that nobody is given any more."""
        return self.filter(created_at__lte=timezone.now() - ANSWERS_KEPT)


class UserManager(BaseUserManager):
    """Makes people from e-mail addresses and finds them again, however the address is capitalised."""

    def create_user(self, email, password=None, **fields):
        """Make a person who signs in with ``email``. Without a password nobody can sign in as them.

        Raises ValueError without an address, IntegrityError when the address is taken.
        """
        if not email:
            raise ValueError("A person needs an e-mail address.")
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email, password=None, **fields):
        """Make a person who may do everything in the desk (``manage.py createsuperuser``)."""
        return self.create_user(email, password, **{**fields, "is_staff": True, "is_superuser": True})

    def get_by_natural_key(self, email):
        return self.get(email=self.normalize_email(email))

    @classmethod
    def normalize_email(cls, email):
        """An address as it is stored: trimmed, in small letters, so that one person has one account."""
        return (email or "").strip().lower()

    def administrators(self):
        """The people who manage people and settings."""
        return self.filter(memberships__role=Role.ADMINISTRATOR, is_active=True).distinct()

    def demo(self):
        """The accounts of the demo, whose password everybody knows; a production has none."""
        return self.filter(email__endswith=f"@{DEMO_DOMAIN}")
