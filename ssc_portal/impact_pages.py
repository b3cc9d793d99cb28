"""The impact page: what the exchange of knowledge adds up to, and the lists behind its numbers."""

from dataclasses import replace

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.paging import Pages
from countries.api.parameters import clean
from countries.enums import UnicefRegion
from exchanges.models import Fund
from practices.listing import PAGE_SIZE, filled, snapshot
from practices.names import names as reference_names
from practices.serial import public_serial
from ssc_portal.impact import arcs, tables
from ssc_portal.impact.flows import with_areas
from ssc_portal.impact.scope import read_scope
from ssc_portal.impact.series import development

FLOWS_DRAWN, FLOWS_LISTED, CARDS_SHOWN = 40, 10, 3
TINTS = 5
LISTS = {
    "adoptions": tables.Adoptions,
    "countries": tables.Countries,
    "needs": tables.Needs,
    "reviews": tables.Reviews,
}


@require_safe
def impact(request):
    """The whole page for one scope. A fixed number of statements, all under one view of the database."""
    with snapshot():
        scope, notices = _scope(request)
        matrix, flows, adopted = tables.Matrix(scope), tables.Flows(scope), tables.MostAdopted(scope)
        listed_flows, drawn_arcs, dots = _flows(flows)
        cells = matrix.all_rows
        figures = tables.Figures(scope)
        figures.practices_count = matrix.practices.total
        context = {
            **_frame(scope, notices),
            "figures": {row["measure"]: row for row in figures.all_rows},
            "flows": listed_flows,
            "flows_count": flows.count,
            "arcs": drawn_arcs,
            "dots": dots,
            "grid": _grid(matrix, cells),
            "gaps": _gaps(matrix, cells, request),
            "steps": tables.Funnel(scope).all_rows,
            "adopted": [adopted.card(document) for document in adopted.queryset[:CARDS_SHOWN]],
            "most_adopted_url": scope.narrowed_to(reverse("practices:list"), ordering="-adoptions"),
            "reviews": [row | {"count": row["practices_count"]} for row in tables.ReviewDue(scope).all_rows],
            "development": development(tables.Months(scope).all_rows),
            "files": {name.replace("-", "_"): _file_address(scope, kind) for name, kind in tables.TABLES.items()},
        }
    return render(request, "portal/impact.html", context)


@require_safe
def rows(request, name):
    """The rows behind one of the numbers, page by page."""
    if name not in LISTS:
        raise Http404
    kind = LISTS[name]
    with snapshot():
        scope, notices = _scope(request, extra=[*(one.name for one in kind.parameters), "page"])
        choice, errors = clean(request.GET, kind.parameters)
        notices += [message for messages in errors.values() for message in messages]
        table = kind(scope, choice)
        page = Paginator(_Slices(table), PAGE_SIZE).get_page(request.GET.get("page"))
        context = {
            **_frame(scope, notices),
            "name": name,
            "table": table,
            "rows": page.object_list,
            "pages": Pages(page, filled(request.GET)),
            "title": _title(table),
            "kept": [(one, value) for one, value in choice.items() if value is not None],
            "file": _file_address(scope, kind, **choice),
        }
    return render(request, "portal/impact_rows.html", context)


class _Slices:
    """A Table as a paginator wants it."""

    def __init__(self, table):
        self._table = table

    def __len__(self):
        return self._table.count

    def __getitem__(self, part):
        return list(self._table.rows(part.start, part.stop))


def _scope(request, extra=()):
    """The Scope of the query, and what to tell about what is not understood in it."""
    names = reference_names(public_serial())
    scope, errors = read_scope(filled(request.GET), names=names, language=get_language(), extra=extra)
    return scope, [message for messages in errors.values() for message in messages]


def _frame(scope, notices):
    """What the head of each page needs: the form's choices and what is chosen."""
    return {
        "scope": scope,
        "notices": notices,
        "areas": scope.names.areas,
        "countries": scope.names.countries_by_name(),
        "regions": UnicefRegion.choices,
        # A control holds one value; further ones come along unseen.
        "further": [(name, value) for name in ("area", "region", "country") for value in getattr(scope, name)[1:]],
    }


def _flows(table):
    """(rows of the largest flows, the Arcs of some more, the Dots of their countries)."""
    found = with_areas(table.scope, table.pairs[:FLOWS_DRAWN])
    drawn, dots = arcs.draw(found, table.names.countries)
    rows = {flow: table.row(flow) for flow in found}
    listed = [
        rows[flow]
        | {"words": _words(rows[flow]), "area_rows": [table.names.areas[slug] for slug, _count in flow.areas]}
        for flow in found[:FLOWS_LISTED]
    ]
    linked = [replace(arc, url=rows[arc.flow]["url"], words=_words(rows[arc.flow])) for arc in drawn]
    return listed, linked, dots


def _words(row):
    """What a flow is called where its number alone would say too little."""
    told = ngettext(
        "%(provider)s to %(beneficiary)s: %(count)d exchange",
        "%(provider)s to %(beneficiary)s: %(count)d exchanges",
        row["exchanges_count"],
    )
    return told % {
        "provider": row["provider_name"],
        "beneficiary": row["beneficiary_name"],
        "count": row["exchanges_count"],
    }


def _grid(table, cells):
    """The matrix as the page draws it: {"areas", "rows": [{region, cells, total, url}], "totals", "total"}."""
    practices, scope, list_url = table.practices, table.scope, reverse("practices:list")
    largest = max(practices.cells.values(), default=0)
    wide = len(practices.areas)
    shaded = [cell | {"tint": -(-TINTS * cell["practices_count"] // largest) if largest else 0} for cell in cells]
    return {
        "areas": [table.names.areas[slug] for slug in practices.areas],
        "rows": [
            {
                "region": UnicefRegion(code).label,
                "cells": shaded[place * wide : (place + 1) * wide],
                "total": practices.by_region[code],
                "url": scope.narrowed_to(list_url, region=code),
            }
            for place, code in enumerate(practices.regions)
        ],
        "totals": [
            {
                "area": table.names.areas[slug],
                "count": practices.by_area[slug],
                "url": scope.narrowed_to(list_url, area=slug),
            }
            for slug in practices.areas
        ],
        "total": practices.total,
        "url": scope.narrowed_to(list_url),
    }


def _gaps(table, cells, request):
    """The cells where something is missing, those of most needs first, each with its area and its ``call_url``."""
    call_url = _call_url(request)
    missing = [
        cell | {"area_row": table.names.areas[cell["area"]], "call_url": call_url and call_url.format(**cell)}
        for cell in cells
        if cell["is_gap"]
    ]
    return sorted(missing, key=lambda cell: -cell["needs_count"])


def _call_url(request):
    """Where the reader posts a call for an ``{area}`` and ``{region}``; None for those who maintain no fund.

    Who maintains several chooses one first.
    """
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None  # nobody is asked who they are: the page is the same for all
    funds = list(Fund.objects.maintained_by(request.user)[:2])
    if not funds:
        return None
    if len(funds) > 1:
        return reverse("exchanges:funds") + "?area={area}"
    return reverse("assistance:new-call", args=[funds[0].slug]) + "?area={area}&region={region}"


def _file_address(scope, kind, **choice):
    """The address of a table as CSV in the language of the page."""
    address = reverse("impact-csv", args=[kind.name])
    language = None if get_language() == settings.LANGUAGE_CODE else get_language()
    given = {name: value for name, value in choice.items() if value is not None}
    if kind.is_narrowed:
        return scope.narrowed_to(address, **given, lang=language)
    return f"{address}?lang={language}" if language else address


def _title(table):
    if table.name == "needs":
        return _("Needs: %(step)s") % {"step": tables.STEP_LABELS[table.step]}
    return {
        "adoptions": _("Who took over which practice"),
        "countries": _("Countries that take part"),
        "reviews": _("Practices whose review is due"),
    }[table.name]
