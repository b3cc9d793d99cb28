"""The API reference draws itself under the strict content policy, and a request can be tried."""

import pytest
from playwright.sync_api import expect

from tests.people import make_key

# Opening an operation draws all of its parameters and shapes, which takes seconds where several browsers do so at once.
DRAWING = 40_000  # milliseconds


@pytest.fixture
def opened(open_page):
    """``opened(scheme)``: the page once it shows every operation of the document."""

    def opened(scheme):
        page = open_page("/api/v1/docs/", color_scheme=scheme)
        page.set_default_timeout(DRAWING)
        paths = page.evaluate("fetch('/api/v1/schema/').then((answer) => answer.json()).then((schema) => schema.paths)")
        page.locator(".opblock").first.wait_for()
        assert page.locator(".opblock").count() == sum(len(methods) for methods in paths.values()) > 10
        return page

    return opened


def test_the_reference_is_drawn_and_a_request_answered(opened):
    page = opened("light")

    operation = page.locator("#operations-practices-practices_list")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table")
    answer.wait_for()

    assert answer.locator("tbody .response-col_status").first.inner_text() == "200"
    assert '"count": 51' in answer.inner_text()
    assert page.complaints == []
    assert page.outside == []


def test_a_request_is_tried_with_a_key_in_the_dark(opened):
    key, text = make_key()
    page = opened("dark")

    def send(shown):
        page.locator(".scheme-container").get_by_role("button", name="Authorize").click()
        dialog = page.locator(".dialog-ux")
        bearer = dialog.locator(".auth-container", has_text="bearer")
        bearer.wait_for()
        if bearer.get_by_role("button", name="Remove authorization").is_visible():
            bearer.get_by_role("button", name="Remove authorization").click()
        bearer.locator("input").fill(shown)
        bearer.get_by_role("button", name="Apply credentials").click()
        dialog.get_by_role("button", name="Close").first.click()
        operation.get_by_role("button", name="Execute").click()
        return operation.locator(".live-responses-table tbody .response-col_status").first

    operation = page.locator("#operations-areas-areas_list")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()

    expect(send("ssc_wrong")).to_contain_text("401")
    expect(send(text)).to_contain_text("200")
    key.refresh_from_db()
    assert key.last_used_at is not None
    assert [complaint for complaint in page.complaints if "401" not in complaint] == []
    assert page.outside == []
