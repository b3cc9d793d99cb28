"""Institutions by the names that people type."""

from django.db.models import F, Q
from django.utils.text import slugify

from accounts.models import Organisation


def named(name, country=None):
    """The organisation called ``name``; one that nobody named yet is made. None for an empty name.

    With ``country`` it is one of that country, else one of none: every country has a ministry of health. Without, one
    of no country comes first. Two people who name a new one in the same moment: the second gets the first one's.
    """
    if not name:
        return None
    found = _known(name, country)
    if found is None:
        base = slugify(name)[:60].strip("-") or "organisation"
        taken = set(Organisation.objects.filter(slug__startswith=base).values_list("slug", flat=True))
        slugs = (base, *(f"{base}-{number}" for number in range(2, len(taken) + 3)))
        slug = next(slug for slug in slugs if slug not in taken)
        Organisation.objects.bulk_create([Organisation(name=name, slug=slug, country=country)], ignore_conflicts=True)
        found = _known(name, country)
    return found


def _known(name, country):
    rows = Organisation.objects.filter(name__iexact=name)
    if country is None:
        return rows.order_by(F("country").asc(nulls_first=True), "pk").first()
    return rows.filter(Q(country=country) | Q(country=None)).order_by(F("country").asc(nulls_last=True), "pk").first()
