"""What countries offer and what they need, and which offer may answer which need."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from countries.enums import UnicefRegion
from exchanges.enums import Answer, MatchOrigin, NeedStatus, OfferStatus
from exchanges.models.common import PERSON, Assistance, Event, does_not_end_before_it_starts
from exchanges.querysets import MatchQuerySet, NeedQuerySet, OfferQuerySet
from exchanges.search import NEED_WORDS, OFFER_WORDS
from practices.enums import PracticeStatus


class Offer(Assistance):
    """Technical assistance that a country can give."""

    status = models.CharField(_("status"), max_length=12, choices=OfferStatus, default=OfferStatus.DRAFT)
    organisation = models.ForeignKey(
        "accounts.Organisation",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="offers",
        verbose_name=_("institution that would give it"),
    )
    practices = models.ManyToManyField("practices.Practice", related_name="offers", blank=True)
    regions = ArrayField(
        models.CharField(max_length=4, choices=UnicefRegion),
        verbose_name=_("regions that it is meant for"),
        default=list,
        blank=True,
    )
    capacity_count = models.PositiveIntegerField(_("countries at a time"), null=True, blank=True)
    capacity_note = models.TextField(_("capacity"), blank=True)
    conditions = models.TextField(_("conditions"), blank=True)

    objects = OfferQuerySet.as_manager()

    class Meta(Assistance.Meta):
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        indexes = [
            models.Index(fields=["status", "-opened_at"], name="offer_list"),
            models.Index(fields=["country", "status"], name="offer_of_country"),
            GinIndex(OFFER_WORDS, name="offer_words"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["code_year", "code_number"], name="offer_code_once"),
            does_not_end_before_it_starts("offer_does_not_end_before_it_starts"),
            models.CheckConstraint(
                condition=Q(status__in=[OfferStatus.DRAFT, OfferStatus.ENDORSEMENT, OfferStatus.CLOSED])
                | Q(opened_at__isnull=False),
                name="offer_open_says_since_when",
            ),
        ]

    def get_absolute_url(self):
        return reverse("exchanges:offer", args=[self.code])


class Need(Assistance):
    """Technical assistance that a country asks for; other countries may join it."""

    status = models.CharField(_("status"), max_length=12, choices=NeedStatus, default=NeedStatus.DRAFT)
    practice = models.ForeignKey(
        "practices.Practice",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="needs",
        verbose_name=_("practice that is wanted"),
    )
    countries = models.ManyToManyField(
        "countries.Country", through="exchanges.NeedCountry", related_name="joined_needs", blank=True
    )
    outcome = models.TextField(_("what should change"), blank=True)
    beneficiaries = models.TextField(_("whom it serves"), blank=True)
    budget_note = models.TextField(_("money that is there already"), blank=True)

    objects = NeedQuerySet.as_manager()

    class Meta(Assistance.Meta):
        verbose_name = _("need")
        verbose_name_plural = _("needs")
        indexes = [
            models.Index(fields=["status", "-opened_at"], name="need_list"),
            models.Index(fields=["country", "status"], name="need_of_country"),
            GinIndex(NEED_WORDS, name="need_words"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["code_year", "code_number"], name="need_code_once"),
            does_not_end_before_it_starts("need_does_not_end_before_it_starts"),
            models.CheckConstraint(
                condition=Q(status__in=[NeedStatus.DRAFT, NeedStatus.ENDORSEMENT, NeedStatus.WITHDRAWN])
                | Q(opened_at__isnull=False),
                name="need_open_says_since_when",
            ),
        ]

    def get_absolute_url(self):
        return reverse("exchanges:need", args=[self.code])

    @property
    def public_practice(self):
        """The practice that is wanted, None where it cannot be read any more."""
        return self.practice if self.practice_id and self.practice.status == PracticeStatus.LIVE else None


class NeedCountry(models.Model):
    """Another country that asks for the same, so that one exchange may serve both."""

    need = models.ForeignKey(Need, models.PROTECT, related_name="joined")
    country = models.ForeignKey("countries.Country", models.PROTECT, related_name="+")
    joined_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    joined_at = models.DateTimeField(_("joined at"), default=timezone.now)

    class Meta:
        verbose_name = _("country that joined a need")
        verbose_name_plural = _("countries that joined a need")
        ordering = ["need_id", "joined_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["need", "country"], name="need_country_once")]

    def __str__(self):
        return f"{self.need_id} · {self.country_id}"


class Match(models.Model):
    """A country, perhaps with an offer, that may answer a need: how well and why, and what each side says.

    ``reasons``: [{"factor", "points" (0-1), "weight", …}] as ``matching`` wrote them; the words are made when shown.
    A pair of need and country has one row; another country than the one that asks is kept by a trigger.
    """

    need = models.ForeignKey(Need, models.PROTECT, related_name="matches")
    country = models.ForeignKey("countries.Country", models.PROTECT, related_name="matches")
    offer = models.ForeignKey(Offer, models.PROTECT, null=True, blank=True, related_name="matches")
    practice = models.ForeignKey("practices.Practice", models.PROTECT, null=True, blank=True, related_name="matches")
    origin = models.CharField(_("origin"), max_length=8, choices=MatchOrigin, default=MatchOrigin.SYSTEM)
    score = models.FloatField(_("score"), default=0)
    reasons = models.JSONField(_("reasons"), default=list, blank=True)
    proposed_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(_("why it was proposed"), blank=True)
    created_at = models.DateTimeField(_("made at"), default=timezone.now)
    updated_at = models.DateTimeField(_("last computed at"), default=timezone.now)
    need_answer = models.CharField(_("the asking side says"), max_length=8, choices=Answer, default=Answer.PENDING)
    need_reason = models.TextField(_("its reason"), blank=True)
    need_answered_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    need_answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    country_answer = models.CharField(_("the offering side says"), max_length=8, choices=Answer, default=Answer.PENDING)
    country_reason = models.TextField(_("its reason"), blank=True)
    country_answered_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    country_answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    exchange = models.ForeignKey("exchanges.Exchange", models.SET_NULL, null=True, blank=True, related_name="matches")

    objects = MatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("match")
        verbose_name_plural = _("matches")
        ordering = ["-score", "country_id"]
        indexes = [models.Index(fields=["country", "-score"], name="match_of_country")]
        constraints = [
            models.UniqueConstraint(fields=["need", "country"], name="match_once_per_country"),
            models.CheckConstraint(
                condition=~Q(need_answer=Answer.DECLINED) | ~Q(need_reason=""),
                name="match_declined_by_need_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(country_answer=Answer.DECLINED) | ~Q(country_reason=""),
                name="match_declined_by_country_says_why",
            ),
            models.CheckConstraint(
                condition=Q(score__gte=0) & Q(score__lte=1),
                name="match_score_between_0_and_1",
            ),
        ]

    def __str__(self):
        return f"{self.need_id} ← {self.country_id}"

    @property
    def is_accepted(self):
        """Whether both sides want it."""
        return self.need_answer == self.country_answer == Answer.ACCEPTED

    @property
    def is_declined(self):
        return Answer.DECLINED in (self.need_answer, self.country_answer)


class OfferEvent(Event):
    """One line of the history of an offer."""

    offer = models.ForeignKey(Offer, models.PROTECT, related_name="events")

    class Meta:
        verbose_name = _("event of an offer")
        verbose_name_plural = _("events of offers")
        ordering = ["offer_id", "at", "pk"]
        get_latest_by = ["at", "pk"]


class NeedEvent(Event):
    """One line of the history of a need."""

    need = models.ForeignKey(Need, models.PROTECT, related_name="events")

    class Meta:
        verbose_name = _("event of a need")
        verbose_name_plural = _("events of needs")
        ordering = ["need_id", "at", "pk"]
        get_latest_by = ["at", "pk"]
