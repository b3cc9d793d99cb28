"""What reads alike within a country, and that its authors say what is different."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from practices import workflow
from practices.duplicates import similar
from practices.publication import retract
from practices.refusals import Incomplete
from tests.make import make_practice
from tests.people import make_user
from tests.submissions import make_draft, make_submission

pytestmark = pytest.mark.django_db
TEXT = {"title": "Floating schools in the haor", "summary": "Boats bring lessons to children when the water rises."}


@pytest.fixture
def officer():
    return make_user(Role.OFFICER, country="BGD")


def titles(draft, reader=None):
    return [one.title for one in similar(draft, reader or draft.lead)]


def test_published_practices_of_the_country_that_read_alike_are_found_the_most_alike_first(officer):
    make_practice(country="BGD", title="Floating schools", summary="Boats bring lessons when the water rises.")
    make_practice(country="BGD", **TEXT)
    make_practice(country="PER", **TEXT)
    make_practice(country="BGD", title="Kangaroo care", summary="Skin to skin for the smallest babies.")

    assert titles(make_draft(officer, **TEXT)) == [TEXT["title"], "Floating schools"]


def test_what_is_under_way_counts_for_those_who_may_read_it(officer):
    other = make_draft(make_user(Role.OFFICER, country="BGD"), **TEXT)
    draft = make_draft(officer, **TEXT)

    assert titles(draft) == [TEXT["title"]]
    assert [one.url for one in similar(draft, officer)] == [other.get_absolute_url()]
    assert titles(draft, reader=make_user(Role.PARTNER)) == []


def test_an_update_is_not_its_own_duplicate_and_what_is_gone_counts_no_more(officer):
    practice = make_practice(country="BGD", **TEXT)
    update = workflow.start(officer, practice.country, title=TEXT["title"], form_key=None, base_practice=practice)
    assert titles(update) == []

    gone = make_practice(country="BGD", **TEXT)
    assert titles(update) == [TEXT["title"]]
    retract(gone, reason="It was the same.")
    assert titles(update) == []
    make_submission("declined", lead=officer, **TEXT)
    assert titles(update) == []


def test_nothing_is_sent_before_its_authors_say_what_is_different(officer):
    make_practice(country="BGD", **TEXT)
    draft = make_draft(officer, different_because="", **TEXT)
    client = Client()
    client.force_login(officer)

    page = client.get(f"/workspace/submissions/{draft.pk}/check/").content.decode()
    assert "reads alike" in page
    assert "Say how it differs from what reads alike." in page
    with pytest.raises(Incomplete) as refusal:
        workflow.submit(draft, by=officer)
    assert [item.field for item in refusal.value.items] == ["different_because"]

    draft.different_because = "Ours stay all year."
    draft.save()
    assert workflow.submit(draft, by=officer).status == "submitted"


def test_curators_see_what_reads_alike_and_what_the_authors_say_of_it(officer):
    practice = make_practice(country="BGD", **TEXT)
    submission = make_submission("submitted", lead=officer, different_because="Ours stay all year.", **TEXT)
    client = Client()
    client.force_login(make_user(Role.CURATOR))

    page = client.get(f"/review/{submission.pk}/").content.decode()

    assert "Reads like another one of the country" in page
    assert f'href="{practice.get_absolute_url()}"' in page
    assert "Ours stay all year." in page


def test_more_of_them_take_no_more_queries(officer):
    draft = make_draft(officer, **TEXT)

    def count():
        with CaptureQueriesContext(connection) as queries:
            titles(draft)
        return len(queries)

    make_practice(country="BGD", **TEXT)
    count()
    few = count()
    for _number in range(6):
        make_practice(country="BGD", **TEXT)
        make_draft(officer, **TEXT)
    assert count() == few
