"""A query for one row that is asked for again and again, turned into SQL once in the life of a process."""

from django.db import connection

_ANY = -9_007_199_254_740_991  # stands for the id while the SQL is made


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
