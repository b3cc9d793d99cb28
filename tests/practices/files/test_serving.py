"""The bytes of a file: private until published, then everybody's, gone with what showed them."""

import pytest
from django.test import Client

from accounts.enums import Role
from practices.enums import Provenance
from practices.files import consent
from practices.models import File, Practice
from practices.previews import make_link
from practices.publication import make_live, retract
from tests.files_make import make_attached, pdf
from tests.make import make_update, make_version
from tests.people import make_user
from tests.submissions import make_draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor():
    return Client(raise_request_exception=False)


def published(**facts):
    """(practice, VersionFile) of a practice that shows one file."""
    version = make_version(country="BGD")
    row = make_attached(version, **facts)
    (practice,) = make_live([(version, Practice(provenance=Provenance.COUNTRY))])
    return practice, row


def address(row, rendition="medium"):
    return f"/files/{row.file.key}/{rendition if row.file.is_image else 'document'}/"


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def test_a_picture_is_given_in_its_renditions_and_never_in_another_form(visitor):
    _practice, row = published()

    for rendition in ("small", "medium", "large"):
        answer = visitor.get(address(row, rendition))
        content = answer.content
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
        assert len(content) == row.file.renditions[rendition]["size"]
    assert visitor.get(address(row, "document")).status_code == 404
    assert visitor.get(address(row, "original")).status_code == 404


def test_a_document_is_saved_under_its_name_and_runs_nothing(visitor):
    _practice, row = published(kind="pdf", name="تقرير.pdf")

    answer = visitor.get(address(row))

    assert b"".join(answer.streaming_content) == pdf()
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''%D8%AA")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_what_is_published_may_be_kept_until_something_changes(visitor):
    practice, row = published()

    answer = visitor.get(address(row))
    assert answer["Cache-Control"].startswith("public")
    tag = answer["ETag"]
    assert visitor.get(address(row), headers={"If-None-Match": tag}).status_code == 304

    make_update(practice, title="Without pictures")
    again = visitor.get(address(row), headers={"If-None-Match": tag})
    assert (again.status_code, again["ETag"] != tag) == (200, True)  # the version before shows it still


def test_a_draft_s_file_is_read_by_whoever_reads_the_draft():
    submission = make_draft()
    row = make_attached(submission.version)

    assert Client().get(address(row)).status_code == 404
    assert signed_in(make_user(Role.OFFICER, country="PER")).get(address(row)).status_code == 404
    assert signed_in(make_user(Role.CURATOR)).get(address(row)).status_code == 404
    answer = signed_in(make_user(Role.OFFICER)).get(address(row))
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")


def test_an_outside_reader_sees_the_files_of_the_preview_and_no_others(visitor):
    submission, other = make_draft(), make_draft(title="Another")
    row, hidden = make_attached(submission.version), make_attached(other.version)
    _link, token = make_link(submission, by=submission.lead)

    answer = visitor.get(f"/preview/{token}{address(row)}")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
    assert f"/preview/{token}{address(row)}" in visitor.get(f"/preview/{token}/").content.decode()
    assert visitor.get(f"/preview/{token}{address(hidden)}").status_code == 404
    assert visitor.get(f"/preview/guessed{address(row)}").status_code == 404


def test_a_retracted_practice_takes_its_files_along(visitor):
    practice, row = published()
    retract(practice, reason="It could not be checked.")

    answer = visitor.get(address(row))

    assert answer.status_code == 410
    assert "It could not be checked." in answer.content.decode()


def test_what_is_not_prepared_hidden_or_removed_is_not_there(visitor):
    _practice, row = published()
    File.objects.filter(pk=row.file.pk).update(prepared_at=None)
    assert visitor.get(address(row)).status_code == 404
    File.objects.filter(pk=row.file.pk).update(prepared_at=row.file.prepared_at)
    assert visitor.get(address(row)).status_code == 200

    consent.withdraw(row.file)

    nothing = "00000000-0000-4000-8000-000000000000"
    missing, hidden = visitor.get(f"/files/{nothing}/medium/"), visitor.get(address(row))
    assert (hidden.status_code, missing.status_code) == (404, 404)
    told, key = hidden.content.decode(), str(row.file.key)
    for one in (hidden, missing):
        told = told.replace(one["X-Request-Id"], "")
    assert told.replace(key, "") == missing.content.decode().replace(missing["X-Request-Id"], "").replace(nothing, "")


def test_bytes_that_storage_lost_are_missing_and_no_error(visitor):
    _practice, row = published(kind="pdf")
    row.file.stored.storage.delete(row.file.stored.name)

    assert visitor.get(address(row)).status_code == 404
