"""Addresses that are put together are those that the URL resolver gives."""

import pytest
from django.urls import reverse
from django.utils import translation

from countries.addresses import address


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
@pytest.mark.parametrize(
    ("route", "key"), [("practices:detail", "solar-pumps"), ("practices:area", "wash"), ("countries:detail", "KEN")]
)
def test_an_address_is_that_of_the_resolver_in_each_language(route, key, language):
    with translation.override(language):
        expected = reverse(route, args=[key])
        assert address(route, key) == expected
    assert address(route, key, language) == expected
