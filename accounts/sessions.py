"""Where somebody is signed in: how long a session lasts, on what device, and how it is ended from elsewhere.

A session holds ``signed_in``: {"id": of its SignIn, "at", "seen": seconds since 1970, "key": its own key then}. The
network address is kept nowhere.
"""

import re
import time
from datetime import timedelta
from importlib import import_module

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.sessions.models import Session
from django.dispatch import receiver
from django.utils import timezone

from accounts.models import SignIn

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
# So often it is written down that somebody is still there.
SEEN_EVERY_SECONDS = 300
BROWSERS = [("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
            ("FxiOS", "Firefox"), ("Chrome", "Chrome"), ("CriOS", "Chrome"), ("Safari", "Safari")]  # fmt: skip
SYSTEMS = [("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
           ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux")]  # fmt: skip


@receiver(user_logged_in)
def _begin(sender, request, user, **kwargs):
    if not request.session.session_key:
        request.session.create()
    SignIn.objects.filter(user=user, last_seen_at__lt=timezone.now() - LONGEST).delete()
    device = device_of(request.META.get("HTTP_USER_AGENT", ""))
    row = SignIn.objects.create(user=user, session_key=request.session.session_key, device=device)
    now = int(time.time())
    request.session["signed_in"] = {"id": row.pk, "at": now, "seen": now, "key": row.session_key}


@receiver(user_logged_out)
def _end(sender, request, user, **kwargs):
    SignIn.objects.filter(session_key=request.session.session_key).delete()


def keep(request):
    """End the session of ``request`` when it was idle too long or is too old; else note now and then that it is used.

    Signing out, or a whole session without a sign-in, costs nothing here; most requests cost no query.
    """
    if SESSION_KEY not in request.session:
        return
    now, key = int(time.time()), request.session.session_key
    known = request.session.get("signed_in")
    if known is None or now - known["seen"] > IDLE.total_seconds() or now - known["at"] > LONGEST.total_seconds():
        logout(request)
    elif now - known["seen"] > SEEN_EVERY_SECONDS or known["key"] != key:
        request.session["signed_in"] = {**known, "seen": now, "key": key}
        SignIn.objects.filter(pk=known["id"]).update(last_seen_at=timezone.now(), session_key=key)


def current(user):
    """The SignIns of ``user`` that still are, the last seen first."""
    alive = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    return user.sign_ins.filter(session_key__in=alive, last_seen_at__gt=timezone.now() - IDLE).order_by("-last_seen_at")


def end(sign_ins):
    """End the sessions of the queryset ``sign_ins``: their next request is that of a stranger. Returns how many."""
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    keys = list(sign_ins.values_list("session_key", flat=True))
    for key in keys:
        store.delete(key)
    sign_ins.delete()
    return len(keys)


def end_others(request):
    """End all sessions of the signed-in person but this one. Returns how many."""
    keep(request)  # its key may have changed in this very request
    return end(request.user.sign_ins.exclude(pk=request.session["signed_in"]["id"]))


def device_of(user_agent):
    """Firefox · Linux, say, for what a browser says of itself; "" when nothing in it is known."""
    found = [_first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)]
    return " · ".join(name for name in found if name)


def _first(names, text):
    return next((name for mark, name in names if re.search(rf"\b{mark}", text)), "")
