"""Importing: every row is checked, wrong ones are told with field and reason, and nothing comes in twice."""

import io
import json
import threading

import pytest
from django.core.management import CommandError, call_command
from django.core.validators import validate_email
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from practices.importing import ImportRefusedError, import_rows, read_rows, run
from practices.importing.rows import _PLAIN_EMAIL
from practices.indexing import rebuild
from practices.markdown import clean
from practices.models import (
    Contact,
    FacetBits,
    Practice,
    PracticeIndex,
    PracticeText,
    SdgGoal,
    SearchWord,
    Topic,
    Version,
)
from practices.publication import retract
from tests.make import make_area, make_country, make_topic

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def reference_rows():
    for code in ("COL", "KEN", "PER"):
        make_country(code)
    for slug in ("nutrition", "wash"):
        make_area(slug)
    make_topic("stunting", "nutrition")
    for number in range(1, 18):
        SdgGoal.objects.create(number=number, names={"en": str(number)}, colour="#000000")


def row(**changes):
    return {
        "id": "per-budget",
        "title": "Budgeting for results",
        "summary": "Money follows measured growth.",
        "country": "PER",
        "challenge_areas": ["nutrition"],
        "topics": ["stunting"],
        "sdg_targets": ["2.2"],
        "start_year": 2008,
        "sections": {"challenge": "Many children were stunted.", "approach": "Budgets were tied to results."},
        "lessons": [{"kind": "worked", "text": "Publish the figures."},
                    {"kind": "failed", "text": "No money at first."}],
        "figures": [{"metric": "Stunting", "baseline_value": 28, "baseline_year": 2008, "latest_value": 13.1,
                     "latest_year": 2016, "unit": "%", "source": "ENDES"}],
        "references": [{"title": "A study", "publisher": "A journal", "year": 2017, "url": "https://example.org/1"}],
        "adaptations": [{"country": "KEN", "year": 2012, "note": "Tried in two counties"}],
        "translations": {"es": {"title": "Presupuesto por resultados", "summary": "El dinero sigue al crecimiento."}},
        "lead_organisations": ["Ministry of Finance"],
        "organisations": {"Ministry of Finance": {"kind": "government", "country": "PER"}},
        "contact": {"name": "A person", "organisation": "Ministry", "email": "person@example.org"},
        "evaluation_type": "before_after",
    } | changes  # fmt: skip


def load(*rows, **options):
    return import_rows(list(enumerate(rows, start=1)), **options)


def test_a_row_becomes_a_published_practice_with_all_its_parts():
    report = load(row())

    practice = Practice.objects.live().with_content().get()
    version = practice.live
    assert (report.created, report.problems) == (1, [])
    assert practice.external_id == "per-budget"
    assert version.challenge == "Many children were stunted."
    assert [(lesson.kind, lesson.text) for lesson in version.lessons.all()] == [
        ("worked", "Publish the figures."),
        ("failed", "No money at first."),
    ]
    (result,) = version.results.all()
    assert (result.name, result.baseline, result.latest, result.source) == ("Stunting", 28, 13.1, "ENDES")
    assert [adoption.country_id for adoption in practice.adoptions.all()] == ["KEN"]
    assert [translation.language for translation in practice.translations.all()] == ["es"]
    assert [organisation.name for organisation in version.lead_institutions.all()] == ["Ministry of Finance"]
    assert practice.contact.email == "person@example.org"
    assert practice.index.evidence == 2
    assert version.frozen_at is not None


def test_the_same_row_again_changes_nothing():
    load(row())
    before = _everything()

    report = load(row())

    assert report.unchanged == 1
    assert _everything() == before


def test_changed_content_makes_a_new_version():
    load(row())

    report = load(row(title="Budgeting for better results"))

    practice = Practice.objects.get()
    assert report.updated == 1
    assert (practice.live.number, practice.live.title) == (2, "Budgeting for better results")
    assert practice.index.document["title"]["en"] == "Budgeting for better results"


def test_changed_translations_and_adoptions_are_replaced_without_a_new_version():
    load(row())

    report = load(row(translations={}, adaptations=[{"country": "COL", "result": "Fewer stunted children"}]))

    practice = Practice.objects.get()
    assert (report.refreshed, Version.objects.count()) == (1, 1)
    assert [adoption.country_id for adoption in practice.adoptions.all()] == ["COL"]
    assert practice.index.languages == ["en"]
    assert practice.index.evidence == 4


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": None}, "id"),
        ({"title": ""}, "title"),
        ({"title": 7}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"country": "XXX"}, "country"),
        ({"country": None}, "country"),
        ({"challenge_areas": []}, "challenge_areas"),
        ({"challenge_areas": "nutrition"}, "challenge_areas"),
        ({"challenge_areas": ["space"]}, "challenge_areas"),
        ({"topics": ["unheard-of"]}, "topics"),
        ({"sdg_targets": ["18.1"]}, "sdg_targets"),
        ({"sdg_targets": ["2"]}, "sdg_targets"),
        ({"kind": "miracle"}, "kind"),
        ({"kind": ["practice"]}, "kind"),
        ({"scale": "huge"}, "scale"),
        ({"language": "de"}, "language"),
        ({"start_year": "2008"}, "start_year"),
        ({"start_year": 99}, "start_year"),
        ({"end_year": 2001}, "end_year"),
        ({"sections": []}, "sections"),
        ({"sections": {"weather": "fine"}}, "sections.weather"),
        ({"figures": [{"unit": "%"}]}, "figures[0].metric"),
        ({"figures": [{"metric": "x", "latest_value": "many"}]}, "figures[0].latest_value"),
        ({"figures": [{"metric": "x", "latest_value": float("inf")}]}, "figures[0].latest_value"),
        ({"figures": "none"}, "figures"),
        ({"lessons": [{"kind": "so-so", "text": "x"}]}, "lessons[0].kind"),
        ({"references": [{"title": "x", "url": "javascript:alert(1)"}]}, "references[0].url"),
        ({"adaptations": [{"country": "ZZZ"}]}, "adaptations[0].country"),
        ({"translations": {"de": {"title": "x"}}}, "translations.de"),
        ({"translations": {"fr": {}}}, "translations.fr"),
        ({"contact": {"email": "nobody"}}, "contact.email"),
        ({"contact": {"email": f"office@{'ministry.' * 28}org"}}, "contact.email"),  # longer than its column
        ({"published_at": "yesterday"}, "published_at"),
        ({"published_at": "2020-01-01T00:00:00"}, "published_at"),
        ({"evidence_level": 7}, "evidence_level"),
        ({"beneficiaries": -1}, "beneficiaries"),
        ({"verified": "yes"}, "verified"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_imported(changes, field):
    with pytest.raises(ImportRefusedError) as refused:
        load(row(id="good"), row(**changes))

    assert [(problem.row, problem.field) for problem in refused.value.report.problems] == [(2, field)]
    assert all(problem.reason for problem in refused.value.report.problems)
    assert Practice.objects.count() == Version.objects.count() == 0


@pytest.mark.parametrize("data", [None, 7, "text", [1, 2], ValueError("not JSON")])
def test_a_row_that_is_no_object_is_refused(data):
    with pytest.raises(ImportRefusedError):
        load(data)


def test_the_same_identifier_twice_in_a_file_is_refused():
    with pytest.raises(ImportRefusedError) as refused:
        load(row(), row())

    assert "Row 1" in refused.value.report.problems[0].reason


def test_skipping_bad_rows_imports_the_good_ones():
    report = load(row(id="a"), row(id="b", country="XXX"), row(id="c"), skip_bad=True)

    assert (report.created, len(report.rejected)) == (2, 1)
    assert sorted(Practice.objects.values_list("external_id", flat=True)) == ["a", "c"]


def test_lists_of_texts_are_kept_letter_by_letter():
    texts = ['a “b”, "c"', "d\\e\\", "{f,g}", "NULL", "h\ti\nj", "كتاب"]

    load(row(verified_sources=texts, beneficiary_groups=texts))

    practice = Practice.objects.get()
    assert practice.verified_sources == practice.live.beneficiary_groups == texts


def test_rows_that_are_not_published_are_counted_and_skipped():
    report = load(row(status="draft"))

    assert (report.not_published, Practice.objects.count()) == (1, 0)


def test_rows_of_other_collections_are_understood():
    report = load(
        {
            "external_id": "SYN-1", "title": "Title", "summary": "Summary", "language": "fr", "country": "KEN",
            "sections": {"challenge": "c", "approach": "a", "results": "r", "lessons": "One lesson."},
            "partner_countries": ["COL"], "challenge_areas": ["wash"], "sdg_targets": ["6.1", "6.a"], "tags": ["wells"],
            "evidence_level": 3, "scale": "multi-country", "start_year": 2001, "end_year": None, "beneficiaries": 100,
            "cost_usd": 5, "status": "published", "published_at": "2019-01-02T03:04:05Z",
            "updated_at": "2020-01-02T03:04:05Z", "contact": {"name": "N", "organisation": "O", "email": "a@b.example"},
            "references": [{"title": "T", "year": 2000, "url": "https://a.example/1"}],
        },
        create_topics=True,
    )  # fmt: skip

    practice = Practice.objects.get()
    assert (report.created, report.problems) == (1, [])
    assert practice.index.evidence == 3
    assert practice.index.scale == "multi_country"
    assert practice.index.partner_countries == ["COL"]
    assert Topic.objects.get(slug="wells").area_id == "wash"
    assert practice.live.lessons.get().text == "One lesson."
    assert practice.published_at.year == 2019


def test_what_an_import_derives_is_what_would_be_read_from_the_database():
    load(row(), row(id="b", language="fr", topics=[], sdg_targets=["6.1", "2.2"], partner_countries=["COL"]))
    load(row(title="Budgeting for better results", adaptations=[{"country": "COL"}, {"country": "KEN", "year": 2001}]))
    before = _derived()

    rebuild()

    assert _derived() == before


def test_an_import_that_is_interrupted_goes_on_where_it_ended(monkeypatch):
    monkeypatch.setattr(run, "CHUNK", 2)
    rows = [row(id=f"row-{number}") for number in range(5)]
    threads = set(threading.enumerate())

    def interrupt(is_writing, count):
        if is_writing:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(*rows, progress=interrupt)
    assert Practice.objects.count() == PracticeIndex.objects.count() == 2
    assert set(threading.enumerate()) == threads

    report = load(*rows)

    assert (report.unchanged, report.created) == (2, 3)
    assert Practice.objects.count() == PracticeIndex.objects.count() == 5


def test_a_wrong_row_far_behind_keeps_all_others_out(monkeypatch):
    monkeypatch.setattr(run, "CHUNK", 2)

    with pytest.raises(ImportRefusedError):
        load(*(row(id=f"row-{number}") for number in range(5)), row(id="wrong", country="XXX"))

    assert Practice.objects.count() == 0


def test_what_was_retracted_is_not_published_again():
    load(row())
    retract(Practice.objects.get(), reason="The figures were wrong.")

    report = load(row(title="Once more"))

    assert (report.updated, len(report.rejected), Version.objects.count()) == (0, 1, 1)
    assert "retracted" in report.problems[0].reason


def test_progress_is_told_while_rows_are_checked_and_while_they_are_written():
    told = []

    load(row(id="a"), row(id="b"), progress=lambda is_writing, count: told.append((is_writing, count)))

    assert told == [(False, 2), (True, 2)]


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}',
        '[{"a": 1}]',
        '{"practices": [{"a": 1}], "_about": {}}',
        '{\n  "a": 1\n}',
        '\n {"a": 1}\n',
        '{"a": 1}\n\n',
    ],
)
def test_objects_lists_and_lines_are_read(text):
    assert list(read_rows(io.BytesIO(text.encode()))) == [(1, {"a": 1})]


def test_json_lines_keep_their_numbers_and_a_broken_line_is_a_row_of_its_own():
    rows = list(read_rows(io.BytesIO(b'{"a": 1}\n{"a": \n{"a": 3}\n')))

    assert [number for number, _ in rows] == [1, 2, 3]
    assert isinstance(rows[1][1], ValueError)


def test_a_first_line_that_is_broken_is_told_as_well():
    rows = list(read_rows(io.BytesIO(b'{"a": \n{"a": 2}\n')))

    assert isinstance(rows[0][1], ValueError)
    assert rows[1] == (2, {"a": 2})


@pytest.mark.parametrize("text", ["hello", "7", '"text"', "<html>"])
def test_a_file_that_is_no_json_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        list(read_rows(io.BytesIO(text.encode())))


def test_the_command_reports_and_writes_rejects(tmp_path, capsys):
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join(json.dumps(one) for one in (row(id="a"), row(id="b", country="XXX"))))

    with pytest.raises(CommandError, match="1 problems"):
        call_command("import_practices", file)
    assert "Row 2, country: “XXX”" in capsys.readouterr().err
    assert Practice.objects.count() == 0

    call_command("import_practices", file, "--skip-bad")
    (rejected,) = [json.loads(line) for line in (tmp_path / "rows.jsonl.rejects.jsonl").read_text().splitlines()]
    assert (rejected["row"], rejected["data"]["id"], rejected["problems"][0]["field"]) == (2, "b", "country")
    assert "1 created" in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"\xff\xfe", b"hello"])
def test_the_command_refuses_a_file_that_it_cannot_read(tmp_path, content):
    file = tmp_path / "rows.json"
    file.write_bytes(content)

    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_practices", file)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_practices", tmp_path / "absent.json")


def test_the_number_of_queries_does_not_grow_with_the_rows(django_assert_max_num_queries):
    load(row(id="warm"))
    with django_assert_max_num_queries(80):
        load(*(row(id=f"row-{number}") for number in range(60)))


@given(st.from_regex(_PLAIN_EMAIL, fullmatch=True))
def test_an_address_that_is_let_through_at_once_is_an_e_mail_address(address):
    validate_email(address)


@given(st.text() | st.text(st.sampled_from("a\u00e9\r\n\t\x00\x07\x0b\x1f\x7f\ud800")))
def test_text_is_kept_without_control_characters_and_with_one_kind_of_line_ends(text):
    kept = text.replace("\r\n", "\n").replace("\r", "\n")

    assert clean(text) == "".join(one for one in kept if one in "\n\t" or ord(one) > 31)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(sorted(row())), value=json_values)
def test_no_value_of_any_field_breaks_the_import(name, value):
    data = row(id="fuzz") | {name: value}

    report = load(data, skip_bad=True)

    assert report.created + report.updated + report.refreshed + report.unchanged + len(report.rejected) == 1


def _derived():
    texts = PracticeText.objects.order_by("practice", "language")
    return [
        list(PracticeIndex.objects.order_by("pk").values()),
        [{name: value for name, value in text.items() if name != "id"} for text in texts.values()],
        sorted(FacetBits.objects.values_list("facet", "value", "segment", "bits")),
        sorted(SearchWord.objects.values_list("word", "texts_count")),
    ]


def _everything():
    return [
        list(model.objects.order_by("pk").values())
        for model in (Practice, Version, PracticeIndex, Contact)
    ]  # fmt: skip
