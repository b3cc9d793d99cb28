"""Take a backup back: all of it or nothing."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone
from django.utils.translation import gettext as _

import ssc_portal
from practices.models import PublicState
from practices.serial import public_serial
from ssc_portal.backups.making import stored_files
from ssc_portal.backups.manifest import CHUNK, DUMP, MEDIA, BackupError, newer, verify
from ssc_portal.backups.programs import environment, program

STAGE = ".restoring"
# Web and worker hold no lock for longer; who still does was not stopped, and is not waited for.
EMPTY = """
SET lock_timeout = '20s';
SET client_min_messages = warning;
DROP SCHEMA public CASCADE;
CREATE SCHEMA public AUTHORIZATION pg_database_owner;
GRANT USAGE ON SCHEMA public TO PUBLIC
"""
# psql commits when its input ends, however that comes about: so it is asked for this last word before it does.
LAST_WORD = "SET ssc.restored = 'all';"
NO_COMMIT_WITHOUT = "SELECT current_setting('ssc.restored')"


def restore_backup(folder, *, replace=False):
    """Make database and files what they were when the backup ``folder`` was taken. Returns its manifest.

    Everything in the backup is read and compared first. The database is emptied, filled, counted and given back in one
    transaction, so that whatever fails leaves it as it was. ``replace``: whether rows and files that are there may go.
    A backup of an older release is then migrated; when that fails, rows and files stay as that release had them.
    Raises BackupError.
    """
    manifest = verify(folder)
    _refuse_newer(manifest)
    stage = Path(settings.MEDIA_ROOT) / STAGE
    shutil.rmtree(stage, ignore_errors=True)  # of one that was killed
    if not replace:
        _refuse_full()
    try:
        for name in manifest.media:
            (stage / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / MEDIA / name, stage / name)
        _fill_database(folder / DUMP, _checks(manifest), _raise_serial(manifest))
        _move_in(stage, manifest.media)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    _bring_up_to_date(manifest)
    return manifest


def _refuse_newer(manifest):
    known = {".".join(key) for key in MigrationLoader(None).disk_migrations}
    if unknown := sorted(set(manifest.migrations) - known):
        raise BackupError(newer(manifest.release, ", ".join(unknown[:5])))


def _refuse_full():
    tables, file = connection.introspection.table_names(), next(stored_files(), None)
    if tables or file:
        raise BackupError(
            _("The database has %(count)d tables, and files are stored: %(files)s. Say --replace if all that may go.")
            % {"count": len(tables), "files": _("yes") if file else _("no")}
        )


def _raise_serial(manifest):
    """SQL for a public serial that no reader has met: caches filled since the backup keep answers under theirs.

    How often it rose since is not known; it was less than a thousand times in each second.
    """
    since = max(int((timezone.now() - manifest.moment).total_seconds()), 0)
    now = public_serial() if _state_table() in connection.introspection.table_names() else 0
    serial = max(manifest.public_serial + 1000 * (since + 1), now + 1)
    return f"UPDATE public.{_state_table()} SET serial = {serial};"  # noqa: S608  (a number)


def _state_table():
    return PublicState._meta.db_table


def _checks(manifest):
    """SQL that fails unless every table holds as many rows as it did, and the serial is what it was."""
    quoted = [f"public.{connection.ops.quote_name(table)}" for table in manifest.counts]
    counted = [
        (table, f"count(*) FROM {table}", rows) for table, rows in zip(quoted, manifest.counts.values(), strict=True)
    ]
    counted.append(("serial", f"coalesce(max(serial), 0) FROM public.{_state_table()}", manifest.public_serial))
    lines = [
        f"IF (SELECT {what}) <> {int(number)} THEN RAISE EXCEPTION 'not as in the backup: {name}'; END IF;"
        for name, what, number in counted
    ]
    return "DO $check$ BEGIN {} END $check$;".format("\n".join(lines))


def _fill_database(dump, *afterwards):
    """Empty the database, fill it from ``dump``, run the statements ``afterwards``: one transaction or nothing."""
    connection.close()
    read = [program("pg_restore"), "--no-owner", "--no-comments", "--file=-", str(dump)]
    write = [program("psql"), "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
    write += ["--output=/dev/null", f"--command={EMPTY}", "--file=-", f"--command={NO_COMMIT_WITHOUT}"]
    with tempfile.TemporaryFile("w+") as said:
        reader = subprocess.Popen(read, env=environment(), stdout=subprocess.PIPE, stderr=said)
        writer = subprocess.Popen(write, env=environment(), stdin=subprocess.PIPE, stderr=said)
        try:
            with contextlib.suppress(BrokenPipeError):  # psql has found an error, and says so
                shutil.copyfileobj(reader.stdout, writer.stdin, CHUNK)
                if reader.wait() == 0:
                    writer.stdin.write("\n".join([*afterwards, LAST_WORD]).encode())
                writer.stdin.close()
            writer.wait()
        finally:
            reader.stdout.close()
            for process in (writer, reader):
                process.kill()
                process.wait()
        if reader.returncode or writer.returncode:
            said.seek(0)
            raise BackupError(
                _("The database is as it was. Stop web and worker, and mend this: %(reason)s")
                % {"reason": said.read(2000).strip()}
            )


def _move_in(stage, names):
    """Put the files of ``stage`` in place, and remove what was not in the backup."""
    root, wanted = Path(settings.MEDIA_ROOT), set(names)
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        os.replace(stage / name, root / name)
    for path in stored_files():
        if path.relative_to(root).as_posix() not in wanted:
            path.unlink()


def _bring_up_to_date(manifest):
    """Migrate and index what an older release had stored, and tell the planner how the tables look."""
    executor = MigrationExecutor(connection)
    is_behind = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if is_behind:
        _migrate(manifest)
    if is_behind or manifest.release != ssc_portal.__version__:
        call_command("reindex", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _migrate(manifest):
    try:
        call_command("migrate", verbosity=0, interactive=False)
    except Error as error:
        raise BackupError(
            _(
                "Rows and files are as they were on %(moment)s, but could not be brought to this release: %(reason)s. "
                "Mend that and run manage.py migrate and manage.py reindex, or install release %(release)s."
            )
            % {"moment": manifest.taken_at, "reason": str(error).strip(), "release": manifest.release}
        ) from error
