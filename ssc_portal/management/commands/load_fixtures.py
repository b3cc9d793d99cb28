"""``manage.py load_fixtures``: countries and their figures, areas, topics, goals, the practices, exchanges and funds
of ``fixtures/``."""

import json

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from countries.importing import import_figures, read_figures
from countries.loading import load_countries, load_indicators, load_status_lists
from exchanges.loading import load_exchanges, load_funds
from practices.enums import Provenance
from practices.importing import ImportRefusedError, import_rows
from practices.indexing import rebuild
from practices.loading import load_areas, load_goals, load_topics
from practices.models import Practice, PracticeIndex
from practices.serial import raise_public_serial
from practices.vocabulary import load_names, load_terms

_FIXTURES = settings.BASE_DIR / "fixtures"


class Command(BaseCommand):
    help = "Load the reference data and the documented practices that come with the portal. Harmless to repeat."

    @transaction.atomic
    def handle(self, **options):
        world, sdg = _content("countries"), _content("sdg")
        countries = world["countries"]
        written = load_countries(countries)
        written += load_status_lists(world["status_lists"])
        written += load_areas(_content("areas")["areas"])
        written += load_topics(_content("topics")["topics"])
        written += load_goals(sdg["goals"], sdg["targets"])
        terms = _content("terms")
        load_terms(terms["concepts"], terms["regions"], terms["silent"])
        load_names()
        if written or PracticeIndex.objects.count() != Practice.objects.live().count():
            rebuild()
        _load_figures()
        rows = _content("practices")["practices"]
        try:
            report = import_rows(list(enumerate(rows, start=1)), provenance=Provenance.PUBLIC_SOURCES)
        except ImportRefusedError as refused:
            first = refused.report.problems[0]
            raise CommandError(f"fixtures/practices.json, {first.row}, {first.field}: {first.reason}") from refused
        load_exchanges(_content("exchanges"))
        load_funds(_content("funds"))
        self.stdout.write(
            _("%(countries)d countries, %(practices)d practices (%(new)d new).")
            % {"countries": len(countries), "practices": len(rows), "new": report.created}
        )


def _load_figures():
    """Indicators and the portal's own table of figures. What was imported from elsewhere since stays as it is."""
    written = load_indicators(_content("indicators")["indicators"])
    with (_FIXTURES / "indicator_values.csv").open(encoding="utf-8", newline="") as lines:
        written += import_figures(read_figures(lines), only_own=True).written
    if written:
        raise_public_serial()


def _content(name):
    return json.loads((_FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
