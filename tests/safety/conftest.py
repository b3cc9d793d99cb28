import pytest
from django.test import Client


@pytest.fixture
def visitor():
    """A reader without an account, who is told what went wrong as in life, never by an exception."""
    return Client(raise_request_exception=False)
