"""What members are answered fits its description, and the API reference shows one of each shape.

They stand in fixtures/api_answers.json by the name of the shape; ``SSC_RECORD=1`` records them anew, as those that
anybody may read.
"""

import json
import os
from base64 import b64encode

import pytest

from accounts.enums import Role, Scope
from practices import workflow
from practices.enums import Criterion, Gate, SubmissionStatus
from ssc_portal.api_docs import ANSWERS, schema
from tests.api.test_recorded_answers import shortened
from tests.api.test_schema import wrong
from tests.exchanges_make import make_match, make_need, make_offer
from tests.make import make_practice
from tests.people import make_user
from tests.programs import Program
from tests.submissions import file_review, make_submission

PASSED = {"gates": dict.fromkeys(Gate.values, True), "scores": dict.fromkeys(Criterion.values, 4)}
REASON = {"factor": "region", "points": 1.0, "weight": 0.1, "asking_count": 1, "countries": ["PER"]}


@pytest.fixture
def answers(db):
    """{name of a shape: an answer of that shape}, of curators, people who write for a country, owners of webhooks."""
    other, reads = make_user(Role.CURATOR, name="Bo Next"), Program(make_user(Role.CURATOR), Scope.REVIEW)
    submission = make_submission(SubmissionStatus.IN_REVIEW, curator=other, title="Solar pumps for schools")
    file_review(submission, other)
    one = f"/reviews/{submission.pk}"
    reads.done("post", f"{one}/join/", {"no_conflict": True})
    own = reads("put", f"{one}/review/", PASSED, If_Match=reads("get", f"{one}/review/")["ETag"]).json()
    reads.done("post", f"{one}/file/")
    request = reads.done("post", f"{one}/requests/", {"field": "results", "text": "Name the source."}, 201)
    comment = reads.done("post", f"{one}/comments/", {"thread": "shared", "text": "Which survey is this from?"}, 201)
    workflow.comment(submission, by=other, thread="internal", text="It reads well.")
    practice = make_practice(title="Made up")
    gone = reads.done("post", "/reviews/retractions/", {"practice": practice.slug, "reason": "Made up."}, 201)
    asks = Program(make_user(Role.OFFICER, country="PER"), Scope.ASSISTANCE)
    need = make_need(country="PER", lead=asks.user, title="Keep newborns warm")
    match = make_match(need, "BGD", score=0.1, reasons=[REASON | {"same_region": []}])
    asked = make_practice(
        contact={"name": "Ana Ruiz", "organisation": "Ministry of Health", "email": "ana@example.org"}
    )
    knows = Program(make_user(Role.PARTNER), Scope.CONTACTS)
    hooks = Program(make_user(), Scope.WEBHOOKS)
    body = {"address": "https://partner.example/hooks/ssc", "kinds": ["practice.published", "practice.retracted"]}
    webhook = hooks.done("post", "/webhooks/", body, 201)
    hook = f"/webhooks/{webhook['id']}"
    hooks.done("post", f"{hook}/test/", status=201)
    offer = make_offer(country="PER", title="Study visits to milk banks")
    return {
        "QueueRowList": reads.done("get", "/reviews/?tab=in-review&scope=all"),
        "ReviewedSubmission": reads.done("get", f"{one}/"),
        "OwnReview": own,
        "ChangeRequest": request,
        "Comment": comment,
        "Retraction": gone,
        "Webhooks": hooks.done("get", "/webhooks/"),
        "Webhook": hooks.done("get", f"{hook}/"),
        "WebhookWithSecret": webhook | {"secret": f"whsec_{b64encode(b'Not a secret, for all read it.').decode()}"},
        "WebhookDelivery": hooks.done("post", f"{hook}/test/", status=201),
        "WebhookDeliveryList": hooks.done("get", f"{hook}/deliveries/"),
        "Contact": knows.done("get", f"/practices/{asked.slug}/contact/"),
        "OwnNeedRowList": asks.done("get", "/assistance/needs/"),
        "OwnNeed": asks.done("get", f"/assistance/needs/{need.code}/"),
        "OwnOfferRowList": asks.done("get", "/assistance/offers/"),
        "OwnOffer": asks.done("get", f"/assistance/offers/{offer.code}/"),
        "CandidateList": asks.done("get", f"/assistance/needs/{need.code}/matches/"),
        "Candidate": asks.done("get", f"/assistance/matches/{match.pk}/"),
    }


def test_what_members_are_answered_is_as_described(answers):
    found = {name: wrong({"$ref": f"#/components/schemas/{name}"}, answer) for name, answer in answers.items()}

    assert {name: complaints for name, complaints in found.items() if complaints} == {}
    if os.environ.get("SSC_RECORD") == "1":
        kept = json.loads(ANSWERS.read_text()) | {name: shortened(answer) for name, answer in answers.items()}
        ANSWERS.write_text(json.dumps(dict(sorted(kept.items())), ensure_ascii=False, indent=1) + "\n")


def test_every_shape_is_shown(answers):
    assert set(answers) <= set(json.loads(ANSWERS.read_text()))
    assert set(answers) <= set(schema()["components"]["schemas"])
