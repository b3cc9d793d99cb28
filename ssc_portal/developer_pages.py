"""For those who build on the API: a quick start with examples that are tested, and what changed and will change.

The examples lie in ``ssc_portal/examples/``, one file per step and language, as they are shown and as tests run them.
"""

import json
import re
from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import QueryDict
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from countries.enums import AREAS, UnicefRegion
from practices.enums import Kind, Scale
from practices.listing import browse
from ssc_portal import api_history

EXAMPLES = Path(__file__).parent / "examples"
ADDRESS = "https://portal.example"  # stands in the files for that of the portal
# Languages of the examples: what the address calls them, what people call them, how their files end.
LANGUAGES = {"curl": ("curl", "sh"), "python": ("Python", "py"), "r": ("R", "R")}
EXAMPLE_QUERY = "area=nutrition&ordering=-evidence"
SHORT_PART = re.compile(r"[\[{][^\[\]{}]{,80}[\]}]")  # of a JSON text: what reads better on one line
PARAMETERS = [
    {"name": "q", "meaning": _("Words, in any of the five languages"), "values": ["stunting"]},
    {
        "name": "area",
        "meaning": _("Challenge area"),
        "values": AREAS,
    },
    {"name": "topic", "meaning": _("Topic"), "values": ["/api/v1/topics/"]},
    {"name": "country", "meaning": _("Lead or further country"), "values": ["PER"]},
    {"name": "partner_country", "meaning": _("Partner country"), "values": ["PER"]},
    {"name": "region", "meaning": _("UNICEF region"), "values": UnicefRegion.values},
    {"name": "sdg", "meaning": _("Sustainable Development Goal"), "values": ["1–17"]},
    {"name": "evidence", "meaning": _("Evidence level"), "values": ["1–5"]},
    {"name": "scale", "meaning": _("How far it reached"), "values": Scale.values},
    {"name": "kind", "meaning": _("Kind of case study"), "values": Kind.values},
    {"name": "language", "meaning": _("Can be read in"), "values": ["en", "fr", "es", "pt", "ar"]},
    {"name": "year_from", "meaning": _("Still running in this year or later"), "values": ["2010"]},
    {"name": "year_to", "meaning": _("Already running in this year or earlier"), "values": ["2020"]},
    {
        "name": "ordering",
        "meaning": _("Order"),
        "values": ["relevance", "-published_at", "title", "-evidence", "-adoptions"],
    },
]


# (path, what it gives, whether it asks for a key)
ENDPOINTS = [
    ("/api/v1/practices/", _("Search and filter published practices"), False),
    ("/api/v1/practices/{slug}/", _("One practice in full"), False),
    (
        "/api/v1/practices/{slug}/versions/",
        _("Its versions; beside them differences, translations, adoptions"),
        False,
    ),
    ("/api/v1/countries/", _("Countries, their groups and regions"), False),
    ("/api/v1/countries/{iso3}/indicators/", _("How children of a country are doing: figures and trends"), False),
    ("/api/v1/countries/{iso3}/similar/", _("Countries in a similar position, with the reasons"), False),
    ("/api/v1/indicators/", _("Indicators, with the figures of all countries"), False),
    ("/api/v1/exchanges/", _("Exchanges between countries"), False),
    ("/api/v1/offers/", _("What countries offer"), False),
    ("/api/v1/needs/", _("What countries ask for"), False),
    ("/api/v1/funds/", _("Funds with their calls"), False),
    ("/api/v1/projects/", _("Projects that funds pay for"), False),
    ("/api/v1/impact/figures/", _("What sharing adds up to, in figures; more tables in the reference"), False),
    ("/api/v1/areas/", _("The six challenge areas"), False),
    ("/api/v1/topics/", _("Topics under each area"), False),
    ("/api/v1/sdg-targets/", _("Targets of the Sustainable Development Goals"), False),
    ("/api/v1/dump/", _("Everything that is public, as files of last night"), False),
    ("/oai/", _("The same for harvesters, by OAI-PMH 2.0"), False),
    ("/api/v1/submissions/", _("Case studies on their way: write, attach files, send, answer curators"), True),
    ("/api/v1/assistance/needs/", _("Needs and offers of one's own: write, open, answer matches"), True),
    ("/api/v1/reviews/", _("For curators: the queue, reviews and decisions"), True),
    ("/feeds/practices.atom", _("New and changed practices, for a feed reader"), False),
]


@require_safe
def quick_start(request):
    """How to begin, with an answer made from a real practice. ``examples`` in the query chooses their language."""
    chosen = request.GET.get("examples")
    context = {
        "examples": examples(chosen if chosen in LANGUAGES else next(iter(LANGUAGES))),
        "areas": AREAS,
        "endpoints": ENDPOINTS,
        "parameters": PARAMETERS,
        "example_query": EXAMPLE_QUERY,
        "example_answer": _example_answer(),
    }
    return render(request, "developers/quick_start.html", context)


@require_safe
def changes(request):
    """What may change in the API, what will go, and what changed."""
    context = {
        "notice_months": api_history.NOTICE_MONTHS,
        "deprecated": sorted(api_history.DEPRECATED, key=lambda one: one.until),
        "changes": api_history.CHANGES,
    }
    return render(request, "developers/changes.html", context)


@cache
def examples(language):
    """The examples in ``language``, a key of LANGUAGES, or in the first that there is one in.

    {name of the step: {"name", "text", "tabs"}}; tabs: [{"key", "label", "is_current"}].
    """
    found = {}
    for name in sorted({path.stem for path in EXAMPLES.iterdir()}):
        texts = {
            key: path.read_text().strip().replace(ADDRESS, settings.SITE_URL)
            for key, (_label, suffix) in LANGUAGES.items()
            if (path := EXAMPLES / f"{name}.{suffix}").exists()
        }
        shown = language if language in texts else next(iter(texts))
        tabs = [{"key": key, "label": LANGUAGES[key][0], "is_current": key == shown} for key in texts]
        found[name] = {"name": name, "text": texts[shown], "tabs": tabs}
    return found


def _example_answer():
    """What the API answers to EXAMPLE_QUERY, shortened to its first row and that row's main fields, as JSON text."""
    listing = browse(QueryDict(f"{EXAMPLE_QUERY}&page_size=1"), language=get_language())
    answer = {
        "count": listing.count,
        "results": [
            {
                "reference": card.reference,
                "slug": card.slug,
                "title": card.title,
                "languages": card.languages,
                "evidence": {"level": card.evidence},
                "results": [
                    {
                        "name": result.name,
                        "unit": result.unit,
                        "baseline": result.baseline,
                        "baseline_year": result.baseline_year,
                        "latest": result.latest,
                        "latest_year": result.latest_year,
                    }
                    for result in card.results[:1]
                ],
            }
            for card in listing.cards
        ],
    }
    text = json.dumps(answer, ensure_ascii=False, indent=2)
    return SHORT_PART.sub(lambda part: " ".join(part[0].split()), text)
