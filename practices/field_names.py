"""What the parts of a case study are called, as its form asks for them."""

from django.utils.translation import gettext as _

from practices.forms import ROW_KINDS, STEP_FORMS
from practices.models import Version
from practices.steps import BY_SLUG, STEPS

# Keys of the content that the form calls otherwise.
ASKED_AS = {"partners": "partner_roles"}


def field_name(key):
    """The name of a field, of a kind of rows or of a whole step, in the active language; ``key`` itself for no such."""
    asked = ASKED_AS.get(key, key)
    if asked in ROW_KINDS:
        return str(ROW_KINDS[asked].title)
    if asked == "countries":
        return _("Countries")
    if asked == "files":
        return _("Pictures and documents")
    for form in STEP_FORMS.values():
        if asked in form.base_fields:
            return str(form.base_fields[asked].label)
    if key in BY_SLUG:
        return str(BY_SLUG[key].label)
    columns = {field.name: field for field in Version._meta.concrete_fields}
    return str(columns[key].verbose_name) if key in columns else key


def fields_by_step():
    """[(name of a step, [(key, name) of the step as a whole and of each of its fields])]"""
    return [
        (step.label, [(key, field_name(key)) for key in dict.fromkeys((step.slug, *step.fields))]) for step in STEPS
    ]
