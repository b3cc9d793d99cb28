"""A production starts safely or not at all; what stops it is named, its value is not printed."""

import io
import json
import os
import secrets
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.checks import Tags
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError

from accounts.models import User
from ssc_portal import checks
from tests.people import make_user

GOOD = {
    "DJANGO_ENV": "production",
    "SECRET_KEY": secrets.token_urlsafe(64),
    "ALLOWED_HOSTS": "ssc.example.org",
    "SITE_URL": "https://ssc.example.org",
    "DATABASE_URL": "postgresql://ssc_app@database.example.org/ssc",
    "REDIS_URL": "redis://queue.example.org",
    "CACHE_URL": "redis://cache.example.org",
    "EMAIL_URL": "smtp://portal:a-secret-word@mail.example.org:587?tls=1",
}
LONG = "R4nd0m-enough-were-it-not-for-what-stands-before-it"  # the same in every worker, which all name the tests alike
UNSAFE = [
    ("SECRET_KEY", None),
    ("SECRET_KEY", ""),
    ("SECRET_KEY", "kurz-und-geheim-4711"),
    ("SECRET_KEY", "ab" * 40),
    ("SECRET_KEY", f"django-insecure-{LONG}"),
    ("SECRET_KEY", f"changeme-{LONG}"),
    ("SECRET_KEY_FALLBACKS", "kurz-und-geheim-4711"),
    ("SECRET_KEY_FALLBACKS", f"{LONG},django-insecure-{LONG}"),
    ("DJANGO_DEBUG", "1"),
    ("ALLOWED_HOSTS", None),
    ("ALLOWED_HOSTS", " , "),
    ("ALLOWED_HOSTS", "*"),
    ("ALLOWED_HOSTS", "ssc.example.org,*.example.net"),
    ("SITE_URL", None),
    ("SITE_URL", "http://ssc.example.org"),
    ("SITE_URL", "https://"),
    ("EMAIL_URL", "console:"),
    ("EMAIL_URL", "memory:"),
    ("SSC_WEBHOOK_ALLOW", "127.0.0.1:8000"),
    ("SSC_RESOLVER", "127.0.0.1:53"),
]


def run(arguments, **variables):
    """``arguments`` run by Python in a process of its own, with nothing of this one's settings in the environment."""
    ours = ("DJANGO_", "SSC_", "DATABASE_", "REDIS_", "CACHE_", "EMAIL_", "PG")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment |= {name: value for name, value in variables.items() if value is not None}
    return subprocess.run(
        [sys.executable, *arguments], cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize(("name", "value"), UNSAFE)
def test_production_refuses_to_start_with_an_unsafe_value(name, value):
    outcome = run(["manage.py", "check"], **{**GOOD, name: value})

    assert outcome.returncode != 0
    assert "DJANGO_ENV=production refuses to start" in outcome.stderr
    assert name.removeprefix("DJANGO_") in outcome.stderr.splitlines()[-1]
    for secret in (value, GOOD["SECRET_KEY"]):
        if secret and len(secret) > 8:
            assert secret not in outcome.stderr + outcome.stdout


@pytest.mark.parametrize("value", ["mail.example.org-secret", "smtp://", "smtp://u:secret@h:port", "smtp://[secret"])
def test_an_address_for_mail_that_cannot_be_read_is_refused_and_not_printed(value):
    outcome = run(["manage.py", "check"], **{**GOOD, "EMAIL_URL": value})

    assert outcome.returncode != 0
    assert "EMAIL_URL" in outcome.stderr.splitlines()[-1]
    assert "secret" not in outcome.stderr.splitlines()[-1]


def test_the_web_server_s_entry_refuses_too():
    outcome = run(["-c", "import ssc_portal.wsgi"], **{**GOOD, "SECRET_KEY": None})

    assert outcome.returncode != 0
    assert "SECRET_KEY is missing" in outcome.stderr


def test_every_unsafe_value_is_named_at_once():
    outcome = run(["manage.py", "check"], DJANGO_ENV="production", DJANGO_DEBUG="1")

    for name in ("DJANGO_DEBUG", "ALLOWED_HOSTS", "SECRET_KEY", "SITE_URL"):
        assert name in outcome.stderr.splitlines()[-1]


def test_production_settings_over_plain_http_refuse_debug_and_wildcards_as_well():
    outcome = run(["manage.py", "check"], DJANGO_ENV="test-production", DJANGO_DEBUG="1", ALLOWED_HOSTS="*")

    assert outcome.returncode != 0
    assert "DJANGO_DEBUG" in outcome.stderr
    assert "wildcard" in outcome.stderr


def test_django_s_own_deployment_checks_find_nothing_to_say():
    outcome = run(["manage.py", "check", "--deploy", "--fail-level", "WARNING"], **GOOD)

    assert outcome.returncode == 0, outcome.stderr
    assert "no issues (0 silenced)" in outcome.stdout


def test_a_production_s_cookies_and_transport_are_guarded():
    names = [
        "SESSION_COOKIE_NAME",
        "CSRF_COOKIE_NAME",
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "SESSION_COOKIE_HTTPONLY",
        "CSRF_COOKIE_HTTPONLY",
        "SESSION_COOKIE_DOMAIN",
        "CSRF_COOKIE_DOMAIN",
        "SESSION_COOKIE_PATH",
        "SECURE_SSL_REDIRECT",
        "DEVICE_COOKIE_NAME",
        "SECOND_FACTOR_DEMANDED",
        "SECURE_HSTS_SECONDS",
        "USE_X_FORWARDED_HOST",
        "DEBUG",
    ]
    code = f"import json; from ssc_portal.settings import *; from django.conf import settings as s; print(json.dumps([getattr(s, n) for n in {names!r}]))"  # noqa: E501

    outcome = run(["-c", code], DJANGO_SETTINGS_MODULE="ssc_portal.settings", **GOOD)

    values = dict(zip(names, json.loads(outcome.stdout), strict=True))
    assert (values["SESSION_COOKIE_NAME"], values["CSRF_COOKIE_NAME"]) == ("__Host-sessionid", "__Host-csrftoken")
    assert (values["DEVICE_COOKIE_NAME"], values["SECOND_FACTOR_DEMANDED"]) == ("__Host-device", True)
    assert (values["SESSION_COOKIE_DOMAIN"], values["CSRF_COOKIE_DOMAIN"], values["SESSION_COOKIE_PATH"]) == (
        None,
        None,
        "/",
    )
    assert values["SECURE_HSTS_SECONDS"] >= 365 * 24 * 3600
    assert [name for name, value in values.items() if value is True] == [
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "SESSION_COOKIE_HTTPONLY",
        "CSRF_COOKIE_HTTPONLY",
        "SECURE_SSL_REDIRECT",
        "SECOND_FACTOR_DEMANDED",
    ]


@pytest.fixture
def production(settings):
    settings.IS_PRODUCTION = True


@pytest.mark.django_db
def test_a_production_with_demo_accounts_is_not_served(production):
    checks.refuse_demo_accounts()
    make_user(email="curator.one@demo.example")

    with pytest.raises(ImproperlyConfigured, match="demo accounts"):
        checks.refuse_demo_accounts()
    with pytest.raises(SystemCheckError, match=r"ssc\.E001"):
        call_command("check", databases=["default"], tags=[Tags.database])


@pytest.mark.django_db
def test_demo_accounts_are_no_matter_elsewhere():
    make_user(email="curator.one@demo.example")

    checks.refuse_demo_accounts()
    call_command("check", databases=["default"], stdout=io.StringIO())


@pytest.mark.django_db
def test_demo_accounts_are_not_made_in_production(production):
    with pytest.raises(CommandError, match="public password"):
        call_command("load_demo")
    assert not User.objects.exists()


@pytest.mark.django_db
def test_who_is_signed_in_stays_so_while_the_former_key_is_believed(client, settings):
    client.force_login(make_user())
    former, settings.SECRET_KEY = settings.SECRET_KEY, secrets.token_urlsafe(64)

    settings.SECRET_KEY_FALLBACKS = [former]
    assert client.get("/accounts/notifications/").status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert client.get("/accounts/notifications/").status_code == 200  # the session was signed anew meanwhile


@pytest.mark.django_db
def test_a_key_that_is_believed_no_more_ends_the_sessions_that_it_signed(client, settings):
    client.force_login(make_user())
    settings.SECRET_KEY = secrets.token_urlsafe(64)

    assert client.get("/accounts/notifications/").status_code == 302


@pytest.mark.parametrize("name", ["LOG_FORMAT", "DJANGO_ENV"])
def test_a_word_that_is_none_of_those_known_is_refused(name):
    outcome = run(["manage.py", "check"], **{**GOOD, name: "something-else"})

    assert outcome.returncode != 0
    assert f"{name} is none of" in outcome.stderr
