"""What every test may rely on."""

import pytest

from practices.names import names


@pytest.fixture(autouse=True)
def forget_reference_names():
    """The names behind codes are kept per public serial; a rolled-back test leaves a serial that comes again."""
    names.cache_clear()


@pytest.fixture(autouse=True)
def keep_files_apart(settings, tmp_path):
    """What tests store stays out of the portal's own media."""
    settings.MEDIA_ROOT = tmp_path / "media"
