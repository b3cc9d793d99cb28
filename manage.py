#!/usr/bin/env python
"""Django's command line for the portal. With no variable set it uses the embedded servers that `make run` started."""

import os
import sys

# Schema changes belong to the role that owns the tables; everything else runs as the role that may only use them.
OWNER_COMMANDS = {"migrate", "sqlmigrate", "showmigrations", "makemigrations", "test", "flush", "backup", "restore"}

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ssc_portal.settings")
    if len(sys.argv) > 1 and sys.argv[1] in OWNER_COMMANDS:
        os.environ.setdefault("SSC_DATABASE_ROLE", "owner")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
