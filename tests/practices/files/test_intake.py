"""Files are taken in when they are what they say, made harmless; of everything else nothing stays."""

import os
import resource
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image

from accounts.enums import Role
from practices import workflow
from practices.enums import FileKind
from practices.files import drafts, intake, preparing
from practices.files.storage import SWEPT_AFTER, incoming
from practices.models import File, VersionFile
from practices.refusals import FileRefused, TransitionError
from tests import files_make
from tests.files_make import MARK, docx, gauntlet, make_attached, pdf, picture, sent, with_metadata, xlsx
from tests.people import make_user
from tests.submissions import make_draft

pytestmark = pytest.mark.django_db


def receive(submission, name, content, by=None):
    with sent(name, content) as upload:
        return intake.receive(submission, upload, by=by or submission.lead)


def kept():
    """All files in storage, by their path below its root."""
    root = Path(settings.MEDIA_ROOT)
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_a_picture_is_written_anew_and_waits_to_be_described_and_prepared():
    submission = make_draft()

    row = receive(submission, "Well.JPG", picture("JPEG", (4000, 3000)))

    file = row.file
    assert (file.kind, file.name, file.uploader) == (FileKind.IMAGE, "Well.webp", submission.lead)
    assert (file.width, file.height) == (2400, 1800)
    assert (file.prepared_at, row.caption, row.is_described) == (None, "", False)
    with default_storage.open(file.stored.name) as content:
        assert Image.open(content).size == (2400, 1800)
    assert file.size == default_storage.size(file.stored.name)
    assert kept() == [file.stored.name]


@pytest.mark.parametrize(("name", "content"), [("a.pdf", pdf()), ("a.docx", docx()), ("a.xlsx", xlsx())])
def test_a_document_is_kept_as_it_came(name, content):
    row = receive(make_draft(), name, content)

    with default_storage.open(row.file.stored.name) as stored:
        assert stored.read() == content
    assert row.file.kind == name[2:]


def test_a_document_may_hold_a_sheet_for_its_charts():
    assert receive(make_draft(), "a.docx", docx({"word/embeddings/chart.xlsx": xlsx()}))


def test_of_45_files_as_attackers_send_them_none_is_stored_unsafe():
    submission, files = make_draft(), gauntlet()
    assert len(files) == 45
    wrong, cpu, others = [], [], _largest(resource.RUSAGE_CHILDREN)
    for name, content, is_harmless in files:
        before = _children()
        try:
            row = receive(submission, name, content)
        except FileRefused as refusal:
            outcome, text = False, refusal.sentence
            assert len(text) > 40, (name, text)  # what, why, and what would be accepted
        else:
            outcome = True
            with default_storage.open(row.file.stored.name) as stored:
                assert MARK not in stored.read(), name
            drafts.remove(submission, row, by=submission.lead)
        cpu.append((_children() - before, name))
        if outcome != is_harmless:
            wrong.append((name, outcome))

    assert wrong == []
    assert VersionFile.objects.count() == 0
    # The system ends a process after five seconds of work.
    assert max(cpu)[0] < 6, max(cpu)
    # What other tests of this process started may have been larger; and until it begins its own program, a child counts
    # as large as the process that starts it.
    assert _largest(resource.RUSAGE_CHILDREN) <= max(400, others, _largest(resource.RUSAGE_SELF))
    assert [name for name in kept() if name.startswith("incoming")] == []


def _largest(whose):
    """How much memory this process took at most, or the largest of those that it started and that ended, in MiB."""
    return resource.getrusage(whose).ru_maxrss / 1024


def _children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_nothing_but_the_pixels_of_a_picture_stays_and_it_stands_upright(form):
    content = with_metadata(form)
    assert MARK in content
    row = receive(make_draft(), f"a.{form.lower()}", content)
    preparing.prepare_due()
    row.file.refresh_from_db()

    assert (row.file.width, row.file.height) == (480, 640)
    assert {one["stored"] for one in row.file.renditions.values()} | {row.file.stored.name} == set(kept())
    for name in kept():
        stored = (Path(settings.MEDIA_ROOT) / name).read_bytes()
        assert not [word for word in (MARK, b"Exif", b"EXIF", b"XMP ", b"ICCP", b"xmpmeta") if word in stored], name


def test_a_picture_of_a_telephone_is_refused_with_what_would_be_accepted():
    with pytest.raises(FileRefused, match=r"“IMG_1.file” was not taken. Pictures are accepted as JPEG, PNG or WebP"):
        receive(make_draft(), "IMG_1.HEIC", b"\0\0\0\x18ftypheic")


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.pdf", b"", "It is empty."),
        ("a.pdf", docx(), "It is not a PDF inside. Save it anew as PDF and send that."),
        ("a.docx", pdf(), "It is not a Word document inside."),
        ("a.jpg", b"GIF89a", "It is not a picture inside. Send a JPEG, PNG or WebP picture."),
        ("a.pdf", pdf(lambda writer: writer.encrypt("secret", algorithm="RC4-128")), "It is locked with a password."),
        ("a.pdf", pdf(files_make.acting("/JavaScript", JS="app.alert()")), "It holds programs"),
        ("a.docx", docx(relations=files_make.linked_to("attachedTemplate", "http://a.example")), "It holds programs"),
        ("a.png", files_make.png_of(30_000, 30_000), "It has more than 50 million pixels."),
        ("a.png", files_make.moving("PNG"), "It is a moving picture."),
    ],
)
def test_a_refusal_says_what_is_wrong_and_what_to_do(name, content, why):
    with pytest.raises(FileRefused) as refusal:
        receive(make_draft(), name, content)

    assert f"“{name}” was not taken. {why}" in refusal.value.sentence
    assert (File.objects.count(), kept()) == (0, [])


def test_a_file_larger_than_the_limit_is_refused_before_it_is_looked_into(settings):
    settings.FILE_LIMIT = 1000

    with pytest.raises(FileRefused, match="It is larger than 1000"):
        receive(make_draft(), "a.jpg", b"x" * 1001)


def test_the_same_file_is_taken_once():
    submission = make_draft()
    receive(submission, "a.pdf", pdf())

    with pytest.raises(FileRefused, match=r"“b.pdf” was not taken. It is here already."):
        receive(submission, "b.pdf", pdf())

    assert len(kept()) == 1


def test_a_case_study_takes_so_many_files_and_so_many_bytes(settings):
    settings.FILES_QUOTA = 2
    submission = make_draft()
    for number in range(2):
        make_attached(submission.version, kind="pdf", checksum=str(number))

    with pytest.raises(FileRefused, match="A case study takes 2 files"):
        receive(submission, "a.pdf", pdf())
    settings.FILES_QUOTA, settings.BYTES_QUOTA = 10, 1000
    with pytest.raises(FileRefused, match="A case study takes 10 files and 1000"):
        receive(submission, "a.pdf", pdf())

    assert File.objects.count() == 2
    assert [name for name in kept() if name.startswith("incoming")] == []


def test_a_person_sends_so_many_a_day_and_what_they_removed_counts(settings):
    settings.FILES_QUOTA = 2
    submission = make_draft()
    for number in range(2):
        row = receive(submission, f"{number}.jpg", picture(size=(30 + number, 30)))
        drafts.remove(submission, row, by=submission.lead)
    colleague = make_user(Role.FOCAL_POINT)

    with pytest.raises(FileRefused, match="One person may send 2 files"):
        receive(submission, "a.pdf", pdf())
    assert receive(submission, "a.pdf", pdf(), by=colleague)
    File.objects.update(uploaded_at=timezone.now() - timezone.timedelta(days=1))
    assert receive(submission, "b.jpg", picture(size=(50, 50)))


def test_nobody_adds_to_what_is_not_theirs_or_was_handed_in():
    submission = make_draft()
    with pytest.raises(PermissionDenied):
        receive(submission, "a.pdf", pdf(), by=make_user(Role.OFFICER, country="PER"))
    workflow.submit(submission, by=submission.lead)
    with pytest.raises(TransitionError):
        receive(submission, "a.pdf", pdf())

    assert (File.objects.count(), kept()) == (0, [])


def test_a_full_disk_leaves_nothing_and_says_so(monkeypatch):
    def full(*_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)  # the disk's part, not ours

    with pytest.raises(FileRefused, match="no room for files") as refusal:
        receive(make_draft(), "a.pdf", pdf())

    assert refusal.value.status == 507
    assert (File.objects.count(), kept()) == (0, [])


def test_what_a_process_that_died_has_left_is_swept_and_the_rest_stays():
    submission = make_draft()
    row = receive(submission, "a.pdf", pdf())
    removed = receive(submission, "b.jpg", picture())
    root = Path(settings.MEDIA_ROOT)
    lost = root / removed.file.stored.name
    drafts.remove(submission, removed, by=submission.lead)
    (root / "quarantine").mkdir()
    left = [lost, root / "files" / "half.part", root / "files" / "nobody-names.pdf", incoming() / "x.part"]
    for path in left:
        path.write_bytes(b"x")

    assert preparing.sweep() == 0  # they may be written just now
    later = timezone.now() + timezone.timedelta(seconds=SWEPT_AFTER + 60)
    assert preparing.sweep(later) == len(left)

    assert kept() == [row.file.stored.name]
    assert not [path for path in left if path.exists()]
    preparing.sweep(timezone.now() + timezone.timedelta(days=3))
    assert list(File.objects.all()) == [row.file]


def test_a_file_is_whole_or_not_there(tmp_path):
    class Breaking:
        def chunks(self):
            yield b"half"
            raise OSError("The line broke.")

    with pytest.raises(OSError, match="line broke"):
        default_storage._save("files/a.pdf", Breaking())

    assert kept() == []
