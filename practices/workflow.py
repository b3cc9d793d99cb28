"""The way of a case study: every move is one function, one transaction with the row locked, one line of history.

This is the one file that sets the status of a submission. Each function raises PermissionDenied when the person may
never do this with this submission, TransitionError when its state does not allow it (also to whoever comes second).
"""

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.enums import COUNTRY_ROLES, Role
from accounts.kinds import Kind
from accounts.models import Membership, User
from accounts.outbox import tell
from practices import completeness, content, duplicates, indexing, permissions, publication, scoring, screening
from practices.enums import (
    EventKind,
    Gate,
    LinkKind,
    ProposalStatus,
    Provenance,
    RequestStatus,
    SubmissionStatus,
    Thread,
)
from practices.models import (
    Adoption,
    AdoptionProposal,
    ChangeRequest,
    Comment,
    Contact,
    CountryOffice,
    Practice,
    PracticeLink,
    Review,
    ReviewCard,
    Snapshot,
    Submission,
    SubmissionEvent,
    Version,
    VersionFile,
)
from practices.refusals import Incomplete, Settled, StaleReview, TransitionError

# The moves and the states from which each is possible. ``migrations/0004_moves.py`` keeps the same arrows as a
# second lock in the database.
S = SubmissionStatus
FROM = {
    "submit": {S.DRAFT, S.CHANGES_REQUESTED},
    "endorse": {S.ENDORSEMENT},
    "send_back": {S.ENDORSEMENT},
    "claim": {S.SUBMITTED},
    "join": {S.IN_REVIEW},
    "release": {S.IN_REVIEW},
    "reassign": {S.IN_REVIEW},
    "review": {S.IN_REVIEW},
    "keep_letter": {S.IN_REVIEW},
    "request_changes": {S.IN_REVIEW},
    "publish": {S.IN_REVIEW},
    "decline": {S.IN_REVIEW},
    "withdraw": {S.DRAFT, S.ENDORSEMENT, S.SUBMITTED, S.IN_REVIEW, S.CHANGES_REQUESTED},
}
NEXT = {
    S.DRAFT: {S.ENDORSEMENT, S.SUBMITTED, S.WITHDRAWN},
    S.ENDORSEMENT: {S.SUBMITTED, S.DRAFT, S.WITHDRAWN},
    S.SUBMITTED: {S.IN_REVIEW, S.WITHDRAWN},
    S.IN_REVIEW: {S.SUBMITTED, S.CHANGES_REQUESTED, S.PUBLISHED, S.DECLINED, S.WITHDRAWN},
    S.CHANGES_REQUESTED: {S.IN_REVIEW, S.WITHDRAWN},
    S.PUBLISHED: set(),
    S.DECLINED: set(),
    S.WITHDRAWN: set(),
}
_WHO = {
    "submit": permissions.may_submit,
    "endorse": permissions.may_endorse,
    "send_back": permissions.may_endorse,
    "claim": permissions.may_claim,
    "join": permissions.may_review,
    "release": permissions.may_release,
    "reassign": permissions.may_reassign,
    "review": permissions.may_review,
    "keep_letter": permissions.may_keep_letter,
    "request_changes": permissions.may_decide,
    "publish": permissions.may_decide,
    "decline": permissions.may_decide,
    "withdraw": permissions.may_withdraw,
}


def moves(submission, user):
    """The names of the moves that ``user`` could make now, as a set: what a page offers."""
    return {name for name, states in FROM.items() if submission.status in states and _WHO[name](user, submission)}


def taken(submission, move, by):
    """The locked submission, once person and state allow ``move`` (a key of FROM); call it in a transaction."""
    submission = _locked(submission)
    _allow(_WHO[move](by, submission))
    _expect(submission, FROM[move])
    return submission


# The country's moves


@transaction.atomic
def start(by, country, *, title, form_key, language="en", base_practice=None, earlier=None, adapts=None):
    """Begin a case study of ``country``: from nothing, as an update of ``base_practice``, or adapting ``adapts``.

    An update begins with the live text, or with that of ``earlier``, a published Version of the same practice.

    The same ``form_key`` (a UUID) again gives the submission that it began the first time. Returns the Submission.
    """
    known = Submission.objects.filter(form_key=form_key, lead=by).first()
    if known:
        return known
    allowed = (
        permissions.may_propose_change(by, base_practice) if base_practice else permissions.may_start(by, country.pk)
    )
    if not allowed:
        raise PermissionDenied(_("Only the officers of a country write its case studies."))
    try:
        with transaction.atomic():
            return _start(by, country, title, form_key, language, base_practice, earlier, adapts)
    except IntegrityError:
        known = Submission.objects.filter(form_key=form_key, lead=by).first()
        if known:
            return known
        raise TransitionError(_("An update of this practice is already under way.")) from None


def _start(by, country, title, form_key, language, base_practice, earlier, adapts):
    base = base_practice.live if base_practice else None
    if base_practice:
        version = content.copy(earlier or base)
        if title:
            Version.objects.filter(pk=version.pk).update(title=title)
    elif adapts:
        version = content.copy(adapts.live, with_countries=False)
        Version.objects.filter(pk=version.pk).update(title=title, consent_statement="")
        content.place(version, country.pk)
    else:
        version = Version.objects.create(title=title, language=language)
        content.place(version, country.pk)
    submission = Submission.objects.create(
        version=version,
        practice=base_practice,
        base=base,
        adapts=adapts,
        country=country,
        lead=by,
        form_key=form_key,
        updated_by=by,
    )
    if base_practice:
        contact = Contact.objects.filter(practice=base_practice).first()
        if contact:
            submission.contact_name, submission.contact_email = contact.name, contact.email
            submission.contact_organisation = contact.organisation
    submission.complete_percent = completeness.percent(submission)
    submission.save()
    SubmissionEvent.objects.create(
        submission=submission, kind=EventKind.CREATED, actor=by, to_status=SubmissionStatus.DRAFT
    )
    return submission


@transaction.atomic
def submit(submission, *, by):
    """Hand the case study to the curators, or first to the focal point where the country asks for that.

    After changes were requested it goes back to the curator who holds it; then every request has to be answered.
    Raises Incomplete with the items that are missing.
    """
    submission = taken(submission, "submit", by)
    missing = completeness.check(submission, similar=duplicates.similar(submission, by)).blocking
    if missing:
        raise Incomplete(_("Something is still missing."), missing, status=submission.status)
    if submission.status == SubmissionStatus.CHANGES_REQUESTED:
        unanswered = submission.change_requests.filter(status=RequestStatus.OPEN, is_must_fix=True)
        if unanswered.exists():
            text = _("Answer every change that must be made.")
            raise Incomplete(
                text,
                [completeness.Item(row.field, row.field, row.text) for row in unanswered],
                status=submission.status,
            )
        return _hand_in(submission, by, SubmissionStatus.IN_REVIEW, EventKind.ANSWERED)
    if _needs_endorsement(submission, by):
        event = _move(submission, SubmissionStatus.ENDORSEMENT, EventKind.ASKED_ENDORSEMENT, by=by)
        _tell(event, _focal_points(submission))
        return submission
    return _hand_in(submission, by, SubmissionStatus.SUBMITTED, EventKind.SUBMITTED)


@transaction.atomic
def endorse(submission, *, by):
    """Let the case study go to the curators, for the country."""
    submission = taken(submission, "endorse", by)
    submission.endorsed_by = by
    return _hand_in(submission, by, SubmissionStatus.SUBMITTED, EventKind.SUBMITTED)


@transaction.atomic
def send_back(submission, *, by, note):
    """Give the case study back to its authors, with what the focal point wants changed."""
    submission = taken(submission, "send_back", by)
    event = _move(submission, SubmissionStatus.DRAFT, EventKind.SENT_BACK, by=by, note=_stated(note))
    _tell(event, _team(submission))
    return submission


@transaction.atomic
def withdraw(submission, *, by, note=""):
    """Take the case study out of the way for good; its text stays readable for the country."""
    submission = taken(submission, "withdraw", by)
    told = _team(submission) + ([submission.holder] if submission.holder else [])
    event = _move(submission, SubmissionStatus.WITHDRAWN, EventKind.WITHDRAWN, by=by, note=note)
    _tell(event, told)
    return submission


@transaction.atomic
def answer(request, *, by, text):
    """Say what was done about a change request."""
    submission = _locked(request.submission)
    _allow(permissions.may_answer(by, submission))
    request = ChangeRequest.objects.sent().get(pk=request.pk)
    _expect(submission, {SubmissionStatus.CHANGES_REQUESTED})
    if request.status == RequestStatus.CLOSED:
        raise TransitionError(_("This request has been closed."), status=submission.status)
    request.answer, request.answered_by, request.answered_at = _stated(text), by, timezone.now()
    request.status = RequestStatus.ANSWERED
    request.save()
    return request


@transaction.atomic
def invite(submission, *, by, user):
    """Let ``user``, who writes for the same country, edit the case study too."""
    submission = _locked(submission)
    _allow(permissions.may_manage_team(by, submission))
    _expect_open(submission)
    if not permissions.writes_for(user, submission.country_id) or user.pk == submission.lead_id:
        raise TransitionError(_("Only other officers of the same country can be co-authors."), status=submission.status)
    submission.coauthors.add(user)
    event = _note(submission, EventKind.TEAM, by)
    _tell(event, [user], kind=Kind.STUDY_INVITED)
    return submission


@transaction.atomic
def remove(submission, *, by, user):
    """Take a co-author off the team."""
    submission = _locked(submission)
    _allow(permissions.may_manage_team(by, submission))
    _expect_open(submission)
    submission.coauthors.remove(user)
    _note(submission, EventKind.TEAM, by)
    return submission


@transaction.atomic
def hand_over(submission, *, by, user):
    """Make a co-author the lead; the lead so far stays as a co-author."""
    submission = _locked(submission)
    _allow(permissions.may_manage_team(by, submission))
    _expect_open(submission)
    if not submission.coauthors.filter(pk=user.pk).exists():
        raise TransitionError(_("Invite the person as a co-author first."), status=submission.status)
    submission.coauthors.remove(user)
    submission.coauthors.add(submission.lead)
    submission.lead = user
    submission.save(update_fields=["lead"])
    event = _note(submission, EventKind.TEAM, by)
    _tell(event, [user] if user.pk != by.pk else [], kind=Kind.STUDY_HANDED_OVER)
    return submission


# The curators' moves


@transaction.atomic
def claim(submission, *, by, no_conflict):
    """Take a submitted case study on. ``no_conflict``: that ``by`` declares to have no conflict of interest."""
    submission = taken(submission, "claim", by)
    _declared(submission, by, no_conflict)
    submission.holder, submission.claimed_at = by, timezone.now()
    event = _move(submission, SubmissionStatus.IN_REVIEW, EventKind.CLAIMED, by=by)
    _tell(event, _team(submission))
    return submission


@transaction.atomic
def join(submission, *, by, no_conflict):
    """Begin a review of one's own beside the holder's, after declaring to have no conflict of interest."""
    submission = taken(submission, "join", by)
    return _declared(submission, by, no_conflict)


@transaction.atomic
def release(submission, *, by):
    """Give the case study back to the queue."""
    submission = taken(submission, "release", by)
    submission.holder = submission.claimed_at = None
    event = _move(submission, SubmissionStatus.SUBMITTED, EventKind.RELEASED, by=by)
    curators = curators_for(submission, Version.objects.with_content().get(pk=submission.version_id))
    _tell(event, [user for user in curators if user.pk != by.pk], path=review_path(submission))
    return submission


@transaction.atomic
def reassign(submission, *, by, to):
    """Hand the case study to another curator, who declares their interests when they begin their review."""
    submission = taken(submission, "reassign", by)
    if not permissions.may_claim(to, submission):
        raise TransitionError(_("This curator is too close to the case study."), status=submission.status)
    submission.holder, submission.claimed_at = to, timezone.now()
    submission.save(update_fields=["holder", "claimed_at"])
    event = _note(submission, EventKind.REASSIGNED, by)
    _tell(event, [to], path=review_path(submission))
    return submission


@transaction.atomic
def save_review(submission, *, by, revision, rubric):
    """Keep the review of ``by`` as it is typed, on the ``revision`` that they read. Nobody else sees it before it is
    filed. ``rubric``: {column of Review: value}. Returns the Review.

    Raises Incomplete before they declared to have no conflict, Settled when it is filed, StaleReview when it was saved
    elsewhere since.
    """
    submission = taken(submission, "review", by)
    review = Review.objects.select_for_update().filter(submission=submission, reviewer=by).first()
    if review is None or not review.declared_at:
        text = _("Declare first that you have no conflict of interest.")
        raise Incomplete(text, [text], status=submission.status)
    if review.is_settled:
        raise Settled(scoring.SETTLED, status=submission.status)
    if review.revision != revision:
        raise StaleReview(review)
    filled(review, rubric).revision += 1
    review.filed_at = None  # a new text came since it was filed
    review.save()
    return review


def filled(review, rubric):
    """``review``, not saved, with the values of ``rubric``."""
    for name, value in rubric.items():
        setattr(review, name, value)
    return review


@transaction.atomic
def file_review(review, *, by):
    """File the scores of ``by``; then others' are shown to them, and they stand until a new text comes.

    Raises Incomplete with what is missing.
    """
    submission = taken(review.submission, "review", by)
    review = Review.objects.select_for_update().get(pk=review.pk)
    _allow(review.reviewer_id == by.pk)
    if not review.declared_at:
        raise TransitionError(_("Declare first that you have no conflict of interest."), status=submission.status)
    if review.is_settled:
        raise Settled(scoring.SETTLED, status=submission.status)
    problems = scoring.problems(review)
    if problems:
        raise Incomplete(_("The review is not complete."), problems, status=submission.status)
    review.filed_at = timezone.now()
    review.save(update_fields=["filed_at"])
    was_wanted = submission.wants_third_reader
    submission.wants_third_reader = scoring.wants_third_reader(_filed(submission))
    submission.save(update_fields=["wants_third_reader"])
    event = _note(submission, EventKind.REVIEWED, by)
    if submission.wants_third_reader and not was_wanted:
        _ask_third_reader(event)
    return review


def _ask_third_reader(event):
    """Tell the curators who could read it too and have not begun to."""
    submission = event.submission
    curators = curators_for(submission, Version.objects.with_content().get(pk=submission.version_id))
    readers = set(submission.reviews.values_list("reviewer_id", flat=True))
    others = [user for user in curators if user.pk not in readers]
    _tell(event, others, kind=Kind.STUDY_THIRD_READER, path=review_path(submission))


@transaction.atomic
def add_request(submission, *, by, field, text, must_fix):
    """Note what the country should change; it is sent with the decision that asks for changes."""
    submission = taken(submission, "review", by)
    return ChangeRequest.objects.create(
        submission=submission, author=by, field=field, text=_stated(text), is_must_fix=must_fix
    )


@transaction.atomic
def close(request, *, by):
    """Say that a change request is done; a draft of one's own is thrown away."""
    submission = taken(request.submission, "review", by)
    request = ChangeRequest.objects.select_for_update().get(pk=request.pk, submission=submission)
    if request.status == RequestStatus.DRAFT:
        _allow(request.author_id == by.pk)
        request.delete()
        return None
    request.status, request.closed_by, request.closed_at = RequestStatus.CLOSED, by, timezone.now()
    request.save()
    return request


@transaction.atomic
def keep_letter(submission, *, by, letter):
    """Keep the draft of a decision letter for the curators; deciding sends the letter and forgets the draft."""
    submission = taken(submission, "keep_letter", by)
    submission.letter_draft = letter
    submission.save(update_fields=["letter_draft"])
    return submission


@transaction.atomic
def request_changes(submission, *, by, letter):
    """Send the case study back to the country with a letter and the change requests noted so far."""
    submission = taken(submission, "request_changes", by)
    ChangeRequest.objects.filter(submission=submission, status=RequestStatus.DRAFT).update(
        status=RequestStatus.OPEN, sent_at=timezone.now()
    )
    submission.letter_draft = ""
    event = _move(
        submission, SubmissionStatus.CHANGES_REQUESTED, EventKind.CHANGES_REQUESTED, by=by, note=_stated(letter)
    )
    _tell(event, _team(submission))
    return submission


@transaction.atomic
def decline(submission, *, by, letter):
    """Say no, for reasons that the country will read."""
    submission = taken(submission, "decline", by)
    event = _decide(submission, SubmissionStatus.DECLINED, EventKind.DECLINED, by, _stated(letter))
    _tell(event, _team(submission))
    return submission


def hindrances(submission):
    """What still stands between ``submission`` and its publication, as sentences; empty when nothing does."""
    reviews = _filed(submission)
    found = []
    if not reviews:
        found.append(_("No review has been filed yet."))
    if any(not review.gates.get(gate) for review in reviews for gate in Gate.values):
        found.append(_("A reviewer found that one of the four gates is not passed."))
    score = scoring.score(reviews)
    if reviews and (score is None or not scoring.is_publishable(score)):
        found.append(_("The score is below 3.0."))
    if submission.change_requests.blocking().exists():
        found.append(_("A change that must be made is not done yet."))
    if completeness.check(submission).blocking:
        found.append(_("A part that every reader needs is missing."))
    if VersionFile.objects.filter(version=submission.version_id, file__prepared_at=None).exists():
        found.append(_("A picture or document is still being checked."))
    return found


@transaction.atomic
def publish(submission, *, by, letter=""):
    """Publish the version under review and make it what the world reads.

    Returns the live Practice, the decision in ``submission.events``. Raises Incomplete with the hindrances.
    """
    # Whoever publishes or retracts takes this lock first, so that no two of them wait for each other.
    indexing.lock_publication()
    submission = taken(submission, "publish", by)
    found = hindrances(submission)
    if found:
        raise Incomplete(_("It cannot be published yet."), found, status=submission.status)
    reviews = _filed(submission)
    label = scoring.label(reviews)
    version = Version.objects.with_content().get(pk=submission.version_id)
    Version.objects.filter(pk=version.pk).update(content_digest=content.digest(version))
    practice = submission.practice or Practice(provenance=Provenance.COUNTRY)

    def living(practices):
        Practice.objects.filter(pk=practices[0].pk).update(label=label)
        _live_rows(submission, practices[0])

    (practice,) = publication.make_live([(version, practice)], living=living)
    _write_card(version, reviews, label)
    submission.practice = practice
    event = _decide(submission, SubmissionStatus.PUBLISHED, EventKind.PUBLISHED, by, letter)
    _tell(event, _team(submission))
    return Practice.objects.get(pk=practice.pk)


@transaction.atomic
def retract(practice, *, by, reason):
    """Take a practice back: 410 with the reason on every address of it. An update under way ends with it."""
    _allow(permissions.may_retract(by, practice))
    indexing.lock_publication()
    practice = Practice.objects.select_for_update().get(pk=practice.pk)
    if practice.retracted_at:
        raise TransitionError(_("This practice has been retracted already."), status=practice.status)
    reason = _stated(reason)
    for submission in Submission.objects.select_for_update().filter(practice=practice).still_open():
        event = _move(submission, SubmissionStatus.WITHDRAWN, EventKind.WITHDRAWN, by=by, note=reason)
        _tell(event, _team(submission))
    practice = publication.retract(practice, reason=reason)
    office = User.objects.filter(memberships__in=_office(practice.country_id)).distinct()
    with translation.override(practice.live.language):
        title = practice.live.title
    tell(
        list(office),
        Kind.PRACTICE_RETRACTED,
        key=f"retracted:{practice.pk}",
        path="/workspace/",
        context={"title": title, "letter": reason, "country": practice.country_id, "actor": "", "deadline": ""},
    )
    return practice


@transaction.atomic
def comment(submission, *, by, thread, text):
    """Write to one of the two threads of a submission that is open."""
    submission = _locked(submission)
    _allow(permissions.may_comment(by, submission, thread))
    _expect_open(submission)
    made = Comment.objects.create(submission=submission, author=by, thread=thread, text=_stated(text))
    if thread == Thread.SHARED:
        others = [person for person in {*_team(submission), submission.holder} if person and person.pk != by.pk]
        tell_of(submission, Kind.STUDY_COMMENTED, others, key=f"comment:{made.pk}", actor="", letter=made.text)
    return made


# Adoptions


@transaction.atomic
def propose_adoption(practice, country, *, by, source, year=None, kept="", changed="", result=""):
    """Say that ``country`` took ``practice`` over; a curator checks the source. Returns the AdoptionProposal."""
    _allow(permissions.may_propose_adoption(by, country.pk))
    if country.pk == practice.country_id or Adoption.objects.filter(practice=practice, country=country).exists():
        raise TransitionError(_("This country is already known to carry out the practice."))
    try:
        with transaction.atomic():
            proposal = AdoptionProposal.objects.create(
                practice=practice,
                country=country,
                proposed_by=by,
                source=_stated(source),
                year=year,
                kept=kept,
                changed=changed,
                result=result,
            )
    except IntegrityError:
        raise TransitionError(_("This adoption has already been proposed and waits for a curator.")) from None
    areas = set(practice.live.area_rows.values_list("area__slug", flat=True))
    curators = _curators_in_scope(areas, practice.country.unicef_region)
    told = [user for user in curators if permissions.may_confirm_adoption(user, proposal)]
    _tell_of_adoption(proposal, Kind.ADOPTION_PROPOSED, told, path="/review/adoptions/")
    return proposal


@transaction.atomic
def decide_adoption(proposal, *, by, confirm, reason=""):
    """Confirm a proposed adoption, which then shows on the practice, or say why not."""
    indexing.lock_publication()
    proposal = AdoptionProposal.objects.select_for_update().get(pk=proposal.pk)
    _allow(permissions.may_confirm_adoption(by, proposal))
    if proposal.status != ProposalStatus.PROPOSED:
        raise TransitionError(_("Another curator has already decided on this adoption."), status=proposal.status)
    if confirm and proposal.practice.retracted_at:
        raise TransitionError(_("This practice has been retracted already."), status=proposal.practice.status)
    proposal.status = ProposalStatus.CONFIRMED if confirm else ProposalStatus.REFUSED
    proposal.reason = reason if confirm else _stated(reason)
    proposal.decided_by, proposal.decided_at = by, timezone.now()
    proposal.save()
    if confirm:
        facts = {name: getattr(proposal, name) for name in ("year", "kept", "changed", "result", "source")}
        Adoption.objects.create(practice_id=proposal.practice_id, country_id=proposal.country_id, **facts)
        indexing.rebuild([proposal.practice_id])
    if confirm:
        _tell_of_adoption(proposal, Kind.ADOPTION_CONFIRMED, [proposal.proposed_by], path=None)
    else:
        _tell_of_adoption(proposal, Kind.ADOPTION_REFUSED, [proposal.proposed_by], path="/workspace/")
    return proposal


def _tell_of_adoption(proposal, kind, users, *, path):
    if path is None:
        with translation.override("en"):
            path = proposal.practice.get_absolute_url()
    tell(
        users,
        kind,
        key=f"{kind.removeprefix('practices.')}:{proposal.pk}",
        about=f"adoption:{proposal.pk}",
        path=path,
        context={
            "title": Version.objects.values_list("title", flat=True).get(pk=proposal.practice.live_id),
            "country": proposal.country_id,
            "actor": "",
            "letter": proposal.reason,
            "deadline": "",
        },
    )


# How every move is made


def _locked(submission):
    return Submission.objects.select_for_update(of=("self",)).get(pk=submission.pk)


def _allow(is_allowed):
    if not is_allowed:
        raise PermissionDenied(_("You may read this, but not do this with it."))


def _expect(submission, states):
    if submission.status not in states:
        status = submission.get_status_display()
        text = _("This is not possible any more: the case study now stands at “%(status)s”.") % {"status": status}
        raise TransitionError(text, status=submission.status)


def _expect_open(submission):
    _expect(submission, {status for status, following in NEXT.items() if following})


def _stated(text):
    """``text`` without blanks around it; a move that has to give a reason gives one."""
    if not text.strip():
        raise TransitionError(_("Say why: the reader of this needs a reason."))
    return text.strip()


def _move(submission, to, kind, *, by, note=""):
    if to not in NEXT[submission.status]:
        raise TransitionError(_("This move does not exist."), status=submission.status)
    event = _note(submission, kind, by, to=to, note=note)
    submission.status = to
    submission.save()
    return event


def _note(submission, kind, by, *, to=None, note=""):
    named = submission.reviews.filter(reviewer=by, is_named=True).exists()
    return SubmissionEvent.objects.create(
        submission=submission,
        kind=kind,
        actor=by,
        from_status=submission.status,
        to_status=to or submission.status,
        note=note,
        is_actor_named=named,
    )


def _decide(submission, to, kind, by, letter):
    submission.decided_at, submission.decided_by, submission.letter_draft = timezone.now(), by, ""
    return _move(submission, to, kind, by=by, note=letter)


def _needs_endorsement(submission, by):
    if permissions.is_focal_point_of(by, submission.country_id):
        return False
    is_partners = not permissions.writes_for(submission.lead, submission.country_id)
    return is_partners or CountryOffice.objects.filter(pk=submission.country_id, asks_for_endorsement=True).exists()


def _hand_in(submission, by, to, kind):
    submission.submitted_at = timezone.now()
    version = Version.objects.with_content().get(pk=submission.version_id)
    submission.checks = screening.screen(submission, version, by=by)
    Snapshot.objects.create(
        submission=submission, number=submission.snapshots.count() + 1, content=content.as_dict(version)
    )
    event = _move(submission, to, kind, by=by)
    if kind == EventKind.ANSWERED:
        readers = {submission.holder, *(review.reviewer for review in submission.reviews.select_related("reviewer"))}
    else:
        readers = set(curators_for(submission, version))
    _tell(event, list(readers), path=review_path(submission))
    return submission


def _declared(submission, by, no_conflict):
    if not no_conflict:
        raise TransitionError(_("Declare first that you have no conflict of interest."), status=submission.status)
    review, _made = Review.objects.get_or_create(submission=submission, reviewer=by)
    if not review.declared_at:
        review.declared_at = timezone.now()
        review.save(update_fields=["declared_at"])
    return review


def _filed(submission):
    return list(submission.reviews.filter(filed_at__isnull=False))


def _live_rows(submission, practice):
    """Write what lives on the practice: whom to ask, and what it adapts."""
    if submission.contact_name or submission.contact_email or submission.contact_organisation:
        Contact.objects.update_or_create(
            practice=practice,
            defaults={
                "name": submission.contact_name,
                "organisation": submission.contact_organisation,
                "email": submission.contact_email,
            },
        )
    if submission.adapts_id:
        PracticeLink.objects.get_or_create(practice=practice, target_id=submission.adapts_id, kind=LinkKind.ADAPTS)


def _write_card(version, reviews, label):
    named = [review.reviewer.name for review in reviews if review.is_named]
    ReviewCard.objects.create(
        version=version,
        label=label,
        score=round(scoring.score(reviews), 1),
        scores=scoring.medians(reviews),
        reviewers_count=len(reviews),
        reviewers=named,
        reviewed_on=timezone.now().date(),
    )


# Who is told


def _team(submission):
    return [submission.lead, *submission.coauthors.all()]


def _office(country_id):
    return Membership.objects.filter(role__in=COUNTRY_ROLES, country=country_id)


def _focal_points(submission):
    return list(
        User.objects.filter(memberships__role=Role.FOCAL_POINT, memberships__country=submission.country_id).distinct()
    )


def curators_for(submission, version):
    """The curators in whose scope ``submission`` lies and who are not too close to it."""
    areas = {row.area.slug for row in version.area_rows.all()}
    curators = _curators_in_scope(areas, submission.country.unicef_region)
    too_close = permissions.people_of_country(submission)
    return [user for user in curators if user.pk not in too_close]


def _curators_in_scope(areas, region):
    """The active curators of one of ``areas`` (slugs) in ``region`` (its UNICEF code)."""
    found = {}
    for membership in Membership.objects.of_curators().filter(user__is_active=True).select_related("user"):
        in_areas = not membership.areas or areas & set(membership.areas)
        in_regions = not membership.regions or region in membership.regions
        if in_areas and in_regions:
            found[membership.user_id] = membership.user
    return list(found.values())


def review_path(submission):
    """Where curators read ``submission``, without a language."""
    with translation.override("en"):
        return reverse("review:detail", args=[submission.pk])


def _tell(event, users, *, kind=None, path=None):
    submission = event.submission
    is_named = event.is_actor_named or permissions.writes_for(event.actor, submission.country_id)
    tell_of(
        submission,
        kind or Kind(f"practices.{event.kind}"),
        users,
        key=f"submission-event:{event.pk}",
        path=path,
        actor=event.actor.name if is_named else "",
        letter=event.note,
    )


def tell_of(submission, kind, users, *, key, actor="", letter="", path=None, deadline=None):
    """Promise ``users`` a message of ``kind`` about ``submission``, once per ``key``.

    It leads to the officers' page of it or to ``path``; ``deadline``: an aware moment, by default that of the answer
    that curators promised.
    """
    if path is None:
        with translation.override("en"):
            path = submission.get_absolute_url()
    due = deadline or submission.answer_due_at
    tell(
        users,
        kind,
        key=key,
        about=f"submission:{submission.pk}",
        path=path,
        context={
            "title": Version.objects.values_list("title", flat=True).get(pk=submission.version_id),
            "country": submission.country_id,
            "actor": actor,
            "letter": letter,
            "deadline": due.isoformat() if due else "",
        },
    )
