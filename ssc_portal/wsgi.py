"""The WSGI entry point that granian serves."""

import os

from django.core.wsgi import get_wsgi_application

from ssc_portal.checks import refuse_demo_accounts
from ssc_portal.garbage import collect_seldom

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ssc_portal.settings")
application = get_wsgi_application()
refuse_demo_accounts()
collect_seldom()
