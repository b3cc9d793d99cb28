"""Random people making random moves with one exchange: only what the table allows happens, and nothing is lost.

The oracle below is written from the rules of the portal, not from its code. ``SSC_LONG=1`` runs it in full.
"""

import datetime
import itertools
import os
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from accounts.enums import Role
from accounts.models import Membership, OutboxMessage
from exchanges.enums import PartyRole
from exchanges.models import Exchange, FollowUp, Message, Party
from exchanges.refusals import Stale
from exchanges.workflow import exchanges
from practices.models import CountryOffice
from practices.refusals import TransitionError
from tests.make import make_country, make_organisation
from tests.people import make_user

pytestmark = pytest.mark.django_db
RUNS = 1000 if os.environ.get("SSC_LONG") == "1" else 35

# Who speaks for which side. Bangladesh asks for endorsement, so its officer works along but does not speak for it.
VOICES = {"officer of Peru": "PER", "focal point of Bangladesh": "BGD"}
PARTIES = {*VOICES, "officer of Bangladesh", "facilitator"}
SPEAKERS = {*VOICES, "facilitator"}
OPEN = {"proposed", "agreed", "preparing", "running", "reporting"}
AGREEMENT = {
    "title": "Weighing every child",
    "objective": "Every child is weighed each month.",
    "outputs": "Scales and trained people.",
    "cost_share": "Each side bears its own.",
    "starts_on": datetime.date(2027, 1, 1),
    "ends_on": datetime.date(2027, 12, 31),
}


def make_people():
    CountryOffice.objects.create(country=make_country("BGD"), asks_for_endorsement=True)
    facilitator = make_user()
    Membership.objects.create(user=facilitator, role=Role.PARTNER, organisation=make_organisation("A facilitator"))
    return {
        "officer of Peru": make_user(Role.OFFICER, country="PER"),
        "officer of Bangladesh": make_user(Role.OFFICER, country="BGD"),
        "focal point of Bangladesh": make_user(Role.FOCAL_POINT, country="BGD"),
        "facilitator": facilitator,
        "officer of Kenya": make_user(Role.OFFICER, country="KEN"),
        "curator": make_user(Role.CURATOR),
        "administrator": make_user(Role.ADMINISTRATOR),
        "no role": make_user(),
    }


def machine(people):
    """The state machine for ``people``; each run works in a savepoint that is rolled back."""
    somebody = st.sampled_from(sorted(people))
    organisation = people["facilitator"].memberships.get().organisation

    class Travels(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.savepoint = transaction.atomic()
            self.savepoint.__enter__()
            parties = [
                {"country": make_country("PER"), "role": PartyRole.PROVIDER},
                {"country": make_country("BGD"), "role": PartyRole.BENEFICIARY},
                {"organisation": organisation, "role": PartyRole.FACILITATOR},
            ]
            self.exchange = exchanges.propose(
                people["officer of Peru"], form_key=uuid.uuid4(), values=AGREEMENT, parties=parties
            )
            self.status, self.revision, self.signed, self.checks, self.messages, self.moves = (
                "proposed",
                1,
                set(),
                0,
                0,
                0,
            )
            self.was_agreed = False

        def teardown(self):
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

        def attempt(self, call, may, states, to=None):
            """Try ``call``. Returns whether it happened, after comparing with what should happen."""
            try:
                with transaction.atomic():
                    call()
                outcome = "done"
            except PermissionDenied:
                outcome = "forbidden"
            except TransitionError:
                outcome = "not now"
            expected = "forbidden" if not may else "not now" if self.status not in states else "done"
            assert outcome == expected, (call, self.status)
            if outcome == "done" and to:
                self.status, self.moves = to, self.moves + 1
            return outcome == "done"

        @rule(actor=somebody, is_stale=st.booleans())
        def edit(self, actor, is_stale):
            def call():
                revision = self.revision - 1 if is_stale else self.revision
                exchanges.edit_agreement(self.exchange, by=people[actor], revision=revision, values={"topic": actor})

            if is_stale and actor in PARTIES and self.status == "proposed":
                with pytest.raises(Stale), transaction.atomic():
                    call()
                return
            if self.attempt(call, actor in PARTIES, {"proposed"}):
                self.revision, self.signed = self.revision + 1, set()

        @rule(actor=somebody, iso3=st.sampled_from(["PER", "BGD"]))
        def sign(self, actor, iso3):
            party = Party.objects.get(exchange=self.exchange, country=iso3)
            states = set() if iso3 in self.signed else {"proposed"}
            if self.attempt(
                lambda: exchanges.sign(self.exchange, by=people[actor], party=party, revision=self.revision),
                VOICES.get(actor) == iso3,
                states,
            ):
                self.signed.add(iso3)
                if self.signed == {"PER", "BGD"}:
                    self.status, self.moves, self.was_agreed = "agreed", self.moves + 1, True

        @rule(actor=somebody, name=st.sampled_from(["prepare", "start_work", "begin_reporting"]))
        def advance(self, actor, name):
            start, end = {
                "prepare": ("agreed", "preparing"),
                "start_work": ("preparing", "running"),
                "begin_reporting": ("running", "reporting"),
            }[name]
            call = getattr(exchanges, name)
            self.attempt(lambda: call(self.exchange, by=people[actor]), actor in SPEAKERS, {start}, end)

        @rule(actor=somebody, lessons=st.sampled_from(["", "Begin earlier."]))
        def close(self, actor, lessons):
            def call():
                exchanges.close(self.exchange, by=people[actor], lessons=lessons, outcome="It is done.")

            if not lessons and actor in SPEAKERS and self.status == "reporting":
                with pytest.raises(ValidationError), transaction.atomic():
                    call()
                return
            self.attempt(call, actor in SPEAKERS, {"reporting"}, "closed")

        @rule(actor=somebody)
        def follow_up(self, actor):
            check = FollowUp.objects.filter(exchange=self.exchange, done_at=None).first()
            if check is None:
                return
            if self.attempt(
                lambda: exchanges.record_follow_up(check, by=people[actor], outcome="in_use", note=""),
                actor in SPEAKERS,
                {"closed"},
            ):
                self.checks += 1
                if self.checks == 3:
                    self.status, self.moves = "followed_up", self.moves + 1

        @rule(actor=somebody)
        def post(self, actor):
            states = {*OPEN, "closed", "followed_up"}
            if self.attempt(
                lambda: exchanges.post(self.exchange, by=people[actor], text="Hello."), actor in PARTIES, states
            ):
                self.messages += 1

        @rule(actor=somebody)
        def decline(self, actor):
            if self.moves or len(self.signed) == 1:  # rarely, or most runs would end here
                self.attempt(
                    lambda: exchanges.decline(self.exchange, by=people[actor], note="No time."),
                    actor in SPEAKERS,
                    {"proposed"},
                    "declined",
                )

        @rule(actor=somebody)
        def cancel(self, actor):
            if self.moves > 3:
                self.attempt(
                    lambda: exchanges.cancel(self.exchange, by=people[actor], note="The money is gone."),
                    actor in SPEAKERS,
                    OPEN,
                    "cancelled",
                )

        @invariant()
        def the_state_is_what_the_rules_say(self):
            assert Exchange.objects.get(pk=self.exchange.pk).status == self.status

        @invariant()
        def history_is_a_chain_from_the_proposal_to_now(self):
            events = [event for event in self.exchange.events.all() if event.from_status != event.to_status]
            assert len(events) == self.moves
            assert all(one.to_status == two.from_status for one, two in itertools.pairwise(events))
            assert not events or events[-1].to_status == self.status

        @invariant()
        def the_world_reads_only_what_was_agreed(self):
            assert Exchange.objects.live().exists() == self.was_agreed

        @invariant()
        def strangers_read_no_proposal(self):
            for name in ("no role", "officer of Kenya", "administrator"):
                assert Exchange.objects.visible_to(people[name]).exists() == self.was_agreed

        @invariant()
        def what_was_said_and_learnt_stays(self):
            assert Message.objects.count() == self.messages
            if self.status in {"closed", "followed_up"}:
                assert Exchange.objects.get(pk=self.exchange.pk).lessons == "Begin earlier."

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
            stateful_step_count=18,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
