"""One live practice is loaded in three statements, as the ORM would load it in a dozen."""

from decimal import Decimal

import pytest

from practices.enums import LinkKind
from practices.live_practice import live_practice
from practices.models import Practice, PracticeLink
from tests.make import make_practice

pytestmark = pytest.mark.django_db


def values_of(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_it_holds_what_the_tables_hold(django_assert_num_queries):
    wells = make_practice(title="Wells", country="COL", cost_setup=Decimal("99999999999999.97"))
    meals, pumps = make_practice(title="Meals"), make_practice(title="Pumps")
    for practice, target, kind in (
        (wells, meals, LinkKind.BUILDS_ON),
        (wells, pumps, LinkKind.ADAPTS),
        (meals, wells, LinkKind.CONTRADICTS),
    ):
        PracticeLink.objects.create(practice=practice, target=target, kind=kind)

    with django_assert_num_queries(3):
        loaded = live_practice("wells")
        held = [values_of(row) for row in (loaded, loaded.live, loaded.country, loaded.index)]
        links = [(link.kind, link.target.slug) for link in loaded.links.all()]
        linked_from = [link.practice_id for link in loaded.links_from.all()]
        numbers = [version.number for version in loaded.published_versions]
        assert not hasattr(loaded.live, "review_card")
        assert list(loaded.live.briefs.all()) == []
        assert loaded.live.live_practice is loaded

    plain = Practice.objects.get(pk=wells.pk)
    assert held == [values_of(row) for row in (plain, plain.live, plain.country, plain.index)]
    assert str(loaded.live.cost_setup) == "99999999999999.97"
    assert links == [("adapts", "pumps"), ("builds_on", "meals")]
    assert linked_from == [meals.pk]
    assert numbers == [1]


def test_what_is_not_live_is_not_found():
    merged, retracted = make_practice(title="Merged"), make_practice(title="Retracted")
    Practice.objects.filter(pk=merged.pk).update(merged_into=make_practice(title="Whole"))
    Practice.objects.filter(pk=retracted.pk).update(
        status="retracted", retracted_at=retracted.published_at, retraction_reason="It was not so."
    )

    assert [live_practice(slug) for slug in ("merged", "retracted", "unknown")] == [None, None, None]
