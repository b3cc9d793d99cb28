"""What a need asks for, read once in plain values."""

import datetime
from dataclasses import dataclass

from django.db.models import prefetch_related_objects

from countries.models import Country


@dataclass(frozen=True)
class Ask:
    """A need as the matching reads it. ``countries``: the one that wrote it and those that joined, in that order."""

    need_id: int
    countries: tuple[Country, ...]
    areas: tuple[str, ...]
    topics: tuple[str, ...]
    practice_id: int | None
    modalities: tuple[str, ...]
    languages: frozenset[str]
    starts_on: datetime.date | None
    ends_on: datetime.date | None

    @property
    def codes(self):
        """ISO3 codes of the asking countries."""
        return [country.pk for country in self.countries]

    @property
    def subjects(self):
        """Slugs of areas, then of topics. No topic has the slug of an area."""
        return (*self.areas, *self.topics)


def asks_of(needs):
    """[Ask] of ``needs``, in a fixed number of queries however many there are."""
    needs = list(needs)
    prefetch_related_objects(needs, "country", "joined__country", "challenge_areas", "topics")
    return [
        Ask(
            need_id=need.pk,
            countries=(need.country, *(row.country for row in need.joined.all())),
            areas=tuple(sorted(area.pk for area in need.challenge_areas.all())),
            topics=tuple(sorted({topic.merged_into_id or topic.pk for topic in need.topics.all()})),
            practice_id=need.practice_id,
            modalities=tuple(need.modalities),
            languages=frozenset(need.languages),
            starts_on=need.starts_on,
            ends_on=need.ends_on,
        )
        for need in needs
    ]
