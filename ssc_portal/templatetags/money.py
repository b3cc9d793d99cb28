"""Amounts of money as the reader writes numbers, with the code of their currency; nothing is converted or rounded."""

from decimal import Decimal

from babel.numbers import format_compact_decimal
from django import template
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import get_language, get_language_bidi

register = template.Library()
# From here on a number is easier to read in words: 4 billion.
LARGE = 1_000_000
_TENTH_OF = ((1_000_000_000, 100_000_000), (LARGE, 100_000))


@register.filter
def money(amount, currency):
    """``amount`` (Decimal or None) in full: "USD 1,250,000.50"; "" for None."""
    return "" if amount is None else _with_code(quantity(amount), currency)


@register.filter
def large_money(amount, currency):
    """The same for a large figure: "USD 4 billion", where that says the amount exactly; otherwise in full."""
    if amount is not None and any(amount >= unit and amount % tenth == 0 for unit, tenth in _TENTH_OF):
        text = format_compact_decimal(amount, format_type="long", locale=get_language(), fraction_digits=1)
        return _with_code(text, currency)
    return money(amount, currency)


@register.filter
def quantity(number):
    """A number with as many decimals as it needs: 40 for 40.00, 12.50 for 12.5."""
    if number is None:
        return ""
    number = Decimal(number)
    decimals = 0 if number == number.to_integral_value() else 2
    return number_format(number, decimal_pos=decimals, use_l10n=True, force_grouping=True)


def _with_code(text, currency):
    # Where one reads from the right, the code follows: in front it would turn the words of the number around.
    first, second = (text, currency) if get_language_bidi() else (currency, text)
    return format_html('<bdi class="num">{} {}</bdi>', first, second)
