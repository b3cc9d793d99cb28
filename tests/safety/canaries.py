"""Canaries: a word or number of its own in every field of everything that is not public.

A word that turns up where it does not belong names the field that it came from. Fields are found by introspection, so
that one added tomorrow holds a canary too, and one that cannot hold any has to be excused here, with the reason.
"""

import re
import uuid
from functools import cached_property
from html import unescape

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Cast

from practices.content import ROW_MODELS
from practices.enums import Criterion, Gate

SIGN = "zqxkan"
UUID_SIGN = "6b616e61-7269-4"
QUESTIONS = ("relevance", "quality", "timeliness", "usefulness")
# Tables that hold nothing but what everybody may read, or what is made of it.
PUBLIC = {
    "accounts.Pulse": "when the portal last did what it does again and again, by names of its own",
    "accounts.PublicEvent": "what webhooks are told, which everybody may read",
    "practices.ChallengeArea": "reference data",
    "practices.Topic": "reference data",
    "practices.SdgGoal": "reference data",
    "practices.SdgTarget": "reference data",
    "practices.PublicState": "a number that tells caches of a change",
    "practices.ValidityCheck": "when practices were looked at; the page about the portal says so",
    "practices.PracticeIndex": "made of live practices; what is retracted has no row",
    "practices.PracticeText": "made of live practices; what is retracted has no row",
    "practices.FacetBits": "made of live practices: codes and bits",
    "practices.SearchWord": "words of live practices; those of what is retracted go",
    "practices.SearchTerm": "names of reference rows, and words of the field",
    "countries.Country": "reference data",
    "countries.StatusList": "reference data",
    "countries.Indicator": "reference data",
    "countries.IndicatorValue": "reference data",
    "countries.IndicatorRevision": "what reference data said before",
    "exchanges.Fund": "every fund is public",
    "exchanges.Call": "every fund is public, and so are its calls",
    "exchanges.Project": "every project is public",
    "exchanges.ImpactFigure": "counted from what everybody may read",
}
# Fields that cannot hold a canary, and why.
EXCUSED = {
    "accounts.User.password": "a digest by which the person signs in",
    "accounts.User.time_zone": "a zone that exists",
    "practices.Version.number": "unpublished work has none",
    "practices.File.renditions": "names and sizes that the portal makes itself",
    "practices.Version.cost_currency": "three letters",
    "practices.ReviewCard.score": "two digits",
    "practices.Practice.reference": "an address that answers 410",
    "practices.Practice.reference_year": "part of the reference",
    "practices.Practice.reference_number": "part of the reference",
    "practices.Practice.slug": "an address that answers 410",
    "practices.Practice.retraction_reason": "is told to everybody",
    "exchanges.Exchange.currency": "three letters",
    "exchanges.BudgetLine.currency": "three letters",
    "exchanges.Contribution.currency": "three letters",
    "exchanges.Match.score": "between 0 and 1",
    "exchanges.Amendment.revision": "counted from 1",
    "exchanges.Amendment.replaces": "counted from 1",
    "exchanges.Amendment.replaced": "what was agreed before; kept when a change is in force",
    "exchanges.Party.position": "an order, not a content",
    **{f"exchanges.Appraisal.{name}": "one digit" for name in QUESTIONS},
    **{f"practices.{model.__name__}.position": "an order, not a content" for model in ROW_MODELS},
}
# What code looks up in a JSON column: {field: its keys}. Scores are numbers, everything else is text.
KEYS = {
    "practices.Review.gates": Gate.values,
    "practices.Review.scores": Criterion.values,
    "practices.Review.comments": Criterion.values,
    "practices.ReviewCard.scores": Criterion.values,
    "practices.Translation.sections": ["challenge", "objectives", "approach", "results", "lessons", "learnt_from"],
    "exchanges.Exchange.sources": ["title", "publisher", "url"],
}
_SILENT = (models.ForeignKey, models.BooleanField, models.DateField, models.AutoField)
_WORDS = re.compile(rf"{SIGN}[a-j]+z")
_UUIDS = re.compile(UUID_SIGN + "[0-9a-f-]+")
_NUMBERS = re.compile(r"(?<![\w.#&-])(?:\d{1,3}(?:[,.\s'\u066c]\d{3})+|\d{5,})(?![\w-])")
_SEPARATORS = re.compile(r"\D")


def name_of(column):
    return f"{column.model._meta.label}.{column.name}"


def columns_of(model):
    """The fields of ``model`` that say something of their own: no keys, moments, flags or words from a fixed list."""
    return [
        column
        for column in model._meta.concrete_fields
        if not isinstance(column, _SILENT)
        and not column.choices
        and not getattr(getattr(column, "base_field", None), "choices", None)
        and name_of(column) not in EXCUSED
    ]


class Canaries:
    """Gives out canaries and finds them again. ``names``: {canary as text: "place: app.Model.field"}."""

    def __init__(self):
        self.names = {}

    def word(self, name):
        letters = str(len(self.names)).translate(str.maketrans("0123456789", "abcdefghij"))
        return self._named(f"{SIGN}{letters}z", name)

    def _number(self, name, start=7_310_000):
        return int(self._named(str(start + len(self.names)), name))

    def _named(self, canary, name):
        self.names[canary] = name
        return canary

    def fill(self, model, place, /, **given):
        """{column: value} with a canary in every column of ``model`` that is not ``given``."""
        values = dict(given)
        for column in columns_of(model):
            if column.name not in given and column.attname not in given:
                values[column.name] = self._value(column, f"{place}: {name_of(column)}")
        return values

    def _value(self, column, name):
        if isinstance(column, models.EmailField):
            return f"{self.word(name)}@example.org"
        if isinstance(column, models.URLField):
            return f"https://{self.word(name)}.example/{self.word(name)}"
        if isinstance(column, models.FileField):
            return f"briefs/{self.word(name)}.pdf"
        if isinstance(column, models.CharField | models.TextField):
            return self.word(name)
        if isinstance(column, ArrayField) and isinstance(column.base_field, models.CharField | models.TextField):
            return [self.word(name), self.word(name)]
        if name_of(column) in KEYS:
            make = self._number if column.name == "scores" else self.word
            value = {key: make(name) for key in KEYS[name_of(column)]}
            return [value] if column.default is list else value
        if isinstance(column, models.JSONField):
            return {self.word(name): [self.word(name)]}
        if isinstance(column, models.UUIDField):
            return uuid.UUID(self._named(f"{UUID_SIGN}{len(self.names):03x}-8000-{0:012x}", name))
        if isinstance(column, models.SmallIntegerField | models.PositiveSmallIntegerField):
            return self._number(name, 21_000)
        if isinstance(column, models.IntegerField | models.FloatField | models.DecimalField):
            return self._number(name)
        raise AssertionError(f"{name} cannot hold a canary yet: teach it one, or excuse it with the reason.")

    def seen_in(self, text):
        """The names of the canaries that ``text`` holds, sorted: what leaked."""
        text = unescape(text).lower()
        found = {*_WORDS.findall(text), *_UUIDS.findall(text)}
        found |= {_SEPARATORS.sub("", number) for number in _NUMBERS.findall(text)}
        found |= {token for token in self.tokens if token in text}
        return sorted({self.names[one] for one in found if one in self.names})

    @cached_property
    def tokens(self):
        return [canary for canary, name in self.names.items() if name.endswith("token")]

    def missing(self, models_planted):
        """The fields of ``models_planted`` of which no row in the database holds a canary."""
        return [name_of(column) for model in models_planted for column in columns_of(model) if not self._stands(column)]

    def _stands(self, column):
        rows = column.model._base_manager.annotate(as_text=Cast(column.name, models.TextField()))
        texts = rows.values_list("as_text", flat=True)
        return any(self.seen_in(text) for text in texts if text)
