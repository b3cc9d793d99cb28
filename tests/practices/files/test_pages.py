"""Pictures and documents of a draft: added, described, put in order, taken away; and read once it is published."""

import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from practices import briefs, completeness, content, workflow
from practices.enums import Provenance
from practices.files import drafts
from practices.models import File, Practice, Version, VersionFile
from practices.publication import make_live
from tests.files_make import make_attached, pdf, picture
from tests.make import make_version
from tests.people import make_user
from tests.submissions import make_draft, make_submission

pytestmark = pytest.mark.django_db
SAID = {
    "caption": "Mothers at the well",
    "alt": "Two women draw water",
    "credit": "Ministry of Water",
    "licence": "CC BY 4.0",
    "consent_kind": "written",
}


@pytest.fixture
def draft():
    return make_draft()


@pytest.fixture
def officer(draft):
    client = Client()
    client.force_login(draft.lead)
    return client


def page_of(draft, *parts):
    return "/".join([f"/workspace/submissions/{draft.pk}/files", *map(str, parts), ""])


def said(**facts):
    until = timezone.now().date() + datetime.timedelta(days=365)
    return SAID | {"consent_until": until.isoformat()} | facts


def test_a_picture_is_added_and_its_description_asked_for_at_once(officer, draft):
    answer = officer.post(page_of(draft), {"files": SimpleUploadedFile("Well.jpg", picture())})

    row = VersionFile.objects.get(version=draft.version)
    assert answer.url == page_of(draft, row.pk)
    assert "Describe the picture" in officer.get(answer.url).content.decode()
    draft.refresh_from_db()
    assert (draft.revision, draft.updated_by) == (2, draft.lead)


def test_of_several_files_the_good_ones_are_kept_and_the_others_named(officer, draft):
    files = [SimpleUploadedFile("a.pdf", pdf()), SimpleUploadedFile("b.exe", b"MZ"), SimpleUploadedFile("c.pdf", b"no")]

    answer = officer.post(page_of(draft), {"files": files})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "“b.file” was not taken." in page
    assert "“c.pdf” was not taken. It is not a PDF inside." in page
    assert [row.file.name for row in drafts.rows(draft)] == ["a.pdf"]


def test_without_a_file_the_page_asks_for_one(officer, draft):
    answer = officer.post(page_of(draft))

    assert answer.status_code == 422
    assert "Choose a file first." in answer.content.decode()


def test_a_picture_needs_words_and_the_consent_of_whom_it_shows(officer, draft):
    row = make_attached(draft.version, caption="", alt="", credit="", consent_kind="")
    assert [item.field for item in completeness.check(draft).blocking if item.field == "files"] == ["files"]

    answer = officer.post(page_of(draft, row.pk), {"caption": "Typed and kept", "consent_kind": "written"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Typed and kept" in page
    for text in (
        "Say what is to be seen, for people who do not see the picture.",
        "Say who took the picture.",
        "Say under which licence others may use it, for example CC BY 4.0.",
        "Say until when they agreed, for example two years from now.",
    ):
        assert text in page
    row.refresh_from_db()
    assert row.caption == ""

    seen = drafts.digest(drafts.said(drafts.rows(draft).get()))
    assert officer.post(page_of(draft, row.pk), said(seen=seen)).status_code == 302
    assert completeness.check(draft).is_complete
    assert completeness.percent(draft) == 100


def test_a_document_needs_a_caption_and_no_consent(officer, draft):
    row = make_attached(draft.version, kind="pdf", caption="", alt="", credit="")
    seen = drafts.digest(drafts.said(row))
    page = officer.get(page_of(draft, row.pk)).content.decode()
    assert "consent_kind" not in page

    officer.post(page_of(draft, row.pk), {"caption": "The survey", "licence": "All rights reserved", "seen": seen})

    row.refresh_from_db()
    assert (row.caption, row.licence, row.is_described) == ("The survey", "All rights reserved", True)


def test_who_describes_what_somebody_else_has_described_meanwhile_is_shown_both(officer, draft):
    row = make_attached(draft.version)
    seen = drafts.digest(drafts.said(row))
    officer.post(page_of(draft, row.pk), said(caption="First", seen=seen))

    answer = officer.post(page_of(draft, row.pk), said(caption="Second", seen=seen))

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "First" in page
    assert 'value="Second"' in page
    row.refresh_from_db()
    assert row.caption == "First"


def test_files_are_put_in_another_order_and_removed(officer, draft):
    rows = [make_attached(draft.version, kind="pdf", caption=name, position=place) for place, name in enumerate("abc")]

    officer.post(page_of(draft, rows[2].pk, "do", "earlier"))
    officer.post(page_of(draft, rows[0].pk, "do", "later"))
    officer.post(page_of(draft, rows[0].pk, "do", "later"))
    assert [row.caption for row in drafts.rows(draft)] == ["c", "b", "a"]
    officer.post(page_of(draft, rows[1].pk, "do", "remove"))

    assert [row.caption for row in drafts.rows(draft)] == ["c", "a"]
    assert File.objects.get(pk=rows[1].file.pk).removed_at
    assert officer.post(page_of(draft, rows[1].pk, "do", "remove")).status_code == 404


def test_nothing_is_added_changed_or_removed_once_it_is_handed_in(officer, draft):
    row = make_attached(draft.version)
    workflow.submit(draft, by=draft.lead)

    assert officer.get(page_of(draft)).url == f"/workspace/submissions/{draft.pk}/"
    for parts, form in (((), {"files": SimpleUploadedFile("a.pdf", pdf())}), ((row.pk,), said())):
        assert officer.post(page_of(draft, *parts), form).status_code == 409
    for action in ("earlier", "later", "remove"):
        assert officer.post(page_of(draft, row.pk, "do", action)).status_code == 409
    assert list(drafts.rows(draft)) == [row]


def test_the_list_costs_as_many_queries_for_three_files_as_for_one(officer, draft, django_assert_num_queries):
    make_attached(draft.version)
    officer.get(page_of(draft))
    with CaptureQueriesContext(connection) as one:
        officer.get(page_of(draft))
    for _number in range(2):
        make_attached(draft.version)

    with django_assert_num_queries(len(one)):
        officer.get(page_of(draft))


def test_the_last_step_leads_to_the_files_and_says_what_is_missing(officer, draft):
    make_attached(draft.version, caption="", name="well.webp")

    page = officer.get(f"/workspace/submissions/{draft.pk}/closing/").content.decode()

    assert page_of(draft) in page
    assert "To be described" in page


def test_more_than_a_request_may_bring_is_refused_unread(officer, draft):
    answer = officer.generic(
        "POST", page_of(draft), b"", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(8 * 1024**3)
    )

    assert answer.status_code == 413
    assert "at most 30" in answer.content.decode()


def test_a_request_that_does_not_say_its_length_brings_nothing(officer, draft):
    answer = officer.generic(
        "POST", page_of(draft), b"x" * 99, content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=""
    )

    assert answer.status_code in {400, 403, 422}
    assert File.objects.count() == 0


# Published


def published():
    version = make_version(country="BGD")
    rows = [make_attached(version), make_attached(version, kind="pdf", caption="The survey")]
    make_attached(version, caption="Nobody asked them", consent_kind="")
    (practice,) = make_live([(version, Practice(provenance=Provenance.COUNTRY))])
    return practice, rows


def test_the_page_shows_pictures_with_caption_and_credit_and_lists_documents():
    practice, (image, document) = published()

    for address in (practice.get_absolute_url(), f"{practice.get_absolute_url()}print/"):
        page = Client().get(address).content.decode()
        assert f'src="/files/{image.file.key}/medium/" alt="Two women draw water" width="64" height="48"' in page
        assert "Mothers at the well" in page
        assert "Ministry of Water · CC BY 4.0" in page
        assert f'href="/files/{document.file.key}/document/"' in page
        assert "Nobody asked them" not in page


def test_the_api_names_them_with_their_renditions():
    practice, (image, document) = published()

    found = Client().get(f"/api/v1/practices/{practice.slug}/").json()["attachments"]

    assert [one["kind"] for one in found] == ["image", "pdf"]
    assert [one["name"] for one in found[0]["renditions"]] == ["small", "medium", "large"]
    assert found[0]["url"].endswith(f"/files/{image.file.key}/large/")
    assert (found[1]["checksum"], found[1]["size"]) == (document.file.checksum, document.file.size)


def test_the_brief_shows_the_picture():
    practice, (_image, _document) = published()
    loaded = Practice.objects.live().with_content().get(pk=practice.pk)

    drawn = briefs.pdf(loaded, "en")
    without = briefs.drawn("<p>Nothing</p>")

    assert b"/Subtype /Image" in drawn or b"/Subtype/Image" in drawn
    assert b"/Image" not in without


def test_what_a_version_says_about_its_files_is_frozen_and_the_file_lives_on():
    practice, (image, _document) = published()

    for change in (
        lambda: VersionFile.objects.filter(pk=image.pk).update(caption="Another"),
        lambda: VersionFile.objects.filter(pk=image.pk).delete(),
        lambda: VersionFile.objects.create(version=practice.live, file=make_attached(make_version()).file),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    File.objects.filter(pk=image.file.pk).update(hidden_at=timezone.now())
    assert VersionFile.objects.get(pk=image.pk).caption == "Mothers at the well"


def test_curators_see_what_belongs_to_it_and_what_an_update_changed():
    submission = make_submission("submitted")
    curator = Client()
    curator.force_login(make_user(Role.CURATOR))
    row = make_attached(submission.version)

    page = curator.get(f"/review/{submission.pk}/").content.decode()

    assert f"/files/{row.file.key}/medium/" in page
    assert curator.get(f"/files/{row.file.key}/medium/").status_code == 200
    said_of = content.as_dict(Version.objects.with_content().get(pk=submission.version_id))["files"]
    assert [one["caption"] for one in said_of] == ["Mothers at the well"]
    bare = content.as_dict(Version.objects.with_content().get(pk=make_version().pk))
    assert "files" not in bare
