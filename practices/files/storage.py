"""How files are kept: they come into being whole, and what a process that died has left is swept away."""

import os
import tempfile
import time
import uuid
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, TemporaryFileUploadHandler

PART = ".part"
# A file that is being written, or that a row is about to name, is younger.
SWEPT_AFTER = 3600  # seconds


class WholeFileStorage(FileSystemStorage):
    """Writes a file under another name first and gives it its own when it is whole and on the disk."""

    def _save(self, name, content):
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{uuid.uuid4().hex}{PART}")
        try:
            with open(part, "xb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            part.chmod(0o644)
            while True:
                try:
                    os.link(part, path)  # unlike a rename this takes nobody's place
                    break
                except FileExistsError:
                    name = self.get_available_name(name)
                    path = Path(self.path(name))
        finally:
            part.unlink(missing_ok=True)
        return name.replace("\\", "/")


def incoming():
    """The folder of what is being sent, until it has been looked into."""
    return Path(settings.MEDIA_ROOT) / "incoming"


class IncomingFile(TemporaryUploadedFile):
    """A file that came with a request, in a folder of the portal's own, and gone with the request."""

    def __init__(self, name, content_type, size, charset, content_type_extra=None):
        incoming().mkdir(parents=True, exist_ok=True)
        file = tempfile.NamedTemporaryFile(suffix=PART, dir=incoming())  # noqa: SIM115 - closed with the request
        UploadedFile.__init__(self, file, name, content_type, size, charset, content_type_extra)


class IncomingHandler(TemporaryFileUploadHandler):
    """Writes all that is sent to IncomingFiles, however small it is."""

    def new_file(self, *args, **kwargs):
        FileUploadHandler.new_file(self, *args, **kwargs)
        self.file = IncomingFile(self.file_name, self.content_type, 0, self.charset, self.content_type_extra)


def sweep_folders(storage, known, folders, *, now=None):
    """Delete what no request and no row will come back for: parts, and in ``folders`` files that are not ``known``.

    ``known``: the set of all names that rows keep. Only what is older than SWEPT_AFTER seconds goes. Returns how many
    files went.
    """
    before = (now or time.time()) - SWEPT_AFTER
    gone = _delete(_files_in(incoming()), before)
    for folder in folders:
        files = _files_in(Path(storage.path(folder)))
        gone += _delete((one for one in files if f"{folder}/{one.name}" not in known), before)
    return gone


def _files_in(folder):
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        yield from (entry for entry in entries if entry.is_file(follow_symlinks=False))


def _delete(entries, before):
    gone = 0
    for entry in entries:
        with suppress(FileNotFoundError):  # whoever wrote it has just taken it away
            if entry.stat(follow_symlinks=False).st_mtime < before:
                os.unlink(entry.path)
                gone += 1
    return gone
