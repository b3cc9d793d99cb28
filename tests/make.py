"""Rows for tests, made by plain functions. Everything public goes through the same publication as in life."""

import itertools

from accounts.enums import OrganisationKind
from accounts.models import Organisation
from countries.models import Country
from practices.enums import CountryRole, EvaluationType, Provenance
from practices.models import (
    Adoption,
    ChallengeArea,
    Contact,
    Lesson,
    Practice,
    Reference,
    ResultIndicator,
    SdgGoal,
    SdgTarget,
    Topic,
    Translation,
    Version,
    VersionArea,
    VersionCountry,
    VersionInstitution,
    VersionTarget,
    VersionTopic,
)
from practices.publication import make_live

AREAS = ["newborn-health", "nutrition", "wash", "climate", "emergencies", "learning"]
REGIONS = {"BGD": "SA", "PER": "LAC", "COL": "LAC", "KEN": "ESA", "SEN": "WCA", "EGY": "MENA", "VNM": "EAPR"}
_numbers = itertools.count(1)


def make_country(iso3="COL", **facts):
    """A country, made once. Its English name is its code with "-land" unless ``names`` says otherwise."""
    number = sum(ord(letter) * 26**place for place, letter in enumerate(iso3)) % 1000
    defaults = {
        "iso2": facts.pop("iso2", iso3[:2] if not Country.objects.filter(iso2=iso3[:2]).exists() else iso3[1:]),
        "m49": f"{number:03d}",
        "names": {"en": f"{iso3}-land", "fr": f"{iso3}-pays", "es": f"{iso3}-país", "pt": iso3, "ar": iso3},
        "unicef_region": REGIONS.get(iso3, ""),
        "is_global_south": True,
    } | facts
    return Country.objects.get_or_create(iso3=iso3, defaults=defaults)[0]


def make_area(slug="nutrition", **facts):
    """A challenge area, made once."""
    texts = {
        language: {
            "name": slug.replace("-", " ").capitalize(),
            "challenge": "",
            "figure": "1",
            "unit": "",
            "sentence": "",
        }
        for language in ("en", "fr", "es", "pt", "ar")
    }
    defaults = {"position": AREAS.index(slug) + 1, "texts": texts, "source": "A source"} | facts
    return ChallengeArea.objects.get_or_create(slug=slug, defaults=defaults)[0]


def make_topic(slug="stunting", area="nutrition", **facts):
    """A topic, made once, with its area."""
    defaults = {"area": make_area(area), "names": {"en": slug.replace("-", " ").capitalize()}} | facts
    return Topic.objects.get_or_create(slug=slug, defaults=defaults)[0]


def make_target(code="3.2"):
    """An SDG target, made once, with its goal."""
    number = int(code.split(".")[0])
    goal, _ = SdgGoal.objects.get_or_create(
        number=number, defaults={"names": {"en": f"Goal {number}"}, "colour": "#000"}
    )
    return SdgTarget.objects.get_or_create(code=code, defaults={"goal": goal, "texts": {"en": f"Target {code}"}})[0]


def make_organisation(name="Ministry of Health"):
    number = next(_numbers)
    defaults = {"slug": f"organisation-{number}", "kind": OrganisationKind.GOVERNMENT}
    return Organisation.objects.filter(name=name).first() or Organisation.objects.create(name=name, **defaults)


def make_version(
    *,
    title=None,
    country="COL",
    further=(),
    partners=(),
    areas=("nutrition",),
    topics=(),
    targets=(),
    results=(),
    lessons=(),
    references=(),
    institutions=(),
    **content,
):
    """An unpublished version with its rows. ``results`` and the like are dicts of columns; the rest is content."""
    content.setdefault("summary", "What was done and what came of it.")
    content.setdefault("start_year", 2010)
    content.setdefault("evaluation_type", EvaluationType.NONE)
    version = Version.objects.create(title=title or f"Practice number {next(_numbers)}", **content)
    roles = [(country, CountryRole.LEAD)]
    roles += [(code, CountryRole.FURTHER) for code in further] + [(code, CountryRole.PARTNER) for code in partners]
    for position, (code, role) in enumerate(roles):
        VersionCountry.objects.create(version=version, country=make_country(code), role=role, position=position)
    for position, slug in enumerate(areas):
        VersionArea.objects.create(version=version, area=make_area(slug), position=position)
    for position, slug in enumerate(topics):
        VersionTopic.objects.create(version=version, topic=make_topic(slug, areas[0]), position=position)
    for position, code in enumerate(targets):
        VersionTarget.objects.create(version=version, target=make_target(code), position=position)
    for position, name in enumerate(institutions):
        VersionInstitution.objects.create(version=version, organisation=make_organisation(name), position=position)
    for model, rows in ((ResultIndicator, results), (Lesson, lessons), (Reference, references)):
        for position, row in enumerate(rows):
            model.objects.create(version=version, position=position, **row)
    return version


def make_practice(*, translations=None, adoptions=(), contact=None, identity=None, at=None, **version):
    """A published practice. ``translations``: {language: {title, summary}}; ``adoptions``: dicts with an ISO3
    ``country``; ``identity``: columns of Practice (published_at, external_id, provenance …)."""

    def living(practices):
        (practice,) = practices
        for language, texts in (translations or {}).items():
            Translation.objects.create(practice=practice, language=language, **texts)
        for row in adoptions:
            Adoption.objects.create(practice=practice, **{**row, "country": make_country(row["country"])})
        if contact:
            Contact.objects.create(practice=practice, **contact)

    identity = {"provenance": Provenance.COUNTRY} | (identity or {})
    (practice,) = make_live([(make_version(**version), Practice(**identity))], at=at, living=living)
    return Practice.objects.get(pk=practice.pk)


def make_update(practice, **version):
    """The next version of ``practice``, published."""
    version.setdefault("country", practice.country_id)
    make_live([(make_version(**version), practice)])
    return Practice.objects.get(pk=practice.pk)
