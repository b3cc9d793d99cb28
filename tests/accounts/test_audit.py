"""The audit: what it keeps, and that nobody changes it."""

import pytest
from allauth.mfa.models import Authenticator
from django.db import DatabaseError, connection, transaction
from django.test import Client

from accounts import audit
from accounts.enums import AuditAction, Role
from accounts.models import AuditEvent, OutboxMessage, User
from practices import workflow
from tests.people import make_membership, make_user, sign_in
from tests.submissions import make_draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client):
    user = make_user(Role.ADMINISTRATOR, is_staff=True, is_superuser=True)
    sign_in(client, user)
    return user


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_auditevent SET action = 'signed_in'",
        "DELETE FROM accounts_auditevent",
        "SET LOCAL ssc.allow_truncate = 'off'; TRUNCATE accounts_auditevent",
    ],
)
def test_the_database_refuses_to_change_what_was_kept(statement):
    audit.record(AuditAction.SIGN_IN_FAILED, subject=make_user())

    with pytest.raises(DatabaseError, match=r"only ever added|never emptied"), transaction.atomic():
        connection.cursor().execute(statement)

    assert AuditEvent.objects.filter(action="sign_in_failed").count() == 1


def test_the_role_of_the_web_may_add_and_read_and_nothing_else():
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'accounts_auditevent'")
        (owner,) = cursor.fetchone()
        cursor.execute("SELECT has_table_privilege('ssc_app', 'accounts_auditevent', 'TRUNCATE')")
        (may_empty,) = cursor.fetchone()

    assert (owner, may_empty) == ("ssc_owner", False)


def test_signing_in_is_kept_once_with_the_request(client):
    user = make_user()

    answer = sign_in(client, user)

    event = AuditEvent.objects.get()
    assert (event.action, event.actor, event.subject) == ("signed_in", user, f"accounts.user:{user.pk}")
    assert event.request_id == answer["X-Request-Id"]


def test_a_failed_sign_in_is_kept_without_what_was_typed(client):
    user = make_user()
    sign_in(client, user, password="a secret of another place")
    client.post("/accounts/login/", {"login": "nobody@example.org", "password": "a secret of another place"})

    events = AuditEvent.objects.order_by("pk")
    assert [(event.action, event.subject) for event in events] == [
        ("sign_in_failed", f"accounts.user:{user.pk}"),
        ("sign_in_failed", ""),
    ]
    assert "secret" not in str(list(events.values()))
    assert "nobody@" not in str(list(events.values()))


def test_an_administrator_who_reads_a_case_study_is_kept(client):
    officer = make_user(Role.OFFICER)
    submission = workflow.submit(make_draft(officer), by=officer)
    reader = make_user(Role.ADMINISTRATOR)
    client.force_login(reader)

    assert client.get(f"/review/{submission.pk}/").status_code == 200

    event = AuditEvent.objects.get(action=AuditAction.DRAFT_READ)
    assert (event.actor, event.subject) == (reader, f"practices.submission:{submission.pk}")


def test_roles_given_and_taken_at_the_desk_are_kept_with_before_and_after(client, administrator):
    person = make_user(Role.OFFICER, name="Zora Named")
    held = person.memberships.get()
    form = {
        "email": "zora.elsewhere@example.org",
        "name": person.name,
        "language": "en",
        "time_zone": "UTC",
        "is_active": "on",
        "is_staff": "on",
        "memberships-TOTAL_FORMS": "2",
        "memberships-INITIAL_FORMS": "1",
        "memberships-0-id": held.pk,
        "memberships-0-user": person.pk,
        "memberships-0-role": "officer",
        "memberships-0-country": "BGD",
        "memberships-0-DELETE": "on",
        "memberships-1-user": person.pk,
        "memberships-1-role": "curator",
    }

    assert client.post(f"/desk/accounts/user/{person.pk}/change/", form).status_code == 302

    events = AuditEvent.objects.filter(actor=administrator, subject=f"accounts.user:{person.pk}").order_by("pk")
    kept = [(event.action, event.changes) for event in events if event.action != AuditAction.DESK_CHANGED]
    assert kept == [
        ("address_changed", {}),
        ("account_changed", {"is_staff": ["False", "True"]}),
        ("role_taken", {"role": ["officer BGD", ""]}),
        ("role_given", {"role": ["", "curator"]}),
    ]
    assert events.filter(action=AuditAction.DESK_CHANGED).count() == 1
    told = OutboxMessage.objects.filter(kind="accounts.address_changed")
    assert {row.context["to"] for row in told} == {person.email, "zora.elsewhere@example.org"}
    # These rows stay for good, so nobody is named in them.
    assert "zora" not in str(list(AuditEvent.objects.values())).lower()


def test_who_signed_in_long_ago_gives_no_role_at_the_desk(client):
    client.force_login(make_user(Role.ADMINISTRATOR, is_staff=True, is_superuser=True))
    person = make_user()

    for answer in (
        client.get(f"/desk/accounts/user/{person.pk}/change/"),
        client.post(f"/desk/accounts/user/{person.pk}/change/", {"email": "other@example.org"}),
        client.post(f"/desk/accounts/user/{person.pk}/password/", {"password1": "x"}),
    ):
        assert answer["Location"].startswith("/accounts/again/?next=")
    assert make_membership(person, Role.CURATOR).user.email == person.email


def test_the_audit_is_read_at_the_desk_and_changed_nowhere(client, administrator):
    event = AuditEvent.objects.get(action="signed_in")

    page = client.get("/desk/accounts/auditevent/").content.decode()

    assert "Signed in" in page
    assert client.get(f"/desk/accounts/auditevent/{event.pk}/change/").status_code == 200
    for path in (f"{event.pk}/change/", f"{event.pk}/delete/", "add/"):
        assert client.post(f"/desk/accounts/auditevent/{path}").status_code == 403


def test_lost_factors_are_removed_at_the_desk(client, administrator):
    person = make_user()
    Authenticator.objects.create(user=person, type="totp", data={"secret": "x"})

    form = {"action": "take_second_factor", "_selected_action": [person.pk]}
    long_ago = Client()
    long_ago.force_login(administrator)
    assert long_ago.post("/desk/accounts/user/", form)["Location"].startswith("/accounts/again/")
    assert Authenticator.objects.filter(user=person).exists()

    client.post("/desk/accounts/user/", form)

    assert not Authenticator.objects.filter(user=person).exists()
    assert AuditEvent.objects.filter(action="factor_removed", actor=administrator).exists()


def test_nothing_is_deleted_in_bulk_at_the_desk(client, administrator):
    people = [make_user(), make_user()]

    form = {"action": "delete_selected", "_selected_action": [person.pk for person in people], "post": "yes"}
    client.post("/desk/accounts/user/", form)

    assert User.objects.filter(pk__in=[person.pk for person in people]).count() == 2
