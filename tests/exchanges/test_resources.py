"""Funds, calls, projects and contributions: read by everybody, written by those who maintain them, counted honestly."""

import datetime
import uuid
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from exchanges import services, thread
from exchanges.enums import ContributionKind, ExchangeStatus, OfferStatus
from exchanges.models import Call, Contribution, Fund, Project
from exchanges.refusals import Stale
from exchanges.resource_forms import ContributionForm, FundForm, SourcesField
from practices.models import Adoption, Practice
from practices.publication import retract
from practices.refusals import TransitionError
from practices.serial import public_serial
from tests.exchanges_make import make_call, make_contribution, make_exchange, make_fund, make_offer, make_project
from tests.make import make_area, make_country, make_organisation, make_practice
from tests.people import make_membership, make_user

pytestmark = pytest.mark.django_db

FUNDS, PROJECTS = "/api/v1/funds/", "/api/v1/projects/"


@pytest.fixture
def administrator():
    return make_user(Role.ADMINISTRATOR)


@pytest.fixture
def host():
    return make_organisation("A bank")


@pytest.fixture
def fund(host):
    return make_fund("Fund of the bank", organisation=host, slug="bank-fund")


@pytest.fixture
def member(host):
    user = make_user()
    make_membership(user, Role.PARTNER, organisation=host)
    return user


def fund_values(**given):
    return {"name": "A new fund", "size": None, "currency": "", "challenge_areas": [], "sources": []} | given


def cash(**given):
    """What the form of a contribution sends."""
    return {
        "country": make_country("BRA").pk,
        "organisation": "",
        "kind": "cash",
        "project": "",
        "committed": "1000",
        "disbursed": "",
        "currency": "USD",
        "value_on": "2026-03-01",
        "quantity": "",
        "form_key": str(uuid.uuid4()),
    } | given


def refused(**given):
    """The fields of a contribution that the form refuses."""
    form = ContributionForm(cash(**given), projects=[])
    return set() if form.is_valid() else set(form.errors)


# Reading


def test_everybody_reads_funds_and_an_unverified_one_says_so(client):
    seen = make_fund(is_verified=True, size=4_000_000_000, currency="USD", size_as_of=2022, size_text="US$ 4 billion")
    unseen = make_fund(size_text="Some money")

    listed = client.get(reverse("exchanges:funds")).content.decode()

    assert seen.get_absolute_url() in listed
    assert "USD 4 billion" in listed
    assert "as of 2022" in listed
    assert "Not verified" in client.get(unseen.get_absolute_url()).content.decode()
    assert "Not verified" not in client.get(seen.get_absolute_url()).content.decode()


def test_a_list_shows_the_next_deadline(client, fund):
    today = timezone.localdate()
    make_call(fund, closes_on=today + datetime.timedelta(days=40))
    make_call(fund, closes_on=today + datetime.timedelta(days=5))
    make_call(fund, opens_on=today - datetime.timedelta(days=9), closes_on=today - datetime.timedelta(days=1))

    (row,) = client.get(FUNDS).json()["results"]

    assert row["next_deadline"] == (today + datetime.timedelta(days=5)).isoformat()


def test_totals_are_derived_per_form_and_currency_and_never_converted(client, fund):
    project = make_project(fund)
    make_contribution(fund=fund, country="BRA", committed=100, disbursed=40, currency="USD")
    make_contribution(project=project, country="IND", committed=50, currency="USD")
    make_contribution(fund=fund, country="FRA", committed=7, currency="EUR")
    make_contribution(fund=fund, country="BRA", kind="expert_days", quantity=12)
    make_contribution(country="BRA", committed=999)

    totals = client.get(f"{FUNDS}{fund.slug}/").json()["totals"]

    assert [(one["kind"], one["currency"], one["committed"], one["disbursed"], one["quantity"]) for one in totals] == [
        ("cash", "EUR", "7.00", "0.00", None),
        ("cash", "USD", "150.00", "40.00", None),
        ("expert_days", "", None, None, "12.00"),
    ]
    page = client.get(fund.get_absolute_url()).content.decode()
    assert "USD 150" in page
    assert "USD 157" not in page


def test_page_and_api_give_the_same_funds(client):
    make_fund("Tied", areas=["wash"], slug="tied")
    make_fund("Untied", slug="untied")
    make_fund("Other", areas=["learning"], slug="other")

    answer = client.get(f"{FUNDS}?area=wash&facets=1").json()
    page = client.get(reverse("exchanges:funds"), {"area": "wash"})

    assert [row["slug"] for row in answer["results"]] == ["tied", "untied"]
    assert [row.slug for row in page.context["listing"].cards] == ["tied", "untied"]
    # A fund that is not tied to areas counts under each.
    assert {one["value"]: one["count"] for one in answer["facets"]["area"]}["wash"] == 2


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("country=KEN", ["a"]),
        ("region=ESA", ["a"]),
        ("region=ESA&region=LAC", ["a", "b"]),
        ("status=open", ["a"]),
        ("status=upcoming", ["b"]),
        ("status=none", ["c"]),
        ("year_to=2005", ["a"]),
        ("q=bank", ["c"]),
        ("ordering=deadline", ["a", "b", "c"]),
        ("ordering=-since", ["b", "a", "c"]),
    ],
)
def test_funds_are_narrowed_and_ordered(client, query, found):
    today = timezone.localdate()
    first, second = make_fund("A", slug="a", since_year=2004), make_fund("B", slug="b", since_year=2015)
    make_fund("C, of a bank", slug="c")
    make_project(first, countries=["KEN"])
    make_project(second, countries=["PER"])
    make_call(first)
    days = {"opens_on": today + datetime.timedelta(days=50), "closes_on": today + datetime.timedelta(days=90)}
    make_call(second, **days)

    assert [row["slug"] for row in client.get(f"{FUNDS}?{query}").json()["results"]] == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("fund=bank-fund", ["Bridges", "Wells"]),
        ("country=KEN", ["Wells"]),
        ("region=LAC", ["Schools", "Bridges"]),
        ("area=wash", ["Wells"]),
        ("status=closed", ["Bridges"]),
        ("year_from=2016", ["Schools", "Wells"]),
        ("year_to=2012", ["Bridges", "Wells"]),
        ("ordering=title", ["Bridges", "Schools", "Wells"]),
        ("q=well", ["Wells"]),
    ],
)
def test_projects_are_narrowed_and_ordered_alike_on_page_and_in_api(client, fund, query, found):
    make_project(fund, title="Wells", countries=["KEN"], areas=["wash"], start_year=2010)
    make_project(fund, title="Bridges", countries=["PER"], areas=[], start_year=2011, end_year=2015, status="closed")
    make_project(title="Schools", countries=["PER"], areas=["learning"], start_year=2018)

    answer = client.get(f"{PROJECTS}?{query}").json()
    page = client.get(f"{reverse('exchanges:projects')}?{query}")

    assert [row["title"] for row in answer["results"]] == found
    assert [row.title for row in page.context["listing"].cards] == found


@pytest.mark.parametrize("query", ["colour=red", "status=asleep", "area=money", "fund=nothing", "ordering=amount"])
def test_an_unknown_parameter_is_refused_by_the_api_and_left_out_on_the_page(client, query):
    make_project()

    assert client.get(f"{PROJECTS}?{query}").status_code == 400
    page = client.get(f"{reverse('exchanges:projects')}?{query}")
    assert page.status_code == 200
    assert page.context["listing"].notices
    assert page.context["listing"].count == 1


def test_a_list_that_finds_nothing_offers_a_way_on(client, fund):
    make_project(fund, countries=["KEN"])

    page = client.get(f"{reverse('exchanges:projects')}?country=KEN&status=cancelled").content.decode()

    assert "Drop" in page
    assert reverse("exchanges:projects") in page


def test_lists_are_given_as_csv(client, fund):
    make_project(fund, title="=cmd()", amount="12.50", currency="USD")

    text = client.get(f"{PROJECTS}?format=csv&fields=title,amount,currency").getvalue().decode()

    assert text.splitlines() == ["title,amount,currency", "'=cmd(),12.50,USD"]


@pytest.mark.parametrize("address", [FUNDS, PROJECTS, "/funds/", "/projects/"])
def test_lists_take_the_same_queries_for_one_and_three(client, address):
    def make():
        fund = make_fund(areas=["wash"], organisation=make_organisation("A bank"))
        make_call(fund)
        make_project(fund, countries=["KEN", "PER"], areas=["wash", "learning"])

    make()
    client.get(address)
    counted = _queries(client, address)
    make()
    make()

    assert _queries(client, address) == counted


def _queries(client, address):
    with CaptureQueriesContext(connection) as context:
        client.get(address)
    return len(context)


def test_the_page_of_a_fund_takes_the_same_queries_for_one_and_three(client, fund):
    def make():
        make_call(fund)
        make_project(fund, countries=["KEN", "PER"], areas=["wash"])
        make_contribution(fund=fund, country="BRA")

    make()
    client.get(fund.get_absolute_url())
    counted = _queries(client, fund.get_absolute_url())
    make()
    make()

    assert _queries(client, fund.get_absolute_url()) == counted


def test_pages_that_do_not_exist_are_missing(client):
    for address in ("/funds/nothing/", "/projects/PR-1999-1/", f"{FUNDS}nothing/", f"{PROJECTS}PR-1999-1/thread/"):
        assert client.get(address).status_code == 404


# The thread


@pytest.fixture
def whole(fund):
    """A project whose exchange took a practice to another country."""
    practice = make_practice(
        country="NPL",
        title="Cord care",
        beneficiaries_count=250_000,
        beneficiaries_note="Newborns from 2011 to 2014",
        adoptions=[{"country": "NGA", "year": 2014}, {"country": "ETH", "year": 2015}],
    )
    exchange = make_exchange(
        ExchangeStatus.RECORDED,
        providers=["NPL"],
        beneficiaries=["NGA"],
        practices=[practice],
        adoptions=Adoption.objects.filter(country="NGA"),
    )
    project = make_project(fund, countries=["NGA"], exchanges=[exchange], start_year=2014)
    make_contribution(project=project, country="IND", committed=1000)
    make_contribution(exchange=exchange, country="NPL", kind="expert_days", quantity=20)
    return project


def test_the_thread_leads_from_money_to_people(client, whole):
    found = thread.of_project(whole)

    assert [(one.country_id, one.committed) for one in found.contributions] == [("IND", Decimal("1000.00"))]
    (strand,) = found.exchanges
    assert [one.quantity for one in strand.contributions] == [Decimal("20.00")]
    assert [one.card.title for one in found.practices] == ["Cord care"]
    assert [one.country_id for one in found.adoptions] == ["NGA"]
    assert [(one.reached_count, one.reached_note) for one in found.reached] == [(250_000, "Newborns from 2011 to 2014")]


def test_one_page_and_one_call_tell_the_thread(client, whole):
    page = client.get(whole.get_absolute_url()).content.decode()
    answer = client.get(f"{PROJECTS}{whole.code}/thread/").json()

    for text in ("USD 1,000", "Cord care", "NGA-land", "250,000", "Newborns from 2011 to 2014", "not added up"):
        assert text in page
    (exchange,) = answer["exchanges"]
    (practice,) = exchange["practices"]
    assert answer["contributions"][0]["committed"] == "1000.00"
    assert exchange["contributions"][0]["quantity"] == "20.00"
    assert practice["reached"] == {"count": 250_000, "note": "Newborns from 2011 to 2014"}
    assert [one["country"] for one in practice["adoptions"]] == ["NGA"]


def test_figures_of_several_practices_are_not_added_up(client, whole):
    other = make_practice(country="NPL", title="Warm rooms", beneficiaries_count=50_000)
    whole.exchanges.get().practices.add(other)

    page = client.get(whole.get_absolute_url()).content.decode()

    assert "250,000" in page
    assert "50,000" in page
    assert "300,000" not in page


def test_the_thread_begins_at_an_exchange_as_well(whole):
    found = thread.of_exchange(whole.exchanges.get())

    assert found.projects == [whole]
    assert [one.card.title for one in found.practices] == ["Cord care"]


def test_the_thread_shows_nothing_that_the_public_may_not_read(client, whole):
    secret = make_exchange(ExchangeStatus.PROPOSED, title="A secret proposal")
    partners = make_exchange(ExchangeStatus.RUNNING, title="For partners alone", visibility="partners")
    whole.exchanges.add(secret, partners)
    make_contribution(exchange=partners, country="BRA", description="A quiet gift")
    retract(Practice.objects.get(), reason="Made up.")

    page = client.get(whole.get_absolute_url()).content.decode()
    answer = client.get(f"{PROJECTS}{whole.code}/thread/").content.decode()
    detail = client.get(f"{PROJECTS}{whole.code}/").content.decode()

    for text in ("A secret proposal", "For partners alone", "A quiet gift", "Cord care", secret.code, partners.code):
        assert text not in page
        assert text not in answer
        assert text not in detail


def test_the_thread_takes_a_fixed_number_of_queries(client, whole, django_assert_num_queries):
    thread.of_project(whole)  # names are kept
    with django_assert_num_queries(9):
        found = thread.of_project(whole)
    assert len(found.exchanges) == 1
    for title in ("Warm rooms", "Safe water"):
        practice = make_practice(country="NPL", title=title, adoptions=[{"country": "NGA"}])
        exchange = make_exchange(
            ExchangeStatus.RECORDED, practices=[practice], adoptions=practice.adoptions.all(), facilitators=["BRA"]
        )
        make_contribution(exchange=exchange, country="BRA")
        whole.exchanges.add(exchange)
    thread.of_project(whole)

    with django_assert_num_queries(9):
        found = thread.of_project(whole)
    assert len(found.exchanges) == 3


# Who maintains


def test_administrators_maintain_all_funds_and_members_their_own(administrator, member, fund):
    other = make_fund()

    services.edit(fund, by=member, revision=1, values={"note": "Ours"})
    services.edit(other, by=administrator, revision=1, values={"note": "Any"})

    fund.refresh_from_db()
    assert (fund.note, fund.revision, fund.updated_by) == ("Ours", 2, member)
    with pytest.raises(PermissionDenied):
        services.edit(other, by=member, revision=2, values={"note": "Theirs"})
    other.refresh_from_db()
    assert other.note == "Any"


def test_members_decide_neither_who_maintains_nor_what_was_verified(member, fund):
    for values in ({"organisation": make_organisation("Another")}, {"is_verified": True}):
        with pytest.raises(PermissionDenied):
            services.edit(fund, by=member, revision=1, values=values)
    assert "organisation" not in FundForm().fields
    assert "is_verified" in FundForm(for_administrator=True).fields


@pytest.mark.parametrize("role", [None, Role.OFFICER, Role.FOCAL_POINT, Role.CURATOR])
def test_nobody_else_writes_anything(client, fund, role):
    person = make_user(*([role] if role else []))
    call, contribution = make_call(fund), make_contribution(fund=fund)
    project = make_project(fund)
    client.force_login(person)
    pages = [
        reverse("assistance:new-fund"),
        reverse("assistance:edit-fund", args=[fund.slug]),
        reverse("assistance:new-call", args=[fund.slug]),
        reverse("assistance:edit-call", args=[fund.slug, call.pk]),
        reverse("assistance:new-project", args=[fund.slug]),
        reverse("assistance:edit-project", args=[fund.slug, project.code]),
        reverse("assistance:new-contribution", args=[fund.slug]),
        reverse("assistance:edit-contribution", args=[fund.slug, contribution.pk]),
    ]

    for page in pages:
        assert client.get(page).status_code == 403
        assert client.post(page, {"remove": "1"}).status_code == 403
    assert (Fund.objects.count(), Call.objects.count(), Contribution.objects.count()) == (1, 1, 1)
    assert "Maintain" not in client.get(fund.get_absolute_url()).content.decode()


def test_strangers_are_asked_to_sign_in(client, fund):
    response = client.get(reverse("assistance:edit-fund", args=[fund.slug]))

    assert response.status_code == 302
    assert "/accounts/login/" in response["Location"]


def test_rows_of_another_fund_are_missing_under_this_one(client, administrator, fund):
    call, project = make_call(), make_project()
    contribution = make_contribution()
    client.force_login(administrator)

    for page in (
        reverse("assistance:edit-call", args=[fund.slug, call.pk]),
        reverse("assistance:edit-project", args=[fund.slug, project.code]),
        reverse("assistance:edit-contribution", args=[fund.slug, contribution.pk]),
    ):
        assert client.get(page).status_code == 404


def test_a_gift_is_not_moved_to_a_project_of_another_fund(member, fund):
    values = {"kind": "cash", "country": make_country("BRA"), "project": make_project(), "committed": 1}
    with pytest.raises(ValidationError):
        services.add_contribution(member, form_key=uuid.uuid4(), values=values, fund=fund)
    assert not Contribution.objects.exists()


def test_parties_write_down_what_was_given_to_their_exchange(client):
    exchange = make_exchange(providers=["BGD"], beneficiaries=["PER"])
    officer, stranger = make_user(Role.OFFICER, country="PER"), make_user(Role.OFFICER, country="KEN")
    page = reverse("assistance:new-exchange-contribution", args=[exchange.code])

    client.force_login(stranger)
    assert client.post(page, cash()).status_code == 403
    assert not Contribution.objects.exists()
    client.force_login(officer)
    assert client.post(page, cash()).status_code == 302
    assert Contribution.objects.get().exchange == exchange


def test_what_sources_tell_of_a_recorded_exchange_is_not_changed_by_its_parties(client):
    exchange = make_exchange(ExchangeStatus.RECORDED, providers=["BGD"], beneficiaries=["PER"])
    contribution = make_contribution(exchange=exchange, country="BGD")
    client.force_login(make_user(Role.OFFICER, country="PER"))

    assert client.post(reverse("assistance:new-exchange-contribution", args=[exchange.code]), cash()).status_code == 403
    page = reverse("assistance:edit-exchange-contribution", args=[exchange.code, contribution.pk])
    assert client.post(page, {"remove": "1"}).status_code == 403
    assert Contribution.objects.count() == 1


# Writing


def test_an_administrator_adds_a_fund_and_everything_below_it(client, administrator):
    area = make_area("wash")
    make_country("KEN")
    client.force_login(administrator)

    def post(name, data, *args):
        response = client.post(reverse(f"assistance:{name}", args=args), {"form_key": uuid.uuid4(), **data})
        assert response.status_code == 302, response.context["form"].errors
        return response

    post(
        "new-fund",
        {
            "name": "Fund for water",
            "organisation": "A bank",
            "size": "1 000 000",
            "currency": "usd",
            "challenge_areas": [area.slug],
            "sources": "Report | A bank | 2025 | https://bank.example/report",
        },
    )
    fund = Fund.objects.get()
    post("new-call", {"title": "2027", "opens_on": "2027-01-01", "closes_on": "2027-03-31"}, fund.slug)
    post(
        "new-project", {"title": "Wells", "status": "running", "start_year": "2026", "countries": "Ken-land"}, fund.slug
    )
    project = Project.objects.get()
    post("new-contribution", cash(project=project.code), fund.slug)

    assert (fund.slug, fund.size, fund.currency, fund.organisation.name) == (
        "fund-for-water",
        Decimal("1000000.00"),
        "USD",
        "A bank",
    )
    assert fund.sources == [
        {"title": "Report", "publisher": "A bank", "year": 2025, "url": "https://bank.example/report"}
    ]
    assert fund.calls.get().title == "2027"
    assert project.code == "PR-2026-1"
    assert [country.pk for country in project.countries.all()] == ["KEN"]
    contribution = Contribution.objects.get()
    # What is for a project counts once: as the project's.
    assert (contribution.project, contribution.fund, contribution.recorded_by) == (project, None, administrator)


def test_a_form_sent_twice_makes_one_row(client, administrator, fund):
    client.force_login(administrator)
    page, data = reverse("assistance:new-contribution", args=[fund.slug]), cash()

    assert [client.post(page, data).status_code for _once in range(2)] == [302, 302]

    assert Contribution.objects.count() == 1


def test_a_form_without_its_key_is_missing(client, administrator, fund):
    client.force_login(administrator)
    page = reverse("assistance:new-contribution", args=[fund.slug])

    assert client.post(page, cash(form_key="x")).status_code == 404


@pytest.mark.parametrize("name", ["call", "contribution"])
def test_what_was_written_by_mistake_is_taken_back(client, member, fund, name):
    row = make_call(fund) if name == "call" else make_contribution(fund=fund)
    serial = public_serial()
    client.force_login(member)

    response = client.post(reverse(f"assistance:edit-{name}", args=[fund.slug, row.pk]), {"remove": "1"})

    assert response.status_code == 302
    assert not type(row).objects.exists()
    assert public_serial() > serial


def test_every_write_raises_the_public_serial(member, fund):
    serial = public_serial()
    services.edit(fund, by=member, revision=1, values={"note": "Changed"})
    edited = public_serial()
    call = services.add_call(
        fund,
        by=member,
        form_key=uuid.uuid4(),
        values={"title": "2027", "opens_on": datetime.date(2027, 1, 1), "closes_on": datetime.date(2027, 2, 1)},
    )

    assert serial < edited < public_serial()
    assert call.updated_by == member


def test_the_second_of_two_is_shown_what_the_first_saved(client, member, fund):
    client.force_login(member)
    page = reverse("assistance:edit-fund", args=[fund.slug])
    typed = {"name": fund.name, "eligibility": "Mine", "revision": "1"}
    services.edit(fund, by=member, revision=1, values={"eligibility": "Theirs"})

    response = client.post(page, typed)
    html = response.content.decode()

    assert response.status_code == 409
    assert "Mine" in html
    assert "Theirs" in html
    fund.refresh_from_db()
    assert fund.eligibility == "Theirs"
    # Having seen both, the revision that the page carries lets the save through.
    assert client.post(page, typed | {"revision": str(response.context["revision"])}).status_code == 302
    fund.refresh_from_db()
    assert (fund.eligibility, fund.revision) == ("Mine", 3)


def test_a_stale_save_of_any_row_is_refused(member, fund):
    rows = [make_call(fund), make_project(fund), make_contribution(fund=fund)]

    for row in rows:
        with pytest.raises(Stale):
            services.edit(row, by=member, revision=9, values={})


def test_a_row_that_is_gone_is_a_conflict(member, fund):
    call = make_call(fund)
    Call.objects.all().delete()

    with pytest.raises(TransitionError):
        services.edit(call, by=member, revision=1, values={"title": "Late"})


# Bad input


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({}, set()),
        ({"committed": "-1"}, {"committed"}),
        ({"currency": "XXQ"}, {"currency"}),
        ({"currency": ""}, {"currency"}),
        ({"disbursed": "1000.01"}, {"disbursed"}),
        ({"disbursed": "1000"}, set()),
        ({"committed": "", "currency": ""}, {"committed"}),
        ({"value_on": ""}, {"value_on"}),
        ({"value_on": "31.12.2026"}, {"value_on"}),
        ({"kind": "goods", "committed": "", "currency": "", "value_on": ""}, {"quantity"}),
        ({"kind": "goods", "committed": "", "currency": "", "value_on": "", "quantity": "3"}, set()),
        ({"kind": "goods", "committed": "", "currency": "USD", "quantity": "3"}, {"committed"}),
        ({"quantity": "-3"}, {"quantity"}),
        ({"organisation": "A bank"}, {"organisation"}),
        ({"country": ""}, {"organisation"}),
        ({"kind": "promises"}, {"kind"}),
        ({"committed": "1e400"}, {"committed"}),
        ({"committed": "NaN"}, {"committed"}),
        ({"committed": "99999999999999999999"}, {"committed"}),
    ],
)
def test_the_form_refuses_what_cannot_be(given, fields):
    assert refused(**given) == fields


@pytest.mark.parametrize(
    "facts",
    [
        {"committed": -1},
        {"committed": 10, "disbursed": 11},
        {"committed": None, "currency": "", "quantity": 3, "disbursed": 1},
        {"currency": "XXQ"},
        {"currency": ""},
        {"value_on": None},
        {"kind": "goods", "committed": None, "currency": ""},
    ],
)
def test_the_database_refuses_the_same(facts):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_contribution(**({"kind": "cash"} | facts))


def test_a_service_asks_before_the_database_is_asked(member, fund):
    values = {"kind": ContributionKind.CASH, "country": make_country("BRA"), "committed": Decimal(1), "currency": "USD"}
    wrong = values | {"value_on": datetime.date(2026, 1, 1), "disbursed": Decimal(2)}

    with pytest.raises(ValidationError):
        services.add_contribution(member, form_key=uuid.uuid4(), values=wrong, fund=fund)
    with pytest.raises(ValidationError):
        services.edit(fund, by=member, revision=1, values={"size": Decimal(-1), "currency": "USD"})

    fund.refresh_from_db()
    assert (fund.revision, fund.size) == (1, None)


def test_a_refused_form_keeps_what_was_typed(client, member, fund):
    client.force_login(member)
    page = reverse("assistance:edit-fund", args=[fund.slug])

    response = client.post(page, {"name": "Renamed", "size": "-5", "currency": "USD", "revision": "1"})

    assert response.status_code == 422
    assert 'value="Renamed"' in response.content.decode()
    assert "An amount is 0 or more" in response.content.decode()
    fund.refresh_from_db()
    assert fund.name == "Fund of the bank"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"title": "T", "opens_on": "2027-02-01", "closes_on": "2027-01-01"}, "closes_on"),
        ({"title": "T", "opens_on": "2027-02-30", "closes_on": "2027-03-01"}, "opens_on"),
        ({"title": "T", "opens_on": "2027-01-01", "closes_on": "2027-03-01", "amount": "5"}, "currency"),
        ({"title": "T", "opens_on": "2027-01-01", "closes_on": "2027-03-01", "regions": "MOON"}, "regions"),
        ({"title": "T", "opens_on": "2027-01-01", "closes_on": "2027-03-01", "link": "javascript:x"}, "link"),
    ],
)
def test_a_call_that_cannot_be_is_refused(client, member, fund, data, field):
    client.force_login(member)

    response = client.post(reverse("assistance:new-call", args=[fund.slug]), data | {"form_key": uuid.uuid4()})

    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not Call.objects.exists()


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"start_year": ""}, "start_year"),
        ({"start_year": "2020", "end_year": "2019"}, "end_year"),
        ({"countries": "Atlantis"}, "countries"),
        ({"exchanges": "EX-1999-1"}, "exchanges"),
        ({"amount": "5", "currency": "dollars"}, "currency"),
        ({"sources": "Only a title | x | soon"}, "sources"),
    ],
)
def test_a_project_that_cannot_be_is_refused(client, member, fund, data, field):
    client.force_login(member)
    given = {"title": "T", "status": "running", "start_year": "2020", "form_key": uuid.uuid4()} | data

    response = client.post(reverse("assistance:new-project", args=[fund.slug]), given)

    assert response.status_code == 422
    assert set(response.context["form"].errors) == {field}
    assert not Project.objects.exists()


def test_sources_are_read_back_as_they_were_written():
    sources = [
        {"title": "Report", "publisher": "A bank", "year": 2025, "url": "https://bank.example/r"},
        {"title": "A speech", "publisher": "", "year": None, "url": ""},
    ]
    field = SourcesField()

    assert field.clean(field.prepare_value(sources)) == sources
    assert field.clean("A speech") == sources[1:]


# The desk


def test_the_desk_looks_at_what_is_public_and_changes_nothing(client, fund):
    client.force_login(User.objects.create_superuser("root@example.org", "a long enough pass phrase", name="Root"))
    make_call(fund)
    make_project(fund)
    make_contribution(fund=fund)
    make_offer(OfferStatus.DRAFT, title="An offer nobody sent")
    make_exchange(ExchangeStatus.PROPOSED, title="A proposal nobody signed")
    make_exchange(ExchangeStatus.RECORDED, title="An exchange that took place")

    for name in ("fund", "call", "project", "contribution", "offer", "need", "exchange", "impactfigure"):
        address = f"/desk/exchanges/{name}/"
        page = client.get(address)
        assert page.status_code == 200
        assert client.get(f"{address}add/").status_code == 403
        assert "nobody s" not in page.content.decode()
    assert "An exchange that took place" in client.get("/desk/exchanges/exchange/").content.decode()
    change = f"/desk/exchanges/fund/{fund.pk}/change/"
    assert client.get(change).status_code == 200
    assert client.post(change, {"name": "Other"}).status_code == 403
    fund.refresh_from_db()
    assert fund.name == "Fund of the bank"
