"""What each step of the form accepts, and with which words it refuses: the field, the reason, what would do."""

import pytest
from django.http import QueryDict

from accounts.enums import Role
from practices import drafting, steps
from practices.forms import STEP_FORMS
from practices.models import Submission
from tests.make import make_area, make_country, make_practice, make_target, make_topic, make_version
from tests.people import make_user

pytestmark = pytest.mark.django_db


def make_draft(**version):
    """A draft of Bangladesh with its lead author."""
    version.setdefault("country", "BGD")
    return Submission.objects.create(
        version=make_version(**version), country=make_country("BGD"), lead=make_user(Role.OFFICER, country="BGD")
    )


def posted(**values):
    """What a browser sends; lists become repeated fields, "__" in a name stands for "-"."""
    data = QueryDict(mutable=True)
    for name, value in values.items():
        data.setlist(name.replace("__", "-"), value if isinstance(value, list) else [value])
    return data


def filled(step, draft=None, **values):
    draft = draft or make_draft()
    return STEP_FORMS[step](posted(**values), submission=draft, stored=drafting.stored(draft, step))


def refusals(form):
    """{id of the input: message}"""
    assert not form.is_valid()
    return {where: message for where, _label, message in form.problems}


def test_every_step_has_a_form_and_asks_what_belongs_to_it():
    draft = make_draft()

    assert list(STEP_FORMS) == list(steps.SLUGS)
    for step in steps.SLUGS:
        stored = drafting.stored(draft, step)
        form = STEP_FORMS[step](submission=draft, stored=stored)
        assert set(form.fields) | set(form.row_sets) <= {*stored, "primary_area"}


@pytest.mark.parametrize("step", [slug for slug in steps.SLUGS if slug != "basics"])
def test_a_draft_may_lack_everything_on_a_step(step):
    assert filled(step).is_valid()


def test_a_draft_needs_its_title_and_nothing_else():
    assert filled("basics", title="Stations").is_valid()
    assert refusals(filled("basics")) == {
        "id_title": "A case study needs a title, for example: School handwashing stations in Puno."
    }


def test_what_is_needed_to_send_is_marked():
    form = filled("basics")

    assert {name for name, field in form.fields.items() if field.needed_to_send} == {
        "title",
        "summary",
        "kind",
        "challenge_areas",
        "sdg_targets",
        "start_year",
        "scale",
    }
    assert {name for name, field in filled("challenge").fields.items() if field.is_markdown} == {
        "challenge",
        "objectives",
    }


@pytest.mark.parametrize(
    ("name", "limit"),
    [("title", 120), ("summary", 300)],
)
def test_a_text_that_is_too_long_is_refused_with_both_counts(name, limit):
    values = {"title": "Stations", name: "x" * limit}
    assert filled("basics", **values).is_valid()

    values[name] += "x"

    assert refusals(filled("basics", **values)) == {
        f"id_{name}": f"This has {limit + 1} characters; at most {limit} are accepted."
    }


@pytest.mark.parametrize("year", ["1899", "2101", "19", "last year", "2019.5", "²019"])
def test_a_year_that_is_none_is_refused(year):
    assert refusals(filled("basics", title="Stations", start_year=year)) == {
        "id_start_year": "Write a year with four digits between 1900 and 2100, for example 2019."
    }


def test_the_last_year_is_not_before_the_first():
    assert refusals(filled("basics", title="Stations", start_year="2019", end_year="2018")) == {
        "id_end_year": "The last year, 2018, is before the first year, 2019. Write the same or a later year."
    }


def test_null_bytes_and_control_characters_are_taken_out():
    form = filled("basics", title="Sta\x00ti\x07ons\nin Puno", summary="One\r\ntwo\x1b")

    assert form.is_valid()
    assert (form.values["title"], form.values["summary"]) == ("Stations in Puno", "One\ntwo")


def test_countries_are_known_by_name_in_any_language_and_by_code():
    for code in ("PER", "COL", "KEN"):
        make_country(code)

    form = filled("basics", title="Stations", further_countries="per\n\nCOL-PAYS\nPER", partner_countries="KEN")

    assert form.is_valid()
    assert (form.values["further_countries"], form.values["partner_countries"]) == (["PER", "COL"], ["KEN"])


def test_an_unknown_country_is_named_and_the_nearest_one_offered():
    make_country("PER")

    assert refusals(
        filled("basics", title="Stations", further_countries="PER-lannd", partner_countries="Atlantis <b>")
    ) == {
        "id_further_countries": "“PER-lannd” is not a country that the portal knows. Did you mean PER-land?",
        "id_partner_countries": (
            "“Atlantis <b>” is not a country that the portal knows. Write one country per line, by its name or its "
            "code of three letters, for example Kenya or KEN."
        ),
    }


def test_a_country_has_one_part_only():
    make_country("PER")

    assert refusals(filled("basics", title="Stations", further_countries="BGD\nPER")) == {
        "id_further_countries": "BGD-land leads this case study already. Name other countries only."
    }
    assert refusals(filled("basics", title="Stations", further_countries="PER", partner_countries="PER")) == {
        "id_partner_countries": (
            "PER-land is named already. A country has one part only: take it out of one of the lists."
        )
    }


def test_the_primary_area_comes_first_even_when_it_is_not_marked():
    for slug in ("nutrition", "wash", "climate"):
        make_area(slug)

    form = filled("basics", title="Stations", challenge_areas=["nutrition", "wash"], primary_area="climate")

    assert form.is_valid()
    assert form.values["challenge_areas"] == ["climate", "nutrition", "wash"]


def test_a_topic_that_does_not_exist_is_refused():
    make_topic("stunting")

    assert filled("basics", title="Stations", topics=["stunting"]).is_valid()
    assert refusals(filled("basics", title="Stations", topics=["stunting", "magic"])) == {
        "id_topics": "“magic” is not one of the choices. Choose from the list."
    }


def test_targets_are_codes_and_unknown_ones_are_named():
    make_target("3.2")
    make_target("6.a")

    form = filled("basics", title="Stations", sdg_targets=" 3.2,6.A; 3.2 ")

    assert form.is_valid()
    assert form.values["sdg_targets"] == ["3.2", "6.a"]
    assert refusals(filled("basics", title="Stations", sdg_targets="3.2, 99.9, x")) == {
        "id_sdg_targets": ("There is no SDG target 99.9, x. Write codes separated by commas, for example 3.2, 6.a.")
    }


def test_a_currency_is_three_letters():
    form = filled("conditions", cost_currency="usd", cost_setup="12 500.5")
    assert form.is_valid()
    assert (form.values["cost_currency"], str(form.values["cost_setup"])) == ("USD", "12500.5")

    for currency in ("US", "$", "dollars", "12A"):
        assert refusals(filled("conditions", cost_currency=currency)) == {
            "id_cost_currency": "Write the code of the currency, three letters, for example USD or KES."
        }


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        (
            "$ 5",
            "Write the amount in digits, with a point before the cents and without a currency sign, for example "
            "12500.50.",
        ),
        ("-1", "An amount is 0 or more, for example 12500.50."),
        ("1.005", "An amount has at most 14 digits and 2 decimals, for example 12500.50."),
        ("9" * 15, "An amount has at most 14 digits and 2 decimals, for example 12500.50."),
        (
            "NaN",
            "Write the amount in digits, with a point before the cents and without a currency sign, for example "
            "12500.50.",
        ),
    ],
)
def test_an_amount_that_is_none_is_refused(amount, message):
    assert refusals(filled("conditions", cost_setup=amount)) == {"id_cost_setup": message}


@pytest.mark.parametrize("count", ["-1", "many", "1.5", "99999999999999999999"])
def test_people_are_counted_in_whole_numbers(count):
    assert refusals(filled("challenge", beneficiaries_count=count)) == {
        "id_beneficiaries_count": "Write a whole number from 0 to 10 000 000 000 in digits, for example 12500."
    }


def test_groups_and_institutions_are_one_per_line():
    form = filled("challenge", beneficiary_groups="Pupils \r\n\r\nTeachers\nPupils", lead_institutions="Ministry")

    assert form.is_valid()
    assert (form.values["beneficiary_groups"], form.values["lead_institutions"]) == (
        ["Pupils", "Teachers"],
        ["Ministry"],
    )
    assert refusals(filled("challenge", lead_institutions="y" * 256)) == {
        "id_lead_institutions": f"The line “{'y' * 40}…” has 256 characters; at most 255 are accepted in a line."
    }


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "ftp://example.org/x", "not an address", "http://", "https://exa mple.org"]
)
def test_an_address_is_one_on_the_web(address):
    form = filled("closing", references__0__title="Survey", references__0__url=address)

    assert refusals(form) == {
        "id_references-0-url": (
            "This is not an address on the web. One begins with https:// or http://, for example "
            "https://www.example.org/report.pdf."
        )
    }


def test_rows_in_which_nothing_is_written_are_left_out():
    form = filled(
        "lessons",
        lessons__0__kind="worked",
        lessons__0__text="  ",
        lessons__4__kind="failed",
        lessons__4__text="Agree on the budget first.",
    )

    assert form.is_valid()
    assert form.values["lessons"] == [{"kind": "failed", "text": "Agree on the budget first.", "for_whom": ""}]


def test_a_row_that_was_begun_needs_what_it_is_about():
    form = filled("results", results__0__latest="71", results__1__name="Stunting", results__1__latest="about 5")

    assert refusals(form) == {
        "id_results-0-name": "Say what was measured, for example: Children under five who are stunted.",
        "id_results-1-latest": (
            "Write a number in digits, with a point before decimals and without a unit, for example 3.4."
        ),
    }
    assert [label for _id, label, _message in form.problems] == ["Result 1 · What was measured", "Result 2 · After"]


@pytest.mark.parametrize("figure", ["nan", "inf", "1e999", "3,4,5"])
def test_a_figure_is_a_finite_number(figure):
    form = filled("results", results__0__name="Stunting", results__0__baseline=figure)

    assert list(refusals(form)) == ["id_results-0-baseline"]


def test_too_many_rows_are_refused_together():
    rows = {f"lessons__{number}__text": "One more" for number in range(31)}

    assert refusals(filled("lessons", **rows)) == {
        "lessons": "These are 31 rows; at most 30 are accepted. Remove some."
    }


ROWS = {f"lessons__{number}__text": text for number, text in enumerate("abc")}


@pytest.mark.parametrize(
    ("instruction", "order", "shown"),
    [
        ("lessons:up:2", "bac", ("lessons", 1)),
        ("lessons:up:1", "abc", ("lessons", 1)),
        ("lessons:down:2", "acb", ("lessons", 3)),
        ("lessons:down:3", "abc", ("lessons", 3)),
        ("lessons:remove:2", "ac", ("lessons", 2)),
        ("lessons:add", "abc", ("lessons", 4)),
        ("lessons:up:9", "abc", ("lessons", 3)),
        ("lessons:up:x", "abc", ("lessons", 0)),
        ("lessons:explode:1", "abc", None),
        ("results:up:1", "abc", None),
        ("", "abc", None),
    ],
)
def test_rows_are_moved_removed_and_added(instruction, order, shown):
    form = filled("lessons", **ROWS)

    assert form.act(instruction) == shown
    assert form.is_valid()
    assert "".join(row["text"] for row in form.values["lessons"]) == order


def test_a_step_without_rows_shows_one_empty_row_to_begin_with():
    draft = make_draft()
    form = STEP_FORMS["lessons"](submission=draft, stored=drafting.stored(draft, "lessons"))

    assert [row.heading for row in form.row_sets["lessons"].forms] == ["Lesson 1"]


def test_a_change_note_is_asked_of_updates_only():
    update = make_draft()
    update.practice = make_practice(country="BGD")

    assert "change_note" not in filled("closing").fields
    assert filled("closing", update).fields["change_note"].needed_to_send


def test_a_name_for_an_organisation_fits_into_its_column():
    assert refusals(filled("approach", partner_roles__0__organisation="o" * 256)) == {
        "id_partner_roles-0-organisation": "This has 256 characters; at most 255 are accepted."
    }


def test_ticks_that_are_sent_as_they_were_change_nothing():
    draft = make_draft(areas=["wash", "nutrition"], topics=["stunting", "anaemia"])
    make_topic("aaa", "nutrition")

    form = filled(
        "basics",
        draft,
        title="Stations",
        challenge_areas=["nutrition", "wash"],
        primary_area="wash",
        topics=["aaa", "anaemia", "stunting"],
    )

    assert form.is_valid()
    assert form.values["challenge_areas"] == ["wash", "nutrition"]
    assert form.values["topics"] == ["stunting", "anaemia", "aaa"]
