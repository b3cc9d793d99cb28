"""The exchanges and funds that come with the portal: real, sourced, marked as recorded, and loaded once."""

import json
from decimal import Decimal

import pytest
from django.conf import settings
from django.core.management import call_command

from countries.loading import load_countries
from exchanges.enums import ExchangeForm, ExchangeStatus, Modality
from exchanges.loading import MODALITIES, form_of, load_exchanges, load_funds, modalities_of
from exchanges.models import Call, Contribution, Exchange, ExchangeEvent, Fund, Party, Project
from practices.loading import load_areas, load_topics
from practices.models import Adoption, Practice
from practices.serial import public_serial
from tests.make import make_practice
from tests.people import make_user

pytestmark = pytest.mark.django_db


def content(name):
    return json.loads((settings.BASE_DIR / "fixtures" / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture
def reference(db):
    load_countries(content("countries")["countries"])
    load_areas(content("areas")["areas"])
    load_topics(content("topics")["topics"])


@pytest.fixture
def loaded(reference):
    load_exchanges(content("exchanges"))
    load_funds(content("funds"))


def test_all_of_them_are_there_readable_and_recorded(loaded):
    assert Exchange.objects.live().filter(status=ExchangeStatus.RECORDED).count() == 22
    assert (Fund.objects.count(), Project.objects.count(), Contribution.objects.count()) == (10, 5, 2)
    assert Exchange.objects.filter(events__kind="recorded", events__actor=None).distinct().count() == 22


def test_codes_carry_the_year_in_which_an_exchange_began(loaded):
    assert sorted(Exchange.objects.filter(start_year=2019).values_list("code", flat=True)) == [
        "EX-2019-1",
        "EX-2019-2",
        "EX-2019-3",
    ]


def test_every_exchange_and_fund_says_its_sources(loaded):
    for row in [*Exchange.objects.all(), *Fund.objects.all(), *Project.objects.all()]:
        assert row.sources
        assert all(source["title"] and source["url"] for source in row.sources)


def test_loading_again_changes_nothing_and_takes_few_queries(loaded, django_assert_max_num_queries):
    serial, codes = public_serial(), list(Exchange.objects.values_list("pk", "code", "updated_at"))
    parties = list(Party.objects.values_list())

    with django_assert_max_num_queries(26):
        written = load_exchanges(content("exchanges")) + load_funds(content("funds"))

    assert written == 0
    assert public_serial() == serial
    assert list(Exchange.objects.values_list("pk", "code", "updated_at")) == codes
    assert list(Party.objects.values_list()) == parties
    assert ExchangeEvent.objects.count() == 22


def test_what_differs_is_corrected_and_raises_the_public_serial(loaded):
    exchange = Exchange.objects.get(external_id="npl-nga-chlorhexidine")
    Exchange.objects.filter(pk=exchange.pk).update(outcome="Wrong")
    exchange.parties.filter(organisation__name="JSI").delete()
    exchange.topics.clear()
    serial = public_serial()

    assert load_exchanges(content("exchanges")) == 1

    exchange.refresh_from_db()
    assert exchange.outcome.startswith("Eleven delegates")
    assert [party.name for party in exchange.facilitators] == ["USAID", "JSI"]
    assert [topic.pk for topic in exchange.topics.all()] == ["newborn-infections"]
    assert public_serial() > serial


def test_the_third_side_is_an_organisation_or_a_country_as_the_source_says(loaded):
    sewers = Exchange.objects.get(external_id="bra-eth-urban-sanitation")
    kangaroo = Exchange.objects.get(external_id="col-cmr-kangaroo")

    assert [(party.country_id, party.name) for party in sewers.facilitators] == [
        (None, "UNICEF"),
        ("GBR", "United Kingdom"),
    ]
    canada = kangaroo.facilitators[0]
    assert (canada.country_id, canada.institution) == ("CAN", "Grand Challenges Canada")


@pytest.mark.parametrize(
    ("countries", "has_facilitator", "form"),
    [
        (2, False, ExchangeForm.BILATERAL),
        (3, False, ExchangeForm.REGIONAL),
        (2, True, ExchangeForm.TRIANGULAR),
        (9, True, ExchangeForm.TRIANGULAR),
    ],
)
def test_the_form_follows_from_who_takes_part(countries, has_facilitator, form):
    assert form_of(countries, has_facilitator=has_facilitator) == form


def test_every_word_for_a_form_of_assistance_is_mapped():
    words = {word for row in content("exchanges")["exchanges"] for word in row["modalities"]}

    assert words == set(MODALITIES)
    assert modalities_of(["training", "supplies", "services", "materials"]) == [
        Modality.IN_SERVICE_TRAINING,
        Modality.EQUIPMENT,
    ]


def test_amounts_are_numbers_only_where_the_text_is_unambiguous(loaded):
    amounts = {
        exchange.external_id: (exchange.amount_text, exchange.amount, exchange.currency)
        for exchange in Exchange.objects.exclude(amount_text="")
    }

    assert amounts["chn-unicef-idai-mozambique"] == ("US$ 2 million", Decimal("2000000.00"), "USD")
    assert amounts["col-vnm-escuela-nueva"] == ("US$ 84.6 million GPE grant (project total)", None, "")
    assert len(amounts) == 8
    assert not Exchange.objects.filter(amount_text="", amount__isnull=False).exists()
    assert not Fund.objects.filter(size_text="", size__isnull=False).exists()


def test_a_project_is_there_only_where_a_source_names_its_fund(loaded):
    funded = Project.objects.values_list("fund__external_id", "exchanges__external_id").order_by("external_id")

    assert list(funded) == [
        ("gdf", "chn-unicef-hope-17-projects"),
        ("gdf", "chn-unicef-somalia-nutrition"),
        ("ibsa", "ibsa-gaza-health-centre"),
        ("india-un", "ind-un-fund-dominica-antigua"),
        ("india-un", "ind-un-fund-pacific-early-warning"),
    ]


def test_what_was_not_verified_stays_marked(loaded):
    unverified = Fund.objects.filter(is_verified=False).values_list("external_id", flat=True).order_by("external_id")

    assert list(unverified) == ["abc-fiocruz", "sscaf-climate", "un-pdtf", "unfssc"]
    assert not Call.objects.exists()  # no source gives one


def test_an_exchange_points_to_the_adoptions_by_its_beneficiaries_of_a_practice_of_its_provider(reference):
    practice = make_practice(
        country="NPL",
        identity={"external_id": "npl-chlorhexidine-cord-care"},
        adoptions=[{"country": "NGA", "year": 2014}, {"country": "ETH", "year": 2015}],
    )
    other = make_practice(
        country="KIR", identity={"external_id": "kir-north-tarawa-odf"}, adoptions=[{"country": "KIR", "year": 2013}]
    )

    load_exchanges(content("exchanges"))

    cord_care = Exchange.objects.get(external_id="npl-nga-chlorhexidine")
    assert list(cord_care.practices.all()) == [practice]
    assert [adoption.country_id for adoption in cord_care.adoptions.all()] == ["NGA"]
    # India taught what became a practice of Kiribati itself.
    kiribati = Exchange.objects.get(external_id="ind-kir-clts")
    assert list(kiribati.practices.all()) == [other]
    assert not kiribati.adoptions.exists()


def test_adoptions_that_an_import_wrote_anew_are_found_again(reference):
    practice = make_practice(
        country="NPL", identity={"external_id": "npl-chlorhexidine-cord-care"}, adoptions=[{"country": "NGA"}]
    )
    load_exchanges(content("exchanges"))
    practice.adoptions.all().delete()
    again = Adoption.objects.create(practice=practice, country_id="NGA", year=2014)

    assert load_exchanges(content("exchanges")) == 1

    assert list(Exchange.objects.get(external_id="npl-nga-chlorhexidine").adoptions.all()) == [again]


def test_a_fund_that_somebody_maintains_is_left_alone(loaded):
    person = make_user()
    Fund.objects.filter(external_id="pgtf").update(eligibility="As of today", updated_by=person)
    Project.objects.filter(external_id="ibsa-gaza-health-centre").update(title="Ours", updated_by=person)
    Contribution.objects.filter(external_id="chn-zwe-idai-2019").update(disbursed=5, updated_by=person)
    Fund.objects.get(external_id="pgtf").challenge_areas.set(["wash"])

    assert load_funds(content("funds")) == 0

    fund = Fund.objects.get(external_id="pgtf")
    assert fund.eligibility == "As of today"
    assert [area.pk for area in fund.challenge_areas.all()] == ["wash"]


def test_the_command_loads_them_after_the_practices_that_they_name(db):
    call_command("load_fixtures", verbosity=0)

    assert Exchange.objects.count() == 22
    linked = Practice.objects.filter(exchanges__isnull=False).distinct().count()
    assert linked == len({row["practice"] for row in content("exchanges")["exchanges"] if row["practice"]})
    assert Exchange.objects.filter(adoptions__isnull=False).distinct().count() >= 9
