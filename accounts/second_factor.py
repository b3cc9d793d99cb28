"""The second factor: whom the portal asks for one, what counts, codes of an app, recovery codes.

Keys and passkeys are kept by the package; here is what it does otherwise than we want: a code is used up in the
database, not in a cache that may be gone, and of recovery codes only digests are kept.
"""

import secrets
import time

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt, is_mfa_enabled
from django.conf import settings
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts import audit
from accounts.enums import AuditAction, Role
from accounts.kinds import Kind as MessageKind
from accounts.models import User
from accounts.outbox import tell

Kind = Authenticator.Type
DEMANDING_ROLES = {Role.CURATOR, Role.ADMINISTRATOR}
# What somebody reaches who has not shown a second factor yet: setting one up, showing it, leaving.
ADDRESSES_WITHOUT = {
    "account_login",
    "account_logout",
    "account_reauthenticate",
    "healthz",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "readyz",
}
PERIOD = 30
RECOVERY_CODES_COUNT = 10
# No letter or digit that looks like another.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
SALT = "accounts.recovery-code"


def is_demanded_of(user):
    """Whether the role of ``user`` asks for a second factor; who maintains a fund is known further up."""
    return user.is_staff or user.is_superuser or not DEMANDING_ROLES.isdisjoint(user.roles)


def has_one(user):
    """Whether ``user`` has set up an app or a passkey."""
    return is_mfa_enabled(user, [Kind.TOTP, Kind.WEBAUTHN])


def was_shown(request):
    """Whether this session has shown a second factor, or has set one up. No query."""
    return any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))


def way_for(user):
    """The name of the address at which ``user`` shows a second factor, or sets up the first one."""
    kinds = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    if Kind.TOTP in kinds:
        return "mfa_reauthenticate"
    return "mfa_reauthenticate_webauthn" if Kind.WEBAUTHN in kinds else "mfa_index"


@transaction.atomic
def use_code(user, code):
    """Use up ``code`` of the app or of the recovery codes of ``user``. Returns the Authenticator, or None.

    A code works once: the row is locked, and what was used is written before anybody else can read it.
    """
    code = "".join(code.split()).replace("-", "").lower()
    rows = Authenticator.objects.select_for_update().filter(user=user, type__in=[Kind.TOTP, Kind.RECOVERY_CODES])
    for row in rows.order_by("pk"):
        if (_use_app_code if row.type == Kind.TOTP else _use_recovery_code)(row, code):
            return row
    return None


def _use_app_code(row, code):
    secret, now = decrypt(row.data["secret"]), int(time.time()) // PERIOD
    for counter in range(now - settings.MFA_TOTP_TOLERANCE, now + settings.MFA_TOTP_TOLERANCE + 1):
        is_it = constant_time_compare(format_hotp_value(hotp_value(secret, counter)), code)
        if is_it and counter > row.data.get("last_counter", 0):
            row.data["last_counter"] = counter
            row.save(update_fields=["data"])
            return True
    return False


def _use_recovery_code(row, code):
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    found = {_digest(row.user_id, code, key) for key in keys} & set(row.data["digests"])
    if not found:
        return False
    row.data["digests"].remove(found.pop())
    row.save(update_fields=["data"])
    audit.record(AuditAction.RECOVERY_CODE_USED, actor=row.user, subject=row.user)
    return True


def _digest(user_id, code, key):
    # Fifty random bits under a key that is not in the database: a slow hash would add nothing.
    return salted_hmac(SALT, f"{user_id}:{code}", secret=key, algorithm="sha256").hexdigest()


@transaction.atomic
def make_recovery_codes(user):
    """Replace the recovery codes of ``user`` by new ones. Returns them, this once: only digests are kept."""
    codes = ["".join(secrets.choice(ALPHABET) for _letter in range(10)) for _number in range(RECOVERY_CODES_COUNT)]
    User.objects.select_for_update().get(pk=user.pk)  # two presses do not make two sets
    digests = [_digest(user.pk, code, settings.SECRET_KEY) for code in codes]
    Authenticator.objects.update_or_create(user=user, type=Kind.RECOVERY_CODES, defaults={"data": {"digests": digests}})
    event = audit.record(AuditAction.RECOVERY_CODES_MADE, actor=user, subject=user)
    _warn(user, MessageKind.RECOVERY_CODES_MADE, event)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def recovery_codes_count(user):
    """How many recovery codes ``user`` has left."""
    row = Authenticator.objects.filter(user=user, type=Kind.RECOVERY_CODES).first()
    return len(row.data["digests"]) if row else 0


@transaction.atomic
def take_all(user, *, by):
    """Remove every factor of ``user``, who lost them; ``by`` who maintains people. They set up a new one."""
    removed_count, _rows = Authenticator.objects.filter(user=user).delete()
    if removed_count:
        event = audit.record(AuditAction.FACTOR_REMOVED, actor=by, subject=user, changes={"factors": ["all", "none"]})
        _warn(user, MessageKind.FACTOR_REMOVED, event)


def may_try(request, user):
    """Count a try at a code of ``user``. False when there were too many."""
    return ratelimit.consume(request, action="second_factor", key=str(user.pk))


def forget_tries(request, user):
    ratelimit.clear(request, action="second_factor", key=str(user.pk))


def _warn(user, kind, event):
    """Tell ``user`` of a change that somebody else may have made in their name."""
    tell([user], kind, key=f"{kind}:{event.pk}", path="/accounts/security/", context={})


def note_added(request, factor):
    """Say that who is signed in has just set up ``factor``: this session has shown it, its first code is used up."""
    record_authentication(request, request.user, "mfa", id=factor.pk, type=factor.type)
    if factor.type == Kind.TOTP:
        factor.data["last_counter"] = int(time.time()) // PERIOD
        factor.save(update_fields=["data"])
    changes = {"factor": ["", factor.type]}
    event = audit.record(AuditAction.FACTOR_ADDED, actor=request.user, subject=request.user, changes=changes)
    _warn(request.user, MessageKind.FACTOR_ADDED, event)


def note_removed(request, kind):
    """Say that who is signed in has just removed a factor of ``kind``."""
    changes = {"factor": [kind, ""]}
    event = audit.record(AuditAction.FACTOR_REMOVED, actor=request.user, subject=request.user, changes=changes)
    _warn(request.user, MessageKind.FACTOR_REMOVED, event)


def may_remove(authenticator):
    """Whether a factor may go: the last one of a person of whom one is demanded stays."""
    if not settings.SECOND_FACTOR_DEMANDED or not is_demanded_of(authenticator.user):
        return True
    others = Authenticator.objects.filter(user=authenticator.user, type__in=[Kind.TOTP, Kind.WEBAUTHN])
    return others.exclude(pk=authenticator.pk).exists()
