"""What a worker does with a file before anybody is shown it: have it scanned, make the renditions of a picture.

The row says that it waits, so nothing is lost with the queue: a worker is nudged when a file comes in, and a sweep
looks every half minute. Each row is leased on its own; what fails is tried again, ever more slowly.
"""

import datetime
import logging
from io import BytesIO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from accounts.kinds import Kind
from accounts.outbox import tell
from practices.enums import ScanResult
from practices.files import clamd
from practices.files.storage import sweep_folders
from practices.models import File, VersionFile
from practices.models.file import RENDITIONS
from practices.serial import raise_public_serial

logger = logging.getLogger(__name__)

LEASE = datetime.timedelta(minutes=5)
FIRST_WAIT, LONGEST_WAIT = datetime.timedelta(seconds=30), datetime.timedelta(hours=1)
# Of each rendition the longer side in pixels, and the most bytes.
SIZES = dict(zip(RENDITIONS, ((320, 20_000), (960, 60_000), (1920, 400_000)), strict=True))
QUALITIES = (80, 64, 48)
# What upper floors do when a file is ready that hangs on rows of theirs: functions of the File.
READY_ELSEWHERE = []
# The rows of removed files stay for as long as they count for the day's quota.
REMOVED_KEPT = datetime.timedelta(days=2)


def prepare_due():
    """Prepare every file that is due. Returns how many are ready now."""
    ready = 0
    while file := _lease_next():
        ready += _prepare(file)
    return ready


def _lease_next():
    """The file that has waited for longest, leased in a transaction that ends before work begins; or None."""
    now = timezone.now()
    with transaction.atomic():
        waiting = File.objects.waiting(now).select_for_update(skip_locked=True, of=("self",))
        file = waiting.select_related("uploader").order_by("due_at").first()
        if file:
            file.leased_until = now + LEASE
            file.attempts_count += 1
            file.save(update_fields=["leased_until", "attempts_count"])
    return file


def _prepare(file):
    """Scan ``file``, make its renditions and note what came of it. Returns whether it can be shown now."""
    try:
        malware = _scanned(file) if clamd.is_there() else ""
        renditions = made(file) if file.is_image and not malware else {}
    except (clamd.Unavailable, OSError) as error:
        wait = min(FIRST_WAIT * 2 ** min(file.attempts_count - 1, 10), LONGEST_WAIT)
        _note(file, due_at=timezone.now() + wait, last_error=f"{type(error).__name__}: {error}"[:500])
        logger.warning("File %s could not be prepared: %s", file.pk, type(error).__name__)
        return False
    if malware:
        _quarantine(file, malware)
        return False
    scan = ScanResult.CLEAN if clamd.is_there() else ScanResult.NOT_ASKED
    is_kept = _note_ready(file, scan=scan, renditions=renditions)
    if not is_kept:  # removed, or prepared by another worker, meanwhile
        for one in renditions.values():
            default_storage.delete(one["stored"])
    return is_kept


def _scanned(file):
    with default_storage.open(file.stored.name) as content:
        return clamd.name_of_malware(content)


def _note(file, **facts):
    """Store ``facts`` and end the lease, if this worker still holds it. Returns whether it did."""
    rows = File.objects.kept().filter(pk=file.pk, prepared_at=None, attempts_count=file.attempts_count)
    return bool(rows.update(leased_until=None, **facts))


@transaction.atomic
def _note_ready(file, **facts):
    """The same for a file that can be shown now. What no version names may hang on something public already."""
    is_kept = _note(file, prepared_at=timezone.now(), last_error="", **facts)
    if is_kept and not VersionFile.objects.filter(file=file).exists():
        raise_public_serial()
        for note in READY_ELSEWHERE:
            note(file)
    return is_kept


def made(file):
    """Make and store the renditions of the picture ``file``: {name: {stored, width, height, size}}. Raises OSError."""
    from PIL import Image

    found = {}
    with default_storage.open(file.stored.name) as content:
        image = Image.open(content, formats=["WEBP"])
        image.load()
    for name, (longest, most) in SIZES.items():
        smaller = image.copy()
        smaller.thumbnail((longest, longest), Image.Resampling.LANCZOS)
        smaller, encoded = _encoded(smaller, most)
        stored = default_storage.save(f"files/{file.key.hex}-{name}.webp", ContentFile(encoded))
        found[name] = {"stored": stored, "width": smaller.width, "height": smaller.height, "size": len(encoded)}
    return found


def _encoded(image, most):
    """(image, its bytes) in the best quality within ``most`` bytes; one that is too rich for them is made smaller."""
    while True:
        for quality in QUALITIES:
            out = BytesIO()
            image.save(out, "WEBP", quality=quality, method=3)
            if out.tell() <= most:
                return image, out.getvalue()
        scale = 0.95 * (most / out.tell()) ** 0.5
        image = image.resize((max(1, int(image.width * scale)), max(1, int(image.height * scale))))


@transaction.atomic
def _quarantine(file, malware):
    """Put the bytes where nothing is served from, and tell who sent them."""
    logger.error("Malware was found in file %s: %s", file.pk, malware)
    with default_storage.open(file.stored.name) as content:
        aside = default_storage.save(f"quarantine/{file.key.hex}", content)
    before = file.stored.name
    if not _note(file, scan=ScanResult.FOUND, stored=aside, last_error=malware[:500]):
        default_storage.delete(aside)
        return
    transaction.on_commit(lambda: default_storage.delete(before))
    use = VersionFile.objects.filter(file=file, version__submission__isnull=False).select_related("version__submission")
    row = use.first()
    tell(
        [file.uploader],
        Kind.FILE_MALWARE_FOUND,
        key=f"malware:{file.pk}",
        path=f"/workspace/submissions/{row.version.submission.pk}/files/" if row else "/workspace/",
        context={"title": file.name, "country": "", "actor": "", "letter": malware[:200], "deadline": ""},
    )


def sweep(now=None):
    """Delete what removed files have left, and bytes that no row names. Returns how many files went."""
    now = now or timezone.now()
    known = set()
    for stored, renditions in File.objects.kept().values_list("stored", "renditions").iterator():
        known |= {stored, *(one["stored"] for one in renditions.values())}
    gone = sweep_folders(default_storage, known, ["files", "quarantine"], now=now.timestamp())
    File.objects.filter(removed_at__lt=now - REMOVED_KEPT).delete()
    return gone
