"""Everything that is public in files, and the catalogue that names them."""

import csv
import gzip
import hashlib
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from exchanges.changes import note_all
from exchanges.models import Need
from practices.models import Practice
from practices.publication import retract
from ssc_portal import dumps
from ssc_portal.tasks import write_dump
from tests.exchanges_make import make_need
from tests.figures import make_figures, make_indicator
from tests.make import make_country, make_practice, make_topic

pytestmark = pytest.mark.django_db
ORDERED_BY = ("areas", "topics", "targets")
NIGHT = datetime(2026, 3, 1, 1, 10, tzinfo=UTC)


def fetched(client, address):
    response = client.get(address)
    assert (response.status_code, response["Content-Type"]) == (200, "application/gzip")
    return b"".join(response.streaming_content)


def rows_of(packed):
    return [json.loads(line) for line in gzip.decompress(packed).splitlines()]


def test_the_manifest_tells_of_each_file_what_it_is_and_its_checksum(client):
    make_practice()
    dumps.write(NIGHT)

    manifest = client.get("/api/v1/dump/").json()

    assert (manifest["made_at"], manifest["licence"]) == ("2026-03-01T01:10:00.000000Z", "CC BY 4.0")
    assert [file["name"] for file in manifest["files"]] == [
        f"{content}.{form}.gz" for content in dumps.CONTENTS for form in ("jsonl", "csv")
    ]
    for file in manifest["files"]:
        assert file["url"].startswith("http://testserver/api/v1/dump/")
        packed = fetched(client, file["url"])
        assert (len(packed), hashlib.sha256(packed).hexdigest()) == (file["bytes"], file["sha256"])
        assert fetched(client, f"/api/v1/dump/{file['name']}") == packed


def test_a_line_is_what_the_api_gives_of_a_practice_as_it_was_written(client, kangaroo):
    retract(make_practice(), reason="Wrong.")
    make_practice(title="Pozos", language="es")
    write_dump()

    first, second = rows_of(fetched(client, "/api/v1/dump/practices.jsonl.gz"))

    translated = first.pop("translated")
    alone = client.get(f"/api/v1/practices/{kangaroo.slug}/?lang=en", headers={"host": "localhost:8000"}).json()
    assert first == alone
    assert translated["fr"] == {
        "title": "Méthode mère kangourou",
        "summary": "Peau contre peau.",
        "sections": {"challenge": "Trop peu de couveuses."},
    }
    assert (second["title"], second["text_language"]) == ("Pozos", "es")


def test_a_table_holds_what_the_list_gives(client, kangaroo):
    write_dump()

    table = gzip.decompress(fetched(client, "/api/v1/dump/practices.csv.gz"))

    listed = client.get("/api/v1/practices/?format=csv&lang=en", headers={"host": "localhost:8000"})
    assert table == listed.getvalue()


def test_needs_are_in_it_once_they_are_public(client):
    need = make_need(title="Wells")
    make_need("draft", title="PRIVATE wells")
    write_dump()

    (row,) = rows_of(fetched(client, "/api/v1/dump/needs.jsonl.gz"))

    assert (row["code"], row["title"]) == (need.code, "Wells")
    assert b"PRIVATE" not in gzip.decompress(fetched(client, "/api/v1/dump/needs.csv.gz"))


def test_who_takes_the_files_follows_from_there(client):
    make_practice()
    dumps.write(NIGHT)
    late = make_practice()

    as_of = client.get("/api/v1/dump/").json()["as_of"]

    rows = client.get(f"/api/v1/practices/?modified_since={as_of}").json()["results"]
    assert [row["reference"] for row in rows] == [late.reference]


def test_the_same_moment_serves_for_following_exchanges_offers_and_needs(client):
    note_all(Need.objects.filter(pk=make_need().pk))
    dumps.write(NIGHT)
    as_of = client.get("/api/v1/dump/").json()["as_of"]
    late = make_need()
    note_all(Need.objects.filter(pk=late.pk))

    rows = client.get(f"/api/v1/needs/?modified_since={as_of}").json()["results"]
    assert late.code in [row["code"] for row in rows]


def test_countries_bring_all_their_figures_beside_whose_they_are_and_how_they_may_be_used(client):
    stunting = make_indicator(source="UNICEF, WHO and World Bank", licence="CC BY-NC 4.0")
    make_figures("KEN", stunting, {2010: 40.0, 2020: 20.0})
    make_figures("PER", stunting, {2018: 12.5})
    make_country("BGD")
    write_dump()

    rows = {row["iso3"]: row for row in rows_of(fetched(client, "/api/v1/dump/countries.jsonl.gz"))}

    kenya = rows["KEN"].pop("series")
    alone = client.get("/api/v1/countries/KEN/?lang=en", headers={"host": "localhost:8000"}).json()
    assert rows["KEN"] == alone
    (series,) = kenya
    assert (series["indicator"], series["source"], series["licence"]) == (
        "stunting", "UNICEF, WHO and World Bank", "CC BY-NC 4.0",
    )  # fmt: skip
    assert [(one["year"], one["value"]) for one in series["values"]] == [(2010, 40.0), (2020, 20.0)]
    assert (rows["PER"]["series"][0]["values"][0]["value"], rows["BGD"]["series"]) == (12.5, [])
    figures = list(csv.DictReader(io.StringIO(table_of(client, "figures"))))
    assert [(one["country"], one["year"], one["value"], one["licence"]) for one in figures] == [
        ("KEN", "2010", "40.0", "CC BY-NC 4.0"), ("KEN", "2020", "20.0", "CC BY-NC 4.0"),
        ("PER", "2018", "12.5", "CC BY-NC 4.0"),
    ]  # fmt: skip


def table_of(client, what):
    return gzip.decompress(fetched(client, f"/api/v1/dump/{what}.csv.gz")).decode("utf-8-sig")


def test_areas_topics_and_targets_are_what_their_lists_give(client, kangaroo):
    make_topic("kangaroo", "newborn-health")
    write_dump()

    for what, path in (("areas", "areas"), ("topics", "topics"), ("targets", "sdg-targets")):
        listed = client.get(f"/api/v1/{path}/?lang=en", headers={"host": "localhost:8000"}).json()["results"]
        assert rows_of(fetched(client, f"/api/v1/dump/{what}.jsonl.gz")) == listed
        assert len(table_of(client, what).splitlines()) == len(listed) + 1


def test_it_costs_the_same_statements_for_one_and_for_three(django_assert_num_queries):
    make_practice(translations={"fr": {"title": "Un"}})
    dumps.write(NIGHT)
    with django_assert_num_queries(46):
        dumps.write(NIGHT + timedelta(days=1))
    make_practice(translations={"fr": {"title": "Deux"}})
    make_practice(adoptions=[{"country": "PER"}])
    dumps.write(NIGHT + timedelta(days=2))
    with django_assert_num_queries(46):
        dumps.write(NIGHT + timedelta(days=3))


def test_only_the_newest_runs_stay_and_one_that_never_ended_goes(client):
    default_storage.save("dump/20260301T000000Z/practices.jsonl.gz", ContentFile(b"half"))
    for day in range(5):
        dumps.write(NIGHT + timedelta(days=day))
    default_storage.save("dump/20260306T000000Z/practices.jsonl.gz", ContentFile(b"half, and still being written"))

    assert dumps.runs() == ["20260305T011000Z", "20260304T011000Z", "20260303T011000Z"]
    folders, _files = default_storage.listdir("dump")
    assert sorted(folders) == ["20260303T011000Z", "20260304T011000Z", "20260305T011000Z", "20260306T000000Z"]
    assert client.get("/api/v1/dump/").json()["made_at"] == "2026-03-05T01:10:00.000000Z"
    assert fetched(client, "/api/v1/dump/practices-20260303T011000Z.jsonl.gz")
    assert client.get("/api/v1/dump/practices-20260302T011000Z.jsonl.gz").status_code == 404


def test_a_run_that_fails_leaves_the_one_before(client, monkeypatch):
    dumps.write(NIGHT)

    def breaks(viewset, model):
        raise OSError("The disk is full.")
        yield

    monkeypatch.setattr(dumps, "_rows", breaks)
    with pytest.raises(OSError, match="full"):
        dumps.write(NIGHT + timedelta(days=1))

    assert client.get("/api/v1/dump/").json()["made_at"] == "2026-03-01T01:10:00.000000Z"


@pytest.mark.parametrize("name", ["practices.jsonl.gz", "manifest.json", "..%2fmanifest.json", "users.csv.gz", "-.gz"])
def test_what_is_not_there_is_not_found(client, problem, name):
    assert problem("/api/v1/dump/")[0] == 404

    assert problem(f"/api/v1/dump/{name}")[0] == 404


def test_a_night_without_a_worker_is_made_up_for():
    assert dumps.is_dump_missed()
    dumps.write()
    assert not dumps.is_dump_missed()
    assert dumps.is_dump_missed(timezone.now() + timedelta(hours=26))


def test_the_catalogue_names_every_way_and_the_licence(client):
    make_practice()
    dumps.write(NIGHT)
    manifest = client.get("/api/v1/dump/").json()

    response = client.get("/api/v1/catalog/?format=jsonld")

    assert response["Content-Type"] == "application/ld+json"
    practices, exchanges, countries = response.json()["dcat:dataset"]
    assert {title["@language"] for title in practices["dct:title"]} == {"en", "fr", "es", "pt", "ar"}
    assert practices["dct:license"] == {"@id": "https://creativecommons.org/licenses/by/4.0/"}
    addresses = [way["dcat:accessURL"]["@id"] for way in practices["dcat:distribution"]]
    assert addresses == [
        f"http://localhost:8000{path}"
        for path in (
            "/api/v1/practices/",
            "/oai/",
            "/feeds/practices.atom",
            "/api/v1/dump/practices.jsonl.gz",
            "/api/v1/dump/practices.csv.gz",
            *(f"/api/v1/dump/{what}.{kind}.gz" for what in ORDERED_BY for kind in ("jsonl", "csv")),
        )
    ]
    sums = [way["spdx:checksum"]["spdx:checksumValue"]["@value"] for way in practices["dcat:distribution"][3:]]
    assert sums == [file["sha256"] for file in manifest["files"] if file["content"] in {"practices", *ORDERED_BY}]
    assert len(exchanges["dcat:distribution"]) == 3 + 6
    names = [way["dct:title"]["@value"] for way in countries["dcat:distribution"][2:]]
    assert names == ["countries.jsonl.gz", "countries.csv.gz", "figures.jsonl.gz", "figures.csv.gz"]
    # Figures are under the licences of their sources.
    assert not any("dct:license" in thing for thing in (countries, *countries["dcat:distribution"]))


def test_the_catalogue_is_there_before_the_first_night(client):
    practices, _exchanges, _countries = client.get("/api/v1/catalog/").json()["dcat:dataset"]

    assert len(practices["dcat:distribution"]) == 3
    assert not Practice.objects.exists()
