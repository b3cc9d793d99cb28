"""OAI-PMH as harvesters read it: by the rules of the protocol, and by a client library against a running server."""

import datetime
from pathlib import Path

import pytest
from django.core import signing
from django.utils import timezone
from lxml import etree
from oaipmh_scythe import HTTPConfig, Scythe
from oaipmh_scythe.exceptions import NoRecordsMatch

from practices import oai
from practices.indexing import rebuild
from practices.models import Practice, PublicChange
from practices.publication import retract
from tests.make import make_area, make_practice, make_update

NAMES = {
    "oai": "http://www.openarchives.org/OAI/2.0/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "oai_dc": "http://www.openarchives.org/OAI/2.0/oai_dc/",
}
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
SHAPE = etree.XMLSchema(etree.parse(Path(__file__).parent / "oai-2.0" / "oai.xsd"))
LIST = "verb=ListRecords&metadataPrefix=oai_dc"


@pytest.fixture
def ask(client, db):
    """``ask(query)``: the answer as an element tree of the right shape."""

    def get(query, *, posted=None):
        response = client.post("/oai/", posted) if posted else client.get(f"/oai/?{query}")
        assert (response.status_code, response["Content-Type"]) == (200, "text/xml; charset=utf-8")
        root = etree.fromstring(response.content)
        SHAPE.assertValid(root)
        return root

    return get


def texts(root, path):
    return [element.text for element in root.iterfind(f".//{path}", NAMES)]


def code(root):
    return root.find("oai:error", NAMES).get("code")


def changed(practice, moment):
    PublicChange.objects.filter(practice=practice).update(changed_at=moment)


def test_it_says_who_it_is_and_what_there_is(ask):
    make_area("wash")

    assert texts(ask("verb=Identify"), "oai:baseURL") == ["http://localhost:8000/oai/"]
    assert texts(ask("verb=ListMetadataFormats"), "oai:metadataPrefix") == ["oai_dc"]
    assert texts(ask("verb=ListSets"), "oai:setSpec") == ["wash"]


def test_a_record_has_its_texts_in_every_language_that_there_is(ask):
    practice = make_practice(
        title="Puits \x0b& pompes",
        language="fr",
        areas=["wash", "nutrition"],
        institutions=["Ministry of Water"],
        targets=["6.1"],
        translations={"en": {"title": "Wells & pumps", "summary": "Clean\ufffewater"}, "ar": {"title": "آبار"}},
    )

    root = ask(f"verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:localhost:{practice.reference}")

    titles = [(one.get(LANGUAGE), one.text) for one in root.iterfind(".//dc:title", NAMES)]
    assert titles == [("fr", "Puits & pompes"), ("ar", "آبار"), ("en", "Wells & pumps")]
    descriptions = [(one.get(LANGUAGE), one.text) for one in root.iterfind(".//dc:description", NAMES)]
    assert descriptions == [("fr", "What was done and what came of it."), ("en", "Cleanwater")]
    assert texts(root, "oai:setSpec") == ["wash", "nutrition"]
    assert texts(root, "dc:creator") == ["Ministry of Water"]
    assert texts(root, "dc:language") == ["fr", "ar", "en"]
    assert texts(root, "dc:identifier") == [f"http://localhost:8000/practices/{practice.slug}/", practice.reference]
    assert texts(root, "dc:rights") == ["CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"]
    assert "SDG 6.1" in texts(root, "dc:subject")


def test_what_is_gone_stays_as_a_deleted_record(ask):
    practice, kept = make_practice(areas=["wash"]), make_practice(areas=["wash"])
    merged = make_practice(areas=["nutrition"])
    retract(practice, reason="Wrong.")
    Practice.objects.filter(pk=merged.pk).update(merged_into=kept)
    rebuild([merged.pk])

    root = ask(LIST)

    headers = root.findall(".//oai:header", NAMES)
    assert [(one.find("oai:identifier", NAMES).text.rpartition(":")[2], one.get("status")) for one in headers] == [
        (kept.reference, None),
        (practice.reference, "deleted"),
        (merged.reference, "deleted"),
    ]
    assert len(root.findall(".//oai:metadata", NAMES)) == 1
    assert len(texts(ask(f"{LIST}&set=wash"), "oai:header/oai:identifier")) == 2


def test_from_and_until_hold_their_second_and_their_day(ask):
    early, late = make_practice(title="Early"), make_practice(title="Late")
    changed(early, "2026-03-01T12:00:00.900000Z")
    changed(late, "2026-03-02T00:00:00Z")

    def found(query):
        return texts(ask(f"{LIST}&{query}"), "dc:title")

    assert found("from=2026-03-01T12:00:00Z&until=2026-03-01T12:00:00Z") == ["Early"]
    assert found("from=2026-03-01&until=2026-03-01") == ["Early"]
    assert found("from=2026-03-01T12:00:01Z") == ["Late"]
    assert found("until=9999-12-31") == ["Early", "Late"]
    assert code(ask(f"{LIST}&from=2026-03-03")) == "noRecordsMatch"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "badVerb"),
        ("verb=Destroy", "badVerb"),
        ("verb=Identify&verb=Identify", "badVerb"),
        ("verb=Identify&set=wash", "badArgument"),
        ("verb=ListRecords", "badArgument"),
        ("verb=GetRecord&metadataPrefix=oai_dc", "badArgument"),
        (f"{LIST}&from=2026-02-30", "badArgument"),
        (f"{LIST}&from=2026-01-01&until=2026-01-02T00:00:00Z", "badArgument"),
        (f"{LIST}&from=2026-01-02&until=2026-01-01", "badArgument"),
        (f"{LIST}&from=2026-01-01&from=2026-01-01", "badArgument"),
        (f"{LIST}&resumptionToken=x", "badArgument"),
        ("verb=ListRecords&resumptionToken=x", "badResumptionToken"),
        ("verb=ListIdentifiers&resumptionToken=", "badResumptionToken"),
        ("verb=ListSets&resumptionToken=x", "badResumptionToken"),
        ("verb=ListRecords&metadataPrefix=marc21", "cannotDisseminateFormat"),
        ("verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:localhost:SSC-XXX-1-1", "idDoesNotExist"),
        ("verb=GetRecord&metadataPrefix=oai_dc&identifier=%3C!DOCTYPE+x%3E", "idDoesNotExist"),
        ("verb=ListMetadataFormats&identifier=nothing", "idDoesNotExist"),
        (f"{LIST}&set=nothing", "noRecordsMatch"),
        (LIST, "noRecordsMatch"),
    ],
)
def test_every_error_has_its_code(ask, query, expected):
    assert code(ask(query)) == expected


def test_what_is_posted_is_answered_alike(ask):
    make_practice(title="Posted")

    assert texts(ask("", posted={"verb": "ListRecords", "metadataPrefix": "oai_dc"}), "dc:title") == ["Posted"]


def test_a_token_ends_with_its_day_and_belongs_to_its_verb(ask, monkeypatch):
    monkeypatch.setattr(oai, "RECORDS_AT_ONCE", {"ListRecords": 1, "ListIdentifiers": 1})
    make_practice(), make_practice()
    token = ask(LIST).find(".//oai:resumptionToken", NAMES)
    expiry = datetime.datetime.fromisoformat(token.get("expirationDate"))

    assert datetime.timedelta(hours=23) < expiry - timezone.now() <= datetime.timedelta(hours=24)
    assert (token.get("completeListSize"), token.get("cursor")) == ("2", "0")
    assert code(ask(f"verb=ListIdentifiers&resumptionToken={token.text}")) == "badResumptionToken"
    monkeypatch.setattr(signing.time, "time", lambda now=signing.time.time: now() + 25 * 3600)
    assert code(ask(f"verb=ListRecords&resumptionToken={token.text}")) == "badResumptionToken"


def test_lists_cost_the_same_for_one_and_for_three(ask, django_assert_num_queries):
    make_practice(institutions=["One"])
    ask(LIST)
    with django_assert_num_queries(7):
        ask(f"{LIST}&until=2999-01-01")
    for _ in range(2):
        retract(make_practice(), reason="Wrong.")
        make_practice(institutions=["Two"])
    ask(LIST)  # names are read anew after a publication
    with django_assert_num_queries(7):
        ask(f"{LIST}&until=2999-01-02")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_harvester_ends_with_what_is_public_whatever_happens_meanwhile(live_server, monkeypatch, settings, method):
    settings.SITE_URL = live_server.url
    monkeypatch.setattr(oai, "RECORDS_AT_ONCE", {"ListRecords": 2, "ListIdentifiers": 2})
    made = [make_practice(title=f"Practice {number}", areas=["wash"]) for number in range(5)]
    kept = {}

    with Scythe(f"{live_server.url}/oai/", http_config=HTTPConfig(http_method=method)) as scythe:
        assert scythe.identify().protocolVersion == "2.0"
        assert [one.setSpec for one in scythe.list_sets()] == ["wash"]
        assert [one.metadataPrefix for one in scythe.list_metadata_formats()] == ["oai_dc"]
        records = scythe.list_records(metadata_prefix="oai_dc", set_="wash")
        kept |= dict(map(read, [next(records), next(records)]))
        make_update(made[0], title="Practice 0, again", areas=["wash"])
        retract(made[4], reason="Wrong.")
        kept |= dict(map(read, records))
        with pytest.raises(NoRecordsMatch):
            list(scythe.list_identifiers(metadata_prefix="oai_dc", from_="2999-01-01"))
        headers = list(scythe.list_identifiers(metadata_prefix="oai_dc"))
        one = scythe.get_record(identifier=headers[0].identifier, metadata_prefix="oai_dc")

    titles = {f"oai:localhost:{row.reference}": row.live.title for row in Practice.objects.live()}
    assert {identifier: title for identifier, title in kept.items() if title} == titles
    assert sum(header.deleted for header in headers) == 1
    assert one.metadata["title"] == ["Practice 1"]


def read(record):
    return record.header.identifier, None if record.header.deleted else record.metadata["title"][0]
