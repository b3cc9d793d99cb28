"""From an officer's first line to a published practice, through the pages, with and without rights."""

import uuid

import pytest
from django.test import Client

from accounts.enums import Role
from practices import previews, workflow
from practices.enums import Criterion, Gate, SubmissionStatus
from practices.models import Practice, PreviewLink, Submission
from tests.make import make_practice
from tests.people import make_user
from tests.submissions import make_draft, make_submission

pytestmark = pytest.mark.django_db
S = SubmissionStatus


@pytest.fixture
def officer():
    return make_user(Role.OFFICER, country="BGD", name="Rahima Officer")


@pytest.fixture
def curator():
    return make_user(Role.CURATOR, name="Ines Curator")


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def do(client, room, submission, action, **values):
    return client.post(f"/{room}/{submission.pk}/do/{action}/", values)


def rubric(review_revision, score="4", **values):
    return {
        "revision": review_revision,
        **{f"gate-{gate}": "yes" for gate in Gate.values},
        **{f"score-{name}": score for name in Criterion.values},
        **values,
    }


def test_a_case_study_travels_from_the_first_line_to_the_readers(officer, curator):
    writes, reads = signed_in(officer), signed_in(curator)
    key = uuid.uuid4()
    begun = [
        writes.post(
            "/workspace/submissions/new/", {"title": "Begun", "language": "en", "country": "BGD", "form_key": key}
        )
        for _time in range(2)
    ]
    assert [answer.status_code for answer in begun] == [302, 302]
    assert Submission.objects.count() == 1
    submission = make_draft(officer, title="Floating schools in the haor")

    sent = do(writes, "workspace/submissions", submission, "submit")
    assert sent.status_code == 302
    assert "Floating schools" in reads.get("/review/").content.decode()
    assert do(reads, "review", submission, "claim").status_code == 422
    assert do(reads, "review", submission, "claim", no_conflict="1").status_code == 302
    do(reads, "review", submission, "request", field="approach", text="How many boats?", must_fix="1")
    assert "How many boats?" not in writes.get(f"/workspace/submissions/{submission.pk}/").content.decode()
    assert do(reads, "review", submission, "request-changes", letter="").status_code == 422
    do(reads, "review", submission, "request-changes", letter="Nearly there.")

    overview = writes.get(f"/workspace/submissions/{submission.pk}/").content.decode()
    assert "How many boats?" in overview
    assert curator.name not in overview
    asked = submission.change_requests.get()
    assert do(writes, "workspace/submissions", submission, "submit").status_code == 422
    do(writes, "workspace/submissions", submission, "answer", request=asked.pk, answer="Fifty-four.")
    assert do(writes, "workspace/submissions", submission, "submit").status_code == 302

    do(reads, "review", submission, "close", request=asked.pk)
    assert do(reads, "review", submission, "publish", letter="").status_code == 409
    filed = do(reads, "review", submission, "save-review", **rubric(1, file="1"))
    assert filed.status_code == 302
    assert do(reads, "review", submission, "publish", letter="Thank you.").status_code == 302

    practice = Practice.objects.get()
    assert "Floating schools" in Client().get(f"/practices/{practice.slug}/").content.decode()
    assert "Floating schools" in Client().get("/practices/?q=floating+schools").content.decode()
    assert do(reads, "review", submission, "decline", letter="Too late.").status_code == 409


def test_a_refused_form_keeps_what_was_typed_and_says_which_field_and_why(officer):
    client = signed_in(officer)

    answer = client.post(
        "/workspace/submissions/new/",
        {"title": "x" * 121, "language": "en", "country": "BGD", "form_key": uuid.uuid4()},
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "x" * 121 in page
    assert 'href="#id_title"' in page


def test_sending_what_is_incomplete_lists_what_is_missing(officer):
    draft = make_draft(officer, is_complete=False)

    answer = do(signed_in(officer), "workspace/submissions", draft, "submit")

    assert answer.status_code == 422
    assert "Describe the problem for children." in answer.content.decode()
    assert Submission.objects.get().status == S.DRAFT


def test_an_incomplete_review_is_kept_but_not_filed(curator):
    submission = make_submission(S.IN_REVIEW, curator=curator)
    client = signed_in(curator)

    answer = do(client, "review", submission, "save-review", **rubric(1, score="2", file="1", private_note="Hm."))

    review = submission.reviews.get()
    assert answer.status_code == 422
    assert "say why the score is below 3" in answer.content.decode()
    assert (review.private_note, review.filed_at, review.scores["equity"]) == ("Hm.", None, 2)


def test_a_stale_review_overwrites_nothing(curator):
    submission = make_submission(S.IN_REVIEW, curator=curator)
    client = signed_in(curator)
    do(client, "review", submission, "save-review", **rubric(1, private_note="First."))

    answer = do(client, "review", submission, "save-review", **rubric(1, private_note="Second."))

    page = answer.content.decode()
    assert answer.status_code == 409
    assert submission.reviews.get().private_note == "First."
    assert "Private note for curators: “First.” was saved elsewhere." in page
    assert "Second.</textarea>" in page

    do(client, "review", submission, "save-review", **rubric(2, private_note="Second."))
    assert submission.reviews.get().private_note == "Second."


def test_a_review_is_saved_by_itself_and_told_when_it_was_saved_elsewhere(curator):
    submission = make_submission(S.IN_REVIEW, curator=curator)
    address, client = f"/review/{submission.pk}/do/save-review/", signed_in(curator)
    autosave = {"headers": {"X-Autosave": "1"}}

    saved = client.post(address, {"revision": 1, "gate-safe": "yes", "score-equity": "3"}, **autosave)
    late = client.post(address, {"revision": 1, "score-equity": "5"}, **autosave)

    review = submission.reviews.get()
    assert saved.status_code == 200
    assert (saved.json()["revision"], saved.json()["seen"]) == (2, "2")
    assert (late.status_code, late.json()) == (409, {"conflict": True})
    assert (review.gates, review.scores, review.filed_at) == ({"safe": True}, {"equity": 3}, None)
    do(client, "review", submission, "save-review", **rubric(2, file="1"))
    settled = client.post(address, {"revision": 3}, **autosave)
    assert (settled.status_code, settled.json()) == (409, {"conflict": True})


def test_the_letter_begins_with_what_reviewers_found_and_is_kept_until_the_decision(officer, curator):
    submission = make_submission(S.IN_REVIEW, curator=curator, lead=officer)
    client = signed_in(curator)
    do(client, "review", submission, "request", text="Name the register.", field="results", must_fix="1")
    assert "What convinced us" not in client.get(f"/review/{submission.pk}/").content.decode()
    scores = {"score-equity": "2", "comment-equity": "Nobody from the hills took part."}
    do(client, "review", submission, "save-review", **rubric(1, file="1", **scores))

    letter = client.get(f"/review/{submission.pk}/").context["letter"]
    assert "What should become stronger: Equity." in letter
    assert "What convinced us: Effectiveness, Evidence" in letter
    assert "- Name the register." in letter
    do(client, "review", submission, "keep-letter", letter="Dear colleagues,")

    assert client.get(f"/review/{submission.pk}/").context["letter"] == "Dear colleagues,"
    assert "Dear colleagues" not in signed_in(officer).get(submission.get_absolute_url()).content.decode()
    do(client, "review", submission, "request-changes", letter="Dear colleagues, please look again.")
    submission.refresh_from_db()
    assert submission.letter_draft == ""
    assert "please look again" in signed_in(officer).get(submission.get_absolute_url()).content.decode()


def test_a_request_names_its_field_and_leads_the_officer_there(officer, curator):
    submission = make_submission(S.IN_REVIEW, curator=curator, lead=officer)
    client = signed_in(curator)
    page = client.get(f"/review/{submission.pk}/").content.decode()
    assert '<optgroup label="Cost and conditions">' in page

    do(client, "review", submission, "request", text="Whose figure is it?", field="cost_note", must_fix="1")
    do(client, "review", submission, "request", text="Give the survey.", field="results")
    assert do(client, "review", submission, "request", text="Hm?", field="no_such_field").status_code == 422
    do(client, "review", submission, "request-changes", letter="Nearly there.")

    overview = signed_in(officer).get(submission.get_absolute_url()).content.decode()
    assert f'href="/workspace/submissions/{submission.pk}/conditions/#id_cost_note"' in overview
    assert f'href="/workspace/submissions/{submission.pk}/results/#results-0"' in overview


def test_the_authors_of_an_update_see_what_it_changes_before_they_send_it(officer):
    practice = make_practice(country="BGD", title="Kangaroo care")
    update = workflow.start(
        officer, practice.country, title="Kangaroo care at home", form_key=None, base_practice=practice
    )

    page = signed_in(officer).get(f"/workspace/submissions/{update.pk}/check/").content.decode()

    assert "What this update changes" in page
    assert "Kangaroo care <ins>at home</ins>" in page


def test_a_refused_change_request_keeps_what_was_chosen(curator):
    submission = make_submission(S.IN_REVIEW, curator=curator)

    page = do(signed_in(curator), "review", submission, "request", text=" ", field="lessons").content.decode()

    assert '<option value="lessons" selected>' in page
    assert 'name="must_fix" value="1">' in page


def test_others_scores_and_the_curators_thread_open_when_ones_own_review_is_filed(curator):
    other = make_user(Role.CURATOR, name="Other Curator")
    submission = make_submission(S.IN_REVIEW, curator=other)
    do(signed_in(other), "review", submission, "save-review", **rubric(1, file="1", private_note="Canary note"))
    do(signed_in(other), "review", submission, "comment", thread="internal", text="Canary thread")
    client = signed_in(curator)
    do(client, "review", submission, "claim", no_conflict="1")

    before = client.get(f"/review/{submission.pk}/").content.decode()
    do(client, "review", submission, "save-review", **rubric(1, file="1"))
    after = client.get(f"/review/{submission.pk}/").content.decode()

    assert "Canary" not in before
    assert "Canary note" in after
    assert "Canary thread" in after


def test_a_filed_review_stands_until_the_country_sends_a_new_text(officer, curator):
    submission = make_submission(S.IN_REVIEW, curator=curator, lead=officer)
    client = signed_in(curator)
    do(client, "review", submission, "save-review", **rubric(1, file="1"))

    at_once = do(client, "review", submission, "save-review", **rubric(2, score="5", file="1"))
    before = submission.reviews.get()
    workflow.request_changes(submission, by=curator, letter="Tell us more.")
    workflow.submit(submission, by=officer)
    do(client, "review", submission, "save-review", **rubric(2, score="5"))
    saved = submission.reviews.get()
    do(client, "review", submission, "save-review", **rubric(3, score="5", file="1"))
    after = submission.reviews.get()

    assert at_once.status_code == 409
    assert "You can change it when the country has sent a new text." in at_once.content.decode()
    assert (before.scores["equity"], saved.scores["equity"]) == (4, 5)
    assert [bool(review.filed_at) for review in (before, saved, after)] == [True, False, True]


def test_a_reviewer_finds_what_others_hold_and_what_they_joined(curator):
    submission = make_submission(S.IN_REVIEW, curator=make_user(Role.CURATOR), title="Held by a colleague")
    client = signed_in(curator)

    def shows(tab):
        return "Held by a colleague" in client.get(f"/review/?tab={tab}").content.decode()

    before = shows("in-review"), shows("mine")
    do(client, "review", submission, "claim", no_conflict="1")

    assert before == (True, False)
    assert shows("mine")


@pytest.mark.parametrize("status", [S.WITHDRAWN, S.DECLINED])
def test_a_secret_address_ends_with_the_way_of_the_case_study(officer, curator, status):
    submission = make_submission(S.IN_REVIEW, lead=officer, curator=curator)
    _link, token = previews.make_link(submission, by=officer)
    opened = Client().get(f"/preview/{token}/").status_code
    if status == S.WITHDRAWN:
        workflow.withdraw(submission, by=officer)
    else:
        workflow.decline(submission, by=curator, letter="Not about children.")

    assert (opened, Client().get(f"/preview/{token}/").status_code) == (200, 404)


def test_a_secret_address_opens_one_case_study_until_it_is_revoked(officer):
    draft = make_draft(officer, title="Not public yet")
    client = signed_in(officer)
    page = do(client, "workspace/submissions", draft, "preview-make").content.decode()
    token = page.split("/preview/")[-1].split("/")[0]
    address = f"/preview/{token}/"

    shown = Client().get(address)

    assert shown.status_code == 200
    assert "Not public yet" in shown.content.decode()
    assert (shown["Cache-Control"], shown["X-Robots-Tag"]) == ("private, no-store", "noindex, nofollow")
    assert token not in str(PreviewLink.objects.values().get())
    do(client, "workspace/submissions", draft, "preview-revoke")
    assert Client().get(address).status_code == 404
    assert Client().get("/preview/made-up/").status_code == 404


def test_an_update_is_proposed_from_the_published_text(officer):
    practice = make_practice(title="As it is", country="BGD")
    foreign = make_practice(title="Elsewhere", country="PER")
    client = signed_in(officer)
    values = {"title": "As it is now", "language": "en", "form_key": uuid.uuid4()}

    assert client.get(f"/workspace/submissions/new/?update={foreign.slug}").status_code == 403
    assert "As it is" in client.get(f"/workspace/submissions/new/?update={practice.slug}").content.decode()
    client.post(f"/workspace/submissions/new/?update={practice.slug}", values)
    again = client.post(f"/workspace/submissions/new/?update={practice.slug}", values | {"form_key": uuid.uuid4()})

    assert Submission.objects.get().practice == practice
    assert again.status_code == 409


@pytest.mark.parametrize("status", [S.DRAFT, S.SUBMITTED, S.IN_REVIEW, S.CHANGES_REQUESTED, S.DECLINED, S.PUBLISHED])
def test_who_opens_which_page(status, officer, curator):
    submission = make_submission(status, lead=officer, curator=curator)
    handed_in = status != S.DRAFT
    people = {
        "lead": (officer, 200, 404),
        "colleague": (make_user(Role.OFFICER, country="BGD"), 200, 404),
        "focal point": (make_user(Role.FOCAL_POINT, country="BGD"), 200, 404),
        "other country": (make_user(Role.OFFICER, country="PER"), 404, 404),
        "no role": (make_user(), 404, 404),
        "partner": (make_user(Role.PARTNER), 404, 404),
        "curator": (curator, 302 if handed_in else 404, 200 if handed_in else 404),
        "administrator": (make_user(Role.ADMINISTRATOR), 302 if handed_in else 404, 200 if handed_in else 404),
    }

    seen = {}
    for name, (person, _workspace, _review) in people.items():
        client = signed_in(person)
        answers = [client.get(f"/{room}/{submission.pk}/") for room in ("workspace/submissions", "review")]
        seen[name] = tuple(answer.status_code for answer in answers)

    assert seen == {name: (one, two) for name, (_person, one, two) in people.items()}
    for room in ("workspace/submissions", "review"):
        assert Client().get(f"/{room}/{submission.pk}/").status_code == 302


def test_a_hidden_case_study_answers_like_one_that_does_not_exist(officer):
    draft = make_draft(officer)
    client = signed_in(make_user(Role.OFFICER, country="PER"))

    for path in ("", "preview/", "check/", "basics/"):
        assert client.get(f"/workspace/submissions/{draft.pk}/{path}").status_code == 404
        assert client.get(f"/workspace/submissions/{draft.pk + 999}/{path}").status_code == 404
    for action in ("submit", "withdraw", "comment", "nonsense"):
        assert do(client, "workspace/submissions", draft, action).status_code == 404


def test_a_curator_of_the_country_reads_and_may_not_judge():
    close = make_user(Role.CURATOR, Role.OFFICER, country="BGD")
    submission = make_submission(S.SUBMITTED)
    client = signed_in(close)

    page = client.get(f"/review/{submission.pk}/").content.decode()

    assert "you may read it, not judge it" in page
    assert do(client, "review", submission, "claim", no_conflict="1").status_code == 403
    assert do(client, "review", submission, "decline", letter="No.").status_code == 403


def test_taking_a_role_away_takes_effect_at_once(officer):
    draft = make_draft(officer)
    client = signed_in(officer)
    assert client.get(f"/workspace/submissions/{draft.pk}/").status_code == 200

    officer.memberships.all().delete()

    assert client.get(f"/workspace/submissions/{draft.pk}/").status_code == 404


@pytest.mark.parametrize("path", ["/workspace/", "/review/?tab=unassigned&scope=all"])
def test_lists_ask_the_database_as_often_for_three_as_for_one(path, django_assert_max_num_queries, officer, curator):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = signed_in(officer if "workspace" in path else curator)
    make_submission(S.SUBMITTED, lead=officer)
    client.get(path)
    with CaptureQueriesContext(connection) as one:
        client.get(path)
    for _number in range(2):
        make_submission(S.SUBMITTED, lead=officer)
    with CaptureQueriesContext(connection) as three:
        client.get(path)

    assert len(three) == len(one)
