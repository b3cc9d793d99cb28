"""The API door to the impact tables, and their files: the same rows as on the page."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from countries.api import exports
from countries.api.documentation import describe, list_of, parameter
from countries.api.parameters import (
    BOM,
    LANG,
    PAGE,
    PAGE_SIZE,
    SHOWN_OF_VALUE,
    fields_parameter,
    format_parameter,
    read,
)
from countries.api.reading import PAGING, ReadViewSet, envelope, no_such_page, only
from countries.api.renderers import CsvRenderer, JsonRenderer, XlsxRenderer
from countries.enums import UnicefRegion
from exchanges.enums import NeedStatus
from exchanges.impact_figures import MEASURES, STEPS
from practices.listing import snapshot
from practices.names import names as reference_names
from practices.serial import public_serial
from ssc_portal.impact import tables
from ssc_portal.impact.scope import PARAMETERS, Scope, parameters_of

PAGE_SIZE_BY_DEFAULT = 100


class ImpactViewSet(ReadViewSet):
    """A table of the impact page. Subclasses say which: ``table``."""

    table = None
    list_renderers = [JsonRenderer, CsvRenderer, XlsxRenderer]

    @classmethod
    def get_parameters(cls):
        """What the endpoint takes, as its documentation says it."""
        formats = [renderer.format for renderer in cls.list_renderers]
        return [
            *(PARAMETERS if cls.table.is_narrowed else []),
            *cls.table.parameters,
            PAGE,
            PAGE_SIZE,
            fields_parameter(cls.table.columns),
            LANG,
            format_parameter(formats),
            BOM,
        ]

    def list(self, request):
        with snapshot():
            table, chosen = _table(request, self.table, self.get_parameters())
            is_table = request.accepted_renderer.format in exports.TABLES
            if is_table and not any(chosen[name] for name in PAGING):
                return _file(request, table, chosen["fields"])
            page, size = chosen["page"] or 1, chosen["page_size"] or PAGE_SIZE_BY_DEFAULT
            last = max(1, -(-table.count // size))
            if page > last:
                raise no_such_page(page, last)
            rows = table.rows((page - 1) * size, page * size)
            if is_table:
                return _file(request, table, chosen["fields"], list(rows))
            found = [only(_with_addresses(request, row), chosen["fields"]) for row in rows]
            return Response(envelope(request, found, count=table.count, page=page, last=last))


class ImpactFile(ReadViewSet):
    """A whole table as CSV at ``/impact/<name>.csv``, in the language that ``lang`` names."""

    schema = None
    list_renderers = [CsvRenderer]

    def list(self, request, name):
        language = request.query_params.get("lang")
        with translation.override(language if language in LANG.values else settings.LANGUAGE_CODE):
            if name not in tables.TABLES:
                raise NotFound(
                    _("There is no table “%(name)s”. Known tables: %(known)s.")
                    % {"name": name[:SHOWN_OF_VALUE], "known": ", ".join(tables.TABLES)}
                )
            kind = tables.TABLES[name]
            known = [*(PARAMETERS if kind.is_narrowed else []), *kind.parameters, LANG]
            table, _chosen = _table(request, kind, known)
            response = _file(request, table)
            response["Content-Language"] = translation.get_language()
            return response


def _table(request, kind, parameters):
    """(the Table of ``kind`` that the query asks for, the clean values). Raises ValidationError."""
    names = reference_names(public_serial())
    by_name = {one.name: one for one in parameters_of(names)}
    chosen = read(request.query_params, [by_name.get(one.name, one) for one in parameters])
    scope = Scope(
        names=names,
        language=translation.get_language(),
        **{one.name: chosen[one.name] for one in PARAMETERS if one.name in chosen},
    )
    return kind(scope, {one.name: chosen[one.name] for one in kind.parameters}), chosen


def _with_addresses(request, row):
    """``row`` with absolute addresses."""
    return {
        name: request.build_absolute_uri(value) if name == "url" or name.endswith("_url") else value
        for name, value in row.items()
    }


def _file(request, table, fields=(), rows=None):
    """The rows (all of the table by default) as a table, written while they are read."""
    columns = {name: (lambda row, name=name: row[name]) for name in table.columns if not fields or name in fields}
    found = (_with_addresses(request, row) for row in (table.rows() if rows is None else rows))
    return exports.stream(
        request, exports.table(request.accepted_renderer.format, found, columns), name=f"impact-{table.name}"
    )


def _text(about=""):
    return serializers.CharField(help_text=about)


def _count(about=""):
    return serializers.IntegerField(help_text=about)


def _percent(about):
    return serializers.IntegerField(allow_null=True, help_text=about)


def _rows(about="The list of exactly these rows, for people."):
    return serializers.URLField(help_text=about)


_ONLY_BY_MONTH = {"needs_opened", "needs_open", "offers_open"}
_CODE, _NAME = "ISO 3166-1 alpha-3.", "In the language asked for."


class FigureSerializer(serializers.Serializer):
    measure = serializers.ChoiceField([name for name in tables.MEASURE_LABELS if name not in _ONLY_BY_MONTH])
    label = _text(_NAME)
    value = _count()
    url = _rows()


class FlowSerializer(serializers.Serializer):
    """Exchanges from a country that provides to one that benefits."""

    provider = _text(_CODE)
    provider_name = _text(_NAME)
    beneficiary = _text(_CODE)
    beneficiary_name = _text(_NAME)
    exchanges_count = _count()
    areas = serializers.ListField(child=serializers.CharField(), help_text="Slugs from `/areas/`, the most first.")
    url = _rows()


class MatrixCellSerializer(serializers.Serializer):
    region = serializers.ChoiceField(UnicefRegion.values)
    region_name = _text(_NAME)
    area = _text("Slug from `/areas/`.")
    area_name = _text(_NAME)
    practices_count = _count("Practices of this area that are carried out in the region.")
    needs_count = _count("Open needs in this area of countries of the region.")
    offers_count = _count("Open offers in this area, from any region.")
    is_gap = serializers.BooleanField(
        help_text="Open needs for which there is no practice from the region, or no offer at all."
    )
    url = _rows("The practices, for people.")
    needs_url = _rows("The needs, for people.")
    offers_url = _rows("The offers, for people.")


class FunnelStepSerializer(serializers.Serializer):
    step = serializers.ChoiceField(STEPS)
    label = _text(_NAME)
    needs_count = _count("Needs that came as far as this step.")
    percent_of_opened = _percent("Whole per cent; null when no need was opened.")
    percent_of_previous = _percent("Whole per cent of the step before; null for the first.")
    url = _rows()


class AdoptedPracticeSerializer(serializers.Serializer):
    reference = _text()
    title = _text()
    country = _text(_CODE)
    country_name = _text(_NAME)
    adoptions_count = _count("Countries that took it over.")
    url = _rows("The practice, for people.")


class ReviewQuarterSerializer(serializers.Serializer):
    quarter = _text("For example `2027-Q1`; `overdue`: due now.")
    label = _text(_NAME)
    practices_count = _count()
    url = _rows()


class MonthFigureSerializer(serializers.Serializer):
    month = _text("For example `2026-10`.")
    measure = serializers.ChoiceField(MEASURES)
    label = _text(_NAME)
    value = _count("As it stood at the end of the month.")


class CountryPartSerializer(serializers.Serializer):
    country = _text(_CODE)
    country_name = _text(_NAME)
    practices_count = _count("Practices that it leads or carries out.")
    adoptions_count = _count("Practices that it took over.")
    given_count = _count("Exchanges in which it provides.")
    received_count = _count("Exchanges in which it benefits.")
    url = _rows("The country, for people.")


class AdoptionRowSerializer(serializers.Serializer):
    country = _text("The country that took the practice over, ISO 3166-1 alpha-3.")
    country_name = _text(_NAME)
    reference = _text("Of the practice.")
    title = _text()
    from_country = _text("The country that leads the practice, ISO 3166-1 alpha-3.")
    from_country_name = _text(_NAME)
    year = serializers.IntegerField(allow_null=True)
    url = _rows("The practice, for people.")


class FunnelNeedSerializer(serializers.Serializer):
    code = _text()
    title = _text()
    country = _text(_CODE)
    country_name = _text(_NAME)
    status = serializers.ChoiceField(NeedStatus.values)
    status_label = _text(_NAME)
    opened_on = serializers.DateField()
    url = _rows("The need, for people.")


class ReviewRowSerializer(serializers.Serializer):
    reference = _text()
    title = _text()
    country = _text(_CODE)
    country_name = _text(_NAME)
    valid_since = serializers.DateField(help_text="When it was last found valid.")
    due_on = serializers.DateField(help_text="From when it has to be looked at again.")
    url = _rows("The practice, for people.")


def _viewset(table, serializer, summary, about):
    """The endpoint of ``table``, described."""
    viewset = type(
        f"{table.__name__}ViewSet", (ImpactViewSet,), {"__doc__": about, "__module__": __name__, "table": table}
    )
    described = describe(
        summary=summary,
        description=about,
        tag="impact",
        parameters=[parameter(one) for one in viewset.get_parameters()],
        response=list_of(serializer),
        renderers=viewset.list_renderers,
        errors=(400, 404, 406),
        operation=f"impact_{table.name}".replace("-", "_"),
    )
    return extend_schema_view(list=described)(viewset)


_PUBLIC = "Only what everybody may read is counted. The filters are those of all lists."
routes = [
    (f"impact/{table.name}", _viewset(table, serializer, summary, f"{about} {_PUBLIC}"), f"impact-{table.name}")
    for table, serializer, summary, about in (
        (tables.Figures, FigureSerializer, "Read the key figures", "What sharing adds up to."),
        (tables.Flows, FlowSerializer, "List who helped whom", "Exchanges from country to country, the most first."),
        (
            tables.Matrix,
            MatrixCellSerializer,
            "List practices by region and area",
            "With open needs and offers, and where something is missing.",
        ),
        (tables.Funnel, FunnelStepSerializer, "Read the way of needs", "How many needs came how far."),
        (tables.MostAdopted, AdoptedPracticeSerializer, "List the most adopted practices", "Those of most countries."),
        (tables.ReviewDue, ReviewQuarterSerializer, "List when reviews are due", "By quarter, those due now first."),
        (tables.Months, MonthFigureSerializer, "List the figures by month", "As kept at the end of each month."),
        (tables.Countries, CountryPartSerializer, "List what countries have part in", "Countries by name."),
        (tables.Adoptions, AdoptionRowSerializer, "List adoptions", "Which country took over which practice."),
        (tables.Needs, FunnelNeedSerializer, "List the needs of a step", "The rows behind the way of needs."),
        (tables.Reviews, ReviewRowSerializer, "List practices by review", "The rows behind the quarters."),
    )
]
