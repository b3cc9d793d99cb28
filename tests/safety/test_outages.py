"""Wherever in a request PostgreSQL goes away, the answer says so: 503, or what can be shown without it, never 500."""

import itertools
import os
import socket

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from accounts.enums import Role, Scope
from tests.exchanges_make import make_need, make_offer
from tests.make import make_practice
from tests.people import PASSWORD, bearer, make_key, make_user
from tests.submissions import make_draft

pytestmark = pytest.mark.django_db(transaction=True)

READ_BY_ALL = [
    "/",
    "/practices/?q=water",
    "/practices/?q=watr",
    "/practices/{slug}/",
    "/practices/{slug}/history/",
    "/practices/compare/?slug={slug}",
    "/countries/",
    "/countries/BGD/",
    "/exchanges/",
    "/exchanges/offers/?q=water",
    "/exchanges/needs/",
    "/impact/",
    "/feeds/practices.atom",
    "/oai/?verb=Identify",
    "/api/v1/practices/?q=water",
    "/api/v1/practices/{slug}/",
    "/api/v1/practices/?modified_since=2020-01-01",
    "/api/v1/needs/?expand=countries",
    "/api/v1/countries/",
]
READ_BY_OFFICERS = ["/", "/workspace/", "/workspace/submissions/{pk}/", "/workspace/submissions/{pk}/challenge/"]
READ_BY_KEYS = ["/api/v1/practices/?q=water", "/api/v1/submissions/"]


class Loss:
    """Cuts the line to PostgreSQL, as it does when it is stopped at once, before statement ``number`` (from 1)."""

    def __init__(self, number):
        self.number, self.seen = number, 0

    def __call__(self, execute, sql, params, many, context):
        self.seen += 1
        if self.seen == self.number:
            with socket.socket(fileno=os.dup(context["connection"].connection.fileno())) as line:
                line.shutdown(socket.SHUT_RDWR)
        return execute(sql, params, many, context)


def wrong(addresses, ask, facts=lambda: ()):
    """[(address, statement before which PostgreSQL went away, status)] of answers that are neither done nor 503.

    ``ask`` gives the response to an address and, where given, ``facts`` that were read before; it is called until a
    request takes no more statements than went before.
    """
    found = []
    for address in addresses:
        for number in itertools.count(1):
            cache.clear()
            known, loss = facts(), Loss(number)
            with connection.execute_wrapper(loss):
                response = ask(address, *known)
            connection.close()
            if loss.seen < number:
                break
            if response.status_code not in {200, 302} and (response.status_code, response.get("Retry-After")) != (
                503,
                "60",
            ):
                found.append((address, number, response.status_code))
        assert number > 1, f"{address} asks PostgreSQL nothing."
    return found


@pytest.fixture
def places(client):
    client.raise_request_exception = False
    practice = make_practice(title="Safe water at school")
    make_offer()
    make_need()
    return {"slug": practice.slug}


def test_a_reader_is_told_that_it_does_not_work_now(client, places):
    assert wrong(READ_BY_ALL, lambda address: client.get(address.format(**places))) == []


def test_an_officer_is_told_that_it_does_not_work_now(client, places):
    officer = make_user(Role.OFFICER)
    draft = make_draft(officer)
    client.force_login(officer)

    assert wrong(READ_BY_OFFICERS, lambda address: client.get(address.format(pk=draft.pk))) == []


def test_a_program_is_told_that_it_does_not_work_now(client, places):
    _row, text = make_key(Scope.DRAFT, user=make_user(Role.OFFICER))

    assert wrong(READ_BY_KEYS, lambda address: client.get(address, headers=bearer(text))) == []


def test_who_signs_in_is_told_that_it_does_not_work_now(places):
    officer = make_user(Role.OFFICER)

    def sent(address):
        return Client(raise_request_exception=False).post(address, {"login": officer.email, "password": PASSWORD})

    assert wrong(["/accounts/login/"], sent) == []


def test_who_saves_is_told_that_it_does_not_work_now(client, places):
    officer = make_user(Role.OFFICER)
    draft = make_draft(officer)
    client.force_login(officer)
    numbers = itertools.count()

    def revision():
        draft.refresh_from_db()
        return (draft.revision,)

    def saved(address, revision):
        return client.post(address, {"revision": revision, "challenge": f"Said {next(numbers)} times."})

    assert wrong([f"/workspace/submissions/{draft.pk}/challenge/"], saved, revision) == []
