"""The outbox: what a transaction promises is sent once, in the reader's language, however often the post fails."""

import datetime
import ipaddress
import re
import ssl
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings as portal
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.enums import Role
from accounts.kinds import Kind
from accounts.mailing import token_of, words
from accounts.models import Notification, OutboxMessage
from accounts.outbox import LEASE, TRIES, TRIES_WHEN_REFUSED, deliver_due, send_again, tell
from accounts.tasks import deliver_outbox
from ssc_portal.mail_url import mail_settings
from tests.people import make_user
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db
CONTEXT = {
    "title": "Floating schools",
    "country": "BGD",
    "actor": "Amina",
    "letter": "Well done.",
    "deadline": "2026-12-01",
}


@pytest.fixture
def sink(settings):
    """A mail server that the portal is set up to send through."""
    with SmtpSink() as server:
        for name, value in mail_settings(server.url).items():
            setattr(settings, name, value)
        settings.SITE_URL = "https://portal.example"
        yield server


def promise(user, kind=Kind.STUDY_PUBLISHED, *, key="k", path="/workspace/", about="", **context):
    """Tell ``user`` of ``kind``. Returns the row to send."""
    tell([user], kind, key=key, path=path, context=CONTEXT | context, about=about)
    return OutboxMessage.objects.get(key=f"{key}:{user.pk}")


def make_wordless(user, *, key, about=""):
    """A row to send of a kind that only another release knows."""
    return OutboxMessage.objects.create(
        user=user, kind="practices.unheard_of", key=f"{key}:{user.pk}", path="/workspace/", about=about
    )


def make_due():
    """Let the time pass until every message may be tried again."""
    OutboxMessage.objects.update(due_at=timezone.now() - datetime.timedelta(seconds=1))


def receivers(sink):
    return [address for _sender, recipients in sink.envelopes for address in recipients]


def certificate_for(address, folder):
    """The path of a certificate for the IP ``address``, signed by nobody else, and of its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sink.example")])
    now = timezone.now()
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "certificate.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(serialization.Encoding.PEM, *form)
    )
    return path


def part(message, kind):
    """The text of one of the two parts of an e-mail, "plain" or "html"."""
    return message.get_body([kind]).get_content()


def at_once(*moves):
    """Run ``moves`` in threads that begin together, each with a connection of its own."""
    together = threading.Barrier(len(moves))

    def run(move):
        try:
            together.wait()
            move()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[move]) for move in moves]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# Promising


def test_what_is_told_in_a_transaction_that_fails_was_never_told(django_capture_on_commit_callbacks):
    user = make_user()

    with django_capture_on_commit_callbacks() as queued, transaction.atomic():
        promise(user)
        transaction.set_rollback(True)

    assert (OutboxMessage.objects.count(), Notification.objects.count(), queued) == (0, 0, [])


def test_everybody_told_gets_a_row_and_a_line_and_the_queue_is_nudged_once(django_capture_on_commit_callbacks):
    people = [make_user(), make_user(), make_user()]

    with django_capture_on_commit_callbacks() as queued:
        tell(people, Kind.STUDY_CLAIMED, key="k", path="/workspace/", context=CONTEXT)

    assert set(OutboxMessage.objects.values_list("user", "kind", "path")) == {
        (user.pk, "practices.claimed", "/workspace/") for user in people
    }
    assert set(Notification.objects.values_list("user", "kind", "path", "read_at")) == {
        (user.pk, "practices.claimed", "/workspace/", None) for user in people
    }
    assert len(queued) == 1


def test_the_same_key_twice_is_one_message_also_for_somebody_named_twice(sink):
    user = make_user()

    tell([user, user], Kind.STUDY_CLAIMED, key="k", path="/workspace/", context=CONTEXT)
    tell([user], Kind.STUDY_CLAIMED, key="k", path="/workspace/", context=CONTEXT)
    deliver_outbox()
    deliver_outbox()

    assert (OutboxMessage.objects.count(), Notification.objects.count()) == (1, 1)
    assert receivers(sink) == [user.email]


@pytest.mark.django_db(transaction=True)
def test_the_same_key_at_the_same_moment_is_one_message():
    user = make_user()

    at_once(*[lambda: promise(user)] * 4)

    assert (OutboxMessage.objects.count(), Notification.objects.count()) == (1, 1)


def test_a_closed_account_is_told_nothing():
    user = make_user(is_active=False)

    tell([user], Kind.STUDY_CLAIMED, key="k", path="/workspace/", context=CONTEXT)

    assert (OutboxMessage.objects.count(), Notification.objects.count()) == (0, 0)


def test_an_account_closed_since_receives_nothing_and_the_row_says_why(sink):
    user = make_user()
    row = promise(user)
    user.is_active = False
    user.save()

    deliver_outbox()

    row.refresh_from_db()
    assert (sink.messages, row.sent_at, row.last_error) == ([], None, "The account is closed.")
    assert row.dead_at is not None


def test_an_account_deleted_since_takes_its_messages_along(sink):
    user, other = make_user(), make_user()
    promise(user)
    promise(other)
    user.delete()

    deliver_outbox()

    assert receivers(sink) == [other.email]


# The e-mail


@pytest.mark.parametrize(
    ("language", "subject", "greeting", "address"),
    [
        ("en", "Published: Éclosion 🌱", "Dear Amina,", "https://portal.example/workspace/"),
        ("fr", "Publiée : Éclosion 🌱", "Bonjour Amina,", "https://portal.example/fr/workspace/"),
        ("es", "Publicado: Éclosion 🌱", "Estimado/a Amina:", "https://portal.example/es/workspace/"),
        ("pt", "Publicado: Éclosion 🌱", "Olá, Amina,", "https://portal.example/pt/workspace/"),
        ("ar", "نُشرت: Éclosion 🌱", "تحية طيبة Amina،", "https://portal.example/ar/workspace/"),
    ],
)
def test_a_message_is_text_and_html_in_the_language_of_its_reader(sink, language, subject, greeting, address):
    user = make_user(language=language, name="Amina")
    row = promise(user, title="Éclosion 🌱")

    with translation.override("es"):  # whatever the worker spoke last
        deliver_outbox()

    row.refresh_from_db()
    (message,) = sink.messages
    text, html = part(message, "plain"), part(message, "html")
    direction = "rtl" if language == "ar" else "ltr"
    assert row.sent_at is not None
    assert (message["Subject"], message["To"], message["From"]) == (subject, user.email, portal.DEFAULT_FROM_EMAIL)
    assert sink.envelopes == [(portal.CONTACT_EMAIL, [user.email])]
    assert message.get_content_type() == "multipart/alternative"
    assert [inner.get_content_type() for inner in message.iter_parts()] == ["text/plain", "text/html"]
    assert text.splitlines()[0] == greeting
    prefix = "" if language == "en" else f"/{language}"
    links = [
        address,
        f"https://portal.example{prefix}/accounts/notifications/settings/",
        f"https://portal.example{prefix}/accounts/unsubscribe/{token_of(user)}/",
    ]
    assert re.findall(r"https?://\S+", text) == links
    assert re.findall(r"<html [^>]*>", html) == [f'<html lang="{language}" dir="{direction}">']
    assert re.findall(r'href="([^"]*)"', html) == links
    assert f"<p>{greeting}</p>" in html


@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r", "\x0b", "\x85", "\u2028"])
def test_a_title_cannot_add_a_header(sink, line_end):
    user = make_user()
    promise(user, title="Schools")
    promise(user, key="other", title=f"Schools{line_end}Bcc: spy@example.org{line_end}{line_end}<b>Hello</b>")

    deliver_outbox()

    honest, forged = sink.messages
    assert forged.keys() == honest.keys()
    assert receivers(sink) == [user.email, user.email]
    assert forged["Subject"] == "Published: Schools Bcc: spy@example.org <b>Hello</b>"


def test_what_people_wrote_is_escaped_in_html_and_left_alone_in_text(sink):
    user = make_user(name="Tom & <b>Co</b>")
    promise(user, letter="Is 3 < 5 & {{ user.password }}?")

    deliver_outbox()

    (message,) = sink.messages
    text, html = part(message, "plain"), part(message, "html")
    assert "Dear Tom & <b>Co</b>," in text.splitlines()
    assert "Is 3 < 5 & {{ user.password }}?" in text.splitlines()
    assert "<p>Dear Tom &amp; &lt;b&gt;Co&lt;/b&gt;,</p>" in html
    assert "<p>Is 3 &lt; 5 &amp; {{ user.password }}?</p>" in html


def test_the_paragraphs_of_a_letter_typed_in_a_browser_are_kept(sink):
    user = make_user()
    promise(user, kind=Kind.STUDY_DECLINED, letter="It is clear.\r\n\r\nBut the source\r\nis missing.\r\n \r\nSorry.")

    deliver_outbox()

    html = part(sink.messages[0], "html")
    assert re.findall(r"<p>([^<]*)</p>", html)[1:] == ["It is clear.", "But the source is missing.", "Sorry."]


def test_a_kind_without_actor_or_date_says_nothing_of_them():
    user = make_user()

    assert words(Kind.STUDY_CLAIMED, CONTEXT | {"deadline": ""}, user) == (
        "In review: Floating schools",
        ["A curator has begun to read your case study."],
    )
    assert words(Kind.STUDY_INVITED, CONTEXT | {"actor": ""}, user) == (
        "You are now a co-author: Floating schools",
        [],
    )


# Sending when something is wrong


def test_while_the_provider_is_down_the_message_waits_longer_each_time_and_is_then_sent_once(sink):
    user = make_user()
    row = promise(user)
    sink.stop()

    waits = []
    for _number in range(4):
        make_due()
        before = timezone.now()
        deliver_outbox()
        row.refresh_from_db()
        waits.append((row.due_at - before).total_seconds())
    after = (row.attempts_count, row.sent_at, row.dead_at, row.leased_until, row.last_error.partition(":")[0])
    sink.start()
    make_due()
    deliver_outbox()
    deliver_outbox()

    # 10, 30, 90, 270 s, a fifth more or less; the clock was read a little before
    assert [0.8 <= wait / (10 * 3**number) < 1.3 for number, wait in enumerate(waits)] == [True] * 4
    assert after == (4, None, None, None, "ConnectionRefusedError")
    assert receivers(sink) == [user.email]
    row.refresh_from_db()
    assert (row.attempts_count, row.last_error) == (5, "")
    assert row.sent_at is not None


def test_a_message_that_waits_is_left_alone_until_its_time(sink):
    row = promise(make_user())
    sink.refuses = lambda address: True
    deliver_outbox()
    sink.refuses = lambda address: False

    deliver_outbox()

    row.refresh_from_db()
    assert (row.attempts_count, row.sent_at, sink.messages) == (1, None, [])


def test_after_the_last_try_a_message_is_given_up_and_stays_to_be_seen(sink):
    row = promise(make_user())
    sink.refuses = lambda address: True

    states = []
    for _number in range(TRIES + 2):
        make_due()
        deliver_outbox()
        row.refresh_from_db()
        states.append((row.attempts_count, row.dead_at is not None))
    sink.refuses = lambda address: False
    deliver_outbox()

    row.refresh_from_db()
    assert states == [*((number, False) for number in range(1, TRIES)), *[(TRIES, True)] * 3]
    assert (row.sent_at, row.leased_until, sink.messages) == (None, None, [])
    assert row.last_error.startswith("SMTPRecipientsRefused: ")
    assert Notification.objects.count() == 1


def test_one_refused_reader_does_not_keep_the_others_waiting(sink):
    people = [make_user() for _number in range(5)]
    tell(people, Kind.STUDY_CLAIMED, key="k", path="/workspace/", context=CONTEXT)
    sink.refuses = lambda address: address == people[1].email

    deliver_outbox()

    assert receivers(sink) == [user.email for user in people if user != people[1]]


def test_a_message_without_words_does_not_keep_the_others_waiting(sink):
    user = make_user()
    wordless = make_wordless(user, key="wordless")
    promise(user, key="good")

    deliver_outbox()

    wordless.refresh_from_db()
    assert receivers(sink) == [user.email]
    assert (wordless.attempts_count, wordless.sent_at) == (1, None)
    assert wordless.last_error == "TemplateDoesNotExist: practices/messages/unheard_of.txt"


def test_many_messages_that_cannot_be_sent_do_not_hide_those_behind_them(sink):
    user = make_user()
    for number in range(45):
        make_wordless(user, key=f"wordless-{number}")
    promise(user, key="good")

    for _sweep in range(3):
        deliver_outbox()

    assert receivers(sink) == [user.email]


def test_a_line_that_breaks_after_the_message_was_taken_sends_nothing_again(sink):
    user = make_user()
    row = promise(user)
    sink.hangs_up = True

    deliver_outbox()
    make_due()
    deliver_outbox()

    row.refresh_from_db()
    assert receivers(sink) == [user.email]
    assert (row.attempts_count, row.last_error) == (1, "")


def test_every_try_of_a_message_carries_the_same_identity_and_no_two_messages_share_one(sink):
    user = make_user()
    row = promise(user)
    promise(user, key="other")
    deliver_outbox()
    OutboxMessage.objects.filter(pk=row.pk).update(sent_at=None)  # the note that it was sent was lost

    deliver_outbox()

    first, other, again = [message["Message-ID"] for message in sink.messages]
    assert first == again
    assert first != other


def test_one_round_sends_as_many_as_asked_and_the_task_sends_all(sink):
    user = make_user()
    for number in range(45):
        promise(user, key=f"number-{number}")

    assert deliver_due(limit=3) == 3
    assert not OutboxMessage.objects.exclude(leased_until=None).exists()  # nothing is taken that is not sent
    deliver_outbox()

    assert len(sink.messages) == 45
    assert deliver_due() == 0


def test_a_message_costs_one_round_trip_to_the_database(sink):
    user = make_user()
    for number in range(5):
        promise(user, key=f"number-{number}", about="submission:7", title=f"Number {number}")

    with CaptureQueriesContext(connection) as queries:
        deliver_due()

    # One for the first, one for each that was sent: note it, lease the next.
    assert len(queries) == 6
    assert [message["Subject"][-1] for message in sink.messages] == list("01234")
    assert set(OutboxMessage.objects.values_list("attempts_count", "leased_until")) == {(1, None)}


# Workers beside each other


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_each_message_once(sink):
    user = make_user()
    for number in range(60):
        promise(user, key=f"number-{number:02}", title=f"Number {number:02}")
    sink.seconds_each = 0.005

    at_once(deliver_outbox, deliver_outbox)

    assert sorted(message["Subject"] for message in sink.messages) == [f"Published: Number {n:02}" for n in range(60)]
    assert not OutboxMessage.objects.filter(sent_at=None).exists()
    assert set(OutboxMessage.objects.values_list("attempts_count", "leased_until")) == {(1, None)}


def test_what_a_dead_worker_had_taken_is_sent_by_the_next(sink):
    user = make_user()
    row = promise(user)
    moment = timezone.now() - datetime.timedelta(seconds=1)
    OutboxMessage.objects.update(leased_until=moment, attempts_count=1)

    deliver_outbox()

    row.refresh_from_db()
    assert receivers(sink) == [user.email]
    assert (row.attempts_count, row.leased_until) == (2, None)


def test_what_another_worker_is_sending_is_left_to_it(sink):
    row = promise(make_user())
    moment = timezone.now() + LEASE
    OutboxMessage.objects.update(leased_until=moment, attempts_count=1)

    deliver_outbox()

    row.refresh_from_db()
    assert (sink.messages, row.attempts_count, row.leased_until, row.sent_at) == ([], 1, moment, None)


def test_a_message_that_no_worker_survives_is_given_up(sink):
    row = promise(make_user())
    moment = timezone.now() - datetime.timedelta(seconds=1)
    OutboxMessage.objects.update(leased_until=moment, attempts_count=TRIES)

    deliver_outbox()

    row.refresh_from_db()
    assert (sink.messages, row.last_error) == ([], "No worker survived it.")
    assert row.dead_at is not None


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_fails_too_late_does_not_disturb_the_one_that_took_over(sink):
    row = promise(make_user())
    moment = timezone.now() + LEASE

    def taken_over(address):
        OutboxMessage.objects.update(leased_until=moment, attempts_count=2)
        connection.close()
        return True

    sink.refuses = taken_over
    deliver_outbox()

    row.refresh_from_db()
    assert (row.leased_until, row.attempts_count, row.last_error) == (moment, 2, "")


# Order


def test_what_is_about_one_thing_reaches_its_reader_in_order(sink):
    user, other = make_user(), make_user()
    promise(user, key="first", about="submission:7", title="First")
    sink.refuses = lambda address: address == user.email
    deliver_outbox()
    promise(user, key="second", about="submission:7", title="Second")
    promise(user, key="elsewhere", about="submission:8", title="Elsewhere")
    promise(user, key="of nothing", title="Of nothing")
    promise(other, key="second", about="submission:7", title="Second")
    sink.refuses = lambda address: False

    deliver_outbox()
    before = sorted(f"{message['To'] == user.email} {message['Subject']}" for message in sink.messages)
    make_due()
    deliver_outbox()

    assert before == ["False Published: Second", "True Published: Elsewhere", "True Published: Of nothing"]
    assert [message["Subject"] for message in sink.messages[3:]] == ["Published: First", "Published: Second"]


def test_a_message_with_broken_words_does_not_hold_up_what_comes_after_it(sink):
    user = make_user()
    wordless = make_wordless(user, key="broken", about="submission:7")
    promise(user, key="after", about="submission:7")

    deliver_outbox()

    wordless.refresh_from_db()
    assert receivers(sink) == [user.email]
    assert (wordless.about, wordless.attempts_count, wordless.dead_at) == ("", 1, None)


def test_what_was_given_up_holds_up_nothing(sink):
    user = make_user()
    OutboxMessage.objects.filter(pk=promise(user, about="submission:7").pk).update(dead_at=timezone.now())
    promise(user, key="after", about="submission:7")

    deliver_outbox()

    assert receivers(sink) == [user.email]


@pytest.mark.django_db(transaction=True)
def test_several_senders_send_each_message_once_and_those_about_one_thing_in_order(sink, settings):
    settings.SENDERS = 4
    sink.seconds_each = 0.02
    people = [make_user(), make_user()]
    for number in range(20):
        for user in people:
            promise(user, key=f"number-{number}", about=f"submission:{number % 2}", title=f"Title {number:02}")

    assert deliver_due() == 40

    assert 1 < sink.calls_count <= 4
    for user in people:
        titles = [mail["Subject"][-2:] for mail in sink.messages if mail["To"] == user.email]
        for about in range(2):
            assert [title for title in titles if int(title) % 2 == about] == [f"{n:02}" for n in range(about, 20, 2)]


# Refusals and servers that are away


def test_a_reader_who_is_refused_for_good_is_given_up_sooner_and_administrators_are_told_once(sink):
    administrator, gone, also_gone = make_user(Role.ADMINISTRATOR), make_user(), make_user()
    rows = [promise(gone), promise(also_gone, key="other")]
    sink.refuses = lambda address: 550 if address in {gone.email, also_gone.email} else False

    for _number in range(TRIES_WHEN_REFUSED):
        make_due()
        deliver_outbox()

    for row in rows:
        row.refresh_from_db()
        assert (row.attempts_count, row.dead_at is not None) == (TRIES_WHEN_REFUSED, True)
    (message,) = sink.messages
    assert (message["To"], message["Subject"]) == (administrator.email, "Messages could not be delivered")
    assert [row.path for row in administrator.notifications.all()] == ["/administration/"]


def test_administrators_who_cannot_be_reached_are_not_told_so_for_ever(sink):
    make_user(Role.ADMINISTRATOR)
    promise(make_user())
    sink.refuses = lambda address: 550

    for _number in range(2 * TRIES_WHEN_REFUSED + 1):
        make_due()
        deliver_outbox()

    assert OutboxMessage.objects.exclude(dead_at=None).count() == 2
    assert OutboxMessage.objects.count() == 2


def test_a_refusal_for_now_is_tried_again_and_counts_to_the_full(sink):
    row = promise(make_user())
    sink.refuses = lambda address: 450

    for _number in range(TRIES_WHEN_REFUSED):
        make_due()
        deliver_outbox()

    row.refresh_from_db()
    assert (row.attempts_count, row.dead_at) == (TRIES_WHEN_REFUSED, None)


def test_a_server_that_is_away_is_asked_once_in_a_round_whatever_waits(sink):
    for number in range(5):
        promise(make_user(), key=f"number-{number}")
    sink.stop()

    deliver_outbox()
    tried = sorted(OutboxMessage.objects.values_list("attempts_count", flat=True))
    sink.start()
    make_due()
    deliver_outbox()

    assert tried == [0, 0, 0, 0, 1]
    assert len(sink.messages) == 5


def test_a_server_that_falls_silent_ends_the_round_and_loses_nothing(sink, settings):
    settings.EMAIL_TIMEOUT = 0.3
    for number in range(3):
        promise(make_user(), key=f"number-{number}")
    sink.is_silent = True

    deliver_outbox()
    states = sorted(OutboxMessage.objects.values_list("attempts_count", "last_error"))
    sink.is_silent = False
    make_due()
    deliver_outbox()

    assert [state[0] for state in states] == [0, 0, 1]
    assert states[-1][1].startswith(("TimeoutError", "SMTPServerDisconnected"))
    assert len(sink.messages) == 3


def test_one_line_to_the_server_serves_a_round_and_one_that_was_cut_is_opened_again(sink):
    for number in range(4):
        promise(make_user(), key=f"number-{number}")

    deliver_outbox()
    calls = sink.calls_count
    sink.hangs_up = True
    for number in range(4):
        promise(make_user(), key=f"cut-{number}")
    deliver_outbox()

    assert (calls, sink.calls_count) == (1, 5)
    assert len(sink.messages) == 8
    assert set(OutboxMessage.objects.values_list("attempts_count", "last_error")) == {(1, "")}


# Sending again


def test_what_was_given_up_is_sent_again_when_somebody_asks(sink):
    row, sent, left = promise(make_user()), promise(make_user(), key="sent"), promise(make_user(), key="left")
    deliver_outbox()
    OutboxMessage.objects.filter(pk=row.pk).update(sent_at=None, dead_at=timezone.now(), attempts_count=TRIES)
    OutboxMessage.objects.filter(pk=left.pk).update(sent_at=None, dead_at=timezone.now())
    left.user.is_active = False
    left.user.save()

    assert send_again(OutboxMessage.objects.all()) == 1
    deliver_outbox()

    row.refresh_from_db()
    sent.refresh_from_db()
    assert (row.dead_at, row.attempts_count) == (None, 1)
    assert row.sent_at is not None
    assert (sent.attempts_count, len(sink.messages)) == (1, 4)


@pytest.mark.parametrize(
    ("password", "is_trusted", "taken"), [("right", True, 2), ("wrong", True, 0), ("right", False, 0)]
)
def test_a_mail_server_is_spoken_with_over_tls_and_with_a_password(
    settings, tmp_path, monkeypatch, password, is_trusted, taken
):
    path = certificate_for("127.0.0.1", tmp_path)
    encrypted = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    encrypted.load_cert_chain(path)
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
    rows = [promise(make_user(), key=key) for key in ("one", "two")]

    with SmtpSink(encrypted=encrypted, login=("portal", "right")) as sink:
        for name, value in mail_settings(f"{sink.url}?tls=1").items():
            setattr(settings, name, value)
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "portal", password
        deliver_due()

    assert len(sink.messages) == taken
    assert OutboxMessage.objects.filter(pk__in=[row.pk for row in rows], sent_at__isnull=False).count() == taken
    assert OutboxMessage.objects.filter(dead_at__isnull=False).count() == 0
    assert sink.calls_count == 1
