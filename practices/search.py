"""Finding practices by words, in five languages at once: which ones, in which order, and where the words stand.

Every live practice has one row of words per language (``PracticeText``). A query is understood first (``wording``), so
that a concept is also found under its other names. *Whole* answers hold every unit of the query; where fewer than FEW
do, those that hold most of what it says follow. The best candidates are then judged unit by unit: where a unit stands
(title, summary, results, elsewhere), how rare it is, and whether it is the very word or another name.
"""

from bisect import bisect_right
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import log
from struct import unpack

from django.db import connection, transaction
from django.utils.html import escape
from django.utils.safestring import mark_safe

from practices import vocabulary, wording
from practices.bits import Bits
from practices.enums import Language

QUERY_LIMIT = 300
# Fewer whole answers than this, and partial ones follow.
FEW = 8
# What a partial answer must hold of what a query says, where units count by how rare they are: of all, and of what the
# best one holds.
SHARE, SHARE_OF_BEST = 0.25, 0.6
PARTIAL_LIMIT = 1000
# So many candidates are judged unit by unit; those behind them stay in the order of the database.
WINDOW = 100
# Where a unit stands: nowhere, its words here and there, in the rest, in results and names, in the summary, in the
# title.
APART = 1
LEVELS = (0, 0.15, 0.25, 0.45, 0.75, 1.0)
# A word that is no known term says less: most words around a need are such.
UNKNOWN = 0.6
# What another name of a concept is worth, beside the very word; and words of the reader's own language.
OTHER_NAME, OWN_LANGUAGE = 0.9, 1.02

_START, _STOP = "\x02", "\x03"
_BETWEEN = " … "
_HEADLINE = (
    f'StartSel={_START}, StopSel={_STOP}, MaxFragments=2, MaxWords=22, MinWords=8, FragmentDelimiter="{_BETWEEN}"'
)
_ORDINALS = "SELECT string_agg(int4send(ordinal), '') FROM practices_practicetext WHERE {condition}"
# The newest of those that hold a query in ``heading`` (the title), ``short`` (title and summary) or ``vector`` (all).
_NEWEST = """
    SELECT ordinal FROM practices_practicetext WHERE {condition} {narrowed}
    GROUP BY ordinal ORDER BY max(published_at) DESC, ordinal DESC LIMIT %s
"""


@dataclass(frozen=True)
class Found:
    """Why a practice is in the list: the ``language`` of the text that answered best, a ``snippet`` of it as safe HTML
    with <mark>, the ``sections`` in which words stand, and the names under which they were found where these are not
    the words typed.
    """

    language: str
    snippet: str = ""
    sections: tuple = ()
    names: tuple = ()


@dataclass
class Search:
    """A query and what it finds. ``corrections``: {word typed: word it was read as}."""

    words: str
    language: str
    question: wording.Question
    corrections: dict = field(default_factory=dict)
    # {ordinal: [_Answer]} of the practices looked at so far.
    _looked_at: dict = field(default_factory=dict)

    @cached_property
    def _whole(self):
        """Ordinals of the practices that hold every unit."""
        return _ordinals(self.question) if self.question.units else set()

    @cached_property
    def _counts(self):
        """[how many live practices hold it] for each unit."""
        return _counts(self.question.units)

    @cached_property
    def _weights(self):
        """What each unit says: the rarer, the more."""
        units = self.question.units
        if len(units) == 1:
            return [1.0]
        if len(self._whole) >= FEW:
            texts = vocabulary.texts_with([unit.typed for unit in units])
            rare = [1 / (1 + log(1 + texts[unit.typed])) for unit in units]
        else:
            rare = [1 / (1 + log(1 + count)) for count in self._counts]
        return [one * (1 if unit.is_known else UNKNOWN) for one, unit in zip(rare, units, strict=True)]

    @cached_property
    def _partial(self):
        """Ordinals of those that hold most, the best first; empty where there are enough whole ones."""
        question = self.question
        if not question.may_be_partial or len(question.units) < 2 or len(self._whole) >= FEW:
            return []
        present = [
            (unit, weight, count)
            for unit, weight, count in zip(question.units, self._weights, self._counts, strict=True)
            if count
        ]
        return _holding_most(question, present)

    @property
    def is_partial(self):
        """Whether some practices of the list hold only a part of what was asked."""
        return bool(set(self._partial) - self._whole)

    @property
    def is_fuzzy(self):
        """Whether words were read as others that are spelt like them."""
        return bool(self.corrections)

    def hits(self, length):
        """The practices found, as Bits of ``length``."""
        return Bits.of(self._whole.union(self._partial), length)

    def best(self, bits, *, start, size):
        """Ordinals of the ``size`` practices of ``bits`` (a part of the hits) from place ``start`` on, best first."""
        count = len(bits)
        if count <= WINDOW:
            return self._judged(bits.ordinals())[start : start + size]
        first = self._judged(self._first(bits, WINDOW))
        if start + size <= len(first):
            return first[start : start + size]
        judged = set(first)
        rest = [one for one in self._first(bits, count) if one not in judged]
        return (first + rest)[start : start + size]

    def _first(self, bits, limit):
        """At most ``limit`` candidates among very many: all units in the title before those with all in title and
        summary, before the others, the newest of each first.
        """
        narrowed, within = "", []
        if len(bits) < len(self._whole):
            narrowed, within = "AND get_bit(%s::bit varying, ordinal) = 1", [bits.sql()]
        found = {}
        with by_index() as cursor:
            for column in ("heading", "short", "vector"):
                condition, params = self.question.condition(column)
                cursor.execute(_NEWEST.format(condition=condition, narrowed=narrowed), [*params, *within, limit])
                found |= dict.fromkeys(ordinal for (ordinal,) in cursor.fetchall())
                if len(found) >= limit:
                    break
        return list(found)[:limit]

    def _judged(self, ordinals):
        """``ordinals`` in the order of how well their practices answer."""
        best = {}
        for row in self._answers(ordinals):
            if row.ordinal not in best or row.points > best[row.ordinal].points:
                best[row.ordinal] = row
        ranked = sorted(best.values(), key=lambda row: (-row.points, -row.published_at.timestamp(), -row.ordinal))
        return [row.ordinal for row in ranked]

    def _answers(self, ordinals):
        """[_Answer] of each row of words of the practices with ``ordinals``."""
        new = [ordinal for ordinal in ordinals if ordinal not in self._looked_at]
        if new and self.question.units:
            self._looked_at |= {ordinal: [] for ordinal in new}
            for row in self._look_at(new):
                self._looked_at[row.ordinal].append(row)
        return [row for ordinal in ordinals for row in self._looked_at.get(ordinal, ())]

    def _look_at(self, ordinals):
        units = self.question.units
        levels, params = [], []
        for unit in units:
            apart = " WHEN words @@ %s::tsquery THEN 1" if unit.may_stand_apart else ""
            levels.append(
                "CASE WHEN words @@ %s::tsquery THEN 5 WHEN words @@ %s::tsquery THEN 4"
                f" WHEN words @@ %s::tsquery THEN 3 WHEN words @@ %s::tsquery THEN 2{apart} ELSE 0 END"
            )
            params += [unit.query("A"), unit.query("B"), unit.query("C"), unit.query()]
            params += [unit.query(is_apart=True)] if apart else []
        typed = ["words @@ %s::tsquery" for _unit in units]
        params += [unit.query(is_typed=True, is_apart=True) for unit in units]
        with connection.cursor() as cursor:
            # The words of each row are fetched once, however often they are compared; an index leads to them by way of
            # the practices.
            cursor.execute(
                f"SELECT id, practice_id, ordinal, language, published_at, ARRAY[{', '.join(levels)}],"
                f" ARRAY[{', '.join(typed)}] FROM (SELECT t.*, t.vector || ''::tsvector AS words"
                " FROM practices_practiceindex AS i JOIN practices_practicetext AS t USING (practice_id)"
                " WHERE i.ordinal = ANY(%s) OFFSET 0) AS t",
                [*params, ordinals],
            )
            return [self._answer(*row) for row in cursor.fetchall()]

    def _answer(self, pk, practice_id, ordinal, language, published_at, levels, typed):
        points = sum(
            weight * LEVELS[level] * (1 if is_typed else OTHER_NAME)
            for weight, level, is_typed in zip(self._weights, levels, typed, strict=True)
        )
        points *= OWN_LANGUAGE if language == self.language else 1
        return _Answer(pk, practice_id, ordinal, language, published_at, levels, typed, points)

    def found(self, ordinals):
        """Why each of a page's practices is in the list: {practice id: Found}."""
        best = {}
        for row in self._answers(ordinals):
            if row.practice_id not in best or self._reads_better(row, best[row.practice_id]):
                best[row.practice_id] = row
        held = _held([row.pk for row in best.values()], self.question.lexemes())
        places = {pk: _sections_of(words) for pk, words in held.items()}
        snippets = _snippets(
            {pk: (places[pk][0] if places[pk] else "summary") for pk in held},
            {pk: self.question.highlighted({lexeme for lexeme, *_places in words}) for pk, words in held.items()},
        )
        return {
            practice_id: Found(
                row.language,
                snippets.get(row.pk, ""),
                tuple(key for key in places[row.pk] if key in wording.SECTIONS),
                self._names_of(row),
            )
            for practice_id, row in best.items()
        }

    def _reads_better(self, row, other):
        """Whether ``row`` shows a reader more of what was asked for: most units, then their language, then English."""

        def worth(one):
            held = sum(level > 0 for level in one.levels)
            return held, one.language == self.language, one.language == Language.EN, one.points

        return worth(row) > worth(other)

    def _names_of(self, row):
        """Names under which units were found in ``row`` that does not hold the words typed: its own language's."""
        names = []
        for unit, level, is_typed in zip(self.question.units, row.levels, row.typed, strict=True):
            if level > APART and not is_typed and unit.others and not unit.code:
                names += [text for language, text in unit.names if language == row.language][:1]
        return tuple(dict.fromkeys(names))


@dataclass(frozen=True)
class _Answer:
    """How one row of words answers: for each unit the level where it stands and whether as typed."""

    pk: int
    practice_id: int
    ordinal: int
    language: str
    published_at: object
    levels: list
    typed: list
    points: float


def search(words, language):
    """Understand ``words`` as typed by a reader of ``language`` and look for misspelt ones. Returns a Search."""
    known = vocabulary.vocabulary()
    found = Search(words, language, wording.read(words, language, known))
    if not found.question.units or len(found._whole) >= FEW:
        return found
    missing = [
        unit
        for unit, count in zip(found.question.units, found._counts, strict=True)
        if not count and len(unit.typed) >= vocabulary.WORD_LENGTH[0] and " " not in unit.typed
    ]
    corrections = vocabulary.meant([unit.typed for unit in missing]) if missing else {}
    if not corrections:
        return found
    read_as = wording.read(_corrected(words, corrections), language, known)
    return replace(found, question=read_as, corrections=corrections)


def _corrected(words, corrections):
    return " ".join(corrections.get(word.lower().strip('"-.,;:!?'), word) for word in wording.apart(words).split())


@contextmanager
def by_index():
    """A cursor that looks words up in an index. The planner does not know how long it takes to fetch the words of a
    text, and would rather go through all of them.
    """
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        yield cursor
        cursor.execute("SET LOCAL enable_seqscan = on")


def _ordinals(question):
    condition, params = question.condition("vector")
    with by_index() as cursor:
        cursor.execute(_ORDINALS.format(condition=condition), params)
        (packed,) = cursor.fetchone()
    packed = packed or b""
    return set(unpack(f">{len(packed) // 4}i", packed))


def _counts(units):
    selects = ["(SELECT count(DISTINCT practice_id) FROM practices_practicetext WHERE vector @@ %s::tsquery)"] * len(
        units
    )
    with by_index() as cursor:
        cursor.execute(f"SELECT {', '.join(selects)}", [unit.query(is_apart=True) for unit in units])
        return list(cursor.fetchone())


def _holding_most(question, present):
    """Ordinals of the practices that hold most of ``present``, [(unit, weight, count)], best first."""
    total = sum(weight for _unit, weight, _count in present)
    threshold = total * SHARE - 1e-9
    # Whoever reaches the threshold holds at least one of these: the others together are worth less than it.
    needed, left = [], total
    for unit, weight, _count in sorted(present, key=lambda one: one[2]):
        if left < threshold:
            break
        needed.append(unit)
        left -= weight
    if not needed:
        return []
    worth = " + ".join(["%s::float8 * (vector @@ %s::tsquery)::int"] * len(present))
    params = [value for unit, weight, _count in present for value in (weight, unit.query(is_apart=True))]
    with by_index() as cursor:
        cursor.execute(
            f"SELECT ordinal, worth FROM (SELECT ordinal, max({worth}) AS worth FROM practices_practicetext"
            " WHERE vector @@ %s::tsquery GROUP BY ordinal) AS n WHERE worth >= %s"
            " ORDER BY worth DESC, ordinal DESC LIMIT %s",
            [*params, question.any_of(needed), threshold, PARTIAL_LIMIT],
        )
        found = cursor.fetchall()
    return [ordinal for ordinal, worth in found if worth >= found[0][1] * SHARE_OF_BEST]


def _held(pks, lexemes):
    """What of ``lexemes``, and which marks of sections, each row holds: {id: [(lexeme, positions, weights)]}."""
    held = {pk: [] for pk in pks}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.id, u.lexeme, u.positions, u.weights FROM practices_practicetext AS t, unnest(t.vector) AS u"
            " WHERE t.id = ANY(%s) AND (u.lexeme = ANY(%s) OR u.lexeme LIKE 'section9__')",
            [pks, sorted(lexemes)],
        )
        for pk, lexeme, positions, weights in cursor.fetchall():
            held[pk].append((lexeme, positions, weights))
    return held


def _sections_of(found):
    """Where the words ``found`` in a row stand: ["summary", sections …], that with most words first."""
    marks = sorted((positions[0], wording.section_of(lexeme)) for lexeme, positions, _ in found if _is_mark(lexeme))
    starts = [position for position, _section in marks]
    words = {}
    for lexeme, positions, weights in found:
        if _is_mark(lexeme):
            continue
        for position, weight in zip(positions, weights, strict=True):
            if weight in "AB":
                place = "title" if weight == "A" else "summary"
            else:
                index = bisect_right(starts, position) - 1
                place = marks[index][1] if index >= 0 else ""
            if place:
                words.setdefault(place, set()).add(lexeme)
    order = ["summary", *wording.SECTIONS]
    ranked = sorted((key for key in words if key != "title"), key=lambda key: (-len(words[key]), order.index(key)))
    return ranked


def _is_mark(lexeme):
    return wording.section_of(lexeme) is not None


def _snippets(shown, queries):
    """{id of a row: snippet of its place in ``shown`` with the words of its query in ``queries`` marked}, as safe HTML.

    Of a row whose query is empty there is none.
    """
    rows = [(pk, place, queries[pk]) for pk, place in shown.items() if queries[pk]]
    if not rows:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.id, p.text,"
            " ts_headline(('ssc_' || t.language)::regconfig, ssc_plain(p.text), n.query::tsquery, %s)"
            " FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS n (id, place, query)"
            " JOIN practices_practicetext AS t USING (id), LATERAL"
            " (SELECT CASE WHEN n.place = 'summary' THEN t.summary ELSE t.sections ->> n.place END AS text) AS p",
            [_HEADLINE, *map(list, zip(*rows, strict=True))],
        )
        return {pk: _marked(_as_written(marked or "", text or "")) for pk, text, marked in cursor.fetchall()}


def _as_written(marked, text):
    """``marked`` pieces of the plain form of ``text`` in the letters in which ``text`` was written."""
    plain, pieces = wording.plain(text), []
    for piece in marked.split(_BETWEEN):
        bare = piece.replace(_START, "").replace(_STOP, "")
        at = plain.find(bare)
        if at < 0:
            return marked
        written = iter(text[at : at + len(bare)])
        pieces.append("".join(sign if sign in (_START, _STOP) else next(written) for sign in piece))
    return _BETWEEN.join(pieces)


def _marked(text):
    """Escaped text in which the found words are marked; empty where only a name (of a country, a topic) matched."""
    if _START not in text:
        return ""
    return mark_safe(escape(text).replace(_START, "<mark>").replace(_STOP, "</mark>"))  # noqa: S308 - escaped first
