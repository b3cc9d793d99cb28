"""The curators' queue: what it holds, how it is narrowed, and how it says it has been doing."""

import datetime

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from practices import queue
from practices.models import Submission, SubmissionEvent
from tests.make import make_practice
from tests.people import make_user
from tests.submissions import file_review, make_draft, make_submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def curator():
    return make_user(Role.CURATOR, name="Ines Curator")


def titles(user, **query):
    client = Client()
    client.force_login(user)
    response = client.get("/review/", {"scope": "all"} | query)
    assert response.status_code == 200
    return [row.version.title for row in response.context["listing"].rows], response


def test_the_longest_waiting_comes_first_and_lateness_is_said_in_words(curator):
    for days, title in ((2, "Fresh"), (11, "Late")):
        submission = make_submission(title=title)
        Submission.objects.filter(pk=submission.pk).update(submitted_at=timezone.now() - datetime.timedelta(days=days))

    rows, response = titles(curator)

    assert rows == ["Late", "Fresh"]
    page = response.content.decode()
    assert "3 over the promise" in page
    assert "1 is past the promise." in page
    assert titles(curator, overdue="1")[0] == ["Late"]


def test_each_filter_narrows_and_the_tabs_keep_it(curator):
    make_submission(title="Boats", country="BGD", areas=["learning"])
    make_submission(title="Bombas", country="PER", areas=["wash"], language="es")

    assert titles(curator, country="PER")[0] == ["Bombas"]
    assert titles(curator, area="learning")[0] == ["Boats"]
    assert titles(curator, language="es")[0] == ["Bombas"]
    assert titles(curator, q="PER-land")[0] == ["Bombas"]
    rows, response = titles(curator, country="PER", q="bomb")
    assert rows == ["Bombas"]
    mine = next(query for name, _label, _count, query in response.context["tabs"] if name == "mine")
    assert "country=PER" in mine
    assert "q=bomb" in mine


def test_a_country_is_found_by_its_name_in_the_readers_language(curator):
    make_submission(title="Bombas", country="PER")
    client = Client()
    client.force_login(curator)

    found = client.get("/fr/review/", {"q": "PER-pays", "scope": "all"}).context["listing"].rows

    assert [row.version.title for row in found] == ["Bombas"]


NO_FILTERS = [
    *({"country": "XXX"}, {"area": "'"}, {"language": "zz"}, {"check": "no"}, {"tab": "no"}),
    *({"page": "-1"}, {"page": "99999999999"}, {"q": "%_\\"}),
]


@pytest.mark.parametrize("query", NO_FILTERS)
def test_what_is_no_filter_narrows_nothing_or_finds_nothing_but_never_fails(curator, query):
    make_submission(title="Boats")

    rows, _response = titles(curator, **query)

    assert rows == ([] if "q" in query else ["Boats"])


def test_what_the_checks_found_is_shown_and_filtered(curator):
    make_practice(title="Skilled care at birth", summary="What was done and what came of it.", country="BGD")
    alike = make_submission(title="Skilled care at birth", country="BGD")
    other = make_submission(title="Radio lessons", country="PER", cost_note="Ten dollars a child.",
                            references=[{"title": "A report"}])  # fmt: skip

    assert alike.checks == ["duplicate", "references", "cost"]
    assert other.checks == []
    assert titles(curator, check="duplicate")[0] == ["Skilled care at birth"]
    assert titles(curator, check="found")[0] == ["Skilled care at birth"]
    assert titles(curator, check="none")[0] == ["Radio lessons"]
    page = titles(curator)[1].content.decode()
    assert "Reads like another one of the country" in page
    assert "and 2 more" in page
    assert "All passed" in page


def test_the_state_of_ones_own_review_stands_in_the_row_and_nobody_elses(curator):
    submission = make_submission("in_review", curator=curator, title="Boats")
    other = make_user(Role.CURATOR)
    assert "Begun" in titles(curator, tab="mine")[1].content.decode()

    file_review(submission, curator, score=4)

    assert "4.0 of 5" in titles(curator, tab="mine")[1].content.decode()
    row = titles(other, tab="in-review")[1].content.decode()
    assert "Not begun" in row
    assert "4.0 of 5" not in row


def test_how_the_queue_is_doing_is_counted_from_what_happened():
    assert queue.figures() == queue.Figures(None, None, None, 0)
    make_submission("published", title="Boats")
    make_submission("declined", title="Pumps")
    now = timezone.now()
    for handed_in, answered in ((20, 16), (15, 9), (12, 3)):  # days ago: 4, 6 and 9 days to an answer
        draft = make_draft(title=f"Draft {handed_in}")
        for kind, days in (("submitted", handed_in), ("changes_requested", answered)):
            at = now - datetime.timedelta(days=days)
            SubmissionEvent.objects.create(submission=draft, kind=kind, actor=draft.lead, to_status="draft", at=at)

    found = queue.figures(now=now)

    # The two decisions above took no time, so that 4 is in the middle of 0, 0, 4, 6, 9.
    assert round(found.answer_days, 3) == 4
    assert (found.published_count, found.published_percent, found.rounds) == (1, 50, 1)
    later = queue.figures(now=now + datetime.timedelta(days=queue.FIGURES_DAYS + 1))
    assert later == queue.Figures(None, None, None, 0)
