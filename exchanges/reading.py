"""What everybody may read of an offer, a need or an exchange, for pages and API alike, in a fixed number of queries."""

from django.db.models import Prefetch, Sum

from exchanges.enums import EventKind
from exchanges.models import Activity, Contribution, Document, Exchange, FollowUp, Project
from exchanges.querysets import live_adoptions

# What of its history everybody reads; who did it and what they wrote is for those concerned.
TOLD_OF_ASSISTANCE = (
    EventKind.OPENED,
    EventKind.PAUSED,
    EventKind.RESUMED,
    EventKind.JOINED,
    EventKind.MATCHED,
    EventKind.REOPENED,
    EventKind.CLOSED,
    EventKind.EXPIRED,
    EventKind.WITHDRAWN,
)
TOLD_OF_EXCHANGES = (
    EventKind.PROPOSED,
    EventKind.AGREED,
    EventKind.AMENDED,
    EventKind.PREPARING,
    EventKind.STARTED,
    EventKind.REPORTING,
    EventKind.CLOSED,
    EventKind.FOLLOWED_UP,
    EventKind.CANCELLED,
    EventKind.RECORDED,
)


def history(row):
    """The events of an offer, need or exchange as everybody reads them, the oldest first: what happened and when."""
    kinds = TOLD_OF_EXCHANGES if isinstance(row, Exchange) else TOLD_OF_ASSISTANCE
    return row.events.filter(kind__in=kinds).order_by("at", "pk")


def in_full(exchanges):
    """``exchanges`` (a queryset) with what hangs on each, and nothing that is for its parties.

    Activities say how many took part; ``public_documents``, ``public_adoptions``, ``public_projects``,
    ``public_contributions`` and ``follow_ups_done`` are lists.
    """
    people = {f"{sex}_count": Sum(f"attendance__{sex}_count") for sex in ("women", "men", "unspecified")}
    return (
        exchanges.for_cards()
        .select_related("need__country")
        .prefetch_related(
            "topics",
            "milestone_rows",
            Prefetch("activity_rows", Activity.objects.select_related("country").annotate(**people)),
            Prefetch(
                "document_rows",
                Document.objects.filter(is_public=True).openable().select_related("file"),
                "public_documents",
            ),
            Prefetch("followup_rows", FollowUp.objects.filter(done_at__isnull=False), "follow_ups_done"),
            Prefetch("adoptions", live_adoptions(), "public_adoptions"),
            Prefetch("projects", Project.objects.live().select_related("fund"), "public_projects"),
            Prefetch(
                "contributions",
                Contribution.objects.live().select_related("country", "organisation"),
                "public_contributions",
            ),
        )
    )


def with_exchanges(needs):
    """``needs`` with the public exchanges that came of each in ``public_exchanges``."""
    return needs.prefetch_related(Prefetch("exchanges", Exchange.objects.live().order_by("code"), "public_exchanges"))
