"""Offers, needs and exchanges under way for those who try the portal: "Demo: …", brought there by their moves.

They are for people with an account only, so that no public list or figure counts them among what countries really do.
"""

import datetime
import uuid
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from countries.models import Country
from exchanges.enums import BudgetKind, MilestoneStatus, Modality, PartyRole, Visibility
from exchanges.models import Activity, Attendance, BudgetLine, Commitment, Exchange, Milestone, Need, Offer
from exchanges.workflow import exchanges, matches, needs, offers, rows
from practices.models import ChallengeArea

_NAMESPACE = uuid.UUID("1f6d3b0e-6a0e-4a55-8a5a-0c3f5f9b2d77")
_NOTE = "This text only shows how the portal works. No country offers or asks for it."
OFFERS = (
    ("open", "Demo: Visits to villages that weigh every child each month", "nutrition"),
    ("draft", "Demo: Advice on radio lessons in several languages", "learning"),
)
NEEDS = (
    ("open", "Demo: Training for those who weigh and counsel", "nutrition"),
    ("endorsement", "Demo: School meals from farms nearby", "nutrition"),
)
EXCHANGES = (
    ("proposed", "Demo: Schools that stay open in the flood season", "emergencies"),
    ("running", "Demo: Handwashing where water is far", "wash"),
    ("closed", "Demo: Radio lessons for mountain schools", "learning"),
)


@transaction.atomic
def load_demo_assistance():
    """Make what is missing of OFFERS, NEEDS and EXCHANGES. Returns how many there are now.

    Needs the demo accounts, the reference data and what ``demo_work`` says of endorsement.
    """
    for model, cases, bring in (
        (Offer, OFFERS, _bring_offer),
        (Need, NEEDS, _bring_need),
        (Exchange, EXCHANGES, _bring_exchange),
    ):
        for status, title, area in cases:
            if not model.objects.filter(form_key=_key(title)).exists():
                bring(status, title, area)
    keys = [_key(title) for _status, title, _area in (*OFFERS, *NEEDS, *EXCHANGES)]
    return sum(model.objects.filter(form_key__in=keys).count() for model in (Offer, Need, Exchange))


def _key(title):
    return uuid.uuid5(_NAMESPACE, title)


def _person(name):
    return User.objects.get(email=f"{name}@demo.example")


def _country(iso3):
    return Country.objects.get(pk=iso3)


def _values(title, area, modality):
    return {
        "title": title,
        "summary": _NOTE,
        "language": "en",
        "modalities": [modality],
        "languages": ["en", "es"],
        "visibility": Visibility.PARTNERS,
        "challenge_areas": [ChallengeArea.objects.get(pk=area)],
        "expires_on": timezone.localdate() + datetime.timedelta(days=365),
    }


def _bring_offer(status, title, area):
    officer = _person("officer.per")
    values = _values(title, area, Modality.STUDY_VISIT)
    offer = offers.start(officer, _country("PER"), form_key=_key(title), values=values)
    if status == "open":
        offers.send(offer, by=officer)


def _bring_need(status, title, area):
    officer, focal_point = _person("officer.bgd"), _person("focal.bgd")
    values = _values(title, area, Modality.IN_SERVICE_TRAINING) | {"outcome": _NOTE}
    need = needs.start(officer, _country("BGD"), form_key=_key(title), values=values)
    need = needs.send(need, by=officer)
    if status == "open":
        need = needs.endorse(need, by=focal_point)
        offer = Offer.objects.filter(form_key=_key(OFFERS[0][1])).first()
        matches.volunteer(need, by=_person("officer.per"), country=_country("PER"), offer=offer, note=_NOTE)


def _bring_exchange(status, title, area):
    giving, asking = _person("officer.per"), _person("focal.bgd")
    today = timezone.localdate()
    values = _values(title, area, Modality.WORKSHOP)
    del values["expires_on"]
    agreement = {
        "topic": values.pop("summary"),
        "objective": _NOTE,
        "outputs": _NOTE,
        "cost_share": _NOTE,
        "starts_on": today - datetime.timedelta(days=30),
        "ends_on": today + datetime.timedelta(days=335),
    }
    parties = [
        {"country": _country("PER"), "role": PartyRole.PROVIDER, "institution": "Demo ministry"},
        {"country": _country("BGD"), "role": PartyRole.BENEFICIARY, "institution": "Demo office"},
    ]
    exchange = exchanges.propose(giving, form_key=_key(title), values=values | agreement, parties=parties)
    provider, beneficiary = exchange.parties.all()
    exchange = exchanges.sign(exchange, by=giving, party=provider, revision=1)
    exchanges.post(exchange, by=giving, text="We have signed. Tell us what you would change.")
    if status == "proposed":
        return
    exchange = exchanges.sign(exchange, by=asking, party=beneficiary, revision=1)
    exchange = exchanges.prepare(exchange, by=giving)
    exchange = exchanges.start_work(exchange, by=giving)
    _fill(exchange, provider, beneficiary, giving, today)
    if status == "closed":
        exchange = exchanges.begin_reporting(exchange, by=asking)
        scores = {"relevance": 5, "quality": 4, "timeliness": 3, "usefulness": 4, "text": _NOTE}
        exchanges.appraise(exchange, by=asking, party=beneficiary, values=scores)
        exchanges.close(exchange, by=asking, lessons=_NOTE, outcome=_NOTE)


def _fill(exchange, provider, beneficiary, by, today):
    """What parties write down while they work."""
    week = datetime.timedelta(days=7)
    visit = Activity(
        exchange=exchange,
        title="Workshop for trainers",
        modality=Modality.WORKSHOP,
        starts_on=today - week,
        ends_on=today - week + datetime.timedelta(days=4),
        place="Lima",
        country_id="PER",
    )
    rows.save_row(visit, by=by, attendance=[Attendance(institution="Demo office", women_count=9, men_count=6)])
    for title, due_on, status in (
        ("Plan agreed", today - 3 * week, MilestoneStatus.DONE),
        ("Trainers trained", today - week, MilestoneStatus.DONE),
        ("First ten schools take part", today + 2 * week, MilestoneStatus.AT_RISK),
        ("Case study written by both countries", today + 40 * week, MilestoneStatus.PLANNED),
    ):
        done_on = due_on if status == MilestoneStatus.DONE else None
        rows.save_row(Milestone(exchange=exchange, title=title, due_on=due_on, status=status, done_on=done_on), by=by)
    rows.save_row(
        Commitment(exchange=exchange, party=beneficiary, text="Name ten schools.", due_on=today + week), by=by
    )
    for party, kind, planned, actual in (
        (provider, BudgetKind.IN_KIND, Decimal("4000"), Decimal("2500")),
        (beneficiary, BudgetKind.CASH, Decimal("12000"), None),
    ):
        rows.save_row(
            BudgetLine(
                exchange=exchange,
                party=party,
                kind=kind,
                description="Travel and materials",
                planned=planned,
                actual=actual,
                currency="USD",
                value_on=today,
            ),
            by=by,
        )
