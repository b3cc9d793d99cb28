"""The addresses below a practice in the API: versions, differences, translations, adoptions, related ones, contact."""

import functools
from operator import itemgetter

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import HttpResponsePermanentRedirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from accounts.api.permissions import Needs
from accounts.enums import Scope
from countries.api.parameters import (
    BOM,
    LANG,
    PAGE,
    PAGE_SIZE,
    Parameter,
    fields_parameter,
    format_parameter,
    parts_of,
    read,
)
from countries.api.reading import answer_rows, only
from countries.api.renderers import CsvRenderer, JsonRenderer, XlsxRenderer
from practices import content, history, permissions
from practices.api.detail import adoptions, translations, version_detail, version_entry
from practices.api.documentation import (
    AdoptionSerializer,
    FullTranslationSerializer,
    RelatedSerializer,
    VersionContentSerializer,
    VersionEntrySerializer,
)
from practices.api.serializers import Addresses, columns, practice_row
from practices.differences import changes
from practices.live_practice import live_practice
from practices.models import Contact, Practice, PracticeLink, Version
from practices.refusals import Retracted
from practices.related import KEPT, related

TABLES = [JsonRenderer, CsvRenderer, XlsxRenderer]
HIGHEST_VERSION = 10**6
# Members that a table shows in another shape: {heading: function of a row}.
_ENTRY_COLUMNS = {
    **{name: itemgetter(name) for name in VersionEntrySerializer().fields if name != "moments"},
    "moments": lambda row: [f"{one['at']} {one['what']}: {one['who']}" for one in row["moments"]],
}


def _formats(renderers):
    return format_parameter([renderer.format for renderer in renderers])


def _of_list(serializer):
    return [PAGE, PAGE_SIZE, _fields(serializer), LANG, _formats(TABLES), BOM]


def _of_one(*more):
    return [*more, LANG, _formats([JsonRenderer])]


def _fields(serializer):
    return fields_parameter(serializer().fields, parts_of(serializer().fields))


def _number(name, description, example):
    return Parameter(name, description, (), 1, HIGHEST_VERSION, example=example)


def of_practice(answer):
    """Hands ``answer``, a method of a viewset, the live practice that the address names, loaded with its content, and
    the clean values of the query.

    A practice that became part of another one leads to the same address of that one; of a version, whose number says
    nothing there, to the list of versions. Raises Retracted, and NotFound where there is no such practice.
    """

    @functools.wraps(answer)
    def wrapper(self, request, slug, **kwargs):
        chosen = read(request.query_params, self.part_parameters.get(self.action, self.parameters))
        practice = live_practice(slug)
        if practice is None:
            return _instead(request, slug)
        return answer(self, request, practice, chosen, **kwargs)

    return wrapper


def in_full():
    """Live practices with all that the API gives of each, many at once; ``live_practice`` loads one the same way."""
    links = PracticeLink.objects.select_related("target").order_by("kind", "target__reference")
    versions = Version.objects.only("practice", "number", "published_at").order_by("-number")
    return (
        Practice.objects.live()
        .with_content()
        .select_related("index", "live__review_card")
        .prefetch_related(Prefetch("links", links), Prefetch("versions", versions, "published_versions"))
    )


def _instead(request, slug):
    practice = Practice.objects.select_related("merged_into").filter(slug=slug).first()
    if practice is None:
        raise NotFound(_("There is no practice with the slug “%(slug)s”.") % {"slug": slug[:80]})
    if not practice.merged_into:
        raise Retracted(practice)
    match = request.resolver_match
    name = "api:practice-versions" if "number" in match.kwargs else match.view_name
    address = reverse(name, args=[practice.merged_into.slug])
    query = request.META.get("QUERY_STRING", "")
    return HttpResponsePermanentRedirect(f"{address}?{query}" if query else address)


class PartsOfPractice:
    """The addresses below one practice. ``part_parameters``: what each of them takes, by the name of its action."""

    part_parameters = {
        "versions": _of_list(VersionEntrySerializer),
        "version": _of_one(_fields(VersionContentSerializer)),
        "differences": _of_one(
            _number("from", "Number of the older version; by default the one before `to`, or the first one itself.", 1),
            _number("to", "Number of the newer version; by default the current one.", 2),
        ),
        "translations": _of_one(PAGE, PAGE_SIZE, _fields(FullTranslationSerializer)),
        "adoptions": _of_list(AdoptionSerializer),
        "related": _of_list(RelatedSerializer),
        "contact": _of_one(),
    }

    @action(detail=True, renderer_classes=TABLES)
    @of_practice
    def versions(self, request, practice, chosen):
        addresses = Addresses(request)
        rows = [version_entry(practice, entry, addresses) for entry in history.entries(practice)]
        known = only(_ENTRY_COLUMNS, chosen["fields"])
        return answer_rows(request, rows, chosen, columns=known, name=f"{practice.slug}-versions")

    @action(detail=True, url_path="versions/(?P<number>[0-9]{1,6})", renderer_classes=[JsonRenderer])
    @of_practice
    def version(self, request, practice, chosen, number):
        version = _version(practice, int(number))
        row = version_detail(practice, version, Addresses(request))
        return Response(only(row, chosen["fields"]), headers={"Content-Language": version.language})

    @action(detail=True, renderer_classes=[JsonRenderer])
    @of_practice
    def differences(self, request, practice, chosen):
        after = _version(practice, chosen["to"] or practice.live.number)
        before = _version(practice, chosen["from"] or max(1, after.number - 1))
        found = changes(content.as_dict(before), content.as_dict(after))
        return Response(
            {
                "from": before.number,
                "to": after.number,
                "changes": [{"field": one.field, "name": one.label, "html": str(one.html)} for one in found],
            }
        )

    @action(detail=True, renderer_classes=[JsonRenderer])
    @of_practice
    def translations(self, request, practice, chosen):
        rows = translations(practice, Addresses(request))
        return answer_rows(request, rows, chosen, columns={}, name="")

    @action(detail=True, renderer_classes=TABLES)
    @of_practice
    def adoptions(self, request, practice, chosen):
        known = columns(chosen["fields"] or AdoptionSerializer().fields)
        return answer_rows(request, adoptions(practice), chosen, columns=known, name=f"{practice.slug}-adoptions")

    @action(detail=True, renderer_classes=TABLES)
    @of_practice
    def related(self, request, practice, chosen):
        known = columns(chosen["fields"] or RelatedSerializer().fields)
        rows = related_rows(practice, Addresses(request))
        return answer_rows(request, rows, chosen, columns=known, name=f"{practice.slug}-related")

    @action(detail=True, renderer_classes=[JsonRenderer], permission_classes=[Needs(Scope.CONTACTS)])
    @of_practice
    def contact(self, request, practice, chosen):
        if not permissions.may_read_contact_by_key(request.user, practice):
            raise PermissionDenied(_("Contacts are for partners, curators and the country of the practice."))
        found = Contact.objects.filter(practice=practice).first()
        if found is None:
            raise NotFound(_("Nobody is named to ask about this practice."))
        return Response({"name": found.name, "organisation": found.organisation, "email": found.email})


def related_rows(practice, addresses):
    """The practices that have most in common with ``practice`` as rows of a list, each with the reason."""
    found = related(practice, language=get_language(), limit=KEPT)
    return [practice_row(card, addresses) | {"reason": reason} for card, reason in found]


def _version(practice, number):
    """The published version ``number`` of ``practice``, loaded with its content. Raises NotFound."""
    if number == practice.live.number:
        return practice.live
    versions = practice.versions.filter(frozen_at__isnull=False).with_content().select_related("review_card")
    try:
        return versions.get(number=number)
    except Version.DoesNotExist:
        message = _("There is no version %(number)d of this practice. The current one is %(current)d.")
        raise NotFound(message % {"number": number, "current": practice.live.number}) from None
