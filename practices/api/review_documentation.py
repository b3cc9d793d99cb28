"""The curators' part of the API in the OpenAPI document: shapes and descriptions. The API reference is in English."""

from drf_spectacular.utils import extend_schema_view
from rest_framework import serializers

from countries.api.documentation import describe_call, list_of, parameter, path_parameter
from countries.api.parameters import LANG
from practices.api import bodies
from practices.enums import Check, Criterion, EventKind, Gate, Language, RequestStatus, SubmissionStatus


def _text(about="", **kwargs):
    return serializers.CharField(help_text=about, **kwargs)


def _moment(about=""):
    return serializers.DateTimeField(allow_null=True, help_text=about)


def _texts(about):
    return serializers.ListField(child=serializers.CharField(), help_text=about)


def _map(child, about):
    return serializers.DictField(child=child, help_text=about)


class StandingSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    status = serializers.ChoiceField(SubmissionStatus.values)
    title = _text("As it is written, in `language`.")
    language = serializers.ChoiceField(Language.values)
    country = _text("ISO 3166-1 alpha-3.")
    practice = _text("Slug of the practice that it updates or has become; null for a new one.", allow_null=True)
    submitted_at = serializers.DateTimeField(help_text="When it was last handed in.")
    answer_due_at = _moment("When the country was promised an answer; null while it waits for the country or is over.")
    is_claimed = serializers.BooleanField(help_text="Whether a curator has it.")
    wants_third_reader = serializers.BooleanField(help_text="Whether two reviews lie far apart.")
    checks = serializers.ListField(
        child=serializers.ChoiceField(Check.values), help_text="What the portal found when it was handed in."
    )
    url = serializers.URLField(help_text="The page for people, in the language asked for.")
    holder = _text("Name of the curator who has it; null where nobody has or you are not told.", allow_null=True)


class QueueRowSerializer(StandingSerializer):
    challenge_areas = _texts("Slugs from `/areas/`.")
    is_filed = serializers.BooleanField(allow_null=True, help_text="Whether your review is filed; null: none begun.")


class ChangedSerializer(serializers.Serializer):
    field = _text("Member of `content`.")
    html = _text("Both texts in one, with `<del>` and `<ins>`.")


class ChangeRequestSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    field = _text("Part of the form that it is about.")
    text = _text()
    must_fix = serializers.BooleanField()
    status = serializers.ChoiceField(RequestStatus.values, help_text="`draft`: yours, sent with the next decision.")
    answer = _text()
    created_at = serializers.DateTimeField()
    sent_at, answered_at, closed_at = _moment(), _moment(), _moment()


class CommentSerializer(serializers.Serializer):
    by = _text("Name, or that it is a curator.")
    text = _text()
    created_at = serializers.DateTimeField()


_GATES = _map(serializers.BooleanField(), "By gate: " + ", ".join(f"`{gate}`" for gate in Gate.values) + ".")
_SCORES = _map(
    serializers.IntegerField(allow_null=True, min_value=1, max_value=5),
    "By criterion: " + ", ".join(f"`{one}`" for one in Criterion.values) + ". Null: not applicable.",
)
_WHY = _map(serializers.CharField(), "By criterion.")


class OwnReviewSerializer(serializers.Serializer):
    """Your review. Nobody else sees it before it is filed."""

    declared_at = _moment("When you declared to have no conflict of interest.")
    filed_at = _moment()
    is_settled = serializers.BooleanField(help_text="Filed on the text that curators have now: it cannot be changed.")
    gates, scores, comments = _GATES, _SCORES, _WHY
    private_note = _text("For other curators.")
    is_named = serializers.BooleanField(help_text="Whether your name may stand on the published practice.")
    score = serializers.FloatField(allow_null=True, help_text="Weighted mean, 1.0 to 5.0.")


class FiledReviewSerializer(serializers.Serializer):
    """Another curator's review."""

    reviewer = _text()
    gates, scores, comments = _GATES, _SCORES, _WHY
    private_note = _text()
    filed_at = serializers.DateTimeField()


class SuggestionSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = _text()
    reasons = _texts("Why, in words.")


class SubmissionEventSerializer(serializers.Serializer):
    at = serializers.DateTimeField()
    kind = serializers.ChoiceField(EventKind.values)
    status = serializers.ChoiceField(SubmissionStatus.values, help_text="Where it stood afterwards.")
    by = _text("Name, or that it is a curator.")
    note = _text()


class ReviewedSubmissionSerializer(StandingSerializer):
    lead = _text("Who writes it.")
    claimed_at = _moment()
    different_because = _text("How it differs from similar ones, in the words of its authors.")
    change_note = _text("What an update changes.")
    moves = _texts("What you could do now, by the names of the workflow.")
    content = serializers.DictField(help_text="The whole text, with its rows.")
    changes = ChangedSerializer(
        many=True, allow_null=True, help_text="Since curators last read it; null: the first time that they read it."
    )
    requests = ChangeRequestSerializer(many=True, help_text="What the country was asked to change, and your drafts.")
    comments = CommentSerializer(many=True, help_text="Shared with the country.")
    internal_comments = CommentSerializer(
        many=True, allow_null=True, help_text="Among curators; null until your own review is filed."
    )
    own_review = OwnReviewSerializer(allow_null=True)
    reviews = FiledReviewSerializer(many=True, help_text="Of others; none until your own review is filed.")
    reviews_count = serializers.IntegerField(help_text="How many are filed.")
    score = serializers.FloatField(
        allow_null=True,
        help_text="Over all reviews, 1.0 to 5.0; null until your own is filed, or where you decide nothing.",
    )
    hindrances = _texts("What stands between it and publication, in words.")
    letter = _text("The letter to begin with; null where you decide nothing.", allow_null=True)
    suggestions = SuggestionSerializer(many=True, help_text="Who could take it.")
    history = SubmissionEventSerializer(many=True, help_text="The newest first.")


class RetractionSerializer(serializers.Serializer):
    practice = _text("Slug.")
    reference = _text()
    reason = _text()
    retracted_at = serializers.DateTimeField()


_KEY = path_parameter("id", "`id` of the submission, from the queue.", "17", "^[0-9]{1,9}$")
_REQUEST = path_parameter("asked", "`id` of the change request.", "4", "^[0-9]{1,9}$")
_LETTER = {"letter": "Thank you. Please name the source of the second figure."}
_REVIEW = {
    "gates": dict.fromkeys(Gate.values, True),
    "scores": dict.fromkeys(Criterion.values, 4) | {"efficiency": None},
    "comments": {"equity": "Reaches the poorest districts."},
    "private_note": "",
    "is_named": True,
}


def _call(operation, summary, description="", *, body=None, example=None, **kwargs):
    kwargs.setdefault("answer", ReviewedSubmissionSerializer)
    kwargs.setdefault("errors", (400, 401, 403, 404, 409, 422))
    return describe_call(
        tag="reviews",
        operation=f"reviews_{operation}",
        summary=summary,
        description=description,
        parameters=kwargs.pop("parameters", [_KEY, parameter(LANG)]),
        body=body,
        example=example,
        **kwargs,
    )


def describe_reviews(viewset, list_parameters):
    """Describe the operations of the ReviewViewSet."""
    # Two methods at one address: the first is described as the action, the other by itself.
    _call(
        "own_save",
        "Save your review",
        "The whole of it; nobody else sees it before it is filed.",
        body=bodies.ReviewBody,
        example=_REVIEW,
        answer=OwnReviewSerializer,
        has_etag=True,
        errors=(400, 401, 403, 404, 409, 412, 422, 428),
    )(viewset.save_own)
    declaration = {"body": bodies.DeclarationBody, "example": {"no_conflict": True}}
    return extend_schema_view(
        list=_call(
            "list",
            "Read the queue",
            "What waits for curators, the longest waiting first; what was decided, the latest first. The same filters "
            "and order as on the page `/review/`.",
            parameters=[parameter(one) for one in list_parameters],
            answer=list_of(
                QueueRowSerializer,
                tabs=_map(serializers.IntegerField(), "How many there are in each part of the queue."),
                overdue_count=serializers.IntegerField(help_text="Waiting for longer than was promised."),
            ),
            errors=(400, 401, 403, 404),
        ),
        retrieve=_call(
            "read",
            "Read a submission",
            "As a curator may read it: the text, what changed since it was last read, requests, conversations and "
            "reviews. What others found is hidden until your own review is filed.",
            errors=(400, 401, 403, 404),
        ),
        claim=_call("claim", "Take a submission on", "From `submitted` to `in_review`.", **declaration),
        join=_call("join", "Begin a review beside the holder's", **declaration),
        release=_call("release", "Give it back to the queue"),
        reassign=_call("reassign", "Hand it to another curator", body=bodies.ReassignBody, example={"to": 12}),
        own=_call(
            "own_read",
            "Read your review",
            "Its `ETag` is what saving it takes as `If-Match`.",
            answer=OwnReviewSerializer,
            errors=(400, 401, 403, 404),
            has_etag=True,
        ),
        file=_call("file", "File your review", "Then you see the others', and it stands until a new text comes."),
        requests=_call(
            "requests_add",
            "Ask for a change",
            "Sent to the country with the decision that requests changes.",
            body=bodies.RequestBody,
            example={"field": "results", "text": "Name the source.", "must_fix": True},
            answer=ChangeRequestSerializer,
            status=201,
        ),
        close_request=_call(
            "requests_close",
            "Close a change request",
            "A draft of your own is thrown away: 204.",
            parameters=[_KEY, _REQUEST, parameter(LANG)],
            answer=ChangeRequestSerializer,
            may_be_empty=True,
        ),
        comments=_call(
            "comment",
            "Write to a conversation",
            body=bodies.CommentBody,
            example={"thread": "shared", "text": "Which survey is this from?"},
            answer=CommentSerializer,
            status=201,
        ),
        letter=_call(
            "letter",
            "Keep a draft of the decision letter",
            "One draft for all who judge it; deciding sends the letter of the decision and forgets the draft.",
            body=bodies.DraftLetterBody,
            example=_LETTER,
        ),
        request_changes=_call(
            "request_changes",
            "Request changes",
            "Sends the letter and the change requests noted so far.",
            body=bodies.LetterBody,
            example=_LETTER,
        ),
        publish=_call(
            "publish",
            "Publish",
            "What still stands in the way is a 409 whose `errors` say what.",
            body=bodies.PublishBody,
            example={"letter": "Well done."},
        ),
        decline=_call(
            "decline", "Decline", body=bodies.LetterBody, example={"letter": "It was planned and never carried out."}
        ),
        retractions=_call(
            "retract",
            "Retract a practice",
            "Every address of it answers 410 with the reason; an update under way ends. This cannot be undone.",
            parameters=[parameter(LANG)],
            body=bodies.RetractionBody,
            example={"practice": "kangaroo-mother-care", "reason": "The figures could not be confirmed."},
            answer=RetractionSerializer,
            status=201,
        ),
    )(viewset)
