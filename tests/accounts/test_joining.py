"""How people join: by invitation or by application, and who lets in whom."""

import datetime
import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from accounts import permissions, workflow
from accounts.enums import ApplicationStatus, InvitationStatus, Role
from accounts.models import Application, AuditEvent, Invitation, Notification, OutboxMessage, User
from accounts.outbox import deliver_due
from tests.make import make_country, make_organisation
from tests.people import make_user, sign_in

pytestmark = pytest.mark.django_db

NEW = "a quite new pass phrase"


@pytest.fixture(autouse=True)
def fresh():
    cache.clear()
    make_country("BGD")
    make_country("PER")
    yield
    cache.clear()


def sent_link(to):
    """The link of the newest mail to ``to``, once the outbox is sent."""
    deliver_due()
    message = [message for message in mail.outbox if message.to == [to]][-1]
    return re.search(r"http://\S+", message.body)[0].removeprefix("http://localhost:8000")


def invited(email="amina@example.org", role=Role.OFFICER, by=None, **place):
    if role in (Role.OFFICER, Role.FOCAL_POINT):
        place.setdefault("country", make_country("BGD"))
    return workflow.invite(by=by or make_user(Role.ADMINISTRATOR), email=email, role=role, **place)


def application_form(**changes):
    return {
        "name": "Amina Rahman",
        "email": "amina@example.org",
        "role": "officer",
        "country": "BGD",
        "organisation_name": "",
        "why": "I write for the country office.",
        **changes,
    }


def applied(**changes):
    Client().post("/accounts/apply/", application_form(**changes))
    application = Application.objects.latest("pk")
    workflow.confirm(application)
    application.refresh_from_db()
    return application


# Who may


@pytest.mark.parametrize(
    ("role", "own", "elsewhere"),
    [
        (Role.OFFICER, set(), set()),
        (Role.PARTNER, set(), set()),
        (Role.FOCAL_POINT, {"officer"}, set()),
        (Role.CURATOR, {"officer", "focal_point", "partner"}, {"officer", "focal_point", "partner"}),
        (Role.ADMINISTRATOR, set(Role.values), set(Role.values)),
    ],
)
def test_each_role_invites_to_its_own(role, own, elsewhere):
    user = make_user(role)

    for country, roles in (("BGD", own), ("PER", elsewhere)):
        assert {to for to in Role.values if permissions.may_invite(user, to, country)} == roles


def test_what_the_form_does_not_offer_is_refused_below_it_too():
    focal = make_user(Role.FOCAL_POINT)

    for role, place in ((Role.CURATOR, {}), (Role.OFFICER, {"country": make_country("PER")})):
        with pytest.raises(PermissionDenied):
            workflow.invite(by=focal, email="amina@example.org", role=role, **place)
    assert not Invitation.objects.exists()
    assert not User.objects.filter(email="amina@example.org").exists()


@pytest.mark.parametrize("role", [None, Role.OFFICER, Role.PARTNER])
def test_the_pages_of_those_who_decide_open_to_nobody_else(client, role):
    sign_in(client, make_user(*([role] if role else [])))

    assert client.get("/accounts/invitations/").status_code == 403
    assert client.get("/accounts/applications/").status_code == 403


# Invited


def test_a_focal_point_invites_an_officer_who_chooses_a_password_and_begins(client):
    focal = make_user(Role.FOCAL_POINT)
    sign_in(client, focal)
    page = client.get("/accounts/invitations/").content.decode()
    assert ("No country" in page, "Organisation" in page, "PER-land" in page) == (False, False, False)

    form = {"email": "Amina@Example.org", "role": "officer", "country": "BGD", "language": "en"}
    assert client.post("/accounts/invitations/", form).status_code == 302
    link = sent_link("amina@example.org")
    theirs = Client()
    page = theirs.get(link).content.decode()
    assert "Country officer" in page
    assert theirs.post(link, {"name": "Amina Rahman", "password": NEW})["Location"] == "/accounts/login/"

    person = User.objects.get(email="amina@example.org")
    assert (person.name, person.country_codes, person.roles) == ("Amina Rahman", ["BGD"], {"officer"})
    sign_in(theirs, person, NEW)
    assert theirs.get("/workspace/").status_code == 200
    actions = (
        AuditEvent.objects.filter(subject=f"accounts.user:{person.pk}").order_by("pk").values_list("action", "actor")
    )
    assert list(actions)[:2] == [("invited", focal.pk), ("role_given", focal.pk)]


def test_a_link_works_once(client):
    invitation = invited()
    link = sent_link("amina@example.org")
    client.post(link, {"name": "Amina", "password": NEW})

    assert client.get(link).status_code == 410
    assert client.post(link, {"name": "Other", "password": "another long pass phrase"}).status_code == 410

    invitation.refresh_from_db()
    assert invitation.status == InvitationStatus.ACCEPTED
    assert invitation.user.check_password(NEW)


@pytest.mark.parametrize("end", ["revoked", "ran out", "guessed", "another salt"])
def test_links_that_ended_open_nothing(client, end):
    invitation = invited()
    link = sent_link("amina@example.org")
    if end == "revoked":
        workflow.revoke(invitation, by=make_user(Role.ADMINISTRATOR))
    elif end == "ran out":
        Invitation.objects.update(expires_at=timezone.now() - datetime.timedelta(seconds=1))
    elif end == "guessed":
        link = "/accounts/invitation/a-guess/"
    else:
        Client().post("/accounts/apply/", application_form())
        link = sent_link("amina@example.org").replace("/apply/", "/invitation/")

    assert client.get(link).status_code == 410
    assert client.post(link, {"name": "Amina", "password": NEW}).status_code == 410
    assert not User.objects.get(email="amina@example.org").memberships.exists()


def test_an_invitation_holds_for_fourteen_days_and_again_when_it_is_repeated():
    invitation = invited()
    Invitation.objects.update(expires_at=timezone.now() + datetime.timedelta(hours=1))

    again = invited()

    assert again.pk == invitation.pk
    assert again.expires_at - timezone.now() > datetime.timedelta(days=13, hours=23)


def test_the_link_is_kept_nowhere():
    invited()
    token = sent_link("amina@example.org").rstrip("/").rpartition("/")[2]

    assert token not in str(list(OutboxMessage.objects.values())) + str(list(Notification.objects.values()))


def test_a_bad_password_is_refused_and_the_name_kept(client):
    invited()
    link = sent_link("amina@example.org")

    answer = client.post(link, {"name": "Amina Rahman", "password": "too short"})

    assert answer.status_code == 422
    page = answer.content.decode()
    assert "This is too short" in page
    assert 'value="Amina Rahman"' in page
    assert "too short" not in page.replace("This is too short", "")


def test_who_has_an_account_accepts_signed_in_to_it_and_keeps_the_password(client):
    person = make_user(email="amina@example.org")
    invited(role=Role.CURATOR)
    link = sent_link("amina@example.org")

    assert client.post(link, {"name": "Thief", "password": NEW}).status_code == 200
    sign_in(client, make_user())
    client.post(link)
    assert not person.memberships.exists()

    sign_in(theirs := Client(), person)
    assert theirs.post(link)["Location"] == "/"

    person = User.objects.get(pk=person.pk)
    assert person.roles == {"curator"}
    assert not person.check_password(NEW)


def test_the_inviter_sees_no_difference_between_known_and_unknown_addresses(client):
    sign_in(client, make_user(Role.ADMINISTRATOR))
    make_user(email="known@example.org")
    pages = []
    for email in ("known@example.org", "unknown@example.org"):
        form = {"email": email, "role": "curator", "language": "en"}
        page = client.post("/accounts/invitations/", form, follow=True).content.decode()
        pages.append(re.sub(r'value="\w{64}"|/invitations/\d+/', "", page).replace(email, "…"))
        Invitation.objects.all().delete()

    assert pages[0] == pages[1]


def test_an_invitation_is_revoked_by_whoever_might_have_written_it(client):
    invitation = invited()
    other = Client()
    sign_in(other, make_user(Role.FOCAL_POINT, country="PER"))
    sign_in(client, make_user(Role.FOCAL_POINT))

    assert other.post(f"/accounts/invitations/{invitation.pk}/revoke/").status_code == 404
    assert client.post(f"/accounts/invitations/{invitation.pk}/revoke/").status_code == 302

    invitation.refresh_from_db()
    assert invitation.status == InvitationStatus.REVOKED


def test_the_forms_explain_what_a_role_asks_for(client):
    sign_in(client, make_user(Role.ADMINISTRATOR))

    for form, problem in (
        ({"role": "officer"}, "Officers and focal points belong to a country."),
        ({"role": "partner"}, "Partners belong to an organisation."),
        ({"role": "king"}, "king"),
    ):
        answer = client.post("/accounts/invitations/", {"email": "a@example.org", "language": "en", **form})
        assert answer.status_code == 422
        assert problem in answer.content.decode()


def test_a_partner_joins_an_organisation():
    organisation = make_organisation("Helpers")
    invitation = invited(role=Role.PARTNER, organisation=organisation)

    person = workflow.accept(invitation, name="Amina", password=NEW)

    assert person.organisation_ids == [organisation.pk]


# Applying


def test_an_application_is_confirmed_decided_and_leads_to_an_account(client):
    focal = make_user(Role.FOCAL_POINT)
    assert client.post("/accounts/apply/", application_form())["Location"] == "/accounts/apply/sent/"
    sign_in(client, focal)
    assert "Amina" not in client.get("/accounts/applications/").content.decode()  # nobody decides before it is theirs

    link = sent_link("amina@example.org")
    assert "goes to the people who decide" in Client().get(link).content.decode()
    Client().post(link)
    Client().post(link)
    assert Notification.objects.filter(user=focal, kind="accounts.application_waiting").count() == 1
    application = Application.objects.get()
    page = client.get("/accounts/applications/").content.decode()
    assert "I write for the country office." in page

    answer = client.post(f"/accounts/applications/{application.pk}/decide/", {"decision": "accept"})
    assert answer["Location"] == "/accounts/applications/"
    Client().post(sent_link("amina@example.org"), {"name": "Amina Rahman", "password": NEW})

    person = User.objects.get(email="amina@example.org")
    assert (person.check_password(NEW), person.roles) == (True, {"officer"})
    assert AuditEvent.objects.filter(action="application_decided", actor=focal).count() == 1


def test_declining_needs_a_reason_which_the_applicant_reads(client):
    application = applied()
    sign_in(client, make_user(Role.FOCAL_POINT))
    address = f"/accounts/applications/{application.pk}/decide/"

    assert client.post(address, {"decision": "decline", "reason": " "}).status_code == 422
    assert client.post(address, {"decision": "decline", "reason": "Nobody here knows you."}).status_code == 302
    assert "Somebody has decided" in client.post(address, {"decision": "accept"}, follow=True).content.decode()

    application.refresh_from_db()
    assert application.status == ApplicationStatus.DECLINED
    deliver_due()
    assert "Nobody here knows you." in mail.outbox[-1].body
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    ("form", "deciders"),
    [
        ({"role": "officer"}, {"focal", "curator", "administrator"}),
        ({"role": "focal_point"}, {"curator", "administrator"}),
        ({"role": "partner", "country": "", "organisation_name": "Helpers"}, {"curator", "administrator"}),
    ],
)
def test_who_decides_on_an_application(form, deciders):
    application = applied(**form)
    people = {
        "focal": make_user(Role.FOCAL_POINT),
        "focal elsewhere": make_user(Role.FOCAL_POINT, country="PER"),
        "officer": make_user(Role.OFFICER),
        "curator": make_user(Role.CURATOR),
        "administrator": make_user(Role.ADMINISTRATOR),
    }

    seen, done = set(), set()
    for name, user in people.items():
        client = Client()
        sign_in(client, user)
        if Application.objects.visible_to(user).filter(pk=application.pk).exists():
            seen.add(name)
        answer = client.post(f"/accounts/applications/{application.pk}/decide/", {"decision": "accept"})
        if answer.status_code == 302:
            done.add(name)

    assert seen == done == deciders


def test_nobody_decides_on_their_own_application(client):
    curator = make_user(Role.CURATOR, email="amina@example.org")
    application = applied(role="focal_point")
    sign_in(client, curator)

    assert "I write for" not in client.get("/accounts/applications/").content.decode()
    assert client.post(f"/accounts/applications/{application.pk}/decide/", {"decision": "accept"}).status_code == 403
    assert not Invitation.objects.exists()


def test_known_and_unknown_addresses_get_the_same_answer_when_they_apply():
    make_user(email="known@example.org")
    make_user(email="former@example.org", is_active=False)
    emails = ("known@example.org", "unknown@example.org", "former@example.org")

    answers = [Client().post("/accounts/apply/", application_form(email=email)) for email in emails]

    assert len({(answer.status_code, answer["Location"], answer.content) for answer in answers}) == 1


def test_what_a_program_fills_in_is_dropped_and_repetition_is_stopped():
    Client().post("/accounts/apply/", application_form(website="http://spam.example"))
    assert not Application.objects.exists()

    statuses = [Client().post("/accounts/apply/", application_form()).status_code for _number in range(4)]
    assert statuses == [302] * 3 + [422]


def test_the_mail_to_an_address_that_nobody_confirmed_repeats_nothing_that_was_typed():
    Client().post("/accounts/apply/", application_form(name="Visit spam dot example", why="Buy this"))
    deliver_due()

    (message,) = mail.outbox
    assert "spam" not in message.body + message.alternatives[0][0] + message.subject
    assert "Buy" not in message.body


def test_an_incomplete_application_keeps_what_was_typed(client):
    answer = client.post("/accounts/apply/", application_form(name="", why="Because of water"))

    assert answer.status_code == 422
    assert "Because of water" in answer.content.decode()


# What came to nothing


def test_what_came_to_nothing_is_deleted_after_two_days():
    Client().post("/accounts/apply/", application_form())
    invited("invited@example.org")
    ended = invited("ended@example.org")
    workflow.revoke(ended, by=make_user(Role.ADMINISTRATOR))
    waiting = applied(email="waiting@example.org")
    member = make_user(email="member@example.org")
    long_ago = timezone.now() - datetime.timedelta(days=3)
    User.objects.update(created_at=long_ago)
    Application.objects.update(created_at=long_ago)

    workflow.forget_unfinished()

    left = set(User.objects.values_list("email", flat=True))
    assert {"invited@example.org", "waiting@example.org", member.email} <= left
    assert left.isdisjoint({"amina@example.org", "ended@example.org"})
    assert list(Application.objects.all()) == [waiting]


def test_lists_take_as_many_queries_for_three_as_for_one(client, django_assert_max_num_queries):
    administrator = make_user(Role.ADMINISTRATOR)
    sign_in(client, administrator)
    counts = []
    for number in range(3):
        invited(f"person-{number}@example.org", by=administrator)
        applied(email=f"applicant-{number}@example.org")
        for path in ("/accounts/invitations/", "/accounts/applications/"):
            client.get(path)
            with django_assert_max_num_queries(40) as queries:
                client.get(path)
                counts.append(len(queries))

    assert counts[:2] == counts[4:]


def test_an_invitation_names_the_country_that_its_role_demands():
    with pytest.raises(IntegrityError, match="invitation_country_as_the_role_demands"):
        Invitation.objects.create(user=make_user(), role=Role.OFFICER, expires_at=timezone.now())
