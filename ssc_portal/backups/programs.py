"""PostgreSQL's own programs, and how they are told which database is meant."""

import os
import re
import shutil
import subprocess

from django.conf import settings
from django.db import connection
from django.db.backends.postgresql.client import DatabaseClient
from django.utils.translation import gettext as _

from ssc_portal import embedded
from ssc_portal.backups.manifest import BackupError
from ssc_portal.embedded.postgres import package_dir
from ssc_portal.embedded.processes import StartError


def program(name):
    """The path of pg_dump, pg_restore or psql: the embedded server's own, for any other server that of the PATH.

    A program must not be older than the server; where the PATH has none that serves, those of the package do.
    Raises BackupError when there is none.
    """
    is_embedded = connection.settings_dict["HOST"] == str(embedded.socket_dir(settings.VAR_DIR))
    found = None if is_embedded else shutil.which(name)
    try:
        return found if found and _serves(found) else str(package_dir() / "pginstall" / "bin" / name)
    except StartError:
        raise BackupError(
            _("The program %(name)s was not found. Install the client programs of PostgreSQL.") % {"name": name}
        ) from None


def _serves(path):
    """Whether the program at ``path`` is of the server's version or of a newer one."""
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    version = re.search(r"\(PostgreSQL\) (\d+)", said.stdout)
    connection.ensure_connection()
    return bool(version) and int(version[1]) >= connection.pg_version // 10_000


def environment():
    """The environment that names the database of the settings; a password never stands in a command line."""
    facts = connection.settings_dict
    _arguments, further = DatabaseClient.settings_to_cmd_args_env(facts, [])
    place = {
        "PGHOST": facts["HOST"],
        "PGPORT": str(facts["PORT"]),
        "PGUSER": facts["USER"],
        "PGDATABASE": facts["NAME"],
    }
    return os.environ | (further or {}) | {name: value for name, value in place.items() if value}
