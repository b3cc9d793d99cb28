"""Which countries are in a similar position, and why.

Five factors, each of which can be switched off, with fixed weights (shared out anew among those that are on):

=============  ======  ==================================================================================
factor         weight  how close two countries are, from 0 to 1
=============  ======  ==================================================================================
indicators     0.50    mean over the indicators of the area (all, without one): 1 for the same latest figure,
                       0 from two standard deviations apart, straight between (``countries.figures.Scale``)
region         0.15    1 in the same UNICEF region, else 0
income         0.15    1 in the same World Bank income group, 0.5 in neighbouring ones, else 0
status         0.10    lists shared out of those that either is on (least developed, landlocked, small island); 1
                       when neither is on any
language       0.10    1 with an official language in common, else 0
=============  ======  ==================================================================================

``score`` is the sum of weight x closeness, from 0 to 1. Nothing is filled in: what is not known of one of the two adds
nothing to the score and is taken off ``confidence``, the part of the weight that rests on something known of both.
The same data give the same answer in the same order: by score, then confidence, then ISO code.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from countries.enums import IncomeGroup, ListedAs, SimilarityFactor, UnicefRegion
from countries.figures import Scale, latest_points
from countries.languages import language_name, side_by_side
from countries.models import Country, Indicator

WEIGHTS = {
    SimilarityFactor.INDICATORS: 0.50,
    SimilarityFactor.REGION: 0.15,
    SimilarityFactor.INCOME: 0.15,
    SimilarityFactor.STATUS: 0.10,
    SimilarityFactor.LANGUAGE: 0.10,
}
# In standard deviations: from here on two figures have nothing in common, and up to here they are called close.
FAR_APART = 2.0
CLOSE = 0.5
NAMED_INDICATORS = 3
_INCOME_STEPS = {group: step for step, group in enumerate(IncomeGroup.values)}


@dataclass(frozen=True)
class Reason:
    """What one factor says about two countries.

    ``contribution`` is what it adds to the score. ``is_known`` is False for a sentence that tells what is missing,
    which adds nothing.
    """

    factor: SimilarityFactor
    contribution: float
    is_known: bool
    _say: Callable[[], str] = field(repr=False, compare=False)

    @property
    def text(self) -> str:
        """The reason as a sentence in the active language."""
        return self._say()


@dataclass(frozen=True)
class Similar:
    """A country, how similar it is (``score``, 0 to 1), how much of that is known (``confidence``, 0 to 1) and why.

    ``reasons`` begin with what counts most; each factor that is on has at least one.
    """

    country: Country
    score: float
    confidence: float
    reasons: list[Reason] = field(default_factory=list)


def similar_countries(
    country: Country,
    area: str | None = None,
    factors: Iterable[SimilarityFactor] | None = None,
    *,
    among: Iterable[str] | None = None,
) -> list[Similar]:
    """Countries by similarity to ``country``, the most similar first, itself left out.

    ``area``: slug of a challenge area, to compare by its indicators alone. ``factors``: those that count (all of them
    by default). ``among``: ISO3 codes to compare with (by default all of the global South). Three queries whatever is
    asked. Raises ValueError for a word that is no factor, and when no factor is left.
    """
    others = Country.objects.exclude(pk=country.pk)
    others = others.filter(is_global_south=True) if among is None else others.filter(pk__in=list(among))
    return similar_to_each([country], others, area, factors)[country.pk]


def similar_to_each(
    countries: Iterable[Country],
    others: Iterable[Country],
    area: str | None = None,
    factors: Iterable[SimilarityFactor] | None = None,
) -> dict[str, list[Similar]]:
    """``others`` by similarity to each of ``countries``: {ISO3: as ``similar_countries``}.

    Figures are read once however many countries there are: two queries, and that of ``others``.
    """
    chosen = list(SimilarityFactor) if factors is None else [f for f in SimilarityFactor if f in _known(factors)]
    if not chosen:
        raise ValueError("Similarity needs at least one factor.")
    figures = _Figures(area) if SimilarityFactor.INDICATORS in chosen else None
    others = list(others)
    found = {}
    for country in countries:
        comparison = _Comparison(country, figures, chosen)
        compared = [comparison.with_country(other) for other in others if other.pk != country.pk]
        found[country.pk] = sorted(compared, key=lambda one: (-one.score, -one.confidence, one.country.iso3))
    return found


def _known(factors):
    return {SimilarityFactor(factor) for factor in factors}


class _Figures:
    """Where every country stands on the indicators of an area, or on all."""

    def __init__(self, area):
        rows = Indicator.objects.all() if area is None else Indicator.objects.filter(area=area)
        self.indicators = list(rows)
        points = latest_points([indicator.code for indicator in self.indicators])
        # {iso3: standard deviations} per indicator, in the order of the indicators
        self.positions = []
        for indicator in self.indicators:
            latest = points[indicator.code]
            scale = Scale(indicator, [point.value for point in latest.values()])
            self.positions.append(dict(zip(latest, scale.positions, strict=True)))


class _Comparison:
    """Compares one country with others, factor by factor."""

    def __init__(self, country, figures, factors):
        self.country = country
        total = sum(WEIGHTS[factor] for factor in factors)
        self.parts = [(factor, WEIGHTS[factor] / total, getattr(self, f"_by_{factor.value}")) for factor in factors]
        self.languages = set(country.official_languages)
        self.lists = _lists(country)
        self.figures = figures

    def with_country(self, other):
        reasons, confidence = [], 0.0
        for factor, weight, compare in self.parts:
            known, found = compare(other, weight)
            reasons += [Reason(factor, round(share, 4), is_known, say) for share, is_known, say in found]
            confidence += weight * known
        return Similar(
            country=other,
            score=round(sum(reason.contribution for reason in reasons), 4),
            confidence=round(confidence, 4),
            reasons=sorted(reasons, key=lambda reason: -reason.contribution),
        )

    # Each of these gives the part that is known, 0 to 1, and rows (contribution, is known, function of the sentence).
    # Sentences are put together when they are read: most countries of the list are never looked at.

    def _by_indicators(self, other, weight):
        count = len(self.figures.indicators)
        here, there = self.country.iso3, other.iso3
        distances = [
            (abs(positions[there] - positions[here]), indicator)
            for indicator, positions in zip(self.figures.indicators, self.figures.positions, strict=True)
            if there in positions and here in positions
        ]
        if not distances:
            return 0.0, [(0.0, False, lambda: _("No indicator has a figure for both countries."))]
        closeness = sum(max(0.0, 1 - distance / FAR_APART) for distance, _indicator in distances)
        rows = [(weight * closeness / count, True, partial(_how_close, distances))]
        if missing := count - len(distances):
            rows.append((0.0, False, partial(_how_many_missing, missing, count)))
        return len(distances) / count, rows

    def _by_region(self, other, weight):
        if not (self.country.unicef_region and other.unicef_region):
            return 0.0, [(0.0, False, lambda: _("One of the two is outside the UNICEF regions."))]
        region = UnicefRegion(other.unicef_region)
        if self.country.unicef_region == region:
            return 1.0, [(weight, True, lambda: _("Same region: %(region)s.") % {"region": region.label})]
        return 1.0, [(0.0, True, lambda: _("Another region: %(region)s.") % {"region": region.label})]

    def _by_income(self, other, weight):
        if not (self.country.income_group and other.income_group):
            return 0.0, [(0.0, False, lambda: _("One of the two has no income group."))]
        group = IncomeGroup(other.income_group)
        steps = abs(_INCOME_STEPS[self.country.income_group] - _INCOME_STEPS[group])
        if steps == 0:
            return 1.0, [(weight, True, lambda: _("Same income group: %(group)s.") % {"group": group.label})]
        if steps == 1:
            return 1.0, [
                (weight / 2, True, lambda: _("Neighbouring income group: %(group)s.") % {"group": group.label})
            ]
        return 1.0, [(0.0, True, lambda: _("Another income group: %(group)s.") % {"group": group.label})]

    def _by_status(self, other, weight):
        theirs = _lists(other)
        if not (self.lists or theirs):
            return 1.0, [(weight, True, lambda: _("Neither is a least developed, landlocked or small island state."))]
        both = [code for code in _LISTS if code in self.lists and code in theirs]
        if not both:
            return 1.0, [
                (0.0, True, lambda: _("Least developed, landlocked or small island state: nothing in common."))
            ]
        return 1.0, [(weight * len(both) / len(self.lists | theirs), True, partial(_same_lists, both))]

    def _by_language(self, other, weight):
        if not (self.languages and other.official_languages):
            return 0.0, [(0.0, False, lambda: _("The official languages of one of the two are not known."))]
        shared = [code for code in other.official_languages if code in self.languages]
        if not shared:
            return 1.0, [(0.0, True, lambda: _("No official language in common."))]
        return 1.0, [(weight, True, partial(_shared_languages, shared))]


_LISTS = {code: f"is_{code.value}" for code in (ListedAs.LDC, ListedAs.LLDC, ListedAs.SIDS)}


def _lists(country):
    return {code for code, column in _LISTS.items() if getattr(country, column)}


def _same_lists(codes):
    return _("Both are on the same lists: %(lists)s.") % {"lists": side_by_side(code.label for code in codes)}


def _shared_languages(codes):
    text = ngettext(
        "Official language in common: %(languages)s.", "Official languages in common: %(languages)s.", len(codes)
    )
    return text % {"languages": side_by_side(map(language_name, codes))}


def _how_many_missing(missing, count):
    text = ngettext(
        "%(missing)d of %(count)d indicators has no figure for both countries and counts for nothing.",
        "%(missing)d of %(count)d indicators have no figure for both countries and count for nothing.",
        missing,
    )
    return text % {"missing": missing, "count": count}


def _how_close(distances):
    """A sentence about [(standard deviations apart, indicator)], at least one."""
    nearest = sorted(distances, key=lambda row: (row[0], row[1].position))
    close = [indicator for distance, indicator in nearest if distance <= CLOSE]
    if not close:
        text = ngettext(
            "Not close on the %(count)d indicator with figures for both.",
            "Not close on any of the %(count)d indicators with figures for both.",
            len(distances),
        )
    elif len(close) > NAMED_INDICATORS:
        text = ngettext(
            "Close on %(close)d of %(count)d indicator with figures for both, among them: %(names)s.",
            "Close on %(close)d of %(count)d indicators with figures for both, among them: %(names)s.",
            len(distances),
        )
    else:
        text = ngettext(
            "Close on %(close)d of %(count)d indicator with figures for both: %(names)s.",
            "Close on %(close)d of %(count)d indicators with figures for both: %(names)s.",
            len(distances),
        )
    names = side_by_side(indicator.name for indicator in close[:NAMED_INDICATORS])
    return text % {"close": len(close), "count": len(distances), "names": names}
