"""The public pages of exchanges, offers and needs: what one finds, reads and is led to, and what stays hidden."""

import re
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from exchanges.enums import ExchangeStatus, NeedStatus, OfferStatus
from exchanges.models import Activity, Attendance, Document, Exchange, FollowUp, Message, Milestone, Party
from exchanges.stages import stages
from practices.publication import retract
from tests.exchanges_make import (
    make_contribution,
    make_exchange,
    make_fund,
    make_match,
    make_need,
    make_offer,
    make_project,
)
from tests.make import make_area, make_country, make_organisation, make_practice
from tests.people import make_user

pytestmark = pytest.mark.django_db

LISTS = {"exchange": "/exchanges/", "offer": "/exchanges/offers/", "need": "/exchanges/needs/"}
MAKE = {"exchange": make_exchange, "offer": make_offer, "need": make_need}


def text_of(response):
    """The words of a page as a reader sees them, white space made one."""
    body = re.sub(r"<(script|style|title)\b.*?</\1>", " ", response.content.decode(), flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def cards_of(response):
    """The codes of the rows of a list, in their order."""
    pattern = r'<article class="panel mcard.*?<h3><a href="/exchanges/(?:offers/|needs/)?([^/]+)/"'
    return re.findall(pattern, response.content.decode(), re.S)


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


# Lists


def test_the_lists_count_what_there_is_and_show_the_newest_first(client):
    recorded = make_exchange("recorded")
    running = make_exchange("running")
    make_exchange("closed", visibility="partners")
    offer, need = make_offer(), make_need()

    page = client.get("/exchanges/")

    assert cards_of(page) == [recorded.code, running.code]  # the other one was agreed some time ago
    assert "1 exchange is under way. 1 exchange that took place elsewhere is recorded" in text_of(page)
    tabs = re.findall(
        r'<li><a href="([^"]+)"( aria-current="page")?>[^<]+<span class="n num">(\d+)</span>', page.content.decode()
    )
    assert tabs == [
        ("/exchanges/offers/", "", "1"),
        ("/exchanges/needs/", "", "1"),
        ("/exchanges/", ' aria-current="page"', "2"),
        ("/exchanges/?status=under_way", "", "1"),
        ("/exchanges/?status=completed", "", "0"),
        ("/exchanges/?status=recorded", "", "1"),
    ]
    assert cards_of(client.get("/exchanges/offers/")) == [offer.code]
    assert cards_of(client.get("/exchanges/needs/")) == [need.code]


def test_filters_narrow_the_list_and_stay_when_the_form_is_sent_again(client):
    make_area("wash")
    milk = make_exchange(areas=["newborn-health"])
    make_exchange(areas=["wash"])

    page = client.get("/exchanges/", {"area": "newborn-health", "status": "under_way", "country": ["PER", "BGD"]})

    html = page.content.decode()
    assert cards_of(page) == [milk.code]
    assert '<option value="newborn-health" selected>' in html
    assert '<option value="wash" disabled>' not in html  # it would find something, were it chosen instead
    assert '<input type="hidden" name="status" value="under_way">' in html
    assert html.count('<input type="hidden" name="country"') == 1
    assert 'aria-label="Remove filter: Under way"' in html


def test_an_empty_list_says_what_to_drop_or_what_to_do(client):
    make_exchange(areas=["wash"])
    make_area("climate")

    assert "Drop Climate 1" in text_of(client.get("/exchanges/", {"area": "climate"}))
    assert "No offer is open" in text_of(client.get("/exchanges/offers/"))
    assert "No request is open" in text_of(client.get("/exchanges/needs/"))


def test_what_is_not_understood_is_left_out_with_a_notice(client):
    exchange = make_exchange()

    page = client.get("/exchanges/?colour=red&area=space&page=zero")

    assert page.status_code == 200
    assert cards_of(page) == [exchange.code]
    assert page.content.decode().count("note-warn") == 3


def test_the_stages_tell_how_many_stand_there_and_how_long_it_took():
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for days in (10, 20, 90):
        make_exchange("running", began_at=at, days_per_stage=days)
    make_exchange("agreed", began_at=at, days_per_stage=2)
    make_exchange("recorded")

    told = {
        stage.value: (stage.count, stage.passed_count, stage.median_days) for stage in stages(Exchange.objects.live())
    }

    assert told == {
        "proposed": (0, 4, 15),
        "agreed": (1, 3, 20),
        "preparing": (0, 3, 20),
        "running": (3, 0, None),
    }
    assert stages(Exchange.objects.filter(status="recorded")) == []
    assert stages(Exchange.objects.none()) == []


def test_the_figures_follow_the_filters(client):
    make_exchange("running", areas=["wash"])
    make_exchange("running", areas=["nutrition"])

    page = text_of(client.get("/exchanges/", {"area": "wash"}))

    assert "Running 1" in page
    assert "Median: 10 days (1 exchange went on)" in page


def test_matches_that_wait_for_the_reader_stand_on_top():
    need = make_need(country="PER", title="Iron in the mountains")
    make_match(need, "BGD", offer=make_offer(country="BGD", title="Iron from mothers’ groups"))
    make_match(make_need(country="PER", title="Answered already"), "BGD", country_answer="accepted")

    reader = signed_in(make_user(Role.OFFICER, country="BGD")).get("/exchanges/needs/")
    other = signed_in(make_user(Role.OFFICER, country="KEN")).get("/exchanges/needs/")

    assert "Matches for BGD-land" in text_of(reader)
    assert "BGD-land offers Iron from mothers’ groups PER-land asks Iron in the mountains" in text_of(reader)
    assert "Answered already" not in text_of(reader).partition("Kinds and stages")[0].partition("Offers")[0]
    assert "Matches for" not in text_of(other)


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_takes_as_many_queries_for_three_rows_as_for_one(client, kind):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(LISTS[kind]).status_code == 200
        return len(captured)

    MAKE[kind]()
    queries()  # the names behind codes are kept from now on
    one = queries()
    MAKE[kind]()
    MAKE[kind]()
    assert queries() == one


# Who reads what


@pytest.mark.parametrize("status", OfferStatus.values)
def test_an_offer_is_read_by_all_once_it_was_opened(client, status):
    offer = make_offer(status, title="Secret until opened")
    was_opened = status not in {"draft", "endorsement"}

    assert client.get(offer.get_absolute_url()).status_code == (200 if was_opened else 404)
    assert (offer.code in cards_of(client.get("/exchanges/offers/"))) == (status == "open")
    assert ("Secret until opened" in text_of(client.get("/exchanges/offers/?q=secret"))) == (status == "open")


@pytest.mark.parametrize("status", NeedStatus.values)
def test_a_need_is_read_by_all_once_it_was_opened(client, status):
    need = make_need(status, title="Secret until opened")
    was_opened = status not in {"draft", "endorsement"}

    assert client.get(need.get_absolute_url()).status_code == (200 if was_opened else 404)
    assert (need.code in cards_of(client.get("/exchanges/needs/"))) == (status in {"open", "matched"})


@pytest.mark.parametrize("status", ExchangeStatus.values)
def test_an_exchange_is_read_by_all_once_it_was_agreed(client, status):
    exchange = make_exchange(status)
    was_agreed = status not in {"proposed", "declined"}

    assert client.get(exchange.get_absolute_url()).status_code == (200 if was_agreed else 404)
    assert (exchange.code in cards_of(client.get("/exchanges/"))) == was_agreed


@pytest.mark.parametrize("kind", LISTS)
def test_what_is_for_partners_is_read_by_those_with_a_role(client, kind):
    row = MAKE[kind](visibility="partners")
    partner, nobody = signed_in(make_user(Role.OFFICER, country="KEN")), signed_in(make_user())

    for reader, status in ((client, 404), (nobody, 404), (partner, 200)):
        assert reader.get(row.get_absolute_url()).status_code == status
        assert (row.code in cards_of(reader.get(LISTS[kind]))) == (status == 200)


def test_a_proposal_is_read_by_its_parties_and_curators_only():
    exchange = make_exchange("proposed", providers=["BGD"], beneficiaries=["PER"])

    for reader, status in (
        (make_user(Role.OFFICER, country="PER"), 200),
        (make_user(Role.CURATOR), 200),
        (make_user(Role.OFFICER, country="KEN"), 404),
    ):
        page = signed_in(reader).get(exchange.get_absolute_url())
        assert page.status_code == status
        assert exchange.code not in cards_of(signed_in(reader).get("/exchanges/"))
    assert "not agreed yet" in text_of(signed_in(make_user(Role.CURATOR)).get(exchange.get_absolute_url()))


def test_anonymous_pages_can_be_kept_and_those_of_people_cannot(client):
    exchange = make_exchange()

    for address in (*LISTS.values(), exchange.get_absolute_url(), f"/exchanges/{exchange.code}/calendar.ics"):
        response = client.get(address)
        assert response["Cache-Control"] == "public, max-age=5"
        assert client.get(address, headers={"If-None-Match": response["ETag"]}).status_code == 304
        assert signed_in(make_user(Role.OFFICER)).get(address)["Cache-Control"] == "private, no-store"


# One offer, one need


def test_an_offer_tells_all_and_leads_to_asking_for_it(client):
    practice = make_practice(title="Milk banks")
    offer = make_offer(
        country="COL",
        title="Milk banks for others",
        summary="We show how.",
        conditions="Travel is paid by the guest.",
        capacity_count=2,
        regions=["LAC"],
        practices=[practice],
        expires_on=date(2027, 5, 4),
    )

    page = client.get(offer.get_absolute_url())

    text = text_of(page)
    for words in (
        "COL-land offers",
        "We show how.",
        "Travel is paid by the guest.",
        "Open until 4 May 2027",
        "Milk banks",
        "Latin America and the Caribbean",
        "Study visit",
        offer.code,
    ):
        assert words in text
    assert (
        '<a class="btn btn-accent" href="/workspace/needs/new/?practice=milk-banks">Ask for this</a>'
        in page.content.decode()
    )
    assert client.get("/workspace/needs/new/?practice=milk-banks").url.startswith("/accounts/login/")


def test_a_need_tells_who_joined_and_who_can_help(client):
    need = make_need(country="PER", joined=["COL"], title="Iron", outcome="Less anaemia")
    make_match(need, "BGD", country_answer="accepted")
    make_match(need, "VNM")
    exchange = make_exchange(need=need)
    make_exchange("proposed", need=need, title="Not agreed")

    page = client.get(need.get_absolute_url())

    text = text_of(page)
    for words in ("PER-land asks", "Country that joined COL-land", "Countries that can help 1", "Less anaemia"):
        assert words in text
    assert f'<a class="btn btn-accent" href="/workspace/needs/{need.code}/">We can help</a>' in page.content.decode()
    assert cards_of(page) == [exchange.code]
    assert "Not agreed" not in text


@pytest.mark.parametrize(
    ("make", "status", "words"),
    [
        (make_offer, "closed", "This offer is over: the country closed it."),
        (make_offer, "expired", "This offer is over: its last day has passed."),
        (make_offer, "paused", "This offer is paused"),
        (make_need, "matched", "An exchange has been made of this request."),
        (make_need, "closed", "This request is over: it has been closed."),
        (make_need, "withdrawn", "This request is over: the country took it back."),
    ],
)
def test_what_is_over_says_so_and_leads_on(client, make, status, words):
    text = text_of(client.get(make(status).get_absolute_url()))

    assert words in text
    assert "We can help" not in text
    assert "Ask for this" not in text


def test_people_of_the_country_are_led_to_their_working_page():
    officer = signed_in(make_user(Role.OFFICER, country="PER"))
    need, offer = make_need(country="PER"), make_offer(country="PER")

    assert f'href="/workspace/needs/{need.code}/"' in officer.get(need.get_absolute_url()).content.decode()
    assert f'href="/workspace/offers/{offer.code}/"' in officer.get(offer.get_absolute_url()).content.decode()


def test_a_practice_that_was_retracted_is_not_named(client):
    practice = make_practice(title="Made up")
    offer, need = make_offer(practices=[practice]), make_need(practice=practice)
    exchange = make_exchange(practices=[practice])
    retract(practice, reason="Made up.")

    for row in (offer, need, exchange):
        page = client.get(row.get_absolute_url())
        assert page.status_code == 200
        assert "made-up" not in page.content.decode()


# One exchange


@pytest.fixture
def exchange():
    """An exchange that is under way, with something public in every place and something private in others."""
    practice = make_practice(
        title="Milk banks", adoptions=[{"country": "PER", "year": 2024, "result": "Fewer infections"}]
    )
    exchange = make_exchange(
        "running",
        title="Human milk in Lima",
        providers=["COL"],
        beneficiaries=["PER"],
        facilitators=[make_organisation("An agency")],
        practices=[practice],
        adoptions=[practice.adoptions.get()],
        objective="Fewer newborns die.",
        cost_share="PRIVATE shares",
        languages=["es"],
        starts_on=date(2026, 1, 8),
        ends_on=date(2027, 5, 31),
        start_year=2026,
        end_year=2027,
        amount=310000,
        currency="USD",
    )
    visit = Activity.objects.create(
        exchange=exchange,
        title="Six nurses trained",
        modality="study_visit",
        starts_on=date(2026, 3, 2),
        ends_on=date(2026, 3, 20),
        place="Bogotá",
        country=make_country("COL"),
        note="PRIVATE note",
    )
    for institution in ("One", "Two"):
        Attendance.objects.create(activity=visit, institution=institution, women_count=3, men_count=1)
    for number, status in enumerate(("done", "at_risk", "planned"), start=1):
        Milestone.objects.create(
            exchange=exchange,
            title=f"Milestone {number}",
            due_on=date(2026, number, 1),
            status=status,
            done_on=date(2026, 1, 3) if status == "done" else None,
            note="PRIVATE note",
        )
    person = make_user()
    Message.objects.create(exchange=exchange, author=person, text="PRIVATE message")
    for title, is_public in (("A public report", True), ("PRIVATE report", False)):
        Document.objects.create(
            exchange=exchange, title=title, url="https://example.org/", is_public=is_public, added_by=person
        )
    make_project(make_fund("A fund for children"), title="The project that pays", exchanges=[exchange])
    make_contribution(exchange=exchange, country="KEN", committed=2500, currency="KES")
    return exchange


def test_an_exchange_tells_who_helps_whom_and_where_it_stands(client, exchange):
    page = client.get(exchange.get_absolute_url())

    text = text_of(page)
    for words in (
        "Gives COL-land Receives PER-land Facilitates An agency",
        "Proposed Agreed Preparing Running Reporting Closed Followed up",
        "Stage 4 of 7: Running",
        "1 of 3 done. The next is due on 1 February 2026.",
        "3 January 2026 Milestone 1 1 February 2026 Milestone 2 At risk",
        "2 March 2026 to 20 March 2026 Bogotá , COL-land Women: 6. Men: 2. Sex not recorded: 0.",
        "8 January 2026 to 31 May 2027",
        "USD 310,000",
        "The project that pays A fund for children",
        "KEN-land Cash: KES 2,500",
        "A public report English",
        "PER-land, 2024 Fewer infections",
        "Agreed by all sides",
    ):
        assert words in text
    assert "PRIVATE" not in page.content.decode()
    assert f'href="/exchanges/{exchange.code}/calendar.ics"' in page.content.decode()
    assert "working page" not in text


def test_parties_are_led_to_their_working_page(exchange):
    page = signed_in(make_user(Role.OFFICER, country="PER")).get(exchange.get_absolute_url())

    assert f'href="/workspace/exchanges/{exchange.code}/"' in page.content.decode()
    assert "PRIVATE" not in page.content.decode()


def test_what_took_place_elsewhere_says_so_with_its_sources(client):
    exchange = make_exchange(
        "recorded",
        amount_text="US$ 8 million (US$ 1 million per country)",
        amount=8_000_000,
        currency="USD",
        start_year=2018,
        outcome="Equipment for 159 facilities.",
        sources=[{"title": "A report", "publisher": "An agency", "year": 2020, "url": "https://example.org/report"}],
    )

    page = client.get(exchange.get_absolute_url())

    text = text_of(page)
    assert "This exchange took place outside the portal." in text
    assert "Amount USD 8,000,000" in text
    assert "US$ 8 million (US$ 1 million per country)" in text
    assert '<a href="https://example.org/report" rel="external">A report</a>' in page.content.decode()
    assert "Equipment for 159 facilities." in text
    assert "wiz" not in page.content.decode()
    assert "calendar.ics" not in page.content.decode()


def test_roles_that_change_with_the_phase_are_told(client, exchange):
    Party.objects.create(
        exchange=exchange, country=make_country("BGD"), role="facilitator", phase="preparing", position=9
    )

    assert "Roles by phase Preparation BGD-land : Facilitator" in text_of(client.get(exchange.get_absolute_url()))


def test_what_ended_tells_lessons_reasons_and_what_is_left(client):
    closed = make_exchange("followed_up", lessons="Begin with the nurses.")
    FollowUp.objects.create(
        exchange=closed,
        days=30,
        due_on=date(2026, 5, 1),
        outcome="in_use",
        note="PRIVATE note",
        done_at=datetime(2026, 5, 2, tzinfo=UTC),
    )
    FollowUp.objects.create(exchange=closed, days=90, due_on=date(2026, 8, 1))
    cancelled = make_exchange("cancelled", ending_note="The road was lost.")

    text = text_of(client.get(closed.get_absolute_url()))
    assert "Begin with the nurses." in text
    assert "30 days after the end What was learnt is in use" in text
    assert "90 days" not in text
    assert "PRIVATE" not in text
    assert "Why it ended The road was lost." in text_of(client.get(cancelled.get_absolute_url()))


def test_an_exchange_takes_as_many_queries_with_many_rows_as_with_one(client):
    def queries(exchange):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(exchange.get_absolute_url()).status_code == 200
        return len(captured)

    def filled(count):
        practices = [make_practice(adoptions=[{"country": "PER"}]) for _number in range(count)]
        exchange = make_exchange(
            beneficiaries=["PER", "KEN", "SEN"][:count],
            facilitators=[make_organisation(f"Agency {number}") for number in range(count)],
            practices=practices,
            adoptions=[practice.adoptions.get() for practice in practices],
        )
        for number in range(count):
            Milestone.objects.create(exchange=exchange, title="One more", due_on=date(2026, 1, 1))
            day = date(2026, 1, 1)
            visit = Activity.objects.create(
                exchange=exchange,
                title="Visit",
                modality="twinning",
                starts_on=day,
                ends_on=day,
                country=make_country("COL"),
            )
            Attendance.objects.create(activity=visit, institution=f"Institution {number}", women_count=1)
            make_project(exchanges=[exchange])
            make_contribution(exchange=exchange, country="KEN")
        return exchange

    one, three = filled(1), filled(3)
    queries(one)  # the names behind codes are kept from now on
    assert queries(one) == queries(three)


@pytest.mark.parametrize("language", ["fr", "es", "pt", "ar"])
def test_every_page_exists_in_every_language(client, exchange, language):
    offer, need = make_offer(), make_need()

    for row in (*LISTS.values(), exchange.get_absolute_url(), offer.get_absolute_url(), need.get_absolute_url()):
        assert client.get(f"/{language}{row}").status_code == 200


def test_there_is_nothing_at_other_codes(client):
    for address in (
        "/exchanges/EX-1999-1/",
        "/exchanges/offers/OF-1999-1/",
        "/exchanges/needs/x/",
        "/exchanges/x/calendar.ics",
    ):
        assert client.get(address).status_code == 404
