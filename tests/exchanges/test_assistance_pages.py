"""The working pages of offers and needs, as somebody without script uses them."""

import datetime
import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from exchanges.enums import NeedStatus, OfferStatus
from exchanges.models import Match, Need, Offer
from practices.models import CountryOffice
from tests.exchanges_make import make_match, make_need, make_offer
from tests.make import make_area, make_country, make_organisation, make_practice, make_topic
from tests.people import make_user

pytestmark = pytest.mark.django_db

OFFER = {
    "title": "Training of community midwives",
    "summary": "We can show how it was done.",
    "language": "en",
    "challenge_areas": ["newborn-health"],
    "modalities": ["study_visit", "expert_mission"],
    "languages": ["en", "es"],
}
NEED = OFFER | {"title": "Keep newborns warm", "summary": "Too many are cold."}


@pytest.fixture
def officer():
    """Peru lets its officers open what they write."""
    return make_user(Role.OFFICER, country="PER", name="Lucía Quispe")


@pytest.fixture
def bangladesh():
    """Bangladesh asks for endorsement: its officer and its focal point."""
    CountryOffice.objects.create(country=make_country("BGD"), asks_for_endorsement=True)
    return make_user(Role.OFFICER, country="BGD"), make_user(Role.FOCAL_POINT, country="BGD")


@pytest.fixture(autouse=True)
def areas():
    make_area("newborn-health")
    make_topic("kangaroo-care", "newborn-health")


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def begun(country, **values):
    return {"country": country, "form_key": str(uuid.uuid4()), **values}


def errors_of(response):
    return response.context["form"].errors


# From the first word to the list


def test_an_officer_writes_an_offer_and_opens_it(officer):
    client = signed_in(officer)
    page = client.get(reverse("assistance:new-offer"))

    answer = client.post(
        reverse("assistance:new-offer"),
        begun(
            "PER",
            **OFFER,
            topics=["kangaroo-care"],
            organisation="Instituto Nacional de Salud",
            capacity_count="2",
            regions=["LAC"],
            starts_on="2027-03-01",
            ends_on="2027-09-30",
            visibility="partners",
            cost_sharing="shared",
            send="1",
        ),
        follow=True,
    )

    assert page.status_code == 200
    offer = Offer.objects.get()
    assert answer.redirect_chain == [(reverse("assistance:offer", args=[offer.code]), 302)]
    assert (offer.status, offer.country_id, offer.lead) == (OfferStatus.OPEN, "PER", officer)
    assert (offer.modalities, offer.languages, offer.regions) == (
        ["study_visit", "expert_mission"],
        ["en", "es"],
        ["LAC"],
    )
    assert (offer.organisation.name, offer.organisation.country_id) == ("Instituto Nacional de Salud", "PER")
    assert [topic.slug for topic in offer.topics.all()] == ["kangaroo-care"]
    assert offer.expires_on == timezone.localdate() + datetime.timedelta(days=365)
    assert (offer.capacity_count, offer.visibility, offer.cost_sharing) == (2, "partners", "shared")


def test_a_draft_needs_a_title_only_and_is_sent_when_it_is_complete(officer):
    client = signed_in(officer)
    client.post(reverse("assistance:new-need"), begun("PER", title="Keep newborns warm", save="1"))
    need = Need.objects.get()

    early = client.post(reverse("assistance:act-need", args=[need.code, "send"]))
    client.post(reverse("assistance:edit-need", args=[need.code]), NEED | {"revision": need.revision, "save": "1"})
    sent = client.post(reverse("assistance:act-need", args=[need.code, "send"]))

    assert (early.status_code, sent.status_code) == (422, 302)
    assert "Say in a few sentences what it is about." in early.content.decode()
    need.refresh_from_db()
    assert need.status == NeedStatus.OPEN


def test_the_focal_point_endorses_or_sends_back(bangladesh):
    officer, focal_point = map(signed_in, bangladesh)
    officer.post(reverse("assistance:new-need"), begun("BGD", **NEED, send="1"))
    need = Need.objects.get()
    page = reverse("assistance:need", args=[need.code])

    assert need.status == NeedStatus.ENDORSEMENT
    assert reverse("assistance:act-need", args=[need.code, "endorse"]) not in officer.get(page).content.decode()
    assert officer.post(reverse("assistance:act-need", args=[need.code, "endorse"])).status_code == 403
    assert page in [item.url for item in focal_point.get(reverse("assistance:home")).context["waiting"]]
    silent = focal_point.post(reverse("assistance:act-need", args=[need.code, "send-back"]), {"note": " "})
    assert silent.status_code == 422
    focal_point.post(reverse("assistance:act-need", args=[need.code, "send-back"]), {"note": "Say for whom."})
    need.refresh_from_db()
    assert need.status == NeedStatus.DRAFT
    assert "Say for whom." in officer.get(page).content.decode()
    officer.post(reverse("assistance:act-need", args=[need.code, "send"]))
    assert focal_point.post(reverse("assistance:act-need", args=[need.code, "endorse"])).status_code == 302
    need.refresh_from_db()
    assert need.status == NeedStatus.OPEN


def test_an_offer_pauses_opens_again_and_is_closed_with_a_reason_and_a_tick(officer):
    client, offer = signed_in(officer), make_offer(country="PER")

    def act(action, **data):
        answer = client.post(reverse("assistance:act-offer", args=[offer.code, action]), data)
        offer.refresh_from_db()
        return answer.status_code, offer.status

    assert act("pause") == (302, "paused")
    assert act("resume") == (302, "open")
    assert act("resume") == (409, "open")
    assert act("close") == (422, "open")
    assert act("close", note="The experts left.") == (422, "open")
    assert act("close", note="The experts left.", is_sure="1") == (302, "closed")
    assert offer.closing_note == "The experts left."
    assert act("close", note="Again.", is_sure="1") == (409, "closed")


def test_what_was_typed_as_a_reason_is_kept(officer):
    need = make_need(country="PER")

    answer = signed_in(officer).post(
        reverse("assistance:act-need", args=[need.code, "withdraw"]), {"note": "The budget was cut."}
    )

    assert answer.status_code == 422
    assert "The budget was cut.</textarea>" in answer.content.decode()


# A form that is sent twice, or at the same time as another


def test_a_form_that_is_sent_twice_makes_one_row(officer):
    client, form = signed_in(officer), begun("PER", **OFFER, send="1")

    first = client.post(reverse("assistance:new-offer"), form)
    second = client.post(reverse("assistance:new-offer"), form)

    assert first.url == second.url
    assert Offer.objects.count() == 1


def test_who_saves_second_is_shown_both_texts_and_nothing_is_lost(officer):
    offer = make_offer("draft", country="PER", lead=officer, areas=["newborn-health"])
    address = reverse("assistance:edit-offer", args=[offer.code])
    colleague = signed_in(make_user(Role.OFFICER, country="PER"))
    mine, theirs = OFFER | {"revision": offer.revision}, OFFER | {"revision": offer.revision, "title": "Their title"}

    assert colleague.post(address, theirs).status_code == 302
    refused = signed_in(officer).post(address, mine | {"modalities": ["workshop"]})

    offer.refresh_from_db()
    assert (refused.status_code, offer.title) == (409, "Their title")
    assert [(row["label"], row["mine"], row["theirs"]) for row in refused.context["differences"]] == [
        ("Title", "Training of community midwives", "Their title"),
        ("Forms of assistance", "Workshop", "Expert mission, Study visit"),
    ]
    body = refused.content.decode()
    assert 'value="Training of community midwives"' in body
    (revision,) = re.findall(r'name="revision" value="(\d+)"', body)
    assert signed_in(officer).post(address, mine | {"revision": revision}).status_code == 302
    offer.refresh_from_db()
    assert offer.title == "Training of community midwives"


def test_a_second_press_of_save_is_no_conflict(officer):
    offer = make_offer("draft", country="PER", lead=officer, areas=["newborn-health"])
    address, form = reverse("assistance:edit-offer", args=[offer.code]), OFFER | {"revision": offer.revision}

    assert signed_in(officer).post(address, form).status_code == 302
    assert signed_in(officer).post(address, form).status_code == 302


def test_a_text_that_was_sent_on_meanwhile_is_not_lost(bangladesh):
    officer, _focal_point = bangladesh
    need = make_need("endorsement", country="BGD", lead=officer)

    answer = signed_in(officer).post(
        reverse("assistance:edit-need", args=[need.code]), NEED | {"revision": need.revision, "title": "What I typed"}
    )

    need.refresh_from_db()
    assert answer.status_code == 409
    assert 'value="What I typed"' in answer.content.decode()
    assert need.title != "What I typed"


# Bad input


@pytest.mark.parametrize(
    ("field", "value", "accepted"),
    [
        ("title", "", "Give it a title"),
        ("title", "x" * 161, "at most 160"),
        ("summary", "x" * 4001, "at most 4000"),
        ("modalities", ["levitation"], "Choose from the list"),
        ("languages", ["tlh"], "Choose from the list"),
        ("challenge_areas", ["magic"], "Choose from the list"),
        ("topics", ["no-such-topic"], "Choose from the list"),
        ("regions", ["MARS"], "Choose from the list"),
        ("starts_on", "soon", "2027-03-31"),
        ("starts_on", "2027-02-30", "2027-03-31"),
        ("expires_on", "2020-01-01", "Choose a day from"),
        ("expires_on", "2999-01-01", "Choose a day from"),
        ("capacity_count", "many", "a whole number from 1 to 200"),
        ("capacity_count", "0", "a whole number from 1 to 200"),
        ("capacity_count", "99999999999", "a whole number from 1 to 200"),
        ("practices", "SSC-XXX-1999-1", "SSC-PER-2026-1"),
        ("visibility", "nobody", "nobody"),
        ("cost_sharing", "aliens", "Choose from the list"),
        ("country", "KEN", "Choose a country for which you write"),
        ("form_key", "not-a-key", "UUID"),
    ],
)
def test_what_cannot_be_is_refused_with_what_would_be_accepted(officer, field, value, accepted):
    answer = signed_in(officer).post(reverse("assistance:new-offer"), begun("PER", **OFFER) | {field: value})

    assert answer.status_code == 422
    assert list(errors_of(answer)) == [field]
    assert accepted in " ".join(errors_of(answer)[field])
    assert Offer.objects.count() == 0


def test_days_that_end_before_they_start_are_refused_and_everything_typed_is_kept(officer):
    days = {"starts_on": "2027-06-01", "ends_on": "2027-05-31"}

    answer = signed_in(officer).post(reverse("assistance:new-need"), begun("PER", **NEED, **days))

    assert answer.status_code == 422
    assert "Choose the same or a later day." in errors_of(answer)["ends_on"][0]
    body = answer.content.decode()
    assert all(f'value="{value}"' in body for value in ("Keep newborns warm", "2027-06-01", "2027-05-31"))
    assert 'role="alert"' in body
    assert body.count(" checked") == 5  # the area, two forms, two languages


def test_sending_what_is_incomplete_says_what_is_missing_and_keeps_nothing(officer):
    answer = signed_in(officer).post(
        reverse("assistance:new-need"), begun("PER", title="Warm", send="1", languages=["en"])
    )

    assert answer.status_code == 422
    assert list(errors_of(answer)) == ["summary"]
    assert Need.objects.count() == 0


def test_control_characters_and_markup_stay_text(officer):
    client = signed_in(officer)
    client.post(
        reverse("assistance:new-need"), begun("PER", title="Warm\x07 <b>babies</b>", summary="<script>x</script>")
    )
    need = Need.objects.get()

    body = client.get(reverse("assistance:need", args=[need.code])).content.decode()

    assert need.title == "Warm <b>babies</b>"
    assert "<script>x" not in body
    assert "&lt;script&gt;x" in body


# Filled in from a practice


def test_asking_for_help_with_a_practice_begins_filled_in(officer):
    practice = make_practice(
        title="Kangaroo care", country="COL", areas=["newborn-health"], topics=["kangaroo-care"], language="es"
    )
    client = signed_in(officer)

    page = client.get(reverse("assistance:new-need") + f"?practice={practice.slug}")

    shown = page.context["form"]
    assert shown["title"].value() == "Kangaroo care"
    assert shown["challenge_areas"].value() == ["newborn-health"]
    assert shown["topics"].value() == ["kangaroo-care"]
    assert shown["languages"].value() == ["en", "es"]
    assert shown["practice"].value().startswith(practice.reference)
    form = {bound.html_name: bound.value() for bound in shown if bound.value() is not None}
    client.post(reverse("assistance:new-need") + f"?practice={practice.slug}", form | {"send": "1"})
    need = Need.objects.get()
    assert (need.status, need.practice, need.country_id) == (NeedStatus.OPEN, practice, "PER")
    assert need.modalities == ["study_visit", "expert_mission", "remote_advice"]


def test_a_practice_leads_there_for_officers_and_through_the_sign_in_for_others(officer):
    practice = make_practice(title="Kangaroo care", country="COL")
    asks = reverse("assistance:new-need") + f"?practice={practice.slug}"

    anonymous = Client().get(practice.get_absolute_url()).content.decode()
    assert f'href="{asks}"' in anonymous
    assert (
        Client().get(asks).url == f"{reverse('account_login')}?next=/workspace/needs/new/%3Fpractice%3D{practice.slug}"
    )
    assert f'href="{asks}"' in signed_in(officer).get(practice.get_absolute_url()).content.decode()
    own = signed_in(make_user(Role.OFFICER, country="COL")).get(practice.get_absolute_url()).content.decode()
    assert reverse("assistance:new-offer") + f"?practice={practice.slug}" in own


@pytest.mark.parametrize(
    "spelling", ["{reference}", "{reference} and its title", "{slug}", "https://x.example/fr/practices/{slug}/v/1/"]
)
def test_practices_are_named_by_reference_or_address(officer, spelling):
    practice = make_practice(title="Kangaroo care", country="PER")
    line = spelling.format(reference=practice.reference, slug=practice.slug)

    signed_in(officer).post(reverse("assistance:new-offer"), begun("PER", title="Warm", practices=f"{line}\n\n{line}"))

    assert list(Offer.objects.get().practices.all()) == [practice]


def test_a_practice_that_is_not_there_is_a_404(officer):
    assert signed_in(officer).get(reverse("assistance:new-need") + "?practice=no-such").status_code == 404


def test_the_same_name_means_the_institution_of_the_country(officer):
    elsewhere = make_organisation("Ministry of Health")
    type(elsewhere).objects.filter(pk=elsewhere.pk).update(country=make_country("BGD"))

    for _time in range(2):
        signed_in(officer).post(
            reverse("assistance:new-offer"), begun("PER", title="Warm", organisation="Ministry of Health")
        )

    first, second = Offer.objects.order_by("pk")
    assert first.organisation == second.organisation != elsewhere


# What another country can do


def test_another_country_says_that_it_can_help(officer):
    need, offer = make_need(country="BGD"), make_offer(country="PER")
    client = signed_in(officer)
    page = reverse("assistance:need", args=[need.code])

    answer = client.post(
        reverse("assistance:act-need", args=[need.code, "volunteer"]),
        {"country": "PER", "offer": offer.pk, "note": "We have done it twice."},
    )

    assert answer.url == page
    match = Match.objects.get()
    assert (match.country_id, match.offer, match.country_answer, match.origin) == ("PER", offer, "accepted", "provider")
    assert match.country_reason == "We have done it twice."
    assert 'id="help"' not in client.get(page).content.decode()


def test_an_offer_of_another_country_is_no_help(officer):
    need, foreign = make_need(country="BGD"), make_offer(country="COL")

    answer = signed_in(officer).post(
        reverse("assistance:act-need", args=[need.code, "volunteer"]), {"country": "PER", "offer": foreign.pk}
    )

    assert answer.status_code == 422
    assert Match.objects.count() == 0


def test_another_country_joins_and_leaves(officer):
    need, client = make_need(country="BGD"), signed_in(officer)
    joined = need.joined.values_list("country", flat=True)

    client.post(reverse("assistance:act-need", args=[need.code, "join"]), {"country": "PER"})
    assert list(joined.all()) == ["PER"]
    assert need.title in client.get(reverse("assistance:home")).content.decode()
    client.post(reverse("assistance:act-need", args=[need.code, "leave"]), {"country": "PER"})
    assert list(joined.all()) == []
    assert client.post(reverse("assistance:act-need", args=[need.code, "join"]), {"country": "COL"}).status_code == 404


def test_where_the_focal_point_speaks_an_officer_is_told_so(bangladesh):
    officer, _focal_point = bangladesh
    need = make_need(country="PER")

    page = signed_in(officer).get(reverse("assistance:need", args=[need.code])).content.decode()

    assert 'id="help"' not in page
    assert "the focal point answers for it" in page
    answer = signed_in(officer).post(reverse("assistance:act-need", args=[need.code, "join"]), {"country": "BGD"})
    assert answer.status_code == 403
    assert need.joined.count() == 0


# Rights


def test_signing_in_comes_first():
    need = make_need()

    for address in (
        reverse("assistance:home"),
        reverse("assistance:new-offer"),
        reverse("assistance:need", args=[need.code]),
        reverse("assistance:edit-need", args=[need.code]),
        reverse("assistance:matches", args=[need.code]),
        reverse("assistance:brokered"),
    ):
        assert Client().get(address).url.startswith(reverse("account_login"))


@pytest.mark.parametrize("role", [Role.CURATOR, Role.ADMINISTRATOR])
def test_only_officers_and_partners_have_a_workspace(role):
    client = signed_in(make_user(role))

    assert client.get(reverse("assistance:home")).status_code == 403
    assert client.get(reverse("assistance:new-need")).status_code == 403


def test_a_partner_is_offered_no_list_that_only_countries_have():
    client = signed_in(make_user(Role.PARTNER))

    for query in ("", "?show=needs"):
        page = client.get(reverse("assistance:home") + query)
        assert page.context["kind"] == "exchanges"
        assert [name for name, _label, _count in page.context["kinds"]] == ["exchanges"]
        assert reverse("assistance:new-need") not in page.content.decode().partition("</main>")[0]


def test_a_draft_does_not_exist_for_others(officer):
    draft = make_need("draft", country="BGD", title="Secret")
    client = signed_in(officer)

    for name in ("need", "edit-need", "matches"):
        assert client.get(reverse(f"assistance:{name}", args=[draft.code])).status_code == 404
    assert client.post(reverse("assistance:act-need", args=[draft.code, "send"])).status_code == 404
    assert "Secret" not in client.get(reverse("assistance:home")).content.decode()


def test_what_is_open_is_changed_by_its_own_country_only(officer):
    need = make_need(country="BGD")
    client = signed_in(officer)

    assert client.get(reverse("assistance:edit-need", args=[need.code])).status_code == 403
    assert client.post(reverse("assistance:edit-need", args=[need.code]), NEED).status_code == 403
    assert (
        client.post(
            reverse("assistance:act-need", args=[need.code, "close"]), {"note": "No", "is_sure": "1"}
        ).status_code
        == 403
    )
    assert client.post(reverse("assistance:act-need", args=[need.code, "explode"])).status_code == 404
    need.refresh_from_db()
    assert need.status == NeedStatus.OPEN


def test_who_works_for_no_country_reads_the_public_page():
    offer = make_offer(country="BGD")

    answer = signed_in(make_user(Role.PARTNER)).get(reverse("assistance:offer", args=[offer.code]))

    assert answer.url == offer.get_absolute_url()


def test_nobody_keeps_a_copy(officer):
    need = make_need(country="PER")

    for name, args in (("home", []), ("need", [need.code]), ("edit-need", [need.code]), ("matches", [need.code])):
        assert "no-store" in signed_in(officer).get(reverse(f"assistance:{name}", args=args))["Cache-Control"]


# The list


def test_the_list_narrows_by_kind_and_state(officer):
    make_need("draft", country="PER", title="A draft need")
    make_need(country="PER", title="An open need")
    make_offer(country="PER", title="An open offer")
    make_match(make_need(country="BGD", title="A need of others"), "PER")
    client, home = signed_in(officer), reverse("assistance:home")

    def titles(query):
        return {line.title for line in client.get(home + query).context["lines"]}

    assert titles("") == {"A draft need", "An open need"}
    assert titles("?show=needs&status=open") == {"An open need"}
    assert titles("?show=offers") == {"An open offer"}
    assert titles("?show=matches") == {"A need of others"}
    assert titles("?show=matches&status=waiting") == {"A need of others"}
    assert titles("?show=exchanges") == set()
    assert titles("?show=nonsense&status=nonsense&page=-3") == {"A draft need", "An open need"}


def test_empty_lists_say_what_to_do_next(officer):
    client, home = signed_in(officer), reverse("assistance:home")

    for kind, way_on in (("needs", "new-need"), ("offers", "new-offer"), ("matches", "new-need")):
        body = client.get(f"{home}?show={kind}").content.decode()
        assert '<div class="empty' in body
        assert reverse(f"assistance:{way_on}") in body


def test_both_halves_of_the_workspace_lead_to_each_other(officer):
    client = signed_in(officer)

    assert reverse("assistance:home") in client.get(reverse("workspace:home")).content.decode()
    assert reverse("workspace:home") in client.get(reverse("assistance:home")).content.decode()
