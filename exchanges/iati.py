"""Projects as activities of the International Aid Transparency Initiative, version 2.03.

What the standard asks for and the portal does not know is not made up:

- Shares of countries or sectors are not known. One country stands alone; several become the region that holds them all
  (DAC list), and are named in a description. One area is given as its DAC sector; several as "multisector aid",
  and each as a tag of our own list.
- Only years are known of projects. Dates stand at the first or last day of the year, and say so in their narrative.
- The amount of a project is a commitment of its fund in the year of its start; contributions of others are incoming
  commitments and incoming funds on their value date. What is not money is left out.
"""

import datetime
from xml.etree import ElementTree as ET

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.enums import OrganisationKind
from exchanges.enums import ContributionKind, ProjectStatus

VERSION = "2.03"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
# The language in which funds and projects are written down.
LANGUAGE = "en"
STATUS_CODES = {
    ProjectStatus.PIPELINE: "1",
    ProjectStatus.RUNNING: "2",
    ProjectStatus.FINISHED: "3",
    ProjectStatus.CLOSED: "4",
    ProjectStatus.CANCELLED: "5",
    ProjectStatus.SUSPENDED: "6",
}
# Challenge area → DAC 5 digit sector (vocabulary 1).
SECTORS = {
    "newborn-health": "12220",  # basic health care
    "nutrition": "12240",  # basic nutrition
    "wash": "14030",  # basic drinking water supply and basic sanitation
    "climate": "41010",  # environmental policy and administrative management
    "emergencies": "72010",  # material relief assistance and services
    "learning": "11220",  # primary education
}
MULTISECTOR, SECTOR_NOT_SPECIFIED = "43010", "99810"
ORGANISATION_TYPES = {
    OrganisationKind.GOVERNMENT: "10",
    OrganisationKind.UN: "40",
    OrganisationKind.NGO: "22",
    OrganisationKind.ACADEMIC: "80",
    OrganisationKind.PRIVATE: "70",
    OrganisationKind.MULTILATERAL: "40",
    OrganisationKind.COMMUNITY: "90",
    OrganisationKind.OTHER: "90",
}
INTERNATIONAL_NGO, GOVERNMENT, OTHER_TYPE = "21", "10", "90"
# Region of the United Nations → DAC region that holds all of it.
REGIONS = {"Africa": "298", "Americas": "498", "Asia": "798", "Europe": "89", "Oceania": "889"}
UNSPECIFIED_REGION = "998"
FUNDING, EXTENDING = "1", "3"
INCOMING_FUNDS, COMMITMENT, DISBURSEMENT, INCOMING_COMMITMENT = "1", "2", "3", "11"
WEB_PAGE = "A12"


def document(projects, base_url):
    """``projects`` (loaded with ``for_iati``) as an IATI document: bytes of UTF-8, in English.

    ``base_url``: where the portal is at home, for the addresses of pages.
    """
    return b"".join(parts(projects, base_url))


def parts(projects, base_url):
    """The same in parts, one activity each."""
    yield f"<?xml version='1.0' encoding='utf-8'?>\n<iati-activities version=\"{VERSION}\">\n".encode()
    for project in projects:
        with translation.override(LANGUAGE):
            yield ET.tostring(activity(project, base_url), encoding="utf-8") + b"\n"
    yield b"</iati-activities>\n"


def activity(project, base_url):
    """One project as an <iati-activity>, its elements in the order of the schema."""
    fund = project.fund
    root = ET.Element(
        "iati-activity",
        {
            XML_LANG: LANGUAGE,
            "last-updated-datetime": project.updated_at.astimezone(datetime.UTC).isoformat(timespec="seconds"),
        },
    )
    ET.SubElement(root, "iati-identifier").text = f"{settings.IATI_REPORTER}-{project.code}"
    # The portal tells of the activities of others.
    reporter = {"ref": settings.IATI_REPORTER, "type": OTHER_TYPE, "secondary-reporter": "1"}
    _narrative(ET.SubElement(root, "reporting-org", reporter), "SSC Portal")
    _narrative(ET.SubElement(root, "title"), project.title)
    _describe(root, project)
    _participate(root, project)
    ET.SubElement(root, "activity-status", {"code": STATUS_CODES[project.status]})
    _date(root, project)
    countries = sorted(project.countries.all(), key=lambda country: country.pk)
    _locate(root, countries)
    _sectors(root, [area.pk for area in project.challenge_areas.all()])
    for facts in _transactions(project, fund):
        _transaction(root, **facts)
    _link(root, f"{base_url}{project.get_absolute_url()}", project.title)
    for source in project.sources:
        if source.get("url"):
            _link(root, source["url"], source["title"])
    return root


def _narrative(parent, text):
    ET.SubElement(parent, "narrative").text = text


def _describe(root, project):
    general = project.description or project.title
    countries = sorted(country.name for country in project.countries.all())
    other = [
        project.outcome,
        _("Amount as the source says it: %(amount)s") % {"amount": project.amount_text} if project.amount_text else "",
        _("Countries: %(countries)s") % {"countries": ", ".join(countries)} if len(countries) > 1 else "",
    ]
    _narrative(ET.SubElement(root, "description", {"type": "1"}), general)
    for text in filter(None, other):
        _narrative(ET.SubElement(root, "description", {"type": "4"}), text)


def _participate(root, project):
    fund = project.fund
    kind = _type_of(fund.organisation) if fund.organisation else OTHER_TYPE
    _narrative(ET.SubElement(root, "participating-org", {"role": FUNDING, "type": kind}), fund.name)
    if fund.organisation:
        host = ET.SubElement(root, "participating-org", {"role": EXTENDING, "type": kind})
        _narrative(host, fund.organisation.name)
    givers = {_giver(one): None for one in project.contributions.all() if one.organisation_id != fund.organisation_id}
    for name, kind in givers:
        _narrative(ET.SubElement(root, "participating-org", {"role": FUNDING, "type": kind}), name)


def _giver(contribution):
    """(name, type) of whoever gives."""
    if contribution.country:
        return contribution.country.name, GOVERNMENT
    return contribution.organisation.name, _type_of(contribution.organisation)


def _type_of(organisation):
    if organisation.kind == OrganisationKind.NGO and organisation.country_id is None:
        return INTERNATIONAL_NGO
    return ORGANISATION_TYPES[organisation.kind]


def _date(root, project):
    """Planned or actual start and end; the standard wants a start, also where none is known."""
    today = timezone.localdate()
    if project.start_year:
        day = datetime.date(project.start_year, 1, 1)
        has_begun = day <= today and project.status != ProjectStatus.PIPELINE
        _day(root, "2" if has_begun else "1", day, str(project.start_year))
    else:
        _day(root, "1", project.created_at.date(), _("No start is known; this is the day on which it was recorded."))
    if project.end_year:
        day = datetime.date(project.end_year, 12, 31)
        is_over = day <= today and project.status in {ProjectStatus.FINISHED, ProjectStatus.CLOSED}
        _day(root, "4" if is_over else "3", day, str(project.end_year))


def _day(root, kind, day, narrative):
    _narrative(ET.SubElement(root, "activity-date", {"type": kind, "iso-date": day.isoformat()}), narrative)


def _locate(root, countries):
    if not countries:
        return
    ET.SubElement(root, "activity-scope", {"code": "4" if len(countries) == 1 else "3"})
    if len(countries) == 1:
        country = ET.SubElement(root, "recipient-country", {"code": countries[0].iso2})
        _narrative(country, countries[0].name)
        return
    regions = {REGIONS.get(country.un_region, UNSPECIFIED_REGION) for country in countries}
    code = regions.pop() if len(regions) == 1 else UNSPECIFIED_REGION
    ET.SubElement(root, "recipient-region", {"vocabulary": "1", "code": code})


def _sectors(root, areas):
    if len(areas) == 1:
        code = SECTORS.get(areas[0], SECTOR_NOT_SPECIFIED)
    else:
        code = MULTISECTOR if areas else SECTOR_NOT_SPECIFIED
    ET.SubElement(root, "sector", {"vocabulary": "1", "code": code})
    for area in areas:
        attributes = {"vocabulary": "99", "vocabulary-uri": f"{settings.SITE_URL}/api/v1/areas/", "code": area}
        ET.SubElement(root, "tag", attributes)


def _transactions(project, fund):
    """What is known of money: facts for ``_transaction``, the oldest first."""
    cash = [
        one
        for one in project.contributions.all()
        if one.kind == ContributionKind.CASH and one.value_on <= timezone.localdate()
    ]
    # Where the fund itself says what it gave and when, that stands for the amount of the project.
    own = [one for one in cash if fund.organisation_id and one.organisation_id == fund.organisation_id]
    if (
        project.amount is not None
        and not own
        and project.start_year
        and project.start_year <= timezone.localdate().year
    ):
        yield {
            "kind": COMMITMENT,
            "day": datetime.date(project.start_year, 1, 1),
            "amount": project.amount,
            "currency": project.currency,
            "text": _("Amount of the whole project. Only the year of its start is known: %(year)d.")
            % {"year": project.start_year},
            "giver": fund.name,
        }
    for one in sorted(cash, key=lambda one: (one.value_on, one.pk)):
        committed, paid = (COMMITMENT, DISBURSEMENT) if one in own else (INCOMING_COMMITMENT, INCOMING_FUNDS)
        for kind, amount in ((committed, one.committed), (paid, one.disbursed)):
            if amount:
                yield {
                    "kind": kind,
                    "day": one.value_on,
                    "amount": amount,
                    "currency": one.currency,
                    "text": one.description,
                    "giver": _giver(one)[0],
                }


def _transaction(root, *, kind, day, amount, currency, text, giver):
    transaction = ET.SubElement(root, "transaction")
    ET.SubElement(transaction, "transaction-type", {"code": kind})
    ET.SubElement(transaction, "transaction-date", {"iso-date": day.isoformat()})
    value = ET.SubElement(transaction, "value", {"currency": currency, "value-date": day.isoformat()})
    value.text = f"{amount:f}"
    if text:
        _narrative(ET.SubElement(transaction, "description"), text)
    _narrative(ET.SubElement(transaction, "provider-org"), giver)


def _link(root, address, title):
    link = ET.SubElement(root, "document-link", {"format": "text/html", "url": address})
    _narrative(ET.SubElement(link, "title"), title)
    ET.SubElement(link, "category", {"code": WEB_PAGE})
