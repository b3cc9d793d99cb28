"""Load areas, topics, goals and targets of ``fixtures/``; loading them again changes nothing."""

from practices.models import ChallengeArea, SdgGoal, SdgTarget, Topic


def load_areas(rows):
    """Write challenge areas as in ``fixtures/areas.json``."""
    for row in rows:
        ChallengeArea.objects.update_or_create(
            slug=row["slug"],
            defaults={name: row[name] for name in ("position", "texts", "source")}
            | {"source_url": row.get("source_url", "")},
        )


def load_topics(rows):
    """Write topics as in ``fixtures/topics.json``. A topic that curators merged stays merged."""
    for row in rows:
        Topic.objects.update_or_create(slug=row["slug"], defaults={"area_id": row["area"], "names": row["names"]})


def load_goals(goals, targets):
    """Write goals and targets as in ``fixtures/sdg.json``."""
    for row in goals:
        SdgGoal.objects.update_or_create(
            number=row["number"], defaults={"names": row["names"], "colour": row["colour"]}
        )
    for row in targets:
        SdgTarget.objects.update_or_create(code=row["code"], defaults={"goal_id": row["goal"], "texts": row["texts"]})
