"""A client that a generator makes of the OpenAPI document, as a partner would, reads a portal that is running."""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from accounts.enums import Role, Scope
from practices.models import Submission
from ssc_portal.api_docs import schema
from tests.make import make_area, make_practice
from tests.people import make_key, make_user

GENERATOR = Path(sys.executable).with_name("openapi-python-client")
NAME = "generated_portal_client"


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """``generated("api.practices.practices_list")``: that module of the client."""
    folder = tmp_path_factory.mktemp("client")
    document, choices = folder / "openapi.json", folder / "choices.json"
    document.write_text(json.dumps(schema()))
    choices.write_text('{"post_hooks": []}')  # nobody reads the code, so it need not be beautiful
    paths = ["--path", document, "--output-path", folder / NAME, "--config", choices]
    command = [GENERATOR, "generate", *paths, "--meta", "none", "--fail-on-warning"]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    sys.path.insert(0, str(folder))
    yield lambda module: import_module(f"{NAME}.{module}")
    sys.path.remove(str(folder))


@pytest.fixture
def portal(generated, site):
    """The client, asking the portal of the test."""
    return generated("client").Client(base_url=site, raise_on_unexpected_status=True)


def test_there_is_a_function_for_every_operation(generated):
    for methods in schema()["paths"].values():
        for operation in methods.values():
            tag = operation["tags"][0].replace("-", "_")
            assert callable(generated(f"api.{tag}.{operation['operationId']}").sync)


def test_a_list_and_one_of_it(generated, portal, kangaroo):
    area = generated("models.practices_list_area_item").PracticesListAreaItem
    make_practice(title="Solar pumps", areas=["climate"])

    found = generated("api.practices.practices_list").sync(client=portal, area=[area.NUTRITION])
    (row,) = found.results
    practice = generated("api.practices.practices_read").sync(row.slug, client=portal)

    assert (found.count, row.title) == (1, "Kangaroo mother care")
    assert practice.reference == kangaroo.reference
    assert practice.sections.challenge == "Too few incubators."
    assert practice.results[0].latest == 75.5
    assert practice.versions[0].number == 1


def test_a_refusal_is_a_problem(generated, portal):
    found = generated("api.practices.practices_read").sync("nothing", client=portal)

    assert isinstance(found, generated("models.problem").Problem)
    assert (found.status, found.type_) == (404, "/developers/problems/#not-found")
    assert found.request_id


def test_a_case_study_is_begun_and_changed_with_a_key(generated, site):
    make_area("nutrition")
    user = make_user(Role.OFFICER, country="BGD")
    _key, text = make_key(Scope.DRAFT, user=user)
    portal = generated("client").AuthenticatedClient(base_url=site, token=text, raise_on_unexpected_status=True)
    create = generated("api.submissions.submissions_create")
    body = generated("models.new_submission").NewSubmission(title="School gardens", challenge_areas=["nutrition"])

    begun = create.sync_detailed(client=portal, body=body)
    assert begun.status_code == 201, begun.content
    change = generated("models.patched_submission_text").PatchedSubmissionText(challenge="Few vegetables.")
    saved = generated("api.submissions.submissions_change").sync(
        begun.parsed.id, client=portal.with_headers({"If-Match": begun.headers["ETag"]}), body=change
    )

    assert (saved.title, saved.challenge) == ("School gardens", "Few vegetables.")
    study = Submission.objects.get(pk=saved.id)
    assert (study.lead, study.country_id, study.version.challenge) == (user, "BGD", "Few vegetables.")
