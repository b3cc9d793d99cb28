"""The list of what the portal told a person, what they get by e-mail, and how they sign in."""

import logging

from allauth.account.views import LoginView, PasswordChangeView, PasswordResetFromKeyView
from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.internal.auth import begin_authentication
from allauth.mfa.webauthn.views import AddWebAuthnView, LoginWebAuthnView, RemoveWebAuthnView
from allauth.socialaccount.providers.openid_connect.views import callback as end_elsewhere
from allauth.socialaccount.providers.openid_connect.views import login as begin_elsewhere
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils import timezone, translation
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from requests import RequestException

from accounts import audit, credentials, links, second_factor, sessions
from accounts.adapter import not_vouched_for
from accounts.enums import AuditAction, MailRhythm, MailScope
from accounts.forms import AddressForm, MailForm
from accounts.identity import shown_lately
from accounts.mailing import localized, subject_of, user_for
from accounts.mornings import MORNING
from accounts.paging import Pages
from accounts.preferences import choose

logger = logging.getLogger(__name__)

ROWS_PER_PAGE = 30


@require_safe
@login_required
def notifications(request):
    """What the person was told, the newest first."""
    page = Paginator(request.user.notifications.all(), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    rows = [(row, subject_of(row.kind, row.context, request.user)) for row in page]
    unread_count = request.user.unread_count()
    context = {
        "rows": rows,
        "listing": Pages(page, request.GET),
        "unread_count": unread_count,
        "time_zone": request.user.time_zone,
    }
    return render(request, "account/notifications.html", context)


@require_safe
@login_required
def open_notification(request, pk):
    """Mark one of the person's own notifications as read and go where it leads, in the language of the page."""
    row = get_object_or_404(request.user.notifications, pk=pk)
    if row.read_at is None and request.method == "GET":
        row.read_at = timezone.now()
        row.save(update_fields=["read_at"])
    path = localized(row.path, get_language())
    return redirect(path if url_has_allowed_host_and_scheme(path, allowed_hosts=None) else "notifications")


@require_POST
@login_required
def read_notifications(request):
    """Mark all of the person's notifications as read."""
    request.user.notifications.filter(read_at=None).update(read_at=timezone.now())
    return redirect("notifications")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def notification_settings(request):
    """What the person gets by e-mail, and when."""
    user = request.user
    form = MailForm(
        request.POST if request.method == "POST" else None,
        initial={"scope": user.mail_scope, "rhythm": user.mail_rhythm, "time_zone": user.time_zone},
    )
    if request.method == "POST" and form.is_valid():
        choose(user, **form.cleaned_data)
        messages.success(request, _("Your choice is kept."))
        return redirect("notification-settings")
    context = {"form": form, "morning": MORNING, "time_zone": user.time_zone}
    return render(request, "account/notification_settings.html", context, status=422 if form.errors else 200)


# The reader's mail program posts here by itself, without cookies (RFC 8058); the signed token says whose choice it is.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request, token):
    """End the e-mails to the person whom ``token`` was sent to, or gather them in one a day; without signing in.

    Opening the page changes nothing, for programs follow links before people do.
    """
    user = user_for(token)
    if user is None:
        raise Http404
    chosen = ""
    if request.method == "POST":
        chosen = "daily" if request.POST.get("choice") == "daily" and user.mail_scope != MailScope.NONE else "none"
        if chosen == "daily":
            choose(user, scope=user.mail_scope, rhythm=MailRhythm.DAILY)
        else:
            choose(user, scope=MailScope.NONE, rhythm=user.mail_rhythm)
    has_ended = user.mail_scope == MailScope.NONE
    response = render(request, "account/unsubscribe.html", {"chosen": chosen, "has_ended": has_ended})
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


# How a person signs in


class SignIn(LoginView):
    def get_context_data(self, **kwargs):
        elsewhere = settings.OIDC_NAME if settings.OIDC_ISSUER else ""
        return super().get_context_data(**kwargs) | {"elsewhere": elsewhere}


@method_decorator(never_cache, name="dispatch")
class SignInByPasskey(LoginWebAuthnView):
    """Sign in by a passkey alone: what one has, and the finger, face or PIN that its device asks for."""

    http_method_names = ("get", "head", "post")

    def get(self, request, *args, **kwargs):
        return self.render_to_response(self.get_context_data())

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        return context | {"js_data": {"request_options": begin_authentication()}}

    def form_invalid(self, form):
        audit.record(AuditAction.SIGN_IN_FAILED)
        return self.render_to_response(self.get_context_data(form=form))


@never_cache
@require_POST
def sign_in_elsewhere(request, provider_id):
    """Go to sign in elsewhere; back comes one address, which does not depend on the language."""
    with translation.override(settings.LANGUAGE_CODE):
        return _asking_elsewhere(begin_elsewhere, request, provider_id)


@never_cache
@require_safe
def come_back(request, provider_id):
    """Come back from elsewhere, as somebody or as nobody."""
    return _asking_elsewhere(end_elsewhere, request, provider_id)


def _asking_elsewhere(view, request, provider_id):
    """The answer of ``view``, which asks the provider; a page of ours where that does not answer."""
    try:
        return view(request, provider_id)
    except RequestException as error:
        logger.warning("The OpenID Connect provider did not answer: %s", type(error).__name__)
        return not_vouched_for(request)


@never_cache
@require_safe
@login_required
def security(request):
    """How the person signs in: password, second factors, recovery codes."""
    factors = list(Authenticator.objects.filter(user=request.user).order_by("created_at"))
    main = [factor for factor in factors if factor.type != Authenticator.Type.RECOVERY_CODES]
    context = {
        "app": next((factor for factor in main if factor.type == Authenticator.Type.TOTP), None),
        "passkeys": [factor.wrap() for factor in main if factor.type == Authenticator.Type.WEBAUTHN],
        "has_factor": bool(main),
        "has_password": request.user.has_usable_password(),
        "codes_count": second_factor.recovery_codes_count(request.user),
        "is_demanded": settings.SECOND_FACTOR_DEMANDED and second_factor.is_demanded_of(request.user),
        "sign_ins": list(sessions.current(request.user)),
        "own_id": request.session["signed_in"]["id"],
        "time_zone": request.user.time_zone,
    }
    return render(request, "account/security.html", context)


@require_POST
@login_required
@transaction.atomic
def end_sessions(request):
    """End one of the person's sessions, or all others."""
    if "others" in request.POST:
        count = sessions.end_others(request)
    else:
        pk = request.POST.get("session", "")
        count = sessions.end(request.user.sign_ins.filter(pk=int(pk) if pk.isdecimal() and len(pk) < 19 else 0))
    if count:
        audit.record(
            AuditAction.SESSIONS_ENDED, actor=request.user, subject=request.user, changes={"sessions": [count, 0]}
        )
        messages.success(
            request,
            ngettext("%(count)d session was ended.", "%(count)d sessions were ended.", count) % {"count": count},
        )
    return redirect("mfa_index")


class NewPassword(PasswordResetFromKeyView):
    """A new password by the link of a mail. Nobody is signed in by it, so that a second factor is still asked for."""

    @transaction.atomic
    def form_valid(self, form):
        response = super().form_valid(form)
        credentials.note_new_password(self.reset_user)
        sessions.end(self.reset_user.sign_ins.all())
        return response


@method_decorator(login_required, name="dispatch")
class ChangePassword(PasswordChangeView):
    success_url = reverse_lazy("mfa_index")

    def dispatch(self, request, *args, **kwargs):
        if not request.user.has_usable_password():  # who signs in elsewhere has none to change
            return redirect("mfa_index")
        return super().dispatch(request, *args, **kwargs)

    @transaction.atomic
    def form_valid(self, form):
        response = super().form_valid(form)
        credentials.note_new_password(self.request.user)
        sessions.end_others(self.request)
        messages.success(self.request, _("Your password is changed. You were signed out everywhere else."))
        return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@shown_lately
def change_address(request):
    """Ask for another e-mail address, which is theirs once it is confirmed from there."""
    form = AddressForm(request.POST or None)
    is_asked = False
    if request.method == "POST" and form.is_valid():
        if ratelimit.consume(request, action="address", key=str(request.user.pk)):
            credentials.ask_for_address(request.user, form.cleaned_data["email"])
            is_asked = True
        else:
            form.add_error(None, _("Too many tries. Try again in an hour."))
    context = {"form": form, "is_asked": is_asked}
    return render(request, "account/address.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_address(request, token):
    """Make an address that of the person who asked for it: by a button, for programs follow links in mails."""
    user, email = links.who_confirms(token)
    is_done = user is not None and request.method == "POST" and credentials.change_address(user, email)
    context = {"email": email, "is_known": user is not None, "is_done": is_done, "is_tried": request.method == "POST"}
    return render(request, "account/confirm_address.html", context, status=200 if user is not None else 410)


class SetUpApp(ActivateTOTPView):
    """An app that shows codes. Recovery codes are offered next."""

    @transaction.atomic
    def form_valid(self, form):
        response = super().form_valid(form)
        app = Authenticator.objects.get(user=self.request.user, type=Authenticator.Type.TOTP)
        second_factor.note_added(self.request, app)
        return response

    def get_success_url(self):
        return _after_set_up(self.request)


class RemoveApp(DeactivateTOTPView):
    @transaction.atomic
    def form_valid(self, form):
        response = super().form_valid(form)
        second_factor.note_removed(self.request, Authenticator.Type.TOTP)
        return response


class AddPasskey(AddWebAuthnView):
    def get_context_data(self, **kwargs):
        """A device that can is asked to keep the passkey so that it signs in alone; of others it is a second factor."""
        context = super().get_context_data(**kwargs)
        context["js_data"]["creation_options"]["publicKey"]["authenticatorSelection"]["residentKey"] = "preferred"
        return context

    @transaction.atomic
    def form_valid(self, form):
        response = super().form_valid(form)
        passkeys = Authenticator.objects.filter(user=self.request.user, type=Authenticator.Type.WEBAUTHN)
        second_factor.note_added(self.request, passkeys.latest("pk"))
        return response

    def get_success_url(self):
        return _after_set_up(self.request)


class RemovePasskey(RemoveWebAuthnView):
    http_method_names = ("get", "head", "post")
    success_url = reverse_lazy("mfa_index")

    @transaction.atomic
    def form_valid(self, form):
        if not second_factor.may_remove(self.get_object()):
            return redirect("mfa_index")
        response = super().form_valid(form)
        second_factor.note_removed(self.request, Authenticator.Type.WEBAUTHN)
        return response


def _after_set_up(request):
    """Recovery codes for who has none yet, else the page that the factor stands on."""
    return reverse_lazy("mfa_index" if second_factor.recovery_codes_count(request.user) else "recovery-codes")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@shown_lately
def recovery_codes(request):
    """Make new recovery codes, which are shown this once; only for who has a second factor that they stand in for."""
    if not second_factor.has_one(request.user):
        return redirect("mfa_index")
    codes = second_factor.make_recovery_codes(request.user) if request.method == "POST" else []
    context = {"codes": codes, "codes_count": second_factor.recovery_codes_count(request.user)}
    return render(request, "account/recovery_codes.html", context)
