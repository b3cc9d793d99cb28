"""A submission: the work around one unpublished version, from the first line to the decision."""

import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from practices.enums import (
    EDITABLE_STATUSES,
    FIRST_ANSWER_DAYS,
    OPEN_STATUSES,
    WITH_CURATORS,
    Check,
    Criterion,
    EventKind,
    ProposalStatus,
    RequestStatus,
    SubmissionStatus,
    Thread,
)
from practices.querysets import ChangeRequestQuerySet, SubmissionQuerySet
from practices.scoring import weighted_mean

PERSON = settings.AUTH_USER_MODEL


class CountryOffice(models.Model):
    """How a country works with the portal."""

    country = models.OneToOneField(
        "countries.Country", models.PROTECT, primary_key=True, related_name="office", verbose_name=_("country")
    )
    asks_for_endorsement = models.BooleanField(
        _("its focal point endorses before curators see anything"), default=False
    )

    class Meta:
        verbose_name = _("country office")
        verbose_name_plural = _("country offices")

    def __str__(self):
        return self.country_id


class Submission(models.Model):
    """One case study on its way: who writes it, where it stands, who has to act. Only ``workflow.py`` sets ``status``.

    ``practice`` and ``base`` are empty for a new case study; an update names the practice and the version it began
    from.
    ``checks``: what was found when it was last handed in, an empty list when nothing was, None before.
    ``revision`` rises with every save of the text, so that a stale save can be told.
    """

    version = models.OneToOneField("practices.Version", models.PROTECT, related_name="submission")
    practice = models.ForeignKey(
        "practices.Practice", models.PROTECT, null=True, blank=True, related_name="submissions"
    )
    base = models.ForeignKey("practices.Version", models.PROTECT, null=True, blank=True, related_name="+")
    adapts = models.ForeignKey(
        "practices.Practice", models.PROTECT, null=True, blank=True, related_name="adaptations_under_way"
    )
    country = models.ForeignKey("countries.Country", models.PROTECT, related_name="submissions")
    status = models.CharField(
        _("status"), max_length=20, choices=SubmissionStatus, default=SubmissionStatus.DRAFT, editable=False
    )
    lead = models.ForeignKey(PERSON, models.PROTECT, related_name="led_submissions", verbose_name=_("lead author"))
    coauthors = models.ManyToManyField(PERSON, related_name="coauthored_submissions", blank=True)
    form_key = models.UUIDField(_("key of the form that began it"), null=True, unique=True)
    revision = models.PositiveIntegerField(_("revision"), default=1)
    different_because = models.TextField(_("how it differs from similar ones"), blank=True)
    change_note = models.TextField(_("what this update changes"), blank=True)
    contact_name = models.TextField(_("name of the contact"), blank=True)
    contact_organisation = models.TextField(_("organisation of the contact"), blank=True)
    contact_email = models.EmailField(_("e-mail of the contact"), blank=True)
    has_clearance = models.BooleanField(_("consent and clearance confirmed"), default=False)
    complete_percent = models.PositiveSmallIntegerField(_("complete, in per cent"), default=0)

    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    updated_at = models.DateTimeField(_("last changed at"), default=timezone.now)
    updated_by = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")
    endorsed_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    submitted_at = models.DateTimeField(_("last submitted at"), null=True, blank=True)
    holder = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="held_submissions")
    claimed_at = models.DateTimeField(_("claimed at"), null=True, blank=True)
    wants_third_reader = models.BooleanField(_("a third reader is asked for"), default=False)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    letter_draft = models.TextField(_("draft of the decision letter"), blank=True)
    checks = ArrayField(
        models.CharField(max_length=40, choices=Check), verbose_name=_("what the checks found"), null=True, blank=True
    )

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        ordering = ["-updated_at", "-pk"]
        indexes = [
            models.Index(fields=["status", "submitted_at"], name="submission_queue"),
            models.Index(fields=["country", "status"], name="submission_of_country"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["practice"],
                condition=Q(status__in=OPEN_STATUSES),
                name="submission_one_open_update_per_practice",
                violation_error_message=_("An update of this practice is already under way."),
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[SubmissionStatus.PUBLISHED, SubmissionStatus.DECLINED])
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="submission_decided_says_when_and_by_whom",
            ),
            models.CheckConstraint(
                condition=~Q(status=SubmissionStatus.IN_REVIEW) | Q(holder__isnull=False),
                name="submission_in_review_has_a_holder",
            ),
        ]

    def __str__(self):
        return f"{self.pk} · {self.status}"

    def get_absolute_url(self):
        return reverse("workspace:submission", args=[self.pk])

    @property
    def is_open(self):
        return self.status in OPEN_STATUSES

    @property
    def is_editable(self):
        """Whether the text is the country's to change now."""
        return self.status in EDITABLE_STATUSES

    @property
    def is_with_curators(self):
        return self.status in WITH_CURATORS

    @property
    def is_update(self):
        return self.practice_id is not None

    @property
    def answer_due_at(self):
        """The moment by which the curators promised a first answer, or None while it does not wait for them."""
        if not self.is_with_curators or not self.submitted_at:
            return None
        return self.submitted_at + datetime.timedelta(days=FIRST_ANSWER_DAYS)

    @property
    def checks_found(self):
        """What the checks found when it was handed in, in words."""
        return [Check(name).label for name in self.checks or () if name in Check.values]

    @property
    def days_waiting(self):
        """Whole days since it was last submitted."""
        return (timezone.now() - self.submitted_at).days if self.submitted_at else 0

    @property
    def days_over(self):
        """Whole days past the promise of a first answer; 0 while it is kept."""
        return max(0, self.days_waiting - FIRST_ANSWER_DAYS) if self.is_with_curators else 0


class Snapshot(models.Model):
    """The content as it was handed to the curators, for the differences since then. Never changed."""

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="snapshots")
    number = models.PositiveSmallIntegerField(_("number"))
    taken_at = models.DateTimeField(_("taken at"), default=timezone.now)
    content = models.JSONField(_("content"))

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")
        ordering = ["submission_id", "number"]
        constraints = [models.UniqueConstraint(fields=["submission", "number"], name="snapshot_number_once")]

    def __str__(self):
        return f"{self.submission_id} · {self.number}"


class SubmissionEvent(models.Model):
    """One line of a submission's history. Only ever added to; the database refuses everything else."""

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="events")
    at = models.DateTimeField(_("at"), default=timezone.now)
    kind = models.CharField(_("kind"), max_length=20, choices=EventKind)
    actor = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    from_status = models.CharField(_("from"), max_length=20, choices=SubmissionStatus, blank=True)
    to_status = models.CharField(_("to"), max_length=20, choices=SubmissionStatus)
    note = models.TextField(_("note"), blank=True)
    is_actor_named = models.BooleanField(_("the actor agrees to be named"), default=False)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["submission_id", "at", "pk"]
        get_latest_by = ["at", "pk"]

    def __str__(self):
        return f"{self.submission_id} · {self.kind}"


class Review(models.Model):
    """What one reviewer found. Others see gates and scores only once they have filed their own.

    ``gates``: {gate: true | false}; ``scores``: {criterion: 1-5 | null for not applicable}; ``comments``:
    {criterion: text}.
    """

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(PERSON, models.PROTECT, related_name="reviews")
    started_at = models.DateTimeField(_("started at"), default=timezone.now)
    declared_at = models.DateTimeField(_("no conflict of interest declared at"), null=True, blank=True)
    gates = models.JSONField(_("gates"), default=dict, blank=True)
    scores = models.JSONField(_("scores"), default=dict, blank=True)
    comments = models.JSONField(_("comments"), default=dict, blank=True)
    private_note = models.TextField(_("private note for curators"), blank=True)
    is_named = models.BooleanField(_("may be named on the practice"), default=False)
    revision = models.PositiveIntegerField(_("revision"), default=1)
    filed_at = models.DateTimeField(_("filed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ["submission_id", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "reviewer"], name="review_once_per_reviewer"),
            models.CheckConstraint(
                condition=Q(filed_at__isnull=True) | Q(declared_at__isnull=False),
                name="review_filed_declared_no_conflict",
            ),
        ]

    def __str__(self):
        return f"{self.submission_id} · {self.reviewer_id}"

    @property
    def is_settled(self):
        """Whether it is filed on the text that the curators have now: it can be changed once a new text comes."""
        return self.filed_at is not None and self.filed_at >= self.submission.submitted_at

    @property
    def score(self):
        """The weighted mean of the scores, 1.0-5.0, or None when nothing was scored."""
        return weighted_mean(self.scores)

    @property
    def lines(self):
        """[(criterion in words, score or None for not applicable)] in the order of the rubric."""
        return [(one.label, self.scores[one]) for one in Criterion if one in self.scores]


class ChangeRequest(models.Model):
    """What a reviewer asks the country to change, tied to a field or step of the form."""

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="change_requests")
    author = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    field = models.CharField(_("field"), max_length=40)
    text = models.TextField(_("what should change"))
    is_must_fix = models.BooleanField(_("must be fixed before publishing"), default=True)
    status = models.CharField(_("status"), max_length=10, choices=RequestStatus, default=RequestStatus.DRAFT)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    answer = models.TextField(_("answer"), blank=True)
    answered_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    closed_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = ChangeRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("change request")
        verbose_name_plural = _("change requests")
        ordering = ["submission_id", "created_at", "pk"]

    def __str__(self):
        return f"{self.submission_id} · {self.field}"

    @property
    def field_label(self):
        """What it is about, as the form calls it."""
        from practices.field_names import field_name  # the form knows the models

        return field_name(self.field)


class Comment(models.Model):
    """One entry of a conversation about a submission: among curators, or shared with the country."""

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="remarks")
    author = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    thread = models.CharField(_("who reads it"), max_length=8, choices=Thread)
    text = models.TextField(_("text"))
    created_at = models.DateTimeField(_("created at"), default=timezone.now)

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ["submission_id", "created_at", "pk"]

    def __str__(self):
        return f"{self.submission_id} · {self.thread}"


class PreviewLink(models.Model):
    """A secret address by which somebody without an account reads one unpublished case study for a while."""

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="preview_links")
    token_digest = models.CharField(_("digest of the token"), max_length=64, unique=True)
    made_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires at"))
    opened_at = models.DateTimeField(_("first opened at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("preview link")
        verbose_name_plural = _("preview links")
        ordering = ["-made_at"]

    def __str__(self):
        return f"{self.submission_id} · {self.made_at:%Y-%m-%d}"

    @property
    def is_valid(self):
        return self.revoked_at is None and self.expires_at > timezone.now()


class AdoptionProposal(models.Model):
    """An officer says that their country took a practice over; a curator checks the source and confirms it."""

    practice = models.ForeignKey("practices.Practice", models.PROTECT, related_name="adoption_proposals")
    country = models.ForeignKey("countries.Country", models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    kept = models.TextField(_("what was kept"), blank=True)
    changed = models.TextField(_("what was changed"), blank=True)
    result = models.TextField(_("result"), blank=True)
    source = models.TextField(_("source"))
    status = models.CharField(_("status"), max_length=10, choices=ProposalStatus, default=ProposalStatus.PROPOSED)
    proposed_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed at"), default=timezone.now)
    decided_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("proposed adoption")
        verbose_name_plural = _("proposed adoptions")
        ordering = ["proposed_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "country"],
                condition=Q(status=ProposalStatus.PROPOSED),
                name="adoption_proposed_once",
                violation_error_message=_("This adoption has already been proposed and waits for a curator."),
            )
        ]

    def __str__(self):
        return f"{self.practice_id} → {self.country_id}"


class ReviewCard(models.Model):
    """What the public learns of the review of a version: label, rounded scores, how many reviewers. Never changed."""

    version = models.OneToOneField("practices.Version", models.PROTECT, related_name="review_card")
    label = models.CharField(_("label"), max_length=12)
    score = models.DecimalField(_("score"), max_digits=2, decimal_places=1)
    scores = models.JSONField(_("scores by criterion"), default=dict)
    reviewers_count = models.PositiveSmallIntegerField(_("number of reviewers"))
    reviewers = ArrayField(models.TextField(), verbose_name=_("reviewers who agreed to be named"), default=list)
    reviewed_on = models.DateField(_("reviewed on"))

    class Meta:
        verbose_name = _("review card")
        verbose_name_plural = _("review cards")

    def __str__(self):
        return f"{self.version_id} · {self.label}"

    @property
    def lines(self):
        """[(criterion in words, median score)] in the order of the rubric."""
        return [(one.label, self.scores[one]) for one in Criterion if one in self.scores]
