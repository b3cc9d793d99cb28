"""Signing in, joining, passwords, addresses, second factors, keys, in the portal's words; and what comes by e-mail."""

import struct
from contextlib import contextmanager

from allauth.account.forms import (
    ChangePasswordForm as PackageChangePasswordForm,
)
from allauth.account.forms import (
    LoginForm,
    ReauthenticateForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    UserTokenForm,
)
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import BaseAuthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from cryptography.exceptions import InvalidSignature
from django import forms
from django.conf import settings
from django.contrib.auth import password_validation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import credentials, second_factor
from accounts.enums import COUNTRY_ROLES, MailRhythm, MailScope, Role, WebhookKind
from accounts.models import Organisation, User
from accounts.mornings import zones
from accounts.webhooks import reaching

KEY_DAYS = (30, 90, 365)  # until a key expires
REST_DAYS = (1, 3, 7)  # for which a key goes on beside the one that took its place


class _OurWords(forms.Form):
    """Fields that say what ``words`` says: {name: (label, hint)}, without placeholders."""

    use_required_attribute = False
    words = {}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, (label, hint) in self.words.items():
            field = self.fields[name]
            field.label, field.help_text = label, hint
            field.widget.attrs.pop("placeholder", None)
            field.error_messages["required"] = _("Fill this in.")


class SignInForm(LoginForm):
    """E-mail address (``login``) and password, as the page draws them."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, label in (("login", _("E-mail address")), ("password", _("Password"))):
            field = self.fields[name]
            field.label, field.help_text = label, ""
            field.widget.attrs.pop("placeholder", None)
            field.widget.attrs["class"] = "form-control"
            field.error_messages["required"] = _("This is needed to sign in.")
        self.fields["login"].max_length = 254
        self.fields["login"].widget.attrs["autocomplete"] = "username"


class PasswordAgainForm(_OurWords, ReauthenticateForm):
    words = {"password": (_("Password"), "")}


class CodeForm(_OurWords, BaseAuthenticateForm):
    """A code of the app or a recovery code, after the password."""

    words = {"code": (_("Code"), _("Six digits of your app, or one of your recovery codes."))}
    is_again = False

    def clean_code(self):
        """The code, used up. Raises ValidationError when it is wrong or there were too many tries."""
        request = context.request
        if not second_factor.may_try(request, self.user):
            raise forms.ValidationError(_("Too many tries. Wait fifteen minutes, then try again."))
        self.authenticator = second_factor.use_code(self.user, self.cleaned_data["code"])
        if self.authenticator is None:
            raise get_adapter().validation_error("incorrect_code")
        second_factor.forget_tries(request, self.user)
        return self.cleaned_data["code"]

    def save(self):
        self.authenticator.record_usage()
        facts = {"id": self.authenticator.pk, "type": self.authenticator.type}
        if self.is_again:
            facts["reauthenticated"] = True
        record_authentication(context.request, self.user, "mfa", **facts)


class CodeAgainForm(CodeForm):
    is_again = True


class AppForm(_OurWords, ActivateTOTPForm):
    words = {"code": (_("Code that the app shows"), "")}


class _PasskeyAnswer(forms.Form):
    """Whatever a device answers that the package stumbles over is a wrong answer, not an error of ours."""

    def clean_credential(self):
        with _wrong_answer():
            parent = getattr(super(), "clean_credential", None)
            return parent() if parent else self.cleaned_data["credential"]

    def clean(self):
        with _wrong_answer():
            return super().clean()


@contextmanager
def _wrong_answer():
    try:
        yield
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, struct.error, InvalidSignature) as error:
        raise get_adapter().validation_error("incorrect_code") from error


class PasskeyCodeForm(_PasskeyAnswer, AuthenticateWebAuthnForm):
    """A passkey after the password."""


class PasskeyAloneForm(_PasskeyAnswer, LoginWebAuthnForm):
    """A passkey in place of address and password: its device has asked for a finger, a face or a PIN."""

    def clean_credential(self):
        """The Authenticator. Raises ValidationError for a wrong answer, and the same for an account that is closed."""
        authenticator = super().clean_credential()
        if not authenticator.user.is_active:
            raise get_adapter().validation_error("incorrect_code")
        return authenticator


class PasskeyAgainForm(_PasskeyAnswer, ReauthenticateWebAuthnForm):
    """A passkey shows who somebody is again."""


class PasskeyForm(_PasskeyAnswer, _OurWords, AddWebAuthnForm):
    words = {"name": (_("Name of the passkey"), _("So that you know it again, for example: my phone."))}


NEW_PASSWORD = {
    "password1": (
        _("New password"),
        _("At least 15 characters, or 8 when you have set up a second factor. Four words are easy to remember."),
    ),
    "password2": (_("New password, once more"), ""),
}
ADDRESS_ERRORS = {
    "required": _("Fill this in."),
    "invalid": _("This is not an e-mail address. An example of one: amina@example.org."),
}


class ForgottenForm(_OurWords, ResetPasswordForm):
    words = {"email": (_("E-mail address"), "")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].error_messages.update(ADDRESS_ERRORS)

    def clean_email(self):
        """As it was typed: whether anybody has it is found out by nobody here."""
        return self.cleaned_data["email"]

    def save(self, request, **kwargs):
        credentials.forget_password(self.cleaned_data["email"])
        return self.cleaned_data["email"]


class LinkForm(UserTokenForm):
    """What a link to a new password says: it is good for people who may sign in, and by a password."""

    def _get_user(self, uidb36):
        user = super()._get_user(uidb36)
        return user if user is not None and user.is_active and user.has_usable_password() else None


class NewPasswordForm(_OurWords, ResetPasswordKeyForm):
    words = NEW_PASSWORD


class ChangePasswordForm(_OurWords, PackageChangePasswordForm):
    words = {"oldpassword": (_("Current password"), ""), **NEW_PASSWORD}


class AddressForm(forms.Form):
    use_required_attribute = False
    email = forms.EmailField(label=_("New e-mail address"), max_length=254, error_messages=ADDRESS_ERRORS)

    def clean_email(self):
        return User.objects.normalize_email(self.cleaned_data["email"])


# Keys to the API


def _periods(numbers):
    return [(days, ngettext("%(days)s day", "%(days)s days", days) % {"days": days}) for days in numbers]


class KeyForm(forms.Form):
    """A key to the API: ``name``, ``scopes`` beside reading what is public, ``days`` until it expires.

    ``scopes``: those that the person may choose from.
    """

    use_required_attribute = False
    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("Which program will use it, and where."),
        error_messages={"required": _("Give the key a name.")},
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it allows"),
        required=False,
        help_text=_("Every key reads what is public. Choose only what the program needs; it never may more than you."),
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.TypedChoiceField(
        label=_("How long it works"),
        coerce=int,
        choices=lambda: _periods(KEY_DAYS),
        initial=90,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one."), "invalid_choice": _("Choose one.")},
    )

    def __init__(self, *args, scopes, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [(scope.value, scope.label) for scope in scopes]


class ReplaceKeyForm(forms.Form):
    """For how many ``days`` a key goes on that another one takes the place of."""

    use_required_attribute = False
    days = forms.TypedChoiceField(
        label=_("How long the old one goes on"),
        coerce=int,
        choices=lambda: [(0, _("It ends now")), *_periods(REST_DAYS)],
        initial=1,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one."), "invalid_choice": _("Choose one.")},
    )


# Joining


def _line(label, **options):
    return forms.CharField(label=label, error_messages={"required": _("Fill this in.")}, **options)


def _role(roles):
    return forms.ChoiceField(label=_("Role"), choices=[(role.value, role.label) for role in roles])


class _PlaceForm(forms.Form):
    """A role with the country or organisation that it demands: {"country": Country or None, "organisation…": …}."""

    use_required_attribute = False
    organisation_field = ""

    def __init__(self, *args, countries, roles, **kwargs):
        super().__init__(*args, **kwargs)
        self.countries = {country.pk: country for country in countries}
        self.fields["role"] = _role(roles)
        choices = [(country.pk, country.name) for country in countries]
        if not set(roles) <= set(COUNTRY_ROLES):
            choices.insert(0, ("", _("No country")))
        self.fields["country"] = forms.ChoiceField(
            label=_("Country"), help_text=_("For officers and focal points."), choices=choices, required=False
        )
        if Role.PARTNER in roles:
            self.fields[self.organisation_field].help_text = _("For partners.")
        else:
            del self.fields[self.organisation_field]

    def clean(self):
        values = super().clean()
        role, country = values.get("role"), self.countries.get(values.get("country"))
        if role in COUNTRY_ROLES and country is None:
            self.add_error("country", _("Officers and focal points belong to a country."))
        if role == Role.PARTNER and not values.get(self.organisation_field):
            self.add_error(self.organisation_field, _("Partners belong to an organisation."))
        values["country"] = country if role in COUNTRY_ROLES else None
        if role != Role.PARTNER:
            values[self.organisation_field] = None if self.organisation_field == "organisation" else ""
        return values


class InvitationForm(_PlaceForm):
    """Who is invited to what. ``roles``, ``countries``: what the inviter may choose from."""

    organisation_field = "organisation"
    email = forms.EmailField(label=_("E-mail address"), max_length=254, error_messages=ADDRESS_ERRORS)
    organisation = forms.ModelChoiceField(
        label=_("Organisation"),
        queryset=Organisation.objects.order_by("name"),
        required=False,
        empty_label=_("No organisation"),
    )
    language = forms.ChoiceField(label=_("Language of the message"), choices=settings.LANGUAGES)
    field_order = ("email", "role", "country", "organisation", "language")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.order_fields(self.field_order)


class ApplicationForm(_PlaceForm):
    """Somebody asks for an account. ``website`` is hidden from people: what fills it in is a program."""

    organisation_field = "organisation_name"
    name = _line(_("Your name"), max_length=120)
    email = forms.EmailField(label=_("Your e-mail address"), max_length=254, error_messages=ADDRESS_ERRORS)
    organisation_name = _line(_("Organisation"), max_length=255, required=False)
    why = _line(
        _("Why you ask"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What you do, and what you want to write or take part in."),
    )
    website = forms.CharField(required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}))
    field_order = ("name", "email", "role", "country", "organisation_name", "why", "website")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.order_fields(self.field_order)


class JoinForm(forms.Form):
    """The name and the password of somebody who accepts an invitation."""

    use_required_attribute = False
    name = _line(_("Your name"), max_length=120)
    password = _line(
        _("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 15 characters. Four words are easy to remember."),
    )

    def __init__(self, *args, person, **kwargs):
        self.person = person
        super().__init__(*args, **kwargs)

    def clean_password(self):
        """The password, when it is good enough for the person. Raises ValidationError with what is wrong."""
        self.person.name = self.cleaned_data.get("name", "")
        password_validation.validate_password(self.cleaned_data["password"], self.person)
        return self.cleaned_data["password"]


class DecisionForm(forms.Form):
    """Accept an application, or decline it with a reason."""

    decision = forms.ChoiceField(choices=[("accept", ""), ("decline", "")])
    reason = forms.CharField(max_length=1000, required=False)

    def clean(self):
        values = super().clean()
        if values.get("decision") == "decline" and not values.get("reason", "").strip():
            self.add_error("reason", _("Say why, so that they know what would change your mind."))
        return values


class MailForm(forms.Form):
    """What a person gets by e-mail (``scope``), when (``rhythm``), and by which clock (``time_zone``)."""

    use_required_attribute = False
    scope = forms.ChoiceField(
        label=_("Which messages do you want by e-mail?"),
        help_text=_("Messages about the safety of your account are always sent. The list here holds everything."),
        choices=MailScope,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one."), "invalid_choice": _("Choose one.")},
    )
    rhythm = forms.ChoiceField(
        label=_("When do you want them?"),
        choices=MailRhythm,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one."), "invalid_choice": _("Choose one.")},
    )
    time_zone = forms.ChoiceField(
        label=_("Your time zone"),
        help_text=_("Called after a large city. Days and times are shown as they are there."),
        error_messages={"required": _("Choose one."), "invalid_choice": _("Choose one.")},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        kept = self.initial["time_zone"]  # may have an older name
        self.fields["time_zone"].choices = [(name, name.replace("_", " ")) for name in sorted({kept, *zones()})]


class WebhookForm(forms.Form):
    """A webhook: where (``address``) it is told what (``kinds``)."""

    use_required_attribute = False
    address = forms.CharField(
        label=_("Address"),
        help_text=_("Of your own system, such as https://partner.example/hooks/ssc. It answers a POST with 2xx."),
        max_length=500,
        widget=forms.URLInput,
        error_messages={"required": _("Give the address that events are sent to.")},
    )
    kinds = forms.MultipleChoiceField(
        label=_("What do you want to be told?"),
        choices=WebhookKind,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one."), "invalid_choice": _("Choose at least one.")},
    )

    def clean_address(self):
        address = self.cleaned_data["address"]
        reaching.check(address)
        return address

    def clean_kinds(self):
        """Each once, in the order of the list."""
        return [kind for kind in WebhookKind.values if kind in self.cleaned_data["kinds"]]
