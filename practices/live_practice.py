"""One live practice with everything that its page and its answer in the API read, in three statements.

Written as SQL once: to make these queries anew takes the ORM longer than all that PostgreSQL does for them.
"""

from countries.models import Country
from practices.content_rows import Part, hold, load_below, rows_of
from practices.enums import PracticeStatus
from practices.models import Brief, Practice, PracticeIndex, PracticeLink, ReviewCard, Version

_CONDITION = f"slug = %s AND status = '{PracticeStatus.LIVE}' AND merged_into_id IS NULL"
_ID, _VERSION, _COUNTRY = (
    f"(SELECT {column} FROM practices_practice WHERE {_CONDITION})"  # noqa: S608 - names of ours
    for column in ("id", "live_id", "country_id")
)
_PARTS = [
    (Practice, _CONDITION),
    (Version, f"id = {_VERSION}"),
    (Country, f"iso3 = {_COUNTRY}"),
    (PracticeIndex, f"practice_id = {_ID}"),
    (ReviewCard, f"version_id = {_VERSION}"),
    (Brief, f"version_id = {_VERSION}"),
    (PracticeLink, f"practice_id = {_ID}"),
    (Practice, f"id IN (SELECT target_id FROM practices_practicelink WHERE practice_id = {_ID})"),  # noqa: S608 - names of ours
    (PracticeLink, f"target_id = {_ID}"),
]
_PUBLISHED = (Version, f"practice_id = {_ID} AND frozen_at IS NOT NULL")
_PUBLISHED_COLUMNS = ("id", "practice_id", "number", "published_at")


def live_practice(slug):
    """The live practice ``slug`` with all that readers get of it, or None.

    It is loaded as by ``with_content()``, and answers without a further query for its index row, the review card and
    the briefs of its live version, its links and those that lead to it. ``published_versions``: the newest first,
    without their texts.
    """
    parts = [Part(model, condition, slug) for model, condition in _PARTS]
    found = rows_of([*parts, Part(*_PUBLISHED, slug, _PUBLISHED_COLUMNS)])
    practices, lives, countries, indexes, cards, briefs, links, targets, links_from, versions = found
    if not practices:
        return None
    (practice,), (live,), (country,) = practices, lives, countries
    _relate(practice, country=country, live=live, index=next(iter(indexes), None))
    _relate(live, live_practice=practice, review_card=next(iter(cards), None))
    by_id = {row.pk: row for row in targets}
    for link in links:
        _relate(link, target=by_id[link.target_id])
    links.sort(key=lambda link: (link.kind, link.target.reference))
    hold(practice, links=links, links_from=links_from)
    hold(live, briefs=briefs)
    practice.published_versions = sorted(versions, key=lambda version: -version.number)
    load_below([live], [practice])
    return practice


def _relate(row, **others):
    """Let ``row`` lead to ``others`` without a query; None says that there is none."""
    for name, other in others.items():
        row._meta.get_field(name).set_cached_value(row, other)
