"""Which page numbers a pager shows."""

from django import template

register = template.Library()


@register.filter
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


@register.filter
def query_of_page(listing, number):
    """The query string of page ``number`` of ``listing``."""
    return listing.page_query(number)


@register.filter
def query_beside(listing, step):
    """The query string of the page ``step`` pages after the current one of ``listing``; -1 is the one before."""
    return listing.page_query(listing.page + step)
