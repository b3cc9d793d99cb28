"""Taking a filled workbook apart without trusting it: nothing in it is evaluated, followed or written to disk."""

import datetime
import warnings
import zipfile
from typing import NamedTuple

import openpyxl
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from practices.markdown import clean
from practices.sheets.layout import MAIN, NUMBER, SHEETS, columns_by_label, key_of, sheets_by_title

MEGABYTE = 1024 * 1024
SIZE_LIMIT = 5 * MEGABYTE
ROWS_LIMIT = 500
BELOW_LIMIT = 20 * ROWS_LIMIT  # rows of one of the other sheets
# What the parts of a workbook may unpack to: all of them, and each that holds no cells (styles, names, themes).
UNPACKED_LIMIT, PART_LIMIT, PARTS_LIMIT = 25 * MEGABYTE, 2 * MEGABYTE, 200
COLUMNS_LOOKED_AT, ROWS_LOOKED_AT = 100, 12_000
_WITH_CELLS = ("xl/worksheets/", "xl/sharedStrings.xml")
_CHUNK = 64 * 1024


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
    """The Filled of the uploaded ``file``. Raises Refused."""
    if file.size > SIZE_LIMIT:
        raise Refused(
            _("This file has %(size)s MB; at most %(limit)d MB are accepted. Split it into several sheets.")
            % {"size": f"{file.size / MEGABYTE:.1f}", "limit": SIZE_LIMIT // MEGABYTE}
        )
    _check_parts(file)
    file.seek(0)
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


def _check_parts(file):
    """Look at the archive before anything is unpacked, then at each part before anything is made of it."""
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            _check_names(parts)
            for part in parts:
                if part.filename.endswith((".xml", ".rels", ".vml")):
                    _check_xml(archive, part)
    except Refused:
        raise
    except DefusedXmlException:
        raise Refused(_("This workbook holds declarations that no Excel workbook has; it is not opened.")) from None
    except Exception as error:  # broken archives and broken XML, of which there are many kinds
        raise Refused(_unreadable()) from error


def _check_names(parts):
    names = {part.filename for part in parts}
    if not {"[Content_Types].xml", "xl/workbook.xml"} <= names:
        raise Refused(_unreadable())
    if any("vbaProject" in name for name in names):
        raise Refused(_("This workbook holds macros. Keep it as an Excel workbook without them (.xlsx)."))
    if any(part.flag_bits & 0x1 for part in parts):
        raise Refused(_("This workbook is locked with a password. Keep it without one."))
    sizes = sum(part.file_size for part in parts)
    is_swollen = len(parts) > PARTS_LIMIT or sizes > UNPACKED_LIMIT
    for part in parts:
        is_swollen |= not part.filename.startswith(_WITH_CELLS) and part.file_size > PART_LIMIT
    if is_swollen:
        raise Refused(
            _("This workbook unpacks to more than is accepted, %(limit)d MB. Copy the rows into an empty template.")
            % {"limit": UNPACKED_LIMIT // MEGABYTE}
        )


class _Nothing:
    """A tree of XML of which nothing is kept."""

    def close(self):
        return None


def _check_xml(archive, part):
    """Refuse a document type, with which XML reads other files or swells. No part unpacks to more than it says."""
    parser = DefusedXMLParser(target=_Nothing(), forbid_dtd=True)
    with archive.open(part) as source:
        while chunk := source.read(_CHUNK):
            parser.feed(chunk)
    parser.close()


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
