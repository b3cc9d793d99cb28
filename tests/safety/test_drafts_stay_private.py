"""Nothing unpublished is readable anywhere: a canary in every field of all that is private, looked for everywhere."""

import json

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client, override_settings
from django.urls import Resolver404, resolve

from accounts.enums import Role
from exchanges.models import Exchange
from practices import briefs
from practices.models import FacetBits, PracticeIndex, PracticeText, SearchTerm, SearchWord
from ssc_portal import dumps
from ssc_portal.management.commands.routes import routes
from tests.make import make_practice, make_update
from tests.people import make_user
from tests.safety.addresses import FORMATS, LANGUAGES, private_seeds, public_seeds
from tests.safety.canaries import PUBLIC, SIGN, columns_of
from tests.safety.crawling import crawl, read
from tests.safety.planting import REASON, plant
from tests.safety.planting_assistance import page_of, working_page_of

pytestmark = pytest.mark.django_db

# Routes that answer only when there are more practices than are planted here.
ONLY_WITH_MORE_ROWS = {"sitemap-part", "exchanges:document"}
# Routes beside public pages that ask who is there, or for a token or key.
ONLY_SIGNED_IN = {"exchanges:agreement", "exchanges:own-calendar", "api:practice-contact"}
LABELS = ("accounts", "countries", "practices", "exchanges")
# What people with a role read of offers, needs and exchanges that are not for everybody; brokers read more.
TO_PARTNERS, TO_BROKERS = ", for partners: ", ", for brokers: "


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, tmp_path_factory):
    """Planted once for all tests of this file; each one undoes what it does to it."""
    media = tmp_path_factory.mktemp("media")
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(MEDIA_ROOT=media):
            world = plant()
            dumps.write()
        world.media = media
        yield world
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def keep_files_apart(settings, world):
    """The files that were planted are there for all tests."""
    settings.MEDIA_ROOT = world.media


def public_routes():
    """The names of all pages, feeds and data that answer without an account; the desk and /workspace/ do not."""
    rooms = ("/desk/", "/administration/", "/workspace/", "/review/", "/accounts/", "/preview/")
    rooms += ("/api/v1/reviews/", "/api/v1/assistance/", "/api/v1/submissions/", "/api/v1/webhooks/")
    reading = [row for row in routes() if "GET" in row["methods"] and not row["pattern"].startswith(rooms)]
    return {row["name"] for row in reading} - ONLY_WITH_MORE_ROWS - ONLY_SIGNED_IN


def route_of(address):
    """The name of the route that answers ``address``, an address in English; nothing for the other languages."""
    try:
        return resolve(address.partition("?")[0]).view_name
    except Resolver404:
        return None


def leaks_in(world, answers, *, besides=()):
    """[(address, name of the canary)] of all that shows in ``answers``, and the number of addresses read.

    Codes that the reader asked for by name may come back. ``besides``: parts of names that the reader may see.
    """
    leaks, count = [], 0
    for answer in answers:
        count += 1
        assert answer.status < 500, answer.address
        asked = world.canaries.seen_in(answer.address)
        leaks += [
            (answer.address, name)
            for name in world.canaries.seen_in(answer.everything)
            if name not in asked and not any(part in name for part in besides)
        ]
    return leaks, count


# That a canary stands in every field


def test_every_field_that_is_not_public_holds_a_canary(world):
    tables = [model for label in LABELS for model in apps.get_app_config(label).get_models()]
    assert set(PUBLIC) <= {model._meta.label for model in tables}

    planted = [model for model in tables if model._meta.label not in PUBLIC]

    assert world.canaries.missing(planted) == []
    assert sum(len(columns_of(model)) for model in planted) > 100


def test_no_word_is_kept_for_searching_but_those_of_live_practices(world):
    for model in (PracticeIndex, PracticeText, SearchWord, SearchTerm, FacetBits):
        texts = [str(value) for row in model.objects.values_list() for value in row]
        assert [name for text in texts for name in world.canaries.seen_in(text)] == []
    assert not PracticeIndex.objects.filter(practice=world.gone).exists()


# Anonymous readers


def test_no_public_address_shows_a_canary(world, visitor):
    for practice in (world.live, world.renewed):
        for language in ("en", "ar"):
            briefs.make(practice.live_id, language)
    answers = {
        answer.address: answer for answer in crawl(visitor, public_seeds(world) + private_seeds(world), at_most=860)
    }

    leaks, count = leaks_in(world, answers.values())

    assert leaks == []
    assert count == 860
    assert public_routes() - {route_of(address) for address, answer in answers.items() if answer.status == 200} == set()
    for part in (*(f"{language}/practices/{world.live.slug}/" for language in LANGUAGES), "/developers/", "/about/"):
        assert answers[part].status == 200
    assert answers[f"/ar/practices/{world.live.slug}/brief.pdf"].headers["Content-Type"] == "application/pdf"
    assert {kind for kind in FORMATS if f"/api/v1/practices/?format={kind}" in answers} == set(FORMATS)


def test_no_other_way_of_asking_shows_a_canary(world, visitor):
    answers = []
    hidden = [address for row in world.assistance.hidden for address in (page_of(row), working_page_of(row))]
    for address in [*public_seeds(world, ("/ar",)), *private_seeds(world)[:20], *hidden]:
        whole = read(visitor, address)
        tag = {"If-None-Match": whole.headers.get("ETag", '"other"')}
        again = read(visitor, address, **tag)
        assert ("ETag" not in whole.headers) or (again.status, again.text) == (304, ""), address
        answers += [again, read(visitor, address, **{"HX-Request": "true"}), read(visitor, address, method="post")]
        answers += [read(visitor, address, method="options"), read(visitor, address, Accept="text/turtle")]
    refused = ["/no/such/", "/practices/no-such/", "/api/v1/practices/no-such/", "/practices/?country=KEN&area=nothing"]
    refused += ["/api/v1/practices/?area=nothing&country=ZZZ&page=99", "/practices/?page=999", "/countries/ZZZ/"]
    answers += [read(visitor, address) for address in refused]

    leaks, _count = leaks_in(world, answers)

    assert leaks == []
    assert {304, 404, 405, 410} <= {answer.status for answer in answers}


def test_searching_for_a_canary_finds_nothing(world, visitor):
    names = world.canaries.names
    one_of_each_place = {
        name.partition(": ")[0]: word
        for word, name in names.items()
        if word.startswith(SIGN) and ": exchanges." not in name
    }
    of_versions = [word for word, name in names.items() if name.startswith(("open update: ", "retracted"))]

    for word in {*one_of_each_place.values(), *of_versions}:
        answer = visitor.get("/api/v1/practices/", {"q": word}).json()
        assert (answer["count"], answer["results"]) == (0, []), names[word]
    for word in one_of_each_place.values():
        page = visitor.get("/practices/", {"q": word[:-1]}).context["listing"]
        assert page.count == sum(option.count for facet in page.facets for option in facet.options) == 0
    for title in (word for word, name in names.items() if name.endswith("Version.title")):
        suggested = visitor.get("/practices/compare/", {"ref": world.live.slug, "q": title[:-1]}).content.decode()
        assert world.canaries.seen_in(suggested) == []


def test_what_was_retracted_says_so_and_shows_nothing_of_its_text(world, visitor):
    address = f"/practices/{world.gone.slug}/"

    for path in (address, f"/ar{address}", f"{address}v/1/", f"{address}print/", f"{address}brief.pdf",
                 f"{address}cite.bib", f"/api/v1/practices/{world.gone.slug}/"):  # fmt: skip
        answer = read(visitor, path)
        assert answer.status == 410, path
        assert REASON in answer.text, path
        assert world.canaries.seen_in(answer.everything) == [], path


def test_an_update_under_way_has_no_address_and_a_superseded_version_keeps_its_own(visitor):
    practice = make_practice(title="In the open", country="KEN", areas=["wash"])
    make_update(practice, title="In the open, again", country="KEN", areas=["wash"])

    old = visitor.get(f"/practices/{practice.slug}/v/1/")

    assert old.status_code == 200
    assert b"In the open" in old.content
    assert f'href="/practices/{practice.slug}/"'.encode() in old.content
    assert visitor.get(f"/practices/{practice.slug}/v/3/").status_code == 404


# Counts


OF_LIVE = "FROM practices_practice p JOIN practices_version v ON v.id = p.live_id"
IS_LIVE = "p.status = 'live' AND p.merged_into_id IS NULL"
CARRIED_OUT = "JOIN practices_versioncountry c ON c.version_id = v.id AND c.role <> 'partner'"
RECOUNTS = {
    "area": f"SELECT r.area_id, p.id {OF_LIVE} JOIN practices_versionarea r ON r.version_id = v.id",
    "topic": f"SELECT r.topic_id, p.id {OF_LIVE} JOIN practices_versiontopic r ON r.version_id = v.id",
    "country": f"SELECT c.country_id, p.id {OF_LIVE} {CARRIED_OUT}",
    "region": f"SELECT n.unicef_region, p.id {OF_LIVE} {CARRIED_OUT} JOIN countries_country n ON n.iso3 = c.country_id",
    "sdg": f"SELECT t.goal_id, p.id {OF_LIVE} JOIN practices_versiontarget r ON r.version_id = v.id "
    "JOIN practices_sdgtarget t ON t.code = r.target_id",
    "scale": f"SELECT v.scale, p.id {OF_LIVE}",
    "kind": f"SELECT v.kind, p.id {OF_LIVE}",
    "language": f"SELECT l.language, p.id {OF_LIVE} JOIN (SELECT live_id, language FROM practices_practice q JOIN "
    "practices_translation t ON t.practice_id = q.id UNION SELECT id, language FROM practices_version) l "
    "ON l.live_id = v.id",
}


def recount(name):
    """{value: live practices} straight from the tables of practices and versions."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT x.value::text, count(DISTINCT x.id) FROM ({RECOUNTS[name]} WHERE {IS_LIVE}) "
                       "AS x (value, id) WHERE x.value::text <> '' GROUP BY 1")  # fmt: skip
        return dict(cursor.fetchall())


def test_every_count_is_that_of_what_is_public(world, visitor):
    listed = visitor.get("/api/v1/practices/", {"facets": "1", "page_size": 100}).json()
    home, countries = visitor.get("/").context, visitor.get("/countries/").context
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT p.slug {OF_LIVE} WHERE {IS_LIVE}")
        live = {slug for (slug,) in cursor.fetchall()}

    assert {row["slug"] for row in listed["results"]} == live
    assert (listed["count"], home["practices_count"], len(live)) == (3, 3, 3)
    shown = {
        facet: {row["value"]: row["count"] for row in rows if row["count"]} for facet, rows in listed["facets"].items()
    }
    assert {name: shown[name] for name in RECOUNTS} == {name: recount(name) for name in RECOUNTS}
    assert sum(shown["evidence"].values()) == 3
    assert shown.keys() == RECOUNTS.keys() | {"evidence"}
    by_country, by_area, by_region = recount("country"), recount("area"), recount("region")
    assert {row["iso3"]: row["count"] for row in home["map_countries"]} == by_country
    assert {row["area"].slug: row["practices_count"] for row in home["areas"] if row["practices_count"]} == by_area
    assert {row["code"]: row["count"] for row in home["regions"]} == by_region
    assert (home["countries_count"], countries["with_practices_count"]) == (len(by_country), len(by_country))
    for name, key, counts in (
        ("areas", "slug", by_area),
        ("topics", "slug", recount("topic")),
    ):
        rows = visitor.get(f"/api/v1/{name}/", {"page_size": 100}).json()["results"]
        assert {row[key]: row["practices_count"] for row in rows if row["practices_count"]} == counts
    for slug in {row["area"].slug for row in home["areas"]}:
        assert visitor.get(f"/areas/{slug}/").context["listing"].count == by_area.get(slug, 0)


# Signed in


def signed_in(person):
    client = Client(raise_request_exception=False)
    client.force_login(person)
    return client


@pytest.mark.parametrize("is_officer", [False, True], ids=["without a role", "officer of another country"])
def test_who_signs_in_reads_nothing_of_others(world, is_officer):
    person = world.officer if is_officer else make_user(name="No Role")
    seeds = [*private_seeds(world), "/", "/ar/", "/ar/workspace/", "/api/v1/practices/"]
    seeds += [f"/workspace/submissions/new/?{name}={world.live.slug}" for name in ("from", "update")]
    seeds += [f"/workspace/adoptions/new/?practice={world.live.slug}", f"/review/practices/{world.live.slug}/retract/"]
    seeds += [f"/workspace/exchanges/?show={kind}" for kind in ("offers", "matches", "exchanges")]
    seeds += ["/exchanges/", "/exchanges/offers/", "/exchanges/needs/", "/countries/BGD/"]

    answers = {answer.address: answer for answer in crawl(signed_in(person), seeds, at_most=380)}

    leaks, count = leaks_in(world, answers.values(), besides=[TO_PARTNERS] if is_officer else [])
    assert leaks == []
    assert count == 380
    for row in world.assistance.hidden:
        assert answers[page_of(row)].status == answers[working_page_of(row)].status == 404
    for row in world.assistance.for_partners:
        assert answers[page_of(row)].status == (200 if is_officer else 404)
    for submission in world.own.values():
        page = answers.get(f"/workspace/submissions/{submission.pk}/")
        assert (page is not None and "Ours" in page.text) == is_officer
    for submission in world.submissions.values():
        assert answers[f"/workspace/submissions/{submission.pk}/"].status == 404
        assert answers[f"/review/{submission.pk}/"].status == 404


def test_a_curator_reads_nothing_that_was_never_handed_in_nor_what_others_found_before(world):
    curator = make_user(Role.CURATOR, name="Another Curator")
    never = ("draft", "endorsement", "open update", "adaptation", "contact", "retracted")
    hidden = {name for name in world.canaries.names.values() if name.startswith(never) or ", internal: " in name}
    hidden |= {name for name in world.canaries.names.values() if "Notification" in name or "OutboxMessage" in name}
    hidden |= {name for name in world.canaries.names.values() if name.endswith((": token", "User.email"))}
    hidden |= {name for name in world.canaries.names.values() if ": exchanges." in name and not _is_for_brokers(name)}
    seeds = [*private_seeds(world), "/review/?tab=decided", "/review/?scope=all", "/review/?q=zq", "/review/adoptions/"]

    leaks, count = leaks_in(world, crawl(signed_in(curator), seeds, at_most=260))

    assert [(address, name) for address, name in leaks if name in hidden] == []
    assert {  # the canaries do sing
        "in_review: practices.Version.approach",
        f"offer open{TO_PARTNERS}exchanges.Offer.conditions",
        f"match of need open{TO_BROKERS}exchanges.Match.note",
        f"exchange proposed{TO_BROKERS}exchanges.Exchange.objective",
    } <= {name for _address, name in leaks}
    assert count == 260


def _is_for_brokers(name):
    return TO_PARTNERS in name or TO_BROKERS in name


# One address, several readers


def test_nobody_gets_what_another_reader_was_given(world, visitor):
    curator = signed_in(world.curator)
    page = f"/review/{world.submissions['in_review'].pk}/"

    for language in LANGUAGES:
        for address in (page, "/review/", "/accounts/notifications/", f"/practices/{world.live.slug}/", "/"):
            own = read(curator, language + address)
            assert own.status == 200
            assert own.headers["Cache-Control"] == "private, no-store"
            assert "Cookie" in own.headers["Vary"]
            assert world.canaries.seen_in(own.everything) != []
            others = [read(visitor, language + address), read(visitor, language + address, **{"Accept-Language": "pt"})]
            visitor.cookies["django_language"] = "ar"
            others += [read(visitor, language + address), read(visitor, f"{language}{address}?utm_source=x")]
            del visitor.cookies["django_language"]
            assert [world.canaries.seen_in(other.everything) for other in others] == [[]] * 4
            assert len({other.headers["Content-Language"] for other in others}) == 1


def test_what_a_party_of_an_exchange_reads_is_given_to_nobody_else(world, visitor):
    assistance, sung = world.assistance, set()
    party = signed_in(assistance.party)
    exchanges = [row for row in (*assistance.public, *assistance.hidden) if isinstance(row, Exchange)]

    for exchange in exchanges[:1] + exchanges[-1:]:
        for part in ("", "agreement/", "milestones/", "budget/", "messages/", "documents/", "reports/", "closing/"):
            own, other = read(party, working_page_of(exchange) + part), read(visitor, working_page_of(exchange) + part)
            assert (own.status, own.headers["Cache-Control"]) == (200, "private, no-store")
            sung |= {name.rpartition(": ")[2] for name in world.canaries.seen_in(own.text)}
            assert other.status == 302
            assert leaks_in(world, [other]) == ([], 1)

    assert {
        "exchanges.Exchange.cost_share", "exchanges.BudgetLine.planned", "exchanges.Message.text",
        "exchanges.Report.text", "exchanges.Appraisal.text", "exchanges.FollowUp.note", "exchanges.Commitment.text",
    } <= sung  # fmt: skip


def test_no_header_of_a_proxy_makes_a_page_that_others_should_not_get(visitor):
    practice = make_practice(title="In the open", country="KEN", areas=["wash"])
    poison = dict.fromkeys(("X-Forwarded-Host", "X-Forwarded-Server", "Forwarded"), "evil.example")
    poison |= dict.fromkeys(("X-Forwarded-Prefix", "X-Original-URL", "X-Rewrite-URL", "X-Script-Name"), "/review/")

    for address in ("/", f"/practices/{practice.slug}/", "/api/v1/practices/", "/feeds/practices.atom", "/sitemap.xml"):
        plain, answer = read(visitor, address), read(visitor, address, **poison)
        assert (answer.status, "evil.example" in answer.everything) == (200, False)
        assert answer.headers["ETag"] == plain.headers["ETag"]


def test_a_preview_shows_its_own_case_study_and_no_other(world, visitor):
    token = world.tokens["in_review"]

    answer = read(visitor, f"/preview/{token}/")

    seen = {name.partition(":")[0] for name in world.canaries.seen_in(answer.text)}
    assert (answer.status, seen) == (200, {"in_review"})
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Cookie" in answer.headers["Vary"]
    assert token not in json.dumps(answer.headers)
