"""Writing many new rows at once: model instances as one ``COPY`` per table. A leaf."""

from functools import lru_cache
from operator import attrgetter

import orjson
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.utils import timezone
from psycopg.types.json import Jsonb


def reserve_keys(model, count):
    """``count`` new primary keys of ``model``, in rising order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [model._meta.db_table, model._meta.pk.column, count],
        )
        return sorted(key for (key,) in cursor.fetchall())


def copy_rows(model, rows):
    """Insert ``rows``, unsaved instances of ``model``, as they are: no signal is sent, no default of the database
    applies but that of a missing primary key, which the instances are not told. All rows have a key, or none has.

    Raises what the database raises.
    """
    if not rows:
        return
    columns, values_of, convert = _plan(model, rows[0].pk is not None)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {model._meta.db_table} ({', '.join(columns)}) FROM STDIN") as copy,
    ):
        for row in rows:
            values = values_of(row)
            if convert:
                values = list(values)
                for place, function in convert:
                    values[place] = function(values[place])
            copy.write_row(values)
    alias = connection.alias
    for row in rows:
        row._state.adding, row._state.db = False, alias


@lru_cache(maxsize=64)
def _plan(model, has_key):
    """(columns, function of a row that gives its values, [(place, function of the value)]) of a table."""
    fields = [field for field in model._meta.concrete_fields if has_key or not field.primary_key]
    convert = []
    for place, field in enumerate(fields):
        if isinstance(field, models.JSONField):
            convert.append((place, _json))
        elif isinstance(field, ArrayField):
            convert.append((place, _array))
        elif getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False):
            convert.append((place, _now_if_none))
    return [f'"{field.column}"' for field in fields], attrgetter(*(field.attname for field in fields)), convert


def _json(value):
    return Jsonb(value, dumps=_dumps)


def _dumps(value):
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)  # members of a TextChoices are keys, too


def _array(values):
    """A flat list as PostgreSQL reads it; psycopg would ask for the kind of each member."""
    return None if values is None else f"{{{','.join([_member(value) for value in values])}}}"


def _member(value):
    if not isinstance(value, str):
        return str(value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _now_if_none(value):
    return timezone.now() if value is None else value
