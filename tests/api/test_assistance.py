"""Offers, needs and matches over the API: written, opened and answered by programs, as people do on the pages."""

import pytest

from accounts.enums import Role, Scope
from exchanges.models import Match, Need, Offer
from practices.models import CountryOffice
from tests.exchanges_make import make_match, make_need, make_offer
from tests.make import make_area, make_country, make_practice
from tests.people import make_user
from tests.programs import Program

TEXT = {
    "title": "Keep newborns warm",
    "summary": "Half of them are cold on arrival.",
    "challenge_areas": ["newborn-health"],
    "modalities": ["study_visit"],
    "languages": ["en", "fr"],
}


@pytest.fixture
def area(db):
    return make_area("newborn-health")


def officer(country="BGD", role=Role.OFFICER):
    return Program(make_user(role, country=country), Scope.ASSISTANCE)


def test_a_need_is_written_changed_opened_and_closed_by_a_program(area, client):
    writes, practice = officer(), make_practice(title="Kangaroo mother care")

    made = writes("post", "/assistance/needs/", {"country": "BGD", "title": "Keep newborns warm"})
    need = made.json()
    assert (made.status_code, need["status"], need["text_language"]) == (201, "draft", "en")
    assert made["Location"] == f"http://testserver/api/v1/assistance/needs/{need['code']}/"
    one = f"/assistance/needs/{need['code']}"
    assert client.get(f"/api/v1/needs/{need['code']}/").status_code == 404

    missing = writes.done("post", f"{one}/send/", status=422)
    assert [error["field"] for error in missing["errors"]] == ["summary"]
    changed = writes("patch", f"{one}/", TEXT | {"practice": practice.slug}, If_Match=made["ETag"])
    assert changed.json()["practice"] == practice.slug
    assert changed["ETag"] != made["ETag"]

    opened = writes.done("post", f"{one}/send/")
    assert (opened["status"], opened["moves"]) == ("open", ["close", "edit", "withdraw"])
    public = client.get(f"/api/v1/needs/{need['code']}/").json()
    assert {name: public[name] for name in TEXT} == TEXT
    closed = writes.done("post", f"{one}/close/", {"note": "Answered."})
    assert (closed["status"], closed["closing_note"], closed["history"][0]["note"]) == (
        "closed",
        "Answered.",
        "Answered.",
    )
    assert writes.done("post", f"{one}/close/", {"note": "Again."}, 409)["current_status"] == "closed"


def test_an_offer_is_paused_and_opened_again(area):
    writes = officer()
    body = {"country": "BGD", "organisation": "Ministry of Health", "capacity_count": 2, "regions": ["LAC"], **TEXT}

    offer = writes.done("post", "/assistance/offers/", body, 201)
    one = f"/assistance/offers/{offer['code']}"

    assert {name: offer[name] for name in body} == body
    assert writes.done("post", f"{one}/send/")["status"] == "open"
    assert writes.done("post", f"{one}/pause/")["status"] == "paused"
    assert writes.done("post", f"{one}/resume/")["status"] == "open"


def test_where_a_country_asks_for_it_the_focal_point_opens(area):
    CountryOffice.objects.create(country=make_country("BGD"), asks_for_endorsement=True)
    writes, speaks = officer(), officer(role=Role.FOCAL_POINT)
    code = writes.done("post", "/assistance/needs/", {"country": "BGD", **TEXT}, 201)["code"]

    assert writes.done("post", f"/assistance/needs/{code}/send/")["status"] == "endorsement"
    assert writes("post", f"/assistance/needs/{code}/endorse/").status_code == 403
    sent_back = speaks.done("post", f"/assistance/needs/{code}/send-back/", {"note": "Say where."})
    assert (sent_back["status"], sent_back["history"][0]["note"]) == ("draft", "Say where.")
    writes.done("post", f"/assistance/needs/{code}/send/")
    assert speaks.done("post", f"/assistance/needs/{code}/endorse/")["status"] == "open"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"country": "PER", "title": "T"}, "country"),
        ({"country": "BGD"}, "title"),
        ({"country": "BGD", "title": "T" * 500}, "title"),
        ({"country": "BGD", "title": 5}, "title"),
        ({"country": "BGD", "title": "T", "text_language": "xx"}, "text_language"),
        ({"country": "BGD", "title": "T", "challenge_areas": ["beauty"]}, "challenge_areas"),
        ({"country": "BGD", "title": "T", "starts_on": "2027-02-01", "ends_on": "2027-01-01"}, "ends_on"),
        ({"country": "BGD", "title": "T", "expires_on": "1999-01-01"}, "expires_on"),
        ({"country": "BGD", "title": "T", "practice": "nothing-at-all"}, "practice"),
        ({"country": "BGD", "title": "T", "colour": "red"}, "colour"),
        ({"country": "BGD", "title": "T", "status": "open"}, "status"),
    ],
)
def test_what_the_page_refuses_the_api_refuses_by_its_name(area, body, field):
    problem = officer().done("post", "/assistance/needs/", body, 400)

    assert [error["field"] for error in problem["errors"]] == [field]
    assert not Need.objects.exists()


def test_what_was_saved_meanwhile_is_not_overwritten(area):
    one, other = officer(), officer()
    made = one("post", "/assistance/offers/", {"country": "BGD", **TEXT})
    address = f"/assistance/offers/{made.json()['code']}/"
    other("patch", address, {"title": "Theirs", "expires_on": "2027-03-01"}, If_Match=made["ETag"])

    body = {"title": "Mine", "expires_on": "2027-03-01", "summary": TEXT["summary"]}
    problem = one.done("patch", address, body, 412, If_Match=made["ETag"])

    assert problem["differences"] == [{"field": "title", "yours": "Mine", "stored": "Theirs"}]
    assert problem["current"] == one("get", address)["ETag"]
    assert one("patch", address, body).status_code == 428
    assert Offer.objects.get().title == "Theirs"


def test_a_call_that_is_sent_again_with_its_key_makes_one_need(area):
    writes, body = officer(), {"country": "BGD", "title": "Keep newborns warm"}

    first, again = (writes("post", "/assistance/needs/", body, Idempotency_Key="once") for _time in range(2))

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["code"] == again.json()["code"]
    assert Need.objects.count() == 1


def test_who_could_help_is_told_with_reasons_and_both_sides_answer(area):
    asks, helps, others = officer("PER"), officer("BGD"), officer("KEN")
    need = make_need(country="PER", lead=asks.user)
    reason = {"factor": "region", "points": 1.0, "weight": 0.1, "asking_count": 1}
    reasons = [reason | {"countries": ["PER"], "same_region": ["PER"]}]
    match = make_match(need, "BGD", score=0.75, reasons=reasons)
    make_match(need, "KEN")

    found = asks.done("get", f"/assistance/needs/{need.code}/matches/")
    assert [row["country"] for row in found["results"]] == ["BGD", "KEN"]
    assert (found["results"][0]["score"], found["results"][0]["reasons"][0]["text"]) == (0.75, "In the same region.")
    assert [row["country"] for row in helps.done("get", f"/assistance/needs/{need.code}/matches/")["results"]] == [
        "BGD"
    ]

    one = f"/assistance/matches/{match.pk}"
    accepted = asks.done("post", f"{one}/accept/", {"side": "need"})
    assert (accepted["need_answer"], accepted["moves"]) == ("accepted", ["decline-need"])
    assert asks("post", f"{one}/accept/", {"side": "country"}).status_code == 403
    assert helps.done("post", f"{one}/decline/", {"side": "country"}, 400)["errors"][0]["field"] == "reason"
    declined = helps.done("post", f"{one}/decline/", {"side": "country", "reason": "Not this year."})
    assert (declined["country_answer"], declined["country_reason"]) == ("declined", "Not this year.")
    assert others("get", f"{one}/").status_code == 404


def test_another_country_joins_leaves_and_says_that_it_can_help(area):
    need, speaks = make_need(country="PER"), officer("BGD")
    one = f"/assistance/needs/{need.code}"
    offer = make_offer(country="BGD")

    assert speaks.done("post", f"{one}/join/", {"country": "BGD"})["joined"] == ["BGD"]
    assert speaks.done("post", f"{one}/leave/", {"country": "BGD"})["joined"] == []
    assert speaks.done("post", f"{one}/join/", {"country": "PER"}, 400)["errors"][0]["field"] == "country"
    refused = speaks.done("post", f"{one}/volunteer/", {"country": "BGD", "offer": "OF-1999-1"}, 400)
    assert refused["errors"][0]["field"] == "offer"
    said = speaks.done("post", f"{one}/volunteer/", {"country": "BGD", "offer": offer.code, "note": "Come and see."})

    assert (said["country_answer"], said["offer"], said["country_reason"]) == ("accepted", offer.code, "Come and see.")
    assert Match.objects.get().country_answered_by == speaks.user


def test_what_others_wrote_is_seen_once_it_is_open_and_its_history_by_its_country_alone(area):
    reads = officer("BGD")
    hidden, shown = make_need("draft", country="PER"), make_need("open", country="PER")

    assert reads("get", f"/assistance/needs/{hidden.code}/").status_code == 404
    assert reads.done("get", f"/assistance/needs/{shown.code}/")["history"] is None
    assert reads("post", f"/assistance/needs/{shown.code}/close/", {"note": "No."}).status_code == 403
    assert reads("patch", f"/assistance/needs/{shown.code}/", {}, If_Match="*").status_code == 403


def test_the_list_is_of_ones_own_countries_in_every_state(area, django_assert_max_num_queries):
    reads = officer("BGD")
    make_need("draft", country="BGD", title="One")
    make_need("open", country="PER", title="Another's")

    with django_assert_max_num_queries(99) as alone:
        assert [row["title"] for row in reads.done("get", "/assistance/needs/")["results"]] == ["One"]
    for status in ("open", "withdrawn"):
        make_need(status, country="BGD")
    with django_assert_max_num_queries(len(alone)):
        assert reads.done("get", "/assistance/needs/")["count"] == 3
    assert [row["status"] for row in reads.done("get", "/assistance/needs/?status=open")["results"]] == ["open"]
    assert reads.done("get", "/assistance/needs/?colour=red", status=400)["errors"][0]["field"] == "colour"


def test_the_public_lists_stay_as_they_are(area, client):
    make_need("open", country="BGD", title="For all")
    make_need("draft", country="BGD", title="Mine")
    writes = officer("BGD")

    for ask in (lambda path: client.get(f"/api/v1{path}"), lambda path: writes("get", path)):
        assert [row["title"] for row in ask("/needs/").json()["results"]] == ["For all"]
    assert client.post("/api/v1/needs/", {}, content_type="application/json").status_code == 405


def test_the_workspace_opens_to_nobody_without_an_account_the_scope_or_a_country(area, client):
    partner = Program(make_user(Role.PARTNER), Scope.ASSISTANCE)
    reviewer = Program(make_user(Role.OFFICER), Scope.REVIEW)
    body = {"country": "BGD", "title": "T"}

    anonymous = client.post("/api/v1/assistance/needs/", body, content_type="application/json")
    assert (anonymous.status_code, "WWW-Authenticate" in anonymous) == (401, True)
    assert "assistance" in reviewer.done("post", "/assistance/needs/", body, 403)["detail"]
    assert partner("post", "/assistance/needs/", body).status_code == 403
    assert partner.done("get", "/assistance/needs/")["results"] == []
    assert not Need.objects.exists()
