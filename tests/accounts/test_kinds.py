"""Every kind of message: whom it is for, and its words in every language."""

import pytest
from django.utils import translation

from accounts.kinds import Kind, Weight
from accounts.mailing import words
from accounts.outbox import tell
from tests.people import make_user

pytestmark = pytest.mark.django_db
LANGUAGES = ["en", "fr", "es", "pt", "ar"]
# Everything that any kind speaks of.
CONTEXT = {
    "title": "Floating schools",
    "code": "EX-2026-7",
    "country": "BGD",
    "actor": "Amina",
    "letter": "Well done.",
    "deadline": "2026-12-01",
    "moment": "2026-12-01T08:30:00+00:00",
    "role": "curator",
    "place": "BGD",
    "device": "Firefox",
    "key": "Nightly import",
    "count": 3,
    "to": "amina@example.net",
    "new": "amina@example.net",
    "applicant": "Amina",
    "what": "officer BGD",
    "reason": "Another office writes for us.",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_words_in_every_language(kind, language):
    user = make_user(language=language)
    with translation.override("en"):
        english, _paragraphs = words(kind, CONTEXT, user)

    with translation.override(language):
        subject, paragraphs = words(kind, CONTEXT, user)

    assert subject
    assert (subject == english) == (language == "en")
    assert [text for text in [subject, *paragraphs] if "%(" in text or "{{" in text] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_says_whom_it_is_for_in_every_language(language):
    with translation.override("en"):
        english = {kind: str(kind.audience) for kind in Kind}
    with translation.override(language):
        said = {kind: str(kind.audience) for kind in Kind}

    assert all(english.values())
    assert [kind for kind in Kind if (said[kind] == english[kind]) != (language == "en")] == []


def test_every_kind_asks_something_of_its_reader_informs_or_is_about_their_account():
    assert {kind.weight for kind in Kind} == set(Weight)
    assert [kind for kind in Kind if kind.needs_reader and kind.is_safety] == []
    assert len(Kind) >= 20


def test_nothing_else_can_be_told():
    with pytest.raises(TypeError):
        tell([make_user()], "practices.published", key="k", path="/", context=CONTEXT)


@pytest.mark.parametrize(
    ("time_zone", "day"),
    [("UTC", "1 December 2026"), ("Pacific/Kiritimati", "2 December 2026"), ("America/Lima", "1 December 2026")],
)
def test_a_moment_by_which_something_is_due_is_told_as_the_day_that_it_is_where_the_reader_is(time_zone, day):
    user = make_user(time_zone=time_zone)

    _subject, paragraphs = words(Kind.STUDY_DEADLINE, CONTEXT | {"deadline": "2026-12-01T11:30:00+00:00"}, user)

    assert paragraphs == [f"The first answer was promised by {day}."]
