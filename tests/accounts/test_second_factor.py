"""The second factor: whom it is demanded of, apps, recovery codes, passkeys, and pages that ask who one is again."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client

from accounts import second_factor
from accounts.enums import AuditAction, Role
from accounts.models import AuditEvent, OutboxMessage
from exchanges.models import Fund
from tests.make import make_organisation
from tests.people import PASSWORD, app_code, make_membership, make_user, set_up_app, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def forget_tries():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def demanded(settings):
    settings.SECOND_FACTOR_DEMANDED = True


def is_signed_in(client):
    return "_auth_user_id" in client.session


def signed_in_with_app(**facts):
    """(person, client, secret) of somebody who has an app and recovery codes, signed in; the codes as fourth."""
    user, client = make_user(**facts), Client()
    sign_in(client, user)
    secret = set_up_app(client)
    page = client.post("/accounts/security/recovery-codes/").content.decode().partition("<pre")[2]
    return user, client, secret, re.findall(r"\b[a-z2-9]{5}-[a-z2-9]{5}\b", page)


def test_a_demo_account_signs_in_by_password_alone_while_the_portal_is_tried_out(client):
    sign_in(client, make_user(Role.CURATOR))

    assert client.get("/review/").status_code == 200


@pytest.mark.parametrize("role", [Role.CURATOR, Role.ADMINISTRATOR])
def test_who_decides_reaches_nothing_before_a_second_factor_is_set_up(client, demanded, role):
    sign_in(client, make_user(role))

    for path in (
        "/",
        "/review/",
        "/accounts/notifications/",
        "/workspace/",
        "/practices/?q=water",
        "/fr/about/",
        "/desk/",
    ):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"].partition("?")[0].removeprefix("/fr")) == (
            302,
            "/accounts/security/",
        )
    assert client.post("/accounts/notifications/read/").status_code == 302
    assert client.get("/api/v1/practices/").status_code == 403
    page = client.get("/accounts/security/").content.decode()
    assert "Your role asks for a second factor" in page

    set_up_app(client)
    assert client.get("/accounts/notifications/").status_code == 200


def test_who_maintains_a_fund_needs_one_too_and_other_partners_do_not(client, demanded):
    host, other = make_organisation("Host"), make_organisation("Other")
    Fund.objects.create(name="A fund", slug="a-fund", organisation=host)
    keeper, partner = make_user(), make_user()
    make_membership(keeper, Role.PARTNER, organisation=host)
    make_membership(partner, Role.PARTNER, organisation=other)
    other_client = Client()
    sign_in(client, keeper)
    sign_in(other_client, partner)

    assert client.get("/accounts/notifications/").status_code == 302
    assert other_client.get("/accounts/notifications/").status_code == 200


def test_officers_are_not_asked_for_one(client, demanded):
    sign_in(client, make_user(Role.OFFICER))

    assert client.get("/workspace/").status_code == 200


def test_a_session_from_before_the_factor_shows_it_before_it_goes_on(demanded):
    user, _client, secret, _codes = signed_in_with_app()
    make_membership(user, Role.CURATOR)
    old = Client()
    old.force_login(user)

    assert old.get("/review/")["Location"] == "/accounts/again/code/?next=%2Freview%2F"
    answer = old.post("/accounts/again/code/?next=/review/", {"code": app_code(secret, 1)})

    assert answer["Location"] == "/review/"
    assert old.get("/review/").status_code == 200


def test_the_password_alone_no_longer_signs_in_and_the_code_does():
    user, _client, secret, _codes = signed_in_with_app()
    client = Client()

    assert sign_in(client, user)["Location"] == "/accounts/login/code/"
    assert not is_signed_in(client)
    assert client.get("/accounts/notifications/")["Location"].startswith("/accounts/login/")

    assert client.post("/accounts/login/code/", {"code": "000000"}).status_code == 200
    assert not is_signed_in(client)

    assert client.post("/accounts/login/code/", {"code": app_code(secret, 1)}).status_code == 302
    assert is_signed_in(client)


def test_a_code_of_the_app_works_once_even_when_the_cache_forgets():
    user, _client, secret, _codes = signed_in_with_app()
    code, clients = app_code(secret, 1), [Client(), Client()]

    for client in clients:
        sign_in(client, user)
        client.post("/accounts/login/code/", {"code": code})
        cache.clear()

    assert [is_signed_in(client) for client in clients] == [True, False]


def test_codes_that_were_seen_before_or_ran_out_open_nothing():
    user, _client, secret, _codes = signed_in_with_app()

    assert second_factor.use_code(user, app_code(secret)) is None  # the app was set up with it
    assert second_factor.use_code(user, app_code(secret, -2)) is None
    assert second_factor.use_code(user, app_code(secret, 3)) is None


def test_ten_wrong_codes_end_the_guessing_for_a_quarter_of_an_hour():
    user, _client, secret, _codes = signed_in_with_app()
    client = Client()
    sign_in(client, user)
    for number in range(10):
        assert "not right" in client.post("/accounts/login/code/", {"code": f"{number:06}"}).content.decode()

    page = client.post("/accounts/login/code/", {"code": app_code(secret, 1)}).content.decode()

    assert "Too many tries" in page
    assert not is_signed_in(client)


def test_the_key_of_the_app_is_not_readable_in_the_database():
    user, _client, secret, _codes = signed_in_with_app()

    assert secret not in str(Authenticator.objects.get(user=user, type="totp").data)


def test_a_recovery_code_signs_in_once_and_only_digests_are_kept():
    user, _client, _secret, codes = signed_in_with_app()
    assert len(set(codes)) == 10
    kept = str(Authenticator.objects.get(user=user, type="recovery_codes").data)
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)

    for written, works in ((codes[0].upper(), True), (codes[0], False), (codes[1].replace("-", " "), True)):
        client = Client()
        sign_in(client, user)
        client.post("/accounts/login/code/", {"code": written})
        assert is_signed_in(client) is works
    assert second_factor.recovery_codes_count(user) == 8
    assert AuditEvent.objects.filter(action=AuditAction.RECOVERY_CODE_USED, actor=user).count() == 2


def test_recovery_codes_are_shown_once_and_new_ones_end_the_old():
    user, client, _secret, codes = signed_in_with_app()

    assert codes[0] not in client.get("/accounts/security/recovery-codes/").content.decode()
    client.post("/accounts/security/recovery-codes/")

    assert second_factor.use_code(user, codes[0]) is None


def test_who_has_no_second_factor_gets_no_recovery_codes(client):
    user = make_user()
    sign_in(client, user)

    assert client.post("/accounts/security/recovery-codes/")["Location"] == "/accounts/security/"
    assert second_factor.recovery_codes_count(user) == 0


def test_an_app_can_be_removed_and_its_recovery_codes_go_with_it():
    user, client, _secret, _codes = signed_in_with_app()

    assert client.post("/accounts/security/app/remove/").status_code == 302

    assert not Authenticator.objects.filter(user=user).exists()


def test_the_last_factor_stays_with_people_of_whom_one_is_demanded(demanded):
    user, client, _secret, _codes = signed_in_with_app()
    make_membership(user, Role.CURATOR)

    answer = client.post("/accounts/security/app/remove/")

    assert "Set up another one before you remove it" in answer.content.decode()
    assert second_factor.has_one(user)


SENSITIVE = [
    "/accounts/security/app/",
    "/accounts/security/passkeys/add/",
    "/accounts/security/recovery-codes/",
]


@pytest.mark.parametrize("path", SENSITIVE)
def test_sensitive_pages_ask_again_who_signed_in_long_ago(client, path):
    user = make_user()
    client.force_login(user)  # nobody knows when they last gave a password

    answer = client.get(path)
    assert answer["Location"].startswith("/accounts/again/?next=")
    assert client.post(answer["Location"], {"password": "a wrong one"}).status_code == 200
    assert client.get(path).status_code == 302

    assert client.post(answer["Location"], {"password": PASSWORD})["Location"] == path
    assert "accounts/again" not in client.get(path).get("Location", "")


def test_what_was_shown_ages(client, settings):
    sign_in(client, make_user())
    assert client.get("/accounts/security/app/").status_code == 200

    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0

    assert client.get("/accounts/security/app/")["Location"].startswith("/accounts/again/")


def test_passkeys_are_asked_for_by_script_and_refused_when_made_up(client):
    user = make_user()
    sign_in(client, user)

    page = client.get("/accounts/security/passkeys/add/").content.decode()
    assert 'data-passkey="create"' in page
    assert '"challenge"' in page
    for made_up in ("{}", "[]", '{"id": "x", "rawId": "x", "type": "public-key", "response": {}}', "no json"):
        answer = client.post("/accounts/security/passkeys/add/", {"name": "phone", "credential": made_up})
        assert answer.status_code == 200
    assert not Authenticator.objects.filter(user=user).exists()


def test_a_made_up_passkey_signs_nobody_in_and_is_noted(client):
    make_user()
    page = client.get("/accounts/login/passkey/")
    assert "no-store" in page["Cache-Control"]
    assert '"userVerification": "required"' in page.content.decode()
    assert "sessionid" not in client.get("/accounts/login/").cookies  # only whoever asks for it is given a session

    for made_up in ("", "{}", "[]", '{"id": "x", "rawId": "x", "type": "public-key", "response": {}}', "no json"):
        assert client.post("/accounts/login/passkey/", {"credential": made_up}).status_code == 200
        assert not is_signed_in(client)

    assert AuditEvent.objects.filter(action=AuditAction.SIGN_IN_FAILED, actor=None, subject="").count() == 5


def test_nobody_removes_the_passkey_of_somebody_else(client):
    owner = make_user()
    passkey = Authenticator.objects.create(user=owner, type="webauthn", data={"name": "phone", "credential": {}})
    sign_in(client, make_user())

    assert client.post(f"/accounts/security/passkeys/{passkey.pk}/remove/").status_code == 404
    assert Authenticator.objects.filter(pk=passkey.pk).exists()


def test_changes_of_factors_are_told_to_their_owner_and_kept():
    user, client, _secret, _codes = signed_in_with_app()
    client.post("/accounts/security/app/remove/")

    kinds = OutboxMessage.objects.filter(user=user).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["accounts.factor_added", "accounts.recovery_codes_made", "accounts.factor_removed"]
    actions = AuditEvent.objects.filter(actor=user).order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["signed_in", "factor_added", "recovery_codes_made", "factor_removed"]


# A new secret key


def test_a_new_key_leaves_apps_and_recovery_codes_working_while_the_former_one_is_believed(settings):
    user, _client, secret, codes = signed_in_with_app()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the new one", [settings.SECRET_KEY]

    assert second_factor.use_code(user, codes[0])
    assert second_factor.use_code(user, codes[0]) is None
    call_command("change_key")
    settings.SECRET_KEY_FALLBACKS = []
    assert second_factor.use_code(user, app_code(secret, 1))
    assert second_factor.use_code(user, codes[1]) is None  # only its digest was kept, under the key that is gone


def test_a_key_that_opens_nothing_changes_nothing(settings):
    user, _client, secret, _codes = signed_in_with_app()
    former, settings.SECRET_KEY = settings.SECRET_KEY, "the new one"

    with pytest.raises(CommandError, match=f"accounts {user.pk}"):
        call_command("change_key")
    settings.SECRET_KEY = former
    assert second_factor.use_code(user, app_code(secret, 1))
