"""The formats in which the read API answers, and how one of them is chosen."""

import orjson
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer

from countries.api.parameters import SHOWN_OF_VALUE


class JsonRenderer(BaseRenderer):
    """JSON by orjson, without a detour over serializers."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data, accepted_media_type=None, renderer_context=None):
        return b"" if data is None else orjson.dumps(data)


class JsonLdRenderer(JsonRenderer):
    """Linked data in the words of schema.org."""

    media_type = "application/ld+json"
    format = "jsonld"


class GeoJsonRenderer(JsonRenderer):
    """RFC 7946: points for maps."""

    media_type = "application/geo+json"
    format = "geojson"


class JsonLinesRenderer(JsonRenderer):
    """One JSON object per line: whole lists for programs that read them row by row."""

    media_type = "application/jsonl"
    format = "jsonl"


class TableRenderer(BaseRenderer):
    """Announces a table; the rows themselves are streamed by ``countries.api.exports``: no body holds a whole list."""

    def render(self, data, accepted_media_type=None, renderer_context=None):
        raise NotImplementedError("Tables are streamed.")


class CsvRenderer(TableRenderer):
    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"


class XlsxRenderer(TableRenderer):
    """A workbook for spreadsheet programs (Office Open XML)."""

    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    format = "xlsx"
    charset = None


class FormatNegotiation(DefaultContentNegotiation):
    """``?format=`` first, then ``Accept``; what is not offered is a 406 that names what is.

    An endpoint with a single format answers in it whatever is accepted.
    """

    def select_renderer(self, request, renderers, format_suffix=None):
        if len(renderers) == 1:
            return renderers[0], renderers[0].media_type
        try:
            return super().select_renderer(request, renderers, format_suffix)
        except NotAcceptable:
            if request.query_params.get("format"):
                raise
            raise NotAcceptable(
                _("None of the accepted formats is offered here. Known formats: %(known)s.")
                % {"known": ", ".join(renderer.media_type for renderer in renderers)}
            ) from None

    def filter_renderers(self, renderers, format):
        chosen = [renderer for renderer in renderers if renderer.format == format]
        if not chosen:
            raise NotAcceptable(
                _("The format “%(format)s” is not offered here. Known formats: %(known)s.")
                % {
                    "format": format[:SHOWN_OF_VALUE],
                    "known": ", ".join(renderer.format for renderer in renderers),
                }
            )
        return chosen
