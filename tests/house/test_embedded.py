"""The embedded servers: who may do what in the database, and where things live."""

import pytest
from django.db import ProgrammingError, connection, transaction


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    ["TRUNCATE accounts_user CASCADE", "DROP TABLE accounts_user CASCADE", "CREATE TABLE own (a int)"],
)
def test_app_role_may_not_change_the_house(statement):
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied|must be owner"):
        with transaction.atomic():
            cursor.execute("SET LOCAL ROLE ssc_app")
            cursor.execute(statement)
