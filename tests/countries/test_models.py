"""Indicators, figures and dated lists: what the database keeps, and how they are shown."""

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone, translation

from countries.models import IndicatorRevision, IndicatorValue, StatusList
from tests.figures import make_figures, make_indicator
from tests.make import make_country

pytestmark = pytest.mark.django_db


def test_an_indicator_speaks_the_language_of_the_reader():
    indicator = make_indicator("stunting")

    with translation.override("fr"):
        assert (indicator.name, indicator.unit_name) == ("Stunting fr", "% des enfants")


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf")])
def test_an_impossible_figure_is_refused(value):
    with pytest.raises(IntegrityError):
        make_figures("KEN", make_indicator(), {2020: value})


def test_an_impossible_year_is_refused():
    with pytest.raises(IntegrityError):
        make_figures("KEN", make_indicator(), {1949: 1})


def test_there_is_one_figure_a_year():
    indicator = make_indicator()
    make_figures("KEN", indicator, {2020: 1})

    with pytest.raises(IntegrityError):
        make_figures("KEN", indicator, {2020: 2})


def test_the_latest_figure_of_each_country_and_indicator():
    stunting, wasting = make_indicator("stunting"), make_indicator("wasting")
    make_figures("KEN", stunting, {2000: 40, 2020: 20})
    make_figures("PER", stunting, {2010: 30})
    make_figures("KEN", wasting, {2005: 5})

    assert list(IndicatorValue.objects.latest_each().points()) == [
        ("stunting", "KEN", 2020, 20),
        ("stunting", "PER", 2010, 30),
        ("wasting", "KEN", 2005, 5),
    ]


def test_what_a_figure_was_is_only_ever_added_to():
    (figure,) = make_figures("KEN", make_indicator(), {2020: 1})
    now = timezone.now()
    revision = IndicatorRevision.objects.create(figure=figure, value=2, source="Old", imported_at=now, replaced_at=now)

    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        IndicatorRevision.objects.update(value=3)
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        IndicatorRevision.objects.all()._raw_delete(revision._state.db)


@pytest.mark.parametrize(
    ("as_of", "text"), [("2024", "2024"), ("2025-12", "December 2025"), ("2026-11-24", "24 November 2026")]
)
def test_a_list_is_dated_as_exactly_as_its_source(as_of, text):
    assert StatusList(code="ldc", as_of=as_of).as_of_text == text


def test_a_group_says_of_when_its_list_is():
    StatusList.objects.create(code="ldc", as_of="2025-12", source="UN")
    country = make_country("BGD", is_ldc=True, is_g77=True)

    assert country.groups == ["Least developed country (list of December 2025)", "Group of 77"]


def test_groups_are_read_in_one_query(django_assert_num_queries):
    country = make_country("BGD", is_ldc=True, is_lldc=True, is_sids=True, is_g77=True)

    with django_assert_num_queries(1):
        assert len(country.groups) == len(country.groups) == 4
