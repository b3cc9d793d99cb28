"""The pages on which somebody keeps their webhooks: what is told where, what was answered, and what else to do."""

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import WebhookForm
from accounts.identity import shown_lately
from accounts.paging import Pages
from accounts.webhooks import keeping

ROWS_PER_PAGE = 30


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@shown_lately
def webhooks(request):
    """The person's webhooks, and a form for another one."""
    form = WebhookForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            row, secret = keeping.add(request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            return _page(request, row, secret=secret)
    context = {"form": form, "webhooks": request.user.webhooks.all()}
    return render(request, "account/webhooks.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@shown_lately
def webhook(request, pk):
    """One of them: where it stands, what it is told of, and what was sent to it."""
    row = get_object_or_404(request.user.webhooks, pk=pk)
    form = WebhookForm(request.POST if request.method == "POST" else None, initial=_initial(row))
    if request.method == "POST" and form.is_valid():
        try:
            keeping.change(row, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, _("Your choice is kept."))
            return redirect("webhook", row.pk)
    return _page(request, row, form=form)


@never_cache
@require_POST
@login_required
@shown_lately
def change_webhook(request, pk):
    """Do one thing with a webhook (``do``): pause, switch_on, renew_secret, send_test, remove, or send_again what
    ``delivery`` names.
    """
    row, user = get_object_or_404(request.user.webhooks, pk=pk), request.user
    match request.POST.get("do"):
        case "pause":
            keeping.pause(row, by=user)
        case "switch_on":
            keeping.switch_on(row, by=user)
        case "renew_secret":
            secret = keeping.renew_secret(row, by=user)
            row.refresh_from_db()
            return _page(request, row, secret=secret)
        case "remove":
            keeping.remove(row, by=user)
            messages.success(request, _("The webhook is removed."))
            return redirect("webhooks")
        case "send_test" | "send_again" as wish:
            _send(request, row, wish)
        case _:
            raise Http404
    return redirect("webhook", row.pk)


def _send(request, row, wish):
    """Send a test or something once more, unless that was asked for very often: a stranger may be at the other end."""
    delivery = None
    if wish == "send_again":
        number = request.POST.get("delivery", "")
        delivery = get_object_or_404(row.deliveries, pk=int(number) if number.isdecimal() and len(number) < 19 else 0)
    if not ratelimit.consume(request, action="webhook", user=request.user):
        messages.error(request, _("Too many tries. Wait an hour, then try again."))
        return
    if delivery:
        keeping.send_again(delivery)
    else:
        keeping.send_test(row)
    messages.success(request, _("It is on its way. What was answered is shown below in a moment."))


def _initial(row):
    return {"address": row.address, "kinds": row.kinds}


def _page(request, row, *, form=None, secret=""):
    """``secret``: the one that was just made, which is shown this once."""
    sent = row.deliveries.select_related("event").order_by("-pk")
    page = Paginator(sent, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    form = form or WebhookForm(initial=_initial(row))
    context = {
        "webhook": row,
        "form": form,
        "secret": secret,
        "deliveries": page,
        "listing": Pages(page, request.GET),
        "time_zone": request.user.time_zone,
    }
    return render(request, "account/webhook.html", context, status=422 if form.errors else 200)
