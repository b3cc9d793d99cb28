"""The values of a filter: written here and not in a template, as a page of a list has three hundred of them."""

from functools import lru_cache

from django import template
from django.utils.formats import localize
from django.utils.html import escape
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from ssc_portal.templatetags.icons import icon

register = template.Library()

_OPTION = (
    '<label class="facet{zero}"><input class="form-check-input" type="checkbox" id="f-{name}-{value}" name="{name}" '
    'value="{value}"{state}>{leaf}<span>{label}</span><span class="n">{count}</span></label>'
)
_LEAF = '<span class="leaf leaf-sm a-{value}">{icon}</span>'


@register.simple_tag
def facet_options(facet, options):
    """``options`` of ``facet`` (practices.listing), one below the other.

    A value that would leave nothing stays, switched off. Challenge areas show their icons.
    """
    name, language, drawn = escape(facet.name), get_language(), []
    for option in options:
        value, is_zero = escape(option.value), not option.count
        drawn.append(
            _OPTION.format(
                name=name,
                value=value,
                label=escape(option.label),
                count=_number(option.count, language),
                zero=" facet-zero" if is_zero and not option.is_selected else "",
                state=" checked" if option.is_selected else " disabled" if is_zero else "",
                leaf=_LEAF.format(value=value, icon=icon(option.value)) if name == "area" else "",
            )
        )
    return mark_safe("\n".join(drawn))  # noqa: S308 - each part is escaped


@lru_cache(maxsize=10_000)
def _number(count, language):
    """``count`` as readers of ``language``, the active one, write it."""
    return localize(count)
