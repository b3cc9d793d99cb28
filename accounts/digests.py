"""One e-mail a day for those who want it so: at seven in the morning where they are, and none when nothing happened."""

from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from accounts.kinds import Kind
from accounts.models import OutboxMessage, User
from accounts.mornings import latest_morning
from accounts.tasks import deliver_outbox, nudge


def gather(now=None):
    """Promise the e-mail of the day to everybody for whom morning has come since something happened.

    ``now``: an aware datetime. What happens after seven in the morning waits for the next one. Returns how many e-mails
    were promised.
    """
    now = now or timezone.now()
    waiting = OutboxMessage.objects.for_daily_mail().values("user").annotate(first=Min("created_at"))
    first = dict(waiting.values_list("user", "first"))
    count = 0
    for user in User.objects.filter(pk__in=first):
        morning = latest_morning(user.time_zone, now)
        if first[user.pk] < morning:
            count += _gather_for(user, morning)
    return count


@transaction.atomic
def _gather_for(user, morning):
    """Promise ``user`` the e-mail of ``morning``; False when it was promised before."""
    row, is_new = OutboxMessage.objects.get_or_create(
        key=f"digest:{user.pk}:{morning.isoformat()}",
        defaults={"user": user, "kind": Kind.DIGEST, "path": "/accounts/notifications/"},
    )
    if not is_new:  # what was written before seven but committed after it goes with the next one
        return False
    told = OutboxMessage.objects.for_daily_mail().filter(user=user, created_at__lt=morning)
    row.context = {"count": told.update(sent_at=timezone.now(), digest=row)}
    row.save(update_fields=["context"])
    transaction.on_commit(lambda: nudge(deliver_outbox))
    return True
