"""The tables of the impact page: one definition for page, API and CSV. Rows are plain dicts; each leads to its rows."""

from functools import cached_property

from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from countries.api.parameters import Parameter
from countries.enums import UnicefRegion
from countries.names import sort_key
from exchanges.enums import ExchangeStatus, NeedStatus
from exchanges.impact_figures import MEASURES, STEPS, count_exchanges
from exchanges.models import ImpactFigure
from practices.cards import Card
from practices.filters import EARLIEST_YEAR, LATEST_YEAR
from ssc_portal.impact import counting, flows

STREAMED_AT_ONCE = 500
MEASURE_LABELS = {
    "practices": gettext_lazy("Practices published"),
    "countries": gettext_lazy("Countries that take part"),
    "adoptions": gettext_lazy("Adoptions by a country"),
    "exchanges": gettext_lazy("Exchanges"),
    "exchanges_under_way": gettext_lazy("Exchanges under way"),
    "exchanges_completed": gettext_lazy("Exchanges closed with their lessons"),
    "exchanges_recorded": gettext_lazy("Exchanges recorded from public sources"),
    "needs_opened": gettext_lazy("Needs ever opened"),
    "needs_open": gettext_lazy("Needs open now"),
    "offers_open": gettext_lazy("Offers open now"),
}
STEP_LABELS = {
    "opened": gettext_lazy("Needs opened"),
    "matched": gettext_lazy("Matched with a country that helps"),
    "agreed": gettext_lazy("Exchange agreed"),
    "closed": gettext_lazy("Exchange closed with its lessons"),
    "followed_up": gettext_lazy("Followed up"),
    "led_on": gettext_lazy("Led to an adoption or a practice"),
}
# measure → the stage that the list of exchanges calls so
_STAGES = {
    "exchanges": None,
    "exchanges_under_way": "under_way",
    "exchanges_completed": "completed",
    "exchanges_recorded": ExchangeStatus.RECORDED,
}


class Table:
    """A table under a Scope. ``name``: in addresses; ``columns``: members of a row, in their order.

    ``parameters``: what it takes beside those of the scope; ``choice``: their clean values. Where ``is_narrowed`` is
    off, it holds the same rows whatever the scope. A subclass gives ``all_rows``, or, when it may be long, ``count``
    and ``rows``.
    """

    name = ""
    columns = ()
    parameters = ()
    is_narrowed = True

    def __init__(self, scope, choice=None):
        self.scope, self.names = scope, scope.names
        self.choice = {one.name: None for one in self.parameters} | (choice or {})

    @cached_property
    def all_rows(self):
        raise NotImplementedError

    @cached_property
    def count(self):
        return len(self.all_rows)

    def rows(self, start=0, stop=None):
        """Yield the rows from ``start`` to before ``stop``, as dicts."""
        yield from self.all_rows[start:stop]

    def country_name(self, iso3):
        return str(self.names.countries[iso3].name)


class LongTable(Table):
    """A table with one row for each row of ``queryset``, made by ``row``; a whole one is read in a stream."""

    @cached_property
    def queryset(self):
        raise NotImplementedError

    def row(self, found):
        raise NotImplementedError

    @cached_property
    def count(self):
        return self.queryset.count()

    def rows(self, start=0, stop=None):
        found = self.queryset[start:stop]
        for one in found if stop is not None else found.iterator(chunk_size=STREAMED_AT_ONCE):
            yield self.row(one)

    def card(self, document):
        return Card(document, self.names, self.scope.language)


class Figures(Table):
    """The key figures. ``practices_count``: known already where the matrix is there; else it is counted."""

    name = "figures"
    columns = ("measure", "label", "value", "url")

    @cached_property
    def practices_count(self):
        return self.scope.practices().count()

    @cached_property
    def all_rows(self):
        parts = counting.countries(self.scope)
        values = {
            "practices": self.practices_count,
            "countries": sum(self.scope.has_country(self.names.countries[iso3]) for iso3 in parts),
            # A country counts once per practice, so that their sum is the number of pairs.
            "adoptions": sum(counts["adoptions"] for counts in parts.values()),
            **count_exchanges(self.scope.exchanges()),
        }
        return [
            {"measure": measure, "label": str(label), "value": values[measure], "url": self._address(measure)}
            for measure, label in MEASURE_LABELS.items()
            if measure in values
        ]

    def _address(self, measure):
        if measure in _STAGES:
            return self.scope.narrowed_to(reverse("exchanges:list"), status=_STAGES[measure])
        is_own = measure in {"adoptions", "countries"}
        return self.scope.narrowed_to(reverse("impact-list", args=[measure]) if is_own else reverse("practices:list"))


class Flows(Table):
    """Who helped whom."""

    name = "flows"
    columns = ("provider", "provider_name", "beneficiary", "beneficiary_name", "exchanges_count", "areas", "url")

    @cached_property
    def pairs(self):
        return flows.pair_counts(self.scope)

    @cached_property
    def count(self):
        return len(self.pairs)

    def rows(self, start=0, stop=None):
        for flow in flows.with_areas(self.scope, self.pairs[start:stop]):
            yield self.row(flow)

    def row(self, flow):
        return {
            "provider": flow.provider,
            "provider_name": self.country_name(flow.provider),
            "beneficiary": flow.beneficiary,
            "beneficiary_name": self.country_name(flow.beneficiary),
            "exchanges_count": flow.count,
            "areas": [slug for slug, _count in flow.areas],
            "url": self.address(flow),
        }

    def address(self, flow):
        """The list of exactly the exchanges that the flow counts."""
        return self.scope.narrowed_to(reverse("exchanges:list"), provider=flow.provider, beneficiary=flow.beneficiary)


class Matrix(Table):
    """Practices, open needs and open offers by region and area, and where something is missing."""

    name = "matrix"
    columns = (
        "region",
        "region_name",
        "area",
        "area_name",
        "practices_count",
        "needs_count",
        "offers_count",
        "is_gap",
        "url",
        "needs_url",
        "offers_url",
    )

    @cached_property
    def practices(self):
        return counting.matrix(self.scope)

    @cached_property
    def all_rows(self):
        demand = counting.demand(self.scope, self.practices.regions)
        return [self._cell(region, area, demand) for region in self.practices.regions for area in self.practices.areas]

    def _cell(self, region, area, demand):
        practices_count = self.practices.cells[region, area]
        needs_count, offers_count = demand.needs.get((region, area), 0), demand.offers.get(area, 0)
        return {
            "region": region,
            "region_name": str(UnicefRegion(region).label),
            "area": area,
            "area_name": str(self.names.areas[area].name),
            "practices_count": practices_count,
            "needs_count": needs_count,
            "offers_count": offers_count,
            "is_gap": bool(needs_count) and not (practices_count and offers_count),
            "url": self.scope.narrowed_to(reverse("practices:list"), area=area, region=region),
            "needs_url": self.scope.narrowed_to(
                reverse("exchanges:needs"), area=area, region=region, status=NeedStatus.OPEN
            ),
            "offers_url": f"{reverse('exchanges:offers')}?area={area}",
        }


class Funnel(Table):
    """How many needs came how far."""

    name = "funnel"
    columns = ("step", "label", "needs_count", "percent_of_opened", "percent_of_previous", "url")

    @cached_property
    def all_rows(self):
        counts = counting.funnel(self.scope)
        previous = (None, *STEPS[:-1])
        return [
            {
                "step": step,
                "label": str(STEP_LABELS[step]),
                "needs_count": counts[step],
                "percent_of_opened": _percent(counts[step], counts["opened"]),
                "percent_of_previous": _percent(counts[step], counts.get(before)),
                "url": self.scope.narrowed_to(reverse("impact-list", args=["needs"]), step=step),
            }
            for before, step in zip(previous, STEPS, strict=True)
        ]


def _percent(part, whole):
    """A whole per cent; None where there is nothing to be a part of."""
    return round(100 * part / whole) if whole else None


class MostAdopted(LongTable):
    """Practices that countries took over, those of most countries first."""

    name = "most-adopted"
    columns = ("reference", "title", "country", "country_name", "adoptions_count", "url")

    @cached_property
    def queryset(self):
        rows = self.scope.practices().filter(adoptions_count__gt=0)
        return rows.order_by("-adoptions_count", "-published_at", "-practice_id").values_list("document", flat=True)

    def row(self, document):
        card = self.card(document)
        return {
            "reference": card.reference,
            "title": card.title,
            "country": card.country.iso3,
            "country_name": str(card.country.name),
            "adoptions_count": card.adoptions_count,
            "url": card.url,
        }


class ReviewDue(Table):
    """How many practices have to be looked at again now and in each quarter."""

    name = "review-due"
    columns = ("quarter", "label", "practices_count", "url")

    @cached_property
    def all_rows(self):
        today = timezone.now().date()
        return [self._row(start, count) for start, count in counting.reviews_by_quarter(self.scope, today).items()]

    def _row(self, start, count):
        if start == counting.OVERDUE:
            quarter, label, choice = start, _("Due now"), {"overdue": 1}
        else:
            number = (start.month + 2) // 3
            quarter = f"{start.year}-Q{number}"
            label = _("%(first)s to %(last)s") % {
                "first": date_format(start, "YEAR_MONTH_FORMAT"),
                "last": date_format(start.replace(month=start.month + 2), "YEAR_MONTH_FORMAT"),
            }
            choice = {"overdue": 0, "due_year": start.year, "due_quarter": number}
        address = self.scope.narrowed_to(reverse("impact-list", args=["reviews"]), **choice)
        return {"quarter": quarter, "label": label, "practices_count": count, "url": address}


class Months(Table):
    """The figures as they stood at the end of each month; they are not narrowed."""

    name = "months"
    columns = ("month", "measure", "label", "value")
    is_narrowed = False

    @cached_property
    def all_rows(self):
        order = {measure: place for place, measure in enumerate(MEASURES)}
        kept = ImpactFigure.objects.filter(measure__in=MEASURES)
        return [
            {
                "month": f"{row.month:%Y-%m}",
                "measure": row.measure,
                "label": str(MEASURE_LABELS[row.measure]),
                "value": int(row.value),
            }
            for row in sorted(kept, key=lambda row: (row.month, order[row.measure]))
        ]


class Countries(Table):
    """What each country has part in."""

    name = "countries"
    columns = ("country", "country_name", "practices_count", "adoptions_count", "given_count", "received_count", "url")

    @cached_property
    def _counts(self):
        found = counting.countries(self.scope)
        return {iso3: counts for iso3, counts in found.items() if self.scope.has_country(self.names.countries[iso3])}

    @cached_property
    def all_rows(self):
        rows = [
            {
                "country": iso3,
                "country_name": self.country_name(iso3),
                **{f"{kind}_count": count for kind, count in counts.items()},
                "url": self.names.countries[iso3].get_absolute_url(),
            }
            for iso3, counts in self._counts.items()
        ]
        return sorted(rows, key=lambda row: sort_key(row["country_name"]))

    @cached_property
    def count(self):
        return len(self._counts)


class Adoptions(LongTable):
    """Which country took over which practice; several accounts of the same stand as one, with its first year."""

    name = "adoptions"
    columns = ("country", "country_name", "reference", "title", "from_country", "from_country_name", "year", "url")

    @cached_property
    def queryset(self):
        pairs = self.scope.adoptions().order_by("practice_id", "country_id", "year", "pk")
        once = pairs.distinct("practice_id", "country_id").values("pk")
        rows = pairs.model.objects.filter(pk__in=once).select_related("practice__index")
        return rows.order_by(F("year").desc(nulls_last=True), "-practice__published_at", "country_id", "pk")

    def row(self, adoption):
        card = self.card(adoption.practice.index.document)
        return {
            "country": adoption.country_id,
            "country_name": self.country_name(adoption.country_id),
            "reference": card.reference,
            "title": card.title,
            "from_country": card.country.iso3,
            "from_country_name": str(card.country.name),
            "year": adoption.year,
            "url": card.url,
        }


class Needs(LongTable):
    """The needs that came as far as a step of the funnel."""

    name = "needs"
    columns = ("code", "title", "country", "country_name", "status", "status_label", "opened_on", "url")
    parameters = (
        Parameter(
            "step",
            "As far as this step. By default all that were opened.",
            STEPS,
            example="agreed",
        ),
    )

    @property
    def step(self):
        return self.choice["step"] or "opened"

    @cached_property
    def queryset(self):
        return counting.needs_at(self.scope, self.step).order_by("-opened_at", "-pk")

    def row(self, need):
        return {
            "code": need.code,
            "title": need.title,
            "country": need.country_id,
            "country_name": self.country_name(need.country_id),
            "status": need.status,
            "status_label": str(NeedStatus(need.status).label),
            "opened_on": need.opened_at.date(),
            "url": need.get_absolute_url(),
        }


class Reviews(LongTable):
    """The practices that have to be looked at again, and when."""

    name = "reviews"
    columns = ("reference", "title", "country", "country_name", "valid_since", "due_on", "url")
    parameters = (
        Parameter("overdue", "`1`: due now; `0`: due later. By default both.", ("0", "1"), example="1"),
        Parameter("due_year", "Due in this year.", (), EARLIEST_YEAR, LATEST_YEAR, example=2027),
        Parameter("due_quarter", "Due in this quarter of a year.", (), 1, 4, example=1),
    )

    @cached_property
    def queryset(self):
        overdue = self.choice["overdue"]
        rows = counting.reviews(
            self.scope,
            timezone.now().date(),
            overdue=None if overdue is None else overdue == "1",
            year=self.choice["due_year"],
            quarter=self.choice["due_quarter"],
        )
        return rows.select_related("practice").order_by("practice__revalidated_on", "practice_id")

    def row(self, found):
        card = self.card(found.document)
        return {
            "reference": card.reference,
            "title": card.title,
            "country": card.country.iso3,
            "country_name": str(card.country.name),
            "valid_since": found.practice.revalidated_on,
            "due_on": found.practice.review_due_on,
            "url": card.url,
        }


TABLES = {
    table.name: table
    for table in (
        Figures,
        Flows,
        Matrix,
        Funnel,
        MostAdopted,
        ReviewDue,
        Months,
        Countries,
        Adoptions,
        Needs,
        Reviews,
    )
}
