"""The page of a practice stays kept while others are published, and is made anew when what it shows changes."""

import re

import pytest
from django.core.cache import caches
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Organisation
from countries.models import Country
from practices import names, page_state
from practices.enums import Provenance
from practices.indexing import rebuild
from practices.models import Adoption, Brief, File, Practice, PracticeIndex, PracticeLink, Topic, Translation
from practices.models.version import Version, VersionRow
from practices.publication import make_live, retract
from practices.related import keep, keep_missing
from practices.serial import public_serial, raise_public_serial
from tests.files_make import make_attached
from tests.make import make_country, make_practice, make_update, make_version

pytestmark = pytest.mark.django_db

ADDRESS = "/practices/solar-pumps/"


@pytest.fixture(autouse=True)
def answers(settings):
    settings.ANSWERS_KEPT_SECONDS = 60
    caches["answers"].clear()
    yield
    caches["answers"].clear()


@pytest.fixture
def practice():
    """A practice that shows something of everything, with what is related to it kept."""
    version = make_version(
        title="Solar pumps", areas=["wash"], topics=["rural-water"], institutions=["Ministry of Water"]
    )
    make_attached(version)
    (practice,) = make_live([(version, Practice(provenance=Provenance.COUNTRY))])
    Adoption.objects.create(practice=practice, country=make_country("PER"), year=2021, note="Taken over.")
    Translation.objects.create(practice=practice, language="es", title="Bombas solares")
    rebuild([practice.pk])
    make_practice(title="Wind pumps", areas=["wash"], topics=["rural-water"])
    keep_missing()
    return practice


def asked(visitor):
    """(answer, tables that were read for it)."""
    with CaptureQueriesContext(connection) as queries:
        answer = visitor.get(ADDRESS)
    return answer, {table for query in queries for table in re.findall(r'(?:FROM|JOIN) "?(\w+_\w+)"?', query["sql"])}


def is_kept(tables):
    """Whether an answer for which ``tables`` were read was kept: no view loaded a version."""
    return Version._meta.db_table not in tables


def test_a_publication_of_something_else_leaves_it_as_it_is(visitor, practice):
    first, tables = asked(visitor)
    assert not is_kept(tables)
    make_practice(title="Reading clubs", areas=["wash"], country="PER")

    again, tables = asked(visitor)

    assert is_kept(tables)
    assert again.content == first.content
    assert again["ETag"] != first["ETag"]
    assert visitor.get(ADDRESS, headers={"If-None-Match": again["ETag"]}).status_code == 304


def rename(model, **facts):
    model.objects.update(**facts)
    raise_public_serial()


def relate_anew(practice):
    make_practice(title="Hand pumps", areas=["wash"], topics=["rural-water"])
    keep([practice.pk])


def link(practice):
    PracticeLink.objects.create(practice=practice, target=other_of(practice), kind="adapts")
    raise_public_serial()


def other_of(practice):
    return Practice.objects.exclude(pk=practice.pk).get()


def make_brief(practice):
    Brief(version=practice.live, language="en", size=12_345).file.save("brief.pdf", ContentFile(b"%PDF-"))
    raise_public_serial()


CHANGES = {
    "a new version": lambda practice: make_update(practice, title="Solar pumps", summary="They run at night too."),
    "an adoption": lambda practice: Adoption.objects.create(
        practice=practice, country=make_country("BGD"), note="Seen there."
    ),
    "an adoption that is told otherwise": lambda practice: Adoption.objects.update(note="Told otherwise."),
    "a further language": lambda practice: Translation.objects.create(
        practice=practice, language="pt", title="Bombas solares"
    ),
    "what is not verified": lambda practice: Practice.objects.filter(pk=practice.pk).update(is_verified=False),
    "a link": link,
    "the title of what is related": lambda practice: make_update(
        other_of(practice), title="Windmills", areas=["wash"], topics=["rural-water"]
    ),
    "the end of what is related": lambda practice: retract(other_of(practice), reason="It was wrong."),
    "what is related": relate_anew,
    "the name of an organisation": lambda practice: rename(Organisation, name="Department of Water"),
    "the name of a country": lambda practice: rename(Country, names={"en": "Andean land"}),
    "the name of a topic": lambda practice: rename(Topic, names={"en": "Water far from towns"}),
    "the brief": make_brief,
    "a picture that is hidden": lambda practice: File.objects.update(hidden_at=timezone.now()),
}


def derive_anew():
    rebuild()
    keep_missing()


@pytest.mark.parametrize("change", CHANGES)
def test_it_is_made_anew_when_what_it_shows_changes(visitor, practice, change):
    before = visitor.get(ADDRESS)

    CHANGES[change](practice)
    derive_anew()

    after, tables = asked(visitor)
    assert not is_kept(tables)
    assert after.content != before.content
    assert page_state.page_state(public_serial(), "solar-pumps")


def test_it_is_not_made_anew_when_all_that_is_derived_is(visitor, practice):
    visitor.get(ADDRESS)

    derive_anew()

    assert is_kept(asked(visitor)[1])


def test_all_that_the_page_reads_is_in_its_state(visitor, practice):
    """A table that the page begins to read has to be named in practices/page_state.py, unless its rows never change."""
    frozen = {model._meta.db_table for model in (Version, *VersionRow.__subclasses__())}
    of_names = set(re.findall(r"FROM (\w+) AS row", names._STATE))
    in_state = set(re.findall(r"(?:FROM|JOIN) (\w+_\w+)", page_state._SQL))
    link(practice)

    _answer, read = asked(visitor)

    assert {Version._meta.db_table, PracticeIndex._meta.db_table} <= read
    assert read - frozen - of_names - in_state == {"practices_publicstate"}


def test_what_is_gone_and_what_has_no_relations_yet_have_no_state(practice):
    assert page_state.page_state(public_serial(), "solar-pumps")
    assert page_state.page_state(public_serial(), "no-such-practice") is None

    PracticeIndex.objects.update(related=None)
    assert page_state.page_state(public_serial(), "solar-pumps") is None

    retract(practice, reason="The figures were wrong.")
    assert page_state.page_state(public_serial(), "solar-pumps") is None
