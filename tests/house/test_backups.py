"""The drill: people write, a backup is taken, everything is lost, and comes back as it was at that moment."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
import time
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from accounts.models import OutboxMessage
from practices.enums import SubmissionStatus
from practices.models import Brief, Practice, PracticeIndex, PublicState, Submission, Version
from practices.serial import public_serial
from ssc_portal.backups.making import whole_backups
from ssc_portal.backups.manifest import digest, read_manifest
from tests.house.many import document_many
from tests.house.running import BASE_DIR, wait_until
from tests.make import make_practice
from tests.people import PASSWORD

MANY_VERSIONS = 50_000 if os.environ.get("SSC_LONG") else 500
RESTORE_SECONDS = 600
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

# Made by ``manage.py backup`` of the release of 26 November 2026 (revision 2b769b2), before files, keys and the audit.
OLDER = BASE_DIR / "tests" / "house" / "older" / "ssc-20261126T153004.506436Z.tar.xz"

# What a database is beside its rows: who may do what with which table, and what holds them together.
SHAPE = """
SELECT 'relation', relname, (SELECT string_agg(item::text, ' ' ORDER BY item::text) FROM unnest(relacl) item),
    concat(pg_get_userbyid(relowner), reloptions)
FROM pg_class WHERE relnamespace = 'public'::regnamespace
UNION ALL SELECT 'column', attname, attrelid::regclass::text,
    concat(format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated,
        pg_get_expr(adbin, adrelid)) FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    LEFT JOIN pg_attrdef ON (adrelid, adnum) = (attrelid, attnum)
WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
UNION ALL SELECT 'constraint', conname, conrelid::regclass::text, concat(contype, condeferred)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'trigger', tgname, tgrelid::regclass::text, concat(tgfoid::regproc, tgtype, tgenabled)
FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'words', cfgname, '', cfgnamespace::regnamespace::text FROM pg_ts_config
UNION ALL SELECT 'default', defaclrole::regrole::text, defaclobjtype::text, defaclacl::text FROM pg_default_acl
UNION ALL SELECT 'schema', nspname, '', pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'public'
ORDER BY 1, 2, 3, 4
"""


def make_brief(number):
    """A published practice with a stored file, as a worker leaves it."""
    practice = make_practice(title=f"Practice {number}")
    bytes_ = f"%PDF of {number}".encode() * 100
    Brief.objects.create(
        version=practice.live, language="en", file=ContentFile(bytes_, f"{number}.pdf"), size=len(bytes_)
    )


@contextlib.contextmanager
def people_writing():
    """Practices with files are published inside the block, one after the other; yields the list of their numbers."""
    made, is_over = [], threading.Event()

    def write():
        try:
            while not is_over.is_set():
                make_brief(len(made))
                made.append(len(made))
        finally:
            connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield made
    finally:
        is_over.set()
        thread.join()


def counts():
    tables = sorted(connection.introspection.table_names())
    with connection.cursor() as cursor:
        return {table: cursor.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in tables}


def contents():
    """{table: (rows, a digest of them in any order)} of all but the serial, which restoring raises."""
    tables = set(connection.introspection.table_names()) - {PublicState._meta.db_table}
    with connection.cursor() as cursor:
        return {
            table: cursor.execute(f'SELECT count(*), sum(hashtextextended(t::text, 0)) FROM "{table}" AS t').fetchone()
            for table in sorted(tables)
        }


def shape():
    with connection.cursor() as cursor:
        return cursor.execute(SHAPE).fetchall()


def stored(settings):
    root = Path(settings.MEDIA_ROOT)
    return {str(path.relative_to(root)): digest(path) for path in root.rglob("*") if path.is_file()}


def lose_everything(settings):
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)  # it is there once something was stored


def test_what_was_backed_up_while_people_wrote_comes_back_as_it_was_at_that_moment(tmp_path, settings):
    make_brief("from before")
    before = shape()
    with people_writing() as made:
        wait_until(lambda: made)
        call_command("backup", str(tmp_path / "backups"))
        at_the_end = len(made)
        wait_until(lambda: len(made) > at_the_end)
    (backup,) = whole_backups(tmp_path / "backups")
    manifest = read_manifest(backup)
    serial, written = public_serial(), counts()
    assert 0 < manifest.counts["practices_brief"] < written["practices_brief"]
    assert manifest.missing_files == []

    lose_everything(settings)
    call_command("restore", str(backup))

    assert counts() == manifest.counts
    assert shape() == before
    assert {f"media/{name}": facts for name, facts in stored(settings).items()} == {
        name: facts for name, facts in manifest.files.items() if name != "database.dump"
    }
    for brief in Brief.objects.all():
        assert brief.file.size == brief.size
    assert set(PracticeIndex.objects.values_list("practice_id")) == set(Practice.objects.values_list("pk"))
    assert public_serial() > serial  # what caches were told since is never asked for again
    assert "from before" in Client().get("/practices/?q=before").content.decode()
    with transaction.atomic(), connection.cursor() as cursor:  # as the portal does, whose role owns nothing
        cursor.execute("SET LOCAL ROLE ssc_app")
        make_practice(title="Published after all was lost")


@pytest.mark.timeout(3000)
def test_many_versions_come_back_in_time(tmp_path, settings):
    moments = [time.monotonic()]
    document_many(MANY_VERSIONS)
    before, files = contents(), stored(settings)
    moments.append(time.monotonic())
    call_command("backup", str(tmp_path))
    moments.append(time.monotonic())
    (backup,) = whole_backups(tmp_path)

    lose_everything(settings)
    began = time.monotonic()
    call_command("restore", str(backup))
    restored = time.monotonic() - began

    assert (contents(), stored(settings)) == (before, files)
    assert before["practices_version"][0] == Version.objects.count() >= MANY_VERSIONS
    assert len(files) >= MANY_VERSIONS / 100
    filled, backed_up = moments[1] - moments[0], moments[2] - moments[1]
    print(  # noqa: T201
        f"{Version.objects.count()} versions, {sum(count for count, _digest in before.values())} rows, {len(files)} "
        f"files: filled in {filled:.0f} s, backed up in {backed_up:.0f} s, restored in {restored:.0f} s"
    )
    assert restored < RESTORE_SECONDS


def test_a_damaged_backup_changes_nothing(tmp_path, settings):
    make_brief("kept")
    call_command("backup", str(tmp_path))
    (backup,) = whole_backups(tmp_path)
    before, files = counts(), stored(settings)

    def refused(*said):
        with pytest.raises(CommandError) as refusal:
            call_command("restore", str(backup), "--replace")
        assert [words for words in said if words not in str(refusal.value)] == []
        assert (counts(), stored(settings)) == (before, files)

    media = next((backup / "media").rglob("*.pdf"))
    whole = media.read_bytes()
    media.write_bytes(whole[:-1])
    refused("is damaged", media.name)
    media.unlink()
    refused("is damaged", media.name)
    media.write_bytes(whole)

    manifest = json.loads((backup / "manifest.json").read_text())
    manifest["counts"]["practices_brief"] += 1
    (backup / "manifest.json").write_text(json.dumps(manifest))
    refused("The database is as it was", "practices_brief")
    manifest["counts"]["practices_brief"] -= 1

    dump = (backup / "database.dump").read_bytes()
    (backup / "database.dump").write_bytes(dump[: len(dump) // 2])
    manifest["files"]["database.dump"] = digest(backup / "database.dump")  # as if it had been backed up like that
    (backup / "manifest.json").write_text(json.dumps(manifest))
    refused("The database is as it was")

    manifest["files"]["media/../../elsewhere"] = digest(media)
    (backup / "manifest.json").write_text(json.dumps(manifest))
    refused("does not understand")
    (backup / "manifest.json").write_text("{}")
    refused("is no backup")


def test_what_is_there_goes_only_when_told(tmp_path, settings):
    make_brief("old")
    call_command("backup", str(tmp_path))
    (backup,) = whole_backups(tmp_path)
    make_brief("new")

    with pytest.raises(CommandError, match="--replace"):
        call_command("restore", str(backup))
    assert Brief.objects.count() == 2

    call_command("restore", str(backup), "--replace")
    assert [brief.file.name for brief in Brief.objects.all()] == list(stored(settings))


def test_a_backup_of_a_newer_release_is_refused(tmp_path):
    newer = MigrationRecorder.Migration.objects.create(app="practices", name="9999_from_next_year")
    call_command("backup", str(tmp_path))
    newer.delete()

    with pytest.raises(CommandError, match=r"newer release.*practices\.9999_from_next_year"):
        call_command("restore", str(whole_backups(tmp_path)[0]), "--replace")


def test_a_backup_of_a_release_that_says_more_of_itself_is_refused(tmp_path):
    call_command("backup", str(tmp_path))
    (backup,) = whole_backups(tmp_path)
    manifest = json.loads((backup / "manifest.json").read_text())
    (backup / "manifest.json").write_text(json.dumps(manifest | {"format": 2, "release": "7.0.0", "keys": []}))

    with pytest.raises(CommandError, match=r"of a newer release, 7\.0\.0.*Install that release"):
        call_command("restore", str(backup), "--replace")


@pytest.fixture
def older(tmp_path):
    with tarfile.open(OLDER) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / OLDER.name.removesuffix(".tar.xz")


def test_a_backup_of_an_older_release_is_brought_to_the_present_with_all_its_rows(older, settings):
    present, manifest = shape(), read_manifest(older)

    lose_everything(settings)
    call_command("restore", str(older))

    assert shape() == present  # nothing is missing that a portal begun today has: no column, no right, no rule
    call_command("migrate", "--check", verbosity=0)
    call_command("check", databases=["default"])
    found = counts()
    # What an upgrade adds to by itself: what it has done, its new tables, and the words that it indexes.
    added = {"django_migrations", "django_content_type", "auth_permission", "practices_searchterm"}
    assert {name: found[name] for name in manifest.counts.keys() - added} == {
        name: count for name, count in manifest.counts.items() if name not in added
    }
    assert [name for name in sorted(added) if found[name] <= manifest.counts[name]] == []
    assert list(stored(settings)) == ["briefs/pumps.pdf"]
    assert public_serial() > manifest.public_serial

    # And people go on where they were.
    visitor, officer = Client(), Client()
    assert "Solar pumps, again" in visitor.get("/practices/?q=pumps").content.decode()
    assert visitor.get(Practice.objects.get(live__title="Solar pumps, again").get_absolute_url()).status_code == 200
    assert officer.login(email="rosa@example.org", password=PASSWORD)
    draft = Submission.objects.get(version__title="Half written")
    messages = OutboxMessage.objects.count()
    with transaction.atomic(), connection.cursor() as cursor:  # as the portal does, whose role owns nothing
        cursor.execute("SET LOCAL ROLE ssc_app")
        assert officer.post(f"/workspace/submissions/{draft.pk}/do/submit/").status_code == 302
    draft.refresh_from_db()
    assert draft.status == SubmissionStatus.SUBMITTED
    assert OutboxMessage.objects.count() > messages


def test_what_cannot_be_brought_to_the_present_is_said_and_kept(tmp_path, settings):
    make_brief("kept")
    newest = MigrationRecorder.Migration.objects.filter(app="exchanges", name__gte="0007")
    names = list(newest.values_list("name", flat=True))
    newest.delete()  # as if somebody had made these columns by hand in an older release
    call_command("backup", str(tmp_path))
    (backup,) = whole_backups(tmp_path)

    lose_everything(settings)
    with pytest.raises(CommandError, match=r"as they were.*could not be brought to this release.*already exists"):
        call_command("restore", str(backup))

    assert counts() == read_manifest(backup).counts
    assert [brief.file.name for brief in Brief.objects.all()] == list(stored(settings))
    MigrationRecorder.Migration.objects.bulk_create(
        MigrationRecorder.Migration(app="exchanges", name=name) for name in names
    )
    call_command("migrate", "--check", verbosity=0)


def test_old_backups_go_and_other_files_stay(tmp_path):
    (tmp_path / "notes.txt").write_text("Whom to call.")
    for _time in range(3):
        call_command("backup", str(tmp_path), "--keep", "2")

    assert len(whole_backups(tmp_path)) == 2
    assert len(list(tmp_path.iterdir())) == 3
    assert tmp_path.joinpath("notes.txt").exists()
    with pytest.raises(CommandError, match="1 or more"):
        call_command("backup", str(tmp_path), "--keep", "0")


def test_two_backups_do_not_write_into_one_folder(tmp_path):
    descriptor = os.open(tmp_path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with pytest.raises(CommandError, match="Another backup"):
            call_command("backup", str(tmp_path))
    finally:
        os.close(descriptor)


def test_half_a_backup_does_not_remain(tmp_path, settings):
    address = os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + connection.settings_dict["NAME"]
    command = [sys.executable, "manage.py", "backup", str(tmp_path)]
    environ = os.environ | {"DATABASE_URL": address, "MEDIA_ROOT": str(settings.MEDIA_ROOT)}

    for signum, left in ((signal.SIGTERM, 0), (signal.SIGKILL, 1)):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE accounts_user IN ACCESS EXCLUSIVE MODE")  # so that it is not done in a moment
            running = subprocess.Popen(command, cwd=BASE_DIR, env=environ, stderr=subprocess.DEVNULL)
            try:
                wait_until(lambda: list(tmp_path.iterdir()), 60)
            finally:
                running.send_signal(signum)
                running.wait()
        assert len(list(tmp_path.iterdir())) == left
        assert whole_backups(tmp_path) == []

    call_command("backup", str(tmp_path))
    assert list(tmp_path.iterdir()) == whole_backups(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "taken").write_text("A file where a folder should be.")
    with pytest.raises(CommandError, match="taken"):
        call_command("backup", str(tmp_path / "taken"))
