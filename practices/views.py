"""The pages of practices: browse, read, compare, cite, print."""

import functools
import json

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from practices import briefs, citations, facets, fit, permissions, trail, workspace
from practices import comparison as comparing
from practices import history as telling
from practices.editions import Edition
from practices.enums import Language
from practices.linked_data import linked_data
from practices.listing import browse, filled
from practices.live_practice import live_practice
from practices.models import Contact, Practice, Topic, Version
from practices.names import names as reference_names
from practices.page_state import page_state
from practices.places import places
from practices.refusals import NotHere, Retracted
from practices.related import related
from practices.serial import serial_of

VIEWS = ("list", "map")
NEAREST, RELATED = 3, 3
_SCRIPT_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


# Browse


@require_safe
def browse_practices(request):
    """The list of practices for the query string, with all filters; htmx is given the parts that change."""
    listing = browse(
        filled(request.GET), language=get_language(), extra=("view",), with_facets=True, serial=serial_of(request)
    )
    view = request.GET.get("view") or "list"
    if view not in VIEWS:
        listing.notices.append(_("There is no view “%(view)s”. This is the list.") % {"view": view[:80]})
        view = "list"
    address = reverse("practices:list")
    context = {
        "listing": listing,
        "view": view,
        "views": [
            (name, _with_query(address, listing.query_with(view=(view, None if name == "list" else name))))
            for name in VIEWS
        ],
        "list_url": address,
        "all_count": len(listing.filter.chosen.all),
        "title": _list_title(listing),
        "clear_url": address + ("?view=map" if view == "map" else ""),
        "kept": _not_in_form(listing),
        "data_links": _data_links(listing),
        "api_address": settings.SITE_URL + _with_query(reverse("api:practice-list"), listing.query_string),
    }
    if view == "map":
        context["places"] = places(listing)
    if not listing.count:
        context |= _rescued(listing)
    is_part = request.htmx and not request.htmx.history_restore_request
    return render(request, "practices/browse_parts.html" if is_part else "practices/browse.html", context)


def _list_title(listing):
    """What the browser's tab says: how many practices of what."""
    count = ngettext("%(count)d practice", "%(count)d practices", listing.count) % {"count": listing.count}
    return ": ".join([count, ", ".join(str(chip.label) for chip in listing.chips)]) if listing.chips else _("Practices")


def _not_in_form(listing):
    """Chosen values that no control of the form holds, as [(name, value)], so that sending it does not lose them."""
    shown = {(facet.name, option.value) for facet in listing.facets for option in facet.chosen}
    controls = {"q", "ordering", "year_from", "year_to", "page"}
    return [
        (name, value)
        for name, values in listing.query.lists()
        for value in dict.fromkeys(values)
        if name not in controls and (name, value) not in shown and value
    ]


def _data_links(listing):
    """The same query for programs, spreadsheets and feed readers: [(label, address, icon)]."""
    language = get_language()
    query = listing.query_string
    if language != settings.LANGUAGE_CODE:
        query = "&".join(filter(None, [query, f"lang={language}"]))
    api = reverse("api:practice-list")
    rows = ngettext("CSV (%(count)d row)", "CSV (%(count)d rows)", listing.count) % {"count": listing.count}
    return [
        ("JSON", _with_query(api, query, "format=json"), "file-json"),
        (rows, _with_query(api, query, "format=csv"), "file-spreadsheet"),
        (_("Feed (Atom)"), _with_query(reverse("practices:feed"), query), "rss"),
    ]


def _with_query(address, *queries):
    query = "&".join(filter(None, queries))
    return f"{address}?{query}" if query else address


def _rescued(listing):
    """For a list without rows: what to drop, and practices that come closest."""
    rescues = listing.rescues()
    query = QueryDict(rescues[0][0].query if rescues else "", mutable=True)
    query.pop("view", None)
    query["page_size"] = str(NEAREST)
    return {"rescues": rescues, "nearest": browse(query, language=listing.language).cards}


@require_safe
def area(request, slug):
    """One challenge area: its figure, topics, countries and practices. The list takes the parameters of every list."""
    names = reference_names(serial_of(request))
    if slug not in names.areas:
        known = ", ".join(names.areas)
        raise NotHere(_("There is no such challenge area. The six are: %(areas)s.") % {"areas": known})
    query = filled(request.GET)
    query.setlist("area", [slug])
    listing = browse(query, language=get_language(), serial=serial_of(request))
    by_topic, by_country = facets.counts(["topic", "country"], area=[slug]).values()
    data_links = _data_links(listing)
    listing.query.pop("area", None)  # the address of this page says it
    topics = Topic.objects.current().filter(area=slug)
    countries = [(names.countries[iso3], count) for iso3, count in by_country.items()]
    return render(
        request,
        "practices/area.html",
        {
            "area": names.areas[slug],
            "areas": names.areas.values(),
            "listing": listing,
            "data_links": data_links,
            "topics": sorted(((by_topic.get(row.slug, 0), row) for row in topics), key=lambda pair: -pair[0]),
            "countries": sorted(countries, key=lambda pair: (-pair[1], pair[0].name)),
        },
    )


# One practice


def _of_practice(view):
    """Hands ``view`` the live practice that the address names, loaded with its content.

    A practice that became part of another one leads there for good; a retracted one raises Retracted; 404 otherwise.
    """

    @require_safe
    @functools.wraps(view)
    def wrapper(request, slug, **kwargs):
        practice = live_practice(slug)
        if practice is None:
            return _instead(slug)
        return view(request, practice, **kwargs)

    return wrapper


def _instead(slug):
    practice = get_object_or_404(Practice.objects.select_related("merged_into"), slug=slug)
    if practice.merged_into:
        return redirect(practice.merged_into, permanent=True)
    raise Retracted(practice)


@_of_practice
def detail(request, practice):
    """One practice, as the world reads it now."""
    return _read(request, practice, practice.live)


detail.state = page_state


@_of_practice
def version(request, practice, number):
    """A published version under the address that never changes."""
    if number == practice.live.number:
        return _read(request, practice, practice.live)
    versions = practice.versions.filter(frozen_at__isnull=False).with_content().select_related("review_card")
    return _read(request, practice, get_object_or_404(versions, number=number))


def _read(request, practice, shown):
    language = get_language()
    edition = Edition(practice, shown, language)
    adoptions = trail.steps(edition)
    address = settings.SITE_URL + edition.address_in(language)
    names = reference_names(serial_of(request))
    country = fit.asked(request, names)
    return render(
        request,
        "practices/detail.html",
        {
            "practice": practice,
            "version": shown,
            "edition": edition,
            "origin": trail.origin(edition),
            "adoptions": adoptions,
            "stops": trail.stops(adoptions),
            "related": related(practice, language=language, limit=RELATED, names=names),
            "fit": fit.fit(edition, country) if country else None,
            "fit_choices": fit.choices(names),
            "versions": practice.published_versions,
            "brief": briefs.stored(practice, language),
            "brief_language": Language(language).label,
            "citation": citations.sentence(practice, shown),
            "cite_formats": _cite_formats(practice),
            "address": address,
            "current_address": settings.SITE_URL + practice.get_absolute_url(),
            "linked_data": _for_script(linked_data(practice, language, settings.SITE_URL, names))
            if edition.is_current
            else "",
            "crumbs": _crumbs(edition),
            "offers": workspace.offers(request.user, practice, shown),
            "is_own": permissions.writes_for(request.user, practice.country_id),
            "review_due_on": practice.review_due_on,
            "contact": _contact(request.user, practice),
        },
    )


def _contact(user, practice):
    """The Contact of ``practice``, or None where there is none or it is not for ``user``."""
    if not permissions.may_read_contact(user, practice):
        return None
    return Contact.objects.filter(practice=practice).first()


def _for_script(data):
    """``data`` as JSON that can stand in a <script> element: no character by which text could leave it."""
    return mark_safe(json.dumps(data, ensure_ascii=False).translate(_SCRIPT_ESCAPES))  # noqa: S308 - escaped here


def _crumbs(edition):
    area = edition.primary_area
    return [(_("Practices"), reverse("practices:list"))] + ([(area.name, area.get_absolute_url())] if area else [])


def _crumbs_below(edition):
    """The way to a page below that of the practice."""
    return [*_crumbs(edition), (edition.title, edition.practice.get_absolute_url())]


def _cite_formats(practice):
    labels = {"bib": "BibTeX", "ris": "RIS", "json": "CSL-JSON"}
    start = reverse("practices:cite", args=[practice.slug, "bib"]).removesuffix("bib")
    return [(label, f"{start}{name}") for name, label in labels.items()]


@_of_practice
def history(request, practice):
    """All versions, newest first: what each one changed and who decided when."""
    edition = Edition(practice, practice.live, get_language())
    context = {
        "practice": practice,
        "edition": edition,
        "entries": telling.entries(practice),
        "crumbs": _crumbs_below(edition),
    }
    return render(request, "practices/history.html", context)


@_of_practice
def changes(request, practice, number):
    """What a published version changed in the one before it."""
    try:
        version, before, found = telling.changes_in(practice, number)
    except Version.DoesNotExist:
        raise Http404 from None
    edition = Edition(practice, practice.live, get_language())
    context = {
        "practice": practice,
        "edition": edition,
        "version": version,
        "before": before,
        "changes": found,
        "crumbs": [*_crumbs_below(edition), (_("History"), reverse("practices:history", args=[practice.slug]))],
    }
    return render(request, "practices/changes.html", context)


@_of_practice
def print_page(request, practice):
    """Everything on plain paper."""
    return _print(request, practice)


def _print(request, practice):
    edition = Edition(practice, practice.live, get_language())
    context = {
        "practice": practice,
        "version": practice.live,
        "edition": edition,
        "origin": trail.origin(edition),
        "adoptions": trail.steps(edition),
        "citation": citations.sentence(practice, practice.live),
        "address": settings.SITE_URL + practice.get_absolute_url(),
        "crumbs": _crumbs_below(edition),
        "printed_on": timezone.localdate(),
    }
    return render(request, "practices/print.html", context)


@_of_practice
def brief(request, practice):
    """The PDF brief; while there is none, a page made for printing, and the brief is asked for."""
    language = get_language()
    found = briefs.stored(practice, language)
    if found:
        name = f"{practice.slug}-{language}.pdf"
        return FileResponse(found.file.open("rb"), filename=name, content_type="application/pdf")
    briefs.ask_for(practice)
    response = _print(request, practice)
    response["Cache-Control"] = "no-store"  # the PDF comes without anything public changing
    return response


@_of_practice
def cite(request, practice, format):
    """The citation for reference managers; it exists once, for all languages."""
    if format not in citations.FORMATS:
        raise Http404
    write, content_type = citations.FORMATS[format]
    response = HttpResponse(write(practice, practice.live), content_type=content_type)
    response["Content-Disposition"] = f'inline; filename="{practice.slug}.{format}"'
    return response


# Compare


@require_safe
def compare(request):
    """Two to four practices side by side, and the way to choose them."""
    language = get_language()
    comparison = comparing.compare(request.GET.getlist("ref"), language=language)
    words = request.GET.get("q", "").strip()
    suggestions = comparing.suggestions(comparison, words=words, language=language)
    context = {"comparison": comparison, "suggestions": suggestions, "words": words}
    return render(request, "practices/compare.html", context)
