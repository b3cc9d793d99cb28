"""The thread that ties the portal together: contribution → project → exchange → practice → adoption → people reached.

``of_project`` and ``of_exchange`` read it in a fixed number of queries. Nothing that the public may not read is in it.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils.translation import get_language

from exchanges.models import Contribution, Exchange, Project
from practices.cards import Card
from practices.models import Adoption, Practice
from practices.names import names as reference_names
from practices.serial import public_serial


@dataclass(frozen=True)
class PracticeStrand:
    """A practice that an exchange is about, and who took it over through that exchange.

    ``reached_count``: people reached as the practice itself reports them, everywhere and by all who carry it out, not
    through this exchange; None where it reports none. It is no part of any total: two practices may reach the same
    people.
    """

    practice: Practice
    card: Card
    adoptions: list[Adoption]

    @property
    def reached_count(self):
        return self.practice.live.beneficiaries_count

    @property
    def reached_note(self):
        return self.practice.live.beneficiaries_note


@dataclass(frozen=True)
class ExchangeStrand:
    """An exchange, what was given to it, and the practices that it is about."""

    exchange: Exchange
    contributions: list[Contribution]
    practices: list[PracticeStrand]


@dataclass(frozen=True)
class Thread:
    """What one project, or the projects that pay for one exchange, led to. ``contributions``: those to the projects."""

    projects: list[Project]
    contributions: list[Contribution] = field(default_factory=list)
    exchanges: list[ExchangeStrand] = field(default_factory=list)

    @property
    def practices(self):
        """Every practice of the thread once: [PracticeStrand]."""
        found = {}
        for strand in self.exchanges:
            for one in strand.practices:
                found.setdefault(one.practice.pk, one)
        return list(found.values())

    @property
    def reached(self):
        """The practices of the thread that report whom they reached."""
        return [one for one in self.practices if one.reached_count is not None or one.reached_note]

    @property
    def adoptions(self):
        """Every adoption of the thread once."""
        found = {}
        for strand in self.exchanges:
            for one in strand.practices:
                found.update((adoption.pk, adoption) for adoption in one.adoptions)
        return list(found.values())


def of_project(project):
    """The Thread of ``project``: what was given to it, and what its public exchanges led to."""
    exchanges = Exchange.objects.live().filter(projects=project)
    return _thread([project], exchanges.order_by("start_year", "pk"))


def of_exchange(exchange):
    """The Thread of one ``exchange``, from the projects that pay for it."""
    projects = list(exchange.projects.live().select_related("fund").order_by("start_year", "pk"))
    return _thread(projects, Exchange.objects.filter(pk=exchange.pk))


def _thread(projects, exchanges):
    exchanges = list(exchanges.for_cards())
    given = Contribution.objects.live().filter(Q(project__in=projects) | Q(exchange__in=exchanges))
    to_projects, to_exchanges = [], defaultdict(list)
    for contribution in given.select_related("country", "organisation", "project").order_by("value_on", "pk"):
        if contribution.exchange_id:
            to_exchanges[contribution.exchange_id].append(contribution)
        else:
            to_projects.append(contribution)
    practices = _practices(exchanges)
    return Thread(
        projects,
        to_projects,
        [ExchangeStrand(exchange, to_exchanges[exchange.pk], practices[exchange.pk]) for exchange in exchanges],
    )


def _practices(exchanges):
    """{exchange id: [PracticeStrand]}, practices that the exchange names before those that only an adoption names."""
    named = Exchange.practices.through.objects.filter(exchange__in=exchanges).order_by("pk")
    adopted = Exchange.adoptions.through.objects.filter(exchange__in=exchanges).select_related("adoption__country")
    adoptions = defaultdict(lambda: defaultdict(list))
    for link in named:
        adoptions[link.exchange_id][link.practice_id] = []
    for link in adopted.order_by("adoption__year", "pk"):
        adoptions[link.exchange_id][link.adoption.practice_id].append(link.adoption)
    wanted = {practice for found in adoptions.values() for practice in found}
    live = Practice.objects.live().filter(merged_into=None).select_related("live", "index").in_bulk(wanted)
    names, language = reference_names(public_serial()), get_language()
    return defaultdict(list) | {
        exchange: [
            PracticeStrand(live[practice], Card(live[practice].index.document, names, language), rows)
            for practice, rows in found.items()
            if practice in live
        ]
        for exchange, found in adoptions.items()
    }
