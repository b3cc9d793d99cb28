"""The pages that belong to no app: home, what the portal is and whom to ask."""

from django.http import QueryDict
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from countries.enums import UnicefRegion
from countries.names import by_name
from practices import facets
from practices.enums import EvidenceLevel
from practices.listing import browse, snapshot
from practices.models import ValidityCheck

LATEST_COUNT = 3

# The rubric of a review. Weights say how much a criterion counts in the score.
CRITERIA = [
    {"name": _("Effectiveness"), "question": _("Did it change what it set out to change?"), "weight": 3},
    {"name": _("Evidence"), "question": _("How well is that known, and from which sources?"), "weight": 2},
    {"name": _("Relevance and reach"), "question": _("Does it matter to children, and to how many?"), "weight": 2},
    {"name": _("Equity"), "question": _("Did it reach those who are usually left out?"), "weight": 2},
    {"name": _("Replicability"), "question": _("Could another country do it, and with what?"), "weight": 3},
    {"name": _("Sustainability"), "question": _("Does it last when the first funding ends?"), "weight": 2},
    {"name": _("Efficiency"), "question": _("Is the cost known and worth it?"), "weight": 1},
    {"name": _("Participation"), "question": _("Did the people concerned have a say?"), "weight": 1},
    {"name": _("Documentation"), "question": _("Could someone repeat it from what is written?"), "weight": 1},
]
EVIDENCE_MEANINGS = {
    EvidenceLevel.DESCRIBED: _("It was described, but not measured."),
    EvidenceLevel.MONITORED: _("It was monitored or measured before and after, with at least one pair of figures."),
    EvidenceLevel.COMPARED: _("It was compared with a group that did not take part."),
    EvidenceLevel.EVALUATED: _(
        "An independent evaluation, a randomised trial or a systematic review covers it, or another site that adopted "
        "it reports a result."
    ),
    EvidenceLevel.REPLICATED: _(
        "It reaches level 3 or more by its own evaluation, and two or more other countries that adopted it report "
        "results."
    ),
}


@require_safe
def home(request):
    """Search first, then the six challenges, the map, what is new, and the ways in."""
    with snapshot():
        listing = browse(QueryDict(f"page_size={LATEST_COUNT}"), language=get_language())
        by_area, by_country, by_region = facets.counts(["area", "country", "region"]).values()
    names = listing.filter.names
    countries = by_name(names.countries[code] for code in by_country)
    regions = [
        {"code": code, "name": label, "count": by_region[code]}
        for code, label in UnicefRegion.choices
        if code in by_region
    ]
    return render(
        request,
        "portal/home.html",
        {
            "areas": [{"area": area, "practices_count": by_area.get(slug, 0)} for slug, area in names.areas.items()],
            "map_countries": [
                {"iso3": row.iso3, "name": row.name, "count": by_country[row.iso3], "url": row.get_absolute_url()}
                for row in countries
            ],
            "regions": sorted(regions, key=lambda region: -region["count"]),
            "latest": listing.cards,
            "practices_count": listing.count,
            "countries_count": len(countries),
        },
    )


@require_safe
def about(request):
    """What the portal is for, how review works, what evidence means, where data come from."""
    levels = [
        {"value": level.value, "label": level.label, "meaning": EVIDENCE_MEANINGS[level]} for level in EvidenceLevel
    ]
    context = {"criteria": CRITERIA, "levels": levels, "validity_check": ValidityCheck.objects.last()}
    return render(request, "portal/about.html", context)


@require_safe
def privacy(request):
    return render(request, "portal/privacy.html")


@require_safe
def accessibility(request):
    return render(request, "portal/accessibility.html")


@require_safe
def contact(request):
    return render(request, "portal/contact.html")
