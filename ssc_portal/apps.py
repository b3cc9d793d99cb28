from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "ssc_portal"
    verbose_name = "SSC Portal"

    def ready(self):
        from ssc_portal import checks  # noqa: F401 - registers the checks
