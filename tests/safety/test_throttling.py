"""How much one program may ask: exact over processes, said on every answer, never without a limit, never a failure."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache, caches
from django.test import Client

from ssc_portal import throttling
from ssc_portal.throttling import PERIOD, Count, OwnCounts, take
from tests.make import make_practice
from tests.people import bearer, make_key

pytestmark = pytest.mark.django_db
PATH = "/api/v1/practices/"
HEADERS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")


@pytest.fixture(autouse=True)
def rates(settings):
    settings.API_RATE_ANON, settings.API_RATE_KEY = 5, 8
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 0
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def no_valkey(settings, tmp_path, monkeypatch):
    """The server that counts is away."""
    settings.CACHES = {
        name: {**facts, "LOCATION": f"unix://{tmp_path}/no-cache-here.sock"} for name, facts in settings.CACHES.items()
    }
    monkeypatch.setattr(throttling, "_own_counts", OwnCounts())


def statuses(count, path=PATH, **request):
    return [Client(**request.pop("environ", {})).get(path, **request).status_code for _time in range(count)]


@pytest.mark.parametrize("path", [PATH, "/api/v1/schema/", "/api/v1/no-such-thing/", "/feeds/practices.atom", "/oai/"])
def test_who_asks_too_much_waits(client, path):
    answers = [client.get(path) for _time in range(7)]

    assert [answer.status_code == 429 for answer in answers] == [False] * 5 + [True] * 2
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["4", "3", "2", "1", "0", "0", "0"]
    last = answers[-1]
    assert last["Content-Type"] == "application/problem+json"
    assert last.json()["type"] == "/developers/problems/#too-many-requests"
    assert (last["RateLimit-Limit"], last["RateLimit-Reset"]) == ("5", last["Retry-After"])
    assert 1 <= int(last["Retry-After"]) <= 2 * PERIOD
    assert "no-store" in last["Cache-Control"]


def test_pages_for_people_are_not_counted(client):
    make_practice()

    answers = [client.get("/practices/") for _time in range(7)]

    assert {answer.status_code for answer in answers} == {200}
    assert "RateLimit-Limit" not in answers[0]


def test_a_key_has_a_rate_of_its_own_wherever_it_is_used():
    _key, text = make_key()
    _other, other = make_key()

    assert statuses(9, headers=bearer(text)) == [200] * 8 + [429]
    assert statuses(1, headers=bearer(text), REMOTE_ADDR="198.51.100.7") == [429]
    assert statuses(6) == [200] * 5 + [429]
    assert statuses(1, headers=bearer(other)) == [200]


def test_whoever_guesses_at_keys_is_counted_by_the_address():
    guesses = [{"Authorization": f"Bearer ssc_{number:08d}_{'a' * 43}"} for number in range(7)]

    answers = [Client().get(PATH, headers=guess).status_code for guess in guesses]

    assert answers == [401] * 5 + [429] * 2


def test_an_address_that_is_only_claimed_counts_for_nothing():
    claimed = [Client().get(PATH, headers={"X-Forwarded-For": f"203.0.113.{number}"}) for number in range(7)]

    assert [answer.status_code for answer in claimed] == [200] * 5 + [429] * 2


def test_behind_a_proxy_what_the_proxy_saw_counts(settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1

    for claimed in range(6):
        last = Client().get(PATH, headers={"X-Forwarded-For": f"203.0.113.{claimed}, 198.51.100.7"})
    other = Client().get(PATH, headers={"X-Forwarded-For": "198.51.100.7, 203.0.113.1"})

    assert (last.status_code, other.status_code) == (429, 200)


@pytest.mark.parametrize("forwarded", ["", "nonsense", "1.2.3.4.5", ",", "[::1]:80", "☃"])
def test_an_address_that_cannot_be_read_is_no_failure(settings, forwarded):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2

    assert Client().get(PATH, headers={"X-Forwarded-For": forwarded}).status_code == 200


def test_all_addresses_of_a_house_are_one():
    for number in range(6):
        last = Client(REMOTE_ADDR=f"2001:db8::{number}").get(PATH)

    assert last.status_code == 429
    assert Client(REMOTE_ADDR="2001:db8:0:1::1").get(PATH).status_code == 200


def test_an_answer_that_is_kept_and_one_without_a_body_count_too(client, settings):
    settings.ANSWERS_KEPT_SECONDS = 60
    caches["answers"].clear()
    make_practice()
    first = client.get(PATH)
    kept = client.get(PATH)
    unchanged = client.get(PATH, headers={"If-None-Match": first["ETag"]})

    assert [answer.status_code for answer in (first, kept, unchanged)] == [200, 200, 304]
    assert [answer["RateLimit-Remaining"] for answer in (first, kept, unchanged)] == ["4", "3", "2"]
    assert all(name in unchanged for name in HEADERS)
    assert [client.get(PATH).status_code for _time in range(3)] == [200, 200, 429]
    caches["answers"].clear()


def test_other_origins_may_read_what_is_left(client):
    exposed = client.get(PATH, headers={"Origin": "https://example.org"})["Access-Control-Expose-Headers"]

    assert {*HEADERS, "Retry-After"} <= {name.strip() for name in exposed.split(",")}


def test_two_processes_count_as_one():
    code = (
        "import django; django.setup()\n"
        "from ssc_portal.throttling import take\n"
        "print(sum(take('burst', 200).is_within for _time in range(180)))"
    )
    running = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _one in range(2)]
    answered = sum(int(process.communicate(timeout=60)[0]) for process in running)

    assert 190 <= answered <= 210


def test_many_threads_get_exactly_what_there_is():
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda _number: take("threads", 100), range(150)))

    assert sum(count.is_within for count in counts) in range(100, 106)


def test_while_valkey_is_away_each_process_counts_for_itself(no_valkey, client):
    answers = [client.get(PATH) for _time in range(7)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
    assert answers[4]["RateLimit-Remaining"] == "0"


def test_one_process_keeps_count_of_no_more_than_it_has_room_for(monkeypatch):
    monkeypatch.setattr(throttling, "MOST_CALLERS", 10)
    counts = OwnCounts()

    for number in range(100):
        counts.take(f"caller {number}", 5)

    assert len(counts._rows) == 10


@pytest.fixture
def clock(monkeypatch):
    """A clock that is set by hand: [seconds since 1970]."""
    now = [100 * PERIOD]
    monkeypatch.setattr(throttling.time, "time", lambda: now[0])
    return now


def test_there_is_no_second_helping_around_the_full_minute(clock):
    counts = OwnCounts()
    clock[0] += 59
    assert sum(counts.take("a", 60).is_within for _time in range(90)) == 60

    clock[0] += 2
    assert sum(counts.take("a", 60).is_within for _time in range(90)) == 1
    clock[0] += 29
    assert sum(counts.take("a", 60).is_within for _time in range(90)) == 29
    clock[0] += 10 * PERIOD
    assert sum(counts.take("a", 60).is_within for _time in range(90)) == 60


@pytest.mark.parametrize("limit", [1, 2, 7, 600])
@pytest.mark.parametrize("second", [0, 1, 31, 59.5])
def test_whoever_waits_as_long_as_told_is_answered(clock, limit, second):
    counts = OwnCounts()
    clock[0] += second
    for _burst in range(3):
        while (count := counts.take("a", limit)).is_within:
            pass
        clock[0] += count.wait_seconds(limit)
        assert counts.take("a", limit).is_within


def test_what_is_left_is_never_less_than_nothing():
    assert Count(False, 5, 5, 0.5).left(5) == 0
    assert Count(True, 1, 4, 0.5).left(5) == 2
