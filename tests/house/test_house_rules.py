"""Small promises of the house: packages are pinned, migrations are written, every variable is documented."""

import re
import tomllib

import pytest
from django.core.management import call_command

from ssc_portal.catalogues import compile_catalogues
from tests.house.running import BASE_DIR
from tests.house.variables import variables_read

PROJECT = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())
RUN = PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["embedded"]
DEVELOPMENT = PROJECT["dependency-groups"]["dev"]
CATALOGUE = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"

msgid "Practices"
msgstr "{word}"
"""


def pins(name):
    """{package: version} of a requirements file."""
    text = (BASE_DIR / name).read_text()
    return dict(re.findall(r"^([a-z0-9._-]+)==([^\s;\\]+)", text, re.MULTILINE))


def normal(requirement):
    """(package, version or None) of a line in pyproject.toml."""
    name, version = re.match(r"([\w.-]+)(?:\[[^]]*\])?(?:==(.+))?", requirement).groups()
    return re.sub(r"[-_.]+", "-", name).lower(), version


@pytest.mark.parametrize(("name", "wanted"), [("requirements.txt", RUN), ("requirements-dev.txt", RUN + DEVELOPMENT)])
def test_every_dependency_is_pinned(name, wanted):
    pinned = pins(name)
    for package, version in map(normal, wanted):
        assert package in pinned
        assert version in {None, pinned[package]}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_pin_has_hashes_and_no_address(name):
    text = (BASE_DIR / name).read_text()
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(pins(name))
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert "://" not in text
    assert "--index-url" not in text


def test_development_runs_on_the_same_packages():
    development = pins("requirements-dev.txt")
    assert {name: development.get(name) for name in pins("requirements.txt")} == pins("requirements.txt")


@pytest.mark.django_db
def test_every_migration_is_written():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_every_variable_is_in_the_operations_guide():
    guide = (BASE_DIR / "docs" / "operations.md").read_text()
    section = guide.partition("\n## Variables\n")[2].partition("\n## ")[0]
    table = re.findall(r"^\| `(\w+)`", section, re.MULTILINE)
    assert sorted(table) == sorted(variables_read())


def test_catalogues_are_compiled_when_they_changed_and_only_then(tmp_path):
    source = tmp_path / "fr" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(CATALOGUE.format(word="Pratiques"))

    assert compile_catalogues(tmp_path) == [source.with_suffix(".mo")]
    assert compile_catalogues(tmp_path) == []
    source.write_text(CATALOGUE.format(word="Bonnes pratiques"))
    assert compile_catalogues(tmp_path) == [source.with_suffix(".mo")]
    assert b"Bonnes pratiques" in source.with_suffix(".mo").read_bytes()
    assert sorted(path.name for path in source.parent.iterdir()) == ["django.mo", "django.po"]
