"""The secret address of an unpublished case study: what is kept of it, how long it opens, what it shows."""

import datetime
import hashlib

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from practices import previews, workflow
from practices.models import PreviewLink
from practices.refusals import TransitionError
from tests.people import make_user
from tests.submissions import file_review, make_draft, make_submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    return make_user(Role.OFFICER, country="BGD")


@pytest.fixture
def draft(officer):
    return make_draft(officer, title="Not public yet", language="en")


def test_each_making_gives_a_token_of_its_own_of_which_only_the_digest_is_kept(draft, officer):
    made = [previews.make_link(draft, by=officer) for _time in range(3)]

    tokens = {token for _link, token in made}
    assert len(tokens) == 3
    assert {len(token) for token in tokens} == {43}  # 32 random bytes
    assert {link.token_digest for link, _token in made} == {
        hashlib.sha256(token.encode()).hexdigest() for token in tokens
    }
    kept = str(list(PreviewLink.objects.values()))
    assert [token for token in tokens if token in kept] == []
    assert len(previews.open_links(draft)) == 3
    assert {previews.submission_for(token) for token in tokens} == {draft}


def test_the_digest_that_is_kept_opens_nothing(draft, officer):
    link, _token = previews.make_link(draft, by=officer)

    assert previews.submission_for(link.token_digest) is None


def test_it_opens_for_fourteen_days_and_no_longer(draft, officer):
    before = timezone.now()
    link, token = previews.make_link(draft, by=officer)
    fortnight = datetime.timedelta(days=14)
    assert before + fortnight <= link.expires_at <= timezone.now() + fortnight

    PreviewLink.objects.update(expires_at=timezone.now() + datetime.timedelta(minutes=1))
    assert previews.submission_for(token) == draft
    PreviewLink.objects.update(expires_at=timezone.now())
    assert previews.submission_for(token) is None
    assert previews.open_links(draft) == []
    assert Client().get(f"/preview/{token}/").status_code == 404


def test_revoking_ends_all_at_once_and_one_made_afterwards_opens(draft, officer):
    old = [previews.make_link(draft, by=officer)[1] for _time in range(2)]
    other = make_draft(officer)
    _link, others = previews.make_link(other, by=officer)

    assert previews.revoke_links(draft, by=officer) == 2
    assert previews.revoke_links(draft, by=officer) == 0
    _link, new = previews.make_link(draft, by=officer)

    assert [previews.submission_for(token) for token in [*old, new, others]] == [None, None, draft, other]


def test_publishing_ends_it_too(officer):
    curator = make_user(Role.CURATOR)
    submission = make_submission("in_review", lead=officer, curator=curator)
    _link, token = previews.make_link(submission, by=officer)
    file_review(submission, curator)
    assert previews.submission_for(token) == submission

    workflow.publish(submission, by=curator)

    assert previews.submission_for(token) is None


@pytest.mark.parametrize("status", ["published", "declined", "withdrawn"])
def test_none_is_made_for_what_is_closed(officer, status):
    submission = make_submission(status, lead=officer)

    with pytest.raises(TransitionError):
        previews.make_link(submission, by=officer)

    assert not PreviewLink.objects.exists()


@pytest.mark.parametrize(("role", "country"), [(Role.OFFICER, "BGD"), (Role.OFFICER, "PER"), (Role.CURATOR, "BGD")])
def test_only_its_authors_and_the_focal_point_make_and_revoke_one(officer, role, country):
    submission = make_submission("in_review", lead=officer)
    stranger = make_user(role, country=country)
    _link, token = previews.make_link(submission, by=make_user(Role.FOCAL_POINT, country="BGD"))

    with pytest.raises(PermissionDenied):
        previews.make_link(submission, by=stranger)
    with pytest.raises(PermissionDenied):
        previews.revoke_links(submission, by=stranger)

    assert PreviewLink.objects.count() == 1
    assert previews.submission_for(token) == submission


def test_whoever_has_it_reads_without_an_account_and_is_offered_no_way_in(draft, officer):
    _link, token = previews.make_link(draft, by=officer)

    answer = Client().get(f"/preview/{token}/")

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Not public yet" in page
    assert '<meta name="robots" content="noindex">' in page
    assert f"/workspace/submissions/{draft.pk}/" not in page
    headers = {name: answer[name] for name in ("Cache-Control", "X-Robots-Tag", "Referrer-Policy")}
    assert headers == {
        "Cache-Control": "private, no-store",
        "X-Robots-Tag": "noindex, nofollow",
        "Referrer-Policy": "no-referrer",
    }
    assert not answer.cookies


def test_the_page_speaks_the_readers_language_and_the_text_its_own(draft, officer):
    _link, token = previews.make_link(draft, by=officer)

    answer = Client().get(f"/ar/preview/{token}/")

    page = answer.content.decode()
    assert answer.status_code == 200
    assert '<html lang="ar" dir="rtl"' in page
    assert '<h1 lang="en" dir="ltr">Not public yet</h1>' in page
    assert (answer["Cache-Control"], answer["Referrer-Policy"]) == ("private, no-store", "no-referrer")


def test_nothing_is_written_by_an_address_that_only_shows(draft, officer):
    _link, token = previews.make_link(draft, by=officer)

    assert Client().post(f"/preview/{token}/").status_code == 405
    assert Client().head(f"/preview/{token}/").status_code == 200
