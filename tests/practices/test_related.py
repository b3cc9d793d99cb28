"""What to read next: the same answer every time, and a reason that is true."""

import pytest

from practices.models import Practice, PracticeIndex, PracticeLink
from practices.publication import retract
from practices.related import related
from practices.serial import public_serial
from practices.tasks import relate
from practices.vocabulary import load_terms
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

    for is_kept, queries in ((False, 9), (True, 4)):
        practice = Practice.objects.select_related("index").get(pk=practice.pk)
        assert (practice.index.related is not None) == is_kept
        for limit in (2, 3):
            with django_assert_num_queries(queries):
                assert len(related(practice, language="en", limit=limit)) == limit
        relate([])


def test_rare_terms_of_the_field_in_common_are_a_reason_and_other_words_are_not():
    nothing = {language: [] for language in ("fr", "es", "pt", "ar")}
    load_terms([{"key": "kangaroo", "en": ["kangaroo"], **nothing}], [], {})
    practice = make_practice(title="Kangaroo care", summary="As it came.", areas=["nutrition"], country="PER")
    make_practice(title="Of kangaroos", summary="Skin to skin.", areas=["learning"], country="KEN")
    make_practice(title="With a kangaroo", summary="Skin to skin.", areas=["learning"], country="KEN")
    make_practice(title="Other", summary="As it came.", areas=["learning"], country="KEN")

    assert related_to(practice) == [
        ("With a kangaroo", "Both speak of: kangaroo"),
        ("Of kangaroos", "Both speak of: kangaroo"),
    ]


def test_what_is_near_is_kept_and_the_same_as_computed():
    practices = [make_practice(title=f"Number {number}", topics=["stunting"]) for number in range(3)]
    computed = [related_to(practice) for practice in practices]

    relate([])

    assert not PracticeIndex.objects.filter(related=None).exists()
    assert [related_to(practice) for practice in practices] == computed


def test_a_new_practice_comes_to_be_near_those_that_it_is_like(django_assert_num_queries):
    old = make_practice(title="Old", topics=["stunting"])
    relate([])
    new = make_practice(title="New", topics=["stunting"])
    before = public_serial()

    relate([new.pk])

    assert related_to(old) == [("New", "Same topic: Stunting · Same country: COL-land")]
    assert public_serial() > before
    old = Practice.objects.select_related("index").get(pk=old.pk)
    with django_assert_num_queries(4):
        related(old, language="en")


def test_what_is_taken_back_is_no_longer_kept_as_near():
    old, gone = make_practice(topics=["stunting"]), make_practice(topics=["stunting"])
    relate([])
    retract(gone, reason="Wrong.")

    relate([gone.pk])

    assert PracticeIndex.objects.get(practice=old).related == []
