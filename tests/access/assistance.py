"""What stands in the world of the access matrix beside case studies: offers, needs, exchanges and resources.

Bangladesh, which asks for endorsement, offers, needs and provides; Peru could answer; the partner who is an author
belongs to the organisation that facilitates the exchanges and hosts the fund.
"""

import datetime
import hashlib

from django.utils import timezone

from accounts.enums import OrganisationKind, Role
from accounts.models import Membership, Organisation
from countries.models import Indicator
from exchanges import terms
from exchanges.enums import Answer, ExchangeStatus, NeedStatus, OfferStatus, Visibility
from exchanges.models import Amendment, CalendarAddress, FollowUp, Message, Milestone
from exchanges.workflow import amendments
from tests.exchanges_make import (
    make_call,
    make_contribution,
    make_document,
    make_exchange,
    make_fund,
    make_match,
    make_need,
    make_offer,
    make_project,
)
from tests.make import make_country

INSIDE = "Zyxinside"
# What is meant for people with a part alone, under the name of its state.
PARTNERS = "for-partners"
OFFER_STATES = {*OfferStatus.values, PARTNERS}
NEED_STATES = {*NeedStatus.values, PARTNERS}
EXCHANGE_STATES = {*ExchangeStatus.values, PARTNERS}
TEXT = {"summary": "What it is about."}
DAY = datetime.date(2027, 1, 1)
AGREEMENT = {"objective": "One.", "outputs": "Two.", "cost_share": "Three."}


def title_of(kind, state):
    return f"The {kind} zyx{str(state).replace('_', '').replace('-', '')}"


class Assistance:
    """``offers``, ``needs``, ``exchanges`` {state: row}, ``matches`` {state of the need: Match}, and the resources."""

    def __init__(self, people):
        lead = people["officer-author"]
        self.host = Organisation.objects.create(slug="a-host", name="A host", kind=OrganisationKind.NGO)
        Membership.objects.create(user=people["partner-author"], role=Role.PARTNER, organisation=self.host)
        make_country("KEN")
        make_country("SEN")
        self.offers = {state: self._offer(state, lead) for state in sorted(OFFER_STATES)}
        self.needs = {state: self._need(state, lead) for state in sorted(NEED_STATES)}
        self.matches = {state: self._match(need) for state, need in self.needs.items() if need.opened_at}
        # Nobody has answered these, so that another country can still join the first and leave the second.
        self.joinable = make_need(title="To be joined", lead=lead, country="BGD", **TEXT)
        self.joined = make_need(title="Joined by Peru", lead=lead, country="BGD", joined=["PER"], **TEXT)
        self.exchanges = {state: self._exchange(state, lead) for state in sorted(EXCHANGE_STATES)}
        self.fund = make_fund("A fund", organisation=self.host, slug="a-fund")
        for actor, user in people.items():
            CalendarAddress.objects.create(user=user, token_digest=hashlib.sha256(actor.encode()).hexdigest())
        self.call = make_call(self.fund)
        self.project = make_project(self.fund, exchanges=[self.exchanges["running"]])
        self.contribution = make_contribution(country="SEN", fund=self.fund)
        Indicator.objects.create(
            code="stunting", names={"en": "Stunting"}, unit="percent", units={"en": "%"}, better="lower",
            area="nutrition", source="A source", licence="CC BY 4.0", position=1,
        )  # fmt: skip

    def _offer(self, state, lead):
        facts = {"title": title_of("offer", state), "lead": lead, "country": "BGD", **TEXT}
        if state == PARTNERS:
            return make_offer(visibility=Visibility.PARTNERS, **facts)
        return make_offer(state, **facts)

    def _need(self, state, lead):
        facts = {"title": title_of("need", state), "lead": lead, "country": "BGD", **TEXT}
        if state == PARTNERS:
            return make_need(visibility=Visibility.PARTNERS, **facts)
        return make_need(state, **facts)

    def _match(self, need):
        """Peru and the country that asks have both said yes."""
        return make_match(need, "PER", need_answer=Answer.ACCEPTED, country_answer=Answer.ACCEPTED)

    def _exchange(self, state, lead):
        facts = {"title": title_of("exchange", state), "starts_on": DAY, "start_year": 2027, "ends_on": DAY}
        facts |= {"end_year": 2027, "providers": ["BGD"], "beneficiaries": ["KEN"], "facilitators": [self.host]}
        if state == PARTNERS:
            facts["visibility"] = Visibility.PARTNERS
        exchange = make_exchange("running" if state == PARTNERS else state, **AGREEMENT, **facts)
        Message.objects.create(exchange=exchange, author=lead, text=INSIDE)
        exchange.milestone = Milestone.objects.create(exchange=exchange, title="Begun", due_on=DAY)
        exchange.check = FollowUp.objects.create(exchange=exchange, days=7, due_on=timezone.localdate())
        exchange.inside, exchange.told = (make_document(exchange, by=lead, is_public=told) for told in (False, True))
        exchange.gift = make_contribution(country="BGD", exchange=exchange)
        if exchange.status == ExchangeStatus.RUNNING:
            change = terms.kept(terms.agreed(exchange) | {"outputs": INSIDE})
            facts = {"replaces": 1, "revision": 2, "terms": change, "reason": "A reason.", "changed_by": lead}
            Amendment.objects.create(exchange=exchange, **facts)
        return exchange

    def form_of(self, kind, row, action, theirs):
        """Everything that any action asks for, so that only rights and states can refuse. ``theirs``: ISO3 code."""
        form = {"note": "A reason.", "is_sure": "1", "country": theirs, "revision": getattr(row, "revision", 1)}
        if kind in {"offer", "need"}:
            form |= {
                "title": "Written anew", "summary": "Anew.", "language": "en", "challenge_areas": "nutrition",
                "modalities": "study_visit", "languages": "en", "cost_sharing": "open", "visibility": "public",
            }  # fmt: skip
        if kind == "exchange":
            form |= self._exchange_form(row)
            if action == "appraise-as-host":
                form["party"] = row.parties.get(organisation=self.host).pk
        return form

    def _exchange_form(self, exchange):
        provider = exchange.parties.get(country="BGD")
        form = {"party": provider.pk, "revision": exchange.agreement_revision, "text": "Hello."}
        form |= {"kind": "goods", "quantity": "3", "description": "Scales", "country": "BGD", "done": "1"}
        form |= {"lessons": "Begin earlier.", "outcome": "It is done.", "check": exchange.check.pk}
        form |= {f"check-{exchange.check.pk}-outcome": "in_use", "relevance": 4, "quality": 4, "timeliness": 4}
        form |= {"usefulness": 4, "title": "Trained", "due_on": "2027-02-01", "status": "planned"}
        return form

    def change_of(self, exchange):
        """The form of a change of the agreement, and what signs or drops the one that is open."""
        provider = exchange.parties.get(country="BGD")
        form = {"party": provider.pk, "revision": amendments.head_of(exchange), "note": "A reason.", **AGREEMENT}
        form |= {"reason": "A reason.", "title": "Written anew", "modalities": "workshop", "visibility": "public"}
        return form | {"starts_on": DAY.isoformat(), "ends_on": DAY.isoformat()}
