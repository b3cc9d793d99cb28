"""What an officer's workspace shows: what waits for whom, where everything stands, who acts next and by when."""

from dataclasses import dataclass

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _

from practices import permissions
from practices.enums import SubmissionStatus, Thread
from practices.forms import ROW_KINDS
from practices.models import AdoptionProposal, Practice, Submission
from practices.steps import STEPS

S = SubmissionStatus
# Tab → the statuses that it holds.
TABS = {
    "drafts": (S.DRAFT, S.ENDORSEMENT),
    "with-curators": (S.SUBMITTED, S.IN_REVIEW),
    "changes-requested": (S.CHANGES_REQUESTED,),
    "published": (S.PUBLISHED,),
    "closed": (S.DECLINED, S.WITHDRAWN),
}
_MARKS = {
    S.DRAFT: ("pencil", ""),
    S.ENDORSEMENT: ("flag", "info"),
    S.SUBMITTED: ("clock", "info"),
    S.IN_REVIEW: ("eye", "info"),
    S.CHANGES_REQUESTED: ("message-square", "warn"),
    S.PUBLISHED: ("check", "ok"),
    S.DECLINED: ("circle-x", "danger"),
    S.WITHDRAWN: ("x", ""),
}
SHOWN = 100
PAGE_SIZE = 30
# So many practices whose review is due stand under “Waiting for you”; the list below has all of them.
DUE_SHOWN = 3


@dataclass(frozen=True)
class Line:
    """One case study in a list: its mark, where it stands in a sentence, and the one thing to do next."""

    submission: Submission
    icon: str
    tone: str
    whereabouts: str
    action: str
    url: str
    is_waiting: bool

    @property
    def area(self):
        rows = list(self.submission.version.area_rows.all())
        return rows[0].area if rows else None


def tab_labels():
    return {
        "all": _("All"),
        "drafts": _("Drafts"),
        "with-curators": _("With curators"),
        "changes-requested": _("Changes requested"),
        "published": _("Published"),
        "closed": _("Closed"),
    }


def whereabouts(submission):
    """Where ``submission`` is, who acts next and by when: one sentence."""
    due = formats.date_format(submission.answer_due_at, "DATE_FORMAT") if submission.answer_due_at else ""
    return {
        S.DRAFT: _("Being written. The authors send it when it is complete."),
        S.ENDORSEMENT: _("With the focal point of the country, who endorses it or sends it back."),
        S.SUBMITTED: _("Waiting for a curator. The first answer is promised by %(date)s.") % {"date": due},
        S.IN_REVIEW: _("A curator is reading it. The answer is promised by %(date)s.") % {"date": due},
        S.CHANGES_REQUESTED: _("Back with the authors, who answer each request and send it again."),
        S.PUBLISHED: _("Everybody can read it."),
        S.DECLINED: _("The curators did not publish it; their letter says why."),
        S.WITHDRAWN: _("Taken back. Nobody acts on it any more."),
    }[S(submission.status)]


def line(submission, user):
    """The Line of ``submission`` for ``user``; causes no query for a row of ``submissions_of``."""
    icon, tone = _MARKS[S(submission.status)]
    mine = permissions.may_edit(user, submission)
    endorses = permissions.may_endorse(user, submission)
    page = submission.get_absolute_url()
    action, url, waits = _("Read it"), page, False
    if submission.status == S.DRAFT and mine:
        url = reverse("workspace:step", args=[submission.pk, "basics"])
        action, waits = _("Continue"), submission.lead_id == user.pk
    elif submission.status == S.CHANGES_REQUESTED and mine:
        action, waits = _("Answer the requests"), True
    elif submission.status == S.ENDORSEMENT and endorses:
        action, waits = _("Endorse"), True
    return Line(submission, icon, tone, whereabouts(submission), action, url, waits)


def requests(submission):
    """What the curators asked for, as sent: ChangeRequests with ``step_url``, where it is changed."""
    rows = list(submission.change_requests.sent())
    for row in rows:
        step = next((step for step in STEPS if row.field in {step.slug, *step.fields}), STEPS[0])
        place = f"#{row.field}-0" if row.field in ROW_KINDS else f"#id_{row.field}" if row.field in step.fields else ""
        row.step_url = reverse("workspace:step", args=[submission.pk, step.slug]) + place
    return rows


def conversation(submission):
    """The shared thread; curators are not named to the country."""
    rows = list(submission.remarks.filter(thread=Thread.SHARED).select_related("author"))
    own = permissions.people_of_country(submission)
    for row in rows:
        row.author_label = row.author.name if row.author_id in own else _("A curator")
    return rows


def history(submission):
    """What happened, the latest first: [{event, who}]; curators are named where they agreed to it."""
    own = permissions.people_of_country(submission)
    return [
        {"event": row, "who": row.actor.name if row.is_actor_named or row.actor_id in own else _("The curators")}
        for row in submission.events.select_related("actor").order_by("-at", "-pk")
    ]


def submissions_of(user):
    """What ``user`` works with: everything of their countries, and what they write for others, the latest first."""
    rows = Submission.objects.for_lists().prefetch_related("coauthors")
    own = Q(lead=user) | Q(pk__in=user.coauthored_submissions.values("pk"))
    if user.is_officer:
        own |= Q(country__in=user.country_codes)
    return rows.filter(own).order_by("-updated_at", "-pk")


def tab_counts(user):
    """{tab: how many case studies of ``user`` it holds}, in one statement."""
    counts = submissions_of(user).order_by().values_list("status").annotate(Count("pk"))
    by_status = dict(counts)
    return {name: sum(by_status.get(status, 0) for status in TABS.get(name, by_status)) for name in tab_labels()}


def waiting_for(user):
    """[Line] of what ``user`` has to act on, the longest untouched first."""
    rows = submissions_of(user).filter(status__in=[S.DRAFT, S.CHANGES_REQUESTED, S.ENDORSEMENT]).order_by("updated_at")
    return [found for found in (line(row, user) for row in rows) if found.is_waiting][:SHOWN]


@dataclass(frozen=True)
class Offer:
    """One thing that a reader could do with a published practice: a link with its icon."""

    label: str
    url: str
    icon: str


def offers(user, practice, version):
    """[Offer] for ``user``, who reads ``version`` of ``practice``; empty for whoever only reads."""
    if not user.is_authenticated:
        return []
    found = []
    new, retract = reverse("workspace:new"), reverse("review:retract", args=[practice.slug])
    if permissions.may_propose_change(user, practice):
        if version.pk != practice.live_id:
            address = f"{new}?update={practice.slug}&version={version.number}"
            found.append(Offer(_("Start a change from this version"), address, "history"))
        else:
            found.append(Offer(_("Propose a change"), f"{new}?update={practice.slug}", "pencil"))
    elif user.is_officer or user.is_partner:
        found.append(
            Offer(_("Adapt it: begin your own case study with this text"), f"{new}?from={practice.slug}", "copy")
        )
    if user.is_officer and user.countries().exclude(pk=practice.country_id).exists():
        found.append(
            Offer(_("My country uses it too"), f"{reverse('workspace:adopt')}?practice={practice.slug}", "flag")
        )
    if permissions.may_retract(user, practice):
        found.append(Offer(_("Retract it"), retract, "circle-x"))
    return found


def adoptions_of(user):
    """The adoptions that ``user`` proposed, the newest first."""
    rows = AdoptionProposal.objects.filter(proposed_by=user).select_related("practice__live", "country")
    return rows.order_by("-proposed_at")[:SHOWN]


def practices_of(user):
    """The live practices of the countries that ``user`` writes for, those due for a review first."""
    rows = Practice.objects.live().filter(country__in=user.country_codes, merged_into=None).select_related("live")
    return rows.order_by("-is_review_due", "-updated_at")[:SHOWN]
