"""Devices that somebody has signed in with before: who guesses elsewhere does not keep their owner out."""

from django.conf import settings
from django.core import signing
from django.utils.crypto import salted_hmac

SALT = "accounts.device"
KEPT_SECONDS = 180 * 24 * 3600
# Several people may share a device.
MOST_ACCOUNTS = 5


def is_known(request, email):
    """Whether the account of ``email`` has been signed in to with the browser of ``request``. No query."""
    return _digest(email) in _accounts(request)


def remember(request, response, email):
    """Let ``response`` tell the browser that the account of ``email`` is at home there."""
    accounts = [_digest(email), *(one for one in _accounts(request) if one != _digest(email))][:MOST_ACCOUNTS]
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps(accounts, salt=SALT),
        max_age=KEPT_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _accounts(request):
    try:
        return signing.loads(request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""), salt=SALT, max_age=KEPT_SECONDS)
    except signing.BadSignature:
        return []


def _digest(email):
    return salted_hmac(SALT, email.strip().lower(), algorithm="sha256").hexdigest()[:20]
