"""What is published, changed or taken back shows everywhere at once, also to readers who have an older answer."""

import uuid
from urllib.parse import quote

import pytest
from django.test import Client

from accounts.enums import Role
from practices import workflow
from practices.models import Submission
from tests.make import make_practice
from tests.people import make_user
from tests.submissions import file_review, make_submission

pytestmark = pytest.mark.django_db

TITLE, NEW_TITLE = "Solar fridges for vaccines", "Solar fridges for each health post"
# Where a practice of nutrition in Bangladesh is named …
LISTS = [
    *(f"{language}{page}" for language in ("", "/ar") for page in ("/", "/practices/", "/countries/BGD/")),
    "/areas/nutrition/",
    "/practices/?q=fridges",
    "/practices/compare/?q=fridges",
    "/feeds/practices.atom",
    "/feeds/practices.atom?area=nutrition&lang=es",
    "/api/v1/practices/",
    "/api/v1/practices/?q=fridges&facets=1",
    "/api/v1/practices/?area=nutrition&lang=pt",
    *(f"/api/v1/practices/?format={kind}" for kind in ("csv", "jsonl", "geojson", "jsonld")),
]
# … counted or pointed to …
COUNTS = [
    "/countries/",
    "/impact/",
    "/sitemap.xml",
    "/practices/?country=BGD&view=map",
    "/api/v1/areas/",
    "/api/v1/areas/nutrition/",
    "/api/v1/sdg-targets/3.2/",
    "/api/v1/impact/figures/",
    "/impact/matrix.csv",
]
# … and told in full.
PAGES = [
    *(
        f"{language}/practices/{{slug}}/{page}"
        for language in ("", "/es")
        for page in ("", "print/", "history/", "v/1/")
    ),
    "/practices/{slug}/cite.bib",
    "/practices/{slug}/cite.json",
    "/api/v1/practices/{slug}/",
    "/api/v1/practices/{slug}/?format=jsonld",
]


class Reader:
    """Reads addresses without an account and keeps what each answer was tagged with, as a browser does."""

    def __init__(self):
        self.client, self.tags = Client(), {}

    def read(self, address):
        """(status, text) of the answer to a request that brings the tag of the last one."""
        tag = self.tags.get(address)
        response = self.client.get(address, headers={"If-None-Match": tag} if tag else {})
        if "ETag" in response:
            self.tags[address] = response["ETag"]
        content = b"".join(response.streaming_content) if response.streaming else response.content
        return response.status_code, content.decode()

    def all(self, addresses):
        """{address: text} of ``addresses``, none of which may be as it was before."""
        answers = {address: self.read(address) for address in addresses}
        assert {address: status for address, (status, _text) in answers.items() if status != 200} == {}
        return {address: text for address, (_status, text) in answers.items()}


@pytest.fixture
def reader():
    return Reader()


@pytest.fixture
def curator():
    return make_user(Role.CURATOR)


def named(title, answers):
    """The addresses whose text has ``title``."""
    return [address for address, text in answers.items() if title in text or quote(title) in text]


def silent(title, answers):
    """The addresses of LISTS and PAGES whose text does not have ``title``; those of COUNTS may have it."""
    return [address for address in answers if address not in COUNTS and address not in named(title, answers)]


def vary(answer):
    return {name.strip() for name in answer["Vary"].split(",")}


def pages_of(practice):
    return [address.format(slug=practice.slug) for address in PAGES]


def publish(curator, title=TITLE):
    submission = make_submission("in_review", curator=curator, title=title, country="BGD", areas=["nutrition"])
    file_review(submission, curator)
    return workflow.publish(submission, by=curator, letter="Well done.")


def publish_change(practice, curator):
    """A new version of ``practice`` with the title NEW_TITLE, published as its officer and a curator do."""
    lead = make_user(Role.OFFICER)
    update = workflow.start(lead, practice.country, title=NEW_TITLE, form_key=uuid.uuid4(), base_practice=practice)
    Submission.objects.filter(pk=update.pk).update(has_clearance=True, change_note="Each post has one now.")
    update = workflow.submit(Submission.objects.get(pk=update.pk), by=lead)
    update = workflow.claim(update, by=curator, no_conflict=True)
    file_review(update, curator)
    return workflow.publish(update, by=curator, letter="Well done.")


def test_a_practice_that_is_published_shows_everywhere_at_once(reader, curator):
    make_practice(country="BGD", areas=["nutrition"], targets=["3.2"])
    make_practice(title="An older fridge", country="BGD")  # so that words find something before
    before = reader.all(LISTS + COUNTS)
    assert named(TITLE, before) == []

    practice = publish(curator)

    after = reader.all(LISTS + COUNTS)
    assert silent(TITLE, after) == []
    assert [address for address in COUNTS if after[address] == before[address]] == []
    assert f"/practices/{practice.slug}/" in after["/sitemap.xml"]
    assert silent(TITLE, reader.all(pages_of(practice))) == []


def test_a_change_that_is_published_shows_everywhere_at_once(reader, curator):
    practice = publish(curator)
    current = [address for address in pages_of(practice) if "/v/1/" not in address]
    before = reader.all(LISTS + COUNTS + current)
    assert silent(TITLE, before) == []

    publish_change(practice, curator)

    after = reader.all(LISTS + COUNTS + current)
    assert silent(NEW_TITLE, after) == []
    assert named(TITLE, after) == []
    assert reader.read(f"/practices/{practice.slug}/v/1/")[0] == 200


def test_a_practice_that_is_taken_back_is_gone_everywhere_at_once(reader, curator):
    practice = publish(curator)
    make_practice(title="An older fridge", country="BGD", targets=["3.2"])
    pages = pages_of(practice)
    before = reader.all(LISTS + COUNTS + pages)
    assert silent(TITLE, before) == []

    workflow.retract(practice, by=curator, reason="The figures could not be confirmed.")

    after = reader.all(LISTS + COUNTS)
    assert named(TITLE, after) == []
    assert [address for address in COUNTS if after[address] == before[address]] == []
    assert practice.slug not in "".join(after.values())
    for page in pages:
        status, text = reader.read(page)
        assert status == 410, page
        assert "The figures could not be confirmed." in text, page


def test_until_something_is_published_a_reader_is_told_that_nothing_changed(reader, curator):
    practice = publish(curator)
    for address in LISTS + COUNTS + pages_of(practice):
        whole = reader.client.get(address)

        for ask in (reader.client.get, reader.client.head):
            answer = ask(address, headers={"If-None-Match": whole["ETag"]})

            assert (answer.status_code, answer.content) == (304, b""), address
            assert [answer[name] for name in ("Cache-Control", "ETag")] == ["public, max-age=5", whole["ETag"]], address
            assert vary(answer) == vary(whole), address
            assert "Content-Type" not in answer, address
