"""What a backup says about itself, and whether that is true. A leaf."""

import datetime
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from django.utils.translation import gettext as _

NAME = "manifest.json"
DUMP = "database.dump"
MEDIA = "media"
FORMAT = 1
CHUNK = 1024 * 1024
SHOWN_PROBLEMS = 10


class BackupError(Exception):
    """A backup could not be made or taken back; the message says why and what would be accepted."""


@dataclass(frozen=True)
class Manifest:
    """``taken_at``: ISO 8601; ``counts``: {table: rows}; ``files``: {path in the backup: {"bytes", "sha256"}}.

    ``missing_files``: names in the database whose files were gone already when the backup was made.
    """

    format: int
    release: str
    taken_at: str
    public_serial: int
    migrations: list
    counts: dict
    files: dict
    missing_files: list

    def write(self, folder):
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True)
        (folder / NAME).write_text(f"{text}\n", encoding="utf-8")

    @property
    def moment(self):
        return datetime.datetime.fromisoformat(self.taken_at)

    @property
    def media(self):
        """The names of the files as storage knows them."""
        return [name.removeprefix(f"{MEDIA}/") for name in self.files if name.startswith(f"{MEDIA}/")]


def read_manifest(folder):
    """The manifest of the backup ``folder``. Raises BackupError when there is none that can be read."""
    try:
        facts = json.loads((folder / NAME).read_text(encoding="utf-8"))
        if facts["format"] > FORMAT:
            raise BackupError(newer(facts["release"], f"manifest {facts['format']}"))
        manifest = Manifest(**facts)
        moment, names = manifest.moment, list(manifest.files)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BackupError(
            _("%(folder)s is no backup: %(file)s cannot be read. Name a folder that manage.py backup has made.")
            % {"folder": folder, "file": NAME}
        ) from error
    if manifest.format != FORMAT or moment.tzinfo is None or DUMP not in names or not all(map(_is_inside, names)):
        raise BackupError(_("%(folder)s is a backup that this release does not understand.") % {"folder": folder})
    return manifest


def newer(release, what):
    """Why a backup of ``release`` is refused: it has ``what``, of which this one knows nothing."""
    return _("The backup is of a newer release, %(release)s, with %(migrations)s. Install that release first.") % {
        "release": release,
        "migrations": what,
    }


def _is_inside(name):
    path = PurePosixPath(name)
    return name == DUMP or (path.parts[:1] == (MEDIA,) and len(path.parts) > 1 and ".." not in path.parts)


def verify(folder):
    """The manifest of the backup ``folder``, after all of it was read. Raises BackupError saying what is wrong."""
    manifest = read_manifest(folder)
    problems = []
    for name, facts in manifest.files.items():
        try:
            found = digest(folder / name)
        except OSError as error:
            problems.append(f"{name}: {error.strerror}")
        else:
            if found != facts:
                problems.append(_("%(file)s: not the bytes that were backed up") % {"file": name})
    if problems:
        shown = "; ".join(problems[:SHOWN_PROBLEMS])
        raise BackupError(
            _("%(folder)s is damaged, %(count)d of its files are wrong. Nothing was changed. %(problems)s")
            % {"folder": folder, "count": len(problems), "problems": shown}
        )
    return manifest


def digest(path):
    """{"bytes": size, "sha256": hexadecimal digest} of the file ``path``. Raises OSError."""
    sha, size = hashlib.sha256(), 0
    with Path(path).open("rb") as file:
        while chunk := file.read(CHUNK):
            sha.update(chunk)
            size += len(chunk)
    return {"bytes": size, "sha256": sha.hexdigest()}
