"""Changing one's own things: what a change must say about the state that its writer saw."""

from django.utils.http import parse_etags
from django.utils.translation import gettext as _

from countries.api.refusals import PreconditionFailed, PreconditionRequired


def etag_of(row):
    """The strong ETag of ``row``, which has a ``revision`` that rises with every save."""
    return f'"{row.pk}-{row.revision}"'


def check_unchanged(request, row, differences):
    """Refuse a change whose writer saw another state of ``row`` than the one that is kept, by ``If-Match``.

    Call it with the row locked. ``differences``: a function without arguments that gives
    [{"field", "yours", "stored"}]. Raises PreconditionRequired without the header, PreconditionFailed.
    """
    current, given = etag_of(row), parse_etags(request.headers.get("If-Match", ""))
    if not given or "*" in given:  # an asterisk says nothing about what was seen
        raise PreconditionRequired(_("Send the ETag of what you read as “If-Match”."))
    # A proxy that compresses answers makes ETags weak on their way.
    if current not in [tag.removeprefix("W/") for tag in given]:
        raise PreconditionFailed(
            _("Somebody saved since you read this. Nothing was changed. Read it again, or merge the differences."),
            current=current,
            differences=differences(),
        )
