"""Figures come in three layouts; each row is checked, nothing is filled in, and what a figure was is kept."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from countries.importing import ImportRefusedError, Layout, Problem, import_figures, read_figures
from countries.models import IndicatorRevision, IndicatorValue
from practices.serial import public_serial
from tests.figures import make_figures, make_indicator
from tests.make import make_country

pytestmark = pytest.mark.django_db

THIS_YEAR = timezone.localdate().year
LONG = "iso3,indicator,year,value,unit,source\n"
SDMX = """\
REF_AREA,Geographic area,INDICATOR,Indicator,SEX,Sex,UNIT_MEASURE,TIME_PERIOD,OBS_VALUE,OBS_STATUS,DATA_SOURCE
KEN,Kenya,CME_MRY0T4,Under-five mortality,F,Female,D_PER_1000_B,2022,39.1,A,UN_IGME
KEN,Kenya,CME_MRY0T4,Under-five mortality,_T,Total,D_PER_1000_B,2022,41.1234567890123,A,UN_IGME
KEN,Kenya,CME_MRY0T4,Under-five mortality,_T,Total,D_PER_1000_B,2023,,O,UN_IGME
WORLD,World,CME_MRY0T4,Under-five mortality,_T,Total,D_PER_1000_B,2022,37.1,A,UN_IGME
KEN,Kenya,CME_TMY0T4,Under-five deaths,_T,Total,NUMBER,2022,60000,A,UN_IGME
"""
SLIM = """\
DATAFLOW,REF_AREA,INDICATOR,SEX,AGE,TIME_PERIOD,OBS_VALUE,UNIT_MEASURE
NUTRITION,KEN,NT_ANT_HAZ_NE2,_T,Y0T4,2022-06,17.6,PCT
NUTRITION,KEN,NT_ANT_HAZ_NE2,_T,Y0T1,2022-06,14,PCT
"""
WORLD_BANK = """\
"Data Source","World Development Indicators",

"Last Updated Date","2026-10-01",

"Country Name","Country Code","Indicator Name","Indicator Code","2021","2022",
"Kenya","KEN","Mortality rate, under-5","SH.DYN.MORT","","41.1",
"Sub-Saharan Africa","SSF","Mortality rate, under-5","SH.DYN.MORT","72","70",
"Kenya","KEN","Population","SP.POP.TOTL","53000000","54000000",
"""


@pytest.fixture(autouse=True)
def known(db):
    make_country("KEN")
    make_country("PER")
    make_indicator("stunting")
    make_indicator("u5mr", unit="per_1000", units={"en": "deaths per 1,000 live births"}, area="newborn-health")


def run(text, layout=None, **options):
    return import_figures(read_figures(text.splitlines(keepends=True), layout), **options)


def stored():
    return {
        (row.country_id, row.indicator_id, row.year): (row.value, row.source) for row in IndicatorValue.objects.all()
    }


def problems_of(rows, **options):
    """[(field, what is accepted)] of the ``rows`` of a long table, none of which may be written."""
    with pytest.raises(ImportRefusedError) as refused:
        run(LONG + rows, **options)
    assert stored() == {}
    return [(problem.field, problem.accepted) for problem in refused.value.report.problems]


def test_the_long_format():
    report = run(LONG + "KEN,stunting,2014,26.2,% of children,DHS\nPER,stunting,2014,14.6,,\n")

    assert (report.created, report.problems) == (2, [])
    assert stored() == {("KEN", "stunting", 2014): (26.2, "DHS"), ("PER", "stunting", 2014): (14.6, "A survey")}


def test_unicef_with_labels():
    report = run(SDMX)

    assert stored() == {("KEN", "u5mr", 2022): (41.1234567890123, "UNICEF Data Warehouse, CME_MRY0T4, UN_IGME")}
    assert (report.created, report.empty) == (1, 1)
    assert (report.parts, report.places, report.series) == ({"SEX": 1}, {"WORLD": 1}, {"CME_TMY0T4": 1})


def test_unicef_without_labels_takes_the_age_that_the_series_is_about():
    report = run(SLIM)

    assert stored() == {("KEN", "stunting", 2022): (17.6, "UNICEF Data Warehouse, NT_ANT_HAZ_NE2")}
    assert report.parts == {"AGE": 1}


def test_the_world_bank_with_titles_and_one_column_a_year():
    report = run(WORLD_BANK)

    assert stored() == {("KEN", "u5mr", 2022): (41.1, "World Bank World Development Indicators SH.DYN.MORT")}
    assert (report.empty, report.places, report.series) == (1, {"SSF": 2}, {"SP.POP.TOTL": 2})


def test_the_same_again_changes_nothing():
    run(LONG + "KEN,stunting,2014,26.2,,\n")
    before = list(IndicatorValue.objects.values())

    report = run(LONG + "KEN,stunting,2014,26.20,,Another source\n")

    assert (report.created, report.changed, report.unchanged) == (0, 0, 1)
    assert list(IndicatorValue.objects.values()) == before
    assert not IndicatorRevision.objects.exists()


def test_a_changed_figure_keeps_what_it_was_with_its_dates():
    run(LONG + "KEN,stunting,2014,26.2,,DHS\n")
    imported_at = IndicatorValue.objects.get().imported_at

    report = run(LONG + "KEN,stunting,2014,26,,DHS corrected\n")

    figure, revision = IndicatorValue.objects.get(), IndicatorRevision.objects.get()
    assert (report.changed, figure.value, figure.source) == (1, 26, "DHS corrected")
    assert (revision.figure, revision.value, revision.source) == (figure, 26.2, "DHS")
    assert (revision.imported_at, revision.replaced_at) == (imported_at, figure.imported_at)


def test_figures_from_elsewhere_stay_when_only_our_own_are_meant():
    run(LONG + "KEN,stunting,2014,26.2,,Ministry\nKEN,stunting,2015,25,,\n")

    report = run(LONG + "KEN,stunting,2014,1,,\nKEN,stunting,2015,2,,\nKEN,stunting,2016,3,,\n", only_own=True)

    assert (report.created, report.changed, report.kept) == (1, 1, 1)
    assert [row.value for row in IndicatorValue.objects.all()] == [26.2, 2, 3]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("KEN,stunting,2014,101,,", ("value", "0-100")),
        ("KEN,stunting,2014,-1,,", ("value", "0-100")),
        ("KEN,u5mr,2014,1001,,", ("value", "0-1000")),
        ("KEN,stunting,2014,many,,", ("value", "digits with a point, such as 12.5")),
        ("KEN,stunting,2014,nan,,", ("value", "digits with a point, such as 12.5")),
        ("KEN,stunting,2014,<1,,", ("value", "digits with a point, such as 12.5")),
        ("KEN,stunting,2014,1e400,,", ("value", "0-100")),
        ("KEN,stunting,14,26,,", ("year", f"1950-{THIS_YEAR}")),
        ("KEN,stunting,1949,26,,", ("year", f"1950-{THIS_YEAR}")),
        (f"KEN,stunting,{THIS_YEAR + 1},26,,", ("year", f"1950-{THIS_YEAR}")),
        ("KEN,hunger,2014,26,,", ("indicator", "stunting, u5mr")),
        (",stunting,2014,26,,", ("iso3", "an ISO3 code such as KEN")),
        ('KEN,stunting,2014,26,"per 1,000",', ("unit", "percent, % of children")),
        (f"KEN,stunting,2014,26,,{'x' * 301}", ("source", "one line of at most 300 characters")),
        ("KEN,stunting,2014,26,,a\x00b", ("source", "one line of at most 300 characters")),
        ("KEN,stunting,2014,26,,source,5", ("row", "numbers without commas")),
    ],
)
def test_nonsense_is_refused_with_what_would_be_accepted(row, problem):
    assert problems_of(row + "\n") == [problem]


def test_two_figures_for_the_same_year_are_refused_unless_they_are_the_same():
    assert problems_of("KEN,stunting,2014,26,,\nKEN,stunting,2014,27,,\n") == [("value", "one figure a year")]

    assert run(LONG + "KEN,stunting,2014,26,,\nKEN,stunting,2014,26.0,,\n").created == 1


def test_a_problem_names_its_line_and_its_column():
    text = WORLD_BANK.replace('"41.1"', '"hot"')

    with pytest.raises(ImportRefusedError) as refused:
        run(text)

    assert refused.value.report.problems == [
        Problem(6, "2022", "“hot” is not a number.", "digits with a point, such as 12.5")
    ]


def test_good_rows_are_imported_when_bad_ones_may_be_skipped():
    report = run(LONG + "KEN,stunting,2014,26,,\nKEN,stunting,2015,260,,\n", skip_bad=True)

    assert (report.created, list(report.rejected)) == (1, [3])


def test_a_dry_run_writes_nothing():
    run(LONG + "KEN,stunting,2014,26,,\n")

    report = run(LONG + "KEN,stunting,2014,27,,\nPER,stunting,2014,14,,\n", dry_run=True)

    assert (report.created, report.changed) == (1, 1)
    assert [row.value for row in IndicatorValue.objects.all()] == [26]
    assert not IndicatorRevision.objects.exists()


@pytest.mark.parametrize("text", ["", "a,b,c\n1,2,3\n", "iso3,year,value\n"])
def test_a_table_of_another_kind_is_refused(text):
    with pytest.raises(ValueError, match="long: iso3, indicator, year, value; sdmx: REF_AREA"):
        run(text)


def test_a_table_of_another_layout_than_the_one_named_is_refused():
    with pytest.raises(ValueError, match="worldbank: Country Code, Indicator Code"):
        run(SDMX, Layout.WORLD_BANK)


def test_an_import_asks_the_same_number_of_queries_however_many_rows(django_assert_num_queries):
    run(LONG + "KEN,stunting,2000,30,,\n")

    for count in (1, 3):
        rows = "".join(f"PER,stunting,{2000 + 5 * count + n},{n},,\n" for n in range(count))
        with django_assert_num_queries(6):  # savepoint, indicators, countries, figures, insert, savepoint
            run(LONG + rows)


@pytest.fixture
def file(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "figures.csv"
        path.write_text(text, encoding=encoding)
        return path

    return write


def test_the_command_sums_up_and_raises_the_public_serial(file, capsys):
    serial = public_serial()

    call_command("import_indicators", file(WORLD_BANK, "utf-8-sig"))

    out = capsys.readouterr().out.splitlines()
    assert out == [
        "1 created, 0 changed, 0 unchanged, 1 empty, 0 rejected.",
        "2 figures of other series: SP.POP.TOTL",
        "2 figures of regions and unknown countries: SSF",
    ]
    assert public_serial() > serial


def test_the_serial_stays_when_nothing_changed(file):
    path = file(WORLD_BANK)
    call_command("import_indicators", path, verbosity=0)
    serial = public_serial()

    call_command("import_indicators", path, verbosity=0)
    call_command("import_indicators", file(LONG + "KEN,stunting,2014,26,,\n"), dry_run=True, verbosity=0)

    assert public_serial() == serial


def test_the_command_tells_what_is_wrong_and_imports_nothing(file, capsys):
    with pytest.raises(CommandError, match="Nothing was imported: 1 problems"):
        call_command("import_indicators", file(LONG + "KEN,stunting,2014,26,,\nKEN,stunting,2015,260,,\n"))

    assert capsys.readouterr().err == "Row 3, value: 260 is not possible in this unit. Accepted: 0-100.\n"
    assert stored() == {}


def test_the_command_writes_rejected_rows_to_a_file(file, tmp_path):
    rejects = tmp_path / "bad.jsonl"
    path = file(LONG + "KEN,stunting,2014,26,,\nKEN,stunting,2015,260,,\n")

    call_command("import_indicators", path, skip_bad=True, rejects=str(rejects), verbosity=0)

    (line,) = map(json.loads, rejects.read_text().splitlines())
    assert (line["row"], line["data"]["value"], line["problems"][0]["accepted"]) == (3, "260", "0-100")
    assert len(stored()) == 1


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"PK\x03\x04\x14\x00"])
def test_a_file_that_is_no_table_is_refused(tmp_path, content):
    path = tmp_path / "figures.zip"
    path.write_bytes(content)

    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_indicators", path)


def test_what_was_imported_since_survives_loading_the_fixtures_again():
    call_command("load_fixtures", verbosity=0)
    figure = IndicatorValue.objects.filter(country="KEN", indicator="stunting").latest("year")
    run(LONG + f"KEN,stunting,{figure.year},33.3,,Ministry of Health\n")

    call_command("load_fixtures", verbosity=0)

    figure.refresh_from_db()
    assert (figure.value, figure.source) == (33.3, "Ministry of Health")


def test_figures_of_another_indicator_are_not_touched():
    make_figures("KEN", make_indicator("wasting"), {2014: 4})

    run(LONG + "KEN,stunting,2014,26,,\n")

    assert IndicatorValue.objects.get(indicator="wasting").value == 4
