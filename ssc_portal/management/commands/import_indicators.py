"""``manage.py import_indicators FILE``: import figures of indicators from a table.

The command stands on the top floor because it joins two: the figures are the countries', the serial that tells the
caches of public pages is the practices'.
"""

import io
import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from countries.importing import ImportRefusedError, Layout, import_figures, read_figures
from practices.serial import raise_public_serial

SHOWN_PROBLEMS = 200
SHOWN_CODES = 12


class Command(BaseCommand):
    help = (
        "Import figures of indicators (UNICEF SDMX-CSV, World Bank or long format). All or nothing unless --skip-bad."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", help="the file; - reads standard input")
        parser.add_argument("--format", choices=["auto", *Layout], default="auto", help="the layout (default: auto)")
        parser.add_argument("--dry-run", action="store_true", help="report what would happen, write nothing")
        parser.add_argument("--skip-bad", action="store_true", help="import the good rows, write the others to a file")
        parser.add_argument("--rejects", help="where to write rejected rows (default: FILE.rejects.jsonl)")

    def handle(self, *, file, format, dry_run, skip_bad, rejects, verbosity, **options):
        layout = None if format == "auto" else Layout(format)
        try:
            with _opened(file) as lines, transaction.atomic():
                report = import_figures(read_figures(lines, layout), skip_bad=skip_bad, dry_run=dry_run)
                if report.written and not dry_run:
                    raise_public_serial()
        except (OSError, ValueError) as error:
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
            self._sum_up(report, dry_run=dry_run)

    def _tell(self, problems):
        for problem in problems[:SHOWN_PROBLEMS]:
            self.stderr.write(
                _("Row %(row)d, %(field)s: %(reason)s Accepted: %(accepted)s.")
                % {
                    "row": problem.row,
                    "field": problem.field,
                    "reason": problem.reason,
                    "accepted": problem.accepted,
                }
            )
        if len(problems) > SHOWN_PROBLEMS:
            self.stderr.write(_("… and %(count)d more.") % {"count": len(problems) - SHOWN_PROBLEMS})

    def _sum_up(self, report, *, dry_run):
        if dry_run:
            self.stdout.write(_("Dry run: nothing was written."))
        self.stdout.write(
            _(
                "%(created)d created, %(changed)d changed, %(unchanged)d unchanged, %(empty)d empty, "
                "%(rejected)d rejected."
            )
            % {
                "created": report.created,
                "changed": report.changed,
                "unchanged": report.unchanged,
                "empty": report.empty,
                "rejected": len(report.rejected),
            }
        )
        for counts, text in (
            (report.series, _("%(count)d figures of other series: %(codes)s")),
            (report.places, _("%(count)d figures of regions and unknown countries: %(codes)s")),
            (report.parts, _("%(count)d figures of a part of the population, divided by: %(codes)s")),
        ):
            if counts:
                shown = [code for code, _count in counts.most_common(SHOWN_CODES)]
                codes = ", ".join(shown) + (" …" if len(counts) > SHOWN_CODES else "")
                self.stdout.write(text % {"count": counts.total(), "codes": codes})


def _opened(file):
    # Tables from offices begin with a byte order mark more often than not.
    if file == "-":
        return io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", newline="")
    return Path(file).open(encoding="utf-8-sig", newline="")


def _write_rejects(target, report):
    """One JSON object per rejected row: its line, what was wrong, what would be accepted, and the row itself."""
    reasons = {}
    for problem in report.problems:
        reasons.setdefault(problem.row, []).append(
            {"field": problem.field, "reason": problem.reason, "accepted": problem.accepted}
        )
    with target.open("w", encoding="utf-8") as out:
        for line, row in report.rejected.items():
            out.write(json.dumps({"row": line, "problems": reasons[line], "data": row}, ensure_ascii=False) + "\n")
