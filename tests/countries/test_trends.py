"""What figures say in words: first, latest, trend, comparison, gaps, and who started where a country is."""

import pytest
from django.core.management import call_command
from django.utils import timezone

from countries.enums import Trend
from countries.models import Country, Indicator
from countries.trends import Started, indicator_lines, started_where_you_are, starters
from tests.figures import make_figures, make_indicator
from tests.make import make_country

pytestmark = pytest.mark.django_db

THIS_YEAR = timezone.localdate().year


def line_of(iso3, code="stunting"):
    return {line.indicator.code: line for line in indicator_lines(Country.objects.get(pk=iso3))}[code]


@pytest.mark.parametrize(
    ("better", "first", "latest", "trend"),
    [
        ("lower", 40, 20, Trend.IMPROVING),
        ("lower", 20, 40, Trend.WORSENING),
        ("higher", 20, 40, Trend.IMPROVING),
        ("higher", 40, 20, Trend.WORSENING),
        ("lower", 40, 40.3, Trend.UNCHANGED),
        ("lower", 0, 0, Trend.UNCHANGED),
    ],
)
def test_a_trend_goes_from_the_first_to_the_latest_figure(better, first, latest, trend):
    make_figures("KEN", make_indicator(better=better), {2000: first, 2010: 99, 2020: latest})

    line = line_of("KEN")

    assert (line.first, line.latest, line.trend) == ((2000, first), (2020, latest), trend)
    assert line.trend_text == trend.label


def test_one_figure_is_no_trend():
    make_figures("KEN", make_indicator(), {2020: 30})

    line = line_of("KEN")

    assert (line.trend, line.trend_text) == (None, "One figure only, so there is no trend.")


def test_figures_that_jump_have_no_trend():
    make_figures("KEN", make_indicator(is_comparable_over_time=False), {2000: 1, 2020: 90})

    line = line_of("KEN")

    assert (line.trend, line.trend_text) == (
        None,
        "Figures jump from year to year, so no trend is read into them.",
    )


def test_a_country_is_compared_with_the_others_of_its_income_group():
    indicator = make_indicator()
    for iso3, value in {"KEN": 20, "UGA": 10, "ZMB": 20, "MLI": 30, "TCD": 40, "BDI": 50}.items():
        make_country(iso3, income_group="LI")
        make_figures(iso3, indicator, {2000: 1, 2020: value})
    make_country("COL", income_group="UMI")
    make_figures("COL", indicator, {2020: 90})

    comparison = line_of("KEN").comparison

    assert (comparison.better_count, comparison.countries_count) == (3, 5)
    assert comparison.text == "Better than 60 % of the 5 other low-income countries with a figure."


@pytest.mark.parametrize(("income_group", "others"), [("LI", ["UGA", "ZMB"]), ("", ["UGA", "ZMB", "MLI"])])
def test_there_is_no_comparison_without_a_group_or_with_too_few_others(income_group, others):
    indicator = make_indicator()
    for iso3 in ("KEN", *others):
        make_country(iso3, income_group=income_group)
        make_figures(iso3, indicator, {2020: 20})

    assert line_of("KEN").comparison is None


def test_gaps_are_said_in_words():
    make_country("KEN")
    for code in ("none", "old", "recent"):
        make_indicator(code)
    make_figures("KEN", Indicator.objects.get(pk="old"), {2015: 20})
    make_figures("KEN", Indicator.objects.get(pk="recent"), {THIS_YEAR - 5: 20})

    assert {line.indicator.code: line.gap_text for line in indicator_lines(Country.objects.get(pk="KEN"))} == {
        "none": "No figure.",
        "old": "No figure since 2015.",
        "recent": "",
    }
    none = line_of("KEN", "none")
    assert (none.first, none.latest, none.points, none.trend, none.trend_text) == (None, None, (), None, "")


def test_a_line_gives_the_source_of_its_latest_figure():
    indicator = make_indicator()
    make_figures("KEN", indicator, {2000: 20}, source="Old survey")
    make_figures("KEN", indicator, {2020: 10}, source="New survey")

    assert line_of("KEN").source == "New survey"


def test_all_lines_take_three_queries_however_many(django_assert_num_queries):
    kenya = make_country("KEN", income_group="LI")
    for count in (1, 3):
        for number in range(count):
            make_figures("KEN", make_indicator(f"i{count}{number}"), {2000: 20, 2020: 10})
        with django_assert_num_queries(3):
            indicator_lines(kenya)


@pytest.fixture
def stunting(db):
    """Figures by which KEN stands at 30; VNM and PER were there, and MLI is not better now."""
    indicator = make_indicator()
    for iso3, points in {
        "KEN": {2010: 38, 2020: 30},
        "VNM": {2000: 45, 2005: 30.5, 2010: 30.5, 2020: 15},
        "PER": {2000: 30, 2020: 10},
        "MLI": {2000: 30, 2020: 29.5},
        "BDI": {2000: 60, 2020: 55},
        "SWE": {2000: 2, 2020: 1},
    }.items():
        make_figures(iso3, indicator, points)
    return indicator


def test_countries_that_started_where_you_are_and_are_better_off_now(stunting):
    kenya = make_country("KEN")

    assert started_where_you_are(kenya, stunting) == [
        Started(make_country("PER"), (2000, 30), (2020, 10)),
        Started(make_country("VNM"), (2010, 30.5), (2020, 15)),
    ]


def test_more_can_be_better_too():
    water = make_indicator("water_basic", better="higher")
    make_figures("KEN", water, {2020: 50})
    make_figures("VNM", water, {2000: 50, 2020: 95})
    make_figures("MLI", water, {2000: 50, 2020: 40})

    assert [row.country.iso3 for row in started_where_you_are(make_country("KEN"), water)] == ["VNM"]


def test_nobody_started_where_nothing_is_known_or_comparable(stunting):
    jumping = make_indicator("disaster_affected", is_comparable_over_time=False)
    make_figures("KEN", jumping, {2020: 50})
    make_figures("VNM", jumping, {2000: 50, 2020: 1})

    assert started_where_you_are(make_country("NRU"), stunting) == []
    assert started_where_you_are(make_country("KEN"), jumping) == []


def test_only_countries_of_the_global_south_are_followed(stunting):
    Country.objects.filter(pk="PER").update(is_global_south=False)

    assert [row.country.iso3 for row in started_where_you_are(make_country("KEN"), stunting)] == ["VNM"]


def test_several_indicators_take_no_more_queries(stunting, django_assert_num_queries):
    others = [make_indicator(f"other{number}") for number in range(3)]
    for other in others:
        make_figures("KEN", other, {2020: 50})
        make_figures("VNM", other, {2000: 50, 2020: 1})
    kenya = make_country("KEN")

    for indicators in ([stunting], [stunting, *others]):
        with django_assert_num_queries(3):
            found = starters(kenya, indicators)
        assert all("VNM" in [row.country.iso3 for row in rows] for rows in found.values())


def test_the_figures_that_come_with_the_portal_say_something():
    call_command("load_fixtures", verbosity=0)

    line = line_of("PER", "stunting")

    assert line.trend == Trend.IMPROVING
    assert line.comparison.countries_count > 20
    assert started_where_you_are(Country.objects.get(pk="GTM"), line.indicator)
