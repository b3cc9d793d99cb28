"""How an event becomes one line of the log: JSON for programs, or words for people. A leaf, as logging comes first.

What tells who somebody is does not belong into a log. People are numbers there; and should an address, a secret link or
a row's values come along in somebody else's message, they are left out here, in the last place that can.
"""

import json
import logging
import re
import traceback
from datetime import UTC, datetime

# What an event may say of itself beside its message, in this order.
FACTS = ("request_id", "user", "method", "route", "path", "status", "duration_ms", "task", "task_id")
E_MAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
# What opens a link, a session or the API: long, with digits, and of both cases where it has signs in it as a slug has.
SECRET = re.compile(
    r"(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*\d)[\w-]{32,}"
    r"|(?<![A-Za-z0-9])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{32,}",
    re.ASCII,
)
# PostgreSQL adds the values of the row that it refuses.
DETAIL = re.compile(r"DETAIL:.*?(?=\n\n|\Z)", re.DOTALL)
LINE_END = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


def discreet(text):
    """``text`` without addresses, secrets and the values of rows."""
    text = DETAIL.sub("DETAIL: <hidden>", text)
    return SECRET.sub("<secret>", E_MAIL.sub("<e-mail>", text))


class JsonLines(logging.Formatter):
    """One JSON object per event, in ASCII, so that nothing that anybody typed can end the line."""

    def format(self, record):
        moment = datetime.fromtimestamp(record.created, UTC)
        line = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": discreet(record.getMessage()),
        }
        line |= {name: value for name in FACTS if (value := getattr(record, name, None)) is not None}
        if record.exc_info and record.exc_info[0]:
            line["exception"] = discreet("".join(traceback.format_exception(*record.exc_info)))
        return json.dumps(line, default=str)


class PlainLines(logging.Formatter):
    """One line of words per event, and the traceback below it where there is one."""

    def __init__(self):
        super().__init__("{asctime} {levelname} {name} [{request_id}] {message}", style="{")

    def format(self, record):
        record.exc_text = None  # made by another handler, which may be less discreet
        return super().format(record)

    def formatMessage(self, record):
        record.message = LINE_END.sub(lambda found: repr(found[0])[1:-1], discreet(record.message))
        return super().formatMessage(record)

    def formatException(self, exc_info):
        return discreet(super().formatException(exc_info))
