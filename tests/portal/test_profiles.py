"""What the page of a country tells beyond its practices: children, help both ways, similar countries, its people."""

import uuid

import pytest

from accounts.enums import Role
from accounts.models import OutboxMessage
from accounts.outbox import deliver_due
from countries.models import Indicator, IndicatorValue
from exchanges.enums import ExchangeStatus, NeedStatus, OfferStatus, Visibility
from tests.exchanges_make import make_exchange, make_fund, make_need, make_offer, make_project
from tests.make import make_country, make_practice
from tests.people import make_user
from tests.practices.test_views import queries_of, text_of

pytestmark = pytest.mark.django_db


def make_indicator(code="stunting", area="nutrition", **facts):
    columns = {"unit": "percent", "units": {"en": "% of children"}, "better": "lower", "source": "A survey"}
    names = {"en": code.capitalize()}
    return Indicator.objects.create(
        code=code, names=names, area=area, licence="CC BY 4.0", position=1, **columns | facts
    )


def figures(indicator, iso3, *pairs):
    for year, value in pairs:
        IndicatorValue.objects.create(
            country=make_country(iso3, income_group="LMI"), indicator=indicator, year=year, value=value, source="S"
        )


def test_children_are_shown_by_first_and_latest_figure_with_trend_and_words(client):
    stunting = make_indicator()
    figures(stunting, "PER", (2000, 31.2), (2019, 12.2))
    for iso3, value in (("KEN", 20), ("SEN", 10), ("BGD", 30), ("EGY", 22)):
        figures(stunting, iso3, (2019, value))

    words = text_of(client.get("/countries/PER/"))

    assert "Stunting % of children 31.2 2000 12.2 2019 No figure since 2019. Improving" in words
    assert "Better than 75 % of the 4 other lower-middle-income countries with a figure." in words


def test_an_indicator_without_a_figure_says_so(client):
    make_indicator()
    make_country("PER")

    assert "No figure." in text_of(client.get("/countries/PER/"))


def test_only_what_the_public_may_read_is_offered_and_needed(client):
    make_offer(country="PER", title="Open offer")
    make_offer(OfferStatus.DRAFT, country="PER", title="Draft offer")
    make_offer(country="PER", title="Partners' offer", visibility=Visibility.PARTNERS)
    make_need(country="PER", title="Open need", practice=make_practice(title="Wanted one", country="COL"))
    make_need(NeedStatus.ENDORSEMENT, country="PER", title="Need to endorse")
    make_need(country="COL", joined=["PER"], title="Joined need")

    words = text_of(client.get("/countries/PER/"))

    for told in ("Open offer", "Open need", "Joined need", "Practices that it wants Wanted one"):
        assert told in words
    for hidden in ("Draft offer", "Partners' offer", "Need to endorse"):
        assert hidden not in words


def test_exchanges_are_counted_and_listed_in_both_directions(client):
    make_exchange(providers=["PER"], beneficiaries=["COL", "KEN"], title="Given")
    make_exchange(ExchangeStatus.RECORDED, providers=["BGD"], beneficiaries=["PER"], title="Received")
    make_exchange(ExchangeStatus.PROPOSED, providers=["PER"], beneficiaries=["SEN"], title="Proposed only")

    words = text_of(client.get("/countries/PER/"))

    assert "2 countries helped in exchanges 1 country learned from 1 exchange under way" in words
    assert "PER-land gave help in 1 exchange. It received help in 1 exchange." in words
    assert "Given" in words
    assert "Proposed only" not in words


def test_funds_received_name_the_fund_and_the_project(client):
    make_project(make_fund("A fund"), countries=["PER"], title="Clinics", amount_text="US$ 2 million")

    words = text_of(client.get("/countries/PER/"))

    assert "Funds received All funds Clinics A fund" in words
    assert "US$ 2 million" in words


def test_similar_countries_come_with_reasons_and_factors_can_be_switched_off(client):
    make_country("PER", income_group="LMI")
    make_country("COL", income_group="LMI")
    make_country("BGD", income_group="LI")

    both = text_of(client.get("/countries/PER/"))
    by_region = text_of(client.get("/countries/PER/?factor=region"))

    assert "Same income group: Lower-middle income." in both
    assert "Same region: Latin America and the Caribbean." in by_region
    assert "Same income group" not in by_region


def test_an_unknown_factor_is_left_out_with_a_notice(client):
    make_country("PER")

    response = client.get("/countries/PER/?factor=weather&similar_area=moon")

    assert response.status_code == 200
    assert "A part of this address was not known and was left out." in text_of(response)


def test_practices_come_from_countries_that_started_where_this_one_is(client):
    stunting = make_indicator()
    figures(stunting, "BGD", (2019, 30.0))
    figures(stunting, "PER", (2000, 30.2), (2019, 12.2))
    figures(stunting, "KEN", (2000, 45.0), (2019, 40.0))
    make_practice(title="It came down here", country="PER", areas=["nutrition"])
    make_practice(title="Elsewhere", country="KEN", areas=["nutrition"])

    words = text_of(client.get("/countries/BGD/"))

    told = words[words.index("From countries that started where this one is") :]
    assert "Stunting in PER-land: 30.2 in 2000, 12.2 in 2019." in told
    assert "Elsewhere" not in told


def test_of_each_such_country_the_strongest_practice_is_shown_the_strongest_country_first(client):
    stunting = make_indicator()
    figures(stunting, "BGD", (2019, 30.0))
    figures(stunting, "PER", (2000, 30.2), (2019, 12.2))
    figures(stunting, "COL", (2000, 29.8), (2019, 12.0))
    make_practice(title="Weaker", country="PER", areas=["nutrition"])
    make_practice(title="Stronger", country="PER", areas=["nutrition"], evaluation_type="randomised")
    make_practice(title="Only one", country="COL", areas=["nutrition"])
    make_practice(title="Of something else", country="COL", areas=["wash"], evaluation_type="randomised")

    words = text_of(client.get("/countries/BGD/"))

    told = words[words.index("From countries that started where this one is") :]
    assert told.index("Stronger") < told.index("Only one")
    assert "Weaker" not in told
    assert "Of something else" not in told


def test_a_long_list_of_what_was_taken_over_is_cut_and_leads_to_all(client):
    for year in range(2001, 2014):
        make_practice(title=f"Of {year}", country="COL", adoptions=[{"country": "PER", "year": year}])

    response = client.get("/countries/PER/")

    words = text_of(response)
    assert "13 practices adopted from others" in words
    told = words[words.index("Adopted from other countries") :]
    assert [year for year in range(2001, 2014) if f"Of {year}" in told] == list(range(2002, 2014))
    assert '<a href="/impact/adoptions/?country=PER">Who took over which practice</a>' in response.content.decode()


def test_no_query_grows_with_what_is_offered_exchanged_and_funded(client):
    def add():
        make_offer(country="PER")
        make_need(country="PER", practice=make_practice(country="COL"))
        make_exchange(providers=["PER"], beneficiaries=["COL"])
        make_project(countries=["PER"])

    add()
    few = queries_of(client, "/countries/PER/")
    for _number in range(2):
        add()

    assert queries_of(client, "/countries/PER/") == few


# Writing to a country


def test_a_message_goes_to_the_focal_point_once(client):
    focal_point = make_user(Role.FOCAL_POINT, country="PER")
    make_user(Role.OFFICER, country="PER")
    client.force_login(make_user(Role.OFFICER, country="KEN", name="Wanjiru", email="wanjiru@example.org"))
    form = {"text": "May we visit you?", "form_key": "7d3c1c2b-b0a1-4f0f-8f0d-6f2f0a9b6c55"}

    for _time in range(2):
        assert client.post("/countries/PER/contact/", form).status_code == 302

    message = OutboxMessage.objects.get()
    assert (message.user, message.context["letter"]) == (focal_point, "May we visit you?")
    assert message.context["actor"] == "Wanjiru <wanjiru@example.org>"


def test_an_empty_message_is_refused_and_an_unreached_country_says_what_to_do(client):
    make_country("PER")
    client.force_login(make_user(Role.PARTNER))

    assert "Nobody speaks for this country on the portal yet" in text_of(client.get("/countries/PER/contact/"))
    make_user(Role.OFFICER, country="PER")
    refused = client.post("/countries/PER/contact/", {"text": " ", "form_key": "x"})

    assert refused.status_code == 422
    assert OutboxMessage.objects.count() == 0


VISITOR = {
    "name": "Amina Diallo",
    "email": "amina@example.org",
    "text": "May we visit you?",
    "form_key": "7d3c1c2b-b0a1-4f0f-8f0d-6f2f0a9b6c55",
    "website": "",
}


def test_a_visitor_writes_to_the_focal_point_and_is_answered_by_e_mail(client, mailoutbox):
    focal_point = make_user(Role.FOCAL_POINT, country="PER", email="focal@example.org")

    page = client.get("/countries/PER/contact/")
    for _time in range(2):
        sent = client.post("/countries/PER/contact/", VISITOR)

    assert page["Cache-Control"] == "no-store"
    assert "focal@example.org" not in page.content.decode() + text_of(client.get(sent["Location"]))
    assert sent["Location"] == "/countries/PER/contact/?sent=1"
    assert "Your message is on its way" in text_of(client.get(sent["Location"]))
    message = OutboxMessage.objects.get()
    assert (message.user, message.context["actor"]) == (focal_point, "Amina Diallo <amina@example.org>")
    assert deliver_due() == 1
    assert mailoutbox[0].reply_to == ["amina@example.org"]
    assert "nobody has checked their address" in mailoutbox[0].body


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"email": "nobody"}, "This is not an e-mail address."),
        ({"email": "a@example.org\nBcc: b@example.org"}, "This is not an e-mail address."),
        ({"name": " "}, "Give your name"),
        ({"text": ""}, "Write something first."),
        ({"text": "x" * 4001}, "4000"),
    ],
)
def test_a_visitor_is_told_what_is_missing(client, changes, says):
    make_user(Role.FOCAL_POINT, country="PER")

    refused = client.post("/countries/PER/contact/", VISITOR | changes)

    assert refused.status_code == 422
    assert says in text_of(refused)
    assert OutboxMessage.objects.count() == 0


def test_a_program_that_fills_in_what_people_do_not_see_tells_nobody_anything(client):
    make_user(Role.FOCAL_POINT, country="PER")

    assert client.post("/countries/PER/contact/", VISITOR | {"website": "https://spam.example"}).status_code == 302
    assert OutboxMessage.objects.count() == 0


def test_visitors_do_not_write_without_end(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "contact": "2/d/ip"}
    make_user(Role.FOCAL_POINT, country="PER")

    answers = [client.post("/countries/PER/contact/", VISITOR | {"form_key": uuid.uuid4()}) for _time in range(3)]

    assert [answer.status_code for answer in answers] == [302, 302, 422]
    assert "Write again tomorrow" in text_of(answers[2])
    assert OutboxMessage.objects.count() == 2


def test_an_account_without_a_part_writes_under_its_own_name(client):
    make_user(Role.FOCAL_POINT, country="PER")
    client.force_login(make_user(name="Amina", email="amina@example.org"))

    client.post("/countries/PER/contact/", VISITOR | {"name": "Somebody Else", "email": "else@example.org"})

    assert OutboxMessage.objects.get().context["actor"] == "Amina <amina@example.org>"
