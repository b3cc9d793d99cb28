"""Reading a file of rows: JSON or JSON Lines."""

import json

from django.utils.translation import gettext as _


def read_rows(file):
    """Yield (row number from 1, row or ValueError) from an open text file: object, list, or JSON Lines.

    An object with a list under ``practices`` is taken as that list. Raises ValueError when the file is none of these.
    """
    first = file.read(1)
    while first and first.isspace():
        first = file.read(1)
    if not first:
        return
    rest_of_line = file.readline()
    try:
        opening = json.loads(first + rest_of_line)
    except ValueError:
        opening = None
    if isinstance(opening, dict) and "practices" not in opening:
        yield 1, opening
        for number, line in enumerate(file, start=2):
            if line.strip():
                yield number, _parsed(line)
        return
    text = first + rest_of_line + file.read()
    try:
        content = json.loads(text)
    except ValueError as error:
        lines = text.splitlines()
        if first == "{" and len(lines) > 1 and lines[1].lstrip().startswith("{"):  # JSON Lines, the first one broken
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield number, _parsed(line)
            return
        raise ValueError(_("The file is neither JSON nor JSON Lines: %(error)s") % {"error": error}) from error
    if isinstance(content, dict):
        content = content.get("practices", [content])
    if not isinstance(content, list):
        raise ValueError(_("Expected an object, a list of objects, or one object per line."))
    yield from enumerate(content, start=1)


def _parsed(line):
    try:
        return json.loads(line)
    except ValueError as error:
        return ValueError(_("This line is not JSON: %(error)s") % {"error": error})
