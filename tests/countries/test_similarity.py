"""Similar countries: five factors, each with its reason; what is not known adds nothing and lowers the confidence."""

import pytest
from django.core.management import call_command
from django.utils import translation

from countries.enums import SimilarityFactor
from countries.models import Country
from countries.similarity import similar_countries
from tests.figures import make_figures, make_indicator
from tests.make import make_country

pytestmark = pytest.mark.django_db

ALIKE = {"unicef_region": "ESA", "income_group": "LI", "is_ldc": True, "official_languages": ["en"]}


def by_iso3(found):
    return {one.country.iso3: one for one in found}


def reasons_of(one):
    """{factor: (text, contribution, is_known)}, the first of each."""
    rows = {}
    for reason in one.reasons:
        rows.setdefault(reason.factor.value, (reason.text, reason.contribution, reason.is_known))
    return rows


@pytest.fixture
def uganda(db):
    """A country with figures, its twin (ZMB), its opposite (COL) and one of which little is known (NRU)."""
    stunting, wasting = make_indicator("stunting"), make_indicator("wasting")
    uganda = make_country("UGA", **ALIKE)
    make_country("ZMB", **ALIKE)
    make_country("COL", unicef_region="LAC", income_group="UMI", official_languages=["es"])
    make_country("NRU", is_sids=True, unicef_region="", income_group="", official_languages=[])
    for iso3, figures in {"UGA": (30, 5), "ZMB": (30, 5), "COL": (10, 1), "NRU": (24, None)}.items():
        for indicator, value in zip((stunting, wasting), figures, strict=True):
            if value is not None:
                make_figures(iso3, indicator, {2010: 50, 2020: value})
    return uganda


def test_a_twin_has_the_full_score_and_every_reason(uganda):
    twin = similar_countries(uganda)[0]

    assert (twin.country.iso3, twin.score, twin.confidence) == ("ZMB", 1, 1)
    assert reasons_of(twin) == {
        "indicators": ("Close on 2 of 2 indicators with figures for both: Stunting; Wasting.", 0.5, True),
        "region": ("Same region: Eastern and Southern Africa.", 0.15, True),
        "income": ("Same income group: Low income.", 0.15, True),
        "status": ("Both are on the same lists: Least developed country.", 0.1, True),
        "language": ("Official language in common: English.", 0.1, True),
    }


def test_what_two_countries_do_not_share_adds_nothing_and_is_said(uganda):
    other = by_iso3(similar_countries(uganda))["COL"]

    assert reasons_of(other) == {
        "indicators": ("Not close on any of the 2 indicators with figures for both.", 0, True),
        "region": ("Another region: Latin America and the Caribbean.", 0, True),
        "income": ("Another income group: Upper-middle income.", 0, True),
        "status": ("Least developed, landlocked or small island state: nothing in common.", 0, True),
        "language": ("No official language in common.", 0, True),
    }
    assert (other.score, other.confidence) == (0, 1)


def test_what_is_missing_lowers_the_confidence_and_is_said(uganda):
    other = by_iso3(similar_countries(uganda))["NRU"]

    # Known of both: one of two indicators (half of 0.50) and the lists (0.10).
    assert other.confidence == 0.35
    assert {reason.factor.value: reason.text for reason in other.reasons if not reason.is_known} == {
        "indicators": "1 of 2 indicators has no figure for both countries and counts for nothing.",
        "region": "One of the two is outside the UNICEF regions.",
        "income": "One of the two has no income group.",
        "language": "The official languages of one of the two are not known.",
    }
    assert all(reason.contribution == 0 for reason in other.reasons if not reason.is_known)


def test_a_country_without_any_figure_is_still_compared(uganda):
    make_country("TZA", **ALIKE)

    other = by_iso3(similar_countries(uganda))["TZA"]

    assert reasons_of(other)["indicators"] == ("No indicator has a figure for both countries.", 0, False)
    assert (other.score, other.confidence) == (0.5, 0.5)


def test_the_score_is_the_sum_of_what_the_reasons_contribute(uganda):
    for one in similar_countries(uganda):
        assert one.score == pytest.approx(sum(reason.contribution for reason in one.reasons))
        assert [r.contribution for r in one.reasons] == sorted((r.contribution for r in one.reasons), reverse=True)


@pytest.mark.parametrize("factor", SimilarityFactor)
def test_each_factor_can_be_asked_for_alone(uganda, factor):
    twin = by_iso3(similar_countries(uganda, factors=[factor]))["ZMB"]

    assert [(reason.factor, reason.contribution) for reason in twin.reasons] == [(factor, 1)]


def test_a_factor_that_is_off_shares_its_weight_out(uganda):
    found = similar_countries(uganda, factors=["region", "status"])

    assert reasons_of(by_iso3(found)["ZMB"]) == {
        "region": ("Same region: Eastern and Southern Africa.", 0.6, True),
        "status": ("Both are on the same lists: Least developed country.", 0.4, True),
    }


@pytest.mark.parametrize("factors", [[], ["weather"]])
def test_no_factor_and_an_unknown_one_are_errors(uganda, factors):
    with pytest.raises(ValueError):
        similar_countries(uganda, factors=factors)


def test_an_area_is_compared_by_its_own_indicators(uganda):
    for iso3, value in {"UGA": 50, "ZMB": 95, "COL": 50}.items():
        make_figures(iso3, make_indicator("water_basic", area="wash", better="higher"), {2020: value})

    found = by_iso3(similar_countries(uganda, "wash", ["indicators"]))

    assert found["COL"].score == 1
    assert found["ZMB"].score < 0.1
    assert similar_countries(uganda, "learning", ["indicators"])[0].confidence == 0


def test_a_neighbouring_income_group_counts_half(uganda):
    make_country("KEN", income_group="LMI")

    other = by_iso3(similar_countries(uganda, factors=["income"]))["KEN"]

    assert reasons_of(other)["income"] == ("Neighbouring income group: Lower-middle income.", 0.5, True)


def test_rates_are_compared_by_their_logarithm(uganda):
    nmr = make_indicator("nmr", unit="per_1000", area="newborn-health")
    for iso3, value in {"UGA": 40, "ZMB": 20, "COL": 10, "NRU": 5}.items():
        make_figures(iso3, nmr, {2020: value})

    found = by_iso3(similar_countries(uganda, "newborn-health", ["indicators"]))
    score_of = {iso3: one.score for iso3, one in found.items()}

    # Each halving is about the same step, however many deaths it is.
    assert 1 - score_of["COL"] == pytest.approx(2 * (1 - score_of["ZMB"]), abs=0.05)
    assert score_of["COL"] > score_of["NRU"]


def test_only_the_global_south_is_compared_unless_countries_are_named(uganda):
    make_country("NOR", is_global_south=False)

    assert "NOR" not in by_iso3(similar_countries(uganda))
    assert list(by_iso3(similar_countries(uganda, among=["NOR", "UGA"]))) == ["NOR"]


def test_the_same_data_give_the_same_answer(uganda):
    assert similar_countries(uganda) == similar_countries(uganda)
    for iso3 in ("AAA", "ZZZ", "MMM"):
        make_country(iso3, **ALIKE)

    alike = [one.country.iso3 for one in similar_countries(uganda, factors=["region"]) if one.score == 1]

    assert alike == ["AAA", "MMM", "ZMB", "ZZZ"]


def test_reasons_speak_the_language_of_the_reader(uganda):
    twin = similar_countries(uganda, factors=["indicators"])[0]

    with translation.override("fr"):
        assert "Stunting fr" in twin.reasons[0].text


def test_three_queries_however_many_countries(uganda, django_assert_num_queries):
    for count in (1, 3):
        for number in range(count):
            make_figures(f"{'XY'[count // 2]}A{number}"[:3], make_indicator("stunting"), {2020: number})
        with django_assert_num_queries(3):
            similar_countries(uganda)


def test_real_countries_have_real_neighbours():
    call_command("load_fixtures", verbosity=0)

    found = [one.country.iso3 for one in similar_countries(Country.objects.get(pk="PER"))]

    assert len(found) == len(set(found))
    assert {"COL", "ECU"} <= set(found[:8])
