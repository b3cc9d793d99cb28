"""What the page of a country tells beyond its practices: figures, help in both directions, countries like it."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from countries.enums import SimilarityFactor
from countries.models import Indicator
from countries.similarity import Similar, similar_countries
from countries.trends import Started, starters
from exchanges.enums import UNDER_WAY, PartyRole
from exchanges.models import Exchange, Need, Offer, Project
from practices.cards import Card
from practices.models import PracticeIndex
from ssc_portal.impact.arcs import draw
from ssc_portal.impact.flows import Flow

SIMILAR_SHOWN = 6
STARTED_SHOWN = 6
ASSISTANCE_SHOWN = 5
EXCHANGES_SHOWN = 12


@dataclass(frozen=True)
class Assistance:
    """What a country offers, needs and wants, as far as the public reads it, and how much there is of each."""

    offers: list[Offer]
    needs: list[Need]
    offers_count: int
    needs_count: int
    offer_areas: list
    need_areas: list
    wanted: list


def assistance(country, names, language):
    """The open offers and needs of ``country`` and the practices that its needs name; a fixed number of queries."""
    offers = list(Offer.objects.live().filter(country=country).for_cards())
    needs = list(Need.objects.live().filter(Q(country=country) | Q(joined__country=country)).distinct().for_cards())
    slugs = [need.practice_id for need in needs if need.practice_id]
    rows = PracticeIndex.objects.filter(practice__in=slugs)
    return Assistance(
        offers=offers[:ASSISTANCE_SHOWN],
        needs=needs[:ASSISTANCE_SHOWN],
        offers_count=len(offers),
        needs_count=len(needs),
        offer_areas=_areas(offers, names),
        need_areas=_areas(needs, names),
        wanted=[Card(row.document, names, language) for row in rows],
    )


def _areas(rows, names):
    slugs = {area.pk for row in rows for area in row.challenge_areas.all()}
    return [area for slug, area in names.areas.items() if slug in slugs]


@dataclass(frozen=True)
class Exchanged:
    """The public exchanges of a country: ``given`` and ``received`` count them, ``helped`` and ``learned_from`` the
    countries on the other side, ``rows`` are the newest, each with ``gives`` and ``receives``. ``arcs`` and ``dots``
    draw them all on the map.
    """

    rows: list[Exchange]
    count: int
    given: int
    received: int
    under_way: int
    helped: list[str]
    learned_from: list[str]
    arcs: list
    dots: list


def exchanged(country, names):
    """What ``country`` gave and received in exchanges that the public reads; a fixed number of queries."""
    rows = list(
        Exchange.objects.live().filter(parties__country=country).distinct().for_cards().order_by("-start_year", "-pk")
    )
    helped, learned_from, given, received = Counter(), Counter(), 0, 0
    for row in rows:
        own = {party.role for party in row.parties.all() if party.country_id == country.pk}
        row.gives, row.receives = PartyRole.PROVIDER in own, PartyRole.BENEFICIARY in own
        given, received = given + row.gives, received + row.receives
        others = {(party.country_id, party.role) for party in row.parties.all() if party.country_id}
        for iso3, role in others:
            if iso3 != country.pk and row.gives and role == PartyRole.BENEFICIARY:
                helped[iso3] += 1
            if iso3 != country.pk and row.receives and role == PartyRole.PROVIDER:
                learned_from[iso3] += 1
    flows = [Flow(country.pk, iso3, count, []) for iso3, count in helped.most_common()]
    flows += [Flow(iso3, country.pk, count, []) for iso3, count in learned_from.most_common()]
    arcs, dots = draw(flows, names.countries)
    return Exchanged(
        rows=rows[:EXCHANGES_SHOWN],
        count=len(rows),
        given=given,
        received=received,
        under_way=sum(row.status in UNDER_WAY for row in rows),
        helped=sorted(helped),
        learned_from=sorted(learned_from),
        arcs=arcs,
        dots=dots,
    )


def projects(country):
    """What funds paid for in ``country``, the newest first."""
    return list(Project.objects.live().filter(countries=country).for_cards().order_by("-start_year", "-pk"))


@dataclass(frozen=True)
class Likeness:
    """A similar country with how many practices it leads."""

    similar: Similar
    practices_count: int

    @property
    def reasons(self):
        """What speaks for it, the strongest first."""
        return [reason for reason in self.similar.reasons if reason.is_known and reason.contribution > 0]

    @property
    def gaps(self):
        """What is not known, in words."""
        return [reason for reason in self.similar.reasons if not reason.is_known]

    @property
    def percent(self):
        return round(100 * self.similar.score)

    @property
    def known_percent(self):
        return round(100 * self.similar.confidence)


def similar(country, *, area=None, factors=None):
    """The countries most like ``country``, as Likeness rows; see ``countries.similarity``."""
    found = similar_countries(country, area=area, factors=factors)[:SIMILAR_SHOWN]
    led = dict(
        PracticeIndex.objects.filter(country__in=[one.country.pk for one in found])
        .values_list("country")
        .annotate(Count("pk"))
        .order_by()
    )
    return [Likeness(one, led.get(one.country.pk, 0)) for one in found]


def chosen_factors(query, areas):
    """What a reader switched on: (area slug or None, [SimilarityFactor], whether anything was unknown)."""
    area = query.get("similar_area") or None
    words = query.getlist("factor")
    known = [factor for factor in SimilarityFactor if factor.value in words]
    is_odd = bool(area and area not in areas) or len(known) != len(set(words))
    return (area if area in areas else None), known or list(SimilarityFactor), is_odd


@dataclass(frozen=True)
class Shown:
    """A practice from a country that started where this one is: by which indicator, from where to where."""

    card: Card
    indicator: Indicator
    started: Started

    @property
    def reason(self):
        """Why it is shown, as a sentence."""
        then, latest = self.started.then, self.started.latest
        return _("%(indicator)s in %(country)s: %(then)s in %(then_year)d, %(latest)s in %(latest_year)d.") % {
            "indicator": self.indicator.name,
            "country": self.started.country.name,
            "then": _figure(then.value),
            "then_year": then.year,
            "latest": _figure(latest.value),
            "latest_year": latest.year,
        }


def _figure(value):
    return number_format(value, decimal_pos=1, use_l10n=True)


def started_here(country, names, language):
    """[Shown]: practices from countries whose figures were once where those of ``country`` are and are better now.

    The strongest evidence first, each practice and country once; four queries.
    """
    indicators = list(Indicator.objects.all())
    by_code = {indicator.code: indicator for indicator in indicators}
    found = {}  # (area, iso3) → (indicator, started)
    for code, rows in starters(country, indicators).items():
        for row in rows:
            found.setdefault((by_code[code].area, row.country.iso3), (by_code[code], row))
    if not found:
        return []
    by_area = {}
    for area, iso3 in found:
        by_area.setdefault(area, []).append(iso3)
    wanted = Q(pk__in=[])
    for area, codes in by_area.items():
        wanted |= Q(areas__contains=[area], country__in=codes)
    rows = PracticeIndex.objects.filter(wanted).exclude(country=country.pk).order_by("-evidence", "-published_at")
    shown, seen = [], set()
    for row in rows[: STARTED_SHOWN * 4]:
        key = next(((area, row.country) for area in row.areas if (area, row.country) in found), None)
        if key is None or row.country in seen:
            continue
        seen.add(row.country)
        shown.append(Shown(Card(row.document, names, language), *found[key]))
    return shown[:STARTED_SHOWN]
