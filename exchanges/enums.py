"""The words for kinds of help, states and roles. One list each, in the words of South-South cooperation."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Modality(models.TextChoices):
    """A form that technical assistance takes."""

    STUDY_VISIT = "study_visit", _("Study visit")
    EXPERT_MISSION = "expert_mission", _("Expert mission")
    IN_SERVICE_TRAINING = "in_service_training", _("In-service training")
    WORKSHOP = "workshop", _("Workshop")
    REMOTE_ADVICE = "remote_advice", _("Remote advice")
    POLICY_DIALOGUE = "policy_dialogue", _("Policy dialogue")
    TWINNING = "twinning", _("Twinning")
    KNOWLEDGE_PRODUCT = "knowledge_product", _("Knowledge product")
    JOINT_RESEARCH = "joint_research", _("Joint research")
    EQUIPMENT = "equipment", _("Equipment and supplies")
    TECHNOLOGY_TRANSFER = "technology_transfer", _("Technology transfer")
    FUNDING = "funding", _("Funding")


class Visibility(models.TextChoices):
    """Who reads an offer, a need or an exchange once it is open."""

    PUBLIC = "public", _("Everybody")
    PARTNERS = "partners", _("Countries and partners with an account")


class CostSharing(models.TextChoices):
    """Who pays."""

    PROVIDER = "provider", _("The country that offers pays")
    SHARED = "shared", _("Costs are shared")
    REQUESTER = "requester", _("The country that asks pays")
    FUNDED = "funded", _("A fund or partner pays")
    OPEN = "open", _("To be agreed")


class OfferStatus(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("offer", "Draft")
    ENDORSEMENT = "endorsement", pgettext_lazy("offer", "With the focal point")
    OPEN = "open", pgettext_lazy("offer", "Open")
    PAUSED = "paused", pgettext_lazy("offer", "Paused")
    CLOSED = "closed", pgettext_lazy("offer", "Closed")
    EXPIRED = "expired", pgettext_lazy("offer", "Expired")


class NeedStatus(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("need", "Draft")
    ENDORSEMENT = "endorsement", pgettext_lazy("need", "With the focal point")
    OPEN = "open", pgettext_lazy("need", "Open")
    MATCHED = "matched", pgettext_lazy("need", "Matched")
    CLOSED = "closed", pgettext_lazy("need", "Closed")
    WITHDRAWN = "withdrawn", pgettext_lazy("need", "Withdrawn")


class MatchOrigin(models.TextChoices):
    """Who thought of it."""

    SYSTEM = "system", _("Found by the portal")
    BROKER = "broker", _("Proposed by a curator")
    PROVIDER = "provider", _("The country offered its help")


class Answer(models.TextChoices):
    """What one side says to a match."""

    PENDING = "pending", _("Not answered yet")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")


class MatchFactor(models.TextChoices):
    """What speaks for a match. How much each counts stands in ``matching/weights.py``."""

    AREA = "area", _("Challenge area")
    TOPIC = "topic", _("Topic")
    PRACTICE = "practice", _("Practice that is wanted")
    MODALITY = "modality", _("Form of assistance")
    LANGUAGE = "language", _("Language")
    CONTEXT = "context", _("Similar position")
    PRACTICES = "practices", _("Practices documented")
    EVIDENCE = "evidence", _("Evidence")
    ADOPTIONS = "adoptions", _("Taken over by others")
    EXCHANGES = "exchanges", _("Exchanges given")
    WINDOW = "window", _("Time")
    CAPACITY = "capacity", _("Capacity")
    REGION = "region", _("Region")


class ExchangeForm(models.TextChoices):
    BILATERAL = "bilateral", _("Bilateral")
    TRIANGULAR = "triangular", _("Triangular")
    REGIONAL = "regional", _("Regional")


class ExchangeStatus(models.TextChoices):
    """Where an exchange stands. ``recorded``: it took place outside the portal and is told from public sources."""

    PROPOSED = "proposed", pgettext_lazy("exchange", "Proposed")
    AGREED = "agreed", pgettext_lazy("exchange", "Agreed")
    PREPARING = "preparing", pgettext_lazy("exchange", "Preparing")
    RUNNING = "running", pgettext_lazy("exchange", "Running")
    REPORTING = "reporting", pgettext_lazy("exchange", "Reporting")
    CLOSED = "closed", pgettext_lazy("exchange", "Closed")
    FOLLOWED_UP = "followed_up", pgettext_lazy("exchange", "Followed up")
    DECLINED = "declined", pgettext_lazy("exchange", "Declined")
    CANCELLED = "cancelled", pgettext_lazy("exchange", "Cancelled")
    RECORDED = "recorded", pgettext_lazy("exchange", "Recorded from public sources")


# In the order in which an exchange passes through them.
STAGES = (
    ExchangeStatus.PROPOSED,
    ExchangeStatus.AGREED,
    ExchangeStatus.PREPARING,
    ExchangeStatus.RUNNING,
    ExchangeStatus.REPORTING,
    ExchangeStatus.CLOSED,
    ExchangeStatus.FOLLOWED_UP,
)
UNDER_WAY = (ExchangeStatus.AGREED, ExchangeStatus.PREPARING, ExchangeStatus.RUNNING, ExchangeStatus.REPORTING)


class Phase(models.TextChoices):
    """A part of an exchange in which a party may play a role of its own; "" stands for all of them."""

    WHOLE = "", _("From beginning to end")
    PREPARING = "preparing", _("Preparation")
    RUNNING = "running", _("Implementation")
    REPORTING = "reporting", _("Reporting and follow-up")


class PartyRole(models.TextChoices):
    """The terms of triangular cooperation."""

    BENEFICIARY = "beneficiary", _("Beneficiary")
    PROVIDER = "provider", _("Provider")
    FACILITATOR = "facilitator", _("Facilitator")


class MilestoneStatus(models.TextChoices):
    PLANNED = "planned", pgettext_lazy("milestone", "Planned")
    AT_RISK = "at_risk", pgettext_lazy("milestone", "At risk")
    DONE = "done", pgettext_lazy("milestone", "Done")


class BudgetKind(models.TextChoices):
    CASH = "cash", _("Cash")
    IN_KIND = "in_kind", _("In kind")


class FollowUpOutcome(models.TextChoices):
    """What a follow-up check found."""

    NOTHING_YET = "nothing_yet", _("Nothing to report yet")
    IN_USE = "in_use", _("What was learnt is in use")
    ADOPTION = "adoption", _("The practice was taken over: an adoption is recorded")
    PRACTICE = "practice", _("The practice is being written up")
    STOPPED = "stopped", _("It did not go on")


class AmendmentStatus(models.TextChoices):
    """Where a change of an agreement stands that was signed before."""

    OPEN = "open", pgettext_lazy("amendment", "Being signed")
    AGREED = "agreed", pgettext_lazy("amendment", "In force")
    DROPPED = "dropped", pgettext_lazy("amendment", "Dropped")


class EventKind(models.TextChoices):
    """What happened to an offer, a need or an exchange."""

    CREATED = "created", pgettext_lazy("event", "Begun")
    EDITED = "edited", pgettext_lazy("event", "Text changed")
    ASKED_ENDORSEMENT = "asked_endorsement", pgettext_lazy("event", "Sent to the focal point")
    SENT_BACK = "sent_back", pgettext_lazy("event", "Sent back to its authors")
    OPENED = "opened", pgettext_lazy("event", "Opened")
    PAUSED = "paused", pgettext_lazy("event", "Paused")
    RESUMED = "resumed", pgettext_lazy("event", "Opened again")
    JOINED = "joined", pgettext_lazy("event", "Another country asks for the same")
    MATCHED = "matched", pgettext_lazy("event", "Matched")
    REOPENED = "reopened", pgettext_lazy("event", "Open again after a match fell through")
    CLOSED = "closed", pgettext_lazy("event", "Closed")
    EXPIRED = "expired", pgettext_lazy("event", "Expired")
    WITHDRAWN = "withdrawn", pgettext_lazy("event", "Withdrawn")
    PROPOSED = "proposed", pgettext_lazy("event", "Proposed")
    SIGNED = "signed", pgettext_lazy("event", "Signed")
    AGREED = "agreed", pgettext_lazy("event", "Agreed by all sides")
    AMENDMENT = "amendment", pgettext_lazy("event", "A change of the agreement was proposed")
    AMENDED = "amended", pgettext_lazy("event", "The agreement was changed by all sides")
    DROPPED = "dropped", pgettext_lazy("event", "The proposed change was dropped")
    PREPARING = "preparing", pgettext_lazy("event", "Preparation began")
    STARTED = "started", pgettext_lazy("event", "Started")
    REPORTING = "reporting", pgettext_lazy("event", "Reporting began")
    APPRAISED = "appraised", pgettext_lazy("event", "Appraised")
    FOLLOWED_UP = "followed_up", pgettext_lazy("event", "Followed up")
    DECLINED = "declined", pgettext_lazy("event", "Declined")
    CANCELLED = "cancelled", pgettext_lazy("event", "Cancelled")
    RECORDED = "recorded", pgettext_lazy("event", "Recorded from public sources")


class ContributionKind(models.TextChoices):
    """In which form a contribution comes; only cash is counted in money by necessity."""

    CASH = "cash", _("Cash")
    GOODS = "goods", _("Goods")
    EQUIPMENT = "equipment", _("Equipment")
    EXPERT_DAYS = "expert_days", _("Expert days")
    TRAINING_PLACES = "training_places", _("Training places")


class ProjectStatus(models.TextChoices):
    """Activity status, as the International Aid Transparency Initiative (IATI) distinguishes it."""

    PIPELINE = "pipeline", pgettext_lazy("project", "In preparation")
    RUNNING = "running", pgettext_lazy("project", "Running")
    FINISHED = "finished", pgettext_lazy("project", "Finished")
    CLOSED = "closed", pgettext_lazy("project", "Closed")
    CANCELLED = "cancelled", pgettext_lazy("project", "Cancelled")
    SUSPENDED = "suspended", pgettext_lazy("project", "Suspended")


FOLLOW_UP_DAYS = (30, 90, 180)
# Days before an offer or need expires on which its country is reminded.
EXPIRY_REMINDER_DAYS = (30, 7)
TITLE_LIMIT = 160
