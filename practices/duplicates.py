"""What may be the same: case studies of one country whose title and summary read alike."""

from dataclasses import dataclass

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import TextField, Value
from django.db.models.functions import Concat

from practices.enums import PracticeStatus
from practices.models import Practice, Submission

# Measured on the documented practices: unrelated ones stay below 0.25.
ALIKE = 0.35
MOST = 3


@dataclass(frozen=True)
class Alike:
    """A published practice or a case study under way that reads like another: title, address, ``likeness`` 0-1."""

    title: str
    url: str
    likeness: float
    is_published: bool


def similar(submission, reader):
    """[Alike] of the same country, best first: what is published, and what is under way where ``reader`` may read it.

    An update is not compared with the practice that it updates. The number of queries does not depend on the rows.
    """
    text = f"{submission.version.title} {submission.version.summary}".strip()
    practices = Practice.objects.filter(
        country=submission.country_id, status=PracticeStatus.LIVE, merged_into=None
    ).exclude(pk=submission.practice_id)
    under_way = Submission.objects.visible_to(reader).still_open().filter(country=submission.country_id)
    under_way = under_way.exclude(pk=submission.pk)
    found = [
        Alike(practice.live.title, practice.get_absolute_url(), practice.likeness, is_published=True)
        for practice in _alike(practices.select_related("live"), "live", text)
    ]
    found += [
        Alike(other.version.title, other.get_absolute_url(), other.likeness, is_published=False)
        for other in _alike(under_way.select_related("version"), "version", text)
    ]
    return sorted(found, key=lambda one: -one.likeness)[:MOST]


def _alike(rows, version, text):
    both = Concat(f"{version}__title", Value(" "), f"{version}__summary", output_field=TextField())
    return (
        rows.annotate(likeness=TrigramSimilarity(both, text)).filter(likeness__gte=ALIKE).order_by("-likeness")[:MOST]
    )
