"""Which sheets a workbook has and which columns they have: the form of a case study, laid out flat.

A sheet and a column are called as the form calls them, in any language of the portal, or by their codes.
"""

import functools
from typing import NamedTuple

from django import forms
from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from practices import steps
from practices.forms import (
    ROW_KINDS,
    STEP_FORMS,
    AddressField,
    AmountField,
    CountField,
    CountriesField,
    FigureField,
    LinesField,
    TargetsField,
    YearField,
)

MAIN, GUIDANCE, CHOICES = "case_studies", "guidance", "choices"
NUMBER, COUNTRY = "number", "country"
# What the form asks of an update only.
_OF_UPDATES = {"change_note"}
TITLE_LENGTH = 31  # of a sheet, in Excel
# Columns with a list take their example from it; of others the hint says what to write.
EXAMPLES = {
    "title": _("School handwashing stations in Puno"),
    "summary": _("Stations with soap at 210 schools halved the days that children missed through diarrhoea."),
    "sdg_targets": "3.2, 6.a",
    "places": "Puno, Juliaca",
    "start_year": "2019",
    "end_year": "2023",
    "beneficiary_groups": _("girls aged 10 to 14; boys aged 10 to 14"),
    "beneficiaries_count": "12500",
    "lead_institutions": _("Ministry of Health"),
    "cost_setup": "12500.50",
    "cost_yearly": "4000",
    "cost_currency": "USD",
    "cost_year": "2022",
    "contact_organisation": _("Ministry of Health"),
    "contact_email": "office@example.org",
}
ROW_EXAMPLES = {
    ("results", "name"): _("Children under five who are stunted"),
    ("results", "baseline"): "31.4",
    ("results", "baseline_year"): "2015",
    ("results", "latest"): "24.8",
    ("results", "latest_year"): "2022",
    ("results", "source"): _("Health survey 2022"),
    ("lessons", "text"): _("Train the school committee first: it buys the soap."),
    ("building_blocks", "title"): _("Training of nurses"),
    ("partner_roles", "organisation"): _("Ministry of Education"),
    ("references", "title"): _("Health survey 2022"),
    ("references", "year"): "2022",
    ("references", "url"): "https://www.example.org/report.pdf",
}


class Column(NamedTuple):
    """One column. ``field``: the field of the form that reads it, None where the sheet alone asks for it."""

    name: str
    label: str | Promise
    hint: str | Promise
    field: forms.Field | None
    step: str = ""
    example: str | Promise = ""

    @property
    def is_several(self):
        """Whether a cell says several things, as names hold commas: with semicolons or one per line."""
        return isinstance(self.field, (forms.MultipleChoiceField, LinesField))


class Sheet(NamedTuple):
    """One sheet. ``titles`` are cut where Excel would."""

    name: str
    label: str | Promise
    columns: tuple[Column, ...]

    @property
    def title(self):
        """What the sheet is called in the active language."""
        return str(self.label)[:TITLE_LENGTH]


def _main_columns():
    yield Column(
        NUMBER,
        _("Number"),
        _("A number of your choice, once per row. The other sheets say by it what they belong to."),
        None,
    )
    yield Column(COUNTRY, _("Lead country"), _("Leave it empty when you write for one country only."), None)
    for step, form in STEP_FORMS.items():
        for name, field in form.base_fields.items():
            if name not in _OF_UPDATES:
                yield Column(name, field.label, field.help_text, field, step, EXAMPLES.get(name, ""))


def _columns_of(kind):
    yield Column(NUMBER, _("Number"), _("The number of the case study that this row belongs to."), None)
    for name, field in kind.form.base_fields.items():
        example = ROW_EXAMPLES.get((kind.name, name), "")
        yield Column(name, field.label, field.help_text, field, steps.STEP_OF[kind.name], example)


SHEETS = {
    sheet.name: sheet
    for sheet in (
        Sheet(MAIN, _("Case studies"), tuple(_main_columns())),
        *(Sheet(kind.name, kind.title, tuple(_columns_of(kind))) for kind in ROW_KINDS.values()),
    )
}
# Written for the reader, passed over when a filled workbook is read.
FOR_READING = {GUIDANCE: _("Guidance"), CHOICES: _("Lists")}


def is_needed(sheet, column):
    """Whether a row of ``sheet`` needs the column before a draft can be made of it."""
    if sheet.name == MAIN:
        return column.field is not None and column.field.required
    return column.name in (NUMBER, ROW_KINDS[sheet.name].form.key)


def is_needed_to_send(sheet, column):
    """Whether the curators cannot do without it."""
    return sheet.name == MAIN and column.name in steps.NEEDED_TO_SEND


def is_by_code(column):
    """Whether a list holds codes to write, each with its text beside it, not words."""
    return isinstance(column.field, TargetsField)


def rule(column):
    """What the column accepts, in the active language: one sentence."""
    field = column.field
    if column.name == NUMBER:
        return _("A whole number.")
    if column.name == COUNTRY or isinstance(field, forms.BooleanField):
        return _("One of the words of the list.")
    if isinstance(field, forms.MultipleChoiceField):
        return _("Words of the list, separated by semicolons.")
    if isinstance(field, forms.ChoiceField):
        return _("One of the words of the list.")
    if isinstance(field, CountriesField):
        return _("Names or codes of countries, separated by semicolons.")
    if isinstance(field, TargetsField):
        return _("Codes separated by commas.")
    if isinstance(field, LinesField):
        return _("Several, separated by semicolons or one per line.")
    if isinstance(field, YearField):
        return _("A year with four digits.")
    if isinstance(field, (CountField, AmountField, FigureField)):
        return _("A number in digits.")
    if isinstance(field, AddressField):
        return _("An address on the web, with https:// or http://.")
    if isinstance(field, forms.EmailField):
        return _("An e-mail address.")
    return _("Text.")


def key_of(text):
    """``text`` as names are compared: however it is capitalised and spaced."""
    return " ".join(str(text).split()).casefold()


@functools.cache
def sheets_by_title():
    """{title in any language, or code, as ``key_of`` gives it: name of the sheet}; what is only read gives None."""
    titles = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for sheet in SHEETS.values():
                titles.setdefault(key_of(sheet.title), sheet.name)
            for label in FOR_READING.values():
                titles.setdefault(key_of(str(label)[:TITLE_LENGTH]), None)
    return {**dict.fromkeys(FOR_READING), **{name: name for name in SHEETS}, **titles}


@functools.cache
def columns_by_label(sheet):
    """{label in any language, or code, as ``key_of`` gives it: name of the column} of the sheet ``sheet``."""
    labels = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for column in SHEETS[sheet].columns:
                labels.setdefault(key_of(column.label), column.name)
    return {**{column.name: column.name for column in SHEETS[sheet].columns}, **labels}
