"""The figures of the impact page, each from aggregates in SQL: a fixed number of statements however many rows."""

import datetime
from collections import Counter
from dataclasses import dataclass
from itertools import product

from django.db.models import Case, Count, DateField, F, Q, When
from django.db.models.functions import TruncQuarter

from countries.enums import UnicefRegion
from exchanges.enums import NeedStatus, PartyRole
from exchanges.impact_figures import STEPS, needs_by_step
from exchanges.models import Offer, Party
from practices.enums import REVIEW_PERIOD_YEARS
from practices.querysets import Unnest

OVERDUE = "overdue"


@dataclass(frozen=True)
class Matrix:
    """Practices by region and area. A practice of two areas counts in both, in the totals once.

    ``cells``: Counter of (region, area); ``by_region``, ``by_area``: Counters; ``by_area`` and ``total`` also hold what
    lies in no region.
    """

    regions: list
    areas: list
    cells: Counter
    by_region: Counter
    by_area: Counter
    total: int


def matrix(scope):
    """The Matrix of the practices of ``scope``, with all its regions and areas. One statement.

    Practices are counted by the whole sets of their regions and areas, of which there are few, and taken apart here.
    """
    sets = scope.practices().order_by().values_list("regions", "areas").annotate(Count("pk"))
    cells, by_region, by_area, total = Counter(), Counter(), Counter(), 0
    for regions, areas, count in sets:
        total += count
        for region in regions:
            by_region[region] += count
        for area in areas:
            by_area[area] += count
        for pair in product(regions, areas):
            cells[pair] += count
    return Matrix(
        regions=[code for code in UnicefRegion.values if not scope.region or code in scope.region],
        areas=[slug for slug in scope.names.areas if not scope.area or slug in scope.area],
        cells=cells,
        by_region=by_region,
        by_area=by_area,
        total=total,
    )


@dataclass(frozen=True)
class Demand:
    """What is asked and offered now. ``needs``: {(region, area): open needs}; ``offers``: {area: open offers}.

    A need belongs to the regions of all countries that ask for it; an offer may help any region.
    """

    needs: dict
    offers: dict


def demand(scope, regions):
    """The Demand of ``scope`` in ``regions`` (codes). Two statements."""
    asked = {
        code: Count(
            "pk",
            filter=Q(country__unicef_region=code) | Q(joined__country__unicef_region=code),
            distinct=True,
        )
        for code in regions
    }
    rows = scope.needs().filter(status=NeedStatus.OPEN).order_by().values(area=F("challenge_areas")).annotate(**asked)
    needs = {(code, row["area"]): row[code] for row in rows for code in regions}
    offers = Offer.objects.live().order_by().values_list("challenge_areas").annotate(Count("pk"))
    return Demand(needs, dict(offers))


def funnel(scope):
    """How many needs came how far: {step: needs} for STEPS. One statement."""
    counts = {"opened": Count("pk")} | {step: Count("pk", filter=Q(**{f"is_{step}": True})) for step in STEPS[1:]}
    return needs_by_step(scope.needs()).order_by().aggregate(**counts)


def needs_at(scope, step):
    """The needs of ``scope`` that came as far as ``step``, one of STEPS."""
    needs = needs_by_step(scope.needs())
    return needs if step == "opened" else needs.filter(**{f"is_{step}": True})


def countries(scope):
    """What each country has part in: {iso3: {"practices", "adoptions", "given", "received"}}. Three statements."""
    practices = scope.practices().order_by().annotate(iso3=Unnest("countries")).values_list("iso3")
    adoptions = scope.adoptions().order_by().values_list("country_id")
    parties = Party.objects.filter(exchange__in=scope.exchanges(), country__isnull=False).order_by()
    counted = {
        ("practices",): practices.annotate(Count("pk")),
        ("adoptions",): adoptions.annotate(Count("practice", distinct=True)),
        ("given", "received"): parties.values_list("country_id").annotate(
            given=Count("exchange", filter=Q(role=PartyRole.PROVIDER), distinct=True),
            received=Count("exchange", filter=Q(role=PartyRole.BENEFICIARY), distinct=True),
        ),
    }
    found = {}
    for kinds, rows in counted.items():
        for iso3, *counts in rows:
            none = dict.fromkeys(("practices", "adoptions", "given", "received"), 0)
            found.setdefault(iso3, none).update(zip(kinds, counts, strict=True))
    return found


def reviews_by_quarter(scope, today):
    """When reviews fall due: {OVERDUE or the first day of a quarter: practices}, the earliest first. One statement."""
    quarter = Case(
        When(practice__revalidated_on__lte=years_before(today), then=None),
        default=TruncQuarter("practice__revalidated_on"),
        output_field=DateField(),
    )
    rows = scope.practices().order_by().values_list(quarter).annotate(Count("pk"))
    found = dict(rows)
    overdue = {OVERDUE: found.pop(None)} if None in found else {}
    return overdue | {start.replace(year=start.year + REVIEW_PERIOD_YEARS): found[start] for start in sorted(found)}


def reviews(scope, today, *, overdue=None, year=None, quarter=None):
    """The practices of ``scope`` whose review is due: now (``overdue`` true) or later (false), in ``year``, in
    ``quarter`` of it (1 to 4); None stands for any. The same days as in ``reviews_by_quarter``.
    """
    rows = scope.practices()
    if overdue is not None:
        limit = Q(practice__revalidated_on__lte=years_before(today))
        rows = rows.filter(limit if overdue else ~limit)
    if year is not None:
        rows = rows.filter(practice__revalidated_on__year=year - REVIEW_PERIOD_YEARS)
    if quarter is not None:
        rows = rows.filter(practice__revalidated_on__quarter=quarter)
    return rows


def years_before(day):
    """The day on which a practice was last found valid whose review is due on ``day``."""
    try:
        return day.replace(year=day.year - REVIEW_PERIOD_YEARS)
    except ValueError:  # 29 February
        return datetime.date(day.year - REVIEW_PERIOD_YEARS, 2, 28)
