"""What a person may ask: all that is held about them as a file, and to be forgotten wherever their name stands."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import practices.personal
from accounts.enums import Role
from accounts.models import Application, AuditEvent, Invitation, Membership, Notification, User
from exchanges.models import CalendarAddress, Message
from practices import workflow
from practices.enums import ScanResult, Thread
from practices.models import Comment, Contact, ReviewCard, Submission, SubmissionEvent
from practices.serial import public_serial
from ssc_portal import data_rights, personal
from tests.exchanges_make import make_document, make_exchange
from tests.files_make import make_attached, make_file
from tests.make import make_country, make_practice
from tests.people import PASSWORD, make_membership, make_user
from tests.submissions import file_review, make_draft, make_submission

pytestmark = pytest.mark.django_db

NAME, EMAIL, WORDS = "Zyxname Rahman", "zyxmail@example.org", "Qqqwords of mine"
FORM = {"display": "office", "password": PASSWORD, "is_sure": "on"}


@pytest.fixture
def person():
    """Somebody who wrote for Bangladesh, reviewed for Peru and was named for it, and left traces everywhere."""
    person = make_user(Role.OFFICER, Role.CURATOR, country="BGD", name=NAME, email=EMAIL, time_zone="Asia/Dhaka")
    colleague = make_user(Role.FOCAL_POINT, country="BGD")
    draft = make_draft(person, title=WORDS, contact_name=NAME, contact_email=EMAIL)
    Comment.objects.create(submission=draft, author=person, thread=Thread.SHARED, text=WORDS)
    workflow.invite(draft, by=person, user=make_user(Role.OFFICER, country="BGD"))
    make_practice(title="Another", country="BGD", contact={"name": NAME, "email": EMAIL.upper()})
    reviewed = make_submission("in_review", curator=person, country="PER", lead=make_user(Role.OFFICER, country="PER"))
    file_review(reviewed, person, is_named=True)
    workflow.publish(reviewed, by=person, letter="Well done.")
    exchange = make_exchange()
    Message.objects.create(exchange=exchange, author=person, text=WORDS)
    CalendarAddress.objects.create(user=person, token_digest="0" * 64)
    Notification.objects.create(user=person, kind="practices.published", path="/about/", context={"title": WORDS})
    for told in (colleague, person):
        Notification.objects.create(user=told, kind="practices.submitted", path="/about/", context={"actor": NAME})
    EmailAddress.objects.create(user=person, email=EMAIL, primary=True)
    Invitation.objects.create(user=person, role=Role.CURATOR, invited_by=colleague, expires_at=timezone.now())
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={"secret": "Zyxsecret"})
    SocialAccount.objects.create(user=person, provider="office", uid=EMAIL, extra_data={"name": NAME})
    Application.objects.create(user=person, name=NAME, role=Role.OFFICER, country_id="PER", why=f"I am {NAME}.")
    LogEntry.objects.create(
        user=colleague,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(person.pk),
        object_repr=NAME,
        action_flag=CHANGE,
        change_message=f'[{{"added": {{"name": "membership", "object": "{NAME}"}}}}]',
    )
    return person


@pytest.fixture
def signed_in(client, person):
    client.force_login(person)
    return client


def places_of(text):
    """{table: how many of its rows hold ``text`` in any column}, of all tables of the database."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}" AS row WHERE row::text ILIKE %s', [f"%{text}%"])
            (count,) = cursor.fetchone()
            if count:
                found[table] = count
    return found


def data_in(answer):
    with zipfile.ZipFile(io.BytesIO(b"".join(answer))) as archive:
        assert archive.namelist()[:2] == ["data.json", "README.txt"]
        return json.loads(archive.read("data.json")), archive.read("README.txt").decode()


# The register


def test_every_column_that_could_hold_personal_data_is_registered():
    assert personal.unregistered() == []


def test_a_column_that_nobody_registered_is_found(monkeypatch):
    monkeypatch.delitem(practices.personal.TABLES, "practices.Comment")

    assert personal.unregistered() == ["practices.Comment.author", "practices.Comment.text"]


def test_the_register_names_nothing_that_is_not_there():
    wrong = []
    for label, table in personal.registered().items():
        model = apps.get_model(label)
        there = {field.name for field in [*model._meta.concrete_fields, *model._meta.many_to_many]}
        named = {
            name for kind in ("identity", "hidden", "words", "apart", "impersonal") for name in table.columns(kind)
        }
        named |= {name for link in table.links for name in table.shown(link, there)}
        wrong += [f"{label}.{link}" for link in table.columns("removed") if link not in table.links]
        wrong += [f"{label}.{name}" for name in named - there]

    assert wrong == []


def test_every_personal_column_is_in_the_export_and_every_name_is_erased():
    forgotten = {  # by the functions that forget, of which the test below asks the whole database
        "accounts.User", "admin.LogEntry", "practices.Submission", "practices.Contact", "practices.ReviewCard",
    }  # fmt: skip
    left_out, left_over = [], []
    for label, table in personal.registered().items():
        columns = [field.name for field in apps.get_model(label)._meta.concrete_fields]
        given = {name for link in table.links for name in table.shown(link, columns)}
        left_out += [
            f"{label}.{name}" for kind in ("identity", "words") for name in table.columns(kind) if name not in given
        ]
        if table.columns("identity") and not table.removed and label not in forgotten:
            left_over.append(label)

    assert (left_out, left_over) == ([], [])


# A copy


def test_a_person_takes_a_copy_of_all_that_leads_to_them(signed_in, person):
    data, readme = data_in(signed_in.post("/accounts/privacy/export/"))

    tables = data["tables"]
    assert tables["accounts.User"]["pk"][0]["email"] == EMAIL
    assert [row["role"] for row in tables["accounts.Membership"]["user"]] == ["officer", "curator"]
    assert len(tables["accounts.Notification"]["user"]) >= 2
    assert tables["practices.Version"]["submission__lead"][0]["title"] == WORDS
    assert tables["practices.Lesson"]["version__submission__lead"][0]["text"] == "Supervise, always."
    assert tables["practices.Comment"]["author"][0]["text"] == WORDS
    assert tables["exchanges.Message"]["author"][0]["text"] == WORDS
    assert tables["practices.Review"]["reviewer"][0]["scores"]["equity"] == 4
    assert tables["practices.Contact"]["email"][0]["name"] == NAME
    assert {row["kind"] for row in tables["practices.SubmissionEvent"]["actor"]} >= {"team", "claimed", "published"}
    assert tables["practices.ReviewCard"]["version__submission__reviews__reviewer"][0]["reviewers"] == [NAME]
    assert f"account number {person.pk}" in readme
    assert AuditEvent.objects.filter(actor=person, action="exported").count() == 1


def test_the_copy_holds_no_secret_and_nothing_that_is_others(signed_in, person):
    other = make_user(Role.CURATOR, name="Wwwholder")
    held = make_submission("in_review", curator=other, lead=person, title="Held by another")
    Submission.objects.filter(pk=held.pk).update(letter_draft="Wwwletter")
    file_review(held, other)
    held.reviews.update(private_note="Wwwnote")
    Comment.objects.create(submission=held, author=other, thread=Thread.INTERNAL, text="Wwwinternal")

    text = json.dumps(data_in(signed_in.post("/accounts/privacy/export/"))[0])

    assert "Held by another" in text
    assert "Www" not in text
    assert person.password not in text
    assert "0" * 64 not in text
    assert f'"holder": {other.pk}' not in text


def test_the_copy_holds_the_files_that_the_person_gave(signed_in, person, settings):
    draft = make_draft(person)
    mine = make_attached(draft.version, uploader=person, name="Wells.webp").file
    report = make_document(make_exchange(), by=person, name="تقرير.pdf").file
    make_attached(draft.version, name="of a colleague.webp")
    make_file(uploader=person, name="malware.pdf", scan=ScanResult.FOUND, is_prepared=False)
    make_file(uploader=person, name="removed.pdf", removed_at=timezone.now())
    lost = make_file(uploader=person, name="lost.pdf")
    default_storage.delete(lost.stored.name)

    pieces = list(signed_in.post("/accounts/privacy/export/"))

    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert archive.testzip() is None
        held = {name: archive.read(name) for name in archive.namelist() if name.startswith("files/")}
        rows = json.loads(archive.read("data.json"))["tables"]["practices.File"]["uploader"]
    folder = Path(settings.MEDIA_ROOT)
    assert held == {f"files/{file.pk}-{file.name}": (folder / file.stored.name).read_bytes() for file in (mine, report)}
    assert {row["id"] for row in rows} >= {mine.pk, report.pk}


def test_a_copy_with_large_files_is_made_piece_by_piece(signed_in, person, settings):
    file = make_file(uploader=person)
    with open(Path(settings.MEDIA_ROOT) / file.stored.name, "wb") as content:
        content.truncate(20 * 1024**2)

    sizes = [len(piece) for piece in signed_in.post("/accounts/privacy/export/")]

    assert sum(sizes) > 20 * 1024**2
    assert max(sizes) < 1024**2


def test_a_copy_costs_the_same_for_much_as_for_little(person):
    counts = []
    for _number in range(2):
        with CaptureQueriesContext(connection) as queries:
            list(data_rights.export(person))
        counts.append(len(queries))
        for _again in range(3):
            make_draft(person)

    assert counts[0] == counts[1]


# Being forgotten


def test_nothing_that_names_or_reaches_a_person_is_left_in_the_database(signed_in, person):
    assert len(places_of("zyx")) >= 8
    serial = public_serial()

    answer = signed_in.post("/accounts/privacy/erase/", FORM)

    assert answer.status_code == 200
    assert "Your account is erased" in answer.content.decode()
    assert places_of("zyx") == {}
    assert public_serial() > serial
    person = User.objects.get(pk=person.pk)
    assert (person.name, person.email) == ("A country officer of BGD-land", f"erased-{person.pk}@erased.invalid")
    assert (person.is_active, person.has_usable_password(), person.last_login) == (False, False, None)
    assert not Membership.objects.filter(user=person).exists()
    assert not person.notifications.exists()
    assert AuditEvent.objects.filter(actor=person, changes={"is_erased": [False, True]}).count() == 1


def test_what_was_written_stays_under_the_office(signed_in, person):
    signed_in.post("/accounts/privacy/erase/", FORM)

    draft = Submission.objects.select_related("version", "lead").get(lead=person)
    assert (draft.version.title, draft.lead.name) == (WORDS, "A country officer of BGD-land")
    assert Comment.objects.get(author=person).text == WORDS
    assert SubmissionEvent.objects.filter(actor=person, kind="published").count() == 1
    assert Contact.objects.get().name == ""
    card = ReviewCard.objects.get()
    assert (card.reviewers, card.reviewers_count) == ([], 1)


def test_who_wants_to_keeps_their_name_beside_what_they_wrote(signed_in, person):
    signed_in.post("/accounts/privacy/erase/", FORM | {"display": "name"})

    assert places_of(EMAIL) == {}
    assert User.objects.get(pk=person.pk).name == NAME
    assert ReviewCard.objects.get().reviewers == [NAME]


def test_sessions_end_everywhere_and_nobody_signs_in_any_more(signed_in, person):
    elsewhere, other = Client(), Client()
    elsewhere.force_login(person)
    other.force_login(make_user())

    signed_in.post("/accounts/privacy/erase/", FORM)

    assert Session.objects.count() == 1
    assert elsewhere.get("/accounts/notifications/").status_code == 302
    assert other.get("/accounts/notifications/").status_code == 200
    Client().post("/accounts/login/", {"login": EMAIL, "password": PASSWORD})
    assert Session.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"password": "not mine"}, "This is not your password. Nothing was erased."),
        ({"password": ""}, "Type your password"),
        ({"is_sure": ""}, "Tick this box"),
        ({"display": "nobody"}, "Select a valid choice"),
    ],
)
def test_nobody_is_erased_by_mistake(signed_in, person, change, words):
    answer = signed_in.post("/accounts/privacy/erase/", FORM | change)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert User.objects.get(pk=person.pk).email == EMAIL


def test_passwords_are_not_guessed_here_without_end(signed_in, person):
    statuses = [signed_in.post("/accounts/privacy/erase/", FORM | {"password": "?"}).status_code for _ in range(11)]

    assert statuses == [422] * 10 + [429]
    assert signed_in.post("/accounts/privacy/erase/", FORM).status_code == 429
    assert User.objects.get(pk=person.pk).email == EMAIL


def test_who_has_no_password_shows_otherwise_who_they_are(client):
    person = make_user(email=EMAIL)
    person.set_unusable_password()
    person.save()
    client.force_login(person)

    assert 'name="password"' not in client.get("/accounts/privacy/").content.decode()
    assert client.post("/accounts/privacy/erase/", FORM).status_code == 302
    assert User.objects.get(pk=person.pk).email == EMAIL


def refused(user):
    """The page that refuses to erase ``user``, with its spaces made one; nothing was erased."""
    client = Client()
    client.force_login(user)
    answer = client.post("/accounts/privacy/erase/", FORM)
    assert answer.status_code == 409
    assert User.objects.get(pk=user.pk).email == user.email
    assert user.memberships.exists()
    return " ".join(answer.content.decode().split())


def test_the_only_focal_point_stays_until_there_is_another():
    focal = make_user(Role.FOCAL_POINT, country="BGD")
    make_user(Role.FOCAL_POINT, country="PER")
    make_user(Role.FOCAL_POINT, country="BGD", is_active=False)

    assert "You are the only focal point of BGD-land." in refused(focal)
    make_membership(make_user(), Role.FOCAL_POINT, country="BGD")
    assert data_rights.erase(focal) == []


def test_the_only_administrator_stays():
    administrator = make_user(Role.ADMINISTRATOR)

    assert "You are the only administrator." in refused(administrator)
    make_user(Role.ADMINISTRATOR)
    assert data_rights.erase(administrator) == []


def test_a_review_is_given_back_first():
    curator = make_user(Role.CURATOR)
    held = make_submission("in_review", curator=curator, title="Skilled care")

    assert f"You hold the review of “Skilled care” (/review/{held.pk}/)." in refused(curator)
    workflow.release(held, by=curator)
    assert data_rights.erase(curator) == []


def test_a_restored_backup_is_put_right_by_number(person, capsys):
    call_command("erase_people", str(person.pk))

    assert capsys.readouterr().out == f"{person.pk} is erased.\n"
    assert places_of("zyx") == {}
    with pytest.raises(CommandError, match="There is no such account"):
        call_command("erase_people", "99999999")


# What the database allows


@pytest.mark.parametrize(
    "change",
    [
        "score = 1",
        "reviewers = reviewers || '{Somebody}'",
        "reviewers = '{Somebody}'",
        "reviewers_count = 9, reviewers = '{}'",
    ],
)
def test_of_a_review_card_only_a_name_may_go(person, change):
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE practices_reviewcard SET {change}")
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM practices_reviewcard")

    assert ReviewCard.objects.get().reviewers == [NAME]


def test_a_country_that_nobody_speaks_for_is_told_by_the_page(client):
    make_country("BGD")
    client.force_login(make_user(Role.FOCAL_POINT, country="BGD"))

    page = client.get("/accounts/privacy/").content.decode()

    assert "This is not possible yet" in page
    assert "Erase my account" not in page
