"""Case studies from a sheet: the template, the check of each row and cell, the drafts; and files that mean harm."""

import datetime
import io
import zipfile

import openpyxl
import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from accounts.enums import Role
from practices import drafting
from practices.models import Submission, SubmissionEvent
from practices.sheets import checking, kept, layout, making, reading, template
from practices.sheets.layout import MAIN, SHEETS
from tests.files_make import linked_to, sent, zipped
from tests.make import make_area, make_country, make_target, make_topic
from tests.people import make_membership, make_user
from tests.submissions import make_draft

pytestmark = pytest.mark.django_db

ROW = {
    "title": "Handwashing stations in Puno",
    "summary": "Stations with soap at 210 schools.",
    "language": "es",
    "kind": "Innovation",
    "challenge_areas": "Nutrition; wash",
    "primary_area": "wash",
    "topics": "Stunting",
    "sdg_targets": "3.2",
    "further_countries": "KEN-land; SEN",
    "start_year": 2019,
    "end_year": "2021",
    "challenge": "Children missed school.\nToo many.",
    "beneficiary_groups": "girls; boys",
    "beneficiaries_count": "12 500",
    "lead_institutions": "Ministry of Health; Ministry of Education",
    "cost_setup": 12500.5,
    "cost_currency": "usd",
    "has_clearance": "yes",
}


@pytest.fixture
def officer():
    for code in ("BGD", "KEN", "SEN"):
        make_country(code)
    make_area("wash")
    make_topic("stunting", "nutrition")
    make_target("3.2")
    return make_user(Role.OFFICER, country="BGD")


def filled_in(user, *rows, **others):
    """The bytes of the template of ``user`` with ``rows`` ({column: value}) on its first sheet, the first numbered 1.

    ``others``: {sheet: [row]} for the other sheets.
    """
    book = openpyxl.load_workbook(io.BytesIO(template.workbook(user)))
    for name, lines in {MAIN: rows, **others}.items():
        page = book[SHEETS[name].title]
        place = {column.name: index for index, column in enumerate(SHEETS[name].columns, start=1)}
        for row, line in enumerate(lines, start=2):
            for column, value in line.items():
                page.cell(row, place[column]).value = value
    return saved(book)


def saved(book):
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def read(content):
    with sent("sheet.xlsx", content) as file:
        return reading.read(file)


def report_on(user, *rows, language="en", **others):
    return checking.check(read(filled_in(user, *rows, **others)), user, language)


def told(faults):
    return [(fault.sheet, fault.address, fault.label) for fault in faults]


def content_of(submission):
    found = {}
    for step in ("basics", "challenge", "results", "lessons", "conditions", "closing"):
        found |= drafting.stored(Submission.objects.get(pk=submission.pk), step)
    return found


def titles():
    return sorted(Submission.objects.values_list("version__title", flat=True))


# The template


@pytest.mark.parametrize("language", ["en", "fr", "es", "pt", "ar"])
def test_the_template_speaks_the_language_of_its_reader_and_is_read_again(officer, language):
    with translation.override(language):
        book = openpyxl.load_workbook(io.BytesIO(filled_in(officer, {"title": "A title"})))
        main = book[SHEETS[MAIN].title]
        headings = [cell.value for cell in main[1]]
        labels = [str(column.label) for column in SHEETS[MAIN].columns]

    assert headings == labels
    assert bool(main.sheet_view.rightToLeft) == (language == "ar")
    # Read on a page of another language.
    filled = read(saved(book))
    assert filled.faults == []
    assert [(line.row, line.texts["title"]) for line in filled.tables[MAIN].lines] == [(2, "A title")]


@pytest.mark.parametrize("language", ["en", "fr", "es", "pt", "ar"])
@pytest.mark.parametrize("sheet", sorted(SHEETS))
def test_no_two_columns_and_no_two_sheets_have_one_name(language, sheet):
    with translation.override(language):
        labels = [layout.key_of(column.label) for column in SHEETS[sheet].columns]
        titles = [layout.key_of(one.title) for one in SHEETS.values()]
        titles += [layout.key_of(str(label)) for label in layout.FOR_READING.values()]

    assert len(labels) == len(set(labels))
    assert len(titles) == len(set(titles))


def test_the_template_says_of_each_column_what_it_takes_and_lets_choose_from_lists(officer):
    book = openpyxl.load_workbook(io.BytesIO(template.workbook(officer)))
    guidance = {(row[0], row[1]): row[2:] for row in book["Guidance"].iter_rows(min_row=2, values_only=True)}
    lists = {
        str(rule.sqref).split(":")[0]: rule.formula1 for rule in book["Case studies"].data_validations.dataValidation
    }
    words = {column[0].value: [cell.value for cell in column[1:] if cell.value] for column in book["Lists"].columns}

    assert guidance["Case studies", "Title"] == (
        "Always", "Text.", "120 characters", "What was done and where.", "School handwashing stations in Puno",
    )  # fmt: skip
    assert guidance["Case studies", "Summary"][0] == "Before it is sent"
    assert len(guidance) == sum(len(sheet.columns) for sheet in SHEETS.values()) + len(SHEETS) - 1
    assert len(lists) == 7  # lead country, language, kind, primary area, scale, evaluation, clearance
    assert words["Scale"] == ["Pilot", "Subnational", "National", "Several countries"]
    assert words["SDG targets"] == ["3.2 · Target 3.2"]
    assert words["Lead country"] == ["BGD-land"]


@pytest.mark.parametrize(
    "name", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", '=HYPERLINK("http://a.example")', "=cmd|' /C calc'!A0"]
)
def test_no_name_in_the_template_runs_as_a_formula(officer, name):
    make_topic("odd", "nutrition", names={"en": name})

    book = openpyxl.load_workbook(io.BytesIO(template.workbook(officer)))

    cells = [cell for page in book for row in page.iter_rows() for cell in row]
    assert [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink] == []
    assert name in [cell.value for cell in cells]


# What a row becomes


def test_a_row_becomes_a_draft_with_all_that_it_says(officer):
    report = report_on(
        officer,
        ROW | {"number": 7},
        results=[{"number": 7, "name": "Days missed", "baseline": 3.5, "baseline_year": 2019, "latest": "2"}],
        lessons=[{"number": "7", "kind": "What did not work", "text": "Soap ran out."}],
        references=[{"number": 7, "title": "A survey", "url": "https://www.example.org/report.pdf"}],
    )

    assert (report.faults, [row.faults for row in report.rows]) == ([], [[]])
    # Those of the row, its results, lessons and references; its primary area is the first of its areas.
    assert report.rows[0].answers_count == len(ROW) - 1 + 3
    assert making.make(report, by=officer) == 1
    draft = Submission.objects.get()
    found = content_of(draft)
    assert (draft.status, draft.lead, draft.country_id) == ("draft", officer, "BGD")
    assert {name: found[name] for name in ("title", "language", "kind", "start_year", "end_year", "topics")} == {
        "title": "Handwashing stations in Puno", "language": "es", "kind": "innovation", "start_year": 2019,
        "end_year": 2021, "topics": ["stunting"],
    }  # fmt: skip
    assert found["challenge_areas"] == ["wash", "nutrition"]  # the primary one first
    assert found["further_countries"] == ["KEN", "SEN"]
    assert found["challenge"] == "Children missed school.\nToo many."
    assert found["beneficiary_groups"] == ["girls", "boys"]
    assert (found["beneficiaries_count"], str(found["cost_setup"]), found["cost_currency"]) == (
        12500,
        "12500.50",
        "USD",
    )
    assert found["lead_institutions"] == ["Ministry of Health", "Ministry of Education"]
    assert found["has_clearance"] is True
    assert [(row["name"], row["baseline"], row["latest"]) for row in found["results"]] == [("Days missed", 3.5, 2.0)]
    assert [(row["kind"], row["text"]) for row in found["lessons"]] == [("failed", "Soap ran out.")]
    assert found["references"][0]["url"] == "https://www.example.org/report.pdf"
    assert [event.kind for event in SubmissionEvent.objects.filter(submission=draft)] == ["created"]


def test_the_words_of_every_language_are_understood(officer):
    rows = []
    for number, language in enumerate(["en", "fr", "es", "pt", "ar"]):
        with translation.override(language):
            rows.append(
                {"title": f"Title {number}", "kind": str(layout.STEP_FORMS["basics"].base_fields["kind"].choices[1][1])}
            )

    report = report_on(officer, *rows)

    assert [row.values["basics"]["kind"] for row in report.rows] == ["innovation"] * 5


def test_what_is_wrong_is_told_by_cell_with_what_would_be_accepted(officer):
    report = report_on(
        officer,
        {"title": "x" * 121, "kind": "Novelty", "start_year": "last year", "further_countries": "Kenia", "number": 1},
        {"summary": "No title", "number": 2},
        results=[{"number": 1, "name": "", "latest": "three"}],
    )

    letters = {column.name: openpyxl.utils.get_column_letter(i) for i, column in enumerate(SHEETS[MAIN].columns, 1)}
    assert set(told(report.rows[0].faults)) == {
        ("Case studies", f"{letters['title']}2", "Title"),
        ("Case studies", f"{letters['kind']}2", "Kind"),
        ("Case studies", f"{letters['start_year']}2", "First year"),
        ("Case studies", f"{letters['further_countries']}2", "Also carried out in"),
        ("Figures", "B2", "What was measured"),
        ("Figures", "E2", "After"),
    }
    texts = {fault.label: fault.text for fault in report.rows[0].faults}
    assert texts["Title"] == "This has 121 characters; at most 120 are accepted."
    assert (
        texts["Kind"]
        == "“Novelty” is not a word of the list. Write one of it, for example: Practice · Innovation · Lesson learnt."
    )
    assert "for example 2019" in texts["First year"]
    assert told(report.rows[1].faults) == [("Case studies", f"{letters['title']}3", "Title")]
    assert report.ready == []


def test_formulas_errors_and_dates_are_refused_and_never_computed(officer):
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet("Case studies")
        page.write_row(0, 0, ["title", "summary", "start_year", "places"])
        page.write_row(1, 0, ["A title", "A summary"])
        page.write_formula(1, 0, '=HYPERLINK("http://evil.example","A title")', value="A title")
        page.write_array_formula(1, 1, 1, 1, "{=SUM(1,2)}", value=3)
        page.write_datetime(1, 2, datetime.date(2019, 1, 1), book.add_format({"num_format": "d mmm yyyy"}))
        page.write_string(1, 3, "=only text")
    report = checking.check(read(file.getvalue()), officer, "en")

    (row,) = report.rows
    assert [(fault.address, fault.text.split(",")[0]) for fault in row.faults] == [
        ("A2", "This cell holds a formula"),
        ("B2", "This cell holds a formula"),
        ("C2", "The spreadsheet took this for a date. Give the cell the format “text” and write it once more."),
    ]
    assert making.make(report, by=officer) == 0


def test_text_that_looks_like_a_formula_is_kept_as_text(officer):
    book = openpyxl.load_workbook(io.BytesIO(filled_in(officer, {"title": "A title"})))
    place = [column.name for column in SHEETS[MAIN].columns].index("places") + 1
    cell = book["Case studies"].cell(2, place)
    cell.value, cell.data_type = "=1+1", "s"

    report = checking.check(read(saved(book)), officer, "en")

    assert report.rows[0].values["basics"]["places"] == "=1+1"


def test_rows_of_other_sheets_have_to_belong_to_one(officer):
    report = report_on(
        officer,
        {"title": "One", "number": 1},
        {"title": "Two", "number": 1},
        lessons=[{"number": 9, "text": "Whose?"}, {"text": "And this?"}],
    )

    assert told(report.faults) == [
        ("Case studies", "A3", "Number"),
        ("Lessons", "A2", "Number"),
        ("Lessons", "A3", "Number"),
    ]
    assert report.ready == []


def test_a_workbook_with_other_sheets_or_columns_is_not_half_read(officer):
    book = openpyxl.load_workbook(io.BytesIO(filled_in(officer, {"title": "One"})))
    book["Case studies"]["C1"].value = "Headline"
    book["Case studies"].cell(2, 90).value = "Lost"
    book.create_sheet("Notes")

    report = checking.check(read(saved(book)), officer, "en")

    assert {(fault.sheet, fault.address) for fault in report.faults} == {
        ("Case studies", "C1"), ("Case studies", "CL2"), ("Notes", ""), ("Case studies", ""),
    }  # fmt: skip
    assert making.make(report, by=officer) == 0


def test_who_writes_for_two_countries_says_for_which(officer):
    make_membership(officer, Role.OFFICER, country="KEN")
    rows = [{"title": "One"}, {"title": "Two", "country": "KEN-pays"}, {"title": "Three", "country": "SEN"}]

    report = report_on(officer, *rows)

    assert [row.country and row.country.pk for row in report.rows] == [None, "KEN", None]
    assert report.rows[0].faults[0].text == "Say which of your countries leads it."
    assert report.rows[2].faults[0].text.endswith("for example: BGD-land · KEN-land.")


# Nothing twice, nothing by halves


def test_the_same_sheet_twice_makes_no_doubles_and_a_corrected_row_only_itself(officer):
    rows = [{"title": "One", "number": 1}, {"title": "Two", "start_year": "soon", "number": 2}]
    lessons = [{"number": 1, "text": "A lesson."}]
    making.make(report_on(officer, *rows, lessons=lessons), by=officer)

    again = report_on(officer, *rows, lessons=lessons)
    rows[1]["start_year"] = 2020
    rows.reverse()  # the first is another row of the sheet now
    corrected = report_on(officer, *rows, lessons=lessons)
    assert making.make(corrected, by=officer) == 1

    assert making.make(again, by=officer) == 0
    assert [row.known is not None for row in corrected.rows] == [False, True]
    assert titles() == ["One", "Two"]


def test_two_rows_that_say_the_same_are_one(officer):
    report = report_on(officer, {"title": "One", "number": 1}, {"title": "One", "number": 2})

    assert [fault.text for fault in report.rows[1].faults] == ["This row says the same as row 2. Remove one of them."]
    assert making.make(report, by=officer) == 1


def test_a_row_is_made_whole_or_not_at_all(officer):
    report = report_on(officer, {"title": "One"}, {"title": "Two"}, {"title": "Three"})
    broken = report.rows[1].values["basics"] | {"start_year": 99_999_999}  # more than the column holds
    report.rows[1].values["basics"] = broken

    with pytest.raises(Exception, match="out of range"):
        making.make(report, by=officer)

    assert titles() == ["One"]
    assert making.make(report_on(officer, {"title": "One"}, {"title": "Two"}, {"title": "Three"}), by=officer) == 2
    assert titles() == ["One", "Three", "Two"]


def test_where_the_time_does_not_suffice_the_person_goes_on_with_the_others(client, officer, monkeypatch):
    monkeypatch.setattr(making, "SECONDS", 0)
    client.force_login(officer)
    address = upload(client, filled_in(officer, {"title": "One"}, {"title": "Two"}))["Location"]

    page = client.post(address, follow=True).content.decode()

    assert "1 draft was made. The time did not suffice for all. Go on with the others." in page
    assert "Made before" in page
    assert client.post(address)["Location"] == "/workspace/?status=drafts"
    assert titles() == ["One", "Two"]


def test_the_check_costs_the_same_for_many_rows(officer):
    counts = []
    for number in (1, 20):
        rows = [ROW | {"title": f"Title {index}"} for index in range(number)]
        filled = read(filled_in(officer, *rows))
        officer = type(officer).objects.get(pk=officer.pk)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            checking.check(filled, officer, "en")
        counts.append(len(queries))

    assert counts[0] == counts[1]


# The pages


def upload(client, content, **kwargs):
    return client.post(
        reverse("workspace:import"),
        {"sheet": SimpleUploadedFile("sheet.xlsx", content, content_type=template.TYPE)},
        **kwargs,
    )


def test_from_the_workspace_to_drafts_without_a_script(client, officer):
    client.force_login(officer)
    assert reverse("workspace:import") in client.get(reverse("workspace:home")).content.decode()
    answer = client.get(reverse("workspace:import-template"))
    assert answer["Content-Disposition"] == 'attachment; filename="case-studies-en.xlsx"'

    checked = upload(client, filled_in(officer, {"title": "One"}, {"title": "Two", "kind": "?"}), follow=True)

    page = checked.content.decode()
    assert "1 draft can be made. Nothing was made yet." in page
    assert "“?” is not a word of the list." in page
    assert Submission.objects.count() == 0
    address = checked.redirect_chain[-1][0]
    made = client.post(address, follow=True)
    assert "1 draft was made." in made.content.decode()
    assert titles() == ["One"]
    # Pressed once more, and uploaded once more.
    assert client.post(address, follow=True).status_code == 200
    again = upload(client, filled_in(officer, {"title": "One"}), follow=True).content.decode()
    assert "Made before" in again
    assert Submission.objects.count() == 1


def test_nothing_of_the_file_is_kept_once_drafts_were_made(client, officer):
    client.force_login(officer)
    address = upload(client, filled_in(officer, {"title": "Zyxkept"}))["Location"]
    client.post(address)

    token = address.rstrip("/").rsplit("/", 1)[1]
    assert kept.kept(officer, token) == kept.DONE
    shown = client.get(address)
    assert (shown.status_code, shown["Location"]) == (302, "/workspace/?status=drafts")


def test_what_a_cell_says_is_shown_as_text(client, officer):
    client.force_login(officer)
    row = {"title": "<script>alert(1)</script>", "kind": "<img src=x onerror=alert(1)>"}

    page = upload(client, filled_in(officer, row), follow=True).content.decode()

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_a_check_is_seen_by_its_person_alone(client, officer):
    client.force_login(officer)
    address = upload(client, filled_in(officer, {"title": "Zyxsecret"}))["Location"]

    client.force_login(make_user(Role.OFFICER, country="BGD"))
    theirs = client.get(address)

    assert theirs.status_code == 404
    assert "Zyxsecret" not in theirs.content.decode()
    assert client.post(address).status_code == 404
    assert Submission.objects.count() == 0


def test_a_check_of_which_nothing_can_be_made_is_not_confirmed(client, officer):
    client.force_login(officer)
    address = upload(client, filled_in(officer, {"summary": "No title"}))["Location"]

    assert client.post(address).status_code == 409
    assert Submission.objects.count() == 0


def test_the_draft_of_somebody_else_is_not_taken_for_mine(officer):
    colleague = make_user(Role.OFFICER, country="BGD")
    making.make(report_on(colleague, {"title": "One"}), by=colleague)
    make_draft(officer, title="One")

    assert [row.known for row in report_on(officer, {"title": "One"}).rows] == [None]


# Files that mean harm


def repacked(content, **parts):
    """``content`` with parts replaced or added, {name with "__" for "/": bytes}."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        replaced = {name.replace("__", "/"): data for name, data in parts.items()}
        for part in old.infolist():
            if part.filename not in replaced:
                new.writestr(part.filename, old.read(part))
        for name, data in replaced.items():
            new.writestr(name, data)
    return file.getvalue()


ENTITY = b"""<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&x;</t></si></sst>"""
LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>
<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&c;</t></si></sst>"""
LINKED = linked_to("externalLinkPath", "http://a.example/b.xlsx").encode()
FAR_ROW = b"""<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
<row r="1"><c r="B1" t="inlineStr"><is><t>title</t></is></c></row>
<row r="99999999999"><c r="B99999999999" t="inlineStr"><is><t>far</t></is></c></row></sheetData></worksheet>"""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda good: b"", "empty"),
        (lambda good: b"title,summary\nOne,Two\n", "not a workbook that can be read"),
        (lambda good: good[: len(good) // 2], "not a workbook that can be read"),
        (lambda good: repacked(good, **{"xl/workbook.xml": b"<not xml"}), "not a workbook"),
        (lambda good: repacked(good, **{"xl/sharedStrings.xml": ENTITY}), "declarations that no Excel workbook has"),
        (lambda good: repacked(good, **{"xl/sharedStrings.xml": LAUGHS}), "declarations that no Excel workbook has"),
        (lambda good: repacked(good, **{"xl/vbaProject.bin": b"macro"}), "holds macros"),
        (lambda good: repacked(good, **{"xl/embeddings/oleObject1.bin": b"OLE"}), "holds macros, other files"),
        (lambda good: repacked(good, **{"xl/_rels/a.rels": LINKED}), "fetch from elsewhere"),
        (lambda good: zipped("notes.txt", b"A list."), "not a workbook that can be read"),
        (lambda good: b"MZ" + good, "not a workbook that can be read"),
        (lambda good: repacked(good, **{"../../sheet9.xml": b"<a/>"}), "not a workbook that can be read"),
        (lambda good: repacked(good, **{"xl/worksheets/big.xml": b" " * 30_000_000}), "unpacks to more"),
        (lambda good: repacked(good, **{"xl/theme/theme1.xml": b" " * 3_000_000}), "unpacks to more"),
        (lambda good: repacked(good, **{f"xl/media/{n}.png": b"" for n in range(300)}), "unpacks to more"),
        (lambda good: good + b"\0" * (5 * 1024 * 1024), "at most 5 MB are accepted"),
    ],
    ids=[
        "empty",
        "csv",
        "cut",
        "broken",
        "entity",
        "laughs",
        "macros",
        "object",
        "link",
        "zip",
        "behind",
        "outside",
        "bomb",
        "theme",
        "parts",
        "large",
    ],
)
def test_what_is_no_plain_workbook_is_refused_with_a_reason(client, officer, change, words):
    client.force_login(officer)

    answer = upload(client, change(filled_in(officer, {"title": "One"})))

    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_a_row_at_the_end_of_the_world_is_not_waited_for(officer):
    content = repacked(filled_in(officer, {"title": "One"}), **{"xl/worksheets/sheet1.xml": FAR_ROW})

    assert read(content).tables[MAIN].lines == []


def test_more_rows_than_are_accepted_are_refused(officer):
    with pytest.raises(reading.Refused, match="more than 500 rows"):
        report_on(officer, *({"title": f"Title {number}"} for number in range(501)))
