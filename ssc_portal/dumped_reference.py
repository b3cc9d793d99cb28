"""What the nightly files hold besides what countries wrote: countries with their figures, challenge areas, topics and
SDG targets.
"""

from itertools import groupby

from countries.api.serializers import country_row, value_row
from countries.models import Country, Indicator, IndicatorValue
from practices import facets
from practices.api.reference_rows import area_row, target_row, topic_row
from practices.api.serializers import Addresses
from practices.models import ChallengeArea, SdgTarget, Topic

READ_AT_ONCE = 2000


def countries():
    """Yield each country as the API gives it, with ``series``: all figures of each indicator that is known of it,
    beside whose they are and under which licence.
    """
    known, absolute = _indicators(), Addresses().absolute
    by_country = groupby(_figures(), key=lambda figure: figure.country_id)
    code, found = next(by_country, (None, ()))
    for country in Country.objects.order_by("pk").iterator(READ_AT_ONCE):
        series = []
        if country.pk == code:
            series = [_series(known[one], rows) for one, rows in groupby(found, key=lambda row: row.indicator_id)]
            code, found = next(by_country, (None, ()))
        yield country_row(country, absolute(country.get_absolute_url())) | {"series": series}


def figures():
    """Yield each figure of a country in a row of its own."""
    known = _indicators()
    for figure in _figures():
        row, indicator = value_row(figure), known[figure.indicator_id]
        about = {"indicator": indicator.code, "name": indicator.name, "unit": indicator.unit}
        yield {"country": row.pop("country")} | about | row | {"licence": indicator.licence}


def areas():
    counts, absolute = facets.counts(["area"])["area"], Addresses().absolute
    return [area_row(area, counts, absolute) for area in ChallengeArea.objects.all()]


def topics():
    counts = facets.counts(["topic"])["topic"]
    return [topic_row(topic, counts) for topic in Topic.objects.current()]


def targets():
    counts = facets.counts(["target"])["target"]
    return [target_row(target, counts) for target in SdgTarget.objects.select_related("goal")]


def _indicators():
    return {indicator.code: indicator for indicator in Indicator.objects.all()}


def _figures():
    rows = IndicatorValue.objects.order_by("country_id", "indicator__position", "indicator_id", "year")
    return rows.iterator(READ_AT_ONCE)


def _series(indicator, figures):
    about = {"indicator": indicator.code, "name": indicator.name, "unit": indicator.unit}
    values = [{"year": row.year, "value": row.value, "source": row.source} for row in figures]
    return about | {"source": indicator.source, "licence": indicator.licence, "values": values}
