"""What a curator reads of a submission, at both doors: what changed, who could help, the letter to begin with."""

from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import gettext as _

from accounts.models import Membership
from practices import content, permissions, scoring, workflow
from practices.differences import changes
from practices.enums import Criterion, RequestStatus, SubmissionStatus, Thread
from practices.models import Review, Submission, Version

S = SubmissionStatus
# A criterion that the letter praises.
STRONG_FROM = 4


def readable_to(user):
    """What curators judge and administrators look into: submissions that were handed in; for others none."""
    if not (user.is_curator or user.is_administrator):
        return Submission.objects.none()
    rows = Submission.objects.visible_to(user).filter(submitted_at__isnull=False)
    return rows.select_related("version", "country", "lead", "holder", "practice")


@dataclass(frozen=True)
class Reading:
    """What one reader may know of a submission beside its text, and what they can do with it now.

    ``moves``: names of workflow moves; ``own``: their Review or None; ``others``: filed Reviews of others;
    ``internal``: the curators' thread, None where it is closed to them; ``shared``: the thread with the country;
    ``score`` 1.0-5.0 of what they see, None before they have filed; ``hindrances``: what stands between it and
    publication; ``letter``: the one to begin with; ``suggestions``: [(curator, [reason])]; ``names_holder``: whether
    they are told who has it.
    """

    user: object
    moves: set
    own: Review | None
    others: list
    reviews_count: int
    requests: object
    internal: object
    shared: object
    history: object
    score: float | None
    hindrances: list
    letter: str
    suggestions: list
    names_holder: bool
    sees_internal: bool
    people_of_country: set

    def called(self, person):
        """``person`` by name or as a curator: reviewers do not know of each other before they have judged for
        themselves; the country is always named."""
        is_known = self.sees_internal or person == self.user or person.pk in self.people_of_country
        return person.name if is_known else _("A curator")


def reading(submission, user, *, own=None):
    """The Reading of ``submission`` for ``user``. ``own``: their review as typed, where that was not saved."""
    own = own or submission.reviews.filter(reviewer=user).first()
    sees_internal = permissions.sees_internal(user, submission)
    moves = workflow.moves(submission, user)
    requests = submission.change_requests.sent()
    if "review" in moves:
        requests |= submission.change_requests.filter(author=user)
    others = others_reviews(submission, user)
    has_filed = bool(own and own.filed_at)
    seen = [*others, *([own] if has_filed else [])]
    kept_letter = submission.letter_draft if "keep_letter" in moves else ""
    remarks = submission.remarks.select_related("author")
    return Reading(
        user=user,
        moves=moves,
        own=own,
        others=others,
        reviews_count=submission.reviews.filter(filed_at__isnull=False).count(),
        requests=requests,
        internal=remarks.filter(thread=Thread.INTERNAL) if sees_internal else None,
        shared=remarks.filter(thread=Thread.SHARED),
        history=submission.events.select_related("actor").order_by("-at", "-pk"),
        score=scoring.score(seen) if has_filed else None,
        hindrances=workflow.hindrances(submission) if "publish" in moves else [],
        letter=kept_letter or drafted_letter(requests, seen),
        suggestions=suggestions(submission) if "reassign" in moves else [],
        names_holder=permissions.sees_holder(user, submission),
        sees_internal=sees_internal,
        people_of_country=permissions.people_of_country(submission),
    )


def changes_since_last_review(submission):
    """[Change] since the version that the curators last read, or since the one that an update began with; else None."""
    snapshots = list(submission.snapshots.order_by("-number")[:2])
    if len(snapshots) == 2:
        version = Version.objects.with_content().get(pk=submission.version_id)
        return changes(snapshots[1].content, content.as_dict(version))
    return changes_of_update(submission)


def changes_of_update(submission):
    """[Change] between the published text that an update began beside and its own; None for a new case study."""
    if not submission.base_id:
        return None
    versions = {
        row.pk: row for row in Version.objects.with_content().filter(pk__in=[submission.base_id, submission.version_id])
    }
    return changes(content.as_dict(versions[submission.base_id]), content.as_dict(versions[submission.version_id]))


# Who could read it


def suggestions(submission):
    """Curators who could take it: [(user, [reason])], the best first: in scope, of its language, with little to do."""
    version = Version.objects.with_content().get(pk=submission.version_id)
    areas = {row.area.slug for row in version.area_rows.all()}
    load = dict(
        Submission.objects.filter(status=S.IN_REVIEW, holder__isnull=False)
        .values_list("holder")
        .annotate(Count("pk"))
        .order_by()
    )
    found = []
    curated = {}
    for user_id, slugs in Membership.objects.of_curators().values_list("user", "areas"):
        curated.setdefault(user_id, set()).update(slugs)
    for user in workflow.curators_for(submission, version):
        if user.pk == submission.holder_id:
            continue
        held, own = load.get(user.pk, 0), curated[user.pk]
        reasons, points = [], -held
        if areas & own:
            reasons.append(_("curates this area"))
            points += 2
        if user.language == version.language:
            reasons.append(_("reads this language"))
            points += 2
        reasons.append(_("holds %(count)d") % {"count": held})
        found.append((points, user, reasons))
    return [(user, reasons) for _points, user, reasons in sorted(found, key=lambda row: (-row[0], row[1].email))]


def drafted_letter(requests, reviews):
    """A decision letter to begin with: what ``reviews`` found and ``requests`` ask, those that its writer may see.

    Change requests that are closed are not spoken of any more.
    """
    asked = [row for row in requests if row.status != RequestStatus.CLOSED]
    lines = [_("Thank you for this case study. We read it with care.")]
    lines += _findings(scoring.medians(reviews))
    must = [row.text for row in asked if row.is_must_fix]
    could = [row.text for row in asked if not row.is_must_fix]
    if must:
        lines += ["", _("Please change this before it can be published:"), *(f"- {text}" for text in must)]
    if could:
        lines += ["", _("Suggestions that you may follow:"), *(f"- {text}" for text in could)]
    return "\n".join(lines)


def _findings(medians):
    """What convinced the reviewers and what did not, by {criterion: 1-5}."""
    strong = [one.label for one in Criterion if medians.get(one, 0) >= STRONG_FROM]
    weak = [one.label for one in Criterion if medians.get(one, scoring.HIGHEST) < scoring.COMMENT_BELOW]
    lines = []
    if strong:
        lines += ["", _("What convinced us: %(criteria)s.") % {"criteria": ", ".join(map(str, strong))}]
    if weak:
        lines += ["", _("What should become stronger: %(criteria)s.") % {"criteria": ", ".join(map(str, weak))}]
    return lines


def others_reviews(submission, user):
    """The filed reviews of others, if ``user`` may see them; else an empty list."""
    if not permissions.sees_internal(user, submission):
        return []
    return [row for row in submission.reviews.select_related("reviewer") if row.filed_at and row.reviewer_id != user.pk]
