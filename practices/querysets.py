"""Which rows, and how they are loaded."""

from django.db import models
from django.db.models import Func, Q

from practices.content_rows import load_below
from practices.enums import (
    OPEN_STATUSES,
    WITH_CURATORS,
    ConsentKind,
    FileKind,
    PracticeStatus,
    RequestStatus,
    ScanResult,
    SubmissionStatus,
)

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


# The day it is in UTC, asked of the database, for queries that are compiled once and live for longer than a day.
TODAY = Func(function="CURRENT_DATE", template="%(function)s", output_field=models.DateField())


class TopicQuerySet(models.QuerySet):
    def current(self):
        """Topics that have not been merged into another one."""
        return self.filter(merged_into=None)


class ContentQuerySet(models.QuerySet):
    """Rows that may be loaded with all that is below them, in a fixed number of statements however many there are."""

    _has_content = False

    def with_content(self):
        """Load the rows below each version; of practices, the live version as well and the living rows around it."""
        rows = self.all()
        rows._has_content = True
        return rows

    def load_content(self, rows):
        raise NotImplementedError

    def _clone(self):
        clone = super()._clone()
        clone._has_content = self._has_content
        return clone

    def _fetch_all(self):
        is_new = self._result_cache is None
        super()._fetch_all()
        if is_new and self._has_content:
            self.load_content(self._result_cache)


class VersionQuerySet(ContentQuerySet):
    def load_content(self, rows):
        load_below(rows)


class PracticeQuerySet(ContentQuerySet):
    def live(self):
        """What the public may read. A practice exists only once it has been published; a merged one is read as the one
        that it became.
        """
        return self.filter(status=PracticeStatus.LIVE, merged_into=None)

    def naming(self, organisation):
        """Live practices that show the name of ``organisation``."""
        led = Q(live__institution_rows__organisation=organisation)
        return self.live().filter(led | Q(live__partner_roles__organisation=organisation)).distinct()

    def with_content(self):
        return super().with_content().select_related("country", "live")

    def load_content(self, rows):
        load_below([row.live for row in rows], rows)


class SubmissionQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Rows that ``user`` may read: the union of what each of their roles may; without a role, none.

        Officers read everything of their country; curators and administrators what was ever submitted; partners what
        they lead or write with others.
        """
        rows = Q(pk__in=[])
        if user.is_authenticated and user.is_active:
            if user.is_officer:
                rows |= Q(country__in=user.country_codes)
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


class FileQuerySet(models.QuerySet):
    def kept(self):
        """Files that a version names."""
        return self.filter(removed_at=None)

    def waiting(self, now):
        """Files that a worker has to prepare at ``now``, an aware datetime, and that no worker has in hand."""
        free = Q(leased_until=None) | Q(leased_until__lt=now)
        return self.kept().filter(free, prepared_at=None, due_at__lte=now).exclude(scan=ScanResult.FOUND)

    def of_people(self):
        """Pictures of people who agreed to be shown until a day."""
        return (
            self.kept()
            .filter(kind=FileKind.IMAGE, consent_until__isnull=False)
            .exclude(consent_kind=ConsentKind.NOBODY)
        )


class VersionFileQuerySet(models.QuerySet):
    def undescribed(self):
        """Rows that cannot go to readers as they are: something is not said, consent has ended, malware was found."""
        of_people = ~Q(file__consent_kind=ConsentKind.NOBODY)
        ended = of_people & (Q(file__consent_until=None) | Q(file__consent_until__lt=TODAY))
        silent = Q(alt="") | Q(credit="") | Q(file__consent_kind="") | ended
        of_image = Q(file__kind=FileKind.IMAGE) & silent
        return self.filter(Q(caption="") | of_image | Q(file__scan=ScanResult.FOUND))
