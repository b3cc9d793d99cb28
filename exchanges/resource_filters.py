"""What lists of funds and projects can be narrowed by: one filter class per list, for its page and the API."""

from django.db import models
from django.db.models import Count, F, Min, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchanges import search
from exchanges.enums import ProjectStatus
from exchanges.filters import FundsFilter, RowsFilter, told
from exchanges.models import Call, Fund, Project
from practices.filters import KnownValuesFilter


class CallStatus(models.TextChoices):
    """Whether a fund takes applications now. Derived from the dates of its calls, kept nowhere."""

    OPEN = "open", _("A call is open")
    UPCOMING = "upcoming", _("A call will open")
    NONE = "none", _("No call")


class ResourceFilter(RowsFilter):
    """What both lists share. Everybody reads every row; ``DEFAULT``: the order without words."""

    topic = modality = language = None

    OPEN, GROUPS, OF_COUNTRIES = None, {}, ()
    FACETS = ("status", "area", "region", "country")
    TITLE, DEFAULT = "title", ""

    @property
    def chosen_ordering(self):
        chosen = self.form.cleaned_data.get("ordering") or ("relevance" if self.words else self.DEFAULT)
        return self.DEFAULT if chosen == "relevance" and not self.words else chosen

    def readable(self, *, in_every_state):
        return self.MODEL.objects.live()

    def ordered(self, rows):
        if self.chosen_ordering == "relevance":
            rank = search.rank_of_title(self.words, self.TITLE)
            return rows.annotate(rank=rank).order_by("-rank", *self.ORDERS[self.DEFAULT])
        return rows.order_by(*self.ORDERS[self.chosen_ordering])


class FundFilter(ResourceFilter):
    """Narrows and orders funds. Country and region are those of its projects; status is that of its calls.

    A fund without areas is not tied to any, and is found under each.
    """

    area = KnownValuesFilter(label=_("Challenge area"), method="of_area")
    status = KnownValuesFilter(label=_("Calls"), method="in_states")

    MODEL, WORDS, STATUSES = Fund, search.FUND_WORDS, tuple(CallStatus)
    TITLE, DEFAULT = "name", "name"
    ORDERINGS = {
        "relevance": _("Best match"),
        "name": _("Name, A to Z"),
        "deadline": _("Next deadline first"),
        "-since": _("Newest first"),
        "-projects": _("Most projects"),
    }
    ORDERS = {
        "name": ["name", "pk"],
        "deadline": [F("due_on").asc(nulls_last=True), "name", "pk"],
        "-since": [F("since_year").desc(nulls_last=True), "name", "pk"],
        "-projects": ["-order_count", "name", "pk"],
    }

    def ordered(self, rows):
        if self.chosen_ordering == "deadline":
            not_over = Q(calls__closes_on__gte=timezone.localdate())
            rows = rows.annotate(due_on=Min("calls__closes_on", filter=not_over))
        if self.chosen_ordering == "-projects":
            rows = rows.annotate(order_count=Count("projects", distinct=True))
        return super().ordered(rows)

    def of_area(self, rows, name, value):
        if not value:
            return rows
        tied = Fund.objects.filter(challenge_areas__in=value)
        return rows.filter(Q(pk__in=_untied().values("pk")) | Q(pk__in=tied.values("pk")))

    def in_states(self, rows, name, value):
        condition = Q()
        for status in value or ():
            condition |= _with_call(status)
        return rows.filter(condition)

    def of_country(self, rows, name, value):
        return rows.filter(pk__in=Project.objects.filter(countries__in=value).values("fund")) if value else rows

    def of_region(self, rows, name, value):
        projects = Project.objects.filter(countries__unicef_region__in=value or ())
        return rows.filter(pk__in=projects.values("fund")) if value else rows

    def running_from(self, rows, name, value):
        """None says when it ended."""
        return rows

    def running_to(self, rows, name, value):
        return rows.filter(since_year__lte=value) if value is not None else rows

    def count(self, rows, name):
        if name == "status":
            found = {status.value: rows.filter(_with_call(status)).count() for status in CallStatus}
            return {status: count for status, count in found.items() if count}
        if name == "area":
            untied = _untied().filter(pk__in=rows.values("pk")).count()
            tied = super().count(rows, "area")
            counts = {slug: tied.get(slug, 0) + untied for slug in self.names.areas}
            return {slug: count for slug, count in counts.items() if count}
        return super().count(rows, name)

    def count_countries(self, rows):
        return self._count_places(rows, "country")

    def count_regions(self, rows):
        return self._count_places(rows, "country__unicef_region")

    def _count_places(self, rows, column):
        places = Project.countries.through.objects.filter(project__fund__in=rows.values("pk"))
        return told(places.values_list(column).annotate(Count("project__fund", distinct=True)))


def _untied():
    """Funds that are not tied to certain areas."""
    return Fund.objects.filter(challenge_areas=None)


def _with_call(status):
    today = timezone.localdate()
    if status == CallStatus.OPEN:
        return Q(pk__in=Call.objects.open_on(today).values("fund"))
    if status == CallStatus.UPCOMING:
        return Q(pk__in=Call.objects.filter(opens_on__gt=today).values("fund"))
    return ~Q(pk__in=Call.objects.not_over(today).values("fund"))


class ProjectFilter(ResourceFilter):
    """Narrows and orders projects."""

    fund = FundsFilter(label=_("Fund"), field_name="fund__slug")

    MODEL, WORDS, STATUSES = Project, search.PROJECT_WORDS, tuple(ProjectStatus)
    DEFAULT = "-start_year"
    ORDERINGS = {
        "relevance": _("Best match"),
        "-start_year": _("Latest start"),
        "title": _("Title, A to Z"),
    }
    ORDERS = {"-start_year": [F("start_year").desc(nulls_last=True), "-pk"], "title": ["title", "pk"]}

    def of_country(self, rows, name, value):
        return rows.filter(pk__in=Project.objects.filter(countries__in=value).values("pk")) if value else rows

    def of_region(self, rows, name, value):
        found = Project.objects.filter(countries__unicef_region__in=value or ())
        return rows.filter(pk__in=found.values("pk")) if value else rows

    def running_from(self, rows, name, value):
        """Running in that span: not over before it began."""
        return rows.exclude(end_year__lt=value) if value is not None else rows

    def running_to(self, rows, name, value):
        return rows.filter(start_year__lte=value) if value is not None else rows

    def count_countries(self, rows):
        return self._count_places(rows, "country")

    def count_regions(self, rows):
        return self._count_places(rows, "country__unicef_region")

    def _count_places(self, rows, column):
        places = Project.countries.through.objects.filter(project__in=rows.values("pk"))
        return told(places.values_list(column).annotate(Count("project", distinct=True)))
