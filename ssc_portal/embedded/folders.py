"""Whose the folders of the embedded servers are."""

import os
import pwd
import stat

from ssc_portal.embedded.processes import StartError


def service_user(data_dir):
    """Whom root runs PostgreSQL as: the owner of ``data_dir`` if it has one, else "postgres" or "nobody".

    Returns a ``pwd`` entry; None when this process is not root and runs it as itself. Raises StartError.
    """
    if os.geteuid() != 0:
        return None
    if data_dir.exists() and data_dir.stat().st_uid != 0:
        return pwd.getpwuid(data_dir.stat().st_uid)
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise StartError("PostgreSQL does not run as root, and there is no user postgres or nobody to run it as.")


def private_dir(path, user):
    """Make ``path`` a folder that only ``user`` (a ``pwd`` entry, or None for this process) and root can open.

    Raises StartError when it belongs to somebody else: in /tmp that may be somebody lying in wait.
    """
    uid = user.pw_uid if user else os.geteuid()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if user and stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid():
        os.chown(path, user.pw_uid, user.pw_gid)
    elif not stat.S_ISDIR(found.st_mode) or found.st_uid != uid:
        raise StartError(f"{path} belongs to another user. Start as that user, or remove it and start again.")
    path.chmod(0o700)
