"""The secret address at which a calendar program reads what the exchanges of a person plan."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchanges.models.common import PERSON


class CalendarAddress(models.Model):
    """One address for one person: a new one takes the place of the last. Only the digest of its token is kept."""

    user = models.OneToOneField(PERSON, models.CASCADE, related_name="calendar_address", verbose_name=_("person"))
    token_digest = models.CharField(_("digest of the token"), max_length=64, unique=True)
    made_at = models.DateTimeField(_("made at"), default=timezone.now)

    class Meta:
        verbose_name = _("calendar address")
        verbose_name_plural = _("calendar addresses")

    def __str__(self):
        return f"{self.user_id} · {self.made_at:%Y-%m-%d}"
