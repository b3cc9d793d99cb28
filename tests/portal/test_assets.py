"""Icons, map, theme line and style sheet fit the pages that use them."""

import base64
import hashlib
import json
import re

from django.conf import settings
from django.template.loader import render_to_string

STATIC = settings.BASE_DIR / "static"
TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))


def _ids(path):
    return set(re.findall(r' id="([^"]+)"', path.read_text()))


def test_the_policy_allows_the_theme_line_and_no_other():
    (line,) = re.findall(r"<script>(.*?)</script>", render_to_string("partials/theme_line.html"), re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(line.encode()).digest()).decode()

    assert f"'sha256-{digest}'" == settings.THEME_LINE_HASH


def test_no_template_brings_style_or_script_of_its_own():
    for path in TEMPLATES:
        text = path.read_text()
        assert not re.search(r'\sstyle="|<style|\son[a-z]+="', text), path
        if path.name != "theme_line.html":
            scripts = re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/ld\+json)[^>]*>", text)
            assert [tag for tag in scripts if "nonce" not in tag and 'type="module" src=' not in tag] == [], path


def test_every_icon_that_a_template_names_is_in_the_sprite():
    known = _ids(STATIC / "img" / "icons.svg")
    named = {name for path in TEMPLATES for name in re.findall(r'{% icon "([^"]+)"', path.read_text())}
    areas = json.loads((settings.BASE_DIR / "fixtures" / "areas.json").read_text())["areas"]

    assert named <= known
    assert {area["slug"] for area in areas} <= known


def test_every_country_has_a_shape_or_a_marker_on_the_map():
    countries = json.loads((settings.BASE_DIR / "fixtures" / "countries.json").read_text())["countries"]

    assert {f"c-{country['iso3']}" for country in countries} <= _ids(STATIC / "map" / "world.svg")


def test_the_map_leaves_its_colours_to_the_page():
    assert not re.search(r"fill=|stroke=|class=|style=", (STATIC / "map" / "world.svg").read_text())


def test_every_area_has_its_colours():
    css = (STATIC / "css" / "ssc.css").read_text()
    areas = json.loads((settings.BASE_DIR / "fixtures" / "areas.json").read_text())["areas"]

    assert [area["slug"] for area in areas if f".a-{area['slug']} {{" not in css] == []


def test_the_style_sheet_knows_neither_left_nor_right():
    css = re.sub(r"/\*.*?\*/", "", (STATIC / "css" / "ssc.css").read_text(), flags=re.DOTALL)

    assert re.findall(r"[\w-]*\b(?:left|right)\b[^;{}]*;", css) == []
