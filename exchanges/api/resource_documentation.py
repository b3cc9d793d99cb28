"""Funds, projects and threads in the OpenAPI document: shapes and parameters. The API reference is in English."""

from drf_spectacular.utils import extend_schema_view
from rest_framework import serializers

from countries.api.documentation import code_or, describe, list_of, parameter
from countries.api.parameters import PAGE, PAGE_SIZE, Parameter
from countries.enums import AREAS, IncomeGroup, UnicefRegion
from exchanges.api.documentation import ExchangeRowSerializer
from exchanges.enums import ContributionKind, ExchangeForm, ExchangeStatus, ProjectStatus
from exchanges.resource_filters import CallStatus, FundFilter, ProjectFilter
from practices.api.documentation import FacetValueSerializer, ReferenceSerializer
from practices.filters import EARLIEST_YEAR, LATEST_YEAR
from practices.search import QUERY_LIMIT


def _text(about="", **kwargs):
    return serializers.CharField(help_text=about, **kwargs)


def _year(about=""):
    return serializers.IntegerField(allow_null=True, help_text=about)


def _amount(about=""):
    return serializers.CharField(allow_null=True, help_text=f"{about} As text, so that nothing is rounded.".strip())


def _codes_or(component, about):
    return serializers.ListField(child=code_or(component, "Or an object, with `expand`."), help_text=about)


def _codes(about):
    return serializers.ListField(child=serializers.CharField(), help_text=about)


_CURRENCY = "ISO 4217; empty without an amount. Nothing is converted."


class FundRowSerializer(serializers.Serializer):
    slug = _text("Name in the address; never changes.")
    name = _text()
    host = _text()
    organisation = _text("The host organisation, whose members maintain it here.", allow_null=True)
    since_year = _year()
    size = _amount("Where the source gives one amount.")
    currency = _text(_CURRENCY)
    size_text = _text("The size as its source words it.")
    size_as_of = _year("Year of the size.")
    challenge_areas = _codes_or("Area", "Slugs from `/areas/`; empty: not tied to certain areas.")
    next_deadline = serializers.DateField(allow_null=True, help_text="Last day of the call that closes next.")
    projects_count = serializers.IntegerField(help_text="Projects recorded here.")
    is_verified = serializers.BooleanField(help_text="Whether a public source was seen.")
    updated_at = serializers.DateTimeField()
    url = serializers.URLField(help_text="The page for people, in the language asked for.")


class CallSerializer(serializers.Serializer):
    """A time in which a fund takes applications. Empty areas, regions and income groups stand for all."""

    title = _text()
    opens_on = serializers.DateField()
    closes_on = serializers.DateField()
    eligibility = _text()
    challenge_areas = _codes("Slugs from `/areas/`.")
    regions = serializers.ListField(child=serializers.ChoiceField(UnicefRegion.values))
    income_groups = serializers.ListField(child=serializers.ChoiceField(IncomeGroup.values))
    amount = _amount("The largest amount.")
    currency = _text(_CURRENCY)
    link = _text()


class ContributionSerializer(serializers.Serializer):
    """What a country or an organisation gives: money, things or time."""

    country = _text("ISO 3166-1 alpha-3 of the country that gives.", allow_null=True)
    organisation = _text("The organisation that gives.", allow_null=True)
    kind = serializers.ChoiceField(ContributionKind.values)
    description = _text()
    committed = _amount()
    disbursed = _amount("Never more than `committed`.")
    currency = _text(_CURRENCY)
    value_on = serializers.DateField(allow_null=True, help_text="The day for which the amount was stated.")
    quantity = _amount("Pieces, days or places.")
    source = _text()
    project = _text("Code of the project that it is for.", allow_null=True)


class TotalSerializer(serializers.Serializer):
    """What was given in one form and currency. Nothing is added up across them."""

    kind = serializers.ChoiceField(ContributionKind.values)
    currency = _text()
    count = serializers.IntegerField(help_text="Contributions.")
    committed = _amount()
    disbursed = _amount()
    quantity = _amount()


class FundSerializer(FundRowSerializer):
    eligibility = _text("Who may apply.")
    note = _text()
    link = _text("Address of the fund; empty where none is known.")
    calls = CallSerializer(many=True, help_text="The one that closes last first.")
    projects = _codes_or("ProjectRow", "Codes of its projects, see `/projects/`.")
    contributions = ContributionSerializer(many=True)
    totals = TotalSerializer(many=True)
    sources = ReferenceSerializer(many=True)


class ProjectRowSerializer(serializers.Serializer):
    code = _text("Never changes: `PR-<year>-<n>`.")
    title = _text()
    description = _text()
    fund = code_or("ListedFund", "Slug of the fund that pays for it.")
    status = serializers.ChoiceField(ProjectStatus.values)
    countries = _codes_or("Country", "ISO 3166-1 alpha-3.")
    challenge_areas = _codes_or("Area", "Slugs from `/areas/`.")
    start_year = _year()
    end_year = _year("Null while it is running, or where it is not known.")
    amount = _amount("Where the source gives one amount.")
    currency = _text(_CURRENCY)
    amount_text = _text("The amount as its source words it.")
    is_verified = serializers.BooleanField(help_text="Whether a public source was seen.")
    updated_at = serializers.DateTimeField()
    url = serializers.URLField(help_text="The page for people, in the language asked for.")


class ListedProjectSerializer(ProjectRowSerializer):
    exchanges = ExchangeRowSerializer(many=True, required=False, help_text="With `expand=exchanges`.")


class ListedFundSerializer(FundRowSerializer):
    calls = CallSerializer(many=True, required=False, help_text="With `expand=calls`.")
    projects = ProjectRowSerializer(many=True, required=False, help_text="With `expand=projects`.")


class ProjectSerializer(ProjectRowSerializer):
    outcome = _text()
    exchanges = _codes_or("ListedExchange", "Codes of the public exchanges that it pays for, see `/exchanges/`.")
    contributions = ContributionSerializer(many=True)
    totals = TotalSerializer(many=True)
    sources = ReferenceSerializer(many=True)


# What ``expand`` gives of funds and projects besides what it gives everywhere.
BEHIND = {"fund": FundRowSerializer, "calls": CallSerializer, "projects": ProjectRowSerializer}


class ReachedSerializer(serializers.Serializer):
    """People reached by the practice, everywhere and over all its years; not a part of any total."""

    count = serializers.IntegerField(allow_null=True)
    note = _text()


class ThreadAdoptionSerializer(serializers.Serializer):
    country = _text("ISO 3166-1 alpha-3.")
    year = _year()
    note = _text()
    result = _text()


class ThreadPracticeSerializer(serializers.Serializer):
    reference = _text()
    slug = _text()
    title = _text()
    country = _text("Lead country, ISO 3166-1 alpha-3.")
    url = serializers.URLField()
    reached = ReachedSerializer()
    adoptions = ThreadAdoptionSerializer(many=True, help_text="Those that came of this exchange.")


class ThreadExchangeSerializer(serializers.Serializer):
    code = _text()
    title = _text()
    form = serializers.ChoiceField(ExchangeForm.values)
    status = serializers.ChoiceField(ExchangeStatus.values)
    providers = _codes("Countries by ISO 3166-1 alpha-3, organisations by name.")
    beneficiaries = _codes("The same.")
    facilitators = _codes("The same.")
    url = serializers.URLField()
    contributions = ContributionSerializer(many=True)
    practices = ThreadPracticeSerializer(many=True)


class ThreadSerializer(serializers.Serializer):
    """From money to people: contribution, project, exchange, practice, adoption, people reached."""

    project = ProjectRowSerializer()
    contributions = ContributionSerializer(many=True, help_text="Those to the project.")
    exchanges = ThreadExchangeSerializer(many=True)
    reached_counts = _text("What the figures of people reached count.")


def _facets(name, filter_class):
    """The serializer called ``name`` of the counts of ``filter_class``."""
    counts = {facet: FacetValueSerializer(many=True) for facet in filter_class.FACETS}
    about = "Per filter, what each value would leave under all the other filters."
    return type(name, (serializers.Serializer,), {"__doc__": about, **counts})


FundFacetsSerializer = _facets("FundFacetsSerializer", FundFilter)
ProjectFacetsSerializer = _facets("ProjectFacetsSerializer", ProjectFilter)


def _many(name, about, values=(), example=None):
    return Parameter(name, f"{about} Several mean *or*.", tuple(values), many=True, example=example)


def _list_parameters(filter_class, *, status, country, years, more=()):
    """The parameters that ``filter_class`` and paging check."""
    return [
        Parameter(
            "q",
            f"Words to search for, at most {QUERY_LIMIT} characters; each begins a word of the text.",
            example="early warning",
        ),
        _many("area", "Challenge area.", AREAS, "nutrition"),
        _many("country", country, example="KEN"),
        _many("region", "UNICEF programme region of such a country.", UnicefRegion.values, "ESA"),
        status,
        *more,
        Parameter("year_from", years[0], (), EARLIEST_YEAR, LATEST_YEAR, example=2015),
        Parameter("year_to", years[1], (), EARLIEST_YEAR, LATEST_YEAR, example=2024),
        Parameter(
            "ordering",
            f"Order of the list. By default `relevance` where there are words in `q`, else `{filter_class.DEFAULT}`.",
            tuple(filter_class.ORDERINGS),
            example=filter_class.DEFAULT,
        ),
        PAGE,
        PAGE_SIZE,
    ]


FUND_PARAMETERS = _list_parameters(
    FundFilter,
    country="Country of its projects, ISO 3166-1 alpha-3.",
    status=_many("status", "Whether a call is open today, will open, or neither.", CallStatus.values, "open"),
    years=(
        "Existing in or after this year; none says when it ended, so this leaves all.",
        "Existing in or before this year.",
    ),
)
PROJECT_PARAMETERS = _list_parameters(
    ProjectFilter,
    country="Country in which it takes place, ISO 3166-1 alpha-3.",
    status=_many("status", "Where it stands.", ProjectStatus.values, "running"),
    more=[_many("fund", "Fund that pays for it, by its slug from `/funds/`.", example="ibsa-fund")],
    years=("Running in or after this year.", "Running in or before this year."),
)


def describe_resources(viewset, *, one, many, about, key, row, detail, facets, **more):
    """Describe a list of ``row`` and its members, ``detail``.

    ``key``: the path_parameter of one; ``more``: further actions.
    """
    return extend_schema_view(
        list=describe(
            summary=f"Search and filter {many}",
            description=f"{about} The same parameters, order and counts as on the page `/{many}/`.",
            tag=many,
            operation=f"{many}_list",
            parameters=[parameter(known) for known in (*viewset.filters, *viewset.list_parameters)],
            response=list_of(row, facets=facets(required=False, help_text="With `facets=1`.")),
            renderers=viewset.list_renderers,
            errors=(400, 404, 406),
        ),
        retrieve=describe(
            summary=f"Read {one} in full",
            description="Everything that is known of it here.",
            tag=many,
            operation=f"{many}_read",
            parameters=[key, *[parameter(known) for known in viewset.parameters]],
            response=detail,
            renderers=viewset.renderer_classes,
            errors=(400, 404, 406),
        ),
        **more,
    )(viewset)
