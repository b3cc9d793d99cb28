"""How well the search answers judged queries, against plain full text: hit@3 and MRR@10, by language.

The queries and grades of ``judged.json`` were written from the practices alone, without knowledge of the search. Half
of them (every other one of a language) may be tuned on; both halves are reported.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from django.db import connection
from django.http import QueryDict

from practices.enums import Language
from practices.listing import browse
from practices.models import Practice

QUERIES = Path(__file__).parent / "judged.json"
DEPTH = 10
# An answer of this grade or more is a hit; MRR looks for the first of these.
GOOD = 2
AIMS = {language: 0.9 if language == Language.EN else 0.75 for language in Language.values}
# What any site has: the words in the language in which they are asked, all of them, ranked by PostgreSQL.
_PLAIN = """
    SELECT practice_id FROM (
        SELECT practice_id, max(ts_rank(vector, query)) AS rank
        FROM practices_practicetext, websearch_to_tsquery(%s::regconfig, %s) AS query
        WHERE vector @@ query GROUP BY practice_id
    ) AS n ORDER BY rank DESC, practice_id DESC LIMIT %s
"""


@dataclass(frozen=True)
class Score:
    """What came of some queries: how many there are, how often a good answer is among the first 3, and the mean
    reciprocal rank of the first good answer among 10.
    """

    count: int
    hit: float
    mrr: float


def judged():
    """[(query, language, {practice id: grade})] of ``judged.json``."""
    ids = dict(Practice.objects.values_list("external_id", "pk"))
    return [
        (row["query"], row["language"], {ids[key]: grade for key, grade in row["answers"].items()})
        for row in json.loads(QUERIES.read_text(encoding="utf-8"))["queries"]
    ]


def portal(words, language):
    """Ids of the first practices that the portal lists."""
    query = QueryDict(mutable=True)
    query.update({"q": words, "page_size": str(DEPTH)})
    references = [card.reference for card in browse(query, language=language).cards]
    ids = dict(Practice.objects.filter(reference__in=references).values_list("reference", "pk"))
    return [ids[reference] for reference in references]


def plain(words, language):
    """Ids of the first practices that plain full text finds."""
    with connection.cursor() as cursor:
        cursor.execute(_PLAIN, [f"ssc_{language}", words, DEPTH])
        return [pk for (pk,) in cursor.fetchall()]


def places(queries, ask):
    """The place (from 1) of the first good answer to each query, None where none is among the first DEPTH."""
    found = []
    for words, language, grades in queries:
        answers = ask(words, language)
        found.append(next((at for at, pk in enumerate(answers, start=1) if grades.get(pk, 0) >= GOOD), None))
    return found


def score(found):
    count = len(found)
    return Score(
        count, sum(at is not None and at <= 3 for at in found) / count, sum(1 / at for at in found if at) / count
    )


def report():
    """Print the scores. Returns whether every language reaches its aim."""
    queries = judged()
    print(f"\n{len(queries)} judged queries over {Practice.objects.live().count()} practices, hit@3 and MRR@10")
    print(f"{'':12}{'queries':>8}{'portal':>16}{'half A':>16}{'half B':>16}{'plain':>16}{'aim':>7}")
    is_met = True
    rows = [(Language(code).label, [one for one in queries if one[1] == code], aim) for code, aim in AIMS.items()]
    for label, some, aim in [*rows, ("all", queries, None)]:
        ours = places(some, portal)
        cells = [score(ours), score(ours[::2]), score(ours[1::2]), score(places(some, plain))]
        shown = "".join(f"{one.hit:10.2f}{one.mrr:6.2f}" for one in cells)
        is_met &= aim is None or cells[0].hit >= aim
        print(f"{label:12}{len(some):>8}{shown}{f'{aim:7.2f}' if aim else ''}", flush=True)
    return is_met
