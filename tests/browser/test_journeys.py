"""What people come for, done in a real browser: with JavaScript, without it, and by keyboard alone."""

import re

import pytest
from playwright.sync_api import expect

from practices.models import Practice


def test_a_visitor_finds_a_practice_by_words_and_reads_it(open_page):
    page = open_page("/")

    page.get_by_role("searchbox").first.fill("kangaroo mother")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/practices/\?.*q=kangaroo"))
    page.get_by_role("link", name=re.compile("^Kangaroo mother care")).first.click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Kangaroo mother care")
    expect(page.get_by_text("57,154 infants").first).to_be_visible()
    assert page.complaints == []


@pytest.mark.parametrize("with_script", [True, False])
def test_a_misspelt_word_still_finds_it(open_page, with_script):
    page = open_page("/practices/?q=kangroo+mother", java_script_enabled=with_script)

    expect(page.get_by_role("link", name=re.compile("^Kangaroo mother care")).first).to_be_visible()


def test_filters_swap_the_results_and_push_the_address(open_page):
    page = open_page("/practices/")
    page.evaluate("window.isTheSamePage = true")

    page.locator("#filters input[name=area][value=wash]").check()
    expect(page).to_have_url(re.compile(r"area=wash"))
    expect(page.get_by_role("status").first).to_contain_text("13 practices")
    page.go_back()

    expect(page.get_by_role("status").first).to_contain_text("51 practices")
    assert page.evaluate("window.isTheSamePage") is True
    assert page.complaints == []


def test_filters_work_without_javascript(open_page):
    page = open_page("/practices/", java_script_enabled=False)

    page.locator("#filters input[name=area][value=wash]").check()
    page.locator("#filters button[type=submit]").first.click()

    expect(page).to_have_url(re.compile(r"area=wash"))
    expect(page.get_by_role("status").first).to_contain_text("13 practices")


def test_the_filters_open_on_a_phone_without_javascript(open_page):
    page = open_page("/practices/", java_script_enabled=False, viewport={"width": 390, "height": 800})

    page.locator("a[href$='#filters']").first.click()

    expect(page.locator("#filters input[name=area][value=wash]")).to_be_visible()


def test_an_empty_list_offers_ways_on(open_page):
    page = open_page("/practices/?area=newborn-health&country=KEN")

    page.locator("#results .empty a[href*='?']").first.click()

    expect(page.get_by_role("status").first).not_to_contain_text(re.compile(r"^\s*0 "))


def test_a_reader_changes_the_language_and_keeps_the_page(open_page):
    slug = Practice.objects.get(external_id="col-kangaroo-mother-care").slug
    page = open_page(f"/practices/{slug}/")

    page.locator("header.top summary", has_text="EN").click()
    page.locator("header.top").get_by_role("link", name="العربية").click()

    expect(page).to_have_url(re.compile(f"/ar/practices/{slug}/$"))
    assert page.evaluate("document.documentElement.dir") == "rtl"
    expect(page.get_by_role("heading", level=1)).to_contain_text("الكنغر")


def test_the_theme_is_remembered_and_no_other_cookie_is_set(open_page):
    page = open_page("/")
    assert page.context.cookies() == []

    page.locator("header.top summary", has_text="Light or dark").click()
    page.locator("header.top [data-theme-choice=dark]").click()
    page.goto("/about/")

    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    assert [cookie["name"] for cookie in page.context.cookies()] == ["theme"]


def test_a_practice_is_found_and_opened_by_keyboard_alone(open_page):
    page = open_page("/practices/")

    page.locator("#q").focus()
    page.keyboard.type("kangaroo")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("2 practices")
    title = page.get_by_role("link", name=re.compile("^Kangaroo mother care")).first
    for _ in range(80):
        page.keyboard.press("Tab")
        if title.evaluate("element => element === document.activeElement"):
            break
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_contain_text("Kangaroo mother care")


def test_two_practices_stand_side_by_side(open_page):
    first, second = (
        Practice.objects.get(external_id=key) for key in ("col-kangaroo-mother-care", "per-stunting-reduction")
    )

    page = open_page(f"/practices/compare/?ref={first.reference}&ref={second.reference}")

    for practice in (first, second):
        expect(page.get_by_role("main")).to_contain_text(practice.live.title)


def test_someone_with_an_account_signs_in_and_out(open_page, settings):
    from django.core.management import call_command

    call_command("load_demo", verbosity=0)
    page = open_page("/accounts/login/?next=/practices/")

    page.locator("[name=login]").fill("officer.bgd@demo.example")
    page.locator("[name=password]").fill(settings.DEMO_PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("[0-9]/practices/$"))
    assert {cookie["name"] for cookie in page.context.cookies()} >= {"sessionid"}
    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()

    page.goto("/")
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    assert page.complaints == []
