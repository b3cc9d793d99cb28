"""What exchanges add to the API: (prefix, viewset, basename)."""

from exchanges.api.assistance import MatchViewSet, OwnNeedViewSet, OwnOfferViewSet
from exchanges.api.resources import routes as resources
from exchanges.api.viewsets import ExchangeViewSet, NeedViewSet, OfferViewSet

routes = [
    ("exchanges", ExchangeViewSet, "exchange"),
    ("offers", OfferViewSet, "offer"),
    ("needs", NeedViewSet, "need"),
    ("assistance/offers", OwnOfferViewSet, "own-offer"),
    ("assistance/needs", OwnNeedViewSet, "own-need"),
    ("assistance/matches", MatchViewSet, "match"),
    *resources,
]
