"""The curators' queue: what waits for whom and for how long, narrowed as one likes, and how it has been doing."""

import datetime
import statistics
from dataclasses import dataclass

from django.db.models import Count, OuterRef, Prefetch, Q, Subquery
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from countries.models import Country
from countries.names import by_name
from practices import permissions
from practices.enums import FIRST_ANSWER_DAYS, WITH_CURATORS, EventKind, SubmissionStatus
from practices.models import Review, Submission, SubmissionEvent

S = SubmissionStatus
PAGE_SIZE = 25
FIGURES_DAYS = 30
_HANDED_IN = (EventKind.SUBMITTED, EventKind.ANSWERED)
_ANSWERS = (EventKind.CHANGES_REQUESTED, EventKind.PUBLISHED, EventKind.DECLINED)


def tab_labels():
    return {
        "mine": _("Mine"),
        "unassigned": _("Unassigned"),
        "in-review": _("In review"),
        "third-reader": _("Third reader wanted"),
        "with-country": _("With the country"),
        "decided": _("Decided"),
    }


def _tab(name, user):
    return {
        "mine": Q(status=S.IN_REVIEW) & (Q(holder=user) | Q(pk__in=user.reviews.values("submission"))),
        "unassigned": Q(status=S.SUBMITTED),
        "in-review": Q(status=S.IN_REVIEW),
        "third-reader": Q(wants_third_reader=True, status=S.IN_REVIEW),
        "with-country": Q(status=S.CHANGES_REQUESTED),
        "decided": Q(status__in=[S.PUBLISHED, S.DECLINED]),
    }[name]


def in_scope(rows, user):
    """Those of ``rows`` that lie in the areas and regions that ``user`` curates; all of them without such a limit."""
    scope = Q(pk__in=[])
    for membership in user.memberships.of_curators():
        one = Q()
        if membership.areas:
            one &= Q(version__area_rows__area__slug__in=membership.areas)
        if membership.regions:
            one &= Q(country__unicef_region__in=membership.regions)
        scope |= one
        if not (membership.areas or membership.regions):
            return rows
    return rows.filter(pk__in=Submission.objects.filter(scope).values("pk"))


@dataclass(frozen=True)
class Asked:
    """What a curator narrows the queue to; empty values leave it as wide as it is.

    ``words`` of the title or the country's name; ``area`` a slug, ``language`` a code, ``country`` an ISO3 code,
    ``check`` one of the values of Check, "found" for any of them or "none"; ``is_overdue``: past the promise;
    ``everywhere``: beyond the areas and regions that the curator is there for.
    """

    words: str = ""
    area: str = ""
    language: str = ""
    country: str = ""
    check: str = ""
    is_overdue: bool = False
    everywhere: bool = False


def _narrowed(rows, user, asked):
    if not asked.everywhere:
        rows = in_scope(rows, user)
    if asked.words:
        own = {f"country__names__{get_language()}__icontains": asked.words}
        named = Q(country__names__en__icontains=asked.words) | Q(**own)
        rows = rows.filter(Q(version__title__icontains=asked.words) | named)
    if asked.area:
        rows = rows.filter(pk__in=Submission.objects.filter(version__area_rows__area__slug=asked.area).values("pk"))
    if asked.language:
        rows = rows.filter(version__language=asked.language)
    if asked.country:
        rows = rows.filter(country=asked.country)
    if asked.check == "none":
        rows = rows.filter(checks=[])
    elif asked.check == "found":
        rows = rows.filter(checks__len__gt=0)
    elif asked.check:
        rows = rows.filter(checks__contains=[asked.check])
    return rows.filter(_overdue()) if asked.is_overdue else rows


def _overdue():
    """With the curators for longer than they promised."""
    since = timezone.now() - datetime.timedelta(days=FIRST_ANSWER_DAYS)
    return Q(status__in=WITH_CURATORS, submitted_at__lt=since)


@dataclass(frozen=True)
class Page:
    """One page of the queue: its Submissions, {tab: count} of the whole, how many are overdue, and where it stands.

    Each row has ``own_review``: the review of the reader, or None; ``named_holder``: who has it, for those who are
    told. ``query`` is the QueryDict of the address.
    """

    rows: list
    counts: dict
    overdue_count: int
    page: int
    pages_count: int
    query: QueryDict

    def query_with(self, **changes):
        """The query string with ``changes`` (name=value), on page one."""
        query = self.query.copy()
        query.pop("page", None)
        for name, value in changes.items():
            query[name] = value
        return query.urlencode()

    def page_query(self, number):
        """The query string of page ``number``."""
        return self.query_with(page=number)


def page_of(user, asked, *, tab, page, query):
    """The Page ``page`` (from 1; beyond the end: the last) of ``tab`` for ``user``, the longest waiting first.

    The counts take one statement, whatever the tab.
    """
    rows = _narrowed(Submission.objects.visible_to(user), user, asked)
    labels = tab_labels()
    counts = rows.aggregate(
        overdue=Count("pk", filter=_overdue()),
        **{name.replace("-", "_"): Count("pk", filter=_tab(name, user)) for name in labels},
    )
    overdue_count = counts["overdue"]
    counts = {name: counts[name.replace("-", "_")] for name in labels}
    pages_count = max(1, -(-counts[tab] // PAGE_SIZE))
    page = min(page, pages_count)
    order = ["-decided_at", "-pk"] if tab == "decided" else ["submitted_at", "pk"]
    own = Prefetch("reviews", queryset=Review.objects.filter(reviewer=user), to_attr="own_reviews")
    shown = rows.filter(_tab(tab, user)).order_by(*order).for_lists().prefetch_related(own, "coauthors")
    shown = list(shown[(page - 1) * PAGE_SIZE : page * PAGE_SIZE])
    for row in shown:
        row.own_review = row.own_reviews[0] if row.own_reviews else None
        row.named_holder = row.holder if row.holder and permissions.sees_holder(user, row) else None
    return Page(shown, counts, overdue_count, page, pages_count, query)


def countries_of(user):
    """The countries of which ``user`` could find something in the queue, by name."""
    visible = Submission.objects.visible_to(user).order_by().values("country")
    return by_name(Country.objects.filter(pk__in=visible))


@dataclass(frozen=True)
class Figures:
    """How the queue did in the last FIGURES_DAYS days; None where nothing was answered or decided.

    ``answer_days``: median days from handing in to the answer; ``rounds``: how often a published case study was handed
    in, on average; ``published_percent`` of what was decided; ``published_count``.
    """

    answer_days: float | None
    rounds: float | None
    published_percent: int | None
    published_count: int


def figures(now=None):
    """The Figures of all curators together, in three statements however long the queue is."""
    since = (now or timezone.now()) - datetime.timedelta(days=FIGURES_DAYS)
    handed_in = SubmissionEvent.objects.filter(submission=OuterRef("submission"), kind__in=_HANDED_IN)
    last = handed_in.filter(at__lte=OuterRef("at")).order_by("-at").values("at")[:1]
    answers = SubmissionEvent.objects.filter(kind__in=_ANSWERS, at__gte=since).annotate(handed_in_at=Subquery(last))
    days = [
        (at - handed_in_at).total_seconds() / 86400
        for at, handed_in_at in answers.order_by().values_list("at", "handed_in_at")
        if handed_in_at
    ]
    decided = Submission.objects.filter(decided_at__gte=since, status__in=[S.PUBLISHED, S.DECLINED])
    counts = decided.aggregate(all=Count("pk"), published=Count("pk", filter=Q(status=S.PUBLISHED)))
    rounds = SubmissionEvent.objects.filter(
        kind__in=_HANDED_IN, submission__in=decided.filter(status=S.PUBLISHED).values("pk")
    ).count()
    return Figures(
        answer_days=statistics.median(days) if days else None,
        rounds=rounds / counts["published"] if counts["published"] else None,
        published_percent=round(100 * counts["published"] / counts["all"]) if counts["all"] else None,
        published_count=counts["published"],
    )
