"""What a case study still needs: one list, shown to the authors and asked by ``workflow.submit``."""

from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from practices.compiled import CompiledRow
from practices.enums import EvaluationType, EvidenceLevel, Kind
from practices.evidence import assess_version
from practices.models import (
    Lesson,
    ResultIndicator,
    Version,
    VersionArea,
    VersionFile,
    VersionInstitution,
    VersionTarget,
)


@dataclass(frozen=True)
class Item:
    """Something to do: the field and the step of the form where it is done, and what, in words (translated late)."""

    field: str
    step: str
    text: str


@dataclass(frozen=True)
class Completeness:
    """``percent`` of what is needed that is there; ``blocking`` keeps it from being sent, ``advisory`` does not.

    ``steps``: {step: "done" | "started" | "empty"}; ``evidence``: level 1-5; ``raises``: what would raise it, in
    sentences.
    """

    percent: int
    blocking: list
    advisory: list
    steps: dict
    evidence: int
    raises: list = field(default_factory=list)

    @property
    def is_complete(self):
        return not self.blocking


def check(submission, *, similar=()):
    """The Completeness of ``submission``, in a fixed number of queries however many rows it has.

    ``similar``: what ``duplicates.similar`` found; where it found something, the authors have to say what is different.
    """
    version = Version.objects.with_content().get(pk=submission.version_id)
    needed = _needed(submission, _there(version), similar)
    blocking = [Item(name, step, text) for name, step, is_there, text in needed if not is_there]
    wished = _wished(version)
    advisory = [Item(name, step, text) for name, step, is_there, text in wished if not is_there]
    level, _reasons = assess_version(version, [], lead_country=submission.country_id)
    return Completeness(
        percent=_percent(needed),
        blocking=blocking,
        advisory=advisory,
        steps=_steps(needed),
        evidence=level,
        raises=_raises(version, level),
    )


def percent(submission):
    """How much of what is needed is there, 0-100: the same list as ``check`` asks, in one query."""
    there = dict(zip([*_COLUMNS, *_SOME], _PRESENCE.fetch(submission.version_id), strict=True))
    return _percent(_needed(submission, there, ()))


def _percent(needed):
    return round(100 * sum(bool(is_there) for _name, _step, is_there, _text in needed) / len(needed))


_COLUMNS = (
    *("title", "summary", "kind", "start_year", "scale", "challenge", "approach", "results_narrative"),
    *("enabling_conditions", "constraints", "what_did_not_work", "consent_statement"),
)
_WITH_FIGURE = Q(latest__isnull=False) | Q(baseline__isnull=False)
# {what is needed of the rows below a version: the rows that count}
_SOME = {
    "challenge_areas": VersionArea.objects.all(),
    "sdg_targets": VersionTarget.objects.all(),
    "lead_institutions": VersionInstitution.objects.all(),
    "lessons": Lesson.objects.all(),
    "results": ResultIndicator.objects.filter(_WITH_FIGURE).exclude(source=""),
    "undescribed_files": VersionFile.objects.undescribed(),
}
_PRESENCE = CompiledRow(
    lambda pk: (
        Version.objects.filter(pk=pk)
        .annotate(**{f"has_{name}": Exists(rows.filter(version=OuterRef("pk"))) for name, rows in _SOME.items()})
        .order_by()
        .values_list(*_COLUMNS, *(f"has_{name}" for name in _SOME))
    )
)


def _there(version):
    """The same as _PRESENCE says, of a version that is loaded ``with_content``."""
    rows = {
        "challenge_areas": version.area_rows.all(),
        "sdg_targets": version.target_rows.all(),
        "lead_institutions": version.institution_rows.all(),
        "lessons": version.lessons.all(),
        "results": [
            row for row in version.results.all() if row.source and (row.latest is not None or row.baseline is not None)
        ],
        "undescribed_files": [row for row in version.file_rows.all() if not row.is_described],
    }
    return {name: getattr(version, name) for name in _COLUMNS} | {name: bool(found) for name, found in rows.items()}


def _needed(submission, there, similar):
    """[(field, step, whether it is there, what to do)] of everything that is needed to send it."""
    needed = [
        ("title", "basics", there["title"], _("Give it a title.")),
        ("summary", "basics", there["summary"], _("Say in two sentences what was done and what came of it.")),
        ("kind", "basics", there["kind"], _("Say whether it is a practice, an innovation or a lesson.")),
        ("challenge_areas", "basics", there["challenge_areas"], _("Choose at least one challenge area.")),
        ("sdg_targets", "basics", there["sdg_targets"], _("Name at least one SDG target.")),
        ("start_year", "basics", there["start_year"], _("Say in which year it began.")),
        ("scale", "basics", there["scale"], _("Say how far it reached.")),
        ("challenge", "challenge", there["challenge"], _("Describe the problem for children.")),
        ("lead_institutions", "challenge", there["lead_institutions"], _("Name the institution that leads it.")),
        ("approach", "approach", there["approach"], _("Describe what was done.")),
        ("results_narrative", "results", there["results_narrative"], _("Describe what changed.")),
        ("enabling_conditions", "lessons", there["enabling_conditions"], _("Say what made it work.")),
        ("constraints", "lessons", there["constraints"], _("Say what was hard.")),
        ("what_did_not_work", "lessons", there["what_did_not_work"], _("Say what did not work.")),
        ("lessons", "lessons", there["lessons"], _("Write down at least one lesson for other countries.")),
        (
            "consent_statement",
            "closing",
            there["consent_statement"],
            _("Say how consent and clearance were given."),
        ),
        ("has_clearance", "closing", submission.has_clearance, _("Confirm that your office has cleared it.")),
    ]
    if there["kind"] == Kind.PRACTICE:
        text = _("Give at least one result with a figure and its source.")
        needed.append(("results", "results", there["results"], text))
    if there["undescribed_files"]:
        text = _("Describe every picture and document that you added, with the consent of whom it shows, or remove it.")
        needed.append(("files", "closing", False, text))
    if submission.is_update:
        needed.append(("change_note", "closing", submission.change_note, _("Say what this update changes.")))
    if similar:
        text = _("Say how it differs from what reads alike.")
        needed.append(("different_because", "closing", submission.different_because, text))
    return needed


def _wished(version):
    pairs = [row for row in version.results.all() if row.baseline is not None and row.latest is not None]
    costs = (version.cost_setup, version.cost_yearly, version.cost_note)
    return [
        ("topics", "basics", version.topic_rows.all(), _("Topics help others to find it.")),
        ("places", "basics", version.places, _("Name the places where it was carried out.")),
        (
            "beneficiaries_count",
            "challenge",
            version.beneficiaries_count is not None or version.beneficiaries_note,
            _("Say how many people it reached; “not collected” is an answer too."),
        ),
        ("building_blocks", "approach", version.building_blocks.all(), _("Name the parts that others could copy.")),
        ("results", "results", pairs, _("A figure before and after tells more than one figure.")),
        ("cost_note", "conditions", any(cost not in (None, "") for cost in costs), _("Say what it cost.")),
        ("equity", "conditions", version.equity, _("Say how it reached children who are left out.")),
        ("sustainability", "conditions", version.sustainability, _("Say what keeps it going.")),
        ("replication_keep", "conditions", version.replication_keep, _("Say what must stay when others adapt it.")),
        ("references", "closing", version.references.all(), _("Name a report that others can read.")),
    ]


def _steps(needed):
    there, asked = {}, {}
    for _name, step, is_there, _text in needed:
        asked[step] = asked.get(step, 0) + 1
        there[step] = there.get(step, 0) + bool(is_there)
    states = {step: "done" if there[step] == asked[step] else "started" if there[step] else "empty" for step in asked}
    return {"conditions": "done"} | states


def _raises(version, level):
    """What would raise the evidence level, in sentences."""
    if level >= EvidenceLevel.REPLICATED:
        return []
    measured = {EvaluationType.MONITORING, EvaluationType.BEFORE_AFTER}
    if level == EvidenceLevel.DESCRIBED and version.evaluation_type in measured:
        return [_("Give one result with a figure before and a figure after.")]
    return {
        EvidenceLevel.DESCRIBED: [_("Say how the results were measured, and give a figure before and after.")],
        EvidenceLevel.MONITORED: [_("A comparison with places or people that did not take part.")],
        EvidenceLevel.COMPARED: [_("An independent evaluation, a randomised trial or a systematic review.")],
        EvidenceLevel.EVALUATED: [_("Results of their own from two other countries that took it over.")],
    }[level]
