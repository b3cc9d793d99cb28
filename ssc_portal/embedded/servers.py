"""All embedded servers together, in the order in which they start; they stop in the reverse order."""

import contextlib
import shutil

from ssc_portal import embedded
from ssc_portal.embedded.postgres import Postgres
from ssc_portal.embedded.valkey import Valkey


def servers(var_dir, *, database=True, queue=True, throw_away=False):
    """The servers of ``var_dir``, not started. ``database``, ``queue``: False leaves out what comes from elsewhere."""
    found = []
    if database:
        found.append(Postgres(var_dir, throw_away=throw_away))
    if queue:
        found += [Valkey(var_dir, kind, throw_away=throw_away) for kind in ("cache", "valkey")]
    return found


def remove_sockets(var_dir):
    """Remove the folder of the sockets, once its servers have stopped."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(embedded.socket_dir(var_dir))
