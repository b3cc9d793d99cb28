"""The forms of funds, their calls and projects, and contributions: text comes in, clean values go on."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from countries.enums import IncomeGroup, UnicefRegion
from countries.models import Country
from countries.names import by_name
from exchanges import institutions
from exchanges.enums import ContributionKind, ProjectStatus
from exchanges.fields import CurrencyField, OneOfField, SomeOfField, words
from exchanges.models import Exchange
from practices.forms import (
    NAME_LIMIT,
    AddressField,
    AmountField,
    CountriesField,
    DayField,
    LineField,
    LinesField,
    PassageField,
    YearField,
)
from practices.models import ChallengeArea

TITLE_LIMIT, TEXT_LIMIT, NOTE_LIMIT = 200, 8000, 1000
ADDRESS_LIMIT = 500
_is_address = URLValidator(schemes=["http", "https"])


class SourcesField(LinesField):
    """Sources, one per line, as "title | publisher | year | address". Cleans to [{title, publisher, year, url}]."""

    limit = 30

    def prepare_value(self, value):
        if isinstance(value, list | tuple):
            value = [one if isinstance(one, str) else _source_line(one) for one in value]
        return super().prepare_value(value)

    def clean(self, value):
        # Addresses are long: lines here are split before anybody counts their letters.
        text = forms.CharField(required=False, max_length=TEXT_LIMIT).clean(value)
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if len(lines) > self.limit:
            raise ValidationError(
                _("These are %(count)d lines; at most %(limit)d are accepted."),
                params={"count": len(lines), "limit": self.limit},
            )
        return [self._source(line) for line in lines]

    def _source(self, line):
        parts = [part.strip() for part in line.split("|")]
        title, publisher, year, url = [*parts, "", "", ""][:4]
        try:
            if url:
                _is_address(url)
            is_wrong = not title or len(parts) > 4 or (year and not (year.isascii() and year.isdecimal()))
        except ValidationError:
            is_wrong = True
        if is_wrong or len(year) > 4:
            raise ValidationError(
                gettext(
                    "“%(line)s” cannot be read as a source. Write title, publisher, year and address with | between "
                    "them, for example: Annual report | Ministry of Finance | 2025 | https://www.example.org/report."
                )
                % {"line": line[:80]}
            )
        return {"title": title, "publisher": publisher, "year": int(year) if year else None, "url": url}


def _source_line(source):
    parts = [source.get("title"), source.get("publisher"), source.get("year"), source.get("url")]
    return " | ".join("" if part is None else str(part) for part in parts)


class ExchangesField(LinesField):
    """Public exchanges, one per line, by code; what follows the code is for the reader. Cleans to rows."""

    def prepare_value(self, value):
        if isinstance(value, list | tuple):
            value = [one if isinstance(one, str) else f"{one.code} {one.title}"[:NAME_LIMIT] for one in value]
        return super().prepare_value(value)

    def clean(self, value):
        codes = [line.split()[0].upper() for line in super().clean(value)]
        known = {row.code: row for row in Exchange.objects.live().filter(code__in=codes)}
        for code in codes:
            if code not in known:
                raise ValidationError(
                    gettext("There is no public exchange with the code “%(code)s”. A code looks like EX-2026-3.")
                    % {"code": code[:20]}
                )
        return list(dict.fromkeys(known[code] for code in codes))


class QuantityField(forms.DecimalField):
    """How many pieces, days or places."""

    def __init__(self, **kwargs):
        super().__init__(
            required=False,
            min_value=0,
            max_digits=12,
            decimal_places=2,
            widget=forms.TextInput(attrs={"inputmode": "decimal"}),
            **kwargs,
        )
        refusal = _("Write a number of 0 or more in digits, for example 120.")
        for code in ("invalid", "min_value", "max_digits", "max_decimal_places", "max_whole_digits"):
            self.error_messages[code] = refusal


class ResourceForm(forms.Form):
    """What the four forms share. ``parts``: [(heading, fields)] in the order of the page.

    ``values`` after ``is_valid()``: {field of the model: clean value}, many-to-many relations as lists of rows.
    Without ``for_administrator`` the fields that only administrators set are left out.
    """

    use_required_attribute = False
    parts = ()
    administrators_only = ()

    def __init__(self, data=None, *, initial=None, for_administrator=False):
        super().__init__(data, initial=initial)
        if not for_administrator:
            for name in self.administrators_only:
                del self.fields[name]
        if "challenge_areas" in self.fields:
            self.fields["challenge_areas"].choices = [(area.slug, area.name) for area in ChallengeArea.objects.all()]

    @property
    def groups(self):
        """[(heading, [bound field])] in the order of the page."""
        groups = [(heading, [self[name] for name in names if name in self.fields]) for heading, names in self.parts]
        return [(heading, fields) for heading, fields in groups if fields]

    def _refuse_half_an_amount(self, amount, values):
        """An amount stands in a currency, and a currency beside an amount."""
        if self.errors.keys() & {amount, "currency"}:
            return
        if values.get(amount) is not None and not values.get("currency"):
            self.add_error("currency", gettext("Which currency? Write its code, for example USD or XOF."))
        if values.get("currency") and values.get(amount) is None:
            self.add_error(amount, gettext("There is a currency without an amount. Write the amount, or neither."))

    def _refuse_wrong_order(self, first, last, values, text):
        if values.get(first) and values.get(last) and values[last] < values[first]:
            self.add_error(last, text)

    @property
    def values(self):
        values = dict(self.cleaned_data)
        if "challenge_areas" in values:
            values["challenge_areas"] = list(ChallengeArea.objects.filter(pk__in=values["challenge_areas"]))
        return values

    @classmethod
    def initial_of(cls, row):
        """What ``row`` holds, in the shape of ``cleaned_data``."""
        values = {name: getattr(row, name) for name in cls.base_fields if hasattr(row, name)}
        if "challenge_areas" in values:
            values["challenge_areas"] = [area.slug for area in row.challenge_areas.all()]
        return values

    def differences(self, row):
        """Where what was typed differs from what is stored as ``row``: [{label, mine, theirs}], as texts."""
        stored = self.initial_of(row)
        texts = [
            (field.label, words(field, self.cleaned_data[name]), words(field, stored[name]))
            for name, field in self.fields.items()
        ]
        return [{"label": label, "mine": mine, "theirs": theirs} for label, mine, theirs in texts if mine != theirs]

    def take_over(self, refusal):
        """Show what a service refused (a ValidationError) beside the fields that it is about."""
        by_field = refusal.message_dict if hasattr(refusal, "error_dict") else {"": refusal.messages}
        for name, texts in by_field.items():
            for text in texts:
                self.add_error(name if name in self.fields else None, text)


class FundForm(ResourceForm):
    parts = (
        (_("The fund"), ("name", "organisation", "host", "since_year", "link", "challenge_areas")),
        (_("How much there is"), ("size_text", "size", "currency", "size_as_of")),
        (_("Who may apply"), ("eligibility", "note")),
        (_("Where this is from"), ("sources", "is_verified")),
    )
    administrators_only = ("organisation", "is_verified")

    name = LineField(label=_("Name"), max_length=NAME_LIMIT, required=True)
    organisation = LineField(
        label=_("Organisation whose members maintain it"),
        max_length=NAME_LIMIT,
        help_text=_("By its name. Its members with an account may change this fund."),
    )
    host = PassageField(label=_("Host"), rows=2, max_length=NOTE_LIMIT)
    since_year = YearField(label=_("Since"))
    link = AddressField(label=_("Address"))
    challenge_areas = SomeOfField(
        label=_("Challenge areas"), help_text=_("None chosen: it is not tied to certain areas.")
    )
    size_text = PassageField(
        label=_("Size, as the source says it"),
        rows=2,
        max_length=NOTE_LIMIT,
        help_text=_("For example: US$ 1 million a year from each of three states."),
    )
    size = AmountField(label=_("Size as a number"), help_text=_("Only where the source gives one amount."))
    currency = CurrencyField(label=_("Currency"), help_text=_("Three letters, for example USD."))
    size_as_of = YearField(label=_("Year of the size"))
    eligibility = PassageField(label=_("Who may apply"), max_length=TEXT_LIMIT)
    note = PassageField(label=_("Note"), max_length=TEXT_LIMIT)
    sources = SourcesField(label=_("Sources"), help_text=_("One per line: title | publisher | year | address."))
    is_verified = forms.BooleanField(label=_("A public source was seen"), required=False)

    def clean(self):
        values = super().clean()
        self._refuse_half_an_amount("size", values)
        return values

    @property
    def values(self):
        values = super().values
        if "organisation" in values:
            values["organisation"] = institutions.named(values["organisation"])
        return values

    @classmethod
    def initial_of(cls, row):
        return super().initial_of(row) | {"organisation": row.organisation.name if row.organisation_id else ""}


class CallForm(ResourceForm):
    parts = (
        (_("The call"), ("title", "opens_on", "closes_on", "link")),
        (_("Who may apply"), ("eligibility", "challenge_areas", "regions", "income_groups")),
        (_("How much"), ("amount", "currency")),
    )

    title = LineField(label=_("Title"), max_length=TITLE_LIMIT, required=True)
    opens_on = DayField(label=_("Opens on"), required=True)
    closes_on = DayField(label=_("Closes on"), required=True)
    link = AddressField(label=_("Address"))
    eligibility = PassageField(label=_("Conditions"), max_length=TEXT_LIMIT)
    challenge_areas = SomeOfField(label=_("Challenge areas"), help_text=_("None chosen: all."))
    regions = SomeOfField(UnicefRegion.choices, label=_("Regions"), help_text=_("None chosen: all."))
    income_groups = SomeOfField(IncomeGroup.choices, label=_("Income groups"), help_text=_("None chosen: all."))
    amount = AmountField(label=_("Largest amount"))
    currency = CurrencyField(label=_("Currency"), help_text=_("Three letters, for example USD."))

    def clean(self):
        values = super().clean()
        self._refuse_half_an_amount("amount", values)
        if values.get("opens_on") and values.get("closes_on"):
            text = gettext(
                "The last day, %(last)s, is before the first, %(first)s. Choose the same or a later day."
            ) % {
                "last": date_format(values["closes_on"], "DATE_FORMAT"),
                "first": date_format(values["opens_on"], "DATE_FORMAT"),
            }
            self._refuse_wrong_order("opens_on", "closes_on", values, text)
        return values


class ProjectForm(ResourceForm):
    parts = (
        (_("The project"), ("title", "description", "status", "start_year", "end_year")),
        (_("Where and on what"), ("countries", "challenge_areas", "exchanges")),
        (_("How much"), ("amount_text", "amount", "currency")),
        (_("What came of it"), ("outcome", "sources", "is_verified")),
    )
    administrators_only = ("is_verified",)

    title = LineField(label=_("Title"), max_length=TITLE_LIMIT, required=True)
    description = PassageField(label=_("Description"), max_length=TEXT_LIMIT)
    status = OneOfField(ProjectStatus.choices, label=_("Status"), required=True)
    start_year = YearField(label=_("Start year"))
    end_year = YearField(label=_("End year"), help_text=_("Empty while it is running."))
    countries = CountriesField(label=_("Countries"), help_text=_("One per line, by name or code."))
    challenge_areas = SomeOfField(label=_("Challenge areas"))
    exchanges = ExchangesField(
        label=_("Exchanges that it pays for"), help_text=_("One per line, by code, for example EX-2026-3.")
    )
    amount_text = PassageField(label=_("Amount, as the source says it"), rows=2, max_length=NOTE_LIMIT)
    amount = AmountField(label=_("Amount as a number"), help_text=_("Only where the source gives one amount."))
    currency = CurrencyField(label=_("Currency"), help_text=_("Three letters, for example USD."))
    outcome = PassageField(label=_("What came of it"), max_length=TEXT_LIMIT)
    sources = SourcesField(label=_("Sources"), help_text=_("One per line: title | publisher | year | address."))
    is_verified = forms.BooleanField(label=_("A public source was seen"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["start_year"].required = True  # its code carries the year
        self.fields["countries"].countries = Country.objects.in_bulk()

    def clean(self):
        values = super().clean()
        self._refuse_half_an_amount("amount", values)
        self._refuse_wrong_order("start_year", "end_year", values, gettext("The end year is before the start year."))
        return values

    @property
    def values(self):
        values = super().values
        values["countries"] = [self.fields["countries"].countries[code] for code in values["countries"]]
        return values

    @classmethod
    def initial_of(cls, row):
        return super().initial_of(row) | {
            "countries": sorted(country.pk for country in row.countries.all()),
            "exchanges": list(row.exchanges.live().order_by("code")),
        }


class ContributionForm(ResourceForm):
    """``projects``: those of the fund that it goes to; none for a contribution to an exchange."""

    parts = (
        (_("Who gives"), ("country", "organisation")),
        (_("What"), ("kind", "project", "description")),
        (_("How much"), ("committed", "disbursed", "currency", "value_on", "quantity")),
        (_("Where this is from"), ("source",)),
    )

    country = OneOfField(label=_("Country"), blank=_("No country"))
    organisation = LineField(
        label=_("Or an organisation"), max_length=NAME_LIMIT, help_text=_("By its name. A country or an organisation.")
    )
    kind = OneOfField(ContributionKind.choices, label=_("Form of the contribution"), required=True)
    project = OneOfField(label=_("For which project"), blank=_("The fund as a whole"))
    description = LineField(label=_("What it is"), max_length=NAME_LIMIT)
    committed = AmountField(
        label=_("Committed"), help_text=_("Of things and time: their value in money, where it is known.")
    )
    disbursed = AmountField(label=_("Disbursed"), help_text=_("How much of it has been paid. Empty: nothing yet."))
    currency = CurrencyField(label=_("Currency"), help_text=_("Three letters, for example USD. Nothing is converted."))
    value_on = DayField(label=_("Value date"), help_text=_("The day for which the amount was stated. Cash needs it."))
    quantity = QuantityField(label=_("Quantity"), help_text=_("Pieces, days or places."))
    source = PassageField(label=_("Source"), rows=2, max_length=NOTE_LIMIT)

    def __init__(self, data=None, *, projects=None, **kwargs):
        super().__init__(data, **kwargs)
        countries = [(country.pk, country.name) for country in by_name(Country.objects.all())]
        self.fields["country"].choices = [("", _("No country")), *countries]
        if projects is None:
            del self.fields["project"]
        else:
            self._projects = {project.code: project for project in projects}
            choices = [(code, f"{code} {project.title}") for code, project in self._projects.items()]
            self.fields["project"].choices = [("", _("The fund as a whole")), *choices]

    def clean(self):
        values = super().clean()
        if bool(values.get("country")) == bool(values.get("organisation")) and "country" in values:
            self.add_error("organisation", gettext("Name either a country or an organisation."))
        self._refuse_half_an_amount("committed", values)
        committed, disbursed = values.get("committed"), values.get("disbursed")
        if not self.errors.keys() & {"committed", "disbursed"} and disbursed and disbursed > (committed or 0):
            self.add_error("disbursed", gettext("No more is disbursed than was committed."))
        if values.get("kind") == ContributionKind.CASH:
            for name, text in (
                ("committed", gettext("How much cash? Write the amount.")),
                ("value_on", gettext("Cash has a value date: the day for which the amount was stated.")),
            ):
                if values.get(name) is None and name not in self.errors:
                    self.add_error(name, text)
        elif (
            committed is None and values.get("quantity") is None and not {"committed", "quantity"} & self.errors.keys()
        ):
            self.add_error("quantity", gettext("Say how much: a quantity, or a value in money."))
        return values

    @property
    def values(self):
        values = super().values
        values["country"] = Country.objects.get(pk=values["country"]) if values["country"] else None
        values["organisation"] = institutions.named(values["organisation"])
        values["disbursed"] = values["disbursed"] or 0
        if "project" in values:
            values["project"] = self._projects[values["project"]] if values["project"] else None
        return values

    @classmethod
    def initial_of(cls, row):
        return super().initial_of(row) | {
            "country": row.country_id or "",
            "organisation": row.organisation.name if row.organisation_id else "",
            "project": row.project.code if row.project_id else "",
        }
