"""What reviews add up to: the weighted score, the label, when a third reader is asked, what keeps one from filing."""

from types import SimpleNamespace

import pytest

from practices import scoring
from practices.enums import Criterion, Gate, Label

GATES = dict.fromkeys(Gate.values, True)
THREES = dict.fromkeys(Criterion.values, 3)


def review(scores=None, gates=None, comments=None, **changes):
    return SimpleNamespace(
        scores=(THREES if scores is None else scores) | changes,
        gates=GATES if gates is None else gates,
        comments=comments or {},
    )


def test_a_score_is_the_mean_by_weight_and_leaves_out_what_does_not_apply():
    assert scoring.weighted_mean({"effectiveness": 5, "documentation": 1}) == (3 * 5 + 1) / 4
    assert scoring.weighted_mean({"effectiveness": 5, "documentation": None}) == 5
    assert scoring.weighted_mean({"documentation": None}) is None
    assert sum(scoring.WEIGHTS.values()) == 17
    # 3·5 + 2·4 + 2·3 + 2·2 + 3·4 + 2·3 + 1·1 + 1·2 + 1·5 = 59, over 17
    scores = dict(zip(Criterion.values, (5, 4, 3, 2, 4, 3, 1, 2, 5), strict=True))
    assert scoring.weighted_mean(scores) == pytest.approx(59 / 17)


def test_several_reviews_count_by_their_middle():
    reviews = [review(dict.fromkeys(Criterion.values, value)) for value in (2, 3, 5)]

    assert scoring.score(reviews) == 3
    assert scoring.score(reviews[:2]) == 2.5
    assert scoring.score([]) is None
    assert scoring.medians(reviews)["equity"] == 3
    assert scoring.medians([review(equity=None)]).get("equity") is None


@pytest.mark.parametrize(("value", "is_publishable"), [(None, False), (2.99, False), (3.0, True)])
def test_publishing_begins_at_three(value, is_publishable):
    assert scoring.is_publishable(value) is is_publishable


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([4], Label.PROMISING),  # one reviewer is not enough
        ([4, 4], Label.GOOD),
        ([3, 4], Label.GOOD),  # 3.5 in the middle
        ([3, 3], Label.PROMISING),
    ],
)
def test_a_good_practice_takes_two_reviewers_and_a_score_of_three_and_a_half(scores, expected):
    assert scoring.label([review(dict.fromkeys(Criterion.values, value)) for value in scores]) == expected


@pytest.mark.parametrize("name", ["effectiveness", "equity", "replicability"])
def test_a_good_practice_is_not_weak_where_it_matters_most(name):
    strong = dict.fromkeys(Criterion.values, 5)

    assert scoring.label([review(strong | {name: 3}), review(strong | {name: 3})]) == Label.GOOD
    assert scoring.label([review(strong | {name: 2}), review(strong | {name: 3})]) == Label.PROMISING
    assert scoring.label([review(strong | {name: None}), review(strong | {name: None})]) == Label.PROMISING


@pytest.mark.parametrize(("one", "other", "is_asked"), [(3, 5, True), (3, 4, False), (5, 1, True), (None, 5, False)])
def test_a_third_reader_is_asked_where_two_are_two_points_apart(one, other, is_asked):
    assert scoring.wants_third_reader([review(equity=one), review(equity=other)]) is is_asked


def test_a_third_reader_is_asked_of_two_only():
    apart = [review(equity=1), review(equity=5)]

    assert not scoring.wants_third_reader(apart[:1])
    assert not scoring.wants_third_reader([*apart, review(equity=3)])


def test_a_review_is_filed_when_everything_is_answered():
    assert scoring.problems(review()) == []
    assert scoring.problems(review(gates=GATES | {"safe": False})) == []  # no is an answer


def test_what_is_missing_from_a_review_is_said_one_by_one():
    gates = {name: True for name in Gate.values if name != "safe"}
    assert scoring.problems(review(gates=gates)) == ["Answer all four gates with yes or no."]
    (missing,) = scoring.problems(review({name: 3 for name in Criterion.values if name != "equity"}))
    assert missing.startswith(str(Criterion.EQUITY.label))
    (unexplained,) = scoring.problems(review(equity=2))
    assert "below 3" in unexplained
    assert scoring.problems(review(equity=2, comments={"equity": "Nobody from the hills took part."})) == []
    assert scoring.problems(review(equity=2, comments={"equity": "  "})) == [unexplained]
    assert scoring.problems(review(dict.fromkeys(Criterion.values))) == ["Score at least one criterion."]
