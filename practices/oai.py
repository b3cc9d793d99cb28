"""OAI-PMH 2.0: library catalogues and aggregators harvest the practices here, as Dublin Core.

Datestamps are the positions of ``practices.changes`` to the second, so a harvester that goes on from the responseDate
of its last harvest passes over nothing. What was retracted or merged stays a deleted record. Nothing that comes in is
read as XML. Resumption tokens are signed and hold all that they need.
"""

import datetime
import re
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import orjson
from django.conf import settings
from django.core import signing
from django.db.models import Min, TextField
from django.db.models.functions import Cast
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from practices import changes, dublin_core
from practices.cards import Card
from practices.citations import PUBLISHER
from practices.listing import snapshot
from practices.models import ChallengeArea, PublicChange, VersionArea, VersionInstitution
from practices.names import names
from practices.serial import public_serial
from practices.xml_text import xml_text

NAMESPACE = "http://www.openarchives.org/OAI/2.0/"
RECORDS_AT_ONCE = {"ListRecords": 100, "ListIdentifiers": 500}
TOKEN_SECONDS = 24 * 3600
_SALT = "practices.oai"
_SECOND = datetime.timedelta(seconds=1)
_DAY = datetime.timedelta(days=1)
# Granularity of an argument: its shape, and how long the time is that it names.
_MOMENTS = (
    (re.compile(r"\d{4}-\d\d-\d\d", re.ASCII), "%Y-%m-%d", _DAY),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII), "%Y-%m-%dT%H:%M:%SZ", _SECOND),
)
# verb: (required arguments, optional ones); a resumption token stands alone.
_ARGUMENTS = {
    "Identify": ((), ()),
    "ListMetadataFormats": ((), ("identifier",)),
    "ListSets": ((), ()),
    "ListIdentifiers": (("metadataPrefix",), ("from", "until", "set")),
    "ListRecords": (("metadataPrefix",), ("from", "until", "set")),
    "GetRecord": (("identifier", "metadataPrefix"), ()),
}
_RESUMED = {"ListSets", "ListIdentifiers", "ListRecords"}
_COLUMNS = (
    "changed_at",
    "practice__reference",
    "practice__slug",
    "practice__live",
    Cast("practice__index__document", TextField()),
)


class OaiError(Exception):
    """What is wrong with a request, in a code of the protocol and in words."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Range:
    """Which records a list holds: those of ``area`` ("" for all) that changed in [since, until); how far it was given:
    ``after`` (a moment) and ``given`` (a number of records).
    """

    area: str = ""
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None
    after: datetime.datetime | None = None
    given: int = 0

    def rows(self):
        rows = PublicChange.objects.order_by("changed_at")
        if self.area:
            rows = rows.filter(practice__live__area_rows__area=self.area)
        if self.since:
            rows = rows.filter(changed_at__gte=self.since)
        if self.until:
            rows = rows.filter(changed_at__lt=self.until)
        return rows


@csrf_exempt  # it only reads, also what is posted
@require_http_methods(["GET", "HEAD", "POST"])
def serve(request):
    """Answer a request of the protocol, which tells errors with status 200."""
    asked = request.POST if request.method == "POST" else request.GET
    # Before the list is read: what a change under way is given as its position may be earlier than now.
    at, is_under_way = changes.now()
    with translation.override("en"), snapshot():
        answer = _Answer(request)
        if is_under_way:
            at = changes.last_position()
        try:
            verb, arguments = _understood(asked)
            content = answer.content_of(verb, arguments)
            attributes = {"verb": verb} | arguments
        except OaiError as error:
            content = [_element("error", str(error), code=error.code)]
            attributes = {} if error.code in {"badVerb", "badArgument"} else {n: asked[n] for n in asked}
    root = ET.Element(
        "OAI-PMH",
        {
            "xmlns": NAMESPACE,
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:schemaLocation": f"{NAMESPACE} {NAMESPACE}OAI-PMH.xsd",
        },
    )
    root.append(_element("responseDate", _second(at)))
    root.append(_element("request", answer.address, **attributes))
    root.extend(content)
    body = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return HttpResponse(body, content_type="text/xml; charset=utf-8")


def _understood(asked):
    """(verb, {argument: value}) of a request. Raises OaiError."""
    verbs = asked.getlist("verb")
    if len(verbs) != 1 or verbs[0] not in _ARGUMENTS:
        raise OaiError("badVerb", f"One verb is needed, out of {', '.join(_ARGUMENTS)}.")
    verb = verbs[0]
    required, optional = _ARGUMENTS[verb]
    if verb in _RESUMED and "resumptionToken" in asked:
        required, optional = ("resumptionToken",), ()
    arguments = {name: values for name, values in asked.lists() if name != "verb"}
    for name, values in arguments.items():
        if name not in (*required, *optional):
            raise OaiError("badArgument", f"{verb} takes no argument “{xml_text(name[:80])}” here.")
        if len(values) > 1:
            raise OaiError("badArgument", f"The argument “{name}” stands there more than once.")
    for name in required:
        if name not in arguments:
            raise OaiError("badArgument", f"{verb} needs the argument “{name}”.")
    return verb, {name: values[0] for name, values in arguments.items()}


class _Answer:
    """What the verbs answer. Each method returns a list of elements or raises OaiError."""

    def __init__(self, request):
        self.base_url = settings.SITE_URL or request.build_absolute_uri("/").removesuffix("/")
        self.address = self.base_url + reverse("practices:oai")
        self.names = names(public_serial())
        self._identifiers = f"oai:{urlsplit(self.base_url).hostname}:"

    def content_of(self, verb, arguments):
        """The content of the answer to ``verb``."""
        if arguments.get("metadataPrefix", dublin_core.PREFIX) != dublin_core.PREFIX:
            raise OaiError("cannotDisseminateFormat", f"The only format is {dublin_core.PREFIX}.")
        if verb in RECORDS_AT_ONCE:
            return self._list(verb, arguments)
        verbs = {
            "Identify": self._identify,
            "ListMetadataFormats": self._formats,
            "ListSets": self._sets,
            "GetRecord": self._record,
        }
        content = verbs[verb](arguments)
        return [_element(verb, *content)]

    def _identify(self, arguments):
        earliest = PublicChange.objects.aggregate(first=Min("changed_at"))["first"] or changes.BEGINNING
        return [
            _element("repositoryName", PUBLISHER),
            _element("baseURL", self.address),
            _element("protocolVersion", "2.0"),
            _element("adminEmail", settings.CONTACT_EMAIL),
            _element("earliestDatestamp", _second(earliest)),
            _element("deletedRecord", "persistent"),
            _element("granularity", "YYYY-MM-DDThh:mm:ssZ"),
        ]

    def _formats(self, arguments):
        if "identifier" in arguments:
            self._row(arguments["identifier"])
        return [
            _element(
                "metadataFormat",
                _element("metadataPrefix", dublin_core.PREFIX),
                _element("schema", dublin_core.SCHEMA),
                _element("metadataNamespace", dublin_core.NAMESPACE),
            )
        ]

    def _sets(self, arguments):
        if "resumptionToken" in arguments:
            raise OaiError("badResumptionToken", "The sets come in one answer, without a token.")
        areas = ChallengeArea.objects.order_by("position")
        return [_element("set", _element("setSpec", area.slug), _element("setName", area.name)) for area in areas]

    def _record(self, arguments):
        return self._records([self._row(arguments["identifier"])])

    def _row(self, identifier):
        reference = identifier.removeprefix(self._identifiers)
        rows = PublicChange.objects.filter(practice__reference=reference) if reference != identifier else []
        found = rows.values_list(*_COLUMNS).first() if rows else None
        if found is None:
            raise OaiError("idDoesNotExist", "There is no record with this identifier.")
        return found

    def _list(self, verb, arguments):
        token, size = arguments.get("resumptionToken"), RECORDS_AT_ONCE[verb]
        wanted = _resumed(token, verb) if token is not None else _range(arguments)
        rows = wanted.rows()
        rest = rows.filter(changed_at__gt=wanted.after) if wanted.after else rows
        found = list(rest.values_list(*_COLUMNS)[: size + 1])
        shown, has_more = found[:size], len(found) > size
        if not found:
            raise OaiError("noRecordsMatch", "No record changed in that time, or none of that set.")
        content = self._records(shown) if verb == "ListRecords" else self._headers(shown)
        if has_more or token is not None:
            facts = {"completeListSize": str(rows.count()), "cursor": str(wanted.given)}
            text = ""
            if has_more:
                facts["expirationDate"] = _second(timezone.now() + TOKEN_SECONDS * _SECOND)
                text = _token(verb, wanted, after=shown[-1][0], given=wanted.given + size)
            content.append(_element("resumptionToken", text, **facts))
        return [_element(verb, *content)]

    def _headers(self, rows):
        areas = _areas_of([live for _at, _reference, _slug, live, _document in rows])
        headers = []
        for at, reference, _slug, live, document in rows:
            specs = [_element("setSpec", area) for area in areas.get(live, [])]
            gone = {} if document else {"status": "deleted"}
            identifier = _element("identifier", self._identifiers + reference)
            headers.append(_element("header", identifier, _element("datestamp", _second(at)), *specs, **gone))
        return headers

    def _records(self, rows):
        institutions = _institutions_of([live for _at, _reference, _slug, live, document in rows if document])
        records = []
        for header, (_at, _reference, slug, live, document) in zip(self._headers(rows), rows, strict=True):
            record = _element("record", header)
            if document:
                card = Card(orjson.loads(document), self.names, "en")
                address = self.base_url + reverse("practices:detail", args=[slug])
                metadata = dublin_core.oai_dc(card, institutions=institutions.get(live, []), address=address)
                record.append(_element("metadata", metadata))
            records.append(record)
        return records


def _areas_of(version_ids):
    rows = VersionArea.objects.filter(version__in=version_ids).order_by("position")
    return _gathered(rows.values_list("version", "area"))


def _institutions_of(version_ids):
    rows = VersionInstitution.objects.filter(version__in=version_ids).order_by("position")
    return _gathered(rows.values_list("version", "organisation__name"))


def _gathered(pairs):
    found = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def _range(arguments):
    """The Range that the arguments of a list ask for. Raises OaiError."""
    area = arguments.get("set", "")
    if area and not ChallengeArea.objects.filter(slug=area).exists():
        raise OaiError("noRecordsMatch", "There is no such set.")
    since, length = _moment(arguments, "from")
    until, until_length = _moment(arguments, "until")
    if since and until:
        if length != until_length:
            raise OaiError("badArgument", "“from” and “until” have to be of one granularity.")
        if since > until:
            raise OaiError("badArgument", "“from” is later than “until”.")
    try:
        return Range(area, since, until and until + until_length)
    except OverflowError:  # until the last day that there is
        return Range(area, since)


def _moment(arguments, name):
    """(aware datetime, how long the time is that was named) of an argument; (None, None) where it is not given."""
    text = arguments.get(name)
    if text is None:
        return None, None
    for shape, form, length in _MOMENTS:
        if shape.fullmatch(text):
            try:
                return datetime.datetime.strptime(text, form).replace(tzinfo=datetime.UTC), length
            except ValueError:  # a day that there is not
                break
    raise OaiError("badArgument", f"“{name}” has to look like 2026-03-01 or 2026-03-01T12:00:00Z.")


def _token(verb, wanted, *, after, given):
    moments = [moment and moment.isoformat() for moment in (wanted.since, wanted.until, after)]
    return signing.dumps([verb, wanted.area, *moments, given], salt=_SALT)


def _resumed(token, verb):
    """The Range that ``token`` continues. Raises OaiError."""
    try:
        of, area, *moments, given = signing.loads(token, salt=_SALT, max_age=TOKEN_SECONDS)
    except signing.BadSignature:
        raise OaiError("badResumptionToken", "The token is not one of ours, or it has expired. Begin anew.") from None
    if of != verb:
        raise OaiError("badResumptionToken", f"The token belongs to {of}.")
    return Range(area, *(moment and datetime.datetime.fromisoformat(moment) for moment in moments), given)


def _element(name, *content, **attributes):
    """An element with a text, or with other elements, in it."""
    element = ET.Element(name, {key: xml_text(value) for key, value in attributes.items()})
    for one in content:
        if isinstance(one, ET.Element):
            element.append(one)
        else:
            element.text = xml_text(one)
    return element


def _second(moment):
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
