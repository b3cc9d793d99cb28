"""Sensitive pages ask who somebody is again, unless they have lately shown it."""

import functools

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.utils.translation import gettext as _


def shown_lately(view):
    """Let only people at ``view`` who signed in, or showed who they are again, within the last minutes.

    Everybody else is led to do so and back. What they posted is not kept, for it may hold a password. The view asks
    for a signed-in person itself.
    """

    @functools.wraps(view)
    def wrapper(request, *args, **kwargs):
        if request.user.is_authenticated and get_adapter().is_reauthentication_required(app="accounts"):
            ways = get_adapter().get_reauthentication_methods(request.user)
            if not ways:  # who always signs in elsewhere does so again
                messages.info(request, _("Sign out and in again to go on: this page is sensitive."))
                return redirect("account_logout")
            return redirect(f"{ways[0]['url']}?{urlencode({'next': request.get_full_path()})}")
        return view(request, *args, **kwargs)

    return wrapper
