"""The pages on which somebody keeps their webhooks: only their own, and secrets once."""

import re

import pytest

from accounts.enums import AuditAction, WebhookStatus
from accounts.models import AuditEvent, WebhookDelivery, WebhookEndpoint
from accounts.webhooks import keeping
from accounts.webhooks.announcing import Happening, announce
from accounts.webhooks.sending import SECRETS, deliver_due
from tests.people import PASSWORD, make_user
from tests.webhook_sink import WebhookSink

pytestmark = pytest.mark.django_db
PAGE = "/accounts/webhooks/"
FORM = {"address": "https://partner.example/hook", "kinds": ["practice.published", "need.opened"]}


@pytest.fixture
def person():
    return make_user()


@pytest.fixture
def signed_in(client, person):
    """Somebody who has just signed in."""
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    return client


def secrets_in(answer):
    return re.findall(r"whsec_[A-Za-z0-9+/=]+", answer.content.decode())


def test_a_secret_is_shown_when_it_is_made_and_never_again(signed_in, person):
    shown = signed_in.post(PAGE, FORM)

    row = person.webhooks.get()
    assert (shown.status_code, shown["Cache-Control"].count("no-store")) == (200, 1)
    assert (row.address, row.kinds) == (FORM["address"], FORM["kinds"])
    assert secrets_in(shown) == [SECRETS.decrypt(row.secret)]
    assert [secrets_in(signed_in.get(path)) for path in (PAGE, f"{PAGE}{row.pk}/")] == [[], []]
    assert AuditEvent.objects.filter(action=AuditAction.WEBHOOK_ADDED, actor=person).count() == 1


@pytest.mark.parametrize(
    "change",
    [{"address": "https://127.0.0.1/"}, {"address": ""}, {"address": "hook"}, {"kinds": []}, {"kinds": ["user.made"]}],
)
def test_what_cannot_be_reached_or_told_is_not_added(signed_in, change):
    answer = signed_in.post(PAGE, FORM | change)

    assert (answer.status_code, WebhookEndpoint.objects.count()) == (422, 0)


def test_the_same_address_twice_or_too_many_are_refused(signed_in, person):
    signed_in.post(PAGE, FORM)
    again = signed_in.post(PAGE, FORM)
    other, _secret = keeping.add(person, address="https://partner.example/other", kinds=["need.opened"])
    moved = signed_in.post(f"{PAGE}{other.pk}/", FORM)
    for number in range(keeping.MOST):
        last = signed_in.post(PAGE, FORM | {"address": f"https://partner.example/{number}"})

    statuses = [answer.status_code for answer in (again, moved, last)]
    assert (statuses, person.webhooks.count()) == ([422, 422, 422], keeping.MOST)


def test_everything_can_be_done_with_ones_own(signed_in, person):
    row, secret = keeping.add(person, address=FORM["address"], kinds=["need.opened"])
    address, change = f"{PAGE}{row.pk}/", f"{PAGE}{row.pk}/change/"

    new = {"address": "https://partner.example/new", "kinds": ["offer.opened"]}
    assert signed_in.post(address, new).status_code == 302
    assert signed_in.post(change, {"do": "pause"}).status_code == 302
    row.refresh_from_db()
    assert (row.address, row.kinds, row.status) == (new["address"], ["offer.opened"], WebhookStatus.PAUSED)
    signed_in.post(change, {"do": "switch_on"})
    (new,) = secrets_in(signed_in.post(change, {"do": "renew_secret"}))
    row.refresh_from_db()
    assert (row.status, SECRETS.decrypt(row.former_secret)) == (WebhookStatus.ACTIVE, secret)
    assert new == SECRETS.decrypt(row.secret) != secret
    signed_in.post(change, {"do": "send_test"})
    assert row.deliveries.get().event.kind == "webhook.test"
    assert signed_in.post(change, {"do": "nonsense"}).status_code == 404
    signed_in.post(change, {"do": "remove"})
    assert (person.webhooks.count(), WebhookDelivery.objects.count()) == (0, 0)


def test_what_was_answered_is_shown_escaped_and_sent_again_on_demand(signed_in, person, settings):
    with WebhookSink() as sink:
        settings.WEBHOOK_ALLOW = [sink.place]
        row, _secret = keeping.add(person, address=sink.address, kinds=["need.opened"])
        announce([Happening("need.opened", "need:1", {"code": "ND-2026-1"}, "/", "/")])
        sink.answers = lambda taken: (200, {}, b"<script>alert(1)</script>")
        deliver_due()
        text = signed_in.get(f"{PAGE}{row.pk}/").content.decode()
        signed_in.post(f"{PAGE}{row.pk}/change/", {"do": "send_again", "delivery": row.deliveries.get().pk})
        deliver_due()

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script>alert(1)" not in text
    assert len({taken.key for taken in sink.taken}) == 1
    assert len(sink.taken) == 2


def test_nobody_reaches_the_webhooks_of_others(signed_in, person):
    row, _secret = keeping.add(make_user(), address=FORM["address"], kinds=["need.opened"])
    delivery = keeping.send_test(row)
    own, _secret = keeping.add(person, address=FORM["address"], kinds=["need.opened"])

    answers = [
        signed_in.get(f"{PAGE}{row.pk}/"),
        signed_in.post(f"{PAGE}{row.pk}/", FORM),
        signed_in.post(f"{PAGE}{row.pk}/change/", {"do": "remove"}),
        signed_in.post(f"{PAGE}{own.pk}/change/", {"do": "send_again", "delivery": delivery.pk}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert row.deliveries.count() == 1


def test_the_page_costs_the_same_for_much_as_for_little(signed_in, person, django_assert_max_num_queries):
    row, _secret = keeping.add(person, address=FORM["address"], kinds=["need.opened"])
    for _number in range(20):
        keeping.send_test(row)

    with django_assert_max_num_queries(14):
        assert signed_in.get(f"{PAGE}{row.pk}/").status_code == 200
