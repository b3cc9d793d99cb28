"""What the tests of privacy plant: live practices, and around them everything that only its people may read."""

import datetime
import uuid
from dataclasses import dataclass, field

from django.utils import timezone

from accounts.enums import Role
from accounts.models import (
    ApiKey,
    Application,
    AuditEvent,
    KeptAnswer,
    Membership,
    Notification,
    Organisation,
    OutboxMessage,
    PublicEvent,
    SignIn,
    User,
    WebhookDelivery,
    WebhookEndpoint,
)
from practices import workflow
from practices.content import ROW_MODELS
from practices.enums import (
    CountryRole,
    EventKind,
    FileKind,
    LinkKind,
    ProposalStatus,
    RequestStatus,
    SubmissionStatus,
    Thread,
)
from practices.models import (
    Adoption,
    AdoptionProposal,
    Brief,
    ChangeRequest,
    Comment,
    Contact,
    CountryOffice,
    File,
    Practice,
    PracticeLink,
    PreviewLink,
    Review,
    ReviewCard,
    Snapshot,
    Submission,
    SubmissionEvent,
    Translation,
    Version,
    VersionCountry,
)
from practices.previews import make_link
from practices.publication import make_live, retract
from tests.files_make import make_attached
from tests.make import make_country, make_practice, make_version
from tests.people import make_user
from tests.safety.canaries import Canaries, columns_of
from tests.safety.planting_assistance import Assistance, plant_assistance
from tests.submissions import make_submission

REASON = "The figures could not be confirmed."


@dataclass
class World:
    """What stands in the database: live practices, and around them everything that only its people may read."""

    canaries: Canaries
    live: Practice = None  # an update and an adaptation of it are under way
    renewed: Practice = None  # published by way of a review; an update of it is being reviewed
    gone: Practice = None  # retracted
    curator: User = None
    officer: User = None  # of another country, with work of their own
    submissions: dict = field(default_factory=dict)  # {place: Submission}
    own: dict = field(default_factory=dict)  # {status: Submission of the officer}
    tokens: dict = field(default_factory=dict)  # {place: token of a preview}
    assistance: Assistance = None


def plant():
    """Everything that is not public, in every state, with a canary in every field. Returns the World."""
    return _Planter().plant()


class _Planter:
    def __init__(self):
        self.canaries = Canaries()
        self.fill = self.canaries.fill
        self.lead, self.colleague = self.person(Role.OFFICER), self.person(Role.OFFICER)
        self.curator, self.reader = self.person(Role.CURATOR), self.person(Role.CURATOR)
        self.person(Role.FOCAL_POINT)
        Membership.objects.create(user=self.person(), role=Role.CURATOR, **self.fill(Membership, "people"))
        self.world = World(self.canaries, curator=self.curator)

    def plant(self):
        world = self.world
        for status in SubmissionStatus.values:
            self.way(status)
        world.live = make_practice(
            title="In the open", country="KEN", areas=["wash"], contact=self.fill(Contact, "contact"),
            translations={"fr": {"title": "Au grand jour", "summary": "Ce qui fut fait."}},
            adoptions=[{"country": "PER", "year": 2015, "note": "Told to everybody."}], beneficiaries_count=120_000,
        )  # fmt: skip
        told = {"areas": ["wash"], "beneficiaries_count": 130_000}
        version = make_version(title="In the open, again", country="KEN", **told)
        make_attached(version, kind=FileKind.PDF, caption="Told to everybody")
        (world.live,) = make_live([(version, world.live)])
        keeper = make_user(Role.OFFICER, country="KEN", **self.fill(User, "people"))
        update = workflow.start(keeper, world.live.country, title="", form_key=uuid.uuid4(), base_practice=world.live)
        self.content(update.version, "open update")
        self.work(update, "open update")
        copy = workflow.start(self.lead, make_country("BGD"), title="", form_key=uuid.uuid4(), adapts=world.live)
        self.content(copy.version, "adaptation")
        self.work(copy, "adaptation")
        self.update_in_review()
        self.retracted()
        self.proposals()
        self.of_another_country()
        self.accounts()
        world.assistance = plant_assistance(self.canaries, world.live, person=self.person, reader=world.officer)
        return world

    def person(self, *roles, country="BGD"):
        return make_user(*roles, country=country, **self.fill(User, "people"))

    def way(self, status):
        """A case study at ``status``; one that was published leaves its people's words behind."""
        country, lead = "BGD", self.lead
        if status == SubmissionStatus.ENDORSEMENT:
            country, lead = "SEN", self.person(Role.OFFICER, country="SEN")
            CountryOffice.objects.create(country=make_country("SEN"), asks_for_endorsement=True)
        submission = make_submission(
            status, curator=self.curator, lead=lead, country=country, areas=["emergencies", "wash"],
            topics=["cholera"], further=["EGY"], partners=["VNM"], language="fr", contact_name="To be replaced",
        )  # fmt: skip
        if status == SubmissionStatus.PUBLISHED:
            self.world.renewed = submission.practice
            Contact.objects.filter(practice=submission.practice).update(**self.fill(Contact, "published"))
        else:
            self.content(submission.version, status)
        self.work(submission, status)

    def update_in_review(self):
        base = self.world.renewed
        update = workflow.start(self.lead, base.country, title="", form_key=uuid.uuid4(), base_practice=base)
        Submission.objects.filter(pk=update.pk).update(has_clearance=True, change_note="To be replaced")
        update = workflow.claim(workflow.submit(update, by=self.lead), by=self.curator, no_conflict=True)
        self.content(update.version, "update in review")
        self.work(update, "update in review")

    def content(self, version, place):
        """A canary in every column of an unpublished ``version``, and in one more row of every kind below it."""
        Version.objects.filter(pk=version.pk).update(**self.fill(Version, place))
        self.rows(version, place)

    def rows(self, version, place):
        for model in ROW_MODELS:
            relations = {column.name for column in model._meta.concrete_fields if column.is_relation}
            if "organisation" in relations:
                organisation = Organisation.objects.create(**self.fill(Organisation, place))
                model.objects.create(version=version, organisation=organisation, **self.fill(model, place))
            elif "file" in relations:
                of_file = {"kind": FileKind.PDF, "uploader": self.lead, "prepared_at": timezone.now()}
                file = File.objects.create(**of_file, **self.fill(File, place))
                model.objects.create(version=version, file=file, **self.fill(model, place))
            elif columns_of(model):
                model.objects.create(version=version, **self.fill(model, place))

    def work(self, submission, place):
        """Canaries in ``submission`` and in all that its people and its curators wrote around it."""
        # What a published update changed is told in the history of the practice.
        given = {"change_note": ""} if submission.status == SubmissionStatus.PUBLISHED else {}
        Submission.objects.filter(pk=submission.pk).update(**self.fill(Submission, place, **given))
        submission.coauthors.add(self.colleague)
        self.world.submissions[place] = submission
        about = {"submission": submission}
        status = {"to_status": submission.status, "kind": EventKind.SENT_BACK}
        SubmissionEvent.objects.create(actor=self.reader, **status, **about, **self.fill(SubmissionEvent, place))
        Snapshot.objects.create(**about, **self.fill(Snapshot, place))
        asked = {"author": self.reader, "status": RequestStatus.ANSWERED, "answered_by": self.lead}
        ChangeRequest.objects.create(**asked, **about, **self.fill(ChangeRequest, f"{place}, answered"))
        said = {"author": self.reader, "thread": Thread.SHARED}
        Comment.objects.create(**said, **about, **self.fill(Comment, f"{place}, shared"))
        link = {"made_by": self.lead, "expires_at": timezone.now() + datetime.timedelta(days=1)}
        PreviewLink.objects.create(**link, **about, **self.fill(PreviewLink, place))
        if submission.is_open:
            _link, token = make_link(submission, by=submission.lead)
            self.world.tokens[place] = token
            self.canaries.names[token.lower()] = f"{place}: token"
        self.internals(submission, place)
        for person in (self.lead, self.curator):
            Notification.objects.create(user=person, **self.fill(Notification, place))
            OutboxMessage.objects.create(user=person, **self.fill(OutboxMessage, place))
            chosen = {"user": person, "kinds": ["need.opened"]}
            endpoint = WebhookEndpoint.objects.create(**chosen, **self.fill(WebhookEndpoint, place))
            told = {"endpoint": endpoint, "event": PublicEvent.objects.create(kind="webhook.test")}
            WebhookDelivery.objects.create(**told, **self.fill(WebhookDelivery, place))
            until = timezone.now() + datetime.timedelta(days=30)
            ApiKey.objects.create(user=person, scopes=["read"], expires_at=until, **self.fill(ApiKey, place))
            KeptAnswer.objects.create(user=person, **self.fill(KeptAnswer, place))

    def internals(self, submission, place):
        """What only curators may read of any submission."""
        about, place = {"submission": submission}, f"{place}, internal"
        filed = {"reviewer": self.reader, "declared_at": timezone.now(), "filed_at": timezone.now()}
        Review.objects.create(**filed, **about, **self.fill(Review, place))
        ChangeRequest.objects.create(author=self.reader, **about, **self.fill(ChangeRequest, place))
        said = {"author": self.reader, "thread": Thread.INTERNAL}
        Comment.objects.create(**said, **about, **self.fill(Comment, place))

    def retracted(self):
        place = "retracted"
        practice = make_practice(
            country="KEN", areas=["climate"], **self.fill(Version, place, title="Taken back"),
            adoptions=[{"country": "PER", **self.fill(Adoption, place)}],
            translations={"fr": self.fill(Translation, place)}, contact=self.fill(Contact, place),
        )  # fmt: skip
        Practice.objects.filter(pk=practice.pk).update(**self.fill(Practice, place))
        version = Version.objects.create(**self.fill(Version, f"{place}, second version"))
        self.rows(version, place)
        VersionCountry.objects.create(version=version, country=make_country("KEN"), role=CountryRole.LEAD)
        practice.refresh_from_db()
        make_live([(version, practice)])
        card = {"reviewed_on": timezone.now(), "score": 4}
        ReviewCard.objects.create(version=version, **card, **self.fill(ReviewCard, place))
        Brief.objects.create(version=version, language="en", **self.fill(Brief, place))
        retract(practice, reason=REASON)
        PracticeLink.objects.create(practice=self.world.live, target=practice, kind=LinkKind.ADAPTS)
        practice.refresh_from_db()
        self.world.gone = practice

    def proposals(self):
        for status, country in zip(ProposalStatus.values, ("BGD", "SEN", "VNM"), strict=True):
            facts = {"status": status, "country": make_country(country), "proposed_by": self.lead}
            AdoptionProposal.objects.create(
                practice=self.world.live, **facts, **self.fill(AdoptionProposal, f"adoption {status}")
            )

    def accounts(self):
        """What the portal keeps of people who join and of what they did."""
        person = self.person()
        asks = {"user": person, "role": Role.OFFICER, "country": make_country("BGD"), "status": "waiting"}
        Application.objects.create(**asks, **self.fill(Application, "people"))
        SignIn.objects.create(user=person, **self.fill(SignIn, "people"))
        AuditEvent.objects.create(actor=person, action="exported", **self.fill(AuditEvent, "people"))

    def of_another_country(self):
        """An officer of another country with work of their own, which the same curators read."""
        self.world.officer = make_user(Role.OFFICER, country="PER", name="Officer of Peru")
        for status in ("draft", "changes_requested", "published"):
            submission = make_submission(
                status, curator=self.curator, lead=self.world.officer, country="PER", title=f"Ours {status}"
            )
            self.world.own[status] = submission
            self.internals(submission, f"of another country, {status}")
            if submission.is_open:
                Comment.objects.create(submission=submission, author=self.reader, thread=Thread.SHARED, text="Dear all")
