"""The API door to practices, challenge areas, topics and SDG targets."""

from contextlib import nullcontext
from functools import partial

from django.shortcuts import redirect
from django.utils.translation import get_language
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from countries.api import exports
from countries.api.documentation import describe_reference, path_parameter
from countries.api.parameters import (
    LANG,
    Parameter,
    clean,
    expand_parameter,
    fields_parameter,
    format_parameter,
    parts_of,
)
from countries.api.reading import PAGING, ReadViewSet, ReferenceViewSet, envelope, no_such_page, only
from countries.api.renderers import (
    CsvRenderer,
    GeoJsonRenderer,
    JsonLdRenderer,
    JsonLinesRenderer,
    JsonRenderer,
    XlsxRenderer,
)
from practices import facets
from practices.api.detail import practice_detail
from practices.api.documentation import (
    DETAIL_MEMBERS,
    DETAIL_PARTS,
    ROW_MEMBERS,
    ROW_PARTS,
    AreaSerializer,
    SdgTargetSerializer,
    TopicSerializer,
    describe_practices,
)
from practices.api.expansion import OF_ONE, OF_ROWS, expansion, expansions
from practices.api.following import follow, is_followed, unfit_for_following
from practices.api.parameters import AREAS, GOALS, list_parameters
from practices.api.parts import PartsOfPractice, of_practice
from practices.api.reference_rows import area_row, target_row, topic_row
from practices.api.serializers import Addresses, columns, kept_row, match_of, practice_feature, practice_row
from practices.cards import Card
from practices.following import FollowedPractices
from practices.linked_data import linked_card, linked_data, sdg_address
from practices.listing import PageOutOfRangeError, UnknownParametersError, browse, snapshot
from practices.models import ChallengeArea, SdgTarget, Topic
from practices.names import names as reference_names
from practices.serial import serial_of

STREAMED_AT_ONCE = 500


class PracticeViewSet(PartsOfPractice, ReadViewSet):
    """Practices: the same lists as on the pages, and each one in full."""

    lookup_field = "slug"
    lookup_value_regex = "[^/]+"
    renderer_classes = [JsonRenderer, JsonLdRenderer]
    list_renderers = [JsonRenderer, CsvRenderer, XlsxRenderer, GeoJsonRenderer, JsonLdRenderer, JsonLinesRenderer]
    filters, list_parameters = list_parameters(
        ROW_MEMBERS, ROW_PARTS, OF_ROWS, [renderer.format for renderer in list_renderers]
    )
    parameters = [
        fields_parameter(DETAIL_MEMBERS, DETAIL_PARTS),
        expand_parameter(OF_ONE),
        LANG,
        format_parameter([renderer.format for renderer in renderer_classes]),
    ]

    def list(self, request):
        kind = request.accepted_renderer.format
        is_whole = kind != "json" and not any(request.query_params.get(name) for name in PAGING)
        to_follow = is_followed(request.query_params)
        addresses = Addresses(request)
        # What is asked besides the list has to belong to the same state.
        with snapshot() if to_follow or request.query_params.get("expand") else nullcontext():
            listing, chosen = self._listing(request, with_cards=not is_whole and not to_follow)
            if to_follow:
                shown = partial(self._shown, chosen=chosen, addresses=addresses)
                return follow(request, FollowedPractices(listing), chosen, shown)
            rows = self._shown(listing.cards, chosen, addresses) if kind == "json" else []
        if kind != "json":
            cards = every_card(listing) if is_whole else iter(listing.cards)
            parts = _parts(kind, cards, addresses, count=listing.count, chosen=chosen)
            return exports.stream(request, parts, name="practices")
        if listing.words:
            for row, card in zip(rows, listing.cards, strict=True):
                row["match"] = match_of(card)
        extra = {"facets": _facets(listing)} if listing.facet_counts is not None else {}
        return Response(
            envelope(request, rows, count=listing.count, page=listing.page, last=listing.pages_count, **extra)
        )

    def _listing(self, request, *, with_cards):
        """The Listing for the query and the clean values of the API's own parameters; everything wrong in one error."""
        query = request.query_params
        chosen, errors = clean(query, self.list_parameters)
        errors |= unfit_for_following(query, chosen, request.accepted_renderer.format)
        try:
            listing = browse(
                query,
                language=get_language(),
                strict=True,
                extra=[parameter.name for parameter in self.list_parameters],
                with_facets=chosen.get("facets") == "1" and request.accepted_renderer.format == "json",
                with_cards=with_cards,
                serial=serial_of(request),
            )
        except UnknownParametersError as error:
            raise ValidationError(errors | error.errors) from None
        except PageOutOfRangeError as error:
            if errors:
                raise ValidationError(errors) from None
            raise no_such_page(int(query["page"]), error.last) from None
        if errors:
            raise ValidationError(errors)
        return listing, chosen

    def _shown(self, cards, chosen, addresses):
        """The rows of ``cards``, with what is expanded."""
        expand = chosen["expand"]
        added = expansions(cards, expand, addresses) if expand else [{}] * len(cards)
        rows = (kept_row(card, addresses) for card in cards)
        return [only(row, chosen["fields"], more) for row, more in zip(rows, added, strict=True)]

    @of_practice
    def retrieve(self, request, practice, chosen):
        addresses = Addresses(request)
        card = Card(practice.index.document, reference_names(serial_of(request)), get_language())
        headers = {"Content-Language": card.title_language}
        if request.accepted_renderer.format == "jsonld":
            return Response(linked_data(practice, get_language(), addresses.base_url), headers=headers)
        more = expansion(practice, card, chosen["expand"], addresses)
        row = only(practice_detail(practice, card, addresses), chosen["fields"], more)
        return Response(row, headers=headers)


def every_card(listing):
    """Yield the cards of the whole ``listing``, read in a stream from one view of the database."""
    with snapshot():
        for text in listing.filter.documents(STREAMED_AT_ONCE):
            yield Card.read(text, listing.filter.names, listing.language)


def _parts(kind, cards, addresses, *, count, chosen):
    """The list as parts of a CSV, XLSX, JSON Lines, GeoJSON or JSON-LD file."""
    fields = chosen["fields"]
    if kind in exports.TABLES:
        members = [name for name in ROW_MEMBERS if not fields or name in fields]
        return exports.table(kind, (practice_row(card, addresses) for card in cards), columns(members))
    if kind == "jsonl":
        return exports.jsonl_parts(_lines(cards, addresses, fields, chosen["expand"]))
    if kind == "geojson":
        return exports.geojson_parts(
            practice_feature(only(practice_row(card, addresses), fields), card) for card in cards
        )
    return exports.jsonld_parts((linked_card(card, addresses.base_url) for card in cards), count)


def _lines(cards, addresses, fields, expand):
    """The rows of ``cards``, those of a batch expanded at once."""
    if not expand:
        yield from (only(practice_row(card, addresses), fields) for card in cards)
        return
    for batch in exports.batches(cards):
        for card, added in zip(batch, expansions(batch, expand, addresses), strict=True):
            yield only(practice_row(card, addresses), fields, added)


def _facets(listing):
    return {
        facet.name: [{"value": one.value, "label": one.label, "count": one.count} for one in facet.options]
        for facet in listing.facets
    }


class AreaViewSet(ReferenceViewSet):
    """The six challenge areas."""

    queryset = ChallengeArea.objects
    lookup_field = "slug"
    file_name = "areas"
    members = tuple(AreaSerializer().fields)

    def get_counts(self):
        return facets.counts(["area"])["area"]

    def get_row(self, area, counts):
        return area_row(area, counts, self.request.build_absolute_uri)

    def get_thing(self, row):
        return {
            "@type": "DefinedTerm",
            "@id": row["url"],
            "name": row["name"],
            "termCode": row["slug"],
            "description": row["challenge"],
            "url": row["url"],
        }


class TopicViewSet(ReferenceViewSet):
    """The topics under each challenge area."""

    queryset = Topic.objects
    lookup_field = "slug"
    file_name = "topics"
    members = tuple(TopicSerializer().fields)
    parts = parts_of(TopicSerializer().fields)
    filters = {
        Parameter("area", "Challenge area; several mean *or*.", AREAS, many=True, example="nutrition"): "area__in"
    }

    def get_queryset(self):
        return self.queryset.current()

    def retrieve(self, request, slug):
        merged = Topic.objects.filter(slug=slug, merged_into__isnull=False).first()
        if merged:
            return redirect("api:topic-detail", merged.merged_into_id, permanent=True)
        return super().retrieve(request, slug=slug)

    def get_counts(self):
        return facets.counts(["topic"])["topic"]

    get_row = staticmethod(topic_row)

    def get_thing(self, row):
        return {"@type": "DefinedTerm", "name": row["name"], "termCode": row["slug"]}


class SdgTargetViewSet(ReferenceViewSet):
    """Targets of the Sustainable Development Goals."""

    queryset = SdgTarget.objects.select_related("goal")
    lookup_field = "code"
    file_name = "sdg-targets"
    members = tuple(SdgTargetSerializer().fields)
    parts = parts_of(SdgTargetSerializer().fields)
    filters = {Parameter("sdg", "Goal, 1 to 17; several mean *or*.", GOALS, many=True, example="3"): "goal__in"}

    def get_counts(self):
        return facets.counts(["target"])["target"]

    get_row = staticmethod(target_row)

    def get_thing(self, row):
        return {
            "@type": "DefinedTerm",
            "@id": sdg_address(row["code"]),
            "name": row["text"] or row["code"],
            "termCode": row["code"],
        }


describe_practices(PracticeViewSet)
describe_reference(
    AreaViewSet,
    one="a challenge area",
    many="challenge areas",
    tag="areas",
    serializer=AreaSerializer,
    about="The six challenges for children by which the portal is ordered, with figures and numbers of practices.",
    key=path_parameter("slug", "Slug of the area.", "nutrition", "^[a-z0-9-]+$"),
)
describe_reference(
    TopicViewSet,
    one="a topic",
    many="topics",
    tag="topics",
    serializer=TopicSerializer,
    about="Subjects within the challenge areas. A topic that was merged redirects to the one that it became.",
    key=path_parameter("slug", "Slug of the topic.", "breastfeeding", "^[a-z0-9-]+$"),
)
describe_reference(
    SdgTargetViewSet,
    one="an SDG target",
    many="SDG targets",
    tag="sdg-targets",
    serializer=SdgTargetSerializer,
    about="Targets of the Sustainable Development Goals to which practices contribute.",
    key=path_parameter("code", "Code of the target.", "3.2", r"^(1[0-7]|[1-9])\.([1-9]|1[0-9]|[a-d])$"),
)
