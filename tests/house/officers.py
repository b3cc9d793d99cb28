"""People at work on a running portal, who write down every answer in which it promised to have kept something."""

import contextlib
import http.client
import itertools
import re
import subprocess
import sys
import threading
import time
import uuid

import httpx

from tests.house.running import BASE_DIR, clean_environ

SAVES = 12
EMAIL, PASSWORD = "officer.per@demo.example", "south-south"
NEED = {
    "country": "PER",
    "summary": "Half of them are cold on arrival.",
    "challenge_areas": ["newborn-health"],
    "modalities": ["study_visit"],
    "languages": ["es"],
}
BEGIN = """
import django; django.setup()
from accounts.models import User
officer = User.objects.get(email={email!r})
"""
DRAFTS = """
from tests.submissions import make_draft
print(*(make_draft(officer, country="PER", title=f"{name} {{number}}").pk for number in range({count})))
"""
PROGRAM = """
from accounts import keys
from accounts.enums import Scope, WebhookKind
from accounts.webhooks import keeping
_key, text = keys.make(officer, name="Storm", scopes=[Scope.ASSISTANCE], days=1)
_row, secret = keeping.add(officer, address={address!r}, kinds=WebhookKind.values)
print(text, secret)
"""


def make_drafts(var_dir, count, name):
    """The numbers of ``count`` complete drafts of Peru, made behind the back of the portal of ``var_dir``."""
    return list(map(int, _printed(var_dir, DRAFTS.format(name=name, count=count))))


def make_program(var_dir, sink):
    """(key, secret): an API key of the officer of Peru, and that of a webhook of theirs that leads to ``sink``."""
    return _printed(var_dir, PROGRAM.format(address=sink.address), SSC_WEBHOOK_ALLOW=sink.place)


def _printed(var_dir, program, **environ):
    """The words that ``program``, run beside the portal of ``var_dir``, prints about ``officer``."""
    done = subprocess.run(
        [sys.executable, "-c", BEGIN.format(email=EMAIL) + program],
        cwd=BASE_DIR,
        env=clean_environ(SSC_VAR_DIR=str(var_dir), DJANGO_SETTINGS_MODULE="ssc_portal.settings", **environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


class Officer:
    """Signed in as the demo officer of Peru. An answer that never comes, or a 5xx, promises nothing: they try again."""

    def __init__(self, port, is_over=lambda: False):
        self.client = httpx.Client(base_url=f"http://localhost:{port}", timeout=20)
        self.is_over = is_over

    def __enter__(self):
        self.sign_in()
        return self

    def __exit__(self, *trouble):
        self.client.close()

    def sign_in(self):
        page = self.insist("GET", "/accounts/login/")
        self.insist("POST", page.url.path, data={"login": EMAIL, "password": PASSWORD, **self.token()})
        assert "sessionid" in self.client.cookies

    def token(self):
        return {"csrfmiddlewaretoken": self.client.cookies["csrftoken"]}

    def ask(self, method, path, **options):
        """The answer of the portal, None when there was none or it says that it cannot answer."""
        try:
            answer = self.client.request(method, path, **options)
        except httpx.TransportError:
            return None
        return answer if answer.status_code < 500 else None

    def insist(self, method, path, **options):
        """The answer, asked for until there is one. Raises Over when ``is_over`` says so first."""
        while (answer := self.ask(method, path, **options)) is None:
            if self.is_over():
                raise Over
            time.sleep(0.2)
        return answer

    def open_step(self, draft):
        """The hidden fields of the step "approach" as it is kept now."""
        page = self.insist("GET", f"/workspace/submissions/{draft}/approach/").text
        return {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in ("revision", "seen")}

    def save(self, draft, text, known):
        """Save ``text`` as what was done. Returns what the next save has to know; None when nothing was promised."""
        data = {"approach": text, **known, **self.token()}
        answer = self.ask("POST", f"/workspace/submissions/{draft}/approach/", data=data, headers={"X-Autosave": "1"})
        if answer is None or answer.status_code == 409:  # an earlier one was kept, without a promise
            return None
        assert answer.status_code == 200, answer.text[:2000]
        return {name: answer.json()[name] for name in ("revision", "seen")}

    def submit(self, draft):
        """Send it to the curators. Returns the answer's id, None when nothing was promised."""
        answer = self.ask("POST", f"/workspace/submissions/{draft}/do/submit/", data=self.token())
        if answer is None or answer.status_code == 409:
            return None
        assert answer.status_code == 302, answer.text[:2000]
        return answer.headers["X-Request-Id"]


class Over(Exception):
    """The time is up."""


class Writer(threading.Thread):
    """An officer who saves one draft after the other a few times and submits it, until ``seconds`` have passed.

    ``tried``: {draft: [texts in the order in which they were sent]}; ``kept``: {draft: number of the last text that was
    promised to be kept}; ``submitted``: {draft: the request's id}; ``answered``: moments of promises (monotonic).
    """

    def __init__(self, port, drafts, seconds):
        super().__init__()
        self.port, self.drafts, self.deadline = port, drafts, time.monotonic() + seconds
        self.tried, self.kept, self.submitted, self.answered = {}, {}, {}, []
        self.trouble = None

    def run(self):
        try:
            with contextlib.suppress(Over):
                self._work()
        except BaseException as trouble:
            self.trouble = trouble

    def _is_over(self):
        return time.monotonic() > self.deadline

    def _work(self):
        with Officer(self.port, self._is_over) as officer:
            for draft in self.drafts:
                self._write(officer, draft)

    def _write(self, officer, draft):
        known, saves = None, itertools.count(1)
        while (number := next(saves)) <= SAVES or draft not in self.kept:
            if self._is_over():
                raise Over
            known = known or officer.open_step(draft)
            text = f"Text {number} of {draft}."
            self.tried.setdefault(draft, []).append(text)
            known = officer.save(draft, text, known)
            if known:
                self.kept[draft] = len(self.tried[draft]) - 1
                self.answered.append(time.monotonic())
            time.sleep(0.05)
        if request_id := officer.submit(draft):
            self.submitted[draft] = request_id
            self.answered.append(time.monotonic())


class Opener(threading.Thread):
    """A program that opens one need after the other and closes it, with ``key``, until ``seconds`` have passed.

    What it has no answer to it asks again, under the same Idempotency-Key. ``promised``: (code, what the public was
    promised to see: "need.opened" or "need.closed") in the order of the answers.
    """

    def __init__(self, port, key, seconds):
        super().__init__()
        self.client = httpx.Client(
            base_url=f"http://localhost:{port}/api/v1/assistance/needs/",
            headers={"Authorization": f"Bearer {key}"},
            timeout=20,
        )
        self.deadline = time.monotonic() + seconds
        self.promised, self.trouble = [], None

    def run(self):
        try:
            with self.client, contextlib.suppress(Over):
                for number in itertools.count(1):
                    code = self._insist(201, "", NEED | {"title": f"Storm need {number}"})["code"]
                    for move, body, kind in (
                        ("send", {}, "need.opened"),
                        ("close", {"note": "Answered."}, "need.closed"),
                    ):
                        self._insist(200, f"{code}/{move}/", body)
                        self.promised.append((code, kind))
                        time.sleep(0.2)
        except BaseException as trouble:
            self.trouble = trouble

    def _insist(self, wanted, path, body):
        key = str(uuid.uuid4())
        while time.monotonic() < self.deadline:
            with contextlib.suppress(httpx.TransportError):
                answer = self.client.post(path, json=body, headers={"Idempotency-Key": key})
                if answer.status_code == wanted:
                    return answer.json()
                # 409: the first of them is still at it.
                assert answer.status_code in {409, *range(500, 600)}, answer.text[:2000]
            time.sleep(0.2)
        raise Over


class Readers:
    """Ask a portal ``rate`` times a second, each time over a new connection, while the block lasts.

    ``path``: a function of the number of the question. ``answers``: (when it was sent, when answered, status); the
    status is 0 where there was no answer to a question that was sent, -1 where nobody was there to ask (monotonic
    seconds).
    """

    def __init__(self, port, path, rate=20):
        self.port, self.path, self.pause, self.answers = port, path, 4 / rate, []
        self._is_over, self._numbers = threading.Event(), itertools.count()
        self._threads = [threading.Thread(target=self._read) for _number in range(4)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *trouble):
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _read(self):
        while not self._is_over.is_set():
            with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
                sent, status = self._ask(connection, self.path(next(self._numbers)))
            self.answers.append((sent, time.monotonic(), status))
            time.sleep(self.pause)

    def _ask(self, connection, path):
        sent, status = time.monotonic(), -1
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection.connect()
            status = 0
            connection.request("GET", path, headers={"Host": "localhost"})
            sent = time.monotonic()
            answer = connection.getresponse()
            answer.read()
            status = answer.status
        return sent, status
