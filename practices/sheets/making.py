"""Drafts from the rows of a checked workbook."""

import time

from django.db import transaction

from practices import drafting, workflow

# So long drafts are made before the person is answered; proxies give up on an answer after a minute.
SECONDS = 20


def make(report, *, by):
    """Begin a draft of each row of ``report`` (``checking.Report``) that is ready, for about SECONDS.

    Returns how many were made: at least one where a row is ready, all of them where the time suffices. Each row is a
    transaction of its own: it is there with all that it says, or not at all. Its key makes it once, so whoever is
    interrupted, or presses the button twice, gets what is missing and nothing twice.
    """
    count, end = 0, time.monotonic() + SECONDS
    for row in report.ready:
        _draft(row, by)
        count += 1
        if time.monotonic() > end:
            break
    return count


@transaction.atomic
def _draft(row, by):
    title = row.values["basics"]["title"]
    submission = workflow.start(by, row.country, title=title, language=row.language, form_key=row.key)
    if submission.revision == 1:  # else somebody pressed the button twice, and it has just been made
        drafting.fill(submission, row.values, by=by)
