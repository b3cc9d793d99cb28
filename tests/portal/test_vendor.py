"""What others made is served as it came: listed, licensed, and the same byte for byte."""

import base64
import hashlib
import json

import pytest
from django.conf import settings

STATIC = settings.BASE_DIR / "static"
MANIFEST = STATIC / "vendor" / "MANIFEST.json"
ROWS = json.loads(MANIFEST.read_text())["files"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])
def test_each_file_is_the_one_that_was_listed(row):
    digest = hashlib.sha384((STATIC / row["file"]).read_bytes()).digest()

    assert "sha384-" + base64.b64encode(digest).decode() == row["sha384"]
    assert all(row[key] for key in ("name", "version", "licence", "source"))


def test_nothing_lies_there_that_is_not_listed():
    found = {str(path.relative_to(STATIC)) for path in (STATIC / "vendor").rglob("*") if path.is_file()}

    assert found - {"vendor/MANIFEST.json"} == {row["file"] for row in ROWS if row["file"].startswith("vendor/")}


def test_no_page_loads_anything_from_elsewhere():
    own = [*(STATIC / "css").glob("*.css"), *(STATIC / "js").glob("*.js")]
    templates = [*(settings.BASE_DIR / "templates").rglob("*.html")]

    for path in [*own, *templates]:
        text = path.read_text()
        assert not any(f'{attribute}="http' in text for attribute in ("src", "srcset")), path
        assert "url(http" not in text.replace('url("http', "url(http"), path
        assert "@import" not in text, path
