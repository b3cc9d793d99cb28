"""A real Chromium against the real pages, with the documented practices loaded."""

import os
import shutil
import threading
import time
from pathlib import Path

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import connection

PATIENCE = 10_000  # milliseconds: the other processes of the run may be starting whole portals meanwhile
# The first is Chromium without its windows and menus: pages are drawn the same, in a third of the time.
CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",  # letters as wide as on a screen, whichever Chromium draws them
]


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser():
    """One Chromium for the run. Without one the tests are skipped; with REQUIRE_BROWSER=1 they fail."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if not path:
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail("REQUIRE_BROWSER=1, but there is no Chromium on this machine.")
        pytest.skip("There is no Chromium on this machine.")
    from playwright.sync_api import expect, sync_playwright

    # Playwright keeps an event loop in this thread; Django's guard against that is meant for async views.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


def replace_database(target, source=None):
    """Drop the database ``target``, whoever is still connected to it, and make it anew from ``source`` if given."""
    connection.close()
    with connection._nodb_cursor() as cursor:
        # Not "WITH (FORCE)": that gives up where PostgreSQL is just vacuuming; what vacuums goes without being forced.
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = current_user",
            [target],
        )
        cursor.execute(f'DROP DATABASE IF EXISTS "{target}"')
        if source:
            cursor.execute(f'CREATE DATABASE "{target}" TEMPLATE "{source}" STRATEGY FILE_COPY')


@pytest.fixture(scope="package")
def loaded(django_db_setup, django_db_blocker):
    """The name of a database that holds the fixtures: to copy it takes a tenth of the time of loading them."""
    tested = connection.settings_dict["NAME"]
    untouched, loaded = f"{tested}_untouched", f"{tested}_loaded"
    with django_db_blocker.unblock():
        replace_database(untouched, tested)
        call_command("load_fixtures", verbosity=0)
        replace_database(loaded, tested)
        yield loaded
        replace_database(tested, untouched)
        replace_database(untouched)
        replace_database(loaded)


@pytest.fixture
def _django_db_helper(loaded, django_db_blocker):
    """A fresh copy for each test stands in for emptying all tables after it."""
    with django_db_blocker.unblock():
        replace_database(connection.settings_dict["NAME"], loaded)
        ContentType.objects.clear_cache()
        yield


@pytest.fixture
def site(transactional_db, live_server, settings):
    """The address of a running portal that holds the fixtures."""
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    with _RequestsUnderWay() as under_way:
        yield live_server.url
        # A page saves once more when it is left; the next test's database is not made under that request.
        under_way.wait_for_none()


class _RequestsUnderWay:
    """Counts the requests that the portal is answering, while the block runs."""

    QUIET, PATIENCE = 0.05, 10  # seconds

    def __init__(self):
        self.count, self.changed = 0, threading.Condition()

    def __enter__(self):
        request_started.connect(self._started)
        request_finished.connect(self._finished)
        return self

    def __exit__(self, *_failure):
        request_started.disconnect(self._started)
        request_finished.disconnect(self._finished)

    def _started(self, **_facts):
        with self.changed:
            self.count += 1
            self.changed.notify_all()

    def _finished(self, **_facts):
        with self.changed:
            self.count -= 1
            self.changed.notify_all()

    def wait_for_none(self):
        """Return when nothing has been under way for QUIET seconds; fails after PATIENCE seconds."""
        deadline = time.monotonic() + self.PATIENCE
        with self.changed:
            while self.changed.wait(self.QUIET) or self.count > 0:
                assert time.monotonic() < deadline, f"{self.count} requests are still being answered"


def _note_if_outside(url, site, outside):
    if not url.startswith((site, "data:")):
        outside.append(url)


@pytest.fixture
def open_page(browser, site):
    """``open_page(path, **context options)``: a page on which every CSP violation and script error is an error."""
    contexts = []

    def open_page(path="/", **options):
        options.setdefault("viewport", {"width": 1280, "height": 900})
        context = browser.new_context(base_url=site, **options)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on(
            "console",
            lambda message: page.complaints.append(message.text) if message.type == "error" else None,
        )
        page.outside = []
        page.on(
            "request",
            lambda request: None if request.url.startswith((site, "data:")) else page.outside.append(request.url),
        )
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.set_offline(True)  # what a page would still send when it is left stays unsent
        context.close()
