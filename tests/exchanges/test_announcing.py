"""What webhooks are told of offers, needs and exchanges: what everybody may read, and nothing before or beside it."""

import pytest

from accounts.enums import Role
from accounts.models import PublicEvent
from accounts.webhooks import keeping
from exchanges.enums import ExchangeStatus, NeedStatus, OfferStatus, Visibility
from exchanges.workflow import exchanges, needs, offers
from tests.exchanges_make import make_exchange, make_need, make_offer
from tests.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def listener():
    """Somebody is told of everything."""
    kinds = ["exchange.published", "exchange.changed", "need.opened", "need.closed", "offer.opened", "offer.closed"]
    return keeping.add(make_user(), address="https://partner.example/hook", kinds=kinds)


def told():
    return list(PublicEvent.objects.order_by("pk").values_list("kind", "about"))


@pytest.mark.parametrize("visibility", Visibility)
def test_an_offer_is_told_when_it_opens_pauses_and_closes(settings, visibility):
    settings.SITE_URL = "https://portal.example"
    officer = make_user(Role.OFFICER, country="BGD")
    offer = make_offer(OfferStatus.OPEN, country="BGD", visibility=visibility)

    offers.pause(offer, by=officer)
    offers.resume(offer, by=officer)
    offers.close(offer, by=officer, note="Nobody is free.")

    about = f"offer:{offer.pk}"
    kinds = ["offer.closed", "offer.opened", "offer.closed"]
    assert told()[-3:] == ([(kind, about) for kind in kinds] if visibility == Visibility.PUBLIC else [])
    if visibility == Visibility.PUBLIC:
        assert PublicEvent.objects.last().data == {
            "code": offer.code,
            "status": "closed",
            "url": f"https://portal.example/exchanges/offers/{offer.code}/",
            "api": f"https://portal.example/api/v1/offers/{offer.code}/",
        }


def test_a_draft_that_is_given_up_was_never_told():
    need = make_need(NeedStatus.DRAFT, country="BGD")

    needs.withdraw(need, by=make_user(Role.OFFICER, country="BGD"), note="We know now.")

    assert told() == []


def test_an_exchange_is_told_from_the_agreement_on():
    officer = make_user(Role.OFFICER, country="BGD")
    exchange = make_exchange(ExchangeStatus.AGREED)

    exchanges.cancel(exchange, by=officer, note="There was a flood.")

    assert told()[-1] == ("exchange.changed", f"exchange:{exchange.pk}")
    assert "flood" not in str(PublicEvent.objects.last().data)
