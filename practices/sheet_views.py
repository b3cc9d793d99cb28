"""Case studies from a sheet: the template, the upload, what would become of each row, and the drafts."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from practices import permissions
from practices.refusals import NotHere, TransitionError
from practices.sheets import kept, making
from practices.sheets import template as template_sheet
from practices.sheets.checking import check as check_sheet
from practices.sheets.reading import ROWS_LIMIT, SIZE_LIMIT, Refused, read


class SheetForm(forms.Form):
    """A filled workbook. ``filled`` after ``is_valid()``: what it holds."""

    sheet = forms.FileField(
        label=gettext_lazy("Filled workbook"),
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        max_length=255,
        error_messages={
            "required": gettext_lazy("Choose the workbook that you filled in, a file that ends in .xlsx."),
            "empty": gettext_lazy("This file is empty. Choose the workbook that you filled in."),
            "max_length": gettext_lazy("The name of this file is too long. Give it a shorter one."),
        },
    )
    filled = None

    def clean_sheet(self):
        try:
            self.filled = read(self.cleaned_data["sheet"])
        except Refused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


def _require_officer(user):
    if not permissions.may_import(user):
        raise PermissionDenied(_("Only the officers of a country import its case studies."))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request):
    """How it is done, the template, and the form that takes a filled workbook; a readable one is led to its check."""
    _require_officer(request.user)
    form = SheetForm(request.POST, request.FILES) if request.method == "POST" else SheetForm()
    if request.method == "POST" and form.is_valid():
        return redirect("workspace:import-check", kept.keep(form.filled, request.user))
    context = {"form": form, "rows_limit": ROWS_LIMIT, "megabytes": SIZE_LIMIT // (1024 * 1024)}
    return render(request, "practices/workspace/import.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def template(request):
    """The empty workbook, in the language of the page."""
    _require_officer(request.user)
    response = HttpResponse(template_sheet.workbook(request.user), content_type=template_sheet.TYPE)
    response["Content-Disposition"] = f'attachment; filename="case-studies-{get_language()}.xlsx"'
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def check(request, token):
    """What each row would become; posted, the drafts are made of the rows in which nothing is wrong."""
    _require_officer(request.user)
    filled = kept.kept(request.user, token)
    if filled is None:
        raise NotHere(
            _("A check is kept for an hour. Upload the workbook again; what was made of it is not made twice.")
        )
    drafts = f"{reverse('workspace:home')}?status=drafts"
    if filled == kept.DONE:
        messages.info(request, _("The drafts of this workbook were made."))
        return redirect(drafts)
    report = check_sheet(filled, request.user, get_language())
    if request.method != "POST":
        return render(request, "practices/workspace/import_check.html", {"report": report, "token": token})
    if not report.ready:
        raise TransitionError(_("There is no row of which a draft can be made."))
    count = making.make(report, by=request.user)
    text = ngettext("%(count)d draft was made.", "%(count)d drafts were made.", count) % {"count": count}
    if count < len(report.ready):
        messages.warning(request, text + " " + _("The time did not suffice for all. Go on with the others."))
        return redirect("workspace:import-check", token)
    kept.drop(request.user, token)
    messages.success(request, text)
    return redirect(drafts)
