"""What the pages of funds and projects say of rows that are loaded already."""

from django import template

from countries.enums import IncomeGroup, UnicefRegion
from exchanges.enums import ContributionKind

register = template.Library()


@register.simple_tag
def next_call(fund, today):
    """The call of ``fund`` (calls loaded) that closes first and is not over, else None."""
    calls = [call for call in fund.calls.all() if call.closes_on >= today]
    return min(calls, key=lambda call: call.closes_on, default=None)


@register.filter
def kind_label(kind):
    return ContributionKind(kind).label


@register.filter
def region_labels(codes):
    return [UnicefRegion(code).label for code in codes]


@register.filter
def income_labels(codes):
    return [IncomeGroup(code).label for code in codes]
