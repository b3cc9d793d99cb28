"""Offers, needs and matches move only as listed, by whoever may, and everybody concerned is told."""

import datetime
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.enums import Role
from accounts.models import OutboxMessage
from exchanges.enums import Answer, EventKind, ExchangeForm, MatchOrigin, NeedStatus, OfferStatus, PartyRole
from exchanges.matching import Candidate
from exchanges.models import Exchange, Match, Need, NeedEvent, Offer
from exchanges.refusals import Stale
from exchanges.workflow import exchanges, matches, needs, offers
from practices.models import CountryOffice
from practices.refusals import TransitionError
from practices.serial import public_serial
from tests.exchanges_make import make_match, make_need, make_offer
from tests.make import make_area, make_country
from tests.people import make_user

pytestmark = pytest.mark.django_db


def values(**given):
    facts = {
        "title": "Solar pumps for schools",
        "summary": "We can show how it was done.",
        "language": "en",
        "modalities": ["study_visit"],
        "languages": ["en"],
        "challenge_areas": [make_area("wash")],
    }
    return facts | given


def told(kind):
    """The addresses of those who are promised a message of ``kind``, sorted."""
    rows = OutboxMessage.objects.filter(kind=f"exchanges.{kind}")
    return sorted(rows.values_list("user__email", flat=True))


@pytest.fixture
def officer():
    return make_user(Role.OFFICER, country="PER", email="officer.per@example.org")


@pytest.fixture
def endorsed():
    """Bangladesh asks for endorsement: its officer and its focal point."""
    CountryOffice.objects.create(country=make_country("BGD"), asks_for_endorsement=True)
    return (
        make_user(Role.OFFICER, country="BGD", email="officer.bgd@example.org"),
        make_user(Role.FOCAL_POINT, country="BGD", email="focal.bgd@example.org"),
    )


def test_start_gives_a_code_and_writes_nothing_twice(officer):
    country, key, year = make_country("PER"), uuid.uuid4(), timezone.localdate().year

    first = offers.start(officer, country, form_key=key, values=values())
    again = offers.start(officer, country, form_key=key, values=values(title="Another"))

    assert again == first
    assert (first.code, first.status) == (f"OF-{year}-1", OfferStatus.DRAFT)
    assert list(first.challenge_areas.all()) == [make_area("wash")]
    assert [event.kind for event in first.events.all()] == [EventKind.CREATED]


def test_nobody_starts_for_another_country(officer):
    with pytest.raises(PermissionDenied):
        needs.start(officer, make_country("KEN"), form_key=uuid.uuid4(), values=values())

    assert Need.objects.count() == 0


def test_an_officer_opens_at_once_where_nobody_asks_for_endorsement(officer):
    serial = public_serial()
    offer = offers.start(officer, make_country("PER"), form_key=uuid.uuid4(), values=values())

    offer = offers.send(offer, by=officer)

    assert offer.status == OfferStatus.OPEN
    assert Offer.objects.live().get() == offer
    assert public_serial() > serial


def test_the_focal_point_endorses_where_the_country_asks_for_it(endorsed):
    officer, focal_point = endorsed
    need = needs.start(officer, make_country("BGD"), form_key=uuid.uuid4(), values=values())

    need = needs.send(need, by=officer)

    assert need.status == NeedStatus.ENDORSEMENT
    assert told("asked_endorsement") == ["focal.bgd@example.org"]
    assert Need.objects.live().count() == 0
    with pytest.raises(PermissionDenied):
        needs.endorse(need, by=officer)
    need = needs.endorse(need, by=focal_point)
    assert (need.status, need.endorsed_by) == (NeedStatus.OPEN, focal_point)


def test_the_focal_point_sends_back_with_a_reason(endorsed):
    officer, focal_point = endorsed
    need = needs.send(needs.start(officer, make_country("BGD"), form_key=uuid.uuid4(), values=values()), by=officer)

    with pytest.raises(TransitionError):
        needs.send_back(need, by=focal_point, note=" ")
    need = needs.send_back(need, by=focal_point, note="Name the districts.")

    assert need.status == NeedStatus.DRAFT
    assert need.events.latest().note == "Name the districts."
    assert told("sent_back") == ["officer.bgd@example.org"]


@pytest.mark.parametrize(
    ("missing", "field"),
    [
        ({"summary": " "}, "summary"),
        ({"modalities": []}, "modalities"),
        ({"languages": []}, "languages"),
        ({"challenge_areas": []}, "challenge_areas"),
        ({"expires_on": datetime.date(2020, 1, 1)}, "expires_on"),
    ],
)
def test_what_readers_need_is_asked_for_before_it_opens(officer, missing, field):
    offer = offers.start(officer, make_country("PER"), form_key=uuid.uuid4(), values=values(**missing))

    with pytest.raises(ValidationError) as refused:
        offers.send(offer, by=officer)

    assert list(refused.value.message_dict) == [field]
    assert Offer.objects.get().status == OfferStatus.DRAFT


def test_dates_that_end_before_they_start_are_refused_by_workflow_and_database(officer):
    dates = {"starts_on": datetime.date(2027, 5, 1), "ends_on": datetime.date(2027, 4, 1)}

    with pytest.raises(ValidationError):
        offers.start(officer, make_country("PER"), form_key=uuid.uuid4(), values=values(**dates))
    with pytest.raises(IntegrityError), transaction.atomic():
        make_offer(**dates)

    assert Offer.objects.count() == 0


def test_the_second_of_two_savers_is_told_and_overwrites_nothing(officer):
    offer = offers.start(officer, make_country("PER"), form_key=uuid.uuid4(), values=values())
    offers.edit(offer, by=officer, revision=1, values=values(title="First"))

    with pytest.raises(Stale) as refused:
        offers.edit(offer, by=officer, revision=1, values=values(title="Second"))

    assert refused.value.row.title == "First"
    assert Offer.objects.get().title == "First"


def test_an_offer_pauses_resumes_and_closes(officer):
    offer = make_offer(country="PER", lead=officer)

    assert offers.pause(offer, by=officer).status == OfferStatus.PAUSED
    assert Offer.objects.live().count() == 0
    assert offers.resume(offer, by=officer).status == OfferStatus.OPEN
    offer = offers.close(offer, by=officer, note="The team has moved on.")

    assert (offer.status, offer.closing_note) == (OfferStatus.CLOSED, "The team has moved on.")
    with pytest.raises(TransitionError):
        offers.resume(offer, by=officer)


@pytest.mark.parametrize("status", OfferStatus.values)
def test_offers_allow_the_listed_moves_and_no_other(officer, status):
    offer = make_offer(status, country="PER", lead=officer)
    tries = {
        "edit": lambda: offers.edit(offer, by=officer, revision=1, values={"title": "T"}),
        "send": lambda: offers.send(offer, by=officer),
        "pause": lambda: offers.pause(offer, by=officer),
        "resume": lambda: offers.resume(offer, by=officer),
        "close": lambda: offers.close(offer, by=officer, note="Because."),
    }
    offer.summary = "A summary."
    Offer.objects.filter(pk=offer.pk).update(summary="A summary.")
    possible = set()
    for name, attempt in tries.items():
        with transaction.atomic():
            try:
                attempt()
                possible.add(name)
            except TransitionError:
                pass
            transaction.set_rollback(True)

    assert possible == {name for name, states in offers.FROM.items() if status in states and name in tries}
    assert possible == offers.moves(offer, officer) & set(tries)


@pytest.mark.parametrize("status", NeedStatus.values)
def test_strangers_move_nothing(status):
    need, stranger = make_need(status, country="PER"), make_user(Role.OFFICER, Role.CURATOR, country="KEN")

    for attempt in (
        lambda: needs.edit(need, by=stranger, revision=1, values={"title": "T"}),
        lambda: needs.send(need, by=stranger),
        lambda: needs.endorse(need, by=stranger),
        lambda: needs.send_back(need, by=stranger, note="N"),
        lambda: needs.close(need, by=stranger, note="N"),
        lambda: needs.withdraw(need, by=stranger, note="N"),
    ):
        with pytest.raises(PermissionDenied):
            attempt()
    assert needs.moves(need, stranger) == set()
    assert Need.objects.get().status == status


def test_the_database_refuses_a_move_that_is_not_listed():
    need = make_need(NeedStatus.CLOSED)

    with pytest.raises(IntegrityError), transaction.atomic():
        Need.objects.filter(pk=need.pk).update(status=NeedStatus.OPEN)
    with pytest.raises(IntegrityError), transaction.atomic():
        NeedEvent.objects.filter(need=need).update(note="Something else")
    with pytest.raises(IntegrityError), transaction.atomic():
        Need.objects.filter(pk=need.pk).delete()


def test_what_is_over_expires_and_its_country_was_reminded():
    today = timezone.localdate()
    lead = make_user(Role.OFFICER, country="PER", email="officer.per@example.org")
    soon = make_need(country="PER", lead=lead, expires_on=today + datetime.timedelta(days=5))
    over = make_offer(country="PER", lead=lead, expires_on=today - datetime.timedelta(days=1))

    assert needs.remind_of_expiry() == 1
    needs.remind_of_expiry()
    assert told("expiring") == ["officer.per@example.org"]
    assert (offers.expire_due(), needs.expire_due()) == (1, 0)

    over.refresh_from_db()
    soon.refresh_from_db()
    assert (over.status, soon.status) == (OfferStatus.EXPIRED, NeedStatus.OPEN)
    assert over.events.latest().actor is None


# Countries that join


def test_another_country_joins_a_need_and_leaves_again():
    need, joining = make_need(country="PER"), make_user(Role.OFFICER, country="COL")

    needs.join(need, by=joining, country=make_country("COL"))
    needs.join(need, by=joining, country=make_country("COL"))

    assert [row.country_id for row in need.joined.all()] == ["COL"]
    needs.leave(need, by=joining, country=make_country("COL"))
    assert need.joined.count() == 0


def test_a_country_neither_joins_nor_answers_its_own_need(officer):
    need = make_need(country="PER")

    with pytest.raises(PermissionDenied):
        needs.join(need, by=officer, country=make_country("PER"))
    with pytest.raises(PermissionDenied):
        matches.volunteer(need, by=officer, country=make_country("PER"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Match.objects.create(need=need, country=make_country("PER"))


# Matches


def candidate(iso3, score=0.8, offer=None):
    return Candidate(make_country(iso3), offer, None, score, [])


def test_what_was_found_is_kept_told_once_and_brought_up_to_date():
    need = make_need(country="PER", lead=make_user(Role.OFFICER, country="PER", email="officer.per@example.org"))
    make_user(Role.OFFICER, country="COL", email="officer.col@example.org")

    matches.keep(need, [candidate("COL"), candidate("KEN", 0.2)])
    matches.keep(need, [candidate("COL", 0.9)])

    assert [(match.country_id, match.score) for match in need.matches.all()] == [("COL", 0.9)]
    assert told("match_found") == ["officer.col@example.org", "officer.per@example.org"]


def test_an_answered_match_stays_when_it_is_found_no_more(officer):
    need = make_need(country="PER", lead=officer)
    (match,) = matches.keep(need, [candidate("COL")])
    matches.answer(match, by=officer, side="need", accept=True)

    matches.keep(need, [])

    assert need.matches.get().need_answer == Answer.ACCEPTED


def test_declining_gives_a_reason_and_accepting_needs_none(officer):
    match = make_match(make_need(country="PER", lead=officer), "COL")

    with pytest.raises(TransitionError):
        matches.answer(match, by=officer, side="need", accept=False, reason=" ")
    match = matches.answer(match, by=officer, side="need", accept=False, reason="Too far away.")

    assert (match.need_answer, match.need_reason) == (Answer.DECLINED, "Too far away.")
    with pytest.raises(PermissionDenied):
        matches.answer(match, by=officer, side="country", accept=True)


def test_a_curator_proposes_a_country_and_says_why(officer):
    need, curator = make_need(country="PER", lead=officer), make_user(Role.CURATOR)

    match = matches.propose(need, make_country("KEN"), by=curator, note="They did the same in 2019.")

    assert (match.origin, match.note) == (MatchOrigin.BROKER, "They did the same in 2019.")
    assert told("match_proposed") == ["officer.per@example.org"]
    with pytest.raises(PermissionDenied):
        matches.propose(need, make_country("KEN"), by=officer, note="Because.")


def test_several_providers_and_asking_countries_are_pooled_into_one_exchange(officer):
    need = make_need(country="PER", lead=officer, joined=["COL"], summary="We ask for help.")
    accepted = {"need_answer": Answer.ACCEPTED, "country_answer": Answer.ACCEPTED}
    pair = [make_match(need, iso3, **accepted) for iso3 in ("KEN", "BGD")]

    exchange = exchanges.from_matches(pair, by=officer, form_key=uuid.uuid4())

    need.refresh_from_db()
    assert need.status == NeedStatus.MATCHED
    assert exchange.form == ExchangeForm.REGIONAL
    assert [(party.country_id, party.role) for party in exchange.parties.all()] == [
        ("BGD", PartyRole.PROVIDER),
        ("KEN", PartyRole.PROVIDER),
        ("PER", PartyRole.BENEFICIARY),
        ("COL", PartyRole.BENEFICIARY),
    ]
    assert Match.objects.filter(exchange=exchange).count() == 2


def test_no_exchange_is_made_of_a_match_that_one_side_has_not_accepted(officer):
    match = make_match(make_need(country="PER", lead=officer), "COL", need_answer=Answer.ACCEPTED)

    with pytest.raises(TransitionError):
        exchanges.from_matches([match], by=officer, form_key=uuid.uuid4())

    assert Exchange.objects.count() == 0
