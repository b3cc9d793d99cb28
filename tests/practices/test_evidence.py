"""How sure are we: the level follows from evaluation, figures and adoptions, by rule."""

import pytest

from practices.evidence import assess, reasons_in_words


@pytest.mark.parametrize(
    ("evaluation", "pairs", "replications", "level"),
    [
        ("none", 0, [], 1),
        ("none", 5, [], 1),
        ("monitoring", 0, [], 1),
        ("monitoring", 1, [], 2),
        ("before_after", 1, [], 2),
        ("comparison", 0, [], 3),
        ("independent", 0, [], 4),
        ("randomised", 0, [], 4),
        ("systematic_review", 0, [], 4),
        ("none", 0, ["KEN"], 4),
        ("monitoring", 1, ["KEN", "PER"], 4),
        ("comparison", 0, ["KEN"], 4),
        ("comparison", 0, ["KEN", "PER"], 5),
        ("randomised", 0, ["KEN", "PER"], 5),
        ("randomised", 0, ["KEN", "KEN"], 4),
    ],
)
def test_level(evaluation, pairs, replications, level):
    assert assess(evaluation, pairs_count=pairs, replication_countries=replications)[0] == level


def test_every_level_has_its_reasons_in_words():
    _level, reasons = assess("monitoring", pairs_count=2, replication_countries=["KEN"])

    assert reasons_in_words(reasons) == [
        "The programme monitored its own results.",
        "2 results are given with a figure before and after.",
        "1 other country reports a result of its own.",
    ]


def test_an_unknown_evaluation_is_refused():
    with pytest.raises(KeyError):
        assess("hearsay", pairs_count=0, replication_countries=[])
