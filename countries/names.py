"""Names kept in five languages as one JSON object: which one to show, and how to sort rows by it."""

import unicodedata

from django.utils.translation import get_language

FALLBACK_LANGUAGE = "en"


def in_language(texts, language=None):
    """The value of ``texts`` ({language code: value}) in ``language`` (the active one by default), else in English.

    Returns "" when neither is there. Raises nothing.
    """
    language = language or get_language() or FALLBACK_LANGUAGE
    return texts.get(language) or texts.get(FALLBACK_LANGUAGE, "")


def sort_key(name):
    """A key that sorts ``name`` as a reader expects, accents and case set aside, in any locale."""
    if name.isascii():
        return name.casefold()
    decomposed = unicodedata.normalize("NFKD", name)
    return "".join(character for character in decomposed if not unicodedata.combining(character)).casefold()


def by_name(rows):
    """``rows`` (objects with a ``name``) as a list in the order of their names in the active language."""
    return sorted(rows, key=lambda row: sort_key(row.name))
