"""The pages of one's own keys to the API: made after showing who one is, shown once, replaced, revoked."""

import logging
import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import keys
from accounts.enums import AuditAction, Role, Scope
from accounts.models import ApiKey, AuditEvent, Notification, OutboxMessage
from ssc_portal.data_rights import held_of
from tests.people import PASSWORD, bearer, make_key, make_user, set_up_app, sign_in

pytestmark = pytest.mark.django_db
FORM = {"name": "Nightly import", "scopes": ["draft"], "days": "30"}
TEXT = re.compile(r"ssc_[a-z0-9]{8}_[A-Za-z0-9]{43}")


@pytest.fixture(autouse=True)
def forget_tries():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def owner(client):
    user = make_user()
    sign_in(client, user)
    return user


def secret_in(answer):
    (text,) = set(TEXT.findall(answer.content.decode()))
    return text


def show_older(client):
    """Let the moment at which who is signed in with ``client`` showed who they are lie an hour back."""
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 3600
    session["account_authentication_methods"] = session["account_authentication_methods"]
    session.save()


def test_a_key_is_made_shown_once_and_works(client, owner):
    answer = client.post("/accounts/keys/new/", FORM)

    text = secret_in(answer)
    assert "no-store" in answer["Cache-Control"]
    key = keys.opened_by(text)
    assert (key.user, key.name, key.scopes) == (owner, "Nightly import", ["read", "draft"])
    assert client.get("/api/v1/practices/", headers=bearer(text)).status_code == 200
    again = client.get("/accounts/keys/")
    assert not TEXT.search(again.content.decode())
    assert f"ssc_{key.prefix}_…" in again.content.decode()
    event = AuditEvent.objects.get(action=AuditAction.KEY_MADE)
    assert (event.actor, event.subject) == (owner, f"accounts.apikey:{key.pk}")
    assert Notification.objects.get(user=owner, kind="accounts.key_made").path == "/accounts/keys/"


@pytest.mark.parametrize("path", ["/accounts/keys/new/", "/accounts/keys/{key}/replace/"])
def test_who_has_not_lately_shown_who_they_are_does_so_first(client, owner, path):
    key, _text = make_key(user=owner)
    show_older(client)

    for answer in (client.get(path.format(key=key.pk)), client.post(path.format(key=key.pk), FORM)):
        assert answer["Location"].startswith("/accounts/again/?next=")
    assert ApiKey.objects.count() == 1


def test_the_same_form_sent_twice_makes_one_key(client, owner):
    client.post("/accounts/keys/new/", FORM)

    answer = client.post("/accounts/keys/new/", FORM)

    assert answer.status_code == 422
    assert owner.api_keys.count() == 1


@pytest.mark.parametrize("wrong", [{"name": ""}, {"days": "3650"}, {"days": ""}, {"scopes": ["all"]}])
def test_what_a_form_does_not_offer_makes_no_key(client, owner, wrong):
    assert client.post("/accounts/keys/new/", FORM | wrong).status_code == 422
    assert not ApiKey.objects.exists()


def test_nobody_has_more_keys_than_can_be_looked_through(client, owner):
    for number in range(keys.MOST_KEYS):
        make_key(user=owner, name=f"Key {number}")

    assert client.post("/accounts/keys/new/", FORM).status_code == 422
    assert owner.api_keys.count() == keys.MOST_KEYS


def test_only_a_curator_who_has_shown_a_second_factor_makes_a_key_that_reviews(client, settings):
    asked = FORM | {"scopes": ["review"]}
    sign_in(client, make_user(Role.OFFICER))
    assert client.post("/accounts/keys/new/", asked).status_code == 422

    curator, other = make_user(Role.CURATOR), Client()
    sign_in(other, curator)
    settings.SECOND_FACTOR_DEMANDED = True
    assert other.post("/accounts/keys/new/", asked).status_code == 302
    set_up_app(other)

    assert keys.opened_by(secret_in(other.post("/accounts/keys/new/", asked))).allows(Scope.REVIEW)


def test_a_replaced_key_goes_on_for_the_days_that_were_chosen(client, owner):
    old, text = make_key(Scope.DRAFT, user=owner, days=90)

    new_text = secret_in(client.post(f"/accounts/keys/{old.pk}/replace/", {"days": "3"}))

    old.refresh_from_db()
    new = keys.opened_by(new_text)
    assert (old.replaced_by, new.name, new.scopes) == (new, old.name, ["read", "draft"])
    assert (new.expires_at - new.created_at).days == 90
    assert timedelta(days=2.9) < old.expires_at - timezone.now() <= timedelta(days=3)
    assert keys.opened_by(text) == old
    assert AuditEvent.objects.get(action=AuditAction.KEY_REPLACED).changes == {"key": [old.prefix, new.prefix]}
    assert client.post(f"/accounts/keys/{old.pk}/replace/", {"days": "3"}).status_code == 422


def test_a_key_that_is_replaced_at_once_opens_nothing(client, owner):
    old, text = make_key(user=owner)

    client.post(f"/accounts/keys/{old.pk}/replace/", {"days": "0"})

    assert client.get("/api/v1/practices/", headers=bearer(text)).status_code == 401


def test_a_replaced_key_lives_no_longer_than_it_would_have():
    old, _text = make_key(days=1)

    keys.replace(old, rest=timedelta(days=7))

    assert ApiKey.objects.get(pk=old.pk).expires_at == old.expires_at


def test_a_revoked_key_is_refused_at_the_next_request(client, owner):
    key, text = make_key(user=owner)
    assert client.get("/api/v1/practices/", headers=bearer(text)).status_code == 200

    for _time in range(2):
        assert client.post(f"/accounts/keys/{key.pk}/revoke/")["Location"] == "/accounts/keys/"

    assert client.get("/api/v1/practices/", headers=bearer(text)).status_code == 401
    assert AuditEvent.objects.filter(action=AuditAction.KEY_REVOKED).count() == 1


def test_somebody_elses_key_is_not_there(client, owner):
    key, _text = make_key()

    assert client.post(f"/accounts/keys/{key.pk}/replace/", {"days": "0"}).status_code == 404
    assert client.post(f"/accounts/keys/{key.pk}/revoke/").status_code == 404
    assert str(key) not in client.get("/accounts/keys/").content.decode()
    assert ApiKey.objects.get().is_current


def test_the_list_costs_the_same_with_one_key_and_with_three(client, owner, django_assert_max_num_queries):
    counts = []
    for number in (1, 2):
        for more in range(number):
            old, _text = make_key(user=owner, name=f"Key {number} {more}")
            keys.replace(old, rest=timedelta(days=1))
        with django_assert_max_num_queries(30) as queries:
            client.get("/accounts/keys/")
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_a_new_password_and_signing_out_everywhere_end_no_key(client, owner):
    _key, text = make_key(user=owner)

    new = "another long enough pass phrase"
    client.post("/accounts/security/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    client.post("/accounts/security/sessions/end/", {"others": "1"})

    owner.refresh_from_db()
    assert owner.check_password(new)
    assert Client().get("/api/v1/practices/", headers=bearer(text)).status_code == 200


def test_no_clear_key_stands_in_a_table_or_in_the_log(client, owner, caplog):
    caplog.set_level(logging.DEBUG)
    text = secret_in(client.post("/accounts/keys/new/", FORM))
    replaced = secret_in(client.post(f"/accounts/keys/{ApiKey.objects.get().pk}/replace/", {"days": "1"}))
    for shown in (text, replaced, text[:-1] + "x", replaced[:30]):
        client.get("/api/v1/practices/", headers=bearer(shown))
        client.get(f"/api/v1/practices/{shown}/", headers=bearer(shown))

    kept = caplog.text + "".join(str(row) for row in _all_rows())

    assert ApiKey.objects.first().prefix in kept
    for secret in (text.rpartition("_")[2], replaced.rpartition("_")[2]):
        assert secret[:20] not in kept
        assert secret[-20:] not in kept


def _all_rows():
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            yield table, cursor.fetchall()


def test_keys_belong_to_the_copy_of_ones_data_without_their_digests(owner):
    key, _text = make_key(user=owner)

    copy = str(held_of(owner))

    assert key.name in copy
    assert key.digest not in copy


def test_a_new_secret_key_of_the_portal_names_the_keys_that_it_will_end(settings, capsys):
    _key, used = make_key()
    make_key()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the new one", [settings.SECRET_KEY]
    keys.opened_by(used)

    call_command("change_key")

    assert "1 API keys" in capsys.readouterr().out


def test_the_message_names_the_key_and_not_its_secret():
    key, text = make_key(name="Nightly import")

    row = OutboxMessage.objects.get(user=key.user)

    assert row.context == {"key": "Nightly import"}
    assert text.rpartition("_")[2] not in str(row.__dict__)
