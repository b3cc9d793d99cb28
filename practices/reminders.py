"""What people are reminded of, once each, in the morning of the day on which it is time where they are."""

import datetime

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from accounts.kinds import Kind
from accounts.mornings import A_DAY, day_of, local_date, those_who_reached
from practices import workflow
from practices.enums import FIRST_ANSWER_DAYS, REMINDER_DAYS, EventKind, SubmissionStatus
from practices.models import PreviewLink, Submission, Version

# A country that was asked for changes is reminded after so many days.
CHANGES_REMINDER_DAYS = (14, 28)
# Whoever made a preview link is reminded so many days before it ends.
PREVIEW_REMINDER_DAYS = 2


def remind(now=None):
    """Remind of everything below that is due at ``now`` (aware)."""
    now = now or timezone.now()
    of_answers(now)
    of_changes(now)
    of_previews(now)


def of_answers(now):
    """Remind the holder, or all curators in whose scope it lies, two days before a promised answer is due.

    Returns how many submissions were looked at.
    """
    since = now - datetime.timedelta(days=FIRST_ANSWER_DAYS - REMINDER_DAYS) + A_DAY
    due = Submission.objects.with_curators().filter(submitted_at__lte=since)
    for submission in due.select_related("country", "holder"):
        users = [submission.holder] if submission.holder else _curators_for(submission)
        early = datetime.timedelta(days=REMINDER_DAYS)
        told = [user for user in users if day_of(user, now) >= local_date(submission.answer_due_at, user) - early]
        with transaction.atomic():
            workflow.tell_of(
                submission,
                Kind.STUDY_DEADLINE,
                told,
                key=f"deadline:{submission.pk}:{submission.submitted_at.isoformat()}",
                path=workflow.review_path(submission),
            )
    return len(due)


def _curators_for(submission):
    return workflow.curators_for(submission, Version.objects.with_content().get(pk=submission.version_id))


def of_changes(now):
    """Remind the authors that curators wait for their changes, once for each of CHANGES_REMINDER_DAYS.

    Returns how many submissions were looked at.
    """
    asked = Max("events__at", filter=Q(events__kind=EventKind.CHANGES_REQUESTED))
    waiting = Submission.objects.filter(status=SubmissionStatus.CHANGES_REQUESTED).annotate(asked_at=asked)
    due = waiting.filter(asked_at__lte=now - datetime.timedelta(days=min(CHANGES_REMINDER_DAYS)) + A_DAY)
    for submission in due.select_related("lead").prefetch_related("coauthors"):
        authors = [submission.lead, *submission.coauthors.all()]
        for author in authors:
            waited = (day_of(author, now) - local_date(submission.asked_at, author)).days
            passed = [days for days in CHANGES_REMINDER_DAYS if days <= waited]
            if passed:
                key = f"changes-awaited:{submission.pk}:{submission.asked_at.isoformat()}:{max(passed)}"
                with transaction.atomic():
                    workflow.tell_of(submission, Kind.STUDY_CHANGES_AWAITED, [author], key=key)
    return len(due)


def of_previews(now):
    """Tell whoever made a preview link that it ends soon. Returns how many links were looked at."""
    early = datetime.timedelta(days=PREVIEW_REMINDER_DAYS)
    links = PreviewLink.objects.filter(revoked_at=None, expires_at__gt=now, expires_at__lte=now + early + A_DAY)
    links = [link for link in links.select_related("submission", "made_by") if link.submission.is_open]
    for link in links:
        told = those_who_reached([link.made_by], local_date(link.expires_at, link.made_by) - early, now)
        with transaction.atomic():
            workflow.tell_of(
                link.submission,
                Kind.PREVIEW_EXPIRING,
                told,
                key=f"preview-expiring:{link.pk}",
                deadline=link.expires_at,
            )
    return len(links)
