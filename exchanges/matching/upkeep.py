"""Keep the matches of open needs up to date: when something changes, and once a day for what the queue lost."""

import datetime

from django.db.models import F, Max, Q
from django.utils import timezone

from exchanges.enums import MatchOrigin, NeedStatus, OfferStatus
from exchanges.matching.ranking import needs_for, rank_providers
from exchanges.models import Need, Offer
from exchanges.workflow import matches

# The daily run looks again at offers that changed since the run before it, with a day to spare.
_RECENTLY = datetime.timedelta(days=2)
# The needs that are matched again for one offer: a worker's minute at most.
_NEEDS_PER_OFFER = 50


def match_need(need_id):
    """Find and keep who could answer a need. Nothing happens when it is not open (any more)."""
    need = Need.objects.filter(pk=need_id, status=NeedStatus.OPEN).first()
    if need and not need.is_expiring:
        matches.keep(need, rank_providers(need))


def match_offer(offer_id):
    """Match the needs again that an offer could answer, and those that it was matched with before it changed."""
    offer = Offer.objects.filter(pk=offer_id).first()
    if offer is None:
        return
    ids = [found.need.pk for found in needs_for(offer, limit=_NEEDS_PER_OFFER)]
    ids += Need.objects.filter(matches__offer=offer, status=NeedStatus.OPEN).values_list("pk", flat=True)
    for need_id in dict.fromkeys(ids):
        match_need(need_id)


def catch_up():
    """Match what has changed since it was last matched, whatever became of the queue."""
    recent = Offer.objects.filter(status=OfferStatus.OPEN, updated_at__gte=timezone.now() - _RECENTLY)
    for offer_id in recent.order_by("pk").values_list("pk", flat=True):
        match_offer(offer_id)
    for need_id in waiting_needs().order_by("pk").values_list("pk", flat=True):
        match_need(need_id)


def waiting_needs():
    """Open needs that were never matched, whose matches are older than their last change or the last country that
    joined, or that are matched with an offer that is open no more."""
    matched_at = Max("matches__updated_at", filter=Q(matches__origin=MatchOrigin.SYSTEM))
    is_old = Q(matched_at=None) | Q(matched_at__lt=F("updated_at")) | Q(matched_at__lt=F("joined_at"))
    has_lost_offer = Q(matches__offer__isnull=False) & ~Q(matches__offer__status=OfferStatus.OPEN)
    needs = Need.objects.filter(status=NeedStatus.OPEN).annotate(
        matched_at=matched_at,
        joined_at=Max("joined__joined_at"),
        lost_count=Max("matches__pk", filter=has_lost_offer),
    )
    return needs.filter(is_old | Q(lost_count__isnull=False))
