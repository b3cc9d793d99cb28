"""When what is public about each practice, or row of an upper floor, changed last: positions that rise in the order of
commits.

Whoever follows the portal asks for what changed after a position. A moment that any writer takes for itself would not
do: a change that is committed late would stand before one that was read already, and never be read. So positions are
given under the row of the public serial, which a writer keeps locked until it has committed. In one table (a model that
is a ``Position``) no two are the same.
"""

import datetime

from django.db import connection, transaction
from django.db.models import Max

from practices.models import PublicChange
from practices.serial import raise_public_serial

# Held from before a position is given until the commit, so that readers see that one is under way. Only whoever has
# the row of the public serial asks for it: nobody ever waits for it.
UNDER_WAY = 7_346_106
BEGINNING = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)

# What upper floors do when practices changed that rows of theirs name: functions of the ids.
NAMED_ELSEWHERE = []

_NOTE = """
    INSERT INTO {table} ({key}, changed_at)
    SELECT n.id, last.at + n.place * interval '1 microsecond'
    FROM unnest(%s::bigint[]) WITH ORDINALITY AS n (id, place),
         (SELECT greatest(clock_timestamp(), max(changed_at)) AS at FROM {table}) AS last
    ON CONFLICT ({key}) DO UPDATE SET changed_at = excluded.changed_at
"""
_IS_UNDER_WAY = """
    SELECT clock_timestamp(), EXISTS (
        SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND classid = 0 AND objsubid = 1
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


@transaction.atomic
def note(ids, positions=PublicChange, *, first=frozenset()):
    """Note, in the transaction that changes them, that the rows with these ``ids`` (each once), by default practices,
    changed; raises the public serial. ``first``: those of them that are public for the first time.

    Call it late: until the commit nobody else can change anything public.
    """
    raise_public_serial()
    if not ids:
        return
    names = {"table": positions._meta.db_table, "key": positions._meta.pk.column}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [UNDER_WAY])
        cursor.execute(_NOTE.format(**names), [list(ids)])
    named = [pk for pk in ids if pk not in first] if positions is PublicChange else []
    if named:
        for note_rows_naming in NAMED_ELSEWHERE:
            note_rows_naming(named)


def last_position(positions=PublicChange):
    """The newest position: every later change has a greater one. An aware datetime, BEGINNING when nothing changed."""
    return positions.objects.aggregate(last=Max("changed_at"))["last"] or BEGINNING


def now():
    """(this moment, whether a change with an earlier position may still be committed). Ask before reading changes."""
    with connection.cursor() as cursor:
        cursor.execute(_IS_UNDER_WAY, [UNDER_WAY])
        return cursor.fetchone()
