"""The id of the request that is being answered, for the lines of the log. A leaf: logging is set up before the apps.

A task carries the id of the request that caused it, so that both stand under one id in the log.
"""

import logging
from contextvars import ContextVar

from django.core.signals import request_finished

OUTSIDE = "-"
_current = ContextVar("request_id", default=OUTSIDE)


def current():
    """The id of the request that is being answered, or that caused the task that is run; "-" outside of both."""
    return _current.get()


def remember(request_id):
    """Let log lines carry ``request_id`` until the answer has been sent (some are written after all middleware)."""
    _current.set(request_id)


def forget(**kwargs):
    _current.set(OUTSIDE)


request_finished.connect(forget, dispatch_uid="request_ids")


class RequestIdFilter(logging.Filter):
    """Gives every log record the ``request_id`` of the request it belongs to, "-" outside of one."""

    def filter(self, record):
        record.request_id = _current.get()
        return True
