"""What every test may rely on, and who of several workers (``make test`` has three) runs it."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.test import override_settings
from django.utils import translation
from xdist.scheduler import LoadScopeScheduling

from practices.names import names
from ssc_portal.embedded.pytest_plugin import wait_for_migrated

HERE = Path(__file__).parent
# What takes longest begins first, so that no worker has a long file left when the other has nothing more to do.
LONGEST_FIRST = [
    "browser/",
    "access/test_matrix.py",
    "practices/test_workflow_machine.py",
    "exchanges/test_workflow_machine.py",
    "safety/test_hidden_is_missing.py",
    "safety/test_drafts_stay_private.py",
    "safety/test_headers.py",
    "house/test_crash_storm.py",
    "house/test_supervisor.py",
]


def pytest_collection_modifyitems(items):
    """Order the files by ``LONGEST_FIRST``; in each, the tests that need ``seeds`` come last, for these stay."""
    files = {path: number for number, path in enumerate(dict.fromkeys(item.path for item in items))}
    items.sort(key=lambda item: (_turn(item.path), files[item.path], "seeds" in item.fixturenames))


def _turn(path):
    name = path.relative_to(HERE).as_posix() if HERE in path.parents else ""
    return next((turn for turn, start in enumerate(LONGEST_FIRST) if name.startswith(start)), len(LONGEST_FIRST))


class _ByFile(LoadScopeScheduling):
    """Hands out whole files, in their order: what a file prepares for all of its tests is prepared once.

    Two files are too long for one worker: the matrix goes object by object, the pages for axe test by test.
    """

    def _split_scope(self, nodeid):
        path = nodeid.split("::")[0]
        if path == "tests/browser/test_accessibility.py":
            return nodeid
        if path == "tests/access/test_matrix.py" and "[" in nodeid:
            return re.split(r"[\[ \]]", nodeid)[1]  # the kind of object
        return path


def pytest_xdist_make_scheduler(config, log):
    config.option.loadscopereorder = False
    return _ByFile(config, log)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """A worker copies the database that was migrated while it collected its tests."""
    connection.settings_dict["TEST"]["TEMPLATE"] = wait_for_migrated()


@pytest.fixture(scope="module")
def seeds(django_db_setup, django_db_blocker):
    """What a fresh portal shows, loaded once for the last tests of a file; each one undoes what it does to it."""
    with django_db_blocker.unblock(), translation.override("en"), transaction.atomic():
        call_command("load_fixtures", verbosity=0)
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def forget_reference_names():
    """The names behind codes are kept per public serial; a rolled-back test leaves a serial that comes again."""
    names.cache_clear()


@pytest.fixture(autouse=True)
def keep_files_apart(settings, tmp_path):
    """What tests store stays out of the portal's own media."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(scope="session", autouse=True)
def hash_quickly():
    """Passwords of tests are worth nothing; one test of signing in takes the portal's own, slow way."""
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    with override_settings(PASSWORD_HASHERS=hashers):
        yield


@pytest.fixture(autouse=True)
def begin_in_english():
    """A test does not speak the language in which the last one asked for a page."""
    with translation.override("en"):
        yield
