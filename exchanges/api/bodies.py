"""What countries send to the API about offers, needs and matches; the forms of the pages check the values."""

from rest_framework import serializers

from countries.api.bodies import StrictSerializer, Text, Whole
from countries.enums import UnicefRegion
from exchanges.enums import CostSharing, Modality, Visibility
from exchanges.workflow.matches import SIDES
from practices.api.bodies import Passage
from practices.enums import Language

# What the forms call otherwise than the API.
ASKED_AS = {"text_language": "language"}


def _text(about=""):
    return Passage(required=False, allow_blank=True, help_text=about)


def _texts(about):
    return serializers.ListField(child=Text(), required=False, help_text=about)


def _words(choices, about):
    return serializers.ListField(child=serializers.ChoiceField(choices), required=False, help_text=about)


def _day(about):
    return serializers.DateField(required=False, allow_null=True, help_text=about)


class AssistanceBody(StrictSerializer):
    """What is left out stays as it is; in a new one it is empty."""

    title = _text("Needed for a new one.")
    summary = _text("In a few sentences, in Markdown.")
    text_language = serializers.ChoiceField(
        Language.values, required=False, help_text="Language in which it is written; by default that of the request."
    )
    challenge_areas = _texts("Slugs from `/areas/`.")
    topics = _texts("Slugs from `/topics/`.")
    modalities = _words(Modality.values, "Forms of assistance.")
    languages = _words(Language.values, "Working languages.")
    cost_sharing = serializers.ChoiceField(CostSharing.values, required=False, help_text="Who pays.")
    starts_on = _day("Possible from.")
    ends_on = _day("Possible until.")
    expires_on = _day("Last day on which it is open; null: in a year.")
    visibility = serializers.ChoiceField(Visibility.values, required=False, help_text="Who reads it once it is open.")


class OfferBody(AssistanceBody):
    practices = _texts("Practices that you would share: slugs or references.")
    organisation = _text("Institution that would give it.")
    capacity_count = Whole(required=False, allow_null=True, help_text="Countries at a time.")
    capacity_note = _text("Capacity in words.")
    regions = _words(UnicefRegion.values, "Regions that it is meant for; empty: all.")
    conditions = _text("What the other country should bring.")


class NeedBody(AssistanceBody):
    practice = Text(
        required=False, allow_null=True, help_text="Practice that you would like to learn from: slug or reference."
    )
    outcome = _text("What should change.")
    beneficiaries = _text("Whom it serves.")
    budget_note = _text("Money that is there already.")


_COUNTRY = "One of your countries, ISO 3166-1 alpha-3."


class NewOfferBody(OfferBody):
    country = Text(help_text=_COUNTRY)


class NewNeedBody(NeedBody):
    country = Text(help_text=_COUNTRY)


class NoteBody(StrictSerializer):
    note = Passage(help_text="Why: the reader of this needs a reason.")


class CountryBody(StrictSerializer):
    country = Text(help_text=_COUNTRY)


class VolunteerBody(CountryBody):
    offer = Text(required=False, allow_null=True, help_text="Code of an open offer of that country.")
    note = _text("How you could help.")


class AcceptBody(StrictSerializer):
    side = serializers.ChoiceField(SIDES, help_text="For whom you speak: `need` asks, `country` could help.")
    reason = _text("For the other side to read.")


class DeclineBody(StrictSerializer):
    side = serializers.ChoiceField(SIDES, help_text="For whom you speak: `need` asks, `country` could help.")
    reason = Passage(help_text="For the other side to read; the portal finds better ones by it.")
