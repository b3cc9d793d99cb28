"""How read-only endpoints describe themselves in the OpenAPI document. The API reference is in English."""

from dataclasses import dataclass, field

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    PolymorphicProxySerializer,
    extend_schema,
    extend_schema_field,
    extend_schema_serializer,
    extend_schema_view,
)
from rest_framework import serializers

from countries.api.renderers import XlsxRenderer


class FieldErrorSerializer(serializers.Serializer):
    field = serializers.CharField(help_text="The parameter or field; empty when it is about all of them.")
    message = serializers.CharField(help_text="What is wrong and what would be right, in the language asked for.")


class DifferenceSerializer(serializers.Serializer):
    field = serializers.CharField()
    yours = serializers.JSONField(help_text="What the request would have written.")
    stored = serializers.JSONField(help_text="What stands there now.")


class ProblemSerializer(serializers.Serializer):
    """Problem details (RFC 9457). Every error of the API looks like this."""

    type = serializers.CharField(help_text="Address of the page that explains the kind of problem; never changes.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField(help_text="The address that was asked for.")
    request_id = serializers.CharField(help_text="Quote it when you write to us.")
    errors = FieldErrorSerializer(many=True, required=False)
    current = serializers.CharField(required=False, help_text="With 412: the `ETag` of the present state.")
    differences = DifferenceSerializer(many=True, required=False, help_text="With 412.")
    current_status = serializers.CharField(required=False, help_text="With 409: where the thing stands.")
    reference = serializers.CharField(required=False, help_text="With 410: of the practice.")
    retracted_at = serializers.DateTimeField(required=False, help_text="With 410.")


PROBLEM = "application/problem+json"
_LIST, _ONE = "/api/v1/practices/?colour=red", "/api/v1/submissions/4711/"


@dataclass(frozen=True)
class _Problem:
    """What the document says of a kind of problem: an example of the answer, and what it means.

    ``more``: further members of the example; ``headers``: {name: what it says}.
    """

    status: int
    slug: str
    title: str
    detail: str
    meaning: str
    instance: str = _ONE
    more: dict = field(default_factory=dict)
    headers: dict = field(default_factory=dict)


_RETRY = {"Retry-After": "Seconds to wait."}
_PROBLEMS = [
    _Problem(
        400,
        "validation-error",
        "Invalid parameters",
        "A parameter or field is unknown or has a value that is not allowed. “errors” names each of them.",
        "A parameter, a field of the body or one of their values is unknown; `errors` names it and says what would be "
        "right. A body that cannot be read is a `bad-request`.",
        _LIST,
        {"errors": [{"field": "colour", "message": "There is no parameter “colour”. Known: q, area, …"}]},
    ),
    _Problem(
        401,
        "not-authenticated",
        "Sign-in needed",
        "This key has expired.",
        "The key that was shown opens nothing: unknown, expired, revoked, or its account is closed. Or none was shown "
        "where one is needed.",
        headers={"WWW-Authenticate": "`Bearer`: show a key."},
    ),
    _Problem(
        403,
        "permission-denied",
        "Not allowed",
        "This key has no scope “draft”.",
        "It may be read, but not this be done: the key lacks a scope, which the detail names, or its owner the role.",
    ),
    _Problem(
        404,
        "not-found",
        "Not found",
        "There is nothing at this address, or nothing that you may know of.",
        "There is no such thing, or no such page of the list.",
        "/api/v1/practices/?page=99",
    ),
    _Problem(
        405,
        "method-not-allowed",
        "Method not allowed",
        "The header “Allow” lists the methods that work here.",
        "The address is there, but not for this method.",
        headers={"Allow": "The methods that work here."},
    ),
    _Problem(
        406,
        "not-acceptable",
        "Format not available",
        "The format “pdf” is not offered here. Known formats: json, csv.",
        "The format is not offered here; the detail names those that are.",
        "/api/v1/practices/?format=pdf",
    ),
    _Problem(
        409,
        "conflict",
        "Conflict",
        "It is in review.",
        "The thing is in another state than the request takes for granted.",
        more={"current_status": "in_review"},
    ),
    _Problem(
        409,
        "idempotency-key-in-use",
        "The first request is still being worked on",
        "The first request with this Idempotency-Key is still being worked on.",
        "The first request with this `Idempotency-Key` has not been answered yet; send the same again in a moment.",
        headers=_RETRY,
    ),
    _Problem(
        410,
        "gone",
        "Retracted",
        "The figures could not be confirmed.",
        "The practice was published once and has been retracted; the detail says why.",
        "/api/v1/practices/solar-pumps/",
        {"reference": "SSC-KEN-2024-001", "retracted_at": "2026-05-04T10:00:00Z"},
    ),
    _Problem(
        412,
        "precondition-failed",
        "Changed meanwhile",
        "Somebody saved since you read this. Nothing was changed. Read it again, or merge the differences.",
        "`If-Match` names another state than the present one, whose `ETag` is `current`; `differences` shows what "
        "changed.",
        more={
            "current": '"7"',
            "differences": [{"field": "title", "yours": "Solar pumps", "stored": "Solar pumps for schools"}],
        },
    ),
    _Problem(413, "too-large", "Request too large", "Send less at once.", "The body is larger than what is taken."),
    _Problem(
        415,
        "unsupported-media-type",
        "Media type not supported",
        "Unsupported media type “text/plain” in request.",
        "The body is in a format that is not taken here.",
    ),
    _Problem(
        422,
        "idempotency-key-reused",
        "Another request had this key",
        "Another request was sent with this Idempotency-Key. Take a new key for each request.",
        "The `Idempotency-Key` came before, with another address or body.",
    ),
    _Problem(
        422,
        "incomplete",
        "Something is still missing",
        "Two things are missing before it can be handed in.",
        "The step asks for more than there is; `errors` names each field.",
        more={"errors": [{"field": "summary", "message": "Say in two sentences what was done."}]},
    ),
    _Problem(
        422,
        "file-refused",
        "File not taken",
        "This is not a picture: JPEG, PNG and WebP are taken.",
        "A file is not one of those that are taken; the detail says why.",
    ),
    _Problem(
        428,
        "precondition-required",
        "Say what you saw",
        "Send the ETag of what you read as “If-Match”.",
        "`If-Match` is missing.",
    ),
    _Problem(
        429,
        "too-many-requests",
        "Too many requests",
        "The header “Retry-After” says how many seconds to wait.",
        "More requests came than one key or, without a key, one network address may send.",
        "/api/v1/practices/",
        headers=_RETRY,
    ),
    _Problem(
        503,
        "unavailable",
        "Not available now",
        "The portal is too busy or being repaired. Try again in a minute.",
        "The portal is too busy, or being repaired.",
        "/api/v1/practices/",
        headers=_RETRY,
    ),
    _Problem(
        507,
        "no-room",
        "No room",
        "The portal has no room for files just now. Nothing was kept. Try again tomorrow.",
        "There is no room for files just now.",
    ),
]
# What every operation may answer, whatever it does.
EVERYWHERE = (401, 429, 503)


def problems(*codes):
    """Responses for the given status codes, as ``extend_schema`` takes them."""
    return {(code, PROBLEM): _problem_response(code) for code in sorted(codes)}


def problem_examples():
    """An example of each kind of problem, as it comes: dicts."""
    return [_example(one) for one in _PROBLEMS]


def _example(one):
    return {
        "type": f"/developers/problems/#{one.slug}",
        "title": one.title,
        "status": one.status,
        "detail": one.detail,
        "instance": one.instance,
        "request_id": "7d3c1c2bb0a14f0f8f0d6f2f0a9b6c55",
        **one.more,
    }


def _of_status(code):
    return [one for one in _PROBLEMS if one.status == code]


def _problem_response(code):
    examples = [
        OpenApiExample(one.title, value=_example(one), media_type=PROBLEM, response_only=True, status_codes=[str(code)])
        for one in _of_status(code)
    ]
    about = " Or: ".join(one.meaning for one in _of_status(code))
    return OpenApiResponse(ProblemSerializer, description=about, examples=examples)


def problem_headers(*codes):
    """The headers that come with the problems ``codes``: drf-spectacular takes them among the parameters."""
    return [
        OpenApiParameter(name, OpenApiTypes.STR, OpenApiParameter.HEADER, description=about, response=[code])
        for code in codes
        for one in _of_status(code)
        for name, about in one.headers.items()
    ]


def parameter(one):
    """A ``countries.api.parameters.Parameter`` as OpenAPI knows it.

    Examples stand in the description: a reference page fills real ones in, and nobody wants all filters at once.
    """
    schema = one.schema
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


def list_of(row, *others, **extra):
    """The serializer of a page of ``row`` (a serializer class), among which ``others`` may be; ``extra``: further
    members.
    """
    name = row.__name__.replace("Serializer", "ListSerializer")
    rows = row(many=True)
    if others:
        rows = PolymorphicProxySerializer(
            component_name=row.__name__.replace("Serializer", "OrGone"),
            serializers=[row, *others],
            resource_type_field_name=None,
            many=True,
        )
    members = {
        "count": serializers.IntegerField(help_text="Rows of the whole list."),
        "next": serializers.URLField(allow_null=True, help_text="The next page of this very query, null on the last."),
        "previous": serializers.URLField(allow_null=True, help_text="The page before, null on the first."),
        **extra,
        "results": rows,
    }
    # It is one object; the generator would take what a list answers for an array of it.
    return extend_schema_serializer(many=False)(type(name, (serializers.Serializer,), members))


def code_or(component, about, *, allow_null=False):
    """The field of a code or, where ``expand`` asks for it, of what it stands for: the ``component`` of that name."""
    code = {"type": ["string", "null"] if allow_null else "string"}
    kinds = [code, {"$ref": f"#/components/schemas/{component}"}]
    field = type(f"{component}Field", (serializers.CharField,), {})
    return extend_schema_field({"anyOf": kinds})(field)(help_text=about)


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
                    items = members["results"]["items"]
                    kinds = schemas[_name_of(items)].get("oneOf", [items])
                    members["results"]["items"] = _whole_or_part(kinds[0], schemas)
                    members["results"]["items"]["anyOf"] += kinds[1:]
                else:
                    content["schema"] = _whole_or_part(content["schema"], schemas)
    return result


def _whole_or_part(reference, schemas):
    """What ``reference`` points to, or some of its members; notes the latter in ``schemas``."""
    name = _name_of(reference)
    if f"PartOf{name}" not in schemas:
        about = f"Some members of `{name}`: those that `fields` asks for."
        part = schemas[f"PartOf{name}"] = {"type": "object", "description": about}
        part["properties"] = {key: _in_parts(one, schemas) for key, one in schemas[name]["properties"].items()}
    return {"anyOf": [reference, {"$ref": f"#/components/schemas/PartOf{name}"}]}


def _in_parts(shape, schemas):
    """``shape`` where each object in it may be there in part."""
    if "$ref" in shape:
        return _whole_or_part(shape, schemas) if "properties" in schemas[_name_of(shape)] else shape
    if "items" in shape:
        return shape | {"items": _in_parts(shape["items"], schemas)}
    if "allOf" in shape:  # one object, with words about it
        (one,) = shape["allOf"]
        return {key: said for key, said in shape.items() if key != "allOf"} | _in_parts(one, schemas)
    for kinds in ("anyOf", "oneOf"):
        if kinds in shape:
            return {key: one for key, one in shape.items() if key != kinds} | {
                "anyOf": [kind for one in shape[kinds] for kind in _in_parts(one, schemas).get("anyOf", [one])]
            }
    return shape


def _name_of(reference):
    return reference["$ref"].rpartition("/")[2]


_ANSWER = "What was asked for."
_ETAG = OpenApiParameter(
    "ETag",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="Send it back as `If-None-Match`: the answer is an empty 304 until something has changed.",
    response=[200],
)
_OTHER_FORMATS = {
    "text/csv": OpenApiResponse(OpenApiTypes.STR, description="The whole list, or the page asked for."),
    XlsxRenderer.media_type: OpenApiResponse(OpenApiTypes.BINARY, description="The same table as a workbook."),
    "application/geo+json": OpenApiResponse(FeatureCollectionSerializer, description="The whole list, or the page."),
    "application/jsonl": OpenApiResponse(OpenApiTypes.STR, description="A row per line: the whole list, or the page."),
    "application/ld+json": OpenApiResponse(OpenApiTypes.OBJECT, description="In the words of schema.org."),
    "application/xml": OpenApiResponse(OpenApiTypes.STR, description="Activities of IATI 2.03."),
}


def describe(*, summary, description, tag, parameters, response, renderers, errors, operation):
    """The ``extend_schema`` of one operation; ``response``: serializer of its JSON; ``errors``: status codes."""
    answers = {(200, "application/json"): OpenApiResponse(response, description=_ANSWER)}
    for renderer in renderers:
        if renderer.media_type in _OTHER_FORMATS:
            answers[(200, renderer.media_type)] = _OTHER_FORMATS[renderer.media_type]
    return extend_schema(
        operation_id=operation,
        summary=summary,
        description=description,
        tags=[tag],
        parameters=[*parameters, _ETAG, *problem_headers(*errors, *EVERYWHERE)],
        responses=answers | problems(*errors, *EVERYWHERE),
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


_IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    type={"type": "string", "pattern": "^[!-~]{1,200}$"},
    location=OpenApiParameter.HEADER,
    description="A new one for each thing that is to be done, such as a UUID: sent again within 24 hours, nothing is "
    "done twice and the answer is the same.",
)
_IF_MATCH = OpenApiParameter(
    "If-Match",
    type=OpenApiTypes.STR,
    location=OpenApiParameter.HEADER,
    description="The `ETag` of what was read.",
)
_OF_STATE = "Of its state: what a change takes as `If-Match`."


def describe_call(
    *,
    summary,
    description,
    tag,
    operation,
    parameters,
    answer,
    errors,
    body=None,
    example=None,
    status=200,
    has_etag=False,
    may_be_empty=False,
):
    """The ``extend_schema`` of one call of an endpoint for keys and sessions.

    ``body``, ``answer``: serializers; ``example``: of the body; ``errors``: status codes beside those that every call
    may give; ``has_etag``: the answer says the state of what it shows; ``may_be_empty``: 204 where nothing is left.
    """
    errors = {*errors, *EVERYWHERE, 403, *((413, 415) if body else ())}
    headers = [_IDEMPOTENCY_KEY] if 422 in errors else []  # where one is taken it may be one that was used before
    headers += [_IF_MATCH] if 428 in errors else []
    if has_etag:
        headers.append(
            OpenApiParameter(
                "ETag", OpenApiTypes.STR, OpenApiParameter.HEADER, description=_OF_STATE, response=[status]
            )
        )
    answers = {(status, "application/json"): OpenApiResponse(answer, description=_ANSWER)}
    if may_be_empty:
        answers[204] = OpenApiResponse(description="Nothing is left of it.")
    return extend_schema(
        operation_id=operation,
        summary=summary,
        description=description,
        tags=[tag],
        parameters=[*parameters, *headers, *problem_headers(*errors)],
        request=body,
        responses=answers | problems(*errors),
        examples=[OpenApiExample("Example", value=example, request_only=True)] if example else [],
    )
