"""The embedded servers: who may do what in the database, where things live, and what a killed run leaves."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import dj_database_url
import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction

from ssc_portal import embedded
from ssc_portal.embedded import pytest_plugin
from ssc_portal.embedded.postgres import Postgres
from ssc_portal.embedded.processes import StartError, is_running
from ssc_portal.embedded.valkey import Valkey
from tests.house.running import BASE_DIR, clean_environ, family, new_folder, parents, wait_until


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL", "CACHE_URL"])
def test_addresses_name_sockets_only(name):
    assert "/tmp/ssc-" in os.environ[name].replace("%2F", "/")


def test_database_address_keeps_its_folder_through_parsing():
    parsed = dj_database_url.parse(embedded.database_url("/srv/portal/var", role="owner"))
    assert (parsed["HOST"], parsed["USER"]) == (str(embedded.socket_dir("/srv/portal/var")), "ssc_owner")


def test_socket_paths_are_short_however_deep_the_folder():
    assert len(str(embedded.socket_dir("/deep" * 100) / ".s.PGSQL.5432.lock")) < 107


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    ["TRUNCATE accounts_user CASCADE", "DROP TABLE accounts_user CASCADE", "CREATE TABLE own (a int)"],
)
def test_app_role_may_not_change_the_house(statement):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE ssc_app")
        with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), transaction.atomic():
            cursor.execute(statement)


@pytest.mark.django_db
def test_app_role_may_use_every_table():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') "
            "AND NOT has_table_privilege('ssc_app', oid, 'SELECT, INSERT, UPDATE, DELETE')"
        )
        assert cursor.fetchall() == []


@pytest.mark.django_db
def test_text_sorts_the_same_everywhere():
    with connection.cursor() as cursor:
        cursor.execute("SELECT datlocprovider::text, datlocale FROM pg_database WHERE datname = current_database()")
        assert cursor.fetchone() == ("b", "C.UTF-8")


@pytest.fixture
def private_folder():
    """A folder that only this user (when root: only root) can enter, like a home folder of mode 0700."""
    folder = new_folder()
    folder.mkdir(mode=0o700)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to hand PostgreSQL to another user")
def test_root_under_a_private_home_moves_the_server_where_its_user_can_reach_it(private_folder):
    for _ in range(2):  # the second start finds data and programs where the first put them
        server = Postgres(private_folder / "var", throw_away=True)
        try:
            server.start(death_signal=signal.SIGQUIT)
            assert server.data_dir == Path("/var/tmp") / f"ssc-{embedded.short_name(private_folder / 'var')}" / "data"
            assert os.stat(f"/proc/{server.process.pid}").st_uid != 0
            with psycopg.connect(embedded.database_url(private_folder / "var")) as database:
                assert database.execute("SELECT current_user").fetchone() == ("ssc_app",)
        finally:
            server.stop()
    assert private_folder.stat().st_mode & 0o777 == 0o700
    shutil.rmtree(server.far_dir)
    shutil.rmtree(server.socket_dir)


def test_socket_folder_of_a_stranger_is_refused(private_folder):
    sockets = embedded.socket_dir(private_folder / "var")
    sockets.symlink_to(private_folder)
    try:
        with pytest.raises(StartError, match="belongs to another user"):
            Valkey(private_folder / "var", "cache", throw_away=True).start(death_signal=signal.SIGKILL)
    finally:
        sockets.unlink()


def test_pid_of_another_program_is_not_believed():
    assert is_running(os.getpid(), Path(sys.executable).name)
    assert not is_running(os.getpid(), "no such words")


def ignore_signals_like_a_shell():
    """What a shell does for a job that it starts with ``&``."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGQUIT, signal.SIG_IGN)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("is_background_job", [False, True])
def test_killed_test_run_leaves_no_process_and_the_next_one_removes_its_folder(tmp_path, is_background_job):
    (tmp_path / "test_sleep.py").write_text(
        "import json, os, pathlib, time\n"
        "def test_sleep():\n"
        f"    pathlib.Path({str(tmp_path / 'started')!r}).write_text(json.dumps(os.environ['SSC_VAR_DIR']))\n"
        "    time.sleep(60)\n"
    )
    options = ["--rootdir", BASE_DIR, "-c", BASE_DIR / "pyproject.toml", "-p", "no:cacheprovider"]
    run = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", *options, tmp_path / "test_sleep.py"],
        cwd=BASE_DIR,
        env=clean_environ(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=ignore_signals_like_a_shell if is_background_job else None,
    )
    try:
        wait_until(lambda: (tmp_path / "started").exists() and (tmp_path / "started").read_text(), 60)
        members = family(run.pid)
    finally:
        run.kill()
        run.wait()
    var_dir = Path(json.loads((tmp_path / "started").read_text()))

    assert len(members) > 3
    wait_until(lambda: not members & set(parents()))
    pytest_plugin.remove_stale_folders()
    assert not var_dir.parent.exists()
    assert not embedded.socket_dir(var_dir).exists()
    assert Path(os.environ["SSC_VAR_DIR"]).exists()
