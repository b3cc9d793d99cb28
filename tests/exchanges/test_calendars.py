"""What exchanges plan, as calendar programs read it: of public ones for everybody, of one's own by a secret address."""

from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Membership
from exchanges.calendars import end_address, folded, make_address, text, write
from exchanges.models import Activity, CalendarAddress, Commitment, FollowUp, Milestone
from tests.exchanges_make import make_exchange
from tests.make import make_country
from tests.people import make_user

pytestmark = pytest.mark.django_db
MADE = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
# The serial, the address with its person, their roles, and the four kinds of what is planned.
OF_OWN_CALENDAR = 7


@pytest.fixture(autouse=True)
def at_home(settings):
    settings.SITE_URL = "http://portal.example"


def lines_of(response):
    """The content lines of a calendar, unfolded."""
    assert response.status_code == 200
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    content = response.content.decode()
    assert content.endswith("END:VCALENDAR\r\n")
    assert "\n" not in content.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in content.split("\r\n"))
    return content.replace("\r\n ", "").split("\r\n")[:-1]


def test_activities_and_milestones_stand_in_the_calendar_of_their_exchange(client):
    exchange = make_exchange(title="Milk; banks, and more")
    visit = Activity.objects.create(
        exchange=exchange,
        title="Visit",
        modality="study_visit",
        starts_on=date(2026, 5, 4),
        ends_on=date(2026, 5, 8),
        place="Dhaka, Shishu Hospital",
        country=make_country("BGD"),
        note="For the parties only",
        created_at=MADE,
    )
    milestone = Milestone.objects.create(
        exchange=exchange, title="Bank opened", due_on=date(2026, 9, 1), created_at=MADE
    )

    lines = lines_of(client.get(f"/exchanges/{exchange.code}/calendar.ics"))

    start = lines.index("BEGIN:VEVENT")
    assert lines[start : start + 12] == [
        "BEGIN:VEVENT",
        f"UID:{exchange.code}-activity-{visit.pk}@portal.example",
        "DTSTAMP:20260301T123000Z",
        "DTSTART;VALUE=DATE:20260504",
        "DTEND;VALUE=DATE:20260509",
        "SUMMARY:Visit",
        "CATEGORIES:Study visit",
        "LOCATION:Dhaka\\, Shishu Hospital\\, BGD-land",
        "DESCRIPTION:Milk\\; banks\\, and more",
        f"URL:http://portal.example/exchanges/{exchange.code}/",
        "STATUS:CONFIRMED",
        "TRANSP:TRANSPARENT",
    ]
    assert f"UID:{exchange.code}-milestone-{milestone.pk}@portal.example" in lines
    assert "SUMMARY:Milestone: Bank opened" in lines
    assert not [line for line in lines if "parties only" in line]


def test_the_words_of_the_portal_come_in_the_language_asked_for(client):
    exchange = make_exchange()
    Milestone.objects.create(exchange=exchange, title="Bank opened", due_on=date(2026, 9, 1))

    lines = lines_of(client.get(f"/exchanges/{exchange.code}/calendar.ics?lang=fr"))

    assert f"URL:http://portal.example/fr/exchanges/{exchange.code}/" in lines


def test_the_calendar_of_all_holds_what_is_public_and_not_long_over(client):
    for title, facts in {
        "Public": {},
        "Partners": {"visibility": "partners"},
        "Proposed": {"status": "proposed"},
    }.items():
        exchange = make_exchange(facts.pop("status", "running"), **facts)
        Milestone.objects.create(exchange=exchange, title=title, due_on=timezone.localdate())
        Milestone.objects.create(exchange=exchange, title=f"{title} old", due_on=date(2001, 1, 1))

    lines = lines_of(client.get("/exchanges/calendar.ics"))

    assert [line for line in lines if line.startswith("SUMMARY")] == ["SUMMARY:Milestone: Public"]


@pytest.mark.parametrize("facts", [{"status": "proposed"}, {"status": "declined"}, {"visibility": "partners"}])
def test_there_is_no_calendar_of_what_is_not_public(client, facts):
    exchange = make_exchange(**facts)

    assert client.get(f"/exchanges/{exchange.code}/calendar.ics").status_code == 404


def test_what_was_cancelled_says_so(client):
    exchange = make_exchange("cancelled")
    Milestone.objects.create(exchange=exchange, title="Never", due_on=date(2026, 9, 1))

    assert "STATUS:CANCELLED" in lines_of(client.get(f"/exchanges/{exchange.code}/calendar.ics"))


def test_a_calendar_without_days_is_still_one(client):
    exchange = make_exchange("recorded")

    assert "BEGIN:VTIMEZONE" in lines_of(client.get(f"/exchanges/{exchange.code}/calendar.ics"))


def test_text_is_escaped_and_control_characters_are_left_out():
    assert text("a,b;c\\d\r\ne\x07\tf") == "a\\,b\\;c\\\\d\\nef"


@pytest.mark.parametrize("line", ["x" * 75, "x" * 76, "é" * 200, "رعاية " * 40, "🍼" * 60])
def test_long_lines_are_folded_between_characters(line):
    written = folded(line)

    assert all(len(part) <= 75 for part in written.split(b"\r\n"))
    assert written.decode().replace("\r\n ", "") == line + "\r\n"


def test_a_calendar_says_who_made_it_and_how_it_is_called():
    lines = write([], name="Exchanges").decode().split("\r\n")

    assert lines[:7] == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//SSC Portal//Exchanges//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "NAME:Exchanges",
        "X-WR-CALNAME:Exchanges",
    ]


# One's own calendar


def own(token):
    return f"/calendars/{token}/our-exchanges.ics"


def summaries(response):
    return [line.removeprefix("SUMMARY:") for line in lines_of(response) if line.startswith("SUMMARY")]


def test_a_person_reads_all_that_their_exchanges_plan_without_signing_in(client):
    user, today = make_user(Role.OFFICER, country="PER"), timezone.localdate()
    exchange = make_exchange("proposed", title="Not public yet")
    Milestone.objects.create(exchange=exchange, title="Begun", due_on=today)
    party = exchange.parties.get(country="PER")
    promised = Commitment.objects.create(exchange=exchange, party=party, text="two boxes", due_on=today)
    FollowUp.objects.create(exchange=exchange, days=30, due_on=today)
    for title, facts in {
        "of others": {"providers": ["COL"], "beneficiaries": ["KEN"]},
        "declined": {"status": "declined"},
    }.items():
        other = make_exchange(facts.pop("status", "running"), **facts)
        Milestone.objects.create(exchange=other, title=title, due_on=today)

    answer = client.get(own(make_address(user)))

    assert summaries(answer) == [
        "Milestone: Begun",
        "Promised by PER-land: two boxes",
        "Check 30 days after the closing",
    ]
    assert f"UID:{exchange.code}-commitment-{promised.pk}@portal.example" in lines_of(answer)
    assert f"URL:http://portal.example/workspace/exchanges/{exchange.code}/" in lines_of(answer)
    assert (answer["Cache-Control"], answer["X-Robots-Tag"]) == ("private, no-store", "noindex, nofollow")
    assert "ETag" not in answer


def test_the_own_calendar_speaks_the_language_of_its_person(client):
    user = make_user(Role.OFFICER, country="PER", language="fr")
    Milestone.objects.create(exchange=make_exchange(), title="Begun", due_on=timezone.localdate())
    address = own(make_address(user))

    assert summaries(client.get(address)) == ["Jalon\u202f: Begun"]
    assert summaries(client.get(f"{address}?lang=en")) == ["Milestone: Begun"]


def test_an_address_ends_when_it_is_made_anew_or_ended_or_the_person_leaves(client):
    user = make_user(Role.OFFICER, country="PER")
    first = make_address(user)
    second = make_address(user)
    assert [client.get(own(token)).status_code for token in (first, second, "a-guess")] == [404, 200, 404]

    memberships = list(Membership.objects.filter(user=user))
    Membership.objects.filter(user=user).delete()
    assert client.get(own(second)).status_code == 404
    Membership.objects.bulk_create(memberships)
    assert client.get(own(second)).status_code == 200
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    assert client.get(own(second)).status_code == 404
    type(user).objects.filter(pk=user.pk).update(is_active=True)
    end_address(user)
    assert client.get(own(second)).status_code == 404


def test_the_address_is_shown_once_and_never_kept(client):
    user = make_user(Role.OFFICER, country="PER")
    client.force_login(user)

    assert "You have no address yet" in client.get("/workspace/calendar/").content.decode()
    made = client.post("/workspace/calendar/", {"make": "1"})
    token = made.content.decode().partition("/calendars/")[2].partition("/")[0]
    assert client.get(own(token)).status_code == 200
    assert made["Cache-Control"] == "private, no-store"
    assert token not in client.get("/workspace/calendar/").content.decode()
    assert token not in CalendarAddress.objects.get().token_digest
    client.post("/workspace/calendar/", {"end": "1"})
    assert CalendarAddress.objects.count() == 0


@pytest.mark.parametrize("role", [None, Role.CURATOR, Role.ADMINISTRATOR])
def test_who_can_be_no_party_has_no_calendar(client, role):
    client.force_login(make_user(*filter(None, [role])))

    assert client.post("/workspace/calendar/", {"make": "1"}).status_code == 403
    assert CalendarAddress.objects.count() == 0


def test_the_own_calendar_takes_the_same_queries_for_one_and_three(client, django_assert_num_queries):
    user, today = make_user(Role.OFFICER, country="PER"), timezone.localdate()
    address = own(make_address(user))

    def plan():
        exchange = make_exchange()
        visit = {"title": "Visit", "modality": "workshop", "starts_on": today, "ends_on": today}
        Activity.objects.create(exchange=exchange, country=make_country("BGD"), **visit)
        party = exchange.parties.get(country="BGD")
        Commitment.objects.create(exchange=exchange, party=party, text="boxes", due_on=today)

    plan()
    with django_assert_num_queries(OF_OWN_CALENDAR):
        client.get(address)
    plan()
    plan()
    with django_assert_num_queries(OF_OWN_CALENDAR):
        client.get(address)
