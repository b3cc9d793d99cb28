"""Two people at the same moment: one signature each, one exchange, whoever was quicker."""

import os
import uuid
from functools import partial

import pytest

from accounts.enums import Role
from exchanges.enums import EventKind, ExchangeStatus, NeedStatus
from exchanges.models import Exchange, Signature
from exchanges.workflow import exchanges, needs
from tests.exchanges.test_workflow_exchanges import AGREEMENT, TWO, parties, party_of
from tests.exchanges_make import make_exchange, make_match, make_need
from tests.make import make_country
from tests.people import make_user
from tests.practices.test_at_once import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]
ROUNDS = 100 if os.environ.get("SSC_LONG") == "1" else 10


def test_both_sides_sign_at_once_and_it_is_agreed_once():
    make_country("COL")
    giving, asking = make_user(Role.OFFICER, country="COL"), make_user(Role.OFFICER, country="PER")
    for _round in range(ROUNDS):
        exchange = exchanges.propose(asking, form_key=uuid.uuid4(), values=AGREEMENT, parties=parties(*TWO))
        signing = [
            partial(exchanges.sign, exchange, by=user, party=party_of(exchange, iso3), revision=1)
            for user, iso3 in ((giving, "COL"), (asking, "PER"))
        ]

        outcomes = at_once(*signing, signing[0])

        exchange.refresh_from_db()
        assert sorted(outcomes) == ["TransitionError", "done", "done"]
        assert exchange.status == ExchangeStatus.AGREED
        assert Signature.objects.filter(exchange=exchange).count() == 2
        assert exchange.events.filter(kind=EventKind.AGREED).count() == 1


def test_one_exchange_comes_of_matches_that_are_pooled_twice():
    officer = make_user(Role.OFFICER, country="PER")
    for _round in range(ROUNDS):
        need = make_need(country="PER", lead=officer, summary="We ask.")
        accepted = {"need_answer": "accepted", "country_answer": "accepted"}
        pair = [make_match(need, "COL", **accepted)]
        keys = [uuid.uuid4(), uuid.uuid4()]

        outcomes = at_once(*(partial(exchanges.from_matches, pair, by=officer, form_key=key) for key in keys))

        assert sorted(outcomes) == ["TransitionError", "done"]
        assert Exchange.objects.filter(need=need).count() == 1


def test_an_exchange_ends_while_its_need_does_and_neither_waits_for_the_other_for_ever():
    officer = make_user(Role.OFFICER, country="PER")
    for _round in range(ROUNDS):
        need = make_need("matched", country="PER", lead=officer)
        exchange = make_exchange("agreed", need=need, proposed_by=officer)

        outcomes = at_once(
            partial(exchanges.cancel, exchange, by=officer, note="The budget was cut."),
            partial(needs.withdraw, need, by=officer, note="It is solved."),
        )

        need.refresh_from_db()
        exchange.refresh_from_db()
        assert outcomes == ["done", "done"]
        assert (exchange.status, need.status) == (ExchangeStatus.CANCELLED, NeedStatus.WITHDRAWN)
