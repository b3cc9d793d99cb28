"""The curators' queue with 10,000 submissions, against exactly the SQL that the page asks for."""

import datetime
import random
import uuid

from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from bench.measuring import page_and_its_sql
from countries.models import Country
from practices.enums import CountryRole, Language
from practices.models import ChallengeArea, Submission, SubmissionEvent, Version, VersionArea, VersionCountry
from tests.people import make_user

LIMIT = 5
ROUNDS = 25
COUNT = 10_000
# How many of a hundred stand where: the moves that lead there.
WAYS = (
    (30, ("submitted",)),
    (30, ("submitted", "in_review")),
    (15, ("submitted", "in_review", "changes_requested")),
    (10, ("submitted", "in_review", "published")),
    (10, ("submitted", "in_review", "declined")),
    (5, ()),
)
QUERIES = (
    "tab=unassigned",
    "tab=mine",
    "tab=in-review",
    "tab=decided",
    "tab=unassigned&page=100",
    "tab=unassigned&q=water",
    "tab=unassigned&area=wash",
    "tab=in-review&country=PER&language=es",
    "tab=unassigned&overdue=1&check=found",
)


def figures():
    """[Figure] of the page for each of QUERIES."""
    curator = make_user(Role.CURATOR)
    _fill(curator)
    client = Client()
    client.force_login(curator)
    return [
        page_and_its_sql(
            client,
            f"/review/?scope=all&{query}",
            limit=LIMIT,
            rounds=ROUNDS,
            what=f"Queue of {COUNT:,}: {query}",
        )
        for query in QUERIES
    ]


def _fill(curator):
    """COUNT submissions of many countries, areas and languages, moved in bulk along the arrows of the database."""
    chance = random.Random(1)  # noqa: S311 - the same queue every time
    now = timezone.now()
    officer = make_user(Role.OFFICER)
    countries, areas = list(Country.objects.filter(is_global_south=True)), list(ChallengeArea.objects.all())
    words = ("water", "newborns", "schools", "nutrition", "floods", "radio", "midwives", "budgets")
    versions = Version.objects.bulk_create(
        Version(
            title=f"{chance.choice(words).capitalize()} and {chance.choice(words)} {number}",
            summary="A summary of two lines. " * 6,
            language=chance.choice(Language.values),
        )
        for number in range(COUNT)
    )
    placed = [(version, chance.choice(countries)) for version in versions]
    VersionCountry.objects.bulk_create(
        VersionCountry(version=version, country=country, role=CountryRole.LEAD) for version, country in placed
    )
    VersionArea.objects.bulk_create(VersionArea(version=version, area=chance.choice(areas)) for version in versions)
    submissions = Submission.objects.bulk_create(
        Submission(
            version=version,
            country=country,
            lead=officer,
            updated_by=officer,
            form_key=uuid.uuid4(),
            submitted_at=now - datetime.timedelta(days=chance.uniform(0, 60)),
            checks=chance.choice([[], [], ["cost"], ["duplicate", "references"]]),
            complete_percent=100,
        )
        for version, country in placed
    )
    first = 0
    for share, way in WAYS:
        ids = [row.pk for row in submissions[first : first + COUNT * share // 100]]
        first += len(ids)
        for status in way:
            facts = {"holder": curator} if status == "in_review" else {}
            if status in {"published", "declined"}:
                facts = {"decided_at": now, "decided_by": curator}
            Submission.objects.filter(pk__in=ids).update(status=status, **facts)
    SubmissionEvent.objects.bulk_create(
        SubmissionEvent(submission=row, kind=kind, actor=officer, to_status="submitted", at=at)
        for row in submissions
        for kind, at in (
            ("submitted", row.submitted_at),
            (
                chance.choice(["changes_requested", "published", "declined"]),
                now - datetime.timedelta(days=chance.uniform(0, 90)),
            ),
        )
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    assert settings.DEBUG is False, "Django keeps every statement while it debugs."
