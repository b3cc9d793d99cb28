"""The way of a case study: who may make which move, what is refused, and one line of history for each."""

import uuid

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.utils import DatabaseError

from accounts.enums import Role
from accounts.models import OutboxMessage
from practices import workflow
from practices.enums import OPEN_STATUSES, RequestStatus, SubmissionStatus, Thread
from practices.models import (
    ChangeRequest,
    CountryOffice,
    Practice,
    PracticeLink,
    Review,
    Submission,
    SubmissionEvent,
)
from practices.refusals import Incomplete, TransitionError
from tests.make import make_country, make_practice
from tests.people import make_user
from tests.submissions import file_review, make_draft, make_submission

pytestmark = pytest.mark.django_db
S = SubmissionStatus


@pytest.fixture
def officer():
    return make_user(Role.OFFICER, country="BGD", name="Officer")


@pytest.fixture
def focal_point():
    return make_user(Role.FOCAL_POINT, country="BGD", name="Focal point")


@pytest.fixture
def curator():
    return make_user(Role.CURATOR, name="Curator")


def told(kind):
    return set(OutboxMessage.objects.filter(kind=f"practices.{kind}").values_list("user__email", flat=True))


# Writing


def test_the_same_form_sent_twice_begins_one_case_study(officer):
    key = uuid.uuid4()
    country = make_country("BGD")

    first = workflow.start(officer, country, title="Floating schools", form_key=key)
    second = workflow.start(officer, country, title="Floating schools", form_key=key)

    assert first == second
    assert Submission.objects.count() == 1
    assert SubmissionEvent.objects.count() == 1


def test_nobody_writes_for_another_country(officer):
    with pytest.raises(PermissionDenied):
        workflow.start(officer, make_country("PER"), title="Iron drops", form_key=uuid.uuid4())

    assert Submission.objects.count() == 0


def test_what_is_incomplete_is_not_sent_and_says_what_is_missing(officer):
    draft = make_draft(officer, is_complete=False)

    with pytest.raises(Incomplete) as refusal:
        workflow.submit(draft, by=officer)

    assert {"challenge", "lessons", "has_clearance", "results"} <= {item.field for item in refusal.value.items}
    assert Submission.objects.get().status == S.DRAFT


def test_submitting_keeps_what_was_handed_in_and_tells_the_curators_in_scope(officer, curator):
    make_user(Role.CURATOR, email="elsewhere@example.org").memberships.update(areas=["learning"])

    submission = workflow.submit(make_draft(officer), by=officer)

    assert submission.status == S.SUBMITTED
    assert submission.snapshots.get().content["title"] == "Skilled care at birth"
    assert told("submitted") == {curator.email}
    event = submission.events.latest()
    assert (event.kind, event.actor, event.from_status, event.to_status) == ("submitted", officer, S.DRAFT, S.SUBMITTED)


def test_a_country_that_asks_for_it_endorses_first(officer, focal_point, curator):
    CountryOffice.objects.create(country=make_country("BGD"), asks_for_endorsement=True)

    submission = workflow.submit(make_draft(officer), by=officer)
    assert submission.status == S.ENDORSEMENT
    assert told("asked_endorsement") == {focal_point.email}
    assert not Submission.objects.visible_to(curator).exists()
    with pytest.raises(PermissionDenied):
        workflow.endorse(submission, by=officer)

    submission = workflow.endorse(submission, by=focal_point)

    assert (submission.status, submission.endorsed_by) == (S.SUBMITTED, focal_point)


def test_a_focal_point_sends_back_with_a_reason(officer, focal_point):
    CountryOffice.objects.create(country=make_country("BGD"), asks_for_endorsement=True)
    submission = workflow.submit(make_draft(officer), by=officer)

    with pytest.raises(TransitionError):
        workflow.send_back(submission, by=focal_point, note=" ")
    submission = workflow.send_back(submission, by=focal_point, note="Name the district.")

    assert submission.status == S.DRAFT
    assert told("sent_back") == {officer.email}


def test_a_partners_draft_is_always_endorsed_by_the_country(focal_point):
    partner = make_user(Role.PARTNER)

    submission = workflow.submit(make_draft(partner), by=partner)

    assert submission.status == S.ENDORSEMENT


def test_coauthors_are_officers_of_the_same_country_and_may_take_the_lead(officer):
    colleague, stranger = make_user(Role.OFFICER, country="BGD"), make_user(Role.OFFICER, country="PER")
    draft = make_draft(officer)

    with pytest.raises(TransitionError):
        workflow.invite(draft, by=officer, user=stranger)
    workflow.invite(draft, by=officer, user=colleague)
    draft = workflow.hand_over(draft, by=officer, user=colleague)

    assert draft.lead == colleague
    assert list(draft.coauthors.all()) == [officer]
    assert told("invited") == {colleague.email}


# Reviewing


def test_a_curator_declares_to_have_no_conflict_before_claiming(curator):
    submission = make_submission()

    with pytest.raises(TransitionError):
        workflow.claim(submission, by=curator, no_conflict=False)
    submission = workflow.claim(submission, by=curator, no_conflict=True)

    assert (submission.status, submission.holder) == (S.IN_REVIEW, curator)
    assert Review.objects.get().declared_at


def test_nobody_reviews_their_own_countrys_case_study():
    close = make_user(Role.CURATOR, Role.OFFICER, country="BGD")
    submission = make_submission(country="BGD")

    with pytest.raises(PermissionDenied):
        workflow.claim(submission, by=close, no_conflict=True)

    assert Submission.objects.get().status == S.SUBMITTED


def test_an_administrator_cannot_review_publish_or_decline():
    administrator = make_user(Role.ADMINISTRATOR)
    submission = make_submission(S.IN_REVIEW)

    for move, arguments in [("publish", {}), ("decline", {"letter": "No."}), ("request_changes", {"letter": "More."})]:
        with pytest.raises(PermissionDenied):
            getattr(workflow, move)(submission, by=administrator, **arguments)

    assert Submission.objects.get().status == S.IN_REVIEW


def test_change_requests_are_sent_answered_and_closed(officer, curator):
    submission = make_submission(S.IN_REVIEW, lead=officer, curator=curator)
    request = workflow.add_request(submission, by=curator, field="approach", text="How many?", must_fix=True)
    assert list(ChangeRequest.objects.sent()) == []

    submission = workflow.request_changes(submission, by=curator, letter="Nearly there.")
    with pytest.raises(Incomplete):
        workflow.submit(submission, by=officer)
    workflow.answer(request, by=officer, text="1,120 agents.")
    submission = workflow.submit(submission, by=officer)
    assert (submission.status, submission.holder) == (S.IN_REVIEW, curator)
    file_review(submission, curator)
    with pytest.raises(Incomplete):
        workflow.publish(submission, by=curator)
    workflow.close(request, by=curator)
    workflow.publish(submission, by=curator)

    request.refresh_from_db()
    assert (request.status, request.closed_by) == (RequestStatus.CLOSED, curator)
    assert told("changes_requested") == {officer.email}
    assert told("answered") == {curator.email}
    assert submission.snapshots.count() == 2


def test_publishing_needs_a_filed_review_its_gates_and_a_score_of_three(curator):
    submission = make_submission(S.IN_REVIEW, curator=curator)
    with pytest.raises(Incomplete):
        workflow.publish(submission, by=curator)
    review = file_review(submission, curator, score=2)

    with pytest.raises(Incomplete):
        workflow.publish(submission, by=curator)
    Review.objects.filter(pk=review.pk).update(
        scores=dict.fromkeys(review.scores, 4), gates={**review.gates, "safe": False}
    )
    with pytest.raises(Incomplete):
        workflow.publish(submission, by=curator)

    assert not Practice.objects.exists()


def test_publishing_makes_it_what_the_world_reads(officer, curator):
    submission = make_submission(S.IN_REVIEW, lead=officer, curator=curator, contact_email="ask@example.org")
    file_review(submission, curator, is_named=True)

    practice = workflow.publish(submission, by=curator, letter="Well done.")

    submission.refresh_from_db()
    assert (submission.status, submission.practice) == (S.PUBLISHED, practice)
    assert practice.live == submission.version
    assert (practice.label, practice.contact.email, practice.provenance) == ("promising", "ask@example.org", "country")
    assert practice.reference.startswith("SSC-BGD-")
    card = practice.live.review_card
    assert (card.reviewers_count, card.reviewers, float(card.score)) == (1, ["Curator"], 4.0)
    event = submission.events.latest()
    assert (event.kind, event.actor, event.note, event.is_actor_named) == ("published", curator, "Well done.", True)
    assert told("published") == {officer.email}


def test_two_good_reviews_make_a_good_practice(curator):
    submission = make_submission(S.IN_REVIEW, curator=curator)
    file_review(submission, curator)
    file_review(submission, make_user(Role.CURATOR), score=5)

    practice = workflow.publish(submission, by=curator)

    assert (practice.label, practice.live.review_card.reviewers_count) == ("good", 2)


def test_reviewers_who_disagree_make_the_portal_ask_for_a_third(curator):
    submission = make_submission(S.IN_REVIEW, curator=curator)
    file_review(submission, curator, score=5)
    assert not Submission.objects.get().wants_third_reader

    file_review(submission, make_user(Role.CURATOR), score=3)

    assert Submission.objects.get().wants_third_reader


def test_declining_needs_a_reason_that_the_country_reads(officer, curator):
    submission = make_submission(S.IN_REVIEW, lead=officer, curator=curator)

    with pytest.raises(TransitionError):
        workflow.decline(submission, by=curator, letter="")
    submission = workflow.decline(submission, by=curator, letter="It was only planned.")

    assert (submission.status, submission.decided_by) == (S.DECLINED, curator)
    assert told("declined") == {officer.email}


def test_a_case_study_is_released_and_handed_on(curator):
    other = make_user(Role.CURATOR)
    submission = make_submission(S.IN_REVIEW, curator=curator)

    submission = workflow.reassign(submission, by=curator, to=other)
    assert submission.holder == other
    with pytest.raises(PermissionDenied):
        workflow.release(submission, by=curator)
    submission = workflow.release(submission, by=other)

    assert (submission.status, submission.holder) == (S.SUBMITTED, None)


def test_the_curators_thread_is_closed_to_the_country(officer, curator):
    submission = make_submission(S.IN_REVIEW, lead=officer, curator=curator)

    with pytest.raises(PermissionDenied):
        workflow.comment(submission, by=officer, thread=Thread.INTERNAL, text="Hello?")
    workflow.comment(submission, by=curator, thread=Thread.SHARED, text="A question.")

    assert told("commented") == {officer.email}


# Updates


def test_an_update_begins_with_the_live_text_and_readers_keep_the_live_one(officer, curator):
    practice = make_practice(title="As it is", country="BGD")
    submission = workflow.start(officer, practice.country, title="", form_key=uuid.uuid4(), base_practice=practice)

    assert (submission.version.title, submission.base) == ("As it is", practice.live)
    with pytest.raises(TransitionError):
        workflow.start(officer, practice.country, title="", form_key=uuid.uuid4(), base_practice=practice)
    assert Practice.objects.get().live == practice.live


def test_an_adaptation_is_linked_when_it_is_published(curator):
    original = make_practice(title="Kangaroo care", country="COL", summary="Skin to skin.")
    officer = make_user(Role.OFFICER, country="BGD")
    started = workflow.start(officer, make_country("BGD"), title="Ours", form_key=uuid.uuid4(), adapts=original)
    assert (started.version.summary, started.version.country_rows.get().country_id) == ("Skin to skin.", "BGD")
    submission = make_submission(S.IN_REVIEW, lead=officer, curator=curator, adapts=original)
    file_review(submission, curator)

    practice = workflow.publish(submission, by=curator)

    link = PracticeLink.objects.get()
    assert (link.practice, link.target, link.kind) == (practice, original, "adapts")


def test_retracting_a_practice_ends_its_update(officer, curator):
    practice = make_practice(country="BGD")
    update = workflow.start(officer, practice.country, title="", form_key=uuid.uuid4(), base_practice=practice)

    with pytest.raises(PermissionDenied):
        workflow.retract(practice, by=officer, reason="We were wrong.")
    practice = workflow.retract(practice, by=curator, reason="The figures could not be confirmed.")

    update.refresh_from_db()
    assert (update.status, practice.status) == (S.WITHDRAWN, "retracted")
    with pytest.raises(TransitionError):
        workflow.retract(practice, by=curator, reason="Again.")


def test_an_adoption_is_proposed_with_a_source_and_confirmed_by_a_curator(curator):
    practice = make_practice(country="COL")
    officer = make_user(Role.OFFICER, country="BGD")

    with pytest.raises(TransitionError):
        workflow.propose_adoption(practice, make_country("BGD"), by=officer, source="")
    proposal = workflow.propose_adoption(practice, make_country("BGD"), by=officer, source="Report 2021", year=2019)
    assert practice.adoptions.count() == 0
    workflow.decide_adoption(proposal, by=curator, confirm=True)

    assert practice.adoptions.get().source == "Report 2021"
    with pytest.raises(TransitionError):
        workflow.decide_adoption(proposal, by=curator, confirm=False, reason="No.")


# The second lock


@pytest.mark.parametrize("status", S.values)
def test_every_move_that_the_table_does_not_name_is_refused_also_by_the_database(status):
    submission = make_submission(status if status != S.ENDORSEMENT else S.DRAFT)
    if status == S.ENDORSEMENT:
        Submission.objects.filter(pk=submission.pk).update(status=S.ENDORSEMENT)
    forbidden = [other for other in S.values if other != status and other not in workflow.NEXT[S(status)]]

    for other in forbidden:
        with pytest.raises(DatabaseError), transaction.atomic():
            Submission.objects.filter(pk=submission.pk).update(status=other)

    assert Submission.objects.get(pk=submission.pk).status == status


def test_history_is_only_ever_added_to():
    submission = make_submission()

    for change in (
        lambda: submission.events.update(note="Never happened."),
        lambda: submission.events.all().delete(),
        lambda: submission.snapshots.update(number=9),
        lambda: Submission.objects.filter(pk=submission.pk).delete(),
    ):
        with pytest.raises((DatabaseError, IntegrityError)), transaction.atomic():
            change()


# Who reads what


@pytest.mark.parametrize("status", S.values)
def test_visible_to_is_the_union_of_what_the_roles_may_read(status):
    lead = make_user(Role.OFFICER, country="BGD")
    submission = make_submission(S.DRAFT if status == S.ENDORSEMENT else status, lead=lead)
    if status == S.ENDORSEMENT:
        Submission.objects.filter(pk=submission.pk).update(status=status)
    was_handed_in = status not in {S.DRAFT, S.ENDORSEMENT}
    people = {
        "no role": (make_user(), False),
        "lead": (lead, True),
        "colleague": (make_user(Role.OFFICER, country="BGD"), True),
        "focal point": (make_user(Role.FOCAL_POINT, country="BGD"), True),
        "other country": (make_user(Role.OFFICER, country="PER"), False),
        "curator": (make_user(Role.CURATOR), was_handed_in),
        "administrator": (make_user(Role.ADMINISTRATOR), was_handed_in),
        "partner": (make_user(Role.PARTNER), False),
    }

    seen = {name: Submission.objects.visible_to(person).exists() for name, (person, _may) in people.items()}

    assert seen == {name: may for name, (_person, may) in people.items()}
    assert set(OPEN_STATUSES) < set(S.values)
