"""What a person may ask of the portal, on a page of their account: their data as a file, and to be erased."""

from allauth.core import ratelimit
from django import forms
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts.identity import shown_lately
from accounts.personal import label_of
from ssc_portal import data_rights

OFFICE, NAME = "office", "name"


class ErasureForm(forms.Form):
    """The password once more, and what stands beside what the person wrote."""

    use_required_attribute = False
    display = forms.ChoiceField(
        label=gettext_lazy("What others read beside what you wrote"), widget=forms.RadioSelect, initial=OFFICE
    )
    password = forms.CharField(
        label=gettext_lazy("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": gettext_lazy("Type your password, so that nobody else erases your account.")},
    )
    is_sure = forms.BooleanField(
        label=gettext_lazy("Erase my account. I know that this cannot be undone."),
        error_messages={"required": gettext_lazy("Tick this box if you want your account erased.")},
    )

    def __init__(self, *args, person, **kwargs):
        super().__init__(*args, **kwargs)
        self.person = person
        self.fields["display"].choices = [(OFFICE, label_of(person)), (NAME, person.name or person.email)]
        self.fields["password"].max_length = 4096
        if not person.has_usable_password():  # who signs in otherwise is asked for that
            del self.fields["password"]

    def clean_password(self):
        if not self.person.check_password(self.cleaned_data["password"]):
            raise forms.ValidationError(_("This is not your password. Nothing was erased."))


def _page(request, form, *, reasons, status=200):
    context = {"form": form, "reasons": reasons}
    return render(request, "portal/account_privacy.html", context, status=status)


@require_safe
@login_required
def privacy(request):
    """What is held about the reader, the file with all of it, and how to be erased."""
    reasons = data_rights.reasons_to_stay(request.user)
    return _page(request, ErasureForm(person=request.user), reasons=reasons)


@require_POST
@login_required
def export(request):
    """Everything that the portal holds about the reader, their files among it, as one file."""
    response = StreamingHttpResponse(data_rights.export(request.user), content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    return response


@sensitive_post_parameters("password")
@require_POST
@login_required
def erase(request):
    """Erase the reader's account and sign them out; 409 with the reasons while somebody waits for them."""
    return (_erase if request.user.has_usable_password() else shown_lately(_erase))(request)


def _erase(request):
    person = request.user
    if limited := ratelimit.consume_or_429(request, action="erase", user=person):
        return limited
    form = ErasureForm(request.POST, person=person)
    if not form.is_valid():
        return _page(request, form, reasons=data_rights.reasons_to_stay(person), status=422)
    if reasons := data_rights.erase(person, keeps_name=form.cleaned_data["display"] == NAME):
        return _page(request, form, reasons=reasons, status=409)
    logout(request)
    return render(request, "portal/account_erased.html")
