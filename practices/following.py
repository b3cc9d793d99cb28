"""Lists for whoever keeps a copy: what changed since a position, and the whole list in steps that stay whole while
rows come and go.
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


@dataclass(frozen=True)
class Changed:
    """One row that changed: ``card`` where it answers the query, else what became of it in ``gone``."""

    at: datetime.datetime
    card: object = None
    gone: dict | None = None


@dataclass(frozen=True)
class Step:
    """Some rows of a list (Changed, or cards in a walk), how many there are in all, the position from which to follow
    afterwards, and the cursor of the next step, None at the end.
    """

    rows: list
    count: int
    as_of: datetime.datetime
    cursor: str | None


class Followed:
    """A listing as ``changed`` and ``walked`` ask for it.

    Subclasses say ``positions`` (the model of its changes) and ``columns`` (what ``tell`` needs of each). All but the
    first two attributes are asked in the view of the database in which the step is made.
    """

    positions = PublicChange
    columns = ()

    def __init__(self, listing):
        self.listing, self.page_size = listing, listing.page_size

    def begin(self):
        """Find out anew what the listing holds, in another view of the database."""

    def tell(self, found):
        """[Changed] for ``found``: rows of ``positions`` as (changed_at, *columns)."""
        raise NotImplementedError

    def count(self):
        """How many rows the listing has."""
        raise NotImplementedError

    def after(self, place, limit):
        """At most ``limit`` rows that stand behind ``place`` (since when it is public, key; None: the beginning) when
        the newest come first: [(since when, key, card)]. Neither ever changes.
        """
        raise NotImplementedError


def changed(followed, *, since, cursor):
    """The step of changes after ``since``, in their order, that ``cursor`` (BEGIN or that of the step before) leads to.

    A change that the listing does not hold is told as gone: nobody knows what the reader has. Every row stands at its
    last change alone, so that one which changes meanwhile comes again, later. ``as_of``: following from there goes
    on after this step. Raises ValueError for a cursor that is not one of changes.
    """
    after = since if cursor == BEGIN else _moment(_read(cursor, "changes", 1)[0])
    positions, size = followed.positions, followed.page_size
    with snapshot():
        followed.begin()
        rows = positions.objects.filter(changed_at__gt=after).order_by("changed_at")
        found = list(rows.values_list("changed_at", *followed.columns)[: size + 1])
        has_more = len(found) > size
        found = found[:size]
        return Step(
            rows=followed.tell(found) if found else [],
            count=positions.objects.filter(changed_at__gt=since).count(),
            as_of=found[-1][0] if has_more else changes.last_position(positions),
            cursor=_cursor("changes", _micros(found[-1][0])) if has_more else None,
        )


def walked(followed, *, cursor):
    """The step of the listing, newest first, that ``cursor`` leads to.

    Whoever takes all steps gets every row that is in the list all along, once. ``as_of`` is that of the first step.
    Raises ValueError for a cursor that is not one of a walk.
    """
    begins = cursor == BEGIN
    first, public_since, last = (None, None, None) if begins else _read(cursor, "walk", 3)
    with snapshot():
        followed.begin()
        as_of = changes.last_position(followed.positions) if begins else _moment(first)
        found = followed.after(None if begins else (_moment(public_since), last), followed.page_size + 1)
        has_more = len(found) > followed.page_size
        found = found[: followed.page_size]
        place = (_micros(as_of), _micros(found[-1][0]), found[-1][1]) if has_more else None
        return Step(
            rows=[card for _since, _key, card in found],
            count=followed.count(),
            as_of=as_of,
            cursor=_cursor("walk", *place) if place else None,
        )


def behind(rows, place, *, since, key):
    """Those of ``rows`` that stand behind ``place``, the newest first; ``since`` and ``key``: names of columns."""
    rows = rows.order_by(f"-{since}", f"-{key}")
    if place is None:
        return rows
    at, last = place
    return rows.filter(**{f"{since}__lte": at}).exclude(Q(**{since: at}) & Q(**{f"{key}__gte": last}))


class FollowedPractices(Followed):
    columns = (
        "practice__reference",
        "practice__slug",
        "practice__status",
        "practice__retraction_reason",
        "practice__merged_into__reference",
        "practice__index__ordinal",
        Cast("practice__index__document", TextField()),
    )

    def begin(self):
        self.listing.filter.forget()

    def tell(self, found):
        chosen = self.listing.filter.chosen.bits()
        return [self._changed(row, chosen) for row in found]

    def _changed(self, row, chosen):
        at, reference, slug, status, reason, merged_into, ordinal, document = row
        if ordinal is not None and ordinal in chosen:
            return Changed(at, card=self._card(document))
        why = {"status": "unmatched", "reason": "", "merged_into": None}
        if status == PracticeStatus.RETRACTED:
            why |= {"status": "retracted", "reason": reason}
        elif merged_into:
            why |= {"status": "merged", "merged_into": merged_into}
        return Changed(at, gone={"reference": reference, "slug": slug, "gone": True} | why)

    def count(self):
        return len(self.listing.filter.chosen.bits())

    def after(self, place, limit):
        rows = behind(self.listing.filter.rows(), place, since="published_at", key="practice_id")
        found = rows.values_list("published_at", "practice_id", Cast("document", TextField()))[:limit]
        return [(at, key, self._card(document)) for at, key, document in found]

    def _card(self, document):
        return Card.read(document, self.listing.filter.names, self.listing.language)


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
