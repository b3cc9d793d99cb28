"""What the cells of coded columns may say: the words of each list in the reader's language, and what they stand for."""

import difflib

from django import forms
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from practices.forms import CountriesField, Vocabulary
from practices.models import SdgTarget
from practices.sheets.layout import COUNTRY, key_of

# So many words are named when none of them was written; of longer lists the nearest.
NAMED = 12


class Words(Vocabulary):
    """The words of all lists for ``user``, read once for a whole sheet; five queries."""

    def __init__(self, user):
        super().__init__()
        self.own = [self.countries[code] for code in user.country_codes]
        self.target_texts = {target.code: target.text for target in SdgTarget.objects.all()}
        self.targets = frozenset(self.target_texts)
        self._codes = {}

    def options(self, column):
        """[(code, word in the active language)] of the list of ``column``; empty where it has none."""
        field = column.field
        if column.name == COUNTRY:
            return [(country.iso3, country.name) for country in self.own]
        if column.name in ("challenge_areas", "primary_area"):
            return [(area.slug, area.name) for area in self.areas]
        if column.name == "topics":
            return [(topic.slug, topic.name) for topic in self.topics]
        if column.name == "sdg_targets":
            return list(self.target_texts.items())
        if isinstance(field, CountriesField):
            return sorted(((country.iso3, country.name) for country in self.countries.values()), key=lambda one: one[1])
        if isinstance(field, forms.BooleanField):
            return [("on", _("yes")), ("", _("no"))]
        if isinstance(field, forms.ChoiceField):
            return [(code, str(label)) for code, label in field.choices if code]
        return []

    def code(self, column, text):
        """The code that ``text`` stands for: a code, or a word of the list in any language of the portal; or None."""
        key = (column.step, column.name)  # what is a kind of case study is no kind of lesson
        if key not in self._codes:
            self._codes[key] = self._codes_of(column)
        return self._codes[key].get(key_of(text))

    def _codes_of(self, column):
        codes = {}
        for language, _name in settings.LANGUAGES:
            with translation.override(language):
                for code, word in self.options(column):
                    codes.setdefault(key_of(word), code)
        return codes | {key_of(code): code for code, _word in self.options(column) if code} | self._more(column)

    @staticmethod
    def _more(column):
        """What spreadsheets make of yes and no."""
        return {"true": "on", "1": "on", "false": "", "0": ""} if isinstance(column.field, forms.BooleanField) else {}

    def refusal(self, column, text):
        """Why ``text`` is not accepted in ``column``, and what would be: one sentence."""
        words = [word for _code, word in self.options(column)]
        if len(words) > NAMED:
            words = difflib.get_close_matches(text, words, 3, 0.4)
        if not words:
            return _("“%(text)s” is not a word of the list. The sheet “%(sheet)s” of the template has all of them.") % {
                "text": text[:60],
                "sheet": _("Lists"),
            }
        return _("“%(text)s” is not a word of the list. Write one of it, for example: %(words)s.") % {
            "text": text[:60],
            "words": " · ".join(words),
        }
