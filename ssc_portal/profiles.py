"""What the page of a country tells beyond its practices: figures, help in both directions, countries like it."""

from dataclasses import dataclass

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from countries.enums import SimilarityFactor
from countries.models import Country, Indicator
from countries.similarity import Similar, similar_countries
from countries.trends import Started, starters
from exchanges.enums import UNDER_WAY, PartyRole
from exchanges.models import Exchange, Need, NeedCountry, Offer, Party, Project
from practices.cards import Card
from practices.enums import PracticeStatus
from practices.listing import cards
from practices.models import Adoption, PracticeIndex
from ssc_portal.impact.arcs import draw
from ssc_portal.impact.flows import Flow, pair_counts
from ssc_portal.impact.scope import Scope

SIMILAR_SHOWN = 6
STARTED_SHOWN = 6
ASSISTANCE_SHOWN = 5
WANTED_SHOWN = 6
EXCHANGES_SHOWN = 12
FLOWS_DRAWN = 40
ADOPTIONS_SHOWN = 12


@dataclass(frozen=True)
class Assistance:
    """What a country offers, needs and wants, as far as the public reads it: the newest, and how much there is."""

    offers: list[Offer]
    needs: list[Need]
    offers_count: int
    needs_count: int
    offer_areas: list
    need_areas: list
    wanted: list


def assistance(country, names, language):
    """The open offers and needs of ``country`` and the practices that its needs name; a fixed number of queries."""
    offers = Offer.objects.live().filter(country=country)
    joined = NeedCountry.objects.filter(country=country).values("need")
    needs = Need.objects.live().filter(Q(country=country) | Q(pk__in=joined))
    wanted = PracticeIndex.objects.filter(practice__in=needs.filter(practice__isnull=False).values("practice"))
    newest = wanted.order_by("-published_at", "-practice_id")
    return Assistance(
        offers=_newest(offers),
        needs=_newest(needs),
        offers_count=offers.count(),
        needs_count=needs.count(),
        offer_areas=_areas(offers, names),
        need_areas=_areas(needs, names),
        wanted=cards(newest[:WANTED_SHOWN], language=language, names=names),
    )


def _newest(rows):
    """The first of ``rows`` as cards; they are chosen before anything is counted for them."""
    chosen = list(rows.values_list("pk", flat=True)[:ASSISTANCE_SHOWN])
    return list(rows.model.objects.filter(pk__in=chosen).for_cards())


def _areas(rows, names):
    """The challenge areas of ``rows``, in their order."""
    name = rows.model._meta.model_name
    found = rows.model.challenge_areas.through.objects.filter(**{f"{name}__in": rows.values("pk")})
    slugs = set(found.values_list("challengearea", flat=True).distinct())
    return [area for slug, area in names.areas.items() if slug in slugs]


@dataclass(frozen=True)
class Exchanged:
    """The public exchanges of a country: ``given`` and ``received`` count them, ``helped`` and ``learned_from`` are the
    countries on the other side, ``rows`` the newest exchanges, each with ``gives``, ``receives`` and ``others``.
    ``arcs`` and ``dots`` draw the largest flows on the map.
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


def exchanged(country, names, language):
    """What ``country`` gave and received in exchanges that the public reads; a fixed number of queries."""
    own = Party.objects.filter(country=country, exchange__in=Exchange.objects.live())
    counts = own.aggregate(
        count=Count("exchange", distinct=True),
        given=Count("exchange", filter=Q(role=PartyRole.PROVIDER), distinct=True),
        received=Count("exchange", filter=Q(role=PartyRole.BENEFICIARY), distinct=True),
        under_way=Count("exchange", filter=Q(exchange__status__in=UNDER_WAY), distinct=True),
    )
    pairs = pair_counts(Scope(names=names, language=language, country=[country.pk]))
    arcs, dots = draw([Flow(*pair, areas=()) for pair in pairs[:FLOWS_DRAWN]], names.countries)
    return Exchanged(
        rows=_latest(country, names),
        **counts,
        helped=sorted(other for provider, other, _count in pairs if provider == country.pk),
        learned_from=sorted(provider for provider, other, _count in pairs if other == country.pk),
        arcs=arcs,
        dots=dots,
    )


def _latest(country, names):
    """The exchanges of ``country`` that began last; two queries."""
    mine = Party.objects.filter(country=country).values("exchange")
    ordered = Exchange.objects.live().filter(pk__in=mine).order_by(F("start_year").desc(nulls_last=True), "-pk")
    rows = list(ordered.prefetch_related("parties")[:EXCHANGES_SHOWN])
    for row in rows:
        roles = {party.role for party in row.parties.all() if party.country_id == country.pk}
        row.gives, row.receives = PartyRole.PROVIDER in roles, PartyRole.BENEFICIARY in roles
        codes = dict.fromkeys(party.country_id for party in row.parties.all() if party.country_id)
        row.others = [names.countries[iso3] for iso3 in codes if iso3 != country.pk]
    return rows


@dataclass(frozen=True)
class Adopted:
    """What a country took over from others: the newest as (Adoption, Card), and how many practices there are."""

    rows: list[tuple[Adoption, Card]]
    count: int


def adopted(country, names, language):
    """The practices that ``country`` took over and that can be read; two queries."""
    rows = Adoption.objects.filter(country=country, practice__status=PracticeStatus.LIVE)
    newest = rows.select_related("practice__index").order_by(F("year").desc(nulls_last=True), "pk")[:ADOPTIONS_SHOWN]
    return Adopted(
        rows=[(row, Card(row.practice.index.document, names, language)) for row in newest],
        count=rows.aggregate(count=Count("practice", distinct=True))["count"],
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
    strongest = PracticeIndex.objects.filter(wanted).order_by("-evidence", "-published_at", "-practice_id")
    # The best one of each country is found by its place in an index, so countries with many practices cost no more.
    best = strongest.filter(country=OuterRef("pk")).values("pk")[:1]
    countries = Country.objects.filter(pk__in={iso3 for _area, iso3 in found}).annotate(best=Subquery(best))
    rows = strongest.filter(pk__in=countries.values("best"))
    shown = []
    for areas, iso3, document in rows.values_list("areas", "country", "document")[:STARTED_SHOWN]:
        key = next((area, iso3) for area in areas if (area, iso3) in found)
        shown.append(Shown(Card(document, names, language), *found[key]))
    return shown
