"""What lies below a practice in the API: versions, differences, translations, adoptions, related practices."""

import csv
import io
from datetime import date
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from practices import workflow
from practices.models import Practice, ReviewCard
from practices.publication import make_live, retract
from practices.related import keep
from tests.api.test_practices import DETAIL, ROW
from tests.files_make import make_attached
from tests.make import make_practice, make_update, make_version
from tests.people import make_user
from tests.submissions import file_review, make_submission

PARTS = ["", "versions/", "versions/1/", "differences/", "translations/", "adoptions/", "related/"]
LISTS = ["versions", "translations", "adoptions", "related"]


@pytest.fixture
def updated(kangaroo):
    """The practice after a second version that changes its summary, lessons and a result."""
    return make_update(
        kangaroo,
        title="Kangaroo mother care",
        summary="All babies are carried skin to skin.",
        areas=["newborn-health"],
        challenge="Too few incubators.",
        results=[{"name": "Coverage", "baseline": 10.0, "latest": 80.0}],
        lessons=[{"kind": "worked", "text": "Train teams twice."}],
        consent_statement="The ministry agreed.",
    )


def test_versions_stand_newest_first_with_permalinks(api, updated):
    answer = api(f"/practices/{updated.slug}/versions/")

    assert (answer["count"], answer["next"], answer["previous"]) == (2, None, None)
    second, first = answer["results"]
    assert (second["number"], second["is_current"]) == (2, True)
    assert (first["number"], first["is_current"], first["title"]) == (1, False, "Kangaroo mother care")
    assert first["url"] == f"http://testserver/practices/{updated.slug}/v/1/"
    assert (first["note"], first["moments"]) == ("", [])


def test_a_version_says_who_decided_only_where_they_agreed(api, db):
    curator, officer = (
        make_user(Role.CURATOR, name="Ines Curator"),
        make_user(Role.OFFICER, country="BGD", name="Rahima"),
    )
    submission = make_submission("in_review", curator=curator, lead=officer, title="Floating schools")
    file_review(submission, curator)
    practice = workflow.publish(submission, by=curator, letter="A letter for the country only.")

    (entry,) = api(f"/practices/{practice.slug}/versions/")["results"]
    card = api(f"/practices/{practice.slug}/")["review_card"]

    assert [moment["who"] for moment in entry["moments"]] == ["The country", "A curator"]
    assert "letter" not in str(entry).lower()
    assert (card["reviewers_count"], card["reviewers"]) == (1, [])
    assert card["scores"][0]["criterion"] == "effectiveness"


def test_a_superseded_version_is_there_in_full_and_says_so(api, client, updated):
    answer = api(f"/practices/{updated.slug}/versions/1/?lang=fr")

    assert (answer["version"], answer["is_current"], answer["superseded_by"]) == (1, False, 2)
    assert (answer["summary"], answer["language"]) == ("Small babies are carried skin to skin.", "en")
    assert answer["sections"]["approach"] == "Carry the baby."
    assert answer["results"][0]["latest"] == 75.5
    assert (answer["countries"], answer["partner_countries"]) == (["COL", "PER"], ["VNM"])
    assert (answer["topics"], answer["sdg_targets"]) == (["kangaroo"], ["3.2"])
    assert answer["evidence"]["level"] == 4
    assert answer["url"] == f"http://testserver/fr/practices/{updated.slug}/v/1/"
    assert answer["current_url"] == f"http://testserver/fr/practices/{updated.slug}/"
    assert client.get(f"/api/v1/practices/{updated.slug}/versions/1/?lang=fr")["Content-Language"] == "en"


def test_the_current_version_says_what_the_practice_says(api, updated):
    version, practice = api(f"/practices/{updated.slug}/versions/2/"), api(f"/practices/{updated.slug}/")

    assert (version["is_current"], version["superseded_by"]) == (True, None)
    other = {"url", "published_at"}
    shared = (version.keys() & practice.keys()) - other
    assert shared >= {"sections", "results", "evidence", "attachments", "review_card", "consent_statement", "cost"}
    assert {name: version[name] for name in shared} == {name: practice[name] for name in shared}


def test_differences_name_the_fields_and_mark_the_words(api, problem, updated):
    answer = api(f"/practices/{updated.slug}/differences/?from=1&to=2")

    assert (answer["from"], answer["to"]) == (1, 2)
    changed = {change["field"]: change for change in answer["changes"]}
    assert {"summary", "lessons", "results", "approach", "consent_statement"} <= set(changed)
    assert "title" not in changed
    assert "<del>Small</del> <ins>All</ins>" in changed["summary"]["html"]
    assert api(f"/practices/{updated.slug}/differences/") == answer
    backwards = api(f"/practices/{updated.slug}/differences/?from=2&to=1")["changes"]
    assert {change["field"] for change in backwards} == set(changed)
    assert api(f"/practices/{updated.slug}/differences/?from=2&to=2")["changes"] == []
    assert "current one is 2" in problem(f"/api/v1/practices/{updated.slug}/differences/?to=3")[2]


def test_markup_in_a_text_is_no_markup_in_differences(api, db):
    practice = make_update(make_practice(summary="Old"), summary="<script>new</script>")

    (change,) = [one for one in api(f"/practices/{practice.slug}/differences/")["changes"] if one["field"] == "summary"]

    assert "<script" not in change["html"]


def test_a_version_that_was_not_published_is_not_there(api, problem, kangaroo):
    for number in ("0", "2", "999999"):
        assert problem(f"/api/v1/practices/{kangaroo.slug}/versions/{number}/")[0] == 404
    assert problem(f"/api/v1/practices/{kangaroo.slug}/differences/?to=2")[0] == 404
    assert api(f"/practices/{kangaroo.slug}/differences/") == {"from": 1, "to": 1, "changes": []}


def test_translations_come_with_all_their_texts(api, kangaroo):
    arabic, french = api(f"/practices/{kangaroo.slug}/translations/")["results"]

    assert (arabic["language"], arabic["summary"], arabic["sections"]) == ("ar", "", {})
    assert french["sections"] == {"challenge": "Trop peu de couveuses."}
    assert (french["title"], french["origin"]) == ("Méthode mère kangourou", "human")
    assert french["url"] == f"http://testserver/fr/practices/{kangaroo.slug}/"


def test_adoptions_are_those_of_the_practice_and_come_as_a_table_too(api, client, kangaroo):
    answer = api(f"/practices/{kangaroo.slug}/adoptions/")

    assert answer["results"] == api(f"/practices/{kangaroo.slug}/")["adoptions"]
    response = client.get(f"/api/v1/practices/{kangaroo.slug}/adoptions/?format=csv&fields=country,source")
    rows = list(csv.reader(io.StringIO(response.getvalue().decode())))
    assert sorted(rows[0]) == ["country", "source"]
    assert set(rows[1]) == {"VNM", "Ministry"}


def test_related_practices_say_why_as_on_the_page(api, client, kangaroo):
    near = make_practice(title="Skin to skin", areas=["newborn-health"], topics=["kangaroo"], country="KEN")
    linked = make_practice(title="Incubators", areas=["wash"], country="SEN")
    kangaroo.links.create(target=linked, kind="builds_on")
    keep([kangaroo.pk])

    rows = api(f"/practices/{kangaroo.slug}/related/")["results"]

    assert set(rows[0]) == ROW | {"reason"}
    assert [row["slug"] for row in rows] == [linked.slug, near.slug]
    assert [row["reason"] for row in rows] == ["This practice builds on it", "Same topic: Kangaroo"]
    page = client.get(kangaroo.get_absolute_url()).content.decode()
    assert page.index(rows[0]["reason"]) < page.index(rows[1]["reason"])


def test_everything_that_a_visitor_sees_is_in_the_answer(api, client, kangaroo):
    version = make_version(title="Kangaroo mother care", consent_statement="The ministry agreed.")
    image = make_attached(version, caption="A ward", alt="Two beds", credit="Ministry")
    make_live([(version, kangaroo)])
    ReviewCard.objects.create(
        version=version,
        label="good",
        score="4.2",
        scores={"equity": 4.0},
        reviewers_count=2,
        reviewers=["Ines Curator"],
        reviewed_on=date(2026, 5, 1),
    )

    page, answer = client.get(kangaroo.get_absolute_url()).content.decode(), api(f"/practices/{kangaroo.slug}/")

    assert set(answer) == DETAIL
    assert answer["consent_statement"] == "The ministry agreed."
    assert "The ministry agreed." in page
    assert answer["citation"]["text"] in page
    for address in (answer["citation"]["bibtex"], answer["citation"]["ris"], answer["brief_url"]):
        assert urlsplit(address).path in page
        assert client.get(urlsplit(address).path).status_code == 200
    card = answer["review_card"]
    assert (card["score"], card["reviewers"]) == (4.2, ["Ines Curator"])
    assert card["scores"] == [{"criterion": "equity", "score": 4}]
    assert "2 reviewers gave it 4.2 of 5" in page
    (shown,) = answer["attachments"]
    assert (shown["caption"], shown["alt"], shown["credit"]) == ("A ward", "Two beds", "Ministry")
    printed = {urlsplit(one["url"]).path for one in shown["renditions"]}
    assert {f"/files/{image.file.key}/medium/", f"/files/{image.file.key}/large/"} <= printed
    assert f"/files/{image.file.key}/medium/" in page
    assert answer["is_review_due"] is False


@pytest.mark.parametrize("part", PARTS)
def test_what_was_retracted_is_gone_with_its_reason_in_every_part(problem, kangaroo, part):
    retract(kangaroo, reason="The figures could not be confirmed.")

    status, _errors, detail = problem(f"/api/v1/practices/{kangaroo.slug}/{part}")

    assert (status, detail) == (410, "The figures could not be confirmed.")


@pytest.mark.parametrize("part", PARTS)
def test_what_was_merged_leads_to_the_same_part_of_what_it_became(client, kangaroo, part):
    other = make_practice(title="Skin to skin")
    Practice.objects.filter(pk=other.pk).update(merged_into=kangaroo)

    response = client.get(f"/api/v1/practices/{other.slug}/{part}?lang=fr")

    there = "versions/" if part == "versions/1/" else part
    assert (response.status_code, response["Location"]) == (301, f"/api/v1/practices/{kangaroo.slug}/{there}?lang=fr")


@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_strict_kept_and_missing_where_there_is_no_practice(client, problem, updated, part):
    path = f"/api/v1/practices/{updated.slug}/{part}"

    assert list(problem(f"{path}?colour=red")[1]) == ["colour"]
    assert problem(f"/api/v1/practices/nothing/{part}")[0] == 404
    first = client.get(path)
    assert first["Cache-Control"].startswith("public")
    assert client.get(path, headers={"If-None-Match": first["ETag"]}).status_code == 304


@pytest.mark.parametrize("part", LISTS)
def test_a_part_asks_as_often_for_many_rows_as_for_few(client, kangaroo, part):
    def queries():
        client.get(f"/api/v1/practices/{kangaroo.slug}/{part}/")
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/api/v1/practices/{kangaroo.slug}/{part}/").status_code == 200
        return len(captured)

    make_practice(title="Skin to skin", areas=["newborn-health"], topics=["kangaroo"])
    before = queries()
    facts = {"title": "Kangaroo mother care", "areas": ["newborn-health"], "topics": ["kangaroo"], "country": "COL"}
    for _number in range(3):
        make_update(kangaroo, further=["PER"], partners=["VNM"], institutions=["Fundación Canguro"], **facts)
        make_practice(**facts | {"title": "Another one"})
    for country in ("KEN", "SEN"):
        kangaroo.adoptions.create(country_id=make_practice(country=country).country_id)
    kangaroo.translations.create(language="es", title="Canguro")

    assert queries() <= before
