"""The working page of a change of an agreement that was signed: proposed, compared with what holds, signed, dropped."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from exchanges import agreements, terms
from exchanges.assistance_views import number_of, text_of
from exchanges.enums import ExchangeStatus
from exchanges.exchange_forms import AmendmentForm, compared, stored_terms
from exchanges.exchange_views import frame, inside, reloaded, visible, voice, waits_for_own_voice
from exchanges.refusals import Stale
from exchanges.workflow import amendments
from exchanges.workflow import exchanges as workflow
from practices.refusals import TransitionError


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def amendment(request, code):
    """Read the change that waits for signatures, or propose one; on the revision of the text that was read."""
    exchange = visible(request, code)
    inside(request, exchange)
    if exchange.is_recorded:
        return redirect(exchange)
    if exchange.status == ExchangeStatus.PROPOSED:  # not signed yet: the text itself is written there
        return redirect("assistance:exchange-part", exchange.code, "agreement")
    if request.method != "POST":
        return _page(request, exchange)
    stored = _stored(exchange)
    form, revision = AmendmentForm(request.POST, stored=stored), request.POST.get("revision", "")
    if not form.is_valid():
        return _page(request, exchange, form=form, revision=revision, status=422)
    try:
        amendments.propose(
            exchange,
            by=request.user,
            revision=number_of(revision),
            values=form.values_for_workflow(),
            reason=form.cleaned_data["reason"],
        )
    except Stale:
        return _second(request, reloaded(request, exchange), form)
    except ValidationError as error:
        form.refuse(error)
        return _page(request, exchange, form=form, revision=revision, status=422)
    except TransitionError as refusal:
        form.add_error(None, str(refusal))
        return _page(request, reloaded(request, exchange), form=form, revision=revision, status=409)
    messages.success(request, _("Proposed. The other side has been told; it holds when all sides have signed it."))
    return _back(exchange)


def _second(request, exchange, form):
    """Somebody saved meanwhile: both texts are shown; the second press of one's own button is no such case."""
    differences = form.differences(_stored(exchange))
    if not differences:
        return _back(exchange)
    return _page(request, exchange, form=form, differences=differences, is_stale=True, status=409)


def _stored(exchange):
    """What a change begins with, in the shape of AmendmentForm: the one that is open, else what is agreed."""
    kept = amendments.open_of(exchange)
    values = terms.read(kept.terms) if kept else terms.agreed(exchange)
    return stored_terms(values) | {"reason": kept.reason if kept else ""}


def _back(exchange):
    return redirect("assistance:amendment", exchange.code)


def _page(request, exchange, *, form=None, revision=None, problems=(), wrong="", status=200, **flags):
    """``revision``: on which what was typed is based; ``wrong``: why dropping the change was refused."""
    context, kept = frame(request, exchange, "agreement"), amendments.open_of(exchange)
    may_amend = "amend" in context["moves"]
    if not (may_amend or form):
        return redirect("assistance:exchange-part", exchange.code, "agreement")
    context |= {
        "amendment": kept,
        "form": form or AmendmentForm(stored=_stored(exchange)),
        "revision": amendments.head_of(exchange) if revision is None else revision,
        "problems": problems or (form.problems if form else ()),
        "may_amend": may_amend,
        "wrong": wrong,
        **flags,
    }
    if kept:
        unsigned = workflow.unsigned(exchange, kept.revision)
        context |= {
            "changes": compared(terms.agreed(exchange), terms.read(kept.terms)),
            "signatures": agreements.signatures(exchange, kept.revision),
            "unsigned": unsigned,
            "mine_to_sign": workflow.unsigned_of(exchange, request.user, kept.revision),
            "waits_for_own_voice": waits_for_own_voice(request.user, exchange, unsigned),
            "may_drop": "cancel" in context["moves"],
        }
    return render(request, "exchanges/workspace/exchange_amendment.html", context, status=status)


# Doing


def _sign(request, exchange):
    party = get_object_or_404(exchange.parties, pk=number_of(request.POST.get("party")))
    try:
        amendments.sign(exchange, by=request.user, party=party, revision=number_of(request.POST.get("revision")))
    except Stale:
        text = _("The change was written anew while you were reading it. Read it again, then sign.")
        return _page(request, reloaded(request, exchange), problems=[("", text)], status=409)
    if amendments.open_of(exchange):
        messages.success(request, _("Signed. The other side has been told."))
        return _back(exchange)
    messages.success(request, _("Signed by all sides: the change holds from now on."))
    return redirect("assistance:exchange-part", exchange.code, "agreement")


def _drop(request, exchange):
    note = text_of(request, "note")
    if not note:
        return _page(request, exchange, wrong=_("Say why: the other side reads the reason."), status=422)
    amendments.drop(exchange, by=request.user, note=note)
    messages.success(request, _("Dropped. What was agreed stays as it is."))
    return redirect("assistance:exchange-part", exchange.code, "agreement")


ACTIONS = {"sign": _sign, "drop": _drop}


@login_required
@require_POST
def act(request, code, action):
    """Do ``action``, a key of ACTIONS, with the change that waits for signatures."""
    exchange = visible(request, code)
    voice(request, exchange)
    if action not in ACTIONS:
        raise Http404
    return ACTIONS[action](request, exchange)
