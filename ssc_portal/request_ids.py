"""The id of the request that is being answered, for the lines of the log. A leaf: logging is set up before the apps."""

import logging
from contextlib import contextmanager
from contextvars import ContextVar

_current = ContextVar("request_id", default="-")


@contextmanager
def current(request_id):
    """Within this block log lines carry ``request_id``."""
    token = _current.set(request_id)
    try:
        yield
    finally:
        _current.reset(token)


class RequestIdFilter(logging.Filter):
    """Gives every log record the ``request_id`` of the request it belongs to, "-" outside of one."""

    def filter(self, record):
        record.request_id = _current.get()
        return True
