"""Which page numbers a pager shows."""

from html import escape

from django import template
from django.utils.safestring import mark_safe

register = template.Library()

_LINK = '<li><a href="?{query}">{number}</a></li>'
_CURRENT = '<li><span aria-current="page">{number}</span></li>'
_GAP = '<li><span class="muted">…</span></li>'


def pages_around(page, pages_count):
    """First, last and the neighbours of ``page``; None where numbers are left out: [1, None, 4, 5, 6, None, 9]."""
    near = {1, pages_count, *range(max(1, page - 1), min(pages_count, page + 1) + 1)}
    shown = []
    for number in sorted(near):
        if shown and number - shown[-1] == 2:
            shown.append(number - 1)
        elif shown and number - shown[-1] > 2:
            shown.append(None)
        shown.append(number)
    return shown


@register.simple_tag
def page_links(listing):
    """The links to the pages of ``listing`` that a pager shows, the current one without: written here and not in a
    template, as most lists have them.
    """
    links = [_link(listing, number) for number in pages_around(listing.page, listing.pages_count)]
    return mark_safe("\n".join(links))  # noqa: S308 - escaped


def _link(listing, number):
    if number is None:
        return _GAP
    if number == listing.page:
        return _CURRENT.format(number=number)
    return _LINK.format(number=number, query=escape(listing.page_query(number)))


@register.filter
def query_beside(listing, step):
    """The query string of the page ``step`` pages after the current one of ``listing``; -1 is the one before."""
    return listing.page_query(listing.page + step)
