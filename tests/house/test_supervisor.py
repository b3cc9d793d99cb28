"""``make run`` in a real terminal: how it starts in awkward places, and that nothing is left however it ends."""

import contextlib
import os
import pty
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time

import pytest

from ssc_portal import embedded
from ssc_portal.embedded.servers import remove_sockets
from tests.house.running import BASE_DIR, Portal, clean_environ, family, new_folder, wait_until

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
    pytest.mark.timeout(240),
]
NOT_COPIED = [".git", ".venv", "var", "node_modules", "__pycache__", ".*_cache", ".hypothesis"]


@pytest.fixture(scope="module")
def folder():
    """A folder so deep that a socket's path under it would be too long (107 bytes), used by one start after another."""
    top = new_folder()
    deep = top / "a folder with spaces and a long name" / "another-folder-that-makes-the-path-longer" / "var"
    deep.mkdir(parents=True)
    assert len(str(deep / "valkey.sock")) > 107
    yield deep
    remove_sockets(deep)  # the last of the tests may have been a kill, after which nobody could
    shutil.rmtree(top)


@pytest.fixture(scope="module")
def var_dir(folder):
    """``folder`` after a first start that ended with Ctrl-C."""
    with Portal(folder) as portal:
        portal.wait_until_ready()
        assert set(portal.pids()) == {"web", "worker", "beat", "postgres", "valkey", "cache"}
        assert set(portal.pids().values()) <= portal.members
        assert "officer.bgd@demo.example" in portal.read()
        assert portal.get("/")[0] == 200
        assert portal.get("/api/v1/practices/")[0] == 200

        portal.press_ctrl_c()
        assert portal.wait_for_end() == 0
        assert "Traceback" not in portal.output
    assert not portal.pids()
    assert not embedded.socket_dir(folder).exists()
    shutil.rmtree(folder / "valkey")  # what is queued would keep the two cores busy during the next starts
    return folder


def test_what_dies_starts_again_and_a_second_portal_is_refused(var_dir):
    with Portal(var_dir) as portal:
        portal.wait_until_ready()
        before = portal.pids()
        assert "Loading the practices" not in portal.output
        assert "Collecting" not in portal.output

        with Portal(var_dir) as second:
            assert second.wait_for_end() == 1
        assert f"process {portal.process.pid}" in second.output
        assert "already runs" in stop_servers_of(var_dir)
        assert portal.is_ready()

        killed = ["web", "worker", "valkey", "postgres"]
        for name in killed:
            os.kill(before[name], signal.SIGKILL)
        for name in killed:
            portal.wait_for(f"{name} runs again.", 60)
        wait_until(portal.is_ready, 30)
        assert [name for name in killed if portal.pids()[name] == before[name]] == []

        portal.members |= family(portal.process.pid)
        portal.hang_up()  # the window is closed
        assert portal.wait_for_end() == 0


def test_a_terminal_that_nobody_reads_keeps_nobody_waiting(var_dir):
    with Portal(var_dir) as portal:
        portal.wait_until_ready()
        os.write(portal.terminal, b"\x13")  # Ctrl-S
        web = portal.pids()["web"]
        os.kill(web, signal.SIGKILL)
        wait_until(lambda: portal.pids().get("web", web) != web and portal.is_ready(), 60)
        for number in range(100):  # each a line to show
            portal.get(f"/practices/?page={number}")
        assert "web runs again." not in portal.read()

        os.write(portal.terminal, b"\x11")  # Ctrl-Q
        portal.wait_for("web runs again.", 10)

        os.write(portal.terminal, b"\x13")
        portal.members |= family(portal.process.pid)
        portal.process.terminate()
        wait_until(lambda: portal.process.poll() is not None, 30)
        assert portal.wait_for_end() == 0


def test_what_does_not_fit_on_a_terminal_is_left_out_and_said_to_be():
    words = (
        "from ssc_portal.terminal import Terminal as T; t = T(); [t.say('x' * 1000) for _ in range(3000)]; t.finish({})"
    )
    reader, slave = pty.openpty()
    started = time.monotonic()
    run = subprocess.run([sys.executable, "-c", words.format(1)], cwd=BASE_DIR, stdout=slave, check=False)
    assert (run.returncode, time.monotonic() - started < 20) == (0, True)  # nobody has read a byte

    patient = subprocess.Popen([sys.executable, "-c", words.format(60)], cwd=BASE_DIR, stdout=slave)
    os.close(slave)
    time.sleep(2)
    shown = b""
    with contextlib.suppress(OSError):  # the end of a terminal that nobody holds any more
        while new := os.read(reader, 65536):
            shown += new
    os.close(reader)

    assert patient.wait(10) == 0
    assert b"lines were left out here" in shown
    assert shown.count(b"\n") < 2900


def stop_servers_of(var_dir):
    """What ``python -m ssc_portal.embedded stop`` complains about."""
    return subprocess.run(
        [sys.executable, "-m", "ssc_portal.embedded", "stop"],
        cwd=BASE_DIR,
        env=clean_environ(SSC_VAR_DIR=str(var_dir)),
        capture_output=True,
        text=True,
        check=False,
    ).stderr


def test_kill_9_leaves_nothing_and_the_next_start_works(var_dir):
    # Killed all at once, as by a power cut: PostgreSQL leaves its pid file, and all leave ours and their sockets.
    with Portal(var_dir) as portal:
        portal.wait_until_ready()
        portal.kill()
        portal.wait_for_end()
    assert (var_dir / "postgres" / "postmaster.pid").exists()
    assert portal.pids()

    with Portal(var_dir) as portal:
        portal.wait_until_ready()
        assert portal.get("/")[0] == 200
        portal.process.kill()
        assert portal.wait_for_end() == -signal.SIGKILL


def test_taken_port_is_named_with_the_way_out(var_dir):
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]
        with Portal(var_dir, PORT=str(port)) as portal:
            assert portal.wait_for_end() == 1
    assert f"Port {port} is taken" in portal.output
    assert f"make run PORT={port + 1}" in portal.output or "make run PORT=" in portal.output
    assert "PostgreSQL" not in portal.output


@pytest.mark.parametrize("port", ["eighty", "0", "65536", "-1"])
def test_port_that_is_none_is_refused(port):
    run = subprocess.run(
        [sys.executable, "-m", "ssc_portal.supervisor"],
        cwd=BASE_DIR,
        env=clean_environ(PORT=port),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert "a number from 1 to 65535" in run.stdout


def _python_for(user):
    """The beginning of a command that runs Python as ``user``; skips if there is no way.

    Where only root can reach the interpreter, the user gets leave to read everything, and nothing else of root's.
    """
    plain = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    reading = [*plain, "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    for start in (plain, reading):
        command = [*start, sys.executable, "-c", f"import sys, redis; sys.exit(sys.version != {sys.version!r})"]
        if subprocess.run(command, cwd="/", capture_output=True, check=False).returncode == 0:
            return [*start, sys.executable]
    pytest.skip("no Python here that an ordinary user could run with these packages")


@pytest.mark.skipif(os.geteuid() != 0, reason="everything else already runs as an ordinary user")
def test_ordinary_user_whose_make_is_killed(var_dir):
    user = pwd.getpwnam("nobody")
    python = _python_for(user)
    home = new_folder()
    home.mkdir(mode=0o700)  # as a home folder is
    copy = home / "portal"
    try:
        shutil.copytree(BASE_DIR, copy, ignore=shutil.ignore_patterns(*NOT_COPIED))
        shutil.copytree(var_dir / "static", copy / "var" / "static")  # collecting was tried already
        shutil.copytree(var_dir / "digests", copy / "var" / "digests")
        (copy / "var" / "digests" / "fixtures").unlink()
        for path in [home, *home.rglob("*")]:
            os.chown(path, user.pw_uid, user.pw_gid)
        # As make starts it: when the process that waits for the supervisor is killed, the supervisor notices.
        wait = (
            "import subprocess, sys; subprocess.run([sys.executable, '-m', 'ssc_portal.supervisor', '--with-parent'])"
        )

        with Portal(copy / "var", command=[*python, "-c", wait], cwd=copy) as portal:
            portal.wait_until_ready()
            owners = {os.stat(f"/proc/{pid}").st_uid for pid in portal.members}
            status = portal.get("/")[0]
            portal.process.kill()
            portal.wait_for_end()

        assert (owners, status) == ({user.pw_uid}, 200)
    finally:
        shutil.rmtree(home)
