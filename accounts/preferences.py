"""Which messages a person gets by e-mail, and when. The list on the portal holds all of them, whatever is chosen."""

from django.db import transaction

from accounts.enums import Channel, MailRhythm, MailScope
from accounts.kinds import Kind
from accounts.tasks import deliver_outbox, nudge


def channel_for(user, kind):
    """How ``user`` gets a message of ``kind`` (a Kind): what is about the safety of the account is always sent."""
    if kind.is_safety:
        return Channel.AT_ONCE
    if user.mail_scope == MailScope.NONE or (user.mail_scope == MailScope.NEEDS_ME and not kind.needs_reader):
        return Channel.LIST_ONLY
    if user.mail_rhythm == MailRhythm.AT_ONCE or (user.mail_rhythm == MailRhythm.MIXED and kind.needs_reader):
        return Channel.AT_ONCE
    return Channel.DAILY


@transaction.atomic
def choose(user, *, scope, rhythm, time_zone=""):
    """Keep what ``user`` chose (a MailScope, a MailRhythm, a time zone by its name or none to leave it as it is).

    What is not sent yet follows the new choice.
    """
    user.mail_scope, user.mail_rhythm, user.time_zone = scope, rhythm, time_zone or user.time_zone
    user.save(update_fields=["mail_scope", "mail_rhythm", "time_zone"])
    waiting = user.outbox_messages.still_to_send()
    if scope == MailScope.NONE:
        waiting.filter(kind=Kind.DIGEST).update(channel=Channel.LIST_ONLY)
    by_channel = {}
    for kind in Kind:
        if kind != Kind.DIGEST:
            by_channel.setdefault(channel_for(user, kind), []).append(kind)
    for channel, kinds in by_channel.items():
        waiting.filter(kind__in=kinds).exclude(channel=channel).update(channel=channel)
    transaction.on_commit(lambda: nudge(deliver_outbox))
