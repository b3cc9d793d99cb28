"""How many practices each value of each facet would leave, given all the other filters: ``facets(filter)``."""

from django.db.models import Count
from django.db.models.expressions import Func

# parameter → index column; array columns are counted per element.
_ARRAYS = {
    "area": "areas",
    "topic": "topics",
    "country": "countries",
    "region": "regions",
    "sdg": "goals",
    "language": "languages",
}
_COLUMNS = {"evidence": "evidence", "scale": "scale", "kind": "kind"}
NAMES = ["area", "topic", "evidence", "region", "country", "sdg", "scale", "kind", "language"]


class Unnest(Func):
    """One row per element of an array column."""

    function = "unnest"
    set_returning = True


def counts(practice_filter):
    """Count live practices per facet value under ``practice_filter`` (a valid PracticeFilter).

    Returns {facet: {value as text: practices}}; values that would leave nothing are absent. Each facet ignores its own
    selection and respects all others. A practice counts once per value that it has.
    """
    return {name: count(practice_filter.rows(ignoring=name), name) for name in NAMES}


def count(rows, name):
    """Practices per value of one facet among ``rows`` (PracticeIndex): {value as text: practices}."""
    if name in _ARRAYS:
        values = rows.annotate(value=Unnest(_ARRAYS[name])).values_list("value")
    else:
        values = rows.values_list(_COLUMNS[name])
    return {str(value): count for value, count in values.annotate(Count("pk")).order_by() if value not in {"", None}}
