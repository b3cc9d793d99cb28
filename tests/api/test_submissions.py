"""Case studies written by programs: the form reads them, the workflow moves them, and nobody else learns of them."""

import json
import os
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.enums import Role, Scope
from practices import drafting, workflow
from practices.enums import SubmissionStatus
from practices.models import ChangeRequest, Submission, VersionFile
from ssc_portal.api_docs import ANSWERS, schema
from tests.api.test_recorded_answers import shortened
from tests.api.test_schema import wrong
from tests.files_make import pdf
from tests.make import make_area, make_country, make_practice, make_target, make_topic
from tests.people import bearer, make_key, make_user
from tests.submissions import COMPLETE, RESULTS, make_draft, make_submission

pytestmark = pytest.mark.django_db
S = SubmissionStatus
ADDRESS = "/api/v1/submissions/"
# Everything that the form asks, as JSON.
TEXT = {
    **COMPLETE,
    "title": "Skilled care at birth",
    "language": "fr",
    "kind": "practice",
    "challenge_areas": ["wash", "nutrition", "climate"],
    "topics": ["stunting"],
    "sdg_targets": ["3.2", "6.a"],
    "further_countries": ["KEN"],
    "partner_countries": ["PER"],
    "places": "Dhaka",
    "setting": "District hospitals",
    "end_year": 2022,
    "scale_note": "All 64 districts",
    "objectives": "Halve deaths.",
    "beneficiary_groups": ["newborns", "mothers"],
    "beneficiaries_count": 125_000,
    "beneficiaries_note": "Half of them girls.",
    "lead_institutions": ["Ministry of Health"],
    "building_blocks": [{"title": "Training", "text": "Of nurses."}],
    "partner_roles": [{"organisation": "A partner", "role": "Paid."}],
    "results": [{**RESULTS[0], "method": "Survey", "baseline": 30.5}],
    "evaluation_type": "before_after",
    "evaluation_note": "Two surveys.",
    "lessons": [{"kind": "failed", "text": "Supervise, always.", "for_whom": "ministries"}],
    "cost_setup": 12500.5,
    "cost_yearly": 4000,
    "cost_currency": "USD",
    "cost_year": 2021,
    "cost_note": "Salaries apart",
    "funding": "The state",
    "equity": "Remote districts first.",
    "sustainability": "In the budget.",
    "replication_keep": "Supervision",
    "replication_change": "Language",
    "replication_preconditions": "Nurses",
    "replication_support": "Visits",
    "learnt_from": "Colombia",
    "shared_with": "Kenya",
    "references": [{"title": "Survey", "publisher": "BBS", "year": 2020, "url": "https://www.example.org/a.pdf"}],
    "contact_name": "The office",
    "contact_organisation": "Ministry",
    "contact_email": "office@example.org",
    "has_clearance": True,
    "different_because": "It is not.",
}


class Program:
    """A program with a key of ``user`` for ``scopes``; ``last``: the body of its last answer."""

    def __init__(self, user, *scopes):
        self.user, self.client = user, Client(raise_request_exception=False)
        scopes = scopes or [Scope.DRAFT]
        self.headers = bearer(make_key(*scopes, user=user, name=f"For {scopes[0]}")[1])

    def send(self, method, path="", body=None, **headers):
        content = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        headers = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        return getattr(self.client, method)(f"{ADDRESS}{path}", headers=headers, **content)

    def attach(self, path, **parts):
        return self.client.post(f"{ADDRESS}{path}", parts, headers=self.headers)


def errors_of(answer, status=400):
    assert answer.status_code == status, answer.content
    return {error["field"]: error["message"] for error in answer.json()["errors"]}


@pytest.fixture
def words():
    for iso3 in ("BGD", "PER", "KEN"):
        make_country(iso3)
    for area in ("wash", "nutrition", "climate"):
        make_area(area)
    make_topic("stunting", "nutrition")
    for code in ("3.2", "6.a"):
        make_target(code)


@pytest.fixture
def officer(words):
    return Program(make_user(Role.OFFICER))


@pytest.fixture
def draft(officer):
    return make_draft(officer.user, is_complete=False)


# From nothing to the curators


def test_a_whole_case_study_is_written_in_one_call_and_sent_in_another(officer):
    made = officer.send("post", body={"country": "BGD", **TEXT})

    assert made.status_code == 201
    submission = Submission.objects.get()
    assert made["Location"] == f"http://testserver{ADDRESS}{submission.pk}/"
    body = made.json()
    assert {name: body[name] for name in TEXT} == TEXT
    assert (body["status"], body["country"], body["missing"], body["moves"]) == (
        "draft",
        "BGD",
        [],
        ["submit", "withdraw"],
    )
    assert (submission.lead, submission.events.get().actor) == (officer.user, officer.user)
    read = officer.send("get", f"{submission.pk}/")
    assert (read.json(), read["ETag"]) == (body, made["ETag"])
    assert read["Cache-Control"] == "private, no-store"

    sent = officer.send("post", f"{submission.pk}/submit/")

    assert (sent.status_code, sent.json()["status"], sent.json()["moves"]) == (200, "submitted", ["withdraw"])
    assert [event["kind"] for event in sent.json()["events"]] == ["submitted", "created"]
    again = officer.send("post", f"{submission.pk}/submit/")
    assert (again.status_code, again.json()["current_status"]) == (409, "submitted")


def test_what_is_missing_is_named_before_and_when_it_is_sent(officer, draft):
    missing = officer.send("get", f"{draft.pk}/").json()["missing"]

    sent = officer.send("post", f"{draft.pk}/submit/")

    assert {"field": "sdg_targets", "step": "basics"}.items() <= missing[0].items()
    assert errors_of(sent, 422) == {item["field"]: item["message"] for item in missing}
    assert sent.json()["type"].endswith("#incomplete")
    draft.refresh_from_db()
    assert draft.status == S.DRAFT


def test_what_a_partner_writes_is_endorsed_by_the_country_that_it_names(words):
    partner, focal = Program(make_user(Role.PARTNER)), Program(make_user(Role.FOCAL_POINT))
    made = partner.send("post", body={"country": "BGD", **TEXT}).json()

    sent = partner.send("post", f"{made['id']}/submit/")

    assert sent.json()["status"] == "endorsement"
    assert focal.send("get", f"{made['id']}/").status_code == 200
    assert errors_of(partner.send("post", body={"title": "No country"})) == {
        "country": "Name the country that leads it by its code of three letters."
    }


@pytest.fixture
def asked(words):
    """(its partner, the focal point of its country, the number) of a case study that waits for endorsement."""
    partner, focal = Program(make_user(Role.PARTNER)), Program(make_user(Role.FOCAL_POINT))
    submission = make_draft(partner.user)
    partner.send("post", f"{submission.pk}/submit/")
    return partner, focal, submission.pk


def test_the_focal_point_endorses_the_text_that_was_read(asked):
    partner, focal, number = asked
    read = focal.send("get", f"{number}/")
    assert read.json()["moves"] == ["endorse", "send-back", "withdraw"]

    refused = partner.send("post", f"{number}/endorse/", If_Match=read["ETag"])
    blind = focal.send("post", f"{number}/endorse/")
    late = focal.send("post", f"{number}/endorse/", If_Match='"1-0"')
    assert [answer.status_code for answer in (refused, blind, late)] == [403, 428, 412]
    assert late.json()["current"] == read["ETag"]
    assert Submission.objects.get().status == S.ENDORSEMENT

    endorsed = focal.send("post", f"{number}/endorse/", If_Match=read["ETag"])

    assert (endorsed.status_code, endorsed.json()["status"], endorsed.json()["moves"]) == (
        200,
        "submitted",
        ["withdraw"],
    )
    assert Submission.objects.get().endorsed_by == focal.user
    again = focal.send("post", f"{number}/endorse/", If_Match=read["ETag"])
    assert (again.status_code, again.json()["current_status"]) == (409, "submitted")


def test_the_focal_point_sends_it_back_and_says_why(asked):
    partner, focal, number = asked
    tag = focal.send("get", f"{number}/")["ETag"]
    assert errors_of(focal.send("post", f"{number}/send-back/", {}, If_Match=tag)).keys() == {"note"}
    assert focal.send("post", f"{number}/send-back/", {"note": "Why?"}).status_code == 428

    back = focal.send("post", f"{number}/send-back/", {"note": "Name the districts."}, If_Match=tag)

    assert (back.status_code, back.json()["status"]) == (200, "draft")
    told = partner.send("get", f"{number}/").json()["events"][0]
    assert (told["kind"], told["note"]) == ("sent_back", "Name the districts.")


@pytest.mark.parametrize("move", ["endorse", "send-back"])
def test_nobody_endorses_for_another_country(asked, move):
    _partner, _focal, number = asked
    body = {"note": "Why?"} if move == "send-back" else {}
    for person, status in ((make_user(Role.FOCAL_POINT, country="PER"), 404), (make_user(Role.OFFICER), 403)):
        answer = Program(person).send("post", f"{number}/{move}/", body, If_Match=f'"{number}-1"')
        assert answer.status_code == status
    assert Submission.objects.get().status == S.ENDORSEMENT


def test_an_update_and_an_adaptation_begin_with_the_text_that_is_published(officer):
    own, other = make_practice(country="BGD", title="Ours"), make_practice(country="PER", title="Theirs")

    update = officer.send("post", body={"practice": own.slug, "change_note": "New figures."}).json()
    adapted = officer.send("post", body={"adapts": other.slug, "title": "Theirs, here"}).json()

    assert (update["title"], update["practice"], update["change_note"]) == ("Ours", own.slug, "New figures.")
    assert (adapted["title"], adapted["adapts"], adapted["country"]) == ("Theirs, here", other.slug, "BGD")
    assert officer.send("post", body={"practice": own.slug}).status_code == 409
    assert officer.send("post", body={"practice": other.slug}).status_code == 403
    assert errors_of(officer.send("post", body={"practice": "nothing"})).keys() == {"practice"}
    assert errors_of(officer.send("post", body={"practice": own.slug, "adapts": other.slug})).keys() == {"adapts"}
    assert errors_of(officer.send("post", body={"practice": own.slug, "version": 9})).keys() == {"version"}


def test_what_is_refused_begins_nothing(officer):
    assert errors_of(officer.send("post", body={})).keys() == {"title"}
    assert errors_of(officer.send("post", body={"title": "x" * 121})).keys() == {"title"}
    assert errors_of(officer.send("post", body={"title": "T", "start_year": 3000})).keys() == {"start_year"}
    assert officer.send("post", body={"title": "T", "country": "PER"}).status_code == 403
    assert Program(make_user(Role.CURATOR)).send("post", body={"title": "T", "country": "BGD"}).status_code == 403
    assert not Submission.objects.exists()


# Changing the text


def change(program, draft, body, method="patch", **headers):
    seen = program.send("get", f"{draft.pk}/")["ETag"]
    return program.send(method, f"{draft.pk}/", body, **({"If-Match": seen} | headers))


def test_parts_of_several_steps_are_changed_and_the_rest_stays(officer, draft):
    answer = change(officer, draft, {"challenge": "Too many died.", "title": "Anew", "cost_setup": 0, "end_year": None})

    assert answer.status_code == 200, answer.content
    draft.refresh_from_db()
    assert (draft.version.title, draft.version.challenge, draft.version.cost_setup) == ("Anew", "Too many died.", 0)
    assert draft.version.summary == "What was done and what came of it."
    assert draft.updated_by == officer.user
    assert answer["ETag"] == f'"{draft.pk}-{draft.revision}"'


def test_a_replaced_text_holds_nothing_of_before(officer):
    draft = make_draft(officer.user)

    answer = change(officer, draft, TEXT, "put")
    assert {name: answer.json()[name] for name in TEXT} == TEXT
    emptied = change(officer, draft, {"title": "Only this"}, "put").json()

    blank = {name: value for step in drafting.steps.SLUGS for name, value in drafting.blank(step).items()}
    assert {name: emptied[name] for name in TEXT} == {name: blank[name] for name in TEXT} | {"title": "Only this"}
    assert errors_of(change(officer, draft, {"challenge": "No title"}, "put")).keys() == {"title"}


def test_a_save_that_changes_nothing_leaves_the_etag(officer):
    draft = make_draft(officer.user)
    seen = officer.send("get", f"{draft.pk}/")
    text = {name: seen.json()[name] for name in TEXT}

    assert change(officer, draft, text, "put")["ETag"] == seen["ETag"]


def test_who_comes_second_is_shown_the_difference_and_nothing_is_overwritten(officer, draft):
    seen = officer.send("get", f"{draft.pk}/")["ETag"]
    change(officer, draft, {"challenge": "The first."})

    late = officer.send("patch", f"{draft.pk}/", {"challenge": "The second.", "places": ""}, **{"If-Match": seen})

    assert late.status_code == 412
    now = officer.send("get", f"{draft.pk}/")
    assert late.json()["current"] == now["ETag"]
    assert late.json()["differences"] == [{"field": "challenge", "yours": "The second.", "stored": "The first."}]
    assert now.json()["challenge"] == "The first."
    assert officer.send("patch", f"{draft.pk}/", {"challenge": "Blind."}).status_code == 428


def test_every_fault_is_named_by_its_path_and_nothing_is_written(officer, draft):
    wrong = {
        "title": 7,
        "kind": "",
        "scale": "huge",
        "challenge_areas": ["wash", "sport"],
        "sdg_targets": ["3.2", "99.9"],
        "start_year": "2010",
        "has_clearance": "yes",
        "beneficiaries_count": -1,
        "lead_institutions": "Ministry",
        "contact_email": "nobody",
        "results": [{"name": "A"}, {"name": "B", "latest": "3"}, {"unit": "%", "colour": "red"}, 7],
        "references": [{"title": "A", "url": "ftp://example.org/"}, {}],
        "lessons": [{"text": "A", "kind": ""}],
        "colour": "red",
    }

    errors = errors_of(change(officer, draft, wrong))

    assert errors.keys() == {
        *(name for name in wrong if name not in {"results", "references", "lessons"}),
        *("results[1].latest", "results[2].name", "results[2].colour", "results[3]"),
        *("references[0].url", "references[1].title", "lessons[0].kind"),
    }
    assert errors_of(change(officer, draft, {"results": [{"name": "A", "latest_year": 1}]})).keys() == {
        "results[0].latest_year"
    }
    assert errors_of(change(officer, draft, {"start_year": 2020, "end_year": 2010})).keys() == {"end_year"}
    assert errors_of(change(officer, draft, {"lessons": [{"text": "A"}] * 31})).keys() == {"lessons"}
    draft.refresh_from_db()
    assert draft.revision == 1


READ_ONLY = {
    "id": 1, "status": "published", "country": "PER", "practice": "x", "adapts": "x", "lead": "Zyx", "licence": "Zyx",
    "complete_percent": 100, "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z",
    "submitted_at": "2020-01-01T00:00:00Z", "answer_due_at": "2020-01-01T00:00:00Z", "url": "https://zyx.example/",
    "moves": ["publish"], "missing": [], "wished": [], "similar": [], "change_requests": [], "comments": [],
    "events": [], "files": [], "change_note": "Zyx", "revision": 99, "holder": 1, "decided_by": 1, "checks": [],
    "letter_draft": "Zyx", "primary_area": "wash", "is_verified": True, "evidence": 5, "frozen_at": "2020-01-01",
}  # fmt: skip


@pytest.mark.parametrize("method", ["patch", "put"])
def test_what_can_only_be_read_is_refused_when_it_is_sent(officer, draft, method):
    before = Submission.objects.filter(pk=draft.pk).values().get()

    errors = errors_of(change(officer, draft, {"title": "T"} | READ_ONLY, method))

    assert errors.keys() == READ_ONLY.keys()
    assert Submission.objects.filter(pk=draft.pk).values().get() == before
    shown = officer.send("get", f"{draft.pk}/").json()
    assert shown.keys() <= READ_ONLY.keys() | TEXT.keys() | {"challenge_areas"}


def test_what_can_only_be_read_begins_nothing(officer):
    own = {"country", "practice", "adapts"}
    errors = errors_of(officer.send("post", body={"title": "T"} | {k: v for k, v in READ_ONLY.items() if k not in own}))

    assert errors.keys() == READ_ONLY.keys() - own
    assert not Submission.objects.exists()


def test_a_text_with_curators_is_not_changed(officer):
    submission = make_submission(lead=officer.user)

    answer = change(officer, submission, {"title": "Too late"})

    assert (answer.status_code, answer.json()["current_status"]) == (409, "submitted")


# What curators ask


def test_requests_are_answered_and_the_case_study_sent_again(officer):
    submission = make_submission(S.IN_REVIEW, lead=officer.user)
    curator = submission.holder
    workflow.add_request(submission, by=curator, field="results", text="Which survey?", must_fix=True)
    hidden = ChangeRequest.objects.create(submission=submission, author=curator, field="basics", text="Zyx")
    ChangeRequest.objects.filter(pk=hidden.pk).update(status="draft")
    workflow.request_changes(submission, by=curator, letter="Tell us more.")
    ChangeRequest.objects.filter(pk=hidden.pk).update(status="draft")
    body = officer.send("get", f"{submission.pk}/").json()

    assert [one["text"] for one in body["change_requests"]] == ["Which survey?"]
    assert curator.name not in [event["by"] for event in body["events"]] or curator.name == officer.user.name
    assert errors_of(officer.send("post", f"{submission.pk}/submit/"), 422) == {"results": "Which survey?"}
    path = f"{submission.pk}/change-requests/{body['change_requests'][0]['id']}/answer/"
    assert officer.send("post", path, {"text": "That of 2020."}).json()["change_requests"][0]["status"] == "answered"
    assert (
        officer.send("post", f"{submission.pk}/change-requests/{hidden.pk}/answer/", {"text": "?"}).status_code == 404
    )
    assert officer.send("post", f"{submission.pk}/submit/").json()["status"] == "in_review"
    assert officer.send("post", f"{submission.pk}/comments/", {"text": "Thank you."}).status_code == 201
    assert submission.remarks.get().text == "Thank you."


def test_it_is_withdrawn_with_a_reason_and_never_deleted(officer, draft):
    assert errors_of(officer.send("post", f"{draft.pk}/withdraw/", {})).keys() == {"note"}
    assert officer.send("delete", f"{draft.pk}/").status_code == 405
    assert officer.send("post", f"{draft.pk}/withdraw/", {"note": "Later."}).json()["status"] == "withdrawn"


# Files


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def test_a_file_is_attached_described_and_removed(officer, draft):
    made = officer.attach(f"{draft.pk}/files/", file=SimpleUploadedFile("a report.pdf", pdf()))

    assert made.status_code == 201, made.content
    row = VersionFile.objects.get(version=draft.version)
    address = f"{draft.pk}/files/{row.pk}/"
    assert made["Location"].endswith(address)
    assert (made.json()["kind"], made.json()["is_described"]) == ("pdf", False)
    assert errors_of(officer.send("patch", address, {"credit": "BBS"}, **{"If-Match": made["ETag"]})).keys() == {
        "caption"
    }
    told = officer.send("patch", address, {"caption": "A report"}, **{"If-Match": made["ETag"]})
    assert (told.status_code, told.json()["is_described"]) == (200, True)
    late = officer.send("patch", address, {"caption": "Another"}, **{"If-Match": made["ETag"]})
    assert (late.status_code, late.json()["differences"]) == (
        412,
        [{"field": "caption", "yours": "Another", "stored": "A report"}],
    )
    assert officer.send("get", f"{draft.pk}/files/").json() == {"count": 1, "results": [told.json()]}
    assert officer.send("get", f"{draft.pk}/").json()["files"] == [told.json()]
    assert officer.send("delete", address).status_code == 428
    assert officer.send("delete", address, **{"If-Match": told["ETag"]}).status_code == 204
    assert officer.send("get", address).status_code == 404


def test_what_is_not_taken_says_why_and_leaves_nothing(officer, draft, settings):
    program = officer.attach(f"{draft.pk}/files/", file=SimpleUploadedFile("a.pdf", b"MZ a program"))
    named = officer.attach(f"{draft.pk}/files/", file=SimpleUploadedFile("a.exe", b"MZ a program"))
    nothing = officer.attach(f"{draft.pk}/files/", caption="No file")
    settings.FILES_QUOTA = 0
    quota = officer.attach(f"{draft.pk}/files/", file=SimpleUploadedFile("a.pdf", pdf()))

    for answer in (program, named, quota):
        assert (answer.status_code, answer.json()["type"]) == (422, "/developers/problems/#file-refused")
    assert errors_of(nothing).keys() == {"file", "caption"}
    assert not VersionFile.objects.exists()
    settings.REQUEST_LIMIT = 10
    assert officer.attach(f"{draft.pk}/files/", file=SimpleUploadedFile("a.pdf", pdf())).status_code == 413


def test_more_than_a_person_may_send_a_day_is_429(officer, draft, settings):
    officer.attach(f"{draft.pk}/files/", file=SimpleUploadedFile("a.pdf", pdf()))
    settings.FILES_QUOTA = 1
    other = make_draft(officer.user, is_complete=False)

    answer = officer.attach(f"{other.pk}/files/", file=SimpleUploadedFile("b.pdf", pdf()))

    assert (answer.status_code, answer.json()["type"]) == (429, "/developers/problems/#too-many-requests")
    left = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1) - timezone.now()
    assert abs(int(answer["Retry-After"]) - left.total_seconds()) < 60


# Who


def test_a_list_holds_what_one_works_with_page_by_page(officer, django_assert_max_num_queries):
    for number in range(3):
        make_draft(officer.user, title=f"Number {number}", is_complete=False)
    make_submission(lead=officer.user)
    make_draft(make_user(Role.OFFICER, country="PER"), country="PER")

    with django_assert_max_num_queries(12):
        listed = officer.send("get").json()

    assert (listed["count"], listed["next"]) == (4, None)
    assert officer.send("get", "?status=submitted").json()["count"] == 1
    assert officer.send("get", "?country=PER").json()["count"] == 0
    assert officer.send("get", "?page_size=3").json()["next"].endswith("page=2")
    assert errors_of(officer.send("get", "?status=lost&colour=red")).keys() == {"status", "colour"}
    assert Program(make_user(Role.CURATOR)).send("get").json()["count"] == 0


def test_nobody_else_learns_that_a_draft_exists(draft):
    others = [make_user(), make_user(Role.OFFICER, country="PER"), make_user(Role.CURATOR), make_user(Role.PARTNER)]
    for person in [*others, make_user(Role.ADMINISTRATOR)]:
        program = Program(person)
        nothing = program.send("get", "999999/")
        for method, path, body in (
            ("get", "", None),
            ("patch", "", {"title": "T"}),
            ("put", "", {"title": "T"}),
            ("post", "submit/", None),
            ("post", "withdraw/", {"note": "T"}),
            ("post", "comments/", {"text": "T"}),
            ("get", "files/", None),
        ):
            answer = program.send(method, f"{draft.pk}/{path}", body)
            assert answer.status_code == 404
            assert answer.json()["detail"] == nothing.json()["detail"]


def test_curators_are_led_to_their_own_door():
    submission = make_submission()

    answer = Program(make_user(Role.CURATOR)).send("get", f"{submission.pk}/")

    assert answer.status_code == 403


def test_a_colleague_reads_and_does_not_write(officer, draft):
    colleague = Program(make_user(Role.OFFICER))

    assert colleague.send("get", f"{draft.pk}/").json()["moves"] == []
    assert change(colleague, draft, {"title": "Mine"}).status_code == 403
    assert colleague.send("post", f"{draft.pk}/submit/").status_code == 403
    assert colleague.attach(f"{draft.pk}/files/", file=SimpleUploadedFile("a.pdf", pdf())).status_code == 403


def test_a_key_needs_the_scope_and_nobody_is_asked_to_show_one(officer, draft):
    reader = Program(officer.user, Scope.READ)

    assert reader.send("get", f"{draft.pk}/").status_code == 403
    assert "draft" in reader.send("post", body={"title": "T"}).json()["detail"]
    nobody = Client().get(f"{ADDRESS}{draft.pk}/")
    assert (nobody.status_code, nobody["WWW-Authenticate"]) == (401, 'Bearer realm="SSC Portal"')


# As described


def test_answers_are_as_described_and_shown(officer):
    """``SSC_RECORD=1`` writes them into fixtures/api_answers.json, by the name of their shape."""
    submission = make_draft(officer.user, is_complete=False, **{"title": "Solar pumps for schools"})
    officer.send("post", f"{submission.pk}/comments/", {"text": "Which survey do you mean?"})
    file = officer.attach(f"{submission.pk}/files/", file=SimpleUploadedFile("a report.pdf", pdf())).json()
    sent = make_submission(S.IN_REVIEW, lead=officer.user)
    workflow.add_request(sent, by=sent.holder, field="results", text="Which survey?", must_fix=True)
    workflow.request_changes(sent, by=sent.holder, letter="Tell us more.")
    answers = {
        "SubmissionRowList": officer.send("get").json(),
        "Submission": officer.send("get", f"{submission.pk}/").json(),
        "DraftFiles": officer.send("get", f"{submission.pk}/files/").json(),
        "DraftFile": file,
    }
    everything = {"Submission": officer.send("get", f"{sent.pk}/").json()}

    for name, answer in [*answers.items(), *everything.items()]:
        assert wrong({"$ref": f"#/components/schemas/{name}"}, answer) == [], name
    if os.environ.get("SSC_RECORD") == "1":
        kept = json.loads(ANSWERS.read_text()) | {name: shortened(answer) for name, answer in answers.items()}
        ANSWERS.write_text(json.dumps(dict(sorted(kept.items())), ensure_ascii=False, indent=1) + "\n")
    assert set(answers) <= set(json.loads(ANSWERS.read_text()))
    assert set(answers) <= set(schema()["components"]["schemas"])


def test_the_same_request_again_begins_one_case_study(officer):
    for _time in range(2):
        answer = officer.send("post", body={"title": "Once"}, **{"Idempotency-Key": "k-1"})

    assert answer.json()["id"] == Submission.objects.get().pk
