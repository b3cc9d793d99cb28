"""``manage.py import_practices FILE``: import good practices from JSON or JSON Lines."""

import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from practices.enums import Provenance
from practices.importing import ImportRefusedError, import_rows, read_rows

SHOWN_PROBLEMS = 200


class Command(BaseCommand):
    help = "Import good practices from a JSON or JSON Lines file. All or nothing, unless --skip-bad is given."

    def add_arguments(self, parser):
        parser.add_argument("file", help="the file; - reads standard input")
        parser.add_argument("--skip-bad", action="store_true", help="import the good rows, write the others to a file")
        parser.add_argument("--rejects", help="where to write rejected rows (default: FILE.rejects.jsonl)")
        parser.add_argument("--create-topics", action="store_true", help="create topics that are not known yet")
        parser.add_argument("--provenance", choices=Provenance.values, default=Provenance.IMPORTED)

    def handle(self, *, file, skip_bad, rejects, create_topics, provenance, verbosity, **options):
        def progress(count):
            if verbosity and self.stderr.isatty():
                self.stderr.write(f"\r{count} rows", ending="")

        try:
            with _opened(file) as lines:
                report = import_rows(
                    read_rows(lines),
                    skip_bad=skip_bad,
                    create_topics=create_topics,
                    provenance=provenance,
                    progress=progress,
                )
        except (OSError, UnicodeDecodeError, ValueError) as error:
            raise CommandError(_("%(file)s cannot be read: %(error)s") % {"file": file, "error": error}) from error
        except ImportRefusedError as refused:
            self._tell(refused.report.problems)
            raise CommandError(
                _("Nothing was imported: %(count)d problems. Mend them, or use --skip-bad.")
                % {"count": len(refused.report.problems)}
            ) from refused
        self._tell(report.problems)
        if report.rejected:
            target = Path(rejects or ("rejects.jsonl" if file == "-" else f"{file}.rejects.jsonl"))
            _write_rejects(target, report)
            self.stderr.write(_("Rejected rows are in %(file)s.") % {"file": target})
        if verbosity:
            self.stdout.write(
                _(
                    "%(created)d created, %(updated)d updated, %(refreshed)d refreshed, %(unchanged)d unchanged, "
                    "%(not_published)d not published, %(rejected)d rejected."
                )
                % {
                    "created": report.created,
                    "updated": report.updated,
                    "refreshed": report.refreshed,
                    "unchanged": report.unchanged,
                    "not_published": report.not_published,
                    "rejected": len(report.rejected),
                }
            )

    def _tell(self, problems):
        for problem in problems[:SHOWN_PROBLEMS]:
            self.stderr.write(
                _("Row %(row)d, %(field)s: %(reason)s")
                % {"row": problem.row, "field": problem.field or "-", "reason": problem.reason}
            )
        if len(problems) > SHOWN_PROBLEMS:
            self.stderr.write(_("… and %(count)d more.") % {"count": len(problems) - SHOWN_PROBLEMS})


def _opened(file):
    return sys.stdin if file == "-" else Path(file).open(encoding="utf-8")


def _write_rejects(target, report):
    """One JSON object per rejected row: its number, what was wrong, and the row itself."""
    reasons = {}
    for problem in report.problems:
        reasons.setdefault(problem.row, []).append({"field": problem.field, "reason": problem.reason})
    with target.open("w", encoding="utf-8") as out:
        for number, row in report.rejected:
            kept = None if isinstance(row, ValueError) else row
            out.write(json.dumps({"row": number, "problems": reasons[number], "data": kept}, ensure_ascii=False) + "\n")
