"""Practices in the API: the contract key by key, the same answers as on the page, and clear refusals."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from practices.models import Practice, PracticeIndex
from practices.publication import retract
from tests.make import make_practice, make_update

ROW = {
    "reference", "slug", "title", "summary", "language", "text_language", "summary_language", "translated_from",
    "languages", "countries", "partner_countries", "challenge_areas", "topics", "sdg_targets", "kind", "scale",
    "setting", "start_year", "end_year", "evidence", "label", "is_verified", "provenance", "adoptions_count", "results",
    "licence", "version", "published_at", "updated_at", "url",
}  # fmt: skip
DETAIL = ROW | {
    "provenance_note", "verified_sources", "unverified_parts", "sections", "section_languages", "lessons",
    "building_blocks", "places", "scale_note", "beneficiaries", "evaluation", "cost", "lead_institutions", "partners",
    "country_roles", "adoptions", "references", "attachments", "links", "translations", "versions", "revalidated_on",
    "review_due_on", "is_review_due", "consent_statement", "review_card", "citation", "brief_url",
}  # fmt: skip


def test_a_list_answers_with_count_neighbours_and_rows(api, kangaroo):
    answer = api("/practices/")

    assert set(answer) == {"count", "next", "previous", "results"}
    assert (answer["count"], answer["next"], answer["previous"]) == (1, None, None)
    (row,) = answer["results"]
    assert set(row) == ROW
    assert row["reference"] == kangaroo.reference
    assert row["countries"] == ["COL", "PER"]
    assert row["partner_countries"] == ["VNM"]
    assert row["challenge_areas"] == ["newborn-health", "nutrition"]
    assert (row["topics"], row["sdg_targets"]) == (["kangaroo"], ["3.2"])
    assert row["evidence"]["level"] == 4
    assert row["evidence"]["label"] == "Strong evidence"
    assert row["evidence"]["reasons"][0] == "A randomised trial tested it."
    assert row["results"] == [
        {
            "name": "Coverage",
            "unit": "%",
            "baseline": 10,
            "baseline_year": 1990,
            "latest": 75.5,
            "latest_year": 2022,
            "source": "Register",
            "is_verified": True,
        }
    ]
    assert (row["adoptions_count"], row["version"], row["end_year"]) == (1, 1, None)
    assert row["url"] == f"http://testserver/practices/{kangaroo.slug}/"


def test_one_practice_has_all_that_is_public(api, kangaroo):
    answer = api(f"/practices/{kangaroo.slug}/")

    assert set(answer) == DETAIL
    assert answer["sections"]["challenge"] == "Too few incubators."
    assert answer["sections"]["results"] == "More babies live."
    assert answer["sections"]["lessons"] == "Train teams.\n\nSingle courses."
    assert answer["sections"]["equity"] == ""
    assert answer["lessons"][1] == {"kind": "failed", "text": "Single courses.", "for_whom": ""}
    assert answer["results"][0]["method"] == "Count"
    assert answer["lead_institutions"] == [{"name": "Fundación Canguro", "kind": "government", "country": None}]
    assert answer["adoptions"] == [
        {
            "country": "VNM",
            "year": 2001,
            "note": "",
            "kept": "",
            "changed": "",
            "result": "Fewer infections",
            "source": "Ministry",
        }
    ]
    assert answer["references"] == [
        {"title": "Twenty years", "publisher": "Pediatrics", "year": 2017, "url": "https://example.org/20"}
    ]
    assert answer["country_roles"][0] == {"country": "COL", "role": "lead"}
    assert [one["number"] for one in answer["versions"]] == [1]


def test_a_row_of_a_list_says_the_same_as_the_practice(api, kangaroo):
    (row,) = api("/practices/")["results"]
    detail = api(f"/practices/{kangaroo.slug}/")
    for result in detail["results"]:
        del result["method"]

    assert {name: detail[name] for name in ROW} == row


def test_a_row_that_is_kept_says_what_the_document_says_now_and_nothing_of_other_questions(api, kangaroo):
    def row(query=""):
        (found,) = api(f"/practices/{query}")["results"]
        return found

    first = row()
    assert set(row("?q=kangaroo&expand=lessons")) == ROW | {"match", "lessons"}
    assert row() == first
    assert row("?lang=fr")["url"] == first["url"].replace("/practices/", "/fr/practices/")

    make_update(kangaroo, title="Skin to skin")

    assert row()["title"] == "Skin to skin"


def test_contacts_are_never_public(client, kangaroo):
    for path in ("/api/v1/practices/", f"/api/v1/practices/{kangaroo.slug}/", "/api/v1/practices/?format=jsonld"):
        body = client.get(path)
        text = b"".join(body.streaming_content) if body.streaming else body.content
        assert b"ecret" not in text


@pytest.mark.parametrize(
    ("query", "headers", "language", "title"),
    [
        ("", {}, "en", "Kangaroo mother care"),
        ("?lang=fr", {}, "fr", "Méthode mère kangourou"),
        ("", {"Accept-Language": "fr-CA, en;q=0.5"}, "fr", "Méthode mère kangourou"),
        ("?lang=ar", {"Accept-Language": "fr"}, "ar", "رعاية الكنغر"),
        ("?lang=es", {}, "en", "Kangaroo mother care"),
    ],
)
def test_texts_come_in_the_language_asked_for_where_there_is_one(client, kangaroo, query, headers, language, title):
    response = client.get(f"/api/v1/practices/{kangaroo.slug}/{query}", headers=headers)
    answer = response.json()

    assert (answer["title"], answer["text_language"], answer["language"]) == (title, language, "en")
    assert answer["translated_from"] == (None if language == "en" else "en")
    assert response["Content-Language"] == language
    assert "Accept-Language" in response["Vary"]
    linked = client.get(response.wsgi_request.path + (query + "&" if query else "?") + "format=jsonld", headers=headers)
    assert (linked["Content-Language"], linked.json()["inLanguage"]) == (language, language)


def test_what_is_not_translated_comes_as_written_and_says_so(api, kangaroo):
    french, arabic = (api(f"/practices/{kangaroo.slug}/?lang={code}") for code in ("fr", "ar"))

    assert french["sections"]["challenge"] == "Trop peu de couveuses."
    assert french["sections"]["approach"] == "Carry the baby."
    assert french["section_languages"] == {"challenge": "fr", "approach": "en", "results": "en", "lessons": "en"}
    assert (arabic["summary"], arabic["summary_language"]) == ("Small babies are carried skin to skin.", "en")
    assert french["url"] == f"http://testserver/fr/practices/{kangaroo.slug}/"
    assert [(one["language"], one["is_stale"]) for one in french["translations"]] == [("ar", False), ("fr", False)]


def test_pages_follow_each_other_and_keep_the_query(api, client):
    made = [make_practice(country="PER").slug for _number in range(3)]

    first = api("/practices/?country=PER&page_size=2")
    assert first["next"] == "http://testserver/api/v1/practices/?country=PER&page_size=2&page=2"
    second = client.get(first["next"]).json()
    assert second["previous"] == "http://testserver/api/v1/practices/?country=PER&page_size=2&page=1"
    assert second["next"] is None
    assert [row["slug"] for row in first["results"] + second["results"]] == made[::-1]


@pytest.mark.parametrize(
    ("query", "field", "says"),
    [
        ("colour=red", "colour", "Known parameters: q, area"),
        ("area=space", "area", "newborn-health"),
        ("country=XXX", "country", "XXX"),
        ("evidence=9", "evidence", "5"),
        ("ordering=random", "ordering", "random"),
        ("year_from=soon", "year_from", "number"),
        ("year_from=99999", "year_from", "2100"),
        ("page=0", "page", "1"),
        ("page=-1", "page", "1"),
        ("page=one", "page", "whole number"),
        ("page_size=101", "page_size", "100"),
        ("page_size=1000000", "page_size", "100"),
        ("facets=yes", "facets", "0, 1"),
        ("fields=title,secrets", "fields", "reference"),
        ("lang=tlh", "lang", "en, fr, es, pt, ar"),
        ("q=" + "x" * 301, "q", "300"),
        ("view=map", "view", "Known parameters"),
    ],
)
def test_an_unknown_parameter_or_value_is_named_with_what_would_be_right(problem, kangaroo, query, field, says):
    status, errors, _detail = problem(f"/api/v1/practices/?{query}")

    assert status == 400
    assert list(errors) == [field]
    assert says in errors[field]


def test_everything_wrong_is_said_at_once(problem, kangaroo):
    _status, errors, _detail = problem("/api/v1/practices/?colour=red&area=space&lang=tlh&page=0")

    assert set(errors) == {"colour", "area", "lang", "page"}


def test_refusals_speak_the_language_asked_for(client, kangaroo):
    response = client.get("/api/v1/practices/?colour=red&lang=fr")

    assert response["Content-Language"] == "fr"
    assert response.json()["title"] != client.get("/api/v1/practices/?colour=red").json()["title"]


@pytest.mark.parametrize("page", ["2", "1000000000"])
def test_a_page_beyond_the_last_is_not_there(problem, kangaroo, page):
    status, _errors, detail = problem(f"/api/v1/practices/?page={page}")

    assert status == 404
    assert "The last page is 1." in detail


def test_an_unknown_practice_is_not_found(problem, kangaroo):
    assert problem("/api/v1/practices/nothing-of-the-kind/")[0] == 404
    assert problem("/api/v1/practices/%F0%9F%A6%98/")[0] == 404


def test_a_retracted_practice_is_gone_everywhere(problem, api, kangaroo):
    retract(kangaroo, reason="The figures could not be confirmed.")

    status, _errors, detail = problem(f"/api/v1/practices/{kangaroo.slug}/")
    assert (status, detail) == (410, "The figures could not be confirmed.")
    assert api("/practices/?facets=1")["count"] == 0
    assert sum(row["practices_count"] for row in api("/areas/")["results"]) == 0


def test_a_merged_practice_leads_to_the_one_that_it_became(client, kangaroo):
    other = make_practice(title="Skin to skin")
    Practice.objects.filter(pk=other.pk).update(merged_into=kangaroo)

    response = client.get(f"/api/v1/practices/{other.slug}/")

    assert (response.status_code, response["Location"]) == (301, f"/api/v1/practices/{kangaroo.slug}/")


def test_links_lead_only_to_live_practices(api, kangaroo):
    other, gone = make_practice(title="Skin to skin"), make_practice(title="Doubtful")
    kangaroo.links.create(target=other, kind="builds_on")
    kangaroo.links.create(target=gone, kind="contradicts")
    retract(gone, reason="Made up.")

    (link,) = api(f"/practices/{kangaroo.slug}/")["links"]

    assert (link["kind"], link["slug"]) == ("builds_on", other.slug)


def test_fields_choose_members_in_lists_and_of_one(api, kangaroo):
    assert api("/practices/?fields=title,reference")["results"] == [
        {"reference": kangaroo.reference, "title": "Kangaroo mother care"}
    ]
    assert set(api(f"/practices/{kangaroo.slug}/?fields=sections,lessons")) == {"sections", "lessons"}


def test_words_say_where_they_were_found(api, kangaroo):
    (row,) = api("/practices/?q=incubators")["results"]
    assert row["match"]["language"] == "en"
    assert "<mark>incubators</mark>" in row["match"]["snippet"]
    (row,) = api("/practices/?q=kangourou")["results"]
    assert row["match"]["language"] == "fr"
    assert "match" not in api("/practices/")["results"][0]


def test_facets_count_what_each_value_would_leave(api, seeds):
    answer = api("/practices/?area=nutrition&country=PER&facets=1&page_size=1")

    rows = list(PracticeIndex.objects.all())
    in_peru = [row for row in rows if "PER" in row.countries]
    on_nutrition = [row for row in rows if "nutrition" in row.areas]
    both = [row for row in in_peru if row in on_nutrition]
    facets = {
        name: {option["value"]: option["count"] for option in options if option["count"]}
        for name, options in answer["facets"].items()
    }
    assert answer["count"] == len(both) > 0
    assert facets["area"] == _recount(in_peru, lambda row: row.areas)
    assert facets["country"] == _recount(on_nutrition, lambda row: row.countries)
    assert facets["region"] == _recount(both, lambda row: row.regions)
    assert facets["topic"] == _recount(both, lambda row: row.topics)
    assert facets["sdg"] == _recount(both, lambda row: map(str, row.goals))
    assert facets["language"] == _recount(both, lambda row: row.languages)
    assert facets["evidence"] == _recount(both, lambda row: [str(row.evidence)])
    assert facets["scale"] == _recount(both, lambda row: filter(None, [row.scale]))
    assert facets["kind"] == _recount(both, lambda row: [row.kind])
    assert set(answer["facets"]["area"][0]) == {"value", "label", "count"}


def _recount(rows, values):
    counts = {}
    for row in rows:
        for value in values(row):
            counts[value] = counts.get(value, 0) + 1
    return counts


@pytest.mark.parametrize("path", ["/api/v1/practices/", "/api/v1/practices/?facets=1&q=practice", "/api/v1/topics/"])
def test_a_list_asks_as_often_for_three_rows_as_for_one(client, db, path):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    make_practice(topics=["one"], adoptions=[{"country": "PER"}])
    queries()
    for_one = queries()
    make_practice(topics=["two"], further=["KEN"], translations={"fr": {"title": "Deux"}})
    make_practice(topics=["three"], partners=["SEN"], results=[{"name": "Reach"}])
    queries()

    assert queries() == for_one


def test_one_practice_asks_as_often_whatever_it_holds(client, kangaroo):
    small = make_practice(title="Small")
    counts = []
    for practice in (small, kangaroo):
        client.get(f"/api/v1/practices/{practice.slug}/")
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/api/v1/practices/{practice.slug}/")
        counts.append(len(captured))

    # What is empty is not looked up any further: organisations, topics and countries of rows that are not there.
    assert counts[1] - counts[0] <= 5


def test_an_answer_is_kept_until_something_is_published(client, kangaroo):
    first = client.get("/api/v1/practices/")
    assert first["Cache-Control"].startswith("public")

    again = client.get("/api/v1/practices/", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["Access-Control-Allow-Origin"] == "*"

    make_update(kangaroo, title="Kangaroo mother care, again", country="COL")
    after = client.get("/api/v1/practices/", headers={"If-None-Match": first["ETag"]})
    assert after.status_code == 200
    assert after["ETag"] != first["ETag"]
    assert after.json()["results"][0]["version"] == 2


def test_formats_and_languages_have_their_own_etags(client, kangaroo):
    path = f"/api/v1/practices/{kangaroo.slug}/"
    answers = [
        client.get(path),
        client.get(path, headers={"Accept-Language": "fr"}),
        client.get(path, headers={"Accept": "application/ld+json"}),
        client.get(f"{path}?format=jsonld"),
        client.get(f"{path}?fields=title"),
    ]

    assert len({answer["ETag"] for answer in answers}) == len(answers)


def test_the_root_names_the_lists(api):
    lists = {name for name in api("/") if not name.startswith("impact/")}
    assert lists == {
        "practices", "countries", "areas", "topics", "sdg-targets", "indicators", "exchanges", "offers", "needs",
        "funds", "projects", "submissions", "reviews", "assistance/offers", "assistance/needs", "webhooks",
    }  # fmt: skip
