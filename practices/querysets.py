"""Which rows, and how they are loaded."""

from django.db import models

from practices.enums import PracticeStatus


class TopicQuerySet(models.QuerySet):
    def current(self):
        """Topics that have not been merged into another one."""
        return self.filter(merged_into=None)


class VersionQuerySet(models.QuerySet):
    def with_content(self):
        """Load the rows below each version, in a fixed number of queries however many versions there are."""
        return self.prefetch_related(
            "area_rows__area",
            "topic_rows__topic__merged_into",
            "target_rows__target__goal",
            "country_rows__country",
            "institution_rows__organisation",
            "partner_roles__organisation",
            "results",
            "lessons",
            "building_blocks",
            "references",
        )


class PracticeQuerySet(models.QuerySet):
    def live(self):
        """What the public may read. A practice exists only once it has been published."""
        return self.filter(status=PracticeStatus.LIVE)

    def with_content(self):
        """Load the live version with its rows, and the living rows around it, in a fixed number of queries."""
        return self.select_related("country", "live").prefetch_related(
            "live__area_rows__area",
            "live__topic_rows__topic__merged_into",
            "live__target_rows__target__goal",
            "live__country_rows__country",
            "live__institution_rows__organisation",
            "live__partner_roles__organisation",
            "live__results",
            "live__lessons",
            "live__building_blocks",
            "live__references",
            "adoptions__country",
            "translations",
        )
