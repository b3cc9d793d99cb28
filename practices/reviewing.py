"""What a curator's review page shows: what changed, who could help, the letter to begin with."""

import difflib
from dataclasses import dataclass

from django.db.models import Count
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from accounts.models import Membership
from practices import content, permissions, workflow
from practices.enums import RequestStatus, SubmissionStatus
from practices.models import Submission, Version
from practices.steps import BY_SLUG, STEP_OF, STEPS

S = SubmissionStatus
# Longer texts are shown as a whole, old and new: comparing word by word takes the square of their length.
WORDS_COMPARED = 4000


# What changed


@dataclass(frozen=True)
class Change:
    """One part that differs between two texts: its key in the content, and safe HTML with <del> and <ins>."""

    field: str
    html: str

    @property
    def label(self):
        """The step of the form that the part belongs to, in words."""
        return BY_SLUG[STEP_OF[self.field]].label if self.field in STEP_OF else self.field


def changes(old, new):
    """[Change] between two contents as ``content.as_dict`` gives them, in the order of the form."""
    order = [name for step in STEPS for name in step.fields]
    names = sorted(set(old) | set(new), key=lambda name: (order.index(name) if name in order else len(order), name))
    found = []
    for name in names:
        before, after = _words_of(old.get(name)), _words_of(new.get(name))
        if before != after:
            found.append(Change(name, _marked(before, after)))
    return found


def _words_of(value):
    """A value of the content as text; rows one per line."""
    if isinstance(value, list):
        return "\n".join(_row(row) for row in value)
    return "" if value is None else str(value)


def _row(row):
    if not isinstance(row, dict):
        return str(row)
    return " · ".join(str(part) for part in row.values() if part not in (None, ""))


def _marked(before, after):
    old, new = before.split(), after.split()
    if len(old) + len(new) > WORDS_COMPARED:
        return format_html("<del>{}</del> <ins>{}</ins>", before, after)
    parts = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            parts.append(("{}", " ".join(new[c:d])))
            continue
        if b > a:
            parts.append(("<del>{}</del>", " ".join(old[a:b])))
        if d > c:
            parts.append(("<ins>{}</ins>", " ".join(new[c:d])))
    return mark_safe(" ".join(format_html(shape, text) for shape, text in parts))  # noqa: S308 - each part is escaped


def changes_since_last_review(submission):
    """[Change] since the version that the curators last read, or since the one that an update began with; else None."""
    version = Version.objects.with_content().get(pk=submission.version_id)
    snapshots = list(submission.snapshots.order_by("-number")[:2])
    if len(snapshots) == 2:
        return changes(snapshots[1].content, content.as_dict(version))
    if submission.base_id:
        base = Version.objects.with_content().get(pk=submission.base_id)
        return changes(content.as_dict(base), content.as_dict(version))
    return None


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
    for user in workflow.curators_for(submission, version):
        if user.pk == submission.holder_id:
            continue
        held = load.get(user.pk, 0)
        own = set().union(*(row.areas for row in Membership.objects.of_curators().filter(user=user)))
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


def drafted_letter(submission):
    """A decision letter to begin with, made of the change requests that are not closed."""
    asked = submission.change_requests.exclude(status=RequestStatus.CLOSED)
    lines = [_("Thank you for this case study. We read it with care.")]
    must = [row.text for row in asked if row.is_must_fix]
    could = [row.text for row in asked if not row.is_must_fix]
    if must:
        lines += ["", _("Please change this before it can be published:"), *(f"- {text}" for text in must)]
    if could:
        lines += ["", _("Suggestions that you may follow:"), *(f"- {text}" for text in could)]
    return "\n".join(lines)


def people_of_country(submission):
    """The ids of all who write for the country of ``submission``, and of its authors."""
    office = Membership.objects.in_countries().filter(country=submission.country_id).values_list("user", flat=True)
    return {submission.lead_id, *office, *submission.coauthors.values_list("pk", flat=True)}


def others_reviews(submission, user):
    """The filed reviews of others, if ``user`` may see them; else an empty list."""
    if not permissions.sees_internal(user, submission):
        return []
    return [row for row in submission.reviews.select_related("reviewer") if row.filed_at and row.reviewer_id != user.pk]


def field_labels():
    """[(key, label)] of what a change request can be tied to: the steps of the form."""
    return [(step.slug, step.label) for step in STEPS]
