"""The impact page: every figure is a recount of public rows, the same on page, API and file, and leads to its rows."""

import csv
import datetime
import io
import json
import re
from collections import Counter
from itertools import product

import pytest
from django.db import transaction
from django.utils import timezone, translation

from accounts.enums import Role
from exchanges.enums import FollowUpOutcome
from exchanges.impact_figures import MEASURES, write_month
from exchanges.models import Exchange, FollowUp, ImpactFigure, Need, NeedCountry, Offer
from practices.models import Adoption, Practice
from practices.names import names
from practices.publication import retract
from practices.serial import public_serial
from ssc_portal.impact.tables import TABLES
from tests.api.test_schema import complain
from tests.exchanges_make import make_exchange, make_fund, make_match, make_need, make_offer
from tests.make import AREAS, make_area, make_organisation, make_practice
from tests.people import make_user
from tests.practices.test_views import queries_of, text_of

pytestmark = pytest.mark.django_db
REGIONS = ["EAPR", "ECA", "ESA", "LAC", "MENA", "SA", "WCA"]
QUERIES = [
    "",
    "area=wash",
    "country=PER",
    "region=SA&region=LAC",
    "year_from=2012&year_to=2020",
    "area=nutrition&region=SA",
]


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Built once, for it is only read; what a test adds is taken back."""
    with django_db_blocker.unblock(), translation.override("en"), transaction.atomic():
        names.cache_clear()
        make_world()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def _django_db_helper(world):
    """The world's one transaction stands in for one per test."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def make_world():
    """A few rows of everything, and beside each public one something that nobody may learn of."""
    for slug in AREAS:
        make_area(slug)
    milk = make_practice(
        title="Milk banks", country="COL", further=["PER"], areas=["nutrition", "wash"], start_year=2005, end_year=2015,
        adoptions=[{"country": "PER", "year": 2014}, {"country": "PER", "year": 2016}, {"country": "KEN"}],
    )  # fmt: skip
    Practice.objects.filter(pk=milk.pk).update(revalidated_on=datetime.date(2020, 5, 1))
    make_practice(
        title="Wells", country="BGD", areas=["wash"], start_year=2018, adoptions=[{"country": "PER", "year": 2019}]
    )
    make_practice(title="Camps", country="KEN", areas=["learning"], start_year=2021)
    gone = make_practice(title="Gone", country="BGD", areas=["nutrition"], adoptions=[{"country": "SEN", "year": 2012}])
    retract(gone, reason="Wrong.")

    waiting = make_need(country="BGD", joined=["PER"], areas=["nutrition", "wash"])
    make_need(country="EGY", areas=["climate"])
    make_need("matched", country="PER", areas=["wash"])
    asked = make_need("closed", country="PER", areas=["nutrition"])
    ended = make_need("closed", country="SEN", areas=["learning"])
    make_need("closed", country="SEN", areas=["learning"])  # nobody answered it
    for hidden in (make_need("draft", country="BGD"), make_need(country="BGD", visibility="partners")):
        make_match(hidden, "PER")
    make_offer(country="COL", areas=["nutrition"])
    make_offer("draft", country="COL", areas=["climate"])
    make_offer(country="COL", areas=["climate"], visibility="partners")
    make_offer("paused", country="COL", areas=["climate"])

    make_exchange("running", providers=["COL"], beneficiaries=["PER"], areas=["nutrition"], need=asked)
    closed = make_exchange(
        "closed", providers=["BGD"], beneficiaries=["SEN", "KEN"], areas=["wash", "learning"], need=ended,
        start_year=2016, end_year=2019, adoptions=[milk.adoptions.get(country="KEN")],
    )  # fmt: skip
    FollowUp.objects.create(
        exchange=closed, days=30, due_on=timezone.localdate(), done_at=timezone.now(), outcome=FollowUpOutcome.IN_USE
    )
    make_exchange("recorded", providers=["COL"], beneficiaries=["PER", "KEN"], areas=["nutrition"], start_year=2010)
    make_exchange("recorded", providers=[], beneficiaries=["KEN"], facilitators=[make_organisation("An agency")])
    make_exchange("proposed", providers=["VNM"], beneficiaries=["PER"], need=waiting)
    make_exchange("running", providers=["VNM"], beneficiaries=["BGD"], visibility="partners", need=waiting)


# A recount in plain Python, over every row that there is


def ask(client, table, query="", **extra):
    response = client.get(f"/api/v1/impact/{table}/?{query}", extra)
    assert response.status_code == 200, response.content
    return response.json()["results"]


def is_public(row):
    return row.visibility == "public" and (row.published_at if isinstance(row, Exchange) else row.opened_at)


class Recount:
    """The public rows that fit a query, found by looking at each."""

    def __init__(self, query):
        given = {name: [] for name in ("area", "country", "region", "year_from", "year_to")}
        for part in filter(None, query.split("&")):
            name, _equals, value = part.partition("=")
            given[name].append(value)
        self.area, self.country, self.region = given["area"], given["country"], given["region"]
        self.first, self.last = (int(given[name][0]) if given[name] else None for name in ("year_from", "year_to"))

    def fits(self, areas, countries, start, end):
        regions = {country.unicef_region for country in countries}
        return (
            (not self.area or set(self.area) & set(areas))
            and (not self.country or set(self.country) & {country.pk for country in countries})
            and (not self.region or set(self.region) & regions)
            and not (self.first and end is not None and end < self.first)
            and not (self.last and (start is None or start > self.last))
        )

    def practices(self):
        rows = [practice.live for practice in Practice.objects.filter(status="live")]
        return [
            row
            for row in rows
            if self.fits(
                areas_of(row),
                [r.country for r in row.country_rows.exclude(role="partner")],
                row.start_year,
                row.end_year,
            )
        ]

    def adoptions(self):
        rows = Adoption.objects.filter(practice__status="live")
        fitting = [
            row
            for row in rows
            if self.fits(
                areas_of(row.practice.live),
                [row.country, *(r.country for r in row.practice.live.country_rows.exclude(role="partner"))],
                row.year,
                row.year or (0 if self.first else None),
            )
        ]
        return {(row.practice_id, row.country_id) for row in fitting}

    def exchanges(self):
        rows = [row for row in Exchange.objects.all() if is_public(row)]
        return [
            row
            for row in rows
            if self.fits(
                [area.slug for area in row.challenge_areas.all()],
                [party.country for party in row.parties.all() if party.country],
                row.start_year,
                row.end_year,
            )
        ]

    def flows(self):
        pairs = Counter()
        for row in self.exchanges():
            countries = {
                role: {p.country for p in row.parties.all() if p.role == role and p.country}
                for role in ("provider", "beneficiary")
            }
            for giver, receiver in product(countries["provider"], countries["beneficiary"]):
                ends = {giver.pk, receiver.pk}
                regions = {giver.unicef_region, receiver.unicef_region}
                if (not self.country or ends & set(self.country)) and (not self.region or regions & set(self.region)):
                    pairs[giver.pk, receiver.pk] += 1
        return pairs

    def needs(self):
        rows = [row for row in Need.objects.all() if is_public(row)]
        return [
            row for row in rows if self.fits([area.slug for area in row.challenge_areas.all()], asking(row), 0, None)
        ]


def areas_of(version):
    return [row.area_id for row in version.area_rows.all()]


def asking(need):
    return [need.country, *(row.country for row in NeedCountry.objects.filter(need=need))]


def regions_of(version):
    return {row.country.unicef_region for row in version.country_rows.exclude(role="partner")}


def test_key_figures_are_a_recount_of_public_rows(client):
    for query in QUERIES:
        recount = Recount(query)

        figures = {row["measure"]: row["value"] for row in ask(client, "figures", query)}

        states = Counter(row.status for row in recount.exchanges())
        assert figures == {
            "practices": len(recount.practices()),
            "adoptions": len(recount.adoptions()),
            "countries": len(ask(client, "countries", query)),
            "exchanges": len(recount.exchanges()),
            "exchanges_under_way": states["running"],
            "exchanges_completed": states["closed"],
            "exchanges_recorded": states["recorded"],
        }
        assert query or (figures["practices"], figures["adoptions"], figures["exchanges"]) == (3, 3, 4)


def test_flows_count_each_exchange_once_per_pair(client):
    for query in QUERIES:
        found = {(row["provider"], row["beneficiary"]): row["exchanges_count"] for row in ask(client, "flows", query)}

        assert found == dict(Recount(query).flows())
        assert "VNM" not in json.dumps(ask(client, "flows"))


def test_flows_say_in_which_areas(client):
    (first, *others) = ask(client, "flows")

    assert (first["provider_name"], first["beneficiary_name"], first["exchanges_count"]) == ("COL-land", "PER-land", 2)
    assert first["areas"] == ["nutrition"]
    assert {"provider": "BGD", "areas": ["wash", "learning"]}.items() <= others[0].items()


def test_the_matrix_counts_practices_needs_and_offers_and_flags_what_is_missing(client):
    for query in QUERIES:
        recount = Recount(query)
        practices = Counter(
            (region, area) for row in recount.practices() for region in regions_of(row) for area in areas_of(row)
        )
        needs = Counter()
        for need in recount.needs():
            if need.status == "open":
                regions = {country.unicef_region for country in asking(need)}
                needs.update(product(regions, [area.slug for area in need.challenge_areas.all()]))
        offers = Counter(
            area.slug
            for offer in Offer.objects.all()
            if is_public(offer) and offer.status == "open"
            for area in offer.challenge_areas.all()
        )

        cells = {(row["region"], row["area"]): row for row in ask(client, "matrix", query)}

        assert set(cells) == set(product(recount.region or REGIONS, recount.area or AREAS))
        for (region, area), cell in cells.items():
            given, wanted, offered = practices[region, area], needs[region, area], offers[area]
            assert (cell["practices_count"], cell["needs_count"], cell["offers_count"]) == (given, wanted, offered)
            assert cell["is_gap"] == bool(wanted and not (given and offered))


def test_the_funnel_counts_needs_by_how_far_they_came(client):
    steps = [(row["step"], row["needs_count"], row["percent_of_previous"]) for row in ask(client, "funnel")]

    assert steps == [
        ("opened", 6, None),
        ("matched", 3, 50),
        ("agreed", 2, 67),
        ("closed", 1, 50),
        ("followed_up", 1, 100),
        ("led_on", 1, 100),
    ]


def test_the_most_adopted_come_first(client):
    assert [(row["title"], row["adoptions_count"]) for row in ask(client, "most-adopted")] == [
        ("Milk banks", 2),
        ("Wells", 1),
    ]


def test_reviews_are_counted_by_the_quarter_in_which_they_fall_due(client):
    due = Counter()
    for practice in Practice.objects.filter(status="live"):
        day = practice.review_due_on
        is_over = day <= timezone.now().date()
        due["overdue" if is_over else f"{day.year}-Q{(day.month + 2) // 3}"] += 1

    assert {row["quarter"]: row["practices_count"] for row in ask(client, "review-due")} == due
    assert due["overdue"] == 1


def test_each_country_has_what_it_has_part_in(client):
    rows = {row["country"]: row for row in ask(client, "countries")}

    peru = {"practices_count": 1, "adoptions_count": 2, "given_count": 0, "received_count": 2}
    assert peru.items() <= rows["PER"].items()
    assert set(rows) == {"BGD", "COL", "KEN", "PER", "SEN"}  # of VNM only partners know


# Page, API and file


def test_the_page_shows_what_the_api_gives(client):
    for query in QUERIES:
        context = client.get(f"/impact/?{query}").context

        assert {name: row["value"] for name, row in context["figures"].items()} == {
            row["measure"]: row["value"] for row in ask(client, "figures", query)
        }
        assert [row["exchanges_count"] for row in context["flows"]] == [
            row["exchanges_count"] for row in ask(client, "flows", query)
        ]
        cells = [cell["practices_count"] for row in context["grid"]["rows"] for cell in row["cells"]]
        assert cells == [row["practices_count"] for row in ask(client, "matrix", query)]
        assert [row["needs_count"] for row in context["steps"]] == [
            row["needs_count"] for row in ask(client, "funnel", query)
        ]
        assert [card.title for card in context["adopted"]] == [
            row["title"] for row in ask(client, "most-adopted", query)
        ]
        assert [row["count"] for row in context["reviews"]] == [
            row["practices_count"] for row in ask(client, "review-due", query)
        ]


@pytest.mark.parametrize("name", TABLES)
def test_a_file_holds_what_the_api_gives(client, name):
    write_month(datetime.date(2026, 11, 1))
    query = "area=nutrition" if TABLES[name].is_narrowed else ""

    response = client.get(f"/impact/{name}.csv?{query}")
    from_api = client.get(f"/api/v1/impact/{name}/?{query}&format=csv".replace("?&", "?"))

    assert response["Content-Disposition"] == f'attachment; filename="impact-{name}.csv"'
    body = b"".join(response.streaming_content)
    assert body == b"".join(from_api.streaming_content)
    rows = list(csv.DictReader(io.StringIO(body.decode())))
    asked = ask(client, name, query)
    assert len(rows) == len(asked) > 0
    assert list(rows[0]) == list(asked[0])


@pytest.mark.parametrize("name", TABLES)
def test_answers_are_as_the_document_describes_them(client, name):
    write_month(datetime.date(2026, 11, 1))

    assert complain(f"/api/v1/impact/{name}/", client.get(f"/api/v1/impact/{name}/")) == []


def test_a_file_speaks_the_language_asked_for(client):
    text = b"".join(client.get("/impact/countries.csv?lang=fr").streaming_content).decode()

    assert "PER-pays" in text
    assert "/fr/countries/PER/" in text


@pytest.mark.parametrize("name", [name for name in TABLES if name != "months"])
def test_the_api_comes_in_pages(client, name):
    whole = ask(client, name)

    first = client.get(f"/api/v1/impact/{name}/?page_size=1").json()

    assert (first["count"], first["results"], first["previous"]) == (len(whole), whole[:1], None)
    beyond = client.get(f"/api/v1/impact/{name}/?page={len(whole) + 1}&page_size=1")
    assert beyond.status_code == 404


@pytest.mark.parametrize(
    ("query", "field"),
    [("colour=red", "colour"), ("area=health", "area"), ("country=XXX", "country"), ("year_from=1066", "year_from")],
)
def test_what_is_unknown_is_named_in_the_api_and_set_aside_on_the_page(client, query, field):
    refused = client.get(f"/api/v1/impact/flows/?{query}")
    page = client.get(f"/impact/?{query}")

    assert refused.status_code == 400
    assert [error["field"] for error in refused.json()["errors"]] == [field]
    assert client.get(f"/impact/flows.csv?{query}").status_code == 400
    assert page.status_code == 200
    assert len(page.context["notices"]) == 1
    assert page.context["flows_count"] == len(ask(client, "flows"))


def test_a_table_that_there_is_not_is_not_found(client):
    assert client.get("/impact/colours.csv").status_code == 404
    assert client.get("/impact/flows/").status_code == 404
    assert client.get("/api/v1/impact/colours/").status_code == 404


# Numbers lead to their rows


# The lists that others keep are asked through the API, which counts what their pages count and is quicker.
IN_THE_API = {
    "/practices/": "/api/v1/practices/",
    "/exchanges/": "/api/v1/exchanges/",
    "/exchanges/needs/": "/api/v1/needs/",
    "/exchanges/offers/": "/api/v1/offers/",
}


def rows_at(client, url):
    """How many rows the list at ``url`` has."""
    path, _mark, query = url.removeprefix("http://testserver").partition("?")
    if path in IN_THE_API:
        response = client.get(f"{IN_THE_API[path]}?page_size=1&{query}")
        assert response.status_code == 200, (url, response.content)
        return response.json()["count"]
    response = client.get(url.removeprefix("http://testserver"))
    assert response.status_code == 200, url
    assert not response.context["notices"], url
    return response.context["table"].count


def test_every_number_leads_to_a_list_of_exactly_so_many_rows(client):
    told = set()
    for query in QUERIES:
        tables = {name: ask(client, name, query) for name in ("figures", "flows", "matrix", "funnel", "review-due")}
        told |= {(row["url"], row["value"]) for row in tables["figures"]}
        told |= {(row["url"], row["exchanges_count"]) for row in tables["flows"]}
        for kind in ("practices", "needs", "offers"):
            address = "url" if kind == "practices" else f"{kind}_url"
            told |= {(row[address], row[f"{kind}_count"]) for row in tables["matrix"] if row[f"{kind}_count"]}
        told |= {(row["url"], row["needs_count"]) for row in tables["funnel"]}
        told |= {(row["url"], row["practices_count"]) for row in tables["review-due"]}

    assert len(told) > 60
    assert [(url, count) for url, count in told if rows_at(client, url) != count] == []


def test_totals_of_the_matrix_lead_to_their_practices(client):
    for query in QUERIES:
        grid = client.get(f"/impact/?{query}").context["grid"]

        for row in (*grid["rows"], *({"total": one["count"], "url": one["url"]} for one in grid["totals"]), grid):
            assert rows_at(client, row["url"]) == row["total"], row


def test_no_link_of_the_page_leads_nowhere(client):
    page = client.get("/impact/?region=SA").content.decode()

    main = page[page.index("<main") : page.index("</main>")]
    found = {url.replace("&amp;", "&") for url in re.findall(r'href="(/[^"#]*)', main)}
    assert len(found) > 20
    for url in found:
        response = client.get(url)
        assert response.status_code in {200, 302}, url
        if response.streaming:
            assert b"".join(response.streaming_content)
    anchors = set(re.findall(r'href="#([^"]+)"', main))
    assert anchors <= set(re.findall(r'id="([^"]+)"', main))


# What a reader is offered


def test_a_gap_offers_to_ask_or_offer_and_to_those_who_maintain_a_fund_to_post_a_call(client):
    for_all = text_of(client.get("/impact/"))
    client.force_login(make_user(Role.OFFICER))
    for_officers = text_of(client.get("/impact/"))
    make_fund()
    make_fund()
    client.force_login(make_user(Role.ADMINISTRATOR))
    for_administrators = text_of(client.get("/impact/"))

    assert "Offer assistance" in for_all
    assert "Ask for the same" in for_all
    assert "Post a call" not in for_all + for_officers
    assert "Post a call" in for_administrators


def test_the_only_fund_of_a_reader_calls_for_what_is_missing(client):
    fund = make_fund(slug="a-fund")
    client.force_login(make_user(Role.ADMINISTRATOR))
    gap = client.get("/impact/").context["gaps"][0]

    assert gap["call_url"] == f"/workspace/funds/{fund.slug}/calls/new/?area={gap['area']}&region={gap['region']}"
    form = client.get(gap["call_url"]).context["form"]
    assert (form["challenge_areas"].value(), form["regions"].value()) == ([gap["area"]], [gap["region"]])


def test_lists_behind_numbers_come_in_pages_and_say_when_nothing_fits(client):
    for number in range(21):
        make_practice(title=f"Many {number}", adoptions=[{"country": "EGY"}])

    first, second = client.get("/impact/adoptions/"), client.get("/impact/adoptions/?page=2")

    assert (len(first.context["rows"]), len(second.context["rows"])) == (20, 4)
    assert 'href="?page=2"' in first.content.decode()
    assert "Nothing that is public fits these filters." in text_of(client.get("/impact/needs/?country=VNM"))


def test_the_page_keeps_what_is_chosen(client):
    page = client.get("/impact/?area=wash&area=nutrition&year_from=2010").content.decode()

    assert '<option value="wash" selected>' in page
    assert '<input type="hidden" name="area" value="nutrition">' in page
    assert 'value="2010"' in page
    assert page.count("chip-remove") == 3


# Months


def test_the_task_keeps_the_figures_of_the_month_that_ended_once():
    before = public_serial()

    written = write_month(datetime.date(2026, 11, 1))
    make_practice(title="Later")
    again = write_month(datetime.date(2026, 11, 2))

    kept = {row.measure: int(row.value) for row in ImpactFigure.objects.filter(month=datetime.date(2026, 10, 1))}
    assert (written, again) == (len(MEASURES), 0)
    assert kept == {
        "practices": 3, "adoptions": 3, "exchanges": 4, "exchanges_under_way": 1, "exchanges_completed": 1,
        "exchanges_recorded": 2, "needs_opened": 6, "needs_open": 2, "offers_open": 1,
    }  # fmt: skip
    assert public_serial() > before


def test_the_first_month_of_a_year_keeps_december():
    write_month(datetime.date(2027, 1, 1))

    assert set(ImpactFigure.objects.values_list("month", flat=True)) == {datetime.date(2026, 12, 1)}


def test_two_months_show_a_development_one_does_not(client):
    write_month(datetime.date(2026, 10, 1))
    one = client.get("/impact/").context["development"]
    make_practice(title="Later")
    write_month(datetime.date(2026, 11, 1))

    practices, *_others = client.get("/impact/").context["development"]

    assert one == []
    assert (f"{practices.first_month:%Y-%m}", practices.first) == ("2026-09", 3)
    assert (f"{practices.latest_month:%Y-%m}", practices.latest) == ("2026-10", 4)
    assert practices.line.startswith("M3 ")


# Speed


@pytest.mark.parametrize(
    "address", ["/impact/", "/impact/adoptions/", "/impact/countries/", "/impact/needs/", "/impact/reviews/"]
)
def test_no_query_grows_with_the_rows(client, address):
    few = queries_of(client, address)
    for _number in range(2):
        make_practice(country="PER", areas=["climate"], adoptions=[{"country": "COL"}, {"country": "KEN"}])
        need = make_need("closed", country="VNM", areas=["climate"])
        make_exchange("closed", providers=["EGY"], beneficiaries=["VNM", "SEN"], areas=["climate"], need=need)
        make_need(country="KEN", areas=["climate"])

    assert queries_of(client, address) == few
