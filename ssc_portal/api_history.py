"""What changed in the API, and what of it will go: the one list that pages, headers and the OpenAPI document follow."""

import re
from dataclasses import dataclass
from datetime import date

from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

# So long is what goes away announced before.
NOTICE_MONTHS = 12


@dataclass(frozen=True)
class Change:
    """Something that became possible, or different, on a day. ``what`` is for people who build on the API."""

    on: date
    what: str


@dataclass(frozen=True)
class Deprecation:
    """An operation, or one ``parameter`` of it, that is not to be used any more.

    ``path`` as in the OpenAPI document; ``since``: when that was announced; ``until``: from when it may be gone;
    ``instead``: what to use, in a sentence for people.
    """

    method: str
    path: str
    since: date
    until: date
    instead: str
    parameter: str = ""

    @cached_property
    def _address(self):
        return re.compile("[^/]+".join(re.escape(part) for part in re.split(r"\{\w+\}", self.path)))

    def concerns(self, request):
        """Whether ``request`` uses it."""
        is_method = request.method == self.method or (request.method, self.method) == ("HEAD", "GET")
        is_used = not self.parameter or self.parameter in request.GET
        return is_method and is_used and self._address.fullmatch(request.path_info) is not None


DEPRECATED = [
    Deprecation(
        method="GET",
        path="/api/v1/countries/{iso3}/similar/",
        parameter="factors",
        since=date(2026, 11, 26),
        until=date(2027, 11, 26),
        instead=_("Use “factor” once for each, as on the page."),
    ),
]

# The newest first.
CHANGES = [
    Change(
        date(2026, 11, 26),
        _("Webhooks are kept by program, focal points endorse or send back case studies, and a key reads contacts."),
    ),
    Change(
        date(2026, 11, 26),
        _("Exchanges, offers and needs can be followed as practices are. Dots in fields, more to expand, more files."),
    ),
    Change(
        date(2026, 11, 26),
        _("Practices can be followed with modified_since and walked with cursor, and taken as nightly files."),
    ),
    Change(
        date(2026, 11, 26),
        _("Signed webhooks that tell of what is published, changed or retracted."),
    ),
    Change(
        date(2026, 11, 26),
        _("Keys, and case studies: begin, change, attach files, send. Writing takes Idempotency-Key and If-Match."),
    ),
    Change(
        date(2026, 11, 26),
        _("The OpenAPI document names every kind of problem of every address, with an example of each."),
    ),
    Change(
        date(2026, 11, 25),
        _("Exchanges, offers, needs, funds, projects and the tables of the impact page can be read."),
    ),
    Change(
        date(2026, 11, 23),
        _("Version 1: practices with search, filters and counts; countries, indicators, areas, topics, SDG targets."),
    ),
]
