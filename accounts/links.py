"""Links that open something once for whoever reads a mail. They are made when the mail is sent; none is stored."""

from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core import signing
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import salted_hmac

from accounts.models import Application, Invitation, User

ADDRESS_SALT, INVITATION_SALT, APPLICATION_SALT = "accounts.address", "accounts.invitation", "accounts.application"
ADDRESS_SECONDS = 30 * 60


def path_for(row):
    """The address to which the mail of the outbox row ``row`` leads, without a language."""
    return MAKERS.get(row.kind, lambda row: row.path)(row)


def _new_password(row):
    key = default_token_generator.make_token(row.user)
    return _plain("account_reset_password_from_key", uidb36=user_pk_to_url_str(row.user), key=key)


def _new_address(row):
    facts = {"user": row.user_id, "to": row.context["to"], "stamp": _stamp(row.user)}
    return _plain("confirm-address", token=signing.dumps(facts, salt=ADDRESS_SALT))


def who_confirms(token):
    """(person, new address) of a link to confirm an address; (None, "") when it is false, too old or was used."""
    try:
        facts = signing.loads(token, salt=ADDRESS_SALT, max_age=ADDRESS_SECONDS)
    except signing.BadSignature:
        return None, ""
    user = User.objects.filter(pk=facts["user"], is_active=True).first()
    return (user, facts["to"]) if user is not None and facts["stamp"] == _stamp(user) else (None, "")


def _invitation(row):
    return _plain("invitation", token=signing.dumps(row.context["invitation"], salt=INVITATION_SALT))


def _application(row):
    return _plain("confirm-application", token=signing.dumps(row.context["application"], salt=APPLICATION_SALT))


def invitation_of(token):
    """The open Invitation that a link is for, with its person and country; None when it is false or was used."""
    rows = Invitation.objects.open().select_related("user", "country", "organisation")
    return rows.filter(user__is_active=True, pk=_number(token, INVITATION_SALT)).first()


def application_of(token):
    """The Application whose address a link confirms, however often it is opened; None when it is false."""
    return Application.objects.filter(pk=_number(token, APPLICATION_SALT)).first()


def _number(token, salt):
    try:
        return signing.loads(token, salt=salt)
    except signing.BadSignature:
        return None


def _stamp(user):
    """Changes with the address and with the password, so that a link dies with either."""
    return salted_hmac(ADDRESS_SALT, f"{user.pk}:{user.email}:{user.password}", algorithm="sha256").hexdigest()[:32]


def _plain(name, **parts):
    """The address of the route ``name`` without a language, whatever language is being spoken."""
    with translation.override(settings.LANGUAGE_CODE):
        return reverse(name, kwargs=parts)


MAKERS = {
    "accounts.password_forgotten": _new_password,
    "accounts.address_asked": _new_address,
    "accounts.invited": _invitation,
    "accounts.application_asked": _application,
}
