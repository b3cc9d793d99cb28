"""A worker scans files and makes renditions; until it has, nobody is shown them, and nothing of it is lost."""

import socket
import struct
import threading
from contextlib import contextmanager

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image

from accounts.models import OutboxMessage
from practices import workflow
from practices.enums import ScanResult
from practices.files import clamd, drafts, intake, preparing
from practices.models import File
from practices.refusals import Incomplete
from tests.files_make import make_attached, pdf, picture, sent
from tests.submissions import make_draft, make_submission

pytestmark = pytest.mark.django_db


def receive(submission, name, content):
    with sent(name, content) as upload:
        return intake.receive(submission, upload, by=submission.lead).file


@contextmanager
def scanner(answer, *, family=socket.AF_INET, path=""):
    """A server that speaks INSTREAM and gives ``answer``; None: it takes everything and says nothing.

    Gives [address, [what it was sent]].
    """
    server = socket.socket(family)
    server.bind(path or ("127.0.0.1", 0))
    server.listen()
    taken, done = [], threading.Event()

    def serve():
        while not done.is_set():
            try:
                line, _address = server.accept()
            except OSError:
                return
            with line, line.makefile("rb") as sent:
                assert sent.read(10) == b"zINSTREAM\0"
                content = b""
                while size := struct.unpack("!I", sent.read(4))[0]:
                    content += sent.read(size)
                taken.append(content)
                if answer is None:
                    done.wait(10)
                else:
                    line.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield path or f"127.0.0.1:{server.getsockname()[1]}", taken
    finally:
        done.set()
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(10)


def test_three_renditions_are_made_each_within_its_bytes():
    file = receive(make_draft(), "a.jpg", picture(size=(3000, 1500)))

    assert preparing.prepare_due() == 1

    file.refresh_from_db()
    assert file.is_shown is False  # nobody agreed yet
    assert (file.prepared_at is not None, file.scan) == (True, ScanResult.NOT_ASKED)
    for name, (longest, most) in preparing.SIZES.items():
        made = file.renditions[name]
        with default_storage.open(made["stored"]) as content:
            assert Image.open(content).size == (made["width"], made["height"]) == (longest, longest // 2)
        assert made["size"] == default_storage.size(made["stored"]) <= most
    assert preparing.prepare_due() == 0


def test_a_picture_too_rich_for_its_bytes_is_made_smaller():
    noise = Image.effect_noise((1200, 1200), 200).convert("RGB")

    image, content = preparing._encoded(noise, 60_000)

    assert len(content) <= 60_000
    assert image.width < 1200


def test_a_worker_that_died_is_followed_by_another_and_only_the_last_one_counts():
    file = receive(make_draft(), "a.pdf", pdf())
    dead = preparing._lease_next()
    assert preparing.prepare_due() == 0  # it is in somebody's hands

    File.objects.update(leased_until=timezone.now() - timezone.timedelta(seconds=1))
    assert preparing.prepare_due() == 1
    assert preparing._note(dead, last_error="too late") is False

    file.refresh_from_db()
    assert (file.attempts_count, file.last_error) == (2, "")


def test_a_file_removed_meanwhile_leaves_nothing():
    submission = make_draft()
    row = make_attached(submission.version, is_prepared=False)
    leased = preparing._lease_next()
    drafts.remove(submission, row, by=submission.lead)

    assert preparing._prepare(leased) is False

    assert default_storage.listdir("files")[1] == [row.file.stored.name.removeprefix("files/")]  # swept later


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_UNIX])
def test_a_clean_file_is_shown_once_the_scanner_said_so(settings, tmp_path, family):
    file = receive(make_draft(), "a.pdf", pdf())
    path = str(tmp_path / "clamd") if family == socket.AF_UNIX else ""
    with scanner(b"stream: OK\0", family=family, path=path) as (settings.CLAMD, taken):
        assert preparing.prepare_due() == 1

    file.refresh_from_db()
    assert (file.scan, file.is_shown) == (ScanResult.CLEAN, True)
    assert taken == [pdf()]


def test_malware_is_put_aside_its_sender_told_and_the_case_study_not_sent(settings):
    submission = make_draft()
    file = receive(submission, "a.pdf", pdf())
    before = file.stored.name
    with scanner(b"stream: Win.Test.EICAR FOUND\0") as (settings.CLAMD, _taken):
        assert preparing.prepare_due() == 0
        assert preparing.prepare_due() == 0

    file.refresh_from_db()
    assert (file.scan, file.prepared_at, file.is_shown) == (ScanResult.FOUND, None, False)
    assert file.stored.name.startswith("quarantine/")
    message = OutboxMessage.objects.get(kind="practices.malware_found")
    assert (message.user, message.context["letter"]) == (submission.lead, "Win.Test.EICAR")
    with pytest.raises(Incomplete):
        workflow.submit(submission, by=submission.lead)
    drafts.remove(submission, file.uses.get(), by=submission.lead)
    assert workflow.submit(submission, by=submission.lead)
    assert before != file.stored.name


def test_a_scanner_that_is_away_or_too_slow_keeps_the_file_hidden_and_is_asked_again(settings, monkeypatch):
    file = receive(make_draft(), "a.pdf", pdf())
    monkeypatch.setattr(clamd, "PATIENCE", 0.3)
    settings.CLAMD = "127.0.0.1:1"
    assert preparing.prepare_due() == 0
    file.refresh_from_db()
    assert (file.prepared_at, file.is_shown) == (None, False)
    assert "Unavailable" in file.last_error
    assert file.due_at > timezone.now()

    File.objects.update(due_at=timezone.now())
    with scanner(None) as (settings.CLAMD, _taken):
        assert preparing.prepare_due() == 0
    File.objects.update(due_at=timezone.now())
    with scanner(b"INSTREAM size limit exceeded. ERROR\0") as (settings.CLAMD, _taken):
        assert preparing.prepare_due() == 0
    File.objects.update(due_at=timezone.now())
    with scanner(b"stream: OK\0") as (settings.CLAMD, _taken):
        assert preparing.prepare_due() == 1

    file.refresh_from_db()
    assert (file.scan, file.is_shown, file.attempts_count) == (ScanResult.CLEAN, True, 4)


def test_what_is_still_being_checked_is_never_published():
    submission = make_draft()
    row = make_attached(submission.version, is_prepared=False)
    submission = workflow.submit(submission, by=submission.lead)

    assert "A picture or document is still being checked." in map(str, workflow.hindrances(submission))
    row.file.refresh_from_db()
    preparing.prepare_due()
    assert "A picture or document is still being checked." not in map(str, workflow.hindrances(submission))
    assert make_submission("in_review").status == "in_review"
