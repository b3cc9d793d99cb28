"""The seven accounts with which a newcomer tries the portal."""

import io

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Membership, User
from practices.enums import SubmissionStatus
from practices.models import Practice, Submission
from tests.make import make_country

pytestmark = pytest.mark.django_db


def load_demo():
    call_command("load_demo", stdout=io.StringIO())


@pytest.fixture
def countries():
    return make_country("BGD"), make_country("PER")


def test_each_part_that_a_person_can_play_has_an_account(countries, settings):
    load_demo()

    assert list(
        Membership.objects.order_by("user__email").values_list(
            "user__email", "role", "country", "organisation__slug", "user__is_staff", "user__is_superuser"
        )
    ) == [
        ("admin@demo.example", "administrator", None, None, True, False),
        ("curator.one@demo.example", "curator", None, None, False, False),
        ("curator.two@demo.example", "curator", None, None, False, False),
        ("focal.bgd@demo.example", "focal_point", "BGD", None, False, False),
        ("officer.bgd@demo.example", "officer", "BGD", None, False, False),
        ("officer.per@demo.example", "officer", "PER", None, False, False),
        ("partner@demo.example", "partner", None, "demo-partner", False, False),
    ]
    assert all(user.check_password(settings.DEMO_PASSWORD) for user in User.objects.all())


def test_loading_twice_changes_nothing(countries):
    def everything():
        return list(User.objects.order_by("pk").values()), list(Membership.objects.order_by("pk").values())

    load_demo()
    before = everything()
    load_demo()

    assert everything() == before


def test_another_password_replaces_the_old_one(countries, settings):
    load_demo()
    settings.DEMO_PASSWORD = "another pass phrase"

    load_demo()

    assert User.objects.get(email="partner@demo.example").check_password("another pass phrase")


def test_without_countries_it_says_what_to_do_first():
    with pytest.raises(CommandError, match="load_fixtures"):
        load_demo()
    assert not User.objects.exists()


def test_work_under_way_stands_in_every_state_and_nowhere_in_public(client):
    call_command("load_fixtures", verbosity=0)
    public = Practice.objects.live().count()
    for _time in range(2):
        load_demo()

    assert sorted(Submission.objects.values_list("status", flat=True)) == sorted(SubmissionStatus.values)
    assert all(row.version.title.startswith("Demo: ") for row in Submission.objects.select_related("version"))
    assert Practice.objects.live().count() == public
    assert b"Demo: " not in client.get("/practices/?q=demo").content.replace(b'value="demo"', b"")
