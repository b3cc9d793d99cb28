"""The country pages: what a country has documented, what it took over from others, and what kind of country it is."""

import re

from babel import Locale, UnknownLocaleError
from django.db.models import Count
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from countries.enums import UnicefRegion
from countries.names import by_name
from practices import facets
from practices.cards import Card
from practices.enums import PracticeStatus
from practices.facets import Unnest
from practices.listing import cards
from practices.models import Adoption, PracticeIndex
from practices.names import names as reference_names
from practices.refusals import NotHere
from practices.serial import public_serial

# How many practices a country's page lists before it leads to the full list.
SHOWN = 12


@require_safe
def countries(request):
    """All countries by region, the global South first, with what each has documented and taken over."""
    names = reference_names(public_serial())
    documented = facets.count(PracticeIndex.objects.all(), "country")
    adopted = _adopted_counts()
    rows = [
        {
            "country": row,
            "iso3": row.iso3,
            "name": row.name,
            "url": row.get_absolute_url(),
            "count": documented.get(row.iso3, 0),
            "adoptions_count": adopted.get(row.iso3, 0),
        }
        for row in by_name(names.countries.values())
    ]
    return render(
        request,
        "countries/list.html",
        {"regions": _by_region(rows), "countries": rows, "with_practices_count": len(documented)},
    )


def _by_region(rows):
    """[{code, label, rows, count}] in the order in which they are read; countries outside UNICEF regions come last."""
    groups = [
        (code, label, [row for row in rows if row["country"].unicef_region == code])
        for code, label in UnicefRegion.choices
    ]
    outside = [row for row in rows if not row["country"].unicef_region]
    groups.append(
        ("south", _("Global South, outside the regions"), [r for r in outside if r["country"].is_global_south])
    )
    groups.append(("others", _("Other countries"), [row for row in outside if not row["country"].is_global_south]))
    regions = [
        {
            "code": code,
            "label": label,
            "rows": members,
            "south_count": sum(row["country"].is_global_south for row in members),
        }
        for code, label, members in groups
        if members
    ]
    # Regions that are all of the global South come before those that are partly or not.
    return sorted(regions, key=lambda region: len(region["rows"]) - region["south_count"])


def _adopted_counts():
    """How many live practices each country took over: {iso3: practices}."""
    rows = PracticeIndex.objects.annotate(adopter=Unnest("adoption_countries")).values_list("adopter")
    return dict(rows.annotate(Count("pk")).order_by())


@require_safe
def country(request, iso3):
    """One country: its practices, those it takes part in, those it adopted, and the groups that it belongs to."""
    names = reference_names(public_serial())
    if iso3 not in names.countries:
        if iso3.upper() in names.countries:
            return redirect("countries:detail", iso3.upper(), permanent=True)
        if re.fullmatch(r"[A-Za-z]{2,3}", iso3):
            raise NotHere(
                _("There is no country with this code. Countries have three letters here, such as PER for Peru.")
            )
        raise Http404
    here = names.countries[iso3]
    language = get_language()
    rows = PracticeIndex.objects.order_by("-published_at", "-practice_id")
    led = rows.filter(country=iso3)
    further = rows.filter(countries__contains=[iso3]).exclude(country=iso3)
    partner = rows.filter(partner_countries__contains=[iso3])
    adoptions = list(
        Adoption.objects.filter(country=iso3, practice__status=PracticeStatus.LIVE)
        .select_related("practice__index")
        .order_by("-year", "pk")
    )
    learners = led.order_by().annotate(adopter=Unnest("adoption_countries")).values("adopter").distinct().count()
    counts = {"led": led.count(), "further": further.count(), "partner": partner.count()}
    return render(
        request,
        "countries/detail.html",
        {
            "country": here,
            "languages_spoken": [_language_name(code, language) for code in here.official_languages],
            "led": cards(led[:SHOWN], language=language, names=names),
            "further": cards(further[:SHOWN], language=language, names=names),
            "partner": cards(partner[:SHOWN], language=language, names=names),
            "adopted": [(row, Card(row.practice.index.document, names, language)) for row in adoptions],
            "counts": counts | {"adopted": len({row.practice_id for row in adoptions}), "learners": learners},
            "areas": [
                (names.areas[slug], count)
                for slug, count in facets.count(rows.filter(countries__contains=[iso3]), "area").items()
            ],
        },
    )


def _language_name(code, reader):
    """The language ``code`` (ISO 639, perhaps with a script) by its name in the language ``reader``."""
    try:
        return Locale.parse(code).get_display_name(reader) or code
    except (UnknownLocaleError, ValueError):
        return Locale.parse(reader).languages.get(code, code)
