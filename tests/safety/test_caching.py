"""What caches may keep: what anonymous readers got, under a tag that changes with what is public; nothing else."""

import datetime
import uuid

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from accounts.models import Organisation
from exchanges.models import BudgetLine, Milestone
from exchanges.workflow import exchanges, matches, needs, offers, rows
from practices.serial import public_serial, raise_public_serial
from tests.exchanges_make import make_need
from tests.make import make_area, make_country, make_organisation
from tests.people import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.safety.failing_urls")]


@pytest.fixture
def member():
    client = Client(raise_request_exception=False)
    client.force_login(get_user_model().objects.create_user("amina@example.org", name="Amina"))
    return client


def vary(answer):
    return {name.strip() for name in answer["Vary"].split(",")}


@pytest.mark.parametrize("address", ["/about/", "/fr/about/", "/ar/about/?x=1", "/developers/problems/"])
def test_everybody_may_keep_a_page_that_a_visitor_got(visitor, address):
    answer = visitor.get(address)

    assert answer.status_code == 200
    assert answer["Cache-Control"] == "public, max-age=5"
    assert answer["ETag"].startswith('W/"')
    assert vary(answer) == {"Cookie", "HX-Request", "HX-History-Restore-Request"}
    assert not answer.cookies


def test_an_unchanged_page_is_not_made_again(visitor):
    tag = visitor.get("/about/")["ETag"]

    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = visitor.get("/about/", headers={"If-None-Match": tag})

    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)
    assert answer["Cache-Control"] == "public, max-age=5"
    assert vary(answer) == {"Cookie", "HX-Request", "HX-History-Restore-Request"}
    assert len(queries) == 1  # the public serial


@pytest.mark.parametrize("asked", ['"other", {tag}', "{strong}", 'W/"a",{tag},W/"b"'])
def test_any_of_several_tags_may_match(visitor, asked):
    tag = visitor.get("/about/")["ETag"]

    asked = asked.format(tag=tag, strong=tag.removeprefix("W/"))

    assert visitor.get("/about/", headers={"If-None-Match": asked}).status_code == 304


@pytest.mark.parametrize("asked", ["*", "", "garbage", 'W/"', '"0123456789abcdef0123456789abcdef"', '"' + "x" * 5000])
def test_another_tag_gets_the_page(visitor, asked):
    assert visitor.get("/about/", headers={"If-None-Match": asked}).status_code == 200


def test_the_tag_changes_when_something_public_changes(visitor):
    before = visitor.get("/about/")["ETag"]
    raise_public_serial()

    answer = visitor.get("/about/", headers={"If-None-Match": before})

    assert answer.status_code == 200
    assert answer["ETag"] != before


def test_a_renamed_organisation_is_something_public(visitor):
    organisation = make_organisation()
    before = public_serial()

    organisation.name = "Ministry of Health and Family"
    organisation.save()

    assert public_serial() == before + 1
    Organisation.objects.create(slug="new", name="Not on any page yet")
    assert public_serial() == before + 1


def test_each_question_has_a_tag_of_its_own(visitor):
    answers = [
        visitor.get("/about/"),
        visitor.get("/fr/about/"),
        visitor.get("/about/?q=a"),
        visitor.get("/about/?q=b"),
        visitor.get("/about/", headers={"HX-Request": "true"}),
        visitor.get("/about/", headers={"Host": "localhost"}),
        visitor.get("/privacy/"),
    ]

    assert len({answer["ETag"] for answer in answers}) == len(answers)


def test_a_page_is_the_same_for_every_browser_and_cookie_but_the_session(visitor):
    plain = visitor.get("/about/")
    visitor.cookies["theme"] = "dark"
    visitor.cookies["django_language"] = "fr"

    answer = visitor.get("/about/", headers={"Accept-Language": "ar", "User-Agent": "Another"})

    assert answer["ETag"] == plain["ETag"]
    assert answer.content == plain.content


def test_a_head_request_is_told_what_a_get_would_be(visitor):
    get, head = visitor.get("/about/"), visitor.head("/about/")

    assert head.content == b""
    assert [head[name] for name in ("ETag", "Cache-Control")] == [get[name] for name in ("ETag", "Cache-Control")]


def test_nobody_keeps_what_a_signed_in_person_got(visitor, member):
    tag = visitor.get("/about/")["ETag"]

    answer = member.get("/about/", headers={"If-None-Match": tag})

    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
    assert "ETag" not in answer
    assert "Amina" in answer.content.decode()
    assert "Amina" not in visitor.get("/about/").content.decode()


def test_nobody_keeps_what_came_with_a_session_that_has_ended(visitor):
    visitor.cookies["sessionid"] = "ended-long-ago-and-forgotten"

    answer = visitor.get("/about/")

    assert answer["Cache-Control"] == "private, no-store"
    assert "ETag" not in answer


def test_nobody_keeps_what_came_with_credentials(visitor):
    answer = visitor.get("/about/", headers={"Authorization": "Bearer something"})

    assert (answer["Cache-Control"], answer.has_header("ETag")) == ("private, no-store", False)


@pytest.mark.parametrize(
    "address",
    ["/no/such/page/", "/fail/bug/", "/fail/busy/", "/fail/forbidden/", "/about/?q=%00", "/api/v1/nothing/", "/desk/"],
)
def test_nobody_keeps_a_failure_or_a_way_to_sign_in(visitor, address):
    answer = visitor.get(address, headers={"If-None-Match": "*"})

    assert answer.status_code not in {200, 304}
    assert "no-store" in answer["Cache-Control"]
    assert "ETag" not in answer


@pytest.mark.parametrize("address", ["/accounts/login/", "/fail/cookie/", "/healthz", "/readyz"])
def test_nobody_keeps_what_belongs_to_one_reader_or_one_moment(visitor, address):
    answer = visitor.get(address)

    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert "ETag" not in answer


def test_nobody_keeps_the_answer_to_a_form(visitor):
    answer = visitor.post("/accounts/login/", {"login": "a@example.org", "password": "x"})

    assert "no-store" in answer["Cache-Control"]


def test_a_moved_address_may_be_kept_for_a_minute(visitor):
    answer = visitor.get("/about")

    assert (answer.status_code, answer["Location"]) == (301, "/about/")
    assert answer["Cache-Control"] == "public, max-age=5"


def test_a_view_that_states_how_long_keeps_its_word(visitor):
    assert visitor.get("/.well-known/security.txt")["Cache-Control"] == "public, max-age=86400"


def test_an_answer_for_programs_depends_on_format_and_language(visitor):
    def ask(**headers):
        return visitor.get("/api/fail/echo/", headers=headers)

    answers = [ask(), ask(Accept="application/json"), ask(**{"Accept-Language": "fr"})]

    assert len({answer["ETag"] for answer in answers}) == 3
    assert {"Cookie", "Accept", "Accept-Language"} <= vary(answers[0])
    assert answers[2]["Content-Language"] == "fr"
    assert ask(**{"Accept-Language": "fr-CA, en;q=0.5"})["ETag"] == answers[2]["ETag"]


# What countries do together


ADDRESSES = [
    "/exchanges/", "/exchanges/offers/", "/fr/exchanges/needs/", "/exchanges/calendar.ics", "/countries/COL/",
    "/impact/", "/funds/", "/api/v1/offers/", "/api/v1/exchanges/?format=csv", "/api/v1/impact/figures/",
    "/impact/funnel.csv", "/sitemap.xml",
]  # fmt: skip
DAY = datetime.date(2027, 1, 10)


@pytest.fixture
def officer():
    return make_user(Role.OFFICER, country="COL")


@pytest.fixture
def other():
    return make_user(Role.OFFICER, country="PER")


def tags_of(visitor):
    return {address: visitor.get(address)["ETag"] for address in ADDRESSES}


def kept(visitor, tags):
    """The addresses whose answer a cache may go on giving out."""
    return [one for one, tag in tags.items() if visitor.get(one, headers={"If-None-Match": tag}).status_code == 304]


def write_offer(officer):
    values = {"title": "Milk banks, first hand", "summary": "A visit.", "challenge_areas": [make_area()]}
    values |= {"modalities": ["study_visit"], "languages": ["es"]}
    return offers.start(officer, make_country("COL"), form_key=uuid.uuid4(), values=values)


def propose(officer):
    sides = [
        {"country": make_country("COL"), "role": "provider"},
        {"country": make_country("PER"), "role": "beneficiary"},
    ]
    values = {"title": "A milk bank in Lima", "objective": "One.", "outputs": "Two.", "cost_share": "Three."}
    values |= {"starts_on": DAY, "ends_on": DAY}
    return exchanges.propose(officer, form_key=uuid.uuid4(), values=values, parties=sides)


def sign(exchange, by, iso3):
    party = exchange.parties.get(country=iso3)
    return exchanges.sign(exchange, by=by, party=party, revision=exchange.agreement_revision)


def test_what_is_written_in_private_leaves_every_public_answer_as_it_is(visitor, officer, other):
    need = make_need(country="PER", lead=other)
    broker = make_user(Role.CURATOR)
    tags = tags_of(visitor)

    offer = write_offer(officer)
    offers.edit(offer, by=officer, revision=1, values={"title": "Milk banks, second thought"})
    draft = needs.start(officer, make_country("COL"), form_key=uuid.uuid4(), values={"title": "Not for you"})
    needs.withdraw(draft, by=officer, note="It was solved.")
    matches.propose(need, make_country("COL"), by=broker, note="They know how.")
    exchange = propose(officer)
    rows.save_row(Milestone(exchange=exchange, title="Begun", due_on=DAY), by=other)
    exchange = exchanges.edit_agreement(exchange, by=other, revision=1, values={"objective": "One and a half."})
    exchange = sign(exchange, officer, "COL")
    exchanges.post(exchange, by=other, text="Nearly there.")

    assert kept(visitor, tags) == ADDRESSES


def test_an_offer_that_is_opened_changes_every_public_answer(visitor, officer):
    offer = write_offer(officer)
    tags = tags_of(visitor)
    assert "Milk banks" not in visitor.get("/exchanges/offers/").content.decode()

    offers.send(offer, by=officer)

    assert kept(visitor, tags) == []
    assert "Milk banks" in visitor.get("/exchanges/offers/").content.decode()
    assert visitor.get("/api/v1/offers/", headers={"If-None-Match": tags["/api/v1/offers/"]}).json()["count"] == 1


def test_the_last_signature_changes_every_public_answer_and_what_the_parties_keep_to_themselves_does_not(
    visitor, officer, other
):
    exchange = sign(propose(officer), officer, "COL")
    tags = tags_of(visitor)

    exchange = sign(exchange, other, "PER")

    assert kept(visitor, tags) == []
    assert "A milk bank in Lima" in visitor.get("/exchanges/").content.decode()
    tags = tags_of(visitor)
    exchanges.post(exchange, by=other, text="Among ourselves.")
    line = {"party": exchange.parties.first(), "kind": "cash", "planned": 100, "currency": "USD"}
    line = rows.save_row(BudgetLine(exchange=exchange, description="Flights", **line), by=officer)
    rows.remove_row(line, by=officer)
    assert kept(visitor, tags) == ADDRESSES
    rows.save_row(Milestone(exchange=exchange, title="Begun", due_on=DAY), by=officer)
    assert kept(visitor, tags) == []


def test_lang_decides_before_the_browser_does(visitor):
    answer = visitor.get("/api/fail/echo/?lang=pt", headers={"Accept-Language": "fr"})

    assert answer["Content-Language"] == "pt"
