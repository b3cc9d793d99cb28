"""A practice exists once it is published, its versions never change, and publishing costs the same for one or many."""

import datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from practices.models import Lesson, Practice, PracticeIndex, PracticeText, ResultIndicator, Version
from practices.publication import make_live, retract
from practices.serial import public_serial
from tests.make import make_practice, make_update, make_version

pytestmark = pytest.mark.django_db


def test_first_publication_gives_reference_slug_number_and_freezes():
    year = timezone.now().year

    practice = make_practice(title="Solar pumps for village schools", country="KEN")

    assert practice.reference == f"SSC-KEN-{year}-1"
    assert practice.slug == "solar-pumps-for-village-schools"
    assert practice.live.number == 1
    assert practice.live.frozen_at is not None
    assert practice.review_due_on.year == year + 3


def test_numbers_run_per_country_and_year():
    references = [make_practice(country=code).reference for code in ("KEN", "PER", "KEN")]

    year = timezone.now().year
    assert references == [f"SSC-KEN-{year}-1", f"SSC-PER-{year}-1", f"SSC-KEN-{year}-2"]


def test_the_same_title_twice_gives_two_addresses_and_an_arabic_one_its_reference():
    first, second, arabic = (
        make_practice(title=title, country="EGY") for title in ("Clean water", "Clean water", "مياه نظيفة")
    )

    assert first.slug == "clean-water"
    assert second.slug == f"clean-water-{second.reference.lower()}"
    assert arabic.slug == arabic.reference.lower()


def test_a_title_may_be_the_word_of_another_address():
    assert make_practice(title="Compare").slug != "compare"


def test_an_update_moves_live_and_keeps_the_old_version():
    practice = make_practice(title="Before")
    old = practice.live

    practice = make_update(practice, title="After")

    assert practice.live.title == "After"
    assert practice.live.number == 2
    assert Version.objects.get(pk=old.pk).title == "Before"
    assert practice.slug == "before"
    assert PracticeIndex.objects.get(practice=practice).document["title"] == {"en": "After"}


def test_publishing_many_takes_as_many_statements_as_publishing_one():
    make_practice()
    one = [(make_version(), Practice())]
    three = [(make_version(), Practice()) for _ in range(3)]

    with CaptureQueriesContext(connection) as for_one:
        make_live(one)
    with CaptureQueriesContext(connection) as for_three:
        make_live(three)

    assert len(for_three) == len(for_one)


def test_a_version_is_published_once():
    practice = make_practice()

    with pytest.raises(ValueError, match="once"):
        make_live([(practice.live, practice)])


def test_nothing_is_published_without_a_lead_country_and_nothing_is_left_behind():
    version = make_version()
    version.country_rows.all().delete()

    with pytest.raises(ValueError, match="lead country"):
        make_live([(version, Practice())])

    assert Practice.objects.count() == 0


@pytest.mark.parametrize(
    "attempt",
    [
        lambda version: Version.objects.filter(pk=version.pk).update(title="Changed"),
        lambda version: Version.objects.filter(pk=version.pk).delete(),
        lambda version: version.results.update(latest=99),
        lambda version: version.results.all().delete(),
        lambda version: version.lessons.all().delete(),
        lambda version: ResultIndicator.objects.create(version=version, name="Added"),
        lambda version: Lesson.objects.create(version=version, text="Added"),
        lambda version: version.country_rows.update(position=7),
        lambda version: version.area_rows.all().delete(),
        lambda version: _sql("UPDATE practices_version SET title = 'Changed' WHERE id = %s", version.pk),
        lambda version: _sql("DELETE FROM practices_version WHERE id = %s", version.pk),
        lambda version: _sql("UPDATE practices_resultindicator SET latest = 99 WHERE version_id = %s", version.pk),
        lambda version: _sql("DELETE FROM practices_lesson WHERE version_id = %s", version.pk),
        lambda version: _sql(
            "INSERT INTO practices_reference (version_id, position, title, publisher, url) VALUES (%s, 9, 't', '', '')",
            version.pk,
        ),
        lambda version: _sql("UPDATE practices_version SET frozen_at = NULL WHERE id = %s", version.pk),
        lambda version: _sql(
            "SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL ssc.allow_truncate = 'off'; TRUNCATE practices_lesson"
        ),
    ],
)
def test_the_database_refuses_to_change_what_is_published(attempt):
    version = make_practice(
        title="As it was", results=[{"name": "Coverage", "latest": 70}], lessons=[{"text": "Start small."}]
    ).live

    with pytest.raises(IntegrityError), transaction.atomic():
        attempt(version)

    version = Version.objects.get(pk=version.pk)
    assert version.title == "As it was"
    assert [row.latest for row in version.results.all()] == [70]
    assert [row.text for row in version.lessons.all()] == ["Start small."]
    assert version.references.count() == 0


def test_rows_cannot_be_moved_under_a_published_version():
    published = make_practice().live
    draft = make_version(lessons=[{"text": "Mine"}])

    with pytest.raises(IntegrityError), transaction.atomic():
        draft.lessons.update(version=published)


def test_an_unpublished_version_can_be_changed_and_deleted():
    version = make_version(lessons=[{"text": "Draft"}])

    version.lessons.update(text="Better")
    Version.objects.filter(pk=version.pk).update(title="Better")
    version.delete()

    assert Version.objects.count() == 0


@pytest.mark.parametrize("column", ["slug", "reference", "country_id"])
def test_the_identity_of_a_practice_never_changes(column):
    practice = make_practice(country="PER")
    make_practice(country="KEN")
    value = {"slug": "other", "reference": "SSC-XXX-1-1", "country_id": "KEN"}[column]

    with pytest.raises(IntegrityError), transaction.atomic():
        Practice.objects.filter(pk=practice.pk).update(**{column: value})


def test_retraction_says_why_and_takes_the_practice_out_of_every_list():
    practice, other = make_practice(), make_practice()

    retract(practice, reason="The results could not be confirmed.")

    assert list(Practice.objects.live()) == [other]
    assert list(PracticeIndex.objects.values_list("practice", flat=True)) == [other.pk]
    assert set(PracticeText.objects.values_list("practice", flat=True)) == {other.pk}
    with pytest.raises(ValueError, match="why"):
        retract(other, reason=" ")


def test_a_retracted_practice_publishes_nothing():
    practice = make_practice()
    retract(practice, reason="Wrong.")

    with pytest.raises(ValueError, match="retracted"):
        make_live([(make_version(), practice)])


def test_index_and_live_hold_the_same_practices():
    practices = [make_practice(), make_practice(), make_practice()]
    make_update(practices[0], title="Again")
    retract(practices[1], reason="Wrong.")
    make_version()  # a draft

    live = set(Practice.objects.live().values_list("pk", flat=True))
    assert set(PracticeIndex.objects.values_list("practice", flat=True)) == live
    assert set(PracticeText.objects.values_list("practice", flat=True)) == live


def test_the_public_serial_rises_with_what_is_public():
    serials = [public_serial()]
    practice = make_practice()
    serials.append(public_serial())
    make_update(practice)
    serials.append(public_serial())
    retract(practice, reason="Wrong.")
    serials.append(public_serial())

    assert serials == sorted(set(serials))


def test_an_imported_moment_of_publication_is_kept():
    moment = datetime.datetime(2019, 5, 1, tzinfo=datetime.UTC)

    practice = make_practice(identity={"published_at": moment})

    assert practice.published_at == practice.live.published_at == moment
    assert practice.reference.startswith("SSC-COL-2019-")
    assert practice.review_due_on == datetime.date(2022, 5, 1)


def _sql(statement, *params):
    with connection.cursor() as cursor:
        cursor.execute(statement, params or None)
