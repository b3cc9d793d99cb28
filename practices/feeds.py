"""New and changed practices for feed readers: Atom (RFC 4287), for any query that a list understands."""

from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import BaseRenderer
from rest_framework.response import Response

from countries.api.parameters import LANG, clean
from countries.api.reading import PAGING, ReadViewSet, no_such_page, page_address
from practices.linked_data import PUBLISHER
from practices.listing import PageOutOfRangeError, UnknownParametersError, browse
from practices.xml_text import xml_text

ENTRIES = 50
# When the portal's addresses were first given out: part of the names of entries, which never change.
_TAG_YEAR = "2026"


class AtomRenderer(BaseRenderer):
    media_type = "application/atom+xml"
    format = "atom"
    charset = "utf-8"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        return data


class PracticeFeed(ReadViewSet):
    """The newest practices of a query, 50 at a time unless ``page_size`` says otherwise; ``page`` leads on."""

    schema = None
    list_renderers = [AtomRenderer]

    def list(self, request):
        listing = _listing(request.query_params)
        feed = _Feed(
            title=_title(listing),
            link=_with_query(request.build_absolute_uri(reverse("practices:list")), request, "lang"),
            description=None,
            language=get_language(),
            author_name=PUBLISHER,
            author_link=request.build_absolute_uri("/"),
            feed_url=request.build_absolute_uri(),
            feed_guid=_with_query(_base_url(request) + request.path, request),
            pages={
                relation: page_address(request, page)
                for relation, page in {"previous": listing.page - 1, "next": listing.page + 1}.items()
                if 1 <= page <= listing.pages_count
            },
        )
        for card in listing.cards:
            _add_entry(feed, request, card)
        return Response(feed.writeString("utf-8"))


def _listing(query):
    """The Listing for ``query``, newest first unless it says otherwise. Raises ValidationError or NotFound."""
    _values, errors = clean(query, [LANG])
    asked = query.copy()
    asked.setdefault("page_size", str(ENTRIES))
    asked.setdefault("ordering", "-published_at")
    try:
        listing = browse(asked, language=get_language(), strict=True, extra=[LANG.name])
    except UnknownParametersError as error:
        raise ValidationError(errors | error.errors) from None
    except PageOutOfRangeError as error:
        raise no_such_page(int(query["page"]), error.last) from None
    if errors:
        raise ValidationError(errors)
    return listing


def _title(listing):
    chosen = ", ".join(str(chip.label) for chip in listing.chips)
    title = _("%(portal)s: practices") % {"portal": PUBLISHER}
    if chosen:
        title = _("%(portal)s: practices, %(filters)s") % {"portal": PUBLISHER, "filters": chosen}
    return xml_text(title)


def _with_query(address, request, *left_out):
    """``address`` with the query of the request, without paging and the parameters ``left_out``."""
    query = request.query_params.copy()
    for name in (*PAGING, *left_out):
        query.pop(name, None)
    return address + (f"?{query.urlencode()}" if query else "")


def _add_entry(feed, request, card):
    addresses = {}
    for language in card.languages:
        with translation.override(language):
            addresses[language] = request.build_absolute_uri(card.url)
    home = urlsplit(_base_url(request)).hostname
    feed.add_item(
        title=xml_text(card.title),
        link=addresses[card.title_language],
        description=None,
        unique_id=f"tag:{home},{_TAG_YEAR}:{card.reference}",
        pubdate=card.published_at,
        updateddate=card.updated_at,
        item_copyright=card.licence,
        language=card.title_language,
        summary=xml_text(card.summary),
        summary_language=card.summary_language,
        addresses=addresses,
        data=request.build_absolute_uri(reverse("api:practice-detail", args=[card.slug])),
        areas=[(area.slug, xml_text(area.name)) for area in card.areas],
        scheme=request.build_absolute_uri(reverse("api:area-list")),
    )


class _Feed(Atom1Feed):
    """Atom with the language of each entry, its other languages, and areas as labelled categories."""

    def add_root_elements(self, handler):
        super().add_root_elements(handler)
        for relation, address in self.feed["pages"].items():
            handler.addQuickElement("link", "", {"rel": relation, "href": address})

    def item_attributes(self, item):
        return {"xml:lang": item["language"]}

    def add_item_elements(self, handler, item):
        super().add_item_elements(handler, item | {"link": item["addresses"][item["language"]]})
        for language, address in item["addresses"].items():
            attributes = {"rel": "alternate", "type": "text/html", "hreflang": language, "href": address}
            handler.addQuickElement("link", "", attributes)
        handler.addQuickElement("link", "", {"rel": "alternate", "type": "application/json", "href": item["data"]})
        attributes = {"type": "text", "xml:lang": item["summary_language"]}
        handler.addQuickElement("summary", item["summary"], attributes)
        for term, label in item["areas"]:
            handler.addQuickElement("category", "", {"term": term, "label": label, "scheme": item["scheme"]})


def _base_url(request):
    return settings.SITE_URL or request.build_absolute_uri("/").removesuffix("/")
