"""What ``expand`` gives of exchanges, offers, needs, funds and projects: the rows that their codes stand for, for a
whole page of a list at once, in a fixed number of statements.

Each function takes rows, loaded for lists or in full, and ``Behind``, and returns a value for each of them.
"""

from functools import cached_property

from django.db.models import Prefetch, prefetch_related_objects
from django.utils.translation import get_language

from countries.api.serializers import country_row
from exchanges.api.resource_rows import call_entry, fund_row, project_row
from exchanges.api.serializers import exchange_row, need_row
from exchanges.models import Exchange, Fund, Need, Project
from practices import facets
from practices.api.reference_rows import area_row, topic_row
from practices.api.serializers import Addresses, practice_row
from practices.cards import Card
from practices.models import PracticeIndex
from practices.names import names as reference_names
from practices.serial import public_serial


class Behind:
    """What stands behind codes, as the API gives it by itself."""

    def __init__(self, request):
        self.absolute = request.build_absolute_uri
        self.addresses = Addresses(request)

    @cached_property
    def _names(self):
        return reference_names(public_serial())

    @cached_property
    def _counts(self):
        return facets.counts(["area", "topic"])

    def country(self, code):
        country = self._names.countries[code]
        return country_row(country, self.absolute(country.get_absolute_url()))

    def areas(self, row):
        slugs = [area.slug for area in row.challenge_areas.all()]
        return [area_row(self._names.areas[slug], self._counts["area"], self.absolute) for slug in slugs]

    def topics(self, row):
        slugs = [topic.slug for topic in row.topics.all()]
        return [topic_row(self._names.topics[slug], self._counts["topic"]) for slug in slugs]

    def practices(self, keys):
        """{key: row} of the practices with these keys that are in lists."""
        documents = PracticeIndex.objects.filter(pk__in=keys).values_list("pk", "document")
        language = get_language()
        return {pk: practice_row(Card(document, self._names, language), self.addresses) for pk, document in documents}

    def shown(self, row, make):
        """``row`` as ``make``, the function for rows of its list, gives it."""
        return make(row, self.absolute(row.get_absolute_url()))


def _country(rows, behind):
    return [behind.country(row.country_id) for row in rows]


def _joined(rows, behind):
    return [[behind.country(one.country_id) for one in row.joined.all()] for row in rows]


def _countries_of_exchange(rows, behind):
    """The countries among the parties, each once."""
    codes = [dict.fromkeys(party.country_id for party in row.parties.all() if party.country_id) for row in rows]
    return [[behind.country(code) for code in some] for some in codes]


def _countries_of_project(rows, behind):
    return [[behind.country(code) for code in sorted(one.pk for one in row.countries.all())] for row in rows]


def _areas(rows, behind):
    return [behind.areas(row) for row in rows]


def _topics(rows, behind):
    return [behind.topics(row) for row in rows]


def _practices(rows, behind):
    found = behind.practices({one.pk for row in rows for one in row.practices.all()})
    return [[found[one.pk] for one in row.practices.all() if one.pk in found] for row in rows]


def _practice(rows, behind):
    found = behind.practices({row.practice_id for row in rows if row.public_practice})
    return [found.get(row.practice_id) for row in rows]


def _need(rows, behind):
    found = Need.objects.published().for_rows().in_bulk({row.need_id for row in rows if row.need_id})
    return [behind.shown(found[row.need_id], need_row) if row.need_id in found else None for row in rows]


def _exchanges(rows, behind):
    public = Exchange.objects.live().order_by("code").for_rows()
    prefetch_related_objects(rows, Prefetch("exchanges", public, "exchanges_behind"))
    return [[behind.shown(one, exchange_row) for one in row.exchanges_behind] for row in rows]


def _fund(rows, behind):
    found = Fund.objects.live().for_rows().in_bulk({row.fund_id for row in rows})
    return [behind.shown(found[row.fund_id], fund_row) for row in rows]


def _calls(rows, behind):
    prefetch_related_objects(rows, "calls__challenge_areas")
    return [[call_entry(call) for call in row.calls.all()] for row in rows]


def _projects(rows, behind):
    public = Project.objects.live().order_by("code_year", "code_number").for_rows()
    prefetch_related_objects(rows, Prefetch("projects", public, "projects_behind"))
    return [[behind.shown(one, project_row) for one in row.projects_behind] for row in rows]


_SUBJECTS = {"challenge_areas": _areas, "topics": _topics}
OF_EXCHANGES = {"countries": _countries_of_exchange, **_SUBJECTS, "practices": _practices, "need": _need}
OF_OFFERS = {"country": _country, **_SUBJECTS, "practices": _practices}
OF_NEEDS = {"country": _country, "joined": _joined, **_SUBJECTS, "practice": _practice, "exchanges": _exchanges}
OF_FUNDS = {"challenge_areas": _areas, "calls": _calls, "projects": _projects}
OF_PROJECTS = {
    "fund": _fund,
    "countries": _countries_of_project,
    "challenge_areas": _areas,
    "exchanges": _exchanges,
}


def expansions(rows, names, known, request):
    """For each of ``rows`` (a list of models), the members that ``names`` add to it or put in the place of codes.

    ``known``: {name: function} of this list; other names are not for here.
    """
    wanted = [name for name in names if name in known]
    if not wanted or not rows:
        return [{} for _row in rows]
    behind = Behind(request)
    asked = {name: known[name](rows, behind) for name in wanted}
    return [{name: values[place] for name, values in asked.items()} for place in range(len(rows))]
