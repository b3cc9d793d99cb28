"""``manage.py check_validity``: queue the nightly check at once."""

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from accounts.tasks import nudge
from practices.tasks import check_validity


class Command(BaseCommand):
    help = "Ask the worker to look now which practices have a review due, as it does every night."

    def handle(self, **options):
        nudge(check_validity)
        self.stdout.write(_("The check was queued."))
