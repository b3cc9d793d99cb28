"""``make run``: everything the portal needs, started by one process and stopped with it.

In order: the embedded servers (unless DATABASE_URL and REDIS_URL name others), catalogues, static files, migrations,
fixtures, then the web server, the Celery worker and Celery beat. What ends unexpectedly is started again. Ctrl-C, TERM
and HUP stop everything in the reverse order; if this process itself is killed, the kernel stops the others.
"""

import argparse
import contextlib
import errno
import hashlib
import os
import secrets
import shutil
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psycopg

from ssc_portal import embedded
from ssc_portal.catalogues import compile_catalogues
from ssc_portal.demo import ACCOUNTS
from ssc_portal.embedded import processes
from ssc_portal.embedded.processes import StartError
from ssc_portal.embedded.servers import needed_servers, only_one, remove_sockets
from ssc_portal.terminal import Terminal

BASE_DIR = Path(__file__).resolve().parent.parent
READY_SECONDS = 60
LONGEST_PAUSE = 30
LOG_BYTES = 10 * 1024 * 1024
# Requests that the terminal does not show: they say nothing about what a person does.
QUIET = (" /static/", " /healthz ", " /readyz ")
DATABASE_IDENTITY = (
    "SELECT system_identifier, oid FROM pg_control_system(), pg_database WHERE datname = current_database()"
)


class Stop(Exception):
    """Somebody asked the portal to stop."""


terminal = Terminal()
say = terminal.say


class Child:
    """A long-running program of the portal: web, worker or beat."""

    def __init__(self, name, module, arguments, *, var_dir, environ, patience, niceness=0, death_signal=signal.SIGTERM):
        self.name = name
        self.command = ["nice", "-n", str(niceness), sys.executable, "-m", module, *arguments]
        self.words = f"{sys.executable} -m {module}"
        self.environ = environ
        self.patience = patience  # seconds it may take to finish what it is doing
        self.death_signal = death_signal  # sent by the kernel when the supervisor is killed
        self.pid_file = var_dir / "run" / f"{name}.pid"
        self.log = var_dir / "log" / f"{name}.log"
        self.process = None

    def start(self):
        self.stop_leftover()
        self.process = processes.spawn(
            self.command, log=self.log, death_signal=self.death_signal, env=self.environ, cwd=BASE_DIR
        )
        processes.write_pid(self.pid_file, self.process.pid)

    def stop(self, is_urgent):
        """Stop it. ``is_urgent``: asked every moment; once it answers True, what is unfinished is cut off."""
        if self.process is not None:
            if self.process.poll() is None:
                self.process.terminate()
            deadline = time.monotonic() + self.patience
            while self.process.poll() is None and time.monotonic() < deadline and not is_urgent():
                time.sleep(0.05)
            # Celery's worker then puts the task it was at back into the queue.
            processes.stop(self.process, signal.SIGQUIT, 5)
            self.process = None
            self.pid_file.unlink(missing_ok=True)

    def stop_leftover(self):
        processes.stop_leftover(self.pid_file, self.words, signal.SIGTERM, self.patience)


class Restarts:
    """When a program that ended may start again: after 1 s, then twice as long each time, at most LONGEST_PAUSE."""

    def __init__(self):
        self.pause = 1
        self.due = None
        self.started = time.monotonic()

    def ended(self):
        if time.monotonic() - self.started > 2 * LONGEST_PAUSE:
            self.pause = 1
        self.due = time.monotonic() + self.pause
        pause, self.pause = self.pause, min(2 * self.pause, LONGEST_PAUSE)
        return pause

    def begun(self):
        self.due = None
        self.started = time.monotonic()


class Follower:
    """Shows on the terminal what is appended to a log file, without the lines that say nothing."""

    def __init__(self, path):
        self.path = path
        self.position = path.stat().st_size if path.exists() else 0
        self.rest = b""

    def show(self):
        try:
            with self.path.open("rb") as file:
                file.seek(self.position)
                new = file.read()
        except OSError:
            return
        self.position += len(new)
        *lines, self.rest = (self.rest + new).split(b"\n")
        for line in lines:
            text = line.decode(errors="replace")
            if not any(quiet in text for quiet in QUIET):
                say(text)


class Supervisor:
    """Starts, watches and stops everything that one copy of the portal needs."""

    def __init__(self, environ):
        self.var_dir = Path(os.path.realpath(environ.get("SSC_VAR_DIR") or BASE_DIR / "var"))
        self.kind = environ.get("DJANGO_ENV", "development")
        self.host = environ.get("SSC_BIND", "127.0.0.1")
        self.port = self._port("PORT", environ.get("PORT", "8000"))
        self.metrics_port = environ.get("SSC_METRICS_PORT") and self._port(
            "SSC_METRICS_PORT", environ["SSC_METRICS_PORT"]
        )
        self.demo_password = environ.get("SSC_DEMO_PASSWORD", "south-south")
        self.token = secrets.token_hex(16)
        self.environ = {
            **environ,
            "DJANGO_SETTINGS_MODULE": "ssc_portal.settings",
            "SSC_VAR_DIR": str(self.var_dir),
            "SSC_START_TOKEN": self.token,
            "PYTHONUNBUFFERED": "1",
        }
        # What serves requests never holds the address with which tables are changed.
        self.environ.pop("SSC_DATABASE_ROLE", None)
        owner_url = self.environ.pop("DATABASE_OWNER_URL", None)
        self.owner_environ = self.environ | {"SSC_DATABASE_ROLE": "owner"}
        if owner_url:
            self.owner_environ["DATABASE_OWNER_URL"] = owner_url
        self.signals = []
        self.servers = needed_servers(self.var_dir, environ)
        self.children = self._children()
        self.database_url = environ.get("DATABASE_URL") or embedded.database_url(self.var_dir)

    @staticmethod
    def _port(name, text):
        if not text.isdecimal() or not 1 <= int(text) <= 65535:
            raise StartError(f"{name} is {text!r}; it must be a number from 1 to 65535, as in: make run {name}=8080")
        return int(text)

    def _children(self):
        web = [
            *("--interface", "wsgi", "--host", self.host, "--port", str(self.port), "--no-ws"),
            # Slow clients occupy threads, so there are many; each costs little while it waits.
            *("--workers", "1", "--blocking-threads", "32", "--workers-kill-timeout", "10"),
            *("--log-level", "warning", "ssc_portal.wsgi:application"),
        ]
        celery = ["--app", "ssc_portal", "--quiet"]
        worker = [*celery, "worker", "--concurrency", "2", "--without-mingle", "--without-gossip"]
        beat = [*celery, "beat", "--pidfile="]
        options = {"var_dir": self.var_dir, "environ": self.environ}
        children = [
            Child("web", "granian", web, patience=15, **options),
            # Making PDFs must not slow down pages. SIGQUIT: stop without finishing the task, for the database is gone.
            Child("worker", "celery", worker, patience=10, niceness=10, death_signal=signal.SIGQUIT, **options),
            Child("beat", "celery", beat, patience=5, **options),
        ]
        if self.metrics_port:
            children.append(Child("metrics", "ssc_portal.metrics", [], patience=5, **options))
        return children

    def run(self):
        """Start everything, watch it until a signal comes, stop everything. Returns the exit status."""
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, lambda signum, frame: self.signals.append(signum))
        began = time.monotonic()
        try:
            with only_one(self.var_dir):
                try:
                    self._start()
                    self._greet(time.monotonic() - began)
                    self._watch()
                finally:
                    self._stop()
        except Stop:
            return 0
        except StartError as error:
            say(f"\n{error}")
            return 1

    def _pause(self, seconds):
        """Sleep; raises Stop as soon as a signal has come."""
        deadline = time.monotonic() + seconds
        while not self.signals and time.monotonic() < deadline:
            time.sleep(0.05)
        if self.signals:
            raise Stop

    # Starting

    def _start(self):
        for child in self.children:
            child.stop_leftover()
        self._claim_port()
        for log in (self.var_dir / "log").glob("*.log"):
            if log.stat().st_size > LOG_BYTES:
                log.replace(log.with_suffix(".log.1"))
        for server in self.servers:
            say(f"Starting {server.title} …")
            server.start(death_signal=signal.SIGINT)
            self._pause(0)
        if compile_catalogues():
            say("Compiled the message catalogues.")
        self._prepare()
        shutil.rmtree(self.var_dir / "run" / "metrics", ignore_errors=True)  # the counts of the last run
        say("Starting the web server …")
        web, *others = self.children
        web.start()
        self._wait_until_ready(web)
        for child in others:
            child.start()

    def _claim_port(self):
        """Raise StartError when the port is taken: a probe would otherwise greet whoever answers there."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError as error:
                reasons = {
                    errno.EADDRINUSE: f"Port {self.port} is taken by another program.",
                    errno.EACCES: f"Port {self.port} needs administrator rights.",
                }
                reason = reasons.get(error.errno, f"Cannot listen on {self.host}, port {self.port}: {error.strerror}.")
                raise StartError(f"{reason} Choose another one, as in: make run PORT={self._free_port()}") from None

    def _free_port(self):
        """A port near the wanted one that is free now."""
        for port in range(max(self.port + 1, 8001), 65536):
            with socket.socket() as probe, contextlib.suppress(OSError):
                probe.bind((self.host if ":" not in self.host else "127.0.0.1", port))
                return port
        return 0

    def _prepare(self):
        """Static files, migrations and fixtures: each only when something has changed since the last time."""
        static = Remembered(self.var_dir / "digests" / "static", self._static_digest())
        collecting = None
        if not static.is_known():
            say("Collecting the static files …")
            collecting = self._manage("collectstatic", "--noinput", "--verbosity", "0")
        try:
            say("Migrating the database …")
            self._finish(self._manage("migrate", "--verbosity", "1", environ=self.owner_environ), "migrate")
            if self.kind != "production":
                fixtures = Remembered(self.var_dir / "digests" / "fixtures", self._fixtures_digest())
                if not fixtures.is_known():
                    say("Loading the practices and the demo accounts …")
                    for command in ("load_fixtures", "load_demo"):
                        self._finish(self._manage(command), command)
                    fixtures.remember()
            if collecting is not None:
                self._finish(collecting, "collectstatic")
                static.remember()
        finally:
            if collecting is not None:
                processes.stop(collecting, signal.SIGTERM, 5)

    def _manage(self, *arguments, environ=None):
        return processes.spawn(
            [sys.executable, "manage.py", *arguments],
            log=self.var_dir / "log" / "setup.log",
            death_signal=signal.SIGTERM,
            env=environ or self.environ,
            cwd=BASE_DIR,
        )

    def _finish(self, process, name):
        try:
            while process.poll() is None:
                self._pause(0.05)
        finally:
            processes.stop(process, signal.SIGTERM, 10)
        if process.returncode:
            log = self.var_dir / "log" / "setup.log"
            raise StartError(f"manage.py {name} failed. The end of {log}:\n{processes.tail(log, 25)}")

    def _static_digest(self):
        files = [BASE_DIR / "requirements.txt", BASE_DIR / "ssc_portal" / "settings.py"]
        files += [path for path in (BASE_DIR / "static").rglob("*") if path.is_file()]
        names = [(str(path.relative_to(BASE_DIR)), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
        return hashlib.sha256(repr(sorted(names)).encode()).hexdigest()

    def _fixtures_digest(self):
        """Stands for the fixtures' content and for this very database, which may have been made anew."""
        digest = hashlib.sha256()
        for path in sorted((BASE_DIR / "fixtures").rglob("*.json*")):
            digest.update(path.name.encode() + path.read_bytes())
        identity = (
            "SELECT system_identifier, oid FROM pg_control_system(), pg_database WHERE datname = current_database()"
        )
        with psycopg.connect(self.database_url) as connection:
            digest.update(repr((connection.execute(identity).fetchone(), self.demo_password)).encode())
        return digest.hexdigest()

    def _wait_until_ready(self, web):
        """Wait until our own web server says it is ready: the token tells it from a stranger on the same port."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104  (compared, not bound)
        address = f"http://{host}:{self.port}/readyz"
        request = urllib.request.Request(address, headers={"Host": "localhost"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        deadline = time.monotonic() + READY_SECONDS
        answer = "no answer"
        while time.monotonic() < deadline and web.process.poll() is None:
            try:
                with opener.open(request, timeout=10) as response:
                    status, answer = response.status, response.read().decode(errors="replace")
            except urllib.error.HTTPError as error:
                status, answer = error.code, error.read().decode(errors="replace")
            except OSError:
                status = None
            if status == 200 and self.token in answer:
                return
            self._pause(0.1)
        raise StartError(
            f"The web server did not become ready ({address}: {answer[:500]}). The end of {web.log}:\n"
            f"{processes.tail(web.log, 25)}"
        )

    def _greet(self, seconds):
        address = f"http://{'localhost' if self.host == '127.0.0.1' else self.host}:{self.port}/"
        lines = ["", f"SSC Portal is ready after {seconds:.1f} s:  {address}"]
        if self.kind != "production":
            lines += ["", f"Demo accounts, password {self.demo_password}:"]
            lines += [f"  {account.email}" for account in ACCOUNTS]
        if self.metrics_port:
            lines += ["", f"Figures for monitoring: http://127.0.0.1:{self.metrics_port}/metrics"]
        lines += ["", f"Logs are in {self.var_dir / 'log'}. Ctrl-C stops everything.", ""]
        say("\n".join(lines))

    # Watching

    def _watch(self):
        watched = [*self.servers, *self.children]
        restarts = {program.name: Restarts() for program in watched}
        follower = Follower(self.children[0].log)
        while True:
            self._pause(0.25)
            follower.show()
            for program in watched:
                state = restarts[program.name]
                if state.due is None and program.process.poll() is not None:
                    processes.kill_group(program.process.pid, signal.SIGKILL)
                    pause = state.ended()
                    say(
                        f"{program.name} ended unexpectedly (status {program.process.returncode}); starting it again "
                        f"in {pause} s. Its log: {program.log}"
                    )
                elif state.due is not None and time.monotonic() >= state.due:
                    self._restart(program, state)

    def _restart(self, program, state):
        try:
            program.start(**({"death_signal": signal.SIGINT} if program in self.servers else {}))
        except StartError as error:
            pause = state.ended()
            say(f"{error}\nTrying again in {pause} s.")
        else:
            state.begun()
            say(f"{program.name} runs again.")

    # Stopping

    def _stop(self):
        """Stop everything: web first, so that nothing new arrives, PostgreSQL last. A second signal makes it quick."""
        asked = max(len(self.signals), 1)
        started = [server for server in self.servers if server.process is not None]
        if started or self.children[0].process is not None:
            say("Stopping …")
        for child in self.children:
            child.stop(lambda: len(self.signals) > asked)
        for server in reversed(started):
            server.stop()
        if started:
            remove_sockets(self.var_dir)


class Remembered:
    """A digest kept in a file, so that unchanged work is not done again."""

    def __init__(self, path, digest):
        self.path = path
        self.digest = digest

    def is_known(self):
        return self.path.exists() and self.path.read_text() == self.digest

    def remember(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(self.digest)


def main():
    parser = argparse.ArgumentParser(prog="python -m ssc_portal.supervisor", description=__doc__.splitlines()[0])
    parser.add_argument("--with-parent", action="store_true", help="stop when the process that started this one ends")
    options = parser.parse_args()
    try:
        supervisor = Supervisor(os.environ)
    except StartError as error:
        say(error)
        return 1
    if options.with_parent:
        processes.die_with_parent(os.getppid(), signal.SIGTERM)
    return supervisor.run()


if __name__ == "__main__":
    status = main()
    terminal.finish()
    sys.exit(status)
