"""Practices side by side: which ones a query names, and which could join them."""

from dataclasses import dataclass, field

from django.http import QueryDict
from django.utils.translation import gettext as _

from practices.editions import Edition
from practices.enums import PracticeStatus
from practices.listing import browse, cards
from practices.models import Practice, PracticeIndex
from practices.related import related

FEWEST, MOST = 2, 4
SUGGESTED = 6


@dataclass
class Comparison:
    """``columns``: [(Edition, query of the comparison without it)]; ``notices``: what could not be shown, in words."""

    columns: list = field(default_factory=list)
    notices: list = field(default_factory=list)

    @property
    def editions(self):
        return [edition for edition, _query in self.columns]

    @property
    def references(self):
        return [edition.practice.reference for edition in self.editions]

    @property
    def is_complete(self):
        return len(self.columns) >= FEWEST

    @property
    def may_grow(self):
        return len(self.columns) < MOST


def compare(references, *, language):
    """The Comparison of the practices with the given ``references``, in that order, each once and at most four.

    A fixed number of queries. Unknown and withdrawn practices are left out with a notice.
    """
    asked = list(dict.fromkeys(reference.strip().upper() for reference in references if reference.strip()))
    comparison = Comparison()
    if len(asked) > MOST:
        sentence = _("At most %(count)d practices fit side by side. The first ones are shown.")
        comparison.notices.append(sentence % {"count": MOST})
        asked = asked[:MOST]
    live = {
        row.reference: row
        for row in Practice.objects.live().filter(reference__in=asked).with_content().select_related("index")
    }
    withdrawn = set(
        Practice.objects.filter(reference__in=asked, status=PracticeStatus.RETRACTED).values_list(
            "reference", flat=True
        )
    )
    for reference in asked:
        if reference in withdrawn:
            notice = _("%(reference)s was withdrawn and is left out.") % {"reference": reference}
            comparison.notices.append(notice)
        elif reference not in live:
            sentence = _("There is no practice “%(reference)s”. A reference looks like SSC-COL-2026-1.")
            comparison.notices.append(sentence % {"reference": reference[:60]})
    shown = [reference for reference in asked if reference in live]
    comparison.columns = [
        (
            Edition(live[reference], live[reference].live, language),
            query_of(other for other in shown if other != reference),
        )
        for reference in shown
    ]
    return comparison


def suggestions(comparison, *, words, language):
    """Practices that could join: found by ``words``, else like the first one, else the most adopted.

    Returns [(Card, query of the comparison with it)], empty when the comparison is full.
    """
    if not comparison.may_grow:
        return []
    if words:
        query = QueryDict(mutable=True)
        query["q"] = words
        found = browse(query, language=language).cards
    elif comparison.columns:
        alike = related(comparison.editions[0].practice, language=language, limit=SUGGESTED + MOST)
        found = [card for card, _reason in alike]
    else:
        most_adopted = PracticeIndex.objects.order_by("-adoptions_count", "-published_at", "-practice_id")
        found = cards(most_adopted[:SUGGESTED], language=language)
    fresh = [card for card in found if card.reference not in comparison.references][:SUGGESTED]
    return [(card, query_of([*comparison.references, card.reference])) for card in fresh]


def query_of(references):
    """The query string that compares the practices with these ``references``."""
    query = QueryDict(mutable=True)
    query.setlist("ref", list(references))
    return query.urlencode()
