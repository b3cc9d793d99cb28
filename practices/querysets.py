"""Which rows, and how they are loaded."""

from django.db import models
from django.db.models import Func, Q

from practices.enums import OPEN_STATUSES, WITH_CURATORS, PracticeStatus, RequestStatus, SubmissionStatus

# What anybody but the country itself may ever see: submitted and after.
SEEN_BY_CURATORS = (
    *WITH_CURATORS,
    SubmissionStatus.CHANGES_REQUESTED,
    SubmissionStatus.PUBLISHED,
    SubmissionStatus.DECLINED,
    SubmissionStatus.WITHDRAWN,
)


class Unnest(Func):
    """One row per element of an array column."""

    function = "unnest"
    set_returning = True


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


class SubmissionQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Rows that ``user`` may read: the union of what each of their roles may; without a role, none.

        Officers read everything of their country; curators and administrators what was ever submitted; partners what
        they lead or write with others.
        """
        rows = Q(pk__in=[])
        if user.is_authenticated and user.is_active:
            if user.is_officer:
                rows |= Q(country__in=user.countries())
            if user.is_curator or user.is_administrator:
                rows |= Q(status__in=SEEN_BY_CURATORS, submitted_at__isnull=False)
            if user.is_partner:
                rows |= Q(lead=user) | Q(pk__in=user.coauthored_submissions.values("pk"))
        return self.filter(rows)

    def still_open(self):
        return self.filter(status__in=OPEN_STATUSES)

    def with_curators(self):
        """What curators have to act on."""
        return self.filter(status__in=WITH_CURATORS)

    def for_lists(self):
        """Load what a row of workspace or queue shows, in a fixed number of queries."""
        return self.select_related("version", "country", "lead", "holder", "practice").prefetch_related(
            "version__area_rows__area"
        )


class ChangeRequestQuerySet(models.QuerySet):
    def sent(self):
        """Requests that the country has been given."""
        return self.exclude(status=RequestStatus.DRAFT)

    def blocking(self):
        """Must-fix requests that are not closed yet."""
        return self.sent().exclude(status=RequestStatus.CLOSED).filter(is_must_fix=True)
