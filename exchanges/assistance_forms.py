"""The forms of offers and needs: text comes in, clean values go on.

A draft may lack everything but its title; what is there has to be valid. What a reader needs before it is sent is asked
by the workflow, which both doors pass.
"""

import datetime
import re

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from countries.enums import UnicefRegion
from countries.models import Country
from countries.names import by_name
from exchanges import institutions
from exchanges.enums import TITLE_LIMIT, CostSharing, Modality, OfferStatus, Visibility
from exchanges.fields import OneOfField, SomeOfField
from exchanges.models import Offer
from practices.enums import Language
from practices.forms import NAME_LIMIT, DayField, LineField, LinesField, PassageField
from practices.models import ChallengeArea, Practice, Topic

TEXT_LIMIT, NOTE_LIMIT = 4000, 1000
CAPACITY_LIMIT = 200
# A text that nobody looked at for longer is no longer believed.
DEFAULT_DAYS, LONGEST_DAYS = 365, 730
NEEDED_TO_SEND = frozenset({"title", "summary", "challenge_areas", "modalities", "languages"})
# Short answers stand two in a line.
SIDE_BY_SIDE = frozenset({"language", "capacity_count", "cost_sharing", "starts_on", "ends_on"})
# Forms in which a country usually begins to learn from a practice.
USUAL_MODALITIES = (Modality.STUDY_VISIT, Modality.EXPERT_MISSION, Modality.REMOTE_ADVICE)
_REFERENCE = re.compile(r"SSC-[A-Z]{3}-\d{4}-\d+", re.IGNORECASE)
_SLUG = re.compile(r"(?:.*/practices/)?([a-z0-9-]+)(?:/.*)?$")


def _key_of(line):
    """What ``line`` names a practice by: its reference in capitals, else the slug of its address."""
    if found := _REFERENCE.match(line):
        return found[0].upper()
    found = _SLUG.match(line)
    return found[1] if found else ""


def _practices_of(lines):
    """[Practice] that ``lines`` name, in their order. Raises ValidationError for the first that is none."""
    keys = [_key_of(line) for line in lines]
    rows = Practice.objects.live().filter(merged_into=None).select_related("live", "country")
    known = {}
    for row in rows.filter(reference__in=keys) | rows.filter(slug__in=keys):
        known[row.reference] = known[row.slug] = row
    for line, key in zip(lines, keys, strict=True):
        if key not in known:
            raise forms.ValidationError(
                gettext(
                    "“%(line)s” is not a practice that can be read here. Write its reference, for example "
                    "SSC-PER-2026-1, or copy its address."
                )
                % {"line": line[:80]}
            )
    return list(dict.fromkeys(known[key] for key in keys))


def _line_of(practice):
    return f"{practice.reference} {practice.live.title}" if practice.live_id else practice.reference


class PracticesField(LinesField):
    """Practices, one per line, by reference or address; what follows a reference is for the reader. Cleans to rows."""

    limit = 20

    def prepare_value(self, value):
        if isinstance(value, list | tuple):
            value = [one if isinstance(one, str) else _line_of(one) for one in value]
        return super().prepare_value(value)

    def clean(self, value):
        return _practices_of(super().clean(value))


class PracticeField(LineField):
    """One practice, by reference or address. Cleans to the row, or None."""

    def prepare_value(self, value):
        return _line_of(value) if isinstance(value, Practice) else value

    def clean(self, value):
        line = super().clean(value)
        return _practices_of([line])[0] if line else None


class CapacityField(forms.IntegerField):
    """How many countries at a time."""

    def __init__(self, **kwargs):
        refusal = _("Write a whole number from 1 to 200, for example 2, or leave it empty.")
        super().__init__(
            required=False,
            min_value=1,
            max_value=CAPACITY_LIMIT,
            widget=forms.TextInput(attrs={"inputmode": "numeric"}),
            error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), refusal),
            **kwargs,
        )


def last_day(today=None):
    """The day on which a text expires unless its writer says otherwise."""
    return (today or timezone.localdate()) + datetime.timedelta(days=DEFAULT_DAYS)


class AssistanceForm(forms.Form):
    """What an offer and a need ask alike. ``groups`` gives the fields in the order of the page.

    ``values_for(country)`` after ``is_valid()``: {field of the model: clean value}.
    """

    use_required_attribute = False
    # [(heading, fields)], said by each of the two forms.
    parts = ()

    title = LineField(
        label=_("Title"),
        max_length=TITLE_LIMIT,
        required=True,
        error_messages={"required": _("Give it a title; it can be changed later.")},
    )
    language = OneOfField(Language.choices, label=_("Language in which you write"))
    summary = PassageField(label=_("In a few sentences"), max_length=TEXT_LIMIT, rows=5)
    challenge_areas = SomeOfField(label=_("Challenge areas"))
    topics = SomeOfField(label=_("Topics"))
    modalities = SomeOfField(Modality.choices, label=_("Forms of assistance"))
    languages = SomeOfField(
        Language.choices, label=_("Working languages"), help_text=_("In which people can work together.")
    )
    cost_sharing = OneOfField(CostSharing.choices, label=_("Who pays"))
    starts_on = DayField(label=_("Possible from"))
    ends_on = DayField(label=_("Possible until"))
    expires_on = DayField(
        label=_("Expires on"),
        help_text=_(
            "After this day nobody is offered it any more; your office is reminded 30 and 7 days before. Empty: in a "
            "year."
        ),
    )
    visibility = forms.ChoiceField(
        label=_("Who reads it"), choices=Visibility, widget=forms.RadioSelect, required=False
    )

    def __init__(self, data=None, *, initial=None):
        beginning = {
            "language": get_language(),
            "languages": [get_language()],
            "cost_sharing": CostSharing.OPEN.value,
            "expires_on": last_day(),
            "visibility": Visibility.PUBLIC.value,
        }
        super().__init__(data, initial=beginning | (initial or {}))
        areas = [(area.slug, area.name) for area in ChallengeArea.objects.all()]
        topics = {}
        for topic in Topic.objects.current():
            topics.setdefault(topic.area_id, []).append((topic.slug, topic.name))
        self.fields["challenge_areas"].choices = areas
        self.fields["topics"].choices = [(name, topics[slug]) for slug, name in areas if slug in topics]
        for name, field in self.fields.items():
            field.needed_to_send = name in NEEDED_TO_SEND
            field.width = "half" if name in SIDE_BY_SIDE else "full"

    @property
    def groups(self):
        """[(heading, [bound field])] in the order of the page."""
        return [(heading, [self[name] for name in names if name in self.fields]) for heading, names in self.parts]

    @property
    def topics_by_area(self):
        """[(name of the area, its tick boxes, whether one of them is ticked)]"""
        boxes = {box.data["value"]: box for box in self["topics"].subwidgets}
        found = []
        for area, topics in self.fields["topics"].choices:
            own = [boxes[slug] for slug, _name in topics]
            found.append((area, own, any(box.data["selected"] for box in own)))
        return found

    def _or_initial(self, name):
        return self.cleaned_data[name] or self.initial[name]

    def clean_language(self):
        return self._or_initial("language")

    def clean_cost_sharing(self):
        return self._or_initial("cost_sharing")

    def clean_visibility(self):
        return self._or_initial("visibility")

    def clean_expires_on(self):
        day, today = self.cleaned_data["expires_on"], timezone.localdate()
        last = today + datetime.timedelta(days=LONGEST_DAYS)
        if day and not today <= day <= last:
            raise forms.ValidationError(
                gettext("Choose a day from %(first)s to %(last)s.")
                % {"first": date_format(today, "DATE_FORMAT"), "last": date_format(last, "DATE_FORMAT")}
            )
        return day or last_day(today)

    def clean(self):
        values = super().clean()
        first, last = values.get("starts_on"), values.get("ends_on")
        if first and last and last < first:
            self.add_error(
                "ends_on",
                gettext("The last day, %(last)s, is before the first, %(first)s. Choose the same or a later day.")
                % {"last": date_format(last, "DATE_FORMAT"), "first": date_format(first, "DATE_FORMAT")},
            )
        return values

    def values_for(self, country):
        """What the workflow stores for ``country``; an institution that nobody named yet is made."""
        values = {name: self.cleaned_data[name] for name in self.stored_names()}
        values["challenge_areas"] = list(ChallengeArea.objects.filter(pk__in=values["challenge_areas"]))
        values["topics"] = list(Topic.objects.filter(pk__in=values["topics"]))
        if "organisation" in values:
            values["organisation"] = institutions.named(values["organisation"], country)
        return values

    @classmethod
    def stored_names(cls):
        """The fields that are stored, in the order of the page."""
        return [name for _heading, names in cls.parts for name in names if name in cls.base_fields]

    @classmethod
    def initial_of(cls, row):
        """What ``row`` holds, in the shape of ``cleaned_data``."""
        values = {name: getattr(row, name) for name in cls.stored_names()}
        values["challenge_areas"] = [area.slug for area in row.challenge_areas.all()]
        topics = row.topics.select_related("merged_into")
        values["topics"] = list(dict.fromkeys((topic.merged_into or topic).slug for topic in topics))
        return values

    def differences(self, row):
        """Where what was typed differs from what is stored as ``row``: [{label, mine, theirs}], as texts."""
        stored = self.initial_of(row)
        found = []
        for name in self.stored_names():
            field = self.fields[name]
            mine, theirs = _words(field, self.cleaned_data[name]), _words(field, stored[name])
            if mine != theirs:
                found.append({"label": field.label, "mine": mine, "theirs": theirs})
        return found


def _words(field, value):
    """``value`` of ``field`` as text: keys by their labels, days as they are read, lists one after the other."""
    if hasattr(field, "choices"):
        labels = {}
        for key, label in field.choices:
            labels.update(label if isinstance(label, list | tuple) else {key: label})
        keys = value if isinstance(value, list | tuple) else [value]
        return ", ".join(sorted(str(labels.get(key, key)) for key in keys if key))
    if isinstance(value, datetime.date):
        return date_format(value, "DATE_FORMAT")
    return "" if value is None else str(field.prepare_value(value))


class OfferForm(AssistanceForm):
    parts = (
        (_("What you offer"), ("country", "language", "title", "summary", "challenge_areas", "topics", "practices")),
        (
            _("How it would work"),
            (
                "modalities",
                "languages",
                "organisation",
                "capacity_count",
                "cost_sharing",
                "capacity_note",
                "regions",
                "conditions",
            ),
        ),
        (_("When, and for whom to read"), ("starts_on", "ends_on", "expires_on", "visibility")),
    )

    practices = PracticesField(
        label=_("Practices that you would share"),
        help_text=_("One per line: the reference, for example SSC-PER-2026-1, or the address."),
    )
    organisation = LineField(
        label=_("Institution that would give it"),
        max_length=NAME_LIMIT,
        help_text=_("For example: Ministry of Health."),
    )
    capacity_count = CapacityField(label=_("Countries at a time"))
    capacity_note = PassageField(
        label=_("Capacity"), max_length=NOTE_LIMIT, rows=2, help_text=_("For example: two experts for ten days a year.")
    )
    regions = SomeOfField(
        UnicefRegion.choices,
        label=_("Regions that it is meant for"),
        help_text=_("None chosen: it is meant for all."),
    )
    conditions = PassageField(
        label=_("Conditions"),
        max_length=TEXT_LIMIT,
        rows=3,
        help_text=_("What the other country should bring or have in place."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["title"].help_text = _("Say what you can help with, for example: Training of community midwives.")
        self.fields["summary"].help_text = _("What your country can show, teach or do, and what makes it good at it.")

    @classmethod
    def initial_of(cls, row):
        values = super().initial_of(row)
        values["practices"] = list(row.practices.select_related("live"))
        values["organisation"] = row.organisation.name if row.organisation_id else ""
        return values


class NeedForm(AssistanceForm):
    parts = (
        (
            _("What you need"),
            (
                "country",
                "language",
                "title",
                "summary",
                "challenge_areas",
                "topics",
                "practice",
                "outcome",
                "beneficiaries",
            ),
        ),
        (_("How you would like to work"), ("modalities", "languages", "cost_sharing", "budget_note")),
        (_("When, and for whom to read"), ("starts_on", "ends_on", "expires_on", "visibility")),
    )

    practice = PracticeField(
        label=_("Practice that you would like to learn from"),
        help_text=_("Its reference, for example SSC-PER-2026-1, or its address. Leave it empty if there is none yet."),
    )
    outcome = PassageField(
        label=_("What should change"), max_length=TEXT_LIMIT, rows=3, help_text=_("In a year or two, if it works.")
    )
    beneficiaries = PassageField(
        label=_("Whom it serves"),
        max_length=NOTE_LIMIT,
        rows=2,
        help_text=_("Groups, places and numbers. No names of people."),
    )
    budget_note = PassageField(
        label=_("Money that is there already"),
        max_length=NOTE_LIMIT,
        rows=2,
        help_text=_("For example: flights are paid by the ministry; the rest is sought."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["title"].help_text = _(
            "Say what you would like to be able to do, for example: Keep newborns warm in district hospitals."
        )
        self.fields["summary"].help_text = _(
            "What is hard, for which children, and what you have tried. Others read this first."
        )


class _Beginning:
    """What only the first page asks: for which country, and the key that makes a double click harmless."""

    def __init__(self, data=None, *, user, initial=None):
        super().__init__(data, initial=initial)
        own = user.countries()
        self.fields["country"] = forms.ModelChoiceField(
            label=_("Country"), queryset=own, initial=own.first(), empty_label=None
        )
        self.fields["country"].width = "half"
        self.fields["country"].error_messages["invalid_choice"] = _("Choose a country for which you write.")
        self.fields["form_key"] = forms.UUIDField(widget=forms.HiddenInput)


class NewOfferForm(_Beginning, OfferForm):
    """An offer that is begun."""


class NewNeedForm(_Beginning, NeedForm):
    """A need that is begun."""


def from_practice(practice):
    """What a need or an offer about the published ``practice`` begins with."""
    version = practice.live
    languages = [get_language(), version.language]
    return {
        "title": version.title[:TITLE_LIMIT],
        "language": get_language(),
        "challenge_areas": [area.slug for area in version.challenge_areas.all()],
        "topics": [topic.slug for topic in version.topics.filter(merged_into=None)],
        "modalities": [modality.value for modality in USUAL_MODALITIES],
        "languages": list(dict.fromkeys(languages)),
    }


class VolunteerForm(forms.Form):
    """“We can help”: one of ``countries``, perhaps with an offer that is open."""

    country = forms.ModelChoiceField(label=_("Country"), queryset=None, empty_label=None)
    offer = forms.ModelChoiceField(
        label=_("With this offer"), queryset=None, required=False, empty_label=_("Without an offer")
    )
    note = PassageField(
        label=_("How you could help"),
        max_length=NOTE_LIMIT,
        rows=3,
        help_text=_("In one or two sentences, for the country that asks."),
    )

    use_required_attribute = False

    def __init__(self, data=None, *, countries):
        super().__init__(data, auto_id="help-%s")
        self.fields["country"].queryset = Country.objects.filter(pk__in=[country.pk for country in countries])
        offers = Offer.objects.filter(country__in=countries, status=OfferStatus.OPEN).order_by("title")
        self.fields["offer"].queryset = offers
        self.fields["offer"].label_from_instance = lambda offer: offer.title
        for field in (self.fields["country"], self.fields["offer"]):
            field.error_messages["invalid_choice"] = _("This is not one of the choices. Choose from the list.")

    def clean(self):
        values = super().clean()
        offer, country = values.get("offer"), values.get("country")
        if offer and country and offer.country_id != country.pk:
            self.add_error(
                "offer",
                gettext("This is an offer of another country. Choose one of %(country)s.") % {"country": country.name},
            )
        return values


class ProposalForm(forms.Form):
    """A broker proposes a country that could answer ``need``."""

    country = OneOfField(blank=_("Choose a country"), required=True, label=_("Country that could help"))
    note = PassageField(
        label=_("Why this country"),
        max_length=NOTE_LIMIT,
        required=True,
        rows=3,
        help_text=_("Both countries read it."),
        error_messages={"required": _("Say why: both countries read the reason.")},
    )

    use_required_attribute = False

    def __init__(self, data=None, *, need, user):
        super().__init__(data, auto_id="propose-%s")
        left_out = [need.country_id, *need.joined.values_list("country", flat=True), *user.country_codes]
        countries = by_name(Country.objects.filter(is_global_south=True).exclude(pk__in=left_out))
        self.fields["country"].choices = [("", _("Choose a country")), *((row.pk, row.name) for row in countries)]
        self.fields["country"].error_messages["required"] = _("Choose the country that could help.")
