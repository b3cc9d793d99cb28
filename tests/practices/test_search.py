"""People find practices by words, in five languages, however they spell."""

import pytest
from django.db import connection
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from practices import search, wording
from practices.listing import browse
from practices.models import SdgTarget
from practices.publication import retract
from practices.vocabulary import load_names, load_terms
from tests.make import make_practice, make_topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def kangaroo():
    return make_practice(
        title="Kangaroo mother care for preterm babies",
        summary="Small babies are carried skin to skin.",
        country="COL",
        areas=["newborn-health"],
        approach="Hospital teams are trained together.",
        lessons=[{"text": "Follow-up after discharge matters."}],
        translations={
            "fr": {"title": "Méthode mère kangourou", "summary": "Les petits bébés sont portés peau contre peau."},
            "es": {"title": "Programa madre canguro", "summary": "Los bebés se cargan piel con piel."},
            "pt": {"title": "Método mãe canguru", "summary": "Bebês são carregados pele a pele."},
            "ar": {"title": "رعاية الأم الكنغر للمواليد الخدج", "summary": "يُحمل المولود ملامسًا جلد أمه."},
        },
    )


def found(query, language="en"):
    load_names()
    return [card.slug for card in browse(QueryDict(query), language=language).cards]


@pytest.mark.parametrize(
    "words",
    [
        "kangaroo",
        "KANGAROOS carried",
        "discharge",
        '"skin to skin"',
        "mere kangourou",
        "mère",
        "canguro",
        "mãe canguru",
        "الكنغر",
        "COL-land",
        "newborn health",
        "kangaroo -incubator",
        "zebra or kangaroo",
    ],
)
def test_words_in_any_language_find_the_practice(kangaroo, words):
    make_practice(title="Latrines for schools", country="BGD", areas=["wash"])

    assert found(f"q={words}") == [kangaroo.slug]


@pytest.mark.parametrize("words", ["kangroo mother", "kangarro", "kangourru", "pretrem babys"])
def test_misspelt_words_find_it_and_the_list_says_so(kangaroo, words):
    make_practice(title="Latrines for schools", country="BGD", areas=["wash"])

    listing = browse(QueryDict(f"q={words}"), language="en")

    assert [card.slug for card in listing.cards] == [kangaroo.slug]
    assert listing.is_fuzzy


def test_words_that_are_nowhere_find_nothing(kangaroo):
    listing = browse(QueryDict("q=xylophone zzz"), language="en")

    assert (listing.count, listing.cards, listing.is_fuzzy) == (0, [], False)


def test_a_title_weighs_more_than_a_summary_and_that_more_than_the_rest():
    rest = make_practice(title="One", summary="Two", challenge="Cholera came.")
    summary = make_practice(title="Three", summary="Against cholera.")
    title = make_practice(title="Cholera teams", summary="Four")

    assert found("q=cholera") == [title.slug, summary.slug, rest.slug]


def test_the_snippet_marks_the_words_and_escapes_the_text():
    make_practice(title="Pumps", summary="<script>alert(1)</script> solar pumps & wells")

    (card,) = browse(QueryDict("q=solar"), language="en").cards

    assert "<mark>solar</mark>" in card.snippet
    assert "<script>" not in card.snippet
    assert "&amp;" in card.snippet


def test_a_hit_names_the_language_that_matched(kangaroo):
    (card,) = browse(QueryDict("q=canguro"), language="en").cards

    assert card.matched_language == "es"
    assert card.title == "Kangaroo mother care for preterm babies"


def test_a_reader_sees_the_title_in_their_language(kangaroo):
    (card,) = browse(QueryDict("q=kangaroo"), language="fr").cards

    assert (card.title, card.title_language) == ("Méthode mère kangourou", "fr")
    assert card.languages == ["en", "ar", "es", "fr", "pt"]


def test_topic_names_are_found_in_their_languages():
    make_topic("stunting", names={"en": "Stunting", "fr": "Retard de croissance"})
    practice = make_practice(topics=["stunting"], translations={"fr": {"title": "Un titre", "summary": ""}})

    assert found("q=retard de croissance") == [practice.slug]


def test_what_was_retracted_is_not_found(kangaroo):
    retract(kangaroo, reason="Wrong.")

    assert found("q=kangaroo") == []
    assert found("q=kangroo") == []


@pytest.mark.parametrize("words", ["'", '"', "(", "a & | !", ":*", "%", "_", "\\", "-", "<->", "or", "א", "🦘" * 50])
def test_no_words_break_the_search(kangaroo, words):
    query = QueryDict(mutable=True)
    query["q"] = words

    assert browse(query, language="en").count >= 0


@pytest.fixture
def terms(db):
    """Two concepts, a region and words that say nothing."""
    load_terms(
        [
            {"key": "stunting", "en": ["stunting", "stunted growth"], "fr": ["retard de croissance"],
             "es": ["retraso del crecimiento"], "pt": ["atraso no crescimento"], "ar": ["التقزم"]},
            {"key": "cholera", "en": ["cholera"], "fr": ["choléra"], "es": ["cólera"], "pt": ["cólera"],
             "ar": ["الكوليرا"]},
        ],
        [{"code": "LAC", "en": ["Latin America"], "fr": ["Amérique latine"], "es": ["América Latina"],
          "pt": ["América Latina"], "ar": ["أمريكا اللاتينية"]}],
        {"en": ["how", "reduce"], "fr": ["comment", "réduire"], "es": [], "pt": [], "ar": []},
    )  # fmt: skip


@pytest.mark.parametrize(
    "words",
    ["retard de croissance", "Comment réduire le retard de croissance", "RETRASO DEL CRECIMIENTO",
     "atraso no crescimento", "التقزم", "تقزم", "stunted growth", "stunting"],
)  # fmt: skip
def test_a_concept_is_found_under_its_other_names(terms, words):
    practice = make_practice(title="Less stunting in the highlands", country="PER")
    make_practice(title="Growth of trees", country="PER")

    assert found(f"q={words}")[:1] == [practice.slug]


def test_a_hit_under_another_name_says_so_and_one_under_the_very_word_does_not(terms):
    make_practice(title="Against stunting")

    (french,) = browse(QueryDict("q=retard de croissance"), language="fr").cards
    (english,) = browse(QueryDict("q=stunting"), language="en").cards

    assert french.found_as == ("stunting",)
    assert english.found_as == ()


def test_names_of_countries_regions_and_targets_are_found_in_all_languages(terms):
    practice = make_practice(title="Alpha", country="PER", targets=["3.2"])
    practice.country.names = {"en": "Peru", "fr": "Pérou", "es": "Perú", "pt": "Peru", "ar": "بيرو"}
    practice.country.save()
    make_practice(title="Beta", country="BGD")
    SdgTarget.objects.update(texts={"en": "End preventable deaths", "es": "Poner fin a las muertes evitables"})

    for words in ("Pérou", "بيرو", "Amérique latine", "أمريكا اللاتينية", "muertes evitables", "3.2"):
        assert found(f"q={words}") == [practice.slug], words


def test_where_the_words_stand_is_said(kangaroo):
    (card,) = browse(QueryDict("q=discharge"), language="en").cards

    assert card.found_in == ["Lessons"]
    assert "after <mark>discharge</mark> matters" in card.snippet


def test_those_that_hold_most_follow_those_that_hold_all():
    whole = make_practice(title="Solar pumps for schools", summary="Water.")
    most = make_practice(title="Solar pumps for clinics", summary="Health.")
    make_practice(title="Trees", summary="Shade.")

    listing = browse(QueryDict("q=solar pumps schools"), language="en")

    assert [card.slug for card in listing.cards] == [whole.slug, most.slug]
    assert listing.is_partial
    assert not browse(QueryDict('q="solar pumps for schools"'), language="en").is_partial


def test_arabic_is_found_however_its_letters_are_written():
    practice = make_practice(title="الرضاعة الطبيعية للمواليد", summary="إرشاد الأمهات", language="ar")

    for words in ("الرضاعه الطبيعيه", "ارشاد الامهات", "الرضاعة"):
        assert found(f"q={words}", language="ar") == [practice.slug]
    (card,) = browse(QueryDict("q=ارشاد"), language="ar").cards
    assert "<mark>إرشاد</mark>" in card.snippet


def test_many_hits_keep_one_order_from_page_to_page(monkeypatch):
    monkeypatch.setattr(search, "WINDOW", 4)
    for number in range(11):
        make_practice(title=f"Wells {number}" if number % 3 else f"Number {number}", summary="Wells and pumps.")

    pages = [slug for page in (1, 2, 3) for slug in found(f"q=wells&page_size=4&page={page}")]

    assert len(pages) == len(set(pages)) == 11
    assert [slug.startswith("wells") for slug in pages[:4]] == [True] * 4


WORDS = st.text(st.sampled_from("aé'\"\\&|!:*()<>-§٪ التقزم or\x00\n%_"), max_size=40)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(WORDS | st.text(max_size=60))
def test_no_text_at_all_breaks_the_search(terms, words):
    query = QueryDict(mutable=True)
    query["q"] = words

    assert browse(query, language="en", with_facets=True).count >= 0


def test_a_reader_is_shown_their_own_language_where_it_holds_as_much(kangaroo):
    load_names()
    for language in ("es", "fr", "en"):  # a name of the area stands in every language's row
        (card,) = browse(QueryDict("q=newborn health"), language=language).cards
        assert card.matched_language == language


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.sampled_from("aé/_<>أإآٱةى \n"), max_size=12))
def test_text_is_made_plain_in_python_as_in_the_database(text):
    with connection.cursor() as cursor:
        cursor.execute("SELECT ssc_plain(%s)", [text])
        assert cursor.fetchone() == (wording.plain(text),)
