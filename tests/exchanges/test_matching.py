"""Who could answer a need and why, and which needs an offer could answer."""

import datetime

import pytest
from django.utils import timezone, translation
from kombu.exceptions import OperationalError

from accounts.enums import Role
from accounts.models import Notification
from exchanges import matching, tasks
from exchanges.enums import Answer, ExchangeStatus, MatchFactor, MatchOrigin, NeedStatus, OfferStatus, Visibility
from exchanges.matching.weights import ADOPTED, ELSEWHERE, HALF_WAY, KNOWN, PRACTICE_WEIGHTS, WEIGHTS
from exchanges.models import Match, Need, Offer
from exchanges.workflow import offers as offering
from practices.names import names as reference_names
from practices.publication import retract
from practices.serial import public_serial
from tests.exchanges_make import make_exchange, make_match, make_need, make_offer
from tests.make import make_country, make_practice
from tests.people import make_user

pytestmark = pytest.mark.django_db


def _today(days=0):
    return timezone.localdate() + datetime.timedelta(days=days)


def _codes(found):
    return [one.country.pk for one in found]


def _only(need, iso3="COL"):
    """What is said of ``iso3`` for ``need``."""
    (candidate,) = [one for one in matching.rank_providers(need) if one.country.pk == iso3]
    return candidate


def _reason(candidate, factor):
    (reason,) = [one for one in candidate.reasons if one["factor"] == factor]
    return reason


def _said(candidate, factor):
    return matching.words(_reason(candidate, factor))


# The table


@pytest.mark.parametrize("weights", [WEIGHTS, PRACTICE_WEIGHTS])
def test_weights_add_up_to_one(weights):
    assert sum(weights.values()) == pytest.approx(1)


def test_a_score_is_the_sum_of_weight_times_points():
    make_practice(country="COL", topics=["stunting"])
    need = make_need(topics=["stunting"])

    candidate = _only(need)

    assert sum(reason["weight"] for reason in candidate.reasons) == pytest.approx(1, abs=0.001)
    assert candidate.score == pytest.approx(
        sum(reason["weight"] * reason["points"] for reason in candidate.reasons), abs=0.001
    )


def test_what_a_need_does_not_ask_about_leaves_its_weight_to_the_rest():
    make_practice(country="COL")
    need = make_need(modalities=[])

    factors = [reason["factor"] for reason in _only(need).reasons]

    assert factors == [
        "area",
        "language",
        "context",
        "practices",
        "adoptions",
        "exchanges",
        "window",
        "capacity",
        "region",
    ]


# Who is proposed


def test_countries_that_show_nothing_on_what_is_asked_are_not_proposed():
    make_practice(country="COL", areas=["nutrition"])
    make_practice(country="KEN", areas=["wash"])
    make_exchange(ExchangeStatus.RECORDED, providers=["SEN"], areas=["wash"])
    need = make_need(areas=["nutrition"])

    assert _codes(matching.rank_providers(need)) == ["COL"]


def test_a_country_is_proposed_for_practices_for_exchanges_or_for_an_offer():
    make_practice(country="COL")
    make_exchange(ExchangeStatus.RECORDED, providers=["KEN"], beneficiaries=["SEN"])
    offer = make_offer(country="BGD")
    need = make_need()

    found = {one.country.pk: one for one in matching.rank_providers(need)}

    assert set(found) == {"BGD", "COL", "KEN"}
    assert {iso3: one.offer for iso3, one in found.items()} == {"BGD": offer, "COL": None, "KEN": None}


def test_the_asking_countries_are_never_proposed():
    for iso3 in ("PER", "SEN", "COL"):
        make_practice(country=iso3)
        make_offer(country=iso3)
    need = make_need(country="PER", joined=["SEN"])

    assert _codes(matching.rank_providers(need)) == ["COL"]
    assert _codes(matching.rank_offers(need)) == ["COL"]
    assert _codes(matching.rank_practices(need)) == ["COL"]


def test_outside_the_global_south_only_who_offers_is_proposed():
    for iso3 in ("NOR", "ISL"):
        make_country(iso3, is_global_south=False)
        make_practice(country=iso3)
    make_offer(country="NOR")
    need = make_need()

    assert _codes(matching.rank_providers(need)) == ["NOR"]


def test_a_retracted_practice_speaks_for_nobody():
    practice = make_practice(country="COL")
    need = make_need(practice=practice)
    assert _codes(matching.rank_providers(need)) == ["COL"]

    retract(practice, reason="Its figures were wrong.")

    assert matching.rank_providers(need) == []


def test_equal_scores_are_ordered_by_country_code_and_the_list_ends_at_its_limit():
    for iso3 in ("MEX", "CHL", "BOL", "ARG"):
        make_practice(country=iso3)
    need = make_need()

    found = matching.rank_providers(need, limit=3)

    assert len({one.score for one in found}) == 1
    assert _codes(found) == ["ARG", "BOL", "CHL"]


def test_the_best_are_the_same_however_long_the_list_is():
    for number, iso3 in enumerate(["ARG", "BOL", "CHL", "MEX", "KEN", "SEN"]):
        for _time in range(number + 1):
            make_practice(country=iso3)
        make_country(iso3, income_group="LMI")
    need = make_need(country="PER")

    longest = matching.rank_providers(need, limit=20)

    assert matching.rank_providers(need, limit=2) == longest[:2]


# Each factor raises the score and says why


def test_area_and_topic_an_offer_counts_in_full_what_was_done_before_in_part():
    make_practice(country="COL", areas=["nutrition"], topics=["stunting"])
    make_practice(country="KEN", areas=["nutrition"])
    make_offer(country="BGD", areas=["nutrition"], topics=["stunting"])
    need = make_need(areas=["nutrition", "wash"], topics=["stunting"])

    bangladesh, colombia, kenya = (_only(need, iso3) for iso3 in ("BGD", "COL", "KEN"))

    assert [_reason(one, "area")["points"] for one in (bangladesh, colombia, kenya)] == [0.5, KNOWN / 2, KNOWN / 2]
    assert [_reason(one, "topic")["points"] for one in (bangladesh, colombia, kenya)] == [1, KNOWN, 0]
    assert _said(bangladesh, "topic") == "Offers help on: Stunting."
    assert _said(colombia, "topic") == "Has practices or past exchanges on: Stunting."
    assert _said(kenya, "topic") == "Nothing on the topics asked about."
    assert bangladesh.score > colombia.score > kenya.score


def test_the_practice_that_is_wanted_counts_for_who_documented_it_and_who_took_it_over():
    wanted = make_practice(country="COL", adoptions=[{"country": "KEN", "source": "A report"}])
    make_practice(country="SEN")
    need = make_need(practice=wanted)

    author, adopter, other = (_only(need, iso3) for iso3 in ("COL", "KEN", "SEN"))

    assert [_reason(one, "practice")["points"] for one in (author, adopter, other)] == [1, ADOPTED, 0]
    assert _said(author, "practice") == "Documented the practice that is wanted."
    assert _said(adopter, "practice") == "Took over the practice that is wanted."
    assert _said(other, "practice") == "Has neither documented nor taken over the practice that is wanted."
    assert author.practice == wanted


def test_an_offer_with_the_practice_that_is_wanted_fits_whatever_its_area():
    wanted = make_practice(country="COL", areas=["nutrition"])
    make_offer(country="KEN", areas=["wash"], practices=[wanted])
    need = make_need(areas=["nutrition"], practice=wanted)

    candidate = _only(need, "KEN")

    assert _reason(candidate, "practice")["points"] == 1
    assert _said(candidate, "practice") == "Offers help with the practice that is wanted."


def test_forms_of_assistance_count_when_offered_and_in_part_when_given_before():
    make_offer(country="BGD", modalities=["study_visit"])
    make_exchange(ExchangeStatus.RECORDED, providers=["COL"], beneficiaries=["SEN"], modalities=["study_visit"])
    make_practice(country="KEN")
    need = make_need(modalities=["study_visit", "workshop"])

    offering_one, experienced, other = (_only(need, iso3) for iso3 in ("BGD", "COL", "KEN"))

    assert _reason(offering_one, "modality")["points"] == 0.5
    assert _reason(experienced, "modality")["points"] == KNOWN / 2
    assert _reason(other, "modality")["points"] == 0
    assert _said(offering_one, "modality") == "Offers: Study visit."
    assert _said(experienced, "modality") == "Has helped in this form before: Study visit."
    assert _said(other, "modality") == "Has not helped in the forms asked for yet."


def test_a_language_in_common_is_a_working_language_or_an_official_one_of_the_asking_country():
    make_country("PER", official_languages=["es", "qu"])
    make_country("COL", official_languages=["es"])
    make_country("KEN", official_languages=["en", "sw"])
    make_country("EGY", official_languages=["ar"])
    for iso3 in ("COL", "KEN", "EGY"):
        make_practice(country=iso3)
    need = make_need(country="PER", languages=["en", "es"])

    both, working, none = (_only(need, iso3) for iso3 in ("COL", "KEN", "EGY"))

    assert [_reason(one, "language")["points"] for one in (both, working, none)] == [1, 0.5, 0]
    assert _said(both, "language") == "Languages in common: Spanish."
    assert _said(working, "language") == "Languages in common: English."
    assert _said(none, "language") == "No language in common."


def test_a_country_in_a_similar_position_counts_more():
    make_country("PER", income_group="UMI")
    make_country("COL", income_group="UMI")
    make_country("KEN", income_group="LI")
    for iso3 in ("COL", "KEN"):
        make_practice(country=iso3)
    need = make_need(country="PER")

    near, far = _only(need, "COL"), _only(need, "KEN")

    assert _reason(near, "context")["points"] > _reason(far, "context")["points"] > 0
    assert near.score > far.score
    assert _reason(near, "context")["countries"]["PER"]["score"] == _reason(near, "context")["points"]
    assert _said(near, "context").startswith("In a position that is ")


def test_practices_count_by_their_number_and_evidence_and_ever_less_each():
    for _time in range(3):
        make_practice(country="COL")
    make_practice(country="KEN")
    need = make_need()

    three, one = (_reason(_only(need, iso3), "practices") for iso3 in ("COL", "KEN"))

    assert (three["count"], one["count"]) == (3, 1)
    strength = one["evidence_sum"] / 5
    assert one["points"] == pytest.approx(strength / (strength + HALF_WAY[MatchFactor.PRACTICES]), abs=0.001)
    assert one["points"] < three["points"] < 3 * one["points"]
    assert matching.words(three) == "3 practices documented on what is asked."
    assert matching.words(one) == "1 practice documented on what is asked."


def test_adoptions_by_other_countries_count():
    make_practice(country="COL", adoptions=[{"country": "SEN", "source": "A"}, {"country": "EGY", "source": "B"}])
    make_practice(country="KEN")
    need = make_need()

    taken_over, other = _only(need, "COL"), _only(need, "KEN")

    assert _reason(taken_over, "adoptions")["points"] == pytest.approx(
        2 / (2 + HALF_WAY[MatchFactor.ADOPTIONS]), abs=0.001
    )
    assert _said(taken_over, "adoptions") == "Taken over 2 times by other countries."
    assert _said(other, "adoptions") == "Not taken over by other countries yet."


def test_exchanges_given_count_also_recorded_ones_and_those_elsewhere_a_little():
    for iso3 in ("COL", "KEN", "SEN"):
        make_practice(country=iso3, areas=["nutrition"])
    make_exchange(ExchangeStatus.RECORDED, providers=["COL"], beneficiaries=["EGY"], areas=["nutrition", "wash"])
    make_exchange(ExchangeStatus.RECORDED, providers=["KEN"], beneficiaries=["EGY"], areas=["wash"])
    need = make_need(areas=["nutrition"])

    here, elsewhere, none = (_reason(_only(need, iso3), "exchanges") for iso3 in ("COL", "KEN", "SEN"))

    half = HALF_WAY[MatchFactor.EXCHANGES]
    assert here["points"] == pytest.approx(1 / (1 + half), abs=0.001)
    assert elsewhere["points"] == pytest.approx(ELSEWHERE / (ELSEWHERE + half), abs=0.001)
    assert (here["count"], here["here_count"], elsewhere["count"], elsewhere["here_count"]) == (1, 1, 1, 0)
    assert matching.words(here) == "1 exchange given, 1 on what is asked."
    assert matching.words(none) == "No exchange given yet."


@pytest.mark.parametrize("status", [ExchangeStatus.PROPOSED, ExchangeStatus.DECLINED, ExchangeStatus.CANCELLED])
def test_an_exchange_that_did_not_come_about_is_no_record(status):
    make_exchange(status, providers=["COL"], beneficiaries=["EGY"])

    assert matching.rank_providers(make_need()) == []


def test_an_exchange_counts_once_for_a_country_that_provides_in_two_phases():
    exchange = make_exchange(ExchangeStatus.RECORDED, providers=[], beneficiaries=["EGY"])
    for phase in ("preparing", "running"):
        exchange.parties.create(country=make_country("COL"), role="provider", phase=phase)

    assert _reason(_only(make_need()), "exchanges")["count"] == 1


def test_the_time_that_an_offer_covers_counts():
    make_offer(country="BGD", starts_on=_today(10), ends_on=_today(29))
    make_offer(country="KEN", starts_on=_today(20), ends_on=_today(90))
    make_practice(country="COL")
    need = make_need(starts_on=_today(10), ends_on=_today(29))

    whole, half, none = (_only(need, iso3) for iso3 in ("BGD", "KEN", "COL"))

    assert [_reason(one, "window")["points"] for one in (whole, half, none)] == [1, 0.5, 0]
    assert _said(whole, "window") == "The offer covers the time asked for."
    assert _said(half, "window") == "The offer covers 50 % of the time asked for."
    assert _said(none, "window") == "No open offer, so no period is known."


def test_the_room_that_an_offer_has_left_counts_and_a_full_one_is_left_out():
    offer = make_offer(country="BGD", capacity_count=2)
    earlier = make_need(country="EGY")
    need = make_need(country="PER", joined=["SEN"])
    assert _reason(_only(need, "BGD"), "capacity")["points"] == 1

    exchange = make_exchange(ExchangeStatus.RUNNING, providers=["BGD"], beneficiaries=["EGY"])
    make_match(earlier, "BGD", offer=offer, exchange=exchange)

    one_left = _only(need, "BGD")
    assert _reason(one_left, "capacity")["points"] == 0.5
    assert _said(one_left, "capacity") == "The offer has room for 1 more country."

    Offer.objects.filter(pk=offer.pk).update(capacity_count=1)
    assert matching.rank_offers(need) == []
    assert _only(need, "BGD").offer is None  # what the country has done still speaks for it


def test_the_region_of_the_country_or_of_its_offer_counts():
    make_practice(country="COL")
    make_practice(country="EGY")
    make_offer(country="BGD", regions=["LAC"])
    make_offer(country="VNM", regions=["SA"])
    need = make_need(country="PER")

    same, other, meant, not_meant = (_only(need, iso3) for iso3 in ("COL", "EGY", "BGD", "VNM"))

    assert [_reason(one, "region")["points"] for one in (same, other, meant, not_meant)] == [1, 0, 1, 0]
    assert _said(same, "region") == "In the same region."
    assert _said(meant, "region") == "The offer is meant for the region."
    assert _said(other, "region") == "In another region."


# Offers


@pytest.mark.parametrize(
    "status", [OfferStatus.DRAFT, OfferStatus.ENDORSEMENT, OfferStatus.PAUSED, OfferStatus.CLOSED, OfferStatus.EXPIRED]
)
def test_offers_that_are_not_open_are_left_out(status):
    make_offer(status, country="BGD")

    assert matching.rank_offers(make_need()) == []


@pytest.mark.parametrize(
    "days",
    [{"expires_on": -1}, {"ends_on": -1}, {"starts_on": 100, "ends_on": 120}, {"starts_on": 0, "ends_on": 5}],
    ids=["expired", "over", "begins too late", "ends too early"],
)
def test_offers_whose_time_does_not_meet_that_of_the_need_are_left_out(days):
    make_offer(country="BGD", **{name: _today(number) for name, number in days.items()})
    need = make_need(starts_on=_today(10), ends_on=_today(40))

    assert matching.rank_offers(need) == []


def test_offers_are_ranked_by_fit_and_equal_ones_by_country_then_age():
    twins = [make_offer(country="BGD"), make_offer(country="BGD")]
    better = make_offer(country="KEN", topics=["stunting"])
    need = make_need(topics=["stunting"])

    assert [one.offer for one in matching.rank_offers(need)] == [better, *twins]


def test_a_country_is_proposed_with_the_better_of_its_offers():
    make_offer(country="BGD")
    better = make_offer(country="BGD", topics=["stunting"])
    need = make_need(topics=["stunting"])

    assert _only(need, "BGD").offer == better


def test_an_offer_for_partners_is_matched_and_told_to_people_of_the_asking_country_alone():
    focal_point = make_user(Role.FOCAL_POINT, country="PER")
    stranger = make_user()
    make_practice(country="BGD", topics=["stunting"])
    make_offer(country="BGD", topics=["stunting"], visibility=Visibility.PARTNERS)
    need = make_need(country="PER", topics=["stunting"])

    matching.match_need(need.pk)

    match = Match.objects.get(need=need)
    assert match.offer.visibility == Visibility.PARTNERS
    assert match in Match.objects.visible_to(focal_point)
    assert match not in Match.objects.visible_to(stranger)
    assert not Notification.objects.filter(user=stranger).exists()


# Pooled needs


def test_a_pooled_need_is_matched_with_all_asking_countries():
    make_country("PER", official_languages=["es"])
    make_country("SEN", official_languages=["fr"])
    make_country("COL", official_languages=["es"])
    make_practice(country="COL")
    need = make_need(country="PER", joined=["SEN"], languages=[])

    candidate = _only(need)

    language, region = _reason(candidate, "language"), _reason(candidate, "region")
    assert (language["points"], language["countries"], language["asking_count"]) == (0.5, ["PER"], 2)
    assert (region["points"], region["countries"]) == (0.5, ["PER"])
    assert set(_reason(candidate, "context")["countries"]) == {"PER", "SEN"}
    assert matching.words(language) == "Languages in common: Spanish; official in 1 of the 2 asking countries."


# Practices


def test_practices_to_learn_from_are_ranked_by_topic_evidence_and_adoptions():
    best = make_practice(country="COL", topics=["stunting"], adoptions=[{"country": "EGY", "source": "A report"}])
    second = make_practice(country="KEN", topics=["stunting"])
    third = make_practice(country="SEN")
    make_practice(country="VNM", areas=["wash"])
    need = make_need(topics=["stunting"])

    found = matching.rank_practices(need)

    assert [one.practice for one in found] == [best, second, third]
    assert _said(found[0], "topic") == "About: Stunting."
    assert _said(found[0], "adoptions") == "Taken over 1 time by other countries."
    assert all(0 <= one.score <= 1 for one in found)


def test_what_a_need_names_or_its_country_has_already_is_not_proposed_to_it():
    named = make_practice(country="COL")
    make_practice(country="KEN", adoptions=[{"country": "PER", "source": "A report"}])
    other = make_practice(country="SEN")
    need = make_need(country="PER", practice=named)

    assert [one.practice for one in matching.rank_practices(need)] == [other]


# From the side of an offer


def test_an_offer_finds_needs_with_the_same_score_as_they_find_it():
    make_practice(country="BGD", topics=["stunting"], adoptions=[{"country": "EGY", "source": "A report"}])
    make_exchange(ExchangeStatus.RECORDED, providers=["BGD"], beneficiaries=["EGY"])
    offer = make_offer(country="BGD", topics=["stunting"])
    near = make_need(country="PER", joined=["COL"], topics=["stunting"])
    far = make_need(country="SEN", areas=["nutrition", "wash"])

    found = matching.needs_for(offer)

    assert [one.need for one in found] == [near, far]
    for one in found:
        candidate = _only(one.need, "BGD")
        assert (one.score, one.reasons) == (candidate.score, candidate.reasons)


def test_an_offer_finds_no_needs_of_its_country_none_that_it_joined_and_none_that_are_not_open():
    offer = make_offer(country="BGD")
    make_need(country="BGD")
    make_need(country="PER", joined=["BGD"])
    make_need(NeedStatus.CLOSED)
    make_need(NeedStatus.DRAFT)
    make_need(expires_on=_today(-1))
    make_need(areas=["wash"])

    assert matching.needs_for(offer) == []


@pytest.mark.parametrize("status", [OfferStatus.PAUSED, OfferStatus.EXPIRED])
def test_an_offer_that_is_not_open_finds_nothing(status):
    make_need()

    assert matching.needs_for(make_offer(status)) == []


# Words


def test_words_are_made_when_they_are_read_in_the_language_of_the_reader():
    reason = {"factor": "language", "working": ["es"], "official": [], "countries": [], "asking_count": 1}

    with translation.override("es"):
        assert "español" in matching.words(reason)


def test_a_factor_of_a_later_release_has_no_words():
    assert matching.words({"factor": "charm", "points": 1, "weight": 1}) == ""


def test_many_reasons_are_worded_without_a_query(django_assert_num_queries):
    make_practice(country="COL", topics=["stunting"])
    candidate = _only(make_need(topics=["stunting"]))
    names = reference_names(public_serial())

    with django_assert_num_queries(0):
        assert all(matching.words(reason, names) for reason in candidate.reasons)


# Speed


@pytest.mark.parametrize(
    ("rank", "queries"),
    [
        (matching.rank_providers, 12),
        (matching.rank_offers, 11),
        (matching.rank_practices, 10),
    ],
)
def test_a_need_is_matched_in_the_same_number_of_queries_whatever_there_is(rank, queries, django_assert_num_queries):
    need = make_need(country="PER", joined=["EGY"], topics=["stunting"])
    for countries in (["BGD"], ["COL", "KEN", "SEN"]):
        for iso3 in countries:
            make_practice(country=iso3, topics=["stunting"])
            make_offer(country=iso3)
            make_exchange(ExchangeStatus.RECORDED, providers=[iso3], beneficiaries=["VNM"])

        fresh = Need.objects.get(pk=need.pk)
        with django_assert_num_queries(queries):
            assert rank(fresh)


def test_an_offer_is_matched_in_the_same_number_of_queries_whatever_there_is(django_assert_num_queries):
    make_practice(country="BGD")
    offer = make_offer(country="BGD")
    for countries in (["PER"], ["COL", "KEN", "SEN"]):
        for iso3 in countries:
            make_need(country=iso3, joined=["EGY"])

        with django_assert_num_queries(11):
            assert matching.needs_for(offer)


# Tasks


def test_a_need_that_is_opened_or_changed_is_matched_and_the_sides_are_told_once():
    asking = make_user(Role.FOCAL_POINT, country="PER")
    helping = make_user(Role.FOCAL_POINT, country="BGD")
    make_practice(country="BGD", topics=["stunting"])
    offer = make_offer(country="BGD", topics=["stunting"])
    need = make_need(country="PER", topics=["stunting"])

    tasks.match_need(need.pk)
    tasks.match_need(need.pk)

    (match,) = Match.objects.filter(need=need)
    assert (match.country_id, match.offer, match.origin) == ("BGD", offer, MatchOrigin.SYSTEM)
    assert (match.need_answer, match.country_answer) == (Answer.PENDING, Answer.PENDING)
    assert match.score == _only(need, "BGD").score
    for person in (asking, helping):
        assert [row.kind for row in Notification.objects.filter(user=person)] == ["exchanges.match_found"]


def test_a_weak_match_is_kept_but_nobody_is_disturbed():
    helping = make_user(Role.FOCAL_POINT, country="COL")
    make_practice(country="COL")
    need = make_need(topics=["stunting"])

    tasks.match_need(need.pk)

    assert Match.objects.get(need=need).score < 0.5
    assert not Notification.objects.filter(user=helping).exists()


@pytest.mark.parametrize("status", [NeedStatus.DRAFT, NeedStatus.CLOSED, NeedStatus.WITHDRAWN, NeedStatus.MATCHED])
def test_a_need_that_is_not_open_is_not_matched(status):
    make_practice(country="COL")
    need = make_need(status)

    tasks.match_need(need.pk)

    assert not Match.objects.exists()


def test_a_new_offer_is_matched_with_the_needs_that_it_could_answer():
    need, other = make_need(), make_need(areas=["wash"])
    offer = make_offer(country="BGD")

    tasks.match_offer(offer.pk)

    assert [(match.need, match.offer) for match in Match.objects.all()] == [(need, offer)]
    assert not other.matches.exists()


def test_a_match_with_an_offer_that_was_closed_is_looked_at_again():
    make_practice(country="BGD")
    offer = make_offer(country="BGD")
    need = make_need()
    tasks.match_need(need.pk)
    assert Match.objects.get(need=need).offer == offer

    Offer.objects.filter(pk=offer.pk).update(status=OfferStatus.PAUSED)
    tasks.match_offer(offer.pk)

    assert Match.objects.get(need=need).offer is None


def test_the_daily_task_matches_what_the_queue_lost():
    make_practice(country="COL")
    never, changed, current = make_need(), make_need(), make_need()
    for need in (changed, current):
        tasks.match_need(need.pk)
    Need.objects.filter(pk=changed.pk).update(updated_at=timezone.now())
    before = current.matches.get().updated_at

    tasks.daily()

    assert never.matches.count() == 1
    assert changed.matches.get().updated_at > before
    assert current.matches.get().updated_at == before


def test_the_daily_task_matches_again_when_a_country_joins_or_an_offer_ends():
    make_practice(country="COL")
    make_practice(country="KEN")
    joined, bereft = make_need(country="PER"), make_need(country="SEN", areas=["nutrition"])
    for need in (joined, bereft):
        tasks.match_need(need.pk)
    joined.joined.create(country=make_country("KEN"), joined_by=joined.lead)
    offer = make_offer(OfferStatus.PAUSED, country="COL")
    Match.objects.filter(need=bereft, country="COL").update(offer=offer)

    tasks.daily()

    assert [match.country_id for match in joined.matches.all()] == ["COL"]
    assert bereft.matches.get(country="COL").offer is None


def test_a_queue_that_is_away_hinders_nobody(monkeypatch, django_capture_on_commit_callbacks):
    def away(*args, **kwargs):
        raise OperationalError("The queue is away.")

    monkeypatch.setattr(tasks.match_offer, "apply_async", away)
    offer = make_offer(OfferStatus.PAUSED, country="BGD")
    need = make_need()

    with django_capture_on_commit_callbacks(execute=True):
        offering.resume(offer, by=make_user(Role.FOCAL_POINT, country="BGD"))
    assert not need.matches.exists()

    tasks.daily()

    assert need.matches.get().country_id == "BGD"
