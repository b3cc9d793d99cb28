"""The world of the access matrix: one person per actor, one case study per state, and what stands around them."""

import datetime
import hashlib
import uuid

from django.utils import timezone

from accounts import keys
from accounts import workflow as joining
from accounts.enums import Role, Scope
from accounts.models import Notification, OutboxMessage
from accounts.webhooks.keeping import add, send_test
from practices import workflow
from practices.enums import Provenance, SubmissionStatus, Thread
from practices.files.consent import withdraw
from practices.models import AdoptionProposal, ChangeRequest, Comment, CountryOffice, Practice, PreviewLink
from practices.publication import make_live, retract
from tests.access.assistance import Assistance
from tests.files_make import make_attached
from tests.make import make_country, make_practice, make_target, make_topic, make_update, make_version
from tests.people import make_key, make_user
from tests.submissions import file_review, make_draft

# Actors that nobody is signed in as: they bring nothing, a secret address, or the session of a closed account.
NOT_SIGNED_IN = ("anonymous", "preview-link", "preview-link-ended")
# Programs of the partner who is an author: what the key of each allows besides reading what is public; the last ended.
KEYS = {
    "partner-key": (Scope.CONTACTS, Scope.DRAFT, Scope.ASSISTANCE, Scope.WEBHOOKS),
    "partner-key-read": (),
    "partner-key-ended": (Scope.CONTACTS, Scope.DRAFT, Scope.ASSISTANCE, Scope.WEBHOOKS),
}
PARTNER_AUTHOR = {"partner-author", *KEYS}
INTERNAL, SCORES, REVIEWER, CONTACT = "Zyxinternal", "Zyxscores", "Zyxreviewer", "zyxcontact@example.org"
TOKENS = {"preview-link": "a-secret-that-opens-{pk}", "preview-link-ended": "a-secret-that-ended-{pk}"}


class World:
    """``people`` {actor: User}, ``practices`` {state: Practice}, ``proposals`` {state: AdoptionProposal},
    ``assistance``, ``undelivered`` (an OutboxMessage), ``webhook``, ``keys`` {actor: clear text}; see also
    ``submission_for``, ``webhook_for`` and ``notification_for``."""

    def __init__(self):
        for iso3 in ("BGD", "PER"):
            make_country(iso3)
        make_topic("stunting", "nutrition")
        make_target("3.2")
        self.people = _people()
        self.spare = make_user(Role.CURATOR, name=f"{REVIEWER} spare", email="spare@example.org")
        # Reviews with the others and has left since, so that no list offers the name.
        self.former = make_user(Role.CURATOR, name=f"{REVIEWER} former")
        CountryOffice.objects.create(country_id="BGD", asks_for_endorsement=True)
        self._submissions = {
            (is_partners, status): self._bring(status, is_partners=is_partners)
            for is_partners in (False, True)
            for status in SubmissionStatus
        }
        self.files = self._files()
        self.practices = _practices()
        self.proposals = _proposals(self.people, self.spare)
        self.assistance = Assistance(self.people)
        self.key, _text = make_key(user=self.people["officer-author"])
        self.invitation, self.application = _joining(self.people["administrator"])
        self.webhook, _secret = add(self.spare, address="https://partner.example/hook", kinds=["need.opened"])
        self.keys = _keys(self.people["partner-author"])
        self._webhooks = _webhooks(self.people["partner-author"], self.webhook)
        self.former.is_active = False
        self.former.save()
        for user in [*self.people.values(), self.spare]:
            Notification.objects.create(user=user, kind="practices.published", path="/about/", context={"title": "T"})
        self.undelivered = OutboxMessage.objects.create(
            key="undelivered", user=self.spare, kind="practices.published", path="/about/", dead_at=timezone.now()
        )

    def submission_for(self, actor, status):
        """The case study at ``status``: the officer's, or for the partner the one that the partner writes."""
        return self._submissions[actor in PARTNER_AUTHOR, SubmissionStatus(status)]

    def file_for(self, actor, state):
        """The picture of the case study at ``state``, or the one that is hidden, not prepared or retracted."""
        return self.files.get(state) or self.submission_for(actor, state).attached[0].file

    def webhook_for(self, whose):
        """(a webhook, what was sent to it) of the partner who is an author ("own") or of somebody else."""
        return self._webhooks[whose]

    def notification_for(self, actor, whose):
        owner = self.people[actor] if whose == "own" and actor in self.people else self.spare
        return owner.notifications.first()

    def _bring(self, status, *, is_partners):
        """A case study of Bangladesh that stands at ``status``, with all that may be read or done around it."""
        people = self.people
        lead = people["partner-author" if is_partners else "officer-author"]
        submission = make_draft(lead, title=title_at(status, is_partners=is_partners))
        attached = [make_attached(submission.version), make_attached(submission.version, kind="pdf", position=1)]
        submission.coauthors.add(people["officer-coauthor"], people["curator-coauthor"])
        if status != SubmissionStatus.DRAFT:
            submission = workflow.submit(submission, by=lead)
        if status not in {SubmissionStatus.DRAFT, SubmissionStatus.ENDORSEMENT}:
            submission = workflow.endorse(submission, by=people["focal-own"])
        if status == SubmissionStatus.WITHDRAWN:
            submission = workflow.withdraw(submission, by=lead, note="Later.")
        if status in {"in_review", "changes_requested", "published", "declined"}:
            holder = people["curator-holder"]
            submission = workflow.claim(submission, by=holder, no_conflict=True)
            for reviewer in (people["curator-filed"], self.former):
                file_review(submission, reviewer)
            submission.reviews.filter(reviewer=self.former).update(private_note=SCORES)
            submission.refresh_from_db()
            if status == SubmissionStatus.CHANGES_REQUESTED:
                submission = workflow.request_changes(submission, by=holder, letter="Tell us more.")
            elif status == SubmissionStatus.DECLINED:
                submission = workflow.decline(submission, by=holder, letter="It was never carried out.")
            elif status == SubmissionStatus.PUBLISHED:
                workflow.publish(submission, by=holder)
                submission.refresh_from_db()
        submission.asked = ChangeRequest.objects.create(
            submission=submission, author=self.former, field="basics", text="Why?", is_must_fix=False, status="open"
        )
        Comment.objects.create(submission=submission, author=self.former, thread=Thread.INTERNAL, text=INTERNAL)
        _links(submission, lead)
        submission.attached = attached
        return submission

    def _files(self):
        """{state: File}: those that nobody, or not everybody, is shown although their version could be read."""
        hidden = self._bring(SubmissionStatus.PUBLISHED, is_partners=False).attached[0].file
        withdraw(hidden)
        waiting = make_attached(self.submission_for("", SubmissionStatus.DRAFT).version, is_prepared=False)
        gone = make_version(country="BGD")
        retracted = make_attached(gone)
        (practice,) = make_live([(gone, Practice(provenance=Provenance.COUNTRY))])
        retract(practice, reason="It could not be checked.")
        return {"hidden": hidden, "waiting": waiting.file, "retracted": retracted.file}


def title_at(status, *, is_partners=False):
    """The title of the case study that stands at ``status``."""
    return f"{'Partners' if is_partners else 'Officers'} case zyx{str(SubmissionStatus(status)).replace('_', '')}"


def _people():
    people = {
        "no-role": make_user(),
        "officer-author": make_user(Role.OFFICER),
        "officer-coauthor": make_user(Role.OFFICER),
        "officer-same-country": make_user(Role.OFFICER, email="colleague@example.org"),
        "officer-other-country": make_user(Role.OFFICER, country="PER"),
        "focal-own": make_user(Role.FOCAL_POINT),
        "focal-other": make_user(Role.FOCAL_POINT, country="PER"),
        "curator": make_user(Role.CURATOR, name=f"{REVIEWER} one"),
        "curator-holder": make_user(Role.CURATOR, name=f"{REVIEWER} two"),
        "curator-filed": make_user(Role.CURATOR, name=f"{REVIEWER} three"),
        "curator-of-country": make_user(Role.CURATOR, Role.OFFICER),
        "curator-coauthor": make_user(Role.CURATOR),
        "partner": make_user(Role.PARTNER),
        "partner-author": make_user(Role.PARTNER),
        "administrator": make_user(Role.ADMINISTRATOR),
        "deactivated": make_user(Role.OFFICER),
    }
    return people


def _keys(user):
    made = {actor: make_key(*scopes, user=user, name=actor) for actor, scopes in KEYS.items()}
    keys.revoke(made["partner-key-ended"][0])
    return {actor: text for actor, (_key, text) in made.items()}


def _webhooks(user, others):
    own, _secret = add(user, address="https://partner.example/own", kinds=["need.opened"])
    return {"own": (own, send_test(own)), "anothers": (others, send_test(others))}


def _links(submission, by):
    for actor, token in TOKENS.items():
        digest = hashlib.sha256(token.format(pk=submission.pk).encode()).hexdigest()
        ended = timezone.now() if actor == "preview-link-ended" else None
        expires_at = timezone.now() + datetime.timedelta(days=1)
        PreviewLink.objects.create(
            submission=submission, token_digest=digest, made_by=by, expires_at=expires_at, revoked_at=ended
        )


def _practices():
    facts = {"country": "BGD", "areas": ["nutrition"], "contact": {"name": "Somebody", "email": CONTACT}}
    live = make_update(make_practice(title="Living, first version", **facts), title="Living", areas=["nutrition"])
    return {"live": live, "retracted": retract(make_practice(title="Gone", **facts), reason="It could not be checked.")}


def _proposals(people, decider):
    found = {}
    for status in ("proposed", "confirmed", "refused"):
        practice = make_practice(title=f"Adopted or not: {status}", country="BGD")
        proposal = workflow.propose_adoption(
            practice, make_country("PER"), by=people["officer-other-country"], source="A report"
        )
        if status != "proposed":
            workflow.decide_adoption(proposal, by=decider, confirm=status == "confirmed", reason="Because.")
        found[status] = AdoptionProposal.objects.get(pk=proposal.pk)
    return found


def _joining(administrator):
    """An open invitation of an officer, and an application for the same role that waits."""
    facts = {"email": "newcomer@example.org", "role": Role.OFFICER, "country": make_country("BGD")}
    invitation = joining.invite(by=administrator, **facts)
    application = joining.apply(**facts, name="New Comer", organisation_name="", why="To write.", language="en")
    joining.confirm(application)
    return invitation, application


def new_key():
    return str(uuid.uuid4())
