"""What must hold before the portal starts in production. Each refusal says which value is wrong, never the value."""

from urllib.parse import urlsplit

from django.core.checks import Error, Tags, register
from django.core.exceptions import ImproperlyConfigured

SHORTEST_SECRET = 50
FEWEST_DIFFERENT_CHARACTERS = 12
KNOWN_SECRET_MARKS = ("django-insecure", "changeme", "change-me", "change_me", "example", "secret-key", "not-secret")


def refuse_unsafe_values(values):
    """Stop the start of a hardened portal whose settings are unsafe.

    ``values``: the names and values of the settings module. Raises ImproperlyConfigured, which names every
    environment variable that has to change.
    """
    if not values["IS_HARDENED"]:
        return
    refusals = list(_unsafe_anywhere(values))
    if values["IS_PRODUCTION"]:
        refusals += _unsafe_in_production(values)
    if refusals:
        raise ImproperlyConfigured(f"DJANGO_ENV={values['DJANGO_ENV']} refuses to start: {' '.join(refusals)}")


def _unsafe_anywhere(values):
    if values["DEBUG"]:
        yield "DJANGO_DEBUG is on; debug pages show internals to everybody."
    if not values["ALLOWED_HOSTS"]:
        yield "ALLOWED_HOSTS is empty; name the hosts that the portal answers for."
    elif any("*" in host for host in values["ALLOWED_HOSTS"]):
        yield "ALLOWED_HOSTS contains a wildcard; name each host."
    if not values["SECRET_KEY"]:
        yield "SECRET_KEY is missing."
    else:
        yield from _weaknesses("SECRET_KEY", values["SECRET_KEY"])
    for former in values["SECRET_KEY_FALLBACKS"]:
        yield from _weaknesses("SECRET_KEY_FALLBACKS", former)


def _weaknesses(name, secret):
    if len(secret) < SHORTEST_SECRET or len(set(secret)) < FEWEST_DIFFERENT_CHARACTERS:
        yield f"{name} is too weak; it needs at least {SHORTEST_SECRET} random characters."
    elif any(mark in secret.lower() for mark in KNOWN_SECRET_MARKS):
        yield f"{name} is one that is printed in documentation; make one of your own."


def _unsafe_in_production(values):
    if not values["SITE_URL"]:
        yield "SITE_URL is missing; it is the public address, such as https://ssc.example.org."
    elif urlsplit(values["SITE_URL"]).scheme != "https" or not urlsplit(values["SITE_URL"]).hostname:
        yield "SITE_URL must begin with https:// and name a host."
    if urlsplit(values["EMAIL_URL"]).scheme not in {"smtp", "smtps", "file"}:
        yield "EMAIL_URL keeps no mail; it names the mail server, such as smtps://mail.example.org."
    for name in ("WEBHOOK_ALLOW", "RESOLVER"):
        if values[name]:
            yield f"SSC_{name} is set; it is for tests and would let webhooks reach what only the portal can."


def has_demo_accounts():
    """Whether accounts of the demo are in the database; their password is public. One query."""
    from accounts.models import User  # imported here, because the settings import this file

    return User.objects.demo().exists()


def refuse_demo_accounts():
    """Stop the web server of a production that holds demo accounts. Raises ImproperlyConfigured."""
    from django.conf import settings

    if settings.IS_PRODUCTION and has_demo_accounts():
        raise ImproperlyConfigured(
            "DJANGO_ENV=production refuses to start: the database holds demo accounts (…@demo.example). Delete them."
        )


@register(Tags.database)
def demo_accounts(databases=None, **kwargs):
    """``manage.py check --database default`` and ``migrate``: no demo accounts in production."""
    from django.conf import settings
    from django.db import connections
    from django.db.utils import DatabaseError

    from accounts.models import User

    if not settings.IS_PRODUCTION or "default" not in (databases or []):
        return []
    try:
        if User._meta.db_table not in connections["default"].introspection.table_names() or not has_demo_accounts():
            return []
    except DatabaseError:
        return [
            Error("The database did not answer, so it is not known whether demo accounts are in it.", id="ssc.E002")
        ]
    return [Error("The database holds demo accounts (…@demo.example). Delete them.", id="ssc.E001")]
