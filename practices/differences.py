"""Where two texts of a case study differ: paragraph by paragraph, then word by word, as safe HTML."""

import difflib
from dataclasses import dataclass

from django.core.exceptions import FieldDoesNotExist
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from practices.drafting import ROWS
from practices.enums import CountryRole, LessonKind
from practices.field_names import ASKED_AS, field_name
from practices.models import Version
from practices.names import names
from practices.serial import public_serial
from practices.steps import STEPS

# Two paragraphs of more words are shown as a whole, old and new: comparing takes the square of their length.
WORDS_COMPARED = 4000
_KINDS = dict(LessonKind.choices)
_ROLES = dict(CountryRole.choices)
# What of each kind of row is compared, in this order: what was kept as JSON has its keys in another.
_COLUMNS = ROWS | {"countries": ("country", "role"), "partners": ("name", "role")}
_COLUMNS |= {"files": ("name", "caption", "alt", "credit", "licence")}


@dataclass(frozen=True)
class Change:
    """One part that differs: its key in the content, its name as the form calls it, and HTML with <del> and <ins>."""

    field: str
    label: str
    html: str


def changes(old, new):
    """[Change] between two contents as ``content.as_dict`` gives them, in the order of the form."""
    order = [name for step in STEPS for name in step.fields]
    keys = sorted(set(old) | set(new), key=lambda key: (_position(key, order), key))
    known = names(public_serial())
    found = []
    for key in keys:
        before, after = _in_words(key, old.get(key), known), _in_words(key, new.get(key), known)
        if before != after:
            found.append(Change(key, field_name(key), marked(before, after)))
    return found


def _position(key, order):
    asked = ASKED_AS.get(key, key)
    return order.index(asked) if asked in order else len(order)


def _in_words(key, value, known):
    """A value of the content as a reader would call it; lists one entry per line."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "\n".join(_entry(key, one, known) for one in value)
    choices = {} if key in {"countries", "partners"} else dict(_choices(key))
    return str(choices.get(value, value))


def _choices(key):
    try:
        return Version._meta.get_field(key).flatchoices
    except FieldDoesNotExist:  # kept before a column was renamed
        return ()


def _entry(key, entry, known):
    if isinstance(entry, dict):
        parts = (_part(name, entry.get(name), known) for name in _COLUMNS[key])
        return " · ".join(part for part in parts if part)
    rows = {"challenge_areas": known.areas, "topics": known.topics}.get(key, {})
    return rows[entry].name if entry in rows else str(entry)


def _part(name, value, known):
    """One column of a row in words."""
    if value in (None, ""):
        return ""
    if name == "country":
        return known.countries[value].name if value in known.countries else value
    if name == "kind":
        return str(_KINDS.get(value, value))
    if name == "role":
        return str(_ROLES.get(value, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


# Marking


def marked(before, after):
    """``after`` as safe HTML, what is new in <ins> and what is gone from ``before`` in <del>; paragraphs stay apart."""
    old, new = before.split("\n"), after.split("\n")
    lines = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            lines += [format_html("{}", line) for line in new[c:d]]
            continue
        pairs = min(b - a, d - c)
        lines += [_marked_words(one, other) for one, other in zip(old[a : a + pairs], new[c : c + pairs], strict=True)]
        lines += [format_html("<del>{}</del>", line) for line in old[a + pairs : b] if line.strip()]
        lines += [format_html("<ins>{}</ins>", line) if line.strip() else "" for line in new[c + pairs : d]]
    return mark_safe("<br>".join(lines))  # noqa: S308 - each line is escaped


def _marked_words(before, after):
    old, new = before.split(), after.split()
    if len(old) + len(new) > WORDS_COMPARED:
        return format_html("<del>{}</del> <ins>{}</ins>", before, after)
    parts = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            parts.append(format_html("{}", " ".join(new[c:d])))
            continue
        if b > a:
            parts.append(format_html("<del>{}</del>", " ".join(old[a:b])))
        if d > c:
            parts.append(format_html("<ins>{}</ins>", " ".join(new[c:d])))
    return mark_safe(" ".join(parts))  # noqa: S308 - each part is escaped
