"""What search engines may find, and where: ``/sitemap.xml`` and ``/robots.txt``."""

from django.conf import settings
from django.db.models import DateTimeField, Value
from django.http import Http404, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_safe

from countries.models import Country
from exchanges.models import Exchange, Need, Offer
from practices.models import ChallengeArea, Practice
from ssc_portal.context import in_language

# Five addresses with six alternates each: about 4 KB per page, 20 MB per file (50 MB and 50,000 are the limits).
PAGES_PER_FILE = 5000
PLAIN_PAGES = [
    "home",
    "practices:list",
    "countries:list",
    "exchanges:list",
    "exchanges:offers",
    "exchanges:needs",
    "impact",
    "developers",
    "about",
    "contact",
    "privacy",
    "accessibility",
]
# Private rooms, and queries without end: the sitemap names every page.
CLOSED = ["accounts/", "practices/?", "practices/compare/", "practices/*/print/", "impact/?", "exchanges/?"]
CLOSED_ONCE = ["/desk/"]
LANGUAGES = [code for code, _name in settings.LANGUAGES]


@require_safe
def sitemap(request):
    """All pages in all languages; an index of several files when there are many."""
    files = -(-sum(rows.count() for _route, rows in _listed()) // PAGES_PER_FILE)
    if files <= 1:
        return _xml(_url_set(request, [*_plain_paths(), *_row_paths(1)]))
    addresses = [_base_url(request) + reverse("sitemap-part", args=[number]) for number in range(files + 1)]
    return _xml(
        [
            '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
            *(f"<sitemap><loc>{address}</loc></sitemap>" for address in addresses),
            "</sitemapindex>",
        ]
    )


@require_safe
def sitemap_part(request, number):
    """One file of several: 0 holds the pages that do not grow in number. Raises Http404 for one that there is not."""
    paths = list(_row_paths(number) if number else _plain_paths())
    if not paths:
        raise Http404
    return _xml(_url_set(request, paths))


@require_safe
def robots(request):
    """What crawlers should leave alone, and where the sitemap is."""
    content = render_to_string(
        "portal/robots.txt",
        {
            "closed": CLOSED_ONCE + [in_language(f"/{path}", code) for code in LANGUAGES for path in CLOSED],
            "sitemap": _base_url(request) + reverse("sitemap"),
        },
    )
    return HttpResponse(content, content_type="text/plain; charset=utf-8")


def _base_url(request):
    return settings.SITE_URL or request.build_absolute_uri("/").removesuffix("/")


def _plain_paths():
    """(path without a language, None) of every page whose number does not grow."""
    with translation.override(settings.LANGUAGE_CODE):
        yield from ((reverse(name), None) for name in PLAIN_PAGES)
        yield from ((area.get_absolute_url(), None) for area in ChallengeArea.objects.all())
        yield from ((country.get_absolute_url(), None) for country in Country.objects.all())


def _listed():
    """What has a page each: [(route, rows of the last part of the address and the moment of the last change)]."""
    without_change = Value(None, output_field=DateTimeField())
    return [
        ("practices:detail", Practice.objects.live().order_by("pk").values_list("slug", "updated_at")),
        *(
            (route, rows.order_by("pk").values_list("code", without_change))
            for route, rows in (
                ("exchanges:detail", Exchange.objects.live()),
                ("exchanges:offer", Offer.objects.live()),
                ("exchanges:need", Need.objects.live()),
            )
        ),
    ]


def _row_paths(number):
    """(path without a language, day of the last change or None) of the rows in file ``number``, from 1."""
    first, room = (number - 1) * PAGES_PER_FILE, PAGES_PER_FILE
    for route, rows in _listed():
        with translation.override(settings.LANGUAGE_CODE):
            start = reverse(route, args=["0"]).removesuffix("0/")
        for key, changed_at in rows[first : first + room] if room else ():
            room -= 1
            yield f"{start}{key}/", changed_at.date() if changed_at else None
        first = max(0, first - rows.count())


def _url_set(request, paths):
    """The lines of a sitemap: each path in each language, with links to its other languages."""
    base_url = _base_url(request)
    yield ('<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">')
    for path, changed_on in paths:
        addresses = {code: base_url + in_language(path, code) for code in LANGUAGES}
        alternates = "".join(
            f'<xhtml:link rel="alternate" hreflang="{code}" href="{address}"/>'
            for code, address in {**addresses, "x-default": addresses[settings.LANGUAGE_CODE]}.items()
        )
        changed = f"<lastmod>{changed_on.isoformat()}</lastmod>" if changed_on else ""
        for address in addresses.values():
            yield f"<url><loc>{address}</loc>{changed}{alternates}</url>"
    yield "</urlset>"


def _xml(lines):
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return HttpResponse(
        [declaration.encode(), *(f"{line}\n".encode() for line in lines)],
        content_type="application/xml; charset=utf-8",
    )
