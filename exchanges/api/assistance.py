"""The API door to one's own offers, needs and matches: each call is a move of the workflow, checked by the forms of the
pages. What anybody may read of them is at the public addresses (``viewsets.py``)."""

import datetime
import uuid
from contextlib import contextmanager

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as Broken
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.api.permissions import Needs
from accounts.api.private import PrivateViewSet, tagged
from accounts.enums import Scope
from countries.api.bodies import NothingBody, sent
from countries.api.parameters import LANG, PAGE, PAGE_SIZE, Parameter, read
from countries.api.reading import envelope, window
from countries.api.writing import check_unchanged
from exchanges import permissions
from exchanges.api import bodies
from exchanges.api.assistance_documentation import describe_matches, describe_own
from exchanges.api.own_rows import match_row, own_detail, own_row
from exchanges.assistance_forms import NeedForm, NewNeedForm, NewOfferForm, OfferForm, VolunteerForm
from exchanges.candidates import candidates
from exchanges.enums import NeedStatus, OfferStatus
from exchanges.models import Match, Need, Offer
from exchanges.reading import with_exchanges
from exchanges.workflow import matches as answering
from exchanges.workflow import needs, offers
from exchanges.workflow.moves import locked
from practices.completeness import Item
from practices.names import names
from practices.refusals import Incomplete
from practices.serial import public_serial

_NAMES = {asked: name for name, asked in bodies.ASKED_AS.items()}


def _asked(values):
    """``values`` of a body under the names of the forms."""
    return {bodies.ASKED_AS.get(name, name): value for name, value in values.items()}


def _typed(form, values):
    """``values`` {field: value} as a page would send them to ``form``, a class."""
    fields = form.base_fields
    return {name: fields[name].prepare_value(value) if name in fields else value for name, value in values.items()}


def _refuse(form):
    """Raise ValidationError with what ``form`` has to say to its values, if anything."""
    if not form.is_valid():
        raise ValidationError({_NAMES.get(name, name): list(texts) for name, texts in form.errors.items()})


@contextmanager
def _named_refusals():
    """What the database refuses inside ``with`` is a ValidationError of the API, with the names of the API."""
    try:
        yield
    except Broken as refusal:
        texts = refusal.message_dict if hasattr(refusal, "error_dict") else {"": refusal.messages}
        raise ValidationError({_NAMES.get(name, name): found for name, found in texts.items()}) from None


class OwnViewSet(PrivateViewSet):
    """What the countries of the caller offer or need, in every state. Subclasses say ``model``, ``workflow``, ``form``,
    ``new_form``, ``body``, ``new_body``, ``statuses`` and ``page``, the name of the route of their working page."""

    permission_classes = [Needs(Scope.ASSISTANCE)]
    lookup_field = "code"
    lookup_value_regex = "[^/]+"
    default_page_size = 20

    @classmethod
    def get_list_parameters(cls):
        status = Parameter("status", "Where it stands; several mean *or*.", cls.statuses, many=True, example="draft")
        return [status, PAGE, PAGE_SIZE, LANG]

    def list(self, request):
        chosen = read(request.query_params, self.get_list_parameters())
        rows = self.model.objects.of_country(request.user)
        if chosen["status"]:
            rows = rows.filter(status__in=chosen["status"])
        count = rows.count()
        page, last, shown = window(chosen, count, default_size=self.default_page_size, is_whole=False)
        rows = rows.for_rows().order_by("-updated_at", "-pk")[shown]
        found = [own_row(row, self.workflow.moves(row, request.user), self._address(row)) for row in rows]
        return Response(envelope(request, found, count=count, page=page, last=last))

    def _address(self, row):
        return self.request.build_absolute_uri(reverse(self.page, args=[row.code]))

    def _find(self, code):
        read(self.request.query_params, [LANG])
        return get_object_or_404(self.model.objects.visible_to(self.request.user), code=code)

    def retrieve(self, request, code):
        return self._answer(self._find(code))

    def _answer(self, row, **answer):
        user = self.request.user
        row = self.in_full().get(pk=row.pk)
        is_own = permissions.may_write_for(user, row.country_id)
        events = row.events.select_related("actor").order_by("-at", "-pk") if is_own else None
        shape = own_detail(row, self.workflow.moves(row, user), events, self._address(row))
        return tagged(row, shape, **answer)

    def in_full(self):
        return self.model.objects.for_rows()

    # Writing

    @transaction.atomic
    def create(self, request):
        read(request.query_params, [LANG])
        user = request.user
        if not user.is_officer:
            raise PermissionDenied(_("Only the officers of a country write what it offers and needs."))
        values = sent(self.new_body, request)
        form = self.new_form(_typed(self.form, _asked(values)) | {"form_key": str(uuid.uuid4())}, user=user)
        _refuse(form)
        country = form.cleaned_data["country"]
        with _named_refusals():
            key, clean = form.cleaned_data["form_key"], form.values_for(country)
            row = self.workflow.start(user, country, form_key=key, values=clean)
        address = request.build_absolute_uri(reverse(f"api:{self.basename}-detail", args=[row.code]))
        return self._answer(row, status=201, headers={"Location": address})

    @transaction.atomic
    def partial_update(self, request, code):
        row = self._find(code)
        if not permissions.may_edit(request.user, row):
            raise PermissionDenied(_("Only people of the country can change what it offers and needs."))
        values = sent(self.body, request)
        row = locked(row)
        check_unchanged(request, row, lambda: self._differences(row))
        stored = self.form.initial_of(row)
        form = self.form(_typed(self.form, stored | _asked(values)), initial=stored)
        _refuse(form)
        with _named_refusals():
            clean = form.values_for(row.country)
            row = self.workflow.edit(row, by=request.user, revision=row.revision, values=clean)
        return self._answer(row)

    def _differences(self, row):
        """Where what was sent differs from what is stored: [{field, yours, stored}]."""
        stored = own_detail(self.in_full().get(pk=row.pk), (), None, "")
        stored |= {name: value.isoformat() for name, value in stored.items() if isinstance(value, datetime.date)}
        return [
            {"field": name, "yours": yours, "stored": stored[name]}
            for name, yours in self.request.data.items()
            if yours != stored[name]
        ]

    # Moves

    def _done(self, code, move, body=NothingBody):
        row = self._find(code)
        values = sent(body, self.request)
        move(row, by=self.request.user, **values)
        return self._answer(row)

    @action(detail=True, methods=["post"])
    def send(self, request, code):
        row = self._find(code)
        sent(NothingBody, request)
        try:
            self.workflow.send(row, by=request.user)
        except Broken as refusal:
            items = [Item(name, "", text) for name, texts in refusal.message_dict.items() for text in texts]
            raise Incomplete(_("Something is still missing."), items, status=row.status) from None
        return self._answer(row)

    @action(detail=True, methods=["post"])
    def endorse(self, request, code):
        return self._done(code, self.workflow.endorse)

    @action(detail=True, methods=["post"], url_path="send-back", url_name="send-back")
    def send_back(self, request, code):
        return self._done(code, self.workflow.send_back, bodies.NoteBody)

    @action(detail=True, methods=["post"])
    def close(self, request, code):
        return self._done(code, self.workflow.close, bodies.NoteBody)


class OwnOfferViewSet(OwnViewSet):
    """What the countries of the caller offer."""

    model, workflow, form, new_form = Offer, offers, OfferForm, NewOfferForm
    body, new_body = bodies.OfferBody, bodies.NewOfferBody
    statuses, page = tuple(OfferStatus.values), "assistance:offer"

    @action(detail=True, methods=["post"])
    def pause(self, request, code):
        return self._done(code, offers.pause)

    @action(detail=True, methods=["post"])
    def resume(self, request, code):
        return self._done(code, offers.resume)


class OwnNeedViewSet(OwnViewSet):
    """What the countries of the caller need; and what they can say to the needs of others."""

    model, workflow, form, new_form = Need, needs, NeedForm, NewNeedForm
    body, new_body = bodies.NeedBody, bodies.NewNeedBody
    statuses, page = tuple(NeedStatus.values), "assistance:need"

    def in_full(self):
        return with_exchanges(super().in_full())

    @action(detail=True, methods=["post"])
    def withdraw(self, request, code):
        return self._done(code, needs.withdraw, bodies.NoteBody)

    @action(detail=True, methods=["post"])
    def join(self, request, code):
        return self._for_country(code, needs.join)

    @action(detail=True, methods=["post"])
    def leave(self, request, code):
        return self._for_country(code, needs.leave)

    def _for_country(self, code, move):
        need = self._find(code)
        _as_officer(self.request)
        values = sent(bodies.CountryBody, self.request)
        country = self.request.user.countries().filter(pk=values["country"]).first()
        if country is None:
            raise ValidationError({"country": [_("Choose a country for which you write.")]})
        move(need, by=self.request.user, country=country)
        return self._answer(need)

    @action(detail=True, methods=["post"])
    def volunteer(self, request, code):
        need = self._find(code)
        _as_officer(request)
        values = sent(bodies.VolunteerBody, request)
        if values.get("offer"):
            offer = Offer.objects.filter(code=values["offer"]).first()
            values["offer"] = offer.pk if offer else 0  # the form says that it is not one of the choices
        form = VolunteerForm(values, countries=list(request.user.countries()))
        _refuse(form)
        match = answering.volunteer(need, by=request.user, **form.cleaned_data)
        return Response(self._matches([match.pk])[0])

    @action(detail=True)
    def matches(self, request, code):
        found = candidates(self._find(code), request.user)
        rows = self._matches([match.pk for match in found])
        return Response({"count": len(rows), "results": rows})

    def _matches(self, keys):
        rows = Match.objects.for_cards().select_related("exchange").in_bulk(keys)
        known = names(public_serial())
        return [match_row(rows[key], answering.moves(rows[key], self.request.user), known) for key in keys]


class MatchViewSet(PrivateViewSet):
    """Who could answer which need, and what both sides say to it."""

    permission_classes = [Needs(Scope.ASSISTANCE)]
    lookup_value_regex = "[0-9]{1,9}"

    def retrieve(self, request, pk):
        return self._answer(self._find(pk))

    def _find(self, pk):
        read(self.request.query_params, [LANG])
        return get_object_or_404(Match.objects.visible_to(self.request.user).select_related("need"), pk=pk)

    def _answer(self, match):
        match = Match.objects.for_cards().select_related("exchange").get(pk=match.pk)
        return Response(match_row(match, answering.moves(match, self.request.user), names(public_serial())))

    @action(detail=True, methods=["post"])
    def accept(self, request, pk):
        return self._answered(pk, bodies.AcceptBody, accept=True)

    @action(detail=True, methods=["post"])
    def decline(self, request, pk):
        return self._answered(pk, bodies.DeclineBody, accept=False)

    def _answered(self, pk, body, *, accept):
        match = self._find(pk)
        values = sent(body, self.request)
        return self._answer(answering.answer(match, by=self.request.user, accept=accept, **values))


def _as_officer(request):
    if not request.user.is_officer:
        raise PermissionDenied(_("Only the officers of a country speak for it here."))


describe_own(OwnOfferViewSet, one="an offer", many="offers", example="OF-2026-1")
describe_own(OwnNeedViewSet, one="a need", many="needs", example="ND-2026-1")
describe_matches(MatchViewSet)
