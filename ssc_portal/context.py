"""What every page is given: the reader, the same page in the other languages, and where in the portal it stands."""

from urllib.parse import quote

from django.conf import settings
from django.contrib.messages import get_messages
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from practices.enums import Language

# The first segment of an address (after the language) → the entry of the main navigation that it belongs to.
SECTIONS = {
    "practices": "practices",
    "areas": "practices",
    "countries": "countries",
    "exchanges": "exchanges",
    "funds": "exchanges",
    "projects": "exchanges",
    "impact": "impact",
    "developers": "developers",
    "workspace": "workspace",
    "review": "review",
}
# These addresses exist once, without a language in them.
WITHOUT_LANGUAGE = ("/api/", "/feeds/", "/desk/", "/static/", "/media/")


def portal(request):
    """Context of all templates; nothing here asks the database for a reader without a session.

    ``languages``: [{code, name, url, address, is_current}], the same page in each language; ``language_name``: its own;
    ``canonical``: its address without the query; ``section``: the current entry of the navigation; ``reader``: the
    signed-in user or None; ``flashes``: messages waiting for this reader.
    """
    path = _without_language(request.path_info)
    languages = _languages(path, request.META.get("QUERY_STRING", ""))
    return {
        "languages": languages,
        "language_name": "".join(language["name"] for language in languages if language["is_current"]),
        "canonical": settings.SITE_URL + in_language(path, get_language()),
        "section": SECTIONS.get(path.split("/")[1]),
        "site_url": settings.SITE_URL,
        "contact_email": settings.CONTACT_EMAIL,
        "reader": SimpleLazyObject(lambda: _reader(request)),
        "flashes": SimpleLazyObject(lambda: _flashes(request)),
    }


def in_language(path, language):
    """The address ``path`` (without a language prefix) in ``language``; English has no prefix."""
    return path if language == settings.LANGUAGE_CODE else f"/{language}{path}"


def _without_language(path):
    if path.startswith(WITHOUT_LANGUAGE):
        return "/"
    path = "/" + quote(path.lstrip("/"))  # "//elsewhere/" would lead away from the portal
    first, _slash, rest = path[1:].partition("/")
    return f"/{rest}" if first in Language.values and first != settings.LANGUAGE_CODE else path


def _languages(path, query):
    current = get_language()
    suffix = f"?{query}" if query else ""
    return [
        {
            "code": code,
            "name": name,
            "url": in_language(path, code) + suffix,
            "address": settings.SITE_URL + in_language(path, code),
            "is_current": code == current,
        }
        for code, name in Language.choices
    ]


def _reader(request):
    """The signed-in user; without a session cookie nobody is looked for, so that the page stays the same for all."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not hasattr(request, "user"):
        return None
    return request.user if request.user.is_authenticated else None


def _flashes(request):
    if settings.SESSION_COOKIE_NAME not in request.COOKIES and "messages" not in request.COOKIES:
        return []
    return list(get_messages(request))
