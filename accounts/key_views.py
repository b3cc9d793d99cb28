"""A person's keys to the API: the list, making one, replacing it, revoking it."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import keys, second_factor
from accounts.enums import Scope
from accounts.forms import KeyForm, ReplaceKeyForm
from accounts.identity import shown_lately

ENDED_SHOWN = 10


@never_cache
@require_safe
@login_required
def keys_of_reader(request):
    """The keys of who is signed in: those that work, and the last ones that ended."""
    rows = request.user.api_keys.select_related("replaced_by")
    context = {
        "keys": rows.current(),
        "ended": rows.ended()[:ENDED_SHOWN],
        "time_zone": request.user.time_zone,
    }
    return render(request, "account/keys.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@shown_lately
def make(request):
    """Make a key, whose clear text is shown in the answer to the form, this once."""
    form = KeyForm(request.POST or None, scopes=_scopes_for(request))
    if request.method == "POST" and form.is_valid():
        try:
            key, text = keys.make(request.user, second_factor=second_factor.was_shown(request), **form.cleaned_data)
        except keys.CannotMake as refusal:
            form.add_error(None, str(refusal))
        else:
            return _shown_once(request, key, text)
    return render(request, "account/make_key.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@shown_lately
def replace(request, pk):
    """Make a key that takes the place of one of the reader's own."""
    key = get_object_or_404(request.user.api_keys.current(), pk=pk)
    form = ReplaceKeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        rest = timedelta(days=form.cleaned_data["days"])
        try:
            new, text = keys.replace(key, rest=rest, second_factor=second_factor.was_shown(request))
        except keys.CannotMake as refusal:
            form.add_error(None, str(refusal))
        else:
            return _shown_once(request, new, text)
    context = {"form": form, "key": key}
    return render(request, "account/replace_key.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def revoke(request, pk):
    """End one of the reader's own keys."""
    if keys.revoke(get_object_or_404(request.user.api_keys, pk=pk)):
        messages.success(request, _("The key is revoked. It opens nothing any more."))
    return redirect("keys")


def _shown_once(request, key, text):
    context = {"key": key, "text": text, "time_zone": request.user.time_zone}
    return render(request, "account/new_key.html", context)


def _scopes_for(request):
    """What the reader may choose for a key, beside reading what is public."""
    is_shown = second_factor.was_shown(request) or not settings.SECOND_FACTOR_DEMANDED
    may_review = request.user.is_curator and is_shown
    return [scope for scope in Scope if scope != Scope.READ and (scope != Scope.REVIEW or may_review)]
