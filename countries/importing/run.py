"""One run of an import: every figure checked against what is known, and the new and changed ones written at once."""

import re
from collections import Counter
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from countries.enums import FIRST_YEAR, LARGEST
from countries.importing.layouts import BEYOND
from countries.models import Country, Indicator, IndicatorRevision, IndicatorValue

BATCH = 5_000
SOURCE_LIMIT = IndicatorValue._meta.get_field("source").max_length
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?")


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one row: its line, the column, the reason in words and what would be accepted."""

    row: int
    field: str
    reason: str
    accepted: str


@dataclass
class Report:
    """What an import did, in figures, what it left out and why, and what was wrong.

    ``parts``, ``places`` and ``series`` count what is none of ours: {columns that divide the population: figures},
    {code of a region or unknown country: figures}, {code of another series: figures}. ``kept``: figures that came from
    elsewhere and were left alone.
    """

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    kept: int = 0
    empty: int = 0
    parts: Counter = field(default_factory=Counter)
    places: Counter = field(default_factory=Counter)
    series: Counter = field(default_factory=Counter)
    problems: list = field(default_factory=list)
    rejected: dict = field(default_factory=dict)

    @property
    def written(self):
        """How many figures are not what they were before."""
        return self.created + self.changed


class ImportRefusedError(Exception):
    """Rows are wrong and may not be skipped: nothing was imported. ``report`` says what is wrong."""

    def __init__(self, report):
        super().__init__(f"{len(report.problems)} problems")
        self.report = report


@transaction.atomic
def import_figures(given, *, skip_bad=False, dry_run=False, only_own=False):
    """Write the figures ``given`` (rows of ``read_figures``) that are new or differ from what is stored.

    ``skip_bad``: import the good rows although others are wrong. ``dry_run``: report and write nothing. ``only_own``:
    change a stored figure only if it has the very source that is given, so that figures from elsewhere stay.
    Returns a Report; ``rejected`` holds {line: row} of what was refused. Raises ImportRefusedError, with nothing
    written, when a row is wrong and ``skip_bad`` is off, and whatever ``given`` raises. Whoever calls this tells the
    caches of public pages, as this floor knows of none.
    """
    report = Report()
    # Two imports at once would both find the same figure missing: the second waits here.
    indicators = {row.code: row for row in Indicator.objects.select_for_update().order_by("code")}
    checked = _checked(given, indicators, report)
    if report.problems and not skip_bad:
        raise ImportRefusedError(report)
    new, changed, revisions = _compared(checked, indicators, report, only_own=only_own)
    if not dry_run:
        IndicatorValue.objects.bulk_create(new, batch_size=BATCH)
        IndicatorRevision.objects.bulk_create(revisions, batch_size=BATCH)
        IndicatorValue.objects.bulk_update(changed, ["value", "source", "imported_at"], batch_size=BATCH // 5)
    return report


def _checked(given, indicators, report):
    """{(ISO3, indicator code, year): (value, source)} of the rows without problems; the rest is told in ``report``."""
    countries = set(Country.objects.values_list("pk", flat=True))
    last_year = timezone.localdate().year
    checked, lines = {}, {}
    for one in given:
        if _is_left_out(one, countries, report):
            continue
        problems, key, value, source = _check(one, indicators, last_year)
        if not problems and key in checked and checked[key][0] != value:
            problems = [
                (
                    "value",
                    _("Line %(line)d gives another figure for the same country, indicator and year.")
                    % {"line": lines[key]},
                    _("one figure a year"),
                )
            ]
        if problems:
            report.problems += [
                Problem(one.row, one.fields.get(name, name), reason, accepted) for name, reason, accepted in problems
            ]
            report.rejected[one.row] = one.data
        elif key not in checked:
            checked[key] = value, source
            lines[key] = one.row
    return checked


def _is_left_out(one, countries, report):
    """Count what is none of ours, and say whether ``one`` is."""
    if one.indicator is None:
        report.series[one.series] += 1
    elif one.place and one.place not in countries:
        report.places[one.place] += 1
    elif one.skipped:
        report.parts[one.skipped] += 1
    elif not one.value:
        report.empty += 1
    else:
        return False
    return True


def _check(one, indicators, last_year):
    """(problems, key, value, source) of one figure; problems: [(what, reason, what would be accepted)]."""
    problems = []
    if BEYOND in one.data:
        problems.append(("row", _("The row has more cells than the header."), _("numbers without commas")))
    if not one.place:
        problems.append(("place", _("There is no country."), _("an ISO3 code such as KEN")))
    indicator = indicators.get(one.indicator)
    if indicator is None:
        reason = _("There is no indicator “%(code)s”.") % {"code": one.series[:60]}
        return [*problems, ("series", reason, ", ".join(indicators) or _("none: load the fixtures first"))], None, 0, ""
    accepted = (indicator.unit, indicator.units.get("en", "")) if one.units is None else one.units
    if one.unit and one.unit not in accepted:
        reason = _("The unit “%(unit)s” is not that of the indicator.") % {"unit": one.unit[:60]}
        problems.append(("unit", reason, ", ".join(accepted)))
    year = int(one.year) if re.fullmatch(r"[0-9]{4}", one.year) else 0
    if not FIRST_YEAR <= year <= last_year:
        reason = _("“%(year)s” is not a year that a figure can have.") % {"year": one.year[:20]}
        problems.append(("year", reason, f"{FIRST_YEAR}-{last_year}"))
    number = float(one.value) if _NUMBER.fullmatch(one.value) else None
    largest = LARGEST[indicator.unit]
    if number is None:
        reason = _("“%(value)s” is not a number.") % {"value": one.value[:40]}
        problems.append(("value", reason, _("digits with a point, such as 12.5")))
    elif not 0 <= number <= largest:
        reason = _("%(value)s is not possible in this unit.") % {"value": one.value[:40]}
        problems.append(("value", reason, f"0-{largest}"))
    source = one.source or indicator.source
    if len(source) > SOURCE_LIMIT or not source.isprintable():
        accepted = _("one line of at most %(count)d characters") % {"count": SOURCE_LIMIT}
        problems.append(("source", _("The source is too long or is not a single line of text."), accepted))
    return problems, (one.place, indicator.code, year), number, source


def _compared(checked, indicators, report, *, only_own):
    """(new, changed and what the changed ones were) as unsaved rows, with the counts in ``report``."""
    codes = {code for _iso3, code, _year in checked}
    rows = IndicatorValue.objects.filter(indicator__in=codes).order_by()
    rows = rows.values_list("country_id", "indicator_id", "year", "pk", "value", "source", "imported_at")
    stored = {(iso3, code, year): rest for iso3, code, year, *rest in rows.iterator(chunk_size=BATCH)}
    now = timezone.now()
    new, changed, revisions = [], [], []
    for (iso3, code, year), (value, source) in checked.items():
        facts = {"country_id": iso3, "indicator_id": code, "year": year}
        facts |= {"value": value, "source": source, "imported_at": now}
        if (iso3, code, year) not in stored:
            new.append(IndicatorValue(**facts))
            continue
        pk, old_value, old_source, old_moment = stored[iso3, code, year]
        if old_value == value:  # the same figure from elsewhere keeps where it was first from
            report.unchanged += 1
        elif only_own and old_source != source:
            report.kept += 1
        else:
            changed.append(IndicatorValue(pk=pk, **facts))
            revisions.append(
                IndicatorRevision(
                    figure_id=pk, value=old_value, source=old_source, imported_at=old_moment, replaced_at=now
                )
            )
    report.created, report.changed = len(new), len(changed)
    return new, changed, revisions
