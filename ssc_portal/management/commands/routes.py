"""``manage.py routes [--json]``: every address that the portal answers, for tests that must not forget one."""

import inspect
import json

from django.contrib.admindocs.views import simplify_regex
from django.core.management.base import BaseCommand
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import LocalePrefixPattern, RegexPattern
from django.utils import translation

READING = ["GET", "HEAD"]
ANY = ["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"]


class Command(BaseCommand):
    help = "List every route: pattern, name, methods, view, and whether it exists in every language."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="as a JSON list of objects")

    def handle(self, **options):
        rows = list(routes())
        if options["json"]:
            self.stdout.write(json.dumps(rows, indent=1, ensure_ascii=False))
            return
        for row in rows:
            self.stdout.write(f"{','.join(row['methods']):<24} {row['pattern']:<60} {row['name']}")


def routes():
    """Every route of the portal as {"pattern", "name", "methods", "view", "has_languages"}, in the order of resolving.

    ``pattern`` is Django's spelling from the root ("/practices/<slug:slug>/"), for English, whose addresses carry no
    prefix; ``name`` includes its namespaces ("practices:detail", "" when unnamed); ``has_languages`` tells that the
    same address exists below /fr/, /es/, /pt/ and /ar/.
    """
    with translation.override("en"):
        yield from _below(get_resolver().url_patterns, "/", [], has_languages=False)


def _below(patterns, prefix, namespaces, has_languages):
    for entry in patterns:
        address = prefix + _spelling(entry.pattern)
        if isinstance(entry, URLPattern):
            yield {
                "pattern": address,
                "name": ":".join([*namespaces, entry.name]) if entry.name else "",
                "methods": methods(entry.callback),
                "view": _dotted_name(entry.callback),
                "has_languages": has_languages,
            }
        else:
            inner = [*namespaces, entry.namespace] if entry.namespace else namespaces
            in_languages = has_languages or isinstance(entry.pattern, LocalePrefixPattern)
            yield from _below(entry.url_patterns, address, inner, in_languages)


def _spelling(pattern):
    """``pattern`` as it reads in an address; a regular expression with its groups as ``<name>``."""
    return simplify_regex(str(pattern)).lstrip("/") if isinstance(pattern, RegexPattern) else str(pattern)


def methods(view):
    """The methods that ``view`` answers, in alphabetical order and without OPTIONS.

    A viewset names them in its actions, a class by its methods, a function by ``require_http_methods`` and its like;
    a function that says nothing answers any.
    """
    if actions := getattr(view, "actions", None):
        names = {name.upper() for name in actions}
    elif view_class := getattr(view, "view_class", None) or getattr(view, "cls", None):
        names = {name.upper() for name in view_class.http_method_names if hasattr(view_class, name)}
    else:
        names = set(_required_methods(view) or ANY)
    if "GET" in names:
        names |= set(READING)
    return sorted(names - {"OPTIONS"})


def _required_methods(view):
    """What ``require_http_methods`` was given, looked up in the closure of each decorator around ``view``."""
    while view is not None:
        if inspect.isfunction(view) and "request_method_list" in view.__code__.co_freevars:
            return inspect.getclosurevars(view).nonlocals["request_method_list"]
        view = getattr(view, "__wrapped__", None)
    return None


def _dotted_name(view):
    origin = getattr(view, "view_class", None) or getattr(view, "cls", None) or inspect.unwrap(view)
    return f"{origin.__module__}.{getattr(origin, '__qualname__', type(origin).__qualname__)}"
