"""The rankings: providers, offers and practices for a need, and needs for an offer."""

from dataclasses import dataclass, replace

from django.db.models import Case, Q, Value, When

from countries.enums import SimilarityFactor
from countries.models import Country
from countries.similarity import similar_to_each
from exchanges.enums import MatchFactor
from exchanges.matching import offered
from exchanges.matching.asking import asks_of
from exchanges.matching.points import LESSON_POINTS, POINTS, Lesson, Pair, weigh
from exchanges.matching.records import records
from exchanges.matching.weights import PRACTICE_WEIGHTS, WEIGHTS
from exchanges.models import Need, Offer
from practices.models import Practice, PracticeIndex

# Region and language count for themselves.
CONTEXT = (SimilarityFactor.INDICATORS, SimilarityFactor.INCOME, SimilarityFactor.STATUS)
# So many of the best fitting offers, needs or practices are scored, however many there are.
SCORED = 60
SCORED_NEEDS = 20
# Scores are rounded to four places.
ROUNDING = 0.0002


@dataclass(frozen=True)
class Candidate:
    """A country that could answer a need: with its best fitting offer, and its practice to learn from, if any."""

    country: Country
    offer: Offer | None
    practice: Practice | None
    score: float
    reasons: list


@dataclass(frozen=True)
class NeedFound:
    """A need that an offer could answer."""

    need: Need
    score: float
    reasons: list


def rank_providers(need, limit=10):
    """Countries that could answer ``need``: [Candidate], the best first; equal scores by ISO3 code.

    Countries of the global South that can show anything on what is asked, and any country with a fitting open offer;
    never one that asks. A fixed number of queries, whatever there is.
    """
    (ask,) = asks_of([need])
    best = offered.offers_for(ask).order_by("country_id", "-fit", "-opened_at", "-pk").distinct("country_id")
    # What an offer is about is read of the best one of each country alone, and its country together with the others.
    offers = offered.open_offers().filter(pk__in=best.values("pk")).select_related(None)
    offers = {offer.country_id: offer for offer in offers}
    found = records([ask])
    able = {iso3 for iso3 in found.countries(ask) if _can_show(found.of(ask, iso3))}
    countries = Country.objects.filter(Q(pk__in=able, is_global_south=True) | Q(pk__in=offers))
    countries = list(countries.exclude(pk__in=ask.codes))
    for country in countries:
        if country.pk in offers:
            offers[country.pk].country = country
    pairs = [Pair(ask, country, found.of(ask, country.pk), offers.get(country.pk)) for country in countries]
    return _candidates(_best(ask, pairs, limit))


def rank_offers(need, limit=10):
    """Open offers that could answer ``need``: [Candidate], the best first; equal scores by ISO3 code, then age."""
    (ask,) = asks_of([need])
    offers = list(offered.offers_for(ask)[:SCORED])
    found = records([ask] if offers else [])
    pairs = [Pair(ask, offer.country, found.of(ask, offer.country_id), offer) for offer in offers]
    return _candidates(_best(ask, pairs, limit))


def rank_practices(need, limit=6):
    """Live practices of other countries that ``need`` could learn from: [Candidate], the best first.

    Left out are the practice that it names and those that an asking country has documented or taken over.
    """
    (ask,) = asks_of([need])
    rows = list(_lessons(ask)[:SCORED])
    countries = Country.objects.in_bulk([row.country for row in rows])
    closeness = _closeness(ask, countries.values())
    scored = []
    for row in rows:
        score, reasons = weigh(Lesson(ask, row, closeness[row.country]), PRACTICE_WEIGHTS, LESSON_POINTS)
        scored.append((score, reasons, countries[row.country], row.pk))
    best = sorted(scored, key=lambda one: (-one[0], one[3]))[:limit]
    practices = _practices(pk for _score, _reasons, _country, pk in best)
    return [Candidate(country, None, practices[pk], score, reasons) for score, reasons, country, pk in best]


def needs_for(offer, limit=10):
    """Open needs that ``offer`` could answer: [NeedFound], the best first; equal scores by the code of the need.

    Empty while it is not open, is over or has no room left.
    """
    offer = offered.open_offers().filter(pk=offer.pk).first()
    if offer is None:
        return []
    needs = list(offered.needs_for(offer)[: max(limit, SCORED_NEEDS)])
    asks = asks_of(needs)
    found = records(asks, country=offer.country_id)
    asking = {country.pk: country for ask in asks for country in ask.countries}
    # Similarity is the same both ways, so one comparison of the offering country serves all needs.
    similar = similar_to_each([offer.country], asking.values(), None, CONTEXT)[offer.country_id]
    near = {one.country.pk: one for one in similar}
    scored = []
    for need, ask in zip(needs, asks, strict=True):
        closeness = {iso3: near[iso3] for iso3 in ask.codes}
        pair = Pair(ask, offer.country, found.of(ask, offer.country_id), offer, closeness)
        scored.append(NeedFound(need, *weigh(pair, WEIGHTS, POINTS)))
    return sorted(scored, key=lambda one: (-one.score, one.need.code_year, one.need.code_number))[:limit]


def _can_show(record):
    return bool(record.subjects) or record.has_documented or record.has_adopted


def _closeness(ask, countries):
    """How close each of ``countries`` is to each that asks: {ISO3: {ISO3 of the asking country: Similar}}."""
    found = {country.pk: {} for country in countries}
    for asking, others in similar_to_each(ask.countries, countries, None, CONTEXT).items():
        for one in others:
            found[one.country.pk][asking] = one
    return found


def _best(ask, pairs, limit):
    """The ``limit`` best of ``pairs``: [(score, reasons, pair)]; equal scores by ISO3 code, then the older offer."""
    hopeful = _hopeful(pairs, limit)
    closeness = _closeness(ask, {pair.country.pk: pair.country for pair in hopeful}.values())
    scored = []
    for pair in hopeful:
        pair = replace(pair, closeness=closeness[pair.country.pk])
        scored.append((*weigh(pair, WEIGHTS, POINTS), pair))
    return sorted(scored, key=lambda one: (-one[0], one[2].country.pk, one[2].offer.pk if one[2].offer else 0))[:limit]


def _hopeful(pairs, limit):
    """Those of ``pairs`` that could be among the ``limit`` best if their countries were as similar as can be.

    Comparing positions is the dearest factor, so it is left out for who cannot win by it.
    """
    if len(pairs) <= limit:
        return pairs
    without = [(*weigh(pair, WEIGHTS, POINTS), pair) for pair in pairs]
    bar = sorted((score for score, _reasons, _pair in without), reverse=True)[limit - 1]
    asked = sum(WEIGHTS[reason["factor"]] for reason in without[0][1])  # the same for all that answer one need
    most = WEIGHTS[MatchFactor.CONTEXT] / asked + ROUNDING
    return [pair for score, _reasons, pair in without if score >= bar - most]


def _candidates(scored):
    practices = _practices(pair.record.best_practice_id for *_rest, pair in scored if pair.record.best_practice_id)
    return [
        Candidate(pair.country, pair.offer, practices.get(pair.record.best_practice_id), score, reasons)
        for score, reasons, pair in scored
    ]


def _practices(ids):
    return Practice.objects.live().select_related("live", "country").in_bulk(list(ids))


def _lessons(ask):
    """Index rows of practices on what is asked, those with most in common first."""
    shared = Value(0)
    for slug in ask.areas:
        shared = shared + Case(When(areas__contains=[slug], then=Value(1)), default=Value(0))
    for slug in ask.topics:
        shared = shared + Case(When(topics__contains=[slug], then=Value(2)), default=Value(0))
    rows = PracticeIndex.objects.filter(Q(areas__overlap=list(ask.areas)) | Q(topics__overlap=list(ask.topics)))
    rows = rows.exclude(countries__overlap=ask.codes).exclude(adoption_countries__overlap=ask.codes)
    rows = rows.exclude(pk=ask.practice_id) if ask.practice_id else rows
    ordered = rows.annotate(shared=shared).order_by("-shared", "-evidence", "-adoptions_count", "practice")
    return ordered.defer("document")
