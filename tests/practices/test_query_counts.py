"""The pages of officers and curators take as many statements for many rows as for few."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from practices import previews, workflow
from practices.enums import Thread
from practices.models import Lesson, ResultIndicator
from tests.make import make_practice
from tests.people import make_user
from tests.submissions import file_review, make_draft, make_submission

pytestmark = pytest.mark.django_db


def statements(user, address):
    client = Client()
    client.force_login(user)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def grows(user, address, add):
    """By how many statements the page grows from 3 to 9 of what ``add`` makes."""
    for _number in range(3):
        add()
    statements(user, address)
    few = statements(user, address)
    for _number in range(6):
        add()
    return statements(user, address) - few


def test_the_workspace():
    officer = make_user(Role.OFFICER)

    def add():
        make_draft(make_user(Role.OFFICER))
        make_submission("in_review", lead=officer)
        make_practice(country="BGD")

    assert grows(officer, "/workspace/", add) == 0


def test_a_case_study_of_ones_own():
    officer, curator = make_user(Role.OFFICER), make_user(Role.CURATOR)
    submission = make_submission("in_review", lead=officer, curator=curator)

    def add():
        submission.coauthors.add(make_user(Role.OFFICER))
        previews.make_link(submission, by=officer)
        workflow.comment(submission, by=officer, thread=Thread.SHARED, text="One more.")
        workflow.comment(submission, by=curator, thread=Thread.SHARED, text="One more.")

    assert grows(officer, submission.get_absolute_url(), add) == 0


@pytest.mark.parametrize("page", ["check/", "preview/", "results/", "lessons/"])
def test_writing(page):
    officer = make_user(Role.OFFICER)
    draft = make_draft(officer)

    def add():
        Lesson.objects.create(version=draft.version, text="One more.")
        ResultIndicator.objects.create(version=draft.version, name="One more.", source="A report", latest=1)

    assert grows(officer, f"{draft.get_absolute_url()}{page}", add) == 0


def test_the_queue():
    curator = make_user(Role.CURATOR)

    def add():
        make_submission("submitted")
        file_review(make_submission("in_review"), curator)

    assert grows(curator, "/review/?tab=in-review", add) == 0
    assert grows(curator, "/review/?tab=unassigned", add) == 0


def test_a_review():
    curator, officer = make_user(Role.CURATOR), make_user(Role.OFFICER)
    submission = make_submission("in_review", curator=curator, lead=officer)
    file_review(submission, curator)

    def add():
        other = make_user(Role.CURATOR)
        file_review(submission, other)
        workflow.add_request(submission, by=other, field="basics", text="Why?", must_fix=True)
        workflow.comment(submission, by=other, thread=Thread.INTERNAL, text="One more.")
        workflow.comment(submission, by=officer, thread=Thread.SHARED, text="One more.")

    assert grows(curator, f"/review/{submission.pk}/", add) == 0


def test_proposed_adoptions():
    curator, officer = make_user(Role.CURATOR), make_user(Role.OFFICER, country="PER")

    def add():
        practice = make_practice(country="BGD")
        country = officer.countries().get()
        workflow.propose_adoption(practice, country, by=officer, source="A report")

    assert grows(curator, "/review/adoptions/", add) == 0
