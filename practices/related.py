"""What to read next: practices that share areas, topics, targets, places or words with one, and why they are shown.

Likeness is computed from the bit strings of facets and the index of words, not from rows. The nearest practices are
kept with the index row of each; a task computes them after a publication, for the practice and for those near it.
Until then, and for what was imported in thousands, they are computed when a page asks.
"""

from operator import attrgetter

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from countries.enums import UnicefRegion
from practices import facets
from practices.bits import Bits, Scores
from practices.cards import Card
from practices.content_rows import Part, rows_of
from practices.enums import LinkKind
from practices.indexing import lock_publication
from practices.models import PracticeIndex, PracticeText
from practices.names import names as reference_names
from practices.search import by_index
from practices.serial import public_serial, raise_public_serial
from practices.vocabulary import vocabulary, words_in

# What a thing in common is worth.
TOPIC, PRIMARY_AREA, TARGET, COUNTRY, WORD, REGION = 6, 4, 2, 2, 1, 1
# So many are kept; so many near a practice may have it among theirs.
KEPT, NEIGHBOURS = 10, 30
# Of a practice's own words, those that are terms of the field and the rarest that another one holds as well: at most so
# many, none of them held by more than so many, nor by more than a twentieth of all; of few practices, some.
WORDS, COMMON, FEWEST_COMMON = 6, 200, 3
_RARE = """
    SELECT word, tsvector_to_array(to_tsvector(%s::regconfig, word)) FROM practices_searchword
    WHERE word = ANY(%s) AND texts_count BETWEEN 2 AND %s ORDER BY texts_count, word
"""
_HOLDERS = """
    SELECT word, array_agg(DISTINCT ordinal)
    FROM unnest(%s::text[]) AS word, practices_practicetext
    WHERE short @@ plainto_tsquery(%s::regconfig, word) GROUP BY word
"""


def related(practice, *, language, limit=3, names=None):
    """The live practices that have most in common with ``practice``: [(Card, reason in words)], best first.

    ``practice``: loaded with its ``index``. Links that curators drew come first. Equal likeness is ordered by evidence,
    then the newest. Empty when nothing is alike. One query where likeness is kept and the practice was loaded with its
    links; the reference ``names`` are asked for where they are not given.
    """
    own = getattr(practice, "index", None)
    if own is None:
        return []
    links = _links(practice)
    alike = nearest(own, limit) if own.related is None or limit > KEPT else own.related
    words = {one["id"]: one["words"] for one in alike}
    (rows,) = rows_of([Part(PracticeIndex, "practice_id = ANY(%s)", [*links, *words])])
    rows = {row.pk: row for row in rows}
    linked = sorted((pk for pk in links if pk in rows), key=lambda pk: _rank(rows[pk]))
    shown = list(dict.fromkeys([*linked, *(pk for pk in words if pk in rows)]))[:limit]
    names = names or reference_names(public_serial())
    return [
        (Card(rows[pk].document, names, language), _reason(own, rows[pk], links, words.get(pk, []), names))
        for pk in shown
    ]


def nearest(own, limit=KEPT):
    """The ``limit`` live practices most like that of the index row ``own``, best first: [{"id", "words" in common}]."""
    points = _points(own)
    sets = facets.sets_of(points)
    everybody = sets[facets.ALL, ""]
    holders = _holders(own, everybody)
    scores, alike = Scores(everybody.length), Bits(0, everybody.length)
    for pair in points.keys() & sets.keys():
        scores.add(sets[pair], points[pair])
        if pair[0] in {"topic", "area", "target"}:
            alike |= sets[pair]
    for bits in holders.values():
        scores.add(bits, WORD)
        alike |= bits
    found = _best(scores, alike - Bits.of([own.ordinal], everybody.length), limit)
    return [{"id": pk, "words": [word for word, bits in holders.items() if ordinal in bits]} for pk, ordinal in found]


def _best(scores, among, limit):
    """[(practice id, ordinal)] of the ``limit`` with the best scores; two queries however many have as many points."""
    points, count, last = {}, 0, None
    for each, bits in scores.best(among):
        count += len(bits)
        if count >= limit:
            last = bits
            break
        points |= dict.fromkeys(bits.ordinals(), each)
    order = ("-evidence", "-published_at", "-practice_id")
    columns = ("practice_id", "ordinal")
    found = list(PracticeIndex.objects.filter(ordinal__in=points).order_by(*order).values_list(*columns))
    found.sort(key=lambda row: -points[row[1]])
    if last:
        found += facets.rows_of(last).order_by(*order).values_list(*columns)[: limit - len(found)]
    return found


def _points(own):
    """{(facet, value): what having it too is worth}."""
    points = {("topic", slug): TOPIC for slug in own.topics} | {("target", code): TARGET for code in own.targets}
    points |= {("area", slug): PRIMARY_AREA for slug in own.areas[:1]}
    points |= {("country", code): COUNTRY for code in own.countries} | {
        ("region", code): REGION for code in own.regions
    }
    return points


def _holders(own, everybody):
    """{word: Bits of the practices with it in title or summary} for the rarest terms of ``own`` that others use."""
    language = own.languages[0]
    configuration = f"ssc_{language}"
    texts = PracticeText.objects.filter(practice=own.pk, language=language).values_list("title", "summary")
    words = words_in(*(text for row in texts for text in row))
    rare = max(FEWEST_COMMON, min(COMMON, len(everybody) // 20))
    terms = vocabulary().starts.get(language, {})
    with connection.cursor() as cursor:
        cursor.execute(_RARE, [configuration, sorted(words), rare])
        words = [word for word, lexemes in cursor.fetchall() if any(_is_term(terms, lexeme) for lexeme in lexemes)]
    words, found = words[:WORDS], {}
    if words:
        with by_index() as cursor:
            cursor.execute(_HOLDERS, [words, configuration])
            found = {word: Bits.of(ordinals, everybody.length) for word, ordinals in cursor.fetchall()}
    return {word: found[word] for word in words if word in found}


def _is_term(terms, lexeme):
    """Whether a term of the field is that one word."""
    return any(len(term.lexemes) == 1 and term.concept.startswith("term ") for term in terms.get(lexeme, ()))


def keep(practice_ids):
    """Compute and keep what is near each of the practices, and near those that had it near them or have it now.

    Raises the public serial when a list that was kept has changed. Returns how many lists were written.
    """
    near = set(practice_ids)
    for row in PracticeIndex.objects.filter(pk__in=practice_ids):
        near.update(one["id"] for one in nearest(row, NEIGHBOURS))
    for pk in practice_ids:
        near.update(PracticeIndex.objects.filter(related__contains=[{"id": pk}]).values_list("pk", flat=True))
    return _keep(PracticeIndex.objects.filter(pk__in=near))


def keep_missing(batch=100):
    """Compute and keep what is near practices that have no list yet, ``batch`` in a transaction. Returns how many."""
    missing = PracticeIndex.objects.filter(related=None).order_by("-published_at").select_for_update(skip_locked=True)
    written = 0
    while True:
        with transaction.atomic():
            found = _keep(missing[:batch])
        if not found:
            return written
        written += found


@transaction.atomic
def _keep(rows):
    changed = []
    is_public = False
    for row in rows:
        before, row.related = row.related, nearest(row)
        if row.related != before:
            changed.append(row)
            is_public |= before is not None  # without a list, the page computed the same
    PracticeIndex.objects.bulk_update(changed, ["related"])
    if is_public:
        lock_publication()
        raise_public_serial()
    return len(changed)


def _links(practice):
    """{id of the other practice: sentence that says how it relates to ``practice``}."""
    told = {}
    for row in sorted([*practice.links.all(), *practice.links_from.all()], key=attrgetter("pk")):
        is_ours = row.practice_id == practice.pk
        other = row.target_id if is_ours else row.practice_id
        told.setdefault(other, _link_in_words(row.kind, is_ours=is_ours))
    return told


def _link_in_words(kind, *, is_ours):
    return {
        (LinkKind.ADAPTS, True): _("This practice adapts it"),
        (LinkKind.ADAPTS, False): _("Adapts this practice"),
        (LinkKind.BUILDS_ON, True): _("This practice builds on it"),
        (LinkKind.BUILDS_ON, False): _("Builds on this practice"),
        (LinkKind.CONTRADICTS, True): _("This practice contradicts it"),
        (LinkKind.CONTRADICTS, False): _("Contradicts this practice"),
    }[LinkKind(kind), is_ours]


def _rank(row):
    return -row.evidence, -row.published_at.timestamp(), -row.pk


def _reason(own, row, links, words, names):
    """Why ``row`` is shown: the link, else at most two things in common, the closest first."""
    if row.pk in links:
        return links[row.pk]
    topics = [names.topics[slug].name for slug in own.topics if slug in row.topics]
    areas = [names.areas[slug].name for slug in own.areas if slug in row.areas]
    targets = [code for code in own.targets if code in row.targets]
    countries = [names.countries[code].name for code in own.countries if code in row.countries]
    regions = [str(UnicefRegion(code).label) for code in own.regions if code in row.regions]
    reasons = []
    if topics:
        sentence = ngettext("Same topic: %(names)s", "Same topics: %(names)s", len(topics))
        reasons.append(sentence % {"names": _listed(topics)})
    if areas and not topics:
        reasons.append(_("Same challenge: %(names)s") % {"names": _listed(areas)})
    if targets and not topics:
        sentence = ngettext("Same SDG target: %(names)s", "Same SDG targets: %(names)s", len(targets))
        reasons.append(sentence % {"names": _listed(targets)})
    if countries:
        reasons.append(_("Same country: %(names)s") % {"names": _listed(countries)})
    elif words:
        reasons.append(_("Both speak of: %(words)s") % {"words": _listed(words)})
    elif regions:
        reasons.append(_("Same region: %(names)s") % {"names": _listed(regions)})
    return " · ".join(reasons[:2])


def _listed(names):
    return ", ".join(names[:3])
