"""The rows below versions and practices, read in two statements however many there are of either.

A page of one practice shows rows of thirteen tables and what they lead to. Asked for one by one, as
``prefetch_related`` does, they take longer than the page takes to be drawn. A leaf: models are found by relations.
"""

from functools import lru_cache
from typing import NamedTuple

import orjson
from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models.base import ModelState

# Relation → what each of its rows leads to, if anything; and what that leads to.
BELOW_VERSION = {
    "area_rows": "area",
    "topic_rows": "topic",
    "target_rows": "target",
    "country_rows": "country",
    "institution_rows": "organisation",
    "partner_roles": "organisation",
    "results": None,
    "lessons": None,
    "building_blocks": None,
    "references": None,
    "file_rows": "file",
}
BELOW_PRACTICE = {"adoptions": "country", "translations": None}
_FURTHER = {"topic": "merged_into", "target": "goal"}
# The order of rows, as their models say it.
_ORDERS = {
    "adoptions": lambda row: (row.year is None, row.year, row.pk),
    "translations": lambda row: row.language,
}
# JSON knows no such values, nor whether 14 was 14.0; all others come as they are.
_CONVERTED = (models.DateField, models.DecimalField, models.FloatField, models.UUIDField)


class Part(NamedTuple):
    """The rows of ``model`` that fulfil ``condition``, SQL with one %s for ``value``; ``columns``: empty for all."""

    model: type
    condition: str
    value: object
    columns: tuple = ()


def hold(owner, **rows):
    """Let ``owner`` answer for its related rows ({name: list}) with these, as if they had been prefetched."""
    at_hand = owner.__dict__.setdefault("_prefetched_objects_cache", {})
    for name, some in rows.items():
        kind, facts = _unasked(owner._meta.get_field(name).related_model)
        answer = kind.__new__(kind)
        answer.__dict__ = facts | {"_result_cache": some, "_prefetch_done": True}
        at_hand[name] = answer


def held(owner, name):
    """The related rows of ``owner`` by that name, as a list: those at hand, or asked for where none are."""
    answer = owner.__dict__.get("_prefetched_objects_cache", {}).get(name)
    return list(getattr(owner, name).all()) if answer is None else answer._result_cache


def unsaved(model, **values):
    """What ``model(**values)`` gives, in a fifth of the time: an instance for each of many rows. Relations come as
    instances, which are not told of it; no signal is sent.
    """
    blank, fresh, relations = _blank(model)
    row = model.__new__(model)
    facts, state = row.__dict__, ModelState()
    known = state.fields_cache = {}
    facts["_state"] = state
    facts.update(blank)
    for name, make in fresh:
        facts[name] = make()
    for name, value in values.items():
        if name in relations:
            known[name] = value
            facts[relations[name]] = value.pk
        else:
            facts[name] = value
    return row


@lru_cache(maxsize=50)
def _blank(model):
    """({attribute: default}, [(attribute, function that makes its default)], {relation: attribute})."""
    fields = model._meta.concrete_fields
    defaults = {field.attname: field.get_default() for field in fields}
    fresh = [(field.attname, field.get_default) for field in fields if field.has_default() and callable(field.default)]
    return defaults, fresh, {field.name: field.attname for field in fields if field.is_relation}


@lru_cache(maxsize=50)
def _unasked(model):
    """(class, attributes) of a queryset of ``model``: to make one takes longer than all else that is done for a row."""
    answer = model._default_manager.all()
    return type(answer), answer.__dict__


def load_below(versions, practices=()):
    """Let ``versions`` and ``practices`` answer for the rows below them as if these had been prefetched."""
    relations = _relations(versions, BELOW_VERSION) + _relations(practices, BELOW_PRACTICE)
    found = _rows_below(relations)
    _lead_on(found)
    for relation, owners in relations:
        name, foreign_key = relation.name, relation.field
        rows = {owner.pk: [] for owner in owners}
        for row in sorted(found[relation], key=_ORDERS.get(name, lambda row: (row.position, row.pk))):
            rows[getattr(row, foreign_key.attname)].append(row)
        for owner in owners:
            for row in rows[owner.pk]:
                foreign_key.set_cached_value(row, owner)
            hold(owner, **{name: rows[owner.pk]})


def _relations(owners, below):
    """[(relation, owners)] of each name in ``below``; none without owners."""
    return [(owners[0]._meta.get_field(name), owners) for name in below] if owners else []


def _rows_below(relations):
    """{relation: its rows below all owners}, in no order."""
    parts = [
        Part(relation.related_model, f"{relation.field.column} = ANY(%s)", [owner.pk for owner in owners])
        for relation, owners in relations
    ]
    return dict(zip([relation for relation, _owners in relations], rows_of(parts), strict=True))


def _lead_on(found):
    """Load what the rows lead to, once however many lead there, and what that leads to."""
    below = BELOW_VERSION | BELOW_PRACTICE
    leading = [
        (relation.related_model._meta.get_field(below[relation.name]), rows)
        for relation, rows in found.items()
        if below[relation.name] and rows
    ]
    parts = []
    for field, rows in leading:
        model, pks = field.related_model, list({getattr(row, field.attname) for row in rows})
        parts.append(Part(model, f"{model._meta.pk.column} = ANY(%s)", pks))
        if further := _further(field):
            target = further.related_model._meta.pk.column
            inner = f"SELECT {further.column} FROM {model._meta.db_table} WHERE {model._meta.pk.column} = ANY(%s)"  # noqa: S608 - names of ours
            parts.append(Part(further.related_model, f"{target} IN ({inner})", pks))
    reached = {}
    for part, rows in zip(parts, rows_of(parts), strict=True):
        reached.setdefault(part.model, {}).update({row.pk: row for row in rows})
    for field, rows in leading:
        for row in rows:
            field.set_cached_value(row, reached[field.related_model][getattr(row, field.attname)])
        if further := _further(field):
            for row in reached[field.related_model].values():
                further.set_cached_value(row, reached[further.related_model].get(getattr(row, further.attname)))


def _further(field):
    name = _FURTHER.get(field.name)
    return field.related_model._meta.get_field(name) if name else None


def rows_of(parts):
    """For each Part its rows, in no order: one statement for all."""
    if not parts:
        return []
    sql = " UNION ALL ".join(
        f"SELECT {number}, {_as_json(part.model, part.columns)} FROM {part.model._meta.db_table} AS t "  # noqa: S608 - names of ours
        f"WHERE {part.condition}"
        for number, part in enumerate(parts)
    )
    rows = [[] for _part in parts]
    with connection.cursor() as cursor:
        cursor.execute(sql, [part.value for part in parts])
        for number, text in cursor.fetchall():
            rows[number].append(_made(parts[number].model, orjson.loads(text)))
    return rows


@lru_cache(maxsize=50)
def _as_json(model, columns):
    """SQL of a row ``t`` as JSON: ``columns``, or all of them. Decimals are texts there, for a float is not exact."""
    if columns:
        some = ", ".join(f"'{name}', t.{name}" for name in columns)
        return f"jsonb_build_object({some})"
    exact = [field.column for field in model._meta.concrete_fields if isinstance(field, models.DecimalField)]
    texts = ", ".join(f"'{name}', t.{name}::text" for name in exact)
    return f"to_jsonb(t) || jsonb_build_object({texts})" if exact else "to_jsonb(t)"


def _made(model, values):
    """The instance of ``model`` whose columns hold ``values``, {column: what JSON has of it}."""
    columns, converters = _columns(model)
    for column, convert in converters:
        if column in values:
            values[column] = convert(values[column])
    known = [column for column in columns if column in values]
    return model.from_db(DEFAULT_DB_ALIAS, [columns[column] for column in known], [values[column] for column in known])


@lru_cache(maxsize=50)
def _columns(model):
    """({column: attribute}, [(column, function of what JSON has of it)])."""
    fields = model._meta.concrete_fields
    converters = [(field.column, field.to_python) for field in fields if isinstance(field, _CONVERTED)]
    return {field.column: field.attname for field in fields}, converters
