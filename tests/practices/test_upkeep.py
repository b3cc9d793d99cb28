"""What people with a role do with a published practice: adopt it, adapt it, change an old version, take it back."""

import datetime

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Notification
from practices import workflow
from practices.enums import ProposalStatus
from practices.models import AdoptionProposal, Practice, Submission
from practices.validity import check
from tests.make import make_practice, make_update
from tests.people import make_membership, make_user

pytestmark = pytest.mark.django_db


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def practice():
    return make_practice(title="Kangaroo care", country="COL", areas=["newborn-health"])


@pytest.fixture
def officer():
    return make_user(Role.OFFICER, country="BGD", name="Rahima Officer")


@pytest.fixture
def curator():
    return make_user(Role.CURATOR, name="Ines Curator")


def offers_to(user, practice, address=None):
    page = signed_in(user).get(address or practice.get_absolute_url()).content.decode()
    return {
        name
        for name, mark in {
            "change": f"?update={practice.slug}&quot;",
            "change ": f'?update={practice.slug}"',
            "old": f"?update={practice.slug}&amp;version=1",
            "adapt": f"?from={practice.slug}",
            "adopt": f"/workspace/adoptions/new/?practice={practice.slug}",
            "retract": f"/review/practices/{practice.slug}/retract/",
        }.items()
        if mark in page
    }


def test_a_practice_offers_each_reader_what_their_roles_may(practice, officer, curator):
    own = make_user(Role.OFFICER, country="COL")

    assert offers_to(make_user(), practice) == set()
    assert offers_to(own, practice) == {"change "}
    assert offers_to(officer, practice) == {"adapt", "adopt"}
    assert offers_to(make_user(Role.PARTNER), practice) == {"adapt"}
    assert offers_to(curator, practice) == {"retract"}
    make_membership(curator, Role.OFFICER, country="COL")
    assert "retract" not in offers_to(curator, practice)
    assert "What you can do" not in Client().get(practice.get_absolute_url()).content.decode()


# Adoptions


def adopt(user, practice, **values):
    values = {"country": "BGD", "source": "Report 2021"} | values
    return signed_in(user).post(f"/workspace/adoptions/new/?practice={practice.slug}", values)


def test_an_adoption_goes_from_the_officer_by_a_curator_to_the_readers(practice, officer, curator):
    assert signed_in(officer).get(f"/workspace/adoptions/new/?practice={practice.slug}").status_code == 200
    sent = adopt(officer, practice, year="2019", kept="Skin to skin.", result="Fewer died in Sylhet.")
    assert (sent.status_code, sent["Location"]) == (302, "/workspace/")
    reads = signed_in(curator)
    assert "1 proposed adoption" in reads.get("/review/").content.decode()
    assert "Fewer died in Sylhet." in reads.get("/review/adoptions/").content.decode()
    assert "Sylhet" not in Client().get(practice.get_absolute_url()).content.decode()

    proposal = AdoptionProposal.objects.get()
    assert reads.post(f"/review/adoptions/{proposal.pk}/do/confirm/").status_code == 302

    assert "Fewer died in Sylhet." in Client().get(practice.get_absolute_url()).content.decode()
    assert "Confirmed" in signed_in(officer).get("/workspace/").content.decode()
    kinds = set(Notification.objects.values_list("user__name", "kind"))
    assert {(curator.name, "practices.adoption_proposed"), (officer.name, "practices.adoption_confirmed")} <= kinds
    assert reads.post(f"/review/adoptions/{proposal.pk}/do/refuse/", {"reason": "Late."}).status_code == 409


def test_what_is_wrong_with_an_adoption_is_said_and_what_was_typed_stays(practice, officer):
    refused = adopt(officer, practice, source=" ", year="3019", kept="Skin to skin.")

    page = refused.content.decode()
    assert refused.status_code == 422
    assert "Name a source" in page
    assert "Give a year between" in page
    assert "Skin to skin." in page
    assert not AdoptionProposal.objects.exists()
    assert adopt(officer, practice, country="KEN").status_code == 422


def test_an_adoption_is_proposed_once_and_not_by_the_country_of_the_practice(practice, officer):
    assert adopt(officer, practice).status_code == 302

    again = adopt(officer, practice, kept="Typed with care.")
    assert again.status_code == 409
    assert "Typed with care." in again.content.decode()
    assert adopt(make_user(Role.OFFICER, country="COL"), practice, country="COL").status_code == 403
    assert adopt(make_user(Role.CURATOR), practice).status_code == 403
    assert adopt(officer, Practice(slug="there-is-none")).status_code == 404


def test_refusing_needs_a_reason_which_the_officer_reads(practice, officer, curator):
    adopt(officer, practice)
    proposal = AdoptionProposal.objects.get()
    reads = signed_in(curator)

    assert reads.post(f"/review/adoptions/{proposal.pk}/do/refuse/", {"reason": " "}).status_code == 422
    assert reads.post(f"/review/adoptions/{proposal.pk}/do/refuse/", {"reason": "No such report."}).status_code == 302

    proposal.refresh_from_db()
    assert proposal.status == ProposalStatus.REFUSED
    assert "No such report." in signed_in(officer).get("/workspace/").content.decode()
    assert practice.adoptions.count() == 0


def test_a_curator_of_the_same_country_reads_a_proposal_but_does_not_decide(practice, officer):
    adopt(officer, practice)
    proposal = AdoptionProposal.objects.get()
    close = make_user(Role.CURATOR, Role.OFFICER, country="BGD")

    page = signed_in(close).get("/review/adoptions/").content.decode()
    assert "another curator decides" in page
    assert "/do/confirm/" not in page
    assert signed_in(close).post(f"/review/adoptions/{proposal.pk}/do/confirm/").status_code == 403
    assert signed_in(officer).get("/review/adoptions/").status_code == 403
    assert signed_in(officer).post(f"/review/adoptions/{proposal.pk}/do/confirm/").status_code == 404
    assert not practice.adoptions.exists()


def test_nothing_is_confirmed_of_a_practice_that_was_retracted(practice, officer, curator):
    adopt(officer, practice)
    workflow.retract(practice, by=curator, reason="The figures could not be confirmed.")
    proposal = AdoptionProposal.objects.get()

    assert signed_in(curator).post(f"/review/adoptions/{proposal.pk}/do/confirm/").status_code == 409
    assert signed_in(curator).get("/review/adoptions/").status_code == 200


# Taking back


def test_a_curator_retracts_with_a_reason_after_saying_that_it_is_meant(practice, curator):
    reads, address = signed_in(curator), f"/review/practices/{practice.slug}/retract/"
    assert "cannot be undone" in reads.get(address).content.decode()

    assert reads.post(address, {"reason": " ", "is_sure": "1"}).status_code == 422
    unsure = reads.post(address, {"reason": "The figures could not be confirmed."})
    assert unsure.status_code == 422
    assert "The figures could not be confirmed." in unsure.content.decode()
    assert Client().get(practice.get_absolute_url()).status_code == 200

    done = reads.post(address, {"reason": "The figures could not be confirmed.", "is_sure": "1"})
    assert (done.status_code, done["Location"]) == (302, "/review/")
    gone = Client().get(practice.get_absolute_url())
    assert gone.status_code == 410
    assert "The figures could not be confirmed." in gone.content.decode()
    assert reads.get(address).status_code == 404


def test_only_curators_of_elsewhere_retract(practice, officer):
    address = f"/review/practices/{practice.slug}/retract/"
    close = make_user(Role.CURATOR, Role.OFFICER, country="COL")

    assert signed_in(officer).get(address).status_code == 404
    assert signed_in(make_user(Role.ADMINISTRATOR)).post(address, {"reason": "x", "is_sure": "1"}).status_code == 404
    assert signed_in(close).post(address, {"reason": "x", "is_sure": "1"}).status_code == 403
    assert Practice.objects.live().count() == 1


# Beginning again


def test_a_change_can_begin_with_an_earlier_version(practice):
    practice = make_update(practice, title="Kangaroo care, rewritten", areas=["newborn-health"])
    own = make_user(Role.OFFICER, country="COL")
    writes = signed_in(own)
    assert "old" in offers_to(own, practice, f"{practice.get_absolute_url()}v/1/")
    address = f"/workspace/submissions/new/?update={practice.slug}&version=1"
    page = writes.get(address).content.decode()
    assert "You begin with the text of version 1" in page

    key = "7d3b8f62-6c43-4cf0-8f0e-0a6e4e7a4a11"
    begun = writes.post(address, {"title": "Kangaroo care", "language": "en", "form_key": key})

    assert begun.status_code == 302
    submission = Submission.objects.get()
    assert (submission.version.title, submission.practice, submission.base_id) == (
        "Kangaroo care",
        practice,
        practice.live_id,
    )
    assert Client().get(practice.get_absolute_url()).content.decode().count("Kangaroo care, rewritten") > 0
    for number in ("9", "x", "-1", "99999999999"):
        assert writes.get(f"/workspace/submissions/new/?update={practice.slug}&version={number}").status_code == 404


# Review due


def test_the_people_of_a_country_are_told_once_what_fell_due():
    long_ago = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    for title in ("One", "Two"):
        make_practice(title=title, country="BGD", identity={"published_at": long_ago})
    make_practice(title="Fresh", country="BGD")
    officer, elsewhere = make_user(Role.OFFICER, country="BGD"), make_user(Role.OFFICER, country="PER")

    check()
    check()

    told = Notification.objects.get(kind="practices.review_due")
    assert told.user == officer
    assert told.context["letter"] == "- One\n\n- Two"
    assert not Notification.objects.filter(user=elsewhere).exists()
    page = signed_in(officer).get("/workspace/").content.decode()
    assert page.count("Its review has been due since") == 2
    begun = Practice.objects.get(live__title="One")
    workflow.start(officer, begun.country, title="One", form_key=None, base_practice=begun)
    assert signed_in(officer).get("/workspace/").content.decode().count("Its review has been due since") == 1
    assert timezone.now().date() > begun.review_due_on
