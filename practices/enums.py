"""The words for kinds, scales, evaluations and states of a practice."""

from django.db import models
from django.utils.translation import gettext_lazy as _

# What a form accepts (an import keeps what was published elsewhere, however long).
TITLE_LIMIT = 120
SUMMARY_LIMIT = 300
CONTENT_LICENCE = "CC BY 4.0"
REVIEW_PERIOD_YEARS = 3
# Within so many days of being submitted a case study gets its first answer.
FIRST_ANSWER_DAYS = 8
# So many days before that, those who have to give it are reminded.
REMINDER_DAYS = 2


class Language(models.TextChoices):
    """The languages that the portal speaks, by their own names: equal, none the lesser."""

    EN = "en", "English"
    FR = "fr", "Français"
    ES = "es", "Español"
    PT = "pt", "Português"
    AR = "ar", "العربية"


class Kind(models.TextChoices):
    """What sort of knowledge a case study holds."""

    PRACTICE = "practice", _("Practice")
    INNOVATION = "innovation", _("Innovation")
    LESSON = "lesson", _("Lesson learnt")


class Scale(models.TextChoices):
    """How far a practice reached."""

    PILOT = "pilot", _("Pilot")
    SUBNATIONAL = "subnational", _("Subnational")
    NATIONAL = "national", _("National")
    MULTI_COUNTRY = "multi_country", _("Several countries")


class EvaluationType(models.TextChoices):
    """How it is known that a practice works."""

    NONE = "none", _("Not evaluated")
    MONITORING = "monitoring", _("Programme monitoring")
    BEFORE_AFTER = "before_after", _("Before and after")
    COMPARISON = "comparison", _("Comparison group")
    INDEPENDENT = "independent", _("Independent evaluation")
    RANDOMISED = "randomised", _("Randomised trial")
    SYSTEMATIC_REVIEW = "systematic_review", _("Systematic review")


class EvidenceLevel(models.IntegerChoices):
    """How sure the portal is that a practice works: computed, never typed (``practices/evidence.py``)."""

    DESCRIBED = 1, _("Described")
    MONITORED = 2, _("Early evidence")
    COMPARED = 3, _("Good evidence")
    EVALUATED = 4, _("Strong evidence")
    REPLICATED = 5, _("Replicated evidence")


class PracticeStatus(models.TextChoices):
    """What the world may read of a practice: its live version, or why it was retracted."""

    LIVE = "live", _("Live")
    RETRACTED = "retracted", _("Retracted")


class Label(models.TextChoices):
    """What the curators who reviewed a practice found; without a review there is none."""

    NONE = "", _("Not yet reviewed")
    PROMISING = "promising", _("Promising practice")
    GOOD = "good", _("Good practice")


class Provenance(models.TextChoices):
    """Who wrote a case study down."""

    COUNTRY = "country", _("Documented by the country")
    PUBLIC_SOURCES = "public_sources", _("Documented by the portal from public sources, not by the country")
    IMPORTED = "imported", _("Taken over from another collection")


class CountryRole(models.TextChoices):
    """What a country is to a practice."""

    LEAD = "lead", _("Lead country")
    FURTHER = "further", _("Also carried out in")
    PARTNER = "partner", _("Partner country")


class LessonKind(models.TextChoices):
    """Whether a lesson tells what worked or what failed."""

    WORKED = "worked", _("What worked")
    FAILED = "failed", _("What did not work")


class TranslationOrigin(models.TextChoices):
    """Who translated."""

    HUMAN = "human", _("Translated by a person")
    MACHINE = "machine", _("Translated by a machine")


class LinkKind(models.TextChoices):
    """How one practice relates to another."""

    ADAPTS = "adapts", _("Adapts")
    BUILDS_ON = "builds_on", _("Builds on")
    CONTRADICTS = "contradicts", _("Contradicts")


class FileKind(models.TextChoices):
    """What sort of file it is."""

    IMAGE = "image", _("Picture")
    PDF = "pdf", "PDF"
    DOCX = "docx", _("Word document")
    XLSX = "xlsx", _("Excel sheet")


class ConsentKind(models.TextChoices):
    """Who agreed that a picture is shown. All but the last end on a day."""

    WRITTEN = "written", _("The people shown agreed in writing")
    GUARDIAN = "guardian", _("Parents or guardians agreed in writing for the children shown")
    SPOKEN = "spoken", _("The people shown agreed in words, before a witness")
    NOBODY = "nobody", _("Nobody can be recognised")


class ScanResult(models.TextChoices):
    """What the malware scanner said of a file, where there is one."""

    NOT_ASKED = "not_asked", _("No scanner was asked")
    CLEAN = "clean", _("Clean")
    FOUND = "found", _("Malware found")


class SubmissionStatus(models.TextChoices):
    """Where a case study is on its way to the readers."""

    DRAFT = "draft", _("Draft")
    ENDORSEMENT = "endorsement", _("Waiting for endorsement")
    SUBMITTED = "submitted", _("Submitted")
    IN_REVIEW = "in_review", _("In review")
    CHANGES_REQUESTED = "changes_requested", _("Changes requested")
    PUBLISHED = "published", _("Published")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


OPEN_STATUSES = (
    SubmissionStatus.DRAFT,
    SubmissionStatus.ENDORSEMENT,
    SubmissionStatus.SUBMITTED,
    SubmissionStatus.IN_REVIEW,
    SubmissionStatus.CHANGES_REQUESTED,
)
# The text is the country's to change.
EDITABLE_STATUSES = (SubmissionStatus.DRAFT, SubmissionStatus.CHANGES_REQUESTED)
# What waits for curators.
WITH_CURATORS = (SubmissionStatus.SUBMITTED, SubmissionStatus.IN_REVIEW)


class EventKind(models.TextChoices):
    """What happened to a submission."""

    CREATED = "created", _("Begun")
    ASKED_ENDORSEMENT = "asked_endorsement", _("Sent to the focal point")
    SENT_BACK = "sent_back", _("Sent back by the focal point")
    SUBMITTED = "submitted", _("Submitted to the curators")
    CLAIMED = "claimed", _("Taken on by a curator")
    RELEASED = "released", _("Given back to the queue")
    REASSIGNED = "reassigned", _("Handed to another curator")
    REVIEWED = "reviewed", _("A review was filed")
    CHANGES_REQUESTED = "changes_requested", _("Changes requested")
    ANSWERED = "answered", _("Answered and sent again")
    PUBLISHED = "published", _("Published")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    TEAM = "team", _("The team changed")


class Check(models.TextChoices):
    """What a curator should look at first: found by the portal when a case study is handed in."""

    DUPLICATE = "duplicate", _("Reads like another one of the country")
    SOURCE = "source", _("A result has no source")
    FIGURES = "figures", _("No figure before and after")
    REFERENCES = "references", _("No report to check it against")
    COST = "cost", _("Says nothing about cost")


class Gate(models.TextChoices):
    """What a case study has to be before it is scored."""

    RELEVANT = "relevant", _("Relevant: it is about children and a challenge area of the portal")
    IMPLEMENTED = "implemented", _("Implemented: it was carried out, not only planned")
    SAFE = "safe", _("Ethical and safe: consent, safeguarding and data protection are respected")
    COMPLETE = "complete", _("Complete: a reader in another country has what they need")


class Criterion(models.TextChoices):
    """What a reviewer scores from 1 to 5; weights in ``practices/scoring.py``."""

    EFFECTIVENESS = "effectiveness", _("Effectiveness")
    EVIDENCE = "evidence", _("Evidence")
    RELEVANCE = "relevance", _("Relevance and reach")
    EQUITY = "equity", _("Equity")
    REPLICABILITY = "replicability", _("Replicability")
    SUSTAINABILITY = "sustainability", _("Sustainability")
    EFFICIENCY = "efficiency", _("Efficiency")
    PARTICIPATION = "participation", _("Participation")
    DOCUMENTATION = "documentation", _("Documentation")


class RequestStatus(models.TextChoices):
    """Where a change request stands; a draft is seen by its writer alone until the decision sends it."""

    DRAFT = "draft", _("Not sent yet")
    OPEN = "open", _("Open")
    ANSWERED = "answered", _("Answered")
    CLOSED = "closed", _("Done")


class Thread(models.TextChoices):
    """Who reads a comment."""

    INTERNAL = "internal", _("Curators only")
    SHARED = "shared", _("Shared with the country")


class ProposalStatus(models.TextChoices):
    """What became of an adoption that an officer proposed."""

    PROPOSED = "proposed", _("Waiting for a curator")
    CONFIRMED = "confirmed", _("Confirmed")
    REFUSED = "refused", _("Not confirmed")


class Section(models.TextChoices):
    """Parts of a case study in which words are found, beside its title and summary."""

    RESULTS = "results", _("Results")
    LESSONS = "lessons", _("Lessons")
    CHALLENGE = "challenge", _("Challenge")
    BENEFICIARIES = "beneficiaries", _("Who benefits")
    APPROACH = "approach", _("Approach")
    SETTING = "setting", _("Setting")
    ENABLING_CONDITIONS = "enabling_conditions", _("Enabling conditions")
    CONSTRAINTS = "constraints", _("Constraints")
    EQUITY = "equity", _("Equity")
    SUSTAINABILITY = "sustainability", _("Sustainability")
    REPLICATION = "replication", _("Replication")
    SOUTH_SOUTH = "south_south", _("South-South cooperation")
    PARTNERS = "partners", _("Partners")
    FUNDING = "funding", _("Funding")
