"""Signing in and out, second factors, keys to the API, webhooks, and what the portal told a person.

Only these pages of the sign-in package exist; their names are the package's own, for it looks them up.
"""

from allauth.account.views import LogoutView, PasswordResetView, ReauthenticateView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.base.views import ReauthenticateView as CodeAgainView
from allauth.mfa.webauthn.views import ReauthenticateWebAuthnView
from django.urls import path, reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from accounts import joining_views, key_views, views, webhook_views


def _entry(view, heading, button, lede="", **options):
    """``view`` of the package, drawn as a page of ours with ``heading``, ``lede`` and ``button``."""
    options.setdefault("template_name", "account/entry.html")
    back_url = options.pop("back_url", "")
    words = {"heading": heading, "lede": lede, "button": button, "back_url": back_url}
    return view.as_view(extra_context=words, **options)


def _said(heading, lede):
    """A page that says what happened and leads to signing in."""
    words = {"heading": heading, "lede": lede}
    return require_safe(TemplateView.as_view(template_name="account/said.html", extra_context=words))


SECURITY = reverse_lazy("mfa_index")
AGAIN = _("This page is sensitive, so show once more that it is you.")

urlpatterns = [
    path("login/", views.SignIn.as_view(), name="account_login"),
    path(
        "login/code/",
        _entry(
            AuthenticateView,
            _("Second factor"),
            _("Go on"),
            _("Your password is right. Now show your second factor."),
            template_name="mfa/authenticate.html",
        ),
        name="mfa_authenticate",
    ),
    path(
        "login/passkey/",
        _entry(
            views.SignInByPasskey,
            _("Sign in with a passkey"),
            _("Use a passkey"),
            _("Your phone, computer or security key asks for your finger, your face or a PIN."),
            template_name="mfa/webauthn/login.html",
            back_url=reverse_lazy("account_login"),
        ),
        name="mfa_login_webauthn",
    ),
    path("elsewhere/<provider_id>/login/", views.sign_in_elsewhere, name="openid_connect_login"),
    path("elsewhere/<provider_id>/callback/", views.come_back, name="openid_connect_callback"),
    path("logout/", LogoutView.as_view(), name="account_logout"),
    path("again/", _entry(ReauthenticateView, _("Is it you?"), _("Go on"), AGAIN), name="account_reauthenticate"),
    path("again/code/", _entry(CodeAgainView, _("Is it you?"), _("Go on"), AGAIN), name="mfa_reauthenticate"),
    path(
        "again/passkey/",
        _entry(
            ReauthenticateWebAuthnView,
            _("Is it you?"),
            _("Use a passkey"),
            AGAIN,
            template_name="mfa/webauthn/reauthenticate.html",
        ),
        name="mfa_reauthenticate_webauthn",
    ),
    path(
        "password/forgotten/",
        _entry(
            PasswordResetView,
            _("Forgotten your password?"),
            _("Send me a link"),
            _("Give the e-mail address of your account. A link to a new password is sent there."),
            back_url=reverse_lazy("account_login"),
        ),
        name="account_reset_password",
    ),
    path(
        "password/forgotten/sent/",
        _said(
            _("Look into your mail"),
            _("If there is an account with this address, a link is on its way. It works once, for 30 minutes."),
        ),
        name="account_reset_password_done",
    ),
    path(
        "password/new/<uidb36>/<key>/",
        _entry(
            views.NewPassword,
            _("New password"),
            _("Keep this password"),
            template_name="account/password_reset_from_key.html",
        ),
        name="account_reset_password_from_key",
    ),
    path(
        "password/new/done/",
        _said(_("Your password is changed"), _("You were signed out everywhere. Sign in with the new password.")),
        name="account_reset_password_from_key_done",
    ),
    path(
        "security/password/",
        _entry(views.ChangePassword, _("Change your password"), _("Keep this password"), back_url=SECURITY),
        name="account_change_password",
    ),
    path("security/sessions/end/", views.end_sessions, name="end-sessions"),
    path("apply/", joining_views.apply, name="apply"),
    path(
        "apply/sent/",
        _said(
            _("Look into your mail"),
            _("Confirm your address with the link that is on its way. Then somebody decides, and you are told."),
        ),
        name="applied",
    ),
    path("apply/<token>/", joining_views.confirm_application, name="confirm-application"),
    path("applications/", joining_views.applications, name="applications"),
    path("applications/<int:pk>/decide/", joining_views.decide, name="decide-application"),
    path("invitations/", joining_views.invitations, name="invitations"),
    path("invitations/<int:pk>/revoke/", joining_views.revoke, name="revoke-invitation"),
    path("invitation/<token>/", joining_views.invitation, name="invitation"),
    path("security/address/", views.change_address, name="change-address"),
    path("address/<token>/", views.confirm_address, name="confirm-address"),
    path("security/", views.security, name="mfa_index"),
    path(
        "security/app/",
        _entry(
            views.SetUpApp,
            _("Set up an app"),
            _("Set up"),
            _("Scan the picture with an app for such codes, then type the code that it shows."),
            template_name="mfa/totp/activate_form.html",
            back_url=SECURITY,
        ),
        name="mfa_activate_totp",
    ),
    path(
        "security/app/remove/",
        _entry(
            views.RemoveApp,
            _("Remove the app"),
            _("Remove"),
            _("Its codes will no longer open your account."),
            back_url=SECURITY,
        ),
        name="mfa_deactivate_totp",
    ),
    path(
        "security/passkeys/add/",
        _entry(
            views.AddPasskey,
            _("Add a passkey"),
            _("Add a passkey"),
            _("Your phone, computer or security key keeps it and asks for your finger, your face or a PIN."),
            template_name="mfa/webauthn/add_form.html",
            back_url=SECURITY,
        ),
        name="mfa_add_webauthn",
    ),
    path(
        "security/passkeys/<int:pk>/remove/",
        _entry(
            views.RemovePasskey,
            _("Remove the passkey"),
            _("Remove"),
            _("It will no longer open your account."),
            back_url=SECURITY,
        ),
        name="mfa_remove_webauthn",
    ),
    path("security/recovery-codes/", views.recovery_codes, name="recovery-codes"),
    path("keys/", key_views.keys_of_reader, name="keys"),
    path("keys/new/", key_views.make, name="make-key"),
    path("keys/<int:pk>/replace/", key_views.replace, name="replace-key"),
    path("keys/<int:pk>/revoke/", key_views.revoke, name="revoke-key"),
    path("notifications/", views.notifications, name="notifications"),
    path("notifications/settings/", views.notification_settings, name="notification-settings"),
    path("webhooks/", webhook_views.webhooks, name="webhooks"),
    path("webhooks/<int:pk>/", webhook_views.webhook, name="webhook"),
    path("webhooks/<int:pk>/change/", webhook_views.change_webhook, name="change-webhook"),
    path("unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
    path("notifications/read/", views.read_notifications, name="read-notifications"),
    path("notifications/<int:pk>/", views.open_notification, name="notification"),
]
