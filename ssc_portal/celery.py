"""The Celery application: the fast path for work that a request should not wait for."""

import logging
import logging.config
import os
import time

from celery import Celery
from celery.signals import before_task_publish, setup_logging, task_postrun, task_prerun, worker_ready

from ssc_portal import request_ids

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ssc_portal.settings")
logger = logging.getLogger("ssc_portal.tasks")

app = Celery("ssc_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def log_like_the_web(**kwargs):
    """Celery sets up no logging of its own: worker and beat write the same lines as the web server."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)


@before_task_publish.connect
def carry_request_id(headers, **kwargs):
    headers["request_id"] = request_ids.current()


@task_prerun.connect
def begin_task(task, **kwargs):
    request_ids.remember(task.request.get("request_id") or request_ids.OUTSIDE)
    task.request.began = time.perf_counter()


@task_postrun.connect
def end_task(task, task_id, state=None, **kwargs):
    took = round((time.perf_counter() - task.request.began) * 1000, 1)
    facts = {"task": task.name, "task_id": task_id, "status": state, "duration_ms": took}
    logger.info("%(task)s %(status)s %(duration_ms).0f ms", facts, extra=facts)
    request_ids.forget()


@worker_ready.connect
def catch_up(sender, **kwargs):
    """A worker that starts after a night without one makes up for what was missed."""
    from accounts.tasks import nudge
    from practices.tasks import check_validity
    from practices.validity import is_check_missed
    from ssc_portal.dumps import is_dump_missed
    from ssc_portal.tasks import write_dump

    if is_check_missed():
        nudge(check_validity)
    if is_dump_missed():
        nudge(write_dump)
