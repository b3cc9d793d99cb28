"""The log tells what happened under one id, in lines that nobody can forge, and nothing of who the people are."""

import io
import json
import logging
import uuid

import pytest
from celery.app.trace import trace_task
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import reverse

import ssc_portal
from accounts.enums import Role
from accounts.kinds import Kind
from accounts.models import User
from accounts.outbox import deliver_due, tell
from accounts.tasks import deliver_outbox, nudge
from exchanges.calendars import make_address
from practices.previews import make_link
from ssc_portal import request_ids
from ssc_portal.log_lines import JsonLines, PlainLines
from ssc_portal.mail_url import mail_settings
from ssc_portal.request_log import RequestLogMiddleware
from tests.people import PASSWORD, make_user
from tests.smtp_sink import SmtpSink
from tests.submissions import make_draft

pytestmark = pytest.mark.django_db


class Log:
    """What all loggers write meanwhile, through the formatter and filter of a production."""

    def __init__(self, formatter):
        self.stream = io.StringIO()
        self.handler = logging.StreamHandler(self.stream)
        self.handler.setFormatter(formatter)
        self.handler.addFilter(request_ids.RequestIdFilter())

    def __enter__(self):
        logging.getLogger().addHandler(self.handler)
        return self

    def __exit__(self, *trouble):
        logging.getLogger().removeHandler(self.handler)

    @property
    def text(self):
        return self.stream.getvalue()

    @property
    def events(self):
        return [json.loads(line) for line in self.text.splitlines()]

    def of(self, logger):
        return [event for event in self.events if event["logger"] == logger]


@pytest.fixture
def log():
    with Log(JsonLines()) as opened:
        yield opened


@pytest.fixture(autouse=True)
def forget_counted_tries():
    cache.clear()
    yield
    cache.clear()


# One line per event


def test_a_request_is_one_event(log, visitor):
    answer = visitor.get("/practices/?q=something+sensitive")

    (event,) = log.events
    took = event.pop("duration_ms")
    assert event.pop("time").endswith("Z")
    assert event == {
        "level": "INFO",
        "logger": "ssc_portal.requests",
        "message": f"GET /practices/ 200 {took:.0f} ms",
        "request_id": answer["X-Request-Id"],
        "method": "GET",
        "route": "practices:list",
        "path": "/practices/",
        "status": 200,
    }


def test_a_person_is_a_number(log, client):
    user = make_user(Role.OFFICER)
    client.force_login(user)
    client.get("/workspace/")

    (event,) = log.of("ssc_portal.requests")
    assert (event["user"], event["route"]) == (user.pk, "workspace:home")


def test_to_write_it_asks_for_no_session(log, client, rf, django_assert_num_queries):
    client.force_login(make_user())
    request = rf.get("/healthz")
    request.COOKIES["sessionid"] = client.cookies["sessionid"].value
    SessionMiddleware(HttpResponse).process_request(request)
    AuthenticationMiddleware(HttpResponse).process_request(request)

    with django_assert_num_queries(0):
        RequestLogMiddleware(lambda request: HttpResponse())(request)

    assert "user" not in log.events[0]


@pytest.mark.parametrize(("path", "status"), [("/nowhere/", 404), ("/practices/none-such/", 404), ("/desk/", 302)])
def test_what_is_not_found_or_refused_is_one_event_too(log, visitor, path, status):
    visitor.get(path)
    assert [(event["path"], event["status"]) for event in log.events] == [(path, status)]


@override_settings(ROOT_URLCONF="tests.safety.failing_urls")
def test_a_failure_has_its_traceback_in_one_line_under_the_same_id(log, visitor):
    answer = visitor.get("/fail/bug/")

    failure, request = log.events
    assert failure["level"] == "ERROR"
    assert failure["exception"].startswith("Traceback")
    assert "ZeroDivisionError" in failure["exception"]
    assert {failure["request_id"], request["request_id"]} == {answer["X-Request-Id"]}
    assert request["status"] == 500


def test_nothing_that_is_typed_ends_a_line(log):
    typed = 'Ana\r\n{"level": "INFO"}\x0b\x0c\x85\u2028\u2029\x00\x1b[2K end'
    with Log(PlainLines()) as plain:
        logging.getLogger("somebody").warning("The name is %s", typed)

    (event,) = log.events
    assert event["message"] == f"The name is {typed}"
    assert len(log.text.splitlines()) == len(plain.text.splitlines()) == 1
    assert "\x1b" not in log.text + plain.text


@pytest.mark.django_db(transaction=True)  # a worker begins and ends each task without a connection
def test_a_task_stands_under_the_id_of_the_request_that_caused_it(log):
    app = ssc_portal.celery_app
    with app.connection_for_write() as connection:
        queue = connection.SimpleQueue("celery")
        queue.clear()
        request_ids.remember("the-request-4711")
        nudge(deliver_outbox)
        request_ids.forget()
        message = queue.get(timeout=5)
        message.ack()
        queue.close()
    args, kwargs, _embed = message.payload

    task = app.tasks[message.headers["task"]]
    trace_task(task, message.headers["id"], args, kwargs, request=dict(message.headers), app=app)

    (event,) = log.of("ssc_portal.tasks")
    assert (event["request_id"], event["task"], event["status"]) == ("the-request-4711", deliver_outbox.name, "SUCCESS")
    assert request_ids.current() == request_ids.OUTSIDE


# Nothing of who the people are

ADDRESS, SECRET_WORDS = "canary.bird@cage.example", "a canary sings behind the third door"
TYPED_QUERY, NETWORK = "canaryquery", "203.0.113.77"


def journeys():
    """What people do with things that are nobody's business; returns every text that no log may hold."""
    author = make_user(Role.OFFICER, Role.FOCAL_POINT, country="BGD", email=ADDRESS, name="Canary Bird")
    draft = make_draft(author, title="Canary title")
    _link, preview = make_link(draft, by=author)
    calendar = make_address(author)
    client = Client(raise_request_exception=False, REMOTE_ADDR=NETWORK, enforce_csrf_checks=True)
    key = f"ssc_{uuid.uuid4().hex}Canary"

    for password in ("a wrong canary", PASSWORD):
        client.get("/accounts/login/")
        token = client.cookies["csrftoken"].value
        sent = {"login": ADDRESS, "password": password, "csrfmiddlewaretoken": token}
        client.post("/accounts/login/", sent)
    session, token = client.cookies["sessionid"].value, client.cookies["csrftoken"].value
    client.post(
        f"/workspace/submissions/{draft.pk}/challenge/", {"challenge": SECRET_WORDS, "csrfmiddlewaretoken": token}
    )
    client.post(f"/workspace/submissions/{draft.pk}/challenge/", {"challenge": SECRET_WORDS})  # without a token
    client.get("/practices/", {"q": TYPED_QUERY, "email": ADDRESS})
    client.get(f"/preview/{preview}/")
    client.get(f"/fr/preview/{preview}/")
    client.get(f"/preview/{preview}")
    client.get(reverse("exchanges:own-calendar", args=[calendar]))
    client.get(f"/no-such-page/{preview}/{ADDRESS}/")
    client.get("/api/v1/practices/", headers={"Authorization": f"Bearer {key}"})
    client.get("/", headers={"Host": f"{key}.example"})
    client.get("/", headers={"Referer": f"https://portal.example/preview/{preview}/"})
    visitor = Client(raise_request_exception=False, REMOTE_ADDR=NETWORK)
    letter = {"name": "Canary Bird", "email": ADDRESS, "text": SECRET_WORDS, "form_key": uuid.uuid4()}
    assert visitor.post("/countries/BGD/contact/", letter).status_code == 302
    visitor.post("/accounts/password/forgotten/", {"email": ADDRESS})
    visitor.get(f"/accounts/invitation/{preview}/")
    visitor.get(f"/accounts/password/new/1a/{preview}/")
    client.post("/accounts/logout/", {"csrfmiddlewaretoken": client.cookies["csrftoken"].value})
    return [ADDRESS, "Canary", SECRET_WORDS, "a wrong canary", PASSWORD, preview, calendar, key, session, token,
            TYPED_QUERY, NETWORK]  # fmt: skip


@pytest.mark.parametrize("formatter", [JsonLines, PlainLines])
def test_the_main_journeys_leave_nothing_of_a_person_in_the_log(formatter, settings):
    with SmtpSink() as sink, Log(formatter()) as log:
        for name, value in mail_settings(sink.url).items():
            setattr(settings, name, value)
        sink.refuses = lambda address: address == ADDRESS
        secrets = journeys()
        tell(
            User.objects.filter(email=ADDRESS),
            Kind.COUNTRY_CONTACTED,
            key="k",
            path="/",
            context={"title": SECRET_WORDS},
        )
        deliver_due()

    assert log.text.count("\n") > 15
    assert "could not be sent" in log.text
    assert [secret for secret in secrets if secret.lower() in log.text.lower()] == []


def test_the_values_of_a_refused_row_are_left_out(log):
    make_user(email=ADDRESS)
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        User.objects.bulk_create([User(email=ADDRESS, name="Canary Bird")])
    assert ADDRESS in str(refusal.value)

    logging.getLogger("somebody").error("It failed: %s", refusal.value, exc_info=refusal.value)

    (event,) = log.events
    assert "IntegrityError" in event["exception"]
    assert ADDRESS not in log.text


@pytest.mark.parametrize(
    "word",
    ["community-based-management-of-acute-malnutrition-2024", "practices_submission_status_8f3a1b2c_one_open_check",
     "2026-11-26T08:54:33.123456+00:00", "4f9d1c2e-77aa-4b0e-9d5e-0f8f5f3b1a2c", "accounts.tasks.deliver_outbox"],
)  # fmt: skip
def test_words_that_are_no_secrets_stay(log, word):
    logging.getLogger("somebody").info("About %s.", word)
    assert log.events[0]["message"] == f"About {word}."
