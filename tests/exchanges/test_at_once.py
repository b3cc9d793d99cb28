"""Two people at the same moment: one signature each, one exchange, whoever was quicker."""

import os
import uuid
from functools import partial

import pytest

from accounts.enums import Role
from exchanges.enums import EventKind, ExchangeStatus
from exchanges.models import Exchange, Signature
from exchanges.workflow import exchanges
from tests.exchanges.test_workflow_exchanges import AGREEMENT, TWO, parties, party_of
from tests.exchanges_make import make_match, make_need
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
