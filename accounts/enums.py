"""The words for roles, organisations, what keys allow, what the audit keeps, what is sent to people and webhooks."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Role(models.TextChoices):
    """What a membership entitles to. One person may hold several."""

    OFFICER = "officer", _("Country officer")
    FOCAL_POINT = "focal_point", _("Focal point")
    CURATOR = "curator", _("Curator")
    PARTNER = "partner", _("Partner")
    ADMINISTRATOR = "administrator", _("Administrator")


# A focal point is an officer who also endorses for the country.
COUNTRY_ROLES = (Role.OFFICER, Role.FOCAL_POINT)


class OrganisationKind(models.TextChoices):
    """What sort of organisation it is."""

    GOVERNMENT = "government", _("Government")
    UN = "un", _("United Nations")
    NGO = "ngo", _("Non-governmental organisation")
    ACADEMIC = "academic", _("University or research institute")
    PRIVATE = "private", _("Private sector")
    MULTILATERAL = "multilateral", _("Multilateral organisation")
    COMMUNITY = "community", _("Community organisation")
    OTHER = "other", _("Other")


class InvitationStatus(models.TextChoices):
    """Where an invitation stands. An open one also runs out."""

    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    REVOKED = "revoked", _("Revoked")


class ApplicationStatus(models.TextChoices):
    """Where an application for an account stands."""

    UNCONFIRMED = "unconfirmed", _("Address not confirmed")
    WAITING = "waiting", _("Waiting for a decision")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")


class Scope(models.TextChoices):
    """What a key to the API may be used for. It never opens more than its person may."""

    READ = "read", _("Read what is public")
    CONTACTS = "contacts", _("Read the contacts of practices that you may see")
    DRAFT = "draft", _("Write, change and submit your own case studies, with their files")
    ASSISTANCE = "assistance", _("Write and change offers and needs")
    REVIEW = "review", _("Review and decide as a curator")
    WEBHOOKS = "webhooks", _("Manage the addresses that are told what changes")


class AuditAction(models.TextChoices):
    """What the audit keeps: what somebody did to accounts, rights and what only administrators reach."""

    SIGNED_IN = "signed_in", _("Signed in")
    SIGN_IN_FAILED = "sign_in_failed", _("Failed to sign in")
    PASSWORD_FORGOTTEN = "password_forgotten", _("Asked for a new password")
    PASSWORD_CHANGED = "password_changed", _("Changed the password")
    ADDRESS_ASKED = "address_asked", _("Asked for another address")
    ADDRESS_CHANGED = "address_changed", _("Changed the address")
    FACTOR_ADDED = "factor_added", _("Added a second factor")
    FACTOR_REMOVED = "factor_removed", _("Removed a second factor")
    RECOVERY_CODES_MADE = "recovery_codes_made", _("Made recovery codes")
    RECOVERY_CODE_USED = "recovery_code_used", _("Used a recovery code")
    SESSIONS_ENDED = "sessions_ended", _("Ended sessions")
    ROLE_GIVEN = "role_given", _("Gave a role")
    ROLE_TAKEN = "role_taken", _("Took a role")
    INVITED = "invited", _("Invited somebody")
    INVITATION_REVOKED = "invitation_revoked", _("Revoked an invitation")
    APPLICATION_DECIDED = "application_decided", _("Decided on an application")
    ACCOUNT_CHANGED = "account_changed", _("Changed an account")
    DESK_CHANGED = "desk_changed", _("Changed something at the desk")
    DRAFT_READ = "draft_read", _("Read a case study as administrator")
    EXPORTED = "exported", _("Exported data")
    SENT_AGAIN = "sent_again", _("Sent messages again")
    KEY_MADE = "key_made", _("Made an API key")
    KEY_REPLACED = "key_replaced", _("Replaced an API key")
    KEY_REVOKED = "key_revoked", _("Revoked an API key")
    WEBHOOK_ADDED = "webhook_added", _("Added a webhook")
    WEBHOOK_CHANGED = "webhook_changed", _("Changed a webhook")
    WEBHOOK_SECRET_MADE = "webhook_secret_made", _("Made a secret of a webhook")
    WEBHOOK_REMOVED = "webhook_removed", _("Removed a webhook")


class MailScope(models.TextChoices):
    """What a person wants by e-mail. The list on the portal holds everything."""

    ALL = "all", _("Everything that I take part in")
    NEEDS_ME = "needs_me", _("Only what needs me")
    NONE = "none", _("No e-mail")


class MailRhythm(models.TextChoices):
    """When a person wants it."""

    AT_ONCE = "at_once", _("At once, each by itself")
    MIXED = "mixed", _("What needs me at once, the rest in one e-mail a day")
    DAILY = "daily", _("One e-mail a day")


class WebhookStatus(models.TextChoices):
    """Whether an endpoint is told. One that fails for days is switched off."""

    ACTIVE = "active", pgettext_lazy("webhook", "Active")
    PAUSED = "paused", pgettext_lazy("webhook", "Paused")
    DISABLED = "disabled", pgettext_lazy("webhook", "Switched off")


class WebhookKind(models.TextChoices):
    """What an endpoint can ask to be told: that something public has appeared, changed or gone."""

    PRACTICE_PUBLISHED = "practice.published", _("A practice was published")
    PRACTICE_UPDATED = "practice.updated", _("A practice has a new version")
    PRACTICE_RETRACTED = "practice.retracted", _("A practice was retracted")
    EXCHANGE_PUBLISHED = "exchange.published", _("An exchange can be read")
    EXCHANGE_CHANGED = "exchange.changed", _("An exchange went on")
    NEED_OPENED = "need.opened", _("A need was opened")
    NEED_CLOSED = "need.closed", _("A need is no longer open")
    OFFER_OPENED = "offer.opened", _("An offer was opened")
    OFFER_CLOSED = "offer.closed", _("An offer is no longer open")


class Channel(models.TextChoices):
    """How one message reaches one person."""

    AT_ONCE = "at_once", _("by itself")
    DAILY = "daily", _("in the e-mail of the day")
    LIST_ONLY = "list_only", _("in the list only")
