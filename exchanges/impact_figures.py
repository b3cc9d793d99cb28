"""What sharing adds up to: the definitions behind the figures of the impact page, and how each month ends.

Every figure is counted from rows that anybody may read. The page narrows the same querysets to what a reader asks for;
``write_month`` keeps them as they stand.
"""

import datetime

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from exchanges.enums import UNDER_WAY, ExchangeStatus, FollowUpOutcome, NeedStatus
from exchanges.models import Exchange, FollowUp, ImpactFigure, Need, Offer
from practices.enums import PracticeStatus
from practices.models import Adoption, PracticeIndex
from practices.serial import raise_public_serial

COMPLETED = (ExchangeStatus.CLOSED, ExchangeStatus.FOLLOWED_UP)
# The ways of a need, each a part of the one before.
STEPS = ("opened", "matched", "agreed", "closed", "followed_up", "led_on")
MEASURES = (
    "practices",
    "adoptions",
    "exchanges",
    "exchanges_under_way",
    "exchanges_completed",
    "exchanges_recorded",
    "needs_opened",
    "needs_open",
    "offers_open",
)


def adoptions():
    """Adoptions of live practices. A country that took over a practice counts once: see ``count_pairs``."""
    return Adoption.objects.filter(practice__status=PracticeStatus.LIVE)


def count_pairs(rows):
    """How many pairs of a practice and a country there are among the adoptions ``rows``."""
    return rows.order_by().values("practice_id", "country_id").distinct().count()


def needs_by_step(needs):
    """``needs`` (a queryset) with a truth value for each of STEPS but the first; each step implies the one before.

    Only what anybody may read counts: of exchanges, those that are public. matched: with providers, or an exchange was
    agreed; agreed: an exchange that answers it; closed: one with its lessons; followed_up: one that was looked at again
    afterwards; led_on: one of these led to an adoption or to a practice that is being written up.
    """
    # As sets of needs, each made once, rather than a search for every need.
    exchanges = Exchange.objects.live().filter(need__isnull=False).order_by()
    completed = exchanges.filter(status__in=COMPLETED)
    checked = completed.filter(Exists(FollowUp.objects.filter(exchange=OuterRef("pk"), done_at__isnull=False)))
    written_up = FollowUp.objects.filter(exchange=OuterRef("pk"), outcome=FollowUpOutcome.PRACTICE)
    adopted = Exchange.adoptions.through.objects.filter(exchange=OuterRef("pk"))
    led_on = checked.filter(Exists(written_up) | Exists(adopted))
    return needs.annotate(
        is_agreed=Q(pk__in=exchanges.values("need")),
        is_matched=Q(status=NeedStatus.MATCHED) | Q(is_agreed=True),
        is_closed=Q(pk__in=completed.values("need")),
        is_followed_up=Q(pk__in=checked.values("need")),
        is_led_on=Q(pk__in=led_on.values("need")),
    )


def count_exchanges(exchanges):
    """Among ``exchanges`` (a queryset): {"exchanges", "exchanges_under_way", "…_completed", "…_recorded": number}."""
    return exchanges.order_by().aggregate(
        exchanges=Count("pk"),
        exchanges_under_way=Count("pk", filter=Q(status__in=UNDER_WAY)),
        exchanges_completed=Count("pk", filter=Q(status__in=COMPLETED)),
        exchanges_recorded=Count("pk", filter=Q(status=ExchangeStatus.RECORDED)),
    )


def figures():
    """The figures as they stand now: {measure: whole number} for MEASURES."""
    return {
        "practices": PracticeIndex.objects.count(),
        "adoptions": count_pairs(adoptions()),
        "needs_opened": Need.objects.published().count(),
        "needs_open": Need.objects.live().filter(status=NeedStatus.OPEN).count(),
        "offers_open": Offer.objects.live().count(),
        **count_exchanges(Exchange.objects.live()),
    }


@transaction.atomic
def write_month(today=None):
    """Keep the figures for the month before that of ``today`` (a date, UTC), as they stand now.

    Meant for the first hours of a month. What was written once stays, so it may be called again. Returns the number of
    rows written. Raises nothing.
    """
    today = today or timezone.now().date()
    month = (today.replace(day=1) - datetime.timedelta(days=1)).replace(day=1)
    if ImpactFigure.objects.filter(month=month).exists():
        return 0
    rows = [ImpactFigure(month=month, measure=measure, value=value) for measure, value in figures().items()]
    ImpactFigure.objects.bulk_create(rows, ignore_conflicts=True)
    raise_public_serial()  # the page shows how the months went
    return len(rows)
