"""Five languages are equal: every sentence that the portal says is translated, with its placeholders and plurals."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from babel.messages.pofile import read_po
from django.conf import settings

LANGUAGES = ["fr", "es", "pt", "ar"]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}")


@pytest.fixture(scope="module")
def catalogues(tmp_path_factory):
    """Catalogues as they would be after collecting all sentences anew: {language: Catalog}."""
    if not shutil.which("xgettext"):
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail("xgettext is needed to collect the sentences.")
        pytest.skip("xgettext is not on this machine.")
    folder = tmp_path_factory.mktemp("sources")
    unread = shutil.ignore_patterns(".*", "var", "static", "tests", "node_modules", "__pycache__", "fixtures")
    shutil.copytree(settings.BASE_DIR, folder, ignore=unread, dirs_exist_ok=True)
    command = [sys.executable, "-m", "django", "makemessages", "--no-location", *(f"-l{code}" for code in LANGUAGES)]
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    read = {}
    for language in LANGUAGES:
        with (folder / "locale" / language / "LC_MESSAGES" / "django.po").open("rb") as file:
            read[language] = read_po(file, locale=language)
    return read


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated(catalogues, language):
    missing = [
        message.id
        for message in catalogues[language]
        if message.id and (message.fuzzy or not _texts(message.string) or not all(_texts(message.string)))
    ]

    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_translation_keeps_its_placeholders(catalogues, language):
    wrong = []
    for message in catalogues[language]:
        if not message.id:
            continue
        wanted = set(PLACEHOLDER.findall(_texts(message.id)[-1]))
        # A plural form for one thing may leave the number out: "one result".
        wrong += [
            (message.id, text)
            for text in _texts(message.string)
            if not set(PLACEHOLDER.findall(text)) <= wanted
            or (isinstance(message.id, str) and set(PLACEHOLDER.findall(text)) != wanted)
        ]

    assert wrong == []


def _texts(value):
    return [value] if isinstance(value, str) and value else list(value or [])
