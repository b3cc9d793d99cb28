"""The impact page of an empty portal, its files and its map."""

import json
import re

import pytest

from accounts.enums import Role
from ssc_portal.impact import arcs
from ssc_portal.impact.flows import Flow
from tests.make import make_area, make_country, make_practice
from tests.people import make_user
from tests.practices.test_views import text_of

pytestmark = pytest.mark.django_db


def test_an_empty_portal_says_so_and_offers_the_next_step(client):
    page = client.get("/impact/")

    words = text_of(page)
    for told in (
        "No exchange from one country to another yet",
        "No practice fits these filters",
        "No need that fits has been opened yet",
        "No practice that fits has been taken over",
        "The figures are kept at the end of each month",
    ):
        assert told in words
    assert page.content.decode().count("/workspace/needs/new/") >= 3


@pytest.mark.parametrize("kind", ["offers", "needs"])
def test_a_form_begins_with_the_area_of_the_gap_that_led_to_it(client, kind):
    make_area("wash")
    make_area("nutrition")
    client.force_login(make_user(Role.OFFICER))

    page = client.get(f"/workspace/{kind}/new/?area=wash&area=nonsense").content.decode()

    ticked = re.findall(r'<input type="checkbox" name="challenge_areas" value="([^"]+)"[^>]* checked', page)
    assert ticked == ["wash"]


def test_a_row_of_a_file_never_runs_as_a_formula(client):
    make_practice(title="=1+1", adoptions=[{"country": "PER"}])

    assert b",'=1+1," in b"".join(client.get("/impact/most-adopted.csv").streaming_content)


def test_an_arc_begins_and_ends_at_capitals_and_tells_directions_apart():
    countries = {
        "BRA": make_country("BRA", names={"en": "Brazil"}, capital_latitude=-15.8, capital_longitude=-47.9),
        "MOZ": make_country("MOZ", names={"en": "Mozambique"}, capital_latitude=-25.97, capital_longitude=32.6),
        "ATL": make_country("ATL", names={"en": "Atlantis"}),
    }
    there, back, nowhere = Flow("BRA", "MOZ", 9, ()), Flow("MOZ", "BRA", 1, ()), Flow("BRA", "ATL", 1, ())

    drawn, dots = arcs.draw([there, back, nowhere], countries)

    (x1, y1), (x2, y2) = arcs.position(countries["BRA"]), arcs.position(countries["MOZ"])
    by_flow = {arc.flow: arc for arc in drawn}
    assert set(by_flow) == {there, back}
    assert by_flow[there].path.startswith(f"M{x1} {y1}Q")
    assert by_flow[there].path.endswith(f" {x2} {y2}")
    assert by_flow[there].path.split("Q")[1].split()[:2] != by_flow[back].path.split("Q")[1].split()[:2]
    assert (by_flow[there].width, by_flow[back].width) == (4, 1)
    assert not re.search(r"\d\.\d", by_flow[there].path + by_flow[there].head)
    assert [dot.country.pk for dot in dots] == ["BRA", "MOZ"]


def test_capitals_lie_inside_their_countries_on_the_map(settings):
    rows = json.loads((settings.BASE_DIR / "fixtures" / "countries.json").read_text())["countries"]
    shapes = (settings.BASE_DIR / "static" / "map" / "world.svg").read_text()
    outside = []
    for row in rows:
        path = re.search(rf'<path id="c-{row["iso3"]}" d="([^"]+)"', shapes)
        if not path or not row["capital"] or row["capital"]["lat"] is None:
            continue
        country = make_country_of(row)
        x, y = arcs.position(country)
        if not any(
            left - 2 <= x <= right + 2 and top - 2 <= y <= bottom + 2 for left, top, right, bottom in boxes(path[1])
        ):
            outside.append(row["iso3"])

    assert outside == []


def make_country_of(row):
    return type("Place", (), {"capital_latitude": row["capital"]["lat"], "capital_longitude": row["capital"]["lon"]})


def boxes(path):
    """The bounding box of each ring of ``path`` (M absolute, l relative)."""
    for ring in path.split("M")[1:]:
        numbers = [int(one) for one in re.findall(r"-?\d+", ring)]
        x, y = numbers[:2]
        xs, ys = [x], [y]
        for dx, dy in zip(numbers[2::2], numbers[3::2], strict=True):
            x, y = x + dx, y + dy
            xs.append(x)
            ys.append(y)
        yield min(xs), min(ys), max(xs), max(ys)
