"""The public serial: one number that rises with everything the public may read. Caches are keyed by it."""

from django.db.models import F

from practices.models import PublicState


def public_serial():
    """The serial of what is public now: a whole number, one query."""
    serial = PublicState.objects.values_list("serial", flat=True).first()
    return 0 if serial is None else serial


def raise_public_serial():
    """Raise the serial within the transaction that changes what is public; it becomes visible with the change."""
    if not PublicState.objects.update(serial=F("serial") + 1):
        PublicState.objects.create()
