"""One query string, one answer: filters, facets, order, pages and what is said about parameters nobody knows."""

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from practices import facets
from practices.listing import PageOutOfRangeError, UnknownParametersError, browse
from practices.models import Topic
from tests.make import make_area, make_practice, make_topic

pytestmark = pytest.mark.django_db


def slugs(query, **kwargs):
    return [card.slug for card in browse(QueryDict(query), language="en", **kwargs).cards]


@pytest.fixture
def three():
    """Three practices that differ in everything, oldest first."""
    return [
        make_practice(
            title="Alpha", country="BGD", further=["VNM"], areas=["wash", "climate"], targets=["6.1"], topics=["wells"],
            scale="pilot", kind="innovation", start_year=2000, end_year=2004, evaluation_type="randomised",
        ),
        make_practice(
            title="Beta", country="PER", partners=["COL"], areas=["nutrition"], targets=["2.2", "6.2"],
            scale="national", kind="practice", start_year=2003, evaluation_type="comparison",
            adoptions=[{"country": "COL"}, {"country": "KEN"}],
        ),
        make_practice(
            title="Gamma", country="COL", areas=["learning"], scale="national", kind="lesson", start_year=2015,
            adoptions=[{"country": "PER"}], translations={"es": {"title": "Gamma es"}},
        ),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["gamma", "beta", "alpha"]),
        ("area=climate", ["alpha"]),
        ("area=wash&area=learning", ["gamma", "alpha"]),
        ("area=wash&scale=national", []),
        ("country=VNM", ["alpha"]),
        ("country=COL", ["gamma"]),
        ("partner_country=COL", ["beta"]),
        ("region=LAC", ["gamma", "beta"]),
        ("region=EAPR", ["alpha"]),
        ("sdg=6", ["beta", "alpha"]),
        ("sdg=6.1", ["alpha"]),
        ("sdg=6.1&sdg=2", ["beta", "alpha"]),
        ("topic=wells", ["alpha"]),
        ("evidence=4", ["alpha"]),
        ("evidence=3&evidence=1", ["gamma", "beta"]),
        ("scale=national", ["gamma", "beta"]),
        ("kind=lesson&kind=innovation", ["gamma", "alpha"]),
        ("language=es", ["gamma"]),
        ("year_from=2005", ["gamma", "beta"]),
        ("year_to=2003", ["beta", "alpha"]),
        ("year_from=2004&year_to=2004", ["beta", "alpha"]),
        ("ordering=title", ["alpha", "beta", "gamma"]),
        ("ordering=-evidence", ["alpha", "beta", "gamma"]),
        ("ordering=-adoptions", ["beta", "gamma", "alpha"]),
        ("ordering=relevance", ["gamma", "beta", "alpha"]),
        ("page_size=1&page=2", ["beta"]),
    ],
)
def test_each_parameter_narrows_or_orders(three, query, expected):
    assert slugs(query, strict=True) == expected


def test_a_merged_topic_stands_for_the_one_it_became():
    make_area("wash")
    new = make_topic("wells", "wash")
    practice = make_practice(areas=["wash"], topics=["wells"])
    Topic.objects.create(slug="old-wells", area=new.area, names={"en": "Old wells"}, merged_into=new)

    assert slugs("topic=old-wells") == [practice.slug]


@pytest.mark.parametrize(
    "query",
    ["foo=1", "area=xx", "country=col", "evidence=9", "year_from=abc", "page=0", "page_size=101", "ordering=x",
     "sdg=99", "sdg=3.x", "language=de", "year_to=1"],
)  # fmt: skip
def test_machines_are_told_what_is_unknown_and_people_get_a_notice(three, query):
    name = query.partition("=")[0]

    with pytest.raises(UnknownParametersError) as refused:
        browse(QueryDict(query), language="en", strict=True)
    listing = browse(QueryDict(query), language="en")

    assert list(refused.value.errors) == [name]
    assert listing.notices
    assert listing.count == 3


def test_a_page_beyond_the_last(three):
    with pytest.raises(PageOutOfRangeError):
        browse(QueryDict("page=2"), language="en", strict=True)
    listing = browse(QueryDict("page=2"), language="en")

    assert (listing.page, len(listing.cards), len(listing.notices)) == (1, 3, 1)


def test_each_facet_ignores_its_own_selection_and_respects_the_others(three):
    listing = browse(QueryDict("area=wash&kind=innovation"), language="en", with_facets=True)

    assert listing.facet_counts["area"] == {"wash": 1, "climate": 1}
    assert listing.facet_counts["kind"] == {"innovation": 1}
    assert listing.facet_counts["country"] == {"BGD": 1, "VNM": 1}


FACET_VALUES = {
    "area": ["wash", "climate", "nutrition", "learning"],
    "region": ["SA", "LAC", "EAPR"],
    "country": ["BGD", "PER", "COL", "VNM"],
    "evidence": ["1", "3", "4"],
    "scale": ["pilot", "national"],
    "kind": ["practice", "innovation", "lesson"],
    "language": ["en", "es"],
    "sdg": ["2", "6", "6.1"],
}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=st.lists(st.sampled_from([(n, v) for n, values in FACET_VALUES.items() for v in values]), max_size=4))
def test_facet_counts_equal_a_recount_by_hand(three, chosen):
    query = QueryDict(mutable=True)
    for name, value in chosen:
        if value not in query.getlist(name):
            query.appendlist(name, value)

    listing = browse(query, language="en", with_facets=True)

    for facet in facets.NAMES:
        others = query.copy()
        others.pop(facet, None)
        for value, count in listing.facet_counts[facet].items():
            alone = others.copy()
            alone[facet] = value
            assert browse(alone, language="en").count == count


def test_chips_drop_one_filter_each(three):
    listing = browse(QueryDict("area=wash&area=climate&q=alpha&page=1"), language="en")

    assert [(chip.name, chip.value, chip.query) for chip in listing.chips] == [
        ("q", "alpha", "area=wash&area=climate"),
        ("area", "wash", "area=climate&q=alpha"),
        ("area", "climate", "area=wash&q=alpha"),
    ]


def test_an_empty_list_says_what_to_drop_with_its_count(three):
    listing = browse(QueryDict("area=wash&kind=lesson"), language="en")

    assert [(chip.value, count) for chip, count in listing.rescues()] == [("wash", 1), ("lesson", 1)]


def test_no_query_grows_with_the_rows():
    make_practice(results=[{"name": "a", "baseline": 1, "latest": 2}], areas=["wash"])
    browse(QueryDict(""), language="en")
    with CaptureQueriesContext(connection) as for_one:
        browse(QueryDict("q=practice"), language="en", with_facets=True)
    for _ in range(3):
        make_practice(areas=["wash"])
    browse(QueryDict(""), language="en")
    with CaptureQueriesContext(connection) as for_four:
        listing = browse(QueryDict("q=practice"), language="en", with_facets=True)
        for card in listing.cards:
            _read_everything(card)

    assert len(for_four) == len(for_one)


def _read_everything(card):
    return [
        card.title, card.summary, card.country.name, card.countries, card.partner_countries, card.areas, card.topics,
        card.targets, card.evidence_label, card.evidence_reasons, card.scale_label, card.kind_label,
        card.standing.label_text, card.provenance_text, card.published_at, card.results, card.headline, card.url,
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("query", ["", "area=wash"])
def test_list_and_counts_belong_to_one_state_when_somebody_publishes_meanwhile(query):
    make_practice(areas=["wash"])
    published = []

    def publish_after_counting(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if not connection.in_atomic_block and "varbit_send" in sql:
            published.append(True)
            make_practice(areas=["wash"])
        return answer

    with connection.execute_wrapper(publish_after_counting):
        listing = browse(QueryDict(query), language="en", with_facets=True)

    assert published == [True]
    assert listing.count == len(listing.cards) == sum(listing.facet_counts["kind"].values()) == 2
    assert not connection.in_atomic_block
    assert connection.connection.isolation_level is None
