"""Case studies on their way, for tests: brought to a state by the moves that lead there."""

import uuid

from accounts.enums import Role
from practices import completeness, workflow
from practices.enums import Criterion, Gate, SubmissionStatus
from practices.models import Review, Submission, SubmissionEvent, VersionInstitution
from tests.make import make_country, make_organisation, make_version
from tests.people import make_user

COMPLETE = {
    "summary": "What was done and what came of it.",
    "scale": "national",
    "start_year": 2018,
    "challenge": "Too many newborns died.",
    "approach": "Skilled care at birth.",
    "results_narrative": "Fewer died.",
    "enabling_conditions": "Midwives in every district.",
    "constraints": "Roads in the rains.",
    "what_did_not_work": "Training without supervision.",
    "consent_statement": "Cleared by the ministry; no child can be recognised.",
}
RESULTS = [
    {
        "name": "Neonatal deaths",
        "unit": "per 1,000",
        "baseline": 30,
        "baseline_year": 2015,
        "latest": 20,
        "latest_year": 2020,
        "source": "Survey 2020",
    }
]


def make_draft(lead=None, *, country="BGD", is_complete=True, title="Skilled care at birth", **facts):
    """A draft of ``country`` with everything that is needed to send it, or with a title only."""
    lead = lead or make_user(Role.OFFICER, country=country)
    content = {}
    if is_complete:
        content = COMPLETE | {"targets": ["3.2"], "results": RESULTS, "lessons": [{"text": "Supervise, always."}]}
    columns = {field.name for field in Submission._meta.get_fields()}
    own = {name: facts.pop(name) for name in list(facts) if name in columns}
    version = make_version(title=title, country=country, **content | facts)
    if is_complete:
        VersionInstitution.objects.create(version=version, organisation=make_organisation())
        own.setdefault("has_clearance", True)
        own.setdefault("different_because", "Another district, another method.")
    submission = Submission.objects.create(
        version=version, country=make_country(country), lead=lead, updated_by=lead, form_key=uuid.uuid4(), **own
    )
    submission.complete_percent = completeness.check(submission).percent
    submission.save(update_fields=["complete_percent"])
    SubmissionEvent.objects.create(submission=submission, kind="created", actor=lead, to_status="draft")
    return submission


def make_submission(status=SubmissionStatus.SUBMITTED, *, curator=None, lead=None, **facts):
    """A complete case study that stands at ``status``; with ``curator`` as its holder where it has one."""
    submission = make_draft(lead, **facts)
    if status == SubmissionStatus.DRAFT:
        return submission
    lead = submission.lead
    if status == SubmissionStatus.WITHDRAWN:
        submission = workflow.submit(submission, by=lead)
        return workflow.withdraw(submission, by=lead)
    submission = workflow.submit(submission, by=lead)
    if status in {SubmissionStatus.SUBMITTED, SubmissionStatus.ENDORSEMENT}:
        return submission
    curator = curator or make_user(Role.CURATOR)
    submission = workflow.claim(submission, by=curator, no_conflict=True)
    if status == SubmissionStatus.CHANGES_REQUESTED:
        return workflow.request_changes(submission, by=curator, letter="Please name the source.")
    if status == SubmissionStatus.DECLINED:
        return workflow.decline(submission, by=curator, letter="It was never carried out.")
    if status == SubmissionStatus.PUBLISHED:
        file_review(submission, curator)
        workflow.publish(submission, by=curator, letter="Well done.")
        submission.refresh_from_db()
    return submission


def file_review(submission, reviewer, *, score=4, is_named=False, **scores):
    """A filed review by ``reviewer``: gates passed, every criterion at ``score`` unless ``scores`` differs."""
    review, _made = Review.objects.get_or_create(submission=submission, reviewer=reviewer)
    if not review.declared_at:
        review = workflow.join(submission, by=reviewer, no_conflict=True)
    review.gates = dict.fromkeys(Gate.values, True)
    review.scores = dict.fromkeys(Criterion.values, score) | scores
    review.comments = {name: "Because." for name, value in review.scores.items() if value is not None and value < 3}
    review.is_named = is_named
    review.save()
    return workflow.file_review(review, by=reviewer)
