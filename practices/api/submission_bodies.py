"""What authors send to the API besides the text of a case study, which its form reads (``texts.py``)."""

from rest_framework import serializers

from countries.api.bodies import StrictSerializer, Text, Whole
from practices.api.bodies import Passage
from practices.enums import Language


class BeginningBody(StrictSerializer):
    """How a case study begins; the rest of what is sent is its text."""

    country = Text(required=False, help_text="ISO 3166-1 alpha-3; may be left out by who writes for one country only.")
    language = serializers.ChoiceField(
        Language.values, required=False, help_text="Language in which it is written; by default that of the request."
    )
    title = Text(required=False, help_text="Needed where nothing is copied; at most 120 characters.")
    practice = Text(
        required=False, help_text="Slug of a practice of the same country that this updates: its text is copied."
    )
    version = Whole(
        required=False, min_value=1, help_text="Number of an earlier version of `practice` to begin the update from."
    )
    adapts = Text(required=False, help_text="Slug of another country's practice that this adapts: its text is copied.")


BEGINNING = tuple(BeginningBody().fields)


class WithdrawalBody(StrictSerializer):
    note = Passage(help_text="Why; whoever has worked on it reads this.")


class SendingBackBody(StrictSerializer):
    note = Passage(help_text="What should be changed; its authors read this.")


class AnswerBody(StrictSerializer):
    text = Passage(help_text="What was changed, or why not.")


class RemarkBody(StrictSerializer):
    text = Passage(help_text="Authors, focal point and curators read it.")
