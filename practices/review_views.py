"""The pages of curators: the queue, and one submission with its review and its decision."""

import copy

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import audit
from accounts.enums import AuditAction
from practices import duplicates, permissions, previews, reviewing, scoring, workflow
from practices import queue as waiting
from practices.enums import Check, Criterion, Gate, Language, ProposalStatus, Thread
from practices.field_names import fields_by_step
from practices.markdown import clean
from practices.models import AdoptionProposal, ChangeRequest, Submission
from practices.names import names
from practices.refusals import Incomplete, Settled, StaleReview
from practices.serial import public_serial

SCORES = ("1", "2", "3", "4", "5", "na")


def _one_of(request, name, known):
    """The value that the address gives ``name``, if it is one of ``known``; else nothing is narrowed."""
    value = request.GET.get(name, "")
    return value if value in known else ""


def _number(text, default=0):
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else default


@login_required
@require_safe
def queue(request):
    """What waits for curators, the longest waiting first."""
    user = request.user
    if not user.is_curator:
        raise PermissionDenied(_("The queue is for curators."))
    labels = waiting.tab_labels()
    tab = request.GET.get("tab", "unassigned")
    if tab not in labels:
        tab = "unassigned"
    asked = waiting.Asked(
        words=clean(request.GET.get("q", ""))[:100].replace("\n", " ").strip(),
        area=_one_of(request, "area", names(public_serial()).areas),
        language=_one_of(request, "language", Language.values),
        country=_one_of(request, "country", names(public_serial()).countries),
        check=_one_of(request, "check", ["none", "found", *Check.values]),
        is_overdue=request.GET.get("overdue") == "1",
        everywhere=request.GET.get("scope") == "all",
    )
    page = max(1, _number(request.GET.get("page"), 1))
    found = waiting.page_of(user, asked, tab=tab, page=page, query=request.GET)
    context = {
        "listing": found,
        "tab": tab,
        "tabs": [(name, label, found.counts[name], found.query_with(tab=name)) for name, label in labels.items()],
        "asked": asked,
        "areas": names(public_serial()).areas.values(),
        "countries": waiting.countries_of(user),
        "languages_written": Language.choices,
        "checks": [("found", _("Something found")), ("none", _("Nothing found")), *Check.choices],
        "waiting_count": found.counts["mine"] + found.counts["unassigned"],
        "figures": waiting.figures(),
        "figures_days": waiting.FIGURES_DAYS,
        "adoptions_count": AdoptionProposal.objects.filter(status=ProposalStatus.PROPOSED).count(),
    }
    return render(request, "practices/review/queue.html", context)


@login_required
@require_safe
def detail(request, pk):
    """One submission, for curators and, to read, administrators; nobody else learns that it exists."""
    return _page(request, get_object_or_404(reviewing.readable_to(request.user), pk=pk))


def _page(request, found, *, problems=(), typed=None, own=None, status=200):
    """The page of a submission. ``own``: the reader's review as typed, where that was not saved."""
    user = request.user
    if user.is_administrator:
        audit.record(AuditAction.DRAFT_READ, actor=user, subject=found)
    reading = reviewing.reading(found, user, own=own)
    context = {
        "submission": found,
        "edition": previews.edition(found, get_language()),
        "has_conflict": permissions.has_conflict(user, found),
        "moves": reading.moves,
        "changes": reviewing.changes_since_last_review(found),
        "requests": reading.requests,
        "fields": fields_by_step(),
        "names_holder": reading.names_holder,
        "internal": reading.internal,
        "shared": [(row, reading.called(row.author)) for row in reading.shared],
        "own": reading.own,
        "is_unsaved": own is not None,
        "is_settled": bool(reading.own and reading.own.is_settled),
        "gates": [(gate.value, gate.label, reading.own.gates.get(gate) if reading.own else None) for gate in Gate],
        "criteria": _criteria(reading.own),
        "scale": SCORES[:-1],
        "others": reading.others,
        "reviews_count": reading.reviews_count,
        "score": reading.score,
        "hindrances": reading.hindrances,
        "letter": (typed or {}).get("letter") or reading.letter,
        "suggestions": reading.suggestions,
        "history": [(row, reading.called(row.actor)) for row in reading.history],
        "similar": duplicates.similar(found, user) if Check.DUPLICATE in (found.checks or ()) else [],
        "problems": problems,
        "typed": typed or {},
    }
    response = render(request, "practices/review/detail.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def _criteria(own):
    return [
        {
            "name": one.value,
            "label": one.label,
            "weight": scoring.WEIGHTS[one],
            "is_answered": bool(own and one in own.scores),
            "value": str(own.scores[one]) if own and own.scores.get(one) else "",
            "comment": own.comments.get(one, "") if own else "",
        }
        for one in Criterion
    ]


# Doing


def _text(request, name):
    return clean(request.POST.get(name, "")).strip()


def _claim(request, found):
    if request.POST.get("no_conflict") != "1":
        return _page(request, found, problems=[_("Declare first that you have no conflict of interest.")], status=422)
    move = workflow.claim if found.status == "submitted" else workflow.join
    move(found, by=request.user, no_conflict=True)
    messages.success(request, _("You can review it now."))
    return redirect("review:detail", found.pk)


def _release(request, found):
    workflow.release(found, by=request.user)
    messages.success(request, _("It is back in the queue."))
    return redirect("review:queue")


def _reassign(request, found):
    chosen = _number(request.POST.get("to"))
    to = next((user for user, _reasons in reviewing.suggestions(found) if user.pk == chosen), None)
    if to is None:
        return _page(request, found, problems=[_("Choose one of the curators in the list.")], status=422)
    workflow.reassign(found, by=request.user, to=to)
    messages.success(request, _("Handed on."))
    return redirect("review:detail", found.pk)


def _request(request, found):
    text, field = _text(request, "text"), request.POST.get("field", "")
    if not text or field not in {key for _step, fields in fields_by_step() for key, _name in fields}:
        problems = [_("Say what should change, and choose the part of the form that it is about.")]
        typed = {"text": text, "field": field, "is_suggestion": request.POST.get("must_fix") != "1"}
        return _page(request, found, problems=problems, typed=typed, status=422)
    must_fix = request.POST.get("must_fix") == "1"
    workflow.add_request(found, by=request.user, field=field, text=text, must_fix=must_fix)
    return redirect("review:detail", found.pk)


def _close(request, found):
    asked = get_object_or_404(ChangeRequest, submission=found, pk=_number(request.POST.get("request")))
    workflow.close(asked, by=request.user)
    return redirect("review:detail", found.pk)


def _comment(request, found):
    text = _text(request, "text")
    thread = Thread.INTERNAL if request.POST.get("thread") == Thread.INTERNAL else Thread.SHARED
    if not text:
        return _page(request, found, problems=[_("Write something first.")], status=422)
    workflow.comment(found, by=request.user, thread=thread, text=text)
    return redirect("review:detail", found.pk)


def _save_review(request, found):
    """Keep the rubric as typed; what came later from the same reviewer elsewhere is not overwritten unseen.

    With the header X-Autosave the answer is JSON: {revision, seen, saved_at}, or 409 {conflict: true}.
    """
    is_autosave, rubric = request.headers.get("X-Autosave") == "1", _rubric(request)
    revision = _number(request.POST.get("revision"), -1)
    try:
        review = workflow.save_review(found, by=request.user, revision=revision, rubric=rubric)
    except Incomplete as refusal:
        return _page(request, found, problems=refusal.items, status=422)
    except Settled as refusal:
        if is_autosave:
            return JsonResponse({"conflict": True}, status=409)
        return _page(request, found, problems=[str(refusal)], status=409)
    except StaleReview as stale:
        if is_autosave:
            return JsonResponse({"conflict": True}, status=409)
        typed = workflow.filled(copy.copy(stale.review), rubric)
        problems = [
            _("Your review was saved elsewhere meanwhile. Below is what you entered here; saving again keeps it."),
            *_differing(typed, stale.review),
        ]
        return _page(request, found, problems=problems, own=typed, status=409)
    if is_autosave:
        at = date_format(timezone.localtime(timezone.now()), "DATETIME_FORMAT")
        return JsonResponse({"revision": review.revision, "seen": str(review.revision), "saved_at": at})
    if "file" not in request.POST:
        messages.success(request, _("Your review is saved; nobody else sees it yet."))
        return redirect("review:detail", found.pk)
    try:
        workflow.file_review(review, by=request.user)
    except Incomplete as refusal:
        return _page(request, found, problems=refusal.items, status=422)
    messages.success(request, _("Your review is filed. You see the others' now."))
    return redirect("review:detail", found.pk)


def _rubric(request):
    """What the rubric sent, as columns of a Review; answers that do not exist count as not given."""
    gates = {gate: request.POST.get(f"gate-{gate}") for gate in Gate.values}
    scores = {name: request.POST.get(f"score-{name}") for name in Criterion.values}
    return {
        "gates": {gate: value == "yes" for gate, value in gates.items() if value in {"yes", "no"}},
        "scores": {name: None if value == "na" else int(value) for name, value in scores.items() if value in SCORES},
        "comments": {name: _text(request, f"comment-{name}") for name in Criterion.values},
        "private_note": _text(request, "private_note"),
        "is_named": request.POST.get("is_named") == "1",
    }


def _differing(typed, saved):
    """Where two states of one review differ, a sentence each with what was saved elsewhere."""
    rows = [(gate.label, _said(typed.gates, gate), _said(saved.gates, gate)) for gate in Gate]
    rows += [(one.label, _said(typed.scores, one), _said(saved.scores, one)) for one in Criterion]
    rows += [(one.label, typed.comments.get(one, ""), saved.comments.get(one, "")) for one in Criterion]
    rows.append((_("Private note for curators"), typed.private_note, saved.private_note))
    shape = _("%(field)s: “%(value)s” was saved elsewhere.")
    return [shape % {"field": label, "value": theirs or "–"} for label, mine, theirs in rows if mine != theirs]


def _said(answers, name):
    """The answer to a gate or criterion in words; nothing where there is none."""
    if name not in answers:
        return ""
    value = answers[name]
    if value is None:
        return _("not applicable")
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return str(value)


def _decide(move, done, *, needs_letter):
    def decide(request, found):
        letter = _text(request, "letter")
        if needs_letter and not letter:
            problems = [_("Write the letter: the country reads why.")]
            return _page(request, found, problems=problems, status=422)
        try:
            move(found, by=request.user, letter=letter)
        except Incomplete as refusal:
            return _page(request, found, problems=refusal.items, typed={"letter": letter}, status=409)
        messages.success(request, done())
        return redirect("review:detail", found.pk)

    return decide


def _keep_letter(request, found):
    workflow.keep_letter(found, by=request.user, letter=_text(request, "letter"))
    messages.success(request, _("Your letter is kept. The country reads it with your decision, not before."))
    return redirect(reverse("review:detail", args=[found.pk]) + "#decision")


ACTIONS = {
    "keep-letter": _keep_letter,
    "claim": _claim,
    "release": _release,
    "reassign": _reassign,
    "request": _request,
    "close": _close,
    "comment": _comment,
    "save-review": _save_review,
    "request-changes": _decide(workflow.request_changes, lambda: _("Sent back to the country."), needs_letter=True),
    "publish": _decide(workflow.publish, lambda: _("Published. Everybody can read it now."), needs_letter=False),
    "decline": _decide(workflow.decline, lambda: _("Declined. The country has your letter."), needs_letter=True),
}


@login_required
@require_POST
def act(request, pk, action):
    """Do ``action``, a key of ACTIONS, with a submission that the reader may see as a curator."""
    if action not in ACTIONS or not Submission.objects.visible_to(request.user).filter(pk=pk).exists():
        raise Http404
    try:
        found = get_object_or_404(reviewing.readable_to(request.user), pk=pk)
    except Http404:  # the country reads its own case studies elsewhere, and judges none of them
        raise PermissionDenied(_("You may read this, but not do this with it.")) from None
    return ACTIONS[action](request, found)
