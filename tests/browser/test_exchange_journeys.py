"""A request for assistance becomes an exchange and its lessons, in a real browser, with JavaScript and without it.

Each page on the way fails the test when it logs an error, breaks the content security policy or loads from outside.
"""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.enums import Role
from exchanges.models import Exchange, Need
from practices.models import Practice
from tests.browser.hands import MouseHand, asked, named
from tests.people import PASSWORD, make_user

INVALID = "Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)"
WAYS = {"with the mouse": {}, "without JavaScript": {"java_script_enabled": False}}


def main(page):
    return page.get_by_role("main")


def says(hand, text):
    expect(main(hand.page)).to_contain_text(text)


def press(hand, role, name):
    hand.press(named(role, main(hand.page), name).first)


def write(hand, label, text):
    hand.write(asked("textbox", main(hand.page), label), text)


def day(hand, label, date):
    """Write ``date`` into the field ``label``; a field of a day has no role of its own."""
    hand.page.get_by_label(label, exact=True).fill(date.isoformat())


@pytest.mark.parametrize("way", WAYS)
def test_a_request_becomes_an_exchange_and_its_lessons(open_page, site, way):
    practice = Practice.objects.live().filter(country="BGD").earliest("pk")
    hands = []

    def arrives(address, user=None):
        hand = MouseHand(open_page(f"/accounts/login/?next={address}" if user else address, **WAYS[way]))
        hands.append(hand)
        if user:
            write(hand, "E-mail address", user.email)
            hand.write(hand.page.get_by_label("Password"), PASSWORD)
            press(hand, "button", "Sign in")
            expect(hand.page).not_to_have_url(re.compile("/accounts/login/"))
        return hand

    peru = arrives(practice.get_absolute_url(), make_user(Role.OFFICER, country="PER", name="Rosa Officer"))
    ask_about_the_practice(peru, practice)
    need = Need.objects.get()
    bangladesh = arrives(need.get_absolute_url(), make_user(Role.FOCAL_POINT, country="BGD", name="Farida Focal"))
    offer_to_help(bangladesh)
    begin_the_exchange(peru, need)
    exchange = Exchange.objects.get(need=need)

    write_and_sign_the_agreement(peru)
    read_and_sign_the_agreement(bangladesh)
    work(peru, exchange)
    close_with_lessons(bangladesh)

    visitor = arrives(exchange.get_absolute_url())
    says(visitor, "Begin before the rains.")
    expect(main(visitor.page)).not_to_contain_text("Forty boats are ready.")  # messages stay between the parties
    expect(main(visitor.page)).not_to_contain_text("12,000")  # and so does the budget
    assert [[text for text in hand.page.complaints if text != INVALID] for hand in hands] == [[]] * 3
    assert [hand.page.outside for hand in hands] == [[]] * 3


def ask_about_the_practice(hand, practice):
    press(hand, "link", "Request assistance")
    says(hand, f"Filled in from “{practice.live.title}”")
    today = timezone.localdate()
    day(hand, "Possible from", today + timedelta(days=200))
    day(hand, "Possible until", today + timedelta(days=100))
    press(hand, "button", "Save and send")
    expect(hand.page.get_by_role("alert")).to_contain_text("is before the first")
    assert not Need.objects.exists()
    expect(asked("textbox", main(hand.page), "Title")).to_have_value(practice.live.title)  # nothing typed is lost
    day(hand, "Possible until", today + timedelta(days=300))
    press(hand, "button", "Save and send")
    says(hand, "Open")


def offer_to_help(hand):
    press(hand, "link", "We can help")
    write(hand, "How you could help", "Four of our teachers can come for two weeks.")
    press(hand, "button", "We can help")
    says(hand, "Bangladesh")


def begin_the_exchange(hand, need):
    press(hand, "link", "Look at the matches")
    says(hand, "Four of our teachers can come for two weeks.")
    press(hand, "button", "Yes, ask Bangladesh")
    press(hand, "button", "Begin the exchange")
    expect(hand.page.get_by_role("heading", level=1)).to_contain_text(need.title)


def write_and_sign_the_agreement(hand):
    today = timezone.localdate()
    press(hand, "link", "Write the agreement")
    write(hand, "Objective", "Schools stay open when the water comes.")
    write(hand, "What will be there at the end", "Forty boats with teachers.")
    write(hand, "Who bears which cost", "Travel by the guest, lodging by the host.")
    day(hand, "First day", today + timedelta(days=90))
    day(hand, "Last day", today + timedelta(days=30))
    press(hand, "button", "Save the agreement")
    expect(hand.page.get_by_role("alert")).to_contain_text("Last day")
    day(hand, "Last day", today + timedelta(days=400))
    press(hand, "button", "Save the agreement")
    press(hand, "button", "Sign for Peru")
    says(hand, "Has not signed yet")


def read_and_sign_the_agreement(hand):
    hand.press(named("link", hand.page.get_by_role("navigation", name="Main"), "My workspace"))
    press(hand, "link", "Assistance and exchanges")
    press(hand, "link", "Read and sign")
    press(hand, "button", "Sign for Bangladesh")
    expect(main(hand.page)).not_to_contain_text("Has not signed yet")


def work(hand, exchange):
    hand.page.goto(f"/workspace/exchanges/{exchange.code}/")
    press(hand, "button", "Begin the preparation")
    press(hand, "button", "Start the work")
    press(hand, "link", "Budget")
    press(hand, "link", "Add a budget line")
    write(hand, "What for", "Boats")
    hand.page.get_by_label("Planned", exact=True).fill("-5")
    write(hand, "Currency", "USD")
    press(hand, "button", "Save")
    expect(hand.page.get_by_role("alert")).to_contain_text("Planned")
    hand.page.get_by_label("Planned", exact=True).fill("12000")
    press(hand, "button", "Save")
    says(hand, "12,000")
    press(hand, "link", "Messages")
    write(hand, "Write to all parties", "Forty boats are ready.")
    press(hand, "button", "Send")
    says(hand, "Forty boats are ready.")


def close_with_lessons(hand):
    press(hand, "link", "Overview")
    says(hand, "Forty boats are ready.")
    press(hand, "button", "Begin the reporting")
    press(hand, "link", "Close it with its lessons")
    write(hand, "What came of it", "Forty schools stayed open.")
    press(hand, "button", "Close the exchange")
    expect(hand.page.get_by_role("alert")).to_contain_text("Lessons")
    write(hand, "Lessons", "Begin before the rains.")
    press(hand, "button", "Close the exchange")
    says(hand, "Closed on")
