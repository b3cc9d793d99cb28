"""What a reader narrows the impact page to, and which rows are left then; one reading for page, API and files."""

from dataclasses import dataclass, field, replace
from functools import cached_property

from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from countries.api.parameters import SHOWN_OF_VALUE, Parameter, clean
from countries.enums import AREAS, UnicefRegion
from exchanges import impact_figures
from exchanges.filters import ExchangeFilter, NeedFilter
from practices.filters import EARLIEST_YEAR, LATEST_YEAR, PracticeFilter
from practices.listing import Chip
from practices.names import Names

PARAMETERS = [
    Parameter("area", "Challenge area; several mean *or*.", AREAS, many=True, example="nutrition"),
    Parameter(
        "country",
        "Country that takes part in any way, ISO 3166-1 alpha-3; several mean *or*.",
        many=True,
        example="COL",
    ),
    Parameter(
        "region",
        "UNICEF programme region of such a country; several mean *or*.",
        tuple(UnicefRegion.values),
        many=True,
        example="LAC",
    ),
    Parameter("year_from", "Running in or after this year.", (), EARLIEST_YEAR, LATEST_YEAR, example=2015),
    Parameter("year_to", "Running in or before this year.", (), EARLIEST_YEAR, LATEST_YEAR, example=2025),
]
LABELS = {
    "year_from": gettext_lazy("Running in or after"),
    "year_to": gettext_lazy("Running in or before"),
}


def parameters_of(names):
    """PARAMETERS with the countries that there are among ``names`` (practices.names.Names)."""
    return [replace(one, values=tuple(names.countries)) if one.name == "country" else one for one in PARAMETERS]


def read_scope(query, *, names, language, extra=()):
    """The Scope that ``query`` (a QueryDict) asks for, and what in it is not understood: (Scope, {name: [messages]}).

    What is not understood narrows nothing. ``extra``: names of parameters that the caller understands itself.
    """
    known = parameters_of(names)
    values, errors = clean(query, known)
    allowed = [*(one.name for one in known), *extra]
    for name in query:
        if name not in allowed:
            errors[name] = [
                _("There is no parameter “%(name)s”. Known parameters: %(known)s.")
                % {"name": name[:SHOWN_OF_VALUE], "known": ", ".join(allowed)}
            ]
    return Scope(names=names, language=language, **values), errors


@dataclass(frozen=True)
class Scope:
    """The chosen values of PARAMETERS: several of one mean *or*, different parameters *and*.

    Each method gives a queryset of rows that anybody may read. A country or region is one that takes part in any way:
    leads, carries out, adopts, asks, gives or receives.
    """

    names: Names = field(compare=False, repr=False)
    language: str
    area: list = field(default_factory=list)
    country: list = field(default_factory=list)
    region: list = field(default_factory=list)
    year_from: int | None = None
    year_to: int | None = None

    def query(self, **changes):
        """The query string of this scope, with ``changes`` ({name: value or values}) put in or, as None, left out."""
        query = QueryDict(mutable=True)
        chosen = {one.name: getattr(self, one.name) for one in PARAMETERS} | changes
        for name, values in chosen.items():
            if values is not None:
                query.setlist(name, [str(one) for one in (values if isinstance(values, (list, tuple)) else [values])])
        return query.urlencode()

    def narrowed_to(self, address, **changes):
        """``address`` with the query of this scope and ``changes``."""
        query = self.query(**changes)
        return f"{address}?{query}" if query else address

    @cached_property
    def chips(self):
        """The chosen values, each as a Chip with the query string that drops it."""
        labels = {
            "area": {slug: area.name for slug, area in self.names.areas.items()},
            "country": {code: country.name for code, country in self.names.countries.items()},
            "region": dict(UnicefRegion.choices),
        }
        chips = [
            Chip(name, value, str(known.get(value, value)), self.query(**{name: [v for v in chosen if v != value]}))
            for name, known in labels.items()
            for chosen in [getattr(self, name)]
            for value in chosen
        ]
        for name, label in LABELS.items():
            value = getattr(self, name)
            if value is not None:
                text = _("%(filter)s: %(value)s") % {"filter": label, "value": value}
                chips.append(Chip(name, str(value), text, self.query(**{name: None})))
        return chips

    @cached_property
    def _practice_filter(self):
        return _checked(PracticeFilter(QueryDict(self.query()), names=self.names, language=self.language))

    @cached_property
    def _exchange_filter(self):
        return _checked(ExchangeFilter(QueryDict(self.query()), names=self.names))

    @cached_property
    def _need_filter(self):
        return _checked(NeedFilter(QueryDict(self.query(status=NeedFilter.STATUSES)), names=self.names))

    def practices(self):
        """PracticeIndex rows: those of the list of practices."""
        return self._practice_filter.rows()

    def exchanges(self):
        """Public exchanges: those of the list of exchanges."""
        return self._exchange_filter.rows()

    def needs(self):
        """Public needs: those of the list of needs, in every state."""
        return self._need_filter.rows()

    def adoptions(self):
        """Adoptions of live practices; a year is that in which the practice was taken over."""
        rows = impact_figures.adoptions()
        if self.area:
            rows = rows.filter(practice__index__areas__overlap=self.area)
        if self.country:
            rows = rows.filter(Q(country__in=self.country) | Q(practice__index__countries__overlap=self.country))
        if self.region:
            rows = rows.filter(
                Q(country__unicef_region__in=self.region) | Q(practice__index__regions__overlap=self.region)
            )
        if self.year_from is not None:
            rows = rows.filter(year__gte=self.year_from)
        if self.year_to is not None:
            rows = rows.filter(year__lte=self.year_to)
        return rows

    def has_country(self, country):
        """Whether ``country`` (a Country) is one that was asked for."""
        return (not self.country or country.iso3 in self.country) and (
            not self.region or country.unicef_region in self.region
        )


def _checked(chosen):
    """The filter ``chosen``, ready to give rows: its values were checked when the scope was read."""
    chosen.form.full_clean()
    return chosen
