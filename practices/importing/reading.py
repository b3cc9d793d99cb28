"""Reading a file of rows: JSON or JSON Lines."""

import os

import orjson
from django.utils.translation import gettext as _

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class UnreadableFileError(ValueError):
    """A file holds no rows; the message says why."""


class RowFile:
    """The rows of the file at ``path``, to be gone through as often as needed. Raises OSError when it cannot be read,
    and what ``read_rows`` raises.
    """

    def __init__(self, path):
        self.path, self._size, self._file = path, os.stat(path).st_size, None

    def __iter__(self):
        with open(self.path, "rb") as self._file:
            yield from read_rows(self._file)

    @property
    def share(self):
        """How much of the file was read this time, 0 to 1."""
        return 1 if self._file is None or self._file.closed else self._file.tell() / self._size


def read_rows(file):
    """Yield (row number from 1, row or ValueError) from a file opened for bytes: object, list, or JSON Lines.

    An object with a list under ``practices`` is taken as that list. Raises UnreadableFileError when the file is none of
    these.
    """
    first = file.readline().removeprefix(_BYTE_ORDER_MARK)
    while first and first.isspace():
        first = file.readline()
    if not first:
        return
    opening = _parsed(first)
    if isinstance(opening, dict) and "practices" not in opening:
        yield 1, opening
        for number, line in enumerate(file, start=2):
            if not line.isspace():
                yield number, _parsed(line)
        return
    text = first + file.read()
    try:
        content = orjson.loads(text)
    except ValueError as error:
        lines = text.splitlines()
        if text.lstrip().startswith(b"{") and len(lines) > 1 and lines[1].lstrip().startswith(b"{"):
            for number, line in enumerate(lines, start=1):  # JSON Lines, the first one broken
                if line and not line.isspace():
                    yield number, _parsed(line)
            return
        raise UnreadableFileError(_("The file is neither JSON nor JSON Lines: %(error)s") % {"error": error}) from error
    if isinstance(content, dict):
        content = content.get("practices", [content])
    if not isinstance(content, list):
        raise UnreadableFileError(_("Expected an object, a list of objects, or one object per line."))
    yield from enumerate(content, start=1)


def _parsed(line):
    try:
        return orjson.loads(line)
    except ValueError as error:
        return ValueError(_("This line is not JSON: %(error)s") % {"error": error})
