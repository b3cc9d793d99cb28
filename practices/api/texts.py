"""The text of a case study as JSON: what programs write is read by the form itself, so that both doors refuse alike.

Members are called as the form calls its fields, and have the shape of ``drafting.stored``.
"""

import datetime
from collections import Counter
from decimal import Decimal
from types import NoneType

from django import forms
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from countries.api.bodies import unknown_members
from countries.api.parameters import SHOWN_OF_VALUE
from practices import drafting
from practices.files.drafts import said
from practices.forms import ROW_KINDS, ROWS_LIMIT, STEP_FORMS, LinesField, TargetsField
from practices.steps import STEP_OF

# The first of the challenge areas is the primary one; only the page has to ask for it apart.
_ASKED_BY_PAGES = "primary_area"
_OF_UPDATES = "change_note"
FIELDS = {
    name: field for form in STEP_FORMS.values() for name, field in form.base_fields.items() if name != _ASKED_BY_PAGES
}
MEMBERS = (*FIELDS, *ROW_KINDS)


def members_of(submission):
    """The names of what can be written of ``submission``: what is new in it, of an update only."""
    return [name for name in MEMBERS if name != _OF_UPDATES or submission.is_update]


def shown(submission):
    """The whole text of ``submission``: {member: value}."""
    values = {}
    for step in STEP_FORMS:
        values |= drafting.stored(submission, step)
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in values.items()}


def differences(submission, data):
    """Where ``data`` (members as they were sent) and what is stored differ: [{"field", "yours", "stored"}]."""
    return differing(shown(submission), data)


def differing(stored, data):
    """The same of ``stored``, {member: value}."""
    return [
        {"field": name, "yours": value, "stored": stored[name]}
        for name, value in data.items()
        if name in stored and value != stored[name]
    ]


def read(data, submission, *, is_whole=False):
    """What ``data``, an object of members, makes of the text of ``submission``: {step: values for drafting}.

    Members that are left out stay, or become blank where ``is_whole``. Raises ValidationError with every fault, each by
    its path, such as "results[2].unit".
    """
    errors = unknown_members(data, members_of(submission))
    values = {}
    for step in STEP_FORMS:
        named = [name for name in members_of(submission) if STEP_OF[_part(name)] == step and (is_whole or name in data)]
        if named:
            form, faults = _form(step, data, submission, is_whole=is_whole)
            if form.is_valid() and not faults:
                values[step] = {name: form.values[name] for name in named}
            else:
                errors |= _faults(form) | faults
    if errors:
        raise ValidationError(errors)
    return values


def _part(name):
    """The part of the form, as ``steps`` names it, to which a member belongs."""
    return "countries" if name in drafting.COUNTRIES else name


def _form(step, data, submission, *, is_whole):
    """(the form of ``step`` with ``data``, {path: [message]} of what is of another type than it should be)

    In the place of the latter the form has what is stored, so that it finds what else is wrong.
    """
    stored = drafting.stored(submission, step)
    before = drafting.blank(step) if is_whole else stored
    sent, faults = {}, {}
    for name, field in STEP_FORMS[step].base_fields.items():
        if name != _ASKED_BY_PAGES:
            sent[name] = as_sent(field, before[name])
            _send(field, name, data.get(name, before[name]), sent, faults, path=name)
    for name in ROW_KINDS.keys() & before.keys():
        _send_rows(name, data.get(name, before[name]), sent, faults)
    if step == "basics":
        sent[_ASKED_BY_PAGES] = next(iter(sent["challenge_areas"]), "")
        stored = stored | {"challenge_areas": [], "topics": []}  # so that their order is the one that was sent
    return STEP_FORMS[step](sent, submission=submission, stored=stored), faults


def _send(field, name, value, sent, faults, *, path):
    """Note in ``sent`` what a page would send for the JSON ``value`` of ``field``, or in ``faults`` what is wrong."""
    try:
        sent[name] = as_sent(field, value)
    except ValueError as error:
        faults[path] = [str(error)]


def as_sent(field, value):
    """What a page would send for the JSON ``value`` of ``field``. Raises ValueError with what would be right."""
    if isinstance(field, forms.BooleanField):
        if not isinstance(value, bool):
            raise ValueError(_("Send true or false."))
        return value
    if isinstance(field, (LinesField, TargetsField, forms.MultipleChoiceField)):
        return _several(field, value)
    if isinstance(field, forms.IntegerField):  # and amounts and figures, which Django's forms derive from it
        if isinstance(value, bool) or not isinstance(value, (int, float, Decimal, NoneType)):
            raise ValueError(_("Send a number, or null where there is none."))
        return "" if value is None else format(Decimal(str(value)), "f")
    if isinstance(field, forms.DateField):
        if value is not None and not isinstance(value, (str, datetime.date)):
            raise ValueError(_("Send a day such as “2027-03-31”, or null where there is none."))
        return str(value or "")
    if not isinstance(value, str):
        raise ValueError(_("Send a text."))
    if isinstance(field, forms.ChoiceField) and value not in dict(field.choices):
        text = _("“%(value)s” is not one of the choices. Choose from the list.")
        raise ValueError(text % {"value": value[:SHOWN_OF_VALUE]})
    return value


def _several(field, value):
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError(_("Send a list of texts."))
    if [one for one, times in Counter(value).items() if times > 1]:
        raise ValueError(_("Name each only once."))
    if isinstance(field, forms.MultipleChoiceField):
        return value
    if isinstance(field, TargetsField):
        return ", ".join(value)
    return "\n".join(" ".join(one.split()) for one in value)


def _send_rows(kind, rows, sent, faults):
    """The same for all ``rows`` of one ``kind``."""
    if not isinstance(rows, list):
        faults[kind] = [_("Send a list of objects.")]
        return
    if len(rows) > ROWS_LIMIT:
        text = _("These are %(count)d rows; at most %(limit)d are accepted. Remove some.")
        faults[kind] = [text % {"count": len(rows), "limit": ROWS_LIMIT}]
        return
    fields = ROW_KINDS[kind].form.base_fields
    for index, row in enumerate(rows):
        path = f"{kind}[{index}]"
        if not isinstance(row, dict):
            faults[path] = [_("Send an object.")]
            continue
        faults |= {f"{path}.{name}": texts for name, texts in unknown_members(row, fields).items()}
        for name, field in fields.items():
            sent[f"{kind}-{index}-{name}"] = ""
            if name in row:
                _send(field, f"{kind}-{index}-{name}", row[name], sent, faults, path=f"{path}.{name}")
        form = ROW_KINDS[kind].form
        said_in = [name for name in fields if name not in form.always_there]
        if not any(str(sent.get(f"{kind}-{index}-{name}") or "").strip() for name in said_in):
            # A page shows an empty row to write in, and passes it over.
            faults.setdefault(f"{path}.{form.key}", [str(form.key_message)])


def _faults(form):
    """{path: [messages]} of a form that is not valid."""
    faults = {name: list(texts) for name, texts in form.errors.items() if name != _ASKED_BY_PAGES}
    for kind, rows in form.row_sets.items():
        if rows.errors:
            faults[kind] = rows.errors
        for row in rows.written:
            faults |= {f"{kind}[{row.number - 1}].{name}": list(texts) for name, texts in row.errors.items()}
    return faults


def shown_of_file(row):
    """What is said about the file of ``row``, {member: value}."""
    stored = said(row)
    return stored | {"consent_until": stored["consent_until"] and stored["consent_until"].isoformat()}


def read_about_file(data, row, make):
    """What ``data`` says about the file of ``row``, read by ``make``, its form: values for ``drafts.describe``.

    Members that are left out stay. Raises ValidationError.
    """
    errors, sent, stored = unknown_members(data, make.base_fields), {}, said(row)
    for name, field in make.base_fields.items():
        _send(field, name, data.get(name, stored[name]), sent, errors, path=name)
    form = make(sent)
    if not errors and form.is_valid():
        return form.cleaned_data
    raise ValidationError(errors or {name: list(texts) for name, texts in form.errors.items()})
