"""Icons: one sprite for the whole portal, served once and cached for a year."""

from functools import lru_cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html

register = template.Library()


@register.simple_tag
@lru_cache(maxsize=500)
def icon(name, extra=""):
    """Draw the symbol ``name`` of static/img/icons.svg beside a word that says the same; readers do not hear it.

    ``extra``: further classes, for example "i-flip" for an arrow that turns in Arabic. The six areas' icons are named
    by their slugs. An unknown name draws nothing; tests/portal/test_icons.py looks for such names.
    """
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        f"i {extra}".strip(),
        static("img/icons.svg"),
        name,
    )
