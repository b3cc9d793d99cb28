"""Submissions as curators read them in the API: dicts of what ``queue`` and ``reviewing`` found, and nothing beside."""

from practices import content
from practices.models import Version


def queue_row(submission, address):
    """One row of the queue; ``submission`` comes from ``queue.page_of``, ``address``: absolute, of its page."""
    own = submission.own_review
    return {
        **_standing(submission, address),
        "challenge_areas": [row.area.slug for row in submission.version.area_rows.all()],
        "holder": submission.named_holder.name if submission.named_holder else None,
        "is_filed": bool(own and own.filed_at) if own else None,
    }


def _standing(submission, address):
    """Where it stands."""
    return {
        "id": submission.pk,
        "status": submission.status,
        "title": submission.version.title,
        "language": submission.version.language,
        "country": submission.country_id,
        "practice": submission.practice.slug if submission.practice_id else None,
        "submitted_at": submission.submitted_at,
        "answer_due_at": submission.answer_due_at,
        "is_claimed": submission.holder_id is not None,
        "wants_third_reader": submission.wants_third_reader,
        "checks": submission.checks or [],
        "url": address,
    }


def submission_detail(submission, reading, changes, address):
    """One submission in full: what ``reading`` (reviewing.Reading) opens to its reader.

    ``changes``: [differences.Change] since it was last read, or None.
    """
    version = Version.objects.with_content().get(pk=submission.version_id)
    decides = "publish" in reading.moves
    return {
        **_standing(submission, address),
        "lead": submission.lead.name,
        "holder": submission.holder.name if submission.holder and reading.names_holder else None,
        "claimed_at": submission.claimed_at,
        "different_because": submission.different_because,
        "change_note": submission.change_note,
        "moves": sorted(reading.moves),
        "content": content.as_dict(version),
        "changes": None if changes is None else [{"field": one.field, "html": str(one.html)} for one in changes],
        "requests": [request_row(row) for row in reading.requests],
        "comments": [comment_row(row, reading) for row in reading.shared],
        "internal_comments": None
        if reading.internal is None
        else [comment_row(row, reading) for row in reading.internal],
        "own_review": review_row(reading.own) if reading.own else None,
        "reviews": [
            {
                "reviewer": row.reviewer.name,
                "gates": row.gates,
                "scores": row.scores,
                "comments": row.comments,
                "private_note": row.private_note,
                "filed_at": row.filed_at,
            }
            for row in reading.others
        ],
        "reviews_count": reading.reviews_count,
        "score": reading.score if decides else None,
        "hindrances": reading.hindrances,
        "letter": reading.letter if decides else None,
        "suggestions": [
            {"id": user.pk, "name": user.name, "reasons": [str(reason) for reason in reasons]}
            for user, reasons in reading.suggestions
        ],
        "history": [
            {"at": row.at, "kind": row.kind, "status": row.to_status, "by": reading.called(row.actor), "note": row.note}
            for row in reading.history
        ],
    }


def review_row(review):
    """A review as its reviewer writes it."""
    return {
        "declared_at": review.declared_at,
        "filed_at": review.filed_at,
        "is_settled": review.is_settled,
        "gates": review.gates,
        "scores": review.scores,
        "comments": {name: text for name, text in review.comments.items() if text},
        "private_note": review.private_note,
        "is_named": review.is_named,
        "score": review.score,
    }


def request_row(request):
    return {
        "id": request.pk,
        "field": request.field,
        "text": request.text,
        "must_fix": request.is_must_fix,
        "status": request.status,
        "answer": request.answer,
        "created_at": request.created_at,
        "sent_at": request.sent_at,
        "answered_at": request.answered_at,
        "closed_at": request.closed_at,
    }


def comment_row(comment, reading):
    return {"by": reading.called(comment.author), "text": comment.text, "created_at": comment.created_at}
