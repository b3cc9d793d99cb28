"""The pages of the seven steps, as somebody without script uses them, and what the background save is answered."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import Role
from practices import drafting, steps
from practices.enums import SubmissionStatus
from practices.models import Submission
from tests.make import make_country, make_organisation, make_version
from tests.people import make_user
from tests.submissions import make_submission

pytestmark = pytest.mark.django_db

AUTOSAVE = {"X-Autosave": "1"}


@pytest.fixture
def author():
    return make_user(Role.OFFICER, country="BGD", name="Ayesha Rahman")


@pytest.fixture
def colleague():
    return make_user(Role.FOCAL_POINT, country="BGD", name="Karim Uddin")


@pytest.fixture
def signed_in(client, author):
    client.force_login(author)
    return client


def make_draft(author, **version):
    version.setdefault("country", "BGD")
    return Submission.objects.create(version=make_version(**version), country=make_country("BGD"), lead=author)


def address(draft, step):
    return reverse("workspace:step", args=[draft.pk, step])


def as_loaded(draft, step):
    """The hidden fields that a page of ``step`` carries now."""
    draft = Submission.objects.get(pk=draft.pk)
    return {"revision": draft.revision, "seen": drafting.digest(drafting.stored(draft, step))}


def lessons(*texts, kind="worked"):
    rows = {f"lessons-{number}-text": text for number, text in enumerate(texts)}
    return rows | {f"lessons-{number}-kind": kind for number in range(len(texts))}


def texts_of(draft):
    return list(draft.version.lessons.values_list("text", flat=True))


# Reading and saving


@pytest.mark.parametrize("step", steps.SLUGS)
def test_each_step_has_a_page_with_its_question_and_guidance(signed_in, author, step):
    draft = make_draft(author, title="Stations in Puno")

    response = signed_in.get(address(draft, step))

    body = response.content.decode()
    assert response.status_code == 200
    assert str(steps.BY_SLUG[step].heading) in body
    assert re.findall(r'name="revision" value="(\d+)"', body) == ["1"]
    assert body.count("<blockquote") == 1


@pytest.mark.parametrize("step", steps.SLUGS)
def test_what_a_page_shows_is_what_it_saves(signed_in, author, step):
    draft = make_draft(
        author,
        further=["PER"],
        targets=["3.2"],
        topics=["stunting"],
        results=[{"name": "Washing", "baseline": 22.0, "latest": 71.5}],
        lessons=[{"text": "One"}],
        references=[{"title": "Survey", "url": "https://example.org/"}],
        institutions=["Ministry"],
    )
    form = signed_in.get(address(draft, step)).context["form"]
    shown = {}
    for bound in [*form, *(field for rows in form.row_sets.values() for row in rows.forms for field in row)]:
        value = bound.value()
        if value not in (None, False, ""):
            shown[bound.html_name] = value

    response = signed_in.post(address(draft, step), {**shown, **as_loaded(draft, step)})

    assert response.status_code == 302
    draft.refresh_from_db()
    assert draft.revision == 1


def test_save_stays_and_continue_goes_on(signed_in, author):
    draft = make_draft(author)

    stays = signed_in.post(address(draft, "basics"), {"title": "A", "save": "1", **as_loaded(draft, "basics")})
    goes_on = signed_in.post(address(draft, "basics"), {"title": "B", "continue": "1", **as_loaded(draft, "basics")})
    ends = signed_in.post(address(draft, "closing"), {"continue": "1", **as_loaded(draft, "closing")})

    assert stays.url == address(draft, "basics")
    assert goes_on.url == address(draft, "challenge")
    assert ends.url == reverse("workspace:check", args=[draft.pk])
    draft.refresh_from_db()
    assert (draft.version.title, draft.updated_by) == ("B", author)


def test_a_refusal_says_what_would_be_accepted_and_keeps_what_was_typed(signed_in, author):
    draft = make_draft(author, title="Before")

    response = signed_in.post(
        address(draft, "basics"),
        {"title": "<b>Typed</b>", "summary": "s" * 301, "start_year": "19", **as_loaded(draft, "basics")},
    )

    body = response.content.decode()
    assert response.status_code == 422
    assert "There are 2 problems on this step" in body
    assert '<a href="#id_start_year">First year: Write a year with four digits between 1900 and 2100' in body
    assert "Summary: This has 301 characters; at most 300 are accepted." in body
    assert 'value="&lt;b&gt;Typed&lt;/b&gt;"' in body
    assert "s" * 301 in body
    draft.refresh_from_db()
    assert (draft.version.title, draft.revision) == ("Before", 1)


def test_every_refusal_leads_to_an_element_of_the_page(signed_in, author):
    draft = make_draft(author)
    sent = {
        "basics": {"title": "", "topics": ["magic"], "challenge_areas": ["magic"], "kind": "magic"},
        "results": {"results-0-latest": "x", "evaluation_type": "magic"},
        "lessons": lessons(*"x" * 31) | {"lessons-0-kind": "magic"},
        "closing": {"references-0-url": "x y", "contact_email": "nobody"},
    }

    for step, values in sent.items():
        body = signed_in.post(address(draft, step), {**values, **as_loaded(draft, step)}).content.decode()
        summary = body[body.index('class="error-summary"') :].split("</ul>")[0]
        links = re.findall(r'href="#([^"]+)"', summary)
        assert links
        assert [link for link in links if f'id="{link}"' not in body] == []


# Rows, without script


def test_adding_a_row_keeps_what_was_typed_and_shows_an_empty_one(signed_in, author):
    draft = make_draft(author)

    response = signed_in.post(
        address(draft, "lessons"), {**lessons("One"), "row": "lessons:add", **as_loaded(draft, "lessons")}
    )

    assert response.url == f"{address(draft, 'lessons')}?add=lessons#lessons-1"
    assert texts_of(draft) == ["One"]
    body = signed_in.get(response.url).content.decode()
    assert re.findall(r'<section class="repeat" id="([^"]+)"', body) == ["lessons-0", "lessons-1"]


def test_rows_move_and_go_by_buttons_that_name_them(signed_in, author):
    draft = make_draft(author, lessons=[{"text": "One"}, {"text": "Two"}, {"text": "Three"}])
    body = signed_in.get(address(draft, "lessons")).content.decode()
    assert 'value="lessons:up:2" aria-label="Move lesson 2 up"' in body
    assert "lessons:up:1" not in body
    assert "lessons:down:3" not in body

    moved = signed_in.post(
        address(draft, "lessons"),
        {**lessons("One", "Two", "Three"), "row": "lessons:up:2", **as_loaded(draft, "lessons")},
    )
    assert texts_of(draft) == ["Two", "One", "Three"]
    removed = signed_in.post(
        address(draft, "lessons"),
        {**lessons("Two", "One", "Three"), "row": "lessons:remove:3", **as_loaded(draft, "lessons")},
    )

    assert (moved.url, removed.url) == (
        f"{address(draft, 'lessons')}#lessons-0",
        f"{address(draft, 'lessons')}#lessons-1",
    )
    assert texts_of(draft) == ["Two", "One"]


def test_a_row_button_on_a_refused_form_moves_what_was_typed(signed_in, author):
    draft = make_draft(author)
    sent = {
        "results-0-name": "First",
        "results-0-latest": "many",
        "results-1-name": "Second",
        "row": "results:up:2",
        **as_loaded(draft, "results"),
    }

    response = signed_in.post(address(draft, "results"), sent)

    rows = response.context["form"].row_sets["results"].forms
    assert response.status_code == 422
    assert [row["name"].value() for row in rows] == ["Second", "First"]
    assert rows[1]["latest"].value() == "many"
    assert draft.version.results.count() == 0


# Two writers


def test_a_stale_save_shows_both_texts_and_keeps_mine(signed_in, author, colleague):
    draft = make_draft(author, title="Before")
    loaded = as_loaded(draft, "basics")
    drafting.save_step(draft, "basics", {"title": "Theirs <i>"}, by=colleague, revision=1)

    response = signed_in.post(address(draft, "basics"), {"title": "Mine", **loaded})

    body = response.content.decode()
    assert response.status_code == 409
    first = response.context["differences"][0]
    assert (first["label"], first["mine"], first["theirs"]) == (
        "Title",
        "Mine",
        "Theirs <i>",
    )
    assert "Karim Uddin saved it on" in body
    assert "Theirs &lt;i&gt;" in body
    assert response.context["form"]["title"].value() == "Mine"
    assert re.findall(r'name="revision" value="(\d+)"', body) == ["2"]
    draft.refresh_from_db()
    assert draft.version.title == "Theirs <i>"


def test_save_mine_is_told_when_yet_another_save_came_between(signed_in, author, colleague):
    draft = make_draft(author, title="Before")
    loaded = as_loaded(draft, "basics")
    drafting.save_step(draft, "basics", {"title": "Theirs"}, by=colleague, revision=1)
    first = signed_in.post(address(draft, "basics"), {"title": "Mine", **loaded})
    again = {"revision": first.context["revision"], "seen": first.context["seen"]}
    drafting.save_step(draft, "basics", {"title": "Theirs again"}, by=colleague, revision=2)

    second = signed_in.post(address(draft, "basics"), {"title": "Mine", **again})
    third = signed_in.post(
        address(draft, "basics"),
        {"title": "Mine", "revision": second.context["revision"], "seen": second.context["seen"]},
    )

    assert (first.status_code, second.status_code, third.status_code) == (409, 409, 302)
    draft.refresh_from_db()
    assert (draft.version.title, draft.revision) == ("Mine", 4)


def test_a_form_refused_for_a_bad_value_does_not_forget_that_it_is_stale(signed_in, author, colleague):
    draft = make_draft(author, title="Before")
    loaded = as_loaded(draft, "basics")
    drafting.save_step(draft, "basics", {"title": "Theirs"}, by=colleague, revision=1)
    refused = signed_in.post(address(draft, "basics"), {"title": "", **loaded})

    response = signed_in.post(
        address(draft, "basics"),
        {"title": "Mine", "revision": refused.context["revision"], "seen": refused.context["seen"]},
    )

    assert (refused.status_code, response.status_code) == (422, 409)


@pytest.mark.parametrize("revision", ["", "x", "-1", "9" * 30, "²"])
def test_a_revision_that_is_none_counts_as_stale(signed_in, author, revision):
    draft = make_draft(author, title="Before")

    response = signed_in.post(address(draft, "basics"), {"title": "Mine", "revision": revision})

    assert response.status_code == 409


# The background save


def test_autosave_answers_the_new_revision(signed_in, author):
    draft = make_draft(author)

    response = signed_in.post(
        address(draft, "basics"), {"title": "New", **as_loaded(draft, "basics")}, headers=AUTOSAVE
    )

    draft.refresh_from_db()
    assert draft.version.title == "New"
    assert response.json().keys() == {"revision", "seen", "saved_at", "percent"}
    assert (response.json()["revision"], response.json()["percent"]) == (2, draft.complete_percent)
    assert response.json()["seen"] == as_loaded(draft, "basics")["seen"]


def test_autosave_is_told_of_a_conflict_and_of_what_is_refused(signed_in, author, colleague):
    draft = make_draft(author)
    loaded = as_loaded(draft, "basics")
    refused = signed_in.post(address(draft, "basics"), {"title": "", **loaded}, headers=AUTOSAVE)
    drafting.save_step(draft, "basics", {"title": "Theirs"}, by=colleague, revision=1)

    stale = signed_in.post(address(draft, "basics"), {"title": "Mine", **loaded}, headers=AUTOSAVE)

    assert refused.status_code == 422
    assert refused.json() == {
        "errors": [
            {
                "field": "id_title",
                "label": "Title",
                "message": "A case study needs a title, for example: School handwashing stations in Puno.",
            }
        ]
    }
    assert (stale.status_code, stale.json()) == (409, {"conflict": True})


# Who, and when


def test_who_may_not_see_a_draft_is_not_told_that_it_exists(client, author):
    draft = make_draft(author)
    client.force_login(make_user(Role.OFFICER, country="PER"))

    assert client.get(address(draft, "basics")).status_code == 404
    assert client.post(address(draft, "basics"), {"title": "Theirs", "revision": 1}).status_code == 404


def test_a_stranger_is_asked_to_sign_in(client, author):
    draft = make_draft(author)

    response = client.get(address(draft, "basics"))

    assert response.status_code == 302
    assert response.url.endswith(f"?next={address(draft, 'basics')}")


def test_an_officer_who_is_not_of_the_team_reads_and_does_not_write(client, author):
    draft = make_draft(author, title="Before")
    client.force_login(make_user(Role.OFFICER, country="BGD"))

    reads = client.get(address(draft, "basics"))
    writes = client.post(address(draft, "basics"), {"title": "Theirs", "revision": 1})

    assert (reads.status_code, reads.url, writes.status_code) == (302, draft.get_absolute_url(), 403)
    draft.refresh_from_db()
    assert draft.version.title == "Before"


def test_what_is_with_the_curators_leads_to_where_it_stands(signed_in, author):
    draft = make_submission(SubmissionStatus.SUBMITTED, lead=author)

    shown = signed_in.get(address(draft, "basics"))
    saved = signed_in.post(address(draft, "basics"), {"title": "Late", "revision": draft.revision}, headers=AUTOSAVE)

    assert (shown.status_code, shown.url) == (302, draft.get_absolute_url())
    assert (saved.status_code, saved.json()) == (409, {"conflict": True})


def test_there_are_seven_steps_and_no_other(signed_in, author):
    assert signed_in.get(address(make_draft(author), "eighth")).status_code == 404


@pytest.mark.parametrize("step", ["approach", "results", "lessons", "closing"])
def test_more_rows_are_no_more_queries(signed_in, author, step):
    def queries_of(count):
        draft = make_draft(
            author,
            results=[{"name": "Washing"}] * count,
            lessons=[{"text": "One"}] * count,
            references=[{"title": "Survey"}] * count,
        )
        for number in range(count):
            draft.version.building_blocks.create(title="Soap", position=number)
            draft.version.partner_roles.create(organisation=make_organisation(f"Partner {number}"), position=number)
        with CaptureQueriesContext(connection) as queries:
            assert signed_in.get(address(draft, step)).status_code == 200
        return len(queries)

    queries_of(1)

    assert queries_of(1) == queries_of(3)
