"""What the access matrix sends to the API in the name of authors: where each route leads, and what goes along.

Everything that a call asks for comes along, so that only rights and states can refuse.
"""

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.access.world import KEYS
from tests.files_make import pdf

WRITERS = {
    "anonymous", "no-role", "officer-author", "officer-coauthor", "officer-same-country", "officer-other-country",
    "focal-own", "curator", "curator-holder", "curator-coauthor", "curator-of-country", "partner", "partner-author",
    "administrator", "deactivated", *KEYS,
}  # fmt: skip
ACTORS = dict.fromkeys(("called-draft", "called-file", "called-drafts"), WRITERS)
STATES = {
    "called-draft": {"draft", "endorsement", "submitted", "changes_requested", "published"},
    "called-file": {"draft", "submitted", "published"},
    "called-drafts": {"any"},
}
BODIES = {
    "edit": {"challenge": "Rewritten."},
    "replace": {"title": "Rewritten"},
    "submit": {},
    "endorse": {},
    "send-back": {"note": "A reason."},
    "withdraw": {"note": "A reason."},
    "answer": {"text": "A reason."},
    "comment": {"text": "A reason."},
    "describe": {"caption": "Rewritten."},
}
PDF = pdf()
# Moves that name by If-Match what was read.
JUDGED = ("api:submission-endorse", "api:submission-send-back")


def _call(path):
    def call(world, row):
        submission = world.submission_for(row["actor"], row["state"])
        attached = submission.attached[1]
        address = f"/api/v1/submissions/{submission.pk}/" + path.format(asked=submission.asked.pk, file=attached.pk)
        if row["action"] == "attach":
            return address, {"file": SimpleUploadedFile("a.pdf", PDF)}
        return address, BODIES.get(row["action"])

    return call


def _all(world, row):
    return "/api/v1/submissions/", {"title": "A beginning", "country": "PER" if "other" in row["actor"] else "BGD"}


ADDRESSES = {
    "api:submission-list": _all,
    "api:submission-detail": _call(""),
    "api:submission-submit": _call("submit/"),
    "api:submission-endorse": _call("endorse/"),
    "api:submission-send-back": _call("send-back/"),
    "api:submission-withdraw": _call("withdraw/"),
    "api:submission-comments": _call("comments/"),
    "api:submission-answer": _call("change-requests/{asked}/answer/"),
    "api:submission-file-list": _call("files/"),
    "api:submission-file-detail": _call("files/{file}/"),
}
