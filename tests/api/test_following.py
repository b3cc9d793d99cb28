"""A client that keeps a copy: whatever happens between its questions, it ends with exactly what is public."""

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from practices.indexing import rebuild
from practices.models import Adoption, Practice, Translation
from practices.publication import retract
from ssc_portal.api_docs import schema
from tests.make import make_area, make_country, make_practice, make_update

pytestmark = pytest.mark.django_db
BEGINNING = "1970-01-01T00:00:00Z"


def changes(api, since=BEGINNING, query=""):
    return api(f"/practices/?modified_since={quote(since)}&{query}")


def merge(practice, into):
    """Merge ``practice``, as a curator of the desk would."""
    Practice.objects.filter(pk=practice.pk).update(merged_into=into)
    rebuild([practice.pk])


def test_what_changed_comes_in_the_order_of_the_changes_with_the_place_to_go_on_from(api):
    first, second = make_practice(title="First"), make_practice(title="Second")
    begun = changes(api)
    make_update(first, title="First, again")

    body = changes(api, begun["as_of"])

    assert [row["title"] for row in begun["results"]] == ["First", "Second"]
    assert begun["as_of"] == begun["results"][-1]["changed_at"]
    assert (body["count"], body["next"], body["previous"]) == (1, None, None)
    assert [(row["reference"], row["title"]) for row in body["results"]] == [(first.reference, "First, again")]
    assert changes(api, body["as_of"]) == {**body, "count": 0, "results": []}
    assert changes(api, begun["results"][0]["changed_at"])["count"] == 2
    assert second.reference == begun["results"][1]["reference"]


def test_what_is_gone_comes_as_a_tombstone_that_says_why(api):
    kept, merged, wrong = make_practice(title="Kept"), make_practice(title="Merged"), make_practice(title="Wrong")
    since = changes(api)["as_of"]
    merge(merged, kept)
    retract(wrong, reason="It could not be confirmed.")

    rows = changes(api, since)["results"]

    assert [{key: value for key, value in row.items() if key != "changed_at"} for row in rows] == [
        {"reference": merged.reference, "slug": merged.slug, "gone": True,
         "status": "merged", "reason": "", "merged_into": kept.reference},
        {"reference": wrong.reference, "slug": wrong.slug, "gone": True,
         "status": "retracted", "reason": "It could not be confirmed.", "merged_into": None},
    ]  # fmt: skip
    assert [row["title"] for row in api("/practices/")["results"]] == ["Kept"]


def test_with_a_filter_what_does_not_answer_it_is_told_as_gone_too(api):
    practice = make_practice(areas=["wash"])
    since = changes(api, query="area=wash")["as_of"]
    make_update(practice, areas=["nutrition"])

    (row,) = changes(api, since, "area=wash&fields=title")["results"]

    assert (row["reference"], row["gone"], row["status"]) == (practice.reference, True, "unmatched")
    assert list(changes(api, since, "area=nutrition&fields=title")["results"][0]) == ["title", "changed_at"]


def test_tombstones_are_as_described(api):
    retract(make_practice(), reason="Wrong.")
    (row,) = changes(api)["results"]
    shape = {"$ref": "#/components/schemas/Tombstone", "components": schema()["components"]}

    assert list(Draft202012Validator(shape).iter_errors(row)) == []
    items = schema()["components"]["schemas"]["ListedPracticeList"]["properties"]["results"]["items"]
    assert items["anyOf"][-1] == {"$ref": "#/components/schemas/Tombstone"}


def test_a_long_answer_comes_in_steps_each_of_which_may_be_the_last(api):
    made = [make_practice().reference for _ in range(5)]

    first = changes(api, query="page_size=2")
    second = api(first["next"].partition("/api/v1")[2])
    third = api(second["next"].partition("/api/v1")[2])

    assert [row["reference"] for body in (first, second, third) for row in body["results"]] == made
    assert [body["count"] for body in (first, second, third)] == [5, 5, 5]
    assert third["next"] is None
    assert [row["reference"] for row in changes(api, first["as_of"])["results"]] == made[2:]


@pytest.mark.parametrize(
    "change",
    [
        lambda practice: (
            Translation.objects.create(practice=practice, language="fr", title="Titre") and rebuild([practice.pk])
        ),
        lambda practice: (
            Adoption.objects.create(practice=practice, country=make_country("VNM")) and rebuild([practice.pk])
        ),
        lambda practice: _rename(practice.live.institution_rows.get().organisation),
        lambda practice: retract(practice.links.get().target, reason="Wrong."),
    ],
    ids=["translation", "adoption", "organisation", "link"],
)
def test_whatever_is_public_of_a_practice_is_a_change_of_it(api, change):
    practice = make_practice(institutions=["An institute"])
    practice.links.create(target=make_practice(), kind="builds_on")
    make_practice()  # stays as it is
    since = changes(api)["as_of"]

    change(practice)

    rows = [row["reference"] for row in changes(api, since)["results"] if "gone" not in row]
    assert rows == [practice.reference]


def _rename(organisation):
    organisation.name = "Another name"
    organisation.save()


def test_a_rebuild_of_everything_changes_nothing_that_stays_as_it_is(api):
    make_practice(areas=["wash"])
    other = make_practice(areas=["wash"])
    since = changes(api)["as_of"]
    Practice.objects.filter(pk=other.pk).update(label="promising")

    rebuild()

    assert [row["reference"] for row in changes(api, since)["results"]] == [other.reference]


def test_a_walk_gives_everything_once_and_the_place_from_which_to_follow(api):
    made = [make_practice().reference for _ in range(5)]
    first = api("/practices/?cursor=*&page_size=2")
    late = make_practice()
    second = api(first["next"].partition("/api/v1")[2])
    retract(Practice.objects.get(reference=made[0]), reason="Wrong.")
    third = api(second["next"].partition("/api/v1")[2])

    assert [row["reference"] for body in (first, second, third) for row in body["results"]] == made[:0:-1]
    assert (first["previous"], third["next"]) == (None, None)
    assert first["as_of"] == second["as_of"] == third["as_of"]
    assert [row["reference"] for row in changes(api, first["as_of"])["results"]] == [late.reference, made[0]]


def test_a_walk_takes_the_filters_of_the_list(api):
    moment = datetime(2020, 1, 1, tzinfo=UTC)
    made = [make_practice(areas=["wash"], title="Wells", identity={"published_at": moment}).slug for _ in range(3)]
    make_practice(areas=["nutrition"])

    seen, path = [], "/practices/?cursor=*&page_size=1&area=wash&q=wells&fields=slug"
    while path:
        body = api(path)
        seen += [row["slug"] for row in body["results"]]
        assert body["count"] == 3
        path = body["next"] and body["next"].partition("/api/v1")[2]

    assert seen == made[::-1]


def test_an_empty_portal_can_be_followed(api):
    assert api("/practices/?cursor=*") == {
        "count": 0, "next": None, "previous": None, "as_of": "1970-01-01T00:00:00.000000Z", "results": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    "query",
    [
        "modified_since=yesterday",
        "modified_since=2026-02-30T00:00:00Z",
        "modified_since=0001-01-01T00:00:00%2B14:00",
        "modified_since=2026-01-01",
        "cursor=!",
        "cursor=abc",
        "cursor=WyJ3YWxrIiwxXQ",
        "cursor=WyJ3YWxrIiw5MjIzMzcyMDM2ODU0Nzc1ODA3LDEsMV0",
        "cursor=" + "A" * 201,
    ],
)
def test_what_is_no_moment_or_no_place_is_refused_by_name(problem, query):
    status, errors, _detail = problem(f"/api/v1/practices/?{query}")

    assert (status, list(errors)) == (400, [query.partition("=")[0]])


def test_a_cursor_leads_on_in_its_own_list_alone(api, problem):
    make_practice()
    make_practice()
    cursor = api("/practices/?cursor=*&page_size=1")["next"].partition("cursor=")[2].partition("&")[0]

    status, errors, _detail = problem(f"/api/v1/practices/?modified_since={BEGINNING}&cursor={cursor}")

    assert (status, list(errors)) == (400, ["cursor"])


@pytest.mark.parametrize(
    ("query", "unfit"),
    [
        (f"modified_since={BEGINNING}&q=wells", ["q"]),
        (f"modified_since={BEGINNING}&ordering=-published_at", ["ordering"]),
        ("cursor=*&ordering=title&page=2", ["page", "ordering"]),
        ("cursor=*&facets=1", ["facets"]),
        ("cursor=*&format=csv", ["format"]),
    ],
)
def test_what_does_not_go_together_is_named(problem, query, unfit):
    status, errors, _detail = problem(f"/api/v1/practices/?{query}")

    assert (status, list(errors)) == (400, unfit)


def test_a_moment_may_stand_in_any_zone_and_its_plus_sign_need_not_be_encoded(api):
    make_practice()

    for text in ("2026-01-01t00:00:00.123456789z", "2026-01-01T00:00:00+02:00", "2026-01-01T00:00:00%2B02:00"):
        assert api(f"/practices/?modified_since={text}")["count"] == 1


# Everything at once

STEPS = ["publish", "publish", "update", "update", "retract", "merge", "translate", "reindex", "poll", "poll"]
AREAS = ["wash", "nutrition"]


class Follower:
    """A client that keeps {reference: title} of a query."""

    def __init__(self, api, query, size):
        self.api, self.query, self.kept = api, f"{query}&page_size={size}", {}
        self.as_of = self._take(f"cursor=*&{self.query}")

    def poll(self, *, only_first_step=False):
        self.as_of = self._take(f"modified_since={self.as_of}&{self.query}", only_first_step)

    def _take(self, query, only_first_step=False):
        path = f"/practices/?{query}"
        while True:
            body = self.api(path)
            for row in body["results"]:
                if row.get("gone"):
                    self.kept.pop(row["reference"], None)
                else:
                    self.kept[row["reference"]] = row["title"]
            if body["next"] is None or only_first_step:
                return body["as_of"]
            path = body["next"].partition("/api/v1")[2]


def play(step, number, area, turn):
    live = list(Practice.objects.live().order_by("pk"))
    one = live[number % len(live)] if live else None
    if step == "publish" or one is None:
        make_practice(title=f"Title {turn}", areas=[area], country="PER")
    elif step == "update":
        make_update(one, title=f"Title {turn}", areas=[area])
    elif step == "retract":
        retract(one, reason="Wrong.")
    elif step == "merge" and len(live) > 1:
        merge(one, live[(number + 1) % len(live)])
    elif step == "translate":
        Translation.objects.filter(practice=one).delete()
        Translation.objects.create(practice=one, language="fr", title=f"Titre {turn}")
        rebuild([one.pk])
    elif step == "reindex":
        rebuild()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 50), st.sampled_from(AREAS), st.booleans()), max_size=12),
    st.integers(1, 3),
)
def test_who_polls_ends_with_exactly_what_is_public(api, steps, size):
    with transaction.atomic():
        make_country("PER")
        for slug in AREAS:
            make_area(slug)
        make_practice(title="There before", areas=["wash"])
        followers = {query: Follower(api, query, size) for query in ("lang=fr", "lang=fr&area=wash")}
        for turn, (step, number, area, is_cut_short) in enumerate(steps):
            if step == "poll":
                for follower in followers.values():
                    follower.poll(only_first_step=is_cut_short)
            else:
                play(step, number, area, turn)
        for query, follower in followers.items():
            follower.poll()
            rows = api(f"/practices/?{query}&page_size=100")["results"]
            assert follower.kept == {row["reference"]: row["title"] for row in rows}
        transaction.set_rollback(True)
