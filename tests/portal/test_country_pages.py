"""Countries: all of them by region, and what each has documented and taken over."""

import re

import pytest

from practices.publication import retract
from tests.make import make_country, make_practice
from tests.practices.test_views import queries_of, rows_of, text_of

pytestmark = pytest.mark.django_db


def test_the_list_holds_every_country_under_its_region_with_counts(client):
    make_country("FRA", is_global_south=False)
    make_country("KIR", unicef_region="EAPR")
    make_practice(country="COL", further=["PER"], adoptions=[{"country": "KEN"}, {"country": "PER"}])

    page = client.get("/countries/").content.decode()

    sections = re.findall(r'<h2 id="region-(\w+)">(.*?)</section>', page, re.S)
    told = {
        code: [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in re.findall(r"<li>(.*?)</li>", rows, re.S)]
        for code, rows in sections
    }
    assert told == {
        "EAPR": ["KIR-land"],
        "ESA": ["KEN-land 1 adopted"],
        "LAC": ["COL-land 1 practice", "PER-land 1 practice · 1 adopted"],
        "others": ["FRA-land"],
    }
    assert list(told)[-1] == "others"


def test_a_country_shows_what_it_documented_took_part_in_and_took_over(client):
    make_practice(title="Led", country="PER", adoptions=[{"country": "COL"}, {"country": "KEN"}])
    make_practice(title="Further", country="COL", further=["PER"])
    make_practice(title="Partner", country="COL", partners=["PER"])
    make_practice(
        title="Adopted", country="KEN", adoptions=[{"country": "PER", "year": 2011, "note": "Began in Cusco."}]
    )
    make_practice(title="Elsewhere", country="KEN")

    response = client.get("/countries/PER/")

    words = text_of(response)
    assert rows_of(response) == ["led", "further", "partner"]
    assert "1 practice documented here 2 countries took them over 1 practice adopted from others" in words
    assert "Adopted From KEN-land, 2011 Began in Cusco." in words
    assert "Elsewhere" not in words


def test_a_country_shows_the_facts_about_it(client):
    make_country(
        "BTN", names={"en": "Bhutan"}, unicef_region="SA", income_group="LMI", is_lldc=True, is_g77=True,
        official_languages=["dz"], capital_name="Thimphu",
    )  # fmt: skip

    words = text_of(client.get("/countries/BTN/"))

    for told in (
        "Bhutan",
        "South Asia",
        "Lower-middle income",
        "Landlocked developing country",
        "Group of 77",
        "Dzongkha",
        "Thimphu",
    ):
        assert told in words
    assert "No practice from here has been published yet." in words


def test_names_are_in_the_language_of_the_page(client):
    make_country("PER", names={"en": "Peru", "ar": "بيرو"}, official_languages=["es"])

    page = client.get("/ar/countries/PER/").content.decode()

    assert "بيرو" in page
    assert "الإسبانية" in page


def test_small_letters_lead_to_the_country(client):
    make_country("PER")

    response = client.get("/countries/per/")

    assert (response.status_code, response["Location"]) == (301, "/countries/PER/")


@pytest.mark.parametrize(
    ("code", "told"), [("XXX", "Countries have three letters here"), ("PE", "such as PER"), ("12", "")]
)
def test_an_unknown_code_says_how_codes_look(client, code, told):
    response = client.get(f"/countries/{code}/")

    assert response.status_code == 404
    assert told in text_of(response)


def test_what_was_retracted_counts_nowhere(client):
    practice = make_practice(title="Gone", country="PER", adoptions=[{"country": "COL", "note": "Secret"}])
    retract(practice, reason="Wrong.")

    assert "1 practice" not in text_of(client.get("/countries/"))
    assert "Gone" not in text_of(client.get("/countries/PER/"))
    assert "Secret" not in text_of(client.get("/countries/COL/"))


@pytest.mark.parametrize("address", ["/countries/", "/countries/PER/", "/countries/COL/"])
def test_no_query_grows_with_the_rows(client, address):
    make_practice(country="PER", partners=["COL"], adoptions=[{"country": "COL"}])
    few = queries_of(client, address)
    for _number in range(2):
        make_practice(country="PER", partners=["COL"], adoptions=[{"country": "COL"}, {"country": "KEN"}])

    assert queries_of(client, address) == few
