"""The API reference shows for every address that anybody may read what it answered once (fixtures/api_answers.json).

``SSC_RECORD=1 make test ARGS=tests/api/test_recorded_answers.py`` records it anew, which whoever adds an address does
once. That the answers fit what is described, ``test_schema.py`` looks at.
"""

import json
import os

import pytest
from django.conf import settings

from exchanges.impact_figures import write_month
from ssc_portal import dumps
from ssc_portal.api_docs import ANSWERS, schema
from tests.exchanges_make import make_need, make_offer
from tests.make import make_practice, make_update

SHOWN_CHARACTERS = 160
HERE, ADDRESS = "http://testserver", "https://portal.example"


def open_operations():
    """{operationId: path} of what anybody may read."""
    return {
        methods["get"]["operationId"]: path
        for path, methods in schema()["paths"].items()
        if "get" in methods and {} in methods["get"].get("security", [{}])
    }


def keys(client, path):
    """{name: value} of what stands in braces in ``path``, from the first rows of the lists above."""
    found, walked = {}, ""
    for part in path.strip("/").split("/"):
        if part.startswith("{"):
            name = part.strip("{}")
            found[name] = client.get(f"{walked}/".format(**found)).json()["results"][0][name]
        walked += f"/{part}"
    return found


def shortened(value):
    """``value`` with one of many objects, three of many others, and the beginning of long texts."""
    if isinstance(value, dict):
        return {name: shortened(member) for name, member in value.items()}
    if isinstance(value, list):
        return [shortened(member) for member in value[: 1 if any(isinstance(one, dict) for one in value) else 3]]
    if isinstance(value, str):
        text = value.replace(HERE, ADDRESS).replace(settings.SITE_URL, ADDRESS)
        return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 2] + " …"
    return value


@pytest.mark.skipif(os.environ.get("SSC_RECORD") != "1", reason="records only when asked to")
def test_record(client, db, seeds):
    make_need(title="Safe water for schools in the dry season", areas=["wash"])
    make_offer(title="Study visits to school kitchens")
    updated = make_update(make_practice(title="School gardens"), title="School gardens and kitchens")
    write_month()
    dumps.write()
    answers = {name: answer for name, answer in json.loads(ANSWERS.read_text()).items() if name[0].isupper()}
    for name, path in sorted(open_operations().items()):
        known = keys(client, path) | ({"slug": updated.slug} if name == "practices_differences" else {})
        response = client.get(path.format(**known))
        assert response.status_code == 200, path
        answers[name] = shortened(response.json())
    ANSWERS.write_text(json.dumps(dict(sorted(answers.items())), ensure_ascii=False, indent=1) + "\n")


def test_no_address_is_missing():
    recorded = {name for name in json.loads(ANSWERS.read_text()) if name[0].islower()}  # shapes begin with a capital

    assert recorded == set(open_operations())
