"""What curators send to the API. Whether it may be done, and whether it is enough, the workflow says."""

from rest_framework import serializers

from countries.api.bodies import StrictSerializer, Text, Truth, Whole
from practices.enums import Criterion, Gate, Thread
from practices.markdown import clean
from practices.scoring import HIGHEST, LOWEST


class Passage(Text):
    """Text as it may be stored."""

    def to_internal_value(self, data):
        return clean(super().to_internal_value(data))


class DeclarationBody(StrictSerializer):
    no_conflict = Truth(
        help_text="`true`: I do not belong to the country and had no part in this work. Without it nothing is done."
    )


class ReassignBody(StrictSerializer):
    to = Whole(min_value=1, help_text="`id` of a curator, one of `suggestions`.")


class LetterBody(StrictSerializer):
    letter = Passage(help_text="What the country reads, in Markdown.")


class PublishBody(StrictSerializer):
    letter = Passage(default="", allow_blank=True, help_text="What the country reads, in Markdown.")


class DraftLetterBody(StrictSerializer):
    letter = Passage(allow_blank=True, help_text="The draft that those who judge it share, in Markdown.")


class CommentBody(StrictSerializer):
    thread = serializers.ChoiceField(Thread.values, help_text="`shared` with the country, or `internal` to curators.")
    text = Passage()


class RequestBody(StrictSerializer):
    field = Text(help_text="Part of the form: the name of a step, or of a member of `content`.")
    text = Passage(help_text="What should change.")
    must_fix = Truth(default=True, help_text="Whether it must be changed before publishing.")


def _answers(name, about, field, values):
    members = {"__doc__": about, **{value: field() for value in values}}
    return type(name, (StrictSerializer,), members)


GatesBody = _answers(
    "GatesBody", "Passed or not; what is left out is not answered.", lambda: Truth(required=False), Gate.values
)
ScoresBody = _answers(
    "ScoresBody",
    f"From {LOWEST} to {HIGHEST}; null: not applicable; what is left out is not scored.",
    lambda: Whole(min_value=LOWEST, max_value=HIGHEST, allow_null=True, required=False),
    Criterion.values,
)
CommentsBody = _answers(
    "CommentsBody",
    "Why; needed where a score is below 3.",
    lambda: Passage(allow_blank=True, required=False),
    Criterion.values,
)


class ReviewBody(StrictSerializer):
    """A whole review: what is left out is not said any more."""

    gates = GatesBody(default=dict)
    scores = ScoresBody(default=dict)
    comments = CommentsBody(default=dict)
    private_note = Passage(default="", allow_blank=True, help_text="For other curators.")
    is_named = Truth(default=False, help_text="Whether your name may stand on the published practice.")


class RetractionBody(StrictSerializer):
    practice = Text(help_text="Slug of the practice.")
    reason = Passage(help_text="Everybody who follows a link to it reads it, for good.")
