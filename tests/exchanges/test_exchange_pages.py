"""The working pages of one exchange, as its parties use them without script, and what others are answered."""

import datetime
import re
import uuid
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from exchanges import agreements
from exchanges.enums import ExchangeStatus, MilestoneStatus
from exchanges.models import (
    Activity,
    BudgetLine,
    Commitment,
    Document,
    Exchange,
    FollowUp,
    Message,
    Milestone,
    Report,
)
from practices import briefs
from practices.models import Adoption, CountryOffice
from tests.exchanges_make import make_exchange
from tests.make import make_area, make_country, make_organisation, make_practice
from tests.people import make_membership, make_user

pytestmark = pytest.mark.django_db

TODAY = datetime.date(2026, 3, 1)
TERMS = {
    "title": "First human milk bank in Maputo",
    "form": "bilateral",
    "modalities": ["study_visit", "equipment"],
    "languages": ["es"],
    "challenge_areas": ["nutrition"],
    "practices": "",
    "objective": "Fewer newborns die.",
    "outputs": "One milk bank.",
    "starts_on": "2026-04-01",
    "ends_on": "2027-05-31",
    "cost_share": "Each side pays its own travel.",
    "visibility": "public",
    "parties-0-country": "PER",
    "parties-0-role": "beneficiary",
    "parties-0-institution": "Hospital Central",
    "parties-1-country": "BGD",
    "parties-1-role": "provider",
}
ROWS = {
    "activities": {
        "title": "Six nurses are trained",
        "modality": "study_visit",
        "starts_on": "2026-04-10",
        "ends_on": "2026-04-20",
        "place": "Dhaka",
        "country": "BGD",
        "attendance-0-institution": "Hospital Central",
        "attendance-0-women_count": "5",
        "attendance-0-men_count": "1",
    },
    "milestones": {"title": "First 100 litres", "due_on": "2026-09-30", "status": "planned"},
    "commitments": {"text": "sends two cold boxes", "due_on": "2026-05-01"},
    "budget": {
        "kind": "cash",
        "description": "Flights of six nurses",
        "planned": "12 500.50",
        "currency": "usd",
        "value_on": "2026-03-01",
    },
    "documents": {"title": "Terms of reference", "url": "https://www.example.org/tor.pdf", "language": "es"},
    "reports": {"starts_on": "2026-04-01", "ends_on": "2026-06-30", "text": "All went well."},
}
WITH_PARTY = {"commitments", "budget", "reports"}
PARTS = ["agreement", "milestones", "activities", "budget", "messages", "documents", "reports", "closing"]


@pytest.fixture
def asking():
    """An officer of Peru, signed in."""
    return signed_in(make_user(Role.OFFICER, country="PER", name="Lucía Quispe"))


@pytest.fixture
def giving():
    """An officer of Bangladesh, signed in."""
    return signed_in(make_user(Role.OFFICER, country="BGD", name="Ayesha Rahman"))


def signed_in(user):
    client = Client()
    client.force_login(user)
    client.user = user
    return client


def page(exchange, part=None):
    if part:
        return reverse("assistance:exchange-part", args=[exchange.code, part])
    return reverse("assistance:exchange", args=[exchange.code])


def do(exchange, action):
    return reverse("assistance:act-exchange", args=[exchange.code, action])


def row_page(row, part):
    return reverse("assistance:edit-row", args=[row.exchange.code, part, row.pk])


def party(exchange, iso3):
    return exchange.parties.get(country=iso3)


def terms(**changes):
    make_area("nutrition")
    make_country("PER")
    make_country("BGD")
    return TERMS | {"form_key": uuid.uuid4()} | changes


def entered(exchange, part, **changes):
    """What is typed into the form of a row of ``part``."""
    own = {"party": party(exchange, "PER").pk} if part in WITH_PARTY else {}
    return ROWS[part] | own | changes


def seen(client, address):
    """The mark of what is stored that the form at ``address`` carries."""
    return re.search(r'name="seen" value="(\w+)"', client.get(address).content.decode())[1]


def words(response):
    return " ".join(response.content.decode().split())


# The whole way


def test_two_countries_go_from_the_proposal_to_the_last_check(asking, giving):
    practice = make_practice(country="BGD", title="Kangaroo care")

    made = asking.post(reverse("assistance:new-exchange"), terms(practices=practice.reference))
    exchange = Exchange.objects.get()
    assert made.url == page(exchange)
    assert (exchange.status, exchange.title) == (ExchangeStatus.PROPOSED, TERMS["title"])
    assert list(exchange.practices.all()) == [practice]
    assert [(row.country_id, row.role) for row in exchange.parties.all()] == [
        ("PER", "beneficiary"),
        ("BGD", "provider"),
    ]

    for client, iso3 in ((asking, "PER"), (giving, "BGD")):
        signed = client.post(do(exchange, "sign"), {"party": party(exchange, iso3).pk, "revision": 1})
        assert signed.url == page(exchange, "agreement")
    exchange.refresh_from_db()
    assert exchange.status == ExchangeStatus.AGREED

    for part in ROWS:
        assert asking.post(page(exchange, part), entered(exchange, part)).status_code == 302
    activity = Activity.objects.get()
    assert [(row.institution, row.women_count, row.men_count) for row in activity.attendance.all()] == [
        ("Hospital Central", 5, 1)
    ]
    assert (BudgetLine.objects.get().planned, BudgetLine.objects.get().currency) == (Decimal("12500.50"), "USD")

    for action in ("prepare", "start", "begin-reporting"):
        assert giving.post(do(exchange, action)).url == page(exchange)
    giving.post(do(exchange, "message"), {"text": "Done?"})
    assert "Ayesha Rahman" in words(asking.get(page(exchange)))
    assert (
        asking.post(
            do(exchange, "appraise"),
            {
                "party": party(exchange, "PER").pk,
                "relevance": 5,
                "quality": 4,
                "timeliness": 3,
                "usefulness": 5,
                "text": "Good.",
            },
        ).status_code
        == 302
    )
    asking.post(do(exchange, "close"), {"lessons": "Begin earlier.", "outcome": "One bank is open."})
    exchange.refresh_from_db()
    assert (exchange.status, exchange.lessons) == (ExchangeStatus.CLOSED, "Begin earlier.")

    adoption = Adoption.objects.create(practice=practice, country=make_country("PER"), year=2026)
    for number, check in enumerate(FollowUp.objects.filter(exchange=exchange)):
        outcome = {"outcome": "adoption", "adoption": adoption.pk} if number == 2 else {"outcome": "in_use"}
        kept = asking.post(
            do(exchange, "follow-up"),
            {"check": check.pk} | {f"check-{check.pk}-{name}": value for name, value in outcome.items()},
        )
        assert kept.url == page(exchange, "closing")
    exchange.refresh_from_db()
    assert exchange.status == ExchangeStatus.FOLLOWED_UP
    assert list(exchange.adoptions.all()) == [adoption]
    for part in PARTS:
        assert giving.get(page(exchange, part)).status_code == 200
    assert giving.get(page(exchange)).status_code == 200


# Proposing


def test_a_proposal_begins_with_ones_own_country_and_the_practice_that_it_is_about(asking):
    practice = make_practice(country="BGD", title="Kangaroo care", areas=["newborn-health"])

    response = asking.get(f"{reverse('assistance:new-exchange')}?practice={practice.slug}")

    stored = response.context["form"].stored
    assert stored["title"] == "Kangaroo care"
    assert [(row["country"], row["role"]) for row in stored["parties"]] == [("PER", "beneficiary"), ("BGD", "provider")]
    assert f"{practice.reference} Kangaroo care" in response.content.decode()


def test_the_same_proposal_sent_twice_is_one(asking):
    sent = terms()

    first, second = (asking.post(reverse("assistance:new-exchange"), sent) for _time in range(2))

    assert first.url == second.url
    assert Exchange.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": " "}, "Title: Give it a title"),
        ({"modalities": []}, "Choose at least one form of assistance."),
        ({"form": "magic"}, "“magic” is not one of the choices."),
        ({"starts_on": "2026-05-01", "ends_on": "2026-04-30"}, "The last day is before the first."),
        ({"starts_on": "soon"}, "First day: Write the day as year, month and day"),
        ({"practices": "SSC-XXX-2020-1"}, "“SSC-XXX-2020-1” is not a practice that can be read here."),
        ({"parties-1-country": "PER"}, "Nobody gives to themselves"),
        ({"parties-1-country": "PER", "parties-1-role": "beneficiary"}, "This party is named twice"),
        ({"parties-1-country": ""}, "An exchange is between two countries at least."),
        ({"parties-1-role": "beneficiary"}, "One country provides and another one benefits"),
        ({"parties-1-organisation": "A bank"}, "A party is a country or an organisation"),
        ({"parties-2-organisation": "A bank", "parties-2-role": "facilitator"}, "A bilateral exchange has two parties"),
        ({"form": "triangular"}, "A triangular exchange has at least three parties."),
        ({"parties-0-country": "KEN"}, "Your own country has to be one of the parties."),
        ({"parties-0-country": "XXX"}, "“XXX” is not one of the choices."),
    ],
)
def test_a_proposal_that_does_not_hold_is_refused_in_words(asking, changes, sentence):
    make_country("KEN")
    changes.setdefault("objective", "Typed & kept")

    response = asking.post(reverse("assistance:new-exchange"), terms(**changes))

    assert response.status_code == 422
    assert sentence in words(response)
    assert "Typed &amp; kept" in response.content.decode()
    assert Exchange.objects.count() == 0


def test_a_third_party_may_be_an_organisation_that_nobody_named_yet(asking):
    extra = {"form": "triangular", "parties-2-organisation": "Andean Bank", "parties-2-role": "facilitator"}

    asking.post(reverse("assistance:new-exchange"), terms(**extra))

    assert [row.name for row in Exchange.objects.get().facilitators] == ["Andean Bank"]


def test_a_party_may_change_its_role_from_one_phase_to_the_next(asking):
    roles = {"parties-1-phase": "preparing", "parties-2-country": "BGD", "parties-2-role": "facilitator"}

    asking.post(reverse("assistance:new-exchange"), terms(**roles, **{"parties-2-phase": "reporting"}))

    assert [(row.country_id, row.role, row.phase) for row in Exchange.objects.get().parties.all()] == [
        ("PER", "beneficiary", ""),
        ("BGD", "provider", "preparing"),
        ("BGD", "facilitator", "reporting"),
    ]


def test_a_row_is_added_and_removed_without_script_and_without_keeping_anything(asking):
    new = reverse("assistance:new-exchange")

    added = asking.post(new, terms(title="", row="parties:add"))
    removed = asking.post(new, terms(row="parties:remove:1"))

    assert (added.status_code, removed.status_code) == (200, 200)
    assert len(added.context["form"].parties.forms) == 3
    assert "There is a problem" not in words(added)
    assert 'value="2026-04-01"' in words(added)
    assert [form["country"].value() for form in removed.context["form"].parties.forms] == ["BGD"]
    assert Exchange.objects.count() == 0


def test_only_whoever_speaks_for_a_country_proposes():
    officer = make_user(Role.OFFICER, country="BGD")
    CountryOffice.objects.create(country=make_country("BGD"), asks_for_endorsement=True)
    partner = make_user(Role.PARTNER)

    answers = [signed_in(user).get(reverse("assistance:new-exchange")).status_code for user in (officer, partner)]

    assert answers == [403, 403]


# The agreement


def proposed(**facts):
    exchange = make_exchange(ExchangeStatus.PROPOSED, title=TERMS["title"], objective="Before", **facts)
    return Exchange.objects.get(pk=exchange.pk)


def test_the_second_of_two_sides_is_shown_the_difference_and_nothing_is_overwritten(asking, giving):
    exchange = proposed()
    theirs = giving.post(page(exchange, "agreement"), terms(revision=1, objective="Theirs"))

    mine = asking.post(page(exchange, "agreement"), terms(revision=1, objective="Mine", cost_share="Shared"))

    assert theirs.status_code == 302
    assert mine.status_code == 409
    differences = {row["label"]: (row["mine"], row["theirs"]) for row in mine.context["differences"]}
    assert differences == {
        "Objective": ("Mine", "Theirs"),
        "Who bears which cost": ("Shared", "Each side pays its own travel."),
    }
    assert "Mine</textarea>" in mine.content.decode()
    exchange.refresh_from_db()
    assert (exchange.objective, exchange.agreement_revision) == ("Theirs", 2)

    again = asking.post(page(exchange, "agreement"), terms(revision=mine.context["revision"], objective="Both"))

    exchange.refresh_from_db()
    assert (again.status_code, exchange.objective, exchange.agreement_revision) == (302, "Both", 3)


def test_another_list_of_parties_is_a_difference_too(asking, giving):
    exchange = proposed()
    more = {"form": "triangular", "parties-2-country": "KEN", "parties-2-role": "facilitator"}
    make_country("KEN")
    giving.post(page(exchange, "agreement"), terms(revision=1, **more))

    mine = asking.post(page(exchange, "agreement"), terms(revision=1))

    assert [row["label"] for row in mine.context["differences"]] == ["Kind of cooperation", "Parties"]
    assert "KEN-land · Facilitator" in mine.context["differences"][1]["theirs"]


def test_a_change_voids_signatures_and_a_save_that_changes_nothing_does_not(asking, giving):
    exchange = proposed()
    asking.post(page(exchange, "agreement"), terms(revision=1))
    giving.post(do(exchange, "sign"), {"party": party(exchange, "BGD").pk, "revision": 2})
    said = words(asking.get(page(exchange, "agreement")))

    asking.post(page(exchange, "agreement"), terms(revision=2))
    kept = asking.get(page(exchange, "agreement")).context["signatures"].count()
    asking.post(page(exchange, "agreement"), terms(revision=2, objective="Another one"))

    assert "Each change voids the signatures so far" in said
    assert kept == 1
    assert asking.get(page(exchange, "agreement")).context["signatures"].count() == 0


def test_nobody_signs_a_text_that_they_have_not_read(asking, giving):
    exchange = proposed()
    asking.post(page(exchange, "agreement"), terms(revision=1))
    asking.post(page(exchange, "agreement"), terms(revision=2, objective="Changed meanwhile"))

    response = giving.post(do(exchange, "sign"), {"party": party(exchange, "BGD").pk, "revision": 2})

    assert response.status_code == 409
    assert "The agreement was changed while you were reading it." in words(response)
    assert exchange.signature_rows.count() == 0


def test_an_agreement_that_lacks_something_is_not_signed(asking):
    exchange = proposed()

    response = asking.post(do(exchange, "sign"), {"party": party(exchange, "PER").pk, "revision": 1})

    assert response.status_code == 422
    assert "The agreement has no first day yet." in words(response)
    assert exchange.signature_rows.count() == 0


def test_nobody_signs_for_another_side(asking):
    exchange = proposed()
    asking.post(page(exchange, "agreement"), terms(revision=1))

    other = asking.post(do(exchange, "sign"), {"party": party(exchange, "BGD").pk, "revision": 2})
    unknown = asking.post(do(exchange, "sign"), {"party": "x", "revision": 2})

    assert (other.status_code, unknown.status_code) == (403, 404)
    assert exchange.signature_rows.count() == 0


def test_what_was_typed_is_not_lost_when_the_agreement_was_signed_meanwhile(asking):
    exchange = make_exchange(ExchangeStatus.AGREED)

    response = asking.post(page(exchange, "agreement"), terms(revision=1, objective="Too late"))

    assert response.status_code == 409
    assert "The agreement cannot be changed now" in words(response)
    assert "Too late</textarea>" in response.content.decode()


def test_a_refused_agreement_keeps_its_revision_and_what_was_typed(asking):
    exchange = proposed()

    response = asking.post(page(exchange, "agreement"), terms(revision=1, ends_on="2026-03-31"))

    assert response.status_code == 422
    assert '<a href="#id_ends_on">Last day: The last day is before the first.' in words(response)
    assert 'name="revision" value="1"' in response.content.decode()
    assert 'value="2026-03-31"' in response.content.decode()


def test_the_agreement_is_a_pdf_for_the_parties_alone(asking):
    pypdf = pytest.importorskip("pypdf")
    exchange = proposed(outputs="One <b>milk</b> bank", areas=["nutrition"])
    address = reverse("exchanges:agreement", args=[exchange.code])
    stranger = signed_in(make_user(Role.OFFICER, country="KEN"))

    response = asking.get(address)

    assert response["Content-Type"] == "application/pdf"
    assert "no-store" in response["Cache-Control"]
    import io

    text = " ".join(pypdf.PdfReader(io.BytesIO(response.content)).pages[0].extract_text().split())
    assert TERMS["title"] in text
    assert "One <b>milk</b> bank" in text
    assert "Has not signed yet" in text
    assert stranger.get(address).status_code == 404
    assert Client().get(address).status_code == 302
    assert agreements.pdf(exchange, "ar").startswith(b"%PDF")


def test_without_the_libraries_the_agreement_is_a_page_for_print(asking, monkeypatch):
    exchange = proposed()
    monkeypatch.setattr(briefs, "drawn", lambda page: None)

    response = asking.get(reverse("exchanges:agreement", args=[exchange.code]))

    assert response.status_code == 200
    assert "This page is made for paper" in words(response)
    assert "no-store" in response["Cache-Control"]


# What the parties keep


@pytest.mark.parametrize(
    ("part", "changes", "sentence"),
    [
        ("activities", {"title": ""}, "Say what takes place"),
        ("activities", {"ends_on": "2026-04-09"}, "The last day is before the first."),
        ("activities", {"starts_on": ""}, "Give the first day."),
        ("activities", {"modality": "magic"}, "is not one of the choices"),
        ("activities", {"country": "XXX"}, "Choose a country from the list."),
        ("activities", {"attendance-0-women_count": "-1"}, "Institution 1 · Women: Write a whole number"),
        ("activities", {"attendance-0-women_count": "99999999999"}, "Institution 1 · Women: Write a whole number"),
        ("activities", {"attendance-0-women_count": "2000000"}, "Institution 1 · Women: Write a whole number"),
        ("activities", {"attendance-0-institution": ""}, "Name the institution"),
        ("milestones", {"due_on": "tomorrow"}, "Write the day as year, month and day"),
        ("milestones", {"status": "done", "done_on": "2999-01-01"}, "This day is still to come."),
        ("commitments", {"text": " "}, "Say what was promised"),
        ("commitments", {"party": "0"}, "Choose one of the parties of this exchange."),
        ("budget", {"planned": "-1"}, "An amount is 0 or more"),
        ("budget", {"actual": "-0.01"}, "An amount is 0 or more"),
        ("budget", {"planned": ""}, "Give the amount that is planned"),
        ("budget", {"planned": "ten"}, "Write the amount in digits"),
        ("budget", {"currency": "ABC"}, "“ABC” is not a currency."),
        ("budget", {"currency": ""}, "Give the currency of the amounts"),
        ("documents", {"url": "javascript:alert(1)"}, "This is not an address on the web."),
        ("documents", {"url": ""}, "Give the address of the document"),
        ("documents", {"url": "https://www.example.org/" + "a" * 500}, "at most 500 are accepted"),
        ("reports", {"ends_on": "2026-03-01"}, "The last day is before the first."),
        ("reports", {"text": ""}, "Write what was done"),
    ],
)
def test_a_row_that_does_not_hold_is_refused_in_words_and_what_was_typed_stays(asking, part, changes, sentence):
    exchange = make_exchange()
    typed = next(iter(ROWS[part].values()))

    response = asking.post(page(exchange, part), entered(exchange, part, **changes))

    assert response.status_code == 422
    assert sentence in words(response)
    assert typed in changes.values() or typed in response.content.decode() or next(iter(ROWS[part])) in changes
    assert not any(model.objects.exists() for model in (Activity, Milestone, Commitment, BudgetLine, Document, Report))


@pytest.mark.parametrize("part", ROWS)
def test_every_kind_of_row_is_added_shown_changed_and_removed(asking, part):
    exchange = make_exchange()
    word = {"text", "description", "title"} & ROWS[part].keys()
    field = word.pop()

    assert asking.get(f"{page(exchange, part)}?add=1").status_code == 200
    added = asking.post(page(exchange, part), entered(exchange, part))
    shown = asking.get(added.url, follow=True)
    row = next(iter(shown.context[f"{part}" if part != "budget" else "lines"]))
    row.exchange = exchange
    address = row_page(row, part)
    changed = asking.post(address, entered(exchange, part, **{field: "Another text", "seen": seen(asking, address)}))
    after = asking.get(changed.url, follow=True)
    removed = asking.post(address, {"remove": "1", "seen": seen(asking, address)})

    assert ROWS[part][field] in words(shown)
    assert "Another text" in words(after)
    assert removed.status_code == 302
    assert not type(row).objects.exists()


@pytest.mark.parametrize("part", ROWS)
def test_what_the_form_of_a_row_shows_is_what_it_saves(asking, part):
    exchange = make_exchange()
    asking.post(page(exchange, part), entered(exchange, part))
    row = {
        "activities": Activity,
        "milestones": Milestone,
        "commitments": Commitment,
        "budget": BudgetLine,
        "documents": Document,
        "reports": Report,
    }[part].objects.get()
    row.exchange = exchange
    form = asking.get(row_page(row, part)).context["form"]
    shown = {}
    for bound in [*form, *(field for rows in form.row_sets for row_form in rows.forms for field in row_form)]:
        value = bound.value()
        if value not in (None, "", False):
            shown[bound.html_name] = value

    response = asking.post(row_page(row, part), shown | {"seen": form.seen})

    assert response.status_code == 302
    again = asking.get(row_page(row, part)).context["form"]
    assert again.stored == form.stored
    assert again.seen == form.seen


def test_the_second_who_saves_a_row_is_shown_the_difference(asking, giving):
    exchange = make_exchange()
    asking.post(page(exchange, "budget"), entered(exchange, "budget"))
    row = BudgetLine.objects.get()
    loaded = seen(asking, row_page(row, "budget"))
    giving.post(row_page(row, "budget"), entered(exchange, "budget", planned="900", seen=loaded))

    mine = asking.post(row_page(row, "budget"), entered(exchange, "budget", planned="800.00", seen=loaded))

    row.refresh_from_db()
    assert mine.status_code == 409
    assert [(one["label"], one["mine"], one["theirs"]) for one in mine.context["differences"]] == [
        ("Planned", "800", "900")
    ]
    assert row.planned == 900
    removed = asking.post(row_page(row, "budget"), entered(exchange, "budget", remove="1", seen=loaded))
    assert (removed.status_code, BudgetLine.objects.count()) == (409, 1)


def test_a_milestone_and_a_commitment_are_ticked_off_with_one_button(asking):
    exchange = make_exchange()
    asking.post(page(exchange, "milestones"), entered(exchange, "milestones", status="at_risk"))
    asking.post(page(exchange, "commitments"), entered(exchange, "commitments"))

    asking.post(row_page(Milestone.objects.get(), "milestones"), {"done": "1"})
    asking.post(row_page(Commitment.objects.get(), "commitments"), {"done": "1"})

    milestone = Milestone.objects.get()
    assert (milestone.status, milestone.done_on) == (MilestoneStatus.DONE, timezone.localdate())
    assert Commitment.objects.get().done_on == timezone.localdate()


def test_participants_are_rows_that_come_and_go_without_script(asking):
    exchange = make_exchange()

    response = asking.post(page(exchange, "activities"), entered(exchange, "activities", row="attendance:add"))

    assert response.status_code == 200
    assert len(response.context["form"].row_sets[0].forms) == 2
    assert "There is a problem" not in words(response)
    assert "Six nurses are trained" in response.content.decode()
    assert Activity.objects.count() == 0


def test_nothing_is_asked_of_a_row_in_which_nothing_is_written(asking):
    exchange = make_exchange()

    response = asking.post(page(exchange, "activities"), {"attendance-0-institution": "", "attendance-0-men_count": ""})

    assert response.status_code == 422
    assert "There are 3 problems on this page" in words(response)
    assert "Name the institution" not in words(response)


def test_totals_are_added_up_per_party_and_currency_and_never_converted(asking):
    exchange = make_exchange()
    peru, bangladesh = party(exchange, "PER"), party(exchange, "BGD")
    for owner, kind, planned, actual, currency in (
        (peru, "cash", "100.10", "90", "USD"),
        (peru, "in_kind", "50", None, "USD"),
        (peru, "cash", "7", "7", "PEN"),
        (bangladesh, "cash", "1000", None, "USD"),
    ):
        BudgetLine.objects.create(
            exchange=exchange,
            party=owner,
            kind=kind,
            description="X",
            planned=planned,
            actual=actual,
            currency=currency,
        )

    context = asking.get(page(exchange, "budget")).context

    assert [(one.party.name, one.currency, one.planned, one.actual) for one in context["by_party"]] == [
        ("BGD-land", "USD", 1000, None),
        ("PER-land", "PEN", 7, 7),
        ("PER-land", "USD", Decimal("150.10"), 90),
    ]
    assert [(one.currency, one.cash, one.in_kind) for one in context["by_currency"]] == [
        ("PEN", 7, 0),
        ("USD", Decimal("1100.10"), 50),
    ]


def test_a_report_is_changed_by_its_own_side_only(asking, giving):
    exchange = make_exchange()
    asking.post(page(exchange, "reports"), entered(exchange, "reports"))
    report = Report.objects.get()

    other = giving.post(row_page(report, "reports"), entered(exchange, "reports", text="Not so."))
    foreign = giving.post(page(exchange, "reports"), entered(exchange, "reports"))

    assert other.status_code == 403
    assert foreign.status_code == 422
    assert Report.objects.get().text == "All went well."


# Words, moves and the end


def test_an_empty_message_is_refused_and_one_is_read_by_both_sides(asking, giving):
    exchange = make_exchange()

    empty = asking.post(do(exchange, "message"), {"text": " "})
    asking.post(do(exchange, "message"), {"text": "<i>Customs</i> asks for a letter."})

    read = words(giving.get(page(exchange, "messages")))
    assert empty.status_code == 422
    assert "Write something first." in words(empty)
    assert "&lt;i&gt;Customs&lt;/i&gt; asks for a letter." in read
    assert "PER-land" in read


@pytest.mark.parametrize("action", ["decline", "cancel"])
def test_ending_it_early_needs_a_reason(asking, giving, action):
    exchange = proposed()

    silent = asking.post(do(exchange, action), {"note": " "})
    asking.post(do(exchange, action), {"note": "The budget was cut."})

    assert silent.status_code == 422
    assert "Say why: the other side reads the reason." in words(silent)
    assert "The budget was cut." in words(giving.get(page(exchange)))
    exchange.refresh_from_db()
    assert exchange.status == {"decline": "declined", "cancel": "cancelled"}[action]


def test_a_move_that_is_not_possible_now_is_answered_with_409(asking):
    exchange = make_exchange(ExchangeStatus.RUNNING)

    answers = [asking.post(do(exchange, action)).status_code for action in ("prepare", "start")]

    assert answers == [409, 409]
    exchange.refresh_from_db()
    assert exchange.status == ExchangeStatus.RUNNING


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"lessons": "", "outcome": "Open."}, "Write at least one lesson"),
        ({"lessons": "Begin earlier.", "outcome": ""}, "Say what came of it"),
    ],
)
def test_it_is_not_closed_without_lessons_and_outcome(asking, sent, sentence):
    exchange = make_exchange(ExchangeStatus.REPORTING)

    response = asking.post(do(exchange, "close"), sent)

    assert response.status_code == 422
    assert sentence in words(response)
    assert next(filter(None, sent.values())) in response.content.decode()


def test_what_was_typed_stays_when_somebody_closed_it_meanwhile(asking):
    exchange = make_exchange(ExchangeStatus.CLOSED)

    response = asking.post(do(exchange, "close"), {"lessons": "My lessons.", "outcome": "My outcome."})

    assert response.status_code == 409
    assert "My lessons.</textarea>" in response.content.decode()


def test_an_appraisal_answers_every_question_and_may_be_changed(asking, giving):
    exchange = make_exchange(ExchangeStatus.REPORTING)
    answers = {"party": party(exchange, "PER").pk, "relevance": 5, "quality": 4, "timeliness": 3, "usefulness": 2}

    wrong = asking.post(do(exchange, "appraise"), answers | {"quality": 6, "text": "Typed"})
    asking.post(do(exchange, "appraise"), answers | {"text": "Good."})
    asking.post(do(exchange, "appraise"), answers | {"text": "Very good."})
    foreign = giving.post(do(exchange, "appraise"), answers)

    assert wrong.status_code == 422
    assert "Choose a number from 1 to 5." in words(wrong)
    assert "Typed</textarea>" in wrong.content.decode()
    assert foreign.status_code == 422
    appraisal = exchange.appraisal_rows.get()
    assert (appraisal.party.country_id, appraisal.text, appraisal.quality) == ("PER", "Very good.", 4)
    assert "Very good." in words(giving.get(page(exchange, "closing")))


def closed(**facts):
    exchange = make_exchange(ExchangeStatus.CLOSED, **facts)
    today = timezone.localdate()
    for days, due_on in ((30, today), (90, today + datetime.timedelta(days=60))):
        FollowUp.objects.create(exchange=exchange, days=days, due_on=due_on)
    return exchange


def test_a_check_offers_an_adoption_and_a_case_study_that_are_filled_in(asking):
    practice = make_practice(country="BGD", title="Kangaroo care")
    exchange = closed(practices=[practice], title="Milk & honey")

    response = asking.get(page(exchange, "closing"))

    addresses = [address for _label, address in response.context["next_steps"]]
    assert addresses == [
        f"{reverse('workspace:adopt')}?practice={practice.slug}",
        f"{reverse('workspace:new')}?from={practice.slug}&title=Milk%20%26%20honey",
        f"{reverse('workspace:new')}?title=Milk%20%26%20honey",
    ]
    assert [asking.get(address).status_code for address in addresses] == [200, 200, 200]
    assert 'value="Milk &amp; honey"' in asking.get(addresses[2]).content.decode()
    assert [row.is_open for row in response.context["checks"]] == [True, False]


def test_a_check_says_what_was_found_once(asking):
    exchange = closed()
    check = exchange.followup_rows.first()
    sent = {"check": check.pk, f"check-{check.pk}-outcome": "in_use", f"check-{check.pk}-note": "Still open."}

    empty = asking.post(do(exchange, "follow-up"), {"check": check.pk, f"check-{check.pk}-note": "Typed"})
    foreign = asking.post(do(exchange, "follow-up"), sent | {f"check-{check.pk}-adoption": "7"})
    asking.post(do(exchange, "follow-up"), sent)
    again = asking.post(do(exchange, "follow-up"), sent)

    assert (empty.status_code, foreign.status_code, again.status_code) == (422, 422, 409)
    assert "Choose what you found." in words(empty)
    assert "Typed</textarea>" in empty.content.decode()
    assert exchange.followup_rows.first().outcome == "in_use"


# Who may


def strangers():
    return {
        "anonymous": Client(),
        "no role": signed_in(make_user()),
        "other officer": signed_in(make_user(Role.OFFICER, country="KEN")),
        "partner": signed_in(make_user(Role.PARTNER)),
        "administrator": signed_in(make_user(Role.ADMINISTRATOR)),
    }


@pytest.mark.parametrize("status", [ExchangeStatus.PROPOSED, ExchangeStatus.RUNNING])
def test_nobody_else_learns_that_the_working_pages_exist(status):
    exchange = make_exchange(status)
    row = Milestone.objects.create(exchange=exchange, title="Secret", due_on=TODAY)
    addresses = [page(exchange), *(page(exchange, part) for part in PARTS), row_page(row, "milestones")]

    for name, client in strangers().items():
        expected = 302 if name == "anonymous" else 404
        assert {client.get(address).status_code for address in addresses} == {expected}, name
        assert {client.post(do(exchange, act)).status_code for act in ("cancel", "message")} == {expected}, name
        assert client.post(row_page(row, "milestones"), {"remove": "1"}).status_code == expected, name
    assert Milestone.objects.count() == 1


def test_a_curator_brokers_a_proposal_but_reads_nothing_inside():
    curator = signed_in(make_user(Role.CURATOR))
    exchange, running = proposed(), make_exchange(ExchangeStatus.RUNNING)
    Message.objects.create(exchange=exchange, author=make_user(), text="A secret word")

    overview = curator.get(page(exchange))

    assert overview.status_code == 200
    assert "A secret word" not in words(overview)
    assert {curator.get(page(exchange, part)).status_code for part in PARTS} == {403}
    assert {curator.post(do(exchange, act), {"note": "x"}).status_code for act in ("sign", "decline", "message")} == {
        403
    }
    assert curator.get(page(running)).status_code == 404
    exchange.refresh_from_db()
    assert exchange.status == ExchangeStatus.PROPOSED


def test_an_officer_works_on_it_and_the_focal_point_speaks():
    officer, focal = make_user(Role.OFFICER, country="BGD"), make_user(Role.FOCAL_POINT, country="BGD")
    CountryOffice.objects.create(country=make_country("BGD"), asks_for_endorsement=True)
    exchange = make_exchange(ExchangeStatus.AGREED)

    working = signed_in(officer).post(page(exchange, "milestones"), entered(exchange, "milestones"))
    moving = signed_in(officer).post(do(exchange, "prepare"))
    ending = signed_in(officer).post(do(exchange, "cancel"), {"note": ""})
    speaking = signed_in(focal).post(do(exchange, "prepare"))

    assert (working.status_code, moving.status_code, ending.status_code, speaking.status_code) == (302, 403, 403, 302)


def test_a_member_of_an_organisation_that_takes_part_works_on_it():
    bank = make_organisation("Andean Bank")
    member = make_user()
    make_membership(member, Role.PARTNER, organisation=bank)
    exchange = make_exchange(facilitators=[bank])

    answers = [signed_in(member).get(page(exchange, part)).status_code for part in (None, *PARTS)]

    assert set(answers) == {200}


def test_what_does_not_exist_is_404_and_what_is_over_is_only_read(asking):
    exchange = make_exchange(ExchangeStatus.CANCELLED)
    row = Milestone.objects.create(exchange=exchange, title="First litres", due_on=TODAY)
    other = Milestone.objects.create(exchange=make_exchange(), title="Elsewhere", due_on=TODAY)

    assert asking.get(page(exchange, "magic")).status_code == 404
    assert asking.post(do(exchange, "magic")).status_code == 404
    assert asking.get(reverse("assistance:edit-row", args=[exchange.code, "magic", row.pk])).status_code == 404
    assert asking.get(reverse("assistance:edit-row", args=[exchange.code, "milestones", other.pk])).status_code == 404
    assert asking.post(page(exchange, "messages"), {"text": "x"}).status_code == 404
    assert asking.get(row_page(row, "milestones")).status_code == 302
    late = asking.post(page(exchange, "milestones"), entered(exchange, "milestones", title="Too late"))
    assert late.status_code == 409
    assert "Too late" in late.content.decode()
    assert "First litres" in words(asking.get(page(exchange, "milestones")))
    assert "add=1" not in words(asking.get(page(exchange, "milestones")))


def test_what_was_recorded_from_sources_is_read_on_its_public_page(asking):
    exchange = make_exchange(ExchangeStatus.RECORDED)

    answers = [asking.get(address).url for address in (page(exchange), page(exchange, "budget"))]

    assert answers == [exchange.get_absolute_url()] * 2


# Queries


def fill(exchange):
    """One row of every kind."""
    person = make_user(Role.OFFICER, country="PER")
    peru = party(exchange, "PER")
    activity = Activity.objects.create(
        exchange=exchange,
        title="A visit",
        modality="study_visit",
        starts_on=TODAY,
        ends_on=TODAY,
        country=make_country("BGD"),
    )
    activity.attendance.create(institution="A hospital", women_count=2)
    Milestone.objects.create(exchange=exchange, title="Reached", due_on=TODAY)
    Commitment.objects.create(exchange=exchange, party=peru, text="Sends boxes", due_on=TODAY)
    Message.objects.create(exchange=exchange, author=person, text="Hello")
    Document.objects.create(exchange=exchange, title="Terms", url="https://example.org/", added_by=person)
    BudgetLine.objects.create(
        exchange=exchange, party=peru, kind="cash", description="Flights", planned=10, currency="USD"
    )
    Report.objects.create(
        exchange=exchange, party=peru, author=person, starts_on=TODAY, ends_on=TODAY, text="All went well."
    )


@pytest.mark.parametrize(
    ("part", "count"),
    [
        (None, 18),
        ("agreement", 15),
        ("milestones", 12),
        ("activities", 12),
        ("budget", 11),
        ("messages", 13),
        ("documents", 11),
        ("reports", 11),
        ("closing", 14),
    ],
)
def test_a_page_asks_as_much_for_three_rows_as_for_one(asking, django_assert_num_queries, part, count):
    exchange = make_exchange(ExchangeStatus.REPORTING)
    fill(exchange)
    asking.get(page(exchange, part))

    with django_assert_num_queries(count):
        asking.get(page(exchange, part))
    fill(exchange)
    fill(exchange)
    with django_assert_num_queries(count):
        asking.get(page(exchange, part))
