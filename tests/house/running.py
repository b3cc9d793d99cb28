"""Runs a portal of its own beside the test run, through a real terminal, and knows every process that belongs to it."""

import contextlib
import errno
import http.client
import json
import os
import pty
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from ssc_portal.embedded.pytest_plugin import roomy_place

BASE_DIR = Path(__file__).resolve().parents[2]
# What the test run's own servers put there, and what would change what is tried.
NOT_PASSED_ON = {
    *(
        "DATABASE_URL",
        "DATABASE_OWNER_URL",
        "REDIS_URL",
        "CACHE_URL",
        "EMAIL_URL",
        "PGOPTIONS",
        "DJANGO_ENV",
        "SECRET_KEY",
    ),
    *("SSC_VAR_DIR", "SSC_DATABASE_ROLE", "SSC_BIND", "PORT", "PYTEST_CURRENT_TEST", "SSC_METRICS_PORT", "LOG_FORMAT"),
    *("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_XDIST_TESTRUNUID"),
}


def clean_environ(**values):
    """The environment of a newcomer's shell, with ``values`` added."""
    return {name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON} | values


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def parents():
    """{pid: pid of its parent} of every process that is not a zombie."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            if state not in "ZX":
                found[int(folder.name)] = int(parent)
    return found


def family(pid):
    """``pid`` and all its descendants."""
    members, tree = {pid}, parents()
    while more := {child for child, parent in tree.items() if parent in members} - members:
        members |= more
    return members


def wait_until(question, seconds=30):
    """Ask ``question`` until it answers with something true; returns that. Fails after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)
    return answer


class Portal:
    """One run of the supervisor in a terminal of its own. Usable as a context manager: nothing survives the block."""

    def __init__(self, var_dir, *, command=None, cwd=BASE_DIR, **environ):
        self.var_dir = var_dir
        self.port = int(environ.pop("PORT", 0) or free_port())
        self.terminal, slave = pty.openpty()
        self.output = ""
        self._reading = threading.Lock()
        self.members = set()
        self.programs = {"web", "worker", "beat"} | ({"metrics"} if "SSC_METRICS_PORT" in environ else set())
        self.programs |= set() if "DATABASE_URL" in environ else {"postgres"}
        self.programs |= set() if "REDIS_URL" in environ else {"valkey", "cache"}
        self.process = subprocess.Popen(
            command or [sys.executable, "-m", "ssc_portal.supervisor"],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=cwd,
            env=clean_environ(SSC_VAR_DIR=str(var_dir), PORT=str(self.port), **environ),
            start_new_session=True,
            # Makes the terminal the controlling one, so that Ctrl-C and hanging up act as they do for people.
            preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)),
        )
        os.close(slave)
        os.set_blocking(self.terminal, False)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.kill()
        self.process.wait()
        self.hang_up()

    def kill(self):
        """End all of it at once, as a power cut does."""
        for signum in (signal.SIGSTOP, signal.SIGKILL):  # stopped first, so that none can still tidy up
            for pid in self.members | family(self.process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signum)

    def read(self):
        """What the terminal shows so far."""
        with self._reading, contextlib.suppress(BlockingIOError):
            try:
                while new := os.read(self.terminal, 65536):
                    self.output += new.decode(errors="replace")
            except OSError as error:
                if error.errno not in {errno.EIO, errno.EBADF}:
                    raise
        return self.output

    @contextlib.contextmanager
    def being_read(self):
        """Somebody looks at the terminal while the block lasts: nobody writes to one that is full."""
        is_over = threading.Event()

        def look():
            while not is_over.wait(0.1):
                self.read()

        thread = threading.Thread(target=look)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()

    def wait_for(self, text, seconds=150):
        """Wait until the terminal shows ``text``."""
        deadline = time.monotonic() + seconds
        while text not in self.read():
            assert self.process.poll() is None, f"ended with status {self.process.returncode}:\n{self.read()}"
            assert time.monotonic() < deadline, f"no {text!r} within {seconds} s:\n{self.output}"
            time.sleep(0.05)

    def wait_until_ready(self):
        """Wait for the greeting and remember every process that the portal consists of."""
        self.wait_for("Ctrl-C stops everything")
        wait_until(lambda: set(self.pids()) == self.programs)
        # The worker's own children come a moment later.
        wait_until(lambda: len(family(self.pids()["worker"])) == 3)
        self.members = family(self.process.pid)
        return self

    def wait_for_end(self, seconds=30):
        """Wait until the first process has ended, then until all others have; returns the exit status."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            self.read()
            assert time.monotonic() < deadline, f"still running after {seconds} s:\n{self.output}"
            time.sleep(0.05)
        self.read()
        wait_until(lambda: not self.members & set(parents()), seconds)
        return self.process.returncode

    def pids(self):
        """{name: pid} from the pid files."""
        return {path.stem: int(path.read_text()) for path in (self.var_dir / "run").glob("*.pid")}

    def press_ctrl_c(self):
        os.write(self.terminal, b"\x03")

    def hang_up(self):
        """Close the terminal's window."""
        with contextlib.suppress(OSError):
            os.close(self.terminal)

    def get(self, path):
        """(status, body) of a GET."""
        connection = http.client.HTTPConnection("localhost", self.port, timeout=20)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        finally:
            connection.close()

    def is_ready(self):
        """Whether everything works, the queue included."""
        try:
            status, body = self.get("/readyz")
        except OSError:
            return False
        return status == 200 and json.loads(body)["status"] == "ready"


def new_folder(prefix="ssc-house-"):
    """The path of a folder that does not exist yet, where every user can reach it."""
    return roomy_place() / f"{prefix}{secrets.token_hex(4)}"
