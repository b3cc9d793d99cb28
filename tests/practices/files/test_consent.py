"""Consent ends, or is taken back: the picture is hidden everywhere, and the people responsible know before."""

import datetime
import uuid

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import OutboxMessage
from practices import briefs, workflow
from practices.enums import ConsentKind, SubmissionStatus
from practices.files import consent
from practices.models import Brief, Practice
from practices.serial import public_serial
from tests.files_make import make_attached
from tests.people import make_user
from tests.submissions import file_review, make_draft

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2030, 6, 1)


@pytest.fixture(autouse=True)
def on_the_first_of_june(monkeypatch):
    """The day of the tests; the database's own clock is not asked by anything here."""
    now = datetime.datetime(2030, 6, 1, 12, tzinfo=datetime.UTC)
    monkeypatch.setattr(timezone, "now", lambda: now)


def publish(**facts):
    """(practice, VersionFile) of a case study that shows one picture and was published by way of a review."""
    submission = make_draft()
    facts = {"consent_kind": ConsentKind.WRITTEN, "consent_until": TODAY} | facts
    row = make_attached(submission.version, uploader=submission.lead, **facts)
    curator = make_user(Role.CURATOR)
    workflow.submit(submission, by=submission.lead)
    workflow.claim(submission, by=curator, no_conflict=True)
    file_review(submission, curator)
    return workflow.publish(submission, by=curator), row


def told(kind):
    rows = OutboxMessage.objects.filter(kind=kind).select_related("user").order_by("pk")
    return [(row.user, row.context["deadline"]) for row in rows]


def address(row):
    return f"/files/{row.file.key}/medium/"


def test_a_picture_is_shown_up_to_the_day_and_hidden_after_it():
    practice, row = publish()
    visitor, page = Client(), practice.get_absolute_url()
    api = f"/api/v1/practices/{practice.slug}/"
    assert address(row) in visitor.get(page).content.decode()
    assert address(row) in visitor.get(f"{page}print/").content.decode()
    assert [one["caption"] for one in visitor.get(api).json()["attachments"]] == ["Mothers at the well"]
    before = public_serial()

    assert consent.check(TODAY) == 0
    assert consent.check(TODAY + datetime.timedelta(days=1)) == 1

    assert public_serial() == before + 1
    row.file.refresh_from_db()
    assert row.file.hidden_at
    assert visitor.get(address(row)).status_code == 404
    for shown in (page, f"{page}print/", f"{page}v/1/"):
        assert str(row.file.key) not in visitor.get(shown).content.decode()
    assert visitor.get(api).json()["attachments"] == []
    assert consent.check(TODAY + datetime.timedelta(days=2)) == 0


def test_the_brief_that_shows_it_is_thrown_away_and_asked_for_anew(django_capture_on_commit_callbacks):
    practice, row = publish()
    brief = briefs.make(practice.live_id, "en")
    assert briefs.stored(practice, "en") == brief

    with django_capture_on_commit_callbacks(execute=True):
        consent.withdraw(row.file)

    assert not Brief.objects.filter(pk=brief.pk).exists()
    assert not brief.file.storage.exists(brief.file.name)


def test_who_gave_it_is_told_thirty_days_before_and_when_it_is_hidden_once_each():
    until = TODAY + datetime.timedelta(days=30)
    _practice, row = publish(consent_until=until)
    consent.check(TODAY - datetime.timedelta(days=1))
    assert told("practices.consent_ending") == []

    for _day in range(2):
        consent.check(TODAY)
    assert told("practices.consent_ending") == [(row.file.uploader, until.isoformat())]
    for _day in range(2):
        consent.check(until + datetime.timedelta(days=1))
    assert told("practices.consent_ended") == [(row.file.uploader, until.isoformat())]


def test_when_who_gave_it_has_left_everybody_who_writes_for_the_country_is_told():
    _practice, row = publish()
    colleague = make_user(Role.FOCAL_POINT)
    make_user(Role.OFFICER, country="PER")
    row.file.uploader.memberships.all().delete()

    consent.check(TODAY + datetime.timedelta(days=1))

    assert [user for user, _deadline in told("practices.consent_ended")] == [colleague]


def test_nobody_recognisable_needs_no_day_and_is_never_hidden():
    _practice, row = publish(consent_kind=ConsentKind.NOBODY, consent_until=None)

    assert consent.check(TODAY + datetime.timedelta(days=9999)) == 0

    row.file.refresh_from_db()
    assert row.file.hidden_at is None


def test_the_country_renews_consent_and_the_picture_is_back_without_a_new_version():
    practice, row = publish()
    consent.check(TODAY + datetime.timedelta(days=1))
    officer, page = Client(), f"/workspace/files/{row.file.key}/consent/"
    officer.force_login(make_user(Role.OFFICER))
    assert "Hidden since" in officer.get(page).content.decode()

    refused = officer.post(page, {"consent_kind": "written", "consent_until": "2030-05-01"})
    assert refused.status_code == 422
    assert "This day has passed" in refused.content.decode()
    officer.post(page, {"consent_kind": "written", "consent_until": "2032-06-01"})

    row.file.refresh_from_db()
    assert (row.file.hidden_at, row.file.consent_until) == (None, datetime.date(2032, 6, 1))
    assert Client().get(address(row)).status_code == 200
    assert Practice.objects.get(pk=practice.pk).live.number == 1


def test_somebody_who_does_not_agree_any_more_is_hidden_at_once():
    _practice, row = publish()
    officer, page = Client(), f"/workspace/files/{row.file.key}/consent/"
    officer.force_login(make_user(Role.OFFICER))

    officer.post(page, {"withdraw": "1"})

    row.file.refresh_from_db()
    assert row.file.hidden_at
    assert officer.get(address(row)).status_code == 200  # whoever renews it looks at it
    assert Client().get(address(row)).status_code == 404


def test_an_update_shares_the_picture_and_its_consent_and_an_adaptation_begins_without():
    practice, row = publish()
    officer = make_user(Role.OFFICER)
    update = workflow.start(officer, practice.country, title="", form_key=uuid.uuid4(), base_practice=practice)
    copied = update.version.file_rows.get()
    assert (copied.file, copied.caption, copied.pk != row.pk) == (row.file, row.caption, True)

    other = make_user(Role.OFFICER, country="PER")
    adapted = workflow.start(other, other.countries()[0], title="Ours", form_key=uuid.uuid4(), adapts=practice)
    assert adapted.version.file_rows.count() == 0
    assert update.status == SubmissionStatus.DRAFT
