"""How a field of a form and the list of its errors are tied together, for those who hear the page."""

from html.parser import HTMLParser

import pytest
from django import forms
from django.template import Context, Template

EVIL = '<script>alert("1")</script> & co'
SHOWN = Template("{% load forms %}{% error_summary form %}{% for bound in form %}{% field bound %}{% endfor %}")


class ExampleForm(forms.Form):
    title = forms.CharField(label="Title", max_length=20, help_text="What was done.")
    notes = forms.CharField(label="Notes", widget=forms.Textarea, max_length=4000, required=False)
    scale = forms.ChoiceField(label="Scale", choices=[("pilot", "Pilot")], help_text="How far.")
    kind = forms.ChoiceField(
        label="Kind", choices=[("one", "One"), ("two", "Two")], widget=forms.RadioSelect, help_text="Choose one."
    )
    areas = forms.MultipleChoiceField(
        label="Areas", choices=[("wash", "Wash")], widget=forms.CheckboxSelectMultiple, required=False
    )
    consent = forms.BooleanField(label="Consent", help_text="Of all who can be recognised.")


class Page(HTMLParser):
    """The elements of a page, [(tag, attributes, text inside)], and which elements surround each."""

    VOID = ("input", "br", "use", "hr")

    def __init__(self, html):
        super().__init__()
        self.found, self.open = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        element = {"tag": tag, "text": "", "around": list(self.open), **dict(attrs)}
        self.found.append(element)
        if tag not in self.VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        assert self.open.pop()["tag"] == tag

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def all(self, **wanted):
        return [one for one in self.found if all(one.get(name) == value for name, value in wanted.items())]

    def one(self, **wanted):
        (found,) = self.all(**wanted)
        return found

    @property
    def ids(self):
        return [one["id"] for one in self.found if "id" in one]


def page_of(form):
    return Page(SHOWN.render(Context({"form": form})))


@pytest.fixture
def empty():
    return page_of(ExampleForm())


@pytest.fixture
def refused():
    return page_of(ExampleForm({"title": "x" * 21, "scale": "galactic", "areas": ["mars"]}))


def test_every_control_has_one_label(empty):
    for control in [one for one in empty.found if one["tag"] in {"input", "textarea", "select"}]:
        around = [one for one in control["around"] if one["tag"] == "label"]
        named = empty.all(tag="label", **{"for": control["id"]})
        assert len({id(one) for one in [*around, *named]}) == 1, control["id"]
        assert [*around, *named][0]["text"].strip()


@pytest.mark.parametrize("page", ["empty", "refused"])
def test_ids_stand_once_and_all_that_is_pointed_to_exists(request, page):
    page = request.getfixturevalue(page)

    assert len(page.ids) == len(set(page.ids))
    for element in page.found:
        for name in ("for", "aria-describedby", "aria-labelledby"):
            assert set(element.get(name, "").split()) <= set(page.ids), element
        if element.get("href", "").startswith("#"):
            assert element["href"][1:] in page.ids


def test_hints_are_heard_with_their_control(empty):
    assert empty.one(id="id_title")["aria-describedby"] == "id_title_hint"
    assert empty.one(id="id_title_hint")["text"] == "What was done. At most 20 characters."
    assert empty.one(id="id_consent")["aria-describedby"] == "id_consent_hint"
    assert "aria-describedby" not in empty.one(id="id_notes")  # nobody counts 4,000 characters
    assert [one for one in empty.found if "aria-invalid" in one] == []


def test_what_people_write_reads_in_the_direction_of_its_own_language(empty):
    assert [one["id"] for one in empty.all(dir="auto")] == ["id_title", "id_notes"]


def test_a_refused_control_says_so_and_its_error_is_heard_after_the_hint(refused):
    for name in ("title", "scale", "consent"):
        control = refused.one(id=f"id_{name}")
        assert control["aria-invalid"] == "true"
        assert control["aria-describedby"] == f"id_{name}_hint id_{name}_error"
        assert refused.one(id=f"id_{name}_error")["text"]
    assert "aria-invalid" not in refused.one(id="id_notes")


def test_choices_are_a_group_under_their_name(refused):
    for name, label, described in [
        ("kind", "Kind", "id_kind_hint id_kind_error"),
        ("areas", "Areas", "id_areas_error"),
    ]:
        group = refused.one(tag="fieldset", id=f"id_{name}")
        legend = refused.one(tag="legend", text=label)
        options = refused.all(tag="input", name=name)
        assert group["aria-describedby"] == described
        assert legend["around"][-1] is group
        assert options
        assert all(group in option["around"] for option in options)


def test_the_list_of_errors_leads_to_each_field_in_the_order_of_the_form(refused):
    summary = refused.one(role="alert")
    links = [one for one in refused.all(tag="a") if summary in one["around"]]

    assert summary["tabindex"] == "-1"
    assert [link["href"] for link in links] == ["#id_title", "#id_scale", "#id_kind", "#id_areas", "#id_consent"]
    assert [link["text"].split(":")[0] for link in links] == ["Title", "Scale", "Kind", "Areas", "Consent"]
    assert "There are 5 problems on this page" in summary["text"]


def test_what_is_wrong_with_the_form_as_a_whole_comes_first_and_leads_nowhere():
    form = ExampleForm({"title": "Boats", "scale": "pilot", "kind": "one", "consent": "on"})
    form.add_error(None, "The two do not fit.")

    page = page_of(form)

    assert [one["text"] for one in page.all(tag="li")] == ["The two do not fit."]
    assert page.all(tag="a") == []
    assert "There is a problem on this page" in page.one(role="alert")["text"]


def test_there_is_no_list_where_nothing_is_wrong(empty):
    assert empty.all(role="alert") == []


def test_labels_hints_choices_values_and_errors_cannot_run():
    class EvilForm(forms.Form):
        title = forms.CharField(label=EVIL, help_text=EVIL, max_length=5)
        kind = forms.ChoiceField(label=EVIL, help_text=EVIL, choices=[(EVIL, EVIL)], widget=forms.RadioSelect)

    form = EvilForm({"title": EVIL})
    form.add_error("kind", EVIL)
    form.add_error(None, EVIL)

    page = page_of(form)

    assert page.all(tag="script") == []
    assert page.one(id="id_title")["value"] == EVIL
    assert page.one(id="id_title_hint")["text"] == f"{EVIL} At most 5 characters."
    assert page.one(id="id_kind_hint")["text"] == EVIL
    assert EVIL in page.one(id="id_kind_error")["text"]
    assert EVIL in [one["text"] for one in page.all(tag="li")]
