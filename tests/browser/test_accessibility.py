"""axe finds nothing on any page, light and dark, wide and narrow; nothing scrolls sideways or comes from outside."""

import io

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from django.urls import reverse

from accounts.models import User
from countries.models import Country
from practices import previews, workflow
from practices.models import Practice, Submission
from practices.publication import retract
from practices.steps import SLUGS
from tests.make import make_update

WIDTHS = [1280, 390]
SCHEMES = ["light", "dark"]
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],  # what passed is not described node by node: half of the time
}
PATHS = [
    "/",
    "/practices/",
    "/practices/?q=water&area=wash&evidence=2",
    "/practices/?q=kangroo+mother",
    "/practices/?q=water&view=map",
    "/practices/?area=wash&kind=lesson&q=zebra",
    "/practices/{slug}/",
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
    "/exchanges/?area=wash&country=BRA&q=zebra",
    "/exchanges/offers/",
    "/exchanges/needs/?status=ended",
    "/exchanges/EX-2014-3/",
    "/impact/",
    "/impact/?area=wash&region=SA",
    "/impact/adoptions/",
    "/about/",
    "/privacy/",
    "/accessibility/",
    "/contact/",
    "/developers/",
    "/accounts/login/",
    "/nowhere/",
    "/practices/{retracted}/",
]


@pytest.fixture
def places(site):
    """Words to put into the paths: a rich practice, another one, one that was updated and one that was retracted."""
    rich = Practice.objects.get(external_id="col-kangaroo-mother-care")
    other = Practice.objects.get(external_id="per-stunting-reduction")
    gone = retract(Practice.objects.get(external_id="zmb-unite4climate"), reason="Kept here as an example.")
    first = Practice.objects.exclude(pk__in=[rich.pk, other.pk, gone.pk]).earliest("pk")
    updated = make_update(first, title="Rewritten from the start")
    return {
        "slug": rich.slug,
        "reference": rich.reference,
        "other": other.reference,
        "updated": updated.slug,
        "retracted": gone.slug,
    }


@pytest.mark.parametrize(
    ("width", "scheme", "language"),
    [*[(width, scheme, "en") for width in WIDTHS for scheme in SCHEMES], (1280, "dark", "ar"), (390, "light", "ar")],
)
def test_every_page_is_accessible(open_page, places, width, scheme, language):
    page = open_page("/", viewport={"width": width, "height": 900}, color_scheme=scheme)
    found = []
    for path in PATHS:
        address = path.format(**places)
        page.goto(address if language == "en" else f"/{language}{address}")
        violations = Axe().run(page, options=RULES).response["violations"]
        found += [
            (address, violation["id"], [node["html"][:160] for node in violation["nodes"]][:3])
            for violation in violations
        ]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append((address, "scrolls sideways"))
    complaints = [text for text in page.complaints if "404" not in text and "410" not in text]

    assert found == []
    assert complaints == []
    assert page.outside == []


@pytest.mark.parametrize("language", ["en", "ar"])
def test_nothing_scrolls_sideways_on_the_smallest_phone(open_page, places, language):
    page = open_page("/", viewport={"width": 320, "height": 700})
    wide = []
    for path in PATHS:
        address = path.format(**places)
        page.goto(address if language == "en" else f"/{language}{address}")
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wide.append(address)

    assert wide == []


WORKING_PATHS = {
    "officer.bgd@demo.example": [
        "/workspace/",
        "/workspace/submissions/new/",
        "/workspace/submissions/{asked}/",
        "/workspace/submissions/{asked}/check/",
        "/workspace/submissions/{asked}/preview/",
        *[f"/workspace/submissions/{{asked}}/{slug}/" for slug in SLUGS],
        "/workspace/adoptions/new/?practice={adopted}",
        "/practices/{adopted}/",
        "/accounts/notifications/",
    ],
    "focal.bgd@demo.example": ["/workspace/submissions/{endorsed}/"],
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
    return {name: row.pk for name, row in found.items()} | {"adopted": adopted.slug, "token": token}


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("width", "language"), [(1280, "en"), (390, "ar")])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_page_of_officers_and_curators_is_accessible(open_page, work, settings, width, scheme, language):
    found, complaints, outside = [], [], []
    for person, paths in WORKING_PATHS.items():
        page = open_page("/accounts/login/", viewport={"width": width, "height": 900}, color_scheme=scheme)
        if person:
            page.fill("[name=login]", person)
            page.fill("[name=password]", settings.DEMO_PASSWORD)
            page.click("main button[type=submit]")
        for path in paths:
            address = path.format(**work)
            page.goto(address if language == "en" else f"/{language}{address}")
            violations = Axe().run(page, options=RULES).response["violations"]
            found += [
                (address, violation["id"], [node["html"][:160] for node in violation["nodes"]][:3])
                for violation in violations
            ]
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                found.append((address, "scrolls sideways"))
        complaints += page.complaints
        outside += page.outside

    assert found == []
    assert complaints == []
    assert outside == []


def test_the_skip_link_is_first_and_leads_to_the_content(open_page):
    page = open_page("/")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.url.endswith("#main")
    assert reverse("home") == "/"
