"""One run of an import: all rows are checked, then written in chunks, each in a transaction of its own."""

import gc
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from itertools import chain, islice

from django.db import connection, connections, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import Organisation
from countries.models import Country
from practices import indexing
from practices.content_rows import held, unsaved
from practices.copying import copy_rows
from practices.enums import PracticeStatus, Provenance
from practices.importing.rows import Problem, Row
from practices.models import (
    Adoption,
    ChallengeArea,
    Contact,
    Practice,
    SdgTarget,
    Topic,
    Translation,
)
from practices.publication import make_live
from practices.vocabulary import load_names

CHUNK = 1000
# More than two chunks are made of: Python looks for garbage when so many are there.
OBJECTS_AT_ONCE = 2_000_000
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
    """Import ``rows``, (number, row) as ``read_rows`` yields them, from what can be gone through twice. Returns a
    Report.

    All or nothing as far as rows are wrong: they are checked before anything is written, and one wrong row raises
    ImportRefusedError with every problem found. With ``skip_bad`` the good ones are imported and the wrong ones are in
    the report. Rows are published in chunks: an import that is interrupted has published whole chunks, and the same
    import again goes on where it ended. ``progress`` is called after each chunk with whether rows are being written
    (or only checked) and the number of rows gone through.
    """
    run = _Import(create_topics=create_topics, provenance=provenance)
    if not skip_bad:
        for count, chunk in _chunks(rows):
            run.check(chunk)
            if progress:
                progress(False, count)
        if run.report.problems:
            raise ImportRefusedError(run.report)
    run.start()
    with (
        _garbage_kept(),
        closing(_ahead((count, run.prepared(chunk)) for count, chunk in _chunks(rows))) as prepared,
        closing(_ahead((count, run.with_texts(good)) for count, good in prepared)) as chunks,
    ):
        for count, good in chunks:
            with transaction.atomic():
                run.take(good)
            for row in good:
                row.let_go()
            if progress:
                progress(True, count)
    if run.has_new_names:
        load_names()
    return run.report


def _chunks(rows):
    """Yield (number of rows so far, list of rows)."""
    source, count = iter(rows), 0
    while chunk := list(islice(source, CHUNK)):
        count += len(chunk)
        yield count, chunk


@contextmanager
def _garbage_kept():
    """Let Python look for garbage only where it gathers: to look while rows are made takes a fifth of the time, and
    finds nothing.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(OBJECTS_AT_ONCE)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _ahead(items):
    """Yield what ``items`` yields; the next is made in a thread of its own meanwhile, in the language of this one and
    on a connection of its own.
    """
    context = copy_context()
    with ThreadPoolExecutor(max_workers=1) as pool:
        try:
            coming = pool.submit(context.run, next, items, None)
            while (item := coming.result()) is not None:
                coming = pool.submit(context.run, next, items, None)
                yield item
        finally:
            pool.submit(connections.close_all).result()


class _Import:
    """One run: the reference rows that it checks against, {key: row}, and what it has done so far."""

    def __init__(self, *, create_topics, provenance):
        self.create_topics, self.provenance = create_topics, provenance
        self.countries = Country.objects.in_bulk()
        self.areas = ChallengeArea.objects.in_bulk()
        self.topics = Topic.objects.select_related("merged_into").in_bulk()
        self.targets = SdgTarget.objects.in_bulk()
        self.organisations = {(row.name, row.country_id): row for row in Organisation.objects.all()}
        self.has_new_names = False
        self.start()

    def start(self):
        """Begin with the first row."""
        self.report, self.seen = Report(), {}

    def check(self, chunk):
        """Check one chunk. Returns the rows that can be published. Asks the database for nothing."""
        good = []
        for number, data in chunk:
            row = Row(number, data, self)
            if row.problems:
                self._reject(row)
            elif row.is_published:
                good.append(row)
            else:
                self.report.not_published += 1
        return good

    def prepared(self, chunk):
        """The good rows of one chunk, with all that ``take`` asks them. Of those that seem to be new all is made that
        does not hang on what others publish meanwhile.
        """
        good = self.check(chunk)
        there = Practice.objects.filter(external_id__in=[row.key for row in good])
        there = set(there.values_list("external_id", flat=True))
        for row in good:
            if row.digest and row.key not in there and row.names_only(self):
                row.become(self._new_practice(row), self)
        return good

    def with_texts(self, rows):
        """The ``rows`` of one chunk as they were ``prepared``, with the texts of those that seem to be new."""
        indexing.make_texts([row.practice for row in rows if row.practice])
        return rows

    def _new_practice(self, row):
        return unsaved(Practice, external_id=row.key, provenance=self.provenance, published_at=row.published_at)

    def _reject(self, row):
        self.report.problems += row.problems
        self.report.rejected.append((row.number, row.data))

    def take(self, rows):
        """Import the good ``rows`` of one chunk, with a fixed number of statements."""
        if not rows:
            return
        indexing.lock_publication()
        keys = [row.key for row in rows]
        known = Practice.objects.filter(external_id__in=keys).annotate(live_digest=F("live__content_digest"))
        known = {practice.external_id: practice for practice in known}
        new_content, refreshed = [], []
        for row in rows:
            if row.key not in known:
                self.report.created += 1
                new_content.append(row)
                continue
            row.practice, row.version = known[row.key], None
            if row.practice.import_digest == row.digest:
                self.report.unchanged += 1
            elif row.practice.status == PracticeStatus.RETRACTED:
                row.refuse("id", _("This practice was retracted: it cannot be published again."))
                self._reject(row)
            elif row.practice.live_digest == row.content_digest:
                self.report.refreshed += 1
                refreshed.append(row)
            else:
                self.report.updated += 1
                new_content.append(row)
        self._publish(new_content)
        self._refresh(refreshed)

    def _publish(self, rows):
        if not rows:
            return
        self._create_reference_rows(rows)
        new = {id(row) for row in rows if row.practice is None or row.practice.pk is None}
        below = {}
        for row in rows:
            if row.version is None:
                row.become(row.practice or self._new_practice(row), self)
            for model, children in row.below.items():
                below.setdefault(model, []).extend(children)
        make_live(
            [(row.version, row.practice) for row in rows],
            rows=below,
            living=lambda practices: self._write_living(rows, [row for row in rows if id(row) not in new]),
        )

    def _refresh(self, rows):
        """Publish what changed around the content of versions that stay."""
        if not rows:
            return
        now = timezone.now()
        for row in rows:
            row.describe(self)
            row.practice.updated_at = now
        self._write_living(rows, rows)
        indexing.rebuild([row.practice.pk for row in rows])

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
            self.organisations |= {(row.name, row.country_id): row for row in created}
        codes = sorted({code for row in rows for code in row.targets} - self.targets.keys())
        targets = [SdgTarget(code=code, goal_id=int(code.split(".")[0])) for code in codes]
        self.targets |= {target.pk: target for target in SdgTarget.objects.bulk_create(targets)}
        areas = {slug: row.areas[0] for row in rows for slug in row.topics if slug not in self.topics}
        topics = [
            Topic(slug=slug, area_id=area, names={"en": slug.replace("-", " ").capitalize()})
            for slug, area in sorted(areas.items())
        ]
        self.topics |= {topic.pk: topic for topic in Topic.objects.bulk_create(topics)}
        self.has_new_names |= bool(topics or targets)

    def _write_living(self, rows, known):
        """Write translations, adoptions and contacts of ``rows``; those of ``known`` ones are replaced, and what was
        imported is noted.
        """
        if known:
            for model in (Translation, Adoption, Contact):
                model.objects.filter(practice__in=[row.practice for row in known]).delete()
            facts = [
                (
                    practice.pk,
                    practice.import_digest,
                    practice.is_verified,
                    json.dumps(practice.verified_sources),
                    json.dumps(practice.unverified_parts),
                    practice.updated_at,
                )
                for practice in (row.practice for row in known)
            ]
            with connection.cursor() as cursor:
                cursor.execute(_NOTE_IMPORTED, [list(column) for column in zip(*facts, strict=True)])
        for model, name in ((Translation, "translations"), (Adoption, "adoptions")):
            below = [(row.practice, one) for row in rows for one in held(row.practice, name)]
            for practice, one in below:
                one.practice_id = practice.pk
            copy_rows(model, [one for _practice, one in below])
        copy_rows(Contact, list(chain.from_iterable(row.contacts() for row in rows)))


def _free_slug(name, taken):
    base = slugify(name)[:70].strip("-") or "organisation"
    slug, number = base, 1
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    taken.add(slug)
    return slug
