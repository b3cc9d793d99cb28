"""Reading what a request brings, strictly: what nobody would read is refused and named, not passed over."""

import json
from collections import Counter
from collections.abc import Mapping

import orjson
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import BaseParser

from countries.api.parameters import NAMED_IN_ERRORS, SHOWN_OF_VALUE

# No body of the API needs more than four.
DEEPEST = 20


class StrictJsonParser(BaseParser):
    """JSON as RFC 8259 has it: UTF-8, no NaN, no half characters; besides no member twice, no NUL, nothing bottomless.

    Raises ParseError (400), and RequestDataTooBig where the body has more than ``DATA_UPLOAD_MAX_MEMORY_SIZE`` bytes.
    """

    media_type = "application/json"

    def parse(self, stream, media_type=None, parser_context=None):
        body = parser_context["request"].body
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(_("This is not JSON: %(reason)s.") % {"reason": str(error)[:200]}) from None
        _refuse_bottomless(value)
        # Whole numbers are of no interest here, and endless ones would be refused with another error.
        json.loads(body, object_pairs_hook=_each_once, parse_int=str)
        return value


def _refuse_bottomless(value):
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise ParseError(_("Objects and lists stand in each other more than %(count)d deep.") % {"count": DEEPEST})
        below = []
        for one in level:
            if isinstance(one, dict):
                below += [*one, *one.values()]
            elif isinstance(one, list):
                below += one
            elif isinstance(one, str) and "\x00" in one:
                raise ParseError(_("A text holds a NUL character."))
        level = below


def _each_once(pairs):
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(name for name, _value in pairs).most_common(1)[0][0]
        raise ParseError(_("The member “%(name)s” stands there twice.") % {"name": twice[:SHOWN_OF_VALUE]})
    return found


def unknown_members(data, known):
    """{name: [message]} of the members of the object ``data`` that are not among the names ``known``."""
    known = list(known)
    text = _("There is no member “%(name)s” here that can be written. Known members: %(known)s.")
    unknown = [name for name in data if name not in known][:NAMED_IN_ERRORS]
    names = ", ".join(known)
    return {name[:SHOWN_OF_VALUE]: [text % {"name": name[:SHOWN_OF_VALUE], "known": names}] for name in unknown}


class StrictSerializer(serializers.Serializer):
    """A serializer of a body that refuses every member that it would not write."""

    def to_internal_value(self, data):
        errors = {}
        if isinstance(data, Mapping):
            errors = unknown_members(data, [name for name, field in self.fields.items() if not field.read_only])
        try:
            values = super().to_internal_value(data)
        except ValidationError as refusal:
            raise ValidationError(refusal.detail | errors) from None
        if errors:
            raise ValidationError(errors)
        return values


class NothingBody(StrictSerializer):
    """A call that says everything by its address."""


class _Exact:
    """A field that takes a value of its JSON type alone: a number is no text, and "yes" is not true."""

    json_type = str

    def to_internal_value(self, data):
        if type(data) is not self.json_type:
            self.fail("invalid")
        return super().to_internal_value(data)


class Text(_Exact, serializers.CharField):
    """Text without blanks around it."""


class Truth(_Exact, serializers.BooleanField):
    json_type = bool


class Whole(_Exact, serializers.IntegerField):
    json_type = int


def sent(body, request):
    """The clean values of what ``request`` sends, measured by ``body``, a class of them. Raises ValidationError."""
    found = body(data=request.data)
    found.is_valid(raise_exception=True)
    return found.validated_data
