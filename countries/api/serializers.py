"""A country as the API gives it."""

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from rest_framework import serializers

from countries.enums import IncomeGroup, UnicefRegion


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
