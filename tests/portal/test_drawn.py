"""What is drawn once is put in place again for the same arguments in the same language, and for no others."""

import pytest
from django.http import QueryDict
from django.template import Context, Template
from django.utils import translation
from django.utils.safestring import mark_safe

from countries.models import Country
from practices.listing import browse
from practices.models import ChallengeArea, PracticeIndex
from practices.names import names
from practices.serial import public_serial, raise_public_serial
from ssc_portal.templatetags import drawn as module
from ssc_portal.templatetags.drawn import drawn
from ssc_portal.templatetags.facets import facet_options
from tests.make import make_area, make_country, make_practice

YEARS = "practices/partials/years.html"
ROW = "practices/partials/row.html"


@pytest.fixture(autouse=True)
def nothing_drawn():
    module._drawn.clear()


def cards(language="en", query=""):
    return browse(QueryDict(query), language=language).cards


def test_it_is_what_an_include_would_show():
    include = '{% include "practices/partials/years.html" with start_year=2001 end_year=2005 only %}'
    tag = '{% load drawn %}{% drawn "practices/partials/years.html" start_year=2001 end_year=2005 %}'

    assert Template(tag).render(Context()) == Template(include).render(Context())


def test_each_language_and_each_argument_is_drawn_by_itself():
    english = drawn(YEARS, start_year=2001, end_year=2005)
    with translation.override("fr"):
        french = drawn(YEARS, start_year=2001, end_year=2005)

    assert english.strip() == "2001 to 2005"
    assert french != english
    assert drawn(YEARS, start_year=2001, end_year=2006) != english
    assert drawn(YEARS, start_year=2001, end_year=2005) is english


def test_text_is_never_taken_for_safe_html_that_reads_the_same():
    safe = drawn("practices/partials/evidence.html", level=1, label=mark_safe("<b>Bold</b>"))
    text = drawn("practices/partials/evidence.html", level=1, label="<b>Bold</b>")

    assert "<b>Bold</b>" in safe
    assert "&lt;b&gt;Bold&lt;/b&gt;" in text


def test_a_row_that_does_not_say_what_is_drawn_of_it_is_refused():
    with pytest.raises(TypeError, match="Country"):
        drawn(YEARS, start_year=Country(iso3="COL"))


def test_the_oldest_is_forgotten(monkeypatch):
    monkeypatch.setattr(module, "LIMIT", 2)
    first = drawn(YEARS, start_year=2001)
    drawn(YEARS, start_year=2002)
    assert drawn(YEARS, start_year=2001) is first

    drawn(YEARS, start_year=2003)

    assert len(module._drawn) == 2
    assert drawn(YEARS, start_year=2001) is first


@pytest.mark.django_db
def test_a_row_is_drawn_anew_for_whatever_it_shows():
    make_practice(
        title="Wells",
        summary="Wells for villages.",
        areas=["wash"],
        country="BGD",
        translations={"fr": {"title": "Puits"}},
    )

    def shown(**kwargs):
        return drawn(ROW, practice=cards(**kwargs)[0], may_compare=True)

    first = shown()
    assert shown() is first
    assert "Puits" in shown(language="fr")
    assert "<mark>" in shown(query="q=wells")
    document = PracticeIndex.objects.get().document
    PracticeIndex.objects.update(document=document | {"title": {"en": "Deep wells"}})
    assert "Deep wells" in shown()
    PracticeIndex.objects.update(document=document)
    Country.objects.filter(iso3="BGD").update(names={"en": "Renamed-land"})
    raise_public_serial()
    assert "Renamed-land" in shown()
    area = ChallengeArea.objects.get(slug="wash")
    ChallengeArea.objects.update(texts={"en": area.texts["en"] | {"name": "Water for all"}})
    raise_public_serial()
    assert "Water for all" in shown()


@pytest.mark.django_db
def test_names_stay_the_same_object_until_a_name_changes():
    make_country("BGD")
    before = names(public_serial())

    raise_public_serial()
    assert names(public_serial()) is before

    make_area("wash")
    raise_public_serial()
    assert list(names(public_serial()).areas) == ["wash"]


@pytest.mark.django_db
def test_values_of_a_filter_are_escaped_and_labelled():
    make_country("BGD", names={"en": '<script>"Land"'})
    make_practice(areas=["wash"], country="BGD")
    make_area("climate")
    facets = {facet.name: facet for facet in browse(QueryDict("area=wash"), language="en", with_facets=True).facets}

    html = facet_options(facets["country"], facets["country"].options)
    areas = facet_options(facets["area"], facets["area"].options).split("\n")

    assert "<span>&lt;script&gt;&quot;Land&quot;</span>" in html
    assert '<span class="n">1</span>' in html
    assert ' value="wash" checked>' in areas[0]
    assert 'class="facet facet-zero"' in areas[1]
    assert ' value="climate" disabled>' in areas[1]
    assert all('<svg class="i"' in area for area in areas)
