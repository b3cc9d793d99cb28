"""What exchanges add to the API: (prefix, viewset, basename)."""

from exchanges.api.resources import routes as resources
from exchanges.api.viewsets import ExchangeViewSet, NeedViewSet, OfferViewSet

routes = [
    ("exchanges", ExchangeViewSet, "exchange"),
    ("offers", OfferViewSet, "offer"),
    ("needs", NeedViewSet, "need"),
    *resources,
]
