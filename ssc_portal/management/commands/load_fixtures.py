"""``manage.py load_fixtures``: countries, areas, topics, goals and the real practices of ``fixtures/``."""

import json

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from countries.loading import load_countries
from practices.enums import Provenance
from practices.importing import ImportRefusedError, import_rows
from practices.indexing import rebuild
from practices.loading import load_areas, load_goals, load_topics


class Command(BaseCommand):
    help = "Load the reference data and the documented practices that come with the portal. Harmless to repeat."

    @transaction.atomic
    def handle(self, **options):
        countries, sdg = _content("countries")["countries"], _content("sdg")
        written = load_countries(countries)
        written += load_areas(_content("areas")["areas"])
        written += load_topics(_content("topics")["topics"])
        written += load_goals(sdg["goals"], sdg["targets"])
        if written:  # names are searched for as well
            rebuild()
        rows = _content("practices")["practices"]
        try:
            report = import_rows(enumerate(rows, start=1), provenance=Provenance.PUBLIC_SOURCES)
        except ImportRefusedError as refused:
            first = refused.report.problems[0]
            raise CommandError(f"fixtures/practices.json, {first.row}, {first.field}: {first.reason}") from refused
        self.stdout.write(
            _("%(countries)d countries, %(practices)d practices (%(new)d new).")
            % {"countries": len(countries), "practices": len(rows), "new": report.created}
        )


def _content(name):
    return json.loads((settings.BASE_DIR / "fixtures" / f"{name}.json").read_text(encoding="utf-8"))
