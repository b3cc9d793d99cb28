"""Make a backup."""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django.utils.translation import gettext as _

import ssc_portal
from practices.serial import public_serial
from ssc_portal.backups.manifest import CHUNK, DUMP, FORMAT, MEDIA, NAME, BackupError, Manifest, digest
from ssc_portal.backups.programs import environment, program

WHOLE = re.compile(r"ssc-\d{8}T\d{6}\.\d{6}Z")
UNFINISHED = "*.unfinished"


def make_backup(folder, *, keep=None):
    """Back up the database and the files into a new folder below ``folder``, and return its path.

    ``keep``: how many backups to keep, this one included; None keeps all. Whatever ends it before its time, what
    was half made does not remain. Raises BackupError; OSError when there is no room.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone_in(folder):
        for leftover in folder.glob(UNFINISHED):  # of one that was killed
            shutil.rmtree(leftover)
        made = folder / f"ssc-{timezone.now():%Y%m%dT%H%M%S.%fZ}"
        draft = made.with_name(UNFINISHED.replace("*", made.name))
        draft.mkdir(mode=0o700)
        try:
            _fill(draft)
            draft.rename(made)
        except BaseException:
            shutil.rmtree(draft)
            raise
        _flush(folder)
        if keep is not None:
            for old in whole_backups(folder)[:-keep]:
                shutil.rmtree(old)
    return made


def whole_backups(folder):
    """The backups in ``folder``, the oldest first."""
    return sorted(path for path in folder.iterdir() if WHOLE.fullmatch(path.name) and (path / NAME).exists())


@contextlib.contextmanager
def _alone_in(folder):
    """Hold the lock of ``folder``; the kernel gives it back when this process ends. Raises BackupError when held."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise BackupError(
            _("Another backup is being made into %(folder)s. Wait until it is done.") % {"folder": folder}
        ) from None
    finally:
        os.close(descriptor)


def _fill(draft):
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot(), now()")
        snapshot, taken_at = cursor.fetchone()
        facts = {
            "format": FORMAT,
            "release": ssc_portal.__version__,
            "taken_at": taken_at.isoformat(),
            "public_serial": public_serial(),
            "migrations": sorted(".".join(key) for key in MigrationRecorder(connection).applied_migrations()),
            "counts": {table: _count(cursor, table) for table in sorted(connection.introspection.table_names())},
        }
        named = _named_files()
        _dump(draft / DUMP, snapshot)
    files = {DUMP: digest(draft / DUMP), **_copy_media(draft / MEDIA)}
    missing = sorted(name for name in named if f"{MEDIA}/{name}" not in files)
    Manifest(**facts, files=files, missing_files=missing).write(draft)
    _flush(draft / NAME)
    _flush(draft)


def _count(cursor, table):
    cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608  (a name of the catalogue)
    return cursor.fetchone()[0]


def _named_files():
    """The names of all files that rows speak of."""
    fields = [
        (model, field.attname)
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.FileField)
    ]
    return {name for model, attname in fields for name in model._base_manager.values_list(attname, flat=True) if name}


def _dump(path, snapshot):
    command = [program("pg_dump"), "--format=custom", "--no-comments", f"--snapshot={snapshot}", f"--file={path}"]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupError(_("pg_dump failed: %(reason)s") % {"reason": done.stderr.strip()})


def _copy_media(target):
    """Copy what lies in the storage; returns {path in the backup: {"bytes", "sha256"}}.

    A file that goes while the others are copied was deleted by somebody, and is left out.
    """
    copied = {}
    for source in stored_files():
        name = source.relative_to(settings.MEDIA_ROOT)
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            copied[f"{MEDIA}/{name.as_posix()}"] = _copy(source, target / name)
    return copied


def stored_files():
    """The paths of all files below MEDIA_ROOT; links are not followed."""
    for folder, _folders, names in os.walk(settings.MEDIA_ROOT):
        for path in sorted(Path(folder) / name for name in names):
            if path.is_file() and not path.is_symlink():
                yield path


def _copy(source, target):
    """Copy ``source`` to ``target`` and onto the disk; returns the size and digest of what was written."""
    sha, size = hashlib.sha256(), 0
    with source.open("rb") as read, target.open("xb") as write:
        while chunk := read.read(CHUNK):
            sha.update(chunk)
            size += write.write(chunk)
        write.flush()
        os.fsync(write.fileno())
    return {"bytes": size, "sha256": sha.hexdigest()}


def _flush(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
