"""Documents that the parties of an exchange keep here: taken in, looked through, opened by some, taken away."""

import os
import uuid
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.enums import Role
from exchanges.enums import ExchangeStatus, Visibility
from exchanges.models import Document
from practices.files import preparing
from practices.files.storage import SWEPT_AFTER
from practices.models import File
from practices.serial import public_serial
from tests import files_make
from tests.exchanges_make import make_document, make_exchange
from tests.files_make import docx, make_file, pdf, picture, xlsx
from tests.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def asking():
    """An officer of Peru, signed in."""
    return signed_in(make_user(Role.OFFICER, country="PER"))


def signed_in(user):
    client = Client()
    client.force_login(user)
    client.user = user
    return client


def page(exchange):
    return reverse("assistance:exchange-part", args=[exchange.code, "documents"])


def row_page(row):
    return reverse("assistance:edit-row", args=[row.exchange.code, "documents", row.pk])


def send(client, exchange, name="Report.pdf", content=None, **changes):
    upload = SimpleUploadedFile(name, pdf() if content is None else content)
    form = {"title": "Training report", "url": "", "language": "es", "upload": upload} | changes
    return client.post(page(exchange), {key: value for key, value in form.items() if value is not None})


def status(client, address):
    """The status of the answer at ``address``, which is read to its end."""
    answer = client.get(address)
    b"".join(answer)
    return answer.status_code


def kept():
    root = Path(settings.MEDIA_ROOT)
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def words(response):
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize(("name", "content"), [("a.pdf", pdf()), ("a.docx", docx()), ("a.xlsx", xlsx())])
def test_a_party_adds_a_document_that_waits_until_it_was_looked_through(asking, name, content):
    exchange = make_exchange()

    answer = send(asking, exchange, name, content)

    row = Document.objects.get()
    assert (answer.status_code, answer.url) == (302, page(exchange))
    assert (row.title, row.url, row.language, row.is_public, row.added_by) == (
        "Training report", "", "es", False, asking.user,
    )  # fmt: skip
    assert (row.file.name, row.file.uploader, row.file.prepared_at) == (name, asking.user, None)
    assert "Being checked" in words(asking.get(page(exchange)))
    assert asking.get(row.address).status_code == 404

    preparing.prepare_due()

    assert f'href="{row.address}"' in asking.get(page(exchange)).content.decode()
    given = asking.get(row.address)
    assert b"".join(given.streaming_content) == content
    assert given["Content-Disposition"] == f'attachment; filename="{name}"'
    assert given["Cache-Control"] == "private, no-store"
    assert given["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in given["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("name", "content", "changes", "sentence"),
    [
        ("a.jpg", picture(), {}, "“a.jpg” was not taken. Documents are accepted as PDF, DOCX or XLSX."),
        ("a.exe", b"MZ", {}, "“a.file” was not taken. Documents are accepted as PDF, DOCX or XLSX."),
        ("a.pdf", b"", {}, "“a.pdf” was not taken. It is empty."),
        ("a.pdf", docx(), {}, "It is not a PDF inside."),
        ("a.pdf", pdf(files_make.acting("/JavaScript", JS="app.alert()")), {}, "It holds programs"),
        ("a.pdf", pdf(), {"url": "https://www.example.org/"}, "A document is a file or has an address, not both."),
        ("a.pdf", pdf(), {"title": ""}, "Give its title"),
        ("a.pdf", None, {"upload": None}, "Give the address of the document"),
    ],
)
def test_what_is_refused_is_said_at_its_field_and_nothing_of_it_stays(asking, name, content, changes, sentence):
    exchange = make_exchange()

    answer = send(asking, exchange, name, content, **changes)

    assert answer.status_code == 422
    assert sentence in words(answer)
    assert (Document.objects.count(), File.objects.count(), kept()) == (0, 0, [])


def test_a_file_stands_once_in_an_exchange_and_within_its_quota(asking, settings):
    exchange, other = make_exchange(), make_exchange()
    send(asking, exchange)

    twice = send(asking, exchange, "again.pdf")
    settings.FILES_QUOTA = 1
    full = send(asking, exchange, "b.docx", docx())
    of_day = send(asking, other, "b.docx", docx())

    assert "“again.pdf” was not taken. It is here already." in words(twice)
    assert "An exchange takes 1 files and" in words(full)
    assert "One person may send 1 files and" in words(of_day)
    assert [answer.status_code for answer in (twice, full, of_day)] == [422, 422, 429]
    assert 0 < int(of_day["Retry-After"]) <= 24 * 3600
    assert (Document.objects.count(), File.objects.count(), len(kept())) == (1, 1, 1)


def test_nobody_but_a_party_adds_one_and_nobody_after_the_end(asking):
    running, over = make_exchange(), make_exchange(ExchangeStatus.CANCELLED)

    assert send(signed_in(make_user(Role.OFFICER, country="KEN")), running).status_code == 404
    assert send(signed_in(make_user(Role.CURATOR)), running).status_code == 404
    assert send(Client(), running).url.startswith("/accounts/login/")
    assert send(asking, over).status_code == 409
    assert (Document.objects.count(), kept()) == (0, [])


def test_what_readers_are_shown_is_theirs_and_the_rest_is_not_there():
    exchange, proposal = make_exchange(), make_exchange(ExchangeStatus.PROPOSED)
    among = make_exchange(visibility=Visibility.PARTNERS)
    told, inside = make_document(exchange, is_public=True), make_document(exchange)
    early, partly = make_document(proposal, is_public=True), make_document(among, is_public=True)
    visitor, partner = Client(), signed_in(make_user(Role.PARTNER))
    curator, party = signed_in(make_user(Role.CURATOR)), signed_in(make_user(Role.OFFICER, country="BGD"))

    seen = {
        name: [status(client, row.address) for row in (told, inside, early, partly)]
        for name, client in (("visitor", visitor), ("partner", partner), ("curator", curator), ("party", party))
    }

    assert seen == {
        "visitor": [200, 404, 404, 404],
        "partner": [200, 404, 404, 200],
        "curator": [200, 404, 404, 200],
        "party": [200, 200, 200, 200],
    }
    answer = visitor.get(told.address)
    assert (b"".join(answer), answer["Cache-Control"].split(",")[0]) == (pdf(), "public")
    elsewhere = reverse("exchanges:document", args=[proposal.code, told.file.key])
    assert visitor.get(elsewhere).status_code == 404
    assert visitor.get(f"/files/{told.file.key}/document/").status_code == 404  # not a file of a case study
    nothing = reverse("exchanges:document", args=[exchange.code, uuid.uuid4()])
    assert visitor.get(nothing).status_code == 404


def test_readers_find_it_once_it_was_looked_through_on_the_page_and_in_the_api():
    exchange = make_exchange()
    row = make_document(exchange, is_public=True, is_prepared=False, title="Told in the open")
    make_document(exchange, title="Among ourselves")
    visitor = Client()
    address = f"/exchanges/{exchange.code}/"
    before = visitor.get(address)
    assert "Told in the open" not in before.content.decode()
    assert visitor.get(f"/api/v1{address}").json()["documents"] == []
    serial = public_serial()

    preparing.prepare_due()

    assert public_serial() > serial
    after = visitor.get(address, headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert f'href="{row.address}"' in after.content.decode()
    assert "Among ourselves" not in after.content.decode()
    assert visitor.get(f"/api/v1{address}").json()["documents"] == [
        {"title": "Told in the open", "url": f"http://testserver{row.address}", "language": "en"}
    ]


def test_what_is_said_of_it_changes_the_file_does_not(asking):
    exchange = make_exchange()
    row = make_document(exchange)
    form = asking.get(row_page(row)).context["form"]

    answer = asking.post(
        row_page(row),
        {
            "title": "Another title", "language": "fr", "is_public": "on", "seen": form.seen, "url": "https://a.example/",
            "upload": SimpleUploadedFile("b.docx", docx()),
        },
    )  # fmt: skip

    assert list(form.fields) == ["title", "language", "is_public"]
    assert answer.status_code == 302
    after = Document.objects.get()
    assert (after.title, after.language, after.is_public) == ("Another title", "fr", True)
    assert (after.url, after.file) == ("", row.file)


def test_what_is_removed_is_gone_with_its_bytes(asking, django_capture_on_commit_callbacks):
    exchange = make_exchange()
    row = make_document(exchange, is_public=True)
    seen = asking.get(row_page(row)).context["form"].seen
    assert len(kept()) == 1

    with django_capture_on_commit_callbacks(execute=True):
        asking.post(row_page(row), {"remove": "1", "seen": seen})

    assert (Document.objects.count(), kept()) == (0, [])
    assert File.objects.get().removed_at
    assert Client().get(row.address).status_code == 404


def test_the_sweep_leaves_the_files_of_exchanges_alone():
    row = make_document(make_exchange())
    path = Path(settings.MEDIA_ROOT) / row.file.stored.name
    long_ago = path.stat().st_mtime - 2 * SWEPT_AFTER
    os.utime(path, (long_ago, long_ago))

    assert preparing.sweep() == 0
    assert path.exists()


def test_the_database_keeps_it_a_file_or_an_address():
    exchange, person = make_exchange(), make_user()
    both = {"file": make_file(), "url": "https://www.example.org/"}

    for columns in (both, {"url": ""}):
        with pytest.raises(IntegrityError, match="document_is_a_file_or_an_address"), transaction.atomic():
            Document.objects.create(exchange=exchange, title="A report", added_by=person, **columns)
