"""Offers, needs, exchanges, funds and projects for tests, made by plain functions.

Rows are written directly and brought to their state along the arrows that the database knows, each move with its event,
so that a test can put any state at any moment. Their codes are of 2025: the workflow numbers the current year.
"""

import itertools
import uuid
from datetime import timedelta

from django.utils import timezone

from accounts.enums import Role
from exchanges.enums import EventKind, ExchangeStatus, Modality, NeedStatus, OfferStatus, PartyRole
from exchanges.models import (
    Call,
    Contribution,
    Document,
    Exchange,
    ExchangeEvent,
    Fund,
    Match,
    Need,
    NeedCountry,
    NeedEvent,
    Offer,
    OfferEvent,
    Party,
    Project,
)
from tests.files_make import make_file
from tests.make import make_area, make_country, make_organisation, make_topic
from tests.people import make_user

_numbers = itertools.count(1)
# The states through which a row comes to another one.
OFFER_PATHS = {
    OfferStatus.DRAFT: [],
    OfferStatus.ENDORSEMENT: [OfferStatus.ENDORSEMENT],
    OfferStatus.OPEN: [OfferStatus.OPEN],
    OfferStatus.PAUSED: [OfferStatus.OPEN, OfferStatus.PAUSED],
    OfferStatus.CLOSED: [OfferStatus.OPEN, OfferStatus.CLOSED],
    OfferStatus.EXPIRED: [OfferStatus.OPEN, OfferStatus.EXPIRED],
}
NEED_PATHS = {
    NeedStatus.DRAFT: [],
    NeedStatus.ENDORSEMENT: [NeedStatus.ENDORSEMENT],
    NeedStatus.OPEN: [NeedStatus.OPEN],
    NeedStatus.MATCHED: [NeedStatus.OPEN, NeedStatus.MATCHED],
    NeedStatus.CLOSED: [NeedStatus.OPEN, NeedStatus.CLOSED],
    NeedStatus.WITHDRAWN: [NeedStatus.OPEN, NeedStatus.WITHDRAWN],
}
_ON_THE_WAY = [
    ExchangeStatus.AGREED,
    ExchangeStatus.PREPARING,
    ExchangeStatus.RUNNING,
    ExchangeStatus.REPORTING,
    ExchangeStatus.CLOSED,
    ExchangeStatus.FOLLOWED_UP,
]
EXCHANGE_PATHS = {
    ExchangeStatus.PROPOSED: [],
    ExchangeStatus.RECORDED: [],
    ExchangeStatus.DECLINED: [ExchangeStatus.DECLINED],
    ExchangeStatus.CANCELLED: [ExchangeStatus.AGREED, ExchangeStatus.CANCELLED],
} | {status: _ON_THE_WAY[: place + 1] for place, status in enumerate(_ON_THE_WAY)}
KINDS = {
    "endorsement": EventKind.ASKED_ENDORSEMENT,
    "open": EventKind.OPENED,
    "running": EventKind.STARTED,
}


def make_offer(status=OfferStatus.OPEN, *, country="BGD", areas=("nutrition",), topics=(), practices=(), **facts):
    """An offer of ``country`` that stands at ``status``; by default open to everybody."""
    facts.setdefault("title", f"Offer number {next(_numbers)}")
    facts.setdefault("modalities", [Modality.STUDY_VISIT])
    facts.setdefault("languages", ["en"])
    offer = _begin(Offer, "OF", country, facts)
    _set_subjects(offer, areas, topics)
    offer.practices.set(practices)
    return _lead_to(offer, OFFER_PATHS[status], OfferEvent, "offer")


def make_need(
    status=NeedStatus.OPEN, *, country="PER", joined=(), areas=("nutrition",), topics=(), practice=None, **facts
):
    """A need of ``country`` that stands at ``status``; ``joined``: ISO3 codes of countries that ask for the same."""
    facts.setdefault("title", f"Need number {next(_numbers)}")
    facts.setdefault("modalities", [Modality.STUDY_VISIT])
    facts.setdefault("languages", ["en"])
    need = _begin(Need, "ND", country, facts | {"practice": practice})
    _set_subjects(need, areas, topics)
    for code in joined:
        NeedCountry.objects.create(need=need, country=make_country(code), joined_by=need.lead)
    return _lead_to(need, NEED_PATHS[status], NeedEvent, "need")


def make_match(need, country="BGD", **facts):
    """A match that the portal found; ``need_answer`` and ``country_answer`` are pending unless ``facts`` differ."""
    facts.setdefault("score", 0.5)
    return Match.objects.create(need=need, country=make_country(country), **facts)


def make_exchange(
    status=ExchangeStatus.RUNNING,
    *,
    providers=("BGD",),
    beneficiaries=("PER",),
    facilitators=(),
    areas=("nutrition",),
    topics=(),
    practices=(),
    adoptions=(),
    began_at=None,
    days_per_stage=10,
    **facts,
):
    """An exchange that stands at ``status``, each stage ``days_per_stage`` days after the one before.

    Parties are ISO3 codes; whoever facilitates may also be an Organisation. ``began_at``: moment of the first event, by
    default so long ago that the last move is made now.
    """
    began_at = began_at or timezone.now() - timedelta(days=days_per_stage) * len(EXCHANGE_PATHS[status])
    facts.setdefault("title", f"Exchange number {next(_numbers)}")
    facts.setdefault("modalities", [Modality.STUDY_VISIT])
    if status == ExchangeStatus.RECORDED:
        facts.setdefault("published_at", began_at)
        facts.setdefault("sources", [{"title": "A report", "publisher": "An agency", "year": 2020, "url": ""}])
    begins = ExchangeStatus.RECORDED if status == ExchangeStatus.RECORDED else ExchangeStatus.PROPOSED
    number = next(_numbers)
    code = {"code": f"EX-2025-{number}", "code_year": 2025, "code_number": number}
    exchange = Exchange.objects.create(status=begins, created_at=began_at, **code | facts)
    parties = [(one, PartyRole.PROVIDER) for one in providers] + [(one, PartyRole.BENEFICIARY) for one in beneficiaries]
    parties += [(one, PartyRole.FACILITATOR) for one in facilitators]
    for position, (one, role) in enumerate(parties):
        who = {"country": make_country(one)} if isinstance(one, str) else {"organisation": one}
        Party.objects.create(exchange=exchange, role=role, position=position, **who)
    _set_subjects(exchange, areas, topics)
    exchange.practices.set(practices)
    exchange.adoptions.set(adoptions)
    ExchangeEvent.objects.create(exchange=exchange, at=began_at, kind=begins.value, to_status=begins)
    at = began_at
    for reached in EXCHANGE_PATHS[status]:
        at += timedelta(days=days_per_stage)
        columns = {"status": reached}
        if reached == ExchangeStatus.AGREED:
            columns["published_at"] = exchange.published_at or at
        if reached == ExchangeStatus.CLOSED:
            columns |= {"closed_at": at, "lessons": exchange.lessons or "Begin earlier."}
        if reached in {ExchangeStatus.DECLINED, ExchangeStatus.CANCELLED}:
            columns["ending_note"] = exchange.ending_note or "The budget was cut."
        kind = KINDS.get(reached, reached.value)
        before = exchange.status
        ExchangeEvent.objects.create(exchange=exchange, at=at, kind=kind, from_status=before, to_status=reached)
        Exchange.objects.filter(pk=exchange.pk).update(**columns)
        exchange.refresh_from_db()
    return exchange


def make_document(exchange, *, is_public=False, is_prepared=True, by=None, title="A report", **facts):
    """A document that is kept here; ``facts``: columns of its File."""
    by = by or make_user()
    file = make_file(is_prepared=is_prepared, uploader=by, **facts)
    return Document.objects.create(exchange=exchange, title=title, file=file, is_public=is_public, added_by=by)


def make_fund(name=None, *, areas=(), organisation=None, **facts):
    """A fund; ``organisation``: its host, an Organisation."""
    number = next(_numbers)
    facts.setdefault("slug", f"fund-{number}")
    fund = Fund.objects.create(name=name or f"Fund number {number}", organisation=organisation, **facts)
    fund.challenge_areas.set([make_area(slug) for slug in areas])
    return fund


def make_call(fund=None, **facts):
    """A call of ``fund`` that is open today unless ``facts`` say otherwise."""
    today = timezone.localdate()
    facts.setdefault("title", f"Call number {next(_numbers)}")
    facts.setdefault("opens_on", today - timedelta(days=10))
    facts.setdefault("closes_on", today + timedelta(days=20))
    return Call.objects.create(fund=fund or make_fund(), **facts)


def make_project(fund=None, *, countries=("PER",), areas=("nutrition",), exchanges=(), **facts):
    """A project that ``fund`` pays for."""
    number = next(_numbers)
    facts.setdefault("title", f"Project number {number}")
    code = {"code": f"PR-2025-{number}", "code_year": 2025, "code_number": number}
    project = Project.objects.create(fund=fund or make_fund(), **code | facts)
    project.countries.set([make_country(iso3) for iso3 in countries])
    project.challenge_areas.set([make_area(slug) for slug in areas])
    project.exchanges.set(exchanges)
    return project


def make_contribution(*, country=None, organisation=None, **facts):
    """What ``country`` (ISO3) or ``organisation`` gives, by default 1,000 USD in cash to a new fund."""
    if not {"fund", "project", "exchange"} & set(facts):
        facts["fund"] = make_fund()
    if facts.setdefault("kind", "cash") == "cash":
        facts = {"committed": 1000, "currency": "USD", "value_on": timezone.localdate()} | facts
    if organisation is None and country is None:
        organisation = make_organisation("A donor")
    giver = {"country": make_country(country)} if country else {"organisation": organisation}
    return Contribution.objects.create(**giver, **facts)


def _begin(model, prefix, country, facts):
    number = next(_numbers)
    facts.setdefault("code", f"{prefix}-2025-{number}")
    if "lead" not in facts:
        facts["lead"] = make_user(Role.OFFICER, country=country)
    return model.objects.create(
        code_year=2025, code_number=number, country=make_country(country), form_key=uuid.uuid4(), **facts
    )


def _set_subjects(row, areas, topics):
    row.challenge_areas.set([make_area(slug) for slug in areas])
    row.topics.set([make_topic(slug, areas[0]) for slug in topics])


def _lead_to(row, path, event_model, name):
    """Move an offer or need along ``path`` and write each step into its history."""
    event_model.objects.create(
        kind=EventKind.CREATED, actor=row.lead, at=row.created_at, to_status=row.status, **{name: row}
    )
    for reached in path:
        columns = {"status": reached}
        if reached == "open":
            columns["opened_at"] = row.opened_at or timezone.now()
        if reached in {"closed", "expired", "withdrawn"}:
            columns |= {"closed_at": timezone.now(), "closing_note": row.closing_note or "It is over."}
        kind = KINDS.get(reached, reached.value)
        event_model.objects.create(kind=kind, from_status=row.status, to_status=reached, **{name: row})
        type(row).objects.filter(pk=row.pk).update(**columns)
        row.refresh_from_db()
    return row
