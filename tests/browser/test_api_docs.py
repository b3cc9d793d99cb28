"""The API reference draws itself under the strict content policy, and a request can be tried."""

import pytest

# Opening an operation draws all of its parameters and shapes, which takes seconds where several browsers do so at once.
DRAWING = 40_000  # milliseconds


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_reference_is_drawn_and_a_request_answered(open_page, scheme):
    page = open_page("/api/v1/docs/", color_scheme=scheme)
    page.set_default_timeout(DRAWING)

    operation = page.locator("#operations-practices-practices_list")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table")
    answer.wait_for()

    paths = page.evaluate("fetch('/api/v1/schema/').then((answer) => answer.json()).then((schema) => schema.paths)")
    assert page.locator(".opblock").count() == sum(len(methods) for methods in paths.values()) > 10
    assert answer.locator("tbody .response-col_status").first.inner_text() == "200"
    assert '"count": 51' in answer.inner_text()
    assert page.complaints == []
    assert page.outside == []
