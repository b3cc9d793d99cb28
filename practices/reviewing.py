"""What a curator's review page shows: what changed, who could help, the letter to begin with."""

from django.db.models import Count
from django.utils.translation import gettext as _

from accounts.models import Membership
from practices import content, permissions, scoring, workflow
from practices.differences import changes
from practices.enums import Criterion, RequestStatus, SubmissionStatus
from practices.models import Submission, Version

S = SubmissionStatus
# A criterion that the letter praises.
STRONG_FROM = 4


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
