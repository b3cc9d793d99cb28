"""How well needs are matched: each real exchange is hidden in turn and asked for again, as a need would be.

Weights were chosen while looking at the first half alone; the second is reported. Nothing here is a limit: with so few
exchanges one more or less changes the figures a lot.
"""

import uuid
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Q

from accounts.enums import Role
from countries.models import Country
from exchanges.enums import ExchangeStatus, PartyRole
from exchanges.matching import rank_providers
from exchanges.models import Exchange, Need, NeedCountry, Party
from practices.enums import Language
from practices.indexing import rebuild
from practices.models import Adoption, Practice, PracticeIndex
from tests.people import make_user

FIRST = 10
WAYS = (
    "matching",
    "matching, asked without topics",
    "alphabetical",
    "how often a country provides",
    "most practices in the areas",
)
NOTE = """\
Asked: the recipients together, areas, topics and forms of assistance of the hidden exchange, without its practice.
Hidden: the exchange, and what its recipients are recorded to have taken over from its providers.
Still visible: the practices of the providers, some written because of the exchange, other exchanges of the same
programme, and topics that were assigned by people who knew the practices. Candidates: all countries of the global
South but those that ask."""


@dataclass(frozen=True)
class Case:
    """One exchange that was hidden: the rank of its best placed provider in each of WAYS, None where it is absent."""

    exchange: str
    is_first_half: bool
    ranks: dict


def report():
    """Print hit@10 and mean reciprocal rank of the matching and of three simple rules, for both halves and all."""
    found = cases()
    first, second = ([case for case in found if case.is_first_half is half] for half in (True, False))
    groups = {"first half (tuned on)": first, "second half (reported)": second, "all": found}
    print(f"\n{'Who provided? Real exchanges, each hidden in turn':48}", *(f"{what:>24}" for what in groups))
    print(f"{'number of exchanges':48}", *(f"{len(rows):24}" for rows in groups.values()))
    for way in WAYS:
        cells = (f"hit@{FIRST} {hits(rows, way):.2f}  MRR {reciprocal_rank(rows, way):.2f}" for rows in groups.values())
        print(f"{way:48}", *(f"{cell:>24}" for cell in cells))
    print(NOTE)


def hits(rows, way):
    """The share of cases in which a real provider is among the first ten."""
    return sum(case.ranks[way] is not None and case.ranks[way] <= FIRST for case in rows) / len(rows)


def reciprocal_rank(rows, way):
    """The mean of one over the rank of the best placed provider; nothing for one that is absent."""
    return sum(1 / case.ranks[way] for case in rows if case.ranks[way]) / len(rows)


def cases():
    """[Case] of all recorded exchanges, in the order of their identifiers; every other one is of the first half."""
    exchanges = Exchange.objects.filter(status=ExchangeStatus.RECORDED).order_by("external_id")
    return [_case(exchange, is_first_half=number % 2 == 0) for number, exchange in enumerate(exchanges)]


def _case(exchange, *, is_first_half):
    with transaction.atomic():
        providers = _codes(exchange, PartyRole.PROVIDER)
        asking = _codes(exchange, PartyRole.BENEFICIARY)
        need = _need(exchange, asking)
        _hide(exchange, providers, asking)
        areas = [area.pk for area in exchange.challenge_areas.all()]
        candidates = sorted(Country.objects.filter(is_global_south=True).exclude(pk__in=asking), key=_english_name)
        orders = [_matched(need)]
        need.topics.clear()
        orders += [
            _matched(need),
            _most(candidates, {}),
            _most(candidates, _given()),
            _most(candidates, _documented(areas)),
        ]
        transaction.set_rollback(True)
    ranks = {way: _rank(order, providers) for way, order in zip(WAYS, orders, strict=True)}
    return Case(exchange.external_id, is_first_half, ranks)


def _matched(need):
    everybody = Country.objects.count()
    return [found.country.pk for found in rank_providers(Need.objects.get(pk=need.pk), limit=everybody)]


def _codes(exchange, role):
    return list(exchange.parties.filter(role=role, country__isnull=False).values_list("country", flat=True))


def _english_name(country):
    return country.names["en"]


def _need(exchange, asking):
    """What the recipients would have asked for."""
    first = Country.objects.get(pk=asking[0])
    need = Need.objects.create(
        code="ND-0-0",
        code_year=0,
        code_number=0,
        country=first,
        lead=make_user(Role.OFFICER, country=first.pk),
        form_key=uuid.uuid4(),
        title=exchange.topic[:160],
        modalities=exchange.modalities,
        languages=[code for code in first.official_languages if code in Language.values] or [Language.EN],
    )
    need.challenge_areas.set(exchange.challenge_areas.all())
    need.topics.set(exchange.topics.all())
    NeedCountry.objects.bulk_create(NeedCountry(need=need, country_id=code, joined_by=need.lead) for code in asking[1:])
    return need


def _hide(exchange, providers, asking):
    """Take the exchange away, and the adoptions that tell the same: by its recipients, of its providers' practices."""
    exchange.parties.all().delete()
    theirs = Practice.objects.filter(index__countries__overlap=providers)
    told = Adoption.objects.filter(practice__in=theirs, country__in=asking)
    changed = list(told.order_by("practice").values_list("practice", flat=True).distinct())  # each once
    told.delete()
    rebuild(changed)


def _given():
    rows = Party.objects.filter(role=PartyRole.PROVIDER, country__isnull=False).values("country")
    return dict(rows.annotate(Count("exchange", distinct=True)).values_list("country", "exchange__count").order_by())


def _documented(areas):
    counted = {}
    for places in PracticeIndex.objects.filter(Q(areas__overlap=areas)).values_list("countries", flat=True):
        for iso3 in places:
            counted[iso3] = counted.get(iso3, 0) + 1
    return counted


def _most(candidates, counted):
    """ISO3 codes of ``candidates`` (by name) by their count, the most first; equal ones stay by name."""
    return [country.pk for country in sorted(candidates, key=lambda country: -counted.get(country.pk, 0))]


def _rank(order, providers):
    return min((order.index(iso3) + 1 for iso3 in providers if iso3 in order), default=None)
