"""One field of a form as every page shows it: label, hint, error, control, in this order and tied together by ids."""

from django import forms, template

register = template.Library()
# Only limits below this are told: nobody counts longer texts.
SHORT = 1000


@register.inclusion_tag("partials/forms/field.html")
def field(bound, extra=""):
    """The bound field ``bound`` with ``extra`` classes around it.

    The form field may say ``needed_to_send`` (marked in words) and ``is_markdown`` (a toolbar where there is script).
    """
    source = bound.field
    own_id = bound.id_for_label or bound.auto_id  # a group of ticks has no label of its own
    hint_id, error_id = f"{own_id}_hint", f"{own_id}_error"
    is_text = isinstance(source, forms.CharField) and not isinstance(source, (forms.EmailField, forms.URLField))
    limit = source.max_length if is_text else None
    has_hint = bool(bound.help_text or (limit and limit < SHORT))
    described = [name for name, is_there in ((hint_id, has_hint), (error_id, bound.errors)) if is_there]
    attributes = {"class": _class_of(source.widget)}
    is_group = isinstance(source.widget, (forms.RadioSelect, forms.CheckboxSelectMultiple))
    if described and not is_group:
        attributes["aria-describedby"] = " ".join(described)
    if bound.errors and not is_group:
        attributes["aria-invalid"] = "true"
    if is_text and isinstance(source.widget, (forms.TextInput, forms.Textarea)):
        attributes["dir"] = "auto"  # English typed into an Arabic page reads from the left
    if getattr(source, "is_markdown", False):
        attributes["data-markdown"] = ""
    return {
        "bound": bound,
        "control": "" if is_group else bound.as_widget(attrs=attributes),
        "is_group": is_group,
        "is_tick": isinstance(source.widget, forms.CheckboxInput),
        "is_needed": getattr(source, "needed_to_send", False),
        "is_markdown": getattr(source, "is_markdown", False),
        "limit": limit,
        "hint_id": hint_id if has_hint else "",
        "error_id": error_id,
        "described": " ".join(described),
        "extra": extra,
    }


def _class_of(widget):
    if isinstance(widget, forms.CheckboxInput):
        return "form-check-input"
    return "form-select" if isinstance(widget, forms.Select) else "form-control"


@register.inclusion_tag("partials/forms/error_summary.html")
def error_summary(form):
    """What is wrong with ``form``, on top of it, each line leading to its field; nothing when nothing is."""
    problems = [("", text) for text in form.non_field_errors()]
    for bound in form:
        problems += [(bound.id_for_label or bound.auto_id, f"{bound.label}: {text}") for text in bound.errors]
    return {"problems": problems}
