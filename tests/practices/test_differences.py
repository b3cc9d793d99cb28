"""What differs between two texts: said in the reader's words, marked, and never able to run."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.enums import Role
from practices import content, reviewing, workflow
from practices.differences import WORDS_COMPARED, changes, marked
from practices.models import Version
from tests.make import make_practice, make_version
from tests.people import make_user
from tests.submissions import make_submission

LINES = st.lists(st.text("ab <&'\"é،.", max_size=12).map(lambda line: " ".join(line.split())), max_size=6).map(
    "\n".join
)


def without(tag, html):
    return re.sub(rf"<{tag}>.*?</{tag}>", "", html, flags=re.S)


def words(html):
    """The words of marked text, line breaks and marks taken away, what was escaped given back."""
    text = re.sub(r"<br>|</?(?:ins|del)>", " ", html)
    for code, sign in (("&lt;", "<"), ("&gt;", ">"), ("&#x27;", "'"), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(code, sign)
    return text.split()


@given(LINES, LINES)
def test_both_texts_can_be_read_out_of_the_marked_one(before, after):
    html = str(marked(before, after))

    assert words(without("del", html)) == after.split()
    assert words(without("ins", html)) == before.split()


@given(st.text(max_size=40), st.text(max_size=40))
def test_nothing_but_marks_and_breaks_is_ever_an_element(before, after):
    tags = set(re.findall(r"<[^>]*>", str(marked(before, after))))

    assert tags <= {"<del>", "</del>", "<ins>", "</ins>", "<br>"}


def test_words_are_marked_and_paragraphs_stay_apart():
    html = marked("Every family.\n\nTwice a month.", "Every poor family.\n\nTwice a month.\nAt home.")

    assert html == "Every <ins>poor</ins> family.<br><br>Twice a month.<br><ins>At home.</ins>"


def test_very_long_paragraphs_are_shown_as_a_whole_and_the_others_word_by_word():
    long = "word " * WORDS_COMPARED

    html = str(marked(f"{long}\nOne two.", f"{long}more\nOne three."))

    assert html.count("<del>") == 2
    assert html.endswith("One <del>two.</del> <ins>three.</ins>")


def contents(**facts):
    return content.as_dict(Version.objects.with_content().get(pk=make_version(**facts).pk))


@pytest.mark.django_db
def test_equal_texts_have_no_differences():
    assert changes(contents(title="One"), contents(title="One")) == []


@pytest.mark.django_db
def test_parts_stand_in_the_order_of_the_form_under_its_names_and_in_words():
    old = contents(title="One", evaluation_type="none", areas=["wash"], country="BGD")
    new = contents(
        title="Two",
        evaluation_type="before_after",
        areas=["wash", "nutrition"],
        country="BGD",
        further=["PER"],
        results=[{"name": "Deaths", "unit": "%", "baseline": 20, "latest": 10.5, "source": "Survey"}],
        lessons=[{"kind": "failed", "text": "Radio alone."}],
    )

    found = [(change.label, str(change.html)) for change in changes(old, new)]

    assert found == [
        ("Title", "<del>One</del> <ins>Two</ins>"),
        ("Challenge areas", "Wash<br><ins>Nutrition</ins>"),
        ("Countries", "BGD-land · Lead country<br><ins>PER-land · Also carried out in</ins>"),
        ("Figures", "<ins>Deaths · % · 20 · 10.5 · Survey</ins>"),
        ("How were these figures collected?", "<del>Not evaluated</del> <ins>Before and after</ins>"),
        ("Lessons", "<ins>What did not work · Radio alone.</ins>"),
    ]


@pytest.mark.django_db
def test_what_was_kept_of_a_column_that_is_no_more_is_still_shown():
    (change,) = changes({"former_column": "One"}, {"former_column": "Two"})

    assert (change.label, str(change.html)) == ("former_column", "<del>One</del> <ins>Two</ins>")


@pytest.mark.django_db
def test_curators_are_shown_what_changed_since_they_last_read():
    officer, curator = make_user(Role.OFFICER), make_user(Role.CURATOR)
    submission = make_submission("in_review", curator=curator, lead=officer)
    assert reviewing.changes_since_last_review(submission) is None

    workflow.request_changes(submission, by=curator, letter="Tell us more.")
    Version.objects.filter(pk=submission.version_id).update(summary="What was done, by whom, and what came of it.")
    submission = workflow.submit(submission, by=officer)

    found = reviewing.changes_since_last_review(submission)
    assert [(change.field, "<ins>" in change.html) for change in found] == [("summary", True)]


@pytest.mark.django_db
def test_an_update_is_compared_with_what_readers_have():
    officer = make_user(Role.OFFICER)
    practice = make_practice(country="BGD", title="Kangaroo care")

    update = workflow.start(officer, practice.country, title="Kangaroo care at home", form_key=None,
                            base_practice=practice)  # fmt: skip

    (change,) = reviewing.changes_since_last_review(update)
    assert str(change.html) == "Kangaroo care <ins>at home</ins>"
