"""The API described for programs (OpenAPI) and, on a page that needs nothing from elsewhere, for people."""

from functools import cache

import orjson
from django.conf import settings
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer
from rest_framework.response import Response

from countries.api.parameters import format_parameter, read
from countries.api.reading import ReadViewSet
from countries.api.renderers import JsonRenderer

# {operationId, or name of the shape that several answer with: what it answered once}; test_recorded_answers.py and
# test_private_answers.py in tests/api write it.
ANSWERS = settings.BASE_DIR / "fixtures" / "api_answers.json"


@cache
def schema():
    """The OpenAPI document as a dict; code alone decides it, so it is made once per process."""
    with translation.override("en"):
        return SchemaGenerator().get_schema(request=None, public=True)


def show_answers(result, generator, request, public):
    """A hook of drf-spectacular: an operation that shows no answer of its own shows the recorded one."""
    answers = orjson.loads(ANSWERS.read_bytes())
    for methods in result["paths"].values():
        for operation in methods.values():
            for status in ("200", "201"):
                content = operation["responses"].get(status, {}).get("content", {}).get("application/json", {})
                shape = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
                answer = answers.get(operation["operationId"], answers.get(shape))
                if content and "examples" not in content and answer is not None:
                    content["examples"] = {"Shortened": {"value": answer}}
    return result


def link_lists(result, generator, request, public):
    """A hook of drf-spectacular: says which address reads what a list has, or what was just made (OpenAPI links)."""
    paths = result["paths"]
    for path, methods in paths.items():
        above, _slash, key = path.rstrip("/").rpartition("/")
        of_list = paths.get(f"{above}/", {})
        if not key.startswith("{"):
            continue
        name = key.strip("{}")
        for method, status, pointer in (("get", "200", f"/results/0/{name}"), ("post", "201", f"/{name}")):
            answer = of_list.get(method, {}).get("responses", {}).get(status)
            if answer is not None:
                links = answer.setdefault("links", {})
                for operation in methods.values():
                    parameters = {name: f"$response.body#{pointer}"}
                    links[operation["operationId"]] = {
                        "operationId": operation["operationId"],
                        "parameters": parameters,
                    }
    return result


class YamlRenderer(OpenApiYamlRenderer):
    format = "yaml"


class SchemaViewSet(ReadViewSet):
    """The OpenAPI document, as JSON or YAML."""

    schema = None
    list_renderers = [JsonRenderer, YamlRenderer]

    def list(self, request):
        read(request.query_params, [format_parameter([renderer.format for renderer in self.list_renderers])])
        return Response(schema())


@require_safe
def docs(request):
    """The API reference, drawn by Swagger UI from files of our own."""
    return render(request, "api/docs.html")
