"""``manage.py erase_people 42 43``: erase again whom a restored backup brought back."""

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from ssc_portal.data_rights import erase


class Command(BaseCommand):
    help = "Erase the accounts of these numbers, as their people did before a backup was restored. The log names them."

    def add_arguments(self, parser):
        parser.add_argument("numbers", nargs="+", type=int)

    def handle(self, *, numbers, **options):
        for number in numbers:
            person = User.objects.filter(pk=number).first()
            reasons = erase(person) if person else ["There is no such account."]
            if reasons:
                raise CommandError(f"{number}: {' '.join(map(str, reasons))}")
            self.stdout.write(f"{number} is erased.")
