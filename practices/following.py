"""Lists for whoever keeps a copy: what changed since a position, and the whole list in steps that stay whole while
practices come and go.
"""

import binascii
import datetime
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

import orjson
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from practices import changes
from practices.cards import Card
from practices.enums import PracticeStatus
from practices.listing import snapshot
from practices.models import PublicChange

BEGIN = "*"
_COLUMNS = (
    "changed_at",
    "practice__reference",
    "practice__slug",
    "practice__status",
    "practice__retraction_reason",
    "practice__merged_into__reference",
    "practice__index__ordinal",
    Cast("practice__index__document", TextField()),
)


@dataclass(frozen=True)
class Changed:
    """One practice that changed: ``card`` where it answers the query, else what became of it in ``gone``."""

    at: datetime.datetime
    card: Card | None = None
    gone: dict | None = None


@dataclass(frozen=True)
class Step:
    """Some rows of a list (Changed, or Card in a walk), how many there are in all, the position from which to follow
    afterwards, and the cursor of the next step, None at the end.
    """

    rows: list
    count: int
    as_of: datetime.datetime
    cursor: str | None


def changed(listing, *, since, cursor):
    """The step of changes after ``since``, in their order, that ``cursor`` (BEGIN or that of the step before) leads to.

    A change that ``listing`` does not hold is told as gone: nobody knows what the reader has. Every practice stands at
    its last change alone, so that one which changes meanwhile comes again, later. ``as_of``: following from there goes
    on after this step. Raises ValueError for a cursor that is not one of changes.
    """
    after = since if cursor == BEGIN else _moment(_read(cursor, "changes", 1)[0])
    with snapshot():
        listing.filter.forget()
        rows = PublicChange.objects.filter(changed_at__gt=after).order_by("changed_at").values_list(*_COLUMNS)
        found = list(rows[: listing.page_size + 1])
        has_more = len(found) > listing.page_size
        found = found[: listing.page_size]
        chosen = listing.filter.chosen.bits() if found else None
        return Step(
            rows=[_changed(row, chosen, listing) for row in found],
            count=PublicChange.objects.filter(changed_at__gt=since).count(),
            as_of=found[-1][0] if has_more else changes.last_position(),
            cursor=_cursor("changes", _micros(found[-1][0])) if has_more else None,
        )


def _changed(row, chosen, listing):
    at, reference, slug, status, reason, merged_into, ordinal, document = row
    if ordinal is not None and ordinal in chosen:
        return Changed(at, card=Card.read(document, listing.filter.names, listing.language))
    why = {"status": "unmatched", "reason": "", "merged_into": None}
    if status == PracticeStatus.RETRACTED:
        why |= {"status": "retracted", "reason": reason}
    elif merged_into:
        why |= {"status": "merged", "merged_into": merged_into}
    return Changed(at, gone={"reference": reference, "slug": slug, "gone": True} | why)


def walked(listing, *, cursor):
    """The step of ``listing``, newest first, that ``cursor`` leads to.

    When a practice was published and its key never change, so whoever takes all steps gets every practice that is in
    the list all along, once. ``as_of`` is that of the first step. Raises ValueError for a cursor that is not one of
    a walk.
    """
    begins = cursor == BEGIN
    first, published_at, last = (None, None, None) if begins else _read(cursor, "walk", 3)
    with snapshot():
        listing.filter.forget()
        as_of = changes.last_position() if begins else _moment(first)
        rows = listing.filter.rows().order_by("-published_at", "-practice_id")
        if not begins:
            at = _moment(published_at)
            rows = rows.filter(published_at__lte=at).exclude(Q(published_at=at) & Q(practice_id__gte=last))
        columns = ("published_at", "practice_id", Cast("document", TextField()))
        found = list(rows.values_list(*columns)[: listing.page_size + 1])
        has_more = len(found) > listing.page_size
        found = found[: listing.page_size]
        place = (_micros(as_of), _micros(found[-1][0]), found[-1][1]) if has_more else None
        return Step(
            rows=[Card.read(text, listing.filter.names, listing.language) for _at, _pk, text in found],
            count=len(listing.filter.chosen.bits()),
            as_of=as_of,
            cursor=_cursor("walk", *place) if place else None,
        )


# What a cursor holds is nobody's secret; it is written so that nobody builds on it.


def _cursor(kind, *numbers):
    return urlsafe_b64encode(orjson.dumps([kind, *numbers])).decode().rstrip("=")


def _read(cursor, kind, count):
    """The ``count`` numbers in a ``cursor`` of this kind. Raises ValueError."""
    try:
        found = orjson.loads(urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)))
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not a cursor") from error
    if not isinstance(found, list) or len(found) != count + 1 or found[0] != kind:
        raise ValueError("not a cursor of this list")
    if not all(type(number) is int and abs(number) < 2**63 for number in found[1:]):
        raise ValueError("not a cursor")
    return found[1:]


def _micros(moment):
    return (moment - changes.BEGINNING) // datetime.timedelta(microseconds=1)


def _moment(micros):
    try:
        return changes.BEGINNING + datetime.timedelta(microseconds=micros)
    except OverflowError as error:
        raise ValueError("not a moment") from error
