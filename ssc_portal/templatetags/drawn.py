"""Partials that need nothing but what they are given: drawn once per process, then put in place as they are."""

from collections import OrderedDict
from threading import Lock

from django import template
from django.db.models import Model
from django.template.loader import render_to_string
from django.utils.translation import get_language

register = template.Library()

# A row of a list takes 3 kB; so many take 12 MB at most.
LIMIT = 4000
_drawn = OrderedDict()
_lock = Lock()


@register.simple_tag
def drawn(template_name, **arguments):
    """Include ``template_name`` with ``arguments`` only, as it was drawn for the same ones in the same language.

    For partials that a page includes many times, or every page the same. An argument is a plain value or an object that
    says as ``drawn_key`` what will be drawn of it. Raises TypeError for other rows of the database, whose equals may
    hold other values, and for what cannot be hashed.
    """
    key = (template_name, get_language(), *map(_key_of, arguments.values()))
    with _lock:
        if key in _drawn:
            _drawn.move_to_end(key)
            return _drawn[key]
    html = render_to_string(template_name, arguments)
    with _lock:
        _drawn[key] = html
        while len(_drawn) > LIMIT:
            _drawn.popitem(last=False)
    return html


def _key_of(value):
    key = getattr(value, "drawn_key", value)
    if isinstance(key, Model):
        raise TypeError(f"{type(key).__name__} is a row of the database and does not say what is drawn of it.")
    # What is safe HTML and what is text may be equal, and are drawn differently.
    return type(value), key
