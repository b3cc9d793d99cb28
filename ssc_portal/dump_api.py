"""The API door to the nightly files of everything that is public, and to the catalogue of what there is."""

from django.conf import settings
from django.http import FileResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_serializer, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.renderers import BaseRenderer
from rest_framework.response import Response

from countries.api.documentation import describe, parameter
from countries.api.parameters import format_parameter, read
from countries.api.reading import ReadViewSet
from countries.api.renderers import JsonLdRenderer, JsonRenderer
from ssc_portal import dumps
from ssc_portal.dcat import catalogue


class DumpFileSerializer(serializers.Serializer):
    name = serializers.CharField(help_text="The newest one is always at `/api/v1/dump/<name>`.")
    content = serializers.ChoiceField(dumps.CONTENTS)
    format = serializers.ChoiceField(list(dumps.MEDIA_TYPES))
    media_type = serializers.CharField(help_text="Of what is in the compressed file.")
    compression = serializers.ChoiceField(["gzip"])
    bytes = serializers.IntegerField(help_text="Size of the file as it is fetched.")
    sha256 = serializers.CharField(help_text="Checksum of the file as it is fetched.")
    rows = serializers.IntegerField(required=False, help_text="Lines of a file in JSON Lines.")
    url = serializers.URLField(help_text="This very file, for as long as it is kept: about three days.")


@extend_schema_serializer(many=False)
class DumpSerializer(serializers.Serializer):
    made_at = serializers.DateTimeField()
    as_of = serializers.DateTimeField(
        help_text="Go on from here with `modified_since=` at practices, exchanges, offers and needs."
    )
    licence = serializers.CharField(help_text="Of what countries wrote; each series of figures names its own.")
    files = DumpFileSerializer(many=True)


class DumpViewSet(ReadViewSet):
    """The manifest of the newest dump."""

    list_renderers = [JsonRenderer]
    parameters = [format_parameter(["json"])]

    def list(self, request):
        read(request.query_params, self.parameters)
        run = dumps.newest()
        if run is None:
            raise NotFound(_("The files have not been made yet. They are made every night."))
        folder = request.build_absolute_uri(reverse("api:dump"))
        files = [file | {"url": folder + dumps.stable_name(run.name, file["name"])} for file in run.manifest["files"]]
        return Response(run.manifest | {"files": files})


class GzipRenderer(BaseRenderer):
    """Announces a compressed file; its bytes are streamed from storage."""

    media_type = "application/gzip"
    format = "gz"
    charset = None

    def render(self, data, accepted_media_type=None, renderer_context=None):
        raise NotImplementedError("Files are streamed.")


class DumpFile(ReadViewSet):
    """A file of a dump, streamed as it lies in storage; named in the manifest and not in the API reference."""

    schema = None
    renderer_classes = [GzipRenderer]

    def retrieve(self, request, file):
        run, name = dumps.run_and_name(file)
        known = {f"{what}.{form}.gz" for what in dumps.CONTENTS for form in dumps.MEDIA_TYPES}
        try:
            if run is None or name not in known:
                raise FileNotFoundError(file)
            content = dumps.opened(run, name)
        except FileNotFoundError:
            raise NotFound(
                _("There is no such file, or none any more. %(address)s names those that there are.")
                % {"address": reverse("api:dump")}
            ) from None
        return FileResponse(
            content, as_attachment=True, filename=dumps.stable_name(run, name), content_type="application/gzip"
        )


class CatalogueViewSet(ReadViewSet):
    """What data there is, under which licence and in which ways, for data portals."""

    list_renderers = [JsonRenderer, JsonLdRenderer]
    parameters = [format_parameter(["json", "jsonld"])]

    def list(self, request):
        read(request.query_params, self.parameters)
        base_url = settings.SITE_URL or request.build_absolute_uri("/").removesuffix("/")
        return Response(catalogue(base_url, dumps.newest()))


extend_schema_view(
    list=describe(
        summary="Find the files with everything in them",
        description="Made every night: practices in full, exchanges, offers and needs, countries with the series of "
        "their indicators (each with its source and licence), single figures, challenge areas, topics and SDG targets, "
        "as JSON Lines and as CSV, compressed with gzip. To keep a copy, take these once and then follow with "
        "`modified_since`. 404 before the first night.",
        tag="dump",
        operation="dump_read",
        parameters=[parameter(one) for one in DumpViewSet.parameters],
        response=DumpSerializer,
        renderers=DumpViewSet.list_renderers,
        errors=(400, 404, 406),
    )
)(DumpViewSet)
extend_schema_view(
    list=describe(
        summary="Read the catalogue of data sets",
        description="DCAT-AP as JSON-LD: data sets, licence, how often they change, and all the ways to get them.",
        tag="dump",
        operation="catalog_read",
        parameters=[parameter(one) for one in CatalogueViewSet.parameters],
        response=OpenApiTypes.OBJECT,
        renderers=CatalogueViewSet.list_renderers,
        errors=(400, 404, 406),
    )
)(CatalogueViewSet)
