"""Webhooks over the API: kept by programs as people keep them on the pages, by the same rules."""

from datetime import datetime

import pytest

from accounts.enums import AuditAction, Scope, WebhookStatus
from accounts.models import AuditEvent, PublicEvent, WebhookDelivery, WebhookEndpoint
from accounts.webhooks import keeping
from accounts.webhooks.announcing import Happening, announce
from accounts.webhooks.sending import SECRETS, deliver_due
from tests.people import make_user, sign_in
from tests.programs import Program
from tests.webhook_sink import WebhookSink

pytestmark = pytest.mark.django_db
BODY = {"address": "https://partner.example/hook", "kinds": ["practice.published", "need.opened"]}


@pytest.fixture
def program():
    return Program(make_user(), Scope.WEBHOOKS)


def add(program, **change):
    """(its address below the API, the answer) of a webhook that ``program`` adds."""
    answer = program("post", "/webhooks/", BODY | change)
    assert answer.status_code == 201, answer.content
    return f"/webhooks/{answer.json()['id']}/", answer


def errors(answer):
    assert answer.status_code == 400, answer.content
    return {one["field"]: one["message"] for one in answer.json()["errors"]}


def test_the_secret_is_shown_when_it_is_made_and_never_again(program):
    one, made = add(program)

    row, shown = program.user.webhooks.get(), made.json()
    assert shown["secret"] == SECRETS.decrypt(row.secret)
    assert made["Location"] == f"http://testserver/api/v1{one}"
    assert "no-store" in made["Cache-Control"]
    assert (shown["address"], shown["kinds"], shown["status"]) == (BODY["address"], BODY["kinds"], "active")
    assert shown["url"] == f"http://testserver/accounts/webhooks/{row.pk}/"
    kept = {name: value for name, value in shown.items() if name != "secret"}
    assert program.done("get", one) == kept
    assert program.done("get", "/webhooks/") == {"count": 1, "results": [kept]}
    assert AuditEvent.objects.filter(action=AuditAction.WEBHOOK_ADDED, actor=program.user).count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"address": "https://127.0.0.1/"}, "address"),
        ({"address": "https://169.254.169.254/latest/"}, "address"),
        ({"address": "ftp://partner.example/"}, "address"),
        ({"address": 7}, "address"),
        ({"address": f"https://partner.example/{'a' * 500}"}, "address"),
        ({"kinds": []}, "kinds"),
        ({"kinds": "need.opened"}, "kinds"),
        ({"kinds": ["user.made"]}, "kinds[0]"),
        ({"secret": "whsec_bWluZQ=="}, "secret"),
    ],
)
def test_what_cannot_be_reached_told_or_chosen_is_refused_and_named(program, change, field):
    assert set(errors(program("post", "/webhooks/", BODY | change))) == {field}
    assert WebhookEndpoint.objects.count() == 0

    one, made = add(program)
    answer = program("patch", one, change, If_Match=made["ETag"])

    assert set(errors(answer)) == {field}
    assert program("get", one)["ETag"] == made["ETag"]


def test_the_same_address_twice_or_too_many_are_refused(program):
    add(program)
    other, made = add(program, address="https://partner.example/other")

    assert errors(program("post", "/webhooks/", BODY)) == {"": "You have a webhook with this address already."}
    moved = program("patch", other, {"address": BODY["address"]}, If_Match=made["ETag"])
    assert errors(moved) == {"": "You have a webhook with this address already."}
    for number in range(keeping.MOST - 2):
        add(program, address=f"https://partner.example/{number}")
    assert list(errors(program("post", "/webhooks/", BODY | {"address": "https://partner.example/more"}))) == [""]
    assert program.user.webhooks.count() == keeping.MOST


def test_one_is_changed_paused_and_switched_on(program):
    one, made = add(program)
    row = program.user.webhooks.get()
    WebhookEndpoint.objects.update(failures_count=3, failing_since=row.created_at, rests_until=row.created_at)
    new = {"address": "https://partner.example/new", "kinds": ["offer.opened", "need.opened", "offer.opened"]}

    moved = program("patch", one, new | {"status": "paused"}, If_Match=made["ETag"])

    assert moved.status_code == 200, moved.content
    assert (moved.json()["address"], moved.json()["status"]) == (new["address"], "paused")
    assert moved.json()["kinds"] == ["need.opened", "offer.opened"]
    assert (moved.json()["failing_since"], moved.json()["rests_until"]) == (None, None)
    WebhookEndpoint.objects.update(status=WebhookStatus.DISABLED)
    tag = program("get", one)["ETag"]
    assert program.done("patch", one, {"status": "active"}, If_Match=tag)["status"] == "active"
    changes = [event.changes for event in AuditEvent.objects.filter(action=AuditAction.WEBHOOK_CHANGED).order_by("pk")]
    assert [set(change) for change in changes] == [{"kinds", "host"}, {"status"}, {"status"}]


def test_one_that_is_no_longer_reached_can_still_be_paused(program, settings):
    settings.WEBHOOK_ALLOW = ["127.0.0.1:9"]
    one, made = add(program, address="http://127.0.0.1:9/")
    settings.WEBHOOK_ALLOW = []

    assert program.done("patch", one, {"status": "paused"}, If_Match=made["ETag"])["status"] == "paused"


def test_a_change_names_the_state_that_its_writer_saw(program):
    one, made = add(program)

    blind = program("patch", one, {"kinds": ["need.closed"]})
    program.done("patch", one, {"kinds": ["need.opened"]}, If_Match=made["ETag"])
    late = program("patch", one, {"kinds": ["need.closed"]}, If_Match=made["ETag"])

    assert (blind.status_code, late.status_code) == (428, 412)
    assert late.json()["current"] == program("get", one)["ETag"]
    assert late.json()["differences"] == [{"field": "kinds", "yours": ["need.closed"], "stored": ["need.opened"]}]
    assert program("delete", one, If_Match=made["ETag"]).status_code == 412
    program.done("delete", one, status=204, If_Match=late.json()["current"])
    assert WebhookEndpoint.objects.count() == 0


def test_sent_again_with_its_key_one_is_added_once_and_its_secret_shown_again(program):
    first, again = (program("post", "/webhooks/", BODY, Idempotency_Key="one") for _time in range(2))

    assert (first.status_code, again.status_code, again["Idempotency-Replayed"]) == (201, 201, "true")
    assert first.json() == again.json()
    assert WebhookEndpoint.objects.count() == 1


def test_a_new_secret_is_shown_once_and_the_one_before_signs_too(program):
    one, made = add(program)

    shown = program.done("post", f"{one}secret/")

    row = program.user.webhooks.get()
    assert shown["secret"] == SECRETS.decrypt(row.secret) != made.json()["secret"]
    assert SECRETS.decrypt(row.former_secret) == made.json()["secret"]
    assert datetime.fromisoformat(shown["former_secret_until"]) == row.former_until
    assert program("get", one)["ETag"] == made["ETag"]


def test_what_was_sent_and_answered_is_listed_and_sent_again(program, settings):
    with WebhookSink() as sink:
        settings.WEBHOOK_ALLOW = [sink.place]
        one, made = add(program, address=sink.address)
        announce([Happening("need.opened", "need:1", {"code": "ND-2026-1"}, "/", "/")])
        waiting = program.done("get", f"{one}deliveries/")["results"][0]
        sink.answers = lambda taken: (503, {}, b"Later")
        deliver_due()
        failed = program.done("get", f"{one}deliveries/{waiting['id']}/")
        again = program("post", f"{one}deliveries/{waiting['id']}/again/")
        WebhookDelivery.objects.filter(pk=waiting["id"]).update(dead_at=again.json()["created_at"])
        WebhookEndpoint.objects.update(rests_until=None)
        sink.answers = lambda taken: (200, {}, b"Thanks")
        deliver_due()

    assert (waiting["kind"], waiting["code"], waiting["attempts_count"]) == ("need.opened", "ND-2026-1", 0)
    assert (waiting["due_at"] is None, waiting["sent_at"], waiting["answer_status"]) == (False, None, None)
    assert (failed["answer_status"], failed["answer"], failed["last_error"]) == (503, "Later", "HTTP 503")
    assert again.status_code == 201
    arrived = program.done("get", again["Location"].partition("/api/v1")[2])
    assert (arrived["answer_status"], arrived["answer"], arrived["due_at"]) == (200, "Thanks", None)
    assert arrived["sent_at"] is not None
    assert {taken.key for taken in sink.taken} == {waiting["message_id"]} == {arrived["message_id"]}
    assert sink.taken[-1].verified(made.json()["secret"])["type"] == "need.opened"
    assert [row["id"] for row in program.done("get", f"{one}deliveries/")["results"]] == [arrived["id"], waiting["id"]]


def test_a_test_says_nothing_and_after_sixty_an_hour_is_waited_for(program):
    one, _made = add(program)

    made = [program("post", f"{one}test/") for _number in range(60)]
    delivery = made[0].json()
    refused = [program("post", f"{one}test/"), program("post", f"{one}deliveries/{delivery['id']}/again/")]

    assert {answer.status_code for answer in made} == {201}
    assert (delivery["kind"], delivery["code"]) == ("webhook.test", None)
    assert [(answer.status_code, answer["Retry-After"]) for answer in refused] == [(429, "3600")] * 2
    assert {answer.json()["type"] for answer in refused} == {"/developers/problems/#too-many-requests"}
    assert PublicEvent.objects.count() == WebhookDelivery.objects.count() == 60


def test_nobody_reaches_the_webhooks_of_others(program):
    one, made = add(Program(make_user(), Scope.WEBHOOKS))
    row = WebhookEndpoint.objects.get()
    delivery = keeping.send_test(row)
    own, _own = add(program)

    answers = [
        program("get", one),
        program("patch", one, {"status": "paused"}, If_Match=made["ETag"]),
        program("delete", one, If_Match=made["ETag"]),
        program("post", f"{one}secret/"),
        program("post", f"{one}test/"),
        program("get", f"{one}deliveries/"),
        program("get", f"{one}deliveries/{delivery.pk}/"),
        program("post", f"{one}deliveries/{delivery.pk}/again/"),
        program("post", f"{own}deliveries/{delivery.pk}/again/"),
    ]

    assert {answer.status_code for answer in answers} == {404}
    row.refresh_from_db()
    assert (row.status, row.former_secret, row.deliveries.count()) == ("active", "", 1)
    assert program.done("get", "/webhooks/")["count"] == 1


def test_it_takes_the_scope_or_a_session_that_has_shown_lately_who_it_is(client, settings):
    person = make_user()
    other = Program(person, Scope.DRAFT)("get", "/webhooks/")
    sign_in(client, person)
    lately = client.get("/api/v1/webhooks/")
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    later = client.get("/api/v1/webhooks/")

    assert (other.status_code, "webhooks" in other.json()["detail"]) == (403, True)
    assert (lately.status_code, later.status_code) == (200, 403)


@pytest.mark.parametrize(("path", "count"), [("", 2), ("{one}deliveries/", 4)])
def test_lists_cost_the_same_for_much_as_for_little(program, path, count, django_assert_num_queries):
    one, _made = add(program)
    row = program.user.webhooks.get()
    address = path.format(one=one) or "/webhooks/"
    keeping.send_test(row)
    program("get", address)  # the first use of a key is noted

    with django_assert_num_queries(count):
        program.done("get", address)
    for number in range(3):
        add(program, address=f"https://partner.example/{number}")
        keeping.send_test(row)
    with django_assert_num_queries(count):
        program.done("get", address)
