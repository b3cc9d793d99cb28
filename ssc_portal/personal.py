"""All that is registered of personal data, by table: what the apps say of theirs, and what others' tables hold."""

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.db import models

import accounts.personal
import countries.personal
import exchanges.personal
import practices.personal
from accounts import sessions
from countries.personal import ALL, Table

TABLES = {
    "admin.LogEntry": Table(links={"user": ALL}, identity="object_repr change_message", impersonal="object_id"),
    "account.EmailAddress": Table(links={"user": ALL}, identity="email", removed="user"),
    "account.EmailConfirmation": Table(
        links={"email_address__user": "id created sent"}, hidden="key", removed="email_address__user"
    ),
    "mfa.Authenticator": Table(links={"user": ALL}, hidden="data", removed="user"),
    "socialaccount.SocialAccount": Table(
        links={"user": ALL}, identity="uid extra_data", impersonal="provider", removed="user"
    ),
    "socialaccount.SocialToken": Table(
        links={"account__user": "id expires_at"}, hidden="token token_secret", removed="account__user"
    ),
    # The portal's own account with a provider.
    "socialaccount.SocialApp": Table(impersonal="provider provider_id name client_id secret key settings"),
    "sessions.Session": Table(hidden="session_key session_data"),
    "auth.Group": Table(impersonal="name"),
    "auth.Permission": Table(impersonal="name codename"),
    "contenttypes.ContentType": Table(impersonal="app_label model"),
}
_NEITHER_NAME_NOR_WORDS = (
    models.BooleanField,
    models.DateField,
    models.DecimalField,
    models.DurationField,
    models.FloatField,
    models.IntegerField,
    models.TimeField,
)


def registered():
    """{label of a model: Table} of all apps."""
    rooms = (countries.personal, accounts.personal, practices.personal, exchanges.personal)
    return TABLES | {label: table for room in rooms for label, table in room.TABLES.items()}


def could_hold(field):
    """Whether ``field`` could hold personal data: a link to a person, or text that is not one of a few codes."""
    if field.remote_field:
        return field.related_model is get_user_model()
    if isinstance(field, ArrayField):
        return could_hold(field.base_field)
    return not field.choices and not isinstance(field, _NEITHER_NAME_NOR_WORDS)


def unregistered():
    """["app.Model.column"] of what could hold personal data and is not named in any register, as a sorted list."""
    tables, missing = registered(), []
    for model in apps.get_models():
        table = tables.get(model._meta.label, Table())
        known = {*table.links}
        for kind in ("identity", "hidden", "words", "impersonal"):
            known.update(table.columns(kind))
        for field in [*model._meta.concrete_fields, *model._meta.many_to_many]:
            if could_hold(field) and field.name not in known:
                missing.append(f"{model._meta.label}.{field.name}")
    return sorted(missing)


def forget(person, label):
    """End the sessions of ``person``, and take their name out of what the desk noted about their account."""
    sessions.end(person.sign_ins.all())
    about = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(person), object_id=str(person.pk))
    about.update(object_repr=label[:200], change_message="")
