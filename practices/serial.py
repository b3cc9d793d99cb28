"""The public serial: one number that rises with everything the public may read. Caches are keyed by it."""

from django.db import connection
from django.db.models import F

from practices.models import PublicState

# The serial, as SQL that other statements may ask along with what they read.
SERIAL = "SELECT serial FROM practices_publicstate ORDER BY id LIMIT 1"


def public_serial():
    """The serial of what is public now: a whole number, one query.

    Every request asks for it, some twice, and to write the query anew takes longer than to answer it.
    """
    with connection.cursor() as cursor:
        cursor.execute(SERIAL)
        row = cursor.fetchone()
    return row[0] if row else 0


def serial_of(request):
    """The public serial that the answer to ``request`` is kept under, or that of now where it is not kept."""
    known = getattr(request, "public_serial", None)
    return public_serial() if known is None else known


def raise_public_serial():
    """Raise the serial within the transaction that changes what is public; it becomes visible with the change."""
    if not PublicState.objects.update(serial=F("serial") + 1):
        PublicState.objects.create()
