"""The values of a filter: written here and not in a template, as a page of a list has three hundred of them."""

from functools import lru_cache
from html import escape

from django import template
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ssc_portal.templatetags.drawn import drawn
from ssc_portal.templatetags.icons import icon

register = template.Library()

SHORT = 8

_OPTION = (
    '<label class="facet{zero}"><input class="form-check-input" type="checkbox" id="f-{name}-{value}" name="{name}" '
    'value="{value}"{state}>{leaf}<span>{label}</span><span class="n">{count}</span></label>'
)
_LEAF = '<span class="leaf leaf-sm a-{value}">{icon}</span>'


@register.simple_tag
def facet_values(facet):
    """The values of ``facet`` (practices.listing); of many, those that are chosen, and the others in a list to open."""
    if not facet.options:
        return format_html('<p class="small muted m-0">{}</p>', _("Nothing to choose here."))
    if len(facet.options) <= SHORT:
        return facet_options(facet, facet.options)
    return format_html(
        '{}\n<details class="more">{}\n{}</details>\n',
        facet_options(facet, facet.chosen),
        drawn("partials/facet_more.html", n=len(facet.options)),
        facet_options(facet, facet.others),
    )


def facet_options(facet, options):
    """``options`` of ``facet``, one below the other.

    A value that would leave nothing stays, switched off. Challenge areas show their icons.
    """
    language = get_language()
    return mark_safe("\n".join(_drawn(facet.name, option, language) for option in options))  # noqa: S308 - escaped


@lru_cache(maxsize=20_000)
def _drawn(name, option, language):
    """One value of the facet ``name`` as readers of ``language``, the active one, see it."""
    value, is_zero = escape(option.value), not option.count
    return _OPTION.format(
        name=escape(name),
        value=value,
        label=escape(option.label),
        count=localize(option.count),
        zero=" facet-zero" if is_zero and not option.is_selected else "",
        state=" checked" if option.is_selected else " disabled" if is_zero else "",
        leaf=_LEAF.format(value=value, icon=icon(option.value)) if name == "area" else "",
    )
