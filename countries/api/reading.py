"""What every read-only endpoint shares: open to everybody, formats by negotiation, pages, checked parameters."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework import viewsets
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from countries.api import exports
from countries.api.parameters import (
    BOM,
    LANG,
    PAGE,
    PAGE_SIZE,
    expand_parameter,
    fields_parameter,
    format_parameter,
    moment,
    read,
)
from countries.api.renderers import CsvRenderer, FormatNegotiation, JsonLdRenderer, JsonRenderer, XlsxRenderer

PAGING = ("page", "page_size")
ROWS_PER_PAGE = 100


class ReadViewSet(viewsets.ViewSet):
    """An endpoint that everybody may read. Nobody is asked who they are, so that answers can be kept by all caches;
    but a key that is shown has to be a good one.
    """

    permission_classes = [AllowAny]
    content_negotiation_class = FormatNegotiation
    renderer_classes = list_renderers = [JsonRenderer]
    http_method_names = ["get", "head", "options"]

    def get_renderers(self):
        classes = self.list_renderers if self.action == "list" else self.renderer_classes
        return [renderer() for renderer in classes]

    def options(self, request, *args, **kwargs):
        return HttpResponse(status=204, headers={"Allow": ", ".join(self.allowed_methods)})


def only(row, wanted, more=()):
    """``row`` with the members that ``wanted`` names, in the row's order; all of them where it names none.

    ``wanted``: a tree as ``fields`` gives it. ``more``: members that are added, or put in the place of others, even if
    it does not name them.
    """
    kept = {name: _part(value, wanted[name]) for name, value in row.items() if name in wanted} if wanted else row
    return kept | {name: _part(value, wanted.get(name)) for name, value in more.items()} if more else kept


def _part(value, wanted):
    if not wanted:
        return value
    if isinstance(value, list):
        return [_part(one, wanted) for one in value]
    return only(value, wanted) if isinstance(value, dict) else value


def envelope(request, rows, *, count, page, last, **extra):
    """A page of a list: {"count", "next", "previous", "results"} and ``extra``; the addresses keep the whole query."""
    return {
        "count": count,
        "next": page_address(request, page + 1) if page < last else None,
        "previous": page_address(request, page - 1) if page > 1 else None,
        **extra,
        "results": rows,
    }


def step(request, rows, *, count, cursor, as_of):
    """A step of a list that is walked by cursor, which leads ahead only; ``cursor``: that of the next one, or None."""
    return {
        "count": count,
        "next": _address(request, cursor=cursor) if cursor else None,
        "previous": None,
        "as_of": moment(as_of),
        "results": rows,
    }


def page_address(request, page):
    """The absolute address of this very query, on ``page``."""
    return _address(request, page=str(page))


def _address(request, **changes):
    query = request.query_params.copy()
    for name, value in changes.items():
        query[name] = value
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def no_such_page(page, last):
    """The error for a page beyond the last one."""
    return NotFound(
        _("There is no page %(page)d. The last page is %(last)d.") % {"page": page, "last": last},
        code="page_beyond_end",
    )


def window(chosen, count, *, default_size, is_whole):
    """(page, number of the last page, slice of the rows) for the clean values ``chosen`` and ``count`` rows in all.

    ``is_whole``: without a word about pages, everything is on the first one. Raises NotFound beyond the last page.
    """
    page, size = chosen["page"] or 1, chosen["page_size"] or default_size
    if is_whole and not any(chosen[name] for name in PAGING):
        size = max(1, count)
    last = max(1, -(-count // size))
    if page > last:
        raise no_such_page(page, last)
    return page, last, slice((page - 1) * size, page * size)


def answer_rows(request, rows, chosen, *, columns, name):
    """The answer with ``rows`` (all of them, dicts; few): a page as JSON, the whole list or the page as a table.

    ``columns`` of a table with the members asked for: {heading: function of a row}; ``name``: of its file.
    """
    kind = request.accepted_renderer.format
    page, last, shown = window(chosen, len(rows), default_size=ROWS_PER_PAGE, is_whole=kind != "json")
    if kind != "json":
        return exports.stream(request, exports.table(kind, rows[shown], columns), name=name)
    found = [only(row, chosen["fields"]) for row in rows[shown]]
    return Response(envelope(request, found, count=len(rows), page=page, last=last))


class ReferenceViewSet(ReadViewSet):
    """A small table that changes rarely: countries, areas, topics, targets.

    Subclasses say ``queryset``, ``lookup_field``, ``file_name`` (of an export), ``members`` (of a row), ``filters``
    ({Parameter: lookup}), and how a row looks: ``get_row(object, counts)``, ``get_thing(row)`` (schema.org) and, for
    places, ``get_feature(row)``. ``get_counts()`` may ask something about all rows at once. ``expandable``: what more
    ``expand`` may add to rows: ``expansions(objects, names)`` gives it of each. ``parts``: dotted paths that ``fields``
    knows besides the members.
    """

    renderer_classes = [JsonRenderer, JsonLdRenderer]
    list_renderers = [JsonRenderer, CsvRenderer, XlsxRenderer, JsonLdRenderer]
    lookup_value_regex = "[^/]+"
    default_page_size = ROWS_PER_PAGE
    filters = {}
    expandable = parts = ()
    get_feature = None

    @classmethod
    def get_parameters(cls, *, of_list):
        """The parameters that the endpoint takes."""
        renderers = cls.list_renderers if of_list else cls.renderer_classes
        more = [expand_parameter(cls.expandable)] if cls.expandable else []
        shared = [
            fields_parameter(cls.members, cls.parts),
            *more,
            LANG,
            format_parameter([renderer.format for renderer in renderers]),
        ]
        return [*cls.filters, PAGE, PAGE_SIZE, *shared, BOM] if of_list else shared

    def get_counts(self):
        return {}

    def list(self, request):
        chosen = read(request.query_params, self.get_parameters(of_list=True))
        rows = self.get_queryset()
        for parameter, lookup in self.filters.items():
            if chosen[parameter.name]:
                rows = self.narrow(rows, lookup, chosen[parameter.name])
        count = rows.count()
        kind = request.accepted_renderer.format
        page, last, shown = window(chosen, count, default_size=self.default_page_size, is_whole=kind != "json")
        counts = self.get_counts()
        objects = list(rows[shown])
        found = [self.get_row(row, counts) for row in objects]
        if kind == "json":
            found = self._shown(objects, found, chosen)
            return Response(envelope(request, found, count=count, page=page, last=last))
        return exports.stream(request, self._parts(kind, found, count, chosen["fields"]), name=self.file_name)

    def _parts(self, kind, rows, count, fields):
        if kind in exports.TABLES:
            cells = [flat(only(row, fields)) for row in rows]
            columns = list(cells[0]) if cells else list(fields or self.members)
            return exports.table(kind, cells, {name: (lambda row, name=name: row[name]) for name in columns})
        if kind == "geojson":
            features = (self.get_feature(row) for row in rows)
            return exports.geojson_parts(
                feature | {"properties": only(feature["properties"], fields)} for feature in features
            )
        return exports.jsonld_parts([self.get_thing(row) for row in rows], count)

    def narrow(self, rows, lookup, values):
        return rows.filter(**{lookup: values})

    def retrieve(self, request, **kwargs):
        chosen = read(request.query_params, self.get_parameters(of_list=False))
        found = self.find(kwargs[self.lookup_field])
        row = self.get_row(found, self.get_counts())
        if request.accepted_renderer.format == "jsonld":
            return Response({"@context": "https://schema.org"} | self.get_thing(row))
        return Response(self._shown([found], [row], chosen)[0])

    def _shown(self, objects, rows, chosen):
        expand = chosen.get("expand")
        added = self.expansions(objects, expand) if expand else [{}] * len(rows)
        return [only(row, chosen["fields"], more) for row, more in zip(rows, added, strict=True)]

    def find(self, text):
        """The object that ``text`` in the address stands for. Raises NotFound, which leads to the list."""
        key = self.get_key(text)
        found = self.get_queryset().filter(pk=key).first()
        if found is None:
            raise NotFound(
                _("There is nothing with the code “%(code)s” here. The list at %(address)s has all of them.")
                % {"code": key[:80], "address": self.request.path.rpartition(f"/{text}/")[0] + "/"}
            )
        return found

    def get_key(self, text):
        """The key of a row as it stands in the address ``text``."""
        return text

    def get_queryset(self):
        return self.queryset.all()


def flat(row):
    """``row`` for a table: members of an object become columns of their own, ``capital_name`` for ``capital.name``."""
    cells = {}
    for name, value in row.items():
        if isinstance(value, dict):
            cells |= {f"{name}_{inner}": text for inner, text in value.items()}
        else:
            cells[name] = value
    return cells
