"""``manage.py backup [FOLDER]``: database and files at one moment, with everything needed to check them."""

import signal
import sys
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from ssc_portal.backups.making import make_backup
from ssc_portal.backups.manifest import BackupError, read_manifest


class Command(BaseCommand):
    help = "Back up database and files into a new folder below FOLDER. The portal may run meanwhile."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("folder", nargs="?", help="where backups are kept (default: var/backups)")
        parser.add_argument("--keep", type=int, help="remove the oldest, so that this many remain")

    def handle(self, *, folder, keep, **options):
        if keep is not None and keep < 1:
            raise CommandError(_("--keep takes 1 or more: the new backup is one of them."))
        before = signal.signal(signal.SIGTERM, lambda signum, frame: sys.exit(128 + signum))  # tidies up, then ends
        try:
            made = make_backup(Path(folder) if folder else settings.VAR_DIR / "backups", keep=keep)
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        finally:
            signal.signal(signal.SIGTERM, before)
        manifest = read_manifest(made)
        if manifest.missing_files:
            names = ", ".join(manifest.missing_files[:10])
            self.stderr.write(
                _("%(count)d files that the database names were gone already: %(names)s")
                % {"count": len(manifest.missing_files), "names": names}
            )
        self.stdout.write(
            _("%(folder)s: %(rows)d rows, %(files)d files.")
            % {"folder": made, "rows": sum(manifest.counts.values()), "files": len(manifest.media)}
        )
