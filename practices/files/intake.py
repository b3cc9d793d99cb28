"""Taking files in: each is looked into by a process of its own, and what is not what it says is refused.

Nothing is kept of what is refused. What is taken is stored whole before the row that names it is written.
"""

import errno
import hashlib
import json
import logging
import math
import subprocess
import sys
import threading
import uuid
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.files import File as OpenFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Count, Max, Sum
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.tasks import nudge
from practices.enums import FileKind
from practices.files.drafts import note_change, taken
from practices.files.names import cleaned, ending_of
from practices.models import File, VersionFile
from practices.refusals import FileRefused
from practices.tasks import prepare_files

logger = logging.getLogger(__name__)

# {ending: (kind, how it is looked into)}
ENDINGS = {
    **dict.fromkeys(("jpg", "jpeg", "png", "webp"), (FileKind.IMAGE, "image")),
    **{kind.value: (kind, kind.value) for kind in (FileKind.PDF, FileKind.DOCX, FileKind.XLSX)},
}
ACCEPTED = ",".join(f".{ending}" for ending in ENDINGS)
DOCUMENTS = {ending: one for ending, one in ENDINGS.items() if one[0] != FileKind.IMAGE}
INSPECTOR = Path(__file__).with_name("inspecting.py")
# The process ends by itself after CPU_SECONDS; on a busy machine these may take longer.
PATIENCE = 30  # seconds
# Each may need as much memory as a large picture has pixels.
_at_once = threading.BoundedSemaphore(2)

# What the inspector found: {its word: why the file is not taken, and what would be}.
WHY = {
    "not_image": gettext_lazy("It is not a picture inside. Send a JPEG, PNG or WebP picture."),
    "too_many_pixels": gettext_lazy("It has more than 50 million pixels. Make it smaller and send it again."),
    "moving": gettext_lazy("It is a moving picture. Send one that stands still."),
    "not_pdf": gettext_lazy("It is not a PDF inside. Save it anew as PDF and send that."),
    "not_docx": gettext_lazy("It is not a Word document inside. Save it anew as .docx, or send a PDF."),
    "not_xlsx": gettext_lazy("It is not an Excel sheet inside. Save it anew as .xlsx, or send a PDF."),
    "mixed": gettext_lazy("There is something else in it besides the document. Save it anew, or print it to a PDF."),
    "locked": gettext_lazy("It is locked with a password. Remove the password and send it again."),
    "active": gettext_lazy(
        "It holds programs, other files or things that it would fetch from elsewhere. Print it to a PDF and send that."
    ),
    "entities": gettext_lazy("Its XML declares things of its own. Save it anew with an office program, or send a PDF."),
    "leads_outside": gettext_lazy(
        "A part of it has a name that leads out of the document. Save it anew, or send a PDF."
    ),
    "too_large_inside": gettext_lazy("Unpacked it is too large. Make it smaller, or print it to a PDF."),
    "too_complicated": gettext_lazy("It takes too long to look through. Make it simpler, or print it to a new PDF."),
    "damaged": gettext_lazy("It is damaged or not complete. Open it, save it anew and send that."),
}


def receive(submission, upload, *, by):
    """Take ``upload``, a file that came with a request, into the draft of ``submission``.

    Returns the VersionFile, of which nothing is described yet. Raises PermissionDenied and TransitionError as saving a
    step does, and FileRefused with the reason.
    """
    with transaction.atomic():
        taken(submission, by)
        _refuse_over_quota(submission, by, upload.size)
    return take(upload, lambda facts: _keep(submission, facts, by=by))


def take(upload, keep, *, endings=ENDINGS):
    """Look into ``upload``, a file that came with a request, and store it; ``endings``: those of ENDINGS to accept.

    ``keep`` is called with the facts of a File, has ``written`` write its row in a transaction of its own, and refuses
    what is too much or there already. Returns what it returns; when it raises, nothing stays. Raises FileRefused.
    """
    ending = ending_of(upload.name)
    shown = cleaned(upload.name, ending if ending in ENDINGS else "file")
    if ending not in endings:
        raise refused(shown, _accepted(endings))
    kind, form = endings[ending]
    if not upload.size:
        raise refused(shown, _("It is empty."))
    if upload.size > settings.FILE_LIMIT:
        limit = filesizeformat(settings.FILE_LIMIT)
        raise refused(shown, _("It is larger than %(limit)s. Make it smaller and send it again.") % {"limit": limit})
    try:
        return _looked_into(upload, keep, kind=kind, form=form, name=shown)
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise
        logger.error("There is no room for uploaded files: %s", error)
        text = _("The portal has no room for files just now. Nothing was kept of it. Try again tomorrow.")
        raise FileRefused(text, status=507) from None


def _accepted(endings):
    if endings is DOCUMENTS:
        return _("Documents are accepted as PDF, DOCX or XLSX.")
    return _("Pictures are accepted as JPEG, PNG or WebP, documents as PDF, DOCX or XLSX.")


def _looked_into(upload, keep, *, kind, form, name):
    path = Path(upload.temporary_file_path())
    written = path.with_name(f"{uuid.uuid4().hex}.webp")
    try:
        verdict = inspected(form, path, written)
        if "refused" in verdict:
            raise refused(name, WHY[verdict["refused"]])
        if kind == FileKind.IMAGE:
            name, path = cleaned(name, "webp"), written
        facts = {"kind": kind, "name": name, "checksum": _checksum(path), "size": path.stat().st_size, **verdict}
        with open(path, "rb") as content:
            stored = default_storage.save(f"files/{uuid.uuid4().hex}.{ending_of(name)}", OpenFile(content))
    finally:
        written.unlink(missing_ok=True)
    try:
        return keep({"stored": stored, **facts})
    except BaseException:
        default_storage.delete(stored)
        raise


def inspected(form, path, out):
    """What ``inspecting`` says of the file at ``path``, as a dict; a picture is written anew to ``out``."""
    command = [sys.executable, "-I", str(INSPECTOR), form, str(path), str(out)]
    with _at_once:
        try:
            done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)
        except subprocess.TimeoutExpired:
            return {"refused": "too_complicated"}
    if done.returncode < 0:  # the system ended it at a limit
        return {"refused": "too_complicated"}
    with suppress(ValueError):
        return json.loads(done.stdout)
    logger.error("A file could not be looked into: %s", done.stderr.decode(errors="replace")[-500:])
    return {"refused": "damaged"}


@transaction.atomic
def _keep(submission, facts, *, by):
    submission = taken(submission, by)
    # Two that this person sends at once to two case studies are counted one after the other.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    _refuse_over_quota(submission, by, facts["size"])
    rows = VersionFile.objects.filter(version=submission.version_id)
    file = written(facts, by=by, beside=File.objects.filter(uses__in=rows))
    last = rows.aggregate(last=Max("position"))["last"]
    position = 0 if last is None else last + 1
    row = VersionFile.objects.create(version_id=submission.version_id, file=file, position=position)
    note_change(submission, by)
    return row


def written(facts, *, by, beside):
    """The File that ``facts`` of ``take`` describe, written; a worker prepares it after the commit.

    Raises FileRefused when it is among the files ``beside`` already.
    """
    if beside.filter(checksum=facts["checksum"]).exists():
        raise refused(facts["name"], _("It is here already."))
    transaction.on_commit(lambda: nudge(prepare_files))
    return File.objects.create(uploader=by, **facts)


def _refuse_over_quota(submission, by, size):
    text = _("A case study takes %(count)d files and %(size)s. Remove some, or give the address of a report.")
    refuse_over_quota(File.objects.filter(uses__version=submission.version_id), text, by=by, size=size)


def refuse_over_quota(of_thing, too_much, *, by, size):
    """Raise FileRefused when ``size`` bytes more are too much for whatever has the files ``of_thing``, which
    ``too_much`` says, or for what ``by`` may send on one day.
    """
    now = timezone.now()
    since = now.replace(hour=0, minute=0, second=0, microsecond=0)
    wait = math.ceil((since + timedelta(days=1) - now).total_seconds())
    of_day = File.objects.filter(uploader=by, uploaded_at__gte=since)  # those that were removed again count, too
    limits = {"count": settings.FILES_QUOTA, "size": filesizeformat(settings.BYTES_QUOTA)}
    for files, text, status in (
        (of_thing, too_much, 422),
        (
            of_day,
            _("One person may send %(count)d files and %(size)s a day. Go on tomorrow, or ask a colleague."),
            429,
        ),
    ):
        found = files.aggregate(count=Count("pk"), bytes=Sum("size", default=0))
        if found["count"] >= settings.FILES_QUOTA or found["bytes"] + size > settings.BYTES_QUOTA:
            raise FileRefused(text % limits, status=status, wait=wait if status == 429 else None)


def _checksum(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def refused(name, reason):
    """FileRefused about the file ``name``, which is cleaned, for ``reason``, a sentence."""
    return FileRefused(_("“%(name)s” was not taken. %(reason)s") % {"name": name, "reason": reason})
