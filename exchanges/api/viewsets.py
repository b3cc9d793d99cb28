"""The API door to exchanges, offers and needs: what anybody may read of them."""

from functools import partial

from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.response import Response

from countries.api import exports
from countries.api.parameters import LANG, clean, expand_parameter, fields_parameter, format_parameter, parts_of, read
from countries.api.reading import PAGING, ReadViewSet, envelope, no_such_page, only
from countries.api.renderers import CsvRenderer, JsonRenderer, XlsxRenderer
from exchanges.api.documentation import (
    HANGS_ON_EXCHANGES,
    ExchangeFacetsSerializer,
    ExchangeRowSerializer,
    ExchangeSerializer,
    ListedExchangeSerializer,
    ListedNeedSerializer,
    ListedOfferSerializer,
    NeedFacetsSerializer,
    NeedRowSerializer,
    NeedSerializer,
    OfferFacetsSerializer,
    OfferRowSerializer,
    OfferSerializer,
    describe_rows,
    fields_behind,
)
from exchanges.api.expansion import OF_EXCHANGES, OF_NEEDS, OF_OFFERS, expansions
from exchanges.api.parameters import list_parameters
from exchanges.api.serializers import exchange_detail, exchange_row, need_detail, need_row, offer_detail, offer_row
from exchanges.filters import ExchangeFilter, NeedFilter, OfferFilter
from exchanges.following import FollowedRows
from exchanges.listing import browse
from exchanges.models import Exchange, Need, Offer
from exchanges.reading import history, in_full, with_exchanges
from practices.api.following import follow, is_followed, unfit_for_following
from practices.listing import PageOutOfRangeError, UnknownParametersError, snapshot

READ_AT_ONCE = 1000


class RowsViewSet(ReadViewSet):
    """A list that ``filter_class`` narrows, and each of its members.

    Subclasses say how a row looks, ``get_row(row, address)``, how it looks in full, ``get_detail(row, address)``, and
    which rows there are in full, ``in_full()``, a queryset; ``page``: the name of the route of their pages.
    ``expansions``: {what ``expand`` may give: function, as in ``expansion``}. ``hanging``: what it may add to rows of
    the list besides; ``get_more(row, address)`` gives it of a row in full.
    """

    lookup_field = "code"
    lookup_value_regex = "[^/]+"
    renderer_classes = [JsonRenderer]
    list_renderers = [JsonRenderer, CsvRenderer, XlsxRenderer]
    expansions, hanging = {}, ()

    def list(self, request):
        kind = request.accepted_renderer.format
        is_table = kind in exports.TABLES
        is_whole = is_table and not any(request.query_params.get(name) for name in PAGING)
        to_follow = is_followed(request.query_params)
        address_of = self._addresses()
        with snapshot():
            listing, chosen = self._listing(request, with_rows=not is_whole and not to_follow)
            shown = partial(self._shown, chosen=chosen, address_of=address_of)
            if to_follow:
                return follow(request, FollowedRows(listing, lambda rows: rows.for_rows()), chosen, shown)
            found = [] if is_table else shown(listing.cards)
        if is_table:
            rows = self._every_row(listing) if is_whole else listing.cards
            members = [name for name in self.members if not chosen["fields"] or name in chosen["fields"]]
            columns = {name: (lambda row, name=name: row[name]) for name in members}
            table = exports.table(kind, (self.get_row(row, address_of(self.key_of(row))) for row in rows), columns)
            return exports.stream(request, table, name=self.file_name)
        extra = {"facets": _facets(listing)} if listing.facet_counts is not None else {}
        return Response(
            envelope(request, found, count=listing.count, page=listing.page, last=listing.pages_count, **extra)
        )

    def _shown(self, rows, chosen, address_of):
        """``rows`` as dicts, with what is expanded."""
        hanging = [name for name in chosen["expand"] if name in self.hanging]
        in_full = self.in_full().in_bulk([row.pk for row in rows]) if hanging else {}
        found = []
        for row, more in zip(rows, expansions(rows, chosen["expand"], self.expansions, self.request), strict=True):
            address = address_of(self.key_of(row))
            if hanging:
                said = self.get_more(in_full[row.pk], address)
                more |= {name: said[name] for name in hanging}
            found.append(only(self.get_row(row, address), chosen["fields"], more))
        return found

    def _listing(self, request, *, with_rows):
        """The Listing for the query and the clean values of the API's own parameters; everything wrong in one error."""
        query = request.query_params
        chosen, errors = clean(query, self.list_parameters)
        errors |= unfit_for_following(query, chosen, request.accepted_renderer.format)
        try:
            listing = browse(
                self.filter_class,
                query,
                strict=True,
                extra=[parameter.name for parameter in self.list_parameters],
                with_facets=chosen.get("facets") == "1" and request.accepted_renderer.format == "json",
                with_rows=with_rows,
                load=lambda rows: rows.for_rows(),
            )
        except UnknownParametersError as error:
            raise ValidationError(errors | error.errors) from None
        except PageOutOfRangeError as error:
            if errors:
                raise ValidationError(errors) from None
            raise no_such_page(int(query["page"]), error.last) from None
        if errors:
            raise ValidationError(errors)
        return listing, chosen

    def _every_row(self, listing):
        """Yield the rows of the whole ``listing``, read in parts from one view of the database."""
        with snapshot():
            rows = listing.filter.ordered(listing.filter.rows()).for_rows()
            yield from rows.iterator(chunk_size=READ_AT_ONCE)

    def _addresses(self):
        """A function of a code: the absolute address of the page, without asking the URL resolver for each."""
        start = self.request.build_absolute_uri(reverse(self.page, args=["0"])).removesuffix("0/")
        return lambda code: f"{start}{code}/"

    def key_of(self, row):
        """What names ``row`` in addresses."""
        return getattr(row, self.lookup_field)

    def find(self, rows, key):
        """The one of ``rows`` that ``key`` names. Raises NotFound."""
        row = rows.filter(**{self.lookup_field: key}).first()
        if row is None:
            raise NotFound(
                _("There is nothing with the code “%(code)s” here. The list at %(address)s has all of them.")
                % {"code": key[:80], "address": reverse(f"api:{self.basename}-list")}
            )
        return row

    def retrieve(self, request, **kwargs):
        chosen = read(request.query_params, self.parameters)
        row = self.find(self.in_full(), kwargs[self.lookup_field])
        (more,) = expansions([row], chosen["expand"], self.expansions, request)
        return Response(only(self.get_detail(row, self._addresses()(self.key_of(row))), chosen["fields"], more))


def _facets(listing):
    return {
        facet.name: [{"value": one.value, "label": one.label, "count": one.count} for one in facet.options]
        for facet in listing.facets
    }


def _described(viewset, row, listed, detail):
    """Give ``viewset`` the members and parameters that its serializers and filter class have."""
    viewset.members = tuple(row().fields)
    expandable = (*viewset.hanging, *viewset.expansions)
    parts = parts_of({**listed().fields, **fields_behind(viewset.expansions)}, {*viewset.members, *expandable})
    formats = [renderer.format for renderer in viewset.list_renderers]
    viewset.filters, viewset.list_parameters = list_parameters(
        viewset.filter_class, viewset.members, parts, expandable, formats
    )
    members = [name for name, field in detail().fields.items() if field.required]
    viewset.parameters = [
        fields_parameter(members, parts_of({**detail().fields, **fields_behind(viewset.expansions)})),
        expand_parameter(tuple(viewset.expansions)),
        LANG,
        format_parameter([renderer.format for renderer in viewset.renderer_classes]),
    ]


class ExchangeViewSet(RowsViewSet):
    """Exchanges that were agreed here or are recorded from public sources."""

    filter_class, page, file_name = ExchangeFilter, "exchanges:detail", "exchanges"
    expansions, hanging = OF_EXCHANGES, tuple(HANGS_ON_EXCHANGES)
    get_row = staticmethod(exchange_row)

    def in_full(self):
        return in_full(Exchange.objects.live())

    def get_detail(self, row, address):
        return exchange_detail(row, address, history(row))

    def get_more(self, row, address):
        return exchange_detail(row, address, ())


class OfferViewSet(RowsViewSet):
    """What countries offer."""

    filter_class, page, file_name = OfferFilter, "exchanges:offer", "offers"
    expansions = OF_OFFERS
    get_row = staticmethod(offer_row)

    def in_full(self):
        return Offer.objects.published().for_rows()

    def get_detail(self, row, address):
        return offer_detail(row, address, history(row))


class NeedViewSet(RowsViewSet):
    """What countries ask for."""

    filter_class, page, file_name = NeedFilter, "exchanges:need", "needs"
    expansions = OF_NEEDS
    get_row = staticmethod(need_row)

    def in_full(self):
        return with_exchanges(Need.objects.published().for_rows())

    def get_detail(self, row, address):
        return need_detail(row, address, history(row))


_described(ExchangeViewSet, ExchangeRowSerializer, ListedExchangeSerializer, ExchangeSerializer)
_described(OfferViewSet, OfferRowSerializer, ListedOfferSerializer, OfferSerializer)
_described(NeedViewSet, NeedRowSerializer, ListedNeedSerializer, NeedSerializer)
describe_rows(
    ExchangeViewSet,
    one="an exchange",
    many="exchanges",
    tag="exchanges",
    page="/exchanges/",
    example="EX-2018-1",
    row=ListedExchangeSerializer,
    detail=ExchangeSerializer,
    facets=ExchangeFacetsSerializer,
    more="What was only proposed is not among them.",
)
describe_rows(
    OfferViewSet,
    one="an offer",
    many="offers",
    tag="offers",
    page="/exchanges/offers/",
    example="OF-2026-1",
    row=ListedOfferSerializer,
    detail=OfferSerializer,
    facets=OfferFacetsSerializer,
    more="Offers that are over stay readable by their code.",
)
describe_rows(
    NeedViewSet,
    one="a need",
    many="needs",
    tag="needs",
    page="/exchanges/needs/",
    example="ND-2026-1",
    row=ListedNeedSerializer,
    detail=NeedSerializer,
    facets=NeedFacetsSerializer,
    more="Needs that are over stay readable by their code.",
)
