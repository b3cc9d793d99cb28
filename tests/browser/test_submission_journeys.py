"""A case study travels from an officer's first line to its readers, in a real browser and by every hand.

Each page on the way fails the test when it logs an error, breaks the content security policy or loads from outside.
"""

import re

import pytest
from django.test import Client
from playwright.sync_api import expect

from accounts.enums import Role
from practices import completeness
from practices.models import Practice, Submission
from tests.browser.hands import KeyboardHand, MouseHand, asked, named
from tests.people import PASSWORD, make_user
from tests.submissions import make_draft, make_submission

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
    # A slow hand may be saved by the clock with half a figure typed: that is refused, and said nowhere but here.
    assert [[text for text in hand.page.complaints if text != INVALID] for hand in hands] == [[]] * 4
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
    with hand.page.expect_navigation():
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


# Saving while one writes

PROBLEM = "For six months a year the haor floods."
OFFLINE = "Failed to load resource: net::ERR_INTERNET_DISCONNECTED"
CONFLICT = "Failed to load resource: the server responded with a status of 409 (Conflict)"
INVALID = "Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)"
REFUSED = "Failed to load resource: the server responded with a status of 409 (Conflict)"


@pytest.fixture
def draft(people):
    """A draft of the officer and the colleague, with nothing but its title."""
    draft = make_draft(people["officer"], is_complete=False, title=TITLE)
    draft.coauthors.add(people["colleague"])
    return draft


@pytest.fixture
def opened(open_page, people, site):
    """``opened(who, address, **context options)``: a page that one of the people, signed in, has opened."""

    def opened(who, address, **options):
        client = Client()
        client.force_login(people[who])
        page = open_page("/privacy/", **options)
        page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
        page.goto(address)
        return page

    return opened


def step_of(draft, step="challenge"):
    return f"/workspace/submissions/{draft.pk}/{step}/"


def problem_on(page):
    return asked("textbox", main(page), "The problem")


def write_problem(page, text):
    """Write and leave the field."""
    problem_on(page).fill(text)
    problem_on(page).press("Tab")


def kept(draft, field="challenge"):
    return getattr(Submission.objects.get(pk=draft.pk).version, field)


def bar_says(page, text):
    expect(main(page).get_by_role("status").filter(has_text=text)).to_be_visible()


def in_a_new_tab(page, address):
    """The connection is back, ``page`` is closed, and ``address`` opened in the same browser."""
    page.close()
    page.context.set_offline(False)
    tab = page.context.new_page()
    tab.complaints = []
    tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
    tab.on("console", lambda message: tab.complaints.append(message.text) if message.type == "error" else None)
    tab.goto(address)
    return tab


def save(page):
    with page.expect_navigation():
        main(page).get_by_role("button", name="Save", exact=True).click()


def test_text_is_saved_on_leaving_the_field_and_is_there_after_a_reload(opened, draft):
    page = opened("officer", step_of(draft))

    problem_on(page).fill(PROBLEM)
    bar_says(page, "Not saved yet")
    problem_on(page).press("Tab")
    bar_says(page, "Saved:")
    says(page, f"{completeness.check(draft).percent}%")
    page.reload()

    expect(problem_on(page)).to_have_value(PROBLEM)
    assert kept(draft) == PROBLEM
    assert page.complaints == []


def test_text_is_saved_every_twenty_seconds_while_one_stays_in_the_field(opened, draft):
    page = opened("officer", "/workspace/")
    page.clock.install()
    page.goto(step_of(draft))

    problem_on(page).fill(PROBLEM)
    bar_says(page, "Not saved yet")
    page.clock.run_for(20_000)
    bar_says(page, "Saved:")

    assert kept(draft) == PROBLEM
    assert page.complaints == []


def test_text_written_while_a_save_is_under_way_is_saved_after_it(opened, draft):
    page = opened("officer", step_of(draft))
    under_way = []
    page.route("**/challenge/", lambda route: under_way.append(route), times=1)

    write_problem(page, PROBLEM)
    bar_says(page, "Saving")
    asked("textbox", main(page), "What you wanted to reach").fill("School all year round.")
    asked("textbox", main(page), "What you wanted to reach").press("Tab")
    under_way.pop().continue_()

    bar_says(page, "Saved:")
    assert (kept(draft), kept(draft, "objectives")) == (PROBLEM, "School all year round.")
    assert page.complaints == []


def test_text_that_is_still_being_written_is_not_called_saved(opened, draft):
    page = opened("officer", "/workspace/")
    page.clock.install()
    page.goto(step_of(draft))
    under_way = []
    page.route("**/challenge/", lambda route: under_way.append(route), times=1)

    problem_on(page).fill("For six months")
    page.clock.run_for(20_000)
    bar_says(page, "Saving")
    problem_on(page).fill(PROBLEM)
    with page.expect_response("**/challenge/"):
        under_way.pop().continue_()
    says(page, f"{completeness.check(draft).percent}%")
    bar_says(page, "Not saved yet")
    page.clock.run_for(20_000)
    bar_says(page, "Saved:")

    assert kept(draft) == PROBLEM
    assert page.complaints == []


def test_the_name_of_an_institution_is_not_saved_half_typed(opened, draft):
    page = opened("officer", "/workspace/")
    page.clock.install()
    page.goto(step_of(draft))
    institutions = asked("textbox", main(page), "Institutions that lead it")

    institutions.press_sequentially("Directorate of Pri")
    page.clock.run_for(60_000)
    institutions.press_sequentially("mary Education")
    institutions.press("Tab")
    bar_says(page, "Saved:")

    names = [row.organisation.name for row in draft.version.institution_rows.all()]
    assert names == ["Directorate of Primary Education"]
    assert (
        not type(draft.version.institution_rows.get().organisation).objects.filter(name="Directorate of Pri").exists()
    )


def test_a_year_that_is_half_typed_is_not_called_wrong_before_one_leaves_it(opened, draft):
    page = opened("officer", "/workspace/")
    page.clock.install()
    page.goto(step_of(draft, "basics"))
    year = asked("textbox", main(page), "First year")

    year.fill("20")
    with page.expect_response("**/basics/"):
        page.clock.run_for(20_000)
    bar_says(page, "Not saved yet")
    year.fill("2011")
    year.press("Tab")
    bar_says(page, "Saved:")

    assert kept(draft, "start_year") == 2011
    assert page.complaints == [INVALID]


def test_a_wrong_year_is_told_and_leads_back_to_its_field(opened, draft):
    page = opened("officer", step_of(draft, "basics"))
    year = asked("textbox", main(page), "First year")

    year.fill("20")
    year.press("Tab")
    bar_says(page, "Not saved: press Save to see what has to change.")
    save(page)
    alert = page.get_by_role("alert", name="There is a problem on this step")
    expect(alert).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(year).to_be_focused()
    expect(year).to_have_value("20")
    expect(year).to_have_accessible_description(re.compile("Write a year with four digits"))
    assert kept(draft, "start_year") == 2010
    assert set(page.complaints) == {INVALID}


def test_text_written_offline_is_saved_when_the_connection_is_back(opened, draft):
    page = opened("officer", "/workspace/")
    page.clock.install()
    page.goto(step_of(draft))

    page.context.set_offline(True)
    write_problem(page, PROBLEM)
    bar_says(page, "No connection. What you write is kept in this browser.")
    page.context.set_offline(False)
    page.clock.run_for(20_000)
    bar_says(page, "Saved:")

    assert kept(draft) == PROBLEM
    assert page.complaints == [OFFLINE]


def test_text_written_offline_survives_a_reload_and_ends_in_the_database(opened, draft):
    page = opened("officer", step_of(draft))

    page.context.set_offline(True)
    write_problem(page, PROBLEM)
    bar_says(page, "No connection. What you write is kept in this browser.")
    again = in_a_new_tab(page, step_of(draft))
    expect(problem_on(again)).to_have_value("")
    again.get_by_role("button", name="Restore what you wrote offline").click()

    expect(problem_on(again)).to_have_value(PROBLEM)
    save(again)
    expect(problem_on(again)).to_have_value(PROBLEM)
    expect(again.get_by_role("button", name="Restore what you wrote offline")).to_be_hidden()
    assert kept(draft) == PROBLEM
    assert again.complaints == []


def test_text_written_offline_and_discarded_is_not_offered_again(opened, draft):
    page = opened("officer", step_of(draft))
    page.context.set_offline(True)
    write_problem(page, PROBLEM)
    bar_says(page, "No connection")

    again = in_a_new_tab(page, step_of(draft))
    again.get_by_role("button", name="Discard it").click()
    again.reload()

    expect(problem_on(again)).to_have_value("")
    expect(again.get_by_role("button", name="Discard it")).to_be_hidden()
    assert again.complaints == []
    assert kept(draft) == ""


def test_pressing_save_without_a_connection_loses_nothing(opened, draft):
    page = opened("officer", step_of(draft))
    page.context.set_offline(True)
    problem_on(page).fill(PROBLEM)
    with page.expect_event("requestfailed"):
        main(page).get_by_role("button", name="Save", exact=True).click()
    again = in_a_new_tab(page, step_of(draft))
    again.get_by_role("button", name="Restore what you wrote offline").click()
    problem_on(again).press("Tab")
    bar_says(again, "Saved:")

    assert kept(draft) == PROBLEM
    assert again.complaints == []


def test_text_that_arrived_is_not_offered_again(opened, draft):
    page = opened("officer", step_of(draft))
    problem_on(page).fill(f"  {PROBLEM}  ")
    asked("textbox", main(page), "People reached").fill("8 600")
    save(page)
    expect(asked("textbox", main(page), "People reached")).to_have_value("8600")

    page.goto(step_of(draft))

    expect(problem_on(page)).to_have_value(PROBLEM)
    expect(page.get_by_role("button", name="Restore what you wrote offline")).to_be_hidden()
    assert page.complaints == []


def test_rows_written_offline_come_back_as_they_were(opened, draft):
    page = opened("officer", step_of(draft, "lessons"))
    asked("textbox", page.get_by_role("region", name="Lesson 1"), "Lesson").fill("Pay the steersman as staff.")
    page.get_by_role("button", name="Add another lesson").click()
    second = page.get_by_role("region", name="Lesson 2")
    expect(second).to_be_visible()
    page.context.set_offline(True)
    asked("combobox", second, "Kind of lesson").select_option(label="What did not work")
    asked("textbox", second, "Lesson").fill("Boats built far away could not be mended.")
    asked("textbox", second, "Lesson").press("Tab")
    bar_says(page, "No connection")

    again = in_a_new_tab(page, step_of(draft, "lessons"))
    again.get_by_role("button", name="Restore what you wrote offline").click()
    save(again)

    expect(asked("textbox", again.get_by_role("region", name="Lesson 2"), "Lesson")).to_have_value(
        "Boats built far away could not be mended."
    )
    assert list(draft.version.lessons.values_list("kind", "text")) == [
        ("worked", "Pay the steersman as staff."),
        ("failed", "Boats built far away could not be mended."),
    ]


def test_whoever_was_signed_out_while_writing_finds_the_text_again(opened, draft, people):
    page = opened("officer", step_of(draft))
    page.context.clear_cookies()

    write_problem(page, PROBLEM)
    bar_says(page, "Not saved: sign in again, or look whether you may still write here.")
    page.goto(f"/accounts/login/?next={step_of(draft)}")
    sign_in(MouseHand(page), people["officer"])
    page.get_by_role("button", name="Restore what you wrote offline").click()
    save(page)

    expect(problem_on(page)).to_have_value(PROBLEM)
    expect(page.get_by_role("button", name="Restore what you wrote offline")).to_be_hidden()
    assert kept(draft) == PROBLEM


def test_the_state_is_announced_once_and_not_at_every_letter(opened, draft):
    page = opened("officer", step_of(draft))
    page.evaluate("""() => {
      window.announced = [];
      const status = document.querySelector("main [role=status]");
      new MutationObserver(() => announced.push(status.textContent.trim())).observe(status, {
        childList: true, characterData: true, subtree: true,
      });
    }""")

    problem_on(page).press_sequentially("The haor floods every year.")

    assert page.evaluate("announced") == ["Not saved yet"]
    assert page.complaints == []


# Two people


@pytest.fixture
def both(opened, draft):
    """The same step, opened by the officer and by a colleague, who saves first."""

    def both(**options):
        late = opened("officer", step_of(draft), **options)
        early = opened("colleague", step_of(draft), **options)
        write_problem(early, "Written by the colleague.")
        save(early)
        expect(problem_on(early)).to_have_value("Written by the colleague.")
        return late, early

    return both


def difference(page):
    return page.get_by_role("alert", name="Somebody else saved this step").or_(
        page.get_by_role("alert", name="Somebody saved this step while you were writing")
    )


def test_the_second_of_two_people_is_told_and_nothing_is_overwritten(both, draft):
    late, early = both()

    write_problem(late, "Written by the officer.")
    bar_says(late, "Somebody else saved this step. Press Save to compare.")
    assert kept(draft) == "Written by the colleague."
    save(late)

    expect(difference(late)).to_contain_text("Kamal Colleague")
    expect(difference(late)).to_contain_text("Written by the officer.")
    expect(difference(late)).to_contain_text("Written by the colleague.")
    expect(problem_on(late)).to_have_value("Written by the officer.")
    assert kept(draft) == "Written by the colleague."
    assert set(late.complaints) <= {REFUSED}
    assert early.complaints == []


def test_text_written_offline_is_compared_with_what_a_colleague_saved_meanwhile(opened, draft):
    page = opened("officer", step_of(draft))
    page.context.set_offline(True)
    write_problem(page, "Written by the officer, offline.")
    bar_says(page, "No connection")
    colleague = opened("colleague", step_of(draft))
    write_problem(colleague, "Written by the colleague.")
    bar_says(colleague, "Saved:")

    again = in_a_new_tab(page, step_of(draft))
    expect(problem_on(again)).to_have_value("Written by the colleague.")
    again.get_by_role("button", name="Restore what you wrote offline").click()
    save(again)

    expect(difference(again)).to_contain_text("Written by the officer, offline.")
    expect(difference(again)).to_contain_text("Written by the colleague.")
    assert kept(draft) == "Written by the colleague."


def test_text_written_offline_is_saved_when_a_colleague_wrote_another_step_meanwhile(opened, draft):
    page = opened("officer", step_of(draft))
    page.context.set_offline(True)
    write_problem(page, PROBLEM)
    bar_says(page, "No connection")
    colleague = opened("colleague", step_of(draft, "approach"))
    asked("textbox", main(colleague), "What was done").fill("Boats were built.")
    asked("textbox", main(colleague), "What was done").press("Tab")
    bar_says(colleague, "Saved:")

    again = in_a_new_tab(page, step_of(draft))
    again.get_by_role("button", name="Restore what you wrote offline").click()
    problem_on(again).press("Tab")
    bar_says(again, "Saved:")

    assert (kept(draft), kept(draft, "approach")) == (PROBLEM, "Boats were built.")


@pytest.mark.parametrize("with_script", [True, False])
def test_both_texts_are_taken_over_knowingly(both, draft, with_script):
    late, _early = both(java_script_enabled=with_script)
    problem_on(late).fill("Written by the officer.")
    save(late)
    expect(difference(late)).to_be_visible()

    problem_on(late).fill("Written by the colleague. And by the officer.")
    with late.expect_navigation():
        difference(late).get_by_role("button", name="Save mine").click()

    expect(difference(late)).to_have_count(0)
    assert kept(draft) == "Written by the colleague. And by the officer."


def test_the_other_text_can_be_taken_instead(both, draft):
    late, _early = both()
    problem_on(late).fill("Written by the officer.")
    save(late)

    difference(late).get_by_role("link", name="Take theirs").click()

    expect(difference(late)).to_have_count(0)
    expect(problem_on(late)).to_have_value("Written by the colleague.")
    assert kept(draft) == "Written by the colleague."


def test_two_people_write_two_steps_at_once(opened, draft):
    first, second = opened("officer", step_of(draft)), opened("colleague", step_of(draft, "approach"))

    write_problem(first, PROBLEM)
    bar_says(first, "Saved:")
    asked("textbox", main(second), "What was done").fill("Boats were built.")
    asked("textbox", main(second), "What was done").press("Tab")
    bar_says(second, "Saved:")
    write_problem(first, PROBLEM + " Every year.")
    bar_says(first, "Saved:")
    save(first)
    save(second)

    expect(asked("textbox", main(second), "What was done")).to_have_value("Boats were built.")
    expect(problem_on(first)).to_have_value(PROBLEM + " Every year.")
    assert (kept(draft), kept(draft, "approach")) == (PROBLEM + " Every year.", "Boats were built.")
    assert (first.complaints, second.complaints) == ([], [])


def test_text_that_the_browser_fills_in_on_going_back_overwrites_nothing(opened, draft):
    """Into the form as it is now, it would undo the colleague's text without a word."""
    page = opened("officer", step_of(draft), java_script_enabled=False)
    problem_on(page).fill("Half a thought of the officer.")
    page.goto("/about/")
    colleague = opened("colleague", step_of(draft))
    write_problem(colleague, "Written by the colleague.")
    save(colleague)
    expect(problem_on(colleague)).to_have_value("Written by the colleague.")

    page.go_back()
    asked("textbox", main(page), "What you wanted to reach").fill("School all year round.")
    save(page)

    expect(asked("textbox", main(page), "What you wanted to reach")).to_have_value("School all year round.")
    assert kept(draft) == "Written by the colleague."


# Marking words


def test_the_toolbar_marks_the_chosen_words_and_they_are_saved(opened, draft):
    page = opened("officer", step_of(draft))
    problem_on(page).fill("The haor floods.")
    problem_on(page).evaluate("field => field.setSelectionRange(4, 8)")

    page.get_by_role("button", name="Bold").first.click()
    expect(problem_on(page)).to_have_value("The **haor** floods.")
    problem_on(page).press("Tab")
    bar_says(page, "Saved:")

    assert kept(draft) == "The **haor** floods."
    assert page.complaints == []


def test_the_toolbar_opens_marks_to_write_between_and_begins_lists(opened, draft):
    page = opened("officer", step_of(draft))
    field = problem_on(page)

    page.get_by_role("button", name="Bold").first.click()
    page.keyboard.type("Floods")
    expect(field).to_have_value("**Floods**")
    field.fill("Causes:\nrain\nno roads")
    field.evaluate("field => field.setSelectionRange(10, 20)")
    page.get_by_role("button", name="List").first.click()

    expect(field).to_have_value("Causes:\n- rain\n- no roads")
    assert page.complaints == []


# The rubric


@pytest.fixture
def reviewed(people):
    """A case study that the first curator has begun to review."""
    return make_submission("in_review", curator=people["holder"], lead=people["officer"])


def own_review(reviewed):
    return reviewed.reviews.get()


def test_a_rubric_is_saved_as_it_is_filled_in_and_is_there_after_a_reload(opened, reviewed):
    page = opened("holder", f"/review/{reviewed.pk}/")
    rubric = page.locator("#rubric")

    rubric.get_by_role("group", name="Ethical and safe").get_by_label("Yes").check()
    rubric.get_by_label("Private note for curators").fill("Ask for the register.")
    rubric.get_by_label("Private note for curators").press("Tab")
    expect(rubric.get_by_role("status")).to_contain_text("Saved:")
    page.reload()

    expect(rubric.get_by_label("Private note for curators")).to_have_value("Ask for the register.")
    review = own_review(reviewed)
    assert (review.gates, review.filed_at) == ({"safe": True}, None)
    assert page.complaints == []


def test_a_rubric_that_was_saved_in_another_tab_is_compared_and_not_overwritten(opened, reviewed):
    page = opened("holder", f"/review/{reviewed.pk}/")
    note = page.locator("#rubric").get_by_label("Private note for curators")
    reviewed.reviews.update(private_note="From the other tab.", revision=2)

    note.fill("From this tab.")
    note.press("Tab")
    expect(page.locator("#rubric").get_by_role("status")).to_contain_text("Press Save to compare")
    assert own_review(reviewed).private_note == "From the other tab."
    page.locator("#rubric").get_by_role("button", name="Save", exact=True).click()

    says(page, "“From the other tab.” was saved elsewhere.")
    expect(note).to_have_value("From this tab.")
    page.locator("#rubric").get_by_role("button", name="Save", exact=True).click()
    says(page, "Your review is saved")
    assert own_review(reviewed).private_note == "From this tab."
    assert set(page.complaints) == {CONFLICT}
