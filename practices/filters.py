"""What a list of practices can be narrowed by: one filter class for page, API, feed and exports."""

from copy import deepcopy
from functools import lru_cache

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from countries.enums import UnicefRegion
from practices import facets
from practices.compiled import CompiledRows
from practices.enums import EvidenceLevel, Kind, Language, Scale
from practices.models import PracticeIndex
from practices.search import QUERY_LIMIT, search
from practices.serial import SERIAL

EARLIEST_YEAR, LATEST_YEAR = 1900, 2100
NAMED_IN_ERRORS = 12
ORDERINGS = {
    "relevance": _("Best match"),
    "-published_at": _("Newest first"),
    "title": _("Title, A to Z"),
    "-evidence": _("Strongest evidence"),
    "-adoptions": _("Most adopted"),
}
_COLUMNS = {
    "-published_at": ["-published_at", "-practice_id"],
    "title": ["title_key", "practice_id"],
    "-evidence": ["-evidence", "-published_at", "-practice_id"],
    "-adoptions": ["-adoptions_count", "-published_at", "-practice_id"],
}
# Parameters that are called like the facet whose values they take.
_OF_ONE_FACET = ["area", "country", "region", "evidence", "scale", "kind", "language", "partner_country"]

_TEXT = Cast("document", TextField())
_WITH_SERIAL = f"SELECT page.*, ({SERIAL}) FROM ({{rows}}) AS page"  # noqa: S608 - statements of ours
# PostgreSQL would read the documents of all rows before it puts them in order.
_WITH_DOCUMENTS = f"""
    SELECT practice_id, ordinal,
           (SELECT document::text FROM practices_practiceindex AS one WHERE one.ordinal = page.ordinal), ({SERIAL})
    FROM ({{rows}}) AS page
"""  # noqa: S608 - statements of ours


class KnownValuesField(forms.MultipleChoiceField):
    """Several values out of a known set; an unknown one is named, and what would be right is said.

    ``codes``: the values themselves, where it takes long to name all choices.
    """

    codes = None

    def validate(self, value):
        for one in value:
            if not (one in self.codes if self.codes is not None else self.valid_value(one)):
                known = [str(code) for code, label in self.choices]
                raise ValidationError(
                    _("“%(value)s” is not known here. Known values: %(known)s."),
                    code="unknown_value",
                    params={
                        "value": one[:80],
                        "known": ", ".join(known[:NAMED_IN_ERRORS]) + (" …" if len(known) > NAMED_IN_ERRORS else ""),
                    },
                )


class KnownValuesFilter(django_filters.Filter):
    """Any of several known values in a column (``in``) or in an array column (``overlap``)."""

    field_class = KnownValuesField

    def filter(self, queryset, value):
        return queryset.filter(**{f"{self.field_name}__{self.lookup_expr}": value}) if value else queryset


class QueryField(forms.CharField):
    """Words to search for."""

    def __init__(self, **kwargs):
        super().__init__(max_length=QUERY_LIMIT, strip=True, **kwargs)


class QueryFilter(django_filters.Filter):
    field_class = QueryField


def _values(label, choices=()):
    return KnownValuesField(label=label, choices=choices, required=False)


def _year(label):
    return forms.DecimalField(label=label, min_value=EARLIEST_YEAR, max_value=LATEST_YEAR, required=False)


class _Shared(dict):
    """Fields that no form changes; so none needs a copy, which takes longer than to check what was sent."""

    def __deepcopy__(self, memo):
        return self


def sharing_fields(form_class):
    """``form_class``, all forms of which have the same fields; these say what is clean where nothing was sent."""
    form_class.base_fields = _Shared(form_class.base_fields)
    for field in form_class.base_fields.values():
        field.empty = field.clean(None)
    return form_class


class QueryForm(forms.Form):
    """Parameters of a query string, none of them required. Most queries hold few of them, and to check that the others
    are missing would take most of the time.
    """

    def full_clean(self):
        every = self.fields
        self.fields = {name: field for name, field in every.items() if name in self.data}
        super().full_clean()
        self.fields = every
        self.cleaned_data = {name: field.empty for name, field in every.items()} | self.cleaned_data


class _Parameters(QueryForm):
    """What a query string may say of practices. Choices are functions: few requests need the names of all values."""

    q = QueryField(label=_("Words"), required=False)
    area = _values(_("Challenge area"))
    country = _values(_("Country"))
    region = _values(_("Region"), lambda: UnicefRegion.choices)
    sdg = _values(_("Sustainable Development Goal"))
    topic = _values(_("Topic"))
    evidence = _values(_("Evidence"), lambda: [(str(value), label) for value, label in EvidenceLevel.choices])
    scale = _values(_("Scale"), lambda: Scale.choices)
    kind = _values(_("Kind"), lambda: Kind.choices)
    language = _values(_("Available in"), lambda: Language.choices)
    year_from = _year(_("Running in or after"))
    year_to = _year(_("Running in or before"))
    partner_country = _values(_("Partner country"))
    ordering = forms.ChoiceField(label=_("Sort by"), choices=lambda: list(ORDERINGS.items()), required=False)


@lru_cache(maxsize=2)
def parameters(names):
    """The form of the parameters whose values are codes of ``names``."""
    goals = {str(number): goal for number, goal in names.goals.items()}
    known = {
        "area": (names.areas, lambda: names.labels("areas")),
        "country": (names.countries, lambda: names.labels("countries")),
        "partner_country": (names.countries, lambda: names.labels("countries")),
        "topic": (names.topics, lambda: names.labels("topics")),
        "sdg": (
            goals | names.targets,
            lambda: [(code, goal.name) for code, goal in goals.items()] + [(code, code) for code in names.targets],
        ),
    }
    fields = deepcopy(_Parameters.base_fields)
    for name, (codes, choices) in known.items():
        fields[name].codes, fields[name].choices = codes, choices
    return sharing_fields(type("Parameters", (_Parameters,), fields))


@lru_cache(maxsize=20)
def _pages(ordering, form):
    """The index rows in an order of ``_COLUMNS``, as ``PracticeFilter.page`` gives them: those of a set that is written
    in ``form`` (practices.facets), all without one.

    To write this query takes longer than to answer it.
    """

    columns = _COLUMNS[ordering]
    if not form:  # an index has them in this order
        all_of_them = PracticeIndex.objects.order_by(*columns).values_list("practice_id", "ordinal", _TEXT)
        return CompiledRows(lambda _text: all_of_them, _WITH_SERIAL)
    return CompiledRows(
        lambda text: facets.rows_written(form, text).order_by(*columns).values_list("practice_id", "ordinal"),
        _WITH_DOCUMENTS,
    )


class PracticeFilter:
    """Narrows and orders practices. Several values of one parameter mean *or*, different parameters *and*.

    What is chosen is written down in a ``facets.Selection``; bit strings say which practices that are.
    """

    def __init__(self, data, *, names, language):
        """``data``: a QueryDict; ``names``: practices.names.Names; ``language``: who asks (favoured in the ranking)."""
        self.form = parameters(names)(data)
        self.names, self.language = names, language
        self._search = self._chosen = None

    @property
    def search(self):
        """The search that the words ask for, or None without words."""
        words = self.form.cleaned_data.get("q")
        if words and self._search is None:
            self._search = search(words, self.language)
        return self._search

    @property
    def chosen_ordering(self):
        """The order asked for; best match by default where there are words, else newest first."""
        chosen = self.form.cleaned_data.get("ordering") or ("relevance" if self.search else "-published_at")
        return "-published_at" if chosen == "relevance" and not self.search else chosen

    @property
    def chosen(self):
        """The facets.Chosen that the parameters lead to, words included."""
        if self._chosen is None:
            self._chosen = facets.Chosen(self._selection(), self.search.hits if self.search else None)
        return self._chosen

    def _selection(self):
        chosen = self.form.cleaned_data
        selection = facets.Selection()
        for name in _OF_ONE_FACET:
            if chosen[name]:
                selection.any_of(name, **{name: chosen[name]})
        if chosen["topic"]:
            # A topic that was merged stands for the one that it became.
            topics = [self.names.topics[slug] for slug in chosen["topic"]]
            selection.any_of("topic", topic=sorted({(topic.merged_into or topic).slug for topic in topics}))
        if chosen["sdg"]:
            targets = [code for code in chosen["sdg"] if "." in code]
            selection.any_of("sdg", sdg=[code for code in chosen["sdg"] if "." not in code], target=targets)
        if chosen["year_from"] is not None:
            selection.not_over_before("year_from", int(chosen["year_from"]))
        if chosen["year_to"] is not None:
            selection.begun_by("year_to", int(chosen["year_to"]))
        return selection

    def forget(self):
        """Find out anew, in another view of the database: an ordinal may have gone to another practice since."""
        self._search = self._chosen = None

    def rows(self):
        """The PracticeIndex rows under all parameters."""
        return facets.rows_of(self.chosen.bits()) if self.chosen.is_narrowed else PracticeIndex.objects.all()

    def page(self, *, start, size):
        """The index rows of one page, in order, as [(practice id, ordinal, document as text, the public serial)]."""
        if self.chosen_ordering != "relevance":
            form, text = facets.written(self.chosen.bits()) if self.chosen.is_narrowed else (None, "")
            return _pages(self.chosen_ordering, form).fetch(text, start=start, size=size)
        wanted = self.search.best(self.chosen.bits(), start=start, size=size)
        rows = _pages("-published_at", facets.IsListed).fetch(facets.listed(wanted), start=0, size=size)
        found = {row[1]: row for row in rows}
        return [found[ordinal] for ordinal in wanted]

    def documents(self, batch):
        """Yield the documents of the whole list, in order, as text; ``batch``: how many are read at once."""
        self.forget()
        if self.chosen_ordering != "relevance":
            rows = self.rows().order_by(*_COLUMNS[self.chosen_ordering]).annotate(text=_TEXT)
            yield from rows.values_list("text", flat=True).iterator(chunk_size=batch)
            return
        bits = self.chosen.bits()
        wanted = self.search.best(bits, start=0, size=len(bits))
        for start in range(0, len(wanted), batch):
            some = wanted[start : start + batch]
            rows = PracticeIndex.objects.filter(ordinal__in=some).annotate(text=_TEXT)
            found = dict(rows.values_list("ordinal", "text"))
            yield from (found[ordinal] for ordinal in some)
