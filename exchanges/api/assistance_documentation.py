"""One's own offers, needs and matches in the OpenAPI document. The API reference is in English."""

from drf_spectacular.utils import extend_schema_view
from rest_framework import serializers

from countries.api.documentation import describe_call, list_of, parameter, path_parameter
from countries.api.parameters import LANG
from exchanges.api import bodies
from exchanges.api.documentation import NeedRowSerializer, NeedSerializer, OfferRowSerializer, OfferSerializer
from exchanges.enums import Answer, EventKind, MatchFactor, MatchOrigin, Visibility


def _text(about="", **kwargs):
    return serializers.CharField(help_text=about, **kwargs)


class OwnHistorySerializer(serializers.Serializer):
    at = serializers.DateTimeField()
    kind = serializers.ChoiceField(EventKind.values)
    status = _text("Where it stood afterwards.")
    by = _text("Who did it; null: the calendar.", allow_null=True)
    note = _text()


def _own(row):
    """A row of the public API with what only those concerned read."""
    members = {
        "published_at": serializers.DateTimeField(allow_null=True, help_text="When it was first opened."),
        "visibility": serializers.ChoiceField(Visibility.values, help_text="Who reads it once it is open."),
        "created_at": serializers.DateTimeField(),
        "updated_at": serializers.DateTimeField(),
        "moves": serializers.ListField(child=serializers.CharField(), help_text="What you could do now."),
        "url": serializers.URLField(help_text="The working page, in the language asked for."),
    }
    if "history" in row().fields:
        members["history"] = OwnHistorySerializer(
            many=True, allow_null=True, help_text="The newest first; null for what another country wrote."
        )
    return type(f"Own{row.__name__}", (row,), members)


OwnOfferRowSerializer, OwnOfferSerializer = _own(OfferRowSerializer), _own(OfferSerializer)
OwnNeedRowSerializer, OwnNeedSerializer = _own(NeedRowSerializer), _own(NeedSerializer)


class MatchReasonSerializer(serializers.Serializer):
    factor = serializers.ChoiceField(MatchFactor.values)
    points = serializers.FloatField(help_text="From 0 to 1.")
    weight = serializers.FloatField(help_text="Share of the score.")
    text = _text("In words, in the language asked for.")


class CandidateSerializer(serializers.Serializer):
    """A country that could answer a need, how well and why, and what both sides say."""

    id = serializers.IntegerField()
    need = _text("Code.")
    country = _text("That could help, ISO 3166-1 alpha-3.")
    offer = _text("Code of the offer that fits.", allow_null=True)
    practice = _text("Slug of the practice that fits.", allow_null=True)
    origin = serializers.ChoiceField(MatchOrigin.values, help_text="Who thought of it.")
    note = _text("Why a curator proposed it.")
    score = serializers.FloatField(help_text="From 0 to 1: the reasons by their weight.")
    reasons = MatchReasonSerializer(many=True, help_text="The weightiest first.")
    need_answer = serializers.ChoiceField(Answer.values, help_text="What the country that asks says.")
    need_reason = _text()
    country_answer = serializers.ChoiceField(Answer.values, help_text="What the country that could help says.")
    country_reason = _text()
    exchange = _text("Code of the exchange that came of it.", allow_null=True)
    moves = serializers.ListField(
        child=serializers.CharField(), help_text="What you could say now: `accept-need`, `decline-country` and so on."
    )


class CandidateListSerializer(serializers.Serializer):
    count = serializers.IntegerField()
    results = CandidateSerializer(many=True, help_text="What people took up first, then the best.")


_EXAMPLE = {
    "title": "Keep newborns warm in district hospitals",
    "summary": "Half of our small babies are cold on arrival. We would like to learn skin-to-skin care.",
    "challenge_areas": ["newborn-health"],
    "modalities": ["study_visit", "remote_advice"],
    "languages": ["en", "fr"],
}
_NOTE = {"body": bodies.NoteBody, "example": {"note": "The budget was cut."}}
_READ = (400, 401, 403, 404)
_MOVE = (400, 401, 403, 404, 409, 422)


def describe_own(viewset, *, one, many, example):
    """Describe the operations of an OwnViewSet."""
    is_need = many == "needs"
    key = path_parameter("code", f"Code of {one}.", example, "^[A-Z]{2}-[0-9]{4}-[0-9]+$")
    row = OwnNeedRowSerializer if is_need else OwnOfferRowSerializer
    detail = OwnNeedSerializer if is_need else OwnOfferSerializer

    def call(name, summary, description="", **kwargs):
        kwargs = {"answer": detail, "errors": _MOVE, "has_etag": True} | kwargs
        parameters = kwargs.pop("parameters", [key, parameter(LANG)])
        return describe_call(
            tag="assistance",
            operation=f"assistance_{many}_{name}",
            summary=summary,
            description=description,
            parameters=parameters,
            **kwargs,
        )

    described = {
        "list": call(
            "list",
            f"List the {many} of your countries",
            "In every state, the last changed first.",
            parameters=[parameter(known) for known in viewset.get_list_parameters()],
            answer=list_of(row),
            errors=_READ,
            has_etag=False,
        ),
        "retrieve": call(
            "read",
            f"Read {one}",
            "Your own in every state, those of others once they are open.",
            errors=_READ,
        ),
        "create": call(
            "create",
            f"Begin {one}",
            "As a draft. What every reader needs is asked when it is sent.",
            parameters=[parameter(LANG)],
            body=viewset.new_body,
            example={"country": "BGD"} | _EXAMPLE,
            status=201,
            errors=(400, 401, 403, 422),
        ),
        "partial_update": call(
            "update",
            f"Change {one}",
            "Members that are left out stay as they are.",
            body=viewset.body,
            example={"title": _EXAMPLE["title"], "expires_on": "2027-06-30"},
            errors=(400, 401, 403, 404, 409, 412, 422, 428),
        ),
        "send": call(
            "send",
            f"Open {one}",
            "Or hand it to the focal point, where the country asks for that. What is missing is a 422 that names it.",
        ),
        "endorse": call("endorse", "Endorse it", "Open it for the country, as its focal point."),
        "send_back": call("send_back", "Send it back to its authors", **_NOTE),
        "close": call("close", "Close it", "And say how it ended. This cannot be undone.", **_NOTE),
    }
    if is_need:
        country = {"body": bodies.CountryBody, "example": {"country": "PER"}}
        described |= {
            "withdraw": call("withdraw", "Withdraw it", "This cannot be undone.", **_NOTE),
            "join": call("join", "Say that another country needs the same", **country),
            "leave": call("leave", "Take that back", **country),
            "volunteer": call(
                "volunteer",
                "Say that a country can help",
                body=bodies.VolunteerBody,
                example={"country": "PER", "offer": "OF-2026-1", "note": "Two of our midwives could come."},
                answer=CandidateSerializer,
                has_etag=False,
            ),
            "matches": call(
                "matches",
                "See who could help",
                "For the country that asks and for curators all of them, for one that could help its own.",
                answer=CandidateListSerializer,
                errors=_READ,
                has_etag=False,
            ),
        }
    else:
        described |= {
            "pause": call("pause", "Take it off the lists for a while"),
            "resume": call("resume", "Open it again"),
        }
    return extend_schema_view(**described)(viewset)


def describe_matches(viewset):
    """Describe the operations of the MatchViewSet."""
    key = path_parameter("id", "`id` of the match.", "31", "^[0-9]{1,9}$")

    def call(name, summary, **kwargs):
        return describe_call(
            tag="assistance",
            operation=f"assistance_matches_{name}",
            summary=summary,
            description=kwargs.pop("description", ""),
            parameters=[key, parameter(LANG)],
            answer=CandidateSerializer,
            **kwargs,
        )

    said = "When both sides accept, the country that asks can make an exchange of it."
    no = {"side": "country", "reason": "Our team is away until June."}
    return extend_schema_view(
        retrieve=call("read", "Read a match", errors=_READ),
        accept=call(
            "accept", "Accept a match", description=said, body=bodies.AcceptBody, example={"side": "need"}, errors=_MOVE
        ),
        decline=call("decline", "Decline a match", body=bodies.DeclineBody, example=no, errors=_MOVE),
    )(viewset)
