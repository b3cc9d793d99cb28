"""What a query means: its words as units, each with the other names of the same concept. Pure but for one statement.

*Retard de croissance au Pérou* becomes two units: a concept (which is also called *stunting*) and a country. Other
words stand for themselves. A practice answers a unit when it holds one of the unit's forms, in any language.
"""

import re
from dataclasses import dataclass, field, replace

from django.db import connection

from practices.enums import Language, Section

UNITS_LIMIT = 12
SECTIONS = Section.values
# Their words weigh more than those of the others.
IN_FRONT = (Section.RESULTS, Section.LESSONS, Section.PARTNERS)

_MARK = "section9"
_TOKEN = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
_CONFIGURATIONS = {"": "simple", **{code: f"ssc_{code}" for code in Language.values}}
_READ = """
    SELECT t.number, c.language, u.lexeme, u.positions
    FROM unnest(%s::text[]) WITH ORDINALITY AS t (text, number),
         unnest(%s::text[], %s::regconfig[]) AS c (language, configuration),
         unnest(to_tsvector(c.configuration, ssc_plain(t.text))) AS u
"""
_PLAIN = tuple(zip("/_<>أإآٱةى", "    ااااهي", strict=True))
# PostgreSQL reads joined words as one word more; names are kept without it too.
_HYPHEN = re.compile(r"(?<=\w)[-‐‑–](?=\w)")
_ARABIC = re.compile(r"[\u0600-\u06ff]")


def plain(text):
    """``text`` as words are looked for in it: what ``ssc_plain`` does in PostgreSQL, at less cost."""
    for sign, other in _PLAIN:
        text = text.replace(sign, other)
    return text


def apart(text):
    """``text`` with the parts of joined words as words of their own."""
    return _HYPHEN.sub(" ", text.replace("/", " "))


def mark_of(section):
    """The word that stands in a vector where ``section`` begins."""
    return f"{_MARK}{SECTIONS.index(section):02d}" if section in SECTIONS else f"{_MARK}99"


def section_of(mark):
    """The section that ``mark``, a lexeme, begins; "" for none that has a name, None when it is no mark."""
    if not mark.startswith(_MARK) or not mark[len(_MARK) :].isdigit():
        return None
    number = int(mark[len(_MARK) :])
    return SECTIONS[number] if number < len(SECTIONS) else ""


@dataclass(frozen=True)
class Form:
    """Stemmed words that follow each other: ``lexemes`` with their ``places``."""

    lexemes: tuple
    places: tuple = (1,)

    def query(self, weights="", *, is_apart=False):
        """The form as part of a tsquery, at the given weights only ("AB"), at all by default. ``is_apart``: its words
        may stand anywhere, each by itself.
        """
        suffix = f":{weights}" if weights else ""
        if is_apart:
            return f"({' & '.join(_quoted(lexeme) + suffix for lexeme in self.lexemes)})"
        text = _quoted(self.lexemes[0]) + suffix
        for lexeme, place, before in zip(self.lexemes[1:], self.places[1:], self.places, strict=False):
            text += f" <{place - before}> {_quoted(lexeme)}{suffix}"
        return f"({text})" if len(self.lexemes) > 1 else text


@dataclass(frozen=True)
class Unit:
    """One thing that a query asks for: ``typed`` as it stands there, ``forms`` of these very words in each language's
    stems, ``others`` the forms of the concept's other names, ``names`` these as [(language, text)], ``code`` of a
    country, area or topic; ``is_phrase``: it was quoted.
    """

    typed: str
    forms: frozenset
    others: frozenset = frozenset()
    names: tuple = ()
    code: str = ""
    is_phrase: bool = False

    @property
    def is_known(self):
        """Whether it is a term of the field or a name."""
        return bool(self.names)

    @property
    def may_stand_apart(self):
        """Whether it has forms of several words that also say what is meant when they do not follow each other."""
        return not self.is_phrase and any(len(form.lexemes) > 1 for form in self.forms | self.others)

    def query(self, weights="", *, is_typed=False, is_apart=False):
        """A tsquery of all forms, or with ``is_typed`` of those that stand for the very words. ``is_apart``: the words
        of a form may stand apart from each other, which an index answers without looking at the texts.
        """
        return f"({' | '.join(self.queries(weights, is_typed=is_typed, is_apart=is_apart))})"

    def queries(self, weights="", *, is_typed=False, is_apart=False):
        """The same, each form by itself; any of them is enough."""
        is_apart = is_apart and not self.is_phrase
        forms = _needed(self.forms if is_typed else self.forms | self.others, is_apart=is_apart)
        queries = [form.query(weights, is_apart=is_apart) for form in forms]
        if self.code:
            queries.append(_quoted(self.code) + (f":{weights}" if weights else ""))
        return queries

    def within(self, lexemes):
        """The unit for a text that holds of its words ``lexemes`` alone: without the forms that the text lacks."""
        forms, others = (
            frozenset(form for form in some if lexemes.issuperset(form.lexemes)) for some in (self.forms, self.others)
        )
        return replace(self, forms=forms, others=others, code=self.code if self.code in lexemes else "")

    def lexemes(self):
        return {lexeme for form in self.forms | self.others for lexeme in form.lexemes} | ({self.code} - {""})

    def __or__(self, other):
        return Unit(
            f"{self.typed} or {other.typed}",
            self.forms | other.forms,
            self.others | other.others,
            self.names + other.names,
            self.code or other.code,
            self.is_phrase and other.is_phrase,
        )


def _needed(forms, *, is_apart):
    """``forms`` in a fixed order, without those that no text holds unless it holds another one: *pit latrine* beside
    *latrine*.
    """
    needed, covering = [], []
    for form in sorted(forms, key=lambda form: (len(form.lexemes), str(form))):
        words = set(form.lexemes)
        if any(one <= words for one in covering):
            continue
        needed.append(form)
        if is_apart or len(words) == 1:
            covering.append(words)
    return needed


@dataclass(frozen=True)
class Question:
    """A query understood: its units (all of them wanted), what must not be there, and the codes of SDG targets whose
    sentence holds all words. ``language``: in which it was probably asked.
    """

    units: tuple
    excluded: tuple = ()
    targets: tuple = ()
    language: str = "en"
    may_be_partial: bool = True

    def condition(self, column):
        """Which texts hold all units in ``column``: (condition in SQL, its parameters).

        Each form of the first unit is looked for by itself, which an index answers sooner than one query of all forms,
        and together with all that a text needs besides: where that is a condition of its own, the planner may read
        every text that holds the first unit, which takes half a second for 25,000 of them.
        """
        first, *others = self.units
        unwanted = self.unwanted()
        besides = [*(unit.query(is_apart=True) for unit in others), *unwanted]
        wanted = [" & ".join([query, *besides]) for query in first.queries(is_apart=True)]
        wanted += [" & ".join([_quoted(target), *unwanted]) for target in self.targets]
        return f"({' OR '.join([f'{column} @@ %s::tsquery'] * len(wanted))})", wanted

    def unwanted(self):
        return [f"!{form.query()}" for form in self.excluded]

    def any_of(self, units):
        """The tsquery of practices that hold at least one of ``units``."""
        return " & ".join([f"({' | '.join(unit.query(is_apart=True) for unit in units)})", *self.unwanted()])

    def with_units(self, units):
        return replace(self, units=tuple(units))

    def highlighted(self, lexemes):
        """The tsquery of the words to mark in a text that holds of the units' words ``lexemes`` alone; "" for none.

        PostgreSQL compares each word of the text with each word of the query.
        """
        return " | ".join(query for unit in self.units for query in unit.within(lexemes).queries())

    def lexemes(self):
        return set().union(*(unit.lexemes() for unit in self.units)) | set(self.targets)


@dataclass
class _Run:
    """Plain words between the marks of a query: ``stems``: {language: {place: [lexemes]}}, "" for the words."""

    text: str
    stems: dict = field(default_factory=dict)

    def at(self, language, place):
        return self.stems.get(language, {}).get(place, [])

    @property
    def places(self):
        return sorted(self.stems.get("", {}))


def read(words, language, vocabulary):
    """Understand ``words`` as typed by a reader of ``language``: quoted phrases, ``or`` and ``-word`` work.

    Returns a Question, without units when the words say nothing (stop words, signs).
    """
    parts = _parts(apart(words))
    runs = [_Run(text) for _kind, text in parts]
    _stem(runs)
    asked_in = _guess([run for run, (kind, _) in zip(runs, parts, strict=True) if kind == "run"], language, vocabulary)
    groups, excluded, joins = [], [], False
    for run, (kind, _text) in zip(runs, parts, strict=True):
        if kind == "or":
            joins = bool(groups)
            continue
        if kind == "not":
            excluded += _whole(run)
            continue
        if kind == "phrase":
            forms = _whole(run)
            units = [Unit(run.text, frozenset(forms), is_phrase=True)] if forms else []
        else:
            units = _units(run, asked_in, vocabulary)
        if joins and units:
            groups[-1], units = groups[-1] | units[0], units[1:]
        groups += units
        joins = False
    return Question(
        tuple(dict.fromkeys(groups))[:UNITS_LIMIT],
        excluded=tuple(dict.fromkeys(excluded)),
        targets=tuple(_targets([run for run, (kind, _) in zip(runs, parts, strict=True) if kind == "run"], vocabulary))
        if len(parts) == 1
        else (),
        language=asked_in,
        may_be_partial=all(kind != "phrase" for kind, _ in parts),
    )


def _parts(words):
    """[(kind, text)] of a query: "run" of plain words, "phrase" in quotes, "not" wanted, "or" between two."""
    parts = []
    for token in _TOKEN.finditer(words):
        phrase, word = token["phrase"], token["word"]
        if token["minus"] and (phrase or word):
            parts.append(("not", phrase or word))
        elif phrase:
            parts.append(("phrase", phrase))
        elif word and word.lower() == "or":
            parts.append(("or", ""))
        elif word and parts and parts[-1][0] == "run":
            parts[-1] = ("run", f"{parts[-1][1]} {word}")
        elif word:
            parts.append(("run", word))
    return parts


def _stem(runs):
    """Let each language's configuration stem each run: one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, [[run.text for run in runs], list(_CONFIGURATIONS), list(_CONFIGURATIONS.values())])
        for number, language, lexeme, positions in cursor.fetchall():
            places = runs[number - 1].stems.setdefault(language, {})
            for place in positions:
                places.setdefault(place, []).append(lexeme)


def _guess(runs, language, vocabulary):
    """The language in which most words are stop words or known terms; that of the reader where two are as likely."""
    if any(_ARABIC.search(run.text) for run in runs):
        return Language.AR
    points = {}
    for code in Language.values:
        silent = sum(_is_silent(run, code, place, vocabulary) for run in runs for place in run.places)
        known = sum(len(term.lexemes) for run in runs for term in _terms_in(run, code, vocabulary).values())
        points[code] = silent + known
    return max(points, key=lambda code: (points[code], code == language, code == Language.EN))


def _is_silent(run, language, place, vocabulary):
    """Whether the word there is a stop word of ``language`` or one of those that say nothing."""
    lexemes = run.at(language, place)
    return not lexemes or any(lexeme in vocabulary.silent.get(language, ()) for lexeme in lexemes)


def _terms_in(run, language, vocabulary):
    """{place: the longest Term of ``language`` that begins there}, without those inside of an earlier one."""
    found, covered = {}, -1
    places = [place for place in run.places if run.at(language, place)]
    for index, place in enumerate(places):
        if place <= covered:
            continue
        for lexeme in run.at(language, place):
            term = _longest(run, language, places[index:], vocabulary.starts.get(language, {}).get(lexeme, []))
            if term:
                found[place] = term
                covered = places[index + len(term.lexemes) - 1]
                break
    return found


def _longest(run, language, places, terms):
    for term in terms:  # the longest come first
        ahead = places[: len(term.lexemes)]
        if len(ahead) == len(term.lexemes) and all(
            lexeme in run.at(language, place) for lexeme, place in zip(term.lexemes, ahead, strict=True)
        ):
            return term
    return None


def _units(run, asked_in, vocabulary):
    """Units of a run of plain words: at each place the longest known term, that of the query's language first."""
    languages = [asked_in, *(code for code in Language.values if code != asked_in)]
    known = {code: _terms_in(run, code, vocabulary) for code in languages}
    units, covered = [], -1
    # A word that says nothing in the query's language is no term of another one, unless nothing else is there.
    speaks = [place for place in run.places if not _is_silent(run, asked_in, place, vocabulary)] or run.places
    for place in run.places:
        if place <= covered:
            continue
        here = [
            known[code][place] for code in languages if place in known[code] and (code == asked_in or place in speaks)
        ]
        if here:
            term = max(here, key=lambda term: (len(term.lexemes), -languages.index(term.language)))
            spoken = [one for one in run.places if run.at(term.language, one) and one >= place][: len(term.lexemes)]
            units.append(_concept(run, spoken, [one for one in here if one.lexemes == term.lexemes], vocabulary))
            covered = spoken[-1]
        elif place in speaks:
            units.append(_word(run, place))
    return units


def _concept(run, places, terms, vocabulary):
    """The unit of the words at ``places``, which are names of the concepts of ``terms``."""
    typed = " ".join(run.at("", place)[0] for place in places)
    forms, others, names, code = set(), set(), [], ""
    for code_of_language in Language.values:
        stems = [run.at(code_of_language, place) for place in places]
        if all(stems):
            first = places[0]
            forms.add(Form(tuple(stem[0] for stem in stems), tuple(place - first + 1 for place in places)))
    for concept in dict.fromkeys(term.concept for term in terms):
        code = code or vocabulary.codes.get(concept, "")
        for term in vocabulary.terms[concept]:
            others.add(_form_of(term))
            names.append((term.language, term.text))
    return Unit(typed, frozenset(forms), frozenset(others - forms), tuple(names), code)


def _form_of(term):
    first = term.places[0]
    return Form(term.lexemes, tuple(place - first + 1 for place in term.places))


def _word(run, place):
    lexemes = {lexeme for code in Language.values for lexeme in run.at(code, place)}
    return Unit(run.at("", place)[0], frozenset(Form((lexeme,)) for lexeme in lexemes or run.at("", place)))


def _whole(run):
    """The forms of all words of a run in a row, one per language."""
    forms = []
    for code in Language.values:
        places = [place for place in run.places if run.at(code, place)]
        if places:
            lexemes = tuple(run.at(code, place)[0] for place in places)
            forms.append(Form(lexemes, tuple(place - places[0] + 1 for place in places)))
    return list(dict.fromkeys(forms))


def _targets(runs, vocabulary):
    """Codes of SDG targets whose sentence holds all words of the runs, two at least."""
    codes = []
    for language, lexemes, code in vocabulary.targets:
        wanted = {lexeme for run in runs for place in run.places for lexeme in run.at(language, place)[:1]}
        if len(wanted) > 1 and wanted <= lexemes:
            codes.append(code)
    return dict.fromkeys(codes)


def _quoted(lexeme):
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
