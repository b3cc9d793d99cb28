"""The parameters of read-only endpoints: one definition for the check, the message and the reference documentation."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

NAMED_IN_ERRORS = 40
SHOWN_OF_VALUE = 80
LARGEST_PAGE_SIZE = 100
LARGEST_PAGE = 10**9


@dataclass(frozen=True)
class Parameter:
    """A parameter of an endpoint. ``description`` is for the (English) API reference.

    ``values``: the known values, or empty where any whole number from ``lowest`` to ``highest`` will do.
    ``many``: may be repeated. ``is_list``: one value holds several, with commas between them.
    """

    name: str
    description: str
    values: tuple = ()
    lowest: int | None = None
    highest: int | None = None
    many: bool = False
    is_list: bool = False
    example: object = ""

    @property
    def schema(self):
        """One value as the JSON Schema of the API reference tells it."""
        if self.lowest is not None:
            return {"type": "integer", "minimum": self.lowest, "maximum": self.highest}
        return {"type": "string"} | ({"enum": list(self.values)} if self.values else {})

    def clean(self, given):
        """The clean value of the texts ``given``: a list for many or is_list, else one value, None when empty.

        Raises ValueError with a message that says what would be right.
        """
        texts = [text for text in given if text]
        if self.is_list:
            texts = [part.strip() for text in texts for part in text.split(",") if part.strip()]
        elif not self.many:
            texts = texts[-1:]
        values = [self._one(text) for text in texts]
        if self.many or self.is_list:
            return values
        return values[0] if values else None

    def _one(self, text):
        if self.lowest is not None:
            if text.isascii() and text.isdigit() and self.lowest <= int(text[:20]) <= self.highest:
                return int(text)
            raise ValueError(
                _("Expected a whole number from %(lowest)d to %(highest)d.")
                % {"lowest": self.lowest, "highest": self.highest}
            )
        if text in self.values:
            return text
        known = ", ".join(self.values[:NAMED_IN_ERRORS]) + (" …" if len(self.values) > NAMED_IN_ERRORS else "")
        raise ValueError(
            _("“%(value)s” is not known here. Known values: %(known)s.")
            % {"value": text[:SHOWN_OF_VALUE], "known": known}
        )


# RFC 3339, section 5.6. A plus sign that nobody encoded arrives as a blank.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+ -]\d\d:\d\d)", re.ASCII)


@dataclass(frozen=True)
class MomentParameter(Parameter):
    """A parameter that takes a moment as RFC 3339 writes it; clean, it is an aware datetime in UTC."""

    @property
    def schema(self):
        return {"type": "string", "format": "date-time"}

    def _one(self, text):
        try:
            if _MOMENT.fullmatch(text):
                return datetime.fromisoformat(text.upper().replace(" ", "+")).astimezone(UTC)
        except (ValueError, OverflowError):  # a day that there is not, or one before the first
            pass
        raise ValueError(
            _("“%(value)s” is no moment. Expected one like %(example)s.")
            % {"value": text[:SHOWN_OF_VALUE], "example": self.example}
        )


@dataclass(frozen=True)
class FieldsParameter(Parameter):
    """A list of members, and of members of what stands in them: ``capital.name``. Clean, it is a tree: {member: the
    same of what is wanted of it, {} for all of it}, empty where nothing was asked for.
    """

    def clean(self, given):
        asked = dict.fromkeys(super().clean(given))
        tree = {}
        for path in asked:
            parts = path.split(".")
            if not any(".".join(parts[:length]) in asked for length in range(1, len(parts))):
                node = tree
                for part in parts:
                    node = node.setdefault(part, {})
        return tree


_CURSOR = re.compile(r"\*|[A-Za-z0-9_-]{1,200}", re.ASCII)


@dataclass(frozen=True)
class CursorParameter(Parameter):
    """A parameter that takes ``*``, which begins a list, or what an answer gave as the place from which to go on."""

    @property
    def schema(self):
        return {"type": "string", "pattern": f"^({_CURSOR.pattern})$"}

    def _one(self, text):
        if _CURSOR.fullmatch(text):
            return text
        raise ValueError(no_such_cursor())


def no_such_cursor():
    return _("This is no place in this list. Begin with cursor=* and follow “next”.")


def moment(value):
    """The aware datetime ``value`` in UTC as RFC 3339 writes it, to the microsecond."""
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def clean(query, parameters):
    """Check the values of ``parameters`` in ``query`` (a QueryDict).

    Returns ({name: clean value}, {name: [messages]}); nothing is said about names that are not among ``parameters``.
    """
    values, errors = {}, {}
    for parameter in parameters:
        try:
            values[parameter.name] = parameter.clean(query.getlist(parameter.name))
        except ValueError as error:
            errors[parameter.name] = [str(error)]
    if "expand" in values and values.get("fields"):
        (known,) = (parameter.values for parameter in parameters if parameter.name == "expand")
        # A member of what only expanding gives asks for that, too.
        parts = [name for name, wanted in values["fields"].items() if wanted and name in known]
        values["expand"] = list(dict.fromkeys([*values["expand"], *parts]))
    return values, errors


def read(query, parameters):
    """The clean values of a query that may hold ``parameters`` and nothing else: {name: value}.

    Raises ValidationError naming each unknown parameter or value.
    """
    values, errors = clean(query, parameters)
    known = [parameter.name for parameter in parameters]
    for name in query:
        if name not in known:
            errors[name] = [
                _("There is no parameter “%(name)s”. Known parameters: %(known)s.")
                % {"name": name[:SHOWN_OF_VALUE], "known": ", ".join(known)}
            ]
    if errors:
        raise ValidationError(errors)
    return values


def fields_parameter(names, parts=()):
    """Which members of a row to give, out of ``names``; ``parts``: dotted paths to members of these."""
    return FieldsParameter(
        "fields",
        "Give only these members of each row, separated by commas. A dot leads to a member of an object, or of each "
        "object in a list; in tables the whole stands.",
        values=(*names, *parts),
        is_list=True,
        example=",".join([*list(names)[:3], *list(parts)[:1]]),
    )


def parts_of(fields, names=None):
    """The dotted paths to what stands in ``fields`` ({name: field of a serializer}), as far as they are among
    ``names``.
    """
    found = []
    for name, field in fields.items():
        inner = getattr(field, "child", field)
        if hasattr(inner, "fields") and (names is None or name in names):
            below = [*inner.fields, *parts_of(inner.fields)]
            found += [f"{name}.{path}" for path in below]
    return found


def expand_parameter(names):
    """What to give beside the members of a row, out of ``names``."""
    return Parameter(
        "expand",
        "Give this as well, in JSON and JSON Lines, separated by commas; whole, unless `fields` names parts of it.",
        values=tuple(names),
        is_list=True,
        example=",".join(list(names)[:2]),
    )


def format_parameter(formats):
    """The format of the answer; stands above the header ``Accept`` and is checked while that is read."""
    return Parameter(
        "format", "Format of the answer; stands above the header `Accept`.", values=tuple(formats), example="json"
    )


BOM = Parameter(
    "bom",
    "`1` begins CSV with a byte order mark, by which some spreadsheets know that it is UTF-8.",
    values=("0", "1"),
    example="1",
)
LANG = Parameter(
    "lang",
    "Language of titles, names and labels; stands above the header `Accept-Language`. "
    "A text that is not translated comes in its original language.",
    values=tuple(code for code, _name in settings.LANGUAGES),
    example="fr",
)
PAGE = Parameter(
    "page",
    "Number of the page, from 1. Beyond the last one the answer is 404.",
    (),
    1,
    LARGEST_PAGE,
    example=1,
)
PAGE_SIZE = Parameter("page_size", "Rows per page, at most 100.", (), 1, LARGEST_PAGE_SIZE, example=20)
