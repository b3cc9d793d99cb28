"""Saving a draft, one step at a time: the one place that writes the text of an unpublished version."""

import datetime
import functools
import hashlib
import json
from typing import NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import F, OuterRef, Q
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import Organisation
from practices import completeness, permissions, steps
from practices.compiled import CompiledRow
from practices.enums import CountryRole
from practices.models import Submission, Version
from practices.refusals import Stale, TransitionError

# {field: (relation, column)}: ordered lists of keys
KEYS = {
    "challenge_areas": ("area_rows", "area_id"),
    "topics": ("topic_rows", "topic_id"),
    "sdg_targets": ("target_rows", "target_id"),
}
# {field: columns}: rows that a person writes, in their order; each field is named like its relation
ROWS = {
    "results": ("name", "unit", "baseline", "baseline_year", "latest", "latest_year", "source", "method"),
    "lessons": ("kind", "text", "for_whom"),
    "building_blocks": ("title", "text"),
    "references": ("title", "publisher", "year", "url"),
}
FIGURES = {"baseline", "latest"}
COUNTRIES = {"further_countries": CountryRole.FURTHER, "partner_countries": CountryRole.PARTNER}
# The fields that are kept in rows below the version, not in a column.
OF_ROWS = {*KEYS, *ROWS, *COUNTRIES, "lead_institutions", "partner_roles"}
# The columns of a submission that the form asks; every other column belongs to the version.
OF_SUBMISSION = frozenset(
    {"different_because", "change_note", "contact_name", "contact_organisation", "contact_email", "has_clearance"}
)
_LOOKED_AT = {"id", "status", "revision", "updated_at", "complete_percent", "country_id", "lead_id", "version_id"}
_LOOKED_AT |= {"practice_id", *OF_SUBMISSION}
# In the order of the model, as Model.from_db wants it.
_LOCKED = [field.attname for field in Submission._meta.concrete_fields if field.attname in _LOOKED_AT]
_LOCKING = CompiledRow(lambda pk: Submission.objects.select_for_update().filter(pk=pk).order_by().values_list(*_LOCKED))


def stored(submission, step):
    """What is kept of ``step``: {field: value}, in the shape in which ``forms.StepForm.values`` gives it.

    Text and numbers as they are; lists of keys (areas by slug, the primary one first; targets by code; countries by
    ISO3 under ``further_countries`` and ``partner_countries``); lists of names; rows as lists of dicts.
    Costs one query, however many rows there are.
    """
    names, row = _reading(step)
    found = dict(zip(names, row.fetch(submission.version_id), strict=True))
    values = {}
    for field in steps.BY_SLUG[step].fields:
        if field == "countries":
            for name in COUNTRIES:
                values[name] = found[name]
        elif field in ROWS or field == "partner_roles":
            values[field] = [_row(text) for text in found[field]]
        else:
            values[field] = getattr(submission, field) if field in OF_SUBMISSION else found[field]
    return values


def blank(step):
    """What a case study holds of ``step`` before anything is written, in the shape of ``stored``."""
    values = {}
    for field in steps.BY_SLUG[step].fields:
        if field == "countries":
            values |= {name: [] for name in COUNTRIES}
        elif field in OF_ROWS:
            values[field] = []
        else:
            model = Submission if field in OF_SUBMISSION else Version
            values[field] = model._meta.get_field(field).get_default()
    return values


def _row(text):
    """A row that the database gives as JSON; whole numbers among its figures are figures still."""
    row = json.loads(text)
    return row | {name: float(row[name]) for name in FIGURES & row.keys() if row[name] is not None}


@functools.cache
def _reading(step):
    """(names, CompiledRow) of what a version holds of ``step``."""
    columns, rows = [], {}
    for field in steps.BY_SLUG[step].fields:
        if field in KEYS:
            relation, column = KEYS[field]
            rows[field] = _array(relation, column)
        elif field == "countries":
            rows |= {name: _array("country_rows", "country_id", role=role) for name, role in COUNTRIES.items()}
        elif field == "lead_institutions":
            rows[field] = _array("institution_rows", "organisation__name")
        elif field == "partner_roles":
            rows[field] = _array("partner_roles", JSONObject(organisation="organisation__name", role="role"))
        elif field in ROWS:
            rows[field] = _array(field, JSONObject(**{column: column for column in ROWS[field]}))
        elif field not in OF_SUBMISSION:
            columns.append(field)
    # A row may be called like a relation of the version, which an annotation may not.
    marked = {f"read_{name}": found for name, found in rows.items()}
    names = [*columns, *rows]
    return names, CompiledRow(
        lambda pk: Version.objects.filter(pk=pk).annotate(**marked).order_by().values_list(*columns, *marked)
    )


def _array(relation, value, **only):
    """The rows of ``relation`` below a version as an array of ``value``, in their order."""
    model = Version._meta.get_field(relation).related_model
    rows = model.objects.filter(version=OuterRef("pk"), **only).order_by("position", "pk")
    return ArraySubquery(rows.annotate(read=value if not isinstance(value, str) else F(value)).values("read"))


class Saved(NamedTuple):
    """How a draft stands after a save. ``seen``: the digest of the step as it is kept now."""

    revision: int
    percent: int
    at: datetime.datetime
    seen: str


def digest(values):
    """What tells one state of a step (``values`` as ``stored`` gives them) from another."""
    text = json.dumps(values, sort_keys=True, default=lambda number: format(number.normalize(), "f"))
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def save_step(submission, step, values, *, by, revision, seen=""):
    """Keep ``values`` as ``step`` of the draft, if it still is what the writer saw.

    ``values``: {field: value} in the shape of ``stored``; fields that are left out stay. Only what differs is written.
    ``revision``: the submission's when the writer loaded it; ``seen``: digest of the step at that moment, which lets
    two people work on two steps at once. Returns Saved; a save that changes nothing leaves the revision.
    Raises PermissionDenied when ``by`` may not edit it, TransitionError when the text is not the country's to change
    now, Stale when somebody saved this step meanwhile.
    """
    submission = _locked(submission.pk)
    if not permissions.may_edit(by, submission):
        raise PermissionDenied(_("Only people of the country, and those it invited, write this case study."))
    if not submission.is_editable:
        raise TransitionError(_("This case study cannot be changed now."), status=submission.status)
    before = stored(submission, step)
    changed = {field: value for field, value in values.items() if value != before[field]}
    if not changed:  # the second press of a button, for instance
        return Saved(submission.revision, submission.complete_percent, submission.updated_at, digest(before))
    if submission.revision != revision and digest(before) != seen:
        raise Stale(Submission.objects.select_related("version", "country", "updated_by").get(pk=submission.pk))

    now = _keep(submission, before, changed, by)
    return Saved(now["revision"], now["complete_percent"], now["updated_at"], digest(before | changed))


@transaction.atomic
def fill(submission, values, *, by):
    """Write the text of a draft that was begun in this very transaction, all steps at once.

    ``values``: {step: {field: value}}, each in the shape of ``stored``; what is blank is left as it is.
    """
    before, after = {}, {}
    for step, found in values.items():
        before |= stored(submission, step)
        after |= found
    changed = {field: value for field, value in after.items() if value != before[field]}
    if changed:
        _keep(submission, before, changed, by)


def _keep(submission, before, changed, by):
    """Write ``changed`` ({field: value}) of the locked ``submission``. Returns the columns that say how it stands."""
    columns = {field: value for field, value in changed.items() if field not in OF_ROWS}
    of_version = {field: value for field, value in columns.items() if field not in OF_SUBMISSION}
    if of_version:
        Version.objects.filter(pk=submission.version_id).update(**of_version)
    if changed.keys() & OF_ROWS:
        _write_rows(submission, changed)
    for field in columns.keys() & OF_SUBMISSION:
        setattr(submission, field, columns[field])
    now = {
        "revision": submission.revision + 1,
        "updated_at": timezone.now(),
        "updated_by": by,
        "complete_percent": submission.complete_percent,
    }
    # Completeness asks what is there, not what it says, except where one field decides about another.
    if any(bool(value) != bool(before[field]) or field in ("kind", "results") for field, value in changed.items()):
        now["complete_percent"] = completeness.percent(submission)
    Submission.objects.filter(pk=submission.pk).update(
        **{field: value for field, value in columns.items() if field in OF_SUBMISSION}, **now
    )
    return now


def _locked(pk):
    """The submission, nobody else writing meanwhile, without the columns that saving a step never looks at.

    Raises Submission.DoesNotExist.
    """
    row = _LOCKING.fetch(pk)
    if row is None:
        raise Submission.DoesNotExist
    submission = Submission.from_db(connection.alias, _LOCKED, row)
    submission.version = Version.from_db(connection.alias, ["id"], [submission.version_id])
    return submission


def _write_rows(submission, changed):
    version = submission.version
    for field, value in changed.items():
        if field in KEYS:
            relation, column = KEYS[field]
            _replace(version, relation, [{column: key} for key in value])
        elif field in ROWS:
            _replace(version, field, _with_verdicts(version, value) if field == "results" else value)
        elif field == "lead_institutions":
            known = _organisations(value, country_id=submission.country_id, linked=version.institution_rows)
            _replace(version, "institution_rows", [{"organisation_id": known[name]} for name in value])
        elif field == "partner_roles":
            names = [row["organisation"] for row in value]
            known = _organisations(names, country_id=None, near=submission.country_id, linked=version.partner_roles)
            rows = [{"organisation_id": known[row["organisation"]], "role": row["role"]} for row in value]
            _replace(version, "partner_roles", rows)
    if changed.keys() & COUNTRIES.keys():
        kept = {row.role: [] for row in version.country_rows.all()}
        for row in version.country_rows.all():
            kept[row.role].append(row.country_id)
        countries = [(submission.country_id, CountryRole.LEAD)]
        for field, role in COUNTRIES.items():
            countries += [(code, role) for code in changed.get(field, kept.get(role, ()))]
        _replace(version, "country_rows", [{"country_id": code, "role": role} for code, role in countries])


def _replace(version, relation, rows):
    """Put ``rows`` (dicts of columns) in the place of what is there: two statements."""
    manager = getattr(version, relation)
    manager.all().delete()
    manager.bulk_create([manager.model(version=version, position=position, **row) for position, row in enumerate(rows)])


def _with_verdicts(version, results):
    """``results`` with what was found out about the figures of the same name: whether a public source shows them."""
    verdicts = dict(version.results.values_list("name", "is_verified"))
    return [{**row, "is_verified": verdicts.get(row["name"], True)} for row in results]


def _organisations(names, *, country_id, linked, near=None):
    """{name: id} of the organisations called ``names``; those that nobody named yet are created in ``country_id``.

    One that is linked already comes first, then one of the country, then one of no country.
    """
    countries = Q(country=country_id) | Q(country=near) | Q(country=None)
    known = {}

    def look():
        rows = Organisation.objects.filter(countries, name__in=names)
        for row in sorted(rows, key=lambda row: row.country_id is None):
            known.setdefault(row.name, row.pk)

    look()
    known.update(linked.filter(organisation__name__in=names).values_list("organisation__name", "organisation_id"))
    while missing := [name for name in dict.fromkeys(names) if name not in known]:
        # Somebody else may create the same ones just now: what clashes is left out and looked up again.
        taken = set(Organisation.objects.values_list("slug", flat=True))
        Organisation.objects.bulk_create(
            [Organisation(name=name, slug=_free_slug(name, taken), country_id=country_id) for name in missing],
            ignore_conflicts=True,
        )
        look()
    return known


def _free_slug(name, taken):
    base = slugify(name)[:70].strip("-") or "organisation"
    slug, number = base, 1
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    taken.add(slug)
    return slug
