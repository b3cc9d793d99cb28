"""How read-only endpoints describe themselves in the OpenAPI document. The API reference is in English."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_serializer,
    extend_schema_view,
)
from rest_framework import serializers


class FieldErrorSerializer(serializers.Serializer):
    field = serializers.CharField(help_text="The parameter or field; empty when it is about all of them.")
    message = serializers.CharField(help_text="What is wrong and what would be right, in the language asked for.")


class ProblemSerializer(serializers.Serializer):
    """Problem details (RFC 9457). Every error of the API looks like this."""

    type = serializers.CharField(help_text="Address of the page that explains the kind of problem; never changes.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField(help_text="The address that was asked for.")
    request_id = serializers.CharField(help_text="Quote it when you write to us.")
    errors = FieldErrorSerializer(many=True, required=False)


PROBLEM = "application/problem+json"
_EXAMPLES = {
    400: (
        "validation-error",
        "Invalid parameters",
        "A parameter is unknown or its value is not allowed.",
    ),
    401: ("not-authenticated", "Sign-in needed", "This key has expired."),
    404: ("not-found", "Not found", "There is nothing at this address, or nothing that you may know of."),
    406: ("not-acceptable", "Format not available", "The format “pdf” is not offered here. Known formats: json, csv."),
    410: ("gone", "Retracted", "The figures could not be confirmed."),
}
_MEANINGS = {
    400: "A parameter or one of its values is unknown; `errors` names it and says what would be right.",
    401: "The key that was shown opens nothing: unknown, expired, revoked, or its account is closed.",
    404: "There is no such thing, or no such page of the list.",
    406: "The format is not offered here; the detail names those that are.",
    410: "The practice was published once and has been retracted; the detail says why. Members `reference` and "
    "`retracted_at` are added.",
}


def problems(*codes):
    """Responses for the given status codes, as ``extend_schema`` takes them."""
    return {(code, PROBLEM): _problem_response(code) for code in codes}


def _problem_response(code):
    slug, title, detail = _EXAMPLES[code]
    value = {
        "type": f"/developers/problems/#{slug}",
        "title": title,
        "status": code,
        "detail": detail,
        "instance": "/api/v1/practices/?colour=red",
        "request_id": "7d3c1c2bb0a14f0f8f0d6f2f0a9b6c55",
    }
    if code == 400:
        value["errors"] = [{"field": "colour", "message": "There is no parameter “colour”. Known: q, area, …"}]
    return OpenApiResponse(
        ProblemSerializer,
        description=_MEANINGS[code],
        examples=[OpenApiExample(title, value=value, media_type=PROBLEM, response_only=True, status_codes=[str(code)])],
    )


def parameter(one):
    """A ``countries.api.parameters.Parameter`` as OpenAPI knows it.

    Examples stand in the description: a reference page fills real ones in, and nobody wants all filters at once.
    """
    if one.lowest is not None:
        schema = {"type": "integer", "minimum": one.lowest, "maximum": one.highest}
    elif one.values:
        schema = {"type": "string", "enum": list(one.values)}
    else:
        schema = {"type": "string"}
    if one.many or one.is_list:
        schema = {"type": "array", "items": schema}
    return OpenApiParameter(
        one.name,
        type=schema,
        description=f"{one.description} For example `{one.example}`.",
        style="form" if one.is_list else None,
        explode=False if one.is_list else None,
    )


def path_parameter(name, description, example, pattern=None):
    schema = {"type": "string"} | ({"pattern": pattern} if pattern else {})
    return OpenApiParameter(
        name,
        type=schema,
        location=OpenApiParameter.PATH,
        required=True,
        description=description,
        examples=[OpenApiExample("Example", value=example)],
    )


def list_of(row, **extra):
    """The serializer of a page of ``row`` (a serializer class); ``extra``: further members."""
    name = row.__name__.replace("Serializer", "ListSerializer")
    members = {
        "count": serializers.IntegerField(help_text="Rows of the whole list."),
        "next": serializers.URLField(allow_null=True, help_text="The next page of this very query, null on the last."),
        "previous": serializers.URLField(allow_null=True, help_text="The page before, null on the first."),
        **extra,
        "results": row(many=True),
    }
    # It is one object; the generator would take what a list answers for an array of it.
    return extend_schema_serializer(many=False)(type(name, (serializers.Serializer,), members))


class GeometrySerializer(serializers.Serializer):
    type = serializers.ChoiceField(["Point"])
    coordinates = serializers.ListField(
        child=serializers.FloatField(), min_length=2, max_length=2, help_text="Longitude, latitude."
    )


class FeatureSerializer(serializers.Serializer):
    type = serializers.ChoiceField(["Feature"])
    id = serializers.CharField()
    geometry = GeometrySerializer(allow_null=True)
    properties = serializers.DictField()


@extend_schema_serializer(many=False)
class FeatureCollectionSerializer(serializers.Serializer):
    """RFC 7946. Points lie at capitals: of the country, or of the country that leads the practice."""

    type = serializers.ChoiceField(["FeatureCollection"])
    features = FeatureSerializer(many=True)


def describe_parts(result, generator, request, public):
    """A hook of drf-spectacular: where ``fields`` may ask for some members, an answer is the whole or a part of it."""
    schemas = result["components"]["schemas"]
    for methods in result["paths"].values():
        for operation in methods.values():
            if any(one["name"] == "fields" for one in operation["parameters"]):
                content = operation["responses"]["200"]["content"]["application/json"]
                members = schemas[_name_of(content["schema"])]["properties"]
                if "next" in members:  # a page of a list
                    members["results"]["items"] = _whole_or_part(members["results"]["items"], schemas)
                else:
                    content["schema"] = _whole_or_part(content["schema"], schemas)
    return result


def _whole_or_part(reference, schemas):
    """What ``reference`` points to, or some of its members; notes the latter in ``schemas``."""
    name = _name_of(reference)
    about = f"Some members of `{name}`: those that `fields` asks for."
    part = {"type": "object", "properties": schemas[name]["properties"], "description": about}
    schemas[f"PartOf{name}"] = part
    return {"anyOf": [reference, {"$ref": f"#/components/schemas/PartOf{name}"}]}


def _name_of(reference):
    return reference["$ref"].rpartition("/")[2]


_OTHER_FORMATS = {
    "text/csv": OpenApiResponse(OpenApiTypes.STR, description="The whole list, or the page asked for."),
    "application/geo+json": OpenApiResponse(FeatureCollectionSerializer, description="The whole list, or the page."),
    "application/jsonl": OpenApiResponse(OpenApiTypes.STR, description="A row per line: the whole list, or the page."),
    "application/ld+json": OpenApiResponse(OpenApiTypes.OBJECT, description="In the words of schema.org."),
    "application/xml": OpenApiResponse(OpenApiTypes.STR, description="Activities of IATI 2.03."),
}


def describe(*, summary, description, tag, parameters, response, renderers, errors, operation):
    """The ``extend_schema`` of one operation; ``response``: serializer of its JSON; ``errors``: status codes."""
    answers = {(200, "application/json"): OpenApiResponse(response, description="")}
    for renderer in renderers:
        if renderer.media_type in _OTHER_FORMATS:
            answers[(200, renderer.media_type)] = _OTHER_FORMATS[renderer.media_type]
    return extend_schema(
        operation_id=operation,
        summary=summary,
        description=description,
        tags=[tag],
        parameters=parameters,
        responses=answers | problems(401, *errors),
    )


def describe_reference(viewset, *, one, many, tag, serializer, about, key, detail=None):
    """Describe both operations of a ReferenceViewSet. ``key``: the path_parameter; ``about``: what the list holds.

    ``detail``: the serializer of a single one, where it holds more than a row of the list.
    """
    return extend_schema_view(
        list=describe(
            summary=f"List {many}",
            description=about,
            tag=tag,
            parameters=[parameter(one_) for one_ in viewset.get_parameters(of_list=True)],
            response=list_of(serializer),
            renderers=viewset.list_renderers,
            errors=(400, 404, 406),
            operation=f"{tag}_list".replace("-", "_"),
        ),
        retrieve=describe(
            summary=f"Read {one}",
            description="",
            tag=tag,
            parameters=[key, *[parameter(one_) for one_ in viewset.get_parameters(of_list=False)]],
            response=detail or serializer,
            renderers=viewset.renderer_classes,
            errors=(400, 404, 406),
            operation=f"{tag}_read".replace("-", "_"),
        ),
    )(viewset)
