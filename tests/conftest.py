"""What every test may rely on."""

import pytest

from practices.names import names


@pytest.fixture(autouse=True)
def forget_reference_names():
    """The names behind codes are kept per public serial; a rolled-back test leaves a serial that comes again."""
    names.cache_clear()
