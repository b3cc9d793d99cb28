"""Random people making random moves: whatever they try, only what the table allows happens, and nothing is lost.

The oracle below is written from the rules of the portal, not from its code. ``SSC_LONG=1`` runs it in full.
"""

import itertools
import os

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from accounts.enums import Role
from accounts.models import OutboxMessage
from practices import workflow
from practices.models import Practice, Review, Submission
from practices.refusals import TransitionError
from tests.people import make_user
from tests.submissions import file_review, make_draft

pytestmark = pytest.mark.django_db
RUNS = 2000 if os.environ.get("SSC_LONG") == "1" else 70

AUTHORS = {"lead", "focal point"}
NEUTRAL = {"curator", "second curator"}
OPEN = {"draft", "submitted", "in_review", "changes_requested"}


def make_people():
    return {
        "lead": make_user(Role.OFFICER, country="BGD"),
        "colleague": make_user(Role.OFFICER, country="BGD"),
        "focal point": make_user(Role.FOCAL_POINT, country="BGD"),
        "foreign officer": make_user(Role.OFFICER, country="PER"),
        "curator": make_user(Role.CURATOR),
        "second curator": make_user(Role.CURATOR),
        "curator of the country": make_user(Role.CURATOR, Role.OFFICER, country="BGD"),
        "administrator": make_user(Role.ADMINISTRATOR),
        "partner": make_user(Role.PARTNER),
        "no role": make_user(),
    }


def machine(people):
    """The state machine for ``people``; each run works in a savepoint that is rolled back."""
    somebody = st.sampled_from(sorted(people))

    class Travels(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.savepoint = transaction.atomic()
            self.savepoint.__enter__()
            self.submission = make_draft(people["lead"])
            self.status, self.holder, self.filed, self.must_fix = "draft", None, set(), {}
            self.settled = set()  # whose review was filed on the text that the curators have now
            self.moves = 0
            self.first_handed_in = False

        def teardown(self):
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

        def attempt(self, move, actor, may, states, to=None, arguments=None):
            """Let ``actor`` try ``move``. Returns whether it happened, after comparing with what should happen."""
            try:
                with transaction.atomic():
                    getattr(workflow, move)(self.submission, by=people[actor], **(arguments or {}))
                outcome = "done"
            except PermissionDenied:
                outcome = "forbidden"
            except TransitionError:
                outcome = "not now"
            expected = "forbidden" if not may else "not now" if self.status not in states else "done"
            assert outcome == expected, (move, actor, self.status)
            if outcome == "done" and to:
                self.status, self.moves = to, self.moves + 1
            return outcome == "done"

        @rule(actor=somebody)
        def submit(self, actor):
            states = {"draft"}
            if not any(state == "open" for state in self.must_fix.values()):
                states.add("changes_requested")
            to = "submitted" if self.status == "draft" else "in_review"
            if self.attempt("submit", actor, actor in AUTHORS, states, to):
                self.first_handed_in, self.settled = True, set()

        @rule(actor=somebody, declares=st.booleans())
        def claim(self, actor, declares):
            states = {"submitted"} if declares else set()
            if self.attempt("claim", actor, actor in NEUTRAL, states, "in_review", {"no_conflict": declares}):
                self.holder = actor

        @rule(actor=somebody)
        def release(self, actor):
            may = actor in NEUTRAL and actor == self.holder
            if self.attempt("release", actor, may, {"in_review"}, "submitted"):
                self.holder = None

        @rule(actor=somebody, to=somebody)
        def reassign(self, actor, to):
            states = {"in_review"} if to in NEUTRAL else set()
            if self.attempt("reassign", actor, actor in NEUTRAL, states, arguments={"to": people[to]}):
                self.holder = to

        @precondition(lambda self: self.status == "in_review")
        @rule(actor=st.sampled_from(sorted(NEUTRAL)), score=st.integers(2, 5))
        def review(self, actor, score):
            if actor in self.settled:
                review = self.submission.reviews.get(reviewer=people[actor])
                with pytest.raises(TransitionError):
                    workflow.file_review(review, by=people[actor])
                return
            file_review(self.submission, people[actor], score=score)
            self.settled.add(actor)
            self.filed = {(name, value) for name, value in self.filed if name != actor} | {(actor, score)}

        @rule(actor=somebody, must_fix=st.booleans())
        def ask(self, actor, must_fix):
            arguments = {"field": "approach", "text": "How many?", "must_fix": must_fix}
            if self.attempt("add_request", actor, actor in NEUTRAL, {"in_review"}, arguments=arguments) and must_fix:
                newest = self.submission.change_requests.latest("pk")
                self.must_fix[newest.pk] = "draft"

        @rule(actor=somebody)
        def answer(self, actor):
            for pk, state in list(self.must_fix.items()):
                if state == "open" and actor in AUTHORS and self.status == "changes_requested":
                    workflow.answer(self.submission.change_requests.get(pk=pk), by=people[actor], text="1,120.")
                    self.must_fix[pk] = "answered"

        @precondition(lambda self: self.status == "in_review")
        @rule(actor=st.sampled_from(sorted(NEUTRAL)))
        def close(self, actor):
            for pk, state in list(self.must_fix.items()):
                if state in {"open", "answered"}:
                    workflow.close(self.submission.change_requests.get(pk=pk), by=people[actor])
                    self.must_fix[pk] = "closed"

        @rule(actor=somebody)
        def request_changes(self, actor):
            states = {"in_review"}
            if self.attempt(
                "request_changes", actor, actor in NEUTRAL, states, "changes_requested", {"letter": "More."}
            ):
                self.must_fix = {pk: "open" if state == "draft" else state for pk, state in self.must_fix.items()}

        @rule(actor=somebody)
        def decline(self, actor):
            self.attempt("decline", actor, actor in NEUTRAL, {"in_review"}, "declined", {"letter": "Only planned."})

        @rule(actor=somebody)
        def publish(self, actor):
            values = sorted(value for _name, value in self.filed)
            middle = (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2 if values else 0
            blocked = any(state in {"open", "answered"} for state in self.must_fix.values())
            states = {"in_review"} if middle >= 3 and not blocked else set()
            self.attempt("publish", actor, actor in NEUTRAL, states, "published")

        @rule(actor=somebody)
        def withdraw(self, actor):
            # Rarely, or most runs would end here.
            if self.moves > 3:
                self.attempt("withdraw", actor, actor in AUTHORS, OPEN, "withdrawn")

        @invariant()
        def the_state_is_what_the_rules_say(self):
            stored = Submission.objects.get(pk=self.submission.pk)
            assert stored.status == self.status

        @invariant()
        def history_is_a_chain_from_the_draft_to_now(self):
            events = [event for event in self.submission.events.all() if event.from_status != event.to_status]
            assert len(events) == self.moves + 1
            assert all(one.to_status == two.from_status for one, two in itertools.pairwise(events))
            assert events[-1].to_status == self.status

        @invariant()
        def the_world_reads_only_what_was_published(self):
            assert Practice.objects.count() == (self.status == "published")

        @invariant()
        def nobody_reviews_their_own(self):
            own = [people["lead"], people["colleague"], people["focal point"], people["curator of the country"]]
            assert not Review.objects.filter(reviewer__in=own).exists()

        @invariant()
        def strangers_read_nothing(self):
            for name in ("no role", "foreign officer", "partner"):
                assert not Submission.objects.visible_to(people[name]).exists()
            for name in ("curator", "administrator"):
                assert Submission.objects.visible_to(people[name]).exists() == self.first_handed_in

        @invariant()
        def each_message_is_promised_once(self):
            keys = list(OutboxMessage.objects.values_list("key", flat=True))
            assert len(keys) == len(set(keys))

    return Travels


@pytest.mark.timeout(1800)
def test_random_people_find_no_forbidden_move_and_break_no_invariant():
    run_state_machine_as_test(
        machine(make_people()),
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=16,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
