"""What reviewers found, in figures: nine criteria with weights, the score, the label, and when a third reader is asked.

A leaf. Reviews are objects with ``gates`` {gate: bool}, ``scores`` {criterion: 1-5 | None} (None: not applicable) and
``comments`` {criterion: text}.
"""

from statistics import median

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from practices.enums import Criterion, Gate, Label

WEIGHTS = {
    Criterion.EFFECTIVENESS: 3,
    Criterion.EVIDENCE: 2,
    Criterion.RELEVANCE: 2,
    Criterion.EQUITY: 2,
    Criterion.REPLICABILITY: 3,
    Criterion.SUSTAINABILITY: 2,
    Criterion.EFFICIENCY: 1,
    Criterion.PARTICIPATION: 1,
    Criterion.DOCUMENTATION: 1,
}
LOWEST, HIGHEST = 1, 5
# Below this a score is explained, and below this as a whole nothing is published.
COMMENT_BELOW, PUBLISH_FROM = 3, 3.0
GOOD_FROM, GOOD_REVIEWS = 3.5, 2
GOOD_CRITERIA = (Criterion.EFFECTIVENESS, Criterion.EQUITY, Criterion.REPLICABILITY)
SETTLED = gettext_lazy("Your review is filed. You can change it when the country has sent a new text.")
# So far apart on one criterion, two reviewers disagree.
SPREAD = 2


def weighted_mean(scores):
    """The mean of ``scores`` by WEIGHTS, 1.0-5.0; what is not applicable is left out. None when nothing was scored."""
    scored = {name: value for name, value in scores.items() if value is not None}
    weight = sum(WEIGHTS[name] for name in scored)
    return sum(WEIGHTS[name] * value for name, value in scored.items()) / weight if weight else None


def score(reviews):
    """The median over ``reviews`` of each one's weighted mean, 1.0-5.0; None without a review that scored anything."""
    means = [mean for mean in (weighted_mean(review.scores) for review in reviews) if mean is not None]
    return median(means) if means else None


def medians(reviews):
    """{criterion: median over ``reviews``}; a criterion that nobody scored is absent."""
    found = {}
    for name in Criterion.values:
        values = [review.scores[name] for review in reviews if review.scores.get(name) is not None]
        if values:
            found[name] = median(values)
    return found


def wants_third_reader(reviews):
    """Whether exactly two ``reviews`` lie SPREAD or more apart on a criterion."""
    if len(reviews) != 2:
        return False
    one, two = (review.scores for review in reviews)
    return any(
        one.get(name) is not None and two.get(name) is not None and abs(one[name] - two[name]) >= SPREAD
        for name in Criterion.values
    )


def is_publishable(value):
    """Whether the score ``value`` is high enough."""
    return value is not None and value >= PUBLISH_FROM


def label(reviews):
    """The label that ``reviews`` give a published practice: good or promising."""
    by_criterion = medians(reviews)
    is_good = (
        len(reviews) >= GOOD_REVIEWS
        and (score(reviews) or 0) >= GOOD_FROM
        and all(by_criterion.get(name, 0) >= COMMENT_BELOW for name in GOOD_CRITERIA)
    )
    return Label.GOOD if is_good else Label.PROMISING


def problems(review):
    """What keeps ``review`` from being filed, as sentences; empty when nothing does."""
    found = []
    if any(review.gates.get(gate) is None for gate in Gate.values):
        found.append(_("Answer all four gates with yes or no."))
    for criterion in Criterion:
        name = {"criterion": criterion.label}
        if criterion not in review.scores:
            found.append(_("%(criterion)s: choose a score from 1 to 5, or “not applicable”.") % name)
            continue
        value = review.scores[criterion]
        if value is not None and value < COMMENT_BELOW and not review.comments.get(criterion, "").strip():
            found.append(_("%(criterion)s: say why the score is below 3.") % name)
    if not any(value is not None for value in review.scores.values()):
        found.append(_("Score at least one criterion."))
    return found
