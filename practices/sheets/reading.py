"""Taking a filled workbook apart without trusting it: it is looked into like any file that is sent, then its cells are
read. Nothing in it is evaluated, followed or kept.
"""

import datetime
import os
import warnings
from typing import NamedTuple

import openpyxl
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl.utils import get_column_letter

from practices.files.inspecting import LIMITS
from practices.files.intake import inspected
from practices.markdown import clean
from practices.sheets.layout import MAIN, NUMBER, SHEETS, columns_by_label, key_of, sheets_by_title

MEGABYTE = 1024 * 1024
SIZE_LIMIT = 5 * MEGABYTE
ROWS_LIMIT = 500
BELOW_LIMIT = 20 * ROWS_LIMIT  # rows of one of the other sheets
COLUMNS_LOOKED_AT, ROWS_LOOKED_AT = 100, 12_000

# What the inspector found: {its word: why the workbook is not read, and what would be}; of all else it is unreadable.
WHY = {
    "entities": gettext_lazy("This workbook holds declarations that no Excel workbook has; it is not opened."),
    "active": gettext_lazy(
        "This workbook holds macros, other files or things that it would fetch from elsewhere. "
        "Copy the rows into an empty template."
    ),
    "locked": gettext_lazy("This workbook is locked with a password. Keep it without one."),
    "too_large_inside": gettext_lazy(
        "This workbook unpacks to more than is accepted, %(limit)d MB. Copy the rows into an empty template."
    ),
    "too_complicated": gettext_lazy(
        "This workbook takes too long to look through. Copy the rows into an empty template."
    ),
}


class Refused(Exception):
    """The file is not a workbook that can be read; the message, made for the reader, says why and what would be."""


class Line(NamedTuple):
    """One row in which something is written: its number in the sheet, {column: text} and {column: what is wrong}."""

    row: int
    texts: dict
    wrong: dict


class Table(NamedTuple):
    """One sheet as it was filled: what it is called, {column: letter} in the order of the sheet, and its lines."""

    title: str
    letters: dict
    lines: list


class Fault(NamedTuple):
    """What is wrong with one place: the sheet, the address of the cell ("C4", "" for the sheet), its column, why."""

    sheet: str
    address: str
    label: str
    text: str


class Filled(NamedTuple):
    """What a workbook holds: {name of a sheet: Table}, and what is wrong with its sheets and headings."""

    tables: dict
    faults: list


def read(file):
    """The Filled of ``file``, which came with a request. Raises Refused."""
    if file.size > SIZE_LIMIT:
        raise Refused(
            _("This file has %(size)s MB; at most %(limit)d MB are accepted. Split it into several sheets.")
            % {"size": f"{file.size / MEGABYTE:.1f}", "limit": SIZE_LIMIT // MEGABYTE}
        )
    verdict = inspected("sheet", file.temporary_file_path(), os.devnull)
    if "refused" in verdict:
        why = WHY.get(verdict["refused"])
        raise Refused(why % {"limit": LIMITS["sheet"].unpacked // MEGABYTE} if why else _unreadable())
    try:
        with warnings.catch_warnings(action="ignore"):  # of features that are not read anyway
            book = openpyxl.load_workbook(file, read_only=True, keep_links=False)
            try:
                return _filled(book)
            finally:
                book.close()
    except Refused:
        raise
    except Exception as error:  # whatever a damaged workbook makes its reader stumble over
        raise Refused(_unreadable()) from error


def _unreadable():
    return _("This is not a workbook that can be read. Fill in the template and keep it as an Excel workbook (.xlsx).")


def _filled(book):
    tables, faults = {}, []
    known = sheets_by_title()
    for sheet in book.worksheets:
        name = known.get(key_of(sheet.title), sheet.title)
        if name in SHEETS and name not in tables:
            tables[name] = _table(sheet, name, faults)
        elif name is not None:
            faults.append(Fault(sheet.title, "", "", _unknown_sheet()))
    if MAIN not in tables:
        raise Refused(
            _("This workbook has no sheet “%(title)s”. Fill in the template; its sheets keep their names.")
            % {"title": SHEETS[MAIN].title}
        )
    return Filled(tables, faults)


def _unknown_sheet():
    return _(
        "The portal does not know this sheet. The sheets keep the names that they have in the template: %(names)s."
    ) % {"names": ", ".join(sheet.title for sheet in SHEETS.values())}


def _table(sheet, name, faults):
    """The Table of one sheet; what is wrong with its headings goes to ``faults``."""
    sheet.reset_dimensions()  # what a sheet says about its own size need not be true
    rows = sheet.iter_rows(max_row=ROWS_LOOKED_AT, max_col=COLUMNS_LOOKED_AT)
    headings = [str(cell.value or "").strip() for cell in next(rows, ())]
    known, names = columns_by_label(name), {}  # the names by their place; "" where it was said what is wrong
    for index, heading in enumerate(headings):
        column = known.get(key_of(heading))
        if heading and (column is None or column in names.values()):
            faults.append(
                Fault(sheet.title, f"{get_column_letter(index + 1)}1", heading[:60], _unknown_heading(column))
            )
            names[index] = ""
        elif column:
            names[index] = column
    lines, limit = [], ROWS_LIMIT if name == MAIN else BELOW_LIMIT
    for number, cells in enumerate(rows, start=2):
        line = _line(sheet.title, number, cells, names, faults)
        if line.wrong or line.texts.keys() - {NUMBER}:
            lines.append(line)
        if len(lines) > limit:
            raise Refused(
                _("The sheet “%(title)s” has more than %(limit)d rows. Split it into several workbooks.")
                % {"title": sheet.title, "limit": limit}
            )
    return Table(
        sheet.title, {column: get_column_letter(index + 1) for index, column in names.items() if column}, lines
    )


def _unknown_heading(column):
    if column:
        return _("There is a column of this name already. Keep one of them.")
    return _("The portal does not know this column. Columns keep the headings that they have in the template.")


def _line(title, number, cells, names, faults):
    texts, wrong = {}, {}
    for index, cell in enumerate(cells):
        if cell.value is None:
            continue
        text, refusal = _text_of(cell)
        if index not in names:
            if text.strip() or refusal:
                address = f"{get_column_letter(index + 1)}{number}"
                faults.append(Fault(title, address, "", _("This column has no heading. Give it one, or empty it.")))
                names[index] = ""
        elif refusal:
            wrong[names[index]] = refusal
        elif text.strip():
            texts[names[index]] = text
    texts.pop("", None)
    wrong.pop("", None)
    return Line(number, texts, wrong)


def _text_of(cell):
    """(what a cell says as text, what is wrong with it or "")."""
    value = cell.value
    if cell.data_type == "f":
        return "", _("This cell holds a formula, which is not computed here. Write its result in its place.")
    if cell.data_type == "e":
        return "", _("This cell holds an error of the spreadsheet. Write what it should say.")
    if isinstance(value, datetime.datetime | datetime.date | datetime.time | datetime.timedelta):
        return "", _("The spreadsheet took this for a date. Give the cell the format “text” and write it once more.")
    if isinstance(value, bool):
        return ("true" if value else "false"), ""
    if isinstance(value, float):
        return (str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)), ""
    return clean(str(value)), ""
