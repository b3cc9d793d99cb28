"""The cache may be away: nothing fails, limits go on to count, and nobody waits for it."""

import time

import pytest
from django.core.cache import cache

from ssc_portal.cache_backend import ResilientRedisCache


@pytest.fixture
def away(tmp_path):
    return ResilientRedisCache(f"unix://{tmp_path}/no-cache-here.sock", {})


def test_a_cache_that_is_there_is_used():
    cache.set("here", [1, 2])

    assert cache.get("here") == [1, 2]
    assert cache.absence.failure_count == 0


def test_a_cache_that_is_away_is_replaced_by_a_small_one_of_this_process(away):
    away.clear()
    away.set("a", 1)

    assert away.get("a") == 1
    assert away.add("a", 2) is False
    assert away.add("b", 2) is True
    assert away.incr("a") == 2
    assert away.get_many(["a", "b", "c"]) == {"a": 2, "b": 2}
    assert away.has_key("b")
    assert away.touch("b")
    assert away.set_many({"d": 4}) == []
    away.delete_many(["a"])
    assert away.delete("b") is True
    assert away.get("a", "gone") == "gone"


def test_a_cache_that_is_away_is_left_alone_for_a_while(away):
    away.get("a")
    for _time in range(100):
        away.get("a")

    assert away.absence.failure_count == 1


def test_what_one_thread_learns_of_the_server_all_threads_know(away):
    away.set("a", 1)
    same_server = ResilientRedisCache(away._servers[0], {})

    assert same_server.get("a") == 1
    assert same_server.absence.failure_count == 1


def test_a_cache_that_comes_back_is_used_again(away):
    away.get("a")
    away.absence.until = time.monotonic() - 1
    away._cache._servers[:] = cache._servers
    away._cache._pools.clear()

    away.set("back", "again")

    assert cache.get("back") == "again"


def test_a_mistake_of_the_caller_is_not_mistaken_for_a_cache_that_is_away(away):
    with pytest.raises(ValueError):
        cache.incr("no-such-key")
    assert cache.absence.failure_count == 0
