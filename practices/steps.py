"""The seven steps in which a case study is written: their order, their questions and what belongs to which; a leaf."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Step(NamedTuple):
    """One step of the form. ``fields``: keys of the content and columns of the submission, in the order of the page."""

    slug: str
    label: str | Promise
    heading: str | Promise
    fields: tuple[str, ...]


STEPS = (
    Step(
        "basics",
        _("Basics"),
        _("What is it, where and since when?"),
        (
            "title",
            "summary",
            "language",
            "kind",
            "challenge_areas",
            "topics",
            "sdg_targets",
            "countries",
            "places",
            "setting",
            "start_year",
            "end_year",
            "scale",
            "scale_note",
        ),
    ),
    Step(
        "challenge",
        _("The problem"),
        _("What was wrong for children, and for whom?"),
        (
            "challenge",
            "objectives",
            "beneficiary_groups",
            "beneficiaries_count",
            "beneficiaries_note",
            "lead_institutions",
        ),
    ),
    Step(
        "approach",
        _("What was done"),
        _("What was done, and by whom?"),
        ("approach", "building_blocks", "partner_roles"),
    ),
    Step(
        "results",
        _("Results"),
        _("What changed for children?"),
        ("results_narrative", "results", "evaluation_type", "evaluation_note"),
    ),
    Step(
        "lessons",
        _("Lessons"),
        _("What should another country know before it begins?"),
        ("lessons", "enabling_conditions", "constraints", "what_did_not_work"),
    ),
    Step(
        "conditions",
        _("Cost and conditions"),
        _("What does it cost, and what does it take to repeat it?"),
        (
            "cost_setup",
            "cost_yearly",
            "cost_currency",
            "cost_year",
            "cost_note",
            "funding",
            "equity",
            "sustainability",
            "replication_keep",
            "replication_change",
            "replication_preconditions",
            "replication_support",
            "learnt_from",
            "shared_with",
        ),
    ),
    Step(
        "closing",
        _("Sources and consent"),
        _("Where can it be checked, and who agreed?"),
        (
            "references",
            "contact_name",
            "contact_organisation",
            "contact_email",
            "licence",
            "consent_statement",
            "has_clearance",
            "different_because",
            "change_note",
        ),
    ),
)
BY_SLUG = {step.slug: step for step in STEPS}
SLUGS = tuple(BY_SLUG)
# {field: slug of the step on which it is asked}
STEP_OF = {field: step.slug for step in STEPS for field in step.fields}
# What the curators cannot do without. More depends on the case: results of a practice, what makes it different, the
# note of an update.
NEEDED_TO_SEND = frozenset(
    {
        "title",
        "summary",
        "kind",
        "challenge_areas",
        "sdg_targets",
        "countries",
        "start_year",
        "scale",
        "challenge",
        "lead_institutions",
        "approach",
        "results_narrative",
        "enabling_conditions",
        "constraints",
        "what_did_not_work",
        "lessons",
        "consent_statement",
        "has_clearance",
    }
)
MARKDOWN = frozenset(
    {
        "challenge",
        "objectives",
        "approach",
        "results_narrative",
        "enabling_conditions",
        "constraints",
        "what_did_not_work",
        "equity",
        "sustainability",
        "replication_keep",
        "replication_change",
        "replication_preconditions",
        "replication_support",
    }
)


def after(slug):
    """The step that follows, or None after the last."""
    position = SLUGS.index(slug) + 1
    return STEPS[position] if position < len(STEPS) else None


def before(slug):
    """The step that comes first, or None before the first."""
    position = SLUGS.index(slug)
    return STEPS[position - 1] if position else None
