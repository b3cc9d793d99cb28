"""Who people are and what they may do for whom; the database keeps these promises."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.enums import Role
from accounts.models import Membership, User
from tests.make import make_country, make_organisation
from tests.people import make_membership, make_user

pytestmark = pytest.mark.django_db


def test_an_address_has_one_account_however_it_is_written():
    User.objects.create_user(" Amina@Example.ORG ", "pass phrase", name="Amina")

    assert User.objects.get().email == "amina@example.org"
    assert User.objects.get_by_natural_key("AMINA@example.org").name == "Amina"
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("AMINA@example.org", "another", name="Somebody else")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(email="aMINA@example.org", name="Past the model")])


def test_an_account_without_an_address_is_refused():
    with pytest.raises(ValueError):
        User.objects.create_user("", "pass phrase", name="Nobody")


def test_without_a_membership_a_person_may_do_nothing():
    user = make_user()

    assert (user.is_officer, user.is_focal_point, user.is_curator, user.is_partner, user.is_administrator) == (
        (False,) * 5
    )
    assert list(user.countries()) == []


@pytest.mark.parametrize(
    ("role", "facts"),
    [
        (Role.OFFICER, {"is_officer"}),
        (Role.FOCAL_POINT, {"is_officer", "is_focal_point"}),
        (Role.CURATOR, {"is_curator"}),
        (Role.PARTNER, {"is_partner"}),
        (Role.ADMINISTRATOR, {"is_administrator"}),
    ],
)
def test_a_role_entitles_to_itself_and_a_focal_point_is_an_officer_too(role, facts):
    user = make_user(role)

    questions = {"is_officer", "is_focal_point", "is_curator", "is_partner", "is_administrator"}
    assert {question for question in questions if getattr(user, question)} == facts


def test_a_person_writes_for_the_countries_of_their_country_roles_only():
    user = make_user(Role.CURATOR, Role.PARTNER)
    make_membership(user, Role.OFFICER, "PER")
    make_membership(user, Role.FOCAL_POINT, "PER")
    make_membership(user, Role.OFFICER, "BGD")
    make_user(Role.OFFICER, country="KEN")

    assert [country.iso3 for country in user.countries()] == ["BGD", "PER"]


def test_roles_cost_one_query_however_often_they_are_asked(django_assert_num_queries):
    user = User.objects.get(pk=make_user(Role.CURATOR, Role.OFFICER).pk)

    with django_assert_num_queries(1):
        assert user.is_curator
        assert user.is_officer
        assert not user.is_administrator


@pytest.mark.parametrize(
    ("role", "has_country", "has_organisation"),
    [
        (Role.OFFICER, False, False),
        (Role.OFFICER, True, True),
        (Role.OFFICER, False, True),
        (Role.FOCAL_POINT, False, False),
        (Role.CURATOR, True, False),
        (Role.CURATOR, False, True),
        (Role.PARTNER, False, False),
        (Role.PARTNER, True, True),
        (Role.PARTNER, True, False),
        (Role.ADMINISTRATOR, True, False),
        (Role.ADMINISTRATOR, False, True),
    ],
)
def test_a_membership_has_the_country_or_organisation_that_its_role_demands(role, has_country, has_organisation):
    membership = Membership(
        user=make_user(),
        role=role,
        country=make_country("BGD") if has_country else None,
        organisation=make_organisation() if has_organisation else None,
    )

    with pytest.raises(ValidationError):
        membership.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        membership.save()


def test_nobody_holds_the_same_role_twice_in_the_same_place():
    user = make_user(Role.OFFICER, Role.CURATOR)

    for role in (Role.OFFICER, Role.CURATOR):
        with pytest.raises(IntegrityError), transaction.atomic():
            make_membership(user, role)
    make_membership(user, Role.OFFICER, "PER")


def test_only_a_curator_is_limited_to_areas_and_regions():
    make_membership(make_user(), Role.CURATOR, areas=["wash"], regions=["SA"])

    with pytest.raises(IntegrityError), transaction.atomic():
        make_membership(make_user(), Role.OFFICER, areas=["wash"])
    with pytest.raises(IntegrityError), transaction.atomic():
        make_membership(make_user(), Role.ADMINISTRATOR, regions=["SA"])


def test_a_time_zone_is_one_that_exists():
    user = make_user(time_zone="Mars/Olympus")

    with pytest.raises(ValidationError) as refused:
        user.full_clean()
    assert list(refused.value.message_dict) == ["time_zone"]
