"""The servers that ``make run`` and ``make test`` start: one PostgreSQL, two Valkeys, Unix sockets only.

This file holds only where they live, so that the settings can ask without importing Django or starting anything.
Everything is derived from the folder ``var_dir``, so two copies of the portal never meet.
"""

import hashlib
import os
from pathlib import Path
from urllib.parse import quote

__all__ = ["broker_url", "cache_url", "database_url", "short_name", "socket_dir"]

DATABASE = "ssc"


def short_name(var_dir):
    """Eight hexadecimal digits that stand for the absolute path ``var_dir``."""
    return hashlib.sha256(os.path.realpath(var_dir).encode()).hexdigest()[:8]


def socket_dir(var_dir):
    """The folder of the sockets: always short, because a socket's path may have no more than 107 bytes."""
    return Path("/tmp") / f"ssc-{short_name(var_dir)}"  # noqa: S108  (made 0700 and its owner checked before use)


def database_url(var_dir, role="app"):
    """The address of the embedded database for ``role``: "app" (reads and writes rows) or "owner" (owns the tables)."""
    return f"postgresql://ssc_{role}@{quote(str(socket_dir(var_dir)), safe='')}/{DATABASE}"


def broker_url(var_dir):
    """The address of the embedded queue, in Celery's spelling."""
    return f"redis+socket://{socket_dir(var_dir)}/valkey.sock"


def cache_url(var_dir):
    """The address of the embedded cache, in the spelling of redis-py, which Django's cache uses."""
    return f"unix://{socket_dir(var_dir)}/cache.sock"
