"""The working pages of assistance: what waits, writing offers and needs, and what their country does with them."""

import uuid
from dataclasses import dataclass
from types import ModuleType

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.paging import Pages
from countries.enums import AREAS
from exchanges import permissions, waiting
from exchanges.assistance_forms import (
    NeedForm,
    NewNeedForm,
    NewOfferForm,
    OfferForm,
    VolunteerForm,
    from_practice,
)
from exchanges.models import Match, Need, Offer
from exchanges.refusals import Stale
from exchanges.workflow import matches as answering
from exchanges.workflow import needs, offers
from practices.markdown import clean
from practices.models import Practice
from practices.refusals import TransitionError


@dataclass(frozen=True)
class Kind:
    """Offers or needs: the table, the moves and the forms."""

    name: str
    model: type
    workflow: ModuleType
    form: type
    new_form: type


KINDS = {
    "offer": Kind("offer", Offer, offers, OfferForm, NewOfferForm),
    "need": Kind("need", Need, needs, NeedForm, NewNeedForm),
}


def text_of(request, name):
    return clean(request.POST.get(name, "")).strip()


@login_required
@require_safe
def home(request):
    """What waits for the reader, and what their countries offer, need and do with others, by where it stands."""
    user = request.user
    if not (user.is_officer or user.is_partner):
        raise PermissionDenied(_("The workspace is for country officers and partners."))
    labels, counts = waiting.kind_labels(user), waiting.counts_of(user)
    kind = request.GET.get("show", "")
    if kind not in labels:
        kind = next((name for name in labels if counts[name]), next(iter(labels)))
    states = waiting.states_of(user, kind)
    state = request.GET.get("status", "")
    if state not in {value for value, _label, _count in states}:
        state = ""
    rows = waiting.loaded(waiting.narrowed(waiting.rows_of(user, kind), kind, state), kind)
    page = Paginator(rows, waiting.PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "countries": user.countries(),
        "waiting": waiting.waiting_for(user),
        "lines": waiting.lines(page, user, kind),
        "listing": Pages(page, request.GET),
        "kind": kind,
        "kinds": [(name, label, counts[name]) for name, label in labels.items()],
        "state": state,
        "states": states,
        "all_count": counts[kind],
    }
    return render(request, "exchanges/workspace/home.html", context)


# Writing


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request, kind):
    """Begin an offer or need; ``?area=`` ticks areas, ``?practice=`` gives subject and language too."""
    kind, user = KINDS[kind], request.user
    if not user.is_officer:
        raise PermissionDenied(_("Only the officers of a country write what it offers and needs."))
    practice = _practice(request.GET["practice"]) if "practice" in request.GET else None
    initial = {
        "form_key": uuid.uuid4(),
        "challenge_areas": [slug for slug in request.GET.getlist("area") if slug in AREAS],
    }
    initial |= _about(practice, kind) if practice else {}
    form = kind.new_form(request.POST or None, user=user, initial=initial)
    if request.method != "POST":
        return _form_page(request, kind, form, practice=practice)
    if not form.is_valid():
        return _form_page(request, kind, form, practice=practice, status=422)
    country = form.cleaned_data["country"]
    try:
        with transaction.atomic():
            row = kind.workflow.start(
                user, country, form_key=form.cleaned_data["form_key"], values=form.values_for(country)
            )
            row = _sent(request, kind, row)
    except ValidationError as refusal:
        _take_over(form, refusal)
        return _form_page(request, kind, form, practice=practice, status=422)
    return _kept(request, row)


def _practice(slug):
    rows = Practice.objects.live().filter(merged_into=None).select_related("live", "country")
    return get_object_or_404(rows, slug=slug)


def _about(practice, kind):
    """What an offer or need about ``practice`` begins with."""
    if kind.name == "offer":
        return from_practice(practice) | {"practices": [practice]}
    summary = _("We would like to learn from “%(title)s” of %(country)s and adapt it to our country.")
    names = {"title": practice.live.title, "country": practice.country.name}
    return from_practice(practice) | {"practice": practice, "summary": summary % names}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request, kind, code):
    """Change an offer or need; a save that comes second is shown what was saved in between."""
    kind = KINDS[kind]
    row = _visible(request, kind, code)
    if not permissions.may_edit(request.user, row):
        raise PermissionDenied(_("Only people of the country can change what it offers and needs."))
    if request.method != "POST":
        if "edit" not in kind.workflow.moves(row, request.user):
            messages.info(request, _("It cannot be changed now. This page says where it stands."))
            return redirect(waiting.page_of(row))
        return _form_page(request, kind, kind.form(initial=kind.form.initial_of(row)), row=row)
    form = kind.form(request.POST, initial=kind.form.initial_of(row))
    if not form.is_valid():
        return _form_page(request, kind, form, row=row, status=422)
    revision = number_of(request.POST.get("revision"))
    try:
        with transaction.atomic():
            saved = kind.workflow.edit(row, by=request.user, revision=revision, values=form.values_for(row.country))
            saved = _sent(request, kind, saved)
    except ValidationError as refusal:
        _take_over(form, refusal)
        return _form_page(request, kind, form, row=row, status=422)
    except Stale as stale:
        differences = form.differences(stale.row)
        if not differences:  # the second press of a button
            return _kept(request, stale.row)
        return _form_page(request, kind, form, row=stale.row, differences=differences, status=409)
    except TransitionError:
        row.refresh_from_db()
        return _form_page(request, kind, form, row=row, is_closed=True, status=409)
    return _kept(request, saved)


def number_of(text):
    """The number that a form carries; -1, which nothing has, for anything else."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else -1


def _sent(request, kind, row):
    """``row``, sent on where the button says so and it can still be sent."""
    if "send" in request.POST and "send" in kind.workflow.moves(row, request.user):
        return kind.workflow.send(row, by=request.user)
    return row


def _take_over(form, refusal):
    """Show what the workflow refused beside the fields that it is about."""
    for name, texts in refusal.message_dict.items() if hasattr(refusal, "error_dict") else [("", refusal.messages)]:
        for text in texts:
            form.add_error(name if name in form.fields else None, text)


def _kept(request, row):
    messages.success(request, _("Saved. %(whereabouts)s") % {"whereabouts": waiting.whereabouts_of(row)})
    return redirect(waiting.page_of(row))


def _form_page(request, kind, form, *, row=None, practice=None, differences=(), is_closed=False, status=200):
    """The form. ``row``: what is changed, None for a new one; ``differences``: what somebody saved meanwhile."""
    is_refused = status == 422 or is_closed
    context = {
        "kind": kind.name,
        "form": form,
        "row": row,
        "practice": practice,
        # What was refused keeps the revision that it was written on; after a look at both texts the new one counts.
        "revision": number_of(request.POST.get("revision")) if is_refused and row else row and row.revision,
        "differences": differences,
        "is_closed": is_closed,
        "may_send": row is None or "send" in kind.workflow.moves(row, request.user),
    }
    return render(request, "exchanges/workspace/form.html", context, status=status)


# Where one stands


def _visible(request, kind, code):
    return get_object_or_404(kind.model.objects.visible_to(request.user).select_related("country", "lead"), code=code)


@login_required
@require_safe
def page(request, kind, code):
    """Where an offer or need stands, and what the reader can do with it."""
    return show(request, KINDS[kind], _visible(request, KINDS[kind], code))


def show(request, kind, row, *, wrong=None, typed=None, help_form=None, status=200):
    """The working page of ``row``. ``wrong``: {id of a field: sentence}; ``typed``: {name: text} that was refused.

    Who works for no country reads the public page instead.
    """
    user = request.user
    is_own = permissions.may_write_for(user, row.country_id)
    if not is_own and (kind.name == "offer" or not (user.is_officer or user.is_curator)):
        return redirect(row)
    context = {
        "kind": kind.name,
        "row": row,
        "is_own": is_own,
        "mark": waiting.marks_of(row),
        "whereabouts": waiting.whereabouts_of(row),
        "moves": kind.workflow.moves(row, user),
        "history": row.events.select_related("actor").order_by("-at", "-pk") if is_own else (),
        "wrong": wrong or {},
        "typed": typed or {},
    }
    if kind.name == "need":
        context |= _around_need(row, user, help_form)
    return render(request, "exchanges/workspace/row.html", context, status=status)


def _around_need(need, user, help_form):
    """What other countries can do about ``need``, and what those of ``user`` have said so far."""
    voices = waiting.voices_of(user)
    joined = list(need.joined.select_related("country"))
    said = list(
        Match.objects.filter(need=need, country__in=user.country_codes).select_related("country", "need__country")
    )
    taken = {need.country_id, *(row.country_id for row in joined)}
    is_open = need.status == "open"
    own = {country.pk: country for country in user.countries()}
    can_join = [own[code] for code in voices if code not in taken]
    helped = {match.country_id for match in said if match.country_answer == "accepted"}
    can_help = [country for country in can_join if country.pk not in helped]
    return {
        "joined": joined,
        "said": [(match, waiting.whereabouts_of_match(match)) for match in said],
        "can_join": [country for country in can_join if country.pk not in helped] if is_open else [],
        "can_leave": [row.country for row in joined if row.country_id in voices] if is_open else [],
        "help_form": (help_form or VolunteerForm(countries=can_help)) if can_help and is_open else None,
        "is_without_voice": bool(is_open and set(own) - taken - set(voices)),
        "may_broker": permissions.may_broker(user, need),
    }


# Doing


def _send(request, kind, row):
    try:
        row = kind.workflow.send(row, by=request.user)
    except ValidationError as refusal:
        return show(request, kind, row, wrong={"send": " ".join(refusal.messages)}, status=422)
    messages.success(request, waiting.whereabouts_of(row))
    return redirect(waiting.page_of(row))


def _plain(move_name, done):
    def do(request, kind, row):
        getattr(kind.workflow, move_name)(row, by=request.user)
        messages.success(request, done())
        return redirect(waiting.page_of(row))

    return do


def _with_reason(move_name, done, *, is_final):
    """A move that says why; ``is_final``: it cannot be taken back, so it is confirmed."""

    def do(request, kind, row):
        note, field = text_of(request, "note"), f"note-{move_name}"
        wrong = {}
        if not note:
            wrong[field] = _("Say why: the reader of this needs a reason.")
        elif is_final and request.POST.get("is_sure") != "1":
            wrong[f"sure-{move_name}"] = _("Tick the box to confirm: this cannot be undone.")
        if wrong:
            return show(request, kind, row, wrong=wrong, typed={move_name: note}, status=422)
        getattr(kind.workflow, move_name)(row, by=request.user, note=note)
        messages.success(request, done())
        return redirect(waiting.page_of(row))

    return do


def _own_country(request):
    """The country of the reader that a form names; 404 for any other."""
    _as_officer(request)
    return get_object_or_404(request.user.countries(), pk=request.POST.get("country", ""))


def _join(request, kind, need):
    country = _own_country(request)
    needs.join(need, by=request.user, country=country)
    messages.success(request, _("%(country)s has joined. One exchange may serve both.") % {"country": country.name})
    return redirect(waiting.page_of(need))


def _leave(request, kind, need):
    country = _own_country(request)
    needs.leave(need, by=request.user, country=country)
    messages.success(request, _("%(country)s no longer asks for this.") % {"country": country.name})
    return redirect(waiting.page_of(need))


def _as_officer(request):
    if not request.user.is_officer:
        raise PermissionDenied(_("Only the officers of a country speak for it here."))


def _volunteer(request, kind, need):
    _as_officer(request)
    own = request.user.countries()
    form = VolunteerForm(request.POST, countries=list(own))
    if not form.is_valid():
        return show(request, kind, need, help_form=form, status=422)
    values = form.cleaned_data
    answering.volunteer(need, by=request.user, country=values["country"], offer=values["offer"], note=values["note"])
    messages.success(
        request, _("Thank you. %(country)s has been told and answers you.") % {"country": need.country.name}
    )
    return redirect(waiting.page_of(need))


_OF_BOTH = {
    "send": _send,
    "endorse": _plain("endorse", lambda: _("Endorsed. It is open now.")),
    "send-back": _with_reason("send_back", lambda: _("Sent back to its authors."), is_final=False),
    "close": _with_reason("close", lambda: _("Closed."), is_final=True),
}
ACTIONS = {
    "offer": _OF_BOTH
    | {
        "pause": _plain("pause", lambda: _("Paused. Nobody is offered it until you open it again.")),
        "resume": _plain("resume", lambda: _("It is open again.")),
    },
    "need": _OF_BOTH
    | {
        "withdraw": _with_reason("withdraw", lambda: _("Withdrawn."), is_final=True),
        "join": _join,
        "leave": _leave,
        "volunteer": _volunteer,
    },
}


@login_required
@require_POST
def act(request, kind, code, action):
    """Do ``action``, a key of ACTIONS, with an offer or need that the reader may see."""
    row = _visible(request, KINDS[kind], code)
    if action not in ACTIONS[kind]:
        raise Http404
    return ACTIONS[kind][action](request, KINDS[kind], row)
