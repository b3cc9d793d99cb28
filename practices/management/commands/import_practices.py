"""``manage.py import_practices FILE``: import good practices from JSON or JSON Lines."""

import json
import shutil
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from practices.enums import Provenance
from practices.importing import ImportRefusedError, RowFile, UnreadableFileError, import_rows

SHOWN_PROBLEMS = 200
SHOWN_LENGTH = 1000  # of a field or a reason, which may quote a value


class Command(BaseCommand):
    help = (
        "Import good practices from a JSON or JSON Lines file. Wrong rows: nothing is imported, unless --skip-bad is "
        "given. Interrupted: give the same command again, it goes on where it ended."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", help="the file; - reads standard input")
        parser.add_argument("--skip-bad", action="store_true", help="import the good rows, write the others to a file")
        parser.add_argument("--rejects", help="where to write rejected rows (default: FILE.rejects.jsonl)")
        parser.add_argument("--create-topics", action="store_true", help="create topics that are not known yet")
        parser.add_argument("--provenance", choices=Provenance.values, default=Provenance.IMPORTED)

    def handle(self, *, file, skip_bad, rejects, create_topics, provenance, verbosity, **options):
        try:
            with _readable_twice(file) as path:
                rows = RowFile(path)
                is_watched = verbosity and self.stderr.isatty()
                report = import_rows(
                    rows,
                    skip_bad=skip_bad,
                    create_topics=create_topics,
                    provenance=provenance,
                    progress=_Bar(self.stderr, rows) if is_watched else None,
                )
        except (OSError, UnreadableFileError) as error:
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
                % {"row": problem.row, "field": _shown(problem.field).strip() or "-", "reason": _shown(problem.reason)}
            )
        if len(problems) > SHOWN_PROBLEMS:
            self.stderr.write(_("… and %(count)d more.") % {"count": len(problems) - SHOWN_PROBLEMS})


class _Bar:
    """Shows on a terminal how far an import is."""

    WIDTH = 30

    def __init__(self, out, rows):
        self._out, self._rows, self._phase, self._start = out, rows, None, 0

    def __call__(self, is_writing, count):
        if is_writing != self._phase:
            self._phase, self._start = is_writing, time.monotonic()
        share = self._rows.share
        seconds = max(time.monotonic() - self._start, 0.001)
        bar = ("#" * round(share * self.WIDTH)).ljust(self.WIDTH, ".")
        words = _("importing") if is_writing else _("checking")
        line = _("%(count)d rows, %(rate)d a second, %(left)d s left") % {
            "count": count,
            "rate": count / seconds,
            "left": seconds * (1 - share) / share if share else 0,
        }
        self._out.write(f"\r{words} [{bar}] {share:4.0%}  {line}  ", ending="\n" if share == 1 else "")


@contextmanager
def _readable_twice(file):
    """The path of ``file``; what comes from standard input is kept in a file of its own meanwhile."""
    if file != "-":
        yield file
        return
    with tempfile.NamedTemporaryFile() as kept:
        shutil.copyfileobj(sys.stdin.buffer, kept)
        kept.flush()
        yield kept.name


def _shown(text):
    """``text`` of a report, which may quote anything, on one line of its own."""
    line = "".join(character if character.isprintable() else "\ufffd" for character in text[: SHOWN_LENGTH + 1])
    return line if len(line) <= SHOWN_LENGTH else f"{line[:SHOWN_LENGTH]}…"


def _write_rejects(target, report):
    """One JSON object per rejected row: its number, what was wrong, and the row itself."""
    reasons = {}
    for problem in report.problems:
        reasons.setdefault(problem.row, []).append({"field": problem.field, "reason": problem.reason})
    with target.open("w", encoding="utf-8") as out:
        for number, row in report.rejected:
            kept = None if isinstance(row, ValueError) else row
            out.write(json.dumps({"row": number, "problems": reasons[number], "data": kept}, ensure_ascii=False) + "\n")
