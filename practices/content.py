"""The content of a version as plain data: to copy it, to compare it and to keep what was handed in."""

import hashlib
import json

from django.db import transaction

from practices.enums import CountryRole
from practices.models import (
    BuildingBlock,
    Lesson,
    PartnerRole,
    Reference,
    ResultIndicator,
    Version,
    VersionArea,
    VersionCountry,
    VersionFile,
    VersionInstitution,
    VersionTarget,
    VersionTopic,
)

ROW_MODELS = (
    VersionArea,
    VersionTopic,
    VersionTarget,
    VersionCountry,
    VersionInstitution,
    PartnerRole,
    ResultIndicator,
    Lesson,
    BuildingBlock,
    Reference,
    VersionFile,
)
# Columns that say where a version stands, not what it holds.
_STANDING = {"id", "practice", "number", "created_at", "published_at", "frozen_at", "content_digest"}
COLUMNS = tuple(field.attname for field in Version._meta.concrete_fields if field.name not in _STANDING)


def as_dict(version):
    """Everything that ``version`` (loaded ``with_content``) says, as JSON-able values; names and codes, never ids.

    {column: text | number | None | [text]} and, for rows: challenge_areas, topics, sdg_targets [code], countries
    [{country, role}], lead_institutions [name], partners [{name, role}], results, lessons, building_blocks,
    references, files [{column: value}]; no files where there are none, so that what was kept before there could be any
    is the same still.
    """
    content = {}
    files = [_file(row) for row in version.file_rows.all()]
    for name in COLUMNS:
        value = getattr(version, name)
        content[name] = str(value) if hasattr(value, "as_tuple") else value
    return content | {
        "challenge_areas": [row.area.slug for row in version.area_rows.all()],
        "topics": [row.topic.slug for row in version.topic_rows.all()],
        "sdg_targets": [row.target.code for row in version.target_rows.all()],
        "countries": [{"country": row.country_id, "role": row.role} for row in version.country_rows.all()],
        "lead_institutions": [row.organisation.name for row in version.institution_rows.all()],
        "partners": [{"name": row.organisation.name, "role": row.role} for row in version.partner_roles.all()],
        "results": [_plain(row) for row in version.results.all()],
        "lessons": [_plain(row) for row in version.lessons.all()],
        "building_blocks": [_plain(row) for row in version.building_blocks.all()],
        "references": [_plain(row) for row in version.references.all()],
        **({"files": files} if files else {}),
    }


def _plain(row):
    return {
        field.name: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.name not in {"id", "version", "position"}
    }


def _file(row):
    """A file as the version shows it; the checksum tells one of the same name from another."""
    said = {name: value for name, value in _plain(row).items() if name != "file"}
    return {"name": row.file.name, **said, "checksum": row.file.checksum}


def digest(version):
    """A digest of all that ``version`` says, by which translations know whether they are stale."""
    content = json.dumps(as_dict(version), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


@transaction.atomic
def copy(version, *, with_countries=True):
    """A new unpublished version with the same content and rows, which share its files.

    ``with_countries`` False leaves out where it is, and the files: who is on a picture agreed for their own country.
    """
    made = Version.objects.create(**{name: getattr(version, name) for name in COLUMNS})
    for model in ROW_MODELS:
        if model in {VersionCountry, VersionFile} and not with_countries:
            continue
        rows = list(model.objects.filter(version=version))
        for row in rows:
            row.pk, row.version_id = None, made.pk
        model.objects.bulk_create(rows)
    return made


def place(version, country_id):
    """Say that the country leads ``version``, which has no countries yet."""
    VersionCountry.objects.create(version=version, country_id=country_id, role=CountryRole.LEAD)
