"""Queries that are asked for again and again, turned into SQL once in the life of a process."""

from django.db import connection

# They stand for the id or the text while the SQL is made.
_ANY, _ANY_TEXT = -9_007_199_254_740_991, "any text"


class CompiledRow:
    """``queryset``: called with an id, gives a values_list() of one row at most; only the id differs between calls."""

    def __init__(self, queryset):
        self._queryset, self._sql, self._params = queryset, "", ()

    def fetch(self, pk):
        """The row with the id ``pk`` as a tuple, in the types of the database driver (JSON as text); None for none."""
        if not self._sql:
            self._sql, self._params = self._queryset(_ANY).query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(self._sql, [pk if value == _ANY else value for value in self._params])
            return cursor.fetchone()


class CompiledRows:
    """``queryset``: called with a text, gives a values_list(); only the text and which rows of it differ between calls.

    The text may be nowhere in the query. ``around``: a statement with ``{rows}`` in the place of the rows wanted.
    """

    def __init__(self, queryset, around="{rows}"):
        self._queryset, self._around, self._sql, self._params = queryset, around, "", ()

    def fetch(self, text, *, start, size):
        """``size`` rows from the row ``start`` on, as tuples in the types of the database driver (JSON as text)."""
        if not self._sql:
            sql, self._params = self._queryset(_ANY_TEXT).query.sql_with_params()
            self._sql = self._around.format(rows=f"{sql} LIMIT %s OFFSET %s")
        params = [text if value == _ANY_TEXT else value for value in self._params]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, [*params, size, start])
            return cursor.fetchall()
