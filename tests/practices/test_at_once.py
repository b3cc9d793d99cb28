"""Two people at the same moment: one decision, one event, one message, whoever was quicker."""

import os
import threading
from functools import partial

import pytest
from django.db import connection

from accounts.enums import Role
from accounts.models import Membership, OutboxMessage
from practices import workflow
from practices.enums import SubmissionStatus
from practices.models import Practice, Submission
from practices.refusals import TransitionError
from practices.sheets import checking, making
from practices.sheets.layout import MAIN
from practices.sheets.reading import Filled, Line, Table
from ssc_portal import data_rights
from tests.make import make_country
from tests.people import make_user
from tests.submissions import file_review, make_submission

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]
ROUNDS = 200 if os.environ.get("SSC_LONG") == "1" else 20
S = SubmissionStatus


def at_once(*moves):
    """Run ``moves`` in threads that begin together. Returns [name of the refusal or "done"], in their order."""
    outcomes, together = [None] * len(moves), threading.Barrier(len(moves))

    def run(number, move):
        try:
            together.wait()
            move()
            outcomes[number] = "done"
        except TransitionError as refusal:
            outcomes[number] = type(refusal).__name__
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(moves)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_two_curators_who_decide_at_once_leave_one_decision_one_event_and_one_message():
    make_country("BGD")
    officer = make_user(Role.OFFICER, country="BGD")
    one, two = make_user(Role.CURATOR), make_user(Role.CURATOR)
    for number in range(ROUNDS):
        submission = make_submission(S.IN_REVIEW, lead=officer, curator=one, title=f"Round {number}")
        file_review(submission, one)

        outcomes = at_once(
            partial(workflow.publish, submission, by=one, letter="Yes."),
            partial(workflow.decline, submission, by=two, letter="No."),
        )

        submission.refresh_from_db()
        decisions = submission.events.filter(kind__in=["published", "declined"])
        assert sorted(outcomes) == ["TransitionError", "done"]
        assert decisions.count() == 1
        assert decisions.get().kind == submission.status
        assert OutboxMessage.objects.filter(key__startswith=f"submission-event:{decisions.get().pk}:").count() == 1
        assert Practice.objects.filter(live=submission.version).exists() == (submission.status == S.PUBLISHED)


def test_a_case_study_that_two_submit_at_once_is_handed_in_once():
    make_country("BGD")
    officer = make_user(Role.OFFICER, country="BGD")
    for number in range(ROUNDS):
        submission = make_submission(S.DRAFT, lead=officer, title=f"Round {number}")

        outcomes = at_once(
            partial(workflow.submit, submission, by=officer),
            partial(workflow.submit, submission, by=officer),
        )

        assert sorted(outcomes) == ["TransitionError", "done"]
        assert submission.snapshots.count() == submission.events.filter(kind="submitted").count() == 1


def test_a_sheet_that_is_confirmed_twice_at_once_makes_each_draft_once():
    make_country("BGD")
    for number in range(ROUNDS // 5):
        officer = make_user(Role.OFFICER, country="BGD")
        lines = [Line(row, {"title": f"Round {number}, row {row}", "places": "Dhaka"}, {}) for row in (2, 3)]
        filled = Filled({MAIN: Table("Case studies", {"title": "C", "places": "M"}, lines)}, [])
        reports = [checking.check(filled, officer, "en") for _press in range(2)]

        outcomes = at_once(*(partial(making.make, report, by=officer) for report in reports))

        drafts = Submission.objects.filter(lead=officer).select_related("version")
        assert outcomes == ["done", "done"]
        assert sorted((one.version.title, one.version.places, one.revision) for one in drafts) == [
            (f"Round {number}, row 2", "Dhaka", 2),
            (f"Round {number}, row 3", "Dhaka", 2),
        ]


def test_of_two_focal_points_who_leave_at_once_one_stays():
    make_country("BGD")
    for _number in range(ROUNDS // 5):
        pair = [make_user(Role.FOCAL_POINT, country="BGD") for _who in range(2)]

        at_once(*(partial(data_rights.erase, person) for person in pair))

        assert Membership.objects.filter(role=Role.FOCAL_POINT, user__in=pair, user__is_active=True).count() == 1
        Membership.objects.filter(user__in=pair).delete()
