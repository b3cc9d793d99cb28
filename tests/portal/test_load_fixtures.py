"""What a fresh portal shows: real practices with honest marks, loaded once however often it is asked for."""

import json

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command

from countries.models import Country
from practices.enums import Provenance
from practices.models import ChallengeArea, Practice, PracticeIndex, SdgGoal, Topic
from practices.serial import public_serial

pytestmark = pytest.mark.django_db


def test_everything_is_there(seeds):
    assert Country.objects.count() == 197
    assert SdgGoal.objects.count() == 17
    assert ChallengeArea.objects.count() == 6
    assert Topic.objects.count() >= 55
    assert Practice.objects.live().count() == PracticeIndex.objects.count() == 51


def test_loading_twice_changes_nothing(seeds):
    before = _rows()

    call_command("load_fixtures", verbosity=0)

    assert _rows() == before


def test_a_changed_name_is_corrected_and_found(seeds):
    Country.objects.filter(pk="PER").update(names={"en": "Wrong"})
    serial = public_serial()

    call_command("load_fixtures", verbosity=0)

    assert Country.objects.get(pk="PER").names["en"] == "Peru"
    assert public_serial() > serial


def test_every_seed_says_where_it_comes_from_and_carries_no_label(seeds):
    assert set(Practice.objects.values_list("provenance", "label")) == {(Provenance.PUBLIC_SOURCES, "")}


def test_what_was_not_verified_is_marked(seeds):
    rows = json.loads((settings.BASE_DIR / "fixtures" / "practices.json").read_text())["practices"]

    for row in rows:
        practice = Practice.objects.get(external_id=row["id"])
        assert (practice.is_verified, practice.unverified_parts) == (row["verified"], row["unverified_parts"])
        assert [index for index, result in enumerate(practice.live.results.all()) if not result.is_verified] == sorted(
            row["unverified_figures"]
        )


def test_every_figure_has_a_source(seeds):
    for practice in Practice.objects.live().with_content():
        assert all(result.source for result in practice.live.results.all())


def test_the_level_of_evidence_is_computed(seeds):
    assert set(PracticeIndex.objects.values_list("evidence", flat=True)) <= {1, 2, 3, 4, 5}
    cord_care = PracticeIndex.objects.get(practice__external_id="npl-chlorhexidine-cord-care")
    assert cord_care.evidence >= 4
    assert ["evaluation", "randomised"] in cord_care.document["evidence_reasons"]


def _rows():
    ours = [
        model for name in ("countries", "accounts", "practices") for model in apps.get_app_config(name).get_models()
    ]
    return {model.__name__: sorted(model.objects.values_list(), key=str) for model in ours}
