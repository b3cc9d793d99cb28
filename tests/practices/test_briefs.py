"""The PDF brief: one or two pages, in five languages, made of our own files only."""

import builtins
import io
import logging

import pytest
from pypdf import PdfReader

from practices import briefs
from practices.models import Brief, Practice
from practices.publication import retract
from practices.serial import public_serial
from practices.tasks import make_briefs
from tests.make import make_practice, make_update

pytestmark = pytest.mark.django_db


def made(**changes):
    practice = make_practice(
        **{
            "title": "Reading camps",
            "country": "BGD",
            "challenge": "Many could not read.",
            "approach": "Volunteers taught in groups. " * 100,
            "translations": {"ar": {"title": "مخيمات القراءة"}},
        }
        | changes
    )
    return Practice.objects.with_content().get(pk=practice.pk)


def words_of(content):
    reader = PdfReader(io.BytesIO(content))
    return len(reader.pages), " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_a_brief_tells_the_main_things_on_two_pages():
    practice = made()

    pages, words = words_of(briefs.pdf(practice, "en"))

    assert pages <= 2
    assert "Reading camps" in words
    assert "Many could not read." in words
    assert practice.reference in words


def test_a_brief_in_arabic_embeds_arabic_letters():
    content = briefs.pdf(made(), "ar")

    fonts = {
        font.get_object()["/BaseFont"]
        for page in PdfReader(io.BytesIO(content)).pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert any("Naskh" in name for name in fonts)


def test_a_stored_brief_is_what_the_address_answers(client):
    practice = made()
    brief = briefs.make(practice.live_id, "ar")

    response = client.get(f"/ar/practices/{practice.slug}/brief.pdf")

    content = b"".join(response.streaming_content)
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == 'inline; filename="reading-camps-ar.pdf"'
    assert content.startswith(b"%PDF-")
    assert len(content) == brief.size


def test_without_a_brief_a_page_for_print_answers_and_nobody_keeps_it(client):
    practice = made()

    response = client.get(f"/practices/{practice.slug}/brief.pdf")

    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/html")
    assert response["Cache-Control"] == "no-store"
    assert "Many could not read." in response.content.decode()


def test_a_page_says_how_large_its_brief_is(client):
    practice = made()
    assert "KB" not in client.get(practice.get_absolute_url()).content.decode()

    make_briefs([practice.live_id])

    assert "KB</bdi>" in client.get(practice.get_absolute_url()).content.decode().replace("\xa0", " ")


def test_making_briefs_makes_five_and_tells_the_caches():
    practice = made()
    before = public_serial()

    make_briefs([practice.live_id])
    make_briefs([practice.live_id])

    assert set(Brief.objects.values_list("language", flat=True)) == {"en", "fr", "es", "pt", "ar"}
    assert Brief.objects.count() == 5
    assert public_serial() == before + 2


def test_making_a_brief_again_leaves_one_file(django_capture_on_commit_callbacks):
    practice = made()
    with django_capture_on_commit_callbacks(execute=True):
        first = briefs.make(practice.live_id, "en")
        second = briefs.make(practice.live_id, "en")

    assert not first.file.storage.exists(first.file.name) or first.file.name == second.file.name
    assert second.file.storage.exists(second.file.name)
    assert len(second.file.storage.listdir("briefs")[1]) == 1


def test_a_brief_of_an_earlier_version_is_not_shown(client):
    practice = made()
    briefs.make(practice.live_id, "en")
    make_update(practice, title="New title", country="BGD")

    assert client.get(f"/practices/{practice.slug}/brief.pdf")["Content-Type"].startswith("text/html")


def test_only_what_the_world_reads_gets_a_brief():
    practice = made()
    first = practice.live_id
    make_update(practice, country="BGD")
    assert briefs.make(first, "en") is None

    retract(practice, reason="Wrong.")
    assert briefs.make(Practice.objects.get().live_id, "en") is None
    assert briefs.make(0, "en") is None


def test_missing_libraries_are_noted_and_stop_nobody(monkeypatch, caplog):
    import_ = builtins.__import__

    def without_weasyprint(name, *args, **kwargs):
        if name.startswith("weasyprint"):
            raise OSError("cannot load library 'libpango-1.0-0'")
        return import_(name, *args, **kwargs)

    practice = made()
    monkeypatch.setattr(builtins, "__import__", without_weasyprint)

    with caplog.at_level(logging.WARNING, "practices.briefs"):
        assert briefs.make(practice.live_id, "en") is None

    assert "libpango" in caplog.text


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "https://example.org/x.png",
        "http://169.254.169.254/",
        "https://static.invalid/../manage.py",
        "https://static.invalid/css/../../manage.py",
        "https://static.invalid/css/ssc.css",
        "https://static.invalid.example.org/css/brief.css",
        "data:text/css,x",
    ],
)
def test_a_brief_loads_nothing_but_its_own_files(url):
    with pytest.raises(ValueError):
        briefs._own_file(url)


def test_what_a_brief_needs_is_there():
    assert briefs._own_file("https://static.invalid/css/brief.css").is_file()
    assert briefs._own_file("https://static.invalid/vendor/fonts-pdf/NotoSans-Regular.ttf").is_file()


def test_a_long_section_ends_after_a_sentence():
    text = briefs.Text("One two three. " * 100, "en")

    short = str(briefs._shortened(text))

    assert len(short.split()) <= briefs.LONGEST_SECTION + 1
    assert short.endswith("three. …")
