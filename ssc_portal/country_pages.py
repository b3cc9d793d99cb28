"""The country pages: what a country has documented, what it took over from others, and what kind of country it is."""

import re

from django.db.models import Count
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from countries.enums import SimilarityFactor, UnicefRegion
from countries.languages import language_name
from countries.names import by_name
from countries.trends import indicator_lines
from practices import facets
from practices.listing import cards
from practices.models import PracticeIndex
from practices.names import names as reference_names
from practices.querysets import Unnest
from practices.refusals import NotHere
from practices.serial import public_serial
from ssc_portal import profiles

# How many practices a country's page lists before it leads to the full list.
SHOWN = 12


@require_safe
def countries(request):
    """All countries by region, the global South first, with what each has documented and taken over."""
    names = reference_names(public_serial())
    documented = facets.counts(["country"])["country"]
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
    """One country: its children, what it offers and needs, gave and received, who is like it, and its practices."""
    names = reference_names(public_serial())
    if iso3 not in names.countries:
        if iso3.upper() in names.countries:
            return redirect("countries:detail", iso3.upper(), permanent=True)
        raise no_such_country(iso3)
    here = names.countries[iso3]
    language = get_language()
    area, factors, is_odd = profiles.chosen_factors(request.GET, names.areas)
    rows = PracticeIndex.objects.order_by("-published_at", "-practice_id")
    led = rows.filter(country=iso3)
    further = rows.filter(countries__contains=[iso3]).exclude(country=iso3)
    partner = rows.filter(partner_countries__contains=[iso3])
    learners = led.order_by().annotate(adopter=Unnest("adoption_countries")).values("adopter").distinct().count()
    counts = {"led": led.count(), "further": further.count(), "partner": partner.count()}
    return render(
        request,
        "countries/detail.html",
        {
            "country": here,
            "languages_spoken": [language_name(code, language) for code in here.official_languages],
            "lines": indicator_lines(here),
            "assistance": profiles.assistance(here, names, language),
            "exchanged": profiles.exchanged(here, names, language),
            "projects": profiles.projects(here),
            "similar": profiles.similar(here, area=area, factors=factors),
            "similar_area": area,
            "factors": [(factor, factor in factors) for factor in SimilarityFactor],
            "is_odd": is_odd,
            "all_areas": names.areas.values(),
            "started_here": profiles.started_here(here, names, language),
            "led": cards(led[:SHOWN], language=language, names=names),
            "further": cards(further[:SHOWN], language=language, names=names),
            "partner": cards(partner[:SHOWN], language=language, names=names),
            "adopted": profiles.adopted(here, names, language),
            "counts": counts | {"learners": learners},
            "areas": [
                (names.areas[slug], count) for slug, count in facets.counts(["area"], country=[iso3])["area"].items()
            ],
        },
    )


def no_such_country(code):
    if re.fullmatch(r"[A-Za-z]{2,3}", code):
        return NotHere(
            _("There is no country with this code. Countries have three letters here, such as PER for Peru.")
        )
    return Http404()
