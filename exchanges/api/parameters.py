"""The parameters of lists of exchanges, offers and needs, described for the API reference.

``exchanges.filters`` gives them meaning and checks their values, as it knows the countries and topics that there are.
"""

from countries.api.parameters import (
    BOM,
    LANG,
    PAGE,
    PAGE_SIZE,
    Parameter,
    expand_parameter,
    fields_parameter,
    format_parameter,
)
from countries.enums import AREAS, UnicefRegion
from exchanges.enums import ExchangeForm, Modality
from exchanges.filters import ExchangeFilter, NeedFilter, OfferFilter
from practices.api.following import CURSOR, MODIFIED_SINCE
from practices.enums import Language
from practices.filters import EARLIEST_YEAR, LATEST_YEAR
from practices.search import QUERY_LIMIT

FACETS = Parameter(
    "facets",
    "`1` adds `facets`: for each value of each filter, how many rows it would leave under all the other filters.",
    ("0", "1"),
    example="1",
)
_COUNTRY = "ISO 3166-1 alpha-3."
_COUNTRIES = {
    ExchangeFilter: f"Country that takes part in any role, {_COUNTRY}",
    OfferFilter: f"Country that offers, {_COUNTRY}",
    NeedFilter: f"Country that asks, alone or with others, {_COUNTRY}",
}
_OF_EXCHANGES = {
    "provider": f"Country that provides, {_COUNTRY}",
    "beneficiary": f"Country that benefits, {_COUNTRY}",
    "facilitator": f"Country that facilitates, {_COUNTRY}",
    "partner_country": f"Another country that takes part in any role, {_COUNTRY}",
}


def _many(name, description, values=(), example=None):
    return Parameter(name, f"{description} Several mean *or*.", tuple(values), many=True, example=example)


def _status(filter_class):
    groups = "; ".join(
        f"`{word}` stands for {', '.join(f'`{state.value}`' for state in states)}"
        for word, (_label, states) in filter_class.GROUPS.items()
    )
    default = (
        "" if filter_class.OPEN is None else f" By default {', '.join(f'`{one.value}`' for one in filter_class.OPEN)}."
    )
    values = [value for value, _label in filter_class.status_choices()]
    return _many("status", f"Where it stands; {groups}.{default}", values, values[0])


def _filters(filter_class):
    """The parameters that ``filter_class`` knows, in its order."""
    known = [
        Parameter(
            "q",
            f"Words to search for, at most {QUERY_LIMIT} characters. Each begins a word of the text, or of the name of "
            "a country that takes part; accents do not count.",
            example="midwives",
        ),
        _many("area", "Challenge area.", AREAS, "nutrition"),
        _many("topic", "Topic, by its slug from `/topics/`.", example="breastfeeding"),
        _many("country", _COUNTRIES[filter_class], example="BRA"),
        _many("region", "UNICEF programme region of such a country.", UnicefRegion.values, "LAC"),
        _status(filter_class),
        _many("modality", "Form of assistance.", Modality.values, "study_visit"),
        _many("language", "Working language.", Language.values, "pt"),
        Parameter(
            "year_from", "Running, or possible, in or after this year.", (), EARLIEST_YEAR, LATEST_YEAR, example=2015
        ),
        Parameter(
            "year_to", "Running, or possible, in or before this year.", (), EARLIEST_YEAR, LATEST_YEAR, example=2026
        ),
        Parameter(
            "ordering",
            "Order of the list. By default `relevance` where there are words in `q`, else `-published_at`.",
            tuple(filter_class.ORDERINGS),
            example="title",
        ),
        _many("practice", "Practice that it is about, by its slug.", example="kangaroo-mother-care"),
        _many("fund", "Fund that pays for it, by its slug from `/funds/`.", example="ibsa-fund"),
        _many("form", "Kind of cooperation.", ExchangeForm.values, "triangular"),
        *(_many(name, about, example="MOZ") for name, about in _OF_EXCHANGES.items()),
    ]
    if filter_class is NeedFilter:
        known[-1] = _many("partner_country", f"Country that joined the one that asks, {_COUNTRY}", example="MOZ")
    return [parameter for parameter in known if parameter.name in filter_class.base_filters]


def list_parameters(filter_class, members, parts, expandable, formats):
    """(what the filter class and paging check, what the API itself checks) for lists with rows of ``members``.

    ``parts``: dotted paths into these and into what is ``expandable``.
    """
    shape = [fields_parameter(members, parts), expand_parameter(expandable)]
    own = [MODIFIED_SINCE, CURSOR, FACETS, *shape, LANG, format_parameter(formats), BOM]
    return [*_filters(filter_class), PAGE, PAGE_SIZE], own
