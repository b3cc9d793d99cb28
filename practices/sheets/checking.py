"""What each row of a filled workbook would become, and what is wrong with which cell, before anything is made."""

import json
import re
import uuid
from typing import NamedTuple

from django import forms
from django.utils.translation import gettext as _

from countries.models import Country
from practices import drafting
from practices.forms import ROW_KINDS, STEP_FORMS
from practices.models import Submission
from practices.sheets.layout import COUNTRY, MAIN, NUMBER, SHEETS, is_needed, key_of
from practices.sheets.reading import Fault, Table
from practices.sheets.words import Words

# Under which the key of a row is made, so that the same row of the same person is the same draft.
NAMESPACE = uuid.UUID("6f3b1c2e-5d0a-4a57-9d4e-0c1f6b7a8d21")
_BETWEEN = re.compile(r"[;؛\n]")
_COLUMNS = {sheet.name: {column.name: column for column in sheet.columns} for sheet in SHEETS.values()}


class Row(NamedTuple):
    """One case study of the workbook. ``values``: {step: values as ``drafting.save_step`` takes them}.

    ``key``: of the form that begins it; ``known``: the Submission that this very row began before, or None.
    """

    number: int
    title: str
    country: Country | None
    language: str
    key: uuid.UUID
    values: dict
    faults: list
    known: Submission | None = None

    @property
    def is_ready(self):
        return not self.faults and self.known is None

    @property
    def answers_count(self):
        """How many questions of the form the row answers."""
        count = 0
        for step, found in self.values.items():
            blank = drafting.blank(step)
            count += sum(value != blank[name] for name, value in found.items())
        return count


class Report(NamedTuple):
    """What was found: a Row per case study, and Faults that concern the workbook, which keep all of it waiting."""

    rows: list
    faults: list

    @property
    def ready(self):
        """The rows of which drafts would be made now."""
        return [] if self.faults else [row for row in self.rows if row.is_ready]


def check(filled, user, language):
    """The Report on ``filled`` (``reading.Filled``) for ``user``; a text that does not say so is in ``language``.

    Costs the same queries however many rows there are, and changes nothing.
    """
    return _Check(filled, user, language).report()


class _Check:
    def __init__(self, filled, user, language):
        self.filled, self.user, self.language = filled, user, language
        self.words = Words(user)
        self.faults = list(filled.faults)
        self.tables = {name: filled.tables.get(name, Table("", {}, [])) for name in SHEETS}
        self.below = {}

    def report(self):
        main = self.tables[MAIN]
        missing = [column for column in SHEETS[MAIN].columns if is_needed(SHEETS[MAIN], column)]
        for column in missing:
            if column.name not in main.letters:
                text = _("This sheet has no column “%(column)s”, which every case study needs.")
                self.faults.append(Fault(main.title, "", str(column.label), text % {"column": column.label}))
        self._sort_rows_below()
        rows = [self._row(line) for line in main.lines]
        if not rows and not self.faults:
            self.faults.append(Fault(main.title, "", "", _("Nothing is written on this sheet yet. Fill in a row.")))
        known = {row.form_key: row for row in Submission.objects.filter(form_key__in=[row.key for row in rows])}
        return Report([row._replace(known=known.get(row.key)) for row in self._once(rows)], self.faults)

    def _once(self, rows):
        """``rows``, those that say the same as one before or take its number told so."""
        seen = {}
        for row in rows:
            first = seen.setdefault(row.key, row.number)
            if first != row.number:
                text = _("This row says the same as row %(number)d. Remove one of them.") % {"number": first}
                row.faults.append(Fault(self.tables[MAIN].title, str(row.number), "", text))
        return rows

    def _sort_rows_below(self):
        """Lay the lines of the other sheets under the number of the case study that they name."""
        numbers = {}
        for line in self.tables[MAIN].lines:
            if NUMBER in line.texts:
                first = numbers.setdefault(key_of(line.texts[NUMBER]), line.row)
                if first != line.row:
                    text = _("The number %(number)s stands in row %(row)d already. Give each row its own.")
                    self._fault(MAIN, line, NUMBER, text % {"number": line.texts[NUMBER][:20], "row": first})
        for kind in ROW_KINDS:
            for line in self.tables[kind].lines:
                number = key_of(line.texts.get(NUMBER, ""))
                if number in numbers:
                    self.below.setdefault((numbers[number], kind), []).append(line)
                elif number:
                    text = _("No case study has the number %(number)s. Write one from the first sheet.")
                    self._fault(kind, line, NUMBER, text % {"number": number[:20]})
                else:
                    self._fault(kind, line, NUMBER, _("Say by its number which case study this row belongs to."))

    def _fault(self, sheet, line, column, text):
        self.faults.append(self._at(sheet, line, column, text))

    def _at(self, sheet, line, column, text):
        table = self.tables[sheet]
        address = f"{table.letters.get(column, '')}{line.row}"
        return Fault(table.title, address, str(_COLUMNS[sheet][column].label), text)

    def _row(self, line):
        faults = []
        country = self._country(line, faults)
        values = {step: self._values(step, line, country, faults) for step in STEP_FORMS}
        return Row(
            number=line.row,
            title=line.texts.get("title", "").strip()[:120],
            country=country,
            language=values["basics"].get("language") or self.language,
            key=self._key(line, country),
            values={step: found for step, found in values.items() if found},
            faults=faults,
        )

    def _key(self, line, country):
        """The same for the same row of the same person, wherever it stands and whatever number it has."""
        below = [[_said(one) for one in self.below.get((line.row, kind), [])] for kind in ROW_KINDS]
        text = json.dumps([self.user.pk, country and country.pk, _said(line), below])
        return uuid.uuid5(NAMESPACE, text)

    def _country(self, line, faults):
        text = line.texts.get(COUNTRY, "")
        if COUNTRY in line.wrong:
            faults.append(self._at(MAIN, line, COUNTRY, line.wrong[COUNTRY]))
            return None
        if not text and len(self.words.own) == 1:
            return self.words.own[0]
        code = self.words.code(_COLUMNS[MAIN][COUNTRY], text)
        if code:
            return self.words.countries[code]
        refusal = (
            self.words.refusal(_COLUMNS[MAIN][COUNTRY], text) if text else _("Say which of your countries leads it.")
        )
        faults.append(self._at(MAIN, line, COUNTRY, refusal))
        return None

    def _values(self, step, line, country, faults):
        """What the form of ``step`` makes of the row; {} where nothing of it is written or something is wrong."""
        data = self._data(MAIN, line, faults, step=step)
        kinds = [name for name in ROW_KINDS if name in drafting.blank(step)]
        below = {kind: self.below.get((line.row, kind), []) for kind in kinds}
        for kind, lines in below.items():
            for index, one in enumerate(lines):
                row = self._data(kind, one, faults)
                data |= {f"{kind}-{index}-{name}": text for name, text in row.items()}
        if not data and step != "basics":
            return {}
        stored = drafting.blank(step)
        if step == "basics":
            stored |= {"language": self.language}
        submission = Submission(country=country, lead=self.user)
        extra = {"words": self.words} if step == "basics" else {}
        form = STEP_FORMS[step](data, submission=submission, stored=stored, **extra)
        if form.is_valid():
            return form.values
        told = {(fault.sheet, fault.address) for fault in faults}
        found = [self._at(MAIN, line, name, text) for name, texts in form.errors.items() for text in texts]
        for kind, rows in form.row_sets.items():
            found += [self._at(kind, below[kind][0], NUMBER, text) for text in rows.errors]
            for one in rows.written:
                place = below[kind][one.number - 1]
                found += [self._at(kind, place, name, text) for name, texts in one.errors.items() for text in texts]
        faults += [fault for fault in found if (fault.sheet, fault.address) not in told]
        return {}

    def _data(self, sheet, line, faults, *, step=None):
        """{name: what a form would be sent} of the cells of ``line``, of one ``step`` where it is named."""
        data = {}
        for name, column in _COLUMNS[sheet].items():
            if column.field is None or (step and column.step != step):
                continue
            if name in line.wrong:
                faults.append(self._at(sheet, line, name, line.wrong[name]))
            elif name in line.texts:
                parts = [line.texts[name]]
                if column.is_several:
                    parts = [part.strip() for part in _BETWEEN.split(line.texts[name]) if part.strip()]
                if not isinstance(column.field, (forms.ChoiceField, forms.BooleanField)):
                    data[name] = "\n".join(parts)
                    continue
                codes = [self.words.code(column, part) for part in parts]
                if None in codes:
                    unknown = parts[codes.index(None)]
                    faults.append(self._at(sheet, line, name, self.words.refusal(column, unknown)))
                else:
                    data[name] = codes if column.is_several else codes[0]
        return data


def _said(line):
    """What a line says of the case study itself, in an order that does not depend on that of the columns."""
    return sorted((name, text) for name, text in line.texts.items() if name not in (NUMBER, COUNTRY))
