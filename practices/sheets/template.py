"""The empty workbook that officers fill in, in the reader's language: sheets, guidance for each column, and lists."""

import io

import xlsxwriter
from django import forms
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_col_to_name

from practices.forms import ROW_KINDS
from practices.sheets.layout import (
    CHOICES,
    FOR_READING,
    GUIDANCE,
    MAIN,
    NUMBER,
    SHEETS,
    TITLE_LENGTH,
    is_by_code,
    is_needed,
    is_needed_to_send,
    rule,
)
from practices.sheets.reading import BELOW_LIMIT, ROWS_LIMIT
from practices.sheets.words import Words

TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDE, NARROW = 40, 18
# A cell is text whatever it begins with: no name of a topic runs as a formula or leads anywhere.
_AS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}


def workbook(user):
    """The template for ``user`` as the bytes of an XLSX file. Costs a fixed number of queries."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, _AS_TEXT) as book:
        _Writer(book, Words(user)).write()
    return file.getvalue()


class _Writer:
    def __init__(self, book, words):
        self.book, self.words = book, words
        self.text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        self.heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#d8ebe5"})
        self.needed = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#f4b23c"})
        self.ranges = {}

    def write(self):
        sheets = {name: self._add(sheet.title) for name, sheet in SHEETS.items()}
        guidance, lists = (self._add(str(FOR_READING[name])[:TITLE_LENGTH]) for name in (GUIDANCE, CHOICES))
        self._write_lists(lists)
        for name, page in sheets.items():
            self._write_sheet(page, SHEETS[name])
        self._write_guidance(guidance)

    def _add(self, title):
        page = self.book.add_worksheet(title)
        if get_language_bidi():
            page.right_to_left()
        page.freeze_panes(1, 0)
        return page

    def _write_sheet(self, page, sheet):
        limit = ROWS_LIMIT if sheet.name == MAIN else BELOW_LIMIT
        for index, column in enumerate(sheet.columns):
            is_wide = isinstance(column.field, forms.CharField) and isinstance(column.field.widget, forms.Textarea)
            page.set_column(index, index, WIDE if is_wide else NARROW, self.text)
            page.write_string(0, index, str(column.label), self.needed if is_needed(sheet, column) else self.heading)
            if column.name == NUMBER and sheet.name == MAIN:
                for row in range(1, limit + 1):
                    page.write_number(row, index, row)
            elif not column.is_several and (place := (column.step, column.name)) in self.ranges:
                page.data_validation(1, index, limit, index, {"validate": "list", "source": self.ranges[place]})

    def _write_lists(self, page):
        """One column per list: the reader's words for its codes, or the codes where these are what is written."""
        place = 0
        for sheet in SHEETS.values():
            for column in sheet.columns:
                options = self.words.options(column)
                if not options:
                    continue
                page.set_column(place, place, WIDE, self.text)
                page.write_string(0, place, str(column.label), self.heading)
                words = [word for _code, word in options]
                if is_by_code(column):
                    words = [f"{code} · {word}" for code, word in options]
                for row, word in enumerate(words, start=1):
                    page.write_string(row, place, word)
                if not is_by_code(column):
                    title, letter = page.get_name().replace("'", "''"), xl_col_to_name(place, col_abs=True)
                    self.ranges[column.step, column.name] = f"='{title}'!{letter}$2:{letter}${len(words) + 1}"
                place += 1

    def _write_guidance(self, page):
        headings = (
            _("Sheet"),
            _("Column"),
            _("Needed?"),
            _("What it accepts"),
            _("At most"),
            _("What to write"),
            _("Example"),
        )
        for index, heading in enumerate(headings):
            page.set_column(index, index, WIDE if index in (3, 5, 6) else NARROW, self.text)
            page.write_string(0, index, heading, self.heading)
        lines = [line for sheet in SHEETS.values() for line in self._lines_of(sheet)]
        for row, line in enumerate(lines, start=1):
            for index, text in enumerate(line):
                page.write_string(row, index, text, self.text)

    def _lines_of(self, sheet):
        if sheet.name != MAIN:
            yield sheet.title, "", "", "", "", str(ROW_KINDS[sheet.name].hint), ""
        for column in sheet.columns:
            texts = (_need(sheet, column), rule(column), _limit(column), column.hint, self._example(column))
            yield sheet.title, str(column.label), *map(str, texts)

    def _example(self, column):
        words = [] if is_by_code(column) else [word for _code, word in self.words.options(column)]
        return column.example or "; ".join(words[: 2 if column.is_several else 1])


def _need(sheet, column):
    if is_needed(sheet, column):
        return _("Always")
    return _("Before it is sent") if is_needed_to_send(sheet, column) else _("No")


def _limit(column):
    limit = getattr(column.field, "max_length", None)
    return _("%(limit)d characters") % {"limit": limit} if limit else ""
