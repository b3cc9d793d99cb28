"""Drafts from the rows of a checked workbook."""

from django.db import transaction

from practices import drafting, workflow


def make(report, *, by):
    """Begin a draft of each row of ``report`` (``checking.Report``) that is ready. Returns [Submission].

    Each row is a transaction of its own: it is there with all that it says, or not at all. Its key makes it once, so
    whoever is interrupted confirms again and gets what is missing.
    """
    return [_draft(row, by) for row in report.ready]


@transaction.atomic
def _draft(row, by):
    title = row.values["basics"]["title"]
    submission = workflow.start(by, row.country, title=title, language=row.language, form_key=row.key)
    revision = submission.revision
    if revision > 1:  # made in this moment by the same button, pressed twice
        return submission
    for step, values in row.values.items():
        revision = drafting.save_step(submission, step, values, by=by, revision=revision).revision
    return submission
