"""A practice is loaded with all below it in three statements: the same rows as asked for one by one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from practices.content_rows import BELOW_PRACTICE, BELOW_VERSION, held, unsaved
from practices.models import (
    Adoption,
    BuildingBlock,
    Contact,
    Lesson,
    PartnerRole,
    Practice,
    PracticeIndex,
    Reference,
    ResultIndicator,
    Topic,
    Translation,
    Version,
    VersionCountry,
)
from tests.make import make_country, make_organisation, make_practice, make_topic, make_version

pytestmark = pytest.mark.django_db


def values_of(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def make_full(title, **facts):
    return make_practice(
        title=title,
        areas=["wash", "nutrition"],
        topics=["stunting", "milk-banks"],
        targets=["3.2", "6.a"],
        country="COL",
        results=[
            {"name": "Stunting", "baseline": 28.1, "latest": 14, "source": "A survey"},
            {"name": "Wells", "latest": 1e9},
        ],
        lessons=[{"text": "Begin early."}, {"text": "Ask mothers."}],
        translations={"fr": {"title": "Puits"}, "es": {"title": "Pozos", "sections": {"challenge": "El agua"}}},
        adoptions=[
            {"country": "PER"},
            {"country": "KEN", "year": 2019, "result": "Fewer"},
            {"country": "BGD", "year": 2001},
        ],
        **facts,
    )


def test_the_rows_are_those_of_their_tables_in_their_order():
    make_topic("milk-banks")
    full, bare = make_full("Wells"), make_practice(title="Nothing below")
    Topic.objects.filter(slug="milk-banks").update(merged_into=make_topic("stunting"))

    with CaptureQueriesContext(connection) as queries:
        practices = {row.pk: row for row in Practice.objects.live().with_content()}
        loaded = {
            (row.pk, name): [values_of(one) for one in getattr(owner, name).all()]
            for row in practices.values()
            for owner, names in ((row, BELOW_PRACTICE), (row.live, BELOW_VERSION))
            for name in names
        }
    assert len(queries) == 3

    for practice in (full, bare):
        plain = Practice.objects.get(pk=practice.pk)
        for owner, names in ((plain, BELOW_PRACTICE), (plain.live, BELOW_VERSION)):
            for name in names:
                assert loaded[plain.pk, name] == [values_of(one) for one in getattr(owner, name).all()], name
    assert [row["year"] for row in loaded[full.pk, "adoptions"]] == [2001, 2019, None]


def test_what_the_rows_lead_to_is_there_without_a_further_statement():
    make_topic("milk-banks")
    make_full("Wells")
    Topic.objects.filter(slug="milk-banks").update(merged_into=make_topic("stunting"))
    practice = Practice.objects.live().with_content().get()
    version = practice.live

    with CaptureQueriesContext(connection) as queries:
        found = {
            "areas": [row.area.name for row in version.area_rows.all()],
            "topics": [(row.topic.merged_into or row.topic).slug for row in version.topic_rows.all()],
            "goals": [row.target.goal.number for row in version.target_rows.all()],
            "countries": [row.country.name for row in version.country_rows.all()],
            "adopters": [row.country.iso3 for row in practice.adoptions.all()],
            "owners": {row.version for row in version.results.all()}
            | {row.practice for row in practice.adoptions.all()},
            "count": version.results.count(),
        }

    assert len(queries) == 0
    assert found == {
        "areas": ["Wash", "Nutrition"],
        "topics": ["stunting", "stunting"],
        "goals": [3, 6],
        "countries": ["COL-land"],
        "adopters": ["BGD", "KEN", "PER"],
        "owners": {version, practice},
        "count": 2,
    }


def test_no_statement_is_added_by_more_rows_or_more_practices():
    def statements():
        with CaptureQueriesContext(connection) as queries:
            assert list(Practice.objects.live().with_content())
        return len(queries)

    make_full("Wells")
    few = statements()
    make_full("Meals")
    version = make_version(title="A draft")
    for model in (Lesson, BuildingBlock):
        model.objects.create(version=version, text="One more.")
    PartnerRole.objects.create(version=version, organisation=make_organisation(), role="Money")

    assert statements() == few
    with CaptureQueriesContext(connection) as queries:
        draft = Version.objects.with_content().get(pk=version.pk)
        assert [row.organisation.name for row in draft.partner_roles.all()] == ["Ministry of Health"]
        assert len(draft.lessons.all()) == 1
    assert len(queries) == 3


def test_nothing_is_asked_where_there_are_no_practices():
    with CaptureQueriesContext(connection) as queries:
        assert list(Practice.objects.live().with_content()) == []
    assert len(queries) == 1


@pytest.mark.parametrize(
    "model",
    [Adoption, BuildingBlock, Contact, Lesson, PartnerRole, Practice, PracticeIndex, Reference, ResultIndicator,
     Translation, Version],
)  # fmt: skip
def test_an_instance_made_at_once_is_what_its_model_makes(model):
    made, other = unsaved(model), unsaved(model)

    assert values_of(made) == values_of(model())
    assert (made.pk, made._state.adding, made._state.db) == (None, True, None)
    for name, value in values_of(made).items():
        assert not isinstance(value, list | dict) or value is not getattr(other, name)


def test_an_instance_made_at_once_leads_to_the_rows_that_it_was_given(django_assert_num_queries):
    country = make_country("KEN")
    version = unsaved(Version, title="Wells", language="fr")
    row = unsaved(VersionCountry, version=version, country=country, position=3)

    assert values_of(row) == values_of(VersionCountry(version=version, country=country, position=3))
    with django_assert_num_queries(0):
        assert (row.version, row.country, version.title) == (version, country, "Wells")


def test_rows_are_those_at_hand_and_asked_for_only_where_none_are(django_assert_num_queries):
    version = make_full("Wells").live
    loaded = Version.objects.prefetch_related("lessons").get(pk=version.pk)

    with django_assert_num_queries(0):
        assert [row.text for row in held(loaded, "lessons")] == ["Begin early.", "Ask mothers."]
    with django_assert_num_queries(1):
        assert [row.name for row in held(loaded, "results")] == ["Stunting", "Wells"]
