"""Which rows of assistance and resources, and how they are loaded.

``published`` is what anybody may open by its address, also when it is over; ``live`` is what a public list offers.
Each ``visible_to`` is the union of what a person's roles let them read, and nothing without a role.
"""

from django.db import models
from django.db.models import Prefetch, Q
from django.utils import timezone

from exchanges.enums import Answer, ExchangeStatus, NeedStatus, OfferStatus, Visibility
from practices.enums import PracticeStatus
from practices.models import Adoption, ChallengeArea, Practice, Topic


def _has_a_role(user):
    return user.is_authenticated and user.is_active and bool(user.roles)


def live_practices(path="practices"):
    """Load the practices under ``path``, only those that can be read: what was retracted is not named."""
    return Prefetch(path, Practice.objects.live().filter(merged_into=None).select_related("live", "country"))


def _practice_slugs():
    """Of the practices that can be read, the slugs alone."""
    return Prefetch("practices", Practice.objects.live().filter(merged_into=None).only("slug"))


def _subject_slugs():
    """Of challenge areas and topics, the slugs alone."""
    return (
        Prefetch("challenge_areas", ChallengeArea.objects.only("slug")),
        Prefetch("topics", Topic.objects.only("slug")),
    )


def live_adoptions():
    """Adoptions of practices that can be read."""
    rows = Adoption.objects.filter(practice__status=PracticeStatus.LIVE)
    return rows.select_related("practice__live", "country")


class AssistanceQuerySet(models.QuerySet):
    """Offers or needs."""

    LIVE = ()

    def published(self):
        """What anybody may open: opened once, and meant for everybody."""
        return self.filter(opened_at__isnull=False, visibility=Visibility.PUBLIC)

    def live(self):
        """What the public list offers."""
        return self.published().filter(status__in=self.LIVE)

    def open_to(self, user):
        """What a list offers ``user``: everything that is open, also to partners only for those who have a role."""
        rows = self.filter(opened_at__isnull=False) if _has_a_role(user) else self.published()
        return rows.filter(status__in=self.LIVE)

    def visible_to(self, user):
        """What ``user`` may open: published; with a role everything that was opened; of their own country all."""
        rows = Q(opened_at__isnull=False, visibility=Visibility.PUBLIC)
        if _has_a_role(user):
            rows |= Q(opened_at__isnull=False)
            if user.is_officer:
                rows |= Q(country__in=user.country_codes)
        return self.filter(rows)

    def of_country(self, user):
        """What the countries of ``user`` wrote, in every state."""
        return self.filter(country__in=user.country_codes) if user.is_authenticated else self.none()

    def for_cards(self):
        """Load what a card shows, in a fixed number of queries."""
        return self.select_related("country").prefetch_related("challenge_areas", "topics")


class OfferQuerySet(AssistanceQuerySet):
    LIVE = (OfferStatus.OPEN,)

    def for_cards(self):
        return super().for_cards().select_related("organisation")

    def for_rows(self):
        """Load what a row of the API gives."""
        return self.select_related("organisation").prefetch_related(*_subject_slugs(), _practice_slugs())


class NeedQuerySet(AssistanceQuerySet):
    LIVE = (NeedStatus.OPEN, NeedStatus.MATCHED)

    def for_cards(self):
        """Adds ``interested_count``: countries that said they could help."""
        rows = super().for_cards().select_related("practice__live").prefetch_related("joined__country")
        return rows._with_interested()

    def for_rows(self):
        """Load what a row of the API gives."""
        return self.select_related("practice").prefetch_related(*_subject_slugs(), "joined")._with_interested()

    def _with_interested(self):
        interested = models.Count("matches", filter=Q(matches__country_answer=Answer.ACCEPTED), distinct=True)
        return self.annotate(interested_count=interested)


class MatchQuerySet(models.QuerySet):
    def of_sides(self, user):
        """Matches in which ``user`` speaks for a side that may know of them: the asking country, or the offering one
        while the need is open to it."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        own = user.country_codes
        return self.filter(Q(need__country__in=own) | Q(country__in=own, need__opened_at__isnull=False))

    def visible_to(self, user):
        """The matches of one's own countries; brokers see those of all opened needs."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        rows = self.of_sides(user)
        return rows | self.filter(need__opened_at__isnull=False) if user.is_curator else rows

    def undecided(self):
        """Matches that wait for a side, or for the exchange that comes of them."""
        return self.filter(exchange=None).exclude(need_answer=Answer.DECLINED).exclude(country_answer=Answer.DECLINED)

    def for_cards(self):
        return self.select_related("need__country", "need__practice__live", "country", "offer", "practice__live")


class ExchangeQuerySet(models.QuerySet):
    LONG_TEXTS = ("objective", "outputs", "cost_share", "outcome", "lessons", "sources", "ending_note")

    def live(self):
        """What the public may read: agreed once or recorded from public sources, and meant for everybody."""
        return self.filter(published_at__isnull=False, visibility=Visibility.PUBLIC)

    def of_parties(self, user):
        """Exchanges to which a country or an organisation of ``user`` is a party."""
        if not _has_a_role(user):
            return self.none()
        return self.filter(pk__in=self._joined_by(user))

    def _joined_by(self, user):
        """The ids of the exchanges in which ``user``, who has a role, takes part."""
        own = Q(country__in=user.country_codes) | Q(organisation__in=user.organisation_ids)
        return self._parties().filter(own).values("exchange")

    def _parties(self):
        return self.model._meta.get_field("parties").related_model._default_manager

    def visible_to(self, user):
        """Public ones; with a role also those for partners; to its parties and to curators, who broker, all."""
        rows = Q(published_at__isnull=False, visibility=Visibility.PUBLIC)
        if _has_a_role(user):
            rows |= Q(published_at__isnull=False)
            rows |= Q(pk__in=self._joined_by(user))
            if user.is_curator:
                rows |= Q(status=ExchangeStatus.PROPOSED)
        return self.filter(rows)

    def with_parties(self):
        """Load the parties of each, with the countries and organisations that they are, in one query."""
        return self.prefetch_related(Prefetch("parties", self._parties().select_related("country", "organisation")))

    def for_cards(self):
        """Load what a card shows, in a fixed number of queries."""
        return self.with_parties().prefetch_related("challenge_areas", live_practices())

    def for_rows(self):
        """Load what a row of the API gives and no more: whole lists are read this way."""
        parties = self._parties().select_related("organisation")
        return self.defer(*self.LONG_TEXTS).prefetch_related(
            Prefetch("parties", parties), *_subject_slugs(), _practice_slugs()
        )


class DocumentQuerySet(models.QuerySet):
    def openable(self):
        """Documents that are there: elsewhere, or looked through by a worker and not taken away."""
        return self.filter(Q(file=None) | Q(file__prepared_at__isnull=False, file__removed_at=None))

    def visible_to(self, user):
        """Documents ``user`` may open: all of their own exchanges, of others those that readers are shown."""
        exchanges = self.model._meta.get_field("exchange").related_model._default_manager
        told = Q(is_public=True, exchange__in=exchanges.visible_to(user).filter(published_at__isnull=False))
        return self.filter(told | Q(exchange__in=exchanges.of_parties(user)))


class FollowUpQuerySet(models.QuerySet):
    def due(self, today=None):
        """Checks that should be made by ``today`` and have not been."""
        return self.filter(done_at=None, due_on__lte=today or timezone.localdate())


class FundQuerySet(models.QuerySet):
    def live(self):
        """Every fund is public."""
        return self.all()

    def maintained_by(self, user):
        """Funds that ``user`` maintains: all as an administrator, those of their organisation as its member."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self if user.is_administrator else self.filter(organisation__in=user.organisation_ids)

    def for_cards(self):
        """Adds ``projects_count``."""
        rows = self.select_related("organisation").prefetch_related("challenge_areas", "calls")
        return rows.annotate(projects_count=models.Count("projects", distinct=True))

    def for_rows(self):
        return self.for_cards()


class CallQuerySet(models.QuerySet):
    def open_on(self, day):
        return self.filter(opens_on__lte=day, closes_on__gte=day)

    def not_over(self, day):
        return self.filter(closes_on__gte=day)


class ProjectQuerySet(models.QuerySet):
    def live(self):
        """Every project is public."""
        return self.all()

    def for_cards(self):
        return self.select_related("fund").prefetch_related("countries", "challenge_areas")

    def for_rows(self):
        return self.for_cards()

    def for_iati(self):
        """Load what an activity of IATI tells, in a fixed number of queries."""
        contributions = self.model._meta.get_field("contributions").related_model._default_manager.live()
        return (
            self.for_cards()
            .select_related("fund__organisation")
            .prefetch_related(Prefetch("contributions", contributions.select_related("country", "organisation")))
        )

    def amounts(self):
        """What the projects that give an amount add up to: [{currency, amount, count}], one row per currency."""
        rows = self.filter(amount__isnull=False).order_by().values("currency")
        return rows.annotate(amount=models.Sum("amount"), count=models.Count("pk")).order_by("currency")


class ContributionQuerySet(models.QuerySet):
    def live(self):
        """What the public may read: gifts to funds and projects, and to exchanges that are public."""
        public = Q(exchange__published_at__isnull=False, exchange__visibility=Visibility.PUBLIC)
        return self.filter(Q(exchange=None) | public)

    def of_fund(self, fund):
        """Gifts to the fund as a whole and to its projects."""
        return self.filter(Q(fund=fund) | Q(project__fund=fund))

    def for_lists(self):
        return self.select_related("country", "organisation", "project").order_by("-value_on", "-pk")

    def totals(self):
        """What was given in each form and currency: [{kind, currency, committed, disbursed, quantity, count}].

        Nothing is added up across forms or currencies. Amounts in the currency beside them; quantities in pieces,
        days or places, as the kind says; None where no row gives one.
        """
        sums = {name: models.Sum(name) for name in ("committed", "disbursed", "quantity")}
        return (
            self.order_by()
            .values("kind", "currency")
            .annotate(count=models.Count("pk"), **sums)
            .order_by("kind", "currency")
        )
