"""``manage.py restore BACKUP``: database and files as they were when the backup was taken."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from ssc_portal.backups.manifest import BackupError
from ssc_portal.backups.restoring import restore_backup


class Command(BaseCommand):
    help = "Take a backup back, after checking all of it. Stop web and worker first."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("backup", help="the folder that manage.py backup has made")
        parser.add_argument("--replace", action="store_true", help="throw away the rows and files that are there now")

    def handle(self, *, backup, replace, **options):
        try:
            manifest = restore_backup(Path(backup), replace=replace)
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            _("As on %(moment)s: %(rows)d rows, %(files)d files, all counted and compared.")
            % {"moment": manifest.taken_at, "rows": sum(manifest.counts.values()), "files": len(manifest.media)}
        )
