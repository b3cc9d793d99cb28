"""A case study travels from an officer's first line to its readers, in a real browser and by every hand.

Each page on the way fails the test when it logs an error, breaks the content security policy or loads from outside.
"""

import re

import pytest
from playwright.sync_api import expect

from accounts.enums import Role
from practices.models import Practice, Submission
from tests.browser.hands import KeyboardHand, MouseHand, asked, named
from tests.people import PASSWORD, make_user

TITLE = "Floating schools in the haor wetlands of Sunamganj"
GATES = ("Relevant", "Implemented", "Ethical and safe", "Complete")
CRITERIA = (
    "Effectiveness",
    "Evidence",
    "Relevance and reach",
    "Equity",
    "Replicability",
    "Sustainability",
    "Efficiency",
    "Participation",
    "Documentation",
)
HANDS = {
    "with the mouse": (MouseHand, {}),
    "without JavaScript": (MouseHand, {"java_script_enabled": False}),
    "by keyboard alone": (KeyboardHand, {"reduced_motion": "reduce"}),
}


@pytest.fixture
def people(site):
    """An officer of Bangladesh with a colleague, and two curators from elsewhere."""
    return {
        "officer": make_user(Role.OFFICER, country="BGD", name="Rahima Officer"),
        "colleague": make_user(Role.OFFICER, country="BGD", name="Kamal Colleague"),
        "holder": make_user(Role.CURATOR, name="Ines Curator"),
        "second": make_user(Role.CURATOR, name="Tomas Curator"),
    }


def main(page):
    return page.get_by_role("main")


def says(page, text):
    expect(main(page)).to_contain_text(text)


# The whole way


@pytest.mark.parametrize("way", HANDS)
def test_a_case_study_travels_from_the_first_line_to_the_readers(open_page, people, way):
    make_hand, options = HANDS[way]
    hands = []

    def arrives(address, user=None):
        hand = make_hand(open_page(f"/accounts/login/?next={address}" if user else address, **options))
        hands.append(hand)
        if user:
            sign_in(hand, user)
        return hand

    officer = arrives("/workspace/", people["officer"])
    begin(officer)
    for write_step in (basics, problem, what_was_done, results, lessons, conditions, sources):
        write_step(officer)
        officer.press(officer.page.get_by_role("button", name="Save and continue"))
    says(officer.page, "100%")
    says(officer.page, "Everything that is needed is there.")
    officer.press(officer.page.get_by_role("button", name="Send to a curator"))
    says(officer.page, "Submitted")

    holder = arrives("/review/", people["holder"])
    take_on(holder)
    ask_for_a_change(holder, "What was done", "How many boats are there, and who steers them?")
    score(holder)
    holder.press(holder.page.get_by_role("button", name="Save", exact=True))
    says(holder.page, "Your review is saved; nobody else sees it yet.")
    holder.press(holder.page.get_by_role("button", name="Request changes"))
    says(holder.page, "Sent back to the country.")

    answer_and_send_again(officer)

    holder.press(named("link", holder.page.get_by_role("navigation", name="Main"), "Review queue"))
    holder.press(named("link", main(holder.page), "Mine"))
    holder.press(main(holder.page).get_by_role("link", name=TITLE, exact=True))
    says(holder.page, "Fifty-four boats, each with a steersman from the village.")
    holder.press(holder.page.get_by_role("button", name="Mark as done"))
    says(holder.page, "Done")
    holder.press(holder.page.get_by_role("button", name="File my review"))
    says(holder.page, "Your review is filed.")

    second = arrives(f"/review/{Submission.objects.get().pk}/", people["second"])
    declare_no_conflict(second, "Review it too")
    score(second)
    second.press(second.page.get_by_role("button", name="File my review"))
    expect(second.page.get_by_role("region", name="Other reviews")).to_contain_text("Ines Curator")

    holder.press(holder.page.get_by_role("button", name="Publish"))
    says(holder.page, "Published. Everybody can read it now.")

    visitor = arrives("/")
    find_and_read(visitor)

    assert Practice.objects.get(slug__startswith="floating-schools").live.title == TITLE
    assert [hand.page.complaints for hand in hands] == [[]] * 4
    assert [hand.page.outside for hand in hands] == [[]] * 4
    assert [getattr(hand, "lost_at", []) for hand in hands] == [[]] * 4


def sign_in(hand, user):
    hand.write(asked("textbox", main(hand.page), "E-mail address"), user.email)
    hand.write(hand.page.get_by_label("Password"), PASSWORD)
    hand.press(main(hand.page).get_by_role("button", name="Sign in"))
    expect(hand.page).not_to_have_url(re.compile("/accounts/login/"))


def begin(hand):
    hand.press(main(hand.page).get_by_role("link", name="New case study").first)
    hand.write(asked("textbox", main(hand.page), "Title"), TITLE)
    hand.press(hand.page.get_by_role("button", name="Begin"))


def is_on_step(hand, heading):
    expect(hand.page.get_by_role("heading", name=heading, exact=True)).to_be_visible()


def write(hand, place=None, **texts):
    """Write ``texts`` = {label with _ for spaces: text} into the fields of ``place``, by default the page."""
    for label, text in texts.items():
        hand.write(asked("textbox", place or main(hand.page), label.replace("_", " ")), text)


def basics(hand):
    is_on_step(hand, "What is it, where and since when?")
    write(hand, Summary="Boats fitted as classrooms fetch children when the wetlands are under water.")
    hand.choose(asked("combobox", main(hand.page), "Kind"), "Practice")
    areas = named("group", hand.page, "Challenge areas")
    hand.mark(areas.get_by_role("checkbox", name="Learning"))
    hand.mark(areas.get_by_role("checkbox", name="Climate"))
    hand.choose(asked("combobox", main(hand.page), "Primary area"), "Learning")
    write(hand, SDG_targets="4.1, 13.1", Places="Sunamganj district", First_year="2011")
    hand.choose(asked("combobox", main(hand.page), "Scale"), "Subnational")


def problem(hand):
    is_on_step(hand, "What was wrong for children, and for whom?")
    write(
        hand,
        The_problem="For six months a year the haor floods, and one child in three stopped coming to school.",
        People_reached="8 600",
        Institutions_that_lead_it="Directorate of Primary Education, Bangladesh",
    )


def what_was_done(hand):
    is_on_step(hand, "What was done, and by whom?")
    write(hand, What_was_done="Boats were built by local yards. A teacher rides along and teaches on board.")
    write(hand, hand.page.get_by_role("region", name="Building block 1"), Name="Boats from local yards")
    write(hand, hand.page.get_by_role("region", name="Partner 1"), Organisation="BRAC", What_it_did="Trained teachers")


def results(hand):
    is_on_step(hand, "What changed for children?")
    write(hand, What_changed="Children in the villages with a boat finished primary school as often as elsewhere.")
    write(
        hand,
        hand.page.get_by_role("region", name="Result 1"),
        What_was_measured="Children who finish primary school",
        Before="52",
        Year_before="2011",
        After="81",
        Year_after="2019",
        Unit="% of children enrolled",
        Source="Annual primary school census 2019",
    )
    hand.choose(asked("combobox", main(hand.page), "How were these figures collected?"), "Before and after")


def lessons(hand):
    is_on_step(hand, "What should another country know before it begins?")

    def row(number):
        return hand.page.get_by_role("region", name=f"Lesson {number}")

    def lesson(number):
        return asked("textbox", row(number), "Lesson")

    hand.write(lesson(1), "Pay the steersman as staff, not by the trip.")
    hand.press(hand.page.get_by_role("button", name="Add another lesson"))
    hand.choose(asked("combobox", row(2), "Kind of lesson"), "What did not work")
    hand.write(lesson(2), "Boats built far away could not be mended.")
    hand.press(hand.page.get_by_role("button", name="Add another lesson"))
    hand.write(lesson(3), "A third thought, best forgotten.")
    hand.press(hand.page.get_by_role("button", name="Move lesson 2 up"))
    expect(lesson(1)).to_have_value("Boats built far away could not be mended.")
    expect(lesson(2)).to_have_value("Pay the steersman as staff, not by the trip.")
    hand.press(hand.page.get_by_role("button", name="Remove lesson 3"))
    expect(row(3)).to_have_count(0)
    write(
        hand,
        What_helped="Village committees chose the mooring places.",
        What_stood_in_the_way="Fuel doubled in price.",
        What_did_not_work="The first boats were too large for the canals.",
    )


def conditions(hand):
    is_on_step(hand, "What does it cost, and what does it take to repeat it?")
    write(
        hand,
        Cost_per_year="1 200 000",
        Currency="bdt",
        Year_of_the_cost="2019",
        Equity_and_safeguarding="Girls and children with disabilities are fetched from their door.",
    )


def sources(hand):
    is_on_step(hand, "Where can it be checked, and who agreed?")
    write(
        hand,
        hand.page.get_by_role("region", name="Reference 1"),
        Title="Annual primary school census 2019",
        Publisher="Directorate of Primary Education",
    )
    write(hand, Consent="Cleared by the directorate; no child can be recognised.")
    hand.mark(named("checkbox", hand.page, "My government has cleared this text"))


def declare_no_conflict(hand, button):
    hand.mark(named("checkbox", hand.page, "I have no conflict of interest"))
    hand.press(hand.page.get_by_role("button", name=button))
    says(hand.page, "You can review it now.")


def take_on(hand):
    hand.press(main(hand.page).get_by_role("link", name=TITLE, exact=True))
    says(hand.page, "one child in three stopped coming to school")
    declare_no_conflict(hand, "Take it on")


def ask_for_a_change(hand, part, text):
    hand.choose(hand.page.get_by_role("combobox", name="Part of the form"), part)
    write(hand, **{"What should change?": text})
    expect(hand.page.get_by_role("checkbox", name="Must be changed before publishing")).to_be_checked()
    hand.press(hand.page.get_by_role("button", name="Note it"))
    expect(hand.page.get_by_role("article").filter(has_text=text)).to_contain_text("Not sent yet")


def score(hand):
    for gate in GATES:
        hand.mark(named("group", hand.page, gate).get_by_role("radio", name="Yes"))
    for criterion in CRITERIA:
        group = named("group", hand.page, criterion)
        hand.mark(group.get_by_role("radio", name="2" if criterion == "Efficiency" else "4"))
    write(hand, Why_this_score_for_Efficiency="Fuel makes it dear.")


def answer_and_send_again(hand):
    hand.press(named("link", hand.page.get_by_role("navigation", name="Main"), "My workspace"))
    waiting = hand.page.get_by_role("region", name="Waiting for you")
    hand.press(named("link", waiting, "Answer the requests"))
    says(hand.page, "How many boats are there, and who steers them?")
    expect(main(hand.page)).not_to_contain_text("Ines Curator")
    write(hand, **{"What did you change?": "The number and the steersmen are named now."})
    hand.press(hand.page.get_by_role("button", name="Keep this answer"))
    says(hand.page, "Your answer is kept.")
    hand.press(hand.page.get_by_role("link", name="Go to the text"))
    is_on_step(hand, "What was done, and by whom?")
    text = "Fifty-four boats, each with a steersman from the village. A teacher rides along and teaches on board."
    write(hand, What_was_done=text)
    hand.press(main(hand.page).get_by_role("button", name="Save", exact=True))
    expect(asked("textbox", main(hand.page), "What was done")).to_have_value(text)
    hand.press(hand.page.get_by_role("link", name="Check and send"))
    hand.press(hand.page.get_by_role("button", name="Send to a curator"))
    says(hand.page, "In review")


def find_and_read(hand):
    hand.write(hand.page.get_by_role("searchbox").first, "floating schools sunamganj")
    hand.page.keyboard.press("Enter")
    hand.press(named("link", main(hand.page), TITLE))
    expect(hand.page.get_by_role("heading", level=1)).to_have_text(TITLE)
    says(hand.page, "Children who finish primary school")
    says(hand.page, "Boats built far away could not be mended.")
    expect(main(hand.page)).not_to_contain_text("A third thought")
