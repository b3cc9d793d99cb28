"""Saving a step: what is written, what is left alone, and who is told that they were late."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from accounts.models import Organisation
from practices import drafting
from practices.enums import CountryRole, SubmissionStatus
from practices.models import ResultIndicator, Submission
from practices.refusals import Stale, TransitionError
from tests.make import make_area, make_country, make_organisation, make_target, make_topic, make_version
from tests.people import make_user
from tests.submissions import make_submission

pytestmark = pytest.mark.django_db


def make_draft(author=None, **version):
    version.setdefault("country", "BGD")
    return Submission.objects.create(
        version=make_version(**version),
        country=make_country("BGD"),
        lead=author or make_user(Role.OFFICER, country="BGD"),
    )


def kept(draft, step):
    return drafting.stored(Submission.objects.get(pk=draft.pk), step)


def save(draft, step, values, *, by=None, revision=None, **how):
    revision = Submission.objects.get(pk=draft.pk).revision if revision is None else revision
    return drafting.save_step(draft, step, values, by=by or draft.lead, revision=revision, **how)


STEPS = {
    "basics": {
        "title": "Stations",
        "start_year": 2019,
        "challenge_areas": ["wash", "nutrition"],
        "topics": ["stunting"],
        "sdg_targets": ["6.a", "3.2"],
        "further_countries": ["PER", "COL"],
        "partner_countries": ["KEN"],
    },
    "challenge": {
        "challenge": "Dirty hands.",
        "beneficiary_groups": ["Pupils", "Teachers"],
        "beneficiaries_count": 12500,
        "lead_institutions": ["Ministry of Water", "Ministry of Health"],
    },
    "approach": {
        "approach": "We built them.",
        "building_blocks": [{"title": "Soap", "text": "In every school."}],
        "partner_roles": [{"organisation": "A partner", "role": "Paid"}],
    },
    "results": {
        "evaluation_type": "before_after",
        "results": [
            {
                "name": "Washing",
                "unit": "%",
                "baseline": 22.0,
                "baseline_year": 2021,
                "latest": 71.5,
                "latest_year": 2024,
                "source": "Register",
                "method": "",
            }
        ],
    },
    "lessons": {"lessons": [{"kind": "failed", "text": "No soap.", "for_whom": ""}], "constraints": "Budgets."},
    "conditions": {"cost_setup": Decimal("310.50"), "cost_currency": "USD", "cost_year": 2024, "equity": "Girls."},
    "closing": {
        "references": [{"title": "Survey", "publisher": "", "year": 2022, "url": "https://example.org/a"}],
        "contact_email": "office@example.org",
        "has_clearance": True,
    },
}


@pytest.mark.parametrize("step", STEPS)
def test_what_is_saved_is_what_is_kept(step):
    for code in ("PER", "COL", "KEN"):
        make_country(code)
    make_area("wash")
    make_topic("stunting")
    make_target("3.2")
    make_target("6.a")
    draft = make_draft()
    before = kept(draft, step)

    saved = save(draft, step, STEPS[step])

    draft.refresh_from_db()
    assert kept(draft, step) == before | STEPS[step]
    assert (draft.revision, draft.updated_by, draft.updated_at) == (2, draft.lead, saved.at)
    assert (saved.revision, saved.percent) == (2, draft.complete_percent)
    assert saved.seen == drafting.digest(kept(draft, step))


def test_fields_that_are_left_out_stay():
    draft = make_draft(summary="As it was", topics=["stunting"], lessons=[{"text": "One"}])

    save(draft, "basics", {"title": "New"})

    assert (kept(draft, "basics")["summary"], kept(draft, "basics")["topics"]) == ("As it was", ["stunting"])
    assert [row["text"] for row in kept(draft, "lessons")["lessons"]] == ["One"]


def test_a_save_that_changes_nothing_leaves_the_revision():
    draft = make_draft(title="Same")

    saved = save(draft, "basics", {"title": "Same"}, revision=99)

    draft.refresh_from_db()
    assert (saved.revision, draft.revision, draft.updated_by) == (1, 1, None)


def test_a_stale_save_is_refused_twice_and_writes_nothing():
    draft, colleague = make_draft(title="First"), make_user(Role.FOCAL_POINT, country="BGD")
    seen = drafting.digest(kept(draft, "basics"))
    save(draft, "basics", {"title": "Theirs"}, by=colleague, revision=1)

    for _attempt in range(2):
        with pytest.raises(Stale) as stale:
            save(draft, "basics", {"title": "Mine", "sdg_targets": []}, revision=1, seen=seen)
        assert stale.value.submission.updated_by == colleague

    draft.refresh_from_db()
    assert (draft.version.title, draft.revision) == ("Theirs", 2)


def test_two_people_on_two_steps_are_no_conflict():
    draft, colleague = make_draft(), make_user(Role.FOCAL_POINT, country="BGD")
    seen = drafting.digest(kept(draft, "lessons"))
    save(draft, "basics", {"title": "Theirs"}, by=colleague, revision=1)

    saved = save(draft, "lessons", {"constraints": "Mine"}, revision=1, seen=seen)

    assert saved.revision == 3
    assert (kept(draft, "basics")["title"], kept(draft, "lessons")["constraints"]) == ("Theirs", "Mine")


@pytest.mark.parametrize("role", [Role.OFFICER, Role.CURATOR, Role.ADMINISTRATOR])
def test_strangers_may_not_save(role):
    draft = make_draft(title="Ours")

    with pytest.raises(PermissionDenied):
        save(draft, "basics", {"title": "Theirs"}, by=make_user(role, country="PER"))

    draft.refresh_from_db()
    assert (draft.version.title, draft.revision) == ("Ours", 1)


def test_what_is_with_the_curators_is_not_changed():
    draft = make_submission(SubmissionStatus.SUBMITTED, title="Ours")

    with pytest.raises(TransitionError):
        save(draft, "basics", {"title": "Late"})

    draft.refresh_from_db()
    assert draft.version.title == "Ours"


def test_institutions_are_found_in_the_country_or_created_there():
    ours = make_organisation("Ministry of Health")
    ours.country = make_country("BGD")
    ours.save()
    Organisation.objects.create(name="Ministry of Health", slug="theirs", country=make_country("PER"))
    Organisation.objects.create(name="Other", slug="ministry-of-water")
    draft = make_draft()

    save(draft, "challenge", {"lead_institutions": ["Ministry of Health", "Ministry of Water", "وزارة"]})

    rows = [row.organisation for row in draft.version.institution_rows.all()]
    assert rows[0] == ours
    assert [(row.name, row.slug, row.country_id) for row in rows[1:]] == [
        ("Ministry of Water", "ministry-of-water-2", "BGD"),
        ("وزارة", "organisation", "BGD"),
    ]


def test_the_same_partner_may_take_two_parts():
    draft = make_draft()
    rows = [{"organisation": "UNICEF", "role": "Paid"}, {"organisation": "UNICEF", "role": "Trained"}]

    save(draft, "approach", {"partner_roles": rows})

    assert kept(draft, "approach")["partner_roles"] == rows
    assert Organisation.objects.filter(name="UNICEF").count() == 1


def test_the_lead_country_always_is_the_one_that_submits():
    for code in ("PER", "COL"):
        make_country(code)
    draft = make_draft(partners=["PER"])

    save(draft, "basics", {"further_countries": ["COL"]})

    assert [(row.country_id, row.role) for row in draft.version.country_rows.all()] == [
        ("BGD", CountryRole.LEAD),
        ("COL", CountryRole.FURTHER),
        ("PER", CountryRole.PARTNER),
    ]


def test_what_was_found_out_about_a_figure_outlives_an_edit():
    draft = make_draft(results=[{"name": "Washing", "latest": 1, "is_verified": False}])
    rows = kept(draft, "results")["results"]

    save(draft, "results", {"results": [{**rows[0], "latest": 2.0}, {**rows[0], "name": "New"}]})

    assert list(ResultIndicator.objects.values_list("name", "latest", "is_verified")) == [
        ("Washing", 2.0, False),
        ("New", 1.0, True),
    ]


def queries_of(draft, step, values):
    revision = Submission.objects.get(pk=draft.pk).revision
    with CaptureQueriesContext(connection) as queries:
        drafting.save_step(draft, step, values, by=draft.lead, revision=revision)
    return [query["sql"] for query in queries]


def test_saving_a_paragraph_costs_two_updates_and_no_rows():
    draft = make_draft(lessons=[{"text": "One"}])
    save(draft, "lessons", {"constraints": "Before"})

    statements = queries_of(draft, "lessons", {"constraints": "After", "lessons": kept(draft, "lessons")["lessons"]})

    written = [sql.split()[0] for sql in statements if sql.startswith(("UPDATE", "INSERT", "DELETE"))]
    assert written == ["UPDATE", "UPDATE"]


def test_more_rows_are_no_more_statements():
    row = {"kind": "worked", "text": "Same", "for_whom": ""}
    draft = make_draft()
    save(draft, "lessons", {"lessons": [row]})

    one = queries_of(draft, "lessons", {"lessons": [{**row, "text": "Other"}]})
    three = queries_of(draft, "lessons", {"lessons": [row, {**row, "text": "Two"}, {**row, "text": "Three"}]})

    assert len(one) == len(three)
