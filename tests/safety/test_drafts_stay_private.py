"""Nothing unpublished is readable anywhere: a word in every field of a draft, looked for on every public surface."""

import pytest
from django.db import models

from practices.models import BuildingBlock, PartnerRole, Version
from practices.publication import retract
from tests.make import make_organisation, make_practice, make_update, make_version

pytestmark = pytest.mark.django_db

CANARY = "Zyxwvukanari"
PAGES = [
    "/", "/about/", "/developers/", "/practices/", "/practices/?view=map", f"/practices/?q={CANARY}",
    f"/practices/?q={CANARY[:-2]}", "/areas/wash/", "/countries/", "/countries/KEN/", "/practices/compare/",
]  # fmt: skip
MACHINES = [
    "/api/v1/practices/?facets=1&page_size=100", "/api/v1/practices/?format=csv", "/api/v1/practices/?format=geojson",
    "/api/v1/practices/?format=jsonld", f"/api/v1/practices/?q={CANARY}", "/api/v1/countries/", "/api/v1/areas/",
    "/api/v1/topics/", "/api/v1/sdg-targets/", "/api/v1/schema/", "/feeds/practices.atom", "/sitemap.xml",
    "/robots.txt", "/readyz",
]  # fmt: skip


@pytest.fixture
def surroundings():
    """A public practice with a private contact, a draft of an update beside it, and one that was retracted."""
    practice = make_practice(
        title="In the open", country="KEN", areas=["wash"], contact={"name": CANARY, "email": f"{CANARY}@example.org"}
    )
    texts = {
        field.name: f"{CANARY} {field.name}"
        for field in Version._meta.fields
        if isinstance(field, models.TextField) and field.name != "title"
    }
    draft = make_version(
        title=f"{CANARY} title",
        country="KEN",
        areas=["wash"],
        results=[{"name": CANARY, "unit": CANARY, "source": CANARY, "latest": 1}],
        lessons=[{"text": CANARY}],
        references=[{"title": CANARY, "publisher": CANARY, "url": f"https://{CANARY}.example/"}],
        beneficiary_groups=[CANARY],
        **texts,
    )
    BuildingBlock.objects.create(version=draft, title=CANARY, text=CANARY)
    PartnerRole.objects.create(version=draft, organisation=make_organisation("A partner"), role=CANARY)
    gone = make_practice(title=f"{CANARY} retracted", country="KEN", areas=["wash"])
    retract(gone, reason="The figures could not be confirmed.")
    return practice, gone


def bodies(client, practice, gone):
    own = f"/practices/{practice.slug}/"
    pages = [*PAGES, own, f"{own}v/1/", f"{own}print/", f"{own}brief.pdf"]
    addresses = [prefix + page for page in pages for prefix in ("", "/fr", "/es", "/pt", "/ar")]
    addresses += [
        *MACHINES,
        f"{own}cite.bib",
        f"{own}cite.ris",
        f"{own}cite.json",
        f"/api/v1/practices/{practice.slug}/",
    ]
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 200, address
        content = b"".join(response.streaming_content) if response.streaming else response.content
        # What a reader typed is repeated to them: that is not a leak.
        yield address, content if "q=" not in address else b"", response


def test_no_public_surface_knows_a_draft_a_contact_or_a_retracted_text(client, surroundings):
    practice, gone = surroundings

    leaks = [
        address
        for address, content, response in bodies(client, practice, gone)
        if CANARY.lower().encode() in content.lower() or CANARY.lower() in str(response.headers).lower()
    ]

    assert leaks == []


def test_searching_for_words_of_a_draft_finds_nothing(client, surroundings):
    answer = client.get("/api/v1/practices/", {"q": CANARY, "facets": "1"}).json()

    assert (answer["count"], answer["results"]) == (0, [])
    assert all(option["count"] == 0 for options in answer["facets"].values() for option in options)


def test_what_was_retracted_says_so_and_shows_nothing_of_its_text(client, surroundings):
    _practice, gone = surroundings
    address = f"/practices/{gone.slug}/"

    for path in (address, f"/ar{address}", f"{address}v/1/", f"{address}print/", f"{address}brief.pdf",
                 f"{address}cite.bib", f"/api/v1/practices/{gone.slug}/"):  # fmt: skip
        response = client.get(path)
        assert response.status_code == 410, path
        assert b"The figures could not be confirmed." in response.content, path
        assert f"{CANARY} retracted".encode() not in response.content, path


def test_a_superseded_version_stays_readable_and_says_that_it_is_old(client, surroundings):
    practice, _gone = surroundings
    make_update(practice, title="In the open, again", country="KEN", areas=["wash"])

    old = client.get(f"/practices/{practice.slug}/v/1/")

    assert old.status_code == 200
    assert b"In the open" in old.content
    assert f'href="/practices/{practice.slug}/"'.encode() in old.content
    assert client.get(f"/practices/{practice.slug}/v/3/").status_code == 404
