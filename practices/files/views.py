"""The pages of files: adding and describing those of a draft, keeping consent, and the bytes themselves."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from practices import permissions, previews
from practices.enums import FileKind
from practices.files import consent as consents
from practices.files import drafts, intake
from practices.files.forms import ConsentForm, DocumentForm, PictureForm
from practices.files.reading import file_for, file_in
from practices.models import Submission, VersionFile
from practices.refusals import FileRefused, TransitionError

CONTENT_TYPES = {
    FileKind.IMAGE: "image/webp",
    FileKind.PDF: "application/pdf",
    FileKind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    FileKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# Whatever a file holds, a browser that opens it by itself runs, frames and fetches nothing.
ALONE = "default-src 'none'; base-uri 'none'; object-src 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
MOST_AT_ONCE = 20


# The bytes


@require_safe
def serve(request, key, rendition):
    """A file of a published version, for everybody; of a draft, for whoever may read that."""
    return bytes_of(file_for(request.user, key), rendition)


@require_safe
def serve_preview(request, token, key, rendition):
    """A file of a draft, for an outside reader who was given a secret address; nobody keeps a copy."""
    submission = previews.submission_for(token)
    if submission is None:
        raise Http404
    response = bytes_of(file_in(submission, key), rendition)
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response


def bytes_of(file, rendition):
    """The answer that holds a rendition of ``file``, for somebody who may read it; Http404 where there is none."""
    if file.stored_as(rendition) is None:
        raise Http404
    try:
        content = file.open(rendition)
    except FileNotFoundError:
        raise Http404 from None
    kind = CONTENT_TYPES[file.kind]
    if file.is_image:
        with content:  # small, and so kept with other answers that everybody gets
            response = HttpResponse(content.read(), content_type=kind)
        response["Content-Disposition"] = content_disposition_header(as_attachment=False, filename=file.name)
    else:
        response = FileResponse(content, as_attachment=True, filename=file.name, content_type=kind)
    response["Content-Security-Policy"] = ALONE
    return response


# A draft's


def _visible(request, pk):
    rows = Submission.objects.visible_to(request.user).select_related("version", "country", "lead")
    return get_object_or_404(rows, pk=pk)


def _row(found, pk):
    return get_object_or_404(drafts.rows(found), pk=pk)


def _refuse_others(request, found):
    """Where to send a reader who may not, or not now, change the files of ``found``; None for whoever may."""
    if not permissions.may_edit(request.user, found):
        if request.method == "POST":
            raise PermissionDenied(_("Only people of the country, and those it invited, write this case study."))
        return redirect(found)
    if not found.is_editable:
        if request.method == "POST":
            raise TransitionError(_("This case study cannot be changed now."), status=found.status)
        messages.info(request, _("This case study cannot be changed now. This page says where it stands."))
        return redirect(found)
    return None


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def files(request, pk):
    """The pictures and documents of a draft, and the form that takes more of them."""
    found = _visible(request, pk)
    elsewhere = _refuse_others(request, found)
    if elsewhere:
        return elsewhere
    if request.method != "POST":
        return _list(request, found)
    sent = request.FILES.getlist("files")
    if not sent:
        return _list(request, found, problems=[_("Choose a file first.")], status=422)
    if len(sent) > MOST_AT_ONCE:
        text = _("Send at most %(count)d files at once.") % {"count": MOST_AT_ONCE}
        return _list(request, found, problems=[text], status=422)
    return _take(request, found, sent)


def _take(request, found, sent):
    added, refusals = [], []
    for upload in sent:
        try:
            added.append(intake.receive(found, upload, by=request.user))
        except FileRefused as refusal:
            refusals.append(refusal)
    if added:
        text = ngettext("%(count)d file was added.", "%(count)d files were added.", len(added))
        messages.success(request, text % {"count": len(added)})
    if refusals:
        last = refusals[-1]
        problems = [refusal.sentence for refusal in refusals]
        return last.noted_on(_list(request, found, problems=problems, status=last.status))
    if len(added) == 1:  # say at once what it is
        return redirect("workspace:file", found.pk, added[0].pk)
    return redirect("workspace:files", found.pk)


def _list(request, found, *, problems=(), status=200):
    context = {
        "submission": found,
        "rows": drafts.rows(found),
        "problems": problems,
        "accepted": intake.ACCEPTED,
        "most": MOST_AT_ONCE,
    }
    return _private(render(request, "practices/workspace/files.html", context, status=status))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def describe(request, pk, row):
    """What readers are told about one file of a draft."""
    found = _visible(request, pk)
    elsewhere = _refuse_others(request, found)
    if elsewhere:
        return elsewhere
    row = _row(found, row)
    make = PictureForm if row.file.is_image else DocumentForm
    if request.method != "POST":
        return _describe(request, found, row, make(initial=drafts.said(row)))
    form = make(request.POST)
    if not form.is_valid():
        return _describe(request, found, row, form, seen=request.POST.get("seen", ""), status=422)
    try:
        drafts.describe(found, row, form.cleaned_data, by=request.user, seen=request.POST.get("seen", ""))
    except VersionFile.DoesNotExist:
        raise Http404 from None
    except drafts.StaleFile as stale:
        differences = _differences(form, drafts.said(stale.row))
        return _describe(request, found, stale.row, form, differences=differences, status=409)
    messages.success(request, _("Kept."))
    return redirect("workspace:files", found.pk)


def _describe(request, found, row, form, *, seen=None, differences=(), status=200):
    context = {
        "submission": found,
        "row": row,
        "form": form,
        "seen": drafts.digest(drafts.said(row)) if seen is None else seen,
        "differences": differences,
    }
    return _private(render(request, "practices/workspace/file.html", context, status=status))


def _differences(form, stored):
    """Where the writer's words and those that are kept differ: [{label, mine, theirs}], as texts."""
    found = []
    for name, mine in form.cleaned_data.items():
        if mine != stored[name]:
            labels = dict(getattr(form.fields[name], "choices", ()))
            words = [str(labels.get(value, "" if value is None else value)) for value in (mine, stored[name])]
            found.append({"label": form.fields[name].label, "mine": words[0], "theirs": words[1]})
    return found


def _earlier(request, found, row):
    drafts.move(found, row, by=request.user, step=-1)


def _later(request, found, row):
    drafts.move(found, row, by=request.user, step=1)


def _remove(request, found, row):
    drafts.remove(found, row, by=request.user)
    messages.success(request, _("“%(name)s” was removed.") % {"name": row.file.name})


ACTIONS = {"earlier": _earlier, "later": _later, "remove": _remove}


@login_required
@require_POST
def act(request, pk, row, action):
    """Do ``action``, a key of ACTIONS, with one file of a draft."""
    found = _visible(request, pk)
    if action not in ACTIONS:
        raise Http404
    _refuse_others(request, found)
    try:
        ACTIONS[action](request, found, _row(found, row))
    except VersionFile.DoesNotExist:
        raise Http404 from None
    return redirect(reverse("workspace:files", args=[found.pk]) + "#list")


# Consent


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def consent(request, key):
    """Who agreed that a picture is shown: renewed, or withdrawn at once, wherever the picture is used."""
    rows = Submission.objects.visible_to(request.user).filter(version__file_rows__file__key=key)
    submissions = list(rows.select_related("version").prefetch_related("coauthors").order_by("pk"))
    own = [one for one in submissions if permissions.may_keep_consent(request.user, one)]
    if not submissions:
        raise Http404
    if not own:
        raise PermissionDenied(_("Only the people of its country keep the consent to show a picture."))
    row = get_object_or_404(
        VersionFile.objects.select_related("file"),
        version=own[-1].version_id,
        file__key=key,
        file__kind=FileKind.IMAGE,
        file__removed_at=None,
    )
    if request.method != "POST":
        stored = {name: getattr(row.file, name) for name in drafts.AGREED}
        return _consent(request, row, ConsentForm(initial=stored), submissions=own)
    if "withdraw" in request.POST:
        consents.withdraw(row.file)
        messages.success(request, _("The picture is hidden now, wherever it was shown."))
        return redirect("workspace:consent", key)
    form = ConsentForm(request.POST)
    if not form.is_valid():
        return _consent(request, row, form, submissions=own, status=422)
    consents.renew(row.file, kind=form.cleaned_data["consent_kind"], until=form.cleaned_data["consent_until"])
    messages.success(request, _("Kept. The picture is shown where its case study is."))
    return redirect("workspace:consent", key)


def _consent(request, row, form, *, submissions, status=200):
    context = {"row": row, "form": form, "submissions": submissions, "today": timezone.now().date()}
    return _private(render(request, "practices/workspace/consent.html", context, status=status))


def _private(response):
    response["Cache-Control"] = "private, no-store"
    return response
