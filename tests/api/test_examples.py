"""The examples of the quick start, run as they are shown there, against a portal that is running.

Those in R are run where R is installed, with its packages jsonlite and curl.
"""

import base64
import csv
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from django.db import transaction
from standardwebhooks import Webhook

from accounts.enums import Role, Scope
from practices.models import Practice, Submission
from practices.publication import retract
from ssc_portal.developer_pages import ADDRESS, EXAMPLES, LANGUAGES, examples
from tests.make import make_practice
from tests.people import make_key, make_user
from tests.submissions import make_draft

PROGRAMS = {".sh": ["sh", "-eu"], ".py": [sys.executable], ".R": ["Rscript", "--vanilla"]}


@pytest.fixture(scope="module", autouse=True)
def practices(django_db_setup, django_db_blocker):
    """Two practices on nutrition, two on wash, one of them translated, and school meals in four countries."""
    with django_db_blocker.unblock(), transaction.atomic():
        make_practices()
        yield
        transaction.set_rollback(True)


def make_practices():
    make_practice(title="Paying for results", country="PER", areas=["nutrition"], evaluation_type="randomised")
    make_practice(title="Gardens", country="KEN", areas=["nutrition"])
    make_practice(
        title="Wells", country="BGD", areas=["wash"], translations={"fr": {"title": "Puits", "summary": "De l’eau."}}
    )
    make_practice(title="Latrines", country="BGD", areas=["wash"])
    for country in ("PER", "COL", "KEN", "BGD"):
        make_practice(title=f"School meals in {country}", country=country, areas=["learning"])


@pytest.fixture
def run(site, tmp_path, monkeypatch):
    """``run("first.py", SSC_KEY="…")``: what the example prints."""

    def run(name, **environment):
        path = tmp_path / name
        path.write_text((EXAMPLES / name).read_text().replace(ADDRESS, site))
        program = PROGRAMS[path.suffix]
        if shutil.which(program[0]) is None:
            pytest.skip(f"{program[0]} is not installed")
        for variable, value in environment.items():
            monkeypatch.setenv(variable, value)
        ran = subprocess.run([*program, path], cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    return run


@pytest.mark.parametrize("suffix", ["py", "R"])
def test_the_first_request(run, suffix):
    said = run(f"first.{suffix}")

    assert "2" in said.split()
    assert said.index("Paying for results") < said.index("Gardens")


def test_the_first_request_by_curl(run):
    answer = json.loads(run("first.sh"))

    assert [row["title"] for row in answer["results"]] == ["Paying for results", "Gardens"]


def test_a_search_as_a_table(run, tmp_path):
    run("search.sh")

    rows = list(csv.DictReader((tmp_path / "school-meals.csv").read_text().splitlines()))
    assert {row["title"] for row in rows} == {f"School meals in {country}" for country in ("PER", "COL", "KEN")}


@pytest.mark.parametrize("suffix", ["py", "R"])
def test_a_search_page_by_page(run, suffix):
    said = run(f"search.{suffix}")

    assert {country: said.count(f"School meals in {country}") for country in ("PER", "COL", "KEN", "BGD")} == {
        "PER": 1,
        "COL": 1,
        "KEN": 1,
        "BGD": 0,
    }


@pytest.mark.parametrize("suffix", ["sh", "py", "R"])
def test_a_list_in_another_language(run, suffix):
    said = run(f"languages.{suffix}")

    assert "Puits" in said
    assert "Latrines" in said
    assert "Wells" not in said
    if suffix != "R":
        assert "fr" in said.partition("Puits")[0]


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [("unchanged.sh", "200", "304"), ("unchanged.py", "8 practices", "nothing new"), ("unchanged.R", "8", "304")],
)
def test_nothing_is_sent_twice(run, name, first, second):
    said = run(name) + (run(name) if name.endswith(".sh") else "")

    assert said.index(first) < said.index(second)


@pytest.mark.parametrize("suffix", ["sh", "py", "R"])
def test_what_changed_and_what_is_gone(run, suffix, tmp_path):
    gone = Practice.objects.live().filter(index__areas__contains=["wash"]).earliest("pk")
    count = Practice.objects.live().filter(index__areas__contains=["wash"]).count()
    first = run(f"follow.{suffix}")
    retract(gone, reason="It was counted twice.")

    second = run(f"follow.{suffix}")

    if suffix == "py":  # keeps a copy from one time to the next
        assert f"{count} practices as of" in first
        assert f"{count - 1} practices as of" in second
        assert gone.reference not in json.loads((tmp_path / "copy.json").read_text())["practices"]
    else:
        assert gone.reference in first
        assert gone.reference in second
        assert "as_of" in second or re.search(r"\d{4}-\d\d-\d\dT", second)


@pytest.fixture
def writer(db):
    """An officer of Bangladesh, and the clear text of a key of theirs that may write."""
    user = make_user(Role.OFFICER, country="BGD")
    _key, text = make_key(Scope.DRAFT, user=user)
    return user, text


@pytest.mark.parametrize("suffix", ["sh", "py", "R"])
def test_a_list_of_ones_own_with_a_key(run, writer, suffix):
    user, text = writer
    draft = make_draft(user, title="Village clinics")

    said = run(f"key.{suffix}", SSC_KEY=text)

    assert "Village clinics" in said
    assert str(draft.pk) in said


@pytest.mark.parametrize("suffix", ["sh", "py", "R"])
def test_a_case_study_is_begun_once(run, writer, suffix):
    _user, text = writer

    said = run(f"draft.{suffix}", SSC_KEY=text)
    if suffix != "py":  # the other one changes it too, which is another request the second time
        assert run(f"draft.{suffix}", SSC_KEY=text)

    study = Submission.objects.get()
    assert "201" in said
    assert str(study.pk) in said
    assert study.version.title == "School gardens"
    if suffix == "py":
        assert (study.version.challenge, study.version.start_year) == ("Pupils eat few vegetables.", 2021)
        assert "200" in said


SECRET = "whsec_" + base64.b64encode(b"a secret of 24 characters").decode()
MESSAGE = '{"type": "practice.published", "data": {"slug": "solar-pumps"}}'


def signed(body, *, ago=0, secret=SECRET):
    """The three headers of a message with ``body``, signed ``ago`` seconds ago."""
    at = datetime.now(UTC) - timedelta(seconds=ago)
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", at, body),
    }


FORGED = signed(MESSAGE, secret="whsec_" + base64.b64encode(b"what somebody made up").decode())


def test_a_receiver_believes_only_what_is_signed(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as chosen:
        port = chosen.getsockname()[1]
    environment = os.environ | {"SSC_WEBHOOK_SECRET": SECRET, "PORT": str(port)}
    command = [sys.executable, EXAMPLES / "webhook.py"]
    receiver = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        transport = httpx.HTTPTransport(retries=8)  # until it listens
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport) as portal:

            def send(headers, body=MESSAGE):
                return portal.post("/", content=body, headers=headers).status_code

            assert send(signed(MESSAGE)) == 204
            assert send(signed(MESSAGE)) == 204  # once more, and believed to be the same
            assert send(signed(MESSAGE), MESSAGE.replace("solar", "lunar")) == 401
            assert send(signed(MESSAGE, ago=400)) == 401
            assert send(signed(MESSAGE, ago=-400)) == 401
            assert send(FORGED) == 401
            assert send({}) == 401
            two = signed(MESSAGE)["webhook-signature"]
            assert send(signed(MESSAGE) | {"webhook-signature": f"{FORGED['webhook-signature']} {two}"}) == 204
    finally:
        receiver.terminate()
        said = receiver.communicate(timeout=10)[0]
    assert said.count("solar-pumps") == 1


@pytest.mark.parametrize(
    ("headers", "body", "said"),
    [
        (lambda: signed(MESSAGE), MESSAGE, "genuine"),
        (lambda: FORGED, MESSAGE, "refused"),
        (lambda: signed(MESSAGE), MESSAGE + " ", "refused"),
        (lambda: signed(MESSAGE, ago=400), MESSAGE, "refused"),
    ],
    ids=["genuine", "forged", "changed", "old"],
)
def test_a_shell_tells_what_is_signed(tmp_path, headers, body, said):
    (tmp_path / "body.json").write_text(body)
    named = {name.upper().replace("-", "_"): value for name, value in headers().items()}
    environment = os.environ | {"SSC_WEBHOOK_SECRET": SECRET} | named
    command = ["sh", "-eu", EXAMPLES / "webhook.sh"]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)

    assert (ran.stdout.strip(), ran.returncode) == (said, 0 if said == "genuine" else 1)


def test_every_example_is_run_here():
    text = Path(__file__).read_text()

    for path in EXAMPLES.iterdir():
        assert f'"{path.name}"' in text or f'f"{path.stem}.{{suffix}}"' in text, path.name


def test_the_page_shows_them_as_they_are_with_its_own_address(client, db, settings):
    for key, (_label, suffix) in LANGUAGES.items():
        html = client.get(f"/developers/?examples={key}").content.decode()
        for name, example in examples(key).items():
            path = EXAMPLES / f"{name}.{suffix}"
            if path.exists():
                assert example["text"] == path.read_text().strip().replace(ADDRESS, settings.SITE_URL)
            assert f'id="{name}-text"' in html
        assert ADDRESS not in html


def test_an_unknown_language_of_the_examples_shows_the_first(client, db):
    html = client.get("/developers/?examples=cobol").content.decode()

    assert html.count('aria-current="true" rel="nofollow" dir="ltr">curl<') == len(examples("curl"))
