"""A version as one reader sees it: each text in their language where it has been translated, else in the original."""

from dataclasses import dataclass, replace
from functools import cached_property

from django.urls import reverse
from django.utils import formats, translation
from django.utils.translation import gettext as _

from countries.addresses import address
from practices.cards import Result
from practices.directions import language_attributes
from practices.enums import CountryRole, EvidenceLevel, Kind, Language, LessonKind, Scale, TranslationOrigin
from practices.evidence import assess_version, reasons_in_words
from practices.markdown import render

HEADLINES = 3


@dataclass(frozen=True)
class Text:
    """A text and the language in which it is written."""

    value: str
    language: str

    def __str__(self):
        return self.value

    def __bool__(self):
        return bool(self.value)

    @property
    def attributes(self):
        """``lang`` and ``dir`` for the element around it; nothing where it is in the language of the page."""
        return language_attributes(self.language)

    @property
    def html(self):
        """The text as safe HTML."""
        return render(self.value)


@dataclass(frozen=True)
class Section:
    """One heading of the case study; ``template`` shows what is below it."""

    key: str
    heading: str
    text: Text | None = None
    template: str = "practices/partials/section_text.html"


@dataclass(frozen=True)
class Fact:
    """One line of "At a glance": its values as [(Text, address or "")]. ``is_formal``: of no use on a page of paper."""

    label: str
    values: list
    is_formal: bool = False


class Edition:
    """``version`` of ``practice``, both loaded ``with_content``, for a reader of ``language``; causes no query.

    Translations belong to the live version: an older one is shown in its own language.
    """

    def __init__(self, practice, version, language):
        self.practice, self.version, self.language = practice, version, language
        self.is_current = version.pk == practice.live_id

    # Languages

    @cached_property
    def translation(self):
        """The Translation that this reader is shown, or None."""
        if not self.is_current or self.language == self.version.language:
            return None
        return next((row for row in self.practice.translations.all() if row.language == self.language), None)

    @property
    def original_language_name(self):
        """The name of the original language in the reader's language."""
        return translation.get_language_info(self.version.language)["name_translated"]

    @property
    def is_partly_translated(self):
        return self.translation is not None and any(
            self._original(key) and not self.translation.sections.get(key) for key in _NARRATIVE
        )

    @property
    def is_stale(self):
        """Whether the original has changed since it was translated."""
        return bool(
            self.translation
            and self.translation.source_digest
            and self.translation.source_digest != self.version.content_digest
        )

    @property
    def translation_note(self):
        """Who translated, and whether a native speaker has looked at it: one sentence."""
        if not self.translation:
            return ""
        return {
            (TranslationOrigin.HUMAN, True): _("Translated by a person and reviewed by a native speaker."),
            (TranslationOrigin.HUMAN, False): _("Translated by a person, not reviewed by a native speaker."),
            (TranslationOrigin.MACHINE, True): _("Translated by a machine and reviewed by a native speaker."),
            (TranslationOrigin.MACHINE, False): _("Translated by a machine, not reviewed by a native speaker."),
        }[TranslationOrigin(self.translation.origin), self.translation.is_reviewed]

    @property
    def editions(self):
        """The languages in which the practice can be read, the original first: [{code, name, url, …}]."""
        others = sorted({row.language for row in self.practice.translations.all()} - {self.version.language})
        return [
            {
                "code": code,
                "name": Language(code).label,
                "url": self.address_in(code),
                "is_current": code == self.shown_language,
                "is_original": code == self.version.language,
            }
            for code in [self.version.language, *(others if self.is_current else [])]
        ]

    @property
    def shown_language(self):
        return self.language if self.translation else self.version.language

    def address_in(self, language):
        """The address of the practice's page in ``language``; a version that is not current has its own address."""
        if self.is_current:
            return address("practices:detail", self.practice.slug, language)
        with translation.override(language):
            return reverse("practices:version", args=[self.practice.slug, self.version.number])

    @property
    def original_url(self):
        return self.address_in(self.version.language)

    @property
    def attributes(self):
        """``lang`` and ``dir`` of what is only there in the original language."""
        return language_attributes(self.version.language)

    def text(self, value):
        """``value`` as a Text in the original language."""
        return Text(value, self.version.language)

    def _original(self, key):
        return getattr(self.version, _COLUMNS.get(key, key))

    def _narrative(self, key):
        """The Text of one narrative section; ``key`` as in Translation.sections."""
        if self.translation and self.translation.sections.get(key):
            return Text(self.translation.sections[key], self.language)
        return self.text(self._original(key))

    @property
    def title(self):
        return Text(self.translation.title, self.language) if self.translation else self.text(self.version.title)

    @property
    def summary(self):
        if self.translation and self.translation.summary:
            return Text(self.translation.summary, self.language)
        return self.text(self.version.summary)

    # How sure

    @cached_property
    def _assessment(self):
        return assess_version(self.version, list(self.practice.adoptions.all()), lead_country=self.practice.country_id)

    @property
    def evidence(self):
        return self._assessment[0]

    @property
    def evidence_label(self):
        return EvidenceLevel(self.evidence).label

    @property
    def evidence_reasons(self):
        return tuple(reasons_in_words(self._assessment[1]))

    # Rows

    @cached_property
    def results(self):
        """All results: those with a figure before and after first, in the order in which they were written."""
        results = [Result.of(row) for row in self.version.results.all()]
        return sorted(results, key=lambda result: (not result.has_pair, result.latest is None))

    @property
    def headlines(self):
        return self.results[:HEADLINES]

    @property
    def further_results(self):
        return self.results[HEADLINES:]

    @property
    def has_unverified_results(self):
        return any(not result.is_verified for result in self.results)

    @property
    def areas(self):
        return [row.area for row in self.version.area_rows.all()]

    @property
    def primary_area(self):
        return self.areas[0] if self.areas else None

    @property
    def topics(self):
        return list(dict.fromkeys(row.topic.merged_into or row.topic for row in self.version.topic_rows.all()))

    @property
    def targets(self):
        return [row.target for row in self.version.target_rows.all()]

    def countries(self, role):
        return [row.country for row in self.version.country_rows.all() if row.role == role]

    @property
    def institutions(self):
        return [row.organisation for row in self.version.institution_rows.all()]

    @property
    def lessons_worked(self):
        return self._lessons_of(LessonKind.WORKED)

    @property
    def lessons_failed(self):
        return self._lessons_of(LessonKind.FAILED)

    def _lessons_of(self, kind):
        """[{text: Text, for_whom}] of one kind."""
        rows = [row for row in self.version.lessons.all() if row.kind == kind]
        return [{"text": self.text(row.text), "for_whom": row.for_whom} for row in rows]

    @property
    def approach(self):
        return self._narrative("approach")

    @property
    def enabling_conditions(self):
        return self._narrative("enabling_conditions")

    @property
    def building_blocks(self):
        rows = self.version.building_blocks.all()
        return [{"title": row.title, "text": self.text(row.text)} for row in rows]

    @cached_property
    def _files(self):
        """The VersionFiles that this reader is shown: prepared, and with the consent of whom they show."""
        return [row for row in self.version.file_rows.all() if row.file.is_shown]

    @property
    def pictures(self):
        return [row for row in self._files if row.file.is_image]

    @property
    def documents(self):
        return [row for row in self._files if not row.file.is_image]

    @property
    def beneficiaries_note(self):
        return self.text(self.version.beneficiaries_note)

    @property
    def cost_note(self):
        return self.text(self.version.cost_note)

    @property
    def funding(self):
        return self.text(self.version.funding)

    # What the templates read

    @cached_property
    def sections(self):
        """The sections that hold something, in the order in which they are read: [Section]."""
        version = self.version
        replication = [
            version.replication_keep,
            version.replication_change,
            version.replication_preconditions,
            version.replication_support,
        ]
        sections = [
            self._text_section("challenge", _("The problem")),
            self._text_section("objectives", _("What it set out to do")),
            _special("reach", _("Who was reached"), self.reached_text, version.beneficiaries_note),
            self._text_section("approach", _("What was done")),
            _special("building_blocks", _("Building blocks"), version.building_blocks.all()),
            self._text_section("results", _("What changed")),
            _special("further_results", _("More measured results"), self.further_results),
            _special("evaluation", _("How it was evaluated"), version.evaluation_note),
            self._text_section("enabling_conditions", _("What made it work")),
            self._text_section("constraints", _("What was hard")),
            self._text_section("what_did_not_work", _("What did not work")),
            self._lessons_section(),
            _special("cost", _("What it cost"), *self.costs, version.cost_note, version.funding),
            self._text_section("equity", _("Equity and safeguarding")),
            self._text_section("sustainability", _("How it lasts")),
            _special("replication", _("If you want to adapt it"), *replication),
            _special("south_south", _("Learning between countries"), version.learnt_from, version.shared_with),
            _special("partners", _("Who took part"), version.partner_roles.all()),
        ]
        return [section for section in sections if section]

    def _text_section(self, key, heading):
        text = self._narrative(key)
        return Section(key, heading, text) if text else None

    def _lessons_section(self):
        told = self.translation.sections.get("lessons") if self.translation else ""
        if told:
            return Section("lessons", _("Lessons"), Text(told, self.language))
        return _special("lessons", _("Lessons"), self.version.lessons.all())

    @property
    def replication_parts(self):
        """[(heading, Text)] of what others should know before they adapt it."""
        parts = [
            (_("What must stay"), self._narrative("replication_keep")),
            (_("What may change"), self._narrative("replication_change")),
            (_("What has to be there first"), self._narrative("replication_preconditions")),
            (_("Support on offer"), self._narrative("replication_support")),
        ]
        return [part for part in parts if part[1]]

    @property
    def south_south_parts(self):
        parts = [
            (_("Learnt from"), self._narrative("learnt_from")),
            (_("Shared with"), self._narrative("shared_with")),
        ]
        return [part for part in parts if part[1]]

    @property
    def costs(self):
        """The costs in figures, as sentences; empty where none is known."""
        version = self.version
        amounts = [
            (version.cost_setup, _("Set-up: %(amount)s %(currency)s"), _("Set-up: %(amount)s %(currency)s (%(year)s)")),
            (
                version.cost_yearly,
                _("Per year: %(amount)s %(currency)s"),
                _("Per year: %(amount)s %(currency)s (%(year)s)"),
            ),
        ]
        return [
            (dated if version.cost_year else undated)
            % {"amount": _whole_number(amount), "currency": version.cost_currency, "year": version.cost_year}
            for amount, undated, dated in amounts
            if amount is not None
        ]

    @property
    def reached_text(self):
        """How many people it reached, as a number in the reader's way of writing."""
        count = self.version.beneficiaries_count
        return "" if count is None else _whole_number(count)

    @property
    def facts(self):
        """ "At a glance": [Fact], only those that are known."""
        version = self.version
        here = self.language
        further = self.countries(CountryRole.FURTHER)
        partners = self.countries(CountryRole.PARTNER)
        list_url = reverse("practices:list")
        facts = [
            Fact(_("Who it serves"), [(self.text(group), "") for group in version.beneficiary_groups]),
            Fact(_("People reached"), [(Text(self.reached_text, here), "")]),
            Fact(_("Also carried out in"), [(Text(row.name, here), row.get_absolute_url()) for row in further]),
            Fact(_("Partner countries"), [(Text(row.name, here), row.get_absolute_url()) for row in partners]),
            Fact(_("Places"), [(self.text(version.places), "")]),
            Fact(_("Setting"), [(self.text(version.setting), "")]),
            Fact(
                _("Scale"),
                [
                    (Text(str(Scale(version.scale).label) if version.scale else "", here), ""),
                    (self.text(version.scale_note), ""),
                ],
            ),
            Fact(_("Cost"), [(Text(line, here), "") for line in self.costs]),
            Fact(_("Led by"), [(self.text(row.name), "") for row in self.institutions]),
            Fact(_("Topics"), [(Text(row.name, here), f"{list_url}?topic={row.slug}") for row in self.topics]),
            Fact(
                _("SDG targets"),
                [(Text(f"{row.code} {row.text}".strip(), here), f"{list_url}?sdg={row.code}") for row in self.targets],
            ),
            Fact(_("Kind"), [(Text(str(Kind(version.kind).label), here), "")], is_formal=True),
            Fact(_("Evaluation"), [(Text(str(version.get_evaluation_type_display()), here), "")], is_formal=True),
            Fact(_("Licence"), [(Text(version.licence, "en"), "")], is_formal=True),
            Fact(_("Reference"), [(Text(self.practice.reference, here), "")], is_formal=True),
        ]
        known = [replace(fact, values=[pair for pair in fact.values if pair[0]]) for fact in facts]
        return [fact for fact in known if fact.values]


# Sections that are one text: key in Translation.sections → column of Version, where it has another name.
_COLUMNS = {"results": "results_narrative"}
_NARRATIVE = (
    "challenge",
    "objectives",
    "approach",
    "results",
    "enabling_conditions",
    "constraints",
    "what_did_not_work",
    "equity",
    "sustainability",
)


def _special(key, heading, *holdings):
    """A Section shown by a template of its own, or None when all of ``holdings`` are empty."""
    return Section(key, heading, template=f"practices/partials/section_{key}.html") if any(holdings) else None


def _whole_number(value):
    return formats.number_format(value, decimal_pos=0, use_l10n=True, force_grouping=True)
