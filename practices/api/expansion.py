"""What ``expand`` adds to practices: for a whole page of a list at once, in a fixed number of statements."""

from countries.api.serializers import country_row
from practices import history
from practices.api.detail import adoptions, content, sections, version_entry
from practices.api.parts import related_rows
from practices.models import Practice

OF_ROWS = ("countries", "results", "sections", "lessons", "adoptions", "review_card")
OF_ONE = ("countries", "related", "versions")
_OF_VERSION = {"results", "lessons", "review_card"}


def expansions(cards, names, addresses):
    """For each of ``cards``, the members that ``names`` (of OF_ROWS) add to its row or put in the place of others.

    Asked in the view of the database from which the cards come, so that each practice is still there.
    """
    practices = {}
    if set(names) - {"countries"}:
        found = Practice.objects.live().filter(slug__in=[card.slug for card in cards]).with_content()
        practices = {practice.slug: practice for practice in found.select_related("live__review_card")}
    return [_of_row(card, practices.get(card.slug), names, addresses) for card in cards]


def _of_row(card, practice, names, addresses):
    more = {}
    if "countries" in names:
        more["countries"] = _countries(card, addresses)
    if "sections" in names:
        more["sections"], more["section_languages"] = sections(practice, card.title_language)
    if "adoptions" in names:
        more["adoptions"] = adoptions(practice)
    if asked := _OF_VERSION.intersection(names):
        said = content(practice.live, addresses)
        more |= {name: said[name] for name in OF_ROWS if name in asked}
    return more


def expansion(practice, card, names, addresses):
    """The members that ``names`` (of OF_ONE) add to one ``practice``."""
    more = {}
    if "countries" in names:
        more["countries"] = _countries(card, addresses)
    if "related" in names:
        more["related"] = related_rows(practice, addresses)
    if "versions" in names:
        more["versions"] = [version_entry(practice, entry, addresses) for entry in history.entries(practice)]
    return more


def _countries(card, addresses):
    return [country_row(country, addresses.absolute(country.get_absolute_url())) for country in card.countries]
