"""Who could answer a need: the page for each side, yes and no, several countries in one exchange, and brokers."""

import datetime
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.models import OutboxMessage
from exchanges import matching
from exchanges.enums import Answer, ExchangeForm, MatchOrigin, NeedStatus, PartyRole
from exchanges.models import Exchange, FollowUp, Match
from exchanges.workflow import matches as answering
from practices.models import CountryOffice
from tests.exchanges_make import make_exchange, make_match, make_need, make_offer
from tests.make import make_country, make_practice
from tests.people import make_user

pytestmark = pytest.mark.django_db

BOTH = {"need_answer": Answer.ACCEPTED, "country_answer": Answer.ACCEPTED}


@pytest.fixture
def asking():
    return make_user(Role.OFFICER, country="PER", name="Lucía Quispe")


@pytest.fixture
def helping():
    return make_user(Role.OFFICER, country="BGD", name="Rahima Akter")


@pytest.fixture
def curator():
    return make_user(Role.CURATOR, name="Ines Curator")


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def page_of(need):
    return reverse("assistance:matches", args=[need.code])


def say(user, match, action, **data):
    answer = signed_in(user).post(reverse("assistance:act-match", args=[match.pk, action]), data)
    match.refresh_from_db()
    return answer


def begin(user, need, *matches, **data):
    form = {"match": [match.pk for match in matches], "form_key": str(uuid.uuid4())} | data
    return signed_in(user).post(reverse("assistance:act-matches", args=[need.code, "begin"]), form)


# The page


def test_the_page_says_why_in_words_and_in_the_readers_language(asking):
    need = make_need(country="PER", areas=["nutrition"], topics=["stunting"])
    make_offer(country="BGD", areas=["nutrition"], topics=["stunting"], title="Growth monitoring")
    answering.keep(need, matching.rank_providers(need))
    client = signed_in(asking)

    english = client.get(page_of(need))
    spanish = client.get("/es" + page_of(need))

    (card,) = english.context["cards"]
    assert card["match"].offer.title == "Growth monitoring"
    assert 0 < card["percent"] <= 100
    assert card["chips"]
    assert all(text in english.content.decode() for text in card["chips"])
    assert round(sum(points for _text, points in card["reasons"])) == pytest.approx(
        card["percent"], abs=len(card["reasons"])
    )
    assert spanish.status_code == 200


def test_the_asking_side_reads_all_the_helping_side_its_own_others_nothing(asking, helping):
    need = make_need(country="PER")
    make_match(need, "BGD")
    make_match(need, "COL")

    def countries(user):
        answer = signed_in(user).get(page_of(need))
        return answer.status_code, sorted(
            card["match"].country_id for card in (answer.context or {}).get("cards", ()) if answer.status_code == 200
        )

    assert countries(asking) == (200, ["BGD", "COL"])
    assert countries(helping) == (200, ["BGD"])
    assert countries(make_user(Role.OFFICER, country="KEN")) == (403, [])
    assert countries(make_user(Role.PARTNER)) == (403, [])
    assert countries(make_user(Role.CURATOR)) == (200, ["BGD", "COL"])


def test_what_people_took_up_comes_first_and_what_was_declined_last(asking):
    need = make_need(country="PER")
    make_match(need, "BGD", score=0.9, need_answer=Answer.DECLINED, need_reason="Too far.")
    make_match(need, "COL", score=0.8)
    make_match(need, "KEN", score=0.1, origin=MatchOrigin.PROVIDER, country_answer=Answer.ACCEPTED)
    make_match(need, "SEN", score=0.2, **BOTH)

    cards = signed_in(asking).get(page_of(need)).context["cards"]

    assert [card["match"].country_id for card in cards] == ["SEN", "KEN", "COL", "BGD"]


def test_a_page_without_matches_says_what_happens_next(asking):
    open_need, draft = make_need(country="PER"), make_need("draft", country="PER")

    assert "looks again every night" in signed_in(asking).get(page_of(open_need)).content.decode()
    assert "as soon as the need is open" in signed_in(asking).get(page_of(draft)).content.decode()


# Yes and no


def test_both_sides_say_yes_and_the_asking_side_begins(asking, helping):
    need = make_need(country="PER", areas=["nutrition"])
    match = make_match(need, "BGD", offer=make_offer(country="BGD"))

    assert say(asking, match, "accept", side="need").url == f"{page_of(need)}#match-{match.pk}"
    waits = [item.url for item in signed_in(helping).get(reverse("assistance:home")).context["waiting"]]
    assert waits == [page_of(need)]
    assert say(helping, match, "accept", side="country").status_code == 302
    assert "Begin the exchange" in [
        item.action for item in signed_in(asking).get(reverse("assistance:home")).context["waiting"]
    ]
    assert 'id="begin"' in signed_in(asking).get(page_of(need)).content.decode()
    assert 'id="begin"' not in signed_in(helping).get(page_of(need)).content.decode()

    answer = begin(asking, need, match)

    exchange = Exchange.objects.get()
    assert answer.url == reverse("assistance:exchange", args=[exchange.code])
    assert (exchange.need, exchange.form, exchange.title) == (need, ExchangeForm.BILATERAL, need.title)
    need.refresh_from_db()
    assert need.status == NeedStatus.MATCHED
    assert begin(asking, need, match).status_code == 409


def test_no_needs_a_reason_that_the_other_side_reads(asking, helping):
    need = make_need(country="PER")
    match = make_match(need, "BGD")

    silent = say(asking, match, "decline", side="need", reason="  ")
    assert (silent.status_code, match.need_answer) == (422, Answer.PENDING)
    assert f"reason-need-{match.pk}" in silent.context["wrong"]
    say(asking, match, "decline", side="need", reason="We work in Spanish.")

    assert (match.need_answer, match.need_reason) == (Answer.DECLINED, "We work in Spanish.")
    assert "We work in Spanish." in signed_in(helping).get(page_of(need)).content.decode()


def test_nobody_answers_for_the_other_side_or_as_a_stranger(asking, helping):
    match = make_match(make_need(country="PER"), "BGD")
    stranger = make_user(Role.OFFICER, country="KEN")

    assert say(asking, match, "accept", side="country").status_code == 403
    assert say(helping, match, "accept", side="need").status_code == 403
    assert say(stranger, match, "accept", side="need").status_code == 404
    assert say(asking, match, "accept", side="").status_code == 404
    assert say(asking, match, "shrug", side="need").status_code == 404
    assert (match.need_answer, match.country_answer) == (Answer.PENDING, Answer.PENDING)


def test_the_focal_point_answers_where_the_country_asks_for_it(asking, helping):
    CountryOffice.objects.create(country=make_country("BGD"), asks_for_endorsement=True)
    need = make_need(country="PER")
    match = make_match(need, "BGD", need_answer=Answer.ACCEPTED)

    assert say(helping, match, "accept", side="country").status_code == 403
    assert signed_in(helping).get(reverse("assistance:home")).context["waiting"] == []
    assert say(make_user(Role.FOCAL_POINT, country="BGD"), match, "accept", side="country").status_code == 302


def test_the_address_of_a_match_leads_to_its_place(asking):
    match = make_match(make_need(country="PER"), "BGD")

    answer = signed_in(asking).get(reverse("assistance:match", args=[match.pk]))

    assert answer.url == f"{page_of(match.need)}#match-{match.pk}"
    assert signed_in(make_user(Role.OFFICER, country="KEN")).get(answer.request["PATH_INFO"]).status_code == 404


# Several at once


def test_several_countries_are_pooled_and_joined_ones_benefit_too(asking):
    need = make_need(country="PER", joined=["COL"])
    matches = [make_match(need, iso3, **BOTH) for iso3 in ("BGD", "KEN", "SEN")]

    begin(asking, need, *matches[:2], title="Growing up well")

    exchange = Exchange.objects.get()
    assert (exchange.title, exchange.form) == ("Growing up well", ExchangeForm.REGIONAL)
    assert sorted(exchange.parties.filter(role=PartyRole.PROVIDER).values_list("country", flat=True)) == ["BGD", "KEN"]
    assert sorted(exchange.parties.filter(role=PartyRole.BENEFICIARY).values_list("country", flat=True)) == [
        "COL",
        "PER",
    ]
    assert list(Match.objects.filter(exchange=None)) == [matches[2]]


def test_a_form_that_is_sent_twice_begins_one_exchange(asking):
    need = make_need(country="PER")
    match, key = make_match(need, "BGD", **BOTH), str(uuid.uuid4())

    assert begin(asking, need, match, form_key=key).url == begin(asking, need, match, form_key=key).url
    assert Exchange.objects.count() == 1


def test_nothing_ticked_a_long_title_and_matches_of_others_begin_nothing(asking):
    need = make_need(country="PER")
    match = make_match(need, "BGD", **BOTH)
    foreign = make_match(make_need(country="COL"), "BGD", **BOTH)
    open_match = make_match(need, "KEN")

    assert begin(asking, need).status_code == 422
    assert begin(asking, need, foreign).status_code == 422
    too_long = begin(asking, need, match, title="x" * 161)
    assert (too_long.status_code, "at most 160" in too_long.content.decode()) == (422, True)
    assert begin(asking, need, open_match).status_code == 409
    assert begin(make_user(Role.OFFICER, country="BGD"), need, match).status_code == 403
    assert Exchange.objects.count() == 0


# Brokers


def test_brokers_find_open_needs_without_an_answer_the_oldest_first(curator):
    now = timezone.now()
    late = make_need(country="PER", title="Late", opened_at=now - datetime.timedelta(days=1))
    early = make_need(country="COL", title="Early", opened_at=now - datetime.timedelta(days=9))
    answered = make_need(country="KEN", title="Answered")
    make_match(answered, "BGD", **BOTH)
    make_need("draft", country="SEN", title="Draft")
    make_need("closed", country="SEN", title="Closed")
    make_match(early, "BGD", country_answer=Answer.DECLINED, country_reason="No experts.")

    answer = signed_in(curator).get(reverse("assistance:brokered"))

    needs = [need for need, _may_propose in answer.context["needs"]]
    assert needs == [early, late]
    assert [(need.found_count, need.declined_count) for need in needs] == [(1, 1), (0, 0)]
    assert reverse("assistance:brokered") in signed_in(curator).get(reverse("review:queue")).content.decode()
    assert signed_in(make_user(Role.OFFICER)).get(reverse("assistance:brokered")).status_code == 403


def test_a_broker_proposes_with_a_reason_and_both_sides_are_told(curator, asking, helping):
    need = make_need(country="PER")
    address = reverse("assistance:act-matches", args=[need.code, "propose"])

    silent = signed_in(curator).post(address, {"country": "BGD", "note": ""})
    wrong = signed_in(curator).post(address, {"country": "PER", "note": "They know best."})
    done = signed_in(curator).post(address, {"country": "BGD", "note": "They did it in Sylhet."})

    assert (silent.status_code, wrong.status_code, done.url) == (422, 422, page_of(need))
    match = Match.objects.get()
    assert (match.country_id, match.origin, match.proposed_by, match.note) == (
        "BGD",
        MatchOrigin.BROKER,
        curator,
        "They did it in Sylhet.",
    )
    told = OutboxMessage.objects.filter(kind="exchanges.match_proposed").values_list("user", flat=True)
    assert set(told) == {asking.pk, helping.pk, need.lead.pk}
    assert "They did it in Sylhet." in signed_in(helping).get(page_of(need)).content.decode()


def test_a_curator_proposes_nothing_for_their_own_country():
    need = make_need(country="PER")
    curator = make_user(Role.CURATOR, Role.OFFICER, country="PER")
    address = reverse("assistance:act-matches", args=[need.code, "propose"])

    assert signed_in(curator).get(page_of(need)).context["propose_form"] is None
    assert signed_in(curator).post(address, {"country": "BGD", "note": "Ours."}).status_code == 403
    assert signed_in(make_user(Role.OFFICER)).post(address, {"country": "BGD", "note": "Ours."}).status_code == 403
    assert Match.objects.count() == 0


# What waits


def test_what_waits_comes_first_each_with_its_button(asking):
    today = timezone.localdate()
    make_exchange("proposed", providers=["BGD"], beneficiaries=["PER"], title="To sign")
    closed = make_exchange("closed", providers=["BGD"], beneficiaries=["PER"], title="To follow up")
    FollowUp.objects.create(exchange=closed, days=30, due_on=today - datetime.timedelta(days=1))
    FollowUp.objects.create(exchange=closed, days=90, due_on=today + datetime.timedelta(days=60))
    make_match(make_need(country="PER", title="To choose"), "BGD")
    make_need("draft", country="PER", lead=asking, title="To finish")
    make_exchange("proposed", providers=["BGD"], beneficiaries=["COL"], title="Of others")

    items = signed_in(asking).get(reverse("assistance:home")).context["waiting"]

    assert [(item.title, item.action) for item in items] == [
        ("To choose", "Look at the matches"),
        ("To sign", "Read and sign"),
        ("To follow up", "Follow up"),
        ("To finish", "Continue"),
    ]


# As many statements for many rows as for few


def statements(user, address):
    client = signed_in(user)
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def grows(user, address, add):
    """By how many statements the page grows from one row to three."""
    add()
    few = statements(user, address)
    add()
    add()
    return statements(user, address) - few


@pytest.mark.parametrize("kind", ["needs", "offers", "matches", "exchanges"])
def test_the_home_page_takes_no_statement_for_a_row(asking, kind):
    def add():
        make_need("draft", country="PER", lead=asking)
        make_need("endorsement", country="PER")
        make_offer(country="PER")
        make_match(make_need(country="PER"), "BGD")
        make_match(make_need(country="BGD"), "PER", need_answer=Answer.ACCEPTED)
        make_match(make_need(country="PER"), "BGD", **BOTH)
        make_exchange("proposed", providers=["BGD"], beneficiaries=["PER"])

    assert grows(asking, f"{reverse('assistance:home')}?show={kind}", add) == 0


def test_the_matches_page_takes_no_statement_for_a_match(asking):
    need = make_need(country="PER", areas=["nutrition"], topics=["stunting"])
    codes = iter(("BGD", "KEN", "SEN"))

    def add():
        code = next(codes)
        practice = make_practice(country=code, areas=["nutrition"], topics=["stunting"])
        offer = make_offer(country=code, areas=["nutrition"], topics=["stunting"], practices=[practice])
        make_match(need, code, offer=offer, practice=practice, score=0.6, **BOTH)

    assert grows(asking, page_of(need), add) == 0


def test_the_brokers_page_takes_no_statement_for_a_need(curator):
    codes = iter(("BGD", "KEN", "SEN"))

    def add():
        code = next(codes)
        make_match(make_need(country=code, joined=["COL"]), "PER")

    assert grows(curator, reverse("assistance:brokered"), add) == 0


def test_the_page_of_a_need_takes_no_statement_for_a_line(helping):
    need = make_need(country="PER")
    codes = iter(("KEN", "SEN", "COL"))

    def add():
        country = make_country(next(codes))
        need.joined.create(country=country, joined_by=helping)
        make_offer(country="BGD")

    assert grows(helping, reverse("assistance:need", args=[need.code]), add) == 0
