"""One row of an import: checked field by field, then the source of the rows of the database that it becomes."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.enums import OrganisationKind
from practices.content_rows import hold, unsaved
from practices.enums import (
    CONTENT_LICENCE,
    CountryRole,
    EvaluationType,
    Kind,
    Language,
    LessonKind,
    Scale,
    TranslationOrigin,
)
from practices.markdown import clean
from practices.models import (
    Adoption,
    BuildingBlock,
    Contact,
    Lesson,
    PartnerRole,
    Reference,
    ResultIndicator,
    Translation,
    Version,
    VersionArea,
    VersionCountry,
    VersionInstitution,
    VersionTarget,
    VersionTopic,
)
from practices.models.reference import TARGET_CODE
from practices.narrative import SECTIONS

SMALLEST_YEAR, LARGEST_YEAR = 1900, 2100
LARGEST_COUNT = 2**62

# Asked for every row: what would be computed anew each time.
_LANGUAGES, _KINDS, _SCALES = Language.values, Kind.values, Scale.values
_LESSON_KINDS, _EVALUATIONS, _ORGANISATION_KINDS = LessonKind.values, EvaluationType.values, OrganisationKind.values
_TARGET = re.compile(TARGET_CODE)
_validate_address = URLValidator(schemes=["http", "https"])
# What nearly all addresses look like: they pass that validator, which takes longer than all other checks of a row.
_PLAIN_ADDRESS = re.compile(
    r"https?://(?:[a-z0-9]{1,30}(?:-[a-z0-9]{1,20}){0,2}\.){1,5}[a-z]{2,20}(?:/[\w.~/-]{0,300})?", re.ASCII
)

# The same of e-mail addresses.
_PLAIN_EMAIL = re.compile(
    r"[a-z0-9]{1,20}(?:[._-][a-z0-9]{1,20}){0,2}@(?:[a-z0-9]{1,20}(?:-[a-z0-9]{1,20}){0,2}\.){1,5}[a-z]{2,20}"
)
_FIGURE = dict.fromkeys(("metric", "unit", "source", "method"), str)
_FIGURE |= dict.fromkeys(("baseline_value", "baseline_year", "latest_value", "latest_year"), float)

# Collections that only say a level: what kind of evaluation the level stands for.
_EVALUATION_OF_LEVEL = {
    1: EvaluationType.NONE,
    2: EvaluationType.MONITORING,
    3: EvaluationType.COMPARISON,
    4: EvaluationType.RANDOMISED,
}
# What is below a version, by the name under which the version knows it.
_BELOW = {
    VersionArea: "area_rows",
    VersionTopic: "topic_rows",
    VersionTarget: "target_rows",
    VersionCountry: "country_rows",
    VersionInstitution: "institution_rows",
    PartnerRole: "partner_roles",
    ResultIndicator: "results",
    Lesson: "lessons",
    BuildingBlock: "building_blocks",
    Reference: "references",
}
_NARRATIVE = {name: column for name, column in SECTIONS.items() if column}
_LIVING = {
    "adaptations",
    "translations",
    "verified",
    "verified_sources",
    "unverified_parts",
    "contact",
    "updated_at",
    "published_at",
    "status",
    "provenance",
}
_KNOWN = _LIVING | {
    "id", "external_id", "title", "summary", "sections", "language", "country", "further_countries",
    "partner_countries", "challenge_areas", "topics", "tags", "sdg_targets", "kind", "scale", "scale_note", "setting",
    "places", "start_year", "end_year", "lead_organisations", "organisations", "partners", "figures",
    "unverified_figures", "lessons", "building_blocks", "beneficiary_groups", "beneficiaries", "evaluation_type",
    "evidence", "evidence_level", "cost", "cost_usd", "references", "licence", "constraints", "region",
}  # fmt: skip


@dataclass
class Problem:
    """One thing wrong with one row: its number (from 1), the field and the reason in words."""

    row: int
    field: str
    reason: str


def _digest(value):
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _validate_email(text):
    """Raises ValidationError where ``text`` is no address, or one for which the column of contacts is too short."""
    if len(text) > Contact._meta.get_field("email").max_length:
        raise ValidationError("too long")
    if text and not _PLAIN_EMAIL.fullmatch(text):
        validate_email(text)


@lru_cache(maxsize=1000)
def _is_slug(text):
    return text == slugify(text)


class Row:
    """One row: checked on construction (``problems``), then the source of the rows that it becomes."""

    def __init__(self, number, data, run):
        self.number, self.data, self.problems = number, data, []
        self.practice = self.version = None
        if isinstance(data, ValueError):
            self.refuse("", str(data))
        elif not isinstance(data, dict):
            self.refuse("", _("Expected an object with the fields of a practice."))
        else:
            self._check(run)

    def refuse(self, name, reason):
        """Note that the field ``name`` is wrong, and why."""
        self.problems.append(Problem(self.number, name, reason))

    def _is_refused(self, name):
        return any(problem.field == name for problem in self.problems)

    def _check(self, run):
        data = self.data
        for name in sorted(set(data) - _KNOWN):
            self.refuse(name, _("There is no such field."))
        self.key = self._text("id") or self._text("external_id")
        if not self.key:
            self.refuse("id", _("Every row needs an “id” or “external_id”."))
        elif len(self.key) > 120:
            self.refuse("id", _("At most 120 characters."))
        elif run.seen.setdefault(self.key, self.number) != self.number:
            self.refuse("id", _("Row %(row)d has the same identifier.") % {"row": run.seen[self.key]})
        self.is_published = data.get("status", "published") == "published"
        self.title = self._text("title")
        if not self.title and not self._is_refused("title"):
            self.refuse("title", _("A practice needs a title."))
        self.language = self._choice("language", _LANGUAGES, default=Language.EN)
        self.country = self._text("country")
        if self.country not in run.countries:
            self.refuse("country", _("“%(code)s” is not the ISO3 code of a known country.") % {"code": self.country})
        self.further = [c for c in self._codes("further_countries", run.countries) if c != self.country]
        self.partners = [
            c for c in self._codes("partner_countries", run.countries) if c != self.country and c not in self.further
        ]
        self.areas = self._codes("challenge_areas", run.areas)
        if not self.areas and not self._is_refused("challenge_areas"):
            self.refuse("challenge_areas", _("At least one of: %(areas)s.") % {"areas": ", ".join(sorted(run.areas))})
        self.topics = self._topics(run)
        self.targets = self._targets()
        self.kind = self._choice("kind", _KINDS, default=Kind.PRACTICE)
        self.scale = self._choice("scale", _SCALES, default="", also={"multi-country": "multi_country"})
        self.start_year = self._year("start_year", data)
        self.end_year = self._year("end_year", data)
        if self.start_year and self.end_year and self.end_year < self.start_year:
            self.refuse("end_year", _("The end year is before the start year."))
        self.evaluation_type = self._evaluation()
        self.beneficiaries_count = self._count("beneficiaries")
        self.cost_usd = self._count("cost_usd")
        for name in ("summary", "setting", "places", "scale_note", "cost", "constraints", "licence", "region"):
            self._text(name)
        self.sections = self._sections()
        self.figures = self._figures()
        self.lessons = self._lessons()
        self.blocks = self._objects("building_blocks", {"title": str, "text": str}, required=("title",))
        self.references = self._references()
        self.partner_roles = self._objects("partners", {"organisation": str, "role": str}, required=("organisation",))
        self.organisation_facts = self._organisations(run)
        self._strings("beneficiary_groups")
        self._strings("verified_sources")
        self._strings("unverified_parts")
        if not isinstance(data.get("verified", True), bool):
            self.refuse("verified", _("Expected true or false."))
        self._living(run)
        self.published_at = self._moment("published_at")
        self._moment("updated_at")

    @cached_property
    def content_digest(self):
        """Digest of what makes a version."""
        return _digest({name: value for name, value in self.data.items() if name not in _LIVING})

    @cached_property
    def digest(self):
        """Digest of the whole row."""
        living = {name: value for name, value in self.data.items() if name in _LIVING}
        return _digest([self.content_digest, living])

    # Reading one field: each returns a clean value and notes what is wrong.

    def _text(self, name, data=None, path=None):
        value = (self.data if data is None else data).get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.refuse(path or name, _("Expected text."))
            return ""
        if "\x00" in value:
            self.refuse(path or name, _("Text cannot hold the NUL character."))
            return ""
        return clean(value.strip())

    def _strings(self, name):
        value = self.data.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(one, str) and "\x00" not in one for one in value):
            self.refuse(name, _("Expected a list of texts."))
            return []
        return [clean(one.strip()) for one in value if one.strip()]

    def _codes(self, name, known):
        codes = list(dict.fromkeys(self._strings(name)))
        for code in codes:
            if code not in known:
                self.refuse(name, _("“%(code)s” is not known.") % {"code": code[:60]})
        return codes

    def _choice(self, name, known, *, default, also=None):
        value = self.data.get(name)
        if value in (None, ""):
            return default
        value = (also or {}).get(value, value) if isinstance(value, str) else value
        if value not in known:
            self.refuse(
                name,
                _("“%(value)s” is not one of: %(known)s.") % {"value": str(value)[:60], "known": ", ".join(known)},
            )
            return default
        return value

    def _year(self, name, data, path=None):
        value = data.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not SMALLEST_YEAR <= value <= LARGEST_YEAR:
            self.refuse(
                path or name,
                _("Expected a year from %(first)d to %(last)d.") % {"first": SMALLEST_YEAR, "last": LARGEST_YEAR},
            )
            return None
        return value

    def _count(self, name):
        value = self.data.get(name)
        if value is not None and (
            not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST_COUNT
        ):
            self.refuse(name, _("Expected a whole number, zero or more."))
            return None
        return value

    def _number(self, name, data, path):
        value = data.get(name)
        if value is None:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < 1e15:
            self.refuse(path, _("Expected a number."))
            return None
        return float(value)

    def _moment(self, name):
        value = self.data.get(name)
        if value is None:
            return None
        try:
            moment = parse_datetime(value)
        except (TypeError, ValueError):
            moment = None
        if not isinstance(moment, datetime) or timezone.is_naive(moment):
            self.refuse(name, _("Expected a date and time with a time zone, such as 2026-11-23T10:00:00Z."))
            return None
        return moment

    def _objects(self, name, shape, *, required=()):
        """A list of objects with text and other fields; ``shape`` names them."""
        value = self.data.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self.refuse(name, _("Expected a list of objects."))
            return []
        rows = []
        for index, one in enumerate(value):
            for unknown in sorted(set(one) - set(shape)):
                self.refuse(f"{name}[{index}].{unknown}", _("There is no such field."))
            row = {key: self._text(key, one, f"{name}[{index}].{key}") for key, kind in shape.items() if kind is str}
            for key in required:
                if not row[key]:
                    self.refuse(f"{name}[{index}].{key}", _("This is needed."))
            rows.append((one, row))
        return rows

    # The parts of a row.

    def _topics(self, run):
        topics = list(dict.fromkeys(self._strings("topics") + self._strings("tags")))
        for slug in topics:
            if slug in run.topics:
                continue
            if not run.create_topics:
                self.refuse("topics", _("“%(slug)s” is not a known topic.") % {"slug": slug[:60]})
            elif not _is_slug(slug) or len(slug) > 60:
                self.refuse("topics", _("“%(slug)s” cannot be the slug of a topic.") % {"slug": slug[:60]})
        return topics

    def _targets(self):
        targets = list(dict.fromkeys(self._strings("sdg_targets")))
        for code in targets:
            if not _TARGET.match(code):
                self.refuse(
                    "sdg_targets", _("“%(code)s” is not the code of a target, such as 3.2.") % {"code": code[:20]}
                )
        return targets

    def _evaluation(self):
        level = self.data.get("evidence_level")
        evidence = self.data.get("evidence")
        if evidence is not None and not isinstance(evidence, dict):
            self.refuse("evidence", _("Expected an object with “level” and “reason”."))
            return EvaluationType.NONE
        self.evaluation_note = self._text("reason", evidence, "evidence.reason") if evidence else ""
        if level is None and evidence:
            level = evidence.get("level")
        if level is not None and (isinstance(level, bool) or level not in _EVALUATION_OF_LEVEL):
            self.refuse("evidence_level", _("Expected a level from 1 to 4."))
            level = None
        return self._choice(
            "evaluation_type",
            _EVALUATIONS,
            default=_EVALUATION_OF_LEVEL.get(level, EvaluationType.NONE),
        )

    def _sections(self):
        sections = self.data.get("sections")
        if sections is None:
            return {}
        if not isinstance(sections, dict):
            self.refuse("sections", _("Expected an object: {section: text}."))
            return {}
        for name in sorted(set(sections) - set(SECTIONS)):
            self.refuse(f"sections.{name}", _("There is no such section."))
        return {name: self._text(name, sections, f"sections.{name}") for name in SECTIONS if name in sections}

    def _figures(self):
        unverified = self.data.get("unverified_figures") or []
        if not isinstance(unverified, list):
            self.refuse("unverified_figures", _("Expected a list of positions."))
            unverified = []
        figures = []
        for index, (one, row) in enumerate(self._objects("figures", _FIGURE, required=("metric",))):
            path = f"figures[{index}]"
            figures.append(
                {
                    "name": row["metric"],
                    "unit": row["unit"],
                    "source": row["source"],
                    "method": row["method"],
                    "baseline": self._number("baseline_value", one, f"{path}.baseline_value"),
                    "baseline_year": self._year("baseline_year", one, f"{path}.baseline_year"),
                    "latest": self._number("latest_value", one, f"{path}.latest_value"),
                    "latest_year": self._year("latest_year", one, f"{path}.latest_year"),
                    "is_verified": index not in unverified,
                }
            )
        return figures

    def _lessons(self):
        rows = self._objects("lessons", {"kind": str, "text": str, "for_whom": str}, required=("text",))
        lessons = []
        for index, (_one, row) in enumerate(rows):
            kind = row["kind"] or LessonKind.WORKED
            if kind not in _LESSON_KINDS:
                self.refuse(f"lessons[{index}].kind", _("Expected “worked” or “failed”."))
            lessons.append({"kind": kind, "text": row["text"], "for_whom": row["for_whom"]})
        if not lessons and self.sections.get("lessons"):
            lessons.append({"kind": LessonKind.WORKED, "text": self.sections["lessons"], "for_whom": ""})
        return lessons

    def _references(self):
        references = []
        shape = {"title": str, "publisher": str, "url": str, "year": int}
        for index, (one, row) in enumerate(self._objects("references", shape, required=("title",))):
            path = f"references[{index}]"
            if row["url"] and not _PLAIN_ADDRESS.fullmatch(row["url"]):
                try:
                    _validate_address(row["url"])
                except ValidationError:
                    self.refuse(f"{path}.url", _("Expected an address that begins with https:// or http://."))
            references.append({**row, "year": self._year("year", one, f"{path}.year")})
        return references

    def _organisations(self, run):
        """Facts of the organisations that the row names: {name: fields of accounts.Organisation}."""
        leads = self._strings("lead_organisations")
        self.leads = list(dict.fromkeys(name[:255] for name in leads))
        names = self.leads + [row["organisation"][:255] for _one, row in self.partner_roles]
        facts = self.data.get("organisations") or {}
        if not isinstance(facts, dict):
            self.refuse("organisations", _("Expected an object: {name: {kind, country}}."))
            facts = {}
        described = {}
        for name in names:
            one = facts.get(name) or {}
            if not isinstance(one, dict):
                self.refuse(f"organisations.{name}", _("Expected an object: {kind, country}."))
                continue
            kind, country = one.get("kind") or OrganisationKind.OTHER, one.get("country")
            if kind not in _ORGANISATION_KINDS:
                self.refuse(f"organisations.{name}.kind", _("“%(value)s” is not known.") % {"value": str(kind)[:60]})
            if country is not None and country not in run.countries:
                self.refuse(
                    f"organisations.{name}.country", _("“%(code)s” is not known.") % {"code": str(country)[:60]}
                )
            described[name] = {"kind": kind, "country_id": country}
        return described

    def _living(self, run):
        shape = {"country": str, "note": str, "kept": str, "changed": str, "result": str, "source": str, "year": int}
        self.adaptations = []
        for index, (one, row) in enumerate(self._objects("adaptations", shape, required=("country",))):
            if row["country"] and row["country"] not in run.countries:
                self.refuse(
                    f"adaptations[{index}].country", _("“%(code)s” is not known.") % {"code": row["country"][:60]}
                )
            self.adaptations.append({**row, "year": self._year("year", one, f"adaptations[{index}].year")})
        self.translated = {}
        translations = self.data.get("translations") or {}
        if not isinstance(translations, dict):
            self.refuse("translations", _("Expected an object: {language: {title, summary}}."))
            translations = {}
        for language, texts in translations.items():
            path = f"translations.{language}"
            if language not in _LANGUAGES:
                self.refuse(path, _("Expected one of: %(known)s.") % {"known": ", ".join(_LANGUAGES)})
            elif not isinstance(texts, dict) or not texts.get("title"):
                self.refuse(path, _("Expected an object with “title” and “summary”."))
            else:
                self.translated[language] = {
                    name: self._text(name, texts, f"{path}.{name}") for name in ("title", "summary")
                }
        contact = self.data.get("contact")
        self.contact = {}
        if contact is not None and not isinstance(contact, dict):
            self.refuse("contact", _("Expected an object: {name, organisation, email}."))
        elif contact:
            self.contact = {
                name: self._text(name, contact, f"contact.{name}") for name in ("name", "organisation", "email")
            }
            try:
                _validate_email(self.contact["email"])
            except ValidationError:
                self.refuse("contact.email", _("Expected an e-mail address."))

    # What a row becomes. ``known``: the reference rows (_Import).

    def names_only(self, known):
        """Whether all that the row names is known already."""
        return (
            known.topics.keys() >= set(self.topics)
            and known.targets.keys() >= set(self.targets)
            and all(
                (name, facts["country_id"]) in known.organisations for name, facts in self.organisation_facts.items()
            )
        )

    def become(self, practice, known):
        """Make all that the row becomes, in memory: the ``version`` of ``practice``, ``below`` ({model: [rows below the
        version]}) and what lives on the practice.
        """
        self.practice, self.version = practice, self._version()
        self.below = self._rows_below(known)
        practice.live = self.version
        hold(self.version, **{_BELOW[model]: rows for model, rows in self.below.items()})
        self.describe(known)

    def let_go(self):
        """Leave practice and version to themselves: as long as each leads to the other, both have to be looked for."""
        if self.version is not None:
            self.practice.live = None

    def describe(self, known):
        """Note in memory on the practice what the row says of it, and what lives on it, in the order of its tables."""
        practice = self.practice
        practice.import_digest = self.digest
        practice.is_verified = self.data.get("verified", True)
        practice.verified_sources = self.data.get("verified_sources") or []
        practice.unverified_parts = self.data.get("unverified_parts") or []
        adoptions = sorted(self._adoptions(known), key=lambda one: (one.year is None, one.year or 0))
        hold(practice, adoptions=adoptions, translations=sorted(self._translations(), key=lambda one: one.language))

    def _version(self):
        narrative = {column: self.sections.get(name, "") for name, column in _NARRATIVE.items()}
        if self.data.get("constraints"):
            narrative["constraints"] = self._text("constraints")
        return unsaved(
            Version,
            content_digest=self.content_digest,
            language=self.language,
            title=self.title,
            summary=self._text("summary"),
            kind=self.kind,
            scale=self.scale,
            scale_note=self._text("scale_note"),
            setting=self._text("setting"),
            places=self._text("places"),
            start_year=self.start_year,
            end_year=self.end_year,
            beneficiary_groups=self._strings("beneficiary_groups"),
            beneficiaries_count=self.beneficiaries_count,
            evaluation_type=self.evaluation_type,
            evaluation_note=self.evaluation_note,
            cost_note=self._text("cost"),
            cost_setup=self.cost_usd,
            cost_currency="USD" if self.cost_usd is not None else "",
            licence=self._text("licence") or CONTENT_LICENCE,
            **narrative,
        )

    def _rows_below(self, known):
        leads = [{"organisation": self._organisation(name, known)} for name in self.leads]
        countries = [(self.country, CountryRole.LEAD)]
        countries += [(code, CountryRole.FURTHER) for code in self.further]
        countries += [(code, CountryRole.PARTNER) for code in self.partners]
        partners = [
            {"organisation": self._organisation(row["organisation"][:255], known), "role": row["role"]}
            for _one, row in self.partner_roles
        ]
        facts = {
            VersionArea: [{"area": known.areas[slug]} for slug in self.areas],
            VersionTopic: [{"topic": known.topics[slug]} for slug in self.topics],
            VersionTarget: [{"target": known.targets[code]} for code in self.targets],
            VersionCountry: [{"country": known.countries[code], "role": role} for code, role in countries],
            VersionInstitution: leads,
            PartnerRole: partners,
            ResultIndicator: self.figures,
            Lesson: self.lessons,
            BuildingBlock: [row for _one, row in self.blocks],
            Reference: self.references,
        }
        return {
            model: [unsaved(model, version=self.version, position=position, **row) for position, row in enumerate(rows)]
            for model, rows in facts.items()
        }

    def _organisation(self, name, known):
        return known.organisations[name, self.organisation_facts[name]["country_id"]]

    def _translations(self):
        return [
            unsaved(
                Translation,
                language=language,
                origin=TranslationOrigin.HUMAN,
                source_digest=self.content_digest,
                **texts,
            )
            for language, texts in self.translated.items()
            if language != self.language
        ]

    def _adoptions(self, known):
        return [
            unsaved(
                Adoption,
                country=known.countries[row["country"]],
                **{name: value for name, value in row.items() if name != "country"},
            )
            for row in self.adaptations
        ]

    def contacts(self):
        return [unsaved(Contact, practice=self.practice, **self.contact)] if any(self.contact.values()) else []
