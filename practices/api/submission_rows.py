"""A case study on its way, as its own country and its authors get it from the API."""

from django.urls import reverse

from practices import completeness, duplicates, permissions, workflow, workspace
from practices.api import texts
from practices.files import drafts
from practices.models.file import DOCUMENT

# The moves of the workflow that the API offers to the country, and the address of each.
MOVES = {"submit": "submit", "endorse": "endorse", "send_back": "send-back", "withdraw": "withdraw"}


def submission_row(submission, request):
    """One row of a list; causes no query for a row of ``workspace.submissions_of`` with ``adapts``."""
    return {
        "id": submission.pk,
        "status": submission.status,
        "title": submission.version.title,
        "summary": submission.version.summary,
        "language": submission.version.language,
        "country": submission.country_id,
        "challenge_areas": [row.area_id for row in submission.version.area_rows.all()],
        "practice": submission.practice.slug if submission.practice_id else None,
        "adapts": submission.adapts.slug if submission.adapts_id else None,
        "lead": submission.lead.name,
        "complete_percent": submission.complete_percent,
        "created_at": submission.created_at,
        "updated_at": submission.updated_at,
        "submitted_at": submission.submitted_at,
        "answer_due_at": submission.answer_due_at,
        "url": request.build_absolute_uri(submission.get_absolute_url()),
    }


def submission_detail(submission, request):
    """Everything about ``submission`` that its reader may see; the whole text under the names of the form."""
    user = request.user
    content = texts.shown(submission)
    row = submission_row(submission, request) | content
    if not submission.is_update:
        row["change_note"] = None
    missing, wished, alike = [], [], []
    if permissions.may_edit(user, submission) and submission.is_editable:
        alike = duplicates.similar(submission, user)
        state = completeness.check(submission, similar=alike)
        missing, wished = state.blocking, state.advisory
    return row | {
        "moves": sorted(MOVES[name] for name in workflow.moves(submission, user) & set(MOVES)),
        "missing": [_todo(item) for item in missing],
        "wished": [_todo(item) for item in wished],
        "similar": [{"title": one.title, "url": request.build_absolute_uri(one.url)} for one in alike],
        "change_requests": [_request_row(one) for one in submission.change_requests.sent()],
        "comments": [
            {"at": one.created_at, "by": one.author_label, "text": one.text}
            for one in workspace.conversation(submission)
        ],
        "events": [_event_row(**one) for one in workspace.history(submission)],
        "files": [file_row(one, request) for one in drafts.rows(submission)],
    }


def _todo(item):
    return {"field": item.field, "step": item.step, "message": str(item.text)}


def _request_row(asked):
    return {
        "id": asked.pk,
        "field": asked.field,
        "text": asked.text,
        "must_fix": asked.is_must_fix,
        "status": asked.status,
        "answer": asked.answer,
        "sent_at": asked.sent_at,
        "answered_at": asked.answered_at,
        "closed_at": asked.closed_at,
    }


def _event_row(event, who):
    return {
        "at": event.at,
        "kind": event.kind,
        "from_status": event.from_status,
        "status": event.to_status,
        "by": str(who),
        "note": event.note,
    }


def file_row(row, request):
    """One file of a draft: what it is, what is said about it, and whether readers could be shown it."""
    file = row.file
    rendition = "medium" if file.is_image else DOCUMENT
    address = reverse("practices:file", args=[file.key, rendition]) if file.prepared_at else None
    return {
        "id": row.pk,
        "name": file.name,
        "kind": file.kind,
        "size": file.size,
        "checksum": file.checksum,
        **texts.shown_of_file(row),
        "is_described": row.is_described,
        "is_prepared": file.prepared_at is not None,
        "is_refused": file.is_refused,
        "url": request.build_absolute_uri(address) if address else None,
    }
