"""A list of practices for one query string: the same rows, order and counts on pages, API, feeds and exports."""

from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from typing import NamedTuple

from django import forms
from django.db import connection, transaction
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from psycopg import IsolationLevel

from countries.enums import UnicefRegion
from practices import facets
from practices.cards import Card
from practices.enums import EvidenceLevel, Kind, Language, Scale
from practices.filters import ORDERINGS, PracticeFilter, QueryForm, parameters, sharing_fields
from practices.names import names as reference_names
from practices.serial import public_serial

PAGE_SIZE = 20
LARGEST_PAGE_SIZE = 100
PAGING = ("page", "page_size")


class UnknownParametersError(Exception):
    """The query string holds something that no list knows. ``errors``: {parameter: [messages]}."""

    def __init__(self, errors):
        super().__init__(errors)
        self.errors = errors


class PageOutOfRangeError(Exception):
    """The page asked for is beyond the last one. ``last``: the last page's number."""

    def __init__(self, last):
        super().__init__(last)
        self.last = last


@sharing_fields
class PagingForm(QueryForm):
    page = forms.IntegerField(min_value=1, max_value=10**9, required=False)
    page_size = forms.IntegerField(min_value=1, max_value=LARGEST_PAGE_SIZE, required=False)


class Option(NamedTuple):
    """One value of a facet: how many practices it would leave, and whether it is chosen."""

    value: str
    label: str
    count: int
    is_selected: bool


@dataclass(frozen=True)
class Facet:
    """One facet: parameter name, heading, options in the order in which they are read."""

    name: str
    label: str
    options: list[Option]

    @property
    def chosen(self):
        return [option for option in self.options if option.is_selected]

    @property
    def others(self):
        return [option for option in self.options if not option.is_selected]


@dataclass(frozen=True)
class Chip:
    """One chosen filter, and the query string without it."""

    name: str
    value: str
    label: str
    query: str


@dataclass
class Listing:
    """What a query string leads to. Make it with ``browse``."""

    # Filters whose values do not say by themselves what they are about.
    NAMED_IN_CHIPS = frozenset({"year_from", "year_to", "partner_country"})
    # Facets of which only values that leave something are shown.
    LONG = frozenset({"topic", "country", "sdg"})

    query: QueryDict
    filter: PracticeFilter
    language: str
    page: int
    page_size: int
    notices: list[str] = field(default_factory=list)
    count: int = 0
    cards: list[Card] = field(default_factory=list)
    # The public serial at which the cards were read, the last of all; 0 without any.
    read_at: int = 0
    facet_counts: dict | None = None

    @property
    def pages_count(self):
        return max(1, -(-self.count // self.page_size))

    @property
    def ordering(self):
        return self.filter.chosen_ordering

    @property
    def words(self):
        return self.filter.form.cleaned_data.get("q") or ""

    @property
    def is_fuzzy(self):
        """Whether words that are nowhere were read as others that are spelt like them."""
        return bool(self.filter.search and self.filter.search.is_fuzzy)

    @property
    def read_as(self):
        """[(word typed, word it was read as)]."""
        return list(self.filter.search.corrections.items()) if self.filter.search else []

    @property
    def is_partial(self):
        """Whether too few practices hold all words, so that those with most of them follow."""
        return bool(self.filter.search and self.count and self.filter.search.is_partial)

    @cached_property
    def facets(self):
        """The facets with their options. Long ones (countries, topics) only hold values that leave something."""
        return [
            Facet(name, str(self.filter.form.fields[name].label), self._options(name))
            for name in (facets.NAMES if self.facet_counts is not None else [])
        ]

    def _options(self, name):
        counts, chosen = self.facet_counts[name], self.filter.form.cleaned_data.get(name) or []
        return [
            Option(value, label, counts.get(value, 0), value in chosen)
            for value, label in _labels(name, self.filter.names, get_language())
            if name not in self.LONG or value in counts or value in chosen
        ]

    @cached_property
    def chips(self):
        """The chosen filters, each with the query string that drops it."""
        chips = []
        for name, bound in self.filter.form.fields.items():
            values = [value for value in self.query.getlist(name) if value]
            if name == "ordering" or not values:
                continue
            labels = self._labels_of(name)
            for value in values:
                label = labels.get(value, value)
                if name in self.NAMED_IN_CHIPS:
                    label = _("%(filter)s: %(value)s") % {"filter": bound.label, "value": label}
                elif name == "q":
                    label = _("“%(words)s”") % {"words": value}
                chips.append(Chip(name, value, label, self.query_with(**{name: (value, None)})))
        return chips

    def _labels_of(self, name):
        """{value: label} of all values that the parameter ``name`` takes; empty where it takes any."""
        return _labels_of(name, self.filter.names, get_language())

    @property
    def orderings(self):
        """Choices for sorting: (value, label, is chosen); best match only where there are words."""
        return [
            (value, str(label), value == self.ordering)
            for value, label in ORDERINGS.items()
            if value != "relevance" or self.words
        ]

    def query_with(self, **changes):
        """The query string with ``name=(old, new)`` replaced, back on page one; None as new drops, as old adds."""
        query = self.query.copy()
        query.pop("page", None)
        for name, (old, new) in changes.items():
            values = [value for value in query.getlist(name) if value != old]
            query.setlist(name, values if new is None else [*values, new])
            if not query.getlist(name):
                query.pop(name, None)
        return query.urlencode()

    @property
    def query_string(self):
        """The query without paging: the address of the whole list in any format."""
        query = self.query.copy()
        for name in (*PAGING, "view"):
            query.pop(name, None)
        return query.urlencode()

    def page_query(self, page):
        return f"{self._without_page}&page={page}" if self._without_page else f"page={page}"

    @cached_property
    def _without_page(self):
        return self.query_with()

    def rescues(self):
        """For an empty list: what to drop, and how many practices that would leave, the least relaxed first.

        One offer per parameter, as a Chip with all its chosen values: dropping one of several values, any of which is
        enough, never finds more. Returns [(Chip, count)], only those that find something.
        """
        return self.relaxed(
            lambda query: browse(query, language=self.language, extra=("view",), with_cards=False).count
        )

    def relaxed(self, count):
        """What ``rescues`` returns; ``count``: function of a QueryDict, how many rows it finds."""
        chosen = {}
        for chip in self.chips:
            chosen.setdefault(chip.name, []).append(chip)
        offers = []
        for name, chips in chosen.items():
            query = self.query.copy()
            for dropped in (name, "page"):
                query.pop(dropped, None)
            found = count(query)
            if found:
                label = ", ".join(str(chip.label) for chip in chips)
                offers.append((Chip(name, chips[0].value, label, query.urlencode()), found))
        return sorted(offers, key=lambda offer: offer[1])

    def by_country(self):
        """How many practices of the whole list are carried out in each country: {iso3: count}."""
        return self.filter.chosen.counts(["country"], under_all=True)["country"]


@lru_cache(maxsize=100)
def _labels(facet, names, language):
    """[(value, label)] of all values of a facet, in the active ``language``, in the order in which they are read."""
    known = {
        "area": lambda: names.labels("areas"),
        "topic": lambda: names.labels("topics"),
        "country": lambda: names.labels("countries"),
        "region": lambda: UnicefRegion.choices,
        "sdg": lambda: [(str(number), f"{number}. {name}") for number, name in names.labels("goals")],
        "evidence": lambda: reversed(EvidenceLevel.choices),
        "scale": lambda: Scale.choices,
        "kind": lambda: Kind.choices,
        "language": lambda: Language.choices,
    }[facet]()
    return [(str(value), str(label)) for value, label in known]


@lru_cache(maxsize=100)
def _labels_of(parameter, names, language):
    """The labels of all values that a parameter takes, in the active ``language``: see ``Listing``."""
    field = parameters(names).base_fields[parameter]
    return {str(value): str(label) for value, label in getattr(field, "choices", [])}


def filled(query):
    """``query`` without fields that were sent empty, as a browser without script sends them: short addresses."""
    filled = QueryDict(mutable=True)
    for name, values in query.lists():
        if any(values):
            filled.setlist(name, [value for value in values if value])
    return filled


@contextmanager
def snapshot():
    """One view of the database for list and counts, so that a publication in between cannot part them."""
    if connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    session = connection.connection
    # Said before the transaction begins, it needs no statement of its own. The driver's own words for a connection that
    # was lost meanwhile become those that the portal answers.
    with connection.wrap_database_errors:
        session.isolation_level, session.read_only = IsolationLevel.REPEATABLE_READ, True
    try:
        with transaction.atomic():
            yield
    finally:
        if not session.closed:
            session.isolation_level = session.read_only = None


def browse(query, *, language, strict=False, extra=(), with_facets=False, with_cards=True, serial=None):
    """Answer ``query`` (a QueryDict) for a reader of ``language``.

    ``extra``: parameters that the surface itself understands (``view``, ``format`` …). ``strict`` (machines): what is
    unknown raises UnknownParametersError, a page too far PageOutOfRangeError; otherwise (people) it is left out with a
    notice. ``serial``: the public serial of a moment ago, where it is known. Returns a Listing whose count, rows and
    facets belong to one state of the portal.

    Nearly always nothing is published meanwhile: then what was read needs no transaction, which takes two statements
    (words are looked for in one anyway).
    """

    read = partial(
        _browse, query, language=language, strict=strict, extra=extra, with_facets=with_facets, with_cards=with_cards
    )
    if not connection.in_atomic_block and not query.get("q"):
        serial = public_serial() if serial is None else serial
        listing = read(serial)
        if (listing.read_at or public_serial()) == serial:
            return listing
    with snapshot():
        return read(public_serial())


def _browse(query, serial, *, language, strict, extra, with_facets, with_cards):
    names = reference_names(serial)
    data = query.copy()
    practice_filter, paging = PracticeFilter(data, names=names, language=language), PagingForm(data)
    errors = errors_in(data, practice_filter.form, paging, extra)
    if errors and strict:
        raise UnknownParametersError(errors)
    notices = [message for messages in errors.values() for message in messages]
    if errors:
        for name in errors:
            data.pop(name, None)
        practice_filter, paging = PracticeFilter(data, names=names, language=language), PagingForm(data)
        practice_filter.form.full_clean()
        paging.full_clean()
    listing = Listing(
        query=data,
        filter=practice_filter,
        language=language,
        page=paging.cleaned_data.get("page") or 1,
        page_size=paging.cleaned_data.get("page_size") or PAGE_SIZE,
        notices=notices,
    )
    listing.count = len(practice_filter.chosen.bits())
    if listing.page > listing.pages_count:
        if strict:
            raise PageOutOfRangeError(listing.pages_count)
        notices.append(_("There is no page %(page)d. This is the last one.") % {"page": listing.page})
        listing.page = listing.pages_count
    if with_facets:
        listing.facet_counts = practice_filter.chosen.counts()
    if with_cards:
        listing.cards, listing.read_at = _cards(listing)
    return listing


def cards(index_rows, *, language, names=None):
    """Cards of the given PracticeIndex rows, in their order; one query, and the names once per serial."""
    names = names or reference_names(public_serial())
    return [Card(document, names, language) for document in index_rows.values_list("document", flat=True)]


def _cards(listing):
    """(the cards of the page, the public serial at which they were read; 0 where there are none)."""
    rows = listing.filter.page(start=(listing.page - 1) * listing.page_size, size=listing.page_size)
    search, names = listing.filter.search, listing.filter.names
    found = search.found([ordinal for _pk, ordinal, _text, _serial in rows]) if search else {}
    cards = [Card.read(text, names, listing.language, found=found.get(pk)) for pk, _ordinal, text, _serial in rows]
    return cards, rows[0][3] if rows else 0


def errors_in(data, form, paging, extra):
    """What in ``data`` neither ``form`` nor ``paging``, both bound to it, understands: {parameter: [messages]}."""
    known = [*form.fields, *PAGING, *extra]
    errors = {}
    for name in data:
        if name not in known:
            errors[name] = [
                _("There is no parameter “%(name)s”. Known parameters: %(known)s.")
                % {"name": name[:80], "known": ", ".join(known)}
            ]
    for bound in (form, paging):
        errors |= {name: [str(message) for message in messages] for name, messages in bound.errors.items()}
    return errors
