"""The form of a case study, one Django form per step: text comes in, clean values go on.

A draft may lack everything but its title; what is there has to be valid. Values have the shape of
``drafting.stored``, so that what came in can be compared with what is kept.
"""

import difflib
import operator
import re

from django import forms
from django.core.validators import RegexValidator, URLValidator
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from countries.models import Country
from practices import markdown, steps
from practices.enums import SUMMARY_LIMIT, TITLE_LIMIT, EvaluationType, Kind, Language, LessonKind, Scale
from practices.models import ChallengeArea, SdgTarget, Topic

LINE_LIMIT, NAME_LIMIT = 1000, 255
TEXT_LIMIT = 20_000
FIRST_YEAR, LAST_YEAR = 1900, 2100
ROWS_LIMIT = 30
_TOO_LONG = _("This has %(show_value)d characters; at most %(limit_value)d are accepted.")
_NOT_A_CHOICE = _("“%(value)s” is not one of the choices. Choose from the list.")
_ROW_KEY = re.compile(r"^(\d{1,4})-(\w+)$")


class _Text(forms.CharField):
    """Text without control characters; the browser never cuts what is pasted, the message says how much is too much."""

    def __init__(self, *, max_length=TEXT_LIMIT, required=False, **kwargs):
        super().__init__(max_length=max_length, required=required, **kwargs)
        self.error_messages["max_length"] = _TOO_LONG

    def to_python(self, value):
        return super().to_python(markdown.clean(value) if isinstance(value, str) else value)

    def widget_attrs(self, widget):
        return {key: value for key, value in super().widget_attrs(widget).items() if key != "maxlength"}


class LineField(_Text):
    """One line: breaks and tabs become spaces."""

    def __init__(self, *, max_length=LINE_LIMIT, **kwargs):
        super().__init__(max_length=max_length, **kwargs)

    def to_python(self, value):
        return " ".join(super().to_python(value).split())


class PassageField(_Text):
    """Several lines."""

    def __init__(self, *, rows=4, **kwargs):
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


class DayField(forms.DateField):
    """A day, as browsers send it and as people may type it: 2027-03-31."""

    input_formats = ["%Y-%m-%d"]

    def __init__(self, *, required=False, **kwargs):
        super().__init__(
            required=required,
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            **kwargs,
        )
        self.error_messages["invalid"] = _("Write the day as year, month and day, for example 2027-03-31.")


class LinesField(PassageField):
    """A list of texts, one per line; repeated and empty lines are left out."""

    limit = 50

    def __init__(self, *, rows=3, **kwargs):
        super().__init__(rows=rows, **kwargs)

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value):
        lines = [" ".join(line.split()) for line in super().clean(value).split("\n")]
        lines = list(dict.fromkeys(line for line in lines if line))
        for line in lines:
            if len(line) > NAME_LIMIT:
                raise forms.ValidationError(
                    _("The line “%(start)s…” has %(count)d characters; at most %(limit)d are accepted in a line."),
                    params={"start": line[:40], "count": len(line), "limit": NAME_LIMIT},
                )
        if len(lines) > self.limit:
            raise forms.ValidationError(
                _("These are %(count)d lines; at most %(limit)d are accepted."),
                params={"count": len(lines), "limit": self.limit},
            )
        return lines


class CountriesField(LinesField):
    """Countries, one per line, by name in any language of the portal or by code. Cleans to ISO3 codes."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.countries = {}

    def prepare_value(self, value):
        if isinstance(value, list | tuple):
            value = [self.countries[code].name if code in self.countries else code for code in value]
        return super().prepare_value(value)

    def clean(self, value):
        lines, known, codes = super().clean(value), {}, []
        for country in self.countries.values() if lines else ():
            for name in (country.iso3, country.iso2, *country.names.values()):
                known.setdefault(name.casefold(), country.iso3)
        for line in lines:
            if line.casefold() not in known:
                raise forms.ValidationError(self._refusal(line, known))
            codes.append(known[line.casefold()])
        return list(dict.fromkeys(codes))

    def _refusal(self, line, known):
        near = difflib.get_close_matches(line.casefold(), known, 1)
        if near:
            return gettext("“%(line)s” is not a country that the portal knows. Did you mean %(name)s?") % {
                "line": line,
                "name": self.countries[known[near[0]]].name,
            }
        return gettext(
            "“%(line)s” is not a country that the portal knows. Write one country per line, by its name or its code of "
            "three letters, for example Kenya or KEN."
        ) % {"line": line}


class TargetsField(LineField):
    """Codes of SDG targets, separated by commas or spaces. Cleans to a list of codes that exist."""

    # The codes that exist, where they were read once for many forms.
    known = None

    def __init__(self, **kwargs):
        super().__init__(max_length=1000, **kwargs)

    def prepare_value(self, value):
        return ", ".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value):
        codes = list(dict.fromkeys(re.findall(r"[^\s,;،؛]+", super().clean(value).lower())))
        known = self.known
        if known is None:
            known = set(SdgTarget.objects.filter(code__in=codes).values_list("code", flat=True)) if codes else set()
        unknown = [code for code in codes if code not in known]
        if unknown:
            raise forms.ValidationError(
                _("There is no SDG target %(codes)s. Write codes separated by commas, for example 3.2, 6.a."),
                params={"codes": ", ".join(unknown)},
            )
        return codes


def _without_spaces(value):
    """``value`` without the spaces by which people group digits: 1 250 000."""
    return re.sub(r"(?<=\d)[\s\u00a0\u202f]+(?=\d)", "", value) if isinstance(value, str) else value


class YearField(forms.IntegerField):
    """A year."""

    def __init__(self, **kwargs):
        refusal = format_lazy(
            _("Write a year with four digits between {first} and {last}, for example 2019."),
            first=str(FIRST_YEAR),
            last=str(LAST_YEAR),
        )
        super().__init__(
            required=False,
            min_value=FIRST_YEAR,
            max_value=LAST_YEAR,
            widget=forms.TextInput(attrs={"inputmode": "numeric"}),
            error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), refusal),
            **kwargs,
        )


class CountField(forms.IntegerField):
    """A whole number of people; spaces between digits are allowed."""

    def __init__(self, **kwargs):
        super().__init__(
            required=False,
            min_value=0,
            max_value=10_000_000_000,
            widget=forms.TextInput(attrs={"inputmode": "numeric"}),
            error_messages=dict.fromkeys(
                ("invalid", "min_value", "max_value"),
                _("Write a whole number from 0 to 10 000 000 000 in digits, for example 12500."),
            ),
            **kwargs,
        )

    def to_python(self, value):
        return super().to_python(_without_spaces(value))


class AmountField(forms.DecimalField):
    """An amount of money with at most two decimals."""

    def __init__(self, **kwargs):
        super().__init__(
            required=False,
            min_value=0,
            max_digits=16,
            decimal_places=2,
            widget=forms.TextInput(attrs={"inputmode": "decimal"}),
            **kwargs,
        )
        self.error_messages["invalid"] = _(
            "Write the amount in digits, with a point before the cents and without a currency sign, for example "
            "12500.50."
        )
        self.error_messages["min_value"] = _("An amount is 0 or more, for example 12500.50.")
        for code in ("max_digits", "max_decimal_places", "max_whole_digits"):
            self.error_messages[code] = _("An amount has at most 14 digits and 2 decimals, for example 12500.50.")

    def to_python(self, value):
        return super().to_python(_without_spaces(value))


class FigureField(forms.FloatField):
    """A measured figure."""

    def __init__(self, **kwargs):
        super().__init__(
            required=False,
            widget=forms.TextInput(attrs={"inputmode": "decimal"}),
            error_messages={
                "invalid": _(
                    "Write a number in digits, with a point before decimals and without a unit, for example 3.4."
                )
            },
            **kwargs,
        )

    def prepare_value(self, value):
        return int(value) if isinstance(value, float) and value.is_integer() else value

    def to_python(self, value):
        return super().to_python(_without_spaces(value))


class AddressField(forms.URLField):
    """An address on the web."""

    def __init__(self, **kwargs):
        super().__init__(
            required=False,
            max_length=1000,
            assume_scheme="https",
            widget=forms.TextInput(attrs={"inputmode": "url", "dir": "ltr"}),
            **kwargs,
        )
        self.validators = [
            URLValidator(schemes=["http", "https"]) if isinstance(validator, URLValidator) else validator
            for validator in self.validators
        ]
        self.error_messages["invalid"] = _(
            "This is not an address on the web. One begins with https:// or http://, for example "
            "https://www.example.org/report.pdf."
        )
        self.error_messages["max_length"] = _TOO_LONG

    def to_python(self, value):
        return super().to_python(markdown.clean(value).strip() if isinstance(value, str) else value)

    def widget_attrs(self, widget):
        return {key: value for key, value in super().widget_attrs(widget).items() if key != "maxlength"}


def _choice(choices, *, blank=None, **kwargs):
    """A list to choose from; ``blank`` is the text of "nothing chosen", without it something always is."""
    choices = [("", blank), *choices] if blank else choices
    return forms.ChoiceField(
        choices=choices, required=False, error_messages={"invalid_choice": _NOT_A_CHOICE}, **kwargs
    )


class RowForm(forms.Form):
    """One row of a step. ``key``: the field without which a row says nothing."""

    use_required_attribute = False
    key = ""
    key_message = ""
    # What is always chosen, and so does not make a row begun.
    always_there = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.width = "half"
            if name == self.key or isinstance(field.widget, forms.Textarea):
                field.width = "full"
            elif isinstance(field, YearField | FigureField):
                field.width = ""

    def clean(self):
        values = super().clean()
        if not values.get(self.key) and self.key not in self.errors:
            self.add_error(self.key, self.key_message)
        return values


class ResultForm(RowForm):
    key, key_message = "name", _("Say what was measured, for example: Children under five who are stunted.")
    name = LineField(label=_("What was measured"))
    baseline = FigureField(label=_("Before"))
    baseline_year = YearField(label=_("Year before"))
    latest = FigureField(label=_("After"))
    latest_year = YearField(label=_("Year after"))
    unit = LineField(label=_("Unit"), help_text=_("For example: per cent of children under five."))
    source = LineField(label=_("Source"), help_text=_("A report, a survey or your own register. Curators ask for it."))
    method = LineField(label=_("How it was measured"))

    def clean(self):
        values = super().clean()
        first, last = values.get("baseline_year"), values.get("latest_year")
        if first and last and last < first:
            self.add_error(
                "latest_year",
                gettext(
                    "The year after, %(last)d, comes before the year before, %(first)d. Write the same or a later year."
                )
                % {"last": last, "first": first},
            )
        return values


class LessonForm(RowForm):
    key, key_message = "text", _("Write the lesson in one or two sentences, or remove the row.")
    always_there = ("kind",)
    kind = _choice(LessonKind.choices, label=_("Kind of lesson"))
    text = PassageField(label=_("Lesson"), rows=3, max_length=2000)
    for_whom = LineField(label=_("For whom"), help_text=_("For example: health ministries with few nurses."))

    def clean_kind(self):
        return self.cleaned_data["kind"] or LessonKind.WORKED.value


class BuildingBlockForm(RowForm):
    key, key_message = "title", _("Name the building block in a few words, for example: Training of nurses.")
    title = LineField(label=_("Name"))
    text = PassageField(label=_("What it consists of"), rows=3, max_length=4000)


class PartnerRoleForm(RowForm):
    key, key_message = "organisation", _("Name the organisation, for example: Ministry of Education.")
    organisation = LineField(
        label=_("Organisation"),
        max_length=NAME_LIMIT,
        widget=forms.TextInput(attrs={"data-autosave-whole": True, "autocomplete": "off"}),
    )
    role = LineField(label=_("What it did"))


class ReferenceForm(RowForm):
    key, key_message = "title", _("Give the title of the publication, for example: Health survey 2022.")
    title = LineField(label=_("Title"))
    publisher = LineField(label=_("Publisher"))
    year = YearField(label=_("Year"))
    url = AddressField(label=_("Address on the web"))


class RowSet:
    """The rows of one kind on a step, from what was posted (``data``) or from what is kept (``stored``).

    Rows in which nothing is written are not part of ``values``. ``with_blank`` shows one more, empty.
    """

    def __init__(self, kind, *, data=None, stored=(), with_blank=False):
        self.kind, self.name = kind, kind.name
        self.is_bound = data is not None
        rows = self._posted(data) if self.is_bound else [dict(row) for row in stored]
        if not self.is_bound and (with_blank or not rows):
            rows.append({})
        self._show(rows)

    def _posted(self, data):
        rows = {}
        for name in data:
            if name.startswith(f"{self.name}-") and (match := _ROW_KEY.match(name[len(self.name) + 1 :])):
                rows.setdefault(int(match[1]), {})[match[2]] = data.get(name)
        return [rows[number] for number in sorted(rows)]

    def _show(self, rows):
        self.rows = rows
        self.forms = []
        for index, row in enumerate(rows):
            prefix = f"{self.name}-{index}"
            is_blank = not any(
                str(value or "").strip() for name, value in row.items() if name not in self.kind.form.always_there
            )
            # Nothing is asked of a row in which nothing is written.
            is_read = self.is_bound and not is_blank
            data = {f"{prefix}-{field}": value for field, value in row.items()} if is_read else None
            form = self.kind.form(data, initial=row, prefix=prefix)
            form.empty_permitted = False
            form.number, form.is_blank = index + 1, is_blank
            form.is_first, form.is_last = index == 0, index == len(rows) - 1
            form.heading, form.up, form.down, form.remove = (
                text % {"number": form.number} for text in (self.kind.heading, *self.kind.buttons)
            )
            self.forms.append(form)

    def act(self, action, number):
        """Add an empty row, or move or remove row ``number`` (from 1). What cannot be done changes nothing.

        Returns the number of the row to show next, 0 when none is left.
        """
        rows, index = list(self.rows), number - 1
        if action == "add":
            rows.append({})
            number = len(rows)
        elif not 0 <= index < len(rows):
            return min(max(number, 0), len(rows))
        elif action == "remove":
            del rows[index]
            number = min(number, len(rows))
        elif action == "up" and index:
            rows[index - 1], rows[index] = rows[index], rows[index - 1]
            number -= 1
        elif action == "down" and index < len(rows) - 1:
            rows[index + 1], rows[index] = rows[index], rows[index + 1]
            number += 1
        self._show(rows)
        return number

    @property
    def written(self):
        return [form for form in self.forms if not form.is_blank]

    def is_valid(self):
        return not self.errors and all(form.is_valid() for form in self.written)

    @property
    def errors(self):
        """Refusals of the rows together."""
        if len(self.written) <= ROWS_LIMIT:
            return []
        return [
            gettext("These are %(count)d rows; at most %(limit)d are accepted. Remove some.")
            % {"count": len(self.written), "limit": ROWS_LIMIT}
        ]

    @property
    def values(self):
        return [form.cleaned_data for form in self.written]


class RowKind:
    """What the rows of one kind are called. The texts carry ``%(number)d``."""

    def __init__(self, name, form, *, title, hint, heading, buttons, add):
        self.name, self.form, self.title, self.hint = name, form, title, hint
        self.heading, self.buttons, self.add = heading, buttons, add


ROW_KINDS = {
    kind.name: kind
    for kind in (
        RowKind(
            "results",
            ResultForm,
            title=_("Figures"),
            hint=_("Give one to four figures. One is enough if it is well measured."),
            heading=_("Result %(number)d"),
            buttons=(_("Move result %(number)d up"), _("Move result %(number)d down"), _("Remove result %(number)d")),
            add=_("Add another result"),
        ),
        RowKind(
            "lessons",
            LessonForm,
            title=_("Lessons"),
            hint=_("Say what another country should do the same way, and what it should not repeat."),
            heading=_("Lesson %(number)d"),
            buttons=(_("Move lesson %(number)d up"), _("Move lesson %(number)d down"), _("Remove lesson %(number)d")),
            add=_("Add another lesson"),
        ),
        RowKind(
            "building_blocks",
            BuildingBlockForm,
            title=_("Building blocks"),
            hint=_("Parts of the approach that another country can take over one by one."),
            heading=_("Building block %(number)d"),
            buttons=(
                _("Move building block %(number)d up"),
                _("Move building block %(number)d down"),
                _("Remove building block %(number)d"),
            ),
            add=_("Add another building block"),
        ),
        RowKind(
            "partner_roles",
            PartnerRoleForm,
            title=_("Partners"),
            hint=_("Who else took part, and what they did."),
            heading=_("Partner %(number)d"),
            buttons=(
                _("Move partner %(number)d up"),
                _("Move partner %(number)d down"),
                _("Remove partner %(number)d"),
            ),
            add=_("Add another partner"),
        ),
        RowKind(
            "references",
            ReferenceForm,
            title=_("References"),
            hint=_("Publications in which a reader can check what you write."),
            heading=_("Reference %(number)d"),
            buttons=(
                _("Move reference %(number)d up"),
                _("Move reference %(number)d down"),
                _("Remove reference %(number)d"),
            ),
            add=_("Add another reference"),
        ),
    )
}


class StepForm(forms.Form):
    """One step. ``stored``: what is kept, as ``drafting.stored`` gives it; ``row_sets``: {name: RowSet}.

    ``values`` after ``is_valid()``: the whole step in the shape of ``stored``.
    """

    step = ""
    use_required_attribute = False

    def __init__(self, data=None, *, submission, stored, blank_in=""):
        super().__init__(data, initial=dict(stored))
        self.submission, self.stored = submission, stored
        self.row_sets = {
            name: RowSet(ROW_KINDS[name], data=data, stored=stored[name], with_blank=name == blank_in)
            for name in steps.BY_SLUG[self.step].fields
            if name in ROW_KINDS
        }
        for name, field in self.fields.items():
            field.needed_to_send = name in steps.NEEDED_TO_SEND
            field.is_markdown = name in steps.MARKDOWN

    @property
    def items(self):
        """Fields and sets of rows in the order of the page: {"field": bound field} or {"rows": RowSet}."""
        place = {name: index for index, name in enumerate(steps.BY_SLUG[self.step].fields)}
        items, last = [(place[name], {"rows": rows}) for name, rows in self.row_sets.items()], 0
        for bound in self:
            last = place.get(bound.name, last)
            items.append((last, {"field": bound}))
        return [item for _place, item in sorted(items, key=operator.itemgetter(0))]

    def act(self, instruction):
        """Do what a row's button says, such as "results:up:2". Returns (name of the set, row to show) or None."""
        name, _colon, rest = instruction.partition(":")
        action, _colon, number = rest.partition(":")
        if name not in self.row_sets or action not in ("add", "up", "down", "remove"):
            return None
        return name, self.row_sets[name].act(action, int(number) if number.isdecimal() and len(number) < 5 else 0)

    def is_valid(self):
        return all([super().is_valid(), *(rows.is_valid() for rows in self.row_sets.values())])

    @property
    def values(self):
        return {name: value for name, value in self.cleaned_data.items() if name in self.stored} | {
            name: rows.values for name, rows in self.row_sets.items()
        }

    @property
    def problems(self):
        """Everything that is refused, in the order of the page: [(id of the input, label, message)]."""
        problems = []
        for item in self.items:
            if rows := item.get("rows"):
                problems += [(rows.name, rows.kind.title, message) for message in rows.errors]
                for form in rows.written:
                    problems += [
                        (form[name].id_for_label or form[name].auto_id, f"{form.heading} · {form[name].label}", message)
                        for name, messages in form.errors.items()
                        for message in messages
                    ]
            else:
                bound = item["field"]
                problems += [(bound.id_for_label or bound.auto_id, bound.label, message) for message in bound.errors]
        return problems

    def _or_stored(self, name):
        return self.cleaned_data.get(name) or self.stored[name]


class Vocabulary:
    """What the basics choose from: areas and topics in their order, countries by ISO3; three queries.

    ``targets``: the codes of the SDG targets where they are to be known beforehand, else None.
    """

    targets = None

    def __init__(self):
        self.areas = list(ChallengeArea.objects.all())
        self.topics = list(Topic.objects.current())
        self.countries = {country.iso3: country for country in Country.objects.all()}


class BasicsForm(StepForm):
    """The first step. ``words``: its Vocabulary, where many forms share one."""

    step = "basics"
    title = LineField(
        label=_("Title"),
        max_length=TITLE_LIMIT,
        required=True,
        help_text=_("What was done and where."),
        error_messages={"required": _("A case study needs a title, for example: School handwashing stations in Puno.")},
    )
    summary = PassageField(
        label=_("Summary"),
        max_length=SUMMARY_LIMIT,
        rows=3,
        help_text=_("What was done, for whom and what came of it."),
    )
    language = _choice(Language.choices, label=_("Language in which you write"))
    kind = _choice(Kind.choices, label=_("Kind"), help_text=_("A practice has results that were measured."))
    challenge_areas = forms.MultipleChoiceField(
        label=_("Challenge areas"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _NOT_A_CHOICE},
    )
    primary_area = _choice([], label=_("Primary area"), help_text=_("The area under which it is listed first."))
    topics = forms.MultipleChoiceField(
        label=_("Topics"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _NOT_A_CHOICE},
    )
    sdg_targets = TargetsField(label=_("SDG targets"), help_text=_("Codes separated by commas, for example 3.2, 6.a."))
    further_countries = CountriesField(
        label=_("Also carried out in"), help_text=_("One country per line, by name or by code of three letters.")
    )
    partner_countries = CountriesField(
        label=_("Partner countries"), help_text=_("Countries that supported it. One per line.")
    )
    places = LineField(label=_("Places"), help_text=_("Regions, districts or towns."))
    setting = LineField(label=_("Setting"), help_text=_("For example: rural schools, refugee camps."))
    start_year = YearField(label=_("First year"))
    end_year = YearField(label=_("Last year"), help_text=_("Leave it empty while the work goes on."))
    scale = _choice(Scale.choices, blank=_("Not said yet"), label=_("Scale"))
    scale_note = LineField(label=_("Note on the scale"), help_text=_("For example: 84 of 210 schools."))

    def __init__(self, *args, words=None, **kwargs):
        super().__init__(*args, **kwargs)
        words = words or Vocabulary()
        areas = [(area.slug, area.name) for area in words.areas]
        topics = {}
        for topic in words.topics:
            topics.setdefault(topic.area_id, []).append((topic.slug, topic.name))
        self.fields["challenge_areas"].choices = areas
        self.fields["primary_area"].choices = [("", _("The first one that is marked")), *areas]
        self.fields["topics"].choices = [(name, topics[slug]) for slug, name in areas if slug in topics]
        self.initial["primary_area"] = next(iter(self.stored["challenge_areas"]), "")
        self.fields["sdg_targets"].known = words.targets
        for name in ("further_countries", "partner_countries"):
            self.fields[name].countries = words.countries

    @property
    def topics_by_area(self):
        """[(name of the area, its tick boxes)]"""
        boxes = {box.data["value"]: box for box in self["topics"].subwidgets}
        return [(name, [boxes[slug] for slug, _name in topics]) for name, topics in self.fields["topics"].choices]

    def clean_challenge_areas(self):
        return self._in_stored_order("challenge_areas")

    def clean_topics(self):
        return self._in_stored_order("topics")

    def _in_stored_order(self, name):
        """Ticks come in the order of the page: what was chosen before keeps its place, so nothing seems changed."""
        chosen = self.cleaned_data[name]
        return [
            *(key for key in self.stored[name] if key in chosen),
            *(key for key in chosen if key not in self.stored[name]),
        ]

    def clean_language(self):
        return self._or_stored("language")

    def clean_kind(self):
        return self._or_stored("kind")

    def clean_further_countries(self):
        codes = self.cleaned_data["further_countries"]
        if self.submission.country_id in codes:
            raise forms.ValidationError(
                gettext("%(country)s leads this case study already. Name other countries only.")
                % {"country": self.fields["further_countries"].countries[self.submission.country_id].name}
            )
        return codes

    def clean_partner_countries(self):
        codes, fields = self.cleaned_data["partner_countries"], self.fields["partner_countries"]
        for code in codes:
            if code == self.submission.country_id or code in self.cleaned_data.get("further_countries", ()):
                raise forms.ValidationError(
                    gettext(
                        "%(country)s is named already. A country has one part only: take it out of one of the lists."
                    )
                    % {"country": fields.countries[code].name}
                )
        return codes

    def clean(self):
        values = super().clean()
        if "challenge_areas" in values and "primary_area" in values:
            primary = [values["primary_area"]] if values["primary_area"] else []
            values["challenge_areas"] = list(dict.fromkeys([*primary, *values["challenge_areas"]]))
        first, last = values.get("start_year"), values.get("end_year")
        if first and last and last < first:
            self.add_error(
                "end_year",
                gettext("The last year, %(last)d, is before the first year, %(first)d. Write the same or a later year.")
                % {"last": last, "first": first},
            )
        return values


class ChallengeForm(StepForm):
    step = "challenge"
    challenge = PassageField(
        label=_("The problem"),
        rows=8,
        help_text=_("How large it was, for which children, and why it had not been solved."),
    )
    objectives = PassageField(label=_("What you wanted to reach"), rows=4)
    beneficiary_groups = LinesField(label=_("Whom it serves"), help_text=_("One group per line."))
    beneficiaries_count = CountField(label=_("People reached"), help_text=_("A whole number, for example 12500."))
    beneficiaries_note = PassageField(label=_("People reached by age, sex and disability"), rows=3)
    lead_institutions = LinesField(
        label=_("Institutions that lead it"), help_text=_("One name per line, for example: Ministry of Health.")
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # A name that is still being typed would become an organisation.
        self.fields["lead_institutions"].widget.attrs["data-autosave-whole"] = True


class ApproachForm(StepForm):
    step = "approach"
    approach = PassageField(
        label=_("What was done"), rows=12, help_text=_("Step by step, so that somebody else could do the same.")
    )


class ResultsForm(StepForm):
    step = "results"
    results_narrative = PassageField(
        label=_("What changed"), rows=8, help_text=_("In words: for whom, by how much, compared with what.")
    )
    evaluation_type = _choice(
        EvaluationType.choices,
        label=_("How were these figures collected?"),
        help_text=_("This sets the evidence level that readers see."),
    )
    evaluation_note = PassageField(label=_("Note on the evaluation"), rows=3)

    def clean_evaluation_type(self):
        return self._or_stored("evaluation_type")


class LessonsForm(StepForm):
    step = "lessons"
    enabling_conditions = PassageField(label=_("What helped"), rows=5, help_text=_("Laws, budgets, people, timing."))
    constraints = PassageField(label=_("What stood in the way"), rows=5)
    what_did_not_work = PassageField(
        label=_("What did not work"), rows=5, help_text=_("Others learn most from this. It does not count against you.")
    )


class ConditionsForm(StepForm):
    step = "conditions"
    cost_setup = AmountField(label=_("Cost to set it up"))
    cost_yearly = AmountField(label=_("Cost per year"))
    cost_currency = LineField(
        label=_("Currency"),
        help_text=_("Its code of three letters, for example USD or KES."),
        validators=[
            RegexValidator(
                r"^[A-Za-z]{3}\Z", _("Write the code of the currency, three letters, for example USD or KES.")
            )
        ],
    )
    cost_year = YearField(label=_("Year of the cost"))
    cost_note = LineField(label=_("Note on the cost"))
    funding = PassageField(label=_("Who pays"), rows=3)
    equity = PassageField(
        label=_("Equity and safeguarding"), rows=4, help_text=_("Who is left out, and how children are kept safe.")
    )
    sustainability = PassageField(label=_("How it goes on"), rows=4)
    replication_keep = PassageField(label=_("What must stay the same"), rows=4)
    replication_change = PassageField(label=_("What another country may change"), rows=4)
    replication_preconditions = PassageField(label=_("What has to be there first"), rows=4)
    replication_support = PassageField(label=_("Support that you offer"), rows=3)
    learnt_from = PassageField(label=_("From whom you learnt"), rows=2)
    shared_with = PassageField(label=_("With whom you shared it"), rows=2)

    def clean_cost_currency(self):
        return self.cleaned_data["cost_currency"].upper()


class ClosingForm(StepForm):
    step = "closing"
    contact_name = LineField(label=_("Person to ask"))
    contact_organisation = LineField(label=_("Their organisation"))
    contact_email = forms.EmailField(
        label=_("Their e-mail address"),
        required=False,
        max_length=254,
        help_text=_("Best an address of the office, which outlasts a change of staff."),
        error_messages={"invalid": _("This is not an e-mail address. One looks like name@example.org.")},
    )
    consent_statement = PassageField(
        label=_("Consent"), rows=4, help_text=_("How people who are described or shown agreed to it.")
    )
    has_clearance = forms.BooleanField(
        label=_("My government has cleared this text for publication under the licence CC BY 4.0."), required=False
    )
    different_because = PassageField(
        label=_("How it differs from similar case studies"),
        rows=3,
        help_text=_("Needed when the portal shows similar ones."),
    )
    change_note = PassageField(
        label=_("What this update changes"),
        rows=3,
        help_text=_("Readers see it in the history of the practice."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # The limit is checked and told, but neither announced nor enforced by cutting what is pasted.
        self.fields["contact_email"].max_length = None
        self.fields["contact_email"].widget.attrs.pop("maxlength", None)
        if not self.submission.is_update:
            del self.fields["change_note"]
        else:
            self.fields["change_note"].needed_to_send = True


STEP_FORMS = {
    form.step: form
    for form in (BasicsForm, ChallengeForm, ApproachForm, ResultsForm, LessonsForm, ConditionsForm, ClosingForm)
}
