"""Keys with which programs use the API in somebody's name: ``ssc_<prefix>_<secret>``.

They are no passwords: a new password ends none, and whoever makes one has shown again who they are. The prefix finds
the row, the secret has 256 random bits. Of it a keyed digest is kept: whoever reads the database can use no key, and
whoever writes into it can make none.
"""

import re
import secrets
import string
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from accounts import audit
from accounts.enums import AuditAction, Scope
from accounts.kinds import Kind
from accounts.models import ApiKey, User
from accounts.outbox import tell

TEXT = re.compile(r"ssc_([a-z0-9]{8})_([A-Za-z0-9]{43})", re.ASCII)
PAGE = "/accounts/keys/"
SALT = "accounts.api-key"
SIGNS = string.ascii_letters + string.digits
# So often it is written down that a key is still used.
USED_EVERY = timedelta(minutes=1)
MOST_KEYS = 20
LONGEST_REST = timedelta(days=7)


class Refused(Exception):
    """No key that opens anything; the message says why to whoever showed it."""


class CannotMake(Exception):
    """A key that cannot be made; the message says why to whoever wanted it."""


@transaction.atomic
def make(user, *, name, scopes, days, second_factor=False):
    """Make a key of ``user`` that expires in ``days`` days, and tell them of it.

    Returns (ApiKey, its clear text), the latter this once. ``scopes``: values of Scope, ``read`` is added;
    ``second_factor``: whether one was shown in the session. Raises CannotMake when there are MOST_KEYS already, or one
    of that name: so the same form sent twice makes one key.
    """
    User.objects.select_for_update().get(pk=user.pk)
    names = list(user.api_keys.current().filter(replaced_by=None).values_list("name", flat=True))
    if name in names:
        raise CannotMake(_("You have a key of this name. Give another name, or replace that key."))
    if len(names) >= MOST_KEYS:
        raise CannotMake(_("You have %(count)d keys, and nobody has more. Revoke one first.") % {"count": MOST_KEYS})
    key, text = _new(user, name, scopes, timedelta(days=days), second_factor)
    event = audit.record(AuditAction.KEY_MADE, actor=user, subject=key, changes={"scopes": ["", " ".join(key.scopes)]})
    _tell(key, event)
    return key, text


@transaction.atomic
def replace(key, *, rest, second_factor=False):
    """Make a key that takes the place of ``key``: the same name, scopes and time until it expires.

    ``rest``: for how long the old one goes on, at most LONGEST_REST. Returns (ApiKey, its clear text) of the new one.
    Raises CannotMake when ``key`` has ended or was replaced before.
    """
    key = ApiKey.objects.select_for_update(of=["self"]).select_related("user").get(pk=key.pk)
    if not key.is_current or key.replaced_by_id is not None:
        raise CannotMake(_("This key has ended or was replaced before."))
    new, text = _new(key.user, key.name, key.scopes, key.expires_at - key.created_at, second_factor)
    now = timezone.now()
    key.replaced_by, key.expires_at = new, min(key.expires_at, now + min(rest, LONGEST_REST))
    if not rest:
        key.revoked_at = key.expires_at = now
    key.save(update_fields=["replaced_by", "expires_at", "revoked_at"])
    changes = {"key": [key.prefix, new.prefix]}
    _tell(new, audit.record(AuditAction.KEY_REPLACED, actor=key.user, subject=key, changes=changes))
    return new, text


@transaction.atomic
def revoke(key):
    """End ``key``: it opens nothing from the next request on. False when it had ended before."""
    if not ApiKey.objects.current().filter(pk=key.pk).update(revoked_at=timezone.now()):
        return False
    audit.record(AuditAction.KEY_REVOKED, actor=key.user, subject=key)
    return True


def _new(user, name, scopes, lifetime, second_factor):
    prefix = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _sign in range(8))
    secret = "".join(secrets.choice(SIGNS) for _sign in range(43))
    now = timezone.now()
    key = ApiKey.objects.create(
        user=user,
        name=name,
        prefix=prefix,
        digest=_digest(prefix, secret, settings.SECRET_KEY),
        digested_with=_mark(settings.SECRET_KEY),
        scopes=[scope for scope in Scope.values if scope in {Scope.READ, *scopes}],
        made_with_second_factor=second_factor,
        created_at=now,
        expires_at=now + lifetime,
    )
    return key, f"ssc_{prefix}_{secret}"


def _tell(key, event):
    """Tell the person of ``key``, which somebody else may have made in their name."""
    tell([key.user], Kind.KEY_MADE, key=f"{Kind.KEY_MADE}:{event.pk}", path=PAGE, context={"key": key.name})


def opened_by(text):
    """The ApiKey whose clear text is ``text``, with its person. One query, a second one a minute at most.

    Raises Refused when there is none, or when it was revoked, has expired or belongs to a closed account.
    """
    found = TEXT.fullmatch(text)
    key = ApiKey.objects.select_related("user").filter(prefix=found[1]).first() if found else None
    if key is None or not _is_of(key, found[2]):
        raise Refused(_("There is no such key."))
    if key.revoked_at is not None:
        raise Refused(_("This key was revoked."))
    if not key.is_current:
        raise Refused(_("This key has expired."))
    if not key.user.is_active:
        raise Refused(_("The account of this key is closed."))
    _note_use(key, found[2])
    return key


def _is_of(key, secret):
    """Whether ``secret`` is that of ``key``, in the same time whatever it is."""
    portal_keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    portal_key = next((one for one in portal_keys if _mark(one) == key.digested_with), None)
    return portal_key is not None and constant_time_compare(_digest(key.prefix, secret, portal_key), key.digest)


def _note_use(key, secret):
    """Note now and then that ``key`` is used, and digest it anew when the portal has another secret key by now."""
    now = timezone.now()
    if key.last_used_at is not None and now - key.last_used_at < USED_EVERY and key.digested_with == current_mark():
        return
    with transaction.atomic():
        # Whoever meets another request that writes the same, or somebody who revokes, does not wait.
        rows = ApiKey.objects.select_for_update(skip_locked=True, no_key=True)
        rows = rows.filter(pk=key.pk, digest=key.digest, last_used_at=key.last_used_at)
        ApiKey.objects.filter(pk__in=rows.values("pk")).update(
            last_used_at=now,
            digest=_digest(key.prefix, secret, settings.SECRET_KEY),
            digested_with=current_mark(),
        )


def current_mark():
    """By what rows tell that their digest was made with the SECRET_KEY in use."""
    return _mark(settings.SECRET_KEY)


def _mark(portal_key):
    return salted_hmac(f"{SALT}.mark", "", secret=portal_key, algorithm="sha256").hexdigest()[:12]


def _digest(prefix, secret, portal_key):
    # A secret of 256 random bits: a slow hash would add nothing.
    return salted_hmac(SALT, f"{prefix}:{secret}", secret=portal_key, algorithm="sha256").hexdigest()
