"""What everybody may know of how a practice came about: versions, differences, decisions; names only by consent."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from practices import workflow
from practices.publication import retract
from tests.make import make_practice, make_update
from tests.people import make_user
from tests.submissions import file_review, make_submission

pytestmark = pytest.mark.django_db


def read(address):
    response = Client().get(address)
    return response.status_code, response.content.decode()


def published(**facts):
    curator = make_user(Role.CURATOR, name="Ines Curator")
    officer = make_user(Role.OFFICER, country="BGD", name="Rahima Officer")
    submission = make_submission("in_review", curator=curator, lead=officer, title="Floating schools")
    file_review(submission, curator, **facts)
    return workflow.publish(submission, by=curator, letter="A letter for the country only.")


def test_versions_stand_newest_first_with_what_each_one_changed():
    practice = make_practice(title="Kangaroo care", summary="Fewer died.")
    make_update(practice, title="Kangaroo care", summary="Far fewer died.")

    status, page = read(f"{practice.get_absolute_url()}history/")

    assert status == 200
    assert page.index("Version 2") < page.index("Version 1")
    assert f"{practice.get_absolute_url()}v/2/changes/" in page
    assert f"{practice.get_absolute_url()}v/1/changes/" not in page
    assert f"{practice.get_absolute_url()}history/" in read(practice.get_absolute_url())[1]


def test_differences_mark_what_was_taken_out_and_what_is_new_and_escape_both():
    practice = make_practice(title="Kangaroo care", summary="Fewer <b>died</b>.")
    make_update(practice, title="Kangaroo care", summary="Nobody <script>died</script>.")

    status, page = read(f"{practice.get_absolute_url()}v/2/changes/")

    assert status == 200
    assert "<del>Fewer" in page
    assert "<ins>Nobody" in page
    assert "<script>died" not in page
    assert "&lt;script&gt;died" in page


def test_there_are_no_differences_of_a_first_version_or_of_one_that_is_none():
    practice = make_practice()

    for number in (0, 1, 2, 99):
        assert read(f"{practice.get_absolute_url()}v/{number}/changes/")[0] == 404


def test_who_decided_is_named_only_by_consent_and_the_country_never():
    practice = published(is_named=False)
    _status, page = read(f"{practice.get_absolute_url()}history/")
    assert "A curator" in page
    assert "The country" in page

    assert not any(name in page for name in ("Ines Curator", "Rahima Officer", "A letter for the country only"))


def test_a_curator_who_agreed_is_named():
    _status, page = read(f"{published(is_named=True).get_absolute_url()}history/")

    assert "Ines Curator" in page
    assert "Rahima Officer" not in page


def test_a_retracted_practice_has_no_history_to_read():
    practice = make_practice(title="Kangaroo care")
    make_update(practice, title="Kangaroo care 2")
    retract(practice, reason="The figures could not be confirmed.")

    for address in ("history/", "v/2/changes/"):
        status, page = read(practice.get_absolute_url() + address)
        assert (status, "Kangaroo care 2" in page) == (410, False)


def test_a_long_history_takes_no_more_queries():
    practice = make_practice(title="Kangaroo care")

    def count():
        with CaptureQueriesContext(connection) as queries:
            assert read(f"{practice.get_absolute_url()}history/")[0] == 200
        return len(queries)

    make_update(practice, title="Two")
    count()
    few = count()
    for number in range(8):
        make_update(practice, title=f"Again {number}")
    assert count() == few
