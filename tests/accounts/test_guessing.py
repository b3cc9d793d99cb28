"""A thousand guesses (a tenth of it when nobody asks for more): few are tried, and the owner gets in all the same."""

import os
import time
from contextlib import contextmanager

import pytest
from django.core.cache import cache
from django.test import Client

from tests.people import PASSWORD, app_code, make_user, set_up_app, sign_in

pytestmark = pytest.mark.django_db

GUESSES = 1000 if os.environ.get("SSC_LONG") else 100
QUARTER, DAY = 15 * 60 + 1, 24 * 3600 + 1
OWNER = "amina@example.org"
HOME = "203.0.113.1"


def address(number):
    return f"198.18.{number // 250}.{number % 250 + 1}"


# {attack: (account and network address of the guess with a number, how many of them are tried at most in a day)}
ATTACKS = {
    "one account from one address": (lambda number: (OWNER, address(0)), 10),
    "one account from everywhere": (lambda number: (OWNER, address(number)), 100),
    "many accounts from one address": (lambda number: (f"person-{number}@example.org", address(0)), 30),
    "ten accounts from everywhere": (lambda number: (f"person-{number % 10}@example.org", address(number)), 1000),
}


@pytest.fixture(autouse=True)
def forget_tries():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def own_device():
    """The browser of the owner, in which they were signed in before."""
    user = make_user(email=OWNER)
    client = Client(REMOTE_ADDR=HOME)
    sign_in(client, user)
    client.post("/accounts/logout/")
    return client


def enter(client, email=OWNER, password=PASSWORD):
    return client.post("/accounts/login/", {"login": email, "password": password}).content.decode()


def is_signed_in(client):
    return "_auth_user_id" in client.session


@contextmanager
def later(seconds):
    now = time.time
    with pytest.MonkeyPatch.context() as clock:
        clock.setattr(time, "time", lambda: now() + seconds)
        yield


@pytest.mark.parametrize("attack", ATTACKS)
def test_of_a_thousand_passwords_few_are_tried_and_the_owner_gets_in(own_device, attack):
    target, most = ATTACKS[attack]
    tried_count = 0
    for number in range(GUESSES):
        email, network = target(number)
        page = enter(Client(REMOTE_ADDR=network), email, f"guess {number}")
        assert ("is not right" in page) != ("Too many tries" in page)
        tried_count += "is not right" in page
        if number % (GUESSES // 4) == GUESSES // 8:  # meanwhile
            enter(own_device)
            assert is_signed_in(own_device)
            own_device.post("/accounts/logout/")

    assert 0 < tried_count <= most


def test_nobody_is_locked_out_for_good(own_device):
    for number in range(max(GUESSES, 110)):
        enter(Client(REMOTE_ADDR=address(number // 8)), OWNER, f"guess {number}")
    attacked, elsewhere = Client(REMOTE_ADDR=address(0)), Client(REMOTE_ADDR=HOME)

    assert "Too many tries" in enter(elsewhere)
    with later(QUARTER):
        assert "Too many tries" in enter(attacked)  # a hundred were tried on this day
    with later(DAY):
        for client in (attacked, elsewhere):
            enter(client)
            assert is_signed_in(client)


def test_a_network_that_guessed_rests_for_a_quarter_of_an_hour(own_device):
    client = Client(REMOTE_ADDR=address(0))
    for number in range(11):
        page = enter(client, OWNER, f"guess {number}")
    assert "Too many tries" in page

    with later(QUARTER):
        enter(client)

    assert is_signed_in(client)


def test_of_a_thousand_codes_ten_are_tried_in_a_quarter_of_an_hour_and_a_hundred_in_a_day():
    user = make_user(email=OWNER)
    owner = Client()
    sign_in(owner, user)
    secret = set_up_app(owner)
    thief = Client(REMOTE_ADDR=address(0))  # who knows the password
    tried = []
    for quarter in range(13):
        with later(quarter * QUARTER):
            enter(thief)  # nobody is waited for longer than that
            count = 0
            for number in range(max(GUESSES // 13, 11)):
                page = thief.post("/accounts/login/code/", {"code": f"{quarter:03}{number:03}"}).content.decode()
                count += "is not right" in page
                if "Too many tries" in page and number > 11:
                    break
            tried.append(count)

    assert tried == [10] * 10 + [0] * 3
    assert not is_signed_in(thief)
    with later(DAY + 3 * 3600):
        client = Client()
        enter(client)
        client.post("/accounts/login/code/", {"code": app_code(secret)})
        assert is_signed_in(client)
