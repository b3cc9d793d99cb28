"""What every test may rely on."""

import pytest
from django.utils import translation

from practices.names import names


@pytest.fixture(autouse=True)
def forget_reference_names():
    """The names behind codes are kept per public serial; a rolled-back test leaves a serial that comes again."""
    names.cache_clear()


@pytest.fixture(autouse=True)
def keep_files_apart(settings, tmp_path):
    """What tests store stays out of the portal's own media."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def hash_quickly(settings):
    """Passwords of tests are worth nothing; one test of signing in takes the portal's own, slow way."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]


@pytest.fixture(autouse=True)
def begin_in_english():
    """A test does not speak the language in which the last one asked for a page."""
    with translation.override("en"):
        yield
