"""``make bench``: start servers of its own, measure, print each ratio beside its limit; 1 when one is over."""

import os
import sys
import tempfile
from pathlib import Path

from ssc_portal import embedded
from ssc_portal.embedded.servers import needed_servers, remove_sockets


def main():
    with tempfile.TemporaryDirectory(prefix="ssc-bench-", dir="/tmp") as folder:
        Path(folder).chmod(0o711)  # PostgreSQL may run as another user, whose data folder inside is private
        var_dir = Path(folder) / "var"
        servers = needed_servers(var_dir, {})  # with the settings of a real portal: what is committed is on disk
        started = []
        try:
            for server in servers:
                started.append(server)
                server.start()
            os.environ |= {
                "DJANGO_ENV": "test",
                "DJANGO_SETTINGS_MODULE": "ssc_portal.settings",
                "SSC_VAR_DIR": str(var_dir),
                "DATABASE_URL": embedded.database_url(var_dir, role="owner"),
                "REDIS_URL": embedded.broker_url(var_dir),
                "CACHE_URL": embedded.cache_url(var_dir),
            }
            return _measure()
        finally:
            for server in reversed(started):
                server.stop()
            remove_sockets(var_dir)


def _measure():
    import django

    django.setup()
    from django.core.management import call_command
    from django.test.utils import setup_test_environment

    setup_test_environment(debug=False)
    call_command("migrate", verbosity=0)
    call_command("load_fixtures", stdout=open(os.devnull, "w"))  # noqa: SIM115 - for as long as this process

    from bench import (
        comparing,
        exporting,
        guessing,
        impact,
        judging,
        lists,
        matching,
        million,
        profiles,
        queueing,
        saving,
        scale,
        telling,
    )
    from ssc_portal.garbage import collect_seldom

    collect_seldom()  # as the web server does
    # First: the others fill the portal with practices and exchanges that nobody had.
    is_found = judging.report()
    matching.report()
    print(f"\n{'':58} {'portal':>9} {'bare':>9} {'ratio':>7} {'limit':>6}")
    found = []
    # Over a corpus or a million nothing but that: counts are compared, and the others make practices of their own.
    parts = (saving, telling, guessing, queueing, impact, profiles, lists, comparing)
    if scale.CORPUS:
        parts = (scale, exporting)
    elif million.CORPUS:
        parts = (million,)
    for part in parts:
        for figure in part.figures():
            found.append(figure)
            verdict = "" if figure.is_met else "  over"
            print(f"{figure.what:58} {figure.cells}{verdict}", flush=True)
    return 0 if is_found and all(figure.is_met for figure in found) else 1


if __name__ == "__main__":
    sys.exit(main())
