"""The parameters of lists of practices, described for the API reference; ``practices.filters`` gives them meaning."""

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
from countries.enums import UnicefRegion
from practices.api.following import CURSOR, MODIFIED_SINCE
from practices.enums import EvidenceLevel, Kind, Language, Scale
from practices.filters import EARLIEST_YEAR, LATEST_YEAR, ORDERINGS
from practices.search import QUERY_LIMIT

AREAS = ("newborn-health", "nutrition", "wash", "climate", "emergencies", "learning")
GOALS = tuple(str(number) for number in range(1, 18))
FACETS = Parameter(
    "facets",
    "`1` adds `facets`: for each value of each filter, how many practices it would leave under all the other filters.",
    ("0", "1"),
    example="1",
)


def _many(name, description, values=(), example=None):
    return Parameter(name, f"{description} Several mean *or*.", tuple(values), many=True, example=example)


# Their values are checked by PracticeFilter, which knows the countries and topics that there are.
FILTERS = [
    Parameter(
        "q",
        f'Words to search for in all five languages, at most {QUERY_LIMIT} characters. `"a phrase"`, `or` and `-word` '
        "work. When nothing holds the words, words spelt like them are searched.",
        example="kangaroo mother care",
    ),
    _many("area", "Challenge area.", AREAS, "nutrition"),
    _many("country", "Country in which it is led or carried out, ISO 3166-1 alpha-3.", example="COL"),
    _many("region", "UNICEF programme region of such a country.", UnicefRegion.values, "LAC"),
    _many("sdg", "Sustainable Development Goal (`3`) or target (`3.2`).", example="3.2"),
    _many("topic", "Topic, by its slug from `/topics/`.", example="breastfeeding"),
    _many("evidence", "Level of evidence, exactly.", [str(value) for value in EvidenceLevel.values], "4"),
    _many("scale", "How far it reached.", Scale.values, "national"),
    _many("kind", "What sort of knowledge it is.", Kind.values, "practice"),
    _many("language", "Language in which it can be read.", Language.values, "es"),
    Parameter("year_from", "Running in or after this year.", (), EARLIEST_YEAR, LATEST_YEAR, example=2010),
    Parameter("year_to", "Running in or before this year.", (), EARLIEST_YEAR, LATEST_YEAR, example=2024),
    _many("partner_country", "Country that took part as a partner, ISO 3166-1 alpha-3.", example="VNM"),
    Parameter(
        "ordering",
        "Order of the list. By default `relevance` where there are words in `q`, else `-published_at`.",
        tuple(ORDERINGS),
        example="-evidence",
    ),
]


def list_parameters(members, parts, expandable, formats):
    """(what PracticeFilter and paging check, what the API itself checks) for lists with rows of ``members``.

    ``parts``: dotted paths into these and into what is ``expandable``.
    """
    shape = [fields_parameter(members, parts), expand_parameter(expandable)]
    own = [MODIFIED_SINCE, CURSOR, FACETS, *shape, LANG, format_parameter(formats), BOM]
    return [*FILTERS, PAGE, PAGE_SIZE], own
