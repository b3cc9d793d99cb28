"""An agreement that all sides signed is changed by all of them: proposed, compared, signed anew, the old text kept."""

import datetime
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, InternalError, transaction
from django.test import Client

from accounts.enums import Role
from accounts.models import OutboxMessage
from exchanges import terms
from exchanges.enums import AmendmentStatus, EventKind, ExchangeStatus, PartyRole
from exchanges.models import Amendment, Exchange
from exchanges.refusals import Stale
from exchanges.workflow import amendments, exchanges
from practices.models import CountryOffice
from practices.refusals import TransitionError
from practices.serial import public_serial
from tests.exchanges_make import make_exchange
from tests.make import make_area, make_country, make_organisation, make_practice
from tests.people import make_membership, make_user
from tests.practices.test_views import queries_of

pytestmark = pytest.mark.django_db

AGREEMENT = {
    "title": "First human milk bank",
    "objective": "A milk bank in the capital.",
    "outputs": "One bank.",
    "cost_share": "Each side bears its own costs.",
    "starts_on": datetime.date(2027, 1, 10),
    "ends_on": datetime.date(2028, 3, 31),
    "modalities": ["workshop"],
}
# The same for ``make_exchange``, which writes rows as they are.
WRITTEN = {name: value for name, value in AGREEMENT.items() if name != "title"} | {"start_year": 2027, "end_year": 2028}
LATER = datetime.date(2028, 9, 30)


@pytest.fixture
def giving():
    return make_user(Role.OFFICER, country="COL", email="officer.col@example.org", name="Ana Ruiz")


@pytest.fixture
def asking():
    return make_user(Role.OFFICER, country="PER", email="officer.per@example.org", name="Lucía Quispe")


@pytest.fixture
def agreed(asking, giving):
    """An exchange that both sides have signed, as revision 1."""
    parties = [
        {"country": make_country("COL"), "role": PartyRole.PROVIDER},
        {"country": make_country("PER"), "role": PartyRole.BENEFICIARY},
    ]
    exchange = exchanges.propose(asking, form_key=uuid.uuid4(), values=AGREEMENT, parties=parties)
    for user, iso3 in ((asking, "PER"), (giving, "COL")):
        exchange = exchanges.sign(exchange, by=user, party=exchange.parties.get(country=iso3), revision=1)
    return exchange


def changed(exchange, **changes):
    return terms.agreed(exchange) | changes


def propose(exchange, user, revision=1, reason="The rains are late.", **changes):
    changes = changes or {"ends_on": LATER}
    values = changed(exchange, **changes)
    return amendments.propose(exchange, by=user, revision=revision, values=values, reason=reason)


def sign(exchange, user, iso3, revision):
    return amendments.sign(exchange, by=user, party=exchange.parties.get(country=iso3), revision=revision)


def told(kind):
    rows = OutboxMessage.objects.filter(kind=f"exchanges.{kind}")
    return sorted(rows.values_list("user__email", flat=True))


def test_what_was_agreed_holds_until_all_sides_have_signed_the_change(agreed, asking, giving):
    practice, area = make_practice(title="Milk banks", country="COL"), make_area("nutrition")
    change = propose(agreed, asking, ends_on=LATER, practices=[practice], challenge_areas=[area])
    serial = public_serial()

    exchange = sign(agreed, asking, "PER", 2)
    assert (exchange.ends_on, exchange.agreement_revision) == (AGREEMENT["ends_on"], 1)
    assert public_serial() == serial
    exchange = sign(exchange, giving, "COL", 2)

    exchange = Exchange.objects.get(pk=exchange.pk)
    assert (exchange.ends_on, exchange.end_year, exchange.agreement_revision) == (LATER, 2028, 2)
    assert (list(exchange.practices.all()), list(exchange.challenge_areas.all())) == ([practice], [area])
    assert exchange.status == ExchangeStatus.AGREED
    assert public_serial() > serial
    change.refresh_from_db()
    assert (change.status, change.replaces) == (AmendmentStatus.AGREED, 1)
    assert terms.read(change.replaced)["ends_on"] == AGREEMENT["ends_on"]
    kinds = list(exchange.events.order_by("pk").values_list("kind", flat=True))[-4:]
    assert kinds == [EventKind.AMENDMENT, EventKind.SIGNED, EventKind.SIGNED, EventKind.AMENDED]
    assert told("amendment_proposed") == ["officer.col@example.org"]
    assert told("amended") == ["officer.col@example.org", "officer.per@example.org"]


def test_the_text_comes_back_as_it_was_kept(agreed):
    values = changed(agreed, practices=[make_practice(title="Milk banks")], challenge_areas=[make_area("nutrition")])

    assert terms.read(terms.kept(values)) == values


def test_a_change_of_the_change_voids_what_was_signed_and_takes_a_new_number(agreed, asking, giving):
    propose(agreed, asking)
    sign(agreed, asking, "PER", 2)
    propose(agreed, giving, revision=2, outputs="Two banks.")

    with pytest.raises(Stale):
        sign(agreed, giving, "COL", 2)
    sign(agreed, giving, "COL", 3)
    assert Exchange.objects.get().agreement_revision == 1
    sign(agreed, asking, "PER", 3)
    assert (Exchange.objects.get().agreement_revision, Exchange.objects.get().outputs) == (3, "Two banks.")
    assert Amendment.objects.count() == 1


def test_the_second_of_two_who_write_at_once_is_told_and_overwrites_nothing(agreed, asking, giving):
    propose(agreed, asking)

    with pytest.raises(Stale):
        propose(agreed, giving, outputs="Two banks.")
    assert terms.read(Amendment.objects.get().terms)["outputs"] == AGREEMENT["outputs"]


def test_a_dropped_change_leaves_what_was_agreed_and_its_number_is_not_used_again(agreed, asking, giving):
    propose(agreed, asking)
    sign(agreed, asking, "PER", 2)
    amendments.drop(agreed, by=giving, note="We cannot stay longer.")

    assert (Exchange.objects.get().ends_on, told("amendment_dropped")) == (
        AGREEMENT["ends_on"],
        ["officer.per@example.org"],
    )
    with pytest.raises(TransitionError):
        sign(agreed, giving, "COL", 2)
    assert propose(agreed, giving).revision == 3


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"outputs": AGREEMENT["outputs"]}, "terms"),
        ({"objective": " "}, "objective"),
        ({"ends_on": None}, "ends_on"),
        ({"ends_on": datetime.date(2026, 1, 1)}, "__all__"),
    ],
)
def test_nothing_is_proposed_that_could_not_come_into_force(agreed, asking, changes, field):
    with pytest.raises(ValidationError) as refused:
        propose(agreed, asking, **changes)

    assert field in refused.value.message_dict
    assert Amendment.objects.count() == 0


def test_a_change_gives_a_reason(agreed, asking):
    with pytest.raises(ValidationError):
        propose(agreed, asking, reason=" ")


@pytest.mark.parametrize("status", ExchangeStatus)
def test_only_what_is_agreed_and_not_over_is_changed(asking, status):
    exchange = make_exchange(status, providers=["COL"], beneficiaries=["PER"], **WRITTEN)
    can = status in {"agreed", "preparing", "running", "reporting"}

    if can:
        propose(exchange, asking)
    else:
        with pytest.raises(TransitionError):
            propose(exchange, asking)
    assert Amendment.objects.exists() is can


def test_strangers_curators_and_administrators_change_nothing(agreed, asking):
    propose(agreed, asking)
    party = agreed.parties.get(country="PER")

    for user in (make_user(Role.OFFICER, country="KEN"), make_user(Role.CURATOR), make_user(Role.ADMINISTRATOR)):
        for move in (
            lambda user=user: propose(agreed, user, revision=2, outputs="Mine."),
            lambda user=user: amendments.sign(agreed, by=user, party=party, revision=2),
            lambda user=user: amendments.drop(agreed, by=user, note="Mine."),
        ):
            with pytest.raises(PermissionDenied):
                move()


def test_the_focal_point_signs_where_the_country_asks_for_endorsement(agreed, asking):
    CountryOffice.objects.create(country_id="PER", asks_for_endorsement=True)
    writer = make_user(Role.OFFICER, country="PER")
    propose(agreed, writer)

    with pytest.raises(PermissionDenied):
        sign(agreed, writer, "PER", 2)
    sign(agreed, make_user(Role.FOCAL_POINT, country="PER"), "PER", 2)


def test_a_facilitator_writes_along_and_need_not_sign(asking):
    host = make_organisation()
    partner = make_user()
    make_membership(partner, Role.PARTNER, organisation=host)
    exchange = make_exchange(providers=["COL"], beneficiaries=["PER"], facilitators=[host], **WRITTEN)

    change = propose(exchange, partner)

    assert {party.country_id for party in exchanges.unsigned(exchange, change.revision)} == {"COL", "PER"}


@pytest.mark.parametrize("end", ["close", "cancel"])
def test_a_change_that_not_all_have_signed_ends_with_the_exchange(asking, end):
    exchange = make_exchange("reporting", providers=["COL"], beneficiaries=["PER"], **WRITTEN)
    change = propose(exchange, asking)

    if end == "close":
        exchanges.close(exchange, by=asking, lessons="Begin earlier.", outcome="Done.")
    else:
        exchanges.cancel(exchange, by=asking, note="No money.")

    change.refresh_from_db()
    assert change.status == AmendmentStatus.DROPPED


def test_the_database_keeps_what_ended_and_one_open_change_at_most(agreed, asking):
    change = propose(agreed, asking)
    again = {"exchange": agreed, "revision": 9, "replaces": 1, "reason": "R", "terms": {}, "changed_by": asking}
    with pytest.raises(IntegrityError), transaction.atomic():
        Amendment.objects.create(**again)
    amendments.drop(agreed, by=asking, note="No.")

    for write in (
        lambda: Amendment.objects.filter(pk=change.pk).update(reason="Another."),
        lambda: Amendment.objects.filter(pk=change.pk).delete(),
        lambda: Amendment.objects.create(**again | {"status": "dropped", "ended_at": change.created_at}),
    ):
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
            write()


# The page


def page(exchange):
    return f"/workspace/exchanges/{exchange.code}/amendment/"


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def typed(exchange, **changes):
    form = {
        "reason": "The rains are late.", "title": exchange.title, "modalities": exchange.modalities,
        "visibility": "public", "revision": 1, "objective": exchange.objective, "outputs": exchange.outputs,
        "cost_share": exchange.cost_share, "starts_on": "2027-01-10", "ends_on": "2028-09-30",
    }  # fmt: skip
    return form | changes


def words(response):
    return " ".join(response.content.decode().split())


def test_a_change_is_proposed_compared_signed_and_the_old_text_shown(agreed, asking, giving):
    first, second = signed_in(asking), signed_in(giving)

    assert first.post(page(agreed), typed(agreed)).status_code == 302
    assert "A change of the agreement waits for your signature." in words(second.get("/workspace/exchanges/"))
    assert "not signed yet by" in words(second.get(f"/workspace/exchanges/{agreed.code}/"))
    shown = words(second.get(page(agreed)))
    assert '<del dir="auto">31 March 2028</del>' in shown
    assert '<ins dir="auto">30 September 2028</ins>' in shown
    for client, iso3 in ((first, "PER"), (second, "COL")):
        signing = {"party": agreed.parties.get(country=iso3).pk, "revision": 2}
        assert client.post(page(agreed) + "do/sign/", signing).status_code == 302

    agreement = words(first.get(f"/workspace/exchanges/{agreed.code}/agreement/"))
    assert "Version 1, in force until" in agreement
    assert '<dt>Last day</dt><dd dir="auto">31 March 2028</dd>' in agreement
    assert "30 September 2028" in words(Client().get(f"/exchanges/{agreed.code}/"))


def test_the_second_writer_is_shown_both_texts_and_a_double_press_is_none(agreed, asking, giving):
    first, second = signed_in(asking), signed_in(giving)
    first.post(page(agreed), typed(agreed))

    late = second.post(page(agreed), typed(agreed, outputs="Two banks."))
    assert late.status_code == 409
    assert "Somebody saved this while you were writing" in words(late)
    assert 'name="revision" value="2"' in words(late)
    assert first.post(page(agreed), typed(agreed)).status_code == 302
    assert Amendment.objects.get().revision == 2


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"reason": ""}, "Say why the agreement is changed"),
        ({"ends_on": "2026-01-01"}, "The last day is before the first."),
        ({"ends_on": "2028-03-31"}, "This is what is agreed already."),
    ],
)
def test_what_is_refused_keeps_what_was_typed(agreed, asking, changes, says):
    refused = signed_in(asking).post(page(agreed), typed(agreed, **changes))

    assert refused.status_code == 422
    assert says in words(refused)
    assert f'value="{changes.get("ends_on", "2028-09-30")}"' in words(refused)
    assert Amendment.objects.count() == 0


def test_dropping_needs_a_reason(agreed, asking):
    client = signed_in(asking)
    client.post(page(agreed), typed(agreed))

    assert client.post(page(agreed) + "do/drop/", {"note": " "}).status_code == 422
    assert client.post(page(agreed) + "do/drop/", {"note": "Not needed."}).status_code == 302
    assert client.post(page(agreed) + "do/drop/", {"note": "Not needed."}).status_code == 409
    assert Amendment.objects.get().status == AmendmentStatus.DROPPED


def test_an_agreement_asks_as_much_for_three_earlier_versions_as_for_one(agreed, asking, giving):
    client, address = signed_in(asking), f"/workspace/exchanges/{agreed.code}/agreement/"
    practice = make_practice(title="Milk banks")

    def amend(number):
        change = propose(agreed, asking, revision=Exchange.objects.get().agreement_revision, outputs=f"{number} banks.",
                         practices=[practice], challenge_areas=[make_area("nutrition")])  # fmt: skip
        for user, iso3 in ((asking, "PER"), (giving, "COL")):
            sign(agreed, user, iso3, change.revision)

    amend(2)
    amend(3)
    few = queries_of(client, address)
    amend(4)
    amend(5)
    assert queries_of(client, address) == few
