"""Is the portal alive, and can it work? For load balancers, supervisors and tests; both answers are never cached."""

import functools
import shutil

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import JsonResponse
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

import ssc_portal
from ssc_portal.caching import uncached

OK, FAILED = "ok", "failed"
NEEDED = ("database", "migrations", "disk")
LEAST_FREE_BYTES = 200 * 1024 * 1024
IMPATIENT = {"socket_connect_timeout": 1, "socket_timeout": 1, "max_retries": 1}


@uncached
@require_safe
def healthz(request):
    """200 while this process answers at all; asks nobody else."""
    return JsonResponse({"status": OK, "start_token": settings.START_TOKEN})


@uncached
@require_safe
def readyz(request):
    """200 when the portal can work, 503 when database, migrations or disk say no.

    A lost broker is reported as ``degraded`` with 200: reading, signing in and saving work without it.
    ``start_token`` tells whether this very start answers, or somebody else on the same port.
    """
    found = checks()
    status = "ready" if found["broker"] == OK else "degraded"
    if FAILED in {found[name] for name in NEEDED}:
        status = "unavailable"
    body = {
        "status": status,
        "checks": found,
        "start_token": settings.START_TOKEN,
        "version": ssc_portal.__version__,
    }
    return JsonResponse(body, status=503 if status == "unavailable" else 200)


def checks():
    """What the portal relies on, each OK or FAILED. Takes up to two seconds while the broker is away."""
    return {"database": _database(), "migrations": _migrations(), "disk": _disk(), "broker": _broker()}


def _database():
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return FAILED
    return OK


def _migrations():
    try:
        return OK if _is_migrated() else FAILED
    except (DatabaseError, _NotMigratedError):
        return FAILED


class _NotMigratedError(Exception):
    """Raised so that a "no" is not kept: migrations may be applied while the process runs."""


@functools.cache
def _is_migrated():
    """True once every migration of this code is applied; kept, because the code of a process does not change."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise _NotMigratedError
    return True


def _disk():
    try:
        return OK if shutil.disk_usage(settings.VAR_DIR).free >= LEAST_FREE_BYTES else FAILED
    except OSError:
        return FAILED


def _broker():
    try:
        with ssc_portal.celery_app.connection_for_write(transport_options=IMPATIENT) as broker:
            broker.ensure_connection(max_retries=1, timeout=1, interval_start=0, interval_step=0)
    except (OperationalError, OSError):
        return FAILED
    return OK
