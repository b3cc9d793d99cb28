"""Making versions live: the one way in which anything becomes public, and the way back.

Workflow and import call these functions; nothing else numbers a version, freezes it or points a practice to it.
"""

from collections import Counter

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.text import slugify

from practices import indexing
from practices.enums import CountryRole, PracticeStatus
from practices.models import Practice, Version, VersionCountry

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


@transaction.atomic
def make_live(staged, *, at=None, living=None):
    """Publish staged versions, in a fixed number of statements however many they are.

    ``staged`` is a list of (version, practice): a saved, unfrozen version with its rows, and the practice that it
    belongs to; a new case study brings an unsaved Practice that may already say its ``published_at``, ``external_id``,
    ``provenance`` and the like. ``living``, when given, is called with the saved practices before they are indexed, to
    write rows that live on the practice (translations, adoptions).

    Numbers the versions, gives new practices reference and slug, points each practice to its version, rebuilds its
    index rows, raises the public serial and, last, freezes.

    Returns the practices, in the order given. Raises ValueError when a version has no lead country, is already
    published, or belongs to a retracted practice, or when a practice comes twice.
    """
    if not staged:
        return []
    at = at or timezone.now()
    indexing.lock_publication()
    _refuse_unfit(staged)
    _create_practices([(version, practice) for version, practice in staged if practice.pk is None], at=at)
    practices = [practice for _, practice in staged]
    ids = [practice.pk for practice in practices]
    last = dict(Version.objects.filter(practice__in=ids).values_list("practice").annotate(Max("number")).order_by())
    # A practice that is published for the first time keeps the moment it brings along; an update happens now.
    moments = [at if practice.pk in last else practice.published_at for practice in practices]
    version_ids = [version.pk for version, _ in staged]
    with connection.cursor() as cursor:
        cursor.execute(_NUMBER, [version_ids, ids, [last.get(pk, 0) + 1 for pk in ids], moments])
        cursor.execute(_POINT_TO_LIVE, [ids, version_ids, moments])
    if living:
        living(practices)
    indexing.rebuild(ids)
    Version.objects.filter(pk__in=version_ids).update(frozen_at=at)
    if len(version_ids) <= BRIEFS_AT_ONCE:
        _queue_briefs(version_ids)
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
    return practice


def _refuse_unfit(staged):
    versions = Version.objects.filter(pk__in=[version.pk for version, _ in staged])
    if versions.filter(frozen_at__isnull=False).exists():
        raise ValueError("A version is published once.")
    known = [practice.pk for _, practice in staged if practice.pk is not None]
    if any(times > 1 for times in Counter(known).values()):
        raise ValueError("A practice publishes one version at a time.")
    if known and Practice.objects.filter(pk__in=known, status=PracticeStatus.RETRACTED).exists():
        raise ValueError("A retracted practice publishes nothing.")


def _create_practices(pairs, *, at):
    """Give new practices their lead country, reference and slug, and save them in one go."""
    if not pairs:
        return
    lead = dict(
        VersionCountry.objects.filter(
            version__in=[version.pk for version, _ in pairs], role=CountryRole.LEAD
        ).values_list("version_id", "country_id")
    )
    for version, practice in pairs:
        if version.pk not in lead:
            raise ValueError(f"“{version.title}” has no lead country.")
        practice.country_id = lead[version.pk]
        practice.published_at = practice.published_at or at
        practice.updated_at = practice.published_at
        practice.revalidated_on = practice.published_at.date()
        practice.reference_year = practice.published_at.year
    taken = {
        (country, year): number
        for country, year, number in Practice.objects.filter(
            country__in={practice.country_id for _, practice in pairs},
            reference_year__in={practice.reference_year for _, practice in pairs},
        )
        .values_list("country", "reference_year")
        .annotate(Max("reference_number"))
        .order_by()
    }
    for _, practice in pairs:
        key = (practice.country_id, practice.reference_year)
        taken[key] = practice.reference_number = taken.get(key, 0) + 1
        practice.reference = f"SSC-{practice.country_id}-{practice.reference_year}-{practice.reference_number}"
    _give_slugs(pairs)
    Practice.objects.bulk_create([practice for _, practice in pairs], batch_size=1000)


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


def _queue_briefs(version_ids):
    from accounts.tasks import nudge
    from practices.tasks import make_briefs

    transaction.on_commit(lambda: nudge(make_briefs, version_ids))
