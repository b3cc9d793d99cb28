from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExchangesConfig(AppConfig):
    name = "exchanges"
    verbose_name = _("Exchanges")

    def ready(self):
        from exchanges.changes import note_naming_practices, note_showing_file
        from practices.changes import NAMED_ELSEWHERE
        from practices.files.preparing import READY_ELSEWHERE

        # Practices know nothing of the rows that name them, files nothing of what they hang on.
        NAMED_ELSEWHERE.append(note_naming_practices)
        READY_ELSEWHERE.append(note_showing_file)
