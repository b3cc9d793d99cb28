"""What to read next: practices that share areas, topics, targets or places with one, and why they are shown."""

from django.db.models import F, IntegerField, Q
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from countries.enums import UnicefRegion
from practices.cards import Card
from practices.enums import LinkKind
from practices.models import PracticeIndex, PracticeLink
from practices.names import names as reference_names
from practices.serial import public_serial

# What a thing in common is worth. A link that curators drew outweighs everything.
LINK, TOPIC, PRIMARY_AREA, TARGET, COUNTRY, REGION = 1000, 6, 4, 2, 2, 1
_SHARED = "cardinality(ARRAY(SELECT unnest({column}) INTERSECT SELECT unnest(%s::varchar[])))"
_SCORE = f"""
    {TOPIC} * {_SHARED.format(column="topics")} + {TARGET} * {_SHARED.format(column="targets")}
    + {PRIMARY_AREA} * (coalesce(areas[1], '') = %s)::int + {COUNTRY} * (countries && %s::varchar[])::int
    + {REGION} * (regions && %s::varchar[])::int + {LINK} * (practice_id = ANY(%s::bigint[]))::int
"""


def related(practice, *, language, limit=3):
    """The live practices that have most in common with ``practice``: [(Card, reason in words)], best first.

    ``practice``: loaded with its ``index``. Equal scores are ordered by evidence, then the newest. Empty when nothing
    is alike. Three queries, and the names once per serial.
    """
    own = getattr(practice, "index", None)
    if own is None:
        return []
    links = _links(practice)
    score = RawSQL(  # noqa: S611 - fixed text, values as parameters
        _SCORE,
        [own.topics, own.targets, own.areas[0] if own.areas else "", own.countries, own.regions, list(links)],
        output_field=IntegerField(),
    )
    alike = Q(topics__overlap=own.topics) | Q(areas__overlap=own.areas) | Q(targets__overlap=own.targets)
    rows = (
        PracticeIndex.objects.filter(alike | Q(pk__in=list(links)))
        .exclude(pk=own.pk)
        .annotate(score=score)
        .order_by("-score", F("evidence").desc(), "-published_at", "-practice_id")[:limit]
    )
    names = reference_names(public_serial())
    return [(Card(row.document, names, language), _reason(own, row, links, names)) for row in rows]


def _links(practice):
    """{id of the other practice: sentence that says how it relates to ``practice``}."""
    told = {}
    for row in PracticeLink.objects.filter(Q(practice=practice) | Q(target=practice)).order_by("pk"):
        is_ours = row.practice_id == practice.pk
        other = row.target_id if is_ours else row.practice_id
        told.setdefault(other, _link_in_words(row.kind, is_ours=is_ours))
    return told


def _link_in_words(kind, *, is_ours):
    return {
        (LinkKind.ADAPTS, True): _("This practice adapts it"),
        (LinkKind.ADAPTS, False): _("Adapts this practice"),
        (LinkKind.BUILDS_ON, True): _("This practice builds on it"),
        (LinkKind.BUILDS_ON, False): _("Builds on this practice"),
        (LinkKind.CONTRADICTS, True): _("This practice contradicts it"),
        (LinkKind.CONTRADICTS, False): _("Contradicts this practice"),
    }[LinkKind(kind), is_ours]


def _reason(own, row, links, names):
    """Why ``row`` is shown: the link, else at most two things in common, the closest first."""
    if row.pk in links:
        return links[row.pk]
    topics = [names.topics[slug].name for slug in own.topics if slug in row.topics]
    areas = [names.areas[slug].name for slug in own.areas if slug in row.areas]
    targets = [code for code in own.targets if code in row.targets]
    countries = [names.countries[code].name for code in own.countries if code in row.countries]
    regions = [str(UnicefRegion(code).label) for code in own.regions if code in row.regions]
    reasons = []
    if topics:
        sentence = ngettext("Same topic: %(names)s", "Same topics: %(names)s", len(topics))
        reasons.append(sentence % {"names": _listed(topics)})
    if areas and not topics:
        reasons.append(_("Same challenge: %(names)s") % {"names": _listed(areas)})
    if targets and not topics:
        sentence = ngettext("Same SDG target: %(names)s", "Same SDG targets: %(names)s", len(targets))
        reasons.append(sentence % {"names": _listed(targets)})
    if countries:
        reasons.append(_("Same country: %(names)s") % {"names": _listed(countries)})
    elif regions:
        reasons.append(_("Same region: %(names)s") % {"names": _listed(regions)})
    return " · ".join(reasons[:2])


def _listed(names):
    return ", ".join(names[:3])
