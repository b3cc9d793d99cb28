"""What lists of exchanges, offers and needs can be narrowed by."""

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from exchanges.filters import ExchangeFilter, NeedFilter, OfferFilter
from exchanges.listing import browse
from practices.listing import PageOutOfRangeError, UnknownParametersError
from practices.publication import retract
from tests.exchanges_make import make_exchange, make_fund, make_need, make_offer, make_project
from tests.make import make_organisation, make_practice, make_topic

pytestmark = pytest.mark.django_db


def titles(filter_class, query):
    return [row.title for row in browse(filter_class, QueryDict(query), strict=True).cards]


@pytest.fixture
def exchanges():
    """Two exchanges that differ in everything."""
    practice = make_practice(title="Milk banks", country="COL")
    milk = make_exchange(
        "running",
        title="Human milk in Lima",
        topic="Donor milk for small babies",
        providers=["COL"],
        beneficiaries=["PER"],
        areas=["newborn-health"],
        topics=["breastfeeding"],
        practices=[practice],
        form="bilateral",
        modalities=["in_service_training"],
        languages=["es"],
        start_year=2020,
        end_year=2022,
    )
    make_exchange(
        "recorded",
        title="Wells without salt",
        providers=["BGD"],
        beneficiaries=["VNM", "KEN"],
        facilitators=[make_organisation("An agency")],
        areas=["wash", "climate"],
        form="triangular",
        modalities=["expert_mission", "equipment"],
        languages=["en"],
        start_year=2010,
        outcome="Fewer wells ran dry in Cần Thơ.",
    )
    make_project(make_fund(slug="a-fund"), exchanges=[milk])
    return milk


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("area=newborn-health", ["Human milk in Lima"]),
        ("area=newborn-health&area=climate", ["Wells without salt", "Human milk in Lima"]),
        ("area=newborn-health&country=KEN", []),
        ("topic=breastfeeding", ["Human milk in Lima"]),
        ("country=KEN", ["Wells without salt"]),
        ("country=PER&country=BGD", ["Wells without salt", "Human milk in Lima"]),
        ("provider=KEN", []),
        ("beneficiary=KEN", ["Wells without salt"]),
        ("provider=BGD&beneficiary=VNM", ["Wells without salt"]),
        ("country=BGD&partner_country=PER", []),
        ("country=BGD&partner_country=KEN", ["Wells without salt"]),
        ("facilitator=BGD", []),
        ("region=LAC", ["Human milk in Lima"]),
        ("region=ESA&region=LAC", ["Wells without salt", "Human milk in Lima"]),
        ("status=recorded", ["Wells without salt"]),
        ("status=under_way", ["Human milk in Lima"]),
        ("status=completed", []),
        ("form=triangular", ["Wells without salt"]),
        ("modality=equipment", ["Wells without salt"]),
        ("language=es", ["Human milk in Lima"]),
        ("year_from=2021", ["Wells without salt", "Human milk in Lima"]),
        ("year_from=2023", ["Wells without salt"]),
        ("year_to=2015", ["Wells without salt"]),
        ("practice=milk-banks", ["Human milk in Lima"]),
        ("fund=a-fund", ["Human milk in Lima"]),
        ("q=milk", ["Human milk in Lima"]),
        ("q=DONOR bab", ["Human milk in Lima"]),
        ("q=can tho", ["Wells without salt"]),
        ("q=milk wells", []),
        ("q=ken-pays", ["Wells without salt"]),
        ("q=!!!", []),
        ("q=milk' | !wells", []),
        ("ordering=title", ["Human milk in Lima", "Wells without salt"]),
        ("ordering=-start_year", ["Human milk in Lima", "Wells without salt"]),
        ("", ["Wells without salt", "Human milk in Lima"]),
    ],
)
def test_each_parameter_narrows_exchanges(exchanges, query, found):
    assert titles(ExchangeFilter, query) == found


def test_a_merged_topic_stands_for_the_one_it_became():
    make_exchange(title="Milk", areas=["nutrition"], topics=["breastfeeding"])
    make_topic("nursing", merged_into=make_topic("breastfeeding"))

    assert titles(ExchangeFilter, "topic=nursing") == ["Milk"]


def test_a_retracted_practice_is_not_known_any_more(exchanges):
    retract(exchanges.practices.get(), reason="Made up.")

    with pytest.raises(UnknownParametersError):
        titles(ExchangeFilter, "practice=milk-banks")


def test_only_open_offers_are_listed_unless_others_are_asked_for():
    for status in ("draft", "endorsement", "open", "paused", "closed", "expired"):
        make_offer(status, title=status)

    assert titles(OfferFilter, "") == ["open"]
    assert titles(OfferFilter, "status=paused") == ["paused"]
    assert titles(OfferFilter, "status=ended&ordering=title") == ["closed", "expired"]


def test_what_is_for_partners_is_listed_for_nobody():
    make_offer(visibility="partners")
    make_need(visibility="partners")
    make_exchange(visibility="partners")

    assert [titles(known, "") for known in (OfferFilter, NeedFilter, ExchangeFilter)] == [[], [], []]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("country=PER", ["Iron"]),
        ("country=KEN", ["Iron", "Wells"]),
        ("partner_country=KEN", ["Iron"]),
        ("region=LAC", ["Iron"]),
        ("region=ESA", ["Iron", "Wells"]),
        ("year_from=2028", ["Wells"]),
        ("year_to=2026", ["Wells"]),
        ("q=kenya iron", []),
        ("q=iron", ["Iron"]),
        ("ordering=expires_on", ["Wells", "Iron"]),
    ],
)
def test_needs_are_those_of_every_country_that_asks(query, found):
    make_need(title="Wells", country="KEN", expires_on="2027-01-01")
    make_need(title="Iron", country="PER", joined=["KEN"], starts_on="2027-01-01", ends_on="2027-12-31")

    assert titles(NeedFilter, query) == found


def test_facets_count_under_all_other_filters(exchanges):
    listing = browse(ExchangeFilter, QueryDict("area=wash"), with_facets=True)

    counts = {facet.name: {one.value: one.count for one in facet.options if one.count} for facet in listing.facets}
    assert counts == {
        "status": {"recorded": 1},
        "area": {"newborn-health": 1, "wash": 1, "climate": 1},
        "region": {"SA": 1, "EAPR": 1, "ESA": 1},
        "country": {"BGD": 1, "KEN": 1, "VNM": 1},
        "form": {"triangular": 1},
        "modality": {"expert_mission": 1, "equipment": 1},
        "language": {"en": 1},
        "topic": {},
    }


def test_a_need_counts_once_in_a_region_however_many_of_its_countries_ask():
    make_need(country="PER", joined=["COL", "KEN"])

    listing = browse(NeedFilter, QueryDict(""), with_facets=True)

    counts = {facet.name: {one.value: one.count for one in facet.options if one.count} for facet in listing.facets}
    assert counts["region"] == {"LAC": 1, "ESA": 1}
    assert counts["country"] == {"PER": 1, "COL": 1, "KEN": 1}


def test_people_are_told_what_was_left_out(exchanges):
    listing = browse(ExchangeFilter, QueryDict("colour=red&area=space&country=KEN&page=9"))

    assert [row.title for row in listing.cards] == ["Wells without salt"]
    assert len(listing.notices) == 3
    assert listing.notices[-1] == "There is no page 9. This is the last one."


@pytest.mark.parametrize(
    "query",
    ["colour=red", "area=space", "country=XXX", "status=proposed", "status=draft", "practice=nothing", "fund=nothing",
     "page=0", "page_size=101", "year_from=soon", "ordering=random", "modality=gift", "q=" + "x" * 301],
)  # fmt: skip
def test_machines_are_refused_what_is_unknown(exchanges, query):
    with pytest.raises(UnknownParametersError):
        browse(ExchangeFilter, QueryDict(query), strict=True)


def test_machines_are_refused_a_page_beyond_the_last(exchanges):
    with pytest.raises(PageOutOfRangeError):
        browse(ExchangeFilter, QueryDict("page=2"), strict=True)


@pytest.mark.parametrize(("make", "filter_class"), [(make_exchange, ExchangeFilter), (make_offer, OfferFilter)])
def test_a_list_takes_as_many_queries_for_many_rows_as_for_one(make, filter_class):
    def count():
        with CaptureQueriesContext(connection) as queries:
            for row in browse(filter_class, QueryDict(""), with_facets=True).cards:
                assert row.title
        return len(queries)

    make()
    count()  # the names behind codes are kept from now on
    one = count()
    make()
    make()
    assert count() == one
