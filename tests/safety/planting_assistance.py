"""What the tests of privacy plant of assistance: offers, needs, exchanges and gifts that not everybody may read, and
beside what is public everything around it that only its parties may.

What a page tells of a row to those who may read the row stands in TOLD; every other column is for its parties alone.
"""

import datetime
from dataclasses import dataclass, field

from django.db.models import Model
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Organisation, User
from exchanges.enums import Answer, EventKind, ExchangeStatus, NeedStatus, OfferStatus, PartyRole, Visibility
from exchanges.models import (
    Activity,
    Amendment,
    Appraisal,
    Attendance,
    BudgetLine,
    CalendarAddress,
    Call,
    Commitment,
    Contribution,
    Document,
    Exchange,
    ExchangeEvent,
    FollowUp,
    Fund,
    Match,
    Message,
    Milestone,
    Need,
    NeedEvent,
    Offer,
    OfferEvent,
    Party,
    Project,
    Report,
    Signature,
)
from tests.exchanges_make import (
    make_call,
    make_contribution,
    make_exchange,
    make_fund,
    make_match,
    make_need,
    make_offer,
    make_project,
)
from tests.figures import make_figures, make_indicator

# Who reads a row. Of what people with a role or brokers read, the canaries say so: "offer open, for partners: …".
NOBODY, PARTNERS, BROKERS, EVERYBODY = "", "for partners", "for brokers", "for everybody"
CODE = {"code", "code_year", "code_number"}
TOLD = {
    Offer: CODE | {"title", "summary", "capacity_count", "capacity_note", "conditions", "closing_note"},
    Need: CODE | {"title", "summary", "outcome", "beneficiaries", "budget_note", "closing_note"},
    Exchange: CODE
    | {"title", "topic", "objective", "outputs", "start_year", "end_year", "outcome", "lessons"}
    | {"amount_text", "amount", "sources", "ending_note"},
    Party: {"institution"},
    Milestone: {"title"},
    Activity: {"title", "place"},
    Attendance: {"women_count", "men_count", "unspecified_count"},
    Document: {"title", "url"},  # that its parties show to readers
    FollowUp: {"days"},
    Contribution: {"description", "committed", "disbursed", "quantity", "source"},
    OfferEvent: {"to_status"},
    NeedEvent: {"to_status"},
    ExchangeEvent: {"to_status"},
}
# Brokers read what both sides say of a match, and how far a proposal has come.
TOLD_TO_BROKERS = TOLD | {
    Match: {"note", "reasons", "need_reason", "country_reason"},
    Milestone: TOLD[Milestone] | {"note"},
}
OPENED = {
    Offer: (OfferStatus.OPEN, OfferStatus.PAUSED, OfferStatus.CLOSED),
    Need: (NeedStatus.OPEN, NeedStatus.MATCHED, NeedStatus.WITHDRAWN),
}


@dataclass
class Assistance:
    """The rows: Offers, Needs and Exchanges.

    ``hidden``: those of others that nobody may read but their countries, and proposals, which brokers read too;
    ``for_partners``: what people with a role read; ``public``; ``own``: of the reader, an officer of another country.
    """

    hidden: list[Model] = field(default_factory=list)
    for_partners: list[Model] = field(default_factory=list)
    public: list[Model] = field(default_factory=list)
    own: list[Model] = field(default_factory=list)
    matches: list[Match] = field(default_factory=list)  # of others
    gifts: list[Contribution] = field(default_factory=list)  # that nobody but parties may read
    project: Project = None
    party: User = None  # works on the exchanges


def page_of(row):
    """The page of ``row`` for readers, in English."""
    return f"/exchanges/{row.code}/" if isinstance(row, Exchange) else f"/exchanges/{_place_of(row)}/{row.code}/"


def working_page_of(row):
    return f"/workspace/{_place_of(row)}/{row.code}/"


def api_of(row):
    return f"/api/v1/{_place_of(row)}/{row.code}/"


def _place_of(row):
    return f"{type(row).__name__.lower()}s"


def plant_assistance(canaries, practice, *, person, reader):
    """Plant all of it about ``practice``, which is live. ``person(*roles)`` makes somebody of Bangladesh.

    ``reader``: an officer of Peru. Returns the Assistance.
    """
    return _Planter(canaries, practice, person, reader).plant()


class _Planter:
    def __init__(self, canaries, practice, person, reader):
        self.canaries, self.practice, self.person, self.reader = canaries, practice, person, reader
        self.planted = Assistance(party=person(Role.OFFICER))

    def plant(self):
        for status in (OfferStatus.DRAFT, OfferStatus.ENDORSEMENT):
            self.planted.hidden.append(self.offer(status, NOBODY))
        for status in (NeedStatus.DRAFT, NeedStatus.ENDORSEMENT):
            self.planted.hidden.append(self.need(status, NOBODY))
        self.never_opened()
        for audience, rows in ((PARTNERS, self.planted.for_partners), (EVERYBODY, self.planted.public)):
            rows += [self.offer(status, audience) for status in OPENED[Offer]]
            rows += [self.need(status, audience) for status in OPENED[Need]]
            rows += [
                self.exchange(status, audience)
                for status in (ExchangeStatus.RUNNING, ExchangeStatus.CANCELLED, ExchangeStatus.FOLLOWED_UP)
            ]
        self.planted.public.append(self.exchange(ExchangeStatus.RECORDED, EVERYBODY))
        self.planted.hidden += [
            self.exchange(ExchangeStatus.PROPOSED, BROKERS),
            self.exchange(ExchangeStatus.DECLINED, NOBODY),
            self.given_up(),
        ]
        self.answer_needs()
        self.resources()
        self.of_the_reader()
        self.figures()
        return self.planted

    def values(self, model, place, audience, /, **given):
        """{column: value}: a canary in every column, but for what everybody may read."""
        told = TOLD_TO_BROKERS if audience == BROKERS else TOLD
        told = told.get(model, set()) if audience != NOBODY else set()
        fill, of_others = self.canaries.fill, dict.fromkeys(told)
        inside = fill(model, place if audience == NOBODY else f"{place}, inside", **of_others | given)
        values = {name: value for name, value in inside.items() if name not in told or name in given}
        if audience in {PARTNERS, BROKERS}:
            values |= fill(model, f"{place}, {audience}", **values)
        return values

    def organisation(self, place):
        return Organisation.objects.create(**self.canaries.fill(Organisation, place))

    # Offers and needs

    def offer(self, status, audience, **facts):
        place = f"offer {status}"
        offer = make_offer(
            status, country="BGD", areas=["wash"], topics=["cholera"], practices=[self.practice],
            lead=self.person(), visibility=_visibility(audience), **facts,
        )  # fmt: skip
        Offer.objects.filter(pk=offer.pk).update(**self.values(Offer, place, audience))
        if audience == NOBODY:
            Offer.objects.filter(pk=offer.pk).update(organisation=self.organisation(place))
        self.event(OfferEvent, "offer", offer, place, audience, EventKind.OPENED)
        offer.refresh_from_db()
        return offer

    def need(self, status, audience):
        place = f"need {status}"
        need = make_need(
            status, country="BGD", joined=["SEN"], areas=["wash"], topics=["cholera"], practice=self.practice,
            lead=self.person(), visibility=_visibility(audience),
        )  # fmt: skip
        Need.objects.filter(pk=need.pk).update(**self.values(Need, place, audience))
        self.event(NeedEvent, "need", need, place, audience, EventKind.OPENED)
        need.refresh_from_db()
        answers = (Answer.PENDING, Answer.ACCEPTED, Answer.DECLINED)
        for country, answer in zip(("VNM", "KEN", "EGY"), answers, strict=True):
            self.match(need, country, answer, NOBODY if audience == NOBODY else BROKERS)
        if audience == NOBODY:
            self.match(need, "PER", Answer.PENDING, NOBODY)
        return need

    def match(self, need, country, answer, audience):
        place = f"match of need {need.status}"
        reason = {"factor": "practice", "points": 0.5, "weight": 0.5}
        reason["how"] = self.canaries.word(f"{place}{', ' if audience else ''}{audience}: exchanges.Match.reasons")
        people = dict.fromkeys(("proposed_by", "need_answered_by", "country_answered_by"), self.person())
        said = {"need_answer": answer, "country_answer": answer, "reasons": [reason]}
        self.planted.matches.append(
            make_match(need, country, **people, **self.values(Match, place, audience, score=0.5, **said))
        )

    def never_opened(self):
        """Given up by their countries before anybody else could read them, each with the reason."""
        for row in (self.offer(OfferStatus.ENDORSEMENT, NOBODY), self.need(NeedStatus.ENDORSEMENT, NOBODY)):
            status = "closed" if isinstance(row, Offer) else "withdrawn"
            type(row).objects.filter(pk=row.pk).update(status=status, closed_at=timezone.now())
            row.refresh_from_db()
            self.planted.hidden.append(row)

    def event(self, model, name, row, place, audience, kind):
        given = {"to_status": row.status} if audience == EVERYBODY else {}
        model.objects.create(
            kind=kind, actor=self.person(), **{name: row}, **self.values(model, place, audience, **given)
        )

    # Exchanges

    def exchange(self, status, audience):
        place = f"exchange {status}"
        exchange = make_exchange(
            status, providers=["VNM"], beneficiaries=["BGD"], facilitators=[self.facilitator(place, audience)],
            areas=["wash"], topics=["cholera"], practices=[self.practice], adoptions=self.practice.adoptions.all(),
            proposed_by=self.person(), visibility=_visibility(audience),
        )  # fmt: skip
        given = {"currency": "USD"} if audience != EVERYBODY else {}
        Exchange.objects.filter(pk=exchange.pk).update(**self.values(Exchange, place, audience), **given)
        exchange.refresh_from_db()
        for party in exchange.parties.all():
            Party.objects.filter(pk=party.pk).update(**self.values(Party, place, audience))
        self.event(ExchangeEvent, "exchange", exchange, place, audience, EventKind.PROPOSED)
        self.told(exchange, place, audience)
        self.inside(exchange, f"{place}, inside")
        return exchange

    def facilitator(self, place, audience):
        if audience == EVERYBODY:
            return Organisation.objects.get_or_create(slug="a-helper", name="A helper")[0]
        return self.organisation(f"{place}, {audience}" if audience else place)

    def given_up(self):
        """An exchange that was called off before all sides had signed."""
        exchange = self.exchange(ExchangeStatus.PROPOSED, NOBODY)
        Exchange.objects.filter(pk=exchange.pk).update(status=ExchangeStatus.CANCELLED)
        moved = {"kind": EventKind.CANCELLED, "from_status": "proposed", "to_status": "cancelled"}
        ExchangeEvent.objects.create(exchange=exchange, actor=self.person(), **moved)
        exchange.refresh_from_db()
        return exchange

    def told(self, exchange, place, audience):
        """What readers of the exchange find on its page, and the columns of it that they do not."""
        of = {"exchange": exchange}
        days = {"starts_on": datetime.date(2026, 3, 1), "ends_on": datetime.date(2026, 3, 5)}
        plain = audience == EVERYBODY
        titles = {"title": "Told in the open"} if plain else {}

        def values(model, /, **given):
            return self.values(model, place, audience, **given)

        Milestone.objects.create(due_on=days["ends_on"], **of, **values(Milestone, **titles))
        activity = Activity.objects.create(modality="workshop", **days, **of, **values(Activity, **titles))
        Attendance.objects.create(activity=activity, **values(Attendance))
        self.document(exchange, values(Document, **titles, **({"url": "https://example.org/"} if plain else {})), True)
        done = {"outcome": "in_use", "done_at": timezone.now(), "done_by": self.person(), "due_on": days["ends_on"]}
        FollowUp.objects.create(**done, **of, **values(FollowUp, **({"days": 30} if plain else {})))
        if audience == EVERYBODY:
            make_contribution(country="VNM", **of, recorded_by=self.person(), **values(Contribution))
        else:  # what was given to it is public once everybody may read the exchange
            self.gifts(place, exchange=exchange)

    def gifts(self, place, **to):
        """Money and things, so that every column that tells how much holds a canary."""
        for given in ({"committed": 9_000_000}, {"kind": "goods", "disbursed": 0}):
            values = self.canaries.fill(Contribution, f"{place}, inside", **given)
            self.planted.gifts.append(
                make_contribution(country="VNM", recorded_by=self.person(), currency="USD", **to, **values)
            )

    def document(self, exchange, values, is_public):
        Document.objects.create(exchange=exchange, is_public=is_public, added_by=self.person(), **values)

    def inside(self, exchange, place):
        """What the parties alone read, also where everybody reads the exchange."""
        of, day, author = {"exchange": exchange}, datetime.date(2026, 3, 1), self.person()

        def values(model, /, **given):
            return self.canaries.fill(model, place, **given)

        for party in exchange.parties.exclude(role=PartyRole.FACILITATOR):
            Signature.objects.create(party=party, signed_by=author, **of, **values(Signature))
            Commitment.objects.create(party=party, due_on=day, **of, **values(Commitment))
            BudgetLine.objects.create(party=party, kind="cash", currency="USD", **of, **values(BudgetLine))
            period = {"starts_on": day, "ends_on": day}
            Report.objects.create(party=party, author=author, **period, **of, **values(Report))
            grades = {"relevance": 4, "quality": 4, "timeliness": 4, "usefulness": 4}
            Appraisal.objects.create(party=party, author=author, **grades, **of, **values(Appraisal))
        Message.objects.create(author=author, **of, **values(Message))
        Amendment.objects.create(changed_by=author, **of, **values(Amendment, revision=2, replaces=1, replaced={}))
        CalendarAddress.objects.create(user=author, **values(CalendarAddress))
        self.document(exchange, values(Document), False)
        FollowUp.objects.create(**of, **values(FollowUp, days=90, due_on=day))

    def answer_needs(self):
        """Exchanges that nobody reads answer a need that everybody reads, and the other way round."""
        public, others = self.planted.public, (*self.planted.hidden, *self.planted.for_partners)
        (is_open,) = [row for row in public if isinstance(row, Need) and row.status == NeedStatus.OPEN]
        (is_matched,) = [row for row in public if isinstance(row, Need) and row.status == NeedStatus.MATCHED]
        (kept,) = [row for row in self.planted.for_partners if isinstance(row, Need) and row.status == "matched"]
        exchanges = Exchange.objects.filter(pk__in=[row.pk for row in others if isinstance(row, Exchange)])
        exchanges.update(need=is_open)
        answers = {ExchangeStatus.RUNNING: is_matched, ExchangeStatus.FOLLOWED_UP: kept}
        for row in public:
            if isinstance(row, Exchange) and row.status in answers:
                Exchange.objects.filter(pk=row.pk).update(need=answers[row.status])

    # Resources, and what the reader has

    def resources(self):
        """A fund and a project that everybody reads, with what only those who maintain them do."""
        fund = make_fund("A fund in the open", areas=["wash"], updated_by=self.person())
        call = make_call(fund, updated_by=self.person())
        exchanges = [row for row in (*self.planted.public, *self.planted.hidden) if isinstance(row, Exchange)]
        exchanges += [row for row in self.planted.for_partners if isinstance(row, Exchange)]
        project = make_project(fund, countries=["BGD"], areas=["wash"], exchanges=exchanges, updated_by=self.person())
        for row, model in ((fund, Fund), (call, Call), (project, Project)):
            kept = self.canaries.fill(model, f"{model.__name__.lower()}, inside")
            columns = {name: kept[name] for name in ("form_key", "revision", "external_id") if name in kept}
            model.objects.filter(pk=row.pk).update(**columns)
        self.planted.project = project
        for to in ({"fund": fund}, {"project": project}):
            kept = self.values(Contribution, "gift to a fund", EVERYBODY)
            make_contribution(country="VNM", recorded_by=self.person(), **to, **kept)
            for exchange in exchanges:
                if not exchange.is_public:
                    self.gifts("gift to a fund through an exchange that is not public", exchange=exchange, **to)

    def of_the_reader(self):
        facts = {"lead": self.reader, "country": "PER"}
        self.planted.own += [make_offer(OfferStatus.DRAFT, title="Ours to offer", **facts)]
        self.planted.own += [make_need(title="Ours to need", **facts)]

    def figures(self):
        """Figures of countries, so that pages compare them."""
        stunting = make_indicator("stunting", area="wash")
        for place, iso3 in enumerate(("BGD", "PER", "KEN", "SEN", "EGY", "VNM")):
            make_figures(iso3, stunting, {2010: 40 - place, 2020: 30 - place})


def _visibility(audience):
    return Visibility.PARTNERS if audience == PARTNERS else Visibility.PUBLIC
