"""Following a list by the API: ``modified_since`` and ``cursor``, what goes with them, and what they answer."""

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from countries.api.parameters import CursorParameter, MomentParameter, moment, no_such_cursor
from countries.api.reading import step
from practices.following import BEGIN, changed, walked

MODIFIED_SINCE = MomentParameter(
    "modified_since",
    "Give what changed after this moment, in the order of the changes, with tombstones for what is gone. Use the "
    "`as_of` of an answer, not a clock of your own: what is being published now may turn up with an earlier moment.",
    example="2026-03-01T00:00:00Z",
)
CURSOR = CursorParameter(
    "cursor",
    "`*` walks the list, newest first, in steps that stay whole while rows come and go; `next` leads on.",
    example="*",
)
AS_OF = serializers.DateTimeField(
    required=False, help_text="With `cursor` or `modified_since`: where to go on following when there is no `next`."
)
TO_KEEP_A_COPY = (
    "To keep a copy: take the whole list with `cursor=*`, following `next`, then ask again and again with the same "
    "filters and `modified_since=` the `as_of` of the answer before. Both give JSON alone, in an order of their own, "
    "and go with neither `page` nor `facets`."
)
_NAMES = (MODIFIED_SINCE.name, CURSOR.name)


def is_followed(query):
    return any(query.get(name) for name in _NAMES)


def unfit_for_following(query, chosen, kind):
    """What does not go together with ``modified_since`` or ``cursor``: {parameter: [messages]}.

    ``chosen``: clean values of the API's own parameters; ``kind``: the format of the answer.
    """
    asked = [name for name in _NAMES if chosen.get(name)]
    if not asked:
        return {}
    unfit = ["page", "facets"]
    if MODIFIED_SINCE.name in asked:
        unfit += ["q", "ordering"]
    elif query.get("ordering") != "-published_at":
        unfit += ["ordering"]
    if kind != "json":
        unfit += ["format"]
    message = _("This does not go together with “%(name)s”.") % {"name": asked[0]}
    return {name: [message] for name in unfit if query.get(name) or name == "format"}


def follow(request, followed, chosen, shown):
    """The answer to whoever keeps a copy of ``followed`` (practices.following.Followed): changes, or a step of a walk.

    ``shown``: a function of cards, the rows that are given for them.
    """
    cursor, since = chosen["cursor"] or BEGIN, chosen["modified_since"]
    try:
        found = changed(followed, since=since, cursor=cursor) if since else walked(followed, cursor=cursor)
    except ValueError:
        raise ValidationError({"cursor": [no_such_cursor()]}) from None
    if since:
        left = iter(shown([row.card for row in found.rows if row.card]))
        rows = [(row.gone or next(left)) | {"changed_at": moment(row.at)} for row in found.rows]
    else:
        rows = shown(found.rows)
    return Response(step(request, rows, count=found.count, cursor=found.cursor, as_of=found.as_of))
