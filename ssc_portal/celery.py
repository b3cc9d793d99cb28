"""The Celery application: the fast path for work that a request should not wait for."""

import os

from celery import Celery
from celery.signals import worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ssc_portal.settings")

app = Celery("ssc_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
def catch_up(sender, **kwargs):
    """A worker that starts after a night without one makes up for the check that was missed."""
    from practices.validity import is_check_missed

    if is_check_missed():
        from accounts.tasks import nudge
        from practices.tasks import check_validity

        nudge(check_validity)
