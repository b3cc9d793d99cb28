"""What lists of exchanges, offers and needs can be narrowed by: one filter class per list, for its page and the API."""

import django_filters
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.lookups import Unaccent
from django.core.exceptions import EmptyResultSet, ValidationError
from django.db import connection
from django.db.models import Count, F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from countries.enums import UnicefRegion
from countries.names import sort_key
from exchanges import search
from exchanges.enums import UNDER_WAY, ExchangeForm, ExchangeStatus, Modality, NeedStatus, OfferStatus, PartyRole
from exchanges.models import Exchange, Fund, Need, NeedCountry, Offer, Party
from exchanges.querysets import NeedQuerySet, OfferQuerySet
from practices.enums import Language
from practices.filters import EARLIEST_YEAR, LATEST_YEAR, KnownValuesFilter, QueryFilter
from practices.models import Practice
from practices.querysets import Unnest

S = ExchangeStatus
MOST_SLUGS = 20
_TITLE = Lower(Unaccent("title"))
_COUNT_PAIRS = "SELECT value, count(*) FROM ({}) AS pairs (value, exchange) GROUP BY value"


def _known(label, **kwargs):
    return KnownValuesFilter(label=label, **kwargs)


class SlugsField(forms.MultipleChoiceField):
    """Slugs of rows of a table that is too long to be listed; what there is not is named."""

    def rows(self):
        raise NotImplementedError

    def label_of(self, row):
        raise NotImplementedError

    def validate(self, value):
        """Accept slugs of rows that there are; they and their names become the known choices."""
        found = {row.slug: row for row in self.rows().filter(slug__in=value[:MOST_SLUGS])} if value else {}
        for slug in value:
            if slug not in found:
                raise ValidationError(
                    _("There is nothing here with the name “%(value)s”."),
                    code="unknown_value",
                    params={"value": slug[:80]},
                )
        self.choices = [(slug, self.label_of(row)) for slug, row in found.items()]


class PracticesField(SlugsField):
    def rows(self):
        return Practice.objects.live().select_related("live")

    def label_of(self, row):
        return row.live.title


class FundsField(SlugsField):
    def rows(self):
        return Fund.objects.live()

    def label_of(self, row):
        return row.name


class RelatedFilter(KnownValuesFilter):
    """Any of several known values in a column of a related table; each row once."""

    def filter(self, queryset, value):
        if not value:
            return queryset
        found = queryset.model.objects.filter(**{f"{self.field_name}__in": value})
        return queryset.filter(pk__in=found.values("pk"))


class PracticesFilter(RelatedFilter):
    field_class = PracticesField


class FundsFilter(RelatedFilter):
    field_class = FundsField


class RowsFilter(django_filters.FilterSet):
    """What all three lists share. Several values of one parameter mean *or*, different parameters mean *and*.

    Subclasses say ``MODEL``, ``WORDS`` (what is searched), ``SINCE`` (the column by which the newest come first),
    ``OPEN`` (the states that are listed unless others are asked for; None: all), ``STATUSES`` (those that the public
    knows), ``GROUPS`` ({word for several: (label, states)}), ``ORDERINGS`` ({value: label}) and ``ORDERS``.
    """

    q = QueryFilter(label=_("Words"), method="matching")
    area = RelatedFilter(label=_("Challenge area"), field_name="challenge_areas")
    topic = _known(_("Topic"), method="about")
    country = _known(_("Country"), method="of_country")
    region = _known(_("Region"), method="of_region", choices=UnicefRegion.choices)
    status = _known(_("Stage"), method="in_states")
    modality = KnownValuesFilter(
        label=_("Form of assistance"), field_name="modalities", lookup_expr="overlap", choices=Modality.choices
    )
    language = KnownValuesFilter(
        label=_("Working language"), field_name="languages", lookup_expr="overlap", choices=Language.choices
    )
    year_from = django_filters.NumberFilter(
        label=_("Running in or after"), method="running_from", min_value=EARLIEST_YEAR, max_value=LATEST_YEAR
    )
    year_to = django_filters.NumberFilter(
        label=_("Running in or before"), method="running_to", min_value=EARLIEST_YEAR, max_value=LATEST_YEAR
    )
    ordering = django_filters.ChoiceFilter(label=_("Sort by"), method="unchanged")

    FACETS = ("area", "region", "country", "modality", "language", "topic", "status")
    COLUMNS = {"status": "status"}
    OF_COUNTRIES = ("partner_country",)
    ARRAYS = {"modality": "modalities", "language": "languages"}

    def __init__(self, data, *, names, reader=None):
        """``data``: a QueryDict; ``names``: practices.names.Names; ``reader``: who asks, nobody by default."""
        super().__init__(data, queryset=self.MODEL.objects.all())
        self.names, self.reader = names, reader or AnonymousUser()
        choices = {
            "area": lambda: [(slug, area.name) for slug, area in names.areas.items()],
            "topic": lambda: [(slug, topic.name) for slug, topic in names.topics.items()],
            "status": self.status_choices,
            "ordering": lambda: list(self.ORDERINGS.items()),
        } | dict.fromkeys(
            ("country", *self.OF_COUNTRIES),
            lambda: [(code, country.name) for code, country in names.countries.items()],
        )
        # Functions, because names are made only where a value is given or all are shown.
        for name, known in choices.items():
            if name in self.form.fields:
                self.form.fields[name].choices = known

    @classmethod
    def status_choices(cls):
        """The states that the public knows, and the words for several of them at once."""
        return [(one.value, one.label) for one in cls.STATUSES] + [
            (word, label) for word, (label, _states) in cls.GROUPS.items()
        ]

    @property
    def words(self):
        return search.words_in(self.form.cleaned_data.get("q") or "")

    @property
    def chosen_ordering(self):
        """The order asked for; best match by default where there are words, else newest first."""
        chosen = self.form.cleaned_data.get("ordering") or ("relevance" if self.words else "-published_at")
        return "-published_at" if chosen == "relevance" and not self.words else chosen

    def rows(self, *, ignoring=None):
        """Rows under all parameters, or under all but the one named (a facet ignores its own selection)."""
        chosen = {name: value for name, value in self.form.cleaned_data.items() if name != ignoring}
        rows = self.readable(in_every_state=bool(chosen.get("status")) or ignoring == "status")
        for name, value in chosen.items():
            rows = self.filters[name].filter(rows, value)
        return rows

    def readable(self, *, in_every_state):
        """What the list holds for its reader: what is open, or everything that was open once."""
        rows = self.MODEL.objects.visible_to(self.reader).filter(**{f"{self.SINCE}__isnull": False})
        return rows if in_every_state or self.OPEN is None else rows.filter(status__in=self.OPEN)

    def ordered(self, rows):
        newest = [f"-{self.SINCE}", "-pk"]
        if self.chosen_ordering == "relevance":
            return rows.annotate(rank=search.rank_of_title(self.words)).order_by("-rank", *newest)
        orders = {"-published_at": newest, "title": [_TITLE, "pk"]} | self.ORDERS
        return rows.order_by(*orders[self.chosen_ordering])

    # What the parameters mean

    def matching(self, rows, name, value):
        """Every word begins a word of the text, or a word of the name of a country that takes part."""
        if value and not self.words:
            return rows.none()
        for word in self.words:
            found = self.MODEL.objects.annotate(words=self.WORDS).filter(words=search.beginning_with(word))
            condition = Q(pk__in=found.values("pk"))
            if countries := self._countries_called(word):
                condition |= Q(pk__in=self.of_country(self.MODEL.objects.all(), "country", countries).values("pk"))
            rows = rows.filter(condition)
        return rows

    def _countries_called(self, word):
        """ISO3 codes of countries one of whose names, in any language, has a word that begins with ``word``."""
        start = sort_key(word)
        return [
            code
            for code, country in self.names.countries.items()
            if any(
                part.startswith(start) for name in country.names.values() for part in search.words_in(sort_key(name))
            )
        ]

    def about(self, rows, name, value):
        """Of any of the topics; a topic that was merged stands for the one it became."""
        if not value:
            return rows
        current = {(self.names.topics[slug].merged_into or self.names.topics[slug]).slug for slug in value}
        return rows.filter(pk__in=self.MODEL.objects.filter(topics__in=current).values("pk"))

    def in_states(self, rows, name, value):
        states = {state for word in value for state in (self.GROUPS[word][1] if word in self.GROUPS else [word])}
        return rows.filter(status__in=states) if states else rows

    def of_country(self, rows, name, value):
        return rows.filter(country__in=value) if value else rows

    def of_region(self, rows, name, value):
        return rows.filter(country__unicef_region__in=value) if value else rows

    def running_from(self, rows, name, value):
        """Possible in that span: not over before it began."""
        return rows.exclude(ends_on__year__lt=value) if value is not None else rows

    def running_to(self, rows, name, value):
        return rows.exclude(starts_on__year__gt=value) if value is not None else rows

    def unchanged(self, rows, name, value):
        return rows

    # How many rows each value would leave

    def facet_counts(self):
        """{facet: {value as text: rows}}; each facet ignores its own selection and respects all others."""
        return {name: self.count(self.rows(ignoring=name), name) for name in self.FACETS}

    def count(self, rows, name):
        """Rows per value of one facet among ``rows``: {value as text: rows}; a row counts once per value it has."""
        if name in self.ARRAYS:
            values = rows.annotate(value=Unnest(self.ARRAYS[name])).values_list("value")
        elif name in {"area", "topic"}:
            values = self._of_subject(rows, "challenge_areas" if name == "area" else "topics")
        elif name == "country":
            return self.count_countries(rows)
        elif name == "region":
            return self.count_regions(rows)
        else:
            values = rows.values_list(self.COLUMNS[name])
        return told(values.annotate(Count("pk")))

    def _of_subject(self, rows, field):
        relation = getattr(self.MODEL, field)
        return relation.through.objects.filter(**{f"{self.MODEL._meta.model_name}__in": rows.values("pk")}).values_list(
            relation.field.m2m_reverse_field_name()
        )

    def count_countries(self, rows):
        return told(rows.values_list("country").annotate(Count("pk")))

    def count_regions(self, rows):
        return told(rows.values_list("country__unicef_region").annotate(Count("pk")))


def told(pairs):
    """``pairs`` of value and count as {value as text: count}, without those that have no value."""
    return {str(value): count for value, count in pairs.order_by() if value not in {"", None}}


class OfferFilter(RowsFilter):
    """Narrows and orders offers."""

    practice = PracticesFilter(label=_("Practice"), field_name="practices__slug")

    MODEL, WORDS, SINCE, OPEN = Offer, search.OFFER_WORDS, "opened_at", OfferQuerySet.LIVE
    OF_COUNTRIES = ()
    STATUSES = (OfferStatus.OPEN, OfferStatus.PAUSED, OfferStatus.CLOSED, OfferStatus.EXPIRED)
    GROUPS = {"ended": (_("Over"), (OfferStatus.CLOSED, OfferStatus.EXPIRED))}
    ORDERINGS = {
        "relevance": _("Best match"),
        "-published_at": _("Newest first"),
        "expires_on": _("Ending soonest"),
        "title": _("Title, A to Z"),
    }
    ORDERS = {"expires_on": [F("expires_on").asc(nulls_last=True), "-opened_at", "-pk"]}


class NeedFilter(RowsFilter):
    """Narrows and orders needs. A country is one that asks, alone or with others."""

    practice = PracticesFilter(label=_("Practice"), field_name="practice__slug")
    partner_country = RelatedFilter(label=_("Country that joined"), field_name="joined__country")

    MODEL, WORDS, SINCE, OPEN = Need, search.NEED_WORDS, "opened_at", NeedQuerySet.LIVE
    STATUSES = (NeedStatus.OPEN, NeedStatus.MATCHED, NeedStatus.CLOSED, NeedStatus.WITHDRAWN)
    GROUPS = {"ended": (_("Over"), (NeedStatus.CLOSED, NeedStatus.WITHDRAWN))}
    ORDERINGS, ORDERS = OfferFilter.ORDERINGS, OfferFilter.ORDERS

    def of_country(self, rows, name, value):
        if not value:
            return rows
        joined = NeedCountry.objects.filter(country__in=value).values("need")
        return rows.filter(Q(country__in=value) | Q(pk__in=joined))

    def of_region(self, rows, name, value):
        if not value:
            return rows
        joined = NeedCountry.objects.filter(country__unicef_region__in=value).values("need")
        return rows.filter(Q(country__unicef_region__in=value) | Q(pk__in=joined))

    def count_countries(self, rows):
        joined = NeedCountry.objects.filter(need__in=rows.values("pk"))
        return _added(super().count_countries(rows), told(joined.values_list("country").annotate(Count("pk"))))

    def count_regions(self, rows):
        elsewhere = NeedCountry.objects.filter(need__in=rows.values("pk")).exclude(
            country__unicef_region=F("need__country__unicef_region")
        )
        regions = elsewhere.values_list("country__unicef_region").annotate(Count("need", distinct=True))
        return _added(super().count_regions(rows), told(regions))


def _added(counts, more):
    return {value: counts.get(value, 0) + more.get(value, 0) for value in {**counts, **more}}


class ExchangeFilter(RowsFilter):
    """Narrows and orders exchanges. A country is any of the parties."""

    form = KnownValuesFilter(
        label=_("Kind of cooperation"), field_name="form", lookup_expr="in", choices=ExchangeForm.choices
    )
    provider = _known(_("Country that provides"), method="of_party")
    beneficiary = _known(_("Country that benefits"), method="of_party")
    facilitator = _known(_("Country that facilitates"), method="of_party")
    partner_country = _known(_("Also takes part"), method="of_party")
    practice = PracticesFilter(label=_("Practice"), field_name="practices__slug")
    fund = FundsFilter(label=_("Fund"), field_name="projects__fund__slug")

    MODEL, WORDS, SINCE, OPEN = Exchange, search.EXCHANGE_WORDS, "published_at", None
    OF_COUNTRIES = ("provider", "beneficiary", "facilitator", "partner_country")
    STATUSES = (*UNDER_WAY, S.CLOSED, S.FOLLOWED_UP, S.CANCELLED, S.RECORDED)
    GROUPS = {"under_way": (_("Under way"), UNDER_WAY), "completed": (_("Completed"), (S.CLOSED, S.FOLLOWED_UP))}
    ORDERINGS = {
        "relevance": _("Best match"),
        "-published_at": _("Newest first"),
        "-start_year": _("Latest start"),
        "title": _("Title, A to Z"),
    }
    ORDERS = {"-start_year": [F("start_year").desc(nulls_last=True), "-published_at", "-pk"]}
    FACETS = ("status", "area", "region", "country", "form", "modality", "language", "topic")
    COLUMNS = {"status": "status", "form": "form"}

    def of_country(self, rows, name, value):
        return _with_party(rows, country__in=value) if value else rows

    def of_region(self, rows, name, value):
        return _with_party(rows, country__unicef_region__in=value) if value else rows

    def of_party(self, rows, name, value):
        """In the role that the parameter names; of a partner country in any."""
        if not value:
            return rows
        role = {"role": name} if name in PartyRole else {}
        return _with_party(rows, country__in=value, **role)

    def running_from(self, rows, name, value):
        """Running in that span: not over before it began."""
        return rows.exclude(end_year__lt=value) if value is not None else rows

    def running_to(self, rows, name, value):
        return rows.filter(start_year__lte=value) if value is not None else rows

    def count_countries(self, rows):
        return _count_parties(rows, "country")

    def count_regions(self, rows):
        return _count_parties(rows, "country__unicef_region")


def _with_party(rows, **facts):
    return rows.filter(pk__in=Party.objects.filter(**facts).values("exchange"))


def _count_parties(rows, column):
    """{value of ``column`` of a party: exchanges among ``rows``}, an exchange once however many parties share it."""
    pairs = Party.objects.filter(exchange__in=rows.order_by().values("pk")).order_by()
    try:
        inner, values = pairs.values_list(column, "exchange").distinct().query.sql_with_params()
    except EmptyResultSet:
        return {}
    # Pairs that are made distinct first are hashed; count(DISTINCT …) would sort them all.
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_PAIRS.format(inner), values)
        return {value: count for value, count in cursor.fetchall() if value}
