"""Keys to the API: how they are kept, found, and refused."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts import keys
from accounts.enums import Scope
from accounts.models import ApiKey
from tests.people import make_key, make_user

pytestmark = pytest.mark.django_db


def refusal_of(text):
    with pytest.raises(keys.Refused) as caught:
        keys.opened_by(text)
    return str(caught.value)


def test_a_key_opens_what_its_person_made_it_for():
    user = make_user()

    key, text = keys.make(user, name="Nightly import", scopes=[Scope.DRAFT], days=30)

    assert text.startswith(f"ssc_{key.prefix}_")
    assert len(text) == 56
    found = keys.opened_by(text)
    assert (found, found.user, found.scopes) == (key, user, ["read", "draft"])
    assert key.expires_at - key.created_at == timedelta(days=30)


def test_nothing_of_a_secret_is_kept():
    _key, text = make_key()
    secret = text.rpartition("_")[2]

    kept = " ".join(str(value) for value in ApiKey.objects.values_list().get())

    assert not any(secret[start : start + 8] in kept for start in range(36))


def test_a_key_is_found_by_its_prefix_and_by_nothing_less():
    key, text = make_key()
    _other, other_text = make_key()
    mixed = f"ssc_{key.prefix}_{other_text.rpartition('_')[2]}"

    for wrong in (mixed, text[:-1], text + "A", text.upper(), text.replace("ssc_", ""), "", "ssc__", f" {text}"):
        assert refusal_of(wrong) == "There is no such key."


def test_one_query_finds_a_key_and_one_more_a_minute_notes_its_use(django_assert_num_queries):
    key, text = make_key()
    assert key.last_used_at is None

    keys.opened_by(text)
    with django_assert_num_queries(1):
        keys.opened_by(text)

    first = ApiKey.objects.get().last_used_at
    assert timezone.now() - first < timedelta(seconds=30)
    ApiKey.objects.update(last_used_at=first - timedelta(minutes=2))
    keys.opened_by(text)
    assert ApiKey.objects.get().last_used_at >= first


@pytest.mark.django_db(transaction=True)
def test_noting_a_use_waits_for_nobody():
    key, text = make_key()

    def ask():
        try:
            assert keys.opened_by(text) == key
        finally:
            connection.close()

    with transaction.atomic():
        ApiKey.objects.select_for_update().get()
        asking = threading.Thread(target=ask)
        asking.start()
        asking.join(timeout=10)
        assert not asking.is_alive()
    assert ApiKey.objects.get().last_used_at is None  # the next request notes it


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"revoked_at": timezone.now()}, "This key was revoked."),
        ({"created_at": timezone.now() - timedelta(days=9), "expires_at": timezone.now()}, "This key has expired."),
    ],
)
def test_what_ended_opens_nothing_from_the_next_request_on(change, why):
    _key, text = make_key()
    keys.opened_by(text)

    ApiKey.objects.update(**change)

    assert refusal_of(text) == why


def test_a_closed_account_has_no_keys():
    key, text = make_key()
    key.user.is_active = False
    key.user.save()

    assert refusal_of(text) == "The account of this key is closed."


def test_a_former_secret_key_of_the_portal_is_believed_and_not_needed_after_the_next_use(settings):
    _key, used = make_key()
    _other, unused = make_key()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the new one", [settings.SECRET_KEY]

    keys.opened_by(used)
    settings.SECRET_KEY_FALLBACKS = []

    assert keys.opened_by(used)
    assert refusal_of(unused) == "There is no such key."


def test_reviewing_needs_a_second_factor_where_one_is_demanded(settings):
    settings.SECOND_FACTOR_DEMANDED = True
    without, _text = make_key(Scope.REVIEW)
    shown, _text = make_key(Scope.REVIEW, second_factor=True)

    assert not without.allows(Scope.REVIEW)
    assert without.allows(Scope.READ)
    assert shown.allows(Scope.REVIEW)
