"""What may be the same: case studies of one country whose title and summary read alike."""

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import TextField, Value
from django.db.models.functions import Concat

from practices.models import Practice

# Measured on the documented practices: unrelated ones stay below 0.25.
ALIKE = 0.35
MOST = 3


def similar(submission):
    """Live practices of the same country that read like ``submission``: [Practice] with ``likeness`` 0-1, best first.

    An update is not compared with the practice that it updates.
    """
    version = submission.version
    text = f"{version.title} {version.summary}".strip()
    likeness = TrigramSimilarity(Concat("live__title", Value(" "), "live__summary", output_field=TextField()), text)
    rows = Practice.objects.live().filter(country=submission.country_id).select_related("live")
    if submission.practice_id:
        rows = rows.exclude(pk=submission.practice_id)
    return list(rows.annotate(likeness=likeness).filter(likeness__gte=ALIKE).order_by("-likeness")[:MOST])
