"""Files of rows, mangled at random: what is right comes in whole, what is wrong is told by row, field and reason.

``SSC_LONG=1`` mangles many more, in other ways each time.
"""

import io
import json
import os
import re

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Organisation
from practices.models import (
    FacetBits,
    Practice,
    PracticeIndex,
    PracticeText,
    PublicState,
    SdgGoal,
    SearchWord,
    Topic,
    Version,
)
from tests.make import AREAS, make_area, make_country, make_practice

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(1800)]

IS_LONG = os.environ.get("SSC_LONG") == "1"
FILES = 1_000 if IS_LONG else 40
WRITTEN = (FacetBits, Organisation, Practice, PracticeIndex, PracticeText, PublicState, SearchWord, Topic, Version)
COUNTRIES = ("COL", "KEN", "PER")
TOLD = re.compile(r"Row [1-9]\d*, \S.*: .*\S")
TEXTS = [
    "Water and schools",
    "التغذية والمدارس",
    "Crèches et écoles. Deux ans.",
    "- a list\n- of two",
    "**bold** [a](b)",
]
# What may stand in the place of a value, as it is written in a file.
ODD = [
    "null", "true", "0", "-1", "0.5", "1e999", "-0.0", "9" * 400, str(2**63), str(2**64), "NaN", "Infinity", "tru",
    "", ",",
    '""', '" "', '"a\\u0000b"', '"\\ud800"', '"\\udfff\\ud800"', '"\\u202eabc"', '"\x07"', '"\\x41"', "'x'",
    '"' + "é" * 70_000 + '"', '"<script>alert(1)</script>"', '"2019-13-45T25:61:61Z"', '"0001-01-01T00:00:00+23:59"',
    '"9999-12-31T23:59:59-12:00"', '"2019-01-02"', "[]", "{}", "[null]", "[[]]", "[{}]", '{"": ""}', '{"title": ["x"]}',
    '{"a": 1, "a": 2}', '["wash", "wash"]', "[" + ",".join(['"wash"'] * 3_000) + "]", "[" * 500 + "]" * 500,
    "[" * 90_000 + "]" * 90_000, '{"a":' * 3_000 + "1" + "}" * 3_000, "// why", '"3.2"', '"KEN"', '"fr"', '"draft"',
    '"SYN-0000001"',
]  # fmt: skip
FIELDS = [
    "id",
    "external_id",
    "title",
    "verified",
    "figures",
    "translations",
    "colour",
    "organisations",
    "evidence",
    "",
]
HOLE = "\uffff"


@pytest.fixture(scope="module", autouse=True)
def reference_rows(django_db_setup, django_db_blocker):
    """What rows refer to, and one practice that was there before."""
    with django_db_blocker.unblock(), transaction.atomic():
        for code in COUNTRIES:
            make_country(code)
        for slug in AREAS:
            make_area(slug)
        for number in range(1, 18):
            SdgGoal.objects.create(number=number, names={"en": str(number)}, colour="#000000")
        make_practice()
        yield
        transaction.set_rollback(True)


texts = st.sampled_from(TEXTS)
years = st.integers(1998, 2026)


def some(values, at_least=0, at_most=3):
    return st.lists(values, min_size=at_least, max_size=at_most, unique=True)


@st.composite
def rows(draw):
    """A row as a large collection has it, with everything in its place."""
    start_year = draw(years)
    return {
        "external_id": f"SYN-{draw(st.integers(1, 9_999_999)):07d}",
        "title": draw(texts),
        "summary": draw(texts),
        "sections": {name: draw(texts) for name in ("challenge", "approach", "results", "lessons")},
        "language": draw(st.sampled_from(["en", "fr", "es", "pt", "ar"])),
        "country": draw(st.sampled_from(COUNTRIES)),
        "partner_countries": draw(some(st.sampled_from(COUNTRIES))),
        "challenge_areas": draw(some(st.sampled_from(AREAS), 1)),
        "sdg_targets": draw(some(st.sampled_from(["2.2", "3.2", "6.a", "17.19"]), 1)),
        "tags": draw(some(st.sampled_from(["solar-pumps", "cash-transfers", "school-meals"]), 1)),
        "evidence_level": draw(st.integers(1, 4)),
        "scale": draw(st.sampled_from(["pilot", "subnational", "national", "multi-country"])),
        "start_year": start_year,
        "end_year": draw(st.none() | st.integers(start_year, 2026)),
        "beneficiaries": draw(st.none() | st.integers(10, 10**7)),
        "cost_usd": draw(st.none() | st.integers(1_000, 10**9)),
        "status": draw(st.sampled_from(["published", "published", "published", "draft", "archived"])),
        "published_at": "2019-04-05T06:07:08Z",
        "updated_at": "2020-04-05T06:07:08Z",
        "contact": {"name": "Nyabu Teka", "organisation": "Teka University", "email": "contact@teka.example"},
        "references": [
            {"title": f"Report {number}", "year": draw(years), "url": f"https://teka.example/doc/{number}"}
            for number in range(draw(st.integers(0, 2)))
        ],
    }


@st.composite
def files(draw):
    """The bytes of a file of rows in one of the shapes that are read, with something wrong in it, or nothing."""
    found = draw(st.lists(rows(), min_size=1, max_size=4))
    holes = []
    for _turn in range(draw(st.sampled_from([0, 1, 1, 1, 2]))):
        _open_a_hole(draw, draw(st.sampled_from(found)), len(holes))
        holes.append(draw(st.sampled_from(ODD)))
    if draw(st.integers(0, 9)) == 0:
        found.append(found[0])
    written = [json.dumps(row, ensure_ascii=False) for row in found]
    for number, text in enumerate(holes):
        written = [line.replace(f'"{HOLE}{number}"', text) for line in written]
    shape = draw(st.sampled_from(["lines", "lines", "list", "object", "one"]))
    text = {
        "lines": "\n".join(written) + "\n",
        "list": "[" + ",\n".join(written) + "]",
        "object": '{"practices": [' + ", ".join(written) + "]}",
        "one": written[0],
    }[shape]
    content = text.encode()
    for _turn in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        content = _damaged(draw, content)
    return content


def _open_a_hole(draw, row, number):
    """Put the hole ``number`` in the place of one value of ``row``, or of one that it does not have."""
    inside, name = row, draw(st.sampled_from([*row, *FIELDS]))
    while isinstance(inside.get(name), dict) and draw(st.booleans()):
        inside, name = inside[name], draw(st.sampled_from([*inside[name], "url", "colour"]))
    if isinstance(inside.get(name), list) and draw(st.booleans()):
        inside[name] = [*inside[name], f"{HOLE}{number}"]
    elif draw(st.integers(0, 9)) == 0:
        inside.pop(name, None)
    else:
        inside[name] = f"{HOLE}{number}"


def _damaged(draw, content):
    """``content`` after an accident with its bytes."""
    start = draw(st.integers(0, len(content)))
    end = min(len(content), start + draw(st.integers(1, 40)))
    piece = content[start:end]
    how = draw(st.sampled_from(["cut", "lose", "flip", "double", "put in", "mark", "other ends", "other encoding"]))
    if how == "cut":
        return content[:start]
    if how == "lose":
        return content[:start] + content[end:]
    if how == "flip":
        return content[:start] + bytes(byte ^ draw(st.integers(1, 255)) for byte in piece[:3]) + content[start + 3 :]
    if how == "double":
        return content[:end] + content[start:]
    if how == "put in":
        return (
            content[:start]
            + draw(st.sampled_from([b"\x00", b"\xff\xfe", b"\n", b"\n\n{}\n", b"\xe2\x80\xa8"]))
            + content[start:]
        )
    if how == "mark":
        return b"\xef\xbb\xbf" + content
    if how == "other ends":
        return content.replace(b"\n", b"\r\n")
    return content.decode("utf-8", "replace").encode("utf-16")


def take_in(file, *options):
    """What ``import_practices`` says of ``file``: (its CommandError or None, lines of its report, {what: rows})."""
    out, err = io.StringIO(), io.StringIO()
    error = None
    try:
        call_command("import_practices", file, "--create-topics", *options, stdout=out, stderr=err)
    except CommandError as refused:
        error = str(refused)
    counts = {what: int(count) for count, what in re.findall(r"(\d+) ([a-z ]+)[,.]", out.getvalue())}
    return error, err.getvalue().splitlines(), counts


def written():
    return {model: list(model.objects.order_by("pk").values()) for model in WRITTEN}


@given(content=files())
@settings(
    max_examples=FILES,
    deadline=None,
    derandomize=not IS_LONG,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_a_file_comes_in_whole_or_not_at_all_and_wrong_rows_are_told(tmp_path, content):
    file = tmp_path / "rows.json"
    file.write_bytes(content)
    with transaction.atomic():
        before = written()

        error, told, counts = take_in(file)

        if error:
            assert written() == before
            assert "cannot be read: " in error or told, (error, told)
            assert all(TOLD.fullmatch(line) for line in told), told
        else:
            assert Practice.objects.count() == 1 + counts["created"]
        assert_the_right_rows_come_in(file, is_readable="cannot be read: " not in (error or ""))
        transaction.set_rollback(True)


def assert_the_right_rows_come_in(file, *, is_readable):
    """That with --skip-bad each row comes in, once however often ``file`` is given, or is kept with its reasons."""
    rejects = file.with_name("rejects.jsonl")
    rejects.unlink(missing_ok=True)
    error, told, counts = take_in(file, "--skip-bad", f"--rejects={rejects}")
    assert bool(error) != is_readable, error
    if error:
        return
    kept = [json.loads(line) for line in rejects.read_text().split("\n") if line] if counts["rejected"] else []
    assert len(kept) == counts["rejected"]
    assert all(problem["reason"] for row in kept for problem in row["problems"])
    assert all(TOLD.fullmatch(line) for line in told if not line.startswith("Rejected rows are in")), told
    practices = Practice.objects.live()
    assert practices.count() == PracticeIndex.objects.count()
    assert practices.filter(texts=None).count() == 0
    state = written()

    _error, _told, again = take_in(file, "--skip-bad", f"--rejects={rejects}")

    assert written() == state
    assert (again["created"], again["updated"], again["rejected"]) == (0, 0, counts["rejected"])


def test_what_a_report_quotes_keeps_to_its_line(tmp_path):
    file = tmp_path / "rows.json"
    file.write_text(json.dumps({"id": "one", "a\nRow 9, title: made up": 1, "country": "\x1b[2J" + "x" * 5_000}))

    error, told, _counts = take_in(file)

    assert "Nothing was imported" in error
    assert "Row 1, a\ufffdRow 9, title: made up: There is no such field." in told
    assert all(TOLD.fullmatch(line) for line in told), told
    assert max(map(len, told)) < 1_200
