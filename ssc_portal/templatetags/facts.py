""" "At a glance": written here and not in a template, as a page of a practice has thirty values of facts."""

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe

register = template.Library()


@register.simple_tag
def fact_rows(facts):
    """``facts`` (practices.editions) as the rows of a <dl>; several values of one fact become a list."""
    return mark_safe("".join(map(_row, facts)))  # noqa: S308 - escaped


def _row(fact):
    values = [_value(text, address) for text, address in fact.values]
    shown = values[0] if len(values) == 1 else f"<ul>{''.join(f'<li>{value}</li>' for value in values)}</ul>"
    return f"<div><dt>{conditional_escape(fact.label)}</dt><dd>{shown}</dd></div>\n"


def _value(text, address):
    words = f"{text.attributes}>{conditional_escape(text.value)}"
    return f'<a href="{conditional_escape(address)}"{words}</a>' if address else f"<span{words}</span>"
