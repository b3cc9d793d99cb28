"""Work under way for those who try the portal: one case study in every state, titled "Demo: …" and brought there by its
moves. The published one was retracted again, so that no list shows it among what countries documented.
"""

import uuid

from django.db import transaction

from accounts.models import User
from countries.models import Country
from practices import drafting, workflow
from practices.enums import Criterion, Gate, SubmissionStatus
from practices.models import CountryOffice, Review, Submission

_NAMESPACE = uuid.UUID("5b0d3f5e-5a39-4d5e-9a53-7f2f8f3f0a11")
S = SubmissionStatus
# (status, title, country, challenge area, SDG target)
CASES = (
    (S.DRAFT, "Demo: Radio lessons while schools are closed", "PER", "learning", "4.1"),
    (S.ENDORSEMENT, "Demo: Floating schools in the wetlands", "BGD", "learning", "4.1"),
    (S.SUBMITTED, "Demo: Handwashing stations in mountain schools", "PER", "wash", "6.2"),
    (S.IN_REVIEW, "Demo: Iron drops brought by community agents", "PER", "nutrition", "2.2"),
    (S.CHANGES_REQUESTED, "Demo: Cyclone shelters that are schools", "BGD", "emergencies", "13.1"),
    (S.PUBLISHED, "Demo: Waiting homes for mothers", "PER", "newborn-health", "3.1"),
    (S.DECLINED, "Demo: A plan for solar pumps", "BGD", "climate", "13.1"),
    (S.WITHDRAWN, "Demo: Growth charts on mobile phones", "PER", "nutrition", "2.2"),
)
_NOTE = "This text only shows how the portal works. It describes no real programme."


@transaction.atomic
def load_demo_work():
    """Make what is missing of CASES. Returns how many there are now. Needs the demo accounts and reference data."""
    CountryOffice.objects.get_or_create(country_id="BGD", defaults={"asks_for_endorsement": True})
    for case in CASES:
        if not Submission.objects.filter(form_key=_key(case)).exists():
            _bring(*case, key=_key(case))
    return Submission.objects.filter(form_key__in=[_key(case) for case in CASES]).count()


def _key(case):
    return uuid.uuid5(_NAMESPACE, case[1])


def _bring(status, title, iso3, area, target, *, key):
    """Write one case study and let the demo's people bring it to ``status``."""
    country = Country.objects.get(pk=iso3)
    officer = User.objects.get(email=f"officer.{iso3.lower()}@demo.example")
    curator = User.objects.get(email="curator.one@demo.example")
    submission = workflow.start(officer, country, title=title, form_key=key)
    is_complete = status != S.DRAFT
    for step, values in _text(area, target, is_complete=is_complete).items():
        submission.refresh_from_db()
        drafting.save_step(submission, step, values, by=officer, revision=submission.revision)
    if status == S.DRAFT:
        return
    submission = workflow.submit(submission, by=officer)
    if submission.status == S.ENDORSEMENT and status != S.ENDORSEMENT:
        focal_point = User.objects.get(email=f"focal.{iso3.lower()}@demo.example")
        submission = workflow.endorse(submission, by=focal_point)
    if status == S.WITHDRAWN:
        workflow.withdraw(submission, by=officer, note="We write it anew next year.")
    if status in {S.ENDORSEMENT, S.SUBMITTED, S.WITHDRAWN}:
        return
    submission = workflow.claim(submission, by=curator, no_conflict=True)
    if status == S.CHANGES_REQUESTED:
        asked = "How many children use the shelters on a school day?"
        workflow.add_request(submission, by=curator, field="results", text=asked, must_fix=True)
        workflow.request_changes(submission, by=curator, letter="Nearly there: one figure is missing.")
    elif status == S.DECLINED:
        workflow.decline(submission, by=curator, letter="It was planned, not carried out. Come back when it runs.")
    elif status == S.PUBLISHED:
        _review(submission, curator)
        practice = workflow.publish(submission, by=curator, letter="Thank you.")
        workflow.retract(practice, by=curator, reason="It was only an example of how publishing works.")


def _review(submission, curator):
    Review.objects.filter(submission=submission, reviewer=curator).update(
        gates=dict.fromkeys(Gate.values, True), scores=dict.fromkeys(Criterion.values, 4)
    )
    workflow.file_review(Review.objects.get(submission=submission, reviewer=curator), by=curator)


def _text(area, target, *, is_complete):
    """{step: values} of an example; half of it for a draft."""
    text = {
        "basics": {
            "summary": f"An example of a case study. {_NOTE}",
            "challenge_areas": [area],
            "sdg_targets": [target],
            "start_year": 2021,
            "scale": "pilot",
        },
        "challenge": {"challenge": _NOTE, "lead_institutions": ["Demo ministry"]},
    }
    if is_complete:
        result = {
            "name": "Children reached (example)",
            "unit": "%",
            "baseline": 20.0,
            "baseline_year": 2021,
            "latest": 50.0,
            "latest_year": 2024,
            "source": "No source: an example",
            "method": "",
        }
        lesson = {"kind": "worked", "text": _NOTE, "for_whom": ""}
        text |= {
            "approach": {"approach": _NOTE},
            "results": {"results_narrative": _NOTE, "results": [result], "evaluation_type": "monitoring"},
            "lessons": {
                "enabling_conditions": _NOTE,
                "constraints": _NOTE,
                "what_did_not_work": _NOTE,
                "lessons": [lesson],
            },
            "closing": {
                "consent_statement": _NOTE,
                "has_clearance": True,
                "different_because": "Every example stands in another state.",
            },
        }
    return text
