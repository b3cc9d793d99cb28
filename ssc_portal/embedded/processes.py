"""Start and stop other programs so that none is ever left behind."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class StartError(Exception):
    """A server did not start; the message says which one, why, and where its log is."""


def die_with_parent(parent, death_signal):
    """Ask the kernel to send ``death_signal`` to this process when ``parent`` (a pid) ends, however it ends.

    Only Linux can do that; elsewhere the next start ends what was left (``stop_leftover``).
    The signal gets its own meaning back first: a shell makes what it starts with ``&`` ignore SIGINT and SIGQUIT,
    programs inherit that, and a server that ignores the signal would stay for good.
    """
    signal.signal(death_signal, signal.SIG_DFL)
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:  # the parent ended before the request was made
            os.kill(os.getpid(), death_signal)


def spawn(command, *, log, death_signal=None, user=None, env=None, cwd="/"):
    """Start ``command`` in a session of its own, its output appended to the file ``log``; returns the Popen.

    In its own session a Ctrl-C in the terminal does not reach it: the supervisor decides who stops when.
    ``death_signal``: sent by the kernel when this process dies; None leaves the program running on.
    ``user``: a ``pwd`` entry to run as, when this process is root. The kernel forgets the death signal on a change of
    user, so it is set in ``preexec_fn``, which runs after that change.
    """
    parent = os.getpid()
    log.parent.mkdir(parents=True, exist_ok=True)
    as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=env,
            cwd=cwd,
            start_new_session=True,
            preexec_fn=(lambda: die_with_parent(parent, death_signal)) if death_signal else None,
            **as_user,
        )


def is_running(pid, words=""):
    """Whether process ``pid`` runs and ``words`` occur in its command line, so that a reused number is not believed."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    if Path("/proc/self").exists():
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return False
        return state not in "ZX" and words in command
    command = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return words in command.stdout


def read_pid(path):
    """The number in the pid file ``path``; None when there is none."""
    try:
        return int(path.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def write_pid(path, pid):
    """Write ``pid`` to ``path`` in one step, so that no reader sees half a number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(f"{pid}\n")
    draft.replace(path)


def kill_group(pid, signum):
    """Send ``signum`` to ``pid`` and everything in its session's process group; quiet when it has gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signum)


def stop(process, signum, timeout):
    """Stop the Popen ``process``: ``signum``, then SIGKILL for its whole group after ``timeout`` seconds.

    Returns True when it ended by itself in time.
    """
    in_time = True
    if process.poll() is None:
        process.send_signal(signum)
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            in_time = False
    kill_group(process.pid, signal.SIGKILL)
    process.wait()
    return in_time


def stop_leftover(pid_file, words, signum, timeout):
    """End the program that ``pid_file`` names, left by an earlier start, when ``words`` are in its command line."""
    pid = read_pid(pid_file)
    if pid and is_running(pid, words):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signum)
        deadline = time.monotonic() + timeout
        while is_running(pid, words) and time.monotonic() < deadline:
            time.sleep(0.05)
        if is_running(pid, words):
            kill_group(pid, signal.SIGKILL)
    pid_file.unlink(missing_ok=True)


def tail(path, lines=12):
    """The last ``lines`` lines of the file ``path``; "" when there is none."""
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""
