"""Practices in the OpenAPI document: shapes, parameters, examples. The API reference is in English."""

from drf_spectacular.utils import extend_schema_view
from rest_framework import serializers

from countries.api.documentation import code_or, describe, describe_call, list_of, parameter, path_parameter
from countries.api.parameters import parts_of
from countries.api.serializers import CountrySerializer
from practices.api.following import AS_OF, TO_KEEP_A_COPY
from practices.enums import (
    CountryRole,
    Criterion,
    EvaluationType,
    FileKind,
    Kind,
    Label,
    Language,
    LessonKind,
    LinkKind,
    Provenance,
    Scale,
    Section,
    TranslationOrigin,
)
from practices.facets import NAMES as FACET_NAMES
from practices.models.file import RENDITIONS
from practices.narrative import SECTIONS


def _text(about="", **kwargs):
    return serializers.CharField(help_text=about, **kwargs)


def _year(about=""):
    return serializers.IntegerField(allow_null=True, help_text=about)


def _codes(about):
    return serializers.ListField(child=serializers.CharField(), help_text=about)


class EvidenceSerializer(serializers.Serializer):
    """How sure the portal is that the practice works: computed from its evaluation, results and adoptions."""

    level = serializers.IntegerField(min_value=1, max_value=5)
    label = _text("The level in words.")
    reasons = _codes("Why, as sentences.")


class ResultSerializer(serializers.Serializer):
    """A measured result: a figure before, a figure after, and who says so."""

    name = _text()
    unit = _text()
    baseline = serializers.FloatField(allow_null=True)
    baseline_year = _year()
    latest = serializers.FloatField(allow_null=True)
    latest_year = _year()
    source = _text()
    is_verified = serializers.BooleanField(help_text="Whether the figure was seen in a public source.")


class DetailedResultSerializer(ResultSerializer):
    method = _text("How it was measured.")


class ListedResultSerializer(ResultSerializer):
    method = _text("How it was measured. With `expand=results`.", required=False)


class MatchSerializer(serializers.Serializer):
    """Where the words of `q` were found."""

    language = serializers.ChoiceField(Language.values)
    snippet = _text("HTML: text around the words, which stand in `<mark>`. Empty where only a name was found.")
    sections = serializers.ListField(
        child=serializers.ChoiceField(Section.values), help_text="Sections that hold the words, most of them first."
    )
    names = serializers.ListField(
        child=serializers.CharField(), help_text="Other names of what was asked for, where it was found under these."
    )


class PracticeRowSerializer(serializers.Serializer):
    reference = _text("Never changes: `SSC-<ISO3>-<year>-<n>`.")
    slug = _text("Name in the address; never changes.")
    title = _text()
    summary = _text()
    language = serializers.ChoiceField(Language.values, help_text="Language in which the practice was written.")
    text_language = serializers.ChoiceField(Language.values, help_text="Language of the title given here.")
    summary_language = serializers.ChoiceField(Language.values, help_text="Language of the summary given here.")
    translated_from = serializers.ChoiceField(
        Language.values, allow_null=True, help_text="Original language where the title is a translation, else null."
    )
    languages = serializers.ListField(
        child=serializers.ChoiceField(Language.values), help_text="Languages that can be had, the original first."
    )
    countries = serializers.ListField(
        child=code_or("Country", "Or, with `expand=countries`, the country."),
        help_text="ISO 3166-1 alpha-3, or objects: the lead country, then further ones.",
    )
    partner_countries = _codes("ISO 3166-1 alpha-3.")
    challenge_areas = _codes("Slugs from `/areas/`, the primary one first.")
    topics = _codes("Slugs from `/topics/`.")
    sdg_targets = _codes("Codes from `/sdg-targets/`.")
    kind = serializers.ChoiceField(Kind.values)
    scale = serializers.ChoiceField(["", *Scale.values])
    setting = _text()
    start_year = _year()
    end_year = _year("Null while it is still running.")
    evidence = EvidenceSerializer()
    label = serializers.ChoiceField(Label.values, help_text="What the curators found; empty without a review.")
    is_verified = serializers.BooleanField(help_text="Whether all that is said was seen in public sources.")
    provenance = serializers.ChoiceField(Provenance.values, help_text="Who wrote it down.")
    adoptions_count = serializers.IntegerField(help_text="Countries that took it over.")
    results = ResultSerializer(many=True)
    licence = _text()
    version = serializers.IntegerField()
    published_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    url = serializers.URLField(help_text="The page for people, in the language asked for.")


class TombstoneSerializer(serializers.Serializer):
    """With `modified_since`: a practice that is not, or not any more, in the list asked for. Drop it from your copy."""

    reference = _text()
    slug = _text()
    gone = serializers.BooleanField(help_text="Always true.")
    status = serializers.ChoiceField(
        ["retracted", "merged", "unmatched"],
        help_text="`unmatched`: it is public, and does not answer the filters that you asked with.",
    )
    reason = _text("Why it was retracted.")
    merged_into = _text("Reference of the practice that it became.", allow_null=True)
    changed_at = serializers.DateTimeField()


class LessonSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(LessonKind.values)
    text = _text()
    for_whom = _text()


class BuildingBlockSerializer(serializers.Serializer):
    title = _text()
    text = _text()


class BeneficiariesSerializer(serializers.Serializer):
    groups = _codes("Who it serves.")
    count = serializers.IntegerField(allow_null=True, help_text="People reached.")
    note = _text("People reached by age, sex and disability.")


class EvaluationSerializer(serializers.Serializer):
    type = serializers.ChoiceField(EvaluationType.values)
    note = _text()


class CostSerializer(serializers.Serializer):
    setup = serializers.FloatField(allow_null=True)
    yearly = serializers.FloatField(allow_null=True)
    currency = _text("ISO 4217; empty where no amount is given.")
    year = _year()
    note = _text()
    funding = _text()


class OrganisationSerializer(serializers.Serializer):
    name = _text()
    kind = _text()
    country = _text(allow_null=True)


class PartnerSerializer(OrganisationSerializer):
    role = _text("What it did.")


class CountryRoleSerializer(serializers.Serializer):
    country = _text()
    role = serializers.ChoiceField(CountryRole.values)


class AdoptionSerializer(serializers.Serializer):
    """Another country that took the practice over."""

    country = _text("ISO 3166-1 alpha-3.")
    year = _year()
    note = _text("What happened.")
    kept = _text()
    changed = _text()
    result = _text()
    source = _text()


class ReferenceSerializer(serializers.Serializer):
    title = _text()
    publisher = _text()
    year = _year()
    url = _text("Empty where there is none.")


class RenditionSerializer(serializers.Serializer):
    name = serializers.ChoiceField(RENDITIONS)
    width = serializers.IntegerField(help_text="In pixels.")
    height = serializers.IntegerField(help_text="In pixels.")
    size = serializers.IntegerField(help_text="In bytes.")
    url = serializers.URLField()


class AttachmentSerializer(serializers.Serializer):
    """A picture or document. A picture is not there any more when the consent of whom it shows has ended."""

    kind = serializers.ChoiceField(FileKind.values)
    name = _text("Name under which to save it.")
    caption = _text("In the language `language`.")
    alt = _text("What is to be seen; empty for documents.")
    credit = _text()
    licence = _text()
    size = serializers.IntegerField(allow_null=True, help_text="In bytes; null for pictures, see `renditions`.")
    checksum = _text("SHA-256 of a document; null for pictures.", allow_null=True)
    url = serializers.URLField(help_text="The document, or the largest rendition of the picture.")
    renditions = RenditionSerializer(many=True, help_text="WebP; none for documents.")


class LinkSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(LinkKind.values)
    reference = _text()
    slug = _text()
    url = serializers.URLField()


class TranslationSerializer(serializers.Serializer):
    language = serializers.ChoiceField(Language.values)
    title = _text()
    origin = serializers.ChoiceField(TranslationOrigin.values)
    is_reviewed = serializers.BooleanField(help_text="By a native speaker.")
    is_stale = serializers.BooleanField(help_text="Whether the original has changed since.")
    url = serializers.URLField(help_text="The practice's page in this language.")


class FullTranslationSerializer(TranslationSerializer):
    """The live version in another language; what is not among `sections` is not translated."""

    summary = _text("Empty where it is not translated.")
    sections = serializers.DictField(child=serializers.CharField(), help_text="Texts in Markdown by section.")


class MomentSerializer(serializers.Serializer):
    """A step on the way to a version. Curators are named only where they agreed to it, people of the country never."""

    at = serializers.DateTimeField()
    what = _text("In the language asked for.")
    who = _text("In the language asked for.")


class VersionEntrySerializer(serializers.Serializer):
    number = serializers.IntegerField()
    published_at = serializers.DateTimeField()
    url = serializers.URLField(help_text="Permalink.")
    title = _text("As written.")
    is_current = serializers.BooleanField()
    note = _text("What its authors say that it changed; empty where they say nothing.")
    moments = MomentSerializer(many=True, help_text="The oldest first; none for what was imported.")


class VersionSerializer(serializers.Serializer):
    number = serializers.IntegerField()
    published_at = serializers.DateTimeField()
    url = serializers.URLField(help_text="Permalink.")
    title = _text("With `expand=versions`, as all that follows.", required=False)
    is_current = serializers.BooleanField(required=False)
    note = _text(required=False)
    moments = MomentSerializer(many=True, required=False)


class CriterionScoreSerializer(serializers.Serializer):
    criterion = serializers.ChoiceField(Criterion.values)
    score = serializers.FloatField(min_value=1, max_value=5, help_text="Median over the reviewers.")


class ReviewCardSerializer(serializers.Serializer):
    """What the curators found who reviewed a version."""

    label = serializers.ChoiceField(Label.values)
    score = serializers.FloatField(min_value=1, max_value=5)
    scores = CriterionScoreSerializer(
        many=True, help_text="In the order of the rubric; not applicable ones are left out."
    )
    reviewers_count = serializers.IntegerField()
    reviewers = _codes("Names of those who agreed to be named.")
    reviewed_on = serializers.DateField()


class CitationSerializer(serializers.Serializer):
    """How to cite the live version."""

    text = _text("A sentence in the language asked for.")
    url = serializers.URLField(help_text="Permalink of the version.")
    bibtex = serializers.URLField()
    ris = serializers.URLField()
    csl_json = serializers.URLField()


class ChangeSerializer(serializers.Serializer):
    field = _text("Column or kind of rows that differs, for example `summary` or `lessons`.")
    name = _text("What the form calls it, in the language asked for.")
    html = _text("The newer text; what is new stands in `<ins>`, what is gone in `<del>`.")


# "from" is a word of Python.
DifferencesSerializer = type(
    "DifferencesSerializer",
    (serializers.Serializer,),
    {
        "__doc__": "Where two published versions of a practice differ.",
        "from": serializers.IntegerField(help_text="Number of the older version."),
        "to": serializers.IntegerField(help_text="Number of the newer version."),
        "changes": ChangeSerializer(many=True, help_text="In the order of the form; empty where nothing differs."),
    },
)


SectionsSerializer = type(
    "SectionsSerializer",
    (serializers.Serializer,),
    {"__doc__": "Texts in Markdown; empty where nothing was written."} | {name: _text() for name in SECTIONS},
)


class RelatedSerializer(PracticeRowSerializer):
    """A practice that has something in common with another one."""

    reason = _text("What it has in common, or how it relates, in the language asked for.")


class ListedPracticeSerializer(PracticeRowSerializer):
    results = ListedResultSerializer(many=True)
    match = MatchSerializer(required=False, allow_null=True, help_text="Only in lists with `q`.")
    changed_at = serializers.DateTimeField(required=False, help_text="Only with `modified_since`: the last change.")
    sections = SectionsSerializer(required=False, help_text="With `expand=sections`.")
    section_languages = serializers.DictField(
        child=serializers.ChoiceField(Language.values), required=False, help_text="With `expand=sections`."
    )
    lessons = LessonSerializer(many=True, required=False, help_text="With `expand=lessons`.")
    adoptions = AdoptionSerializer(many=True, required=False, help_text="With `expand=adoptions`.")
    review_card = ReviewCardSerializer(required=False, allow_null=True, help_text="With `expand=review_card`.")


class ContentSerializer(serializers.Serializer):
    """What a version says beside its narrative."""

    results = DetailedResultSerializer(many=True)
    lessons = LessonSerializer(many=True, help_text="As written, in the language `language`.")
    building_blocks = BuildingBlockSerializer(many=True)
    places = _text()
    scale_note = _text()
    beneficiaries = BeneficiariesSerializer()
    evaluation = EvaluationSerializer()
    cost = CostSerializer()
    lead_institutions = OrganisationSerializer(many=True)
    partners = PartnerSerializer(many=True)
    country_roles = CountryRoleSerializer(many=True)
    references = ReferenceSerializer(many=True)
    attachments = AttachmentSerializer(many=True, help_text="Pictures and documents, in their order.")
    consent_statement = _text("Who agreed to the publication, and what was cleared.")
    review_card = ReviewCardSerializer(allow_null=True, help_text="Null where no curator has reviewed the version.")


class PracticeSerializer(PracticeRowSerializer, ContentSerializer):
    results = DetailedResultSerializer(many=True)
    provenance_note = _text("Who wrote it down, as a sentence.")
    verified_sources = _codes("Where its main facts were seen.")
    unverified_parts = _codes("What could not be found in a public source.")
    sections = SectionsSerializer()
    section_languages = serializers.DictField(
        child=serializers.ChoiceField(Language.values),
        help_text="Language of each text in `sections` that is not empty: what is not translated comes as written.",
    )
    adoptions = AdoptionSerializer(many=True)
    links = LinkSerializer(many=True, help_text="Practices that it adapts, builds on or contradicts.")
    translations = TranslationSerializer(many=True)
    versions = VersionSerializer(many=True, help_text="The newest first.")
    citation = CitationSerializer()
    brief_url = serializers.URLField(help_text="PDF in the language asked for, or a page for printing.")
    revalidated_on = serializers.DateField(help_text="When it was last found valid.")
    review_due_on = serializers.DateField(help_text="From when it has to be looked at again.")
    is_review_due = serializers.BooleanField(help_text="Whether that day has come, so that facts may be out of date.")
    related = RelatedSerializer(many=True, required=False, help_text="With `expand=related`, see `…/related/`.")


class VersionContentSerializer(ContentSerializer):
    """A published version as it was written, in full. It never changes."""

    reference = _text("Of the practice.")
    slug = _text("Of the practice.")
    version = serializers.IntegerField()
    is_current = serializers.BooleanField()
    superseded_by = serializers.IntegerField(
        allow_null=True, help_text="Number of the current version, if another one."
    )
    published_at = serializers.DateTimeField(help_text="When this version was published.")
    title = _text()
    summary = _text()
    language = serializers.ChoiceField(Language.values, help_text="Language in which it was written.")
    countries = _codes("ISO 3166-1 alpha-3: the lead country, then further ones.")
    partner_countries = _codes("ISO 3166-1 alpha-3.")
    challenge_areas = _codes("Slugs from `/areas/`, the primary one first.")
    topics = _codes("Slugs from `/topics/`.")
    sdg_targets = _codes("Codes from `/sdg-targets/`.")
    kind = serializers.ChoiceField(Kind.values)
    scale = serializers.ChoiceField(["", *Scale.values])
    setting = _text()
    start_year = _year()
    end_year = _year("Null while it is still running.")
    evidence = EvidenceSerializer()
    sections = SectionsSerializer()
    licence = _text()
    url = serializers.URLField(help_text="Permalink of the page for people.")
    current_url = serializers.URLField(help_text="The page of the practice as it is now.")


class ContactSerializer(serializers.Serializer):
    """Whom to ask about a practice; what was not given is empty."""

    name = serializers.CharField()
    organisation = serializers.CharField()
    email = serializers.CharField()


class FacetValueSerializer(serializers.Serializer):
    value = _text("To be used as the value of the parameter.")
    label = _text("In the language asked for.")
    count = serializers.IntegerField()


FacetsSerializer = type(
    "FacetsSerializer",
    (serializers.Serializer,),
    {
        "__doc__": "Per filter, what each value would leave under all the other filters.",
        **{name: FacetValueSerializer(many=True) for name in FACET_NAMES},
    },
)

ROW_MEMBERS = tuple(PracticeRowSerializer().fields)
DETAIL_MEMBERS = tuple(name for name, field in PracticeSerializer().fields.items() if field.required)
_EXPANDED = {"countries": CountrySerializer(many=True)}
ROW_PARTS = parts_of(
    {**ListedPracticeSerializer().fields, **_EXPANDED}, ListedPracticeSerializer().fields.keys() - {"match"}
)
DETAIL_PARTS = parts_of({**PracticeSerializer().fields, **_EXPANDED})


class AreaSerializer(serializers.Serializer):
    """One of the six challenges for children by which the portal is ordered, with the figure that shows its size."""

    slug = _text()
    name = _text("In the language asked for.")
    challenge = _text()
    figure = _text("As printed, for example `1 in 3`.")
    unit = _text("What the figure counts.")
    sentence = _text("The rest of the sentence that figure and unit begin.")
    more = _text()
    source = _text()
    source_url = _text()
    practices_count = serializers.IntegerField()
    url = serializers.URLField(help_text="The area's page.")


class TopicSerializer(serializers.Serializer):
    slug = _text()
    name = _text("In the language asked for.")
    names = serializers.DictField(child=serializers.CharField(), help_text="Per language code.")
    area = _text("Slug of the challenge area.")
    practices_count = serializers.IntegerField()


class GoalSerializer(serializers.Serializer):
    number = serializers.IntegerField(min_value=1, max_value=17)
    name = _text("In the language asked for.")
    colour = _text("`#rrggbb`")


class SdgTargetSerializer(serializers.Serializer):
    code = _text("For example `3.2` or `6.a`.")
    goal = GoalSerializer()
    text = _text("In short words; empty where the portal has none.")
    practices_count = serializers.IntegerField()


_SLUG = path_parameter("slug", "Slug of the practice.", "kangaroo-mother-care", "^[a-z0-9-]+$")
_NUMBER = path_parameter("number", "Number of the version, from 1.", "1", "^[1-9][0-9]{0,5}$")


def _part(viewset, name, *, summary, description, response, path=(_SLUG,)):
    """The description of an address below a practice; ``name``: of the action."""
    return describe(
        summary=summary,
        description=f"{description} For a practice that became part of another one, it leads to that one.",
        tag="practices",
        operation=f"practices_{name}",
        parameters=[*path, *[parameter(one) for one in viewset.part_parameters[name]]],
        response=response,
        renderers=getattr(viewset, name).kwargs["renderer_classes"],
        errors=(400, 404, 406, 410),
    )


def describe_practices(viewset):
    """Describe the operations of the PracticeViewSet."""
    list_description = (
        "The same parameters, order and counts as on the page `/practices/`. Several values of one parameter mean "
        "*or*, different parameters mean *and*; an unknown parameter or value is a 400 that names it.\n\n"
        "JSON comes in pages. The other formats give the whole list, streamed, unless `page` or `page_size` is given: "
        "`csv` (UTF-8; lists joined with `; `; a cell that a spreadsheet would run as a formula begins with an "
        "apostrophe), `xlsx` (the same table as a workbook, which begins when all of it is written), `jsonl` (a row "
        "per line), `geojson` (points at the capitals of lead countries), `jsonld` (schema.org).\n\n"
        f"{TO_KEEP_A_COPY} `modified_since` does not go with `q`, for what words find depends on all other practices "
        "too."
    )
    return extend_schema_view(
        list=describe(
            summary="Search and filter practices",
            description=list_description,
            tag="practices",
            operation="practices_list",
            parameters=[parameter(one) for one in (*viewset.filters, *viewset.list_parameters)],
            response=list_of(
                ListedPracticeSerializer,
                TombstoneSerializer,
                facets=FacetsSerializer(required=False, help_text="With `facets=1`."),
                as_of=AS_OF,
            ),
            renderers=viewset.list_renderers,
            errors=(400, 404, 406),
        ),
        retrieve=describe(
            summary="Read a practice in full",
            description="The live version, with everything that is public around it. Contacts are not: they have an "
            "address of their own.",
            tag="practices",
            operation="practices_read",
            parameters=[_SLUG, *[parameter(one) for one in viewset.parameters]],
            response=PracticeSerializer,
            renderers=viewset.renderer_classes,
            errors=(400, 404, 406, 410),
        ),
        versions=_part(
            viewset,
            "versions",
            summary="List the versions of a practice",
            description="All that were published, the newest first, with what led to each.",
            response=list_of(VersionEntrySerializer),
        ),
        version=_part(
            viewset,
            "version",
            summary="Read a version of a practice in full",
            description="As it was written, in its own language. `superseded_by` says whether another one is current.",
            response=VersionContentSerializer,
            path=(_SLUG, _NUMBER),
        ),
        differences=_part(
            viewset,
            "differences",
            summary="Compare two versions of a practice",
            description="By default the current version with the one before.",
            response=DifferencesSerializer,
        ),
        translations=_part(
            viewset,
            "translations",
            summary="List the translations of a practice",
            description="The live version in other languages, with all texts.",
            response=list_of(FullTranslationSerializer),
        ),
        adoptions=_part(
            viewset,
            "adoptions",
            summary="List the countries that took a practice over",
            description="What each kept, what it changed and what came of it; the earliest first.",
            response=list_of(AdoptionSerializer),
        ),
        related=_part(
            viewset,
            "related",
            summary="List practices that have much in common with one",
            description="At most ten, each with the reason; what curators linked comes first.",
            response=list_of(RelatedSerializer),
        ),
        contact=describe_call(
            summary="Read whom to ask about a practice",
            description="With a key for `contacts`, for partners, curators, administrators and people of the country "
            "that leads it. For a practice that became part of another one, it leads to that one.",
            tag="practices",
            operation="practices_contact",
            parameters=[_SLUG, *[parameter(one) for one in viewset.part_parameters["contact"]]],
            answer=ContactSerializer,
            errors=(400, 403, 404, 406, 410),
        ),
    )(viewset)
