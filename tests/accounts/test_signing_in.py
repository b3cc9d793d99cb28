"""The two pages on which people sign in and out."""

import re

import pytest
from django.conf import settings
from django.contrib.auth.hashers import MD5PasswordHasher, make_password
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from accounts.adapter import AccountAdapter
from accounts.models import User
from ssc_portal.cache_backend import ResilientRedisCache
from ssc_portal.settings import PASSWORD_HASHERS as SLOW_HASHERS
from tests.people import PASSWORD, make_user, set_up_app

pytestmark = pytest.mark.django_db

ELSEWHERE = [
    "https://evil.example/",
    "http://evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    " https://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "HTTPS://EVIL.example",
    "http:\\\\evil.example",
    "ftp://evil.example/",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "mailto:someone@evil.example",
    "testserver@evil.example",
    "https://testserver@evil.example/",
    "https://testserver:80@evil.example/",
    "https://testserver.evil.example/",
    "https://eviltestserver/",
    "//testserver@evil.example",
    "//testserver\\@evil.example",
    "//evil.example\\@testserver",
    "https://evil.example#testserver",
    "https://evil.example?testserver",
    "//evil.example/%2e%2e",
    "//%65vil.example",
    "//evil.example:80",
    "//[::1]/",
    "//127.0.0.1/",
    "//2130706433/",
    "//evil。example",
    "http://evil。example",
    "//\u2044evil.example",
    "x:/evil.example",
    "?next=//evil.example",
    "practices/",
    "..//evil.example",
    "./\\evil.example",
    "\x00//evil.example",
    "%2f%2fevil.example",
    "%5c%5cevil.example",
    "//evil.example%00.testserver",
    "http://testserver/",
    "https://testserver/",
    "//testserver/",
    "ws://testserver/",
    "about:blank",
]


@pytest.fixture(autouse=True)
def forget_failed_tries():
    cache.clear()
    yield
    cache.clear()


def sign_in(client, email, password=PASSWORD, query="", **data):
    return client.post(f"/accounts/login/{query}", {"login": email, "password": password, **data})


def is_signed_in(client):
    return "_auth_user_id" in client.session


def test_the_page_says_that_reading_is_open_and_asks_for_two_things(client):
    page = client.get("/accounts/login/").content.decode()

    assert "Reading is open to everyone" in page
    assert re.findall(r'<input[^>]* name="(\w+)"', page[page.index("<main") :]) == [
        "csrfmiddlewaretoken",
        "login",
        "password",
    ]


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_the_page_exists_in_every_language(client, language):
    prefix = "" if language == "en" else f"/{language}"

    answer = client.get(f"{prefix}/accounts/login/")

    assert (answer.status_code, answer["Content-Language"]) == (200, language)


def test_a_person_signs_in_by_address_and_password_however_the_address_is_written(client):
    make_user(email="amina@example.org")

    answer = sign_in(client, " Amina@Example.org ")

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert is_signed_in(client)


def test_passwords_are_kept_as_argon2id(settings):
    settings.PASSWORD_HASHERS = SLOW_HASHERS

    assert make_user().password.startswith("argon2$argon2id$")


def test_signing_in_starts_a_new_session_with_a_guarded_cookie(client):
    make_user(email="amina@example.org")
    client.cookies["sessionid"] = "a-session-that-an-attacker-chose"

    cookie = sign_in(client, "amina@example.org").cookies["sessionid"]

    assert cookie.value != "a-session-that-an-attacker-chose"
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert cookie["max-age"] == ""  # it ends with the browser


def test_wrong_details_get_one_answer_that_does_not_say_which_part_was_wrong():
    make_user(email="known@example.org")
    make_user(email="former@example.org", is_active=False)

    pages = []
    for email, password in [
        ("known@example.org", "not the pass phrase"),
        ("unknown@example.org", PASSWORD),
        ("former@example.org", PASSWORD),
    ]:
        client = Client()
        answer = sign_in(client, email, password)
        assert answer.status_code == 200
        assert not is_signed_in(client)
        page = answer.content.decode().replace(email, "…")
        page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)
        pages.append(re.sub(r"[0-9a-f]{32}", "", page))

    assert "The e-mail address or the password is not right." in pages[0]
    assert pages[1:] == [pages[0]] * 2


class CountingHasher(MD5PasswordHasher):
    """How often a password was hashed, which takes nearly all of the time."""

    algorithm = "counting"
    count = 0

    def encode(self, password, salt):
        CountingHasher.count += 1
        return super().encode(password, salt)


def test_known_and_unknown_addresses_take_the_same_steps_and_so_the_same_time(settings):
    """Also the one of somebody with a second factor, who has no password yet, or who has left."""
    owner = Client()
    sign_in(owner, (careful := make_user()).email)
    set_up_app(owner)
    waiting = make_user()
    waiting.set_unusable_password()
    waiting.save()
    people = [make_user(), careful, waiting, make_user(is_active=False)]
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher", *settings.PASSWORD_HASHERS]
    User.objects.exclude(pk=waiting.pk).update(password=make_password(PASSWORD))

    steps = []
    for email in ("unknown@example.org", *(user.email for user in people)):
        CountingHasher.count = 0
        with CaptureQueriesContext(connection) as queries:
            sign_in(Client(), email, "not the pass phrase")
        kinds = [" ".join(query["sql"].partition("WHERE")[0].split()[:3]) for query in queries]
        steps.append([*kinds, f"{CountingHasher.count} hashed"])

    assert steps[0][-1] == "1 hashed"
    assert steps[1:] == [steps[0]] * 4


def test_an_incomplete_form_names_what_is_missing(client):
    answer = sign_in(client, "", "")

    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.count("This is needed to sign in.") == 4  # in the summary and beside each field
    assert 'aria-invalid="true"' in page


def test_the_password_is_never_sent_back(client):
    make_user(email="amina@example.org")

    assert "a wrong pass phrase" not in sign_in(client, "amina@example.org", "a wrong pass phrase").content.decode()


def test_after_signing_in_the_reader_is_where_they_wanted_to_be(client):
    make_user(email="amina@example.org")

    assert sign_in(client, "amina@example.org", next="/fr/practices/?q=eau")["Location"] == "/fr/practices/?q=eau"


@pytest.mark.parametrize("target", ELSEWHERE)
def test_nobody_is_led_to_another_site(client, target):
    make_user(email="amina@example.org")

    assert AccountAdapter().is_safe_url(target) is False
    if "\x00" in target:  # refused before any view sees it
        return
    for answer in (
        sign_in(client, "amina@example.org", next=target),
        client.post("/accounts/again/", {"password": PASSWORD, "next": target}),
        client.post("/accounts/logout/", {"next": target}),
    ):
        assert (answer.status_code, answer["Location"]) == (302, "/")


def test_who_is_signed_in_already_is_not_led_elsewhere_either(client):
    client.force_login(make_user())

    assert client.get("/accounts/login/", {"next": "//evil.example"})["Location"] == "/"


def test_signing_out_is_asked_first_and_done_by_post(client):
    user = make_user(email="amina@example.org")
    client.force_login(user)

    question = client.get("/accounts/logout/")
    assert question.status_code == 200
    assert "amina@example.org" in question.content.decode()
    assert is_signed_in(client)

    answer = client.post("/accounts/logout/")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert not is_signed_in(client)


def test_signing_out_leaves_no_cookie_behind(client):
    make_user(email="amina@example.org")
    sign_in(client, "amina@example.org")

    client.post("/accounts/logout/")

    assert client.cookies["sessionid"].value == ""
    assert "messages" not in client.cookies


def test_a_form_from_elsewhere_is_refused_in_the_design():
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a@example.org", "password": "x"})

    assert answer.status_code == 403
    assert "This form has expired" in answer.content.decode()


@pytest.mark.parametrize(
    "name",
    ["account_signup", "account_email", "account_set_password", "account_inactive", "mfa_trust"],
)
def test_no_other_page_of_the_sign_in_package_exists(client, name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


@pytest.mark.parametrize(
    "path",
    ["", "signup/", "email/", "password/reset/", "password/change/", "inactive/", "social/", "2fa/", "sessions/"],
)
def test_their_usual_addresses_are_not_found(client, path):
    assert client.get(f"/accounts/{path}").status_code == 404


def guess(email, attempt, address="192.0.2.1"):
    return sign_in(Client(REMOTE_ADDR=address), email, f"guess {attempt}").content.decode()


def test_after_ten_wrong_tries_an_account_rests_for_that_network():
    make_user(email="amina@example.org")
    for attempt in range(10):
        assert "is not right" in guess("amina@example.org", attempt)

    client = Client(REMOTE_ADDR="192.0.2.1")
    page = sign_in(client, "amina@example.org").content.decode()
    assert "Too many tries. Wait fifteen minutes" in page
    assert not is_signed_in(client)

    elsewhere = Client(REMOTE_ADDR="192.0.2.2")
    sign_in(elsewhere, "amina@example.org")
    assert is_signed_in(elsewhere)


def test_nobody_tries_more_than_a_hundred_times_a_day_from_wherever():
    make_user(email="amina@example.org")
    answers = [guess("amina@example.org", number, f"192.0.2.{number // 5}") for number in range(120)]

    assert sum("is not right" in page for page in answers) == 100
    assert all("Too many tries" in page for page in answers[100:])


def test_guesses_at_many_accounts_from_one_network_are_stopped():
    answers = [guess(f"person-{number}@example.org", number) for number in range(40)]

    assert sum("is not right" in page for page in answers) == 30


def test_the_owner_still_gets_in_from_a_device_where_they_were_before():
    make_user(email="amina@example.org")
    own = Client(REMOTE_ADDR="192.0.2.200")
    sign_in(own, "amina@example.org")
    own.post("/accounts/logout/")
    for number in range(110):
        guess("amina@example.org", number, f"192.0.2.{number // 5}")

    stranger = Client(REMOTE_ADDR="192.0.2.200")
    sign_in(stranger, "amina@example.org")
    sign_in(own, "amina@example.org")

    assert not is_signed_in(stranger)
    assert is_signed_in(own)


def test_a_known_device_does_not_guess_without_end_either_nor_at_other_accounts():
    make_user(email="amina@example.org")
    make_user(email="other@example.org")
    own = Client()
    cookie = sign_in(own, "amina@example.org").cookies["device"]
    own.post("/accounts/logout/")
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert "amina" not in cookie.value

    for email in ("amina@example.org", "other@example.org"):
        for number in range(10):
            assert "is not right" in sign_in(own, email, f"guess {number}").content.decode()
        assert "Too many tries" in sign_in(own, email).content.decode()


def test_a_made_up_device_is_no_device():
    make_user(email="amina@example.org")
    for number in range(100):
        guess("amina@example.org", number, f"192.0.2.{number // 5}")
    client = Client(REMOTE_ADDR="192.0.2.201")
    client.cookies["device"] = "WyJhIl0:1abcde:made-up"

    assert "Too many tries" in sign_in(client, "amina@example.org").content.decode()


def test_an_account_that_nobody_has_rests_just_the_same():
    for attempt in range(10):
        sign_in(Client(), "nobody@example.org", f"guess {attempt}")

    assert "Too many tries" in sign_in(Client(), "nobody@example.org").content.decode()


def test_right_details_do_not_count_as_tries():
    make_user(email="amina@example.org")

    for _attempt in range(12):
        client = Client()
        sign_in(client, "amina@example.org")
        assert is_signed_in(client)


def test_what_the_database_could_not_answer_is_no_wrong_guess():
    make_user(email="amina@example.org")

    def away(execute, sql, *rest):
        if "accounts_user" in sql:
            raise OperationalError("server closed the connection unexpectedly")
        return execute(sql, *rest)

    with connection.execute_wrapper(away):
        answers = [sign_in(Client(), "amina@example.org").status_code for _attempt in range(12)]
    client = Client()
    sign_in(client, "amina@example.org")

    assert answers == [503] * 12
    assert is_signed_in(client)


def test_a_forwarded_address_is_not_believed_without_a_proxy_of_ours():
    for attempt in range(31):
        answer = Client(headers={"X-Forwarded-For": f"198.51.100.{attempt}"}).post(
            "/accounts/login/", {"login": f"guess-{attempt}@example.org", "password": "guess"}
        )

    assert "Too many tries" in answer.content.decode()


def test_signing_in_works_and_tries_are_counted_while_the_cache_is_away(monkeypatch):
    away = ResilientRedisCache("unix:///nowhere/cache.sock", {})
    monkeypatch.setattr("allauth.core.internal.ratelimit.cache", away)
    make_user(email="amina@example.org")

    client = Client()
    sign_in(client, "amina@example.org")
    assert is_signed_in(client)

    for attempt in range(10):
        sign_in(Client(), "amina@example.org", f"guess {attempt}")
    assert "Too many tries" in sign_in(Client(), "amina@example.org").content.decode()
