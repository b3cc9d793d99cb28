"""The API door to countries."""

from django.db.models import Q

from countries.api.documentation import describe_reference, path_parameter
from countries.api.parameters import Parameter
from countries.api.reading import ReferenceViewSet
from countries.api.renderers import CsvRenderer, GeoJsonRenderer, JsonLdRenderer, JsonRenderer
from countries.api.serializers import CountrySerializer, Group, country_feature, country_row, country_thing
from countries.enums import IncomeGroup, UnicefRegion
from countries.models import Country


class CountryViewSet(ReferenceViewSet):
    """Countries and the groups that they belong to."""

    queryset = Country.objects
    lookup_field = "iso3"
    file_name = "countries"
    members = tuple(CountrySerializer().fields)
    list_renderers = [JsonRenderer, CsvRenderer, GeoJsonRenderer, JsonLdRenderer]
    filters = {
        Parameter(
            "region",
            "UNICEF region; several mean *or*.",
            tuple(UnicefRegion.values),
            many=True,
            example="ESA",
        ): "unicef_region__in",
        Parameter(
            "income_group",
            "World Bank income group; several mean *or*.",
            tuple(IncomeGroup.values),
            many=True,
            example="LI",
        ): "income_group__in",
        Parameter(
            "group",
            "Member of: " + ", ".join(f"`{group.value}` {group.label}" for group in Group) + "; several mean *or*.",
            tuple(Group.values),
            many=True,
            example="sids",
        ): "group",
    }
    get_feature = staticmethod(country_feature)
    get_thing = staticmethod(country_thing)

    def get_row(self, country, counts):
        return country_row(country, self.request.build_absolute_uri(country.get_absolute_url()))

    def get_key(self, text):
        return text.upper()

    def narrow(self, rows, lookup, values):
        if lookup != "group":
            return super().narrow(rows, lookup, values)
        member = Q()
        for value in values:
            member |= Q(**{f"is_{value}": True})
        return rows.filter(member)


describe_reference(
    CountryViewSet,
    one="a country",
    many="countries",
    tag="countries",
    serializer=CountrySerializer,
    about="The countries by ISO code. How many practices each has: `facets.country` of `/practices/?facets=1`.",
    key=path_parameter("iso3", "ISO 3166-1 alpha-3 code.", "KEN", "^[A-Za-z]{3}$"),
)
