"""What the accounts hold of people, and how it is forgotten."""

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.enums import COUNTRY_ROLES, Role
from accounts.models import Membership, Notification, OutboxMessage
from countries.models import Country
from countries.personal import ALL, Table

TABLES = {
    "accounts.User": Table(links={"pk": ALL}, identity="email name time_zone", hidden="password"),
    "accounts.Membership": Table(links={"user": ALL}, impersonal="areas", removed="user"),
    "accounts.Notification": Table(links={"user": ALL}, identity="context path", impersonal="kind", removed="user"),
    "accounts.OutboxMessage": Table(
        links={"user": ALL}, identity="context path", impersonal="kind key about last_error", removed="user"
    ),
    "accounts.Invitation": Table(
        links={"user": ALL, "invited_by": "id role country organisation status created_at expires_at ended_at"},
        removed="user",
    ),
    "accounts.Application": Table(
        links={"user": ALL, "decided_by": "id role country organisation_name status decided_at reason"},
        identity="name why",
        words="reason",
        impersonal="organisation_name",
        removed="user",
    ),
    "accounts.KeptAnswer": Table(links={"user": ALL}, hidden="answer", impersonal="key digest", removed="user"),
    "accounts.SignIn": Table(links={"user": ALL}, hidden="session_key", impersonal="device", removed="user"),
    "accounts.ApiKey": Table(
        links={"user": ALL}, identity="name", hidden="digest digested_with", impersonal="prefix scopes", removed="user"
    ),
    # For good: the number of an account without a name leads to nobody, and no value of a person stands in it.
    "accounts.AuditEvent": Table(links={"actor": ALL}, impersonal="subject changes request_id"),
    "accounts.Organisation": Table(impersonal="slug name"),
    "accounts.WebhookEndpoint": Table(
        links={"user": ALL}, identity="address", hidden="secret former_secret", impersonal="kinds", removed="user"
    ),
    # What was public anyway, and what a machine answered.
    "accounts.PublicEvent": Table(impersonal="key kind about data"),
    "accounts.WebhookDelivery": Table(
        links={"endpoint__user": ALL}, identity="answer", impersonal="about last_error", removed="endpoint__user"
    ),
    "accounts.Pulse": Table(impersonal="name"),
}
# Reserved by RFC 2606: no such address can ever be written to.
NOWHERE = "erased.invalid"


def label_of(person):
    """By what ``person`` is called once their name is gone, in their own language: their office, not themselves."""
    with translation.override(person.language):
        for role, country, _organisation in person.held:
            if role in COUNTRY_ROLES:
                return _("A country officer of %(country)s") % {"country": Country.objects.get(pk=country).name}
        if person.is_curator:
            return _("A curator")
        return _("A partner") if person.is_partner else _("Somebody who had an account")


def reasons_to_stay(person):
    """Why ``person`` cannot leave now, as sentences: what nobody else could do after them."""
    reasons = []
    for role, country, _organisation in person.held:
        others = Membership.objects.filter(role=role, country=country, user__is_active=True).exclude(user=person)
        if role == Role.FOCAL_POINT and not others.exists():
            name = Country.objects.get(pk=country).name
            text = _("You are the only focal point of %(country)s. Ask an administrator to name another one first.")
            reasons.append(text % {"country": name})
        if role == Role.ADMINISTRATOR and not others.exists():
            reasons.append(_("You are the only administrator. Give the role to somebody else first."))
    return reasons


def forget(person, label):
    """Empty the account of ``person``, whose rows stay: ``label`` is what others read in the place of the name.

    The number of the account stays too, so that histories, which are only ever added to, still say what one and the
    same somebody did. Nobody can sign in with it, and sessions that were open are closed.
    """
    for model in (Notification, OutboxMessage):
        # What others were told was told by name.
        for row in model.objects.filter(context__actor=person.name).exclude(user=person):
            row.context["actor"] = label
            row.save(update_fields=["context"])
    person.email, person.name = f"erased-{person.pk}@{NOWHERE}", label
    person.language, person.time_zone, person.last_login = "en", "UTC", None
    person.is_active = person.is_staff = person.is_superuser = False
    person.set_unusable_password()
    person.groups.clear()
    person.user_permissions.clear()
    person.save()
