"""Searches, counts and figures of assistance know nothing of what is not public.

That no page or file shows it is looked for in ``test_drafts_stay_private``.
"""

import pytest
from django.db import connection, transaction

from accounts.enums import Role
from accounts.models import User
from exchanges.filters import ExchangeFilter, NeedFilter, OfferFilter
from exchanges.impact_figures import write_month
from exchanges.models import Exchange, Need, Offer
from tests.make import make_practice
from tests.people import make_user
from tests.safety.canaries import SIGN, Canaries
from tests.safety.crawling import read
from tests.safety.planting_assistance import plant_assistance

pytestmark = pytest.mark.django_db

NONSENSE = f"{SIGN}xyxyz"
SEARCHED = tuple(
    f"exchanges.{model}.{column}"
    for model, columns in (
        ("Exchange", ("code", "title", "topic", "objective", "outputs", "outcome", "lessons", "cost_share")),
        ("Offer", ("code", "title", "summary", "capacity_note", "conditions", "closing_note")),
        ("Need", ("code", "title", "summary", "outcome", "beneficiaries", "budget_note", "closing_note")),
    )
    for column in columns
)
FILTERS = {"exchanges": ExchangeFilter, "offers": OfferFilter, "needs": NeedFilter}
PAGES = {"exchanges": "/exchanges/", "offers": "/exchanges/offers/", "needs": "/exchanges/needs/"}
MODELS = {"exchanges": Exchange, "offers": Offer, "needs": Need}


@pytest.fixture(scope="module")
def canaries():
    return Canaries()


@pytest.fixture(scope="module")
def assistance(canaries, django_db_setup, django_db_blocker):
    """Planted once for all tests of this file; each one undoes what it does to it."""

    def person(*roles):
        return make_user(*roles, **canaries.fill(User, "people"))

    with django_db_blocker.unblock(), transaction.atomic():
        adoptions = [{"country": "PER", "year": 2020, "note": "Told to everybody."}]
        practice = make_practice(
            title="In the open", country="KEN", areas=["wash"], topics=["cholera"], adoptions=adoptions
        )
        yield plant_assistance(canaries, practice, person=person, reader=make_user(Role.OFFICER, country="PER"))
        transaction.set_rollback(True)


# Words


def asked_of(name):
    """The list that a reader would ask for the canary called ``name``."""
    for part, one in (("Offer", "offers"), ("Need", "needs"), ("Fund", "funds"), ("Project", "projects")):
        if f"exchanges.{part}." in name:
            return one
    return "exchanges"


def test_a_word_of_what_is_not_public_is_answered_like_one_that_stands_nowhere(canaries, assistance, visitor):
    words = {word: name for word, name in canaries.names.items() if word.startswith(SIGN)}
    # Of the tables that are searched one word of each field in each state, of the others one of each field.
    searched = set({name: word for word, name in words.items() if name.endswith(SEARCHED)}.values())
    searched |= set({name.partition(": ")[2]: word for word, name in words.items()}.values())

    def answer(address, word):
        found = read(visitor, f"{address}?q={word}")
        return found.status, found.text.replace(word, "WORD")

    nothing = {name: answer(f"/api/v1/{name}/", NONSENSE) for name in (*FILTERS, "funds", "projects")}
    assert {status for status, _text in nothing.values()} == {200}
    for word in searched:
        name = asked_of(words[word])
        assert answer(f"/api/v1/{name}/", word) == nothing[name], words[word]
    for name, address in PAGES.items():
        page = answer(address, NONSENSE)
        for row in (*assistance.hidden, *assistance.for_partners[::3]):
            if isinstance(row, MODELS[name]):
                assert answer(address, row.title) == answer(address, row.code) == page


@pytest.mark.parametrize("name", FILTERS)
def test_no_filter_and_no_order_shows_a_canary(name, canaries, assistance, visitor):
    known = FILTERS[name]
    queries = [f"ordering={ordering}" for ordering in known.ORDERINGS]
    queries += [f"status={value}" for value, _label in known.status_choices()]
    queries += [f"{one}={code}" for code in ("BGD", "VNM", "SEN") for one in ("country", *known.OF_COUNTRIES)]
    queries += ["practice=in-the-open", "area=wash&topic=cholera", "year_from=2000", "year_to=2030", "region=SA"]

    for query in queries:
        for address in (f"{PAGES[name]}?{query}", f"/api/v1/{name}/?{query}&format=csv"):
            found = read(visitor, address)
            assert (found.status, canaries.seen_in(found.everything)) == (200, []), address


# Counts


PUBLISHED = {
    "exchanges": "r.published_at IS NOT NULL AND r.visibility = 'public'",
    "offers": "r.opened_at IS NOT NULL AND r.visibility = 'public'",
    "needs": "r.opened_at IS NOT NULL AND r.visibility = 'public'",
}
LISTED = {
    "exchanges": PUBLISHED["exchanges"],
    "offers": f"{PUBLISHED['offers']} AND r.status = 'open'",
    "needs": f"{PUBLISHED['needs']} AND r.status IN ('open', 'matched')",
}
OF_PARTIES = "(SELECT exchange_id, country_id FROM exchanges_party)"
OF_ASKING = "(SELECT id, country_id FROM exchanges_need UNION SELECT need_id, country_id FROM exchanges_needcountry)"
COUNTRIES = {
    "exchanges": OF_PARTIES,
    "offers": "(SELECT id, country_id FROM exchanges_offer)",
    "needs": OF_ASKING,
}


def rows_of(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def recount(name, facet):
    """{value: rows of the list ``name``} straight from the tables."""
    one = name.removesuffix("s")
    values = {
        "area": f"SELECT challengearea_id, {one}_id FROM exchanges_{one}_challenge_areas",
        "topic": f"SELECT topic_id, {one}_id FROM exchanges_{one}_topics",
        "country": f"SELECT c.country_id, c.id FROM {COUNTRIES[name]} AS c (id, country_id)",
        "region": f"SELECT n.unicef_region, c.id FROM {COUNTRIES[name]} AS c (id, country_id) "
        "JOIN countries_country n ON n.iso3 = c.country_id",
        "modality": f"SELECT unnest(modalities), id FROM exchanges_{one}",
        "language": f"SELECT unnest(languages), id FROM exchanges_{one}",
    }
    sql = values.get(facet) or f"SELECT {facet}, id FROM exchanges_{one}"
    chosen = PUBLISHED[name] if facet == "status" else LISTED[name]
    return dict(
        rows_of(
            f"SELECT x.value::text, count(DISTINCT r.id) FROM ({sql}) AS x (value, id) "
            f"JOIN exchanges_{one} r ON r.id = x.id WHERE {chosen} AND x.value::text <> '' GROUP BY 1"
        )
    )


def count(name, condition=None):
    one = name.removesuffix("s")
    return rows_of(f"SELECT count(*) FROM exchanges_{one} r WHERE {condition or LISTED[name]}")[0][0]


@pytest.mark.parametrize("name", FILTERS)
def test_every_count_of_a_list_is_that_of_what_is_public(name, assistance, visitor):
    answer = visitor.get(f"/api/v1/{name}/", {"facets": "1", "page_size": 100}).json()
    page = visitor.get(PAGES[name]).context

    shown = {
        facet: {row["value"]: row["count"] for row in rows if row["count"]} for facet, rows in answer["facets"].items()
    }
    assert shown == {facet: recount(name, facet) for facet in FILTERS[name].FACETS}
    assert answer["count"] == len(answer["results"]) == page["listing"].count == count(name) > 0
    assert count(name) < MODELS[name].objects.count()
    on_page = {one.name: {option.value: option.count for option in one.options} for one in page["listing"].facets}
    assert {facet: {v: n for v, n in counts.items() if n} for facet, counts in on_page.items()} == shown
    assert {one: page["counts"][one] for one in FILTERS} == {one: count(one) for one in FILTERS}
    if name == "exchanges":
        stages = {stage.value: stage.count for stage in page["stages"] if stage.count}
        assert stages == {
            state: n for state, n in recount(name, "status").items() if state in {"running", "followed_up"}
        }


IS_LIVE = "EXISTS (SELECT 1 FROM exchanges_exchange e WHERE e.need_id = r.id AND e.published_at IS NOT NULL AND " \
          "e.visibility = 'public' {})"  # fmt: skip
ENDED = "AND e.status IN ('closed', 'followed_up')"
CHECKED = (
    f"{ENDED} AND EXISTS (SELECT 1 FROM exchanges_followup f WHERE f.exchange_id = e.id AND f.done_at IS NOT NULL)"
)
FUNNEL = {
    "opened": "",
    "matched": f"AND (r.status = 'matched' OR {IS_LIVE.format('')})",
    "agreed": f"AND {IS_LIVE.format('')}",
    "closed": f"AND {IS_LIVE.format(ENDED)}",
    "followed_up": f"AND {IS_LIVE.format(CHECKED)}",
}


def test_every_figure_of_the_impact_page_is_that_of_what_is_public(assistance, visitor):
    def rows(name):
        return visitor.get(f"/api/v1/impact/{name}/", {"page_size": 100}).json()["results"]

    figures = {row["measure"]: row["value"] for row in rows("figures")}
    exchanges = recount("exchanges", "status")
    assert figures["exchanges"] == count("exchanges")
    assert figures["exchanges_under_way"] == exchanges["running"] == 1
    assert figures["exchanges_completed"] == exchanges["followed_up"] == 1
    funnel = {row["step"]: row["needs_count"] for row in rows("funnel")}
    assert {step: funnel[step] for step in FUNNEL} == {
        step: count("needs", f"{PUBLISHED['needs']} {more}") for step, more in FUNNEL.items()
    }
    assert {(row["provider"], row["beneficiary"]): row["exchanges_count"] for row in rows("flows")} == {
        (giver, receiver): n
        for giver, receiver, n in rows_of(
            "SELECT g.country_id, b.country_id, count(DISTINCT r.id) FROM exchanges_exchange r JOIN exchanges_party g "
            "ON g.exchange_id = r.id AND g.role = 'provider' JOIN exchanges_party b ON b.exchange_id = r.id AND "
            f"b.role = 'beneficiary' WHERE {LISTED['exchanges']} GROUP BY 1, 2"
        )
    }
    matrix = {(row["region"], row["area"]): (row["needs_count"], row["offers_count"]) for row in rows("matrix")}
    asked = rows_of(
        f"SELECT n.unicef_region, a.challengearea_id, count(DISTINCT r.id) FROM exchanges_need r "
        f"JOIN {OF_ASKING} AS c (id, country_id) ON c.id = r.id JOIN countries_country n ON n.iso3 = c.country_id "
        "JOIN exchanges_need_challenge_areas a ON a.need_id = r.id "
        f"WHERE {PUBLISHED['needs']} AND r.status = 'open' GROUP BY 1, 2"
    )
    assert {cell: needs for cell, (needs, _offers) in matrix.items() if needs} == {
        (region, area): n for region, area, n in asked
    }
    assert {offers for (_region, area), (_needs, offers) in matrix.items() if area == "wash"} == {count("offers")}


def test_the_figures_of_a_month_are_those_of_what_is_public(assistance, visitor):
    write_month()

    kept = visitor.get("/api/v1/impact/months/").json()["results"]

    assert {row["measure"]: row["value"] for row in kept} == {
        "practices": 1,
        "adoptions": 1,
        "exchanges": count("exchanges"),
        "exchanges_under_way": 1,
        "exchanges_completed": 1,
        "exchanges_recorded": 1,
        "needs_opened": count("needs", PUBLISHED["needs"]),
        "needs_open": count("needs", f"{PUBLISHED['needs']} AND r.status = 'open'"),
        "offers_open": count("offers"),
    }


@pytest.mark.parametrize("iso3", ["BGD", "VNM", "SEN"])
def test_the_counts_of_a_country_are_those_of_what_is_public(iso3, assistance, visitor):
    page = visitor.get(f"/countries/{iso3}/").context

    def taking_part(role):
        return count(
            "exchanges",
            f"{LISTED['exchanges']} AND r.id IN (SELECT exchange_id FROM exchanges_party WHERE country_id = '{iso3}' "
            f"{role})",
        )

    told, given = page["assistance"], page["exchanged"]
    assert told.offers_count == recount("offers", "country").get(iso3, 0)
    assert told.needs_count == recount("needs", "country").get(iso3, 0)
    assert len(told.wanted) == min(1, told.needs_count)
    assert given.count == taking_part("")
    assert (given.given, given.received) == (
        taking_part("AND role = 'provider'"),
        taking_part("AND role = 'beneficiary'"),
    )
    row = {one["country"]: one for one in visitor.get("/api/v1/impact/countries/").json()["results"]}.get(iso3, {})
    assert (row.get("given_count", 0), row.get("received_count", 0)) == (given.given, given.received)


def test_what_was_given_adds_up_from_public_gifts(assistance, visitor):
    project = visitor.get(f"/api/v1/projects/{assistance.project.code}/").json()
    fund = visitor.get(f"/api/v1/funds/{assistance.project.fund.slug}/").json()

    assert sum(row["count"] for row in project["totals"]) == len(project["contributions"]) == 1
    assert sum(row["count"] for row in fund["totals"]) == len(fund["contributions"]) == 2
    assert project["exchanges"] == sorted(row.code for row in assistance.public if isinstance(row, Exchange))
    page = visitor.get(f"/projects/{assistance.project.code}/").context
    assert sum(row["count"] for row in page["totals"]) == len(page["thread"].contributions) == 1
