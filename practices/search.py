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
# Weights of D, C, B, A: the rest, results, summary and names, title; then how much the reader's language is favoured.
_WEIGHTS = "'{0.1, 0.25, 0.5, 1.0}'"
_FAVOUR = 1.15
_START, _STOP = "\x02", "\x03"

_QUERIES = "(VALUES {}) AS q (language, query)".format(
    ", ".join(f"('{code}', websearch_to_tsquery('ssc_{code}', %s))" for code in Language.values)
)
_FOUND = f"practices_practicetext AS t JOIN {_QUERIES} ON t.language = q.language AND t.vector @@ q.query"
_RANK = f"ts_rank({_WEIGHTS}, t.vector, q.query) * CASE WHEN t.language = %s THEN {_FAVOUR} ELSE 1 END"


@dataclass(frozen=True)
class Search:
    """A query and the language of who asks it. ``is_fuzzy`` when only words spelt like those asked for are found."""

    words: str
    language: str
    is_fuzzy: bool = False

    def narrow(self, index_rows):
        """Those of ``index_rows`` (PracticeIndex) that match in at least one language."""
        sql, params = self._matches("t.practice_id")
        return index_rows.filter(practice_id__in=RawSQL(sql, params))  # noqa: S611 - constant SQL, values as parameters

    def rank(self):
        """An expression on PracticeIndex: the best rank of its practice over all languages, higher is better."""
        sql, params = self._matches(f"max({self._score})", self._score_params)
        return RawSQL(  # noqa: S611 - constant SQL, values as parameters
            f"({sql} AND t.practice_id = practices_practiceindex.practice_id)", params, output_field=FloatField()
        )

    def snippets(self, practice_ids):
        """What was found: {practice id: (language, snippet as safe HTML with <mark>)} for the given ids."""
        if not practice_ids:
            return {}
        best = f"t.practice_id = ANY(%s) ORDER BY t.practice_id, {self._score} DESC"
        if self.is_fuzzy:
            sql, params = self._matches("DISTINCT ON (t.practice_id) t.practice_id, t.language, ''")
        else:
            headline = (
                "ts_headline(('ssc_' || t.language)::regconfig, t.summary || E'\\n' || t.body, q.query, "
                f"'StartSel={_START}, StopSel={_STOP}, MaxFragments=2, MaxWords=22, MinWords=8, FragmentDelimiter= … ')"
            )
            sql, params = self._matches(f"DISTINCT ON (t.practice_id) t.practice_id, t.language, {headline}")
        with connection.cursor() as cursor:
            cursor.execute(f"{sql} AND {best}", [*params, list(practice_ids), *self._score_params])
            return {pk: (language, _marked(text)) for pk, language, text in cursor.fetchall()}

    @property
    def _typed_words(self):
        return [word for word in self.words.split() if len(word) >= TYPO_WORD_LENGTH][:8]

    @property
    def _score(self):
        if self.is_fuzzy:
            return " + ".join(["word_similarity(lower(public.unaccent(%s)), t.fuzzy)"] * len(self._typed_words))
        return _RANK

    @property
    def _score_params(self):
        return self._typed_words if self.is_fuzzy else [self.language]

    def _matches(self, columns, column_params=()):
        """SELECT of ``columns`` over the rows of words that match, open for further conditions, and its parameters."""
        if self.is_fuzzy:
            where = " AND ".join(["lower(public.unaccent(%s)) <%% t.fuzzy"] * len(self._typed_words))
            sql = f"SELECT {columns} FROM practices_practicetext AS t WHERE {where}"  # noqa: S608 - constant SQL
            return sql, [*column_params, *self._typed_words]
        sql = f"SELECT {columns} FROM {_FOUND} WHERE true"  # noqa: S608 - constant SQL
        return sql, [*column_params, *[self.words] * len(Language.values)]


def search(words, language):
    """Understand ``words`` as typed: quoted phrases, ``or`` and ``-word`` work.

    Asks once whether anything matches; if nothing does, the search returned looks for words spelt like them.
    """
    exact = Search(words, language)
    sql, params = exact._matches("1")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS ({sql})", params)
        is_found = cursor.fetchone()[0]
    fuzzy = Search(words, language, is_fuzzy=True)
    return exact if is_found or not fuzzy._typed_words else fuzzy


def _marked(text):
    """Escaped text in which the found words are marked."""
    return mark_safe(escape(text).replace(_START, "<mark>").replace(_STOP, "</mark>"))  # noqa: S308 - escaped first
