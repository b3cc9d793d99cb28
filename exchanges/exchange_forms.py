"""The forms of an exchange: proposal and agreement, the rows that its parties keep, appraisal, closing, follow-up.

Each form that two people may have open at once knows what is ``stored``, so that ``differences`` can show both texts.
"""

import hashlib
import re

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from countries.models import Country
from countries.names import by_name
from exchanges import institutions, terms
from exchanges.assistance_forms import PracticesField
from exchanges.enums import (
    TITLE_LIMIT,
    BudgetKind,
    ExchangeForm,
    FollowUpOutcome,
    MilestoneStatus,
    Modality,
    PartyRole,
    Phase,
    Visibility,
)
from exchanges.fields import CurrencyField, OneOfField, SomeOfField, words
from exchanges.models import (
    Activity,
    Appraisal,
    Attendance,
    BudgetLine,
    Commitment,
    Document,
    Milestone,
    Report,
)
from practices.enums import Language
from practices.files.intake import DOCUMENTS
from practices.forms import (
    NAME_LIMIT,
    AddressField,
    AmountField,
    CountField,
    DayField,
    LineField,
    PassageField,
    RowForm,
    RowKind,
    RowSet,
)
from practices.models import ChallengeArea

# How many parties each form has at least and at most.
PARTIES_OF = {ExchangeForm.BILATERAL: (2, 2), ExchangeForm.TRIANGULAR: (3, None), ExchangeForm.REGIONAL: (2, None)}
QUESTIONS = ("relevance", "quality", "timeliness", "usefulness")
ADDRESS_LIMIT = 500
_BUTTON = re.compile(r"^(add|up|down|remove)(?::(\d{1,4}))?$")
_ENDS_BEFORE_IT_STARTS = _("The last day is before the first. Write the same or a later day.")


def sides(exchange):
    """The parties of ``exchange``, each country or organisation once, however many phases it has a role in."""
    found = {}
    for party in exchange.parties.all():
        found.setdefault((party.country_id, party.organisation_id), party)
    return list(found.values())


def _country_choices():
    return [(country.iso3, country.name) for country in by_name(Country.objects.all())]


def _needed(text):
    return {"required": text}


def _digest(values):
    """What tells one state of what is stored from another."""
    return hashlib.sha256(repr(sorted(values.items())).encode()).hexdigest()[:20]


def _press(rows, button):
    """Do with ``rows`` what the button "<name of the set>:<action>:<number>" says; another button changes nothing."""
    name, _colon, rest = button.partition(":")
    if name == rows.name and (found := _BUTTON.match(rest)):
        rows.act(found[1], int(found[2] or 0))


def _typed(form, data):
    """What was typed into ``form``, unread, as it can stand in a form that is shown again."""
    return {
        name: data.getlist(name) if isinstance(field, forms.MultipleChoiceField) else data.get(name, "")
        for name, field in form.base_fields.items()
    }


def _problems(form, *row_sets):
    """Everything that is refused, in the order of the page: [(id of the input or "", sentence)]."""
    found = [("", text) for text in form.non_field_errors()]
    for bound in form:
        found += [(bound.id_for_label or bound.auto_id, f"{bound.label}: {text}") for text in bound.errors]
    for rows in row_sets:
        found += [(rows.name, f"{rows.kind.title}: {text}") for text in rows.errors]
        for row in rows.written:
            for bound in row:
                found += [(bound.id_for_label, f"{row.heading} · {bound.label}: {text}") for text in bound.errors]
    return found


def _differences(form, stored, *row_sets):
    """Where what was typed differs from what is ``stored``: [{label, mine, theirs}], as texts."""
    pairs = [
        (field.label, words(field, form.cleaned_data.get(name)), words(field, stored[name]))
        for name, field in form.fields.items()
    ]
    for rows in row_sets:
        pairs.append((rows.kind.title, _lines(rows, rows.values), _lines(rows, stored[rows.name])))
    return [{"label": label, "mine": mine, "theirs": theirs} for label, mine, theirs in pairs if mine != theirs]


def _lines(rows, values):
    """Rows as text, one per line."""
    fields = rows.forms[0].fields if rows.forms else rows.kind.form.base_fields
    lines = [[words(fields[name], value) for name, value in row.items()] for row in values]
    return "\n".join(" · ".join(text for text in line if text) for line in lines)


# The agreement


class PartyForm(RowForm):
    """A country or an organisation, with the role that it plays in a phase."""

    always_there = ("role", "phase")
    country = OneOfField(label=_("Country"), help_text=_("Leave it empty for an organisation."))
    organisation = LineField(
        label=_("Organisation"), max_length=NAME_LIMIT, help_text=_("A bank or a regional body. Empty for a country.")
    )
    role = OneOfField(PartyRole.choices, label=_("Role"))
    phase = OneOfField(Phase.choices, label=_("In which phase"))
    institution = LineField(label=_("Institution that takes part"), help_text=_("For example: Ministry of Health."))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["institution"].width = "full"

    def clean(self):
        values = forms.Form.clean(self)
        country, organisation = values.get("country"), values.get("organisation")
        if not country and not organisation and not self.errors:
            self.add_error("country", _("Choose a country or name an organisation, or remove the row."))
        if country and organisation:
            self.add_error("organisation", _("A party is a country or an organisation: add a row for the other one."))
        return values

    def clean_role(self):
        return self.cleaned_data["role"] or PartyRole.BENEFICIARY.value


PARTIES = RowKind(
    "parties",
    PartyForm,
    title=_("Parties"),
    hint=_("Who takes part and as what. A party whose role changes on the way has one row for each phase."),
    heading=_("Party %(number)d"),
    buttons=(_("Move party %(number)d up"), _("Move party %(number)d down"), _("Remove party %(number)d")),
    add=_("Add another party"),
)


class PartyRows(RowSet):
    """The parties; ``countries``: [(ISO3, name)] to choose from."""

    def __init__(self, *, countries, **kwargs):
        self.countries = countries
        super().__init__(PARTIES, **kwargs)

    def _show(self, rows):
        super()._show(rows)
        for form in self.forms:
            form.fields["country"].choices = [("", gettext("Choose a country")), *self.countries]

    def is_valid(self):
        """Each row for itself, then all together: nobody twice in a phase, and nobody for themselves."""
        if not super().is_valid():
            return False
        seen = {}
        for form in self.written:
            values = form.cleaned_data
            who = _who(values)
            for role, phase in seen.get(who, ()):
                if values["phase"] == phase or Phase.WHOLE in (values["phase"], phase):
                    form.add_error("country" if values["country"] else "organisation", _twice(values["role"], role))
                    break
            seen.setdefault(who, []).append((values["role"], values["phase"]))
        return all(not form.errors for form in self.written)


def _who(values):
    return values["country"] or values["organisation"].casefold()


def _twice(role, other):
    if {role, other} == {PartyRole.BENEFICIARY, PartyRole.PROVIDER}:
        return gettext("Nobody gives to themselves: this party is provider and beneficiary in the same phase.")
    return gettext("This party is named twice for the same phase. Give it one role, or two phases.")


class TermsForm(forms.Form):
    """The text of an agreement, without its parties. ``stored``: what is kept, as ``stored_terms`` gives it."""

    use_required_attribute = False
    title = LineField(
        label=_("Title"),
        max_length=TITLE_LIMIT,
        required=True,
        help_text=_("What is done and where, for example: First human milk bank in Maputo."),
        error_messages=_needed(_("Give it a title, for example: First human milk bank in Maputo.")),
    )
    modalities = SomeOfField(
        Modality.choices,
        label=_("Forms of assistance"),
        required=True,
        error_messages=_needed(_("Choose at least one form of assistance.")),
    )
    challenge_areas = SomeOfField(label=_("Challenge areas"))
    practices = PracticesField(
        label=_("Practices that are handed on"),
        rows=2,
        help_text=_("One per line: the reference, for example SSC-PER-2026-1, or the address."),
    )
    languages = SomeOfField(Language.choices, label=_("Working languages"))
    objective = PassageField(label=_("Objective"), rows=4, help_text=_("What shall be different for which children."))
    outputs = PassageField(
        label=_("What will be there at the end"),
        rows=4,
        help_text=_("For example: 24 nurses trained, one milk bank open."),
    )
    starts_on = DayField(label=_("First day"))
    ends_on = DayField(label=_("Last day"))
    cost_share = PassageField(
        label=_("Who bears which cost"), rows=3, help_text=_("For example: travel by the guest, lodging by the host.")
    )
    visibility = OneOfField(
        Visibility.choices,
        label=_("Who reads it once it is agreed"),
        required=True,
        help_text=_("Messages, budget and reports stay between the parties."),
    )

    def __init__(self, data=None, *, stored):
        super().__init__(data, initial=dict(stored))
        self.stored = stored
        self.fields["challenge_areas"].choices = [(area.slug, area.name) for area in ChallengeArea.objects.all()]
        # What stands before the parties on the page, and what after them.
        names = list(self.fields)
        self.basics = [self[name] for name in names[: names.index("objective")]]
        self.terms = [self[name] for name in names[names.index("objective") :]]

    def clean(self):
        values = super().clean()
        first, last = values.get("starts_on"), values.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _ENDS_BEFORE_IT_STARTS)
        return values

    @property
    def problems(self):
        return _problems(self)

    def differences(self, stored):
        """Where what was typed differs from what is ``stored`` now: [{label, mine, theirs}]."""
        return _differences(self, stored)

    def refuse(self, error):
        """Show what the workflow refused: the ValidationError ``error``."""
        for name, texts in error.message_dict.items():
            for text in texts:
                self.add_error(name if name in self.fields else None, text)

    def values_for_workflow(self):
        """What was typed as the workflow takes it: rows of the database in the place of their codes."""
        areas = list(ChallengeArea.objects.filter(slug__in=self.cleaned_data["challenge_areas"]))
        return self.cleaned_data | {"challenge_areas": areas}


class AmendmentForm(TermsForm):
    """A change of what is agreed, and why it is made."""

    reason = PassageField(
        label=_("Why is the agreement changed?"),
        rows=2,
        required=True,
        help_text=_("For example: the training takes place three months later, after the elections."),
        error_messages=_needed(_("Say why the agreement is changed: the other side reads it before it signs.")),
    )
    field_order = ("reason",)

    def values_for_workflow(self):
        values = super().values_for_workflow()
        del values["reason"]
        return values


class AgreementForm(TermsForm):
    """What the parties do together. ``stored``: what is kept, as ``stored_agreement`` gives it."""

    form = OneOfField(
        ExchangeForm.choices,
        label=_("Kind of cooperation"),
        required=True,
        help_text=_("Triangular: a third country or an organisation supports the two."),
    )
    field_order = ("title", "form")

    def __init__(self, data=None, *, stored):
        super().__init__(data, stored=stored)
        self.parties = PartyRows(countries=_country_choices(), data=data, stored=stored["parties"])

    @classmethod
    def pressed(cls, data, *, stored):
        """The form as it was typed, after the button of a row: nothing is checked and nothing is kept yet."""
        parties = cls(data, stored=stored).parties
        _press(parties, data["row"])
        return cls(stored=_typed(cls, data) | {"parties": parties.rows})

    def is_valid(self):
        return all([super().is_valid(), self.parties.is_valid()]) and self._fits_together()

    def _fits_together(self):
        """Whether the parties make the form of cooperation; says what is missing."""
        rows = self.parties.values
        fewest, most = PARTIES_OF[self.cleaned_data["form"]]
        count = len({_who(row) for row in rows})
        countries = {role: {row["country"] for row in rows if row["role"] == role} - {""} for role in PartyRole.values}
        providing, benefiting = countries[PartyRole.PROVIDER], countries[PartyRole.BENEFICIARY]
        if len(providing | benefiting) < 2:
            self.add_error(None, _("An exchange is between two countries at least. Add the other one."))
        elif not providing or not benefiting:
            self.add_error(None, _("One country provides and another one benefits: choose a role for each party."))
        elif count < fewest:
            text = _("A triangular exchange has at least three parties. Add the third, or choose another form.")
            self.add_error("form", text)
        elif most and count > most:
            self.add_error("form", _("A bilateral exchange has two parties. Choose triangular or regional for more."))
        return not self.errors

    @property
    def problems(self):
        return _problems(self, self.parties)

    def differences(self, stored):
        """Where what was typed differs from what is ``stored`` now: [{label, mine, theirs}]."""
        return _differences(self, stored, self.parties)

    def for_workflow(self):
        """(values, parties) as ``workflow.exchanges`` takes them: rows of the database in the place of their codes.

        Call it in the transaction that uses them: organisations that nobody named yet are made.
        """
        rows = self.parties.values
        countries = Country.objects.in_bulk([row["country"] for row in rows if row["country"]])
        parties = [
            {
                "country": countries.get(row["country"]),
                "organisation": None if row["country"] else institutions.named(row["organisation"], None),
                "role": row["role"],
                "phase": row["phase"],
                "institution": row["institution"],
            }
            for row in rows
        ]
        return self.values_for_workflow(), parties


class ProposalForm(AgreementForm):
    """An exchange that is begun. ``form_key`` makes a double click harmless."""

    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data=None, *, stored):
        super().__init__(data, stored=stored)
        self.terms = [bound for bound in self.terms if bound.name != "form_key"]

    def for_workflow(self):
        values, parties = super().for_workflow()
        del values["form_key"]
        return values, parties


def stored_terms(values):
    """``values`` of an agreement, as ``terms.agreed`` gives them, in the shape in which TermsForm cleans them."""
    return values | {"challenge_areas": [area.slug for area in values["challenge_areas"]]}


def stored_agreement(exchange):
    """What is kept of the agreement, in the shape in which AgreementForm cleans it."""
    parties = [
        {
            "country": party.country_id or "",
            "organisation": party.organisation.name if party.organisation_id else "",
            "role": party.role,
            "phase": party.phase,
            "institution": party.institution,
        }
        for party in exchange.parties.all()
    ]
    return stored_terms(terms.agreed(exchange)) | {"form": exchange.form, "parties": parties}


def compared(before, after):
    """Where two texts of an agreement, as ``terms.agreed`` gives them, differ: [{label, before, after}]."""
    pairs = zip(*told([before, after]), strict=True)
    return [{"label": label, "before": old, "after": new} for (label, old), (_label, new) in pairs if old != new]


def told(texts):
    """Texts of an agreement, each as ``terms.agreed`` gives it, for readers: [(label, text)] for each."""
    stored = [stored_terms(values) for values in texts]
    fields = TermsForm(stored={}).fields if stored else {}
    return [[(field.label, words(field, values[name])) for name, field in fields.items()] for values in stored]


# Rows that the parties keep


class PartyField(forms.TypedChoiceField):
    """One of ``parties``. Cleans to the Party."""

    def __init__(self, parties, *, label):
        by_key = {str(party.pk): party for party in parties}
        super().__init__(
            choices=[(key, party.name) for key, party in by_key.items()],
            coerce=by_key.get,
            empty_value=None,
            label=label,
            error_messages={
                "required": _("Choose the party."),
                "invalid_choice": _("Choose one of the parties of this exchange."),
            },
        )

    def prepare_value(self, value):
        return getattr(value, "pk", value)


class KeptForm(forms.ModelForm):
    """One row of an exchange. ``own``: the parties to which the writer belongs; ``typed``: shown in place of ``row``.

    ``stored`` and ``seen``: what is kept, and what tells it from a later state.
    """

    use_required_attribute = False
    # Whether a row may be of any party, or only of one's own.
    is_of_any_party = True
    row_kind = None

    def __init__(self, data=None, files=None, *, row, own, typed=None, rows=None):
        super().__init__(data, files, instance=row, initial=typed)
        self.stored = {name: row._meta.get_field(name).value_from_object(row) for name in self._meta.fields}
        if "party" in self.fields:
            parties = sides(row.exchange) if self.is_of_any_party else own
            self.fields["party"] = PartyField(parties, label=self.fields["party"].label)
            if not row.party_id and not typed and own:
                self.initial["party"] = own[0].pk
        self.row_sets = []
        if self.row_kind:
            self.stored[self.row_kind.name] = self.rows_of(row)
            kept = self.stored[self.row_kind.name] if rows is None else rows
            self.row_sets.append(RowSet(self.row_kind, data=data, stored=kept))
        self.seen = _digest(self.stored)

    @classmethod
    def pressed(cls, data, *, row, own):
        """The form as it was typed, after the button of a row below: nothing is checked and nothing is kept yet."""
        rows = cls(data, row=row, own=own).row_sets
        for row_set in rows:
            _press(row_set, data["row"])
        return cls(row=row, own=own, typed=_typed(cls, data), rows=rows[0].rows if rows else None)

    def rows_of(self, row):
        """The rows below ``row`` that is kept, as dicts."""
        return []

    def is_valid(self):
        return all([super().is_valid(), *(rows.is_valid() for rows in self.row_sets)])

    @property
    def problems(self):
        return _problems(self, *self.row_sets)

    def differences(self):
        return _differences(self, self.stored, *self.row_sets)

    def refuse_wrong_days(self, values):
        first, last = values.get("starts_on"), values.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _ENDS_BEFORE_IT_STARTS)

    def past_day(self, values, is_done):
        """The day on which it was done: today unless another one was given; None while it is not done."""
        day, today = values.get("done_on"), timezone.localdate()
        if not is_done:
            return None
        if day and day > today:
            self.add_error("done_on", _("This day is still to come. Write the day on which it was done."))
        return day or today


class AttendanceForm(RowForm):
    key, key_message = "institution", _("Name the institution, for example: Hospital Central de Maputo.")
    institution = LineField(label=_("Institution"), max_length=200)
    women_count = CountField(label=_("Women"))
    men_count = CountField(label=_("Men"))
    unspecified_count = CountField(label=_("Sex not recorded"))

    def clean(self):
        values = super().clean()
        for name in ("women_count", "men_count", "unspecified_count"):
            values[name] = values.get(name) or 0
            if values[name] > 1_000_000:
                self.add_error(name, _("Write a whole number from 0 to 1 000 000 in digits, for example 24."))
        return values


ATTENDANCE = RowKind(
    "attendance",
    AttendanceForm,
    title=_("Participants"),
    hint=_("How many people of each institution took part. Numbers only, no names."),
    heading=_("Institution %(number)d"),
    buttons=(
        _("Move institution %(number)d up"),
        _("Move institution %(number)d down"),
        _("Remove institution %(number)d"),
    ),
    add=_("Add another institution"),
)


class ActivityForm(KeptForm):
    row_kind = ATTENDANCE
    title = LineField(
        label=_("What takes place"),
        max_length=200,
        required=True,
        help_text=_("For example: Six nurses are trained in Rio de Janeiro."),
        error_messages=_needed(_("Say what takes place, for example: Six nurses are trained in Rio de Janeiro.")),
    )
    modality = OneOfField(Modality.choices, label=_("Form of assistance"), required=True)
    starts_on = DayField(label=_("First day"), required=True, error_messages=_needed(_("Give the first day.")))
    ends_on = DayField(label=_("Last day"), help_text=_("Leave it empty when it takes one day."))
    place = LineField(label=_("Place"), max_length=200)
    country = forms.ModelChoiceField(
        label=_("Country"),
        queryset=Country.objects.all(),
        required=False,
        error_messages={"invalid_choice": _("Choose a country from the list.")},
    )
    note = PassageField(label=_("Note"), rows=3)

    class Meta:
        model = Activity
        fields = ["title", "modality", "starts_on", "ends_on", "place", "country", "note"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = [("", gettext("Not said")), *_country_choices()]

    def rows_of(self, row):
        kept = row.attendance.all() if row.pk else ()
        return [{name: getattr(one, name) for name in AttendanceForm.base_fields} for one in kept]

    def clean(self):
        values = super().clean()
        if "ends_on" in values and not values["ends_on"]:
            values["ends_on"] = values.get("starts_on")
        self.refuse_wrong_days(values)
        return values

    def attendance(self):
        """What stands below the activity, as unsaved rows."""
        return [Attendance(**values) for values in self.row_sets[0].values]


class MilestoneForm(KeptForm):
    title = LineField(
        label=_("What is reached"),
        max_length=200,
        required=True,
        help_text=_("For example: First 100 litres tested."),
        error_messages=_needed(_("Say what is reached, for example: First 100 litres tested.")),
    )
    due_on = DayField(label=_("Due on"), required=True, error_messages=_needed(_("Give the day by which it is due.")))
    status = OneOfField(MilestoneStatus.choices, label=_("How it stands"), required=True)
    done_on = DayField(label=_("Done on"), help_text=_("Empty: today, when it is done."))
    note = PassageField(label=_("Note"), rows=3)

    class Meta:
        model = Milestone
        fields = ["title", "due_on", "status", "done_on", "note"]

    def clean(self):
        values = super().clean()
        values["done_on"] = self.past_day(values, values.get("status") == MilestoneStatus.DONE)
        return values


class CommitmentForm(KeptForm):
    party = OneOfField(label=_("Who"))
    text = PassageField(
        label=_("What"),
        rows=3,
        required=True,
        help_text=_("For example: sends two cold boxes to Beira."),
        error_messages=_needed(_("Say what was promised, for example: sends two cold boxes to Beira.")),
    )
    due_on = DayField(label=_("By when"), required=True, error_messages=_needed(_("Give the day by which it is due.")))
    done_on = DayField(label=_("Done on"), help_text=_("Leave it empty until it is done."))

    class Meta:
        model = Commitment
        fields = ["party", "text", "due_on", "done_on"]

    def clean(self):
        values = super().clean()
        values["done_on"] = self.past_day(values, bool(values.get("done_on")))
        return values


class DocumentForm(KeptForm):
    title = LineField(
        label=_("Title"),
        max_length=200,
        required=True,
        error_messages=_needed(_("Give its title, for example: Training report, March 2027.")),
    )
    upload = forms.FileField(
        label=_("File"),
        required=False,
        allow_empty_file=True,  # refused in the same words as every other file that is not taken
        help_text=_("PDF, DOCX or XLSX, at most 25 MB. Or leave it empty and give an address."),
        widget=forms.FileInput(attrs={"accept": ",".join(f".{ending}" for ending in DOCUMENTS)}),
    )
    url = AddressField(label=_("Address on the web"), help_text=_("Where the document can be opened."))
    language = OneOfField(Language.choices, label=_("Language of the document"), required=True)
    is_public = forms.BooleanField(
        label=_("Everybody who reads the exchange may find it, once the exchange is agreed."), required=False
    )

    class Meta:
        model = Document
        fields = ["title", "url", "language", "is_public"]

    def __init__(self, *args, row, **kwargs):
        super().__init__(*args, row=row, **kwargs)
        if row.pk:  # another file, or one for an address, is another document
            del self.fields["upload"]
        if row.file_id:
            del self.fields["url"]

    def clean(self):
        values = super().clean()
        has_file = bool(self.instance.file_id or values.get("upload"))
        if not has_file and "url" not in self.errors and not values.get("url"):
            self.add_error(
                "url", _("Give the address of the document, for example https://www.example.org/report.pdf, or a file.")
            )
        if has_file and values.get("url"):
            self.add_error("upload", _("A document is a file or has an address, not both."))
        return values

    def clean_url(self):
        address = self.cleaned_data["url"]
        if len(address) > ADDRESS_LIMIT:
            raise forms.ValidationError(
                _("This address has %(count)d characters; at most %(limit)d are accepted."),
                params={"count": len(address), "limit": ADDRESS_LIMIT},
            )
        return address


class BudgetLineForm(KeptForm):
    party = OneOfField(label=_("Who brings it in"))
    kind = OneOfField(BudgetKind.choices, label=_("In cash or in kind"), required=True)
    description = LineField(
        label=_("What for"),
        max_length=200,
        required=True,
        error_messages=_needed(_("Say what for, for example: Flights of six nurses.")),
    )
    planned = AmountField(
        label=_("Planned"), help_text=_("For example 12500.50. For what comes in kind: what it is worth.")
    )
    actual = AmountField(label=_("Actual amount"), help_text=_("Leave it empty until it is known."))
    currency = CurrencyField(label=_("Currency"), help_text=_("Its code of three letters, for example USD or XOF."))
    value_on = DayField(label=_("Value date"), help_text=_("The day whose prices the amounts stand for."))

    class Meta:
        model = BudgetLine
        fields = ["party", "kind", "description", "planned", "actual", "currency", "value_on"]

    def clean_planned(self):
        if self.cleaned_data["planned"] is None:
            raise forms.ValidationError(_("Give the amount that is planned, for example 12500.50."))
        return self.cleaned_data["planned"]

    def clean_currency(self):
        if not self.cleaned_data["currency"]:
            raise forms.ValidationError(_("Give the currency of the amounts, for example USD or XOF."))
        return self.cleaned_data["currency"]


class ReportForm(KeptForm):
    is_of_any_party = False
    party = OneOfField(label=_("For which side"))
    starts_on = DayField(
        label=_("First day of the period"),
        required=True,
        error_messages=_needed(_("Give the first day of the period.")),
    )
    ends_on = DayField(
        label=_("Last day of the period"), required=True, error_messages=_needed(_("Give the last day of the period."))
    )
    text = PassageField(
        label=_("Report"),
        rows=8,
        required=True,
        help_text=_("What was done, what came of it, what is late and why."),
        error_messages=_needed(_("Write what was done and what came of it.")),
    )

    class Meta:
        model = Report
        fields = ["party", "starts_on", "ends_on", "text"]

    def clean(self):
        values = super().clean()
        self.refuse_wrong_days(values)
        return values


# Words between the parties, and the end of an exchange


class MessageForm(forms.Form):
    """One message to all parties."""

    use_required_attribute = False
    text = PassageField(
        label=_("Write to all parties"), rows=3, required=True, error_messages=_needed(_("Write something first."))
    )


class AppraisalForm(forms.Form):
    """How one of the sides ``own`` judges the exchange."""

    use_required_attribute = False
    text = PassageField(label=_("In words"), rows=4, help_text=_("What was good, and what should be done otherwise."))

    def __init__(self, data=None, *, own, initial=None):
        super().__init__(data, initial=initial)
        questions = {
            name: forms.TypedChoiceField(
                label=Appraisal._meta.get_field(name).verbose_name,
                choices=[(number, str(number)) for number in range(1, 6)],
                coerce=int,
                widget=forms.RadioSelect,
                help_text=_("1: not at all. 5: fully."),
                error_messages=dict.fromkeys(("required", "invalid_choice"), _("Choose a number from 1 to 5.")),
            )
            for name in QUESTIONS
        }
        self.fields = {"party": PartyField(own, label=_("For which side"))} | questions | self.fields


class ClosingForm(forms.Form):
    """Nothing is closed without what others can learn from it."""

    use_required_attribute = False
    outcome = PassageField(
        label=_("What came of it"),
        rows=4,
        required=True,
        help_text=_("What is there now that was not there before, in numbers where you have them."),
        error_messages=_needed(_("Say what came of it, also when it is less than was planned.")),
    )
    lessons = PassageField(
        label=_("Lessons"),
        rows=5,
        required=True,
        help_text=_("What should two other countries do the same way, and what not? Everybody reads this."),
        error_messages=_needed(_("Write at least one lesson: an exchange is closed with its lessons.")),
    )


class FollowUpForm(forms.Form):
    """What a check some time after the closing found. ``adoptions``: those that the exchange may have led to."""

    use_required_attribute = False
    outcome = OneOfField(
        FollowUpOutcome.choices,
        label=_("What did you find?"),
        blank=_("Choose"),
        required=True,
        error_messages=_needed(_("Choose what you found.")),
    )
    adoption = OneOfField(
        label=_("Adoption that it led to"), help_text=_("An adoption stands here once a curator has confirmed it.")
    )
    note = PassageField(label=_("In words"), rows=3)

    def __init__(self, data=None, *, adoptions, prefix):
        super().__init__(data, prefix=prefix)
        self.by_key = {str(adoption.pk): adoption for adoption in adoptions}
        labels = [(key, f"{row.country.name}: {row.practice.live.title}") for key, row in self.by_key.items()]
        self.fields["adoption"].choices = [("", gettext("None yet")), *labels]

    def clean_adoption(self):
        return self.by_key.get(self.cleaned_data["adoption"])
