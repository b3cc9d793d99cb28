"""Whom to ask about a practice: read with a key for contacts by those who may, and nowhere else in the API."""

import pytest

from accounts.enums import Role, Scope
from practices.publication import retract
from tests.make import make_practice
from tests.people import make_user, sign_in
from tests.programs import Program

pytestmark = pytest.mark.django_db
CONTACT = {"name": "Ana Ruiz", "organisation": "Ministry of Health", "email": "ana@example.org"}


@pytest.fixture
def practice():
    return make_practice(country="BGD", contact=CONTACT)


def asked(practice, user, *scopes):
    return Program(user, *scopes)("get", f"/practices/{practice.slug}/contact/")


@pytest.mark.parametrize(
    ("role", "country"),
    [
        (Role.PARTNER, "PER"),
        (Role.CURATOR, "PER"),
        (Role.ADMINISTRATOR, "PER"),
        (Role.OFFICER, "BGD"),
        (Role.FOCAL_POINT, "BGD"),
    ],
)
def test_who_may_reads_it_with_a_key_for_contacts(practice, role, country):
    person = make_user(role, country=country)

    answer, without = asked(practice, person, Scope.CONTACTS), asked(practice, make_user(role), Scope.DRAFT)

    assert (answer.status_code, answer.json()) == (200, CONTACT)
    assert answer["Cache-Control"] == "private, no-store"
    assert (without.status_code, "contacts" in without.json()["detail"]) == (403, True)


@pytest.mark.parametrize("roles", [[], [Role.OFFICER], [Role.FOCAL_POINT]])
def test_others_do_not_with_any_key(practice, roles):
    answer = asked(practice, make_user(*roles, country="PER"), *Scope)

    assert answer.status_code == 403
    assert CONTACT["email"] not in answer.content.decode()


def test_nobody_reads_it_without_a_key(practice, client):
    nobody = client.get(f"/api/v1/practices/{practice.slug}/contact/")
    sign_in(client, make_user(Role.PARTNER))
    session = client.get(f"/api/v1/practices/{practice.slug}/contact/")

    assert (nobody.status_code, session.status_code) == (401, 401)
    assert nobody["WWW-Authenticate"]


def test_a_key_for_contacts_shows_them_nowhere_else(practice):
    program = Program(make_user(Role.PARTNER), Scope.CONTACTS)

    one, many = program("get", f"/practices/{practice.slug}/"), program("get", "/practices/?format=jsonl")

    assert (one.status_code, many.status_code) == (200, 200)
    assert CONTACT["email"] not in one.content.decode() + many.getvalue().decode()


def test_where_nobody_is_named_or_the_practice_is_gone_the_answer_says_so(practice):
    retract(practice, reason="It could not be checked.")

    silent = asked(make_practice(), make_user(Role.PARTNER), Scope.CONTACTS)
    gone = asked(practice, make_user(Role.PARTNER), Scope.CONTACTS)

    assert (silent.status_code, gone.status_code) == (404, 410)
    assert CONTACT["email"] not in gone.content.decode()
