"""The files of a draft: what is said about them, their order, taking them away. Each writes in one transaction."""

import hashlib
import json

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from practices import completeness, permissions
from practices.files import consent
from practices.models import Submission, VersionFile
from practices.refusals import TransitionError

SAID = ("caption", "alt", "credit", "licence")
AGREED = ("consent_kind", "consent_until")


class StaleFile(Exception):
    """Somebody described this file since: ``row`` is what is kept now; nothing was overwritten."""

    def __init__(self, row):
        super().__init__(row.pk)
        self.row = row


def taken(submission, by):
    """The submission, nobody else writing meanwhile. Raises PermissionDenied when ``by`` may not edit it and
    TransitionError when the text is not the country's to change now."""
    submission = Submission.objects.select_for_update().get(pk=submission.pk)
    if not permissions.may_edit(by, submission):
        raise PermissionDenied(_("Only people of the country, and those it invited, write this case study."))
    if not submission.is_editable:
        raise TransitionError(_("This case study cannot be changed now."), status=submission.status)
    return submission


def note_change(submission, by):
    """Say in the submission that its files changed."""
    submission.revision += 1
    submission.updated_at, submission.updated_by = timezone.now(), by
    submission.complete_percent = completeness.percent(submission)
    submission.save(update_fields=["revision", "updated_at", "updated_by", "complete_percent"])


def rows(submission):
    """The VersionFiles of the draft in their order, each with its file; one query."""
    return VersionFile.objects.filter(version=submission.version_id).select_related("file").order_by("position", "pk")


def said(row):
    """{field: value} of what is said about ``row``, as its form asks it."""
    return {name: getattr(row, name) for name in SAID} | {name: getattr(row.file, name) for name in AGREED}


def digest(values):
    """What tells one state of ``said`` from another."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()


@transaction.atomic
def describe(submission, row, values, *, by, seen):
    """Keep ``values``, in the shape of ``said``, of ``row``. Of a document only caption, credit and licence are asked.

    Raises as ``taken`` does, VersionFile.DoesNotExist when the row is gone, and StaleFile when what is kept is not what
    the digest ``seen`` says that the writer saw.
    """
    submission = taken(submission, by)
    row = rows(submission).select_for_update(of=("self", "file")).get(pk=row.pk)
    before = said(row)
    after = before | values
    if before == after:
        return
    if digest(before) != seen:
        raise StaleFile(row)
    for name in SAID:
        setattr(row, name, after[name])
    row.save(update_fields=SAID)
    if any(before[name] != after[name] for name in AGREED):
        consent.keep(row.file, kind=after["consent_kind"], until=after["consent_until"])
    note_change(submission, by)


@transaction.atomic
def move(submission, row, *, by, step):
    """Move ``row`` by ``step`` places, -1 towards the first; at an end it stays. Raises as ``describe`` does."""
    submission = taken(submission, by)
    found = list(rows(submission))
    place = next((number for number, one in enumerate(found) if one.pk == row.pk), None)
    if place is None:
        raise VersionFile.DoesNotExist
    there = place + step
    if not 0 <= there < len(found):
        return
    found.insert(there, found.pop(place))
    for position, one in enumerate(found):
        one.position = position
    VersionFile.objects.bulk_update(found, ["position"])
    note_change(submission, by)


@transaction.atomic
def remove(submission, row, *, by):
    """Take ``row`` out of the draft; a file that no other version names goes with it. Raises as ``describe`` does."""
    submission = taken(submission, by)
    row = rows(submission).select_for_update(of=("self", "file")).get(pk=row.pk)
    file = row.file
    row.delete()
    if not VersionFile.objects.filter(file=file).exists():
        file.discard()
    note_change(submission, by)
