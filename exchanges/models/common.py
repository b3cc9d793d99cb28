"""What several tables of this floor share."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchanges.currencies import CURRENCIES
from exchanges.enums import TITLE_LIMIT, CostSharing, EventKind, Modality, Visibility
from practices.enums import Language

PERSON = "accounts.User"


class Coded(models.Model):
    """Something with a public code such as EX-2026-3. Codes are given by ``numbering.give_code`` and never change."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    code_year = models.PositiveSmallIntegerField(_("year of the code"))
    code_number = models.PositiveIntegerField(_("number of the code"))

    class Meta:
        abstract = True

    def __str__(self):
        return self.code


class Maintained(models.Model):
    """Rows that people maintain on pages: a form sent twice makes one, a save on an old revision changes nothing."""

    form_key = models.UUIDField(_("key of the form that began it"), unique=True, null=True, blank=True)
    revision = models.PositiveIntegerField(_("revision"), default=1)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    updated_at = models.DateTimeField(_("last changed at"), default=timezone.now)
    updated_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        abstract = True


class InWords:
    """The forms and languages of a row with ``modalities`` and ``languages``, as people read them."""

    @property
    def modality_names(self):
        return [Modality(value).label for value in self.modalities]

    @property
    def language_names(self):
        """[(code, the language by its own name)]"""
        return [(code, Language(code).label) for code in self.languages]


class Event(models.Model):
    """One line of a history. Only ever added to; the database refuses everything else."""

    at = models.DateTimeField(_("at"), default=timezone.now)
    kind = models.CharField(_("kind"), max_length=20, choices=EventKind)
    actor = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+", verbose_name=_("who"))
    from_status = models.CharField(_("from"), max_length=20, blank=True)
    to_status = models.CharField(_("to"), max_length=20)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        abstract = True

    def __str__(self):
        return f"{self.kind} {self.at:%Y-%m-%d}"


class Assistance(InWords, Coded):
    """What an offer and a need have in common: a country that speaks, about what, in which form, until when."""

    country = models.ForeignKey(
        "countries.Country", models.PROTECT, related_name="%(class)ss", verbose_name=_("country")
    )
    language = models.CharField(_("language of the text"), max_length=2, choices=Language, default=Language.EN)
    title = models.CharField(_("title"), max_length=TITLE_LIMIT)
    summary = models.TextField(_("summary"), blank=True)
    challenge_areas = models.ManyToManyField("practices.ChallengeArea", related_name="%(class)ss", blank=True)
    topics = models.ManyToManyField("practices.Topic", related_name="%(class)ss", blank=True)
    modalities = ArrayField(
        models.CharField(max_length=24, choices=Modality),
        verbose_name=_("forms of assistance"),
        default=list,
        blank=True,
    )
    languages = ArrayField(
        models.CharField(max_length=2, choices=Language), verbose_name=_("working languages"), default=list, blank=True
    )
    cost_sharing = models.CharField(_("who pays"), max_length=12, choices=CostSharing, default=CostSharing.OPEN)
    starts_on = models.DateField(_("possible from"), null=True, blank=True)
    ends_on = models.DateField(_("possible until"), null=True, blank=True)
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    visibility = models.CharField(_("who reads it"), max_length=8, choices=Visibility, default=Visibility.PUBLIC)

    lead = models.ForeignKey(PERSON, models.PROTECT, related_name="led_%(class)ss", verbose_name=_("written by"))
    form_key = models.UUIDField(_("key of the form that began it"), unique=True)
    revision = models.PositiveIntegerField(_("revision"), default=1)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    updated_at = models.DateTimeField(_("last changed at"), default=timezone.now)
    endorsed_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    opened_at = models.DateTimeField(_("first opened at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closing_note = models.TextField(_("why it ended"), blank=True)

    class Meta:
        abstract = True
        ordering = ["-opened_at", "-pk"]

    @property
    def is_public(self):
        """Whether anybody may open it: what ``published`` says of a queryset."""
        return self.opened_at is not None and self.visibility == Visibility.PUBLIC

    @property
    def is_expiring(self):
        """Whether its last day is over."""
        return self.expires_on is not None and self.expires_on < timezone.localdate()


def does_not_end_before_it_starts(name):
    return models.CheckConstraint(
        condition=Q(ends_on__isnull=True) | Q(starts_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
        name=name,
        violation_error_message=_("The last day is before the first."),
    )


def is_not_negative(column, name):
    return models.CheckConstraint(
        condition=Q(**{f"{column}__isnull": True}) | Q(**{f"{column}__gte": 0}),
        name=name,
        violation_error_message=_("An amount is zero or more."),
    )


def is_known_currency(name, *, amount="amount"):
    """A currency of ISO 4217, and one where there is an amount."""
    return models.CheckConstraint(
        condition=Q(currency__in=CURRENCIES) | Q(**{"currency": "", f"{amount}__isnull": True}),
        name=name,
        violation_error_message=_("An amount has a currency of ISO 4217, such as USD or XOF."),
    )
