"""Load areas, topics, goals and targets of ``fixtures/``. Each function returns how many rows it wrote."""

from countries.loading import write_changed
from practices.models import ChallengeArea, SdgGoal, SdgTarget, Topic


def load_areas(rows):
    """Write challenge areas as in ``fixtures/areas.json``."""
    return write_changed(
        ChallengeArea,
        [
            ChallengeArea(
                slug=row["slug"],
                position=row["position"],
                texts=row["texts"],
                source=row["source"],
                source_url=row.get("source_url", ""),
            )
            for row in rows
        ],
    )


def load_topics(rows):
    """Write topics as in ``fixtures/topics.json``. A topic that curators merged stays merged."""
    merged = dict(Topic.objects.exclude(merged_into=None).values_list("slug", "merged_into"))
    return write_changed(
        Topic,
        [
            Topic(slug=row["slug"], area_id=row["area"], names=row["names"], merged_into_id=merged.get(row["slug"]))
            for row in rows
        ],
    )


def load_goals(goals, targets):
    """Write goals and targets as in ``fixtures/sdg.json``."""
    return write_changed(
        SdgGoal, [SdgGoal(number=row["number"], names=row["names"], colour=row["colour"]) for row in goals]
    ) + write_changed(
        SdgTarget, [SdgTarget(code=row["code"], goal_id=row["goal"], texts=row["texts"]) for row in targets]
    )
