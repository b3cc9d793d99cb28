"""Requests made up from the OpenAPI document, right and wrong ones: every answer is one that the document describes.

Whoever asks: nobody, a partner, an officer, a curator. ``SSC_LONG=1`` makes up many more, other ones each time.
"""

import os
from contextlib import closing
from urllib.parse import parse_qsl, urlsplit

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
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

from accounts.enums import Role, Scope
from practices.models import Practice
from practices.publication import retract
from ssc_portal.api_docs import schema
from tests.people import make_key, make_user

IS_LONG = os.environ.get("SSC_LONG") == "1"
REQUESTS = 15 if IS_LONG else 1  # per address, kind and caller
WALKS, STEPS = (60, 10) if IS_LONG else (6, 10)  # per caller
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
KINDS = {"right": schemathesis.GenerationMode.POSITIVE, "wrong": schemathesis.GenerationMode.NEGATIVE}


def document():
    """What the portal says of itself. What changed meanwhile (412) is refused before anybody reads what was sent."""
    found = schemathesis.openapi.from_dict(schema())
    rejection = found.config.checks.negative_data_rejection
    rejection.expected_statuses = [*rejection.expected_statuses, "412"]
    return found


@pytest.fixture(scope="module")
def operations():
    """The operations that the document describes: one per address, for all of them only read."""
    return [found.ok() for found in document().get_all_operations()]


def keys(application, operation):
    """The path parameters that lead to rows which there are: [{name: key}], none where the address takes none.

    Of several in one address those that the list above it tells.
    """
    names = [parameter.name for parameter in operation.path_parameters]
    if not names:
        return []
    rows = Client(application).get(operation.path.partition("{")[0]).json.get("results", [])
    return [{name: row[name] for name in names if name in row} for row in rows[:5]]


def validate(case, response):
    """Find out whether ``response`` is one that the document describes for ``case``.

    A value that says nothing counts as none, which is right for every parameter: a request that has one is not held to
    be wrong.
    """
    sent = parse_qsl(urlsplit(response.request.url).query, keep_blank_values=True)
    says_nothing = any(not value.strip(", ") for _name, value in sent)
    case.validate_response(response, checks=CHECKS if says_nothing else [*CHECKS, negative_data_rejection])


class Called:
    """The portal as one caller reaches it: with ``key``, the clear text of a key, or without one. Counts requests."""

    def __init__(self, application, key):
        self.application, self.key, self.count = application, key, 0

    def __call__(self, environ, start_response):
        self.count += 1
        if self.key:
            environ["HTTP_AUTHORIZATION"] = f"Bearer {self.key}"
        # Closed as a server closes it: only then the files go that came with the request.
        with closing(self.application(environ, start_response)) as answer:
            return list(answer)


@pytest.fixture(params=["anonymous", "partner", "officer", "curator"])
def called(request, seeds, db, application):
    """The portal as nobody, or as somebody with a key that may do all that its person may."""
    if request.param == "anonymous":
        yield Called(application, None)
    else:
        user = make_user(Role(request.param), country="BGD")
        _key, text = make_key(*Scope, user=user, second_factor=True)
        yield Called(application, text)


def settings_for(requests, **more):
    return settings(
        max_examples=requests,
        deadline=None,
        derandomize=not IS_LONG,
        suppress_health_check=list(HealthCheck),
        **more,
    )


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", KINDS)
def test_every_answer_is_as_described(called, operations, kind):
    gone = retract(Practice.objects.order_by("pk").first(), reason="It could not be checked.")
    for operation in operations:
        known = keys(called, operation)
        if operation.path == "/api/v1/practices/{slug}/":
            known.append({"slug": gone.slug})
        requests = operation.as_strategy(KINDS[kind])
        if known:
            requests |= st.sampled_from(known).flatmap(
                lambda key, operation=operation: operation.as_strategy(KINDS[kind], path_parameters=key)
            )

        @settings_for(REQUESTS, phases=[Phase.generate, Phase.shrink])
        @given(case=requests)
        def ask(case):
            validate(case, case.call(app=called))

        ask()
    assert called.count >= len(operations) * REQUESTS / 2


@pytest.mark.timeout(1800)
def test_every_answer_on_a_walk_is_as_described(called):
    """From one address to the next, with what the last one answered, as the links of the document say."""

    class Walk(document().as_state_machine()):
        def call(self, case, **kwargs):
            return case.call(app=called, **kwargs)

        def validate_response(self, response, case, **kwargs):
            validate(case, response)

    Walk.run(settings=settings_for(WALKS, stateful_step_count=STEPS))
    assert called.count >= WALKS
