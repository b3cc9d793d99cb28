"""Which open offers could answer a need, and which open needs an offer could answer: filtered and first sorted in SQL.

Left out is what cannot come about: paused, expired or full offers, times that do not meet, the countries' own.
``fit`` is a rough measure of what both have in common; it decides which rows are scored at all.
"""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, F, IntegerField, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from exchanges.enums import UNDER_WAY, NeedStatus, OfferStatus, PartyRole
from exchanges.models import Need, NeedCountry, Offer, Party

# What a thing in common is worth when rows are chosen for scoring.
_AREA, _TOPIC, _PRACTICE, _FORM = 2, 3, 6, 1


def open_offers():
    """Offers that are open, not over and not full, as a queryset.

    Each has ``taken_count`` (countries that it serves now), ``area_slugs``, ``topic_slugs`` and ``practice_ids``.
    """
    today = timezone.localdate()
    offers = Offer.objects.filter(
        _not_before(today, "expires_on"), _not_before(today, "ends_on"), status=OfferStatus.OPEN
    ).annotate(
        taken_count=_taken(),
        area_slugs=_column(Offer.challenge_areas.through, "challengearea"),
        topic_slugs=_column(Offer.topics.through, Coalesce("topic__merged_into", "topic")),
        practice_ids=_column(Offer.practices.through, "practice"),
    )
    has_room = Q(capacity_count=None) | Q(capacity_count__gt=F("taken_count"))
    return offers.filter(has_room).select_related("country")


def offers_for(ask):
    """Open offers of other countries that could answer ``ask``, the best fitting first, as a queryset."""
    wanted = [ask.practice_id] if ask.practice_id else []
    offers = (
        open_offers()
        .exclude(country__in=ask.codes)
        .filter(_not_before(ask.starts_on, "ends_on"), _not_after(ask.ends_on, "starts_on"))
        .filter(pk__in=_about(Offer, ask.areas, ask.topics, wanted))
    )
    practice = _PRACTICE * _count(Offer.practices.through, "offer", practice__in=wanted)
    offers = offers.annotate(fit=_fit(Offer, ask.areas, ask.topics, ask.modalities) + practice)
    return offers.order_by("-fit", "-opened_at", "-pk")


def needs_for(offer):
    """Open needs of other countries that ``offer`` (of ``open_offers``) could answer, the best fitting first."""
    today = timezone.localdate()
    needs = (
        Need.objects.filter(_not_before(today, "expires_on"), _not_before(today, "ends_on"), status=NeedStatus.OPEN)
        .exclude(country=offer.country_id)
        .exclude(pk__in=NeedCountry.objects.filter(country=offer.country_id).values("need"))
        .filter(_not_before(offer.starts_on, "ends_on"), _not_after(offer.ends_on, "starts_on"))
        .filter(Q(pk__in=_about(Need, offer.area_slugs, offer.topic_slugs)) | Q(practice__in=offer.practice_ids))
    )
    practice = Case(When(practice__in=offer.practice_ids, then=Value(_PRACTICE)), default=Value(0))
    needs = needs.annotate(fit=_fit(Need, offer.area_slugs, offer.topic_slugs, offer.modalities) + practice)
    return needs.order_by("-fit", "-opened_at", "-pk")


def _not_before(day, column):
    """Rows whose ``column`` is not before ``day``; an empty one, or no day, sets no limit."""
    return Q(**{f"{column}__isnull": True}) | Q(**{f"{column}__gte": day}) if day else Q()


def _not_after(day, column):
    return Q(**{f"{column}__isnull": True}) | Q(**{f"{column}__lte": day}) if day else Q()


def _about(model, areas, topics, practices=()):
    """Ids of offers or needs on one of the areas or topics, or of offers with one of the practices."""
    name = model._meta.model_name
    ids = model.challenge_areas.through.objects.filter(challengearea__in=areas).values(name)
    ids = ids.union(model.topics.through.objects.filter(topic__in=topics).values(name))
    return ids.union(model.practices.through.objects.filter(practice__in=practices).values(name)) if practices else ids


def _fit(model, areas, topics, modalities):
    name = model._meta.model_name
    in_form = Case(When(modalities__overlap=list(modalities), then=Value(_FORM)), default=Value(0))
    return (
        _AREA * _count(model.challenge_areas.through, name, challengearea__in=areas)
        + _TOPIC * _count(model.topics.through, name, topic__in=topics)
        + in_form
    )


def _count(through, name, **lookups):
    """How many rows of ``through`` an offer or need has that meet ``lookups``."""
    rows = through.objects.filter(**{name: OuterRef("pk")}, **lookups).order_by().values(name)
    return Coalesce(Subquery(rows.annotate(count=Count("pk")).values("count"), output_field=IntegerField()), 0)


def _column(through, column):
    """What stands in ``column`` of the rows of ``through`` that an offer has, as a list."""
    return ArraySubquery(through.objects.filter(offer=OuterRef("pk")).order_by().values_list(column))


def _taken():
    parties = Party.objects.filter(
        exchange__matches__offer=OuterRef("pk"), exchange__status__in=UNDER_WAY, role=PartyRole.BENEFICIARY
    ).order_by()
    rows = parties.values("exchange__matches__offer").annotate(count=Count("country", distinct=True))
    return Coalesce(Subquery(rows.values("count"), output_field=IntegerField()), 0)
