"""Public codes such as EX-2026-3: one counter per table and year, never given twice."""

from django.db import connection
from django.db.models import Max

from exchanges.models import Exchange, Need, Offer, Project

PREFIXES = {Offer: "OF", Need: "ND", Exchange: "EX", Project: "PR"}


def give_code(row, year):
    """Give the unsaved ``row`` the next code of ``year``; call it in the transaction that saves the row.

    Whoever numbers the same table waits until that transaction ends, so that no number is given twice.
    """
    model = type(row)
    prefix = PREFIXES[model]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"exchanges.numbering.{prefix}"])
    last = model.objects.filter(code_year=year).aggregate(last=Max("code_number"))["last"] or 0
    row.code_year, row.code_number = year, last + 1
    row.code = f"{prefix}-{year}-{last + 1}"
