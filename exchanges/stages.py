"""The stages of exchanges: where one stands, and how long exchanges stay in each."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count

from exchanges.enums import STAGES

# When an exchange came to a stage is when its history first names it; the way there is over when the next one is named.
_DAYS = """
    SELECT stage, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM until - since) / 86400)
    FROM (
        SELECT to_status AS stage, min(at) AS since,
               lead(min(at)) OVER (PARTITION BY exchange_id ORDER BY min(at), min(id)) AS until
        FROM exchanges_exchangeevent
        WHERE to_status = ANY(%s) AND exchange_id IN ({exchanges})
        GROUP BY exchange_id, to_status
    ) AS stays
    WHERE until IS NOT NULL GROUP BY stage
"""


@dataclass(frozen=True)
class Stage:
    """One stage: ``count``: exchanges that stand at it now; ``median_days`` of the ``passed_count`` that went on."""

    value: str
    label: str
    count: int
    passed_count: int
    median_days: int | None


@dataclass(frozen=True)
class Step:
    """One stage on the way of a single exchange: ``state`` is done, now or todo; ``since``: when it came there."""

    label: str
    state: str
    since: datetime | None


def stages(exchanges):
    """The Stages of ``exchanges`` (a queryset) about which there is something to say, in their order; two queries.

    Days are those between the first line of the history that names a stage and the first that names the next one,
    rounded. What was recorded from public sources passed no stage and is not counted.
    """
    counts = dict(exchanges.order_by().values_list("status").annotate(Count("pk")))
    stays = _stays(exchanges)
    return [
        Stage(stage.value, str(stage.label), counts.get(stage, 0), *stays.get(stage, (0, None)))
        for stage in STAGES
        if stage in counts or stage in stays
    ]


def _stays(exchanges):
    """{stage: (how many exchanges went on from it, median of the days that they had been there)}."""
    try:
        inner, values = exchanges.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_DAYS.format(exchanges=inner), [list(STAGES), *values])
        return {stage: (count, round(days)) for stage, count, days in cursor.fetchall()}


def way_of(exchange, events):
    """The Steps of ``exchange``; ``events``: its history, the oldest first. Empty where it passed none or left the way.

    What ended early or was recorded says so in words instead.
    """
    if exchange.status not in STAGES:
        return []
    since = {}
    for event in events:
        since.setdefault(event.to_status, event.at)
    place = STAGES.index(exchange.status)
    return [
        Step(str(stage.label), "done" if number < place else "now" if number == place else "todo", since.get(stage))
        for number, stage in enumerate(STAGES)
    ]
