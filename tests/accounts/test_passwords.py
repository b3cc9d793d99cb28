"""What a password must be, how it is changed or made anew, and how an address is changed."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent, OutboxMessage
from accounts.outbox import deliver_due
from tests.people import PASSWORD, app_code, make_user, set_up_app, sign_in

pytestmark = pytest.mark.django_db

NEW = "a quite new pass phrase"


@pytest.fixture(autouse=True)
def forget_tries():
    cache.clear()
    yield
    cache.clear()


def is_signed_in(client):
    return "_auth_user_id" in client.session


def ask(email, client=None, prefix=""):
    return (client or Client()).post(f"{prefix}/accounts/password/forgotten/", {"email": email})


def link_of(message):
    return re.search(r"http://\S+", message.body)[0].removeprefix("http://localhost:8000")


def sent_link():
    """The link of the one mail that waits in the outbox, as its reader finds it."""
    mail.outbox.clear()
    deliver_due()
    (message,) = mail.outbox
    return link_of(message)


def choose(link, password, client=None):
    """Follow ``link`` and choose ``password``. Returns the last answer."""
    client = client or Client()
    answer = client.get(link)
    if answer.status_code != 302:
        return answer
    return client.post(answer["Location"], {"password1": password, "password2": password})


# What it must be


@pytest.mark.parametrize(
    "password",
    [
        "fourteen chars",
        "passwordpassword",
        "123456789012345",
        "qwertyuiopqwertyuiop",
        "aaaaaaaaaaaaaaaa",
        "abababababababab",
        "password1234567!",
        "South-South Cooperation",
        "SSC-Portal-UNICEF-2026",
        "good practices for children",
        "amina.rahman@example.org",
    ],
)
def test_what_others_guess_first_is_refused(password):
    with pytest.raises(ValidationError):
        validate_password(password, make_user(email="amina.rahman@example.org"))


@pytest.mark.parametrize(
    "password",
    [
        "four words and a comma,",
        "x" * 3 + "y7 kq" * 20,
        "হাতি নদী চাঁদ পাহাড়",
        "كلمة مرور طويلة جدا",
        "🦜 parrot over the river",
    ],
)
def test_long_ones_are_welcome_in_any_script_with_and_without_signs(password):
    user = make_user()
    validate_password(password, user)
    user.set_password(password)
    user.save()

    assert authenticate(RequestFactory().post("/"), email=user.email, password=password) == user


def test_eight_characters_do_beside_a_second_factor(client):
    user = make_user()
    with pytest.raises(ValidationError, match="at least 15"):
        validate_password("kq7 zebra", user)
    sign_in(client, user)
    set_up_app(client)

    validate_password("kq7 zebra", user)
    with pytest.raises(ValidationError, match="at least 8"):
        validate_password("kq7 zeb", user)


# Forgotten


def test_a_forgotten_password_is_made_anew_by_a_link_that_works_once():
    user = make_user()
    elsewhere = Client()
    sign_in(elsewhere, user)

    assert ask(user.email)["Location"] == "/accounts/password/forgotten/sent/"
    link = sent_link()
    assert choose(link, NEW)["Location"] == "/accounts/password/new/done/"

    user.refresh_from_db()
    assert user.check_password(NEW)
    assert not user.sign_ins.exists()
    assert not EmailAddress.objects.exists()  # a person's address stands in one place
    assert elsewhere.get("/accounts/notifications/").status_code == 302
    assert "does not work any more" in choose(link, "another long pass phrase").content.decode()


def test_choosing_a_new_password_signs_nobody_in_and_the_second_factor_is_still_asked_for():
    user, own, client = make_user(), Client(), Client()
    sign_in(own, user)
    secret = set_up_app(own)
    ask(user.email)
    OutboxMessage.objects.exclude(kind="accounts.password_forgotten").delete()

    choose(sent_link(), NEW, client)
    assert not is_signed_in(client)
    assert sign_in(client, user, NEW)["Location"] == "/accounts/login/code/"
    assert not is_signed_in(client)
    client.post("/accounts/login/code/", {"code": app_code(secret, 1)})
    assert is_signed_in(client)


@pytest.mark.parametrize("change", ["password", "address", "account", "half an hour"])
def test_a_link_dies_with_what_it_was_made_for(change, settings, monkeypatch):
    user = make_user()
    ask(user.email)
    link = sent_link()
    if change == "password":
        user.set_password("changed in the meantime")
    elif change == "address":
        user.email = "another@example.org"
    elif change == "account":
        user.is_active = False
    else:
        settings.PASSWORD_RESET_TIMEOUT = -1
    user.save()

    assert "does not work any more" in choose(link, NEW).content.decode()
    user.refresh_from_db()
    assert not user.check_password(NEW)


def test_the_link_is_kept_nowhere_and_leaves_the_address_bar_at_once():
    user = make_user()
    ask(user.email)
    link = sent_link()
    key = link.rstrip("/").rpartition("/")[2]

    assert key not in str(list(OutboxMessage.objects.values())) + str(list(AuditEvent.objects.values()))
    client = Client()
    answer = client.get(link)
    assert key not in answer["Location"]
    assert key not in client.get(answer["Location"]).content.decode()


def test_the_link_leads_to_the_portal_whatever_host_was_asked(settings):
    settings.ALLOWED_HOSTS = ["localhost", "testserver", "other.example"]
    user = make_user(language="fr")

    Client(headers={"Host": "other.example", "X-Forwarded-Host": "evil.example"}).post(
        "/accounts/password/forgotten/", {"email": user.email}
    )
    deliver_due()

    body = mail.outbox[-1].body
    assert "http://localhost:8000/fr/accounts/password/new/" in body
    assert "example/" not in body.replace("example.org", "")


def test_known_and_unknown_addresses_get_the_same_answer():
    known = make_user()
    make_user(email="former@example.org", is_active=False)

    answers = [ask(email) for email in (known.email, "unknown@example.org", "former@example.org")]

    assert len({(answer.status_code, answer["Location"], answer.content) for answer in answers}) == 1
    assert OutboxMessage.objects.count() == 1


def test_known_and_unknown_addresses_take_the_same_steps_and_so_the_same_time(django_capture_on_commit_callbacks):
    waiting = make_user()  # who has not chosen a password yet
    waiting.set_unusable_password()
    waiting.save()
    former = make_user(is_active=False)

    steps = []
    for email in (make_user().email, "unknown@example.org", waiting.email, former.email):
        with django_capture_on_commit_callbacks() as nudges, CaptureQueriesContext(connection) as queries:
            ask(email)
        said = [" ".join(query["sql"].split()[: 2 if "SAVEPOINT" in query["sql"] else 3]) for query in queries]
        steps.append([*(step.partition(' "s')[0] for step in said), f"{len(nudges)} nudges"])

    assert len(steps[0]) > 8
    assert steps[0][-1] == "1 nudges"
    assert steps[1:] == [steps[0]] * 3


def test_asking_again_and_again_is_stopped_for_anybody():
    statuses = [ask("unknown@example.org").status_code for _number in range(6)]

    assert statuses == [302] * 5 + [429]


def test_a_new_password_that_is_too_easy_is_refused_with_the_reason():
    user = make_user()
    ask(user.email)

    page = choose(sent_link(), "passwordpassword").content.decode()

    assert "Too many people use this password." in page
    assert "passwordpassword" not in page


# Changed


def test_a_changed_password_ends_all_other_sessions_and_is_told(client):
    user, elsewhere = make_user(), Client()
    sign_in(client, user)
    sign_in(elsewhere, user)
    before = client.session.session_key

    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert client.post("/accounts/security/password/", form)["Location"] == "/accounts/security/"

    assert client.session.session_key != before
    assert client.get("/accounts/notifications/").status_code == 200
    assert elsewhere.get("/accounts/notifications/").status_code == 302
    assert [row.session_key for row in user.sign_ins.all()] == [client.session.session_key]
    kinds = list(OutboxMessage.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["accounts.signed_in_anew", "accounts.password_changed"]
    assert AuditEvent.objects.filter(action="password_changed", actor=user).count() == 1


def test_the_current_password_is_needed_to_change_it(client):
    user = make_user()
    sign_in(client, user)

    answer = client.post("/accounts/security/password/", {"oldpassword": "wrong", "password1": NEW, "password2": NEW})

    assert answer.status_code == 200
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


# Another address


def ask_for_address(client, email):
    return client.post("/accounts/security/address/", {"email": email})


def test_another_address_is_confirmed_from_there_and_the_old_one_is_told(client):
    user = make_user(email="old@example.org")
    sign_in(client, user)

    page = ask_for_address(client, " New@Example.org ").content.decode()
    assert "a link is on its way" in page
    deliver_due()
    assert mail.outbox[-1].to == ["new@example.org"]
    link = link_of(mail.outbox[-1])
    assert Client().get(link).status_code == 200
    user.refresh_from_db()
    assert user.email == "old@example.org"  # a program that follows links changes nothing

    mail.outbox.clear()
    assert "new@example.org" in Client().post(link).content.decode()
    deliver_due()

    user.refresh_from_db()
    assert user.email == "new@example.org"
    assert sorted(message.to for message in mail.outbox) == [["new@example.org"], ["old@example.org"]]
    assert Client().post(link).status_code == 410


@pytest.mark.parametrize("change", ["password", "address", "account", "taken", "letter"])
def test_a_link_to_an_address_dies_with_what_it_was_made_for(client, change):
    user = make_user(email="old@example.org")
    sign_in(client, user)
    ask_for_address(client, "new@example.org")
    link = sent_link()
    if change == "password":
        user.set_password(NEW)
    elif change == "address":
        user.email = "third@example.org"
    elif change == "account":
        user.is_active = False
    elif change == "taken":
        make_user(email="new@example.org")
    else:
        link = link[:-2] + ("a/" if link[-2] != "a" else "b/")
    user.save()

    Client().post(link)

    user.refresh_from_db()
    assert user.email != "new@example.org"


def test_nobody_learns_that_an_address_is_taken_nor_gets_it():
    owner, pages = make_user(email="taken@example.org"), []
    for email in ("taken@example.org", "free@example.org"):
        client, user = Client(), make_user(email="asking@example.org", name="Same Name")
        sign_in(client, user)
        page = ask_for_address(client, email).content.decode() + client.get("/accounts/notifications/").content.decode()
        pages.append(re.sub(r'value="\w{64}"|/notifications/\d+/|<time.*?</time>', "", page).replace(email, "…"))
        if email == owner.email:
            answer = Client().post(sent_link())
            assert "does not work any more" in answer.content.decode()
            user.refresh_from_db()
            assert user.email == "asking@example.org"
        user.delete()

    assert pages[0] == pages[1]


def test_an_address_is_changed_only_by_who_lately_showed_who_they_are(client):
    client.force_login(make_user())

    assert ask_for_address(client, "new@example.org")["Location"].startswith("/accounts/again/?next=")
    assert not OutboxMessage.objects.exists()


def test_an_address_that_is_none_is_explained(client):
    sign_in(client, make_user())

    answer = ask_for_address(client, "no address")

    assert answer.status_code == 422
    assert "This is not an e-mail address." in answer.content.decode()
