"""Gives a test run a PostgreSQL and Valkeys of its own, before Django reads its settings.

With ``DATABASE_URL`` and ``REDIS_URL`` set it uses those; the role of ``DATABASE_URL`` must be allowed to create
databases. Everything else lives in a folder that goes when the run ends; what a killed run left there is removed by the
next one. The folder is in memory where there is room, for to make a database is to make a thousand files. Workers of
``pytest -n`` share the servers, never what is in them: each has a database of its own (pytest-django sees to that),
numbered databases of the Valkeys, and a folder.
"""

import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ssc_portal import embedded
from ssc_portal.catalogues import compile_catalogues
from ssc_portal.embedded import processes
from ssc_portal.embedded.servers import needed_servers, remove_sockets

BASE_DIR = Path(__file__).resolve().parents[2]
PLACES = [Path("/dev/shm"), Path("/tmp")]  # noqa: S108  (mkdtemp makes a private folder in one of them)
ROOM = 2 * 1024**3  # bytes; a run takes less than half of it
PREFIX = "ssc-test-"
MIGRATED = "ssc_migrated"


def remove_stale_folders():
    """Remove the folders of runs that were killed, and end what may still run in them."""
    for folder in (folder for place in PLACES for folder in place.glob(f"{PREFIX}*")):
        owner = processes.read_pid(folder / "pid")
        if folder.is_symlink() or folder.stat().st_uid != os.geteuid() or owner is None:
            continue
        if not processes.is_running(owner, "pytest"):
            for server in reversed(needed_servers(folder / "var", {})):
                server.stop_leftover()
            remove_sockets(folder / "var")
            shutil.rmtree(folder, ignore_errors=True)


def roomy_place():
    """The first of PLACES that has room for a run."""
    roomy = [place for place in PLACES if os.access(place, os.W_OK) and shutil.disk_usage(place).free > ROOM]
    return [*roomy, PLACES[-1]][0]


def numbered(address, number):
    """``address`` of a queue or a cache, with its database ``number`` in the spelling of its scheme."""
    parts = urlsplit(address)
    parameter = {"redis+socket": "virtual_host", "unix": "db"}.get(parts.scheme)  # where the path is the socket's
    if parameter:
        return f"{address}?{parameter}={number}"
    return parts._replace(path=f"/{number}").geturl()


def take_a_share(worker):
    """Set apart what ``worker`` ("gw0", "gw1" …) uses of the servers that the controller started."""
    number = int(worker.removeprefix("gw"))
    cache = os.environ.get("CACHE_URL") or os.environ["REDIS_URL"]
    os.environ["REDIS_URL"] = numbered(os.environ["REDIS_URL"], number)
    os.environ["CACHE_URL"] = numbered(cache, number)
    os.environ["SSC_VAR_DIR"] = str(Path(os.environ["SSC_VAR_DIR"]) / worker)


def migrate_ahead(postgres):
    """Begin to migrate a database that workers copy, while they look for their tests. Returns the Popen."""
    with postgres.connect("postgres") as connection:
        connection.execute(f"CREATE DATABASE {MIGRATED} OWNER ssc_owner")
    address = embedded.database_url(postgres.var_dir, role="owner").removesuffix(embedded.DATABASE) + MIGRATED
    migrating = processes.spawn(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        log=postgres.var_dir / "log" / "migrate.log",
        death_signal=signal.SIGTERM,
        env=os.environ | {"DATABASE_URL": address},
        cwd=BASE_DIR,
    )
    processes.write_pid(postgres.var_dir / "run" / "migrate.pid", migrating.pid)
    return migrating


def wait_for_migrated():
    """For a worker: the name of the database that is migrated ahead, once that is done; None when there is none.

    Should migrating fail, whoever copies it tries the rest itself and says why.
    """
    migrating = processes.read_pid(Path(os.environ["SSC_VAR_DIR"]).parent / "run" / "migrate.pid")
    if migrating is None:
        return None
    while processes.is_running(migrating, "migrate"):
        time.sleep(0.05)
    return MIGRATED


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config):
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        take_a_share(worker)
        return (yield)
    remove_stale_folders()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=roomy_place()))
    folder.chmod(0o711)  # PostgreSQL may run as another user, whose data folder inside is private
    processes.write_pid(folder / "pid", os.getpid())
    var_dir = folder / "var"

    running, migrating = [], []

    def stop():
        for process in migrating:
            processes.stop(process, signal.SIGTERM, 10)
        for server in reversed(running):
            server.stop()
        remove_sockets(var_dir)
        shutil.rmtree(folder, ignore_errors=True)

    early_config.add_cleanup(stop)
    for server in needed_servers(var_dir, os.environ, throw_away=True):
        running.append(server)
        server.start(death_signal=signal.SIGQUIT)

    compile_catalogues()
    os.environ["DJANGO_ENV"] = "test"
    os.environ["SSC_VAR_DIR"] = str(var_dir)
    # Only test databases may be emptied: append-only tables otherwise refuse TRUNCATE.
    os.environ["PGOPTIONS"] = f"{os.environ.get('PGOPTIONS', '')} -c ssc.allow_truncate=on".strip()
    addresses = {
        "postgres": ("DATABASE_URL", embedded.database_url(var_dir, role="owner")),
        "valkey": ("REDIS_URL", embedded.broker_url(var_dir)),
        "cache": ("CACHE_URL", embedded.cache_url(var_dir)),
    }
    os.environ.update(addresses[server.name] for server in running)
    if getattr(early_config.known_args_namespace, "numprocesses", None):
        migrating += [migrate_ahead(server) for server in running if server.name == "postgres"]
    return (yield)
