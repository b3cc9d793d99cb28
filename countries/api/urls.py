"""What the countries add to the API: (prefix, viewset, basename)."""

from countries.api.viewsets import CountryViewSet

routes = [("countries", CountryViewSet, "country")]
