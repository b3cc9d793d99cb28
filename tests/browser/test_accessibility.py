"""axe finds nothing on any page, light and dark, wide and narrow; nothing scrolls sideways or comes from outside."""

import datetime
import io
import os

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.core import signing
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from accounts import links
from accounts.mailing import token_of
from accounts.models import Application, Invitation, OutboxMessage, User, WebhookDelivery
from accounts.webhooks import keeping
from countries.models import Country
from exchanges import tasks
from exchanges.enums import MilestoneStatus
from exchanges.models import Activity, Attendance, Exchange, Fund, Milestone, Need
from practices import previews, workflow
from practices.models import Practice, Submission
from practices.publication import retract
from practices.sheets import kept
from practices.sheets.layout import MAIN
from practices.sheets.reading import Fault, Filled, Line, Table
from practices.steps import SLUGS
from tests.exchanges_make import make_call, make_contribution, make_exchange, make_need, make_offer
from tests.files_make import make_attached
from tests.make import make_update

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],  # what passed is not described node by node: half of the time
}
ALL_WAYS = [(width, scheme) for width in (1280, 390) for scheme in ("light", "dark")]
# Each page is looked at in the two ways that are farthest from each other, so that every one is judged in both schemes,
# both widths and both directions of writing. Of those that show most kinds of things every pairing of width and scheme
# is; in the long run, of all that visitors read, in each language.
FARTHEST = {"en": [(1280, "light")], "ar": [(390, "dark")]}
WAYS = {"en": [(1280, "light"), (390, "dark")], "ar": [(1280, "dark"), (390, "light")]}
MOST_KINDS = {"/", "/practices/?q=water&area=wash&evidence=2", "/practices/{slug}/?fit=BGD", "/countries/BGD/"}
IS_LONG = os.environ.get("SSC_LONG") == "1"
# Contrast takes three quarters of axe's time. Of what stands around every page it is looked at once for each reader, in
# the long run everywhere.
EVERYWHERE, BETWEEN_HEAD_AND_FOOT = "*", "main *"
SMALLEST = 320
PATHS = [
    "/",
    "/practices/",
    "/practices/?q=water&area=wash&evidence=2",
    "/practices/?q=kangroo+mother",
    "/practices/?q=water&view=map",
    "/practices/?area=wash&kind=lesson&q=zebra",
    "/practices/{slug}/?fit=BGD",
    "/practices/{slug}/v/1/",
    "/practices/{slug}/history/",
    "/practices/{updated}/history/",
    "/practices/{updated}/v/2/changes/",
    "/practices/{slug}/print/",
    "/practices/compare/",
    "/practices/compare/?ref={reference}&ref={other}",
    "/areas/wash/",
    "/countries/",
    "/countries/BGD/",
    "/exchanges/",
    "/exchanges/{running}/",
    "/funds/",
    "/impact/",
    "/about/",
    "/privacy/",
    "/accessibility/",
    "/contact/",
    "/developers/",
    "/developers/changes/",
    "/developers/problems/",
    "/accounts/login/",
    "/accounts/login/passkey/",
    "/accounts/apply/",
    "/nowhere/",
    "/practices/{retracted}/",
]
# Their parts are on pages above: two ways are enough for them in the long run too.
ALSO = [
    "/exchanges/?area=wash&country=BRA&q=zebra",
    "/exchanges/EX-2014-3/",
    "/exchanges/offers/",
    "/exchanges/offers/{offer}/",
    "/exchanges/needs/?status=ended",
    "/exchanges/needs/{need}/",
    "/funds/{fund}/",
    "/projects/?area=wash",
    "/projects/{project}/",
    "/impact/?area=wash&region=SA",
    "/impact/adoptions/",
    "/countries/TUV/?factor=region&similar_area=wash",
    "/accounts/password/forgotten/",
    "/accounts/password/new/1/a-guess/",
    "/accounts/apply/sent/",
    "/accounts/invitation/{invitation}/",
]


@pytest.fixture
def places(site):
    """Words to put into the paths: practices of several kinds, and one row of each kind of assistance and resources."""
    rich = Practice.objects.get(external_id="col-kangaroo-mother-care")
    other = Practice.objects.get(external_id="per-stunting-reduction")
    gone = retract(Practice.objects.get(external_id="zmb-unite4climate"), reason="Kept here as an example.")
    first = Practice.objects.exclude(pk__in=[rich.pk, other.pk, gone.pk]).earliest("pk")
    updated = make_update(first, title="Rewritten from the start")
    fund = Fund.objects.filter(projects__exchanges__isnull=False).earliest("pk")
    make_call(fund, regions=["SA"])
    make_contribution(country="PER", fund=fund)
    running = make_exchange(practices=[rich], areas=("newborn-health", "wash"))
    make_rows(running)
    return {
        "slug": rich.slug,
        "reference": rich.reference,
        "other": other.reference,
        "updated": updated.slug,
        "retracted": gone.slug,
        "offer": make_offer(country="PER", practices=[other]).code,
        "need": make_need(country="BGD", joined=["NPL"], practice=rich, areas=("newborn-health",)).code,
        "running": running.code,
        "fund": fund.slug,
        "project": fund.projects.filter(exchanges__isnull=False).earliest("pk").code,
        "invitation": signing.dumps(invitation().pk, salt=links.INVITATION_SALT),
    }


def invitation():
    """One that is open, for somebody who has no account."""
    person = User.objects.create_user("newcomer@example.org", None)
    day = timezone.now() + datetime.timedelta(days=1)
    return Invitation.objects.create(user=person, role="officer", country_id="BGD", expires_at=day)


def make_rows(exchange):
    """What the parties of a running exchange write down of it that everybody reads."""
    today = timezone.localdate()
    for status in (MilestoneStatus.DONE, MilestoneStatus.AT_RISK):
        done_on = today if status == MilestoneStatus.DONE else None
        Milestone.objects.create(exchange=exchange, title="A step", due_on=today, status=status, done_on=done_on)
    visit = Activity.objects.create(exchange=exchange, title="A visit", starts_on=today, ends_on=today, place="Dhaka")
    Attendance.objects.create(activity=visit, institution="An office", women_count=9, men_count=6)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_page_is_accessible(open_page, places, language):
    page = open_page("/")
    found = []
    for path in [*PATHS, *ALSO]:
        ways = WAYS[language] if path in MOST_KINDS else FARTHEST[language]
        if IS_LONG and path in PATHS:
            ways = ALL_WAYS
        contrast = EVERYWHERE if path == PATHS[0] else BETWEEN_HEAD_AND_FOOT
        found += faults_of(page, path.format(**places), language, ways, contrast)
    complaints = [text for text in page.complaints if "404" not in text and "410" not in text]

    assert found == []
    assert complaints == []
    assert page.outside == []


def faults_of(page, address, language, ways, contrast):
    """What is wrong with ``address`` read in ``language``, in each of ``ways`` (width, scheme).

    ``contrast``: the selector of what its contrast is looked at. Returns [(address, width, scheme, rule of axe, the
    first elements)], and where it scrolls sideways, on the smallest phone too.
    """
    # Without motion, colours change at once when the scheme does.
    page.emulate_media(color_scheme=ways[0][1], reduced_motion="reduce")
    page.goto(address if language == "en" else f"/{language}{address}")
    page.evaluate(AXE_SCRIPT)
    rule = {"id": "color-contrast", "selector": EVERYWHERE if IS_LONG else contrast}
    page.evaluate("rule => axe.configure({rules: [rule]})", rule)
    found = []
    for width, scheme in ways:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function("scheme => document.documentElement.dataset.bsTheme === scheme", arg=scheme)
        violations = page.evaluate("options => axe.run(options).then(results => results.violations)", RULES)
        found += [
            (address, width, scheme, one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in violations
        ]
    for width in [*dict(ALL_WAYS), SMALLEST]:
        page.set_viewport_size({"width": width, "height": 700})
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append((address, width, "scrolls sideways"))
    return found


WORKING_PATHS = {
    "officer.bgd@demo.example": [
        "/workspace/",
        "/workspace/submissions/new/",
        "/workspace/submissions/import/",
        "/workspace/submissions/import/{sheet}/",
        "/workspace/submissions/{asked}/",
        "/workspace/submissions/{asked}/check/",
        "/workspace/submissions/{asked}/preview/",
        *[f"/workspace/submissions/{{asked}}/{slug}/" for slug in SLUGS],
        "/workspace/submissions/{asked}/files/",
        "/workspace/submissions/{asked}/files/{picture}/",
        "/workspace/files/{picture_key}/consent/",
        "/workspace/adoptions/new/?practice={adopted}",
        "/practices/{adopted}/",
        "/accounts/notifications/",
        "/accounts/notifications/settings/",
        "/accounts/webhooks/",
        "/accounts/webhooks/{webhook}/",
        "/accounts/unsubscribe/{unsubscribing}/",
        "/accounts/security/",
        "/accounts/security/app/",
        "/accounts/security/passkeys/add/",
        "/accounts/security/password/",
        "/accounts/security/address/",
        "/accounts/keys/",
        "/accounts/keys/new/",
        "/accounts/again/",
        "/accounts/privacy/",
    ],
    "focal.bgd@demo.example": [
        "/workspace/submissions/{endorsed}/",
        "/accounts/invitations/",
        "/accounts/applications/",
        "/accounts/privacy/",
    ],
    "curator.one@demo.example": [
        "/review/",
        "/review/?tab=mine",
        "/review/{held}/",
        "/review/{waiting}/",
        "/review/adoptions/",
        "/review/practices/{adopted}/retract/",
    ],
    "": ["/preview/{token}/"],
}


# Looked at in the two ways that are farthest from each other, and as narrow as on the smallest phone.
ASSISTANCE_PATHS = {
    "officer.per@demo.example": [
        "/workspace/exchanges/?show=offers",
        "/workspace/offers/new/",
        "/workspace/needs/{open_need}/",
        "/workspace/matches/{match}/",
        "/workspace/exchanges/new/",
        "/workspace/exchanges/{running}/",
        "/workspace/exchanges/{running}/agreement/",
        "/workspace/exchanges/{running}/amendment/",
        "/workspace/calendar/",
        "/workspace/exchanges/{running}/milestones/",
        "/workspace/exchanges/{running}/activities/",
        "/workspace/exchanges/{running}/activities/?add=1",
        "/workspace/exchanges/{running}/budget/",
        "/workspace/exchanges/{running}/messages/",
        "/workspace/exchanges/{running}/documents/",
        "/workspace/exchanges/{running}/reports/",
        "/workspace/exchanges/{running}/contributions/new/",
    ],
    "focal.bgd@demo.example": [
        "/workspace/exchanges/",
        "/workspace/needs/new/?practice={adopted}",
        "/workspace/needs/{endorsed_need}/",
        "/workspace/needs/{open_need}/matches/",
        "/workspace/exchanges/{proposed}/agreement/",
        "/workspace/exchanges/{closed}/closing/",
        "/countries/PER/contact/",
    ],
    "curator.one@demo.example": ["/review/needs/", "/workspace/needs/{open_need}/matches/"],
    "admin@demo.example": ["/workspace/funds/{fund}/edit/", "/administration/"],
}


@pytest.fixture
def assistance(site):
    """The demo's offers, needs and exchanges, by where they stand, with the countries that were found."""
    call_command("load_demo", stdout=io.StringIO())
    needs = {need.status: need for need in Need.objects.all()}
    tasks.match_need(needs["open"].pk)
    # What cannot be sent, for the page of administrators.
    moment = timezone.now()
    OutboxMessage.objects.filter(pk__in=OutboxMessage.objects.values("pk")[:2]).update(
        dead_at=moment, last_error="SMTPRecipientsRefused: {'somebody@example.org': (550, b'5.1.1 Not here')}"
    )
    OutboxMessage.objects.filter(dead_at=None).update(attempts_count=3, last_error="TimeoutError: timed out")
    exchanges = dict(Exchange.objects.exclude(status="recorded").values_list("status", "code"))
    return exchanges | {
        "open_need": needs["open"].code,
        "endorsed_need": needs["endorsement"].code,
        "match": needs["open"].matches.get(country="PER").pk,
        "fund": Fund.objects.filter(projects__isnull=False).earliest("pk").slug,
        "adopted": Practice.objects.get(external_id="col-kangaroo-mother-care").slug,
    }


@pytest.fixture
def work(site):
    """The demo's work under way, by what it waits for."""
    call_command("load_demo", stdout=io.StringIO())
    waits = {"asked": "changes_requested", "endorsed": "endorsement", "held": "in_review", "waiting": "submitted"}
    found = {name: Submission.objects.get(status=status) for name, status in waits.items()}
    adopted = Practice.objects.get(external_id="col-kangaroo-mother-care")
    officer = User.objects.get(email="officer.bgd@demo.example")
    country = Country.objects.get(pk="BGD")
    workflow.propose_adoption(adopted, country, by=officer, source="https://example.org/report", kept="An example.")
    _link, token = previews.make_link(found["asked"], by=officer)
    applicant = User.objects.create_user("applicant@example.org", None)
    facts = {"name": "Amina Rahman", "role": "officer", "country": country, "why": "To write.", "status": "waiting"}
    Application.objects.create(user=applicant, **facts)
    lines = [Line(2, {"title": "Becomes a draft"}, {}), Line(3, {"title": "Has to change", "kind": "?"}, {})]
    faults = [Fault("Notes", "", "", "The portal does not know this sheet.")]
    sheet = kept.keep(Filled({MAIN: Table("Case studies", {"title": "C", "kind": "F"}, lines)}, faults), officer)
    make_attached(found["asked"].version, kind="pdf", caption="The survey")
    picture = make_attached(found["asked"].version, position=1)
    webhook, _secret = keeping.add(officer, address="https://ministry.example/hook", kinds=["need.opened"])
    answered = {"status": 503, "took_ms": 20, "last_error": "HTTP 503", "answer": "Later, please."}
    for state in (
        {},
        {"sent_at": timezone.now(), "status": 204, "took_ms": 20},
        {"dead_at": timezone.now()} | answered,
    ):
        WebhookDelivery.objects.filter(pk=keeping.send_test(webhook).pk).update(**state)
    return {name: row.pk for name, row in found.items()} | {
        "adopted": adopted.slug,
        "token": token,
        "sheet": sheet,
        "unsubscribing": token_of(officer),
        "picture": picture.pk,
        "picture_key": picture.file.key,
        "webhook": webhook.pk,
    }


@pytest.mark.timeout(600)
@pytest.mark.parametrize("language", FARTHEST)
def test_every_page_of_officers_and_curators_is_accessible(open_page, work, settings, language):
    assert faults_for(open_page, WORKING_PATHS, work, settings.DEMO_PASSWORD, language) == ([], [], [])


@pytest.mark.timeout(600)
@pytest.mark.parametrize("language", FARTHEST)
def test_every_page_of_those_who_ask_and_assist_is_accessible(open_page, assistance, settings, language):
    assert faults_for(open_page, ASSISTANCE_PATHS, assistance, settings.DEMO_PASSWORD, language) == ([], [], [])


def faults_for(open_page, paths_of, places, password, language):
    """Faults, complaints and requests to the outside of the pages that each person reads: {e-mail address: [paths]}."""
    found, complaints, outside = [], [], []
    for person, paths in paths_of.items():
        page = open_page("/accounts/login/")
        if person:
            sign_in(page, person, password)
        for path in paths:
            contrast = EVERYWHERE if path == paths[0] else BETWEEN_HEAD_AND_FOOT
            found += faults_of(page, path.format(**places), language, FARTHEST[language], contrast)
        complaints += page.complaints
        outside += page.outside
    return found, complaints, outside


def sign_in(page, email, password):
    page.fill("[name=login]", email)
    page.fill("[name=password]", password)
    page.click("main button[type=submit]")


def test_the_skip_link_is_first_and_leads_to_the_content(open_page):
    page = open_page("/")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.url.endswith("#main")
    assert reverse("home") == "/"
