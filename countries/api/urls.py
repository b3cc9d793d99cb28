"""What the countries add to the API: (prefix, viewset, basename)."""

from countries.api.viewsets import CountryViewSet, IndicatorViewSet

routes = [("countries", CountryViewSet, "country"), ("indicators", IndicatorViewSet, "indicator")]
