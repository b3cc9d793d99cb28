"""People, the organisations they work with, and what they may do for whom."""

import uuid
import zoneinfo
from functools import cached_property

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import (
    COUNTRY_ROLES,
    ApplicationStatus,
    AuditAction,
    Channel,
    InvitationStatus,
    MailRhythm,
    MailScope,
    OrganisationKind,
    Role,
    Scope,
    WebhookKind,
    WebhookStatus,
)
from accounts.kinds import NEEDING_READER
from accounts.querysets import (
    ApiKeyQuerySet,
    ApplicationQuerySet,
    InvitationQuerySet,
    KeptAnswerQuerySet,
    MembershipQuerySet,
    OutboxQuerySet,
    UserManager,
    WebhookQuerySet,
)
from countries.enums import UnicefRegion
from countries.models import Country


def validate_time_zone(name):
    """Raise ValidationError unless ``name`` is a time zone such as "Asia/Dhaka"."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("“%(name)s” is not a time zone. An example of one: Asia/Dhaka."), params={"name": name})


class Organisation(models.Model):
    """A partner, lead institution, fund host or facilitator."""

    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=255)
    kind = models.CharField(_("kind"), max_length=12, choices=OrganisationKind, default=OrganisationKind.OTHER)
    country = models.ForeignKey(
        Country,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="organisations",
        verbose_name=_("country"),
    )

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["name"]
        constraints = [
            # Every country has a ministry of health.
            models.UniqueConstraint(
                fields=["name", "country"],
                nulls_distinct=False,
                name="organisation_name_once_per_country",
                violation_error_message=_("There is already an organisation of this name in this country."),
            )
        ]

    def __str__(self):
        return self.name


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Signs in by e-mail; may do nothing until a membership says so."""

    email = models.EmailField(
        _("e-mail address"),
        unique=True,
        error_messages={"unique": _("There is already an account with this e-mail address.")},
    )
    name = models.CharField(_("name"), max_length=120)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="en")
    time_zone = models.CharField(_("time zone"), max_length=40, default="UTC", validators=[validate_time_zone])
    mail_scope = models.CharField(_("e-mails about"), max_length=10, choices=MailScope, default=MailScope.ALL)
    mail_rhythm = models.CharField(_("e-mails when"), max_length=10, choices=MailRhythm, default=MailRhythm.AT_ONCE)
    is_active = models.BooleanField(_("may sign in"), default=True)
    is_staff = models.BooleanField(_("may enter the desk"), default=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects = UserManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["email"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_once_in_any_case",
                violation_error_message=_("There is already an account with this e-mail address."),
            ),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_in_small_letters"),
        ]

    def __str__(self):
        return self.name or self.email

    def clean(self):
        super().clean()
        self.email = type(self).objects.normalize_email(self.email)

    def save(self, *args, **kwargs):
        self.email = type(self).objects.normalize_email(self.email)
        super().save(*args, **kwargs)

    def get_full_name(self):
        return self.name

    def get_short_name(self):
        return self.name

    @cached_property
    def held(self):
        """What the person holds: (role, ISO3 or None, organisation's id or None) of each membership.

        One query, kept for as long as this object lives: all questions below and all permissions are answered from it.
        """
        return list(self.memberships.values_list("role", "country_id", "organisation_id"))

    @cached_property
    def roles(self):
        """The roles that the person holds anywhere, as a set."""
        return {role for role, _country, _organisation in self.held}

    @cached_property
    def country_codes(self):
        """The ISO3 codes of the countries that the person writes for, as a sorted list."""
        return sorted({country for role, country, _organisation in self.held if role in COUNTRY_ROLES})

    @cached_property
    def organisation_ids(self):
        """The ids of the organisations that the person belongs to, as a sorted list."""
        return sorted({organisation for _role, _country, organisation in self.held if organisation is not None})

    @property
    def is_officer(self):
        """Whether the person writes for a country: as an officer, or as the focal point, who is an officer too."""
        return not self.roles.isdisjoint(COUNTRY_ROLES)

    @property
    def is_focal_point(self):
        return Role.FOCAL_POINT in self.roles

    @property
    def is_curator(self):
        return Role.CURATOR in self.roles

    @property
    def is_partner(self):
        return Role.PARTNER in self.roles

    @property
    def is_administrator(self):
        """Whether the person manages people and settings. A role, not a rank: it does not include any other."""
        return Role.ADMINISTRATOR in self.roles

    def unread_count(self):
        """How many notifications the person has not opened yet."""
        return self.notifications.filter(read_at=None).count()

    def countries(self):
        """The countries that the person writes for, as a queryset of Country; empty without such a membership."""
        return Country.objects.filter(pk__in=self.country_codes)


class Membership(models.Model):
    """A role that a person holds: for a country, for an organisation, or for the portal as a whole."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=16, choices=Role)
    country = models.ForeignKey(
        Country, models.PROTECT, null=True, blank=True, related_name="memberships", verbose_name=_("country")
    )
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name=_("organisation"),
    )
    areas = ArrayField(
        models.CharField(max_length=40, validators=[validate_slug]),
        verbose_name=_("challenge areas"),
        default=list,
        blank=True,
        help_text=_("What a curator reviews: slugs of challenge areas, separated by commas. Empty: all."),
    )
    regions = ArrayField(
        models.CharField(max_length=4, choices=UnicefRegion),
        verbose_name=_("regions"),
        default=list,
        blank=True,
        help_text=_("Where a curator reviews: codes of UNICEF regions, separated by commas. Empty: everywhere."),
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ["user_id", "role", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "country", "organisation"],
                nulls_distinct=False,
                name="membership_once",
                violation_error_message=_("This person already holds this role there."),
            ),
            models.CheckConstraint(
                condition=Q(role__in=COUNTRY_ROLES, country__isnull=False, organisation=None)
                | (Q(country=None) & ~Q(role__in=COUNTRY_ROLES)),
                name="membership_country_as_the_role_demands",
                violation_error_message=_("Officers and focal points belong to a country, all others to none."),
            ),
            models.CheckConstraint(
                condition=Q(role=Role.PARTNER, organisation__isnull=False)
                | (Q(organisation=None) & ~Q(role=Role.PARTNER)),
                name="membership_organisation_as_the_role_demands",
                violation_error_message=_("Partners belong to an organisation, all others to none."),
            ),
            models.CheckConstraint(
                condition=Q(role=Role.CURATOR) | Q(areas=[], regions=[]),
                name="membership_scope_is_for_curators",
                violation_error_message=_("Only a curator's membership is limited to areas or regions."),
            ),
        ]

    def __str__(self):
        place = self.country_id or (self.organisation.slug if self.organisation else "")
        return f"{self.user} · {self.get_role_display()} {place}".rstrip()

    @property
    def what(self):
        """(role, ISO3 or None, organisation's id or None): two memberships of a person never have the same."""
        return self.role, self.country_id, self.organisation_id


class Notification(models.Model):
    """What the portal told a person, in the list that they see when signed in. Its words are made when it is shown.

    ``kind`` names the template of its words ("practices.submitted"), ``path`` the address without a language.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="notifications", verbose_name=_("person"))
    kind = models.CharField(_("kind"), max_length=60)
    path = models.CharField(_("address"), max_length=300)
    context = models.JSONField(_("what it speaks of"), default=dict)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["user", "-created_at"], name="notification_list")]

    def __str__(self):
        return f"{self.kind} · {self.user_id}"

    @property
    def needs_reader(self):
        """Whether nothing goes on until the person acts."""
        return self.kind in NEEDING_READER


class ToSend(models.Model):
    """What every promise to send something keeps: since when, when it is due, how often it was tried, what came of it.

    After the last try ``dead_at`` is set.
    """

    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    due_at = models.DateTimeField(_("due at"), default=timezone.now)
    attempts_count = models.PositiveSmallIntegerField(_("tries"), default=0)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    dead_at = models.DateTimeField(_("given up at"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)

    class Meta:
        abstract = True
        ordering = ["due_at", "pk"]


class OutboxMessage(ToSend):
    """A promise to tell somebody, written in the transaction that caused it and kept until it is done.

    ``key`` makes a promise once; ``about`` names the thing whose messages go out in order, empty where none has to;
    ``leased_until`` says that somebody is at it. What waits for the e-mail of the day is sent with it: ``digest`` is
    the row of that e-mail.
    """

    kind = models.CharField(_("kind"), max_length=60)
    key = models.CharField(_("key"), max_length=200, unique=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="outbox_messages", verbose_name=_("person"))
    path = models.CharField(_("address"), max_length=300)
    context = models.JSONField(_("what it speaks of"), default=dict)
    about = models.CharField(_("about"), max_length=60, blank=True)
    channel = models.CharField(_("how it goes"), max_length=10, choices=Channel, default=Channel.AT_ONCE)
    digest = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="gathered", verbose_name=_("e-mail of the day")
    )
    leased_until = models.DateTimeField(_("being sent until"), null=True, blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta(ToSend.Meta):
        verbose_name = _("message to send")
        verbose_name_plural = _("messages to send")
        indexes = [
            models.Index(fields=["channel", "due_at"], condition=Q(sent_at=None, dead_at=None), name="outbox_to_send"),
            models.Index(
                fields=["user", "about", "id"], condition=Q(sent_at=None, dead_at=None), name="outbox_in_order"
            ),
            models.Index(fields=["-dead_at"], condition=Q(dead_at__isnull=False), name="outbox_dead"),
        ]

    def __str__(self):
        return self.key


class Invitation(models.Model):
    """A role that waits for a person to accept it, by a link that is made when its mail is sent."""

    user = models.ForeignKey(User, models.CASCADE, related_name="invitations", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=16, choices=Role)
    country = models.ForeignKey(
        Country, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("country")
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("organisation")
    )
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("invited by"))
    status = models.CharField(_("status"), max_length=10, choices=InvitationStatus, default=InvitationStatus.OPEN)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "country", "organisation"],
                condition=Q(status=InvitationStatus.OPEN),
                nulls_distinct=False,
                name="invitation_open_once",
            ),
            models.CheckConstraint(
                condition=(Q(role__in=COUNTRY_ROLES) & Q(country__isnull=False))
                | (~Q(role__in=COUNTRY_ROLES) & Q(country=None)),
                name="invitation_country_as_the_role_demands",
            ),
            models.CheckConstraint(
                condition=Q(role=Role.PARTNER, organisation__isnull=False)
                | (~Q(role=Role.PARTNER) & Q(organisation=None)),
                name="invitation_organisation_as_the_role_demands",
            ),
        ]

    def __str__(self):
        return self.what

    @property
    def what(self):
        """The role as the audit names it: "officer BGD"."""
        place = self.country_id or (self.organisation.slug if self.organisation else "")
        return f"{self.role} {place}".rstrip()

    @property
    def is_open(self):
        return self.status == InvitationStatus.OPEN and self.expires_at > timezone.now()


class Application(models.Model):
    """Somebody who asks for an account, or for another role, and why."""

    user = models.ForeignKey(User, models.CASCADE, related_name="applications", verbose_name=_("person"))
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("role"), max_length=16, choices=Role)
    country = models.ForeignKey(
        Country, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("country")
    )
    organisation_name = models.CharField(_("organisation"), max_length=255, blank=True)
    why = models.TextField(_("why"))
    status = models.CharField(
        _("status"), max_length=12, choices=ApplicationStatus, default=ApplicationStatus.UNCONFIRMED
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    reason = models.TextField(_("reason"), blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        ordering = ["created_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=COUNTRY_ROLES, country__isnull=False)
                | (Q(role=Role.PARTNER, country=None) & ~Q(organisation_name="")),
                name="application_is_for_a_country_or_an_organisation",
            ),
        ]

    def __str__(self):
        return self.what

    @property
    def what(self):
        """The role and the place that it is for: "officer BGD"."""
        return f"{self.role} {self.country_id or self.organisation_name}"


class SignIn(models.Model):
    """Somebody's session on a device. Where from is not kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="sign_ins", verbose_name=_("person"))
    session_key = models.CharField(_("session"), max_length=40, unique=True)
    device = models.CharField(_("device"), max_length=60, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    last_seen_at = models.DateTimeField(_("last seen at"), default=timezone.now)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ["-last_seen_at"]

    def __str__(self):
        return f"{self.user_id} · {self.device}"


class ApiKey(models.Model):
    """What a program shows instead of signing in. Of its secret only a digest is kept (``accounts/keys.py``).

    ``digested_with`` tells which of several secret keys of the portal the digest was made with. A key that was
    replaced by another goes on until it expires.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="api_keys", verbose_name=_("person"))
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(_("prefix"), max_length=12, unique=True)
    digest = models.CharField(_("digest"), max_length=64)
    digested_with = models.CharField(_("digested with"), max_length=12)
    scopes = ArrayField(models.CharField(max_length=12, choices=Scope), verbose_name=_("what it allows"))
    made_with_second_factor = models.BooleanField(_("made after a second factor was shown"), default=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires at"))
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    replaced_by = models.OneToOneField(
        "self", models.SET_NULL, null=True, blank=True, related_name="replaces", verbose_name=_("replaced by")
    )

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(scopes__contains=[Scope.READ]), name="api_key_reads"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="api_key_expires_after_its_start"),
        ]

    def __str__(self):
        return f"ssc_{self.prefix}_…"

    @property
    def is_current(self):
        return self.revoked_at is None and self.expires_at > timezone.now()

    @property
    def scope_labels(self):
        """What the key allows, in words."""
        return [Scope(scope).label for scope in self.scopes]

    def allows(self, scope):
        """Whether the key may be used for ``scope``: where a second factor is demanded, reviewing needs one."""
        is_shown = self.made_with_second_factor or not settings.SECOND_FACTOR_DEMANDED
        return scope in self.scopes and (is_shown or scope != Scope.REVIEW)


class AuditEvent(models.Model):
    """What somebody did, kept for good: the database refuses to change, delete or empty these rows.

    ``subject`` names what it was done to ("accounts.user:12"), ``changes`` {what: [before, after]} without secrets.
    """

    at = models.DateTimeField(_("at"), default=timezone.now, editable=False)
    action = models.CharField(_("action"), max_length=24, choices=AuditAction)
    # Who is deleted stays a number here: no row may change with them.
    actor = models.ForeignKey(
        User, models.DO_NOTHING, null=True, db_constraint=False, related_name="+", verbose_name=_("person")
    )
    subject = models.CharField(_("subject"), max_length=120, blank=True)
    changes = models.JSONField(_("before and after"), default=dict)
    request_id = models.CharField(_("request id"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_latest"),
            models.Index(fields=["subject", "-at"], name="audit_of_subject"),
        ]

    def __str__(self):
        return f"{self.action} · {self.subject}"


class KeptAnswer(models.Model):
    """What a person was answered under an Idempotency-Key, for a day: the same request again is given it again.

    ``digest`` tells the request from others, ``answer`` is {"status", "headers", "body"} as JSON, encrypted.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("person"))
    key = models.CharField(_("key"), max_length=200)
    digest = models.CharField(_("digest of the request"), max_length=64)
    answer = models.TextField(_("answer"))
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False, db_index=True)

    objects = KeptAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("kept answer")
        verbose_name_plural = _("kept answers")
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="kept_answer_once_per_key")]

    def __str__(self):
        return f"{self.user_id} · {self.key}"


class WebhookEndpoint(models.Model):
    """An address of somebody's own system that is told when something public appears, changes or goes.

    ``secret`` signs what it is sent, and so does ``former_secret`` until ``former_until``; both are encrypted.
    ``leased_until`` says that somebody is sending to it, and otherwise when that last began. While it does not answer
    it rests: ``failures_count`` tries have failed in a row, nothing has arrived since ``failing_since``.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="webhooks", verbose_name=_("person"))
    address = models.URLField(_("address"), max_length=500)
    kinds = ArrayField(models.CharField(max_length=20, choices=WebhookKind), verbose_name=_("events"))
    secret = models.CharField(_("secret"), max_length=300)
    former_secret = models.CharField(_("secret before"), max_length=300, blank=True)
    former_until = models.DateTimeField(_("secret before works until"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=WebhookStatus, default=WebhookStatus.ACTIVE)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    leased_until = models.DateTimeField(_("being served until"), null=True, blank=True)
    rests_until = models.DateTimeField(_("rests until"), null=True, blank=True)
    failures_count = models.PositiveIntegerField(_("failed tries"), default=0)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "address"],
                name="webhook_address_once",
                violation_error_message=_("You have a webhook with this address already."),
            )
        ]

    def __str__(self):
        return self.address

    @property
    def kind_labels(self):
        """The events that it is told of, in words."""
        return [label for value, label in WebhookKind.choices if value in self.kinds]


class PublicEvent(models.Model):
    """Something public that has appeared, changed or gone, for webhooks: nothing that a reader could not open.

    ``key`` is the same for all whom it is sent to, and however often; ``about`` names the thing ("practice:7").
    """

    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=20)
    about = models.CharField(_("about"), max_length=60)
    data = models.JSONField(_("facts"), default=dict)
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("public event")
        verbose_name_plural = _("public events")
        ordering = ["pk"]
        indexes = [models.Index(fields=["at"], name="public_event_age")]

    def __str__(self):
        return f"{self.kind} · {self.about}"

    @property
    def code(self):
        """What the thing is called by: a reference or code; nothing for a test."""
        return self.data.get("reference") or self.data.get("code", "")


class WebhookDelivery(ToSend):
    """A promise to send an event to an endpoint, written with the event and kept until it is done, and a month longer.

    ``about`` is that of the event: to one endpoint, what is about the same thing is sent in order. ``status``,
    ``took_ms`` and ``answer`` say what was answered to the last try, and after how long.
    """

    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, related_name="deliveries", verbose_name=_("webhook"))
    event = models.ForeignKey(PublicEvent, models.CASCADE, related_name="deliveries", verbose_name=_("event"))
    about = models.CharField(_("about"), max_length=60)
    status = models.PositiveSmallIntegerField(_("status of the answer"), null=True, blank=True)
    took_ms = models.PositiveIntegerField(_("milliseconds"), null=True, blank=True)
    answer = models.TextField(_("beginning of the answer"), blank=True)

    class Meta(ToSend.Meta):
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        indexes = [
            models.Index(
                fields=["endpoint", "due_at", "id"], condition=Q(sent_at=None, dead_at=None), name="delivery_to_send"
            ),
            models.Index(
                fields=["endpoint", "about", "id"], condition=Q(sent_at=None, dead_at=None), name="delivery_in_order"
            ),
            models.Index(fields=["endpoint", "-id"], name="delivery_log"),
        ]

    def __str__(self):
        return f"{self.event_id} · {self.endpoint_id}"


class Pulse(models.Model):
    """When something that should happen again and again last did, for the page of administrators."""

    name = models.CharField(_("name"), max_length=40, primary_key=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("pulse")
        verbose_name_plural = _("pulses")

    def __str__(self):
        return self.name

    @classmethod
    def beat(cls, name):
        """Note that ``name`` ("sweep", "backup") has just happened."""
        cls.objects.update_or_create(name=name, defaults={"at": timezone.now()})
