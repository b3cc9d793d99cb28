from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExchangesConfig(AppConfig):
    name = "exchanges"
    verbose_name = _("Exchanges")

    def ready(self):
        from exchanges.changes import note_naming_practices
        from practices.changes import NAMED_ELSEWHERE

        # Practices know nothing of the rows that name them.
        NAMED_ELSEWHERE.append(note_naming_practices)
