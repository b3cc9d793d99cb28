"""The parameters of read-only endpoints: one definition for the check, the message and the reference documentation."""

from dataclasses import dataclass

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


def fields_parameter(names):
    """Which members of a row to give, out of ``names``."""
    return Parameter(
        "fields",
        "Give only these members of each row, separated by commas.",
        values=tuple(names),
        is_list=True,
        example=",".join(list(names)[:3]),
    )


def expand_parameter(names):
    """What to give beside the members of a row, out of ``names``."""
    return Parameter(
        "expand",
        "Give this as well, in JSON and JSON Lines, separated by commas; whatever `fields` says.",
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
