"""Nothing that was promised is lost, and work goes on, when programs are killed, restarted, or missing.

One portal, as ``make run`` starts it, lives through the tests of this file in their order.
"""

import hashlib
import itertools
import json
import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from contextlib import ExitStack, suppress

import psycopg
import pytest

from ssc_portal import embedded
from ssc_portal.backups.making import whole_backups
from ssc_portal.backups.manifest import read_manifest
from ssc_portal.embedded.servers import needed_servers, remove_sockets
from ssc_portal.embedded.valkey import Valkey
from tests.house.officers import EMAIL, PASSWORD, Officer, Opener, Readers, Writer, make_drafts, make_program
from tests.house.running import BASE_DIR, Portal, clean_environ, family, free_port, new_folder, parents, wait_until
from tests.smtp_sink import SmtpSink
from tests.webhook_sink import WebhookSink

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
    pytest.mark.timeout(1800),
]
LONG = bool(os.environ.get("SSC_LONG"))
STORM_SECONDS = 600 if LONG else 40
WRITERS = 3
# Whom a kill -9 hits; the child is the one of the worker's that may be sending at that moment.
VICTIMS = ["web", "worker", "child", "beat", "valkey", "cache", "postgres"]
PAUSE = 5  # seconds from one kill to the next
RESUME_SECONDS = 75
# A mail server has taken a message, and nobody has noted it yet: no protocol can close this gap.
# Or it takes only now what was sent just before its sender died.
BETWEEN_TAKEN_AND_NOTED = 0.3  # seconds

SENT_MESSAGES = """
SELECT key FROM accounts_outboxmessage WHERE key LIKE 'submission-event:%' AND sent_at IS NOT NULL
"""
UNSENT = """
SELECT count(*) FROM accounts_outboxmessage WHERE sent_at IS NULL AND dead_at IS NULL AND channel = 'at_once'
"""
DELIVERIES = """
SELECT 'msg_' || replace(e.key::text, '-', ''), d.sent_at IS NOT NULL, d.dead_at IS NOT NULL
FROM accounts_webhookdelivery d JOIN accounts_publicevent e ON e.id = d.event_id
"""
CHANGED = """
SELECT n.code, CASE e.to_status WHEN 'open' THEN 'need.opened' ELSE 'need.closed' END
FROM exchanges_need n JOIN exchanges_needevent e ON e.need_id = n.id
WHERE n.title LIKE 'Storm need %' AND e.to_status IN ('open', 'closed')
"""
SUBMITTED = """
SELECT s.id, count(DISTINCT e.id), count(m.id)
FROM practices_submission s JOIN practices_submissionevent e ON e.submission_id = s.id AND e.kind = 'submitted'
LEFT JOIN accounts_outboxmessage m ON m.key LIKE 'submission-event:' || e.id || ':%%'
WHERE s.id = ANY(%s) AND s.status = 'submitted' GROUP BY s.id
"""
TEXTS = """
SELECT s.id, v.approach FROM practices_submission s JOIN practices_version v ON v.id = s.version_id WHERE s.id = ANY(%s)
"""


@pytest.fixture(scope="module")
def var_dir():
    folder = new_folder()
    folder.mkdir()
    yield folder
    for server in reversed(needed_servers(folder, {})):  # which the runbook starts in the background
        server.stop_leftover()
    remove_sockets(folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def sink():
    with SmtpSink() as opened:
        yield opened


@pytest.fixture(scope="module")
def hooks():
    with WebhookSink() as opened:
        yield opened


@pytest.fixture(scope="module")
def portal(var_dir, sink, hooks):
    environ = {"EMAIL_URL": sink.url, "LOG_FORMAT": "json", "SSC_METRICS_PORT": str(free_port())}
    environ["SSC_WEBHOOK_ALLOW"] = hooks.place
    with Portal(var_dir, **environ) as running:
        running.metrics = f"http://127.0.0.1:{environ['SSC_METRICS_PORT']}/metrics"
        running.wait_until_ready()
        with running.being_read():
            yield running


def ask_database(var_dir, question, *values):
    with psycopg.connect(embedded.database_url(var_dir)) as connection:
        return connection.execute(question, values or None).fetchall()


def victim(portal, name):
    """The pid of the program that is killed under ``name``; None when it is down at the moment."""
    pids = portal.pids()
    if name != "child":
        return pids.get(name)
    children = [pid for pid, parent in parents().items() if parent == pids.get("worker")]
    return children[-1] if children else None


def test_a_storm_of_kills_loses_nothing_that_was_promised(portal, var_dir, sink, hooks):
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201 - shown when it fails, to play it again
    chance = random.Random(seed)
    drafts = make_drafts(var_dir, WRITERS * (120 if LONG else 12), f"Storm {seed}")
    writers = [Writer(portal.port, drafts[number::WRITERS], STORM_SECONDS) for number in range(WRITERS)]
    portal.key, portal.secret = make_program(var_dir, hooks)
    hooks.answers = lambda taken: 204 if taken.verified(portal.secret) else 401
    opener = Opener(portal.port, portal.key, STORM_SECONDS)
    for one in (opener, *writers):
        one.start()

    kills, waiting = [], []
    end = time.monotonic() + STORM_SECONDS
    while time.monotonic() < end - PAUSE:
        time.sleep(PAUSE * chance.uniform(0.7, 1.3))
        waiting = waiting or chance.sample(VICTIMS, len(VICTIMS))
        name = waiting.pop()
        portal.members |= family(portal.process.pid)
        if pid := victim(portal, name):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                kills.append((time.monotonic(), name))
    for one in (opener, *writers):
        one.join(120)
    over = time.monotonic()
    wait_until(portal.is_ready, RESUME_SECONDS)
    wait_until(lambda: ask_database(var_dir, UNSENT) == [(0,)], RESUME_SECONDS - (time.monotonic() - over))
    wait_until(lambda: is_all_delivered(var_dir), RESUME_SECONDS - (time.monotonic() - over))
    portal.members |= family(portal.process.pid)

    portal.submitted = {draft: writer.submitted[draft] for writer in writers for draft in writer.submitted}

    assert [one.trouble for one in (opener, *writers) if one.trouble] == []
    kept = {draft: (writer.tried[draft], number) for writer in writers for draft, number in writer.kept.items()}
    submitted = {draft for writer in writers for draft in writer.submitted}
    promises = sorted(moment for writer in writers for moment in writer.answered)
    assert len(kills) >= STORM_SECONDS / PAUSE / 2
    assert len(promises) > STORM_SECONDS
    assert len(submitted) >= WRITERS

    # Every text that was promised to be kept is kept, or a later one of the same writer.
    texts = dict(ask_database(var_dir, TEXTS, list(kept)))
    assert {draft: texts[draft] for draft, (tried, number) in kept.items() if texts[draft] not in tried[number:]} == {}
    # Every submission that was promised is there, once, and somebody was told, in the same transaction.
    found = {
        draft: (events, messages > 0) for draft, events, messages in ask_database(var_dir, SUBMITTED, list(submitted))
    }
    assert found == dict.fromkeys(submitted, (1, True))
    # Every message arrived, and none twice.
    keys = [key for (key,) in ask_database(var_dir, SENT_MESSAGES)]
    identities = {hashlib.sha256(key.encode()).hexdigest()[:32] for key in keys}
    message_ids = [mail["Message-ID"].strip("<>").partition("@")[0] for mail in sink.messages]
    taken = list(zip(message_ids, sink.moments, strict=True))
    arrived = Counter(identity for identity, _moment in taken)
    assert identities <= set(arrived)
    twice = {identity for identity, count in arrived.items() if count > 1}
    in_the_gap = {
        identity
        for identity, moment in taken
        if any(
            abs(killed - moment) < BETWEEN_TAKEN_AND_NOTED
            for killed, name in kills
            if name in {"worker", "child", "postgres"}
        )
    }
    assert twice - in_the_gap == set()
    said = check_webhooks(
        hooks.taken,
        opener.promised,
        deliveries=ask_database(var_dir, DELIVERIES),
        changed=ask_database(var_dir, CHANGED),
    )
    # Work never rested for long.
    rests = [later - sooner for sooner, later in itertools.pairwise(promises)]
    assert max(rests) < RESUME_SECONDS
    print(  # noqa: T201
        f"{len(kills)} kills, {len(promises)} promises, {len(submitted)} submitted, {len(keys)} messages, "
        f"{len(twice)} twice, {said}, longest rest {max(rests):.1f} s"
    )


def is_all_delivered(var_dir):
    """Whether nothing is left to send to a webhook."""
    return all(is_sent or is_dead for _key, is_sent, is_dead in ask_database(var_dir, DELIVERIES))


def check_webhooks(taken, promised, *, deliveries, changed):
    """Compare what the sink has ``taken`` with what was ``promised`` and what has ``changed`` for the public.

    Of a webhook Standard Webhooks promises that it comes at least once; each time under the same id and with the same
    body, so that whoever takes it works on it once. Returns a summary in words.
    """
    bodies = {}
    for one in taken:
        assert bodies.setdefault(one.key, one.body) == one.body
    assert {(is_sent, is_dead) for _key, is_sent, is_dead in deliveries} == {(True, False)}
    assert sorted(bodies) == sorted(key for key, _is_sent, _is_dead in deliveries)
    # Every change was announced, once, and there was no announcement without a change.
    told = [(event["data"]["code"], event["type"]) for event in map(json.loads, bodies.values())]
    assert sorted(told) == sorted(changed)
    assert set(promised) <= set(told)
    assert len(promised) > STORM_SECONDS / 5
    # And in its order: ``bodies`` keeps that of the first arrivals.
    place = {pair: number for number, pair in enumerate(told)}
    closed = [code for code, kind in told if kind == "need.closed"]
    assert [code for code in closed if place[code, "need.opened"] > place[code, "need.closed"]] == []
    return f"{len(told)} webhooks, {len(taken) - len(told)} of them again"


def test_the_logs_of_the_storm_tell_what_happened_and_nothing_of_the_people(portal, var_dir):
    logs = {path.name: path.read_text(errors="replace") for path in (var_dir / "log").iterdir()}
    secrets = [PASSWORD, EMAIL, "curator.one@", "Text 1 of", "sessionid", "csrftoken", "Storm "]
    secrets += [portal.key, portal.secret]
    assert {(name, word) for name, text in logs.items() for word in secrets if word in text} == set()

    events = {}
    for name in ("web.log", "worker.log", "beat.log"):
        lines = logs[name].splitlines()
        events[name] = [json.loads(line) for line in lines if line.startswith("{")]
        assert len(events[name]) > 5
    # Outside of the lines: what a program says before it can log, or while it is killed.
    by_request = {name: {event["request_id"] for event in found} for name, found in events.items()}
    caused = set(portal.submitted.values()) & by_request["worker.log"]
    assert set(portal.submitted.values()) <= by_request["web.log"]
    assert caused
    submits = [event for event in events["web.log"] if event["request_id"] in caused and event["method"] == "POST"]
    assert {(event["route"], event["status"]) for event in submits} == {("workspace:act", 302)}
    assert all(isinstance(event["user"], int) for event in submits)


def test_figures_are_told_on_their_own_port_and_nowhere_else(portal):
    portal.get("/practices/")
    with urllib.request.urlopen(portal.metrics, timeout=10) as answer:
        text = answer.read().decode()
    figures = dict(re.findall(r"^(ssc_[^ ]+) ([\d.e+-]+)$", text, re.MULTILINE))

    assert float(figures['ssc_requests_total{method="GET",route="practices:list",status="200"}']) >= 1
    assert float(figures['ssc_request_seconds_count{route="workspace:step"}']) > STORM_SECONDS
    assert (figures['ssc_up{part="database"}'], figures['ssc_up{part="queue"}']) == ("1.0", "1.0")
    assert float(figures['ssc_outbox_messages{state="dead"}']) == 0
    assert float(figures["ssc_live_practices"]) > 50
    assert float(figures["ssc_public_serial"]) > 1
    assert portal.get("/metrics")[0] == 404
    assert PASSWORD not in text
    assert "@" not in text


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGQUIT], ids=["fast", "immediate"])
def test_only_while_postgresql_is_down_does_anything_fail(portal, var_dir, signum):
    def is_up():
        with suppress(psycopg.OperationalError):
            return ask_database(var_dir, "SELECT 1") == [(1,)]

    with Readers(portal.port, lambda number: f"/practices/?q=water+{number}") as readers:
        time.sleep(2)
        stopped = time.monotonic()
        os.kill(portal.pids()["postgres"], signum)
        wait_until(lambda: not is_up(), 20)
        wait_until(is_up, 60)
        up = time.monotonic()
        time.sleep(6)
    portal.members |= family(portal.process.pid)

    failed = [answer for answer in readers.answers if not 200 <= answer[2] < 400]
    assert len(readers.answers) > 20
    assert failed
    assert {status for _asked, _answered, status in failed} == {503}
    assert [(asked - up, status) for asked, answered, status in failed if answered < stopped or asked > up + 3] == []


def test_a_backup_is_taken_while_people_read_and_write(portal, var_dir):
    """The first half of the drill; the way back comes once the portal is stopped."""
    (draft,) = make_drafts(var_dir, 1, "Drill")
    with Officer(portal.port) as officer:
        known = officer.save(draft, "In the backup.", officer.open_step(draft))
        follow(runbook("Back up"), var_dir)
        officer.save(draft, "Written after it.", known)

    (backup,) = whole_backups(var_dir / "backups")
    manifest = read_manifest(backup)
    assert manifest.missing_files == []
    assert len(manifest.media) > 0
    portal.drilled = draft


def stop_web(portal):
    """Tell the web server to stop, and wait until the supervisor has started another."""
    began = portal.pids()["web"]
    os.kill(began, signal.SIGTERM)
    wait_until(lambda: portal.pids().get("web") not in {None, began}, 60)


def test_what_was_begun_is_finished_when_told_to_stop(portal):
    rolls = 20 if LONG else 1
    asked = {"before": set(), "afterwards": set()}

    def note(answers, told):
        for when, _answered, status in answers:
            asked["before" if when < told else "afterwards"].add(status)

    for _roll in range(rolls):
        with Readers(portal.port, lambda number: f"/practices/?q=stop+{number}", rate=50) as readers:
            time.sleep(2)
            told = time.monotonic()
            stop_web(portal)
            wait_until(portal.is_ready, 60)
        note(readers.answers, told)
        portal.members |= family(portal.process.pid)
    with Readers(portal.port, lambda number: f"/practices/?q=end+{number}", rate=50) as readers:
        time.sleep(2)
        told = time.monotonic()
        portal.process.terminate()
        assert portal.wait_for_end() == 0
        assert time.monotonic() - told < 20
    note(readers.answers, told)

    # -1: nobody was there to ask.
    assert {200} <= asked["before"] <= {200, -1}
    # 0: the system took the connection for a server that was no longer taking any. A proxy asks the next server then.
    assert asked["afterwards"] <= {200, -1, 0}


def runbook(title):
    """The commands of the section ``title`` of the operations guide."""
    text = (BASE_DIR / "docs" / "operations.md").read_text()
    section = re.search(rf"^#+ {re.escape(title)}$(.*?)^#", text, re.MULTILINE | re.DOTALL)[1]
    (block,) = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    return [line.partition("  #")[0].strip() for line in block.splitlines()]


def follow(commands, var_dir, **words):
    """Run ``commands`` as they stand there, for the portal of ``var_dir``."""
    for command in commands:
        for name, value in {"var/": f"{var_dir}/", ".venv/bin/python": sys.executable, **words}.items():
            command = command.replace(name, value)
        done = subprocess.run(
            shlex.split(command),
            cwd=BASE_DIR,
            env=clean_environ(SSC_VAR_DIR=str(var_dir)),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def test_all_is_lost_and_the_runbook_brings_it_back(portal, var_dir):
    (backup,) = whole_backups(var_dir / "backups")
    for folder in ("postgres", "valkey", "media"):
        shutil.rmtree(var_dir / folder)

    follow(runbook("Restore")[:2], var_dir, BACKUP=backup.name)
    counts = {
        table: ask_database(var_dir, f'SELECT count(*) FROM "{table}"')[0][0] for table in read_manifest(backup).counts
    }
    texts = dict(ask_database(var_dir, TEXTS, [portal.drilled]))
    follow(runbook("Restore")[2:3], var_dir)

    assert counts == read_manifest(backup).counts
    assert texts == {portal.drilled: "In the backup."}
    assert runbook("Restore")[3:] == ["make run"]  # which the next test does, in its own way


def test_without_a_queue_and_a_cache_people_read_sign_in_and_save(var_dir, sink):
    port = free_port()
    away = {"REDIS_URL": f"redis://127.0.0.1:{port}/0", "CACHE_URL": f"redis://127.0.0.1:{port}/1"}
    with ExitStack() as stack, Portal(var_dir, EMAIL_URL=sink.url, **away) as portal:
        log = var_dir / "log" / "web.log"
        before = log.stat().st_size
        portal.wait_for("Ctrl-C stops everything")
        portal.members = family(portal.process.pid)
        stack.enter_context(portal.being_read())
        (draft,) = make_drafts(var_dir, 1, "Without a queue")

        assert {portal.get(path)[0] for path in ("/", "/practices/?q=water", "/api/v1/practices/", "/readyz")} == {200}
        assert json.loads(portal.get("/readyz")[1])["status"] == "degraded"
        with Officer(portal.port) as officer:
            assert officer.save(draft, "Saved without a queue.", officer.open_step(draft))
            assert officer.submit(draft)
        assert dict(ask_database(var_dir, TEXTS, [draft])) == {draft: "Saved without a queue."}
        assert ask_database(var_dir, UNSENT)[0][0] > 0

        command = [Valkey(var_dir, "valkey").binary, "--port", str(port), "--save", "", "--dir", str(var_dir)]
        queue = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            wait_until(lambda: ask_database(var_dir, UNSENT) == [(0,)], RESUME_SECONDS)
            assert json.loads(portal.get("/readyz")[1])["status"] == "ready"
            assert " 500 " not in log.read_bytes()[before:].decode()
            portal.process.terminate()
            assert portal.wait_for_end() == 0
        finally:
            queue.kill()
            queue.wait()
