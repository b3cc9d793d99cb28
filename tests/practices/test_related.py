"""What to read next: the same answer every time, and a reason that is true."""

import pytest

from practices.models import Practice, PracticeIndex, PracticeLink
from practices.publication import retract
from practices.related import related
from tests.make import make_area, make_practice

pytestmark = pytest.mark.django_db


def related_to(practice, **kwargs):
    """[(title, reason)] as a reader of English sees them."""
    practice = Practice.objects.select_related("index").get(pk=practice.pk)
    return [(card.title, reason) for card, reason in related(practice, language="en", **kwargs)]


def test_topics_weigh_more_than_area_and_area_more_than_region():
    practice = make_practice(title="One", country="PER", areas=["nutrition"], topics=["stunting", "meals"])
    make_practice(title="Same area", country="BGD", areas=["nutrition"])
    make_practice(title="Same area and region", country="COL", areas=["nutrition"])
    make_practice(title="One topic", country="BGD", areas=["nutrition"], topics=["meals"])
    make_practice(title="Both topics", country="BGD", areas=["nutrition"], topics=["meals", "stunting"])
    make_practice(title="Unlike", country="PER", areas=["learning"])

    assert related_to(practice, limit=9) == [
        ("Both topics", "Same topics: Stunting, Meals"),
        ("One topic", "Same topic: Meals"),
        ("Same area and region", "Same challenge: Nutrition · Same region: Latin America and the Caribbean"),
        ("Same area", "Same challenge: Nutrition"),
    ]


def test_targets_and_countries_are_reasons_too():
    practice = make_practice(title="One", country="PER", areas=["nutrition"], targets=["2.2", "3.2"])
    make_practice(title="Goals", country="BGD", areas=["learning"], targets=["3.2", "2.2"])
    make_practice(title="Home", country="BGD", further=["PER"], areas=["nutrition"])

    assert related_to(practice) == [
        ("Home", "Same challenge: Nutrition · Same country: PER-land"),
        ("Goals", "Same SDG targets: 2.2, 3.2"),
    ]


@pytest.mark.parametrize(
    ("kind", "ours", "theirs"),
    [
        ("adapts", "This practice adapts it", "Adapts this practice"),
        ("builds_on", "This practice builds on it", "Builds on this practice"),
        ("contradicts", "This practice contradicts it", "Contradicts this practice"),
    ],
)
def test_a_link_comes_first_and_says_in_which_direction(kind, ours, theirs):
    one = make_practice(title="One", areas=["nutrition"], topics=["stunting"])
    make_practice(title="Alike", areas=["nutrition"], topics=["stunting"])
    other = make_practice(title="Other", areas=["learning"], country="KEN")
    PracticeLink.objects.create(practice=one, target=other, kind=kind)

    assert related_to(one)[0] == ("Other", ours)
    assert related_to(other)[0] == ("One", theirs)


def test_equal_likeness_is_ordered_by_evidence_then_the_newest():
    practice = make_practice(title="One")
    for title, evaluation in (("Old", "none"), ("Trial", "randomised"), ("New", "none")):
        make_practice(title=title, evaluation_type=evaluation, country="BGD")

    assert [title for title, _reason in related_to(practice)] == ["Trial", "New", "Old"]


def test_what_is_not_live_is_never_related():
    practice, gone = make_practice(), make_practice(title="Gone")
    PracticeLink.objects.create(practice=practice, target=gone, kind="adapts")
    retract(gone, reason="Wrong.")

    assert related_to(practice) == []


def test_a_practice_without_anything_in_common_has_no_relatives():
    practice = make_practice(areas=["nutrition"])
    make_practice(areas=["learning"])

    assert related_to(practice) == []


def test_the_number_of_queries_is_fixed(django_assert_num_queries):
    practice = make_practice(topics=["stunting"])
    make_area("learning")
    for _number in range(3):
        make_practice(topics=["stunting"])
    related_to(practice)
    practice = Practice.objects.select_related("index").get(pk=practice.pk)

    for limit in (1, 3):
        with django_assert_num_queries(3):
            assert len(related(practice, language="en", limit=limit)) == limit
    assert PracticeIndex.objects.count() == 4
