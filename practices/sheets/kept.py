"""What was read of a workbook, kept for its person alone between the check and the confirmation, never as a file.

It is kept in the cache: an hour at most, and gone once drafts were made. Whoever comes later uploads the sheet again.
"""

import hashlib
import json
import zlib

from django.core.cache import cache

from practices.sheets.reading import Fault, Filled, Line, Table

KEPT_SECONDS = 3600
# What stands in the place of a workbook whose drafts were made, so that a second press of the button finds them made.
DONE = b""


def keep(filled, user):
    """Keep ``filled`` for ``user``. Returns the token by which it is found again; the same content has the same."""
    text = json.dumps([filled.tables, filled.faults]).encode()
    token = hashlib.sha256(text).hexdigest()[:32]
    cache.set(_key(user, token), zlib.compress(text), KEPT_SECONDS)
    return token


def kept(user, token):
    """The Filled that ``user`` was given ``token`` for, DONE once drafts were made of it, or None."""
    found = cache.get(_key(user, token))
    if not found:
        return found
    tables, faults = json.loads(zlib.decompress(found))
    tables = {
        name: Table(title, letters, [Line(*line) for line in lines]) for name, (title, letters, lines) in tables.items()
    }
    return Filled(tables, [Fault(*fault) for fault in faults])


def drop(user, token):
    """Keep nothing of it any more."""
    cache.set(_key(user, token), DONE, KEPT_SECONDS)


def _key(user, token):
    return f"sheet:{user.pk}:{token}"
