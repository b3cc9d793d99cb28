"""What a receiver can trust: the signature of Standard Webhooks (V17)."""

import datetime

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from accounts.models import WebhookEndpoint
from accounts.webhooks import keeping
from accounts.webhooks.sending import SECRETS, _lease_next, body_of, headers_of
from tests.people import make_user

pytestmark = pytest.mark.django_db
# The vector that the libraries of the standard are tested with.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY, MOMENT, PAYLOAD = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.fixture
def leased():
    """A delivery that is about to be sent, and the secret of its webhook."""
    row, secret = keeping.add(make_user(), address="https://partner.example/hook", kinds=["need.opened"])
    keeping.send_test(row)
    return _lease_next(timezone.now()), secret


def test_the_vector_of_the_standard():
    moment = datetime.datetime.fromtimestamp(MOMENT, datetime.UTC)

    assert Webhook(SECRET).sign(KEY, moment, PAYLOAD) == SIGNATURE


def test_a_receiver_believes_what_was_signed_and_nothing_else(leased):
    row, secret = leased
    body = body_of(row)
    headers = headers_of(row, body)
    stranger = Webhook(keeping.new_secret())

    assert Webhook(secret).verify(body, headers)["type"] == "webhook.test"
    for changed, said in (
        (body.replace(b"test", b"best"), headers),
        (body, headers | {"webhook-id": "msg_other"}),
        (body, headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)}),
        (body, headers | {"webhook-signature": "v1,AAAA"}),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(changed, said)
    with pytest.raises(WebhookVerificationError):
        stranger.verify(body, headers)


def test_what_was_caught_and_is_sent_later_is_refused(leased, monkeypatch):
    row, secret = leased
    body = body_of(row)
    long_ago = timezone.now() - datetime.timedelta(minutes=5, seconds=2)
    monkeypatch.setattr("django.utils.timezone.now", lambda: long_ago)
    headers = headers_of(row, body)

    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(secret).verify(body, headers)


@pytest.mark.parametrize("is_overlap_over", [False, True])
def test_while_a_secret_is_changed_both_are_believed(leased, is_overlap_over):
    row, former = leased
    endpoint = WebhookEndpoint.objects.get()
    new = keeping.renew_secret(endpoint, by=endpoint.user)
    if is_overlap_over:
        WebhookEndpoint.objects.update(former_until=timezone.now())
    WebhookEndpoint.objects.update(leased_until=None)
    row = _lease_next(timezone.now())
    body = body_of(row)
    headers = headers_of(row, body)

    assert Webhook(new).verify(body, headers)
    assert len(headers["webhook-signature"].split()) == (1 if is_overlap_over else 2)
    if is_overlap_over:
        with pytest.raises(WebhookVerificationError):
            Webhook(former).verify(body, headers)
    else:
        assert Webhook(former).verify(body, headers)


def test_secrets_are_kept_encrypted_and_each_is_another():
    user = make_user()
    first, secret = keeping.add(user, address="https://partner.example/1", kinds=["need.opened"])
    _second, other = keeping.add(user, address="https://partner.example/2", kinds=["need.opened"])

    first.refresh_from_db()
    assert secret != other
    assert secret not in first.secret
    assert SECRETS.decrypt(first.secret) == secret


def test_a_new_key_of_the_portal_leaves_secrets_as_they_are(settings):
    row, secret = keeping.add(make_user(), address="https://partner.example/hook", kinds=["need.opened"])
    new = keeping.renew_secret(row, by=row.user)
    former, settings.SECRET_KEY = settings.SECRET_KEY, "the new one"

    with pytest.raises(CommandError, match=f"accounts {row.user_id}"):
        call_command("change_key")
    settings.SECRET_KEY_FALLBACKS = [former]
    call_command("change_key")
    settings.SECRET_KEY_FALLBACKS = []

    row.refresh_from_db()
    assert (SECRETS.decrypt(row.secret), SECRETS.decrypt(row.former_secret)) == (new, secret)
