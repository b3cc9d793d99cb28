"""The cache in Valkey, of which nothing may depend that a reader or an officer wants to do."""

import functools
import itertools
import time

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError


def _survives(name):
    """The cache method ``name``, carried out by this process alone while the server is away."""

    @functools.wraps(getattr(RedisCache, name))
    def method(self, *args, **kwargs):
        if time.monotonic() >= self._away_until:
            try:
                return getattr(super(ResilientRedisCache, self), name)(*args, **kwargs)
            except (RedisError, OSError):
                next(self.failures)
                self._away_until = time.monotonic() + self.PAUSE
        return getattr(self._local, name)(*args, **kwargs)

    return method


class ResilientRedisCache(RedisCache):
    """Django's Redis cache that nobody misses: while its server is away, each process keeps a small cache of its own.

    So rate limits go on to count, per process, and no page fails. After a failure the server is left alone for
    ``PAUSE`` seconds, so that requests do not queue up behind a connection that cannot be made.
    """

    PAUSE = 5.0
    failures = itertools.count()

    def __init__(self, server, params):
        super().__init__(server, params)
        self._away_until = 0.0
        self._local = LocMemCache(
            "ssc-away", {"TIMEOUT": params.get("TIMEOUT", 300), "OPTIONS": {"MAX_ENTRIES": 10_000}}
        )

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
