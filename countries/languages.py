"""Languages by their names in the language of the reader, and words put side by side as that language does."""

from functools import lru_cache

from babel import Locale, UnknownLocaleError
from django.utils.translation import get_language

from countries.names import FALLBACK_LANGUAGE


def language_name(code, reader=None):
    """The language ``code`` (ISO 639, perhaps with a script) by its name in the language ``reader``, or the code."""
    return _language_name(code, reader or get_language() or FALLBACK_LANGUAGE)


@lru_cache(maxsize=2_000)
def _language_name(code, reader):
    try:
        return Locale.parse(code).get_display_name(reader) or code
    except (UnknownLocaleError, ValueError):
        return Locale.parse(reader).languages.get(code, code)


def side_by_side(names):
    """``names`` with semicolons between them, as some of them have commas within; "" without names."""
    return ("؛ " if get_language() == "ar" else "; ").join(map(str, names))
