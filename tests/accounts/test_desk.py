"""The desk: who may enter, and that an administrator cannot make themselves more than that."""

import io

import pytest
from django.core.management import call_command

from accounts.enums import Role
from accounts.models import User
from tests.make import make_country
from tests.people import PASSWORD, make_user, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client):
    make_country("BGD")
    make_country("PER")
    call_command("load_demo", stdout=io.StringIO())
    user = User.objects.get(email="admin@demo.example")
    sign_in(client, user, "south-south")
    return user


def user_form(user, **changes):
    """What the desk's page about ``user`` posts."""
    return {
        "email": user.email,
        "name": user.name,
        "language": user.language,
        "time_zone": user.time_zone,
        "is_active": "on",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
        **changes,
    }


def test_the_desk_has_no_door_of_its_own(client):
    assert client.get("/desk/")["Location"] == "/desk/login/?next=/desk/"
    assert client.get("/desk/login/?next=/desk/")["Location"] == "/accounts/login/?next=%2Fdesk%2F"


@pytest.mark.parametrize("role", [Role.OFFICER, Role.FOCAL_POINT, Role.CURATOR, Role.PARTNER])
def test_only_staff_enter_the_desk(client, role):
    client.force_login(make_user(role))

    assert client.get("/desk/", follow=True).status_code == 403


def test_an_administrator_maintains_people(client, administrator):
    person = make_user(name="Old name")

    assert client.get(f"/desk/accounts/user/{person.pk}/change/").status_code == 200
    answer = client.post(f"/desk/accounts/user/{person.pk}/change/", user_form(person, name="New name"))

    assert answer.status_code == 302
    person.refresh_from_db()
    assert person.name == "New name"


def test_an_administrator_adds_a_person(client, administrator):
    answer = client.post(
        "/desk/accounts/user/add/",
        {
            "email": "Newcomer@Example.org",
            "name": "New Comer",
            "usable_password": "true",
            "password1": "four words and a comma,",
            "password2": "four words and a comma,",
            "memberships-TOTAL_FORMS": "0",
            "memberships-INITIAL_FORMS": "0",
        },
    )

    assert answer.status_code == 302
    assert User.objects.get(email="newcomer@example.org").check_password("four words and a comma,")


def test_an_administrator_cannot_promote_themselves(client, administrator):
    client.post(
        f"/desk/accounts/user/{administrator.pk}/change/",
        user_form(administrator, is_superuser="on", is_staff="on", user_permissions=["1", "2"]),
    )

    before = set(administrator.user_permissions.values_list("pk", flat=True))
    administrator.refresh_from_db()
    assert administrator.is_superuser is False
    assert set(administrator.user_permissions.values_list("pk", flat=True)) == before


def test_an_administrator_cannot_take_over_an_account_above_theirs(client, administrator):
    above = User.objects.create_superuser("root@example.org", PASSWORD, name="Root")

    client.post(f"/desk/accounts/user/{above.pk}/change/", user_form(above, email="mine@example.org"))
    password = client.post(
        f"/desk/accounts/user/{above.pk}/password/",
        {"usable_password": "true", "password1": "mine now, thank you", "password2": "mine now, thank you"},
    )
    deletion = client.post(f"/desk/accounts/user/{above.pk}/delete/", {"post": "yes"})

    above.refresh_from_db()
    assert (above.email, above.check_password(PASSWORD)) == ("root@example.org", True)
    assert (password.status_code, deletion.status_code) == (403, 403)


def test_a_membership_that_contradicts_its_role_is_explained_in_the_desk(client, administrator):
    person = make_user()

    answer = client.post(
        f"/desk/accounts/user/{person.pk}/change/",
        user_form(
            person,
            **{
                "memberships-TOTAL_FORMS": "1",
                "memberships-0-role": "officer",
                "memberships-0-country": "",
                "memberships-0-organisation": "",
            },
        ),
    )

    assert answer.status_code == 200
    assert "Officers and focal points belong to a country, all others to none." in answer.content.decode()
