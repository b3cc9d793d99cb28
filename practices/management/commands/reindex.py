"""``manage.py reindex``: rebuild the index rows and words of all live practices."""

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from practices.indexing import rebuild
from practices.vocabulary import load_names


class Command(BaseCommand):
    help = "Rebuild what search and facets read. Harmless at any time: readers see the old rows until it is done."

    def handle(self, **options):
        load_names()
        self.stdout.write(_("%(count)d practices indexed.") % {"count": rebuild()})
