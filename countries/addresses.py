"""Addresses of pages that others name by the dozen: the URL resolver is asked once per kind of page and language."""

from functools import lru_cache

from django.urls import reverse
from django.utils import translation


def address(route, key, language=""):
    """The address of the page ``route`` of ``key``, a slug or a code, in ``language``, by default the active one.

    For routes that end with their key, as ``practices:detail`` does: /practices/<key>/.
    """
    return f"{_start(route, language or translation.get_language())}{key}/"


@lru_cache(maxsize=100)
def _start(route, language):
    """What the addresses of all pages of ``route`` begin with in ``language``."""
    with translation.override(language):
        return reverse(route, args=["0"]).removesuffix("0/")
