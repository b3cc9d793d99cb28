"""When what the public may read of exchanges, offers and needs changed last, for whoever follows them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from practices.models import Position


class ExchangeChange(Position):
    exchange = models.OneToOneField(
        "exchanges.Exchange", models.CASCADE, primary_key=True, related_name="public_change"
    )

    class Meta:
        verbose_name = _("change of an exchange")
        verbose_name_plural = _("changes of exchanges")


class OfferChange(Position):
    offer = models.OneToOneField("exchanges.Offer", models.CASCADE, primary_key=True, related_name="public_change")

    class Meta:
        verbose_name = _("change of an offer")
        verbose_name_plural = _("changes of offers")


class NeedChange(Position):
    need = models.OneToOneField("exchanges.Need", models.CASCADE, primary_key=True, related_name="public_change")

    class Meta:
        verbose_name = _("change of a need")
        verbose_name_plural = _("changes of needs")
