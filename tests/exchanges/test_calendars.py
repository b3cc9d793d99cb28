"""What public exchanges plan, as calendar programs read it."""

from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from exchanges.calendars import folded, text, write
from exchanges.models import Activity, Milestone
from tests.exchanges_make import make_exchange
from tests.make import make_country

pytestmark = pytest.mark.django_db
MADE = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


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
