"""What the access matrix sends to the API: for each route where it leads and the JSON that goes along.

Everything that a call asks for comes along, so that only rights and states can refuse.
"""

from practices.enums import Criterion, Gate
from tests.access.assistance import OFFER_STATES
from tests.access.world import KEYS

# Roles and states of which each stands for others that the pages of the same moves try one by one.
JUDGES = {
    "anonymous", "no-role", "officer-author", "curator", "curator-holder", "curator-of-country", "partner-author",
    "administrator", "deactivated", *KEYS,
}  # fmt: skip
COUNTRIES = {
    "anonymous", "no-role", "officer-author", "officer-other-country", "focal-own", "curator", "partner", "deactivated",
    *KEYS,
}  # fmt: skip
ACTORS = {
    "called-submission": JUDGES,
    "called-practice": JUDGES,
    **dict.fromkeys(("called-offer", "called-need", "called-match", "called-list"), COUNTRIES),
}
STATES = {
    "called-submission": {"draft", "submitted", "in_review", "published"},
    "called-practice": {"live", "retracted"},
    "called-offer": {"draft", "open", "paused", "closed"},
    "called-need": {"draft", "open", "closed"},
    "called-match": {"open", "closed"},
    "called-list": {"any"},
}
assert STATES["called-offer"] < OFFER_STATES
REVIEW = {
    "read": "{pk}/", "claim": "{pk}/claim/", "join": "{pk}/join/", "release": "{pk}/release/",
    "reassign": "{pk}/reassign/", "own": "{pk}/review/", "file": "{pk}/file/", "requests": "{pk}/requests/",
    "close-request": "{pk}/requests/{asked}/close/", "comments": "{pk}/comments/", "letter": "{pk}/letter/",
    "request-changes": "{pk}/request-changes/", "publish": "{pk}/publish/", "decline": "{pk}/decline/",
}  # fmt: skip
MOVES = ("send", "endorse", "send-back", "close")
OF_KIND = {"offer": ("pause", "resume"), "need": ("withdraw", "join", "leave", "volunteer", "matches")}


def _review(path, name):
    def call(world, row):
        submission = world.submission_for(row["actor"], row["state"])
        bodies = {
            "claim": {"no_conflict": True},
            "join": {"no_conflict": True},
            "reassign": {"to": world.spare.pk},
            "own": {"gates": dict.fromkeys(Gate.values, True), "scores": dict.fromkeys(Criterion.values, 4)},
            "requests": {"field": "basics", "text": "Why?"},
            "comments": {"thread": "internal", "text": "Hm."},
            **{key: {"letter": "A reason."} for key in ("letter", "request-changes", "publish", "decline")},
        }
        return "/api/v1/reviews/" + path.format(pk=submission.pk, asked=submission.asked.pk), bodies.get(name, {})

    return call


def _retraction(world, row):
    return "/api/v1/reviews/retractions/", {"practice": world.practices[row["state"]].slug, "reason": "Wrong."}


def _theirs(row):
    return "PER" if "other" in row["actor"] else "BGD"


def _own(kind, path, name=""):
    def call(world, row):
        rows = getattr(world.assistance, f"{kind}s")
        thing = rows.get(row["state"])
        if name in {"join", "leave"} and row["state"] == "open":
            thing = world.assistance.joinable if name == "join" else world.assistance.joined
        bodies = {
            "new": {"country": _theirs(row), "title": "A beginning"},
            "detail": {"title": "Written anew"},
            **{key: {"note": "A reason."} for key in ("send-back", "close", "withdraw")},
            **{key: {"country": _theirs(row)} for key in ("join", "leave", "volunteer")},
        }
        return f"/api/v1/assistance/{kind}s/" + path.format(code=thing.code if thing else ""), bodies.get(name, {})

    return call


def _match(path):
    def call(world, row):
        match = world.assistance.matches[row["state"]]
        side = "country" if "other" in row["actor"] else "need"
        body = {"side": side, "reason": "A reason."} if path else None
        return f"/api/v1/assistance/matches/{match.pk}/{path}", body

    return call


ADDRESSES = {
    "api:review-list": lambda world, row: ("/api/v1/reviews/?scope=all", None),
    "api:review-detail": _review("{pk}/", "read"),
    **{f"api:review-{name}": _review(path, name) for name, path in REVIEW.items() if name != "read"},
    "api:review-retractions": _retraction,
    "api:match-detail": _match(""),
    "api:match-accept": _match("accept/"),
    "api:match-decline": _match("decline/"),
}
for _kind, _moves in OF_KIND.items():
    ADDRESSES[f"api:own-{_kind}-list"] = _own(_kind, "", "new")
    ADDRESSES[f"api:own-{_kind}-detail"] = _own(_kind, "{code}/", "detail")
    for _name in (*MOVES, *_moves):
        ADDRESSES[f"api:own-{_kind}-{_name}"] = _own(_kind, f"{{code}}/{_name}/", _name)
