"""Fit for my country: the countries that carry a practice out, by how like the reader's country they are."""

import pytest

from accounts.enums import Role
from countries.models import Indicator, IndicatorValue
from tests.make import make_country, make_practice
from tests.people import make_user
from tests.practices.test_views import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def practice():
    """Carried out in Colombia and adopted in Kenya; by their figures Kenya is like Bangladesh, Colombia is not."""
    make_country("BGD")
    stunting = Indicator.objects.create(
        code="stunting", names={"en": "Stunting"}, unit="percent", units={"en": "%"}, better="lower",
        area="nutrition", source="A source", licence="CC BY 4.0", position=1,
    )  # fmt: skip
    made = make_practice(title="Weighing", country="COL", areas=["nutrition"], adoptions=[{"country": "KEN"}])
    for iso3, value in (("BGD", 30.0), ("KEN", 29.0), ("COL", 5.0)):
        IndicatorValue.objects.create(
            country=make_country(iso3), indicator=stunting, year=2020, value=value, source="A source"
        )
    return made


def test_a_visitor_chooses_a_country_and_reads_why(client, practice):
    words = text_of(client.get(practice.get_absolute_url(), {"fit": "BGD"}))

    told = words[words.index("Fit for my country") :]
    assert told.index("KEN-land") < told.index("COL-land")
    assert "Close on 1 of 1 indicator with figures for both: Stunting." in told


def test_an_officer_reads_it_for_their_own_country(client, practice):
    client.force_login(make_user(Role.OFFICER, country="BGD"))

    assert "by how alike they are to BGD-land" in text_of(client.get(practice.get_absolute_url()))


def test_a_country_that_carries_it_out_is_told_so(client, practice):
    assert "KEN-land carries it out itself." in text_of(client.get(practice.get_absolute_url(), {"fit": "KEN"}))


@pytest.mark.parametrize("code", ["", "XXX", "'", "KEN' OR 1"])
def test_whatever_else_is_asked_only_the_choice_is_shown(client, practice, code):
    response = client.get(practice.get_absolute_url(), {"fit": code})

    assert response.status_code == 200
    assert "alike" not in text_of(response)
