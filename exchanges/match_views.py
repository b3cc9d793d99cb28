"""The pages of matches: who could answer a need and why, what both sides say, and what brokers propose."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.paging import Pages
from countries.models import Country
from exchanges import matching, permissions, waiting
from exchanges.assistance_forms import ProposalForm
from exchanges.assistance_views import number_of, text_of
from exchanges.candidates import by_weight, candidates, is_brokered_by
from exchanges.enums import TITLE_LIMIT, Answer, NeedStatus
from exchanges.models import Match, Need
from exchanges.workflow import exchanges
from exchanges.workflow import matches as answering
from practices.names import names
from practices.serial import public_serial

PAGE_SIZE = 25
# So many reasons stand on a card; the rest opens below it.
CHIPS_SHOWN = 3
PRACTICES_SHOWN = 4


def _need(request, code):
    rows = Need.objects.visible_to(request.user).select_related("country", "practice__live", "practice__country")
    return get_object_or_404(rows, code=code)


@login_required
@require_safe
def matches(request, code):
    """Who could answer a need: for the asking country all of them, for one that could help its own, for brokers all."""
    return _page(request, _need(request, code))


def _page(request, need, *, wrong=None, typed=None, propose_form=None, status=200):
    """The page. ``wrong``: {id of a field: sentence}; ``typed``: {name: text} that was refused."""
    user = request.user
    is_asking = permissions.may_write_for(user, need.country_id)
    may_broker = is_brokered_by(user, need)
    rows = candidates(need, user)
    known, is_open = names(public_serial()), need.status == NeedStatus.OPEN
    ready = [match for match in rows if match.is_accepted and not match.exchange_id]
    may_begin = is_open and ready and permissions.may_begin_exchange(user, need)
    context = {
        "need": need,
        "is_asking": is_asking,
        "whereabouts": waiting.whereabouts_of(need),
        "mark": waiting.marks_of(need),
        "cards": [_card(match, user, known) for match in rows],
        "ready": ready if may_begin else [],
        "form_key": uuid.uuid4(),
        "practices": _practices(need, known) if is_asking or may_broker else [],
        "is_open": is_open,
        "is_without_voice": is_asking and is_open and not permissions.may_speak_for(user, need.country_id),
        "propose_form": (propose_form or ProposalForm(need=need, user=user)) if may_broker and is_open else None,
        "wrong": wrong or {},
        "typed": typed or {},
    }
    return render(request, "exchanges/workspace/matches.html", context, status=status)


def _practices(need, known):
    """What the asking country can read meanwhile: [(practice, [reason in words])]."""
    found = matching.rank_practices(need, limit=PRACTICES_SHOWN)
    return [(one.practice, _chips(by_weight(one.reasons), known)[:1]) for one in found]


def _chips(reasons, known):
    return [matching.words(reason, known) for reason in reasons if reason["points"]][:CHIPS_SHOWN]


def _card(match, user, known):
    """``match`` as a card shows it: its reasons in words, the weightiest first, and the answers still open."""
    reasons = by_weight(match.reasons)
    moves = answering.moves(match, user)
    return {
        "match": match,
        "percent": round(100 * match.score),
        "chips": _chips(reasons, known),
        "reasons": [
            (matching.words(reason, known), round(100 * reason["points"] * reason["weight"])) for reason in reasons
        ],
        "whereabouts": waiting.whereabouts_of_match(match),
        "sides": [
            {
                "name": side,
                "may_accept": f"accept-{side}" in moves,
                "may_decline": f"decline-{side}" in moves,
                "field": f"reason-{side}-{match.pk}",
            }
            for side in answering.SIDES
            if moves & {f"accept-{side}", f"decline-{side}"}
        ],
    }


@login_required
@require_POST
def act_match(request, pk, action):
    """Accept or decline a match for one side, ``side`` of the form: need | country."""
    match = get_object_or_404(Match.objects.visible_to(request.user).select_related("need"), pk=pk)
    if action not in {"accept", "decline"}:
        raise Http404
    side, reason = request.POST.get("side", ""), text_of(request, "reason")
    if side not in answering.SIDES:
        raise Http404
    if action == "decline" and not reason:
        field = f"reason-{side}-{match.pk}"
        wrong = {field: _("Say why: the other side reads the reason, and the portal finds better ones.")}
        return _page(request, _need(request, match.need.code), wrong=wrong, status=422)
    match = answering.answer(match, by=request.user, side=side, accept=action == "accept", reason=reason)
    messages.success(request, waiting.whereabouts_of_match(match))
    return redirect(f"{reverse('assistance:matches', args=[match.need.code])}#match-{match.pk}")


@login_required
@require_safe
def match(request, pk):
    """The page on which a match stands."""
    found = get_object_or_404(Match.objects.visible_to(request.user).select_related("need"), pk=pk)
    return redirect(f"{reverse('assistance:matches', args=[found.need.code])}#match-{found.pk}")


def _begin(request, need):
    """Make one exchange of the accepted matches that are ticked; several of them are pooled."""
    if not permissions.may_begin_exchange(request.user, need):
        raise PermissionDenied(_("Whoever speaks for the country that asks begins the exchange."))
    chosen = [number_of(value) for value in request.POST.getlist("match")]
    found = list(Match.objects.visible_to(request.user).filter(need=need, pk__in=chosen).select_related("need"))
    title = " ".join(text_of(request, "title").split())
    wrong = {}
    if not found:
        wrong["begin"] = _("Tick at least one of the countries that both sides accepted.")
    if len(title) > TITLE_LIMIT:
        wrong["title"] = _("This has %(count)d characters; at most %(limit)d are accepted.") % {
            "count": len(title),
            "limit": TITLE_LIMIT,
        }
    if wrong:
        return _page(request, need, wrong=wrong, typed={"title": title}, status=422)
    exchange = exchanges.from_matches(found, by=request.user, form_key=_key(request), title=title)
    messages.success(request, _("The exchange has begun. Write the agreement together and sign it."))
    return redirect("assistance:exchange", exchange.code)


def _key(request):
    """The key of the form; a new one where it was spoilt, so that nothing is lost."""
    try:
        return uuid.UUID(request.POST.get("form_key", ""))
    except ValueError:
        return uuid.uuid4()


# Brokers


@login_required
@require_safe
def brokered(request):
    """Open needs that nobody has agreed to answer, the longest waiting first, for those who may find somebody."""
    user = request.user
    if not user.is_curator:
        raise PermissionDenied(_("Only curators look for a country that can help."))
    accepted = Match.objects.filter(
        need=OuterRef("pk"), need_answer=Answer.ACCEPTED, country_answer=Answer.ACCEPTED, exchange=None
    )
    declined = Q(matches__need_answer=Answer.DECLINED) | Q(matches__country_answer=Answer.DECLINED)
    rows = (
        Need.objects.open_to(user)
        .filter(~Exists(accepted), status=NeedStatus.OPEN)
        .for_cards()
        .annotate(found_count=Count("matches", distinct=True))
        .annotate(declined_count=Count("matches", filter=declined, distinct=True))
        .order_by("opened_at", "pk")
    )
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "needs": [(need, not permissions.may_write_for(user, need.country_id)) for need in page],
        "listing": Pages(page, request.GET),
        "all_count": page.paginator.count,
    }
    return render(request, "exchanges/workspace/brokered.html", context)


def _propose(request, need):
    """A broker proposes a country that could answer the need, and says why."""
    user = request.user
    if not permissions.may_broker(user, need):
        raise PermissionDenied(_("A curator can propose who could answer a need, except one of their own country."))
    form = ProposalForm(request.POST, need=need, user=user)
    if not form.is_valid():
        return _page(request, need, propose_form=form, status=422)
    country = Country.objects.get(pk=form.cleaned_data["country"])
    answering.propose(need, country, by=user, note=form.cleaned_data["note"])
    messages.success(request, _("Proposed. Both countries have been told."))
    return redirect("assistance:matches", need.code)


ACTIONS = {"begin": _begin, "propose": _propose}


@login_required
@require_POST
def act(request, code, action):
    """Do ``action``, a key of ACTIONS, with the matches of a need that the reader may see."""
    need = _need(request, code)
    if action not in ACTIONS:
        raise Http404
    return ACTIONS[action](request, need)
