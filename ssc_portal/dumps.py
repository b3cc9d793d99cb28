"""Everything that is public in files, made every night: JSON Lines and CSV, compressed, with checksums and a manifest.

A run is a folder of the storage named after its moment; its manifest is written last, so that a run which has one is
whole. All files of a run show one view of the database, and say from which position on to follow what changed since.
"""

import datetime
import gzip
import hashlib
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter

import orjson
from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone, translation

from countries.api import exports
from countries.api.parameters import moment
from countries.api.reading import flat
from exchanges.api.viewsets import ExchangeViewSet, NeedViewSet, OfferViewSet
from exchanges.models import Exchange, Need, Offer
from practices import changes
from practices.api.detail import practice_detail
from practices.api.documentation import ROW_MEMBERS
from practices.api.parts import in_full
from practices.api.serializers import Addresses, columns, practice_row
from practices.cards import Card
from practices.enums import CONTENT_LICENCE
from practices.listing import snapshot
from practices.models import PracticeIndex
from practices.names import names
from practices.serial import public_serial, raise_public_serial
from ssc_portal import dumped_reference

FOLDER = "dump"
MANIFEST = "manifest.json"
KEPT_RUNS = 3
READ_AT_ONCE = 200
MISSED_AFTER = datetime.timedelta(hours=25)
MEDIA_TYPES = {"jsonl": "application/jsonl", "csv": "text/csv"}
_RUN_FORM = "%Y%m%dT%H%M%SZ"
_RUN = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
_ROWS = {
    "exchanges": (ExchangeViewSet, Exchange),
    "offers": (OfferViewSet, Offer),
    "needs": (NeedViewSet, Need),
}
# Countries, their figures, and the words in which practices are ordered.
REFERENCE = ("countries", "figures", "areas", "topics", "targets")
CONTENTS = ("practices", *_ROWS, *REFERENCE)


@dataclass(frozen=True)
class Run:
    """One run: its name, and what its manifest says."""

    name: str
    manifest: dict


def runs():
    """The names of the runs that are whole, the newest first."""
    with suppress(FileNotFoundError):
        folders, _files = default_storage.listdir(FOLDER)
        whole = (one for one in folders if _RUN.fullmatch(one) and default_storage.exists(_path(one, MANIFEST)))
        return sorted(whole, reverse=True)
    return []


def newest():
    """The newest Run, or None before the first."""
    for name in runs():
        # Another one may just have taken its place.
        with suppress(FileNotFoundError), default_storage.open(_path(name, MANIFEST)) as file:
            return Run(name, orjson.loads(file.read()))
    return None


def opened(run, file):
    """The ``file`` of the run called ``run``, open for reading. Raises FileNotFoundError."""
    return default_storage.open(_path(run, file))


def is_dump_missed(now=None):
    """Whether no run is younger than a day and an hour (``now``: an aware datetime)."""
    since = (now or timezone.now()) - MISSED_AFTER
    return not any(name > since.strftime(_RUN_FORM) for name in runs())


def write(now=None):
    """Write a run and delete all but the newest KEPT_RUNS. Returns its Run. Raises what storage raises."""
    name = (now or timezone.now()).astimezone(datetime.UTC).strftime(_RUN_FORM)
    with snapshot(), translation.override("en"):
        as_of = changes.last_position()
        files = [_write(name, content, form, parts) for content, form, parts in _contents()]
    manifest = {
        "made_at": moment(now or timezone.now()),
        "as_of": moment(as_of),
        "licence": CONTENT_LICENCE,
        "files": files,
    }
    default_storage.save(_path(name, MANIFEST), ContentFile(orjson.dumps(manifest)))
    _prune()
    raise_public_serial()  # the manifest is another one
    return Run(name, manifest)


def _contents():
    """Yield (what, form, parts) of each file; ``parts`` yields bytes and is read before the next is asked for."""
    yield "practices", "jsonl", exports.jsonl_parts(_practices())
    yield "practices", "csv", exports.csv_parts(_practice_rows(), columns(ROW_MEMBERS))
    for what, (viewset, model) in _ROWS.items():
        members = {member: (lambda row, member=member: row[member]) for member in viewset.members}
        yield what, "jsonl", exports.jsonl_parts(_rows(viewset, model))
        yield what, "csv", exports.csv_parts(_rows(viewset, model), members)
    for what in REFERENCE:
        yield what, "jsonl", exports.jsonl_parts(getattr(dumped_reference, what)())
        yield what, "csv", _table(getattr(dumped_reference, what)())


def _practices():
    """Yield every live practice as the API gives it in full, in the language in which it was written; ``translated``:
    its texts in the others.
    """
    reference_names, addresses, last = names(public_serial()), Addresses(), 0
    while batch := list(in_full().filter(pk__gt=last).order_by("pk")[:READ_AT_ONCE]):
        for practice in batch:
            language = practice.live.language
            with translation.override(language):
                card = Card(practice.index.document, reference_names, language)
                row = practice_detail(practice, card, addresses)
            row["translated"] = {
                one.language: {"title": one.title, "summary": one.summary, "sections": one.sections}
                for one in practice.translations.all()
                if one.language != language
            }
            yield row
        last = batch[-1].pk


def _practice_rows():
    reference_names, addresses = names(public_serial()), Addresses()
    for document in PracticeIndex.objects.order_by("pk").values_list("document", flat=True).iterator(READ_AT_ONCE):
        yield practice_row(Card(document, reference_names, "en"), addresses)


def _rows(viewset, model):
    start = settings.SITE_URL + reverse(viewset.page, args=["0"]).removesuffix("0/")
    for row in model.objects.live().order_by("pk").for_rows().iterator(READ_AT_ONCE):
        yield viewset.get_row(row, f"{start}{row.code}/")


def _table(rows):
    """``rows`` (dicts) as CSV: objects in columns of their own, without the lists of objects, which have own files."""
    rows = (flat({name: value for name, value in row.items() if name != "series"}) for row in rows)
    first = next(rows, None)
    if first is None:
        return ()
    return exports.csv_parts(chain([first], rows), {name: itemgetter(name) for name in first})


def _write(run, what, form, parts):
    """Write one file of a run; returns what the manifest says of it."""
    name = f"{what}.{form}.gz"
    with tempfile.TemporaryFile() as file:
        lines = 0
        with gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as packed:
            for part in parts:
                lines += part.count(b"\n")
                packed.write(part)
        file.seek(0)
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
        file.seek(0)
        default_storage.save(_path(run, name), File(file))
    about = {"name": name, "content": what, "format": form, "media_type": MEDIA_TYPES[form], "compression": "gzip"}
    return about | {"bytes": size, "sha256": checksum} | ({"rows": lines} if form == "jsonl" else {})


def _prune():
    """Delete old runs, the manifest first, and what a run that never ended has left."""
    kept = set(runs()[:KEPT_RUNS])
    with suppress(FileNotFoundError):
        for run in default_storage.listdir(FOLDER)[0]:
            if run in kept or not _RUN.fullmatch(run) or run > min(kept):
                continue
            _folders, files = default_storage.listdir(_path(run, ""))
            for file in sorted(files, key=lambda one: one != MANIFEST):
                default_storage.delete(_path(run, file))
            default_storage.delete(_path(run, ""))


def _path(run, file):
    return f"{FOLDER}/{run}/{file}".removesuffix("/")


def stable_name(run, name):
    """The name under which ``name`` of this very run is served: ``practices-20260301T011000Z.jsonl.gz``."""
    stem, _dot, rest = name.partition(".")
    return f"{stem}-{run}.{rest}"


def run_and_name(asked):
    """(run, name) of a file asked for by its stable name or, then of the newest run, by its plain one; (None, name)
    where there is no such run.
    """
    stem, _dot, rest = asked.partition(".")
    what, _dash, run = stem.partition("-")
    if run:
        return (run if run in runs() else None), f"{what}.{rest}"
    return next(iter(runs()), None), asked
