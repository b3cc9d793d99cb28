"""Making versions live: the one way in which anything becomes public, and the way back.

Workflow and import call these functions; nothing else numbers a version, freezes it or points a practice to it.
"""

from collections import Counter

from django.db import connection, transaction
from django.db.models import Max, prefetch_related_objects
from django.utils import timezone
from django.utils.text import slugify

from accounts.enums import WebhookKind
from accounts.webhooks.announcing import Happening, announce
from practices import changes, indexing
from practices.copying import copy_rows, reserve_keys
from practices.enums import CountryRole, PracticeStatus
from practices.models import Practice, Version

SLUG_LENGTH = 70
# Words that are addresses of their own below /practices/.
RESERVED_SLUGS = {"compare"}

# Beyond this many at once, briefs are made when they are first asked for, so that an import does not fill the queue.
BRIEFS_AT_ONCE = 100

_POINT_TO_LIVE = """
    UPDATE practices_practice AS p
    SET live_id = n.version_id, updated_at = n.at, revalidated_on = n.at::date, is_review_due = false
    FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) AS n (practice_id, version_id, at)
    WHERE p.id = n.practice_id
"""
_NUMBER = """
    UPDATE practices_version AS v
    SET practice_id = n.practice_id, number = n.number, published_at = n.at
    FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::timestamptz[]) AS n (version_id, practice_id, number, at)
    WHERE v.id = n.version_id
"""

# The end of an index for each place, where to group all practices of these countries and years would read them all.
_LAST_REFERENCES = """
    SELECT country, year, number
    FROM unnest(%s::text[], %s::int[]) AS n (country, year), LATERAL (
        SELECT max(reference_number) AS number FROM practices_practice
        WHERE country_id = n.country AND reference_year = n.year) AS last
    WHERE number IS NOT NULL
"""


@transaction.atomic
def make_live(staged, *, rows=None, at=None, living=None):
    """Publish staged versions, in a fixed number of statements however many they are.

    ``staged`` is a list of (version, practice): an unfrozen version, and the practice that it belongs to; a new case
    study brings an unsaved Practice that may already say its ``published_at``, ``external_id``, ``provenance`` and the
    like. The versions are either saved, with their rows, or all new: then ``rows`` is {model: [unsaved rows below
    them]}, and versions and practices have what is below them at hand (``content_rows.hold``), so that nothing is read
    again. ``living``, when given, is called with the saved practices before they are indexed, to write rows that live
    on the practice (translations, adoptions).

    Numbers the versions, gives new practices reference and slug, points each practice to its version, rebuilds its
    index rows, raises the public serial and freezes.

    Returns the practices, in the order given. Raises ValueError when a version has no lead country, is already
    published, or belongs to a retracted practice, or when a practice comes twice.
    """
    if not staged:
        return []
    at = at or timezone.now()
    indexing.lock_publication()
    _refuse_unfit(staged)
    if rows is not None:
        for (version, _), key in zip(staged, reserve_keys(Version, len(staged)), strict=True):
            version.pk = key
    fresh = [(version, practice) for version, practice in staged if practice.pk is None]
    last = _last_numbers(staged)
    _identify(fresh, at=at)
    _number(staged, last, at=at)
    versions, practices = map(list, zip(*staged, strict=True))
    if rows is None:
        _write_numbers(versions)
    else:
        _write_new(versions, rows, at=at)
    _write_practices(staged, fresh)
    if living:
        living(practices)
    indexing.rebuild([practice.pk for practice in practices], at_hand=() if rows is None else practices)
    if rows is None:
        Version.objects.filter(pk__in=[version.pk for version in versions]).update(frozen_at=at)
    if len(versions) <= BRIEFS_AT_ONCE:
        _queue_briefs([version.pk for version in versions])
    _announce(practices)
    return practices


@transaction.atomic
def retract(practice, *, reason, at=None):
    """Take a practice back: its address answers 410 with the date and ``reason``, and no list knows it any more.

    Returns the practice. Raises ValueError without a reason.
    """
    if not reason.strip():
        raise ValueError("A retraction says why.")
    indexing.lock_publication()
    practice = Practice.objects.select_for_update().get(pk=practice.pk)
    practice.status = PracticeStatus.RETRACTED
    practice.retracted_at = practice.updated_at = at or timezone.now()
    practice.retraction_reason = reason
    practice.save(update_fields=["status", "retracted_at", "updated_at", "retraction_reason"])
    indexing.rebuild([practice.pk])
    # Practices that build on it do not name it any more.
    changes.note(list(practice.links_from.values_list("practice", flat=True).distinct()))
    _announce([practice], WebhookKind.PRACTICE_RETRACTED)
    return practice


def _announce(practices, kind=None):
    """Tell webhooks of ``practices``, by default that they have a version, the first one or a new one."""
    announce(
        [
            Happening(
                kind or (WebhookKind.PRACTICE_UPDATED if practice.live.number > 1 else WebhookKind.PRACTICE_PUBLISHED),
                about=f"practice:{practice.pk}",
                facts={"reference": practice.reference, "slug": practice.slug, "version": practice.live.number},
                path=f"/practices/{practice.slug}/",
                api_path=f"/api/v1/practices/{practice.slug}/",
            )
            for practice in practices
        ]
    )


def _refuse_unfit(staged):
    saved = [version.pk for version, _ in staged if version.pk is not None]
    if saved and Version.objects.filter(pk__in=saved, frozen_at__isnull=False).exists():
        raise ValueError("A version is published once.")
    known = [practice.pk for _, practice in staged if practice.pk is not None]
    if any(times > 1 for times in Counter(known).values()):
        raise ValueError("A practice publishes one version at a time.")
    if known and Practice.objects.filter(pk__in=known, status=PracticeStatus.RETRACTED).exists():
        raise ValueError("A retracted practice publishes nothing.")


def _last_numbers(staged):
    """{id of a practice: number of its latest version} for those that have one."""
    known = [practice.pk for _, practice in staged if practice.pk is not None]
    if not known:
        return {}
    numbers = Version.objects.filter(practice__in=known).values_list("practice").annotate(Max("number"))
    return dict(numbers.order_by())


def _identify(pairs, *, at):
    """Give new practices their key, lead country, reference and slug. They are not written yet."""
    if not pairs:
        return
    prefetch_related_objects([version for version, _ in pairs], "country_rows")
    for version, practice in pairs:
        lead = [row.country_id for row in version.country_rows.all() if row.role == CountryRole.LEAD]
        if not lead:
            raise ValueError(f"“{version.title}” has no lead country.")
        practice.country_id = lead[0]
        practice.published_at = practice.published_at or at
        practice.updated_at = practice.published_at
        practice.revalidated_on = practice.published_at.date()
        practice.reference_year = practice.published_at.year
    taken = _last_references({(practice.country_id, practice.reference_year) for _, practice in pairs})
    for (_, practice), key in zip(pairs, reserve_keys(Practice, len(pairs)), strict=True):
        practice.pk = key
        place = (practice.country_id, practice.reference_year)
        taken[place] = practice.reference_number = taken.get(place, 0) + 1
        practice.reference = f"SSC-{practice.country_id}-{practice.reference_year}-{practice.reference_number}"
    _give_slugs(pairs)


def _last_references(places):
    """{(country, year): the highest number of a reference} of those of ``places`` that have one."""
    countries, years = map(list, zip(*places, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(_LAST_REFERENCES, [countries, years])
        return {(country, year): number for country, year, number in cursor.fetchall()}


def _give_slugs(pairs):
    """A slug is made of the title; where that is taken or holds no Latin letters, of the reference too."""
    wanted = {}
    for version, practice in pairs:
        words = slugify(version.title)
        if len(words) > SLUG_LENGTH:
            words = words[: SLUG_LENGTH + 1].rpartition("-")[0]
        wanted[practice.reference] = words.strip("-")
    used = RESERVED_SLUGS | set(Practice.objects.filter(slug__in=set(wanted.values())).values_list("slug", flat=True))
    for _, practice in pairs:
        slug = wanted[practice.reference]
        if not slug or slug in used:
            slug = f"{slug}-{practice.reference.lower()}".strip("-")
        used.add(slug)
        practice.slug = slug


def _number(staged, last, *, at):
    """Say in memory what each version and its practice become. ``last``: as from ``_last_numbers``."""
    for version, practice in staged:
        version.practice_id, version.number = practice.pk, last.get(practice.pk, 0) + 1
        # A practice that is published for the first time keeps the moment it brings along; an update happens now.
        version.published_at = at if practice.pk in last else practice.published_at
        practice.updated_at = version.published_at
        practice.revalidated_on, practice.is_review_due = version.published_at.date(), False


def _write_numbers(versions):
    rows = [(version.pk, version.practice_id, version.number, version.published_at) for version in versions]
    with connection.cursor() as cursor:
        cursor.execute(_NUMBER, [list(column) for column in zip(*rows, strict=True)])


def _write_new(versions, rows, *, at):
    """Write versions with their ``rows``, frozen from the first moment: the rows come first, for none may be added to a
    frozen version, and the database asks for the version of a row at the end of the transaction only.
    """
    for version in versions:
        version.frozen_at = at
    for model, below in rows.items():
        for row in below:
            row.version_id = row.version.pk
        copy_rows(model, below)
    copy_rows(Version, versions)


def _write_practices(staged, fresh):
    """Write new practices, and point the others to their version."""
    for version, practice in staged:
        practice.live = version
    copy_rows(Practice, [practice for _, practice in fresh])
    new = {practice.pk for _, practice in fresh}
    moved = [(practice.pk, version.pk, version.published_at) for version, practice in staged if practice.pk not in new]
    if moved:
        with connection.cursor() as cursor:
            cursor.execute(_POINT_TO_LIVE, [list(column) for column in zip(*moved, strict=True)])


def _queue_briefs(version_ids):
    from accounts.tasks import nudge
    from practices.tasks import make_briefs

    transaction.on_commit(lambda: nudge(make_briefs, version_ids))
