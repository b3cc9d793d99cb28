"""Which people and which memberships."""

from django.contrib.auth.models import BaseUserManager
from django.db import models

from accounts.enums import COUNTRY_ROLES, Role


class MembershipQuerySet(models.QuerySet):
    def in_countries(self):
        """Memberships by which somebody writes for a country."""
        return self.filter(role__in=COUNTRY_ROLES)

    def of_curators(self):
        return self.filter(role=Role.CURATOR)


DEMO_DOMAIN = "demo.example"


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

    def demo(self):
        """The accounts of the demo, whose password everybody knows; a production has none."""
        return self.filter(email__endswith=f"@{DEMO_DOMAIN}")
