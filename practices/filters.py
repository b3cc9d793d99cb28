"""What a list of practices can be narrowed by: one filter class for page, API, feed and exports."""

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from countries.enums import UnicefRegion
from practices import facets
from practices.enums import EvidenceLevel, Kind, Language, Scale
from practices.models import PracticeIndex
from practices.search import QUERY_LIMIT, search

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

_TEXT = Cast("document", TextField())


class KnownValuesField(forms.MultipleChoiceField):
    """Several values out of a known set; an unknown one is named, and what would be right is said."""

    def validate(self, value):
        for one in value:
            if not self.valid_value(one):
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


class _FacetFilter(KnownValuesFilter):
    """Any of several known values of the facet that is called like the parameter."""

    def filter(self, selection, value):
        if value:
            selection.any_of(self.field_name, **{self.field_name: value})
        return selection


def _values(label, **kwargs):
    return _FacetFilter(label=label, **kwargs)


class QueryField(forms.CharField):
    """Words to search for."""

    def __init__(self, **kwargs):
        super().__init__(max_length=QUERY_LIMIT, strip=True, **kwargs)


class QueryFilter(django_filters.Filter):
    field_class = QueryField


class PracticeFilter(django_filters.FilterSet):
    """Narrows and orders practices. Several values of one parameter mean *or*, different parameters *and*.

    Its filters write down what is chosen in a ``facets.Selection``; bit strings say which practices that are.
    """

    q = QueryFilter(label=_("Words"), method="unchanged")
    area = _values(_("Challenge area"))
    country = _values(_("Country"))
    region = _values(_("Region"), choices=UnicefRegion.choices)
    sdg = KnownValuesFilter(label=_("Sustainable Development Goal"), method="contributing_to")
    topic = KnownValuesFilter(label=_("Topic"), method="about")
    evidence = _values(_("Evidence"), choices=[(str(value), label) for value, label in EvidenceLevel.choices])
    scale = _values(_("Scale"), choices=Scale.choices)
    kind = _values(_("Kind"), choices=Kind.choices)
    language = _values(_("Available in"), choices=Language.choices)
    year_from = django_filters.NumberFilter(
        label=_("Running in or after"),
        method="running_from",
        min_value=EARLIEST_YEAR,
        max_value=LATEST_YEAR,
    )
    year_to = django_filters.NumberFilter(
        label=_("Running in or before"), method="running_to", min_value=EARLIEST_YEAR, max_value=LATEST_YEAR
    )
    partner_country = _values(_("Partner country"))
    ordering = django_filters.ChoiceFilter(label=_("Sort by"), choices=list(ORDERINGS.items()), method="unchanged")

    class Meta:
        model = PracticeIndex
        fields = []

    def __init__(self, data, *, names, language):
        """``data``: a QueryDict; ``names``: practices.names.Names; ``language``: who asks (favoured in the ranking)."""
        super().__init__(data, queryset=PracticeIndex.objects.none())
        self.names, self.language = names, language
        self._search = self._chosen = None
        countries = [(code, country.name) for code, country in names.countries.items()]
        choices = {
            "area": [(slug, area.name) for slug, area in names.areas.items()],
            "country": countries,
            "partner_country": countries,
            "topic": [(slug, topic.name) for slug, topic in names.topics.items()],
            "sdg": [(str(number), goal.name) for number, goal in names.goals.items()]
            + [(code, code) for code in names.targets],
        }
        for name, known in choices.items():
            self.form.fields[name].choices = known

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
            selection = facets.Selection()
            for name, value in self.form.cleaned_data.items():
                selection = self.filters[name].filter(selection, value)
            self._chosen = facets.Chosen(selection, self.search.hits if self.search else None)
        return self._chosen

    def forget(self):
        """Find out anew, in another view of the database: an ordinal may have gone to another practice since."""
        self._search = self._chosen = None

    def rows(self):
        """The PracticeIndex rows under all parameters."""
        return facets.rows_of(self.chosen.bits()) if self.chosen.is_narrowed else PracticeIndex.objects.all()

    def page(self, *, start, size):
        """The index rows of one page, in order, as [(practice id, ordinal, document)]."""
        columns = ("practice_id", "ordinal", "document")
        if self.chosen_ordering != "relevance":
            return list(
                self.rows().order_by(*_COLUMNS[self.chosen_ordering]).values_list(*columns)[start : start + size]
            )
        wanted = self.search.best(self.chosen.bits(), start=start, size=size)
        found = {row[1]: row for row in PracticeIndex.objects.filter(ordinal__in=wanted).values_list(*columns)}
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

    def about(self, selection, name, value):
        """Of any of the topics; a topic that was merged stands for the one it became."""
        current = {(self.names.topics[slug].merged_into or self.names.topics[slug]).slug for slug in value}
        if value:
            selection.any_of(name, topic=sorted(current))
        return selection

    def contributing_to(self, selection, name, value):
        if value:
            targets = [code for code in value if "." in code]
            selection.any_of(name, sdg=[code for code in value if "." not in code], target=targets)
        return selection

    def running_from(self, selection, name, value):
        """Running in that span: not over before it began."""
        if value is not None:
            selection.not_over_before(name, int(value))
        return selection

    def running_to(self, selection, name, value):
        if value is not None:
            selection.begun_by(name, int(value))
        return selection

    def unchanged(self, selection, name, value):
        return selection
