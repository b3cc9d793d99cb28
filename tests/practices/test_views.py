"""The pages of practices: what one finds, reads and compares, and what is refused with which words."""

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from accounts.enums import Role
from practices.enums import Label, LessonKind
from practices.models import Practice, PracticeLink
from practices.publication import retract
from tests.make import make_area, make_practice, make_topic, make_update
from tests.people import make_user

pytestmark = pytest.mark.django_db

LIST = "/practices/"
PAIR = {
    "name": "Stunting",
    "unit": "% of children",
    "baseline": 54,
    "baseline_year": 2004,
    "latest": 36.5,
    "latest_year": 2014,
    "source": "National survey",
}


def text_of(response):
    """The words of a page as a reader sees them, white space made one."""
    body = re.sub(r"<(script|style|title)\b.*?</\1>", " ", response.content.decode(), flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def rows_of(response):
    return re.findall(r'<article class="prow.*?<h2[^>]*><a href="/practices/([^/]+)/"', response.content.decode(), re.S)


def queries_of(client, address):
    client.get(address)  # the names behind codes are kept from now on
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


# Browse


def test_the_list_shows_every_practice_newest_first(client):
    make_practice(title="Older")
    make_practice(title="Newer")

    response = client.get(LIST)

    assert rows_of(response) == ["newer", "older"]
    assert re.search(r'<p role="status" id="announce">\s*<b class="num">2 practices</b>', response.content.decode())


def test_filters_narrow_and_chips_lead_back(client):
    make_practice(title="Wells", areas=["wash"], country="BGD")
    make_practice(title="Meals", areas=["nutrition"], country="PER")

    response = client.get(LIST, {"area": "wash", "country": "BGD"})

    page = response.content.decode()
    assert rows_of(response) == ["wells"]
    assert "of 2" in text_of(response)
    assert '<a class="chip chip-remove" href="?country=BGD" aria-label="Remove filter: Wash">' in page
    assert '<a class="small" href="/practices/">Clear all</a>' in page


def test_a_value_that_would_leave_nothing_stays_visible_and_switched_off(client):
    make_practice(areas=["wash"])
    make_area("climate")

    page = client.get(LIST, {"area": "wash"}).content.decode()

    assert re.search(r'id="f-area-climate" name="area" value="climate" disabled', page)
    assert re.search(r'id="f-area-wash" name="area" value="wash" checked', page)


def test_htmx_is_given_only_the_parts_that_change(client):
    make_practice(title="Wells", areas=["wash"])

    response = client.get(LIST, {"area": "wash"}, headers={"HX-Request": "true"})

    page = response.content.decode()
    assert "<html" not in page
    assert page.count("<title>1 practice: Wash · SSC Portal</title>") == 1
    for name in ("announce", "list-tools", "filter-fields", "language-menu"):
        assert re.search(rf'id="{name}" hx-swap-oob', page), name
    assert rows_of(response) == ["wells"]
    assert "HX-Request" in response["Vary"]


def test_unknown_parameters_are_left_out_with_a_notice(client):
    make_practice(title="Wells")

    response = client.get(LIST, {"area": "bogus", "foo": "1", "page": "99", "view": "globe"})

    words = text_of(response)
    assert response.status_code == 200
    assert rows_of(response) == ["wells"]
    assert "“bogus” is not known here." in words
    assert "There is no parameter “foo”." in words
    assert "There is no page 99." in words
    assert "There is no view “globe”." in words


@pytest.mark.parametrize(
    "query", ["q=%00", "q=%ff", "page=-1", "page_size=0", "year_from=abc", "area=&q=", "q=%22", "q=-", "ordering=x"]
)
def test_a_mangled_query_is_never_our_mistake(client, query):
    make_practice()

    assert client.get(f"{LIST}?{query}").status_code in {200, 400}


def test_nothing_found_says_what_to_drop_and_what_comes_close(client):
    make_practice(title="Wells", areas=["wash"], scale="pilot")
    make_practice(title="Meals", areas=["nutrition"], scale="national")

    response = client.get(LIST, {"area": "wash", "scale": "national"})

    page, words = response.content.decode(), text_of(response)
    assert "0 practices of 2" in words
    assert "Nothing matches all of these yet" in words
    assert '<a class="chip" href="/practices/?area=wash">Drop National <b class="num">1</b></a>' in page
    assert '<a class="chip" href="/practices/?scale=national">Drop Wash <b class="num">1</b></a>' in page
    assert "Close to what you asked" in words
    assert len(rows_of(response)) == 1


def test_dropping_one_of_several_values_is_not_offered(client):
    make_practice(areas=["wash"], scale="pilot")
    make_area("climate")

    page = client.get(LIST, {"area": ["wash", "climate"], "scale": "national"}).content.decode()

    assert re.findall(r'<a class="chip" href="([^"]+)">Drop ([^<]+) <b', page) == [
        ("/practices/?area=wash&amp;area=climate", "National")
    ]


def test_words_spelt_alike_are_announced(client):
    make_practice(title="Kangaroo mother care")

    response = client.get(LIST, {"q": "kangroo"})

    assert rows_of(response) == ["kangaroo-mother-care"]
    assert "No practice holds “kangroo”. Did you mean “kangaroo”? That is what is shown." in text_of(response)


def test_a_hit_in_another_language_names_it(client):
    make_practice(
        title="Meals", translations={"es": {"title": "Comidas escolares", "summary": "Desayunos en la escuela"}}
    )

    response = client.get(LIST, {"q": "desayunos"})

    assert "in the text in: Español" in text_of(response)
    assert re.search(r'<p lang="es" dir="ltr"><?.*<mark>Desayunos</mark>', response.content.decode())


def test_the_map_prints_the_same_figures_as_a_table(client):
    make_practice(title="Wells", country="BGD", further=["VNM"])
    make_practice(title="Adopted wells", country="BGD", adoptions=[{"country": "KEN"}])

    response = client.get(LIST, {"view": "map"})

    page = response.content.decode()
    assert re.findall(r'<a class="ttl" href="([^"]+)">([^<]+)</a></td><td[^>]*>(\d+)<', page) == [
        ("/practices/?country=BGD", "BGD-land", "2"),
        ("/practices/?country=VNM", "VNM-land", "1"),
    ]
    assert "Adopted wells" in text_of(response)
    assert 'href="/practices/" id="view-list"' in page


def test_the_page_links_the_same_query_as_data(client):
    make_practice(areas=["wash"])

    with translation.override("fr"):
        address = reverse("practices:list")
    page = client.get(address, {"area": "wash", "view": "map", "page": "1"}).content.decode()

    assert 'href="/api/v1/practices/?area=wash&amp;lang=fr&amp;format=csv"' in page
    assert 'href="/feeds/practices.atom?area=wash&amp;lang=fr"' in page
    assert "/api/v1/practices/?area=wash</code>" in page


def test_sending_the_form_keeps_what_no_control_shows(client):
    make_practice(partners=["PER"], targets=["3.2"])

    page = client.get(LIST, {"partner_country": "PER", "sdg": "3.2", "page_size": "50"}).content.decode()

    assert sorted(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)">', page)) == [
        ("page_size", "50"),
        ("partner_country", "PER"),
        ("sdg", "3.2"),
    ]


def test_the_order_that_is_the_default_is_not_sent(client):
    make_practice(title="Wells")

    assert '<option value="" selected>Newest first</option>' in client.get(LIST).content.decode()
    assert '<option value="" selected>Best match</option>' in client.get(LIST, {"q": "wells"}).content.decode()


@pytest.mark.parametrize("query", ["", "?q=wells", "?view=map", "?area=wash"])
def test_no_query_of_the_list_grows_with_the_rows(client, query):
    make_practice(title="Wells", areas=["wash"])
    few = queries_of(client, LIST + query)
    for country in ("BGD", "PER"):
        make_practice(title="Wells", areas=["wash"], country=country, results=[PAIR], adoptions=[{"country": "KEN"}])

    assert queries_of(client, LIST + query) == few


# Areas


def test_an_area_shows_its_figure_topics_countries_and_practices(client):
    make_topic("wells", "wash")
    make_topic("latrines", "wash")
    make_practice(title="Wells", areas=["wash"], topics=["wells"], country="BGD")
    make_practice(title="Meals", areas=["nutrition"])

    response = client.get("/areas/wash/")

    page = response.content.decode()
    assert rows_of(response) == ["wells"]
    assert '<a href="/practices/?topic=wells">Wells</a><span class="num">1</span>' in page
    assert '<span class="muted">Latrines</span><span class="num">0</span>' in page
    assert '<a href="/countries/BGD/">BGD-land</a><span class="num">1</span>' in page
    assert 'href="/api/v1/practices/?area=wash&amp;format=json"' in page
    assert "A source" in text_of(response)


def test_an_area_keeps_its_place_in_pages_and_orders(client):
    for title in ("B", "A"):
        make_practice(title=title, areas=["wash"])

    response = client.get("/areas/wash/", {"ordering": "title", "page_size": "1", "area": "nutrition"})

    assert rows_of(response) == ["a"]
    assert 'href="?ordering=title&amp;page_size=1&amp;page=2" rel="next"' in response.content.decode()


def test_an_unknown_area_names_the_six(client):
    for slug in ("wash", "climate"):
        make_area(slug)

    response = client.get("/areas/water/")

    assert response.status_code == 404
    assert "There is no such challenge area. The six are: wash, climate." in text_of(response)


def test_no_query_of_an_area_grows_with_the_rows(client):
    make_practice(areas=["wash"])
    few = queries_of(client, "/areas/wash/")
    for country in ("BGD", "PER"):
        make_practice(areas=["wash"], country=country, topics=["wells"])

    assert queries_of(client, "/areas/wash/") == few


# One practice


def full_practice(**changes):
    return make_practice(
        **{
            "title": "Reading camps",
            "country": "BGD",
            "partners": ["IND"],
            "areas": ["learning"],
            "targets": ["4.1"],
            "topics": ["reading"],
            "institutions": ["Ministry of Education"],
            "evaluation_type": "randomised",
            "challenge": "Many children could **not** read.",
            "approach": "Volunteers taught in groups.",
            "cost_yearly": 1234567,
            "cost_currency": "USD",
            "cost_year": 2015,
            "equity": "Girls came first.",
            "replication_keep": "Grouping by level.",
            "shared_with": "Kenya",
            "beneficiaries_count": 250000,
            "results": [PAIR, PAIR | {"name": "Wasting", "is_verified": False}],
            "lessons": [
                {"kind": LessonKind.WORKED, "text": "Short daily lessons."},
                {"kind": LessonKind.FAILED, "text": "One training was not enough.", "for_whom": "Trainers"},
            ],
            "references": [
                {"title": "A trial", "publisher": "A journal", "year": 2016, "url": "https://doi.org/10.1/x"}
            ],
            "adoptions": [
                {"country": "KEN", "year": 2012, "note": "Kenya began."},
                {"country": "PER", "note": "Peru too."},
            ],
        }
        | changes
    )


def test_a_practice_shows_everything_that_it_holds(client):
    practice = full_practice()

    words = text_of(client.get(practice.get_absolute_url()))

    for told in (
        "Reading camps", "Strong evidence", "A randomised trial tested it.", "54 % to 36.5 %",
        "Source: National survey",
        "The problem", "Many children could not read.", "What was done", "Volunteers taught in groups.",
        "Per year: 1,234,567 USD (2015)", "Girls came first.", "What must stay Grouping by level.", "Shared with Kenya",
        "People reached 250,000", "What worked Short daily lessons.", "What did not work One training was not enough.",
        "Led by Ministry of Education", "Partner countries IND-land", "2012 KEN-land Kenya began.",
        "Year not known PER-land Peru too.", "A trial . A journal (2016).", practice.reference, "CC BY 4.0",
        "Not yet reviewed by a curator", "Figure not verified",
    ):  # fmt: skip
        assert told in words, told


def test_a_practice_says_honestly_what_is_not_certain(client):
    practice = full_practice()
    Practice.objects.filter(pk=practice.pk).update(
        is_verified=False, provenance="public_sources", unverified_parts=["The opening scene"], is_review_due=True
    )

    words = text_of(client.get(practice.get_absolute_url()))

    assert "Documented by the portal from public sources, not by the country" in words
    assert "Main facts not seen in a public source" in words
    assert "The opening scene" in words
    assert "Review due since" in words


def test_contacts_are_not_public(client):
    practice = make_practice(contact={"name": "Amina Rahman", "email": "amina@example.org", "organisation": "Desk 7"})

    for name in ("detail", "print", "brief"):
        page = client.get(reverse(f"practices:{name}", args=[practice.slug])).content.decode()
        assert not re.search("Amina|amina@|Desk 7", page)


def test_whom_to_ask_is_told_to_curators_and_to_the_country(client):
    practice = make_practice(
        country="BGD", contact={"name": "Amina Rahman", "email": "amina@example.org", "organisation": ""}
    )

    def words_for(role, country="BGD"):
        client.force_login(make_user(role, country=country))
        return text_of(client.get(practice.get_absolute_url()))

    for role in (Role.OFFICER, Role.FOCAL_POINT, Role.CURATOR, Role.ADMINISTRATOR):
        words = words_for(role)
        assert "Whom to ask Amina Rahman amina@example.org" in words
    assert "Whom to ask" not in words_for(Role.OFFICER, country="KEN")
    assert "Whom to ask" not in words_for(Role.PARTNER)


def test_a_label_stands_where_curators_gave_one(client):
    practice = make_practice(identity={"label": Label.GOOD})

    words = text_of(client.get(practice.get_absolute_url()))

    assert "Good practice" in words
    assert "Not yet reviewed" not in words


def test_a_translation_is_shown_with_who_made_it_and_the_rest_in_the_original(client):
    practice = make_practice(
        title="Reading camps",
        challenge="Many could not read.",
        translations={"ar": {"title": "مخيمات القراءة", "summary": "ملخص"}},
    )

    page = client.get(f"/ar/practices/{practice.slug}/").content.decode()

    assert '<html lang="ar" dir="rtl"' in page
    assert "<h1>مخيمات القراءة</h1>" in page
    assert '<div lang="en" dir="ltr"><p>Many could not read.</p>\n</div>' in page
    assert f'<a href="/practices/{practice.slug}/" hreflang="en"' in page


def test_what_is_not_translated_is_read_in_the_original(client):
    practice = make_practice(title="Campamentos", language="es", translations={"en": {"title": "Camps"}})

    page = client.get(f"/fr/practices/{practice.slug}/").content.decode()

    assert '<h1 lang="es" dir="ltr">Campamentos</h1>' in page
    assert f'<a href="/es/practices/{practice.slug}/" hreflang="es"' in page


def test_text_cannot_leave_its_place(client):
    evil = '</script><script>alert(1)</script><img src=x onerror="alert(1)">'
    practice = make_practice(
        title=evil, summary=evil, challenge=evil, institutions=[evil], results=[PAIR | {"name": evil}]
    )

    page = client.get(practice.get_absolute_url()).content.decode()

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.S).group(1)
    assert json.loads(block)["headline"] == evil


def test_the_data_block_describes_the_practice(client):
    practice = full_practice()

    page = client.get(practice.get_absolute_url()).content.decode()

    data = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.S).group(1))
    assert data["@context"] == "https://schema.org"
    assert data["headline"] == "Reading camps"
    assert practice.reference in json.dumps(data["identifier"])


def test_no_style_attribute_and_no_inline_handler(client):
    practice = full_practice()
    addresses = [
        practice.get_absolute_url(), LIST, f"{LIST}?view=map", f"{LIST}?q=nothing+here", "/areas/learning/",
        f"/practices/{practice.slug}/print/", f"/practices/compare/?ref={practice.reference}",
    ]  # fmt: skip

    for address in addresses:
        page = client.get(address).content.decode()
        assert not re.search(r"<[^>]+\s(style|on\w+)=", page), address


def test_no_query_of_a_practice_grows_with_its_rows(client):
    make_practice(areas=["learning"], topics=["reading"])  # to be related to both
    slim = make_practice(
        areas=["learning"], topics=["reading"], targets=["4.1"], institutions=["A"], results=[PAIR],
        lessons=[{"text": "One."}], references=[{"title": "One"}], adoptions=[{"country": "KEN"}],
    )  # fmt: skip
    rich = make_practice(
        areas=["learning", "wash"], topics=["reading", "books"], targets=["4.1", "4.2"], institutions=["A", "B", "C"],
        results=[PAIR] * 5, lessons=[{"text": "One."}] * 3, references=[{"title": "One"}] * 3,
        adoptions=[{"country": "KEN"}, {"country": "PER"}], further=["VNM"], partners=["IND"],
        translations={"fr": {"title": "Un"}},
    )  # fmt: skip

    few = queries_of(client, slim.get_absolute_url())  # each has the other to show as a related one

    assert queries_of(client, rich.get_absolute_url()) == few


# Versions


def test_an_old_version_stays_where_it_was_and_says_so(client, settings):
    practice = make_practice(title="First title", challenge="As it was.")
    make_update(practice, title="Second title", challenge="As it is.")

    old, new = client.get(f"/practices/{practice.slug}/v/1/"), client.get(f"/practices/{practice.slug}/v/2/")

    assert "First title" in text_of(old)
    assert "It is not the current one." in text_of(old)
    assert f'<a href="{practice.get_absolute_url()}">Read the current version</a>' in old.content.decode()
    assert "application/ld+json" not in old.content.decode()
    assert "Second title" in text_of(new)
    assert "It is not the current one." not in text_of(new)
    for response in (old, new):
        assert (
            f'<link rel="canonical" href="http://localhost:8000{practice.get_absolute_url()}">'
            in response.content.decode()
        )


@pytest.mark.parametrize("number", [0, 3, 99999999])
def test_a_version_that_never_was_is_not_found(client, number):
    practice = make_practice()

    assert client.get(f"/practices/{practice.slug}/v/{number}/").status_code == 404


def test_a_retracted_practice_answers_gone_everywhere_with_the_reason(client):
    practice = make_practice(title="Wrong figures", challenge="Secret now.")
    retract(practice, reason="The figures were made up.")

    for path in ("", "v/1/", "print/", "brief.pdf", "cite.bib", "cite.ris", "cite.json"):
        response = client.get(f"/practices/{practice.slug}/{path}")
        words = text_of(response)
        assert response.status_code == 410, path
        assert "The figures were made up." in words
        assert practice.reference in words
        assert "Secret now." not in words
        assert "Wrong figures" not in words


def test_a_practice_that_became_part_of_another_leads_there(client):
    kept, gone = make_practice(title="Kept"), make_practice(title="Gone")
    Practice.objects.filter(pk=gone.pk).update(merged_into=kept)

    for path in ("", "v/1/", "print/", "brief.pdf", "cite.bib"):
        response = client.get(f"/practices/{gone.slug}/{path}")
        assert (response.status_code, response["Location"]) == (301, kept.get_absolute_url())


@pytest.mark.parametrize(
    "path", ["unknown/", "unknown/v/1/", "unknown/print/", "unknown/brief.pdf", "unknown/cite.bib", "unknown", "v/1/"]
)
def test_what_does_not_exist_is_not_found(client, path):
    assert client.get(f"/practices/{path}", follow=True).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_pages_are_only_read(client, method):
    practice = make_practice()

    for address in (LIST, practice.get_absolute_url(), "/practices/compare/", "/areas/nutrition/"):
        assert getattr(client, method)(address).status_code == 405


# Compare


def refs(*practices):
    return {"ref": [practice.reference for practice in practices]}


def test_two_practices_stand_side_by_side_in_the_order_asked_for(client):
    one, two = make_practice(title="One", results=[PAIR]), make_practice(title="Two")

    response = client.get("/practices/compare/", refs(two, one))

    page = response.content.decode()
    assert re.findall(r'<th scope="col"><a href="/practices/([^/]+)/"', page) == ["two", "one"]
    assert f'href="/practices/compare/?ref={one.reference}" aria-label="Remove from comparison: Two"' in page


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["SSC-XXX-2026-1"], "There is no practice “SSC-XXX-2026-1”."),
        (["<b>"], "There is no practice “&lt;B&gt;”."),
        (["A", "B", "C", "D", "E"], "At most 4 practices fit side by side."),
        ([], "Choose two to four practices."),
    ],
)
def test_a_comparison_that_cannot_be_made_says_why(client, asked, told):
    response = client.get("/practices/compare/", {"ref": asked})

    assert response.status_code == 200
    assert told in response.content.decode()


def test_a_withdrawn_practice_is_left_out_of_a_comparison(client):
    practice = make_practice(title="Hidden")
    retract(practice, reason="Wrong.")

    words = text_of(client.get("/practices/compare/", refs(practice)))

    assert f"{practice.reference} was withdrawn and is left out." in words
    assert "Hidden" not in words


def test_one_practice_is_offered_company(client):
    one, alike = make_practice(title="One", topics=["stunting"]), make_practice(title="Alike", topics=["stunting"])

    page = client.get("/practices/compare/", refs(one)).content.decode()

    assert f'href="/practices/compare/?ref={one.reference}&amp;ref={alike.reference}"' in page


def test_company_is_found_by_words(client):
    one, other = make_practice(title="One"), make_practice(title="Solar pumps", areas=["wash"])

    page = client.get("/practices/compare/", refs(one) | {"q": "solar"}).content.decode()

    assert re.findall(r'href="/practices/compare/\?([^"]+)" aria-label="Add to comparison: ([^"]+)"', page) == [
        (f"ref={one.reference}&amp;ref={other.reference}", "Solar pumps")
    ]


def test_no_query_of_a_comparison_grows_with_the_practices(client):
    practices = [full_practice(title=f"Practice {number}") for number in range(4)]

    def count(*chosen):
        return queries_of(client, "/practices/compare/?" + "&".join(f"ref={row.reference}" for row in chosen))

    assert count(*practices[:3]) == count(*practices[:2])


# Related


def test_related_practices_are_shown_with_the_reason(client):
    practice = make_practice(title="One", topics=["stunting"], country="PER")
    make_practice(title="Alike", topics=["stunting"], country="COL")
    linked = make_practice(title="Adapted", areas=["learning"], country="KEN")
    PracticeLink.objects.create(practice=linked, target=practice, kind="adapts")

    words = text_of(client.get(practice.get_absolute_url()))

    assert "Adapts this practice" in words
    assert "Same topic: Stunting · Same region: Latin America and the Caribbean" in words
