"""Countries, indicators and their figures as the API gives them."""

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from countries.enums import AREAS, Better, IncomeGroup, SimilarityFactor, Trend, UnicefRegion, Unit


class Group(TextChoices):
    """Groups of countries that one may ask for; the value is the end of the column's name."""

    LDC = "ldc", "least developed countries"
    LLDC = "lldc", "landlocked developing countries"
    SIDS = "sids", "small island developing states"
    G77 = "g77", "Group of 77"
    GLOBAL_SOUTH = "global_south", "global South"


def country_row(country, url):
    """``country`` as a dict; ``url``: the absolute address of its page."""
    return {
        "iso3": country.iso3,
        "iso2": country.iso2,
        "m49": country.m49,
        "name": country.name,
        "names": country.names,
        "un_region": country.un_region,
        "un_subregion": country.un_subregion,
        "unicef_region": country.unicef_region,
        "income_group": country.income_group,
        "is_ldc": country.is_ldc,
        "is_lldc": country.is_lldc,
        "is_sids": country.is_sids,
        "is_g77": country.is_g77,
        "is_global_south": country.is_global_south,
        "capital": {
            "name": country.capital_name,
            "latitude": country.capital_latitude,
            "longitude": country.capital_longitude,
        },
        "official_languages": country.official_languages,
        "url": url,
    }


def point(latitude, longitude):
    """A GeoJSON point of degrees, or None where one of them is not known."""
    if latitude is None or longitude is None:
        return None
    return {"type": "Point", "coordinates": [longitude, latitude]}


def country_feature(row):
    """The ``row`` of a country as a GeoJSON feature."""
    return {
        "type": "Feature",
        "id": row["iso3"],
        "geometry": point(row["capital"]["latitude"], row["capital"]["longitude"]),
        "properties": row | {"position": _("Capital of the country")},
    }


def country_thing(row):
    """The ``row`` of a country in the words of schema.org."""
    return {"@type": "Country", "@id": row["url"], "name": row["name"], "identifier": row["iso3"], "url": row["url"]}


class NamesSerializer(serializers.Serializer):
    """A name in the five languages of the portal."""

    en = serializers.CharField()
    fr = serializers.CharField()
    es = serializers.CharField()
    pt = serializers.CharField()
    ar = serializers.CharField()


class CapitalSerializer(serializers.Serializer):
    name = serializers.CharField(help_text="Empty where there is none.")
    latitude = serializers.FloatField(allow_null=True, help_text="Degrees.")
    longitude = serializers.FloatField(allow_null=True, help_text="Degrees.")


class LatestFigureSerializer(serializers.Serializer):
    """The latest figure of a country, as its source gives it."""

    indicator = serializers.CharField(help_text="Code, see `/indicators/`.")
    year = serializers.IntegerField()
    value = serializers.FloatField(help_text="In the unit of the indicator.")
    source = serializers.CharField()


class CountrySerializer(serializers.Serializer):
    """A country as the United Nations names it, with the groups that it belongs to."""

    iso3 = serializers.RegexField(r"^[A-Z]{3}$", help_text="ISO 3166-1 alpha-3.")
    iso2 = serializers.RegexField(r"^[A-Z]{2}$", help_text="ISO 3166-1 alpha-2.")
    m49 = serializers.RegexField(r"^[0-9]{3}$", help_text="UN M49.")
    name = serializers.CharField(help_text="In the language asked for.")
    names = NamesSerializer()
    un_region = serializers.CharField()
    un_subregion = serializers.CharField()
    unicef_region = serializers.ChoiceField(
        ["", *UnicefRegion.values], help_text="UNICEF programme region; empty without a programme."
    )
    income_group = serializers.ChoiceField(
        ["", *IncomeGroup.values], help_text="World Bank income group; empty where not classified."
    )
    is_ldc = serializers.BooleanField(help_text="Least developed country.")
    is_lldc = serializers.BooleanField(help_text="Landlocked developing country.")
    is_sids = serializers.BooleanField(help_text="Small island developing state.")
    is_g77 = serializers.BooleanField(help_text="Member of the Group of 77.")
    is_global_south = serializers.BooleanField(
        help_text="In the Group of 77 or in a developing region of UNCTAD's classification."
    )
    capital = CapitalSerializer()
    official_languages = serializers.ListField(child=serializers.CharField(), help_text="Language codes.")
    url = serializers.URLField(help_text="The country's page.")
    indicators = LatestFigureSerializer(
        many=True,
        required=False,
        help_text="With `expand=indicators`: the latest figure of each one that is known.",
    )


def similar_row(similar, url):
    """A ``countries.similarity.Similar`` as a dict; ``url``: the absolute address of the country's page."""
    return {
        "country": similar.country.iso3,
        "name": similar.country.name,
        "score": similar.score,
        "confidence": similar.confidence,
        "reasons": [
            {
                "factor": reason.factor.value,
                "text": reason.text,
                "contribution": reason.contribution,
                "is_known": reason.is_known,
            }
            for reason in similar.reasons
        ],
        "url": url,
    }


class ReasonSerializer(serializers.Serializer):
    factor = serializers.ChoiceField(SimilarityFactor.values)
    text = serializers.CharField(help_text="A sentence in the language asked for.")
    contribution = serializers.FloatField(help_text="What it adds to the score.")
    is_known = serializers.BooleanField(help_text="False where the sentence tells what is missing, which adds nothing.")


class SimilarSerializer(serializers.Serializer):
    """A country in a similar position."""

    country = serializers.RegexField(r"^[A-Z]{3}$", help_text="ISO 3166-1 alpha-3.")
    name = serializers.CharField(help_text="In the language asked for.")
    score = serializers.FloatField(min_value=0, max_value=1, help_text="The sum of the contributions.")
    confidence = serializers.FloatField(
        min_value=0,
        max_value=1,
        help_text="The part of the comparison that rests on something known of both countries.",
    )
    reasons = ReasonSerializer(many=True, help_text="What counts most comes first; each factor has at least one.")
    url = serializers.URLField(help_text="The country's page.")


@extend_schema_serializer(many=False)
class SimilarListSerializer(serializers.Serializer):
    count = serializers.IntegerField(help_text="Countries compared.")
    results = SimilarSerializer(many=True)


def indicator_row(indicator, counts):
    """``indicator`` as a dict; ``counts``: {code: {countries_count, first_year, last_year}}."""
    none = {"countries_count": 0, "first_year": None, "last_year": None}
    return {
        "code": indicator.code,
        "name": indicator.name,
        "names": indicator.names,
        "area": indicator.area,
        "unit": indicator.unit,
        "unit_name": indicator.unit_name,
        "better": indicator.better,
        "is_comparable_over_time": indicator.is_comparable_over_time,
        "sdg": indicator.sdg,
        "source": indicator.source,
        "licence": indicator.licence,
        "note": indicator.note,
        **counts.get(indicator.code, none),
    }


def indicator_thing(row, address):
    """The ``row`` of an indicator in the words of schema.org; ``address``: absolute, where the API has it."""
    return {
        "@type": "StatisticalVariable",
        "@id": address,
        "identifier": row["code"],
        "name": row["name"],
        "measurementQualifier": row["unit_name"],
        "description": row["note"],
    }


class IndicatorSerializer(serializers.Serializer):
    """What is measured: in which unit, which direction is better, and who publishes it."""

    code = serializers.RegexField(r"^[a-z][a-z0-9_]*$")
    name = serializers.CharField(help_text="In the language asked for.")
    names = NamesSerializer()
    area = serializers.ChoiceField(AREAS, help_text="Slug of the challenge area.")
    unit = serializers.ChoiceField(Unit.values)
    unit_name = serializers.CharField(help_text="What follows a figure, in the language asked for.")
    better = serializers.ChoiceField(Better.values)
    is_comparable_over_time = serializers.BooleanField(
        help_text="False where figures jump from year to year, so that no trend is read into them."
    )
    sdg = serializers.CharField(help_text="Code of the SDG indicator or target.")
    source = serializers.CharField(help_text="Who publishes the figures that come with the portal.")
    licence = serializers.CharField()
    note = serializers.CharField(help_text="In English.")
    countries_count = serializers.IntegerField(help_text="Countries with a figure.")
    first_year = serializers.IntegerField(allow_null=True)
    last_year = serializers.IntegerField(allow_null=True)


def value_row(figure):
    """An IndicatorValue as a dict."""
    return {"country": figure.country_id, "year": figure.year, "value": figure.value, "source": figure.source}


class ValueSerializer(serializers.Serializer):
    """One figure, as its source gives it."""

    country = serializers.RegexField(r"^[A-Z]{3}$", help_text="ISO 3166-1 alpha-3.")
    year = serializers.IntegerField()
    value = serializers.FloatField(help_text="In the unit of the indicator.")
    source = serializers.CharField()


class IndicatorDetailSerializer(IndicatorSerializer):
    values = ValueSerializer(many=True, help_text="The latest figure of each country. All of them: `…/values/`.")


def line_row(line):
    """A ``countries.trends.Line`` as a dict."""
    comparison = line.comparison
    return {
        "indicator": line.indicator.code,
        "name": line.indicator.name,
        "area": line.indicator.area,
        "unit": line.indicator.unit,
        "unit_name": line.indicator.unit_name,
        "better": line.indicator.better,
        "first": line.first and line.first._asdict(),
        "latest": line.latest and line.latest._asdict(),
        "source": line.source,
        "trend": line.trend.value if line.trend else None,
        "trend_text": line.trend_text,
        "comparison": comparison
        and {
            "income_group": comparison.income_group.value,
            "better_percent": comparison.share_percent,
            "countries_count": comparison.countries_count,
            "text": comparison.text,
        },
        "gap": line.gap_text,
        "points": [point._asdict() for point in line.points],
    }


LINE_COLUMNS = {
    **{
        name: (lambda row, name=name: row[name])
        for name in ("indicator", "name", "area", "unit", "unit_name", "better")
    },
    **{
        f"{name}_{part}": (lambda row, name=name, part=part: row[name] and row[name][part])
        for name in ("first", "latest")
        for part in ("year", "value")
    },
    **{name: (lambda row, name=name: row[name]) for name in ("source", "trend")},
    "comparison": lambda row: row["comparison"] and row["comparison"]["text"],
    "gap": lambda row: row["gap"],
    "points": lambda row: [f"{point['year']}: {point['value']}" for point in row["points"]],
}


class PointSerializer(serializers.Serializer):
    year = serializers.IntegerField()
    value = serializers.FloatField()


class ComparisonSerializer(serializers.Serializer):
    income_group = serializers.ChoiceField(IncomeGroup.values)
    better_percent = serializers.IntegerField(help_text="How many of the others have a worse figure, in percent.")
    countries_count = serializers.IntegerField(help_text="The others of the income group that have a figure.")
    text = serializers.CharField(help_text="In the language asked for.")


class LineSerializer(serializers.Serializer):
    """One indicator of one country: its figures and what they say."""

    indicator = serializers.CharField(help_text="Code, see `/indicators/`.")
    name = serializers.CharField(help_text="In the language asked for.")
    area = serializers.ChoiceField(AREAS, help_text="Slug of the challenge area.")
    unit = serializers.ChoiceField(Unit.values)
    unit_name = serializers.CharField(help_text="What follows a figure, in the language asked for.")
    better = serializers.ChoiceField(Better.values)
    first = PointSerializer(allow_null=True)
    latest = PointSerializer(allow_null=True)
    source = serializers.CharField(help_text="Of the latest figure.")
    trend = serializers.ChoiceField(Trend.values, allow_null=True, help_text="From the first to the latest figure.")
    trend_text = serializers.CharField(help_text="The trend in a word, or why there is none.")
    comparison = ComparisonSerializer(allow_null=True, help_text="With others of its World Bank income group.")
    gap = serializers.CharField(help_text="What is missing, in words; empty when nothing is.")
    points = PointSerializer(many=True, help_text="All figures, the oldest first; nothing is filled in between.")
