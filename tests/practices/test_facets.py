"""Bit strings say the same as the rows: which practices have a value, and how many each value would leave."""

import json
import threading
from collections import Counter
from contextlib import ExitStack, suppress
from unittest import mock

import pytest
from django.db import connection, connections, transaction
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from practices import bits, facets
from practices.bits import Bits, Scores
from practices.indexing import rebuild
from practices.listing import browse, snapshot
from practices.models import FacetBits, Practice, PracticeIndex
from practices.publication import retract
from tests.make import make_area, make_country, make_practice, make_target, make_topic, make_update

FILTERS = ["area=wash", "area=nutrition&area=wash", "country=PER", "evidence=1", "kind=lesson", "year_from=2012",
           "year_to=2008", "topic=wells", "sdg=6", "sdg=3.2&sdg=6", "language=es", "scale=pilot", ""]  # fmt: skip


@given(st.sets(st.integers(0, 63)), st.sets(st.integers(0, 63)))
def test_bits_are_sets(one, other):
    ours, theirs = Bits.of(one, 64), Bits.of(other, 64)

    assert (ours & theirs).ordinals() == sorted(one & other)
    assert (ours | theirs).ordinals() == sorted(one | other)
    assert (ours - theirs).ordinals() == sorted(one - other)
    assert len(ours) == len(one)


@given(st.sets(st.integers(0, 63)))
def test_a_set_is_what_its_pieces_are(ordinals):
    with few_in_a_segment():
        sent = {
            segment: (16).to_bytes(4) + Bits.of(some, 16).number.to_bytes(2)
            for segment, some in bits.segments(ordinals)
        }

        assert Bits.read(sent, 64) == Bits.of(ordinals, 64)


@given(st.lists(st.tuples(st.sets(st.integers(0, 15)), st.integers(1, 9)), max_size=6), st.sets(st.integers(0, 15)))
def test_scores_are_sums_of_points_and_the_best_come_first(given_points, among):
    scores = Scores(16)
    for ordinals, points in given_points:
        scores.add(Bits.of(ordinals, 16), points)

    best = [(points, one) for points, some in scores.best(Bits.of(among, 16)) for one in some.ordinals()]

    sums = {one: sum(points for ordinals, points in given_points if one in ordinals) for one in among}
    assert best == sorted(((points, one) for one, points in sums.items()), key=lambda pair: (-pair[0], pair[1]))


def few_in_a_segment():
    """Sixteen ordinals in each segment."""
    patched = ExitStack()
    for module in ("bits", "facets"):
        patched.enter_context(mock.patch(f"practices.{module}.SEGMENT", 16))
    return patched


def every_seventh(count):
    """Ordinals for new practices, far enough apart that a few practices are in several segments."""
    taken = set(PracticeIndex.objects.values_list("ordinal", flat=True))
    return [one for one in range(5, 1000, 7) if one not in taken][:count]


def recount(rows):
    """{facet: {value: practices}} counted one by one from index ``rows``."""
    found = {name: Counter() for name in facets.NAMES}
    for row in rows:
        for facet, value in facets.values_of(row):
            if facet in found:
                found[facet][value] += 1
    return {name: dict(counter) for name, counter in found.items()}


def holds(row, query):
    """Whether an index row answers ``query``, told by plain Python."""
    wanted = dict(query.lists())
    spans = {
        "year_from": lambda years: row.end_year is None or row.end_year >= int(years[0]),
        "year_to": lambda years: row.start_year is not None and row.start_year <= int(years[0]),
        "sdg": lambda codes: any(code in row.targets or code in map(str, row.goals) for code in codes),
    }
    columns = {"area": row.areas, "country": row.countries, "topic": row.topics, "language": row.languages,
               "evidence": [str(row.evidence)], "kind": [row.kind], "scale": [row.scale]}  # fmt: skip
    return all(
        spans[name](values) if name in spans else set(values) & set(columns[name]) for name, values in wanted.items()
    )


def assert_lists_are_right(queries):
    rows = list(PracticeIndex.objects.all())
    for text in queries:
        query = QueryDict(text)
        listing = browse(query, language="en", with_facets=True)
        expected = [row for row in rows if holds(row, query)]
        assert listing.count == len(expected)
        assert {card.reference for card in listing.cards} == {row.document["reference"] for row in expected}
        for name in facets.NAMES:
            rest = query.copy()
            rest.pop(name, None)
            assert listing.facet_counts[name] == recount([row for row in rows if holds(row, rest)])[name]


practices = st.fixed_dictionaries(
    {
        "areas": st.lists(st.sampled_from(["wash", "nutrition", "learning"]), min_size=1, max_size=2, unique=True),
        "country": st.sampled_from(["PER", "BGD", "COL"]),
        "kind": st.sampled_from(["practice", "lesson"]),
        "scale": st.sampled_from(["", "pilot", "national"]),
        "start_year": st.sampled_from([None, 2005, 2010]),
        "end_year": st.sampled_from([None, 2011, 2020]),
        "topics": st.sampled_from([[], ["wells"]]),
        "targets": st.sampled_from([[], ["3.2"], ["6.1", "6.2"]]),
    }
)
steps = st.lists(st.tuples(st.sampled_from(["publish", "publish", "update", "retract", "reindex"]), practices),
                 min_size=1, max_size=7)  # fmt: skip


def assert_pieces_are_whole():
    assert {len(text) for text in FacetBits.objects.values_list("bits", flat=True)} == {bits.SEGMENT}


@pytest.mark.django_db
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps, st.lists(st.sampled_from(FILTERS), min_size=1, max_size=3), st.booleans())
def test_counts_and_lists_equal_a_recount_after_any_publications(steps, queries, is_spread):
    with transaction.atomic(), ExitStack() as spread:
        if is_spread:
            spread.enter_context(few_in_a_segment())
            spread.enter_context(mock.patch("practices.facets.free_ordinals", every_seventh))
        make_topic("wells", "wash")  # what nobody has can be asked for as well
        for code in ("3.2", "6.1", "6.2"):
            make_target(code)
        for iso3 in ("PER", "BGD", "COL"):
            make_country(iso3)
        for slug in ("wash", "nutrition", "learning"):
            make_area(slug)
        for step, facts in steps:
            last = Practice.objects.live().order_by("pk").first()
            if step == "publish" or last is None:
                make_practice(**facts)
            elif step == "update":
                make_update(last, **{name: facts[name] for name in ("areas", "topics", "targets", "kind")})
            elif step == "retract":
                retract(last, reason="Wrong.")
            else:
                rebuild()
        assert_lists_are_right(queries)
        assert_pieces_are_whole()
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_a_freed_ordinal_is_given_again():
    first, second = make_practice(), make_practice()
    freed = first.index.ordinal
    retract(first, reason="Wrong.")

    third = make_practice()

    assert third.index.ordinal == freed
    assert second.index.ordinal != freed


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["area=wash", "q=wells"])
def test_an_export_that_begins_late_gives_no_practice_that_took_over_an_ordinal(query):
    first = make_practice(title="Wells", areas=["wash"])
    kept = make_practice(title="Wells again", areas=["wash"])
    listing = browse(QueryDict(query), language="en")
    retract(first, reason="Wrong.")
    make_practice(title="Meals", areas=["nutrition"])

    assert [kept.slug] == [json.loads(text)["slug"] for text in listing.filter.documents(10)]


@pytest.mark.django_db
def test_sets_grow_together_and_keep_what_they_hold():
    practice = make_practice(areas=["wash"])
    facets.write({("area", "learning"): (set(), {20_000})})

    assert facets.counts(["area"])["area"] == {"wash": 1, "learning": 1}
    assert {len(one) for one in facets.sets_of([("area", "wash"), ("area", "learning")]).values()} == {1}
    assert {one.length for one in facets.sets_of([("area", "wash"), ("area", "learning")]).values()} == {32_768}
    assert practice.index.ordinal == 0


@pytest.mark.django_db
def test_a_change_among_many_rewrites_one_segment():
    make_practice(areas=["wash"])
    facets.write({("area", "learning"): (set(), {300_000})})
    before = places_of_strings()

    facets.write({("area", "learning"): ({300_000}, {300_001})})

    assert {key for key, _place in places_of_strings() - before} == {("area", "learning", 18)}
    assert ("area", "learning", 0) not in {key for key, _place in before}
    assert_pieces_are_whole()
    assert facets.counts(["area"])["area"] == {"wash": 1, "learning": 1}


def places_of_strings():
    """{((facet, value, segment), where the row is)}: a row that is written again is somewhere else."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT facet, value, segment, ctid::text FROM practices_facetbits")
        return {((facet, value, segment), place) for facet, value, segment, place in cursor.fetchall()}


@pytest.mark.django_db(transaction=True)
def test_publishers_and_retractions_at_once_leave_counts_that_equal_the_list():
    for _ in range(4):
        make_practice(areas=["wash"], country="PER")
    failures = []

    def work(number):
        try:
            for turn in range(4):
                if (number + turn) % 3:
                    make_practice(areas=["nutrition" if turn % 2 else "wash"], country="PER")
                else:
                    practice = Practice.objects.live().order_by("?").first()
                    with suppress(ValueError):  # somebody else was quicker
                        retract(practice, reason="Wrong.")
                with snapshot():
                    counts = facets.counts(["area"])["area"]
                    assert counts == recount(PracticeIndex.objects.all())["area"]
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work, args=[number]) for number in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert failures == []
    assert_lists_are_right(["area=wash", ""])
    connection.close()
