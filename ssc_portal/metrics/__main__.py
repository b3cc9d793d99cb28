"""``python -m ssc_portal.metrics``: answer /metrics on SSC_METRICS_BIND, port SSC_METRICS_PORT, until told to stop."""

import os
import signal
import sys

import django


def registry():
    """What is answered: the requests of all web processes, and the state of database and queue."""
    from django.conf import settings
    from prometheus_client import CollectorRegistry
    from prometheus_client.multiprocess import MultiProcessCollector

    from ssc_portal.metrics.state import State

    found = CollectorRegistry()
    MultiProcessCollector(found, path=str(settings.METRICS_DIR))
    found.register(State())
    return found


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ssc_portal.settings")
    django.setup()
    from django.conf import settings
    from prometheus_client import start_http_server

    if not settings.METRICS_PORT:
        return "Set SSC_METRICS_PORT to the port on which figures are asked for."
    settings.METRICS_DIR.mkdir(parents=True, exist_ok=True)
    server, _thread = start_http_server(settings.METRICS_PORT, settings.METRICS_BIND, registry())
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    server.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
