"""The words that the portal knows: concepts with their names in five languages, and the words that practices use.

``SearchTerm`` holds the first: the field's own words (``fixtures/terms.json``) and the names of countries, areas,
topics and SDG targets. ``SearchWord`` holds the second, so that a misspelt word leads to one that is there.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from django.db import connection, transaction
from django.db.models import Max, Q

from countries.models import Country
from practices.enums import Language
from practices.models import ChallengeArea, SdgTarget, SearchTerm, Topic

WORD_LENGTH = 4, 40
# How alike (0 to 1) a word must be for a misspelt one to be read as it.
ALIKE = 0.4
# The concept of words that say nothing.
SILENT = "silent"

# What comes from the file of terms; the other terms are names of rows.
_IS_OURS = Q(code="") | Q(concept__startswith="region ")
_WORD = re.compile(r"[^\W\d_]{4,40}")
_ADD_TERMS = """
    INSERT INTO practices_searchterm (concept, language, text, code, lexemes, places)
    SELECT n.concept, n.language, n.text, n.code, s.lexemes, s.places
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) WITH ORDINALITY
         AS n (concept, language, text, code, number),
         LATERAL (
             SELECT coalesce(array_agg(u.lexeme ORDER BY p), '{}') AS lexemes,
                    coalesce(array_agg(p ORDER BY p), '{}') AS places
             FROM unnest(to_tsvector(('ssc_' || n.language)::regconfig, ssc_plain(translate(n.text, '-–', '  ')))) AS u,
                  unnest(u.positions) AS p
         ) AS s
    ORDER BY n.number
"""
_ADD_WORDS = """
    INSERT INTO practices_searchword AS w (word, texts_count) SELECT * FROM unnest(%s::text[], %s::int[])
    ON CONFLICT (word) DO UPDATE SET texts_count = w.texts_count + excluded.texts_count
"""
_TAKE_WORDS = """
    UPDATE practices_searchword AS w SET texts_count = greatest(0, w.texts_count - n.count)
    FROM unnest(%s::text[], %s::int[]) AS n (word, count) WHERE w.word = n.word
"""
# Written alike in letters and, where two are equally so, used more often; the first letter is seldom wrong.
_RESEMBLING = """
    SELECT DISTINCT ON (typed) typed, word FROM (
        SELECT typed, word, texts_count, similarity(typed, word) - 0.05 * abs(length(typed) - length(word))
               + CASE WHEN left(typed, 1) = left(word, 1) THEN 0.1 ELSE 0 END AS likeness
        FROM unnest(%s::text[]) AS typed, LATERAL (
            SELECT word, texts_count FROM practices_searchword WHERE word %% typed
            UNION ALL SELECT lower(public.unaccent(text)), 0 FROM practices_searchterm WHERE text !~ ' '
        ) AS known
    ) AS n WHERE likeness >= %s ORDER BY typed, likeness DESC, texts_count DESC, word
"""


class _NoSigns(dict):
    """A table for ``str.translate`` without signs above or below letters, filled as letters come."""

    def __missing__(self, code):
        kept = self[code] = None if unicodedata.combining(chr(code)) else code
        return kept


_NO_SIGNS = _NoSigns()

# Concepts


@dataclass(frozen=True)
class Term:
    """One name of a concept: its language and its stemmed words, each with its place in the name."""

    concept: str
    language: str
    text: str
    lexemes: tuple
    places: tuple


@dataclass(frozen=True)
class Vocabulary:
    """``starts``: {language: {first lexeme: [Term]}}, longest first; ``terms``: {concept: [Term]}; ``codes``: {concept:
    word that stands for it in the vectors}; ``targets``: [(language, set of lexemes, code)] of whole sentences;
    ``silent``: {language: lexemes of words that say nothing}.
    """

    starts: dict
    terms: dict
    codes: dict
    targets: list
    silent: dict


def vocabulary():
    """All concepts: one small query, and all terms when they have changed since this process read them."""
    return _vocabulary(SearchTerm.objects.aggregate(last=Max("pk"))["last"])


@lru_cache(maxsize=1)
def _vocabulary(last):
    starts, terms, codes, targets, silent = {}, {}, {}, [], {}
    rows = SearchTerm.objects.order_by("pk").values_list("concept", "language", "text", "lexemes", "places", "code")
    for concept, language, text, lexemes, places, code in rows:
        if not lexemes:  # all of it are stop words
            continue
        if concept == SILENT:
            silent.setdefault(language, set()).update(lexemes)
            continue
        if code:
            codes[concept] = code
        if concept.startswith("target "):
            targets.append((language, frozenset(lexemes), code))
            continue
        term = Term(concept, language, text, tuple(lexemes), tuple(places))
        terms.setdefault(concept, []).append(term)
        starts.setdefault(language, {}).setdefault(lexemes[0], []).append(term)
    for language in starts.values():
        for some in language.values():
            some.sort(key=lambda term: -len(term.lexemes))
    return Vocabulary(starts, terms, codes, targets, silent)


def code_of(kind, key):
    """The word that stands for a country, area, topic or target in the vectors; no text holds it."""
    return f"§{kind}§{key}".lower()


@transaction.atomic
def load_terms(concepts, regions, silent):
    """Write the words of ``fixtures/terms.json``: the field's own, the names of regions, and those that say nothing.

    What is no longer there goes. Returns how many there are.
    """
    rows = [(f"term {row['key']}", language, text, "") for row in concepts for language, text in _texts(row)]
    for row in regions:
        code = code_of("region", row["code"])
        rows += [(f"region {row['code']}", language, text, code) for language, text in _texts(row)]
    rows += [(SILENT, language, text, "") for language, texts in silent.items() for text in texts]
    _replace(SearchTerm.objects.filter(_IS_OURS), rows)
    return len(rows)


def _texts(row):
    return [(language, text) for language in Language.values for text in row[language]]


@transaction.atomic
def load_names():
    """Write the names of countries, areas, topics and SDG targets as they are now."""
    named = [("country", row.pk, row.names) for row in Country.objects.all()]
    named += [
        ("topic", (row.merged_into or row).slug, row.names) for row in Topic.objects.select_related("merged_into")
    ]
    named += [
        ("area", row.pk, {language: texts["name"] for language, texts in row.texts.items()})
        for row in ChallengeArea.objects.all()
    ]
    named += [("target", row.pk, row.texts) for row in SdgTarget.objects.all()]
    rows = [
        (f"{kind} {key}", language, text, code_of(kind, key))
        for kind, key, names in named
        for language, text in names.items()
        if text
    ]
    _replace(SearchTerm.objects.exclude(_IS_OURS), rows)


def _replace(terms, rows):
    """Let ``terms`` (a queryset) be those of ``rows``, [(concept, language, text, code)]; nothing is written where they
    are so already.
    """
    rows = list(dict.fromkeys(rows))
    if list(terms.order_by("pk").values_list("concept", "language", "text", "code")) == rows:
        return
    terms.delete()
    columns = list(zip(*rows, strict=True))
    if columns:
        with connection.cursor() as cursor:
            cursor.execute(_ADD_TERMS, [list(column) for column in columns])


# Words for spelling


def words_in(*texts):
    """The words of ``texts`` as they are kept: lower case, without accents, of 4 letters or more."""
    return set(_WORD.findall(plain(" ".join(texts))))


def plain(text):
    """``text`` in lower case and without accents and other signs above or below letters."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKD", text.lower()).translate(_NO_SIGNS)


def note_words(changes):
    """Count words in or out: {word: how many more texts hold it, or fewer}. The caller holds the publication lock."""
    more = {word: count for word, count in sorted(changes.items()) if count > 0}
    fewer = {word: -count for word, count in sorted(changes.items()) if count < 0}
    with connection.cursor() as cursor:
        if more:
            cursor.execute(_ADD_WORDS, [list(more), list(more.values())])
        if fewer:
            cursor.execute(_TAKE_WORDS, [list(fewer), list(fewer.values())])
            cursor.execute("DELETE FROM practices_searchword WHERE texts_count = 0")


def meant(typed):
    """The known word that each of ``typed`` was probably meant to be: {typed: word}, without those like none."""
    wanted = {plain(word): word for word in typed}
    with connection.cursor() as cursor:
        cursor.execute(_RESEMBLING, [list(wanted), ALIKE])
        return {wanted[written]: word for written, word in cursor.fetchall()}


def texts_with(words):
    """{word: how many texts hold it in title or summary}, 0 for unknown ones."""
    wanted = {plain(word): word for word in words}
    with connection.cursor() as cursor:
        cursor.execute("SELECT word, texts_count FROM practices_searchword WHERE word = ANY(%s)", [list(wanted)])
        return dict.fromkeys(words, 0) | {wanted[word]: count for word, count in cursor.fetchall()}
