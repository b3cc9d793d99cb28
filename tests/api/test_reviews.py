"""The curators' API: the whole way over it, what it hides, and what it refuses."""

import os
import threading
import uuid

import pytest
from django.db import connection

from accounts.enums import Role, Scope
from accounts.models import AuditEvent
from practices import workflow
from practices.enums import Criterion, Gate, SubmissionStatus
from practices.models import Practice, Submission
from tests.make import make_practice
from tests.people import make_user
from tests.programs import Program
from tests.submissions import file_review, make_submission

ROUNDS = 20 if os.environ.get("SSC_LONG") == "1" else 3
S = SubmissionStatus
PASSED = {"gates": dict.fromkeys(Gate.values, True), "scores": dict.fromkeys(Criterion.values, 4)}


def curator(**facts):
    return Program(make_user(Role.CURATOR, **facts), Scope.REVIEW)


def test_a_case_study_goes_from_the_queue_to_the_readers_by_the_api_alone(db):
    submission, reads = make_submission(S.SUBMITTED, title="Solar pumps"), curator(name="Ada Reader")
    one = f"/reviews/{submission.pk}"

    queue = reads.done("get", "/reviews/?scope=all")
    assert [row["title"] for row in queue["results"]] == ["Solar pumps"]
    assert queue["tabs"]["unassigned"] == 1
    assert "claim" in reads.done("get", f"{one}/")["moves"]

    claimed = reads.done("post", f"{one}/claim/", {"no_conflict": True})
    assert (claimed["status"], claimed["holder"]) == ("in_review", "Ada Reader")
    asked = reads.done("post", f"{one}/requests/", {"field": "results", "text": "Name the source."}, status=201)
    changed = reads.done("post", f"{one}/request-changes/", {"letter": "Nearly there."})
    assert (changed["status"], changed["requests"][0]["status"]) == ("changes_requested", "open")

    workflow.answer(submission.change_requests.get(), by=submission.lead, text="Named.")
    workflow.submit(submission, by=submission.lead)
    response = reads("get", f"{one}/review/")
    saved = reads("put", f"{one}/review/", PASSED, If_Match=response["ETag"])
    assert (saved.status_code, saved.json()["score"]) == (200, 4.0)
    assert reads.done("post", f"{one}/file/")["hindrances"] == ["A change that must be made is not done yet."]
    assert reads.done("post", f"{one}/requests/{asked['id']}/close/")["status"] == "closed"
    published = reads.done("post", f"{one}/publish/", {"letter": "Well done."})

    assert published["status"] == "published"
    assert Practice.objects.live().get(slug=published["practice"]).live.title == "Solar pumps"
    assert [row["kind"] for row in published["history"]][:3] == ["published", "reviewed", "answered"]
    assert published["history"][0]["by"] == "Ada Reader"


def test_what_stands_in_the_way_of_a_publication_is_told_and_nothing_is_published(db):
    reads = curator()
    submission = make_submission(S.IN_REVIEW, curator=reads.user)

    problem = reads.done("post", f"/reviews/{submission.pk}/publish/", status=422)

    assert (
        problem["errors"]
        == [
            {"field": "", "message": "No review has been filed yet."},
            {"field": "", "message": "The score is below 3.0."},
        ][:1]
    )
    assert problem["current_status"] == "in_review"
    assert not Practice.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_curators_who_decide_at_once_leave_one_decision():
    one, two = curator(), curator()
    for number in range(ROUNDS):
        submission = make_submission(S.IN_REVIEW, curator=one.user, title=f"Round {number}")
        file_review(submission, one.user)
        calls = [(one, "publish", "Yes."), (two, "decline", "No.")]
        statuses, together = [None, None], threading.Barrier(2)

        def decide(place, calls=calls, statuses=statuses, together=together, submission=submission):
            program, move, letter = calls[place]
            together.wait()
            statuses[place] = program("post", f"/reviews/{submission.pk}/{move}/", {"letter": letter}).status_code
            connection.close()

        threads = [threading.Thread(target=decide, args=[place]) for place in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        submission.refresh_from_db()
        assert sorted(statuses) == [200, 409]
        assert submission.events.get(kind__in=["published", "declined"]).kind == submission.status


def test_a_decision_that_is_sent_again_with_its_key_is_made_once(db):
    reads = curator()
    submission = make_submission(S.IN_REVIEW, curator=reads.user)
    send = {"letter": "It was never carried out."}, {"Idempotency_Key": str(uuid.uuid4())}

    first = reads("post", f"/reviews/{submission.pk}/decline/", send[0], **send[1])
    again = reads("post", f"/reviews/{submission.pk}/decline/", send[0], **send[1])

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.content == again.content
    assert submission.events.filter(kind="declined").count() == 1


def test_what_others_found_stays_hidden_until_ones_own_review_is_filed(db):
    holder = make_user(Role.CURATOR, name="Zyx Holder")
    submission = make_submission(S.IN_REVIEW, curator=holder)
    file_review(submission, holder)
    submission.reviews.update(private_note="Zyxnote")
    workflow.comment(submission, by=holder, thread="internal", text="Zyxinternal")
    workflow.comment(submission, by=holder, thread="shared", text="Which survey?")
    reads = curator()
    one = f"/reviews/{submission.pk}"
    reads.done("post", f"{one}/join/", {"no_conflict": True})

    before = reads.done("get", f"{one}/")
    response = reads("get", f"{one}/review/")
    reads("put", f"{one}/review/", PASSED, If_Match=response["ETag"])
    after = reads.done("post", f"{one}/file/")

    assert (before["reviews"], before["internal_comments"], before["score"]) == ([], None, None)
    assert before["comments"][0]["by"] == "A curator"
    assert "Zyxnote" not in str(before)
    assert "Zyxinternal" not in str(before)
    assert [row["private_note"] for row in after["reviews"]] == ["Zyxnote"]
    assert [row["text"] for row in after["internal_comments"]] == ["Zyxinternal"]
    assert after["comments"][0]["by"] == "Zyx Holder"


def test_a_review_that_was_saved_elsewhere_is_not_overwritten(db):
    reads = curator()
    submission = make_submission(S.IN_REVIEW, curator=reads.user)
    address = f"/reviews/{submission.pk}/review/"
    read = reads("get", address)["ETag"]
    reads("put", address, {"private_note": "First."}, If_Match=read)

    problem = reads.done("put", address, {"private_note": "Second.", "gates": {"safe": True}}, 412, If_Match=read)

    assert problem["differences"] == [
        {"field": "gates.safe", "yours": True, "stored": ""},
        {"field": "private_note", "yours": "Second.", "stored": "First."},
    ]
    assert problem["current"] == reads("get", address)["ETag"]
    assert submission.reviews.get().private_note == "First."
    assert reads("put", address, {}).status_code == 428


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"scores": {"equity": 6}}, "scores.equity"),
        ({"scores": {"equity": "4"}}, "scores.equity"),
        ({"scores": {"beauty": 4}}, "scores.beauty"),
        ({"gates": {"safe": "yes"}}, "gates.safe"),
        ({"colour": "red"}, "colour"),
        ({"private_note": 3}, "private_note"),
    ],
)
def test_what_is_no_answer_is_refused_by_its_name(db, body, field):
    reads = curator()
    submission = make_submission(S.IN_REVIEW, curator=reads.user)
    address = f"/reviews/{submission.pk}/review/"

    problem = reads.done("put", address, body, 400, If_Match=reads("get", address)["ETag"])

    assert [error["field"] for error in problem["errors"]] == [field]
    assert submission.reviews.get().revision == 1


def test_nobody_reviews_without_saying_that_they_have_no_conflict(db):
    reads, submission = curator(), make_submission(S.SUBMITTED)

    problem = reads.done("post", f"/reviews/{submission.pk}/claim/", {"no_conflict": False}, 409)

    assert problem["detail"] == "Declare first that you have no conflict of interest."
    assert not submission.reviews.exists()


def test_a_submission_is_handed_on_to_one_of_those_who_are_suggested(db):
    reads, other = curator(), make_user(Role.CURATOR, name="Bo Next")
    submission = make_submission(S.IN_REVIEW, curator=reads.user)
    one = f"/reviews/{submission.pk}"
    (suggested,) = reads.done("get", f"{one}/")["suggestions"]

    assert reads.done("post", f"{one}/reassign/", {"to": submission.lead_id}, 400)["errors"][0]["field"] == "to"
    handed = reads.done("post", f"{one}/reassign/", {"to": suggested["id"]})

    assert (suggested["id"], handed["holder"]) == (other.pk, "Bo Next")


def test_letters_are_kept_conversations_go_on_and_a_submission_is_given_back(db):
    reads = curator(name="Ada Reader")
    submission = make_submission(S.IN_REVIEW, curator=reads.user)
    one = f"/reviews/{submission.pk}"
    draft = reads.done("post", f"{one}/requests/", {"field": "basics", "text": "Why?", "must_fix": False}, 201)

    assert reads.done("post", f"{one}/letter/", {"letter": "So far."})["letter"] == "So far."
    comment = reads.done("post", f"{one}/comments/", {"thread": "internal", "text": "Hm."}, 201)
    assert (comment["by"], comment["text"]) == ("Ada Reader", "Hm.")
    assert reads.done("post", f"{one}/requests/{draft['id']}/close/", status=204) is None
    assert reads.done("post", f"{one}/requests/", {"field": "colour", "text": "Why?"}, 400)
    released = reads.done("post", f"{one}/release/")
    assert (released["status"], released["holder"]) == ("submitted", None)


def test_a_practice_is_retracted_once_and_for_a_reason(db):
    practice, takes_back = make_practice(title="Made up"), curator()

    assert takes_back.done("post", "/reviews/retractions/", {"practice": practice.slug}, 400)["errors"]
    gone = takes_back.done("post", "/reviews/retractions/", {"practice": practice.slug, "reason": "Made up."}, 201)
    again = takes_back.done("post", "/reviews/retractions/", {"practice": practice.slug, "reason": "Made up."}, 409)

    assert (gone["reason"], again["current_status"]) == ("Made up.", "retracted")
    assert takes_back("get", f"/practices/{practice.slug}/").status_code == 410


def test_the_queue_has_the_filters_of_the_page(db):
    reads = curator()
    make_submission(S.SUBMITTED, title="Solar pumps", country="BGD")
    make_submission(S.SUBMITTED, title="Milk banks", country="PER")

    def found(query):
        return [row["title"] for row in reads.done("get", f"/reviews/?{query}")["results"]]

    assert found("") == ["Solar pumps", "Milk banks"]
    assert found("country=PER") == ["Milk banks"]
    assert found("q=solar") == ["Solar pumps"]
    assert found("tab=mine") == found("overdue=1") == []
    for query, field in (("tab=colour", "tab"), ("country=XXX", "country"), ("colour=red", "colour")):
        assert reads.done("get", f"/reviews/?{query}", status=400)["errors"][0]["field"] == field
    assert reads("get", "/reviews/?page=2").status_code == 404


def test_the_queue_asks_the_database_as_often_for_three_as_for_one(db, django_assert_max_num_queries):
    reads = curator()
    make_submission(S.IN_REVIEW, title="One")
    with django_assert_max_num_queries(99) as alone:
        reads.done("get", "/reviews/?tab=in-review")
    for number in range(2):
        make_submission(S.IN_REVIEW, title=f"More {number}")
    with django_assert_max_num_queries(len(alone)):
        assert len(reads.done("get", "/reviews/?tab=in-review")["results"]) == 3


def test_the_api_opens_to_nobody_without_an_account_a_role_or_the_scope(client, db):
    submission = make_submission(S.SUBMITTED)
    one = f"/reviews/{submission.pk}/"
    reader, officer = Program(make_user(Role.CURATOR), Scope.DRAFT), Program(submission.lead, Scope.REVIEW)
    stranger = Program(make_user(Role.OFFICER, country="PER"), Scope.REVIEW)

    anonymous = client.post(f"/api/v1{one}claim/", {"no_conflict": True}, content_type="application/json")
    assert (anonymous.status_code, anonymous["WWW-Authenticate"]) == (401, 'Bearer realm="SSC Portal"')
    assert "review" in reader.done("post", f"{one}claim/", {"no_conflict": True}, 403)["detail"]
    assert reader("get", "/reviews/").status_code == officer("get", "/reviews/").status_code == 403
    assert officer("get", one).status_code == 404  # its country reads it in the workspace
    assert officer("post", f"{one}claim/", {"no_conflict": True}).status_code == 403
    assert (
        stranger("get", one).status_code == stranger("post", f"{one}claim/", {"no_conflict": True}).status_code == 404
    )
    assert Submission.objects.get().status == S.SUBMITTED


def test_an_administrator_reads_which_is_kept_and_judges_nothing(db):
    submission, looks = make_submission(S.SUBMITTED), Program(make_user(Role.ADMINISTRATOR), Scope.REVIEW)

    assert looks.done("get", f"/reviews/{submission.pk}/")["moves"] == []
    assert AuditEvent.objects.get(action="draft_read").actor == looks.user
    assert looks("post", f"/reviews/{submission.pk}/claim/", {"no_conflict": True}).status_code == 403


def test_drafts_are_no_business_of_curators(db):
    draft, reads = make_submission(S.DRAFT), curator()

    assert reads("get", f"/reviews/{draft.pk}/").status_code == 404
    assert reads("get", "/reviews/?scope=all").json()["results"] == []
