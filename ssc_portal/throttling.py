"""How much one program may ask of what is made for programs: so many requests a minute per key, or per address.

Counted in Valkey, in one round trip, over the minute that slides: what was asked in the minute of the clock before
counts by the share of it that still lies within sixty seconds. So nobody gets twice as much around the full minute, and
all processes and machines count as one. While Valkey is away each process counts for itself.
"""

import ipaddress
import math
import threading
import time
from typing import NamedTuple

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import InterfaceError, OperationalError
from django.utils.crypto import salted_hmac

from accounts import keys
from accounts.api.authentication import shown_key
from ssc_portal import problems

PREFIXES = ("/api/", "/feeds/", "/oai/")
PERIOD = 60  # seconds
MOST_CALLERS = 20_000  # that one process counts alone
SALT = "ssc_portal.throttling"
# The row of a caller: the minute of the clock, what was asked in it, and in the one before. Refused requests do not
# count, so that whoever goes on asking is served again at their rate. The server's clock is everybody's. A millionth
# more is for what is lost in counting with fractions.
SCRIPT = """
local limit, period = tonumber(ARGV[1]), tonumber(ARGV[2])
local now = redis.call('TIME')
local at = (now[1] + now[2] / 1000000) / period
local minute = math.floor(at)
local row = redis.call('HMGET', KEYS[1], 'minute', 'current', 'before')
local passed = minute - (tonumber(row[1]) or minute)
local current, before = tonumber(row[2]) or 0, tonumber(row[3]) or 0
if passed == 1 then current, before = 0, current elseif passed ~= 0 then current, before = 0, 0 end
if current + before * (1 - at + minute) + 1 <= limit + 0.000001 then
  redis.call('HSET', KEYS[1], 'minute', minute, 'current', current + 1, 'before', before)
  redis.call('EXPIRE', KEYS[1], 2 * period)
  return {1, current + 1, before, tostring(at - minute)}
end
return {0, current, before, tostring(at - minute)}
"""


class Count(NamedTuple):
    """What a caller has left. ``share``: of the minute of the clock, how much has passed."""

    is_within: bool
    current: int
    before: int
    share: float

    def left(self, limit):
        """How many more requests are answered now."""
        return max(0, math.floor(limit - self.current - self.before * (1 - self.share)))

    def wait_seconds(self, limit):
        """In how many seconds the next request is answered, at least 1; to whoever is within: when the minute ends."""
        if self.is_within:
            wait = 1 - self.share
        elif self.current < limit:  # what counts of the minute before shrinks
            wait = 1 - self.share - (limit - 1 - self.current) / self.before
        else:  # and then what counts of this one
            wait = 2 - self.share - (limit - 1) / self.current
        return max(1, math.ceil(wait * PERIOD))


class OwnCounts:
    """The same rule for the requests of this process alone, in bounded memory."""

    def __init__(self):
        self._rows, self._lock = {}, threading.Lock()

    def take(self, caller, limit):
        """The Count of ``caller`` after one more request, where that is within ``limit``."""
        at = time.time() / PERIOD
        minute, share = int(at), at - int(at)
        with self._lock:
            of, current, before = self._rows.pop(caller, (minute, 0, 0))
            if of != minute:
                current, before = 0, current if minute - of == 1 else 0
            is_within = current + before * (1 - share) + 1 <= limit + 0.000001
            current += is_within
            self._rows[caller] = minute, current, before
            if len(self._rows) > MOST_CALLERS:
                del self._rows[next(iter(self._rows))]  # who has not asked for the longest time
        return Count(is_within, current, before, share)


_own_counts = OwnCounts()


def take(caller, limit):
    """Count one more request of ``caller`` (text), of whom ``limit`` a minute are answered. Returns a Count."""
    answer = caches["default"].carry_out(SCRIPT, f"rate:{caller}", [limit, PERIOD])
    if answer is None:
        return _own_counts.take(caller, limit)
    is_within, current, before, share = answer
    return Count(bool(is_within), current, before, float(share))


class ThrottleMiddleware:
    """Answers 429 to whoever asks too much, 401 to a key that opens nothing, and says on every answer what is left.

    It stands before all that keeps answers. Whose key opens something is counted by the key, everybody else by the
    address of the network, of which a digest is kept for two minutes: whoever guesses at keys, too.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not request.path_info.startswith(PREFIXES):
            return self.get_response(request)
        caller, limit, refusal = _caller_of(request)
        count = take(caller, limit)
        if not count.is_within:
            response = problems.problem(request, "too-many-requests")
            response["Retry-After"] = str(count.wait_seconds(limit))
        elif refusal is not None:
            response = problems.not_authenticated(request, refusal)
        else:
            response = self.get_response(request)
        response["RateLimit-Limit"] = str(limit)
        response["RateLimit-Remaining"] = str(count.left(limit))
        response["RateLimit-Reset"] = str(count.wait_seconds(limit))
        return response


def _caller_of(request):
    """(name, limit, why what was shown opens nothing or None) of who asks: a key, or else an address."""
    key = refused = None
    try:
        key = shown_key(request)
    except keys.Refused as refusal:
        refused = refusal
    except (OperationalError, InterfaceError):  # the view says what it can without the database
        pass
    if key is not None:
        return f"key:{key.pk}", settings.API_RATE_KEY, None
    digest = salted_hmac(SALT, _network_of(request), algorithm="sha256").hexdigest()[:32]
    return f"address:{digest}", settings.API_RATE_ANON, refused


def _network_of(request):
    """The address that ``request`` comes from, as far as our own proxies vouch for it; of IPv6 the network of a house.

    Whatever comes without one counts as one and the same.
    """
    try:
        address = ipaddress.ip_address(get_adapter().get_client_ip(request))
    except (ImproperlyConfigured, PermissionDenied, ValueError):
        return ""
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)
