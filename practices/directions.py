"""Which way a text runs that stands on a page of another language. A leaf."""

from functools import lru_cache

from django.utils.html import format_html
from django.utils.translation import get_language

RIGHT_TO_LEFT = {"ar"}


def language_attributes(language):
    """The attributes of an element that holds text in ``language`` on a page in the active language; safe HTML."""
    return "" if language == get_language() else _attributes_of(language)


@lru_cache(maxsize=10)
def _attributes_of(language):
    return format_html(' lang="{}" dir="{}"', language, "rtl" if language in RIGHT_TO_LEFT else "ltr")
