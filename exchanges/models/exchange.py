"""An exchange between countries, from the proposal to the last follow-up, and the rows that belong to it."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import ExtractYear
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchanges.enums import (
    AmendmentStatus,
    BudgetKind,
    ExchangeForm,
    ExchangeStatus,
    FollowUpOutcome,
    MilestoneStatus,
    Modality,
    PartyRole,
    Phase,
    Visibility,
)
from exchanges.models.common import (
    PERSON,
    Coded,
    Event,
    InWords,
    does_not_end_before_it_starts,
    is_known_currency,
    is_not_negative,
)
from exchanges.querysets import DocumentQuerySet, ExchangeQuerySet, FollowUpQuerySet
from exchanges.search import EXCHANGE_WORDS
from practices.enums import Language


class Exchange(InWords, Coded):
    """Countries that work together. What took place outside the portal is ``recorded`` and says its ``sources``.

    ``start_year`` and ``end_year`` say when it ran and are what lists filter by; an exchange that was agreed here has
    days too. ``amount_text`` is the amount as its source words it, ``amount`` the same as a number where there is one.
    ``published_at``: since when readers may see it, from the agreement on.
    """

    status = models.CharField(_("status"), max_length=12, choices=ExchangeStatus, default=ExchangeStatus.PROPOSED)
    form = models.CharField(_("form"), max_length=10, choices=ExchangeForm, default=ExchangeForm.BILATERAL)
    language = models.CharField(_("language of the text"), max_length=2, choices=Language, default=Language.EN)
    title = models.TextField(_("title"))
    topic = models.TextField(_("what it is about"), blank=True)
    challenge_areas = models.ManyToManyField("practices.ChallengeArea", related_name="exchanges", blank=True)
    topics = models.ManyToManyField("practices.Topic", related_name="exchanges", blank=True)
    practices = models.ManyToManyField("practices.Practice", related_name="exchanges", blank=True)
    adoptions = models.ManyToManyField("practices.Adoption", related_name="exchanges", blank=True)
    modalities = ArrayField(
        models.CharField(max_length=24, choices=Modality),
        verbose_name=_("forms of assistance"),
        default=list,
        blank=True,
    )
    languages = ArrayField(
        models.CharField(max_length=2, choices=Language), verbose_name=_("working languages"), default=list, blank=True
    )
    visibility = models.CharField(_("who reads it"), max_length=8, choices=Visibility, default=Visibility.PUBLIC)
    need = models.ForeignKey(
        "exchanges.Need", models.PROTECT, null=True, blank=True, related_name="exchanges", verbose_name=_("need")
    )

    # The agreement: one text that all sides sign; whoever changes it does so on the revision that they read.
    objective = models.TextField(_("objective"), blank=True)
    outputs = models.TextField(_("what will be there at the end"), blank=True)
    cost_share = models.TextField(_("who bears which cost"), blank=True)
    starts_on = models.DateField(_("first day"), null=True, blank=True)
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    agreement_revision = models.PositiveIntegerField(_("revision of the agreement"), default=1)

    start_year = models.PositiveSmallIntegerField(_("start year"), null=True, blank=True)
    end_year = models.PositiveSmallIntegerField(_("end year"), null=True, blank=True)
    outcome = models.TextField(_("what came of it"), blank=True)
    lessons = models.TextField(_("lessons"), blank=True)
    amount_text = models.TextField(_("amount, as the source says it"), blank=True)
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    sources = models.JSONField(_("sources"), default=list, blank=True, help_text=_("[{title, publisher, year, url}]"))
    is_verified = models.BooleanField(_("a public source was seen"), default=False)
    external_id = models.CharField(_("external identifier"), max_length=120, unique=True, null=True, blank=True)

    proposed_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    form_key = models.UUIDField(_("key of the form that began it"), unique=True, null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    updated_at = models.DateTimeField(_("last changed at"), default=timezone.now)
    published_at = models.DateTimeField(_("readable since"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    ending_note = models.TextField(_("why it was declined or cancelled"), blank=True)

    objects = ExchangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("exchange")
        verbose_name_plural = _("exchanges")
        ordering = ["-published_at", "-pk"]
        indexes = [
            models.Index(fields=["status", "-published_at"], name="exchange_list"),
            models.Index(fields=["-published_at", "-id"], name="exchange_newest"),
            GinIndex(EXCHANGE_WORDS, name="exchange_words"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["code_year", "code_number"], name="exchange_code_once"),
            does_not_end_before_it_starts("exchange_does_not_end_before_it_starts"),
            models.CheckConstraint(
                condition=Q(end_year__isnull=True) | Q(start_year__isnull=True) | Q(end_year__gte=F("start_year")),
                name="exchange_end_year_not_before_start_year",
                violation_error_message=_("The end year is before the start year."),
            ),
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True) | Q(start_year=ExtractYear("starts_on")),
                name="exchange_start_year_is_that_of_its_first_day",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(end_year=ExtractYear("ends_on")),
                name="exchange_end_year_is_that_of_its_last_day",
            ),
            is_not_negative("amount", "exchange_amount_not_negative"),
            is_known_currency("exchange_known_currency"),
            models.CheckConstraint(
                condition=Q(status__in=[ExchangeStatus.PROPOSED, ExchangeStatus.DECLINED, ExchangeStatus.CANCELLED])
                | Q(published_at__isnull=False),
                name="exchange_agreed_is_readable",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[ExchangeStatus.CLOSED, ExchangeStatus.FOLLOWED_UP])
                | (~Q(lessons="") & Q(closed_at__isnull=False)),
                name="exchange_closed_has_lessons",
                violation_error_message=_("An exchange is closed with its lessons."),
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[ExchangeStatus.DECLINED, ExchangeStatus.CANCELLED]) | ~Q(ending_note=""),
                name="exchange_ended_early_says_why",
            ),
        ]

    def get_absolute_url(self):
        return reverse("exchanges:detail", args=[self.code])

    @property
    def is_public(self):
        """Whether anybody may read it: what ``live`` says of a queryset."""
        return self.published_at is not None and self.visibility == Visibility.PUBLIC

    @property
    def is_recorded(self):
        return self.status == ExchangeStatus.RECORDED

    def in_role(self, role):
        """The parties that play ``role`` in any phase, each once; read from prefetched rows where there are any."""
        found = {}
        for party in self.parties.all():
            if party.role == role:
                found.setdefault((party.country_id, party.organisation_id), party)
        return list(found.values())

    @property
    def providers(self):
        return self.in_role(PartyRole.PROVIDER)

    @property
    def beneficiaries(self):
        return self.in_role(PartyRole.BENEFICIARY)

    @property
    def facilitators(self):
        return self.in_role(PartyRole.FACILITATOR)


class Party(models.Model):
    """A country or an organisation in an exchange: which role it plays, in one phase or from beginning to end.

    That nobody gives to themselves in the same phase is kept by a trigger.
    """

    exchange = models.ForeignKey(Exchange, models.PROTECT, related_name="parties")
    country = models.ForeignKey(
        "countries.Country", models.PROTECT, null=True, blank=True, related_name="parties", verbose_name=_("country")
    )
    organisation = models.ForeignKey(
        "accounts.Organisation",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="parties",
        verbose_name=_("organisation"),
    )
    role = models.CharField(_("role"), max_length=12, choices=PartyRole)
    phase = models.CharField(_("phase"), max_length=10, choices=Phase, default=Phase.WHOLE, blank=True)
    institution = models.TextField(_("institution that takes part"), blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("party")
        verbose_name_plural = _("parties")
        ordering = ["exchange_id", "position", "pk"]
        indexes = [models.Index(fields=["country", "role"], name="party_of_country")]
        constraints = [
            models.UniqueConstraint(
                fields=["exchange", "country", "organisation", "phase"],
                nulls_distinct=False,
                name="party_plays_one_role_per_phase",
                violation_error_message=_("A party plays one role in a phase."),
            ),
            models.CheckConstraint(
                condition=Q(country__isnull=False, organisation__isnull=True)
                | Q(country__isnull=True, organisation__isnull=False),
                name="party_is_a_country_or_an_organisation",
            ),
        ]

    def __str__(self):
        return f"{self.exchange_id} · {self.role} · {self.country_id or self.organisation_id}"

    @property
    def name(self):
        """The party's name in the active language."""
        return self.country.name if self.country_id else self.organisation.name


class ExchangeRow(models.Model):
    """A row that belongs to an exchange."""

    exchange = models.ForeignKey(Exchange, models.PROTECT, related_name="%(class)s_rows")
    created_at = models.DateTimeField(_("created at"), default=timezone.now)

    class Meta:
        abstract = True

    def __str__(self):
        return f"{self.exchange_id} · {self.pk}"


class Signature(ExchangeRow):
    """One side signs the agreement as it stands at ``revision``. Only ever added to."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="signatures")
    signed_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField(_("revision of the agreement"))

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        ordering = ["exchange_id", "created_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["party", "revision"], name="signature_once_per_revision")]


class Amendment(ExchangeRow):
    """A change of an agreement that all sides had signed: proposed, signed by all anew, and only then in force.

    ``terms`` and ``replaced`` are texts of the agreement as ``terms.kept`` gives them: what shall be agreed, and, once
    it is in force, what it took the place of. Each saving of ``terms`` takes a new ``revision``, which signatures name;
    ``replaces`` is the revision that was in force until then. What has ended is never changed; a trigger keeps that.
    """

    status = models.CharField(_("status"), max_length=8, choices=AmendmentStatus, default=AmendmentStatus.OPEN)
    revision = models.PositiveIntegerField(_("revision of the agreement"))
    replaces = models.PositiveIntegerField(_("revision that it takes the place of"))
    reason = models.TextField(_("why the agreement is changed"))
    terms = models.JSONField(_("what shall be agreed"))
    replaced = models.JSONField(_("what was agreed before"), default=dict, blank=True)
    changed_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(_("last changed at"), default=timezone.now)
    ended_at = models.DateTimeField(_("in force since, or dropped at"), null=True, blank=True)
    ending_note = models.TextField(_("why it was dropped"), blank=True)

    class Meta:
        verbose_name = _("change of an agreement")
        verbose_name_plural = _("changes of agreements")
        ordering = ["exchange_id", "revision"]
        constraints = [
            models.UniqueConstraint(fields=["exchange", "revision"], name="amendment_revision_once"),
            models.UniqueConstraint(
                fields=["exchange"],
                condition=Q(status=AmendmentStatus.OPEN),
                name="amendment_one_open_per_exchange",
            ),
            models.CheckConstraint(
                condition=Q(revision__gt=F("replaces")), name="amendment_is_newer_than_what_it_replaces"
            ),
            models.CheckConstraint(
                condition=Q(status=AmendmentStatus.OPEN, ended_at__isnull=True)
                | (~Q(status=AmendmentStatus.OPEN) & Q(ended_at__isnull=False)),
                name="amendment_ended_says_when",
            ),
            models.CheckConstraint(
                condition=Q(status=AmendmentStatus.AGREED) & ~Q(replaced={})
                | ~Q(status=AmendmentStatus.AGREED) & Q(replaced={}),
                name="amendment_in_force_keeps_what_it_replaced",
            ),
        ]


class Activity(ExchangeRow):
    """Something that takes place: a visit, a mission, a course."""

    title = models.CharField(_("title"), max_length=200)
    modality = models.CharField(_("form"), max_length=24, choices=Modality)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    place = models.CharField(_("place"), max_length=200, blank=True)
    country = models.ForeignKey(
        "countries.Country", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("country")
    )
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        ordering = ["exchange_id", "starts_on", "pk"]
        constraints = [does_not_end_before_it_starts("activity_does_not_end_before_it_starts")]


class Attendance(models.Model):
    """How many people of an institution took part in an activity, by sex."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="attendance")
    institution = models.CharField(_("institution"), max_length=200)
    women_count = models.PositiveIntegerField(_("women"), default=0)
    men_count = models.PositiveIntegerField(_("men"), default=0)
    unspecified_count = models.PositiveIntegerField(_("sex not recorded"), default=0)

    class Meta:
        verbose_name = _("participants of an institution")
        verbose_name_plural = _("participants by institution")
        ordering = ["activity_id", "pk"]

    def __str__(self):
        return f"{self.activity_id} · {self.institution}"


class Milestone(ExchangeRow):
    """Something that shall be reached by a day."""

    title = models.CharField(_("title"), max_length=200)
    note = models.TextField(_("note"), blank=True)
    due_on = models.DateField(_("due on"))
    status = models.CharField(_("status"), max_length=8, choices=MilestoneStatus, default=MilestoneStatus.PLANNED)
    done_on = models.DateField(_("done on"), null=True, blank=True)

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        ordering = ["exchange_id", "due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status=MilestoneStatus.DONE, done_on__isnull=False)
                | (~Q(status=MilestoneStatus.DONE) & Q(done_on__isnull=True)),
                name="milestone_done_says_when",
            )
        ]


class Commitment(ExchangeRow):
    """What one party promised: who, what, by when."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="commitments", verbose_name=_("who"))
    text = models.TextField(_("what"))
    due_on = models.DateField(_("by when"))
    done_on = models.DateField(_("done on"), null=True, blank=True)

    class Meta:
        verbose_name = _("commitment")
        verbose_name_plural = _("commitments")
        ordering = ["exchange_id", "due_on", "pk"]


class Message(ExchangeRow):
    """One entry of the conversation between the parties; nobody else reads it."""

    author = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    text = models.TextField(_("text"))

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["exchange_id", "created_at", "pk"]


class Document(ExchangeRow):
    """A document of the exchange: a ``file`` that is kept here, or the ``url`` of one that lives elsewhere.

    ``is_public``: readers of the exchange find it too.
    """

    title = models.CharField(_("title"), max_length=200)
    url = models.URLField(_("address"), max_length=500, blank=True)
    file = models.OneToOneField("practices.File", models.PROTECT, null=True, blank=True, verbose_name=_("file"))
    language = models.CharField(_("language"), max_length=2, choices=Language, default=Language.EN)
    is_public = models.BooleanField(_("everybody may read it"), default=False)
    added_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["exchange_id", "created_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(file=None) & ~Q(url="")) | Q(file__isnull=False, url=""),
                name="document_is_a_file_or_an_address",
                violation_error_message=_("A document is a file or has an address, not both."),
            )
        ]

    @property
    def address(self):
        """Where it is opened: an address elsewhere, or a path of the portal."""
        if self.file_id is None:
            return self.url
        return reverse("exchanges:document", args=[self.exchange.code, self.file.key])


class BudgetLine(ExchangeRow):
    """What one party brings in, in cash or in kind: planned, and what it came to."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="budget_lines", verbose_name=_("party"))
    kind = models.CharField(_("kind"), max_length=8, choices=BudgetKind)
    description = models.CharField(_("what for"), max_length=200)
    planned = models.DecimalField(_("planned"), max_digits=18, decimal_places=2)
    actual = models.DecimalField(_("actual"), max_digits=18, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    value_on = models.DateField(_("value date"), null=True, blank=True)

    class Meta:
        verbose_name = _("budget line")
        verbose_name_plural = _("budget lines")
        ordering = ["exchange_id", "party__position", "pk"]
        constraints = [
            is_not_negative("planned", "budget_planned_not_negative"),
            is_not_negative("actual", "budget_actual_not_negative"),
            is_known_currency("budget_known_currency", amount="planned"),
        ]


class Report(ExchangeRow):
    """What one side reports of a period."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="reports", verbose_name=_("party"))
    author = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    starts_on = models.DateField(_("first day of the period"))
    ends_on = models.DateField(_("last day of the period"))
    text = models.TextField(_("report"))

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ["exchange_id", "starts_on", "pk"]
        constraints = [does_not_end_before_it_starts("report_does_not_end_before_it_starts")]


class Appraisal(ExchangeRow):
    """How one side judges the exchange, 1 to 5 on each question."""

    party = models.OneToOneField(Party, models.PROTECT, related_name="appraisal", verbose_name=_("party"))
    author = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    relevance = models.PositiveSmallIntegerField(_("It answered what was needed"))
    quality = models.PositiveSmallIntegerField(_("The work was good"))
    timeliness = models.PositiveSmallIntegerField(_("It came in time"))
    usefulness = models.PositiveSmallIntegerField(_("What was learnt is being used"))
    text = models.TextField(_("in words"), blank=True)

    class Meta:
        verbose_name = _("appraisal")
        verbose_name_plural = _("appraisals")
        ordering = ["exchange_id", "party__position", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(**{f"{name}__range": (1, 5)}), name=f"appraisal_{name}_between_1_and_5")
            for name in ("relevance", "quality", "timeliness", "usefulness")
        ]


class FollowUp(ExchangeRow):
    """A check some time after the closing: what is left of it, and what it led to."""

    days = models.PositiveSmallIntegerField(_("days after the closing"))
    due_on = models.DateField(_("due on"))
    outcome = models.CharField(_("what was found"), max_length=12, choices=FollowUpOutcome, blank=True)
    note = models.TextField(_("note"), blank=True)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    done_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        verbose_name = _("follow-up")
        verbose_name_plural = _("follow-ups")
        ordering = ["exchange_id", "days"]
        constraints = [
            models.UniqueConstraint(fields=["exchange", "days"], name="follow_up_once"),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, outcome="") | (Q(done_at__isnull=False) & ~Q(outcome="")),
                name="follow_up_done_says_what_was_found",
            ),
        ]


class ExchangeEvent(Event):
    """One line of the history of an exchange."""

    exchange = models.ForeignKey(Exchange, models.PROTECT, related_name="events")

    class Meta:
        verbose_name = _("event of an exchange")
        verbose_name_plural = _("events of exchanges")
        ordering = ["exchange_id", "at", "pk"]
        get_latest_by = ["at", "pk"]
        indexes = [models.Index(fields=["to_status", "at"], name="exchange_event_stage")]
