"""One run of an import: rows in chunks, each checked, staged and published with a fixed number of queries."""

import json
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import Organisation
from countries.models import Country
from practices import indexing
from practices.enums import Provenance
from practices.importing.rows import Problem, Row
from practices.models import (
    Adoption,
    BuildingBlock,
    ChallengeArea,
    Contact,
    Lesson,
    PartnerRole,
    Practice,
    Reference,
    ResultIndicator,
    SdgTarget,
    Topic,
    Translation,
    Version,
    VersionArea,
    VersionCountry,
    VersionInstitution,
    VersionTarget,
    VersionTopic,
)
from practices.publication import make_live
from practices.vocabulary import load_names

CHUNK = 500
_CHILDREN = (
    VersionArea,
    VersionTopic,
    VersionTarget,
    VersionCountry,
    VersionInstitution,
    PartnerRole,
    ResultIndicator,
    Lesson,
    BuildingBlock,
    Reference,
)

_NOTE_IMPORTED = """
    UPDATE practices_practice AS p
    SET import_digest = n.digest, is_verified = n.verified, updated_at = n.at,
        verified_sources = ARRAY(SELECT jsonb_array_elements_text(n.sources::jsonb)),
        unverified_parts = ARRAY(SELECT jsonb_array_elements_text(n.parts::jsonb))
    FROM unnest(%s::bigint[], %s::text[], %s::bool[], %s::text[], %s::text[], %s::timestamptz[])
         AS n (id, digest, verified, sources, parts, at)
    WHERE p.id = n.id
"""


@dataclass
class Report:
    """What an import did, in rows, and what was wrong."""

    created: int = 0
    updated: int = 0
    refreshed: int = 0
    unchanged: int = 0
    not_published: int = 0
    problems: list[Problem] = field(default_factory=list)
    rejected: list[tuple[int, object]] = field(default_factory=list)


class ImportRefusedError(Exception):
    """Rows were wrong and nothing was imported. ``report`` has the problems."""

    def __init__(self, report):
        super().__init__(_("Nothing was imported."))
        self.report = report


def import_rows(rows, *, skip_bad=False, create_topics=False, provenance=Provenance.IMPORTED, progress=None):
    """Import ``rows`` as ``read_rows`` yields them. Returns a Report.

    All or nothing: one wrong row and ImportRefusedError is raised with every problem found. With ``skip_bad`` the good
    ones are imported and the wrong ones are in the report. ``progress`` is called with the number of rows read so far.
    """
    with transaction.atomic():
        indexing.lock_publication()
        run = _Import(skip_bad=skip_bad, create_topics=create_topics, provenance=provenance)
        chunk = []
        count = 0
        for count, (number, row) in enumerate(rows, start=1):
            chunk.append((number, row))
            if len(chunk) == CHUNK:
                run.take(chunk)
                chunk = []
                if progress:
                    progress(count)
        run.take(chunk)
        if progress:
            progress(count)
        if run.report.problems and not skip_bad:
            raise ImportRefusedError(run.report)
        if run.has_new_names:
            load_names()
        return run.report


class _Import:
    """One run: the reference data it checks against, and what it has done so far."""

    def __init__(self, *, skip_bad, create_topics, provenance):
        self.skip_bad, self.create_topics, self.provenance = skip_bad, create_topics, provenance
        self.report = Report()
        self.countries = set(Country.objects.values_list("pk", flat=True))
        self.areas = set(ChallengeArea.objects.values_list("pk", flat=True))
        self.topics = set(Topic.objects.values_list("pk", flat=True))
        self.targets = set(SdgTarget.objects.values_list("pk", flat=True))
        self.organisations = {
            (name, country): pk for name, country, pk in Organisation.objects.values_list("name", "country", "pk")
        }
        self.seen = {}
        self.has_new_names = False

    def take(self, chunk):
        """Validate and import one chunk of rows, with a fixed number of queries."""
        good = []
        for number, row in chunk:
            checked = Row(number, row, self)
            if checked.problems:
                self.report.problems += checked.problems
                self.report.rejected.append((number, row))
            elif checked.is_published:
                good.append(checked)
            else:
                self.report.not_published += 1
        if not good or (self.report.problems and not self.skip_bad):
            return
        known = {
            practice.external_id: practice
            for practice in Practice.objects.filter(external_id__in=[row.key for row in good]).select_related("live")
        }
        changed = []
        for row in good:
            practice = known.get(row.key)
            if practice is None:
                row.practice = Practice(external_id=row.key, provenance=self.provenance, published_at=row.published_at)
                self.report.created += 1
                changed.append(row)
            elif practice.import_digest == row.digest:
                self.report.unchanged += 1
            else:
                row.practice = practice
                row.is_same_content = practice.live is not None and practice.live.content_digest == row.content_digest
                if row.is_same_content:
                    self.report.refreshed += 1
                else:
                    self.report.updated += 1
                changed.append(row)
        self._publish([row for row in changed if not row.is_same_content])
        refreshed = [row for row in changed if row.is_same_content]
        if refreshed:
            self._write_living(refreshed)
            indexing.rebuild([row.practice.pk for row in refreshed])

    def _publish(self, rows):
        if not rows:
            return
        self._create_reference_rows(rows)
        versions = Version.objects.bulk_create([row.version() for row in rows])
        for row, version in zip(rows, versions, strict=True):
            row.saved_version = version
        for model in _CHILDREN:
            model.objects.bulk_create(
                [child for row in rows for child in row.children(model, self.organisations)], batch_size=2000
            )
        make_live(
            [(row.saved_version, row.practice) for row in rows],
            living=lambda practices: self._write_living(rows),
        )

    def _create_reference_rows(self, rows):
        """Organisations, SDG targets and, where allowed, topics that are named for the first time."""
        named = {}
        for row in rows:
            for name, facts in row.organisation_facts.items():
                if (name, facts["country_id"]) not in self.organisations:
                    named.setdefault((name, facts["country_id"]), facts)
        if named:
            slugs = set(Organisation.objects.values_list("slug", flat=True))
            created = Organisation.objects.bulk_create(
                [
                    Organisation(name=name, slug=_free_slug(name, slugs), **facts)
                    for (name, _country), facts in named.items()
                ]
            )
            self.organisations |= {(row.name, row.country_id): row.pk for row in created}
        missing = {code for row in rows for code in row.targets} - self.targets
        SdgTarget.objects.bulk_create(
            [SdgTarget(code=code, goal_id=int(code.split(".")[0])) for code in sorted(missing)]
        )
        self.targets |= missing
        new_topics = {slug: row.areas[0] for row in rows for slug in row.topics if slug not in self.topics}
        Topic.objects.bulk_create(
            [
                Topic(slug=slug, area_id=area, names={"en": slug.replace("-", " ").capitalize()})
                for slug, area in sorted(new_topics.items())
            ]
        )
        self.topics |= set(new_topics)
        self.has_new_names |= bool(new_topics or missing)

    def _write_living(self, rows):
        """Replace translations, adoptions and contact; note what was imported."""
        practices = [row.practice for row in rows]
        for model in (Translation, Adoption, Contact):
            model.objects.filter(practice__in=practices).delete()
        Translation.objects.bulk_create([child for row in rows for child in row.translations()])
        Adoption.objects.bulk_create([child for row in rows for child in row.adoptions()])
        Contact.objects.bulk_create([child for row in rows for child in row.contacts()])
        now = timezone.now()
        for row in rows:
            practice = row.practice
            practice.import_digest = row.digest
            practice.is_verified = row.data.get("verified", True)
            practice.verified_sources = row.data.get("verified_sources") or []
            practice.unverified_parts = row.data.get("unverified_parts") or []
            if row.is_same_content:
                practice.updated_at = now
        facts = [
            (
                practice.pk,
                practice.import_digest,
                practice.is_verified,
                json.dumps(practice.verified_sources),
                json.dumps(practice.unverified_parts),
                practice.updated_at,
            )
            for practice in practices
        ]
        with connection.cursor() as cursor:
            cursor.execute(_NOTE_IMPORTED, [list(column) for column in zip(*facts, strict=True)])


def _free_slug(name, taken):
    base = slugify(name)[:70].strip("-") or "organisation"
    slug, number = base, 1
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    taken.add(slug)
    return slug
