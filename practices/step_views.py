"""The pages on which a case study is written: one per step, each saved on its own, with or without script."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from practices import completeness, drafting, permissions, steps
from practices.files import drafts
from practices.forms import ROW_KINDS, STEP_FORMS
from practices.models import SdgTarget, Submission
from practices.refusals import Stale


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def step(request, pk, step):
    """One step of submission ``pk``: shown, or saved and sent on.

    With the header X-Autosave the answer is JSON: {revision, seen, saved_at, percent}, 409 {conflict: true} or
    422 {errors: [{field, label, message}]}.
    """
    rows = Submission.objects.visible_to(request.user).select_related("version", "country", "updated_by", "lead")
    submission = get_object_or_404(rows, pk=pk)
    if step not in steps.BY_SLUG:
        raise Http404(_("A case study has no such step."))
    is_autosave = request.headers.get("X-Autosave") == "1"
    if not permissions.may_edit(request.user, submission):
        if request.method == "POST":
            raise PermissionDenied(_("Only people of the country, and those it invited, write this case study."))
        return redirect(submission)
    if not submission.is_editable:
        if is_autosave:
            return JsonResponse({"conflict": True}, status=409)
        if request.method != "POST":
            messages.info(request, _("This case study cannot be changed now. This page says where it stands."))
            return redirect(submission)
    stored = drafting.stored(submission, step)
    if request.method != "POST":
        form = STEP_FORMS[step](submission=submission, stored=stored, blank_in=request.GET.get("add", ""))
        return _page(request, submission, step, form, stored)
    form = STEP_FORMS[step](request.POST, submission=submission, stored=stored)
    moved = form.act(request.POST.get("row", ""))
    if not submission.is_editable:  # it was handed in meanwhile: nothing is stored, and nothing typed is lost
        form.is_valid()
        return _page(request, submission, step, form, stored, sent=request.POST, status=409, is_closed=True)
    if not form.is_valid():
        if is_autosave:
            errors = [{"field": field, "label": str(label), "message": text} for field, label, text in form.problems]
            return JsonResponse({"errors": errors}, status=422)
        return _page(request, submission, step, form, stored, sent=request.POST, status=422)
    try:
        saved = drafting.save_step(
            submission,
            step,
            form.values,
            by=request.user,
            revision=_number(request.POST.get("revision")),
            seen=request.POST.get("seen", ""),
        )
    except Stale as stale:
        if is_autosave:
            return JsonResponse({"conflict": True}, status=409)
        return _page(request, stale.submission, step, form, drafting.stored(stale.submission, step), status=409)
    if is_autosave:
        at = date_format(timezone.localtime(saved.at), "DATETIME_FORMAT")
        return JsonResponse({"revision": saved.revision, "seen": saved.seen, "saved_at": at, "percent": saved.percent})
    return redirect(_next_address(request, submission, step, moved))


def _number(text):
    """The revision that a form carries; -1, which never was one, for anything else."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else -1


def _next_address(request, submission, step, moved):
    here = reverse("workspace:step", args=[submission.pk, step])
    if moved:
        name, number = moved
        adds = f"?add={name}" if request.POST["row"] == f"{name}:add" else ""
        return f"{here}{adds}#{name}-{max(number - 1, 0)}"
    if "continue" not in request.POST:
        return here
    following = steps.after(step)
    if following:
        return reverse("workspace:step", args=[submission.pk, following.slug])
    return reverse("workspace:check", args=[submission.pk])


def _page(request, submission, step, form, stored, *, sent=None, status=200, is_closed=False):
    """The page of a step.

    ``sent``: what was posted, when that was refused: its revision is kept with its text; ``is_closed``: refused
    because the case study cannot be changed now.
    """
    state = completeness.check(submission)
    here, previous = steps.BY_SLUG[step], steps.before(step)
    context = {
        "submission": submission,
        "step": here,
        "number": steps.SLUGS.index(step) + 1,
        "steps": [
            {
                "slug": one.slug,
                "label": one.label,
                "url": reverse("workspace:step", args=[submission.pk, one.slug]),
                "state": state.steps.get(one.slug, "empty"),
                "is_current": one.slug == step,
            }
            for one in steps.STEPS
        ],
        "previous_url": reverse("workspace:step", args=[submission.pk, previous.slug])
        if previous
        else submission.get_absolute_url(),
        "form": form,
        "completeness": state,
        "todo": [item for item in state.blocking if item.step == step],
        "guidance": f"practices/workspace/guidance/{step}.html",
        "revision": sent.get("revision", "") if sent else submission.revision,
        "seen": sent.get("seen", "") if sent else drafting.digest(stored),
        "is_closed": is_closed,
        "is_stale": status == 409,
        "differences": _differences(form, stored) if status == 409 and not is_closed else [],
    }
    if step == "closing":
        context["files"] = drafts.rows(submission)
    if step == "basics":
        context["targets"] = [target for target in SdgTarget.objects.all() if target.text]
    return render(request, "practices/workspace/step.html", context, status=status)


def _differences(form, stored):
    """Where the writer's text and the one that is kept differ: [{label, mine, theirs}], as texts."""
    return [
        {"label": _label(form, name), "mine": _words(form, name, mine), "theirs": _words(form, name, stored[name])}
        for name, mine in form.values.items()
        if mine != stored[name]
    ]


def _label(form, name):
    return ROW_KINDS[name].title if name in ROW_KINDS else form.fields[name].label


def _words(form, name, value):
    """``value`` of a field as text: rows one per line, keys by their labels."""
    if name in ROW_KINDS:
        fields = ROW_KINDS[name].form.base_fields
        lines = [[_text(fields[column], entry) for column, entry in row.items()] for row in value]
        return "\n".join(" · ".join(text for text in line if text) for line in lines)
    return _text(form.fields[name], value)


def _text(field, value):
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if hasattr(field, "choices"):
        labels = {}
        for key, label in field.choices:
            labels.update(label if isinstance(label, list | tuple) else {key: label})
        return ", ".join(str(labels.get(key, key)) for key in (value if isinstance(value, list) else [value]))
    return "" if value is None else str(field.prepare_value(value))
