"""All embedded servers together, in the order in which they start; they stop in the reverse order."""

import contextlib
import fcntl
import os
import shutil

from ssc_portal import embedded
from ssc_portal.embedded.postgres import Postgres
from ssc_portal.embedded.processes import StartError
from ssc_portal.embedded.valkey import Valkey


def needed_servers(var_dir, environ, *, throw_away=False):
    """The servers of ``var_dir`` that ``environ`` does not bring from elsewhere, not started yet."""
    servers = []
    if not environ.get("DATABASE_URL"):
        servers.append(Postgres(var_dir, throw_away=throw_away))
    if not environ.get("REDIS_URL"):
        servers.append(Valkey(var_dir, "valkey", throw_away=throw_away))
        if not environ.get("CACHE_URL"):
            servers.append(Valkey(var_dir, "cache", throw_away=throw_away))
    return servers


def remove_sockets(var_dir):
    """Remove the folder of the sockets, once its servers have stopped."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(embedded.socket_dir(var_dir))


@contextlib.contextmanager
def only_one(var_dir):
    """Hold the lock of ``var_dir``: nobody else starts or stops its servers meanwhile. Raises StartError when held.

    The kernel gives the lock back when this process ends, however it ends.
    """
    path = var_dir / "run" / "lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise StartError(
                f"The portal already runs from {var_dir} (process {file.read().strip()}). Stop that one first, or set "
                "SSC_VAR_DIR to another folder and PORT to another port to run a second one."
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
