"""The cache in Valkey, of which nothing may depend that a reader or an officer wants to do."""

import functools
import logging
import time
from collections import defaultdict
from dataclasses import dataclass

from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

PAUSE = 5.0  # seconds for which a server that failed is left alone


@dataclass
class Absence:
    """What this process knows of a cache server: how often it failed, and until when it is left alone."""

    failure_count: int = 0
    until: float = 0.0

    @property
    def is_over(self):
        return time.monotonic() >= self.until

    def begin(self, failure):
        self.failure_count += 1
        self.until = time.monotonic() + PAUSE
        logger.warning("The cache does not answer (%s); failure %d.", type(failure).__name__, self.failure_count)


# By the address of the server: Django makes one cache object per thread, but they all share the server's fate.
_absences = defaultdict(Absence)


def _survives(name):
    """The cache method ``name``, carried out by this process alone while the server is away."""

    @functools.wraps(getattr(RedisCache, name))
    def method(self, *args, **kwargs):
        if self.absence.is_over:
            try:
                return getattr(super(ResilientRedisCache, self), name)(*args, **kwargs)
            except (RedisError, OSError) as failure:
                self.absence.begin(failure)
        return getattr(self._local, name)(*args, **kwargs)

    return method


class _Client(RedisCacheClient):
    """Django's client, which would make an object of the library anew for each command."""

    _made = None

    def get_client(self, key=None, *, write=False):
        if self._made is None or self._made.connection_pool is not self._get_connection_pool(write):
            self._made = super().get_client(key, write=write)
        return self._made


class ResilientRedisCache(RedisCache):
    """Django's Redis cache that nobody misses: while its server is away, each process keeps a small cache of its own.

    So rate limits go on to count, per process, and no page fails. After a failure the server is left alone for
    a few seconds, so that requests do not queue up behind a connection that cannot be made.
    """

    def __init__(self, server, params):
        super().__init__(server, params)
        self._class = _Client
        self.absence = _absences[server]
        self._local = self._stand_in(server)
        self._scripts = {}

    @staticmethod
    def _stand_in(server):
        return LocMemCache(f"away from {server}", {"OPTIONS": {"MAX_ENTRIES": 10_000}})

    def carry_out(self, script, key, arguments):
        """What the Lua ``script`` answers that the server carries out on ``key``, in one round trip.

        None while the server is away: what to do without it, the caller knows.
        """
        if not self.absence.is_over:
            return None
        try:
            client = self._cache.get_client(write=True)
            if script not in self._scripts:
                self._scripts[script] = client.register_script(script)
            return self._scripts[script](keys=[self.make_and_validate_key(key)], args=arguments, client=client)
        except (RedisError, OSError) as failure:
            self.absence.begin(failure)
            return None

    add = _survives("add")
    get = _survives("get")
    set = _survives("set")
    touch = _survives("touch")
    delete = _survives("delete")
    get_many = _survives("get_many")
    has_key = _survives("has_key")
    incr = _survives("incr")
    set_many = _survives("set_many")
    delete_many = _survives("delete_many")
    clear = _survives("clear")


class ForgetfulRedisCache(ResilientRedisCache):
    """The same for what is large and can be made again: while the server is away, nothing is kept."""

    @staticmethod
    def _stand_in(server):
        return DummyCache(server, {})
