"""Finding practices by words: languages, ranking, snippets, typos. The one file that speaks PostgreSQL search; a leaf.

Every live practice has one row of words per language (``PracticeText``), each with a vector made by that language's
own configuration (``ssc_en`` …: accents removed, then stemmed). A query is asked of all five languages at once, so
that a reader finds translations too; the best rank of a practice wins. Words that match nowhere are tried as typos.
"""

from dataclasses import dataclass

from django.db import connection
from django.db.models import FloatField
from django.db.models.expressions import RawSQL
from django.utils.html import escape
from django.utils.safestring import mark_safe

from practices.enums import Language

QUERY_LIMIT = 300
# Shorter words are left out when typos are allowed: they resemble everything.
TYPO_WORD_LENGTH = 3
TYPO_WORDS = 8
TYPO_HITS = 1000
# Weights of D, C, B, A: the rest, results, summary and names, title; then how much the reader's language is favoured.
_WEIGHTS = "'{0.1, 0.25, 0.5, 1.0}'"
_FAVOUR = 1.15
_START, _STOP = "\x02", "\x03"
_HEADLINE = (
    "ts_headline(('ssc_' || t.language)::regconfig, t.summary || E'\\n' || t.body, q.query, "
    f"'StartSel={_START}, StopSel={_STOP}, MaxFragments=2, MaxWords=22, MinWords=8, FragmentDelimiter=\" … \"')"
)

_QUERIES = "(VALUES {}) AS q (language, query)".format(
    ", ".join(f"('{code}', websearch_to_tsquery('ssc_{code}', %s))" for code in Language.values)
)
_FOUND = f"practices_practicetext AS t JOIN {_QUERIES} ON t.language = q.language AND t.vector @@ q.query"
_RANK = f"ts_rank({_WEIGHTS}, t.vector, q.query) * CASE WHEN t.language = %s THEN {_FAVOUR} ELSE 1 END"


@dataclass(frozen=True)
class Search:
    """Words found as they were typed, in at least one language."""

    words: str
    language: str
    is_fuzzy = False

    def exists(self):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT EXISTS (SELECT FROM {_FOUND})", self._queries)
            return cursor.fetchone()[0]

    def narrow(self, index_rows):
        """Those of ``index_rows`` (PracticeIndex) that match in at least one language."""
        return index_rows.filter(practice_id__in=RawSQL(f"SELECT t.practice_id FROM {_FOUND}", self._queries))

    def rank(self):
        """An expression on PracticeIndex: the best rank of its practice over all languages, higher is better."""
        return RawSQL(
            f"(SELECT max({_RANK}) FROM {_FOUND} WHERE t.practice_id = practices_practiceindex.practice_id)",
            [self.language, *self._queries],
            output_field=FloatField(),
        )

    def snippets(self, practice_ids):
        """What was found: {practice id: (language, snippet as safe HTML with <mark>)} for the given ids."""
        if not practice_ids:
            return {}
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT DISTINCT ON (t.practice_id) t.practice_id, t.language, {_HEADLINE} FROM {_FOUND}"
                f" WHERE t.practice_id = ANY(%s) ORDER BY t.practice_id, {_RANK} DESC",
                [*self._queries, list(practice_ids), self.language],
            )
            return {pk: (language, _marked(text)) for pk, language, text in cursor.fetchall()}

    @property
    def _queries(self):
        return [self.words] * len(Language.values)


@dataclass(frozen=True)
class FuzzySearch:
    """Words spelt like those typed. ``hits``: {practice id: language}, the most alike first."""

    words: str
    language: str
    hits: dict
    is_fuzzy = True

    def narrow(self, index_rows):
        return index_rows.filter(practice_id__in=list(self.hits))

    def rank(self):
        return RawSQL(
            "-array_position(%s::bigint[], practices_practiceindex.practice_id)",
            [list(self.hits)],
            output_field=FloatField(),
        )

    def snippets(self, practice_ids):
        """The language in which each was found; no words to mark, for they are spelt differently."""
        return {pk: (self.hits[pk], "") for pk in practice_ids}


def search(words, language):
    """Understand ``words`` as typed: quoted phrases, ``or`` and ``-word`` work.

    Returns a Search; when nothing holds the words as typed but something holds words spelt like them, a FuzzySearch.
    """
    exact = Search(words, language)
    if exact.exists():
        return exact
    typed = [word for word in words.split() if len(word) >= TYPO_WORD_LENGTH][:TYPO_WORDS]
    hits = _resembling(typed, language) if typed else {}
    return FuzzySearch(words, language, hits) if hits else exact


def _resembling(typed, language):
    """{practice id: language} of rows in which every typed word resembles one, alike titles first."""
    resembles = " AND ".join(["lower(public.unaccent(%s)) <%% t.fuzzy"] * len(typed))
    likeness = "word_similarity(w, t.fuzzy) + 2 * word_similarity(w, lower(public.unaccent(t.title)))"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT practice_id, language FROM (
                SELECT DISTINCT ON (t.practice_id) t.practice_id, t.language,
                       (SELECT sum({likeness}) FROM unnest(%s::text[]) AS w) AS likeness
                FROM practices_practicetext AS t WHERE {resembles}
                ORDER BY t.practice_id, likeness DESC, t.language = %s DESC
            ) AS found ORDER BY likeness DESC, practice_id DESC LIMIT {TYPO_HITS}
            """,
            [typed, *typed, language],
        )
        return dict(cursor.fetchall())


def _marked(text):
    """Escaped text in which the found words are marked; empty where only a name (of a country, a topic) matched."""
    if _START not in text:
        return ""
    return mark_safe(escape(text).replace(_START, "<mark>").replace(_STOP, "</mark>"))  # noqa: S308 - escaped first
