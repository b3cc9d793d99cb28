"""An exchange moves from proposal to follow-up only as listed, signed by all sides and closed with its lessons."""

import datetime
import uuid
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.enums import Role
from accounts.models import OutboxMessage, User
from exchanges.enums import EventKind, ExchangeStatus, FollowUpOutcome, NeedStatus, PartyRole
from exchanges.models import Activity, Attendance, BudgetLine, Exchange, FollowUp, Milestone, Party, Signature
from exchanges.refusals import Stale
from exchanges.workflow import exchanges, rows
from practices.models import CountryOffice
from practices.refusals import TransitionError
from tests.exchanges_make import make_exchange, make_match, make_need
from tests.make import make_country, make_organisation, make_practice
from tests.people import make_user

pytestmark = pytest.mark.django_db

AGREEMENT = {
    "title": "First human milk bank",
    "objective": "A milk bank in the capital.",
    "outputs": "One bank, twenty trained people.",
    "cost_share": "Each side bears its own costs.",
    "starts_on": datetime.date(2027, 1, 10),
    "ends_on": datetime.date(2028, 3, 31),
}


@pytest.fixture
def giving():
    return make_user(Role.OFFICER, country="COL", email="officer.col@example.org")


@pytest.fixture
def asking():
    return make_user(Role.OFFICER, country="PER", email="officer.per@example.org")


def parties(*pairs):
    return [{"country": make_country(iso3), "role": role} for iso3, role in pairs]


TWO = (("COL", PartyRole.PROVIDER), ("PER", PartyRole.BENEFICIARY))


@pytest.fixture
def proposed(asking, giving):
    return exchanges.propose(asking, form_key=uuid.uuid4(), values=AGREEMENT, parties=parties(*TWO))


def party_of(exchange, iso3):
    return exchange.parties.get(country=iso3)


def sign_all(exchange, *people):
    for user, iso3 in people:
        exchange = exchanges.sign(
            exchange, by=user, party=party_of(exchange, iso3), revision=exchange.agreement_revision
        )
    return exchange


def told(kind):
    rows_ = OutboxMessage.objects.filter(kind=f"exchanges.{kind}")
    return sorted(rows_.values_list("user__email", flat=True))


def test_a_proposal_is_read_by_its_parties_alone(proposed, asking, giving):
    assert (proposed.status, proposed.start_year, proposed.end_year) == (ExchangeStatus.PROPOSED, 2027, 2028)
    assert Exchange.objects.live().count() == 0
    assert Exchange.objects.visible_to(giving).get() == proposed
    assert Exchange.objects.visible_to(make_user(Role.OFFICER, country="KEN")).count() == 0
    assert told("proposed") == ["officer.col@example.org"]


@pytest.mark.parametrize(
    "pairs",
    [
        [("PER", PartyRole.PROVIDER), ("PER", PartyRole.BENEFICIARY)],
        [("PER", PartyRole.BENEFICIARY)],
        [("COL", PartyRole.PROVIDER), ("PER", PartyRole.FACILITATOR)],
        [("COL", PartyRole.PROVIDER), ("PER", PartyRole.BENEFICIARY), ("PER", PartyRole.PROVIDER)],
    ],
)
def test_nobody_has_an_exchange_with_themselves(asking, pairs):
    with pytest.raises(ValidationError) as refused:
        exchanges.propose(asking, form_key=uuid.uuid4(), values=AGREEMENT, parties=parties(*pairs))

    assert "parties" in refused.value.message_dict
    assert Exchange.objects.count() == 0


def test_the_database_refuses_two_roles_in_one_phase():
    exchange = make_exchange(providers=["COL"], beneficiaries=["PER"])

    for phase in ("", "running"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Party.objects.create(exchange=exchange, country=make_country("PER"), role=PartyRole.PROVIDER, phase=phase)


def test_roles_may_change_from_phase_to_phase(asking):
    changing = [
        {"country": make_country("PER"), "role": PartyRole.BENEFICIARY, "phase": "preparing"},
        {"country": make_country("PER"), "role": PartyRole.PROVIDER, "phase": "running"},
        {"country": make_country("COL"), "role": PartyRole.PROVIDER, "phase": "preparing"},
        {"country": make_country("COL"), "role": PartyRole.BENEFICIARY, "phase": "running"},
    ]

    exchange = exchanges.propose(asking, form_key=uuid.uuid4(), values=AGREEMENT, parties=changing)

    assert exchange.parties.count() == 4


def test_it_is_agreed_when_every_side_has_signed_and_readers_see_it_from_then_on(proposed, asking, giving):
    exchange = sign_all(proposed, (asking, "PER"))
    assert exchange.status == ExchangeStatus.PROPOSED

    exchange = sign_all(exchange, (giving, "COL"))

    assert exchange.status == ExchangeStatus.AGREED
    assert Exchange.objects.live().get() == exchange
    assert told("agreed") == ["officer.col@example.org", "officer.per@example.org"]


def test_nobody_signs_twice_for_others_or_another_text(proposed, asking, giving):
    exchange = sign_all(proposed, (asking, "PER"))

    with pytest.raises(TransitionError):
        sign_all(exchange, (asking, "PER"))
    with pytest.raises(PermissionDenied):
        sign_all(exchange, (asking, "COL"))
    with pytest.raises(Stale):
        exchanges.sign(exchange, by=giving, party=party_of(exchange, "COL"), revision=7)
    assert Signature.objects.count() == 1


def test_the_focal_point_signs_where_the_country_asks_for_endorsement(proposed, asking):
    CountryOffice.objects.create(country=make_country("PER"), asks_for_endorsement=True)
    focal_point = make_user(Role.FOCAL_POINT, country="PER")

    with pytest.raises(PermissionDenied):
        sign_all(proposed, (User.objects.get(pk=asking.pk), "PER"))

    assert sign_all(proposed, (focal_point, "PER")).status == ExchangeStatus.PROPOSED


def test_a_change_of_the_agreement_voids_what_was_signed(proposed, asking, giving):
    exchange = sign_all(proposed, (asking, "PER"))

    exchange = exchanges.edit_agreement(exchange, by=giving, revision=1, values={"outputs": "Two banks."})

    assert [party.country_id for party in exchanges.unsigned(exchange)] == ["COL", "PER"]
    assert sign_all(exchange, (asking, "PER"), (giving, "COL")).status == ExchangeStatus.AGREED


def test_the_second_side_that_edits_the_agreement_is_told_and_overwrites_nothing(proposed, asking, giving):
    exchanges.edit_agreement(proposed, by=giving, revision=1, values={"outputs": "Two banks."})

    with pytest.raises(Stale) as refused:
        exchanges.edit_agreement(proposed, by=asking, revision=1, values={"outputs": "Three banks."})

    assert refused.value.row.outputs == "Two banks."
    assert Exchange.objects.get().outputs == "Two banks."


def test_an_agreement_without_its_main_parts_is_not_signed(proposed, asking):
    exchange = exchanges.edit_agreement(proposed, by=asking, revision=1, values={"cost_share": ""})

    with pytest.raises(ValidationError) as refused:
        sign_all(exchange, (asking, "PER"))

    assert list(refused.value.message_dict) == ["cost_share"]


def test_the_way_from_the_agreement_to_the_last_follow_up(proposed, asking, giving):
    exchange = sign_all(proposed, (asking, "PER"), (giving, "COL"))

    exchange = exchanges.prepare(exchange, by=giving)
    exchange = exchanges.start_work(exchange, by=asking)
    exchange = exchanges.begin_reporting(exchange, by=asking)
    exchanges.appraise(
        exchange, by=asking, party=party_of(exchange, "PER"),
        values={"relevance": 5, "quality": 4, "timeliness": 3, "usefulness": 5, "text": "It helped."},
    )  # fmt: skip
    exchange = exchanges.close(exchange, by=asking, lessons="Begin with the nurses.", outcome="One bank opened.")
    checks = list(FollowUp.objects.filter(exchange=exchange))
    for check in checks:
        exchanges.record_follow_up(check, by=asking, outcome=FollowUpOutcome.IN_USE, note="")

    exchange.refresh_from_db()
    assert [check.days for check in checks] == [30, 90, 180]
    assert exchange.status == ExchangeStatus.FOLLOWED_UP
    assert [event.kind for event in exchange.events.all()] == [
        EventKind.PROPOSED, EventKind.SIGNED, EventKind.SIGNED, EventKind.AGREED, EventKind.PREPARING,
        EventKind.STARTED, EventKind.REPORTING, EventKind.APPRAISED, EventKind.CLOSED, EventKind.FOLLOWED_UP,
    ]  # fmt: skip


@pytest.mark.parametrize("lessons", ["", "  "])
def test_it_cannot_be_closed_without_lessons(asking, lessons):
    exchange = make_exchange(ExchangeStatus.REPORTING, providers=["COL"], beneficiaries=["PER"])

    with pytest.raises(ValidationError) as refused:
        exchanges.close(exchange, by=asking, lessons=lessons, outcome="Done.")
    with pytest.raises(IntegrityError), transaction.atomic():
        Exchange.objects.filter(pk=exchange.pk).update(status=ExchangeStatus.CLOSED, closed_at=timezone.now())

    assert list(refused.value.message_dict) == ["lessons"]
    assert Exchange.objects.get().status == ExchangeStatus.REPORTING


def test_a_declined_proposal_opens_its_need_again(asking, giving):
    need = make_need(country="PER", lead=asking, summary="We ask.")
    accepted = make_match(need, "COL", need_answer="accepted", country_answer="accepted")
    exchange = exchanges.from_matches([accepted], by=asking, form_key=uuid.uuid4())

    exchange = exchanges.decline(exchange, by=giving, note="Our team has no time this year.")

    need.refresh_from_db()
    assert (exchange.status, need.status) == (ExchangeStatus.DECLINED, NeedStatus.OPEN)
    assert need.events.latest().kind == EventKind.REOPENED
    assert Exchange.objects.visible_to(make_user(Role.CURATOR)).count() == 0


@pytest.mark.parametrize("status", ExchangeStatus.values)
def test_the_listed_moves_are_possible_and_no_other(asking, status):
    exchange = make_exchange(status, providers=["COL"], beneficiaries=["PER"])
    Exchange.objects.filter(pk=exchange.pk).update(
        objective="O", outputs="O", cost_share="C", starts_on="2027-01-01", start_year=2027, ends_on="2027-02-01",
        end_year=2027,
    )  # fmt: skip
    if status == ExchangeStatus.CLOSED:
        FollowUp.objects.create(exchange=exchange, days=30, due_on="2027-03-01")
    tries = {
        "edit_agreement": lambda: exchanges.edit_agreement(exchange, by=asking, revision=1, values={"topic": "T"}),
        "sign": lambda: sign_all(exchange, (asking, "PER")),
        "decline": lambda: exchanges.decline(exchange, by=asking, note="N"),
        "cancel": lambda: exchanges.cancel(exchange, by=asking, note="N"),
        "prepare": lambda: exchanges.prepare(exchange, by=asking),
        "start_work": lambda: exchanges.start_work(exchange, by=asking),
        "begin_reporting": lambda: exchanges.begin_reporting(exchange, by=asking),
        "close": lambda: exchanges.close(exchange, by=asking, lessons="L", outcome="O"),
        "post": lambda: exchanges.post(exchange, by=asking, text="Hello."),
    }
    possible = set()
    for name, attempt in tries.items():
        with transaction.atomic():
            try:
                attempt()
                possible.add(name)
            except TransitionError:
                pass
            transaction.set_rollback(True)

    assert possible == {name for name, states in exchanges.FROM.items() if status in states and name in tries}
    assert possible == exchanges.moves(exchange, asking) & set(tries)


def test_strangers_curators_and_administrators_move_nothing(proposed):
    people = [make_user(Role.OFFICER, country="KEN"), make_user(Role.CURATOR), make_user(Role.ADMINISTRATOR)]

    for user in people:
        for attempt in (
            lambda user=user: exchanges.edit_agreement(proposed, by=user, revision=1, values={"topic": "T"}),
            lambda user=user: sign_all(proposed, (user, "PER")),
            lambda user=user: exchanges.cancel(proposed, by=user, note="N"),
            lambda user=user: exchanges.post(proposed, by=user, text="Hello."),
            lambda user=user: rows.save_row(
                Milestone(exchange=proposed, title="M", due_on=datetime.date(2027, 2, 1)), by=user
            ),
        ):
            with pytest.raises(PermissionDenied):
                attempt()
    assert Milestone.objects.count() == 0


def test_a_member_of_a_facilitating_organisation_works_along_but_signs_for_no_country(proposed, asking):
    organisation = make_organisation("A facilitator")
    Party.objects.create(exchange=proposed, organisation=organisation, role=PartyRole.FACILITATOR)
    member = make_user()
    member.memberships.create(role=Role.PARTNER, organisation=organisation)

    exchanges.post(proposed, by=member, text="We can host the workshop.")

    with pytest.raises(PermissionDenied):
        sign_all(proposed, (member, "PER"))
    assert told("message") == ["officer.col@example.org", "officer.per@example.org"]


# Rows


def test_an_activity_counts_its_participants_by_institution_and_sex(proposed, asking):
    activity = Activity(
        exchange=proposed, title="Course", modality="workshop", starts_on=datetime.date(2027, 3, 1),
        ends_on=datetime.date(2027, 3, 5), place="Lima",
    )  # fmt: skip

    rows.save_row(activity, by=asking, attendance=[Attendance(institution="Ministry", women_count=12, men_count=5)])
    rows.save_row(activity, by=asking, attendance=[Attendance(institution="Hospital", women_count=3, men_count=1)])

    assert [(one.institution, one.women_count) for one in activity.attendance.all()] == [("Hospital", 3)]


@pytest.mark.parametrize(
    "wrong", [{"planned": Decimal("-1")}, {"currency": "EUX"}, {"actual": Decimal("-0.01")}, {"currency": ""}]
)
def test_money_below_zero_and_unknown_currencies_are_refused_by_workflow_and_database(proposed, asking, wrong):
    facts = {"kind": "cash", "description": "Travel", "planned": Decimal("100"), "currency": "USD"} | wrong
    line = BudgetLine(exchange=proposed, party=party_of(proposed, "PER"), **facts)

    with pytest.raises(ValidationError):
        rows.save_row(line, by=asking)
    with pytest.raises(IntegrityError), transaction.atomic():
        line.save()


def test_a_row_belongs_to_a_party_of_its_own_exchange(proposed, asking):
    foreign = party_of(make_exchange(providers=["KEN"], beneficiaries=["BGD"]), "KEN")

    with pytest.raises(PermissionDenied):
        rows.save_row(
            BudgetLine(exchange=proposed, party=foreign, kind="cash", description="X", planned=1, currency="USD"),
            by=asking,
        )


def test_what_is_due_is_said_once(asking, giving):
    exchange = make_exchange(ExchangeStatus.RUNNING, providers=["COL"], beneficiaries=["PER"])
    soon = timezone.localdate() + datetime.timedelta(days=3)
    Milestone.objects.create(exchange=exchange, title="Nurses trained", due_on=soon)

    exchanges.remind()
    exchanges.remind()

    assert told("due") == ["officer.col@example.org", "officer.per@example.org"]


def test_a_follow_up_ties_the_adoption_that_came_of_it(asking, giving):
    practice = make_practice(country="COL", adoptions=[{"country": "PER", "year": 2028}])
    exchange = make_exchange(ExchangeStatus.CLOSED, providers=["COL"], beneficiaries=["PER"], practices=[practice])
    check = FollowUp.objects.create(exchange=exchange, days=30, due_on=timezone.localdate())
    elsewhere = make_practice(country="KEN", adoptions=[{"country": "PER"}]).adoptions.get()

    with pytest.raises(ValidationError):
        exchanges.record_follow_up(check, by=asking, outcome="adoption", note="", adoption=elsewhere)
    exchanges.record_follow_up(check, by=asking, outcome="adoption", note="", adoption=practice.adoptions.get())

    assert list(exchange.adoptions.all()) == list(practice.adoptions.all())
