"""Requests made up from the OpenAPI document, right and wrong ones: every answer is one that the document describes.

``SSC_LONG=1`` makes up many more, other ones each time.
"""

import os
from itertools import chain

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from werkzeug import Client

from practices.models import Practice
from practices.publication import retract
from ssc_portal.api_docs import schema

IS_LONG = os.environ.get("SSC_LONG") == "1"
REQUESTS = 60 if IS_LONG else 5  # per address and kind
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
KINDS = {"right": schemathesis.GenerationMode.POSITIVE, "wrong": schemathesis.GenerationMode.NEGATIVE}


@pytest.fixture(scope="module")
def operations():
    """The operations that the document describes: one per address, for all of them only read."""
    return [found.ok() for found in schemathesis.openapi.from_dict(schema()).get_all_operations()]


def keys(application, operation):
    """The path parameters that lead to rows which there are: [{name: key}], none where the address takes none."""
    names = [parameter.name for parameter in operation.path_parameters]
    if not names:
        return []
    rows = Client(application).get(operation.path.partition("{")[0]).json["results"]
    return [{name: row[name] for name in names} for row in rows[:5]]


def is_any_empty(query):
    """Whether a value in ``query`` says nothing: it counts as none, which is right for every parameter."""
    values = [value if isinstance(value, list) else [value] for value in (query or {}).values()]
    return any(not str(one).strip(", ") for one in chain.from_iterable(values))


@pytest.mark.django_db
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", KINDS)
def test_every_answer_is_as_described(seeds, application, operations, kind):
    gone = retract(Practice.objects.order_by("pk").first(), reason="It could not be checked.")
    for operation in operations:
        known = keys(application, operation)
        if operation.path == "/api/v1/practices/{slug}/":
            known.append({"slug": gone.slug})
        requests = operation.as_strategy(KINDS[kind])
        if known:
            requests |= st.sampled_from(known).flatmap(
                lambda key, operation=operation: operation.as_strategy(KINDS[kind], path_parameters=key)
            )

        @settings(
            max_examples=REQUESTS,
            deadline=None,
            derandomize=not IS_LONG,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=requests)
        def ask(case):
            assume(not is_any_empty(case.query))
            case.call_and_validate(app=application, checks=CHECKS)

        ask()
