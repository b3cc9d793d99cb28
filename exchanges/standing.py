"""Where an exchange stands, as its working page tells it: stage, who acts next, what is missing, what it costs."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from exchanges import waiting
from exchanges.enums import STAGES, BudgetKind, ExchangeStatus, MilestoneStatus
from exchanges.exchange_forms import sides
from exchanges.models import (
    Activity,
    Appraisal,
    BudgetLine,
    Commitment,
    Document,
    Exchange,
    FollowUp,
    Message,
    Milestone,
    Report,
)
from exchanges.workflow import amendments
from exchanges.workflow.exchanges import unsigned

S = ExchangeStatus
_COUNTED = {
    "activities": Activity,
    "milestones": Milestone,
    "commitments": Commitment,
    "budget": BudgetLine,
    "messages": Message,
    "documents": Document,
    "reports": Report,
}


@dataclass(frozen=True)
class Stage:
    """One step of the stage bar; ``state``: "done", "now" or ""."""

    label: str
    state: str


@dataclass(frozen=True)
class Missing:
    """Something that is not there yet, and where it is added."""

    text: str
    url: str


def counts_of(exchange):
    """{part: how many rows the exchange has there}, in one statement."""
    counted = {
        name: Subquery(
            model.objects.filter(exchange=OuterRef("pk"))
            .order_by()
            .values("exchange")
            .annotate(n=Count("pk"))
            .values("n"),
            output_field=IntegerField(),
        )
        for name, model in _COUNTED.items()
    }
    row = Exchange.objects.filter(pk=exchange.pk).order_by().values(**counted).get()
    return {name: count or 0 for name, count in row.items()}


def stages_of(exchange, reached=None):
    """[Stage]; ``reached``: the last stage of an exchange that ended early."""
    ended = exchange.status in (S.DECLINED, S.CANCELLED)
    place = STAGES.index(S(reached or S.PROPOSED) if ended else S(exchange.status))
    states = [
        "done" if number < place else "now" if number == place and not ended else "" for number in range(len(STAGES))
    ]
    return [Stage(stage.label, state) for stage, state in zip(STAGES, states, strict=True)]


def names_of(parties):
    """The names of ``parties`` as one list in words."""
    return pgettext("between the items of a list", ", ").join(party.name for party in parties)


def who_acts_next(exchange):
    """Where ``exchange`` is and who acts next: one sentence."""
    if exchange.status == S.PROPOSED:
        return _("The agreement is being written. Still to sign: %(names)s.") % {"names": names_of(unsigned(exchange))}
    if exchange.status == S.AGREED:
        return _("All sides have signed. Next, one of them begins the preparation.")
    if exchange.status == S.PREPARING:
        return _("The sides prepare it. Next, one of them starts the work.")
    if exchange.status == S.RUNNING:
        return _("The work is under way. When it is done, one of the sides begins the reporting.")
    if exchange.status == S.REPORTING:
        return _("The sides report and appraise. Then one of them closes it with its lessons.")
    return waiting.whereabouts_of_exchange(exchange)


def missing_in(exchange, counts):
    """[Missing] that the next stage needs or that others will look for; empty when it is over."""
    find = {
        S.PROPOSED: _missing_in_agreement,
        S.AGREED: _missing_in_plan,
        S.PREPARING: _missing_in_plan,
        S.RUNNING: _late,
        S.REPORTING: _missing_at_the_end,
        S.CLOSED: _missing_after,
    }.get(exchange.status)
    return [*_unsigned_change(exchange), *(find(exchange, counts) if find else [])]


def _unsigned_change(exchange):
    amendment = amendments.open_of(exchange)
    if amendment is None:
        return []
    names = names_of(unsigned(exchange, amendment.revision))
    text = _("A change of the agreement is not signed yet by: %(names)s.") % {"names": names}
    return [Missing(text, reverse("assistance:amendment", args=[exchange.code]))]


def _part(exchange, part):
    return reverse("assistance:exchange-part", args=[exchange.code, part])


def missing_in_agreement(exchange):
    """What every agreement says before it is signed: [(field, sentence)]."""
    texts = {
        "objective": _("The agreement does not say yet what the objective is."),
        "outputs": _("The agreement does not say yet what will be there at the end."),
        "starts_on": _("The agreement has no first day yet."),
        "ends_on": _("The agreement has no last day yet."),
        "cost_share": _("The agreement does not say yet who bears which cost."),
    }
    return [(name, text) for name, text in texts.items() if not getattr(exchange, name)]


def _missing_in_agreement(exchange, _counts):
    page = _part(exchange, "agreement")
    return [Missing(text, f"{page}#id_{name}") for name, text in missing_in_agreement(exchange)]


def _missing_in_plan(exchange, counts):
    texts = {
        "activities": _("No activity is planned yet."),
        "milestones": _("No milestone says yet what shall be reached by when."),
        "commitments": _("Nobody has promised anything yet: who does what, by when?"),
        "budget": _("The budget is empty."),
    }
    return [Missing(text, f"{_part(exchange, part)}?add=1") for part, text in texts.items() if not counts[part]]


def _late(exchange, counts):
    today = timezone.localdate()
    late = exchange.milestone_rows.exclude(status=MilestoneStatus.DONE).filter(due_on__lt=today).count()
    owed = exchange.commitment_rows.filter(done_on=None, due_on__lt=today).count()
    page, found = _part(exchange, "milestones"), []
    if late:
        text = ngettext("%(count)d milestone is late.", "%(count)d milestones are late.", late)
        found.append(Missing(text % {"count": late}, page))
    if owed:
        text = ngettext("%(count)d commitment is late.", "%(count)d commitments are late.", owed)
        found.append(Missing(text % {"count": owed}, f"{page}#commitments"))
    if not counts["activities"]:
        found.append(Missing(_("No activity has been written down yet."), f"{_part(exchange, 'activities')}?add=1"))
    return found


def _missing_at_the_end(exchange, _counts):
    page = _part(exchange, "closing")
    found = []
    silent = without(exchange, Report)
    if silent:
        text = _("No report yet from: %(names)s.") % {"names": names_of(silent)}
        found.append(Missing(text, f"{_part(exchange, 'reports')}?add=1"))
    found += _missing_appraisals(exchange)
    found.append(Missing(_("It is closed with what came of it and its lessons."), f"{page}#close"))
    return found


def _missing_after(exchange, _counts):
    page = _part(exchange, "closing")
    due = FollowUp.objects.due().filter(exchange=exchange)
    found = [
        Missing(
            _("The check %(days)d days after the closing is due.") % {"days": check.days}, f"{page}#check-{check.pk}"
        )
        for check in due
    ]
    return found + _missing_appraisals(exchange)


def _missing_appraisals(exchange):
    silent = without(exchange, Appraisal)
    if not silent:
        return []
    text = _("No appraisal yet from: %(names)s.") % {"names": names_of(silent)}
    return [Missing(text, _part(exchange, "closing") + "#appraise")]


def without(exchange, model):
    """The sides that have no row of ``model`` (Report or Appraisal)."""
    there = set(model.objects.filter(exchange=exchange).values_list("party__country_id", "party__organisation_id"))
    return [party for party in sides(exchange) if (party.country_id, party.organisation_id) not in there]


# Money


@dataclass
class Total:
    """What one side (or all, when ``party`` is None) brings in, in one currency; ``actual`` is None while unknown."""

    party: object
    currency: str
    cash: Decimal = Decimal(0)
    in_kind: Decimal = Decimal(0)
    actual: Decimal | None = None

    @property
    def planned(self):
        return self.cash + self.in_kind

    def add(self, line):
        if line.kind == BudgetKind.CASH:
            self.cash += line.planned
        else:
            self.in_kind += line.planned
        if line.actual is not None:
            self.actual = (self.actual or Decimal(0)) + line.actual


def totals_of(exchange, lines):
    """([Total] per party and currency, [Total] per currency) of budget ``lines``; nothing is converted."""
    parties = {(party.country_id, party.organisation_id): party for party in sides(exchange)}
    places = {side: place for place, side in enumerate(parties)}
    of_party, of_all = {}, {}
    for line in lines:
        side = line.party.country_id, line.party.organisation_id
        key = places[side], line.currency
        of_party.setdefault(key, Total(parties[side], line.currency)).add(line)
        of_all.setdefault(line.currency, Total(None, line.currency)).add(line)
    return [of_party[key] for key in sorted(of_party)], [of_all[key] for key in sorted(of_all)]


def participants_of(activities):
    """{"women", "men", "unspecified", "all"}: people who took part in ``activities``, loaded with their attendance."""
    sums = defaultdict(int)
    for activity in activities:
        for row in activity.attendance.all():
            sums["women"] += row.women_count
            sums["men"] += row.men_count
            sums["unspecified"] += row.unspecified_count
    sums["all"] = sums["women"] + sums["men"] + sums["unspecified"]
    return dict(sums)
