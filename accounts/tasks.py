"""Work of this floor that a request should not wait for, and the way in which every floor queues such work."""

import logging

from celery import shared_task
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def nudge(task, *args):
    """Queue ``task``; a queue that is away is noted and otherwise ignored, for the rows it would work on stay."""
    try:
        task.apply_async(args, retry=False)
    except OperationalError:
        logger.warning("The queue is away: %s was not queued.", task.name)


@shared_task(name="accounts.tasks.deliver_outbox")
def deliver_outbox():
    """Send the messages that are due."""
    from accounts.outbox import deliver_due

    deliver_due()


@shared_task(name="accounts.tasks.sweep_outbox")
def sweep_outbox():
    """The same, because the clock asks for it: what no nudge reached is found here."""
    from accounts.models import Pulse
    from accounts.outbox import deliver_due

    Pulse.beat("beat")
    deliver_due()
    Pulse.beat("sweep")


@shared_task(name="accounts.tasks.deliver_webhooks")
def deliver_webhooks():
    """Send the webhooks that are due, and come back for those that are left after a while."""
    from accounts.webhooks.sending import deliver_due

    if deliver_due():
        nudge(deliver_webhooks)


@shared_task(name="accounts.tasks.sweep_webhooks")
def sweep_webhooks():
    """The same, because the clock asks for it."""
    deliver_webhooks()


@shared_task(name="accounts.tasks.send_daily_mail")
def send_daily_mail():
    """Promise the e-mail of the day to everybody for whom morning has come."""
    from accounts.digests import gather
    from accounts.models import Pulse

    gather()
    Pulse.beat("daily mail")


@shared_task(name="accounts.tasks.forget_unfinished")
def forget_unfinished():
    """Delete what is left of invitations and applications that came to nothing, and what webhooks told long ago."""
    from accounts.webhooks.keeping import forget_old
    from accounts.workflow import forget_unfinished

    forget_unfinished()
    forget_old()


@shared_task(name="accounts.tasks.forget_answers")
def forget_answers():
    """Delete the answers that were kept for requests which are sent again, once their day is over."""
    from accounts.models import KeptAnswer

    KeptAnswer.objects.outlived().delete()
