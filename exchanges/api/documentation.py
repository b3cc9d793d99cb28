"""Exchanges, offers and needs in the OpenAPI document: shapes and descriptions. The API reference is in English."""

from drf_spectacular.utils import extend_schema_view
from rest_framework import serializers

from countries.api.documentation import code_or, describe, list_of, parameter, path_parameter
from countries.api.serializers import CountrySerializer
from countries.enums import UnicefRegion
from exchanges.enums import (
    ContributionKind,
    CostSharing,
    EventKind,
    ExchangeForm,
    ExchangeStatus,
    FollowUpOutcome,
    MilestoneStatus,
    Modality,
    NeedStatus,
    OfferStatus,
    PartyRole,
    Phase,
)
from exchanges.filters import ExchangeFilter, NeedFilter, OfferFilter
from practices.api.documentation import (
    AreaSerializer,
    FacetValueSerializer,
    PracticeRowSerializer,
    ReferenceSerializer,
    TopicSerializer,
)
from practices.api.following import AS_OF, TO_KEEP_A_COPY
from practices.enums import Language


def _text(about="", **kwargs):
    return serializers.CharField(help_text=about, **kwargs)


def _codes(about):
    return serializers.ListField(child=serializers.CharField(), help_text=about)


def _codes_or(component, about):
    return serializers.ListField(child=code_or(component, "Or an object, with `expand`."), help_text=about)


def _words(choices, about=""):
    return serializers.ListField(child=serializers.ChoiceField(choices), help_text=about)


def _year(about=""):
    return serializers.IntegerField(allow_null=True, help_text=about)


def _day(about=""):
    return serializers.DateField(allow_null=True, help_text=about)


def _moment(about=""):
    return serializers.DateTimeField(allow_null=True, help_text=about)


def _money(about):
    return _text(f"{about} A decimal number as text, so that nothing is rounded.", allow_null=True)


def _subjects():
    """What every row is about, and in which form."""
    return {
        "challenge_areas": _codes_or("Area", "Slugs from `/areas/`."),
        "topics": _codes_or("Topic", "Slugs from `/topics/`."),
        "modalities": _words(Modality.values, "Forms of assistance."),
        "languages": _words(Language.values, "Working languages."),
    }


class HiddenSerializer(serializers.Serializer):
    """With `modified_since`: something that is not, or not any more, in the list asked for. Drop it from your copy."""

    code = _text()
    gone = serializers.BooleanField(help_text="Always true.")
    status = serializers.ChoiceField(
        ["unmatched", "hidden"],
        help_text="`unmatched`: it can be read by its code, and does not answer the filters that you asked with, or by "
        "default is not listed, as what is over. `hidden`: not everybody may read it any more.",
    )
    changed_at = serializers.DateTimeField()


class HistorySerializer(serializers.Serializer):
    """Something that happened, and where the thing stood afterwards."""

    at = serializers.DateTimeField()
    kind = serializers.ChoiceField(EventKind.values)
    status = _text()


class ExchangeRowSerializer(serializers.Serializer):
    code = _text("Never changes: `EX-<year>-<n>`.")
    title = _text()
    topic = _text("What it is about, in a sentence.")
    text_language = serializers.ChoiceField(Language.values, help_text="Language in which it is written.")
    form = serializers.ChoiceField(ExchangeForm.values)
    status = serializers.ChoiceField(
        ExchangeStatus.values,
        help_text="`recorded`: it took place outside the portal and is told from its `sources`.",
    )
    providers = _codes("Who gives: ISO 3166-1 alpha-3, or the name of an organisation.")
    beneficiaries = _codes("Who receives, likewise.")
    facilitators = _codes("Who helps both, likewise.")
    challenge_areas, topics, modalities, languages = _subjects().values()
    start_year = _year()
    end_year = _year("Null while it is still running, or where it is not known.")
    starts_on = _day("First day, as agreed.")
    ends_on = _day("Last day, as agreed.")
    amount = _money("Null where there is no unambiguous one.")
    currency = _text("ISO 4217; empty without an amount.")
    amount_text = _text("The amount as its source words it.")
    practices = _codes_or("ListedPractice", "Slugs of the practices that travel.")
    is_verified = serializers.BooleanField(help_text="Whether a public source was seen.")
    published_at = serializers.DateTimeField(help_text="Since when it can be read here.")
    closed_at = _moment()
    url = serializers.URLField(help_text="The page for people, in the language asked for.")


def _countries():
    return CountrySerializer(
        many=True, required=False, help_text="With `expand=countries`: those that take part, each once."
    )


class PartySerializer(serializers.Serializer):
    """A country or an organisation, and which role it plays."""

    role = serializers.ChoiceField(PartyRole.values)
    phase = serializers.ChoiceField(
        [value for value in Phase.values if value], allow_null=True, help_text="Null: from beginning to end."
    )
    country = _text("ISO 3166-1 alpha-3.", allow_null=True)
    organisation = _text(allow_null=True)
    institution = _text("Which takes part for it.")


class MilestoneSerializer(serializers.Serializer):
    title = _text()
    due_on = serializers.DateField()
    status = serializers.ChoiceField(MilestoneStatus.values)
    done_on = _day()


class ActivitySerializer(serializers.Serializer):
    """Something that takes place. Numbers of participants are null where none were recorded."""

    title = _text()
    modality = serializers.ChoiceField(Modality.values)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    place = _text()
    country = _text("ISO 3166-1 alpha-3.", allow_null=True)
    women = serializers.IntegerField(allow_null=True)
    men = serializers.IntegerField(allow_null=True)
    unspecified = serializers.IntegerField(allow_null=True, help_text="Sex not recorded.")


class AdoptionOfExchangeSerializer(serializers.Serializer):
    """A country that took a practice over as a result."""

    practice = _text("Slug.")
    country = _text("ISO 3166-1 alpha-3.")
    year = _year()
    result = _text()


class ProjectOfExchangeSerializer(serializers.Serializer):
    code = _text()
    title = _text()
    fund = _text("Slug of the fund that pays for it.")


class ContributionOfExchangeSerializer(serializers.Serializer):
    """What a country or organisation gave, in its own currency."""

    kind = serializers.ChoiceField(ContributionKind.values)
    country = _text("ISO 3166-1 alpha-3.", allow_null=True)
    organisation = _text(allow_null=True)
    committed = _money("Promised.")
    disbursed = _money("Paid.")
    currency = _text("ISO 4217.")
    value_on = _day("Value date.")
    quantity = _money("Of what is not money: pieces, days, places.")


class DocumentSerializer(serializers.Serializer):
    title = _text()
    url = serializers.URLField(help_text="Of a file that is kept here, or of a document that stands elsewhere.")
    language = serializers.ChoiceField(Language.values)


class FollowUpSerializer(serializers.Serializer):
    """What a check some time after the end found."""

    days = serializers.IntegerField(help_text="After the end.")
    outcome = serializers.ChoiceField(FollowUpOutcome.values)
    done_at = serializers.DateTimeField()


class ExchangeSerializer(ExchangeRowSerializer):
    objective = _text()
    outputs = _text("What will be there at the end.")
    outcome = _text("What came of it.")
    lessons = _text()
    ending_note = _text("Why it was cancelled; empty for others.")
    need = code_or("ListedNeed", "Code of the need that it answers.", allow_null=True)
    countries = _countries()
    parties = PartySerializer(many=True)
    milestones = MilestoneSerializer(many=True)
    activities = ActivitySerializer(many=True)
    adoptions = AdoptionOfExchangeSerializer(many=True)
    projects = ProjectOfExchangeSerializer(many=True)
    contributions = ContributionOfExchangeSerializer(many=True)
    documents = DocumentSerializer(many=True)
    follow_ups = FollowUpSerializer(many=True)
    history = HistorySerializer(many=True, help_text="The oldest first.")
    sources = ReferenceSerializer(many=True)


HANGS_ON_EXCHANGES = {
    "parties": PartySerializer,
    "milestones": MilestoneSerializer,
    "activities": ActivitySerializer,
    "adoptions": AdoptionOfExchangeSerializer,
    "projects": ProjectOfExchangeSerializer,
    "contributions": ContributionOfExchangeSerializer,
    "documents": DocumentSerializer,
    "follow_ups": FollowUpSerializer,
    "sources": ReferenceSerializer,
}


def _changed_at():
    return serializers.DateTimeField(required=False, help_text="Only with `modified_since`: the last change.")


class AssistanceRowSerializer(serializers.Serializer):
    code = _text("Never changes: `OF-<year>-<n>` or `ND-<year>-<n>`.")
    title = _text()
    summary = _text()
    text_language = serializers.ChoiceField(Language.values, help_text="Language in which it is written.")
    country = code_or("Country", "ISO 3166-1 alpha-3.")
    status = serializers.CharField()
    challenge_areas, topics, modalities, languages = _subjects().values()
    cost_sharing = serializers.ChoiceField(CostSharing.values, help_text="Who pays.")
    starts_on = _day("Possible from.")
    ends_on = _day("Possible until.")
    expires_on = _day("Last day on which it is open.")
    published_at = serializers.DateTimeField(help_text="When it was first opened.")
    closed_at = _moment()
    url = serializers.URLField(help_text="The page for people, in the language asked for.")


class OfferRowSerializer(AssistanceRowSerializer):
    status = serializers.ChoiceField(OfferStatus.values)
    organisation = _text("Institution that would give it.", allow_null=True)
    regions = _words(UnicefRegion.values, "Regions that it is meant for; empty: all.")
    capacity_count = serializers.IntegerField(allow_null=True, help_text="Countries at a time.")
    practices = _codes_or("ListedPractice", "Slugs of the practices that it builds on.")


class ListedOfferSerializer(OfferRowSerializer):
    changed_at = _changed_at()


class OfferSerializer(OfferRowSerializer):
    capacity_note = _text()
    conditions = _text()
    closing_note = _text("Why it ended.")
    history = HistorySerializer(many=True, help_text="The oldest first.")


class NeedRowSerializer(AssistanceRowSerializer):
    status = serializers.ChoiceField(NeedStatus.values)
    joined = _codes_or("Country", "Countries that ask for the same, ISO 3166-1 alpha-3.")
    practice = code_or("ListedPractice", "Slug of the practice that is wanted.", allow_null=True)
    interested_count = serializers.IntegerField(help_text="Countries that said that they can help.")


class ListedNeedSerializer(NeedRowSerializer):
    exchanges = ExchangeRowSerializer(many=True, required=False, help_text="With `expand=exchanges`.")
    changed_at = _changed_at()


ListedExchangeSerializer = type(
    "ListedExchangeSerializer",
    (ExchangeRowSerializer,),
    {
        name: kind(many=True, required=False, help_text=f"With `expand={name}`.")
        for name, kind in HANGS_ON_EXCHANGES.items()
    }
    | {
        "countries": _countries(),
        "need": NeedRowSerializer(
            allow_null=True, required=False, help_text="With `expand=need`: the one that it answers."
        ),
        "changed_at": _changed_at(),
    },
)


class NeedSerializer(NeedRowSerializer):
    outcome = _text("What should change.")
    beneficiaries = _text("Whom it serves.")
    budget_note = _text("Money that is there already.")
    closing_note = _text("Why it ended.")
    exchanges = _codes_or("ListedExchange", "Codes of the exchanges that came of it.")
    history = HistorySerializer(many=True, help_text="The oldest first.")


# What ``expand`` puts in the place of codes.
_BEHIND = {
    "country": CountrySerializer,
    "countries": CountrySerializer,
    "joined": CountrySerializer,
    "challenge_areas": AreaSerializer,
    "topics": TopicSerializer,
    "practice": PracticeRowSerializer,
    "practices": PracticeRowSerializer,
    "need": NeedRowSerializer,
    "exchanges": ExchangeRowSerializer,
}


def fields_behind(names, more=()):
    """{name: serializer} of what ``expand`` gives under ``names``; ``more``: {name: class} besides the common ones."""
    known = _BEHIND | dict(more)
    return {name: known[name]() for name in names}


def facets_of(filter_class, name):
    """The serializer of the facets that ``filter_class`` counts."""
    members = {facet: FacetValueSerializer(many=True) for facet in filter_class.FACETS}
    about = {"__doc__": "Per filter, what each value would leave under all the other filters."}
    return type(f"{name}FacetsSerializer", (serializers.Serializer,), about | members)


ExchangeFacetsSerializer = facets_of(ExchangeFilter, "Exchange")
OfferFacetsSerializer = facets_of(OfferFilter, "Offer")
NeedFacetsSerializer = facets_of(NeedFilter, "Need")

_LISTS = (
    "The same parameters, order and counts as on the page `{page}`. Several values of one parameter mean *or*, "
    "different parameters mean *and*; an unknown parameter or value is a 400 that names it. JSON comes in pages; `csv` "
    "gives the whole list, streamed, unless `page` or `page_size` is given. {more}\n\n"
    f"{TO_KEEP_A_COPY} `modified_since` does not go with `q`."
)


def describe_rows(viewset, *, one, many, tag, page, example, row, detail, facets, more):
    """Describe both operations of a list with ``row`` serializers and of its members, ``detail``."""
    return extend_schema_view(
        list=describe(
            summary=f"Search and filter {many}",
            description=_LISTS.format(page=page, more=more),
            tag=tag,
            operation=f"{tag}_list",
            parameters=[parameter(known) for known in (*viewset.filters, *viewset.list_parameters)],
            response=list_of(
                row, HiddenSerializer, facets=facets(required=False, help_text="With `facets=1`."), as_of=AS_OF
            ),
            renderers=viewset.list_renderers,
            errors=(400, 404, 406),
        ),
        retrieve=describe(
            summary=f"Read {one} in full",
            description="Everything that is public about it.",
            tag=tag,
            operation=f"{tag}_read",
            parameters=[
                path_parameter("code", f"Code of {one}.", example, "^[A-Z]{2}-[0-9]{4}-[0-9]+$"),
                *[parameter(known) for known in viewset.parameters],
            ],
            response=detail,
            renderers=viewset.renderer_classes,
            errors=(400, 404, 406),
        ),
    )(viewset)
