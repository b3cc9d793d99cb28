"""A list of exchanges, offers or needs for one query string: the same rows, order and counts on page and in API."""

from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from countries.enums import UnicefRegion
from countries.names import sort_key
from exchanges.enums import ExchangeForm, Modality
from practices import listing as practices_listing
from practices.enums import Language
from practices.listing import (
    PAGE_SIZE,
    Facet,
    Option,
    PageOutOfRangeError,
    PagingForm,
    UnknownParametersError,
    errors_in,
    snapshot,
)
from practices.names import names as reference_names
from practices.serial import public_serial

# Choices that stand there also when they would leave nothing: there are few, and they say what there could be.
_ALWAYS = {
    "region": UnicefRegion.choices,
    "form": ExchangeForm.choices,
    "modality": Modality.choices,
    "language": Language.choices,
}


@dataclass
class Listing(practices_listing.Listing):
    """What a query string leads to. Make it with ``browse``; ``cards`` holds the rows of the page themselves."""

    NAMED_IN_CHIPS = frozenset(
        {
            "year_from",
            "year_to",
            "partner_country",
            "provider",
            "beneficiary",
            "facilitator",
            "practice",
            "fund",
            "language",
        }
    )

    @property
    def is_fuzzy(self):
        return False

    @cached_property
    def facets(self):
        """The facets with their options. Long ones (countries, topics) only hold values that leave something."""
        names = self.filter.FACETS if self.facet_counts is not None else ()
        return [Facet(name, self.filter.form.fields[name].label, self._options(name)) for name in names]

    def _options(self, name):
        counts, names = self.facet_counts[name], self.filter.names
        chosen = self.filter.form.cleaned_data.get(name) or []
        if name == "area":
            known = [(slug, area.name) for slug, area in names.areas.items()]
        elif name == "status":
            known = [(status.value, status.label) for status in self.filter.STATUSES]
        elif name in _ALWAYS:
            known = _ALWAYS[name]
        else:
            rows = names.topics if name == "topic" else names.countries
            known = [(code, row.name) for code, row in rows.items() if code in counts or code in chosen]
            known.sort(key=lambda pair: sort_key(pair[1]))
        return [Option(value, str(label), counts.get(value, 0), value in chosen) for value, label in known]

    def _labels_of(self, name):
        field = self.filter.form.fields[name]
        return {str(value): str(label) for value, label in getattr(field, "choices", [])}

    @property
    def orderings(self):
        """Choices for sorting: (value, label, is chosen); best match only where there are words."""
        return [
            (value, label, value == self.ordering)
            for value, label in self.filter.ORDERINGS.items()
            if value != "relevance" or self.words
        ]

    def rescues(self):
        """For an empty list: what to drop, and how many rows that would leave, as for practices."""
        return self.relaxed(
            lambda query: browse(type(self.filter), query, reader=self.filter.reader, with_rows=False).count
        )


def for_cards(rows):
    return rows.for_cards()


def browse(
    filter_class, query, *, reader=None, strict=False, extra=(), with_facets=False, with_rows=True, load=for_cards
):
    """Answer ``query`` (a QueryDict) with the rows of ``filter_class`` that ``reader`` (nobody by default) may list.

    ``extra``: parameters that the surface itself understands. ``strict`` (machines): what is unknown raises
    UnknownParametersError, a page too far PageOutOfRangeError; otherwise (people) it is left out with a notice.
    ``load``: function of a queryset, how its rows are loaded. Returns a Listing.
    """
    with snapshot():
        names = reference_names(public_serial())
        data = query.copy()
        row_filter, paging = filter_class(data, names=names, reader=reader), PagingForm(data)
        errors = errors_in(data, row_filter.form, paging, extra)
        if errors and strict:
            raise UnknownParametersError(errors)
        notices = [message for messages in errors.values() for message in messages]
        if errors:
            for name in errors:
                data.pop(name, None)
            row_filter, paging = filter_class(data, names=names, reader=reader), PagingForm(data)
            row_filter.form.full_clean()
            paging.full_clean()
        listing = Listing(
            query=data,
            filter=row_filter,
            language="",
            page=paging.cleaned_data.get("page") or 1,
            page_size=paging.cleaned_data.get("page_size") or PAGE_SIZE,
            notices=notices,
        )
        rows = row_filter.rows()
        listing.count = rows.count()
        if listing.page > listing.pages_count:
            if strict:
                raise PageOutOfRangeError(listing.pages_count)
            notices.append(_("There is no page %(page)d. This is the last one.") % {"page": listing.page})
            listing.page = listing.pages_count
        if with_rows:
            start = (listing.page - 1) * listing.page_size
            listing.cards = list(load(row_filter.ordered(rows))[start : start + listing.page_size])
        if with_facets:
            listing.facet_counts = row_filter.facet_counts()
        return listing
