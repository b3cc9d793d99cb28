"""Citations that reference managers can read, whatever a title holds."""

import datetime
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practices import citations
from practices.enums import Provenance
from practices.models import Practice
from tests.make import make_practice, make_update

MOMENT = datetime.datetime(2026, 3, 9, 12, tzinfo=datetime.UTC)


def made(**changes):
    practice = make_practice(
        **{
            "title": "Reading camps",
            "country": "BGD",
            "institutions": ["Ministry of Education", "Women & Children"],
            "identity": {"published_at": MOMENT},
        }
        | changes
    )
    return Practice.objects.with_content().get(pk=practice.pk)


@pytest.mark.django_db
def test_the_sentence_names_authors_year_title_country_reference_version_and_permalink(settings):
    settings.SITE_URL = "https://portal.example"
    practice = made()

    assert citations.sentence(practice, practice.live) == (
        "Ministry of Education; Women & Children (2026). Reading camps, BGD-land. SSC Portal, SSC-BGD-2026-1, "
        "version 1. https://portal.example/practices/reading-camps/v/1/"
    )


@pytest.mark.django_db
def test_what_the_portal_wrote_down_is_not_said_to_be_the_institutions_words():
    practice = made(identity={"published_at": MOMENT, "provenance": Provenance.PUBLIC_SOURCES})

    assert citations.authors(practice, practice.live) == ["SSC Portal"]


@pytest.mark.django_db
def test_bibtex(client):
    practice = made(title="50% less {stunting} & more_than_that #1 $5 ~^\\", summary="Línea uno\nline two")

    response = client.get(f"/practices/{practice.slug}/cite.bib")

    assert response["Content-Type"] == "text/x-bibtex; charset=utf-8"
    entry = response.content.decode()
    assert entry.startswith("@misc{SSC-BGD-2026-1,\n")
    assert r"title = {{50\% less \{stunting\} \& more\_than\_that \#1 \$5 \textasciitilde{}\textasciicircum{}" in entry
    assert r"author = {{Ministry of Education} and {Women \& Children}}" in entry
    assert "abstract = {Línea uno line two}" in entry
    assert "year = {2026}" in entry
    assert f"/practices/{practice.slug}/v/1/" in entry


@given(st.text(max_size=200))
def test_braces_of_bibtex_are_always_balanced(text):
    escaped = citations._bibtex_text(text)

    bare = re.sub(r"\\[{}$&#%_]", "", escaped)
    assert bare.count("{") == bare.count("}") == len(re.findall(r"\\text\w+\{\}", escaped))
    assert "\n" not in escaped


@pytest.mark.django_db
def test_ris(client):
    practice = made(title="Two\nlines", language="ar")

    response = client.get(f"/practices/{practice.slug}/cite.ris")

    assert response["Content-Type"] == "application/x-research-info-systems; charset=utf-8"
    lines = response.content.decode().split("\r\n")
    assert lines[0] == "TY  - RPRT"
    assert lines[-2:] == ["ER  - ", ""]
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]  - .*", line) for line in lines[:-1])
    assert [line for line in lines if line.startswith(("TI", "AU", "PY", "LA", "ET"))] == [
        "AU  - Ministry of Education",
        "AU  - Women & Children",
        "TI  - Two lines",
        "PY  - 2026",
        "ET  - 1",
        "LA  - ar",
    ]


@pytest.mark.django_db
def test_csl_json(client):
    practice = made(title="Camps “and” <more>")

    response = client.get(f"/practices/{practice.slug}/cite.json")

    assert response["Content-Type"] == "application/vnd.citationstyles.csl+json; charset=utf-8"
    (item,) = json.loads(response.content)
    assert item["type"] == "report"
    assert item["title"] == "Camps “and” <more>"
    assert item["author"] == [{"literal": "Ministry of Education"}, {"literal": "Women & Children"}]
    assert item["issued"] == {"date-parts": [[2026, 3, 9]]}
    assert item["number"] == item["id"] == "SSC-BGD-2026-1"


@pytest.mark.django_db
def test_the_live_version_is_cited(client):
    practice = made()
    make_update(practice, title="New title", country="BGD")

    assert "/v/2/" in client.get(f"/practices/{practice.slug}/cite.ris").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/practices/reading-camps/cite.docx", "/fr/practices/reading-camps/cite.bib"])
def test_other_formats_and_other_languages_do_not_exist(client, address):
    made()

    assert client.get(address).status_code == 404
