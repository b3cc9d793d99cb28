"""How well a country, perhaps with an offer, does on each factor: points from 0 to 1 and the facts behind them.

Each function takes a Pair and gives (points, facts), or None where the need does not ask about the factor. Facts are
codes and numbers that can be stored; ``weights`` says in words what the points are.
"""

import datetime
from dataclasses import dataclass, field

from countries.models import Country
from exchanges.enums import MatchFactor
from exchanges.matching.asking import Ask
from exchanges.matching.records import Record
from exchanges.matching.weights import ADOPTED, ELSEWHERE, HALF_WAY, KNOWN
from exchanges.models import Offer
from practices.enums import EvidenceLevel
from practices.models import PracticeIndex

BEST_EVIDENCE = max(EvidenceLevel)


@dataclass(frozen=True)
class Pair:
    """A need and a country that could answer it. ``closeness``: {ISO3 of an asking country: Similar}; while it is
    empty, the factor counts as not asked for.

    ``offer`` carries ``area_slugs``, ``topic_slugs``, ``practice_ids`` and ``taken_count``.
    """

    ask: Ask
    country: Country
    record: Record
    offer: Offer | None
    closeness: dict = field(default_factory=dict)

    @property
    def languages(self):
        """Languages in which the country works: its official ones and those of its offer."""
        return set(self.country.official_languages) | set(self.offer.languages if self.offer else ())


def weigh(pair, weights, points):
    """``pair`` by the table ``weights`` and the functions ``points``: (score, reasons).

    A reason is {"factor", "weight", "points", facts …}; the score is the sum of weight x points, and what a need
    does not ask about leaves its weight to the other factors.
    """
    found = {factor: points[factor](pair) for factor in weights}
    asked = {factor: answer for factor, answer in found.items() if answer is not None}
    total = sum(weights[factor] for factor in asked)
    reasons = [
        {"factor": factor.value, "weight": round(weights[factor] / total, 4), "points": round(value, 4), **facts}
        for factor, (value, facts) in asked.items()
    ]
    score = sum(weights[factor] * value for factor, (value, _facts) in asked.items()) / total
    return round(min(score, 1.0), 4), reasons


def area(pair):
    return _subjects(pair.ask.areas, pair.offer.area_slugs if pair.offer else (), pair.record.subjects)


def topic(pair):
    return _subjects(pair.ask.topics, pair.offer.topic_slugs if pair.offer else (), pair.record.subjects)


def _subjects(asked, offered, known):
    if not asked:
        return None
    offered = [slug for slug in asked if slug in offered]
    known = [slug for slug in asked if slug in known and slug not in offered]
    return (len(offered) + KNOWN * len(known)) / len(asked), {
        "offered": offered,
        "known": known,
        "asked_count": len(asked),
    }


def practice(pair):
    if pair.ask.practice_id is None:
        return None
    if pair.offer and pair.ask.practice_id in pair.offer.practice_ids:
        return 1.0, {"how": "offered"}
    if pair.record.has_documented:
        return 1.0, {"how": "documented"}
    return (ADOPTED, {"how": "adopted"}) if pair.record.has_adopted else (0.0, {"how": ""})


def modality(pair):
    asked = pair.ask.modalities
    if not asked:
        return None
    offered = [form for form in asked if pair.offer and form in pair.offer.modalities]
    known = [form for form in asked if form in pair.record.forms and form not in offered]
    return (len(offered) + KNOWN * len(known)) / len(asked), {
        "offered": offered,
        "known": known,
        "asked_count": len(asked),
    }


def language(pair):
    working = sorted(pair.ask.languages & pair.languages)
    shared = {country.pk: set(country.official_languages) & pair.languages for country in pair.ask.countries}
    understood = [iso3 for iso3, languages in shared.items() if languages]
    points = len(understood) / len(shared)
    if pair.ask.languages:
        points = (bool(working) + points) / 2
    return points, {
        "working": working,
        "official": sorted(set().union(*shared.values())),
        "countries": understood,
        "asking_count": len(shared),
    }


def context(pair):
    if not pair.closeness:
        return None
    found = {iso3: {"score": one.score, "confidence": one.confidence} for iso3, one in pair.closeness.items()}
    return sum(one["score"] for one in found.values()) / len(found), {"countries": found}


def practices(pair):
    strength = pair.record.evidence_sum / BEST_EVIDENCE
    return _against(strength, MatchFactor.PRACTICES), {
        "count": pair.record.practices_count,
        "evidence_sum": pair.record.evidence_sum,
    }


def adoptions(pair):
    return _against(pair.record.adoptions_count, MatchFactor.ADOPTIONS), {"count": pair.record.adoptions_count}


def exchanges(pair):
    elsewhere = pair.record.given_count - pair.record.here_count
    return _against(pair.record.here_count + ELSEWHERE * elsewhere, MatchFactor.EXCHANGES), {
        "count": pair.record.given_count,
        "here_count": pair.record.here_count,
    }


def _against(value, factor):
    return value / (value + HALF_WAY[factor])


def window(pair):
    offer, ask = pair.offer, pair.ask
    if offer is None:
        return 0.0, {"is_offered": False}
    facts = {"is_offered": True, "starts_on": _iso(offer.starts_on), "ends_on": _iso(offer.ends_on)}
    if not (ask.starts_on and ask.ends_on):
        return 1.0, facts
    first = max(ask.starts_on, offer.starts_on or ask.starts_on)
    last = min(ask.ends_on, offer.ends_on or ask.ends_on)
    one_day = datetime.timedelta(days=1)
    return max(0.0, (last - first + one_day) / (ask.ends_on - ask.starts_on + one_day)), facts


def _iso(day):
    return day.isoformat() if day else None


def capacity(pair):
    if pair.offer is None:
        return 0.0, {"is_offered": False}
    asking_count = len(pair.ask.countries)
    facts = {"is_offered": True, "asking_count": asking_count}
    if pair.offer.capacity_count is None:
        return 1.0, facts | {"free_count": None}
    free_count = max(0, pair.offer.capacity_count - pair.offer.taken_count)
    return min(1.0, free_count / asking_count), facts | {"free_count": free_count}


def region(pair):
    offer = pair.offer
    meant_for = {pair.country.unicef_region} - {""} | set(offer.regions if offer else ())
    is_for_all = offer is not None and not offer.regions
    fitting = [one.pk for one in pair.ask.countries if is_for_all or one.unicef_region in meant_for]
    own = pair.country.unicef_region
    is_same = [one.pk for one in pair.ask.countries if own and one.unicef_region == own]
    return len(fitting) / len(pair.ask.countries), {
        "countries": fitting,
        "same_region": is_same,
        "asking_count": len(pair.ask.countries),
    }


POINTS = {
    MatchFactor.AREA: area,
    MatchFactor.TOPIC: topic,
    MatchFactor.PRACTICE: practice,
    MatchFactor.MODALITY: modality,
    MatchFactor.LANGUAGE: language,
    MatchFactor.CONTEXT: context,
    MatchFactor.PRACTICES: practices,
    MatchFactor.ADOPTIONS: adoptions,
    MatchFactor.EXCHANGES: exchanges,
    MatchFactor.WINDOW: window,
    MatchFactor.CAPACITY: capacity,
    MatchFactor.REGION: region,
}


@dataclass(frozen=True)
class Lesson:
    """A need and a practice that it could learn from: its ``PracticeIndex`` row, and how close its country is."""

    ask: Ask
    row: PracticeIndex
    closeness: dict


def _lesson_subjects(asked, about):
    if not asked:
        return None
    known = [slug for slug in asked if slug in about]
    return len(known) / len(asked), {"about": known, "asked_count": len(asked)}


def _lesson_language(lesson):
    read = lesson.ask.languages.union(*(country.official_languages for country in lesson.ask.countries))
    shared = sorted(read & set(lesson.row.languages))
    return float(bool(shared)), {"written": shared}


LESSON_POINTS = {
    MatchFactor.AREA: lambda lesson: _lesson_subjects(lesson.ask.areas, lesson.row.areas),
    MatchFactor.TOPIC: lambda lesson: _lesson_subjects(lesson.ask.topics, lesson.row.topics),
    MatchFactor.LANGUAGE: _lesson_language,
    MatchFactor.CONTEXT: context,
    MatchFactor.EVIDENCE: lambda lesson: (lesson.row.evidence / BEST_EVIDENCE, {"level": lesson.row.evidence}),
    MatchFactor.ADOPTIONS: lambda lesson: (
        _against(lesson.row.adoptions_count, MatchFactor.ADOPTIONS),
        {"count": lesson.row.adoptions_count},
    ),
}
