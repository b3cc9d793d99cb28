"""How signing in behaves: nobody signs up by themselves, and nobody is led to another site."""

import time

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context, ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit as ratelimit_of_package
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from accounts import audit, credentials, devices, second_factor
from accounts.ciphers import Cipher
from accounts.enums import AuditAction
from accounts.models import User

_KEYS_OF_APPS = Cipher("accounts.second-factor")


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("The e-mail address or the password is not right."),
        "too_many_login_attempts": _("Too many tries. Wait fifteen minutes, then try again."),
        "incorrect_password": _("This is not your password."),
    }

    def is_open_for_signup(self, request):
        """Accounts are given by administrators."""
        return False

    def is_safe_url(self, url):
        """Whether a person may be led to ``url`` after signing in or out: only to an address of this very host.

        A path from the root is all that a page of the portal ever asks for. What a browser might read as
        another site (``//host``, ``/\\host``, other schemes, control characters) is refused.
        """
        return bool(url) and url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def add_message(self, *args, **kwargs):
        """Say nothing: the page that follows shows who is signed in, and a message would need a cookie."""

    def pre_authenticate(self, request, **credentials):
        """Count a try; a right password takes it back. Raises ValidationError when there were too many.

        Where the account is at home its owner gets in however often strangers have guessed elsewhere.
        """
        email = User.objects.normalize_email(credentials.get("email"))
        if devices.is_known(request, email):
            tries = [("login_failed_at_home", f"{email} {request.COOKIES[settings.DEVICE_COOKIE_NAME][-20:]}")]
        else:
            tries = [("login_failed_here", f"{email} {self.get_client_ip(request)}"), ("login_failed", email)]
        self._tries = [self._count(request, action, key) for action, key in tries]

    def _count(self, request, action, key):
        usage = ratelimit_of_package.consume(request, app="allauth.account", action=action, key=key)
        if not usage:
            raise self.validation_error("too_many_login_attempts")
        return usage

    def authenticate(self, request, **credentials):
        """The person, or None. Where the database gives no answer it was no wrong guess, and counts as none."""
        try:
            return super().authenticate(request, **credentials)
        except (OperationalError, InterfaceError):
            self._rollback_login_failed_rl_usage()
            raise

    def _rollback_login_failed_rl_usage(self):
        for usage in self._tries:
            usage.rollback()

    def _delete_login_attempts_cached_email(self, request, **credentials):
        """Who has just chosen a new password is no longer kept waiting for the wrong ones."""
        email = User.objects.normalize_email(credentials.get("email"))
        ratelimit.clear(request, action="login_failed_here", key=f"{email} {self.get_client_ip(request)}")

    def post_login(self, request, user, **kwargs):
        response = super().post_login(request, user, **kwargs)
        if not devices.is_known(request, user.email):
            credentials.note_new_device(user, request.headers.get("User-Agent", ""))
        devices.remember(request, response, user.email)
        return response

    def authentication_failed(self, request, **credentials):
        """Note it, under the account that it was about, if there is one; what was typed is nobody's business."""
        # A number and no more: to make the person would take a moment that gives away that there is one.
        user = User.objects.only("pk").filter(email=User.objects.normalize_email(credentials.get("email"))).first()
        audit.record(AuditAction.SIGN_IN_FAILED, subject=user)

    def reauthenticate(self, user, password):
        """Whether ``password`` is that of ``user``; how often it is tried is counted by the view."""
        return user.check_password(password)

    def is_reauthentication_required(self, *, app, **kwargs):
        """Whether who they are has to be shown again: not within minutes of signing in or of the last time."""
        records = get_authentication_records(context.request, context.request.user)
        return not records or time.time() - records[-1]["at"] > settings.ACCOUNT_REAUTHENTICATION_TIMEOUT

    def get_reauthentication_methods(self, user):
        """In our words."""
        words = {
            "reauthenticate": _("Use your password"),
            "mfa_reauthenticate": _("Use a code"),
            "mfa_reauthenticate:webauthn": _("Use a passkey"),
        }
        return [{**way, "description": words[way["id"]]} for way in super().get_reauthentication_methods(user)]

    def send_notification_mail(self, *args, **kwargs):
        """Send nothing: what changes an account tells its owner through the outbox."""


class ElsewhereAdapter(DefaultSocialAccountAdapter):
    """Who signs in elsewhere is let in as the person whose address was verified there; nobody joins by it."""

    def pre_social_login(self, request, sociallogin):
        """Connect the account there with the person here, once; refuse with a page of ours, whatever is wrong."""
        sociallogin.account.extra_data = {}  # who they are there is not kept
        person = sociallogin.user if sociallogin.is_existing else self._person(sociallogin)
        if person is None or not person.is_active:
            audit.record(AuditAction.SIGN_IN_FAILED, subject=person)
            raise ImmediateHttpResponse(not_vouched_for(request))
        if sociallogin.is_existing:
            sociallogin.account.save()
        else:
            sociallogin.connect(request, person)

    def _person(self, sociallogin):
        verified = [row.email.strip().lower() for row in sociallogin.email_addresses if row.verified]
        return User.objects.filter(email__in=verified).first() if len(verified) == 1 else None

    def is_open_for_signup(self, request, sociallogin):
        return False

    def on_authentication_error(self, request, provider, **kwargs):
        """Whatever went wrong there, or was given up, leads back with the same words."""
        raise ImmediateHttpResponse(not_vouched_for(request))

    def send_notification_mail(self, *args, **kwargs):
        """Send nothing, as above."""


def not_vouched_for(request):
    """The page for who comes back from elsewhere, or cannot go there, and is not signed in."""
    words = {
        "heading": _("You are not signed in"),
        "lede": _("The other place did not vouch for an address that has an account here."),
    }
    return render(request, "account/said.html", words, status=403)


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code or passkey is not right, or it was used before."),
        "cannot_delete_authenticator": _(
            "Your role asks for a second factor. Set up another one before you remove it."
        ),
    }

    def encrypt(self, text):
        return _KEYS_OF_APPS.encrypt(text)

    def decrypt(self, encrypted_text):
        return _KEYS_OF_APPS.decrypt(encrypted_text)

    def encrypt_anew(self, encrypted_text):
        """The same with the key in use. Raises InvalidToken when no key that is known encrypted it."""
        return _KEYS_OF_APPS.encrypt_anew(encrypted_text)

    def can_delete_authenticator(self, authenticator):
        return second_factor.may_remove(authenticator)

    def get_public_key_credential_rp_entity(self):
        return {**super().get_public_key_credential_rp_entity(), "name": settings.MFA_TOTP_ISSUER}
