"""Everything that the portal tells people: each kind of message, whom it is for and how much it asks of them; a leaf.

The floors above cause most of these. They are listed here, because here it is decided who gets which of them how.
"""

import enum

from django.utils.translation import gettext_lazy as _


class Weight(enum.Enum):
    """What a message asks of its reader."""

    INFORMS = "informs"
    NEEDS_READER = "needs reader"  # nothing goes on until they act
    SAFETY = "safety"  # about the account itself: sent whatever they chose


_FOCAL_POINT = _("The focal points of the country")
_OFFICE = _("Everybody who writes for the country")
_AUTHORS = _("The authors of the case study")
_CURATORS = _("The curators of its challenge areas and region")
_REVIEWERS = _("The curators who review the case study")
_VOICES = _("Those who speak for the country")
_PARTIES = _("Everybody who works for one of the parties")
_OWN_ACCOUNT = _("The person whose account it is")
_ADMINISTRATORS = _("The administrators")


class Kind(enum.StrEnum):
    """A kind of message. Its value names the template of its words: "practices.invited" is invited.txt of practices.

    ``weight`` (a Weight) and ``audience``: who is told, in words. Who that is in one case, decides the code that tells.
    """

    def __new__(cls, value, weight, audience):
        member = str.__new__(cls, value)
        member._value_ = value
        member.weight, member.audience = weight, audience
        return member

    # Case studies
    STUDY_ASKED_ENDORSEMENT = "practices.asked_endorsement", Weight.NEEDS_READER, _FOCAL_POINT
    STUDY_SENT_BACK = "practices.sent_back", Weight.NEEDS_READER, _AUTHORS
    STUDY_SUBMITTED = "practices.submitted", Weight.NEEDS_READER, _CURATORS
    STUDY_RELEASED = "practices.released", Weight.NEEDS_READER, _CURATORS
    STUDY_ANSWERED = "practices.answered", Weight.NEEDS_READER, _REVIEWERS
    STUDY_REASSIGNED = "practices.reassigned", Weight.NEEDS_READER, _("The curator to whom it was handed")
    STUDY_THIRD_READER = "practices.third_reader", Weight.NEEDS_READER, _CURATORS
    STUDY_DEADLINE = "practices.deadline", Weight.NEEDS_READER, _CURATORS
    STUDY_COMMENTED = "practices.commented", Weight.NEEDS_READER, _("The authors and the curator who holds it")
    STUDY_CLAIMED = "practices.claimed", Weight.INFORMS, _AUTHORS
    STUDY_CHANGES_REQUESTED = "practices.changes_requested", Weight.NEEDS_READER, _AUTHORS
    STUDY_CHANGES_AWAITED = "practices.changes_awaited", Weight.NEEDS_READER, _AUTHORS
    STUDY_PUBLISHED = "practices.published", Weight.INFORMS, _AUTHORS
    STUDY_DECLINED = "practices.declined", Weight.INFORMS, _AUTHORS
    STUDY_WITHDRAWN = "practices.withdrawn", Weight.INFORMS, _("The authors and the curator who holds it")
    STUDY_INVITED = "practices.invited", Weight.INFORMS, _("The new co-author")
    STUDY_HANDED_OVER = "practices.handed_over", Weight.INFORMS, _("The new lead author")
    PREVIEW_OPENED = "practices.preview_opened", Weight.INFORMS, _("Whoever made the preview link")
    PREVIEW_EXPIRING = "practices.preview_expiring", Weight.INFORMS, _("Whoever made the preview link")
    FILE_CONSENT_ENDING = "practices.consent_ending", Weight.NEEDS_READER, _("Whoever is responsible for the file")
    FILE_CONSENT_ENDED = "practices.consent_ended", Weight.NEEDS_READER, _("Whoever is responsible for the file")
    FILE_MALWARE_FOUND = "practices.malware_found", Weight.NEEDS_READER, _("Whoever is responsible for the file")
    # Practices
    PRACTICE_REVIEW_DUE = "practices.review_due", Weight.NEEDS_READER, _OFFICE
    PRACTICE_RETRACTED = "practices.retracted", Weight.INFORMS, _OFFICE
    ADOPTION_PROPOSED = "practices.adoption_proposed", Weight.NEEDS_READER, _CURATORS
    ADOPTION_CONFIRMED = "practices.adoption_confirmed", Weight.INFORMS, _("The officer who proposed it")
    ADOPTION_REFUSED = "practices.adoption_refused", Weight.INFORMS, _("The officer who proposed it")
    # Offers and needs
    ASSISTANCE_ASKED_ENDORSEMENT = "exchanges.asked_endorsement", Weight.NEEDS_READER, _FOCAL_POINT
    ASSISTANCE_SENT_BACK = "exchanges.sent_back", Weight.NEEDS_READER, _("Whoever wrote it")
    ASSISTANCE_OPENED = "exchanges.opened", Weight.INFORMS, _OFFICE
    ASSISTANCE_EXPIRING = "exchanges.expiring", Weight.NEEDS_READER, _OFFICE
    ASSISTANCE_EXPIRED = "exchanges.expired", Weight.INFORMS, _OFFICE
    NEED_JOINED = "exchanges.joined", Weight.INFORMS, _OFFICE
    MATCH_FOUND = "exchanges.match_found", Weight.NEEDS_READER, _VOICES
    MATCH_PROPOSED = "exchanges.match_proposed", Weight.NEEDS_READER, _VOICES
    MATCH_VOLUNTEERED = "exchanges.match_volunteered", Weight.NEEDS_READER, _VOICES
    MATCH_ACCEPTED = "exchanges.match_accepted", Weight.NEEDS_READER, _VOICES
    MATCH_DECLINED = "exchanges.match_declined", Weight.INFORMS, _VOICES
    ASSISTANCE_CLOSED = "exchanges.closed", Weight.INFORMS, _("Everybody who takes part in it")
    # Exchanges
    EXCHANGE_PROPOSED = "exchanges.proposed", Weight.NEEDS_READER, _PARTIES
    EXCHANGE_AGREEMENT_CHANGED = "exchanges.agreement_changed", Weight.NEEDS_READER, _PARTIES
    EXCHANGE_SIGNED = "exchanges.signed", Weight.INFORMS, _PARTIES
    EXCHANGE_AGREED = "exchanges.agreed", Weight.INFORMS, _PARTIES
    AMENDMENT_PROPOSED = "exchanges.amendment_proposed", Weight.NEEDS_READER, _PARTIES
    AMENDMENT_DROPPED = "exchanges.amendment_dropped", Weight.INFORMS, _PARTIES
    AMENDMENT_AGREED = "exchanges.amended", Weight.INFORMS, _PARTIES
    EXCHANGE_MOVED = "exchanges.moved", Weight.INFORMS, _PARTIES
    EXCHANGE_DECLINED = "exchanges.declined", Weight.INFORMS, _PARTIES
    EXCHANGE_CANCELLED = "exchanges.cancelled", Weight.INFORMS, _PARTIES
    EXCHANGE_MESSAGE = "exchanges.message", Weight.NEEDS_READER, _PARTIES
    EXCHANGE_DUE = "exchanges.due", Weight.NEEDS_READER, _PARTIES
    EXCHANGE_FOLLOW_UP = "exchanges.follow_up", Weight.NEEDS_READER, _PARTIES
    COUNTRY_CONTACTED = "exchanges.contacted", Weight.NEEDS_READER, _VOICES
    # Accounts
    ROLE_GIVEN = "accounts.role_given", Weight.SAFETY, _OWN_ACCOUNT
    ROLE_TAKEN = "accounts.role_taken", Weight.SAFETY, _OWN_ACCOUNT
    INVITED = "accounts.invited", Weight.SAFETY, _("Whoever is invited")
    APPLICATION_ASKED = "accounts.application_asked", Weight.SAFETY, _("Whoever asks for an account")
    APPLICATION_DECLINED = "accounts.application_declined", Weight.SAFETY, _("Whoever asks for an account")
    APPLICATION_WAITING = "accounts.application_waiting", Weight.NEEDS_READER, _("Those who decide on applications")
    PASSWORD_FORGOTTEN = "accounts.password_forgotten", Weight.SAFETY, _OWN_ACCOUNT
    PASSWORD_CHANGED = "accounts.password_changed", Weight.SAFETY, _OWN_ACCOUNT
    ADDRESS_ASKED = "accounts.address_asked", Weight.SAFETY, _OWN_ACCOUNT
    ADDRESS_CHANGED = "accounts.address_changed", Weight.SAFETY, _OWN_ACCOUNT
    SIGNED_IN_ANEW = "accounts.signed_in_anew", Weight.SAFETY, _OWN_ACCOUNT
    FACTOR_ADDED = "accounts.factor_added", Weight.SAFETY, _OWN_ACCOUNT
    FACTOR_REMOVED = "accounts.factor_removed", Weight.SAFETY, _OWN_ACCOUNT
    RECOVERY_CODES_MADE = "accounts.recovery_codes_made", Weight.SAFETY, _OWN_ACCOUNT
    KEY_MADE = "accounts.key_made", Weight.SAFETY, _OWN_ACCOUNT
    WEBHOOK_SWITCHED_OFF = "accounts.webhook_switched_off", Weight.NEEDS_READER, _("Whoever added the webhook")
    UNDELIVERED = "accounts.undelivered", Weight.NEEDS_READER, _ADMINISTRATORS
    # What happened since yesterday, in one e-mail; it stands in no list, for its parts do.
    DIGEST = "accounts.digest", Weight.INFORMS, _("Whoever asked for one e-mail a day")

    @property
    def needs_reader(self):
        return self.weight is Weight.NEEDS_READER

    @property
    def is_safety(self):
        return self.weight is Weight.SAFETY

    @property
    def template(self):
        return template_of(self)

    @classmethod
    def of_weight(cls, *weights):
        """The kinds of these weights, as a list."""
        return [kind for kind in cls if kind.weight in weights]


NEEDING_READER = frozenset(Kind.of_weight(Weight.NEEDS_READER))


def template_of(name):
    """The path of the template for the words of the kind ``name``, also of one that only another release knows."""
    app, _dot, file = name.partition(".")
    return f"{app}/messages/{file}.txt"
