"""Projects as IATI 2.03: valid by the schema of the standard and its ruleset, and nothing in it that nobody knows."""

import datetime
from pathlib import Path

import pytest
from django.utils import timezone
from lxml import etree

from accounts.enums import OrganisationKind
from accounts.models import Organisation
from exchanges import iati
from exchanges.enums import ProjectStatus
from exchanges.models import Project
from tests.exchanges_make import make_contribution, make_fund, make_project
from tests.make import make_country

pytestmark = pytest.mark.django_db

SCHEMA = Path(__file__).parent / "iati-2.03" / "iati-activities-schema.xsd"
ADDRESS = "/api/v1/projects/"
# The written checklist: codes of the code lists of IATI 2.03 that the portal uses.
CODES = {
    "activity-status/@code": {"1", "2", "3", "4", "5", "6"},
    "activity-date/@type": {"1", "2", "3", "4"},
    "activity-scope/@code": {"3", "4"},
    "recipient-region/@code": {"89", "298", "498", "798", "889", "998"},
    "sector/@code": {"11220", "12220", "12240", "14030", "41010", "43010", "72010", "99810"},
    "participating-org/@role": {"1", "3"},
    "participating-org/@type": {"10", "21", "22", "40", "70", "80", "90"},
    "transaction/transaction-type/@code": {"1", "2", "3", "11"},
    "document-link/category/@code": {"A12"},
    "tag/@vocabulary": {"99"},
}


@pytest.fixture(scope="module")
def schema():
    return etree.XMLSchema(etree.parse(SCHEMA))


def activities(text):
    """The activities of the document ``text`` (bytes), after the checks of the standard's ruleset and code lists."""
    root = etree.fromstring(text)
    found = root.findall("iati-activity")
    today = timezone.localdate().isoformat()
    for one in found:
        assert one.xpath("activity-date[@type='1' or @type='2']")
        assert one.xpath("sector")
        assert all(day <= today for day in one.xpath("activity-date[@type='2' or @type='4']/@iso-date"))
        assert all(day <= today for day in one.xpath("transaction/*/@iso-date | transaction/value/@value-date"))
        starts, ends = (one.xpath(f"activity-date[{kinds}]/@iso-date") for kinds in ("@type<=2", "@type>=3"))
        assert not ends or starts <= ends
        # Several countries, regions or sectors would need shares that add up to 100.
        assert len(one.xpath("recipient-country | recipient-region")) <= 1
        assert len(one.xpath("sector")) == 1
        assert not set("/&|?") & set(one.findtext("iati-identifier"))
        for path, codes in CODES.items():
            assert set(one.xpath(path)) <= codes, path
    return found


def only(text):
    (found,) = activities(text)
    return found


def told(project):
    """The activity of ``project``, checked."""
    return only(iati.document([Project.objects.for_iati().get(pk=project.pk)], "https://portal.example"))


def money(activity):
    return [
        (
            one.find("transaction-type").get("code"),
            one.find("transaction-date").get("iso-date"),
            one.findtext("value"),
            one.find("value").get("currency"),
        )
        for one in activity.findall("transaction")
    ]


def test_whatever_a_project_holds_the_document_is_valid(schema):
    host = Organisation.objects.create(name="A bank", slug="a-bank", kind=OrganisationKind.MULTILATERAL)
    fund = make_fund(organisation=host)
    make_project(fund, countries=[], areas=[], start_year=None)
    full = make_project(
        fund,
        countries=["KEN", "PER"],
        areas=["wash", "learning"],
        description="Water & <toilets>",
        outcome="مياه",
        amount_text="US$ 1 million",
        amount=1_000_000,
        currency="USD",
        start_year=2015,
        end_year=2018,
        status=ProjectStatus.CLOSED,
        sources=[
            {"title": "Report", "publisher": "A bank", "year": 2018, "url": "https://bank.example/a?b=1&c=2"},
            {"title": "Without an address", "publisher": "", "year": None, "url": ""},
        ],
    )
    make_contribution(project=full, country="BRA", committed=500, disbursed=200)
    make_contribution(project=full, organisation=host, committed=300, disbursed=300)
    make_contribution(project=full, country="BRA", kind="expert_days", quantity=12)

    for status in ProjectStatus:
        Project.objects.filter(pk=full.pk).update(status=status)
        text = iati.document(Project.objects.for_iati(), "https://portal.example")

        schema.assertValid(etree.fromstring(text))
        assert len(activities(text)) == 2


def test_one_country_and_one_area_are_named(schema):
    kenya = make_country("KEN", iso2="KE", un_region="Africa")
    activity = told(make_project(countries=[kenya.pk], areas=["wash"], start_year=2015))

    assert activity.xpath("recipient-country/@code") == ["KE"]
    assert activity.xpath("sector/@code") == ["14030"]
    assert activity.xpath("tag/@code") == ["wash"]


def test_shares_of_several_countries_and_areas_are_not_made_up():
    for code in ("KEN", "SEN"):
        make_country(code, un_region="Africa")
    make_country("PER", un_region="Americas")
    within = told(make_project(countries=["KEN", "SEN"], areas=["wash", "learning"], start_year=2015))
    across = told(make_project(countries=["KEN", "PER"], areas=[], start_year=2015))

    assert within.xpath("recipient-region/@code") == ["298"]
    assert not within.xpath("//@percentage")
    assert within.xpath("description[@type='4']/narrative/text()") == ["Countries: KEN-land, SEN-land"]
    assert within.xpath("sector/@code") == ["43010"]
    assert within.xpath("tag/@code") == ["wash", "learning"]
    assert across.xpath("recipient-region/@code") == ["998"]
    assert across.xpath("sector/@code") == ["99810"]


def test_years_are_given_as_years():
    finished = told(make_project(start_year=2015, end_year=2018, status=ProjectStatus.FINISHED))
    planned = told(make_project(start_year=2090, end_year=2099, status=ProjectStatus.PIPELINE))
    unknown = told(make_project(start_year=None))

    assert finished.xpath("activity-date/@type") == ["2", "4"]
    assert finished.xpath("activity-date/narrative/text()") == ["2015", "2018"]
    assert planned.xpath("activity-date/@type") == ["1", "3"]
    assert unknown.xpath("activity-date/@type") == ["1"]


def test_an_amount_is_a_commitment_of_the_fund_and_says_how_little_is_known():
    activity = told(make_project(start_year=2017, amount="1000000.00", currency="USD"))

    assert money(activity) == [("2", "2017-01-01", "1000000.00", "USD")]
    assert "Only the year of its start is known: 2017" in activity.findtext("transaction/description/narrative")


def test_gifts_of_others_come_in_and_those_of_the_fund_go_out():
    host = Organisation.objects.create(name="A bank", slug="a-bank", kind=OrganisationKind.MULTILATERAL)
    project = make_project(make_fund(organisation=host), start_year=2017, amount=9, currency="USD")
    day = datetime.date(2018, 5, 2)
    make_contribution(project=project, country="BRA", committed="5.50", disbursed="2.25", currency="BRL", value_on=day)
    make_contribution(project=project, organisation=host, committed=3, currency="USD", value_on=day)

    activity = told(project)

    assert money(activity) == [
        ("11", "2018-05-02", "5.50", "BRL"),
        ("1", "2018-05-02", "2.25", "BRL"),
        ("2", "2018-05-02", "3.00", "USD"),
    ]
    assert activity.xpath("participating-org/narrative/text()") == [project.fund.name, "A bank", "BRA-land"]


def test_what_is_not_money_or_not_yet_is_left_out():
    project = make_project(start_year=2017)
    make_contribution(project=project, country="BRA", kind="goods", quantity=3)
    make_contribution(project=project, country="BRA", value_on=timezone.localdate() + datetime.timedelta(days=1))

    assert money(told(project)) == []


def test_it_is_given_as_xml_for_the_list_and_for_one(client, settings, schema):
    settings.IATI_REPORTER = "XM-EX-7"
    project, other = make_project(start_year=2017), make_project(start_year=2018, status=ProjectStatus.CLOSED)

    def read(query="", path=ADDRESS, **headers):
        response = client.get(f"{path}{query}", headers=headers)
        assert response.status_code == 200
        assert response["Content-Type"].startswith("application/xml")
        text = response.getvalue()
        schema.assertValid(etree.fromstring(text))
        return [one.findtext("iati-identifier") for one in activities(text)]

    first, second = f"XM-EX-7-{other.code}", f"XM-EX-7-{project.code}"
    assert read("?format=iati") == [first, second]
    assert read("?format=iati&status=closed") == [first]
    assert read("?page_size=1&page=2", Accept="application/xml") == [second]
    assert read("?format=iati", f"{ADDRESS}{project.code}/") == [second]


def test_an_error_is_problem_details_also_for_readers_of_xml(client):
    missing = client.get(f"{ADDRESS}PR-1999-1/?format=iati")
    wrong = client.get(f"{ADDRESS}?format=iati&colour=red")

    assert (missing.status_code, wrong.status_code) == (404, 400)
    assert missing["Content-Type"] == wrong["Content-Type"] == "application/problem+json"


def test_the_list_takes_the_same_queries_for_one_and_three(client, django_assert_num_queries):
    host = Organisation.objects.create(name="A bank", slug="a-bank", kind=OrganisationKind.MULTILATERAL)

    def make():
        project = make_project(make_fund(organisation=host), countries=["KEN", "PER"], start_year=2017)
        make_contribution(project=project, country="BRA")

    make()
    client.get(f"{ADDRESS}?format=iati").getvalue()
    with django_assert_num_queries(7):
        client.get(f"{ADDRESS}?format=iati").getvalue()
    make()
    make()
    with django_assert_num_queries(7):
        client.get(f"{ADDRESS}?format=iati").getvalue()
