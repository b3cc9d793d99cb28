"""The API door to countries, indicators and figures."""

from operator import itemgetter

from django.db.models import Count, Max, Min, Q
from django.urls import reverse
from rest_framework.decorators import action
from rest_framework.response import Response

from countries.api import exports
from countries.api.documentation import describe, describe_reference, list_of, parameter, path_parameter
from countries.api.parameters import (
    BOM,
    LANG,
    PAGE,
    PAGE_SIZE,
    Parameter,
    fields_parameter,
    format_parameter,
    parts_of,
    read,
)
from countries.api.reading import ReferenceViewSet, answer_rows, envelope, only, window
from countries.api.renderers import CsvRenderer, GeoJsonRenderer, JsonLdRenderer, JsonRenderer, XlsxRenderer
from countries.api.serializers import (
    LINE_COLUMNS,
    CountrySerializer,
    Group,
    IndicatorDetailSerializer,
    IndicatorSerializer,
    LineSerializer,
    SimilarListSerializer,
    ValueSerializer,
    country_feature,
    country_row,
    country_thing,
    indicator_row,
    indicator_thing,
    line_row,
    similar_row,
    value_row,
)
from countries.enums import AREAS, FIRST_YEAR, IncomeGroup, SimilarityFactor, UnicefRegion
from countries.models import Country, Indicator, IndicatorValue
from countries.similarity import similar_countries
from countries.trends import indicator_lines

SIMILAR_SHOWN = 10
_TABLES = [JsonRenderer, CsvRenderer, XlsxRenderer]
_TABLE_FORMAT = format_parameter([renderer.format for renderer in _TABLES])
_AREA = Parameter("area", "Challenge area; several mean *or*.", AREAS, many=True, example="nutrition")
_COUNTRY_KEY = path_parameter("iso3", "ISO 3166-1 alpha-3 code.", "KEN", "^[A-Za-z]{3}$")
_INDICATOR_KEY = path_parameter("code", "Code of the indicator.", "stunting", "^[a-z0-9_]+$")
_SIMILAR = [
    Parameter("area", "Compare by the indicators of this challenge area alone.", AREAS, example="nutrition"),
    Parameter(
        "factor",
        "Compare by this factor alone; several may be given; all of them by default.",
        tuple(SimilarityFactor.values),
        many=True,
        example="region",
    ),
    Parameter(
        "factors",
        "The same as one list with commas, as it was asked before. Use `factor`.",
        tuple(SimilarityFactor.values),
        is_list=True,
        example="indicators,region",
    ),
    PAGE_SIZE,
    LANG,
    format_parameter([JsonRenderer.format]),
]
_LINES = [
    _AREA,
    PAGE,
    PAGE_SIZE,
    fields_parameter(LineSerializer().fields, parts_of(LineSerializer().fields)),
    LANG,
    _TABLE_FORMAT,
    BOM,
]


class CountryViewSet(ReferenceViewSet):
    """Countries and the groups that they belong to."""

    queryset = Country.objects
    lookup_field = "iso3"
    file_name = "countries"
    members = tuple(name for name, field in CountrySerializer().fields.items() if field.required)
    parts = parts_of(CountrySerializer().fields)
    expandable = ("indicators",)
    list_renderers = [JsonRenderer, CsvRenderer, XlsxRenderer, GeoJsonRenderer, JsonLdRenderer]
    filters = {
        Parameter(
            "region",
            "UNICEF region; several mean *or*.",
            tuple(UnicefRegion.values),
            many=True,
            example="ESA",
        ): "unicef_region__in",
        Parameter(
            "income_group",
            "World Bank income group; several mean *or*.",
            tuple(IncomeGroup.values),
            many=True,
            example="LI",
        ): "income_group__in",
        Parameter(
            "group",
            "Member of: " + ", ".join(f"`{group.value}` {group.label}" for group in Group) + "; several mean *or*.",
            tuple(Group.values),
            many=True,
            example="sids",
        ): "group",
    }
    get_feature = staticmethod(country_feature)
    get_thing = staticmethod(country_thing)

    def get_row(self, country, counts):
        return country_row(country, self.request.build_absolute_uri(country.get_absolute_url()))

    def expansions(self, objects, names):
        figures = {country.pk: [] for country in objects}
        for one in IndicatorValue.objects.filter(country__in=objects).latest_each():
            figure = value_row(one)
            figures[figure.pop("country")].append({"indicator": one.indicator_id} | figure)
        return [{"indicators": figures[country.pk]} for country in objects]

    def get_key(self, text):
        return text.upper()

    def narrow(self, rows, lookup, values):
        if lookup != "group":
            return super().narrow(rows, lookup, values)
        member = Q()
        for value in values:
            member |= Q(**{f"is_{value}": True})
        return rows.filter(member)

    @describe(
        summary="List countries in a similar position",
        description="Countries of the global South, the most similar first, each with the reasons. What is not known "
        "of one of the two adds nothing to the score and lowers the confidence; nothing is filled in.",
        tag="countries",
        parameters=[_COUNTRY_KEY, *map(parameter, _SIMILAR)],
        response=SimilarListSerializer,
        renderers=[JsonRenderer],
        errors=(400, 404, 406),
        operation="countries_similar",
    )
    @action(detail=True, renderer_classes=[JsonRenderer])
    def similar(self, request, iso3):
        chosen = read(request.query_params, _SIMILAR)
        found = similar_countries(self.find(iso3), chosen["area"], [*chosen["factor"], *chosen["factors"]] or None)
        shown = found[: chosen["page_size"] or SIMILAR_SHOWN]
        rows = [similar_row(one, request.build_absolute_uri(one.country.get_absolute_url())) for one in shown]
        return Response({"count": len(found), "results": rows})

    @describe(
        summary="List the indicators of a country",
        description="Every indicator with the figures of the country, its trend and how it compares with its income "
        "group. An indicator without a figure is there as well, and says so.",
        tag="countries",
        parameters=[_COUNTRY_KEY, *map(parameter, _LINES)],
        response=list_of(LineSerializer),
        renderers=_TABLES,
        errors=(400, 404, 406),
        operation="countries_indicators",
    )
    @action(detail=True, renderer_classes=_TABLES)
    def indicators(self, request, iso3):
        chosen = read(request.query_params, _LINES)
        country = self.find(iso3)
        rows = [line_row(line) for line in indicator_lines(country)]
        rows = [row for row in rows if not chosen["area"] or row["area"] in chosen["area"]]
        columns = only(LINE_COLUMNS, chosen["fields"])
        return answer_rows(request, rows, chosen, columns=columns, name=f"{country.iso3}-indicators")


describe_reference(
    CountryViewSet,
    one="a country",
    many="countries",
    tag="countries",
    serializer=CountrySerializer,
    about="The countries by ISO code. How many practices each has: `facets.country` of `/practices/?facets=1`.",
    key=_COUNTRY_KEY,
)


class IndicatorViewSet(ReferenceViewSet):
    """Indicators and their figures."""

    queryset = Indicator.objects
    lookup_field = "code"
    file_name = "indicators"
    members = tuple(IndicatorSerializer().fields)
    parts = parts_of(IndicatorSerializer().fields)
    filters = {_AREA: "area__in"}
    value_filters = {
        Parameter(
            "region",
            "UNICEF region of the country; several mean *or*.",
            tuple(UnicefRegion.values),
            many=True,
            example="ESA",
        ): "country__unicef_region__in",
        Parameter(
            "income_group",
            "World Bank income group of the country; several mean *or*.",
            tuple(IncomeGroup.values),
            many=True,
            example="LI",
        ): "country__income_group__in",
        Parameter("year_from", "Figures of this year and later.", (), FIRST_YEAR, 2100, example=2010): "year__gte",
        Parameter("year_to", "Figures of this year and earlier.", (), FIRST_YEAR, 2100, example=2024): "year__lte",
    }
    value_parameters = [*value_filters, PAGE, PAGE_SIZE, LANG, _TABLE_FORMAT, BOM]

    def get_thing(self, row):
        address = self.request.build_absolute_uri(reverse("api:indicator-detail", args=[row["code"]]))
        return indicator_thing(row, address)

    def get_counts(self):
        rows = IndicatorValue.objects.values("indicator_id").order_by()
        rows = rows.annotate(
            countries_count=Count("country_id", distinct=True), first_year=Min("year"), last_year=Max("year")
        )
        return {row.pop("indicator_id"): row for row in rows}

    def get_row(self, indicator, counts):
        row = indicator_row(indicator, counts)
        if self.action == "retrieve":
            row["values"] = [value_row(figure) for figure in indicator.figures.latest_each()]
        return row

    @describe(
        summary="List the figures of an indicator",
        description="By country, the latest first. As their sources give them; nothing is filled in.",
        tag="indicators",
        parameters=[_INDICATOR_KEY, *map(parameter, value_parameters)],
        response=list_of(ValueSerializer),
        renderers=_TABLES,
        errors=(400, 404, 406),
        operation="indicators_values",
    )
    @action(detail=True, renderer_classes=_TABLES)
    def values(self, request, code):
        chosen = read(request.query_params, self.value_parameters)
        indicator = self.find(code)
        rows = indicator.figures.order_by("country_id", "-year")
        for one, lookup in self.value_filters.items():
            if chosen[one.name]:
                rows = rows.filter(**{lookup: chosen[one.name]})
        count = rows.count()
        kind = request.accepted_renderer.format
        page, last, shown = window(chosen, count, default_size=self.default_page_size, is_whole=kind != "json")
        found = [value_row(figure) for figure in rows[shown]]
        if kind != "json":
            columns = {name: itemgetter(name) for name in ValueSerializer().fields}
            return exports.stream(request, exports.table(kind, found, columns), name=f"{indicator.code}-values")
        return Response(envelope(request, found, count=count, page=page, last=last))


describe_reference(
    IndicatorViewSet,
    one="an indicator",
    many="indicators",
    tag="indicators",
    serializer=IndicatorSerializer,
    detail=IndicatorDetailSerializer,
    about="What is measured, in the order of the challenge areas.",
    key=_INDICATOR_KEY,
)
