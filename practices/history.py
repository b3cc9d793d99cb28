"""The public history of a practice: its versions, what each one changed, and who decided when."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from practices import content
from practices.differences import changes
from practices.enums import EventKind
from practices.models import Submission, SubmissionEvent, Version

# What anybody may know of the way to a version; letters, scores and conversations stay with those who wrote them.
_TOLD = (EventKind.SUBMITTED, EventKind.CHANGES_REQUESTED, EventKind.ANSWERED, EventKind.PUBLISHED)
_OF_COUNTRY = {EventKind.SUBMITTED, EventKind.ANSWERED}


@dataclass(frozen=True)
class Moment:
    """One thing that happened on the way to a version: when, what, and by whom in words."""

    at: object
    label: str
    who: str


@dataclass(frozen=True)
class Entry:
    """A published version: what it changed in the words of its authors, and the Moments that led to it."""

    version: Version
    note: str
    moments: list
    is_first: bool


def entries(practice):
    """[Entry] of ``practice``, the newest first, in a fixed number of queries.

    Curators are named only where they agreed to it; the country's people never are. An imported version has no moments.
    """
    versions = list(practice.versions.filter(frozen_at__isnull=False).select_related("review_card").order_by("-number"))
    submissions = {row.version_id: row for row in Submission.objects.filter(version__in=versions)}
    moments = {}
    events = SubmissionEvent.objects.filter(submission__in=submissions.values(), kind__in=_TOLD)
    for event in events.select_related("actor").order_by("at", "pk"):
        moments.setdefault(event.submission_id, []).append(_moment(event))
    return [
        Entry(
            version,
            submissions[version.pk].change_note if version.pk in submissions else "",
            moments.get(submissions[version.pk].pk, []) if version.pk in submissions else [],
            is_first=version is versions[-1],
        )
        for version in versions
    ]


def _moment(event):
    if event.kind in _OF_COUNTRY:
        who = _("The country")
    else:
        who = event.actor.name if event.is_actor_named and event.actor.name else _("A curator")
    return Moment(event.at, event.get_kind_display(), who)


def changes_in(practice, number):
    """What version ``number`` of ``practice`` changed: (version, the one before, [Change]).

    Raises Version.DoesNotExist for a version that was not published, and for the first one, which changed nothing.
    """
    published = practice.versions.filter(frozen_at__isnull=False).with_content()
    version = published.get(number=number)
    before = published.filter(number__lt=number).order_by("-number").first()
    if before is None:
        raise Version.DoesNotExist
    return version, before, changes(content.as_dict(before), content.as_dict(version))
