"""What a list of practices can be narrowed by: one filter class for page, API, feed and exports."""

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from countries.enums import UnicefRegion
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


def _codes(field_name, label, **kwargs):
    return KnownValuesFilter(field_name=field_name, lookup_expr="overlap", label=label, **kwargs)


def _words(field_name, label, choices):
    return KnownValuesFilter(field_name=field_name, lookup_expr="in", label=label, choices=choices)


class QueryField(forms.CharField):
    """Words to search for."""

    def __init__(self, **kwargs):
        super().__init__(max_length=QUERY_LIMIT, strip=True, **kwargs)


class QueryFilter(django_filters.Filter):
    field_class = QueryField


class PracticeFilter(django_filters.FilterSet):
    """Narrows and orders PracticeIndex rows. Several values of one parameter mean *or*, different parameters *and*."""

    q = QueryFilter(label=_("Words"), method="matching")
    area = _codes("areas", _("Challenge area"))
    country = _codes("countries", _("Country"))
    region = _codes("regions", _("Region"), choices=UnicefRegion.choices)
    sdg = KnownValuesFilter(label=_("Sustainable Development Goal"), method="contributing_to")
    topic = KnownValuesFilter(label=_("Topic"), method="about")
    evidence = _words("evidence", _("Evidence"), [(str(value), label) for value, label in EvidenceLevel.choices])
    scale = _words("scale", _("Scale"), Scale.choices)
    kind = _words("kind", _("Kind"), Kind.choices)
    language = _codes("languages", _("Available in"), choices=Language.choices)
    year_from = django_filters.NumberFilter(
        label=_("Running in or after"),
        method="running_from",
        min_value=EARLIEST_YEAR,
        max_value=LATEST_YEAR,
    )
    year_to = django_filters.NumberFilter(
        label=_("Running in or before"), method="running_to", min_value=EARLIEST_YEAR, max_value=LATEST_YEAR
    )
    partner_country = _codes("partner_countries", _("Partner country"))
    ordering = django_filters.ChoiceFilter(label=_("Sort by"), choices=list(ORDERINGS.items()), method="unchanged")

    class Meta:
        model = PracticeIndex
        fields = []

    def __init__(self, data, *, names, language):
        """``data``: a QueryDict; ``names``: practices.names.Names; ``language``: who asks (favoured in the ranking)."""
        super().__init__(data, queryset=PracticeIndex.objects.all())
        self.names, self.language = names, language
        self._search = None
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

    def rows(self, *, ignoring=None):
        """Index rows under all parameters, or under all but the one named (a facet ignores its own selection)."""
        rows = self.queryset.all()
        for name, value in self.form.cleaned_data.items():
            if name != ignoring:
                rows = self.filters[name].filter(rows, value)
        return rows

    def ordered(self, rows):
        if self.chosen_ordering == "relevance":
            return rows.annotate(rank=self.search.rank()).order_by("-rank", *_COLUMNS["-published_at"])
        return rows.order_by(*_COLUMNS[self.chosen_ordering])

    def matching(self, rows, name, value):
        return self.search.narrow(rows) if value else rows

    def about(self, rows, name, value):
        """Of any of the topics; a topic that was merged stands for the one it became."""
        current = {(self.names.topics[slug].merged_into or self.names.topics[slug]).slug for slug in value}
        return rows.filter(topics__overlap=sorted(current)) if value else rows

    def contributing_to(self, rows, name, value):
        if not value:
            return rows
        goals = [int(code) for code in value if "." not in code]
        targets = [code for code in value if "." in code]
        return rows.filter(_any_of(goals__overlap=goals, targets__overlap=targets))

    def running_from(self, rows, name, value):
        """Running in that span: not over before it began."""
        return rows.exclude(end_year__lt=value) if value is not None else rows

    def running_to(self, rows, name, value):
        return rows.filter(start_year__lte=value) if value is not None else rows

    def unchanged(self, rows, name, value):
        return rows


def _any_of(**lookups):
    condition = Q(pk__in=[])
    for lookup, values in lookups.items():
        if values:
            condition |= Q(**{lookup: values})
    return condition
