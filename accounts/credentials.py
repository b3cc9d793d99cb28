"""Passwords and addresses: asking for a new one, changing it, and telling whoever it concerns."""

from django.db import transaction

from accounts import audit
from accounts.enums import AuditAction
from accounts.kinds import Kind
from accounts.models import AuditEvent, User
from accounts.outbox import tell

SECURITY = "/accounts/security/"


def forget_password(email):
    """Promise the person with the address ``email`` a link to a new password.

    An address without an account takes the same steps, and the same time, but what they write is taken back. The
    queue is nudged for either, once: what waits for the commit does not know of these savepoints.
    """
    user = User.objects.filter(email=User.objects.normalize_email(email), is_active=True).first()
    is_known = user is not None and user.has_usable_password()
    with transaction.atomic():
        event = audit.record(AuditAction.PASSWORD_FORGOTTEN, subject=user if is_known else None)
        reader = user if is_known else User(pk=0, is_active=True)
        before = transaction.savepoint()
        key = f"accounts.password_forgotten:{event.pk}"
        tell([reader], Kind.PASSWORD_FORGOTTEN, key=key, path=SECURITY, context={})
        after = transaction.savepoint()
        transaction.savepoint_rollback(after if is_known else before)


@transaction.atomic
def note_new_password(user):
    """Keep and tell that the password of ``user`` was changed. Sessions of before know the old one and end by that."""
    event = audit.record(AuditAction.PASSWORD_CHANGED, actor=user, subject=user)
    key = f"accounts.password_changed:{event.pk}"
    tell([user], Kind.PASSWORD_CHANGED, key=key, path=SECURITY, context={})


@transaction.atomic
def note_new_device(user, device):
    """Tell ``user`` that somebody, perhaps they, signed in as them from another browser than ever before.

    ``device``: what the browser says that it is. Nothing is said of the first time of all.
    """
    this, *before = AuditEvent.objects.filter(action=AuditAction.SIGNED_IN, actor=user).order_by("-pk")[:2]
    if before:
        key = f"accounts.signed_in_anew:{this.pk}"
        context = {"device": device[:120], "moment": this.at.isoformat()}
        tell([user], Kind.SIGNED_IN_ANEW, key=key, path=SECURITY, context=context)


@transaction.atomic
def ask_for_address(user, email):
    """Promise ``email`` a link by which it becomes the address of ``user``.

    Where somebody else has it the same is done, so that nobody learns of it; the link then opens nothing.
    """
    event = audit.record(AuditAction.ADDRESS_ASKED, actor=user, subject=user)
    key = f"accounts.address_asked:{event.pk}"
    tell([user], Kind.ADDRESS_ASKED, key=key, path=SECURITY, context={"to": email})


@transaction.atomic
def change_address(user, email):
    """Make ``email`` the address of ``user`` and tell the old one. False when somebody else has it by now."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if User.objects.filter(email=email).exists():
        return False
    old, user.email = user.email, email
    user.save(update_fields=["email"])
    note_new_address(user, old, by=user)
    return True


@transaction.atomic
def note_new_address(user, old, *, by):
    """Keep that ``by`` changed the address of ``user``, and tell both the ``old`` one and the new."""
    # The audit outlives the person's data, so it says that the address changed, not what it was.
    event = audit.record(AuditAction.ADDRESS_CHANGED, actor=by, subject=user)
    for place, to in (("old", old), ("new", user.email)):
        key = f"accounts.address_changed:{event.pk}:{place}"
        tell([user], Kind.ADDRESS_CHANGED, key=key, path=SECURITY, context={"to": to, "new": user.email})
