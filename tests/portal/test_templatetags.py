"""Geometry of the small charts, tints of the map, page numbers."""

from types import SimpleNamespace

import pytest

from practices.cards import Result
from ssc_portal.templatetags.charts import bars, map_step, share_of, slope
from ssc_portal.templatetags.icons import icon
from ssc_portal.templatetags.paging import page_links, pages_around, query_beside


def _result(baseline, baseline_year, latest, latest_year):
    return Result(
        name="Stunting",
        unit="%",
        baseline=baseline,
        baseline_year=baseline_year,
        latest=latest,
        latest_year=latest_year,
        source="Survey",
    )


def test_a_slope_runs_from_before_to_after_above_a_zero_baseline():
    drawn = slope(_result(28, 2008, 14, 2016))

    assert drawn == {"line": "M4 4.0L236 30.0", "area": "M4 4.0L236 30.0V56.0H4z"}


@pytest.mark.parametrize(
    "result",
    [
        _result(None, None, 14, 2016),
        _result(28, 2016, 14, 2016),
        _result(28, None, 14, 2016),
        _result(0, 2008, 0, 2016),
    ],
    ids=["no baseline", "same year", "year unknown", "both zero"],
)
def test_there_is_no_line_without_two_figures_in_time_order(result):
    assert slope(result) is None


def test_figures_out_of_time_order_are_compared_by_bars():
    assert bars(_result(1, None, 0.55, 2019)) == {"baseline": 100.0, "latest": 55.0}


@pytest.mark.parametrize(
    "result", [_result(None, None, 5, 2000), _result(-1, None, 2, None), _result(0, None, 0, None)]
)
def test_bars_need_two_figures_that_have_a_length(result):
    assert bars(result) is None


@pytest.mark.parametrize(("count", "step"), [(0, 0), (1, 1), (2, 1), (3, 2), (5, 2), (6, 3), (9, 3), (10, 4), (500, 4)])
def test_the_map_has_four_tints(count, step):
    assert map_step(count) == step


def test_a_bar_is_as_long_as_its_share_of_the_longest():
    rows = [{"count": 8}, {"count": 2}]

    assert [share_of(row["count"], rows) for row in rows] == [100.0, 25.0]
    assert share_of(0, []) == 0


@pytest.mark.parametrize(
    ("page", "pages", "shown"),
    [
        (1, 1, [1]),
        (1, 5, [1, 2, None, 5]),
        (3, 5, [1, 2, 3, 4, 5]),
        (5, 9, [1, None, 4, 5, 6, None, 9]),
        (9, 9, [1, None, 8, 9]),
    ],
)
def test_a_pager_shows_both_ends_and_the_neighbours(page, pages, shown):
    assert pages_around(page, pages) == shown


def test_page_links_ask_the_list_for_its_own_query():
    listing = SimpleNamespace(page=2, pages_count=9, page_query=lambda number: f"q=water&page={number}")

    assert query_beside(listing, -1) == "q=water&page=1"
    assert page_links(listing).split("\n") == [
        '<li><a href="?q=water&amp;page=1">1</a></li>',
        '<li><span aria-current="page">2</span></li>',
        '<li><a href="?q=water&amp;page=3">3</a></li>',
        '<li><span class="muted">…</span></li>',
        '<li><a href="?q=water&amp;page=9">9</a></li>',
    ]


def test_an_icon_is_a_reference_that_nobody_hears():
    assert str(icon("arrow-right", "i-flip")).startswith('<svg class="i i-flip" aria-hidden="true"><use href="')
    assert "#arrow-right" in icon("arrow-right", "i-flip")
