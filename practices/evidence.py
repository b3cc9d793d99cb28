"""How sure are we? The evidence level of a practice and its reasons, computed from rows; a leaf, asked by the index.

Levels: 1 described; 2 monitoring or before-and-after with at least one baseline-latest pair; 3 a comparison group;
4 an independent evaluation, a randomised trial or a systematic review, or an adoption with a result at another site;
5 level 3 or more by its own evaluation and adoptions with a result in two or more other countries.
"""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from practices.content_rows import held
from practices.enums import EvaluationType, EvidenceLevel

_BY_EVALUATION = {
    EvaluationType.NONE: EvidenceLevel.DESCRIBED,
    EvaluationType.MONITORING: EvidenceLevel.MONITORED,
    EvaluationType.BEFORE_AFTER: EvidenceLevel.MONITORED,
    EvaluationType.COMPARISON: EvidenceLevel.COMPARED,
    EvaluationType.INDEPENDENT: EvidenceLevel.EVALUATED,
    EvaluationType.RANDOMISED: EvidenceLevel.EVALUATED,
    EvaluationType.SYSTEMATIC_REVIEW: EvidenceLevel.EVALUATED,
}


def assess(evaluation_type, *, pairs_count, replication_countries):
    """Compute the evidence level.

    ``pairs_count``: results with both a baseline and a latest value; ``replication_countries``: ISO3 codes of other
    countries in which an adoption reports a result. Returns (level 1-5, reasons), reasons being [[code, value], …] that
    ``reasons_in_words`` puts into the reader's language. Raises KeyError for an unknown evaluation type.
    """
    own = _BY_EVALUATION[evaluation_type]
    reasons = [["evaluation", str(evaluation_type)]]
    if own == EvidenceLevel.MONITORED:
        if pairs_count:
            reasons.append(["pairs", pairs_count])
        else:
            own = EvidenceLevel.DESCRIBED
            reasons.append(["no_pair", 0])
    level = own
    countries_count = len(set(replication_countries))
    if countries_count:
        reasons.append(["replicated", countries_count])
        level = max(level, EvidenceLevel.EVALUATED)
        if own >= EvidenceLevel.COMPARED and countries_count > 1:
            level = EvidenceLevel.REPLICATED
    return int(level), reasons


def assess_version(version, adoptions, *, lead_country):
    """``assess`` for a version and the adoptions of its practice, both with their rows loaded.

    ``lead_country``: ISO3 code of the country that an adoption has to differ from.
    """
    return assess(
        version.evaluation_type,
        pairs_count=sum(1 for row in held(version, "results") if row.baseline is not None and row.latest is not None),
        replication_countries={row.country_id for row in adoptions if row.result} - {lead_country},
    )


def reasons_in_words(reasons):
    """The stored ``reasons`` as sentences in the active language, in their order."""
    return [_sentence(code, value) for code, value in reasons]


def _sentence(code, value):
    if code == "evaluation":
        return {
            EvaluationType.NONE: _("No evaluation is known."),
            EvaluationType.MONITORING: _("The programme monitored its own results."),
            EvaluationType.BEFORE_AFTER: _("The situation was measured before and after."),
            EvaluationType.COMPARISON: _("Results were compared with a group that did not take part."),
            EvaluationType.INDEPENDENT: _("Others than those who ran it evaluated it."),
            EvaluationType.RANDOMISED: _("A randomised trial tested it."),
            EvaluationType.SYSTEMATIC_REVIEW: _("A systematic review or meta-analysis of studies covers it."),
        }[EvaluationType(value)]
    if code == "pairs":
        return ngettext(
            "%(count)d result is given with a figure before and after.",
            "%(count)d results are given with a figure before and after.",
            value,
        ) % {"count": value}
    if code == "no_pair":
        return _("No result is given with a figure before and after.")
    return ngettext(
        "%(count)d other country reports a result of its own.",
        "%(count)d other countries report a result of their own.",
        value,
    ) % {"count": value}
