"""The audit: who did what to accounts and rights. Rows are only ever added; the database refuses anything else."""

import json

from allauth.core import context
from django.contrib.admin.models import ADDITION, DELETION, LogEntry
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_save
from django.dispatch import receiver

from accounts.enums import AuditAction
from accounts.models import AuditEvent


def record(action, *, actor=None, subject=None, changes=None):
    """Write that ``actor`` (a person, or nobody) did ``action`` to the row ``subject``; returns the event.

    ``changes``: {what: [before, after]}, JSON-able and never a secret. The request that is being answered is noted.
    """
    return AuditEvent.objects.create(
        action=action,
        actor=actor if actor is not None and actor.is_authenticated else None,
        subject=name_of(subject),
        changes=changes or {},
        request_id=getattr(context.request, "id", ""),
    )


def name_of(row):
    """How the audit names ``row``: "accounts.user:12"; nothing for none."""
    return f"{row._meta.label_lower}:{row.pk}" if row is not None else ""


def difference(before, after):
    """{what: [before, after]} of what the dicts ``before`` and ``after`` say differently; values as text."""
    return {
        key: [str(before.get(key, "")), str(after.get(key, ""))]
        for key in sorted({*before, *after})
        if before.get(key) != after.get(key)
    }


def _without_names(message):
    """What the desk notes of a change, without how rows are called: that may be somebody's name, and stays for good."""
    try:
        parts = json.loads(message or "[]")
    except ValueError:
        return []
    return [{verb: facts.get("fields") or facts.get("name", "") for verb, facts in part.items()} for part in parts]


@receiver(user_logged_in)
def _keep_who_signed_in(sender, request, user, **kwargs):
    record(AuditAction.SIGNED_IN, actor=user, subject=user)


@receiver(post_save, sender=LogEntry)
def _keep_what_the_desk_changed(sender, instance, created, **kwargs):
    # The desk's own log can be changed and deleted; it names the fields, whose values people and roles add themselves.
    verb = {ADDITION: "added", DELETION: "deleted"}.get(instance.action_flag, "changed")
    AuditEvent.objects.create(
        action=AuditAction.DESK_CHANGED,
        actor_id=instance.user_id,
        subject=f"{instance.content_type.app_label}.{instance.content_type.model}:{instance.object_id}"[:120],
        changes={verb: _without_names(instance.change_message)},
        request_id=getattr(context.request, "id", ""),
    )
